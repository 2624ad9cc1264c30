// The backend contract: everything that a device must be able to do. No operator's name is in it.
import type { DType, TypedArray } from '../dtype.js';
import type { Program } from '../scalar/program.js';

/** Memory on a device, opaque to core. On the device `cpu` it is a typed array. */
export type Buffer = object;

/**
 * A strided window on a buffer: element `[i, j, …]` is at `offset + i·strides[0] + j·strides[1] + …`,
 * all counted in elements. A stride of 0 repeats an element. Tensors are views.
 */
export interface View {
  readonly buffer: Buffer;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  /** Product of the shape. */
  readonly count: number;
  /** Whether the elements lie densely in row-major order from `offset` on. */
  readonly dense: boolean;
}

/** How a reduction or scatter combines values. */
export type Reducer = 'sum' | 'prod' | 'min' | 'max';
/** Reductions that give a position instead of a value: int32, counted along the reduced axes. */
export type ArgReducer = 'argmin' | 'argmax';

/** One group of axes of a contraction: sizes, and strides in each operand that has the group. */
export interface AxisGroup {
  readonly sizes: readonly number[];
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly out: readonly number[];
}

/**
 * `out[batch, row, column] = Σ_sum a[batch, row, sum] · b[batch, sum, column]` over strided views,
 * each group being any number of axes. A stride of 0 stands where an operand lacks an axis.
 */
export interface Contraction {
  readonly batch: AxisGroup;
  readonly row: AxisGroup;
  readonly column: AxisGroup;
  readonly sum: AxisGroup;
}

/** An elementwise program run on each output of a product before it is written. */
export interface Epilogue {
  /** Input 0 is the product, the others are `inputs`, in the output's shape (broadcast by strides). */
  readonly program: Program;
  readonly inputs: readonly View[];
  readonly params: readonly number[];
}

/** An index tensor, and what a step of one in it means in the indexed tensor. */
export interface IndexedAxis {
  /**
   * int32 positions, broadcast to the moving shape by strides of 0. On `cpu` float64 where int32 does not hold
   * them all.
   */
  readonly index: View;
  /** Number of positions along the axis: valid are `-size` to `size - 1`. */
  readonly size: number;
  readonly stride: number;
}

/**
 * One thing that a fold finds: its program reduced over some axes, reading the inputs and then what
 * earlier stages found; or, with no reducer, its program run on what earlier stages found.
 */
export interface FoldStage {
  readonly program: Program;
  readonly reducer: Reducer | null;
  /**
   * The fold's last program once more, where it need not compute again what this stage's program
   * gives: it reads that, before it was reduced, as its last input. A backend may use it or not.
   */
  readonly rest?: Program;
}

/**
 * What a device does. Shapes, dtypes and devices have been checked by core before a call; only
 * the values inside index tensors have not.
 *
 * All calls but `download` enqueue work and return at once. Inputs may share memory with outputs
 * only as identical views: core copies what overlaps otherwise.
 *
 * Every method is required, so that whatever wraps a backend has to say what it does with each. To write
 * a backend: implement them, hand the object to `registerBackend`, run the conformance suite.
 */
export interface Backend {
  /** The device type, as in `x.to('webgpu')`. */
  readonly device: string;
  /**
   * Whether core counts who holds a buffer and calls `free` when nobody does any more. Work that was
   * enqueued before the call may still use the memory.
   */
  readonly counted: boolean;
  /**
   * Where buffers are not counted: bytes from which on one is given to `free` if core happens to know
   * that nobody holds it, as after `dispose()` or inside a backward pass. `Infinity`: never.
   */
  readonly recycles: number;
  /** Memory for `length` elements, zeroed if asked for, else with any content. */
  alloc(length: number, dtype: DType, zeroed: boolean): Buffer;
  /** Gives memory back. On `cpu` the collector does it, and this keeps arrays for later ones (see `recycles`). */
  free(buffer: Buffer, dtype: DType): void;
  /** Bytes that buffers hold (0 where nothing is counted), and bytes kept for later ones. */
  memory(): { readonly live: number; readonly pooled: number };
  /** Gives what is kept for later buffers back to the device (PyTorch: `torch.cuda.empty_cache`). */
  emptyCache(): void;
  /** Memory holding a copy of `data`. */
  upload(data: TypedArray, dtype: DType): Buffer;
  /** A copy of `length` elements from `offset` on, once the work enqueued so far is done. */
  download(buffer: Buffer, dtype: DType, offset: number, length: number): Promise<TypedArray>;
  /**
   * Compiles a program ahead of its first use; `map`, `reduce` and `contract` do it by themselves.
   * May return a promise where the device compiles in the background.
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
   * Runs a one-output program for every element of `shape` (inputs broadcast to it) and combines
   * the results over `axes` (ascending). `output` keeps the reduced axes with size 1. Over no
   * elements the result is the reducer's neutral element (core refuses where there is none).
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
   * For speed alone: reductions over `axes` and the map that reads them, in one go, as softmax
   * and normalisation are. Runs the stages in order, then `program` over `shape` with the inputs and
   * all that was found (in the shape with the axes of size 1), into outputs that share no memory with
   * inputs. Every program takes the same `params`. False if the backend has no faster way, and nothing was
   * done: core then calls `reduce` and `map` one by one, which is what it must equal.
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
  /** Running combination along `axis`; `output` has the input's shape. */
  scan(reducer: Reducer, input: View, axis: number, output: View): void;
  /**
   * `output[p] = source[p + Σ index·stride]`: `source` has the output's shape, with stride 0 along
   * axes that only an index moves. An index out of range is an IndexError where the device can
   * tell at the call, and reads element 0 of the axis where it cannot.
   */
  gather(source: View, indices: readonly IndexedAxis[], output: View): void;
  /**
   * `target[p + Σ index·stride] = source[p]`, or combined by a reducer with what is there. `target`
   * has the source's shape, with stride 0 along axes that only an index moves. Out-of-range indices
   * are an IndexError or write nothing.
   */
  scatter(
    source: View,
    indices: readonly IndexedAxis[],
    target: View,
    combine: 'set' | Reducer,
  ): void;
  /**
   * Sorts along `axis`, stably; NaN counts as the largest. `indices` is int32. Either output may
   * be left out.
   */
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
