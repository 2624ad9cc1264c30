// The Backend interface: everything that a device must be able to do. It contains no operator's name.
import type { DType, TypedArray } from '../dtype.js';
import type { Program } from '../scalar/program.js';

/** Memory on a device, opaque to core. On device `cpu` it is a typed array. */
export type Buffer = object;

/**
 * A strided view of a buffer: element `[i, j, …]` is at `offset + i·strides[0] + j·strides[1] + …`, all counted in
 * elements. A stride of 0 repeats an element. Tensors are views.
 */
export interface View {
  readonly buffer: Buffer;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  /** Product of the shape. */
  readonly count: number;
  /** Whether the elements are contiguous in row-major order from `offset` on. */
  readonly dense: boolean;
}

/** How a reduction or scatter combines values. */
export type Reducer = 'sum' | 'prod' | 'min' | 'max';
/** Reductions that return a position instead of a value: int32, counted along the reduced axes. */
export type ArgReducer = 'argmin' | 'argmax';

/** One group of axes of a matrix product: sizes, and strides in each operand that has the group. */
export interface AxisGroup {
  readonly sizes: readonly number[];
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly out: readonly number[];
}

/**
 * `out[batch, row, column] = Σ_sum a[batch, row, sum] · b[batch, sum, column]` over strided views. Each group may have
 * any number of axes. An operand that lacks an axis has stride 0 there.
 */
export interface Contraction {
  readonly batch: AxisGroup;
  readonly row: AxisGroup;
  readonly column: AxisGroup;
  readonly sum: AxisGroup;
}

/** An elementwise program that runs on each output of a product before it is written. */
export interface Epilogue {
  /** Input 0 is the product, the others are `inputs`, in the output's shape (broadcast by strides). */
  readonly program: Program;
  readonly inputs: readonly View[];
  readonly params: readonly number[];
}

/** An index tensor, its axis of the indexed tensor, and the stride there. */
export interface IndexedAxis {
  /**
   * int32 positions, broadcast to the shape of the moved elements by strides of 0. On `cpu` float64 if int32 cannot
   * hold them all.
   */
  readonly index: View;
  /** Number of positions along the axis; valid indices are `-size` to `size - 1`. */
  readonly size: number;
  readonly stride: number;
}

/**
 * One stage of a fold: its program reduced over some axes, reading the inputs and the results of earlier stages; or,
 * without a reducer, its program applied to the results of earlier stages.
 */
export interface FoldStage {
  readonly program: Program;
  readonly reducer: Reducer | null;
  /**
   * A variant of the fold's last program that reads this stage's unreduced program result as its last input instead of
   * computing it again. A backend may use it or not.
   */
  readonly rest?: Program;
}

/**
 * The operations of a device. Core has checked shapes, dtypes and devices before a call, but not the values of index
 * tensors.
 *
 * All calls but `download` enqueue work and return at once. Inputs may share memory with outputs only as identical
 * views; core copies them if they overlap otherwise.
 *
 * Every method is required, so that a wrapper around a backend has to handle each of them. To write a backend,
 * implement the methods, pass the object to `registerBackend`, and run the conformance suite.
 */
export interface Backend {
  /** The device type, as in `x.to('webgpu')`. */
  readonly device: string;
  /**
   * Whether core counts references to a buffer and calls `free` when there are none left. Work that was enqueued before
   * the call may still use the memory.
   */
  readonly counted: boolean;
  /**
   * If buffers are not counted: the size in bytes from which a buffer is passed to `free` when core knows that nobody
   * references it, as after `dispose()` or in a backward pass. `Infinity`: never.
   */
  readonly recycles: number;
  /** Allocates memory for `length` elements, zeroed on request, otherwise uninitialized. */
  alloc(length: number, dtype: DType, zeroed: boolean): Buffer;
  /** Frees memory. On `cpu` the garbage collector does, and this keeps arrays for reuse (see `recycles`). */
  free(buffer: Buffer, dtype: DType): void;
  /** Bytes in use by buffers (0 if nothing is counted), and bytes kept for reuse. */
  memory(): { readonly live: number; readonly pooled: number };
  /** Returns the memory kept for reuse to the device (PyTorch: `torch.cuda.empty_cache`). */
  emptyCache(): void;
  /** Memory with a copy of `data`. */
  upload(data: TypedArray, dtype: DType): Buffer;
  /** A copy of `length` elements from `offset` on, once the work enqueued so far is done. */
  download(buffer: Buffer, dtype: DType, offset: number, length: number): Promise<TypedArray>;
  /**
   * Compiles a program before its first use; otherwise `map`, `reduce` and `contract` compile it. May return a promise
   * if the device compiles in the background.
   */
  prepare(program: Program): void | Promise<void>;
  /**
   * Runs a program for every element of the outputs (all of one shape). Inputs are broadcast to
   * that shape by PyTorch's rule, aligned at the last dimension.
   */
  map(
    program: Program,
    inputs: readonly View[],
    outputs: readonly View[],
    params: readonly number[],
  ): void;
  /**
   * Runs a one-output program for every element of `shape` (inputs broadcast to it) and combines the results over
   * `axes` (ascending). `output` keeps the reduced axes with size 1. A reduction of no elements returns the reducer's
   * neutral element (core throws if the reducer has none).
   */
  reduce(
    program: Program,
    reducer: Reducer | ArgReducer,
    inputs: readonly View[],
    shape: readonly number[],
    axes: readonly number[],
    output: View,
    params: readonly number[],
  ): void;
  /**
   * Runs several reductions over `axes` and a map that reads them in one step, for speed, as softmax and normalization
   * need. Runs the stages in order, then `program` over `shape` with the inputs and all stages' results (in the shape
   * with the axes of size 1), into outputs that share no memory with inputs. Every program takes the same `params`.
   * Returns false, having done nothing, if the backend has no faster way: core then calls `reduce` and `map` one by
   * one. Both ways must agree.
   */
  fold(
    stages: readonly FoldStage[],
    program: Program,
    inputs: readonly View[],
    shape: readonly number[],
    axes: readonly number[],
    outputs: readonly View[],
    params: readonly number[],
  ): boolean;
  /** The product of two views. `out` is float32, float64 or int32, like both operands. */
  contract(spec: Contraction, a: View, b: View, out: View, epilogue?: Epilogue): void;
  /** Cumulative reduction along `axis`; `output` has the input's shape. */
  scan(reducer: Reducer, input: View, axis: number, output: View): void;
  /**
   * `output[p] = source[p + Σ index·stride]`: `source` has the output's shape, with stride 0 along axes that only an
   * index moves along. An index out of range throws an IndexError if the device can check it during the call; otherwise
   * it reads element 0 of the axis.
   */
  gather(source: View, indices: readonly IndexedAxis[], output: View): void;
  /**
   * `target[p + Σ index·stride] = source[p]`, or combined with the old value by a reducer. `target` has the source's
   * shape, with stride 0 along axes that only an index moves along. Indices out of range throw an IndexError or write
   * nothing.
   */
  scatter(
    source: View,
    indices: readonly IndexedAxis[],
    target: View,
    combine: 'set' | Reducer,
  ): void;
  /** Sorts along `axis`, stably; NaN counts as the largest. `indices` is int32. Either output may be omitted. */
  sort(
    input: View,
    axis: number,
    descending: boolean,
    values: View | null,
    indices: View | null,
  ): void;
  /** Resolves when the work enqueued so far is done. */
  sync(): Promise<void>;
}
