// The tensor: a strided view on a storage, with its place on the tape.

import { accumulatorOf, type HookHandle, type HookOf, type TapeNode } from './autograd/tape.js';
import type { Backend, Buffer, View } from './backend/contract.js';
import { backendOf } from './backend/registry.js';
import { refuseForeign } from './copies.js';
import { type DType, isFloat, type TypedArray } from './dtype.js';
import { AutogradError, DeviceError, DTypeError, ShapeError, ValueError } from './errors.js';
import { dropWhenDead, gone, Hold, holdFor, leaveScopes, Storage } from './memory.js';

import { denseStrides, isDense, normalizeDim, numelOf, type Shape, show } from './shape.js';
import type { TensorMethods } from './tensor-methods.js';
import {
  bigintAt,
  checkInteger,
  type NestedArray,
  nested,
  onlyElement,
  plainAt,
  readElement,
} from './tensor-values.js';
import type { Tuple } from './tuple.js';

const ordinary = Function.prototype[Symbol.hasInstance];

/**
 * An n-dimensional array that can be differentiated (PyTorch: `torch.Tensor`).
 *
 * Make one with `tensor`, `zeros`, `randn` and the like. Views of it (`view`, `at`, `t`, …) share
 * its memory. Operators are functions and methods: `add(a, b)` is `a.add(b)`.
 *
 * @example
 * const x = tensor([[1, 2], [3, 4]], { requiresGrad: true });
 * x.mul(x).sum().backward();
 * console.log(x.grad); // tensor([[2., 4.], [6., 8.]])
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the operators are installed in methods.ts
export class Tensor implements View {
  /** @internal */
  readonly storage: Storage;
  /** @internal The device's memory. */
  readonly buffer: Buffer;
  readonly dtype: DType;
  /** Sizes of the dimensions. */
  readonly shape: Shape;
  /** @internal */
  readonly strides: readonly number[];
  /** @internal Position of the first element in the storage. */
  readonly offset: number;
  /** @internal Number of elements; see the method `numel`. */
  readonly count: number;
  /** @internal Whether the elements lie densely in row-major order. */
  readonly dense: boolean;

  /** @internal The gradient, for who does not keep it; see `grad`. */
  gradient: Tensor | null = null;
  /** The maker, which for a view may be out of date: see the accessor. */
  private maker: TapeNode<Tensor> | null = null;
  /** The version that the memory had when `maker` was set. */
  private makerVersion = 0;
  /** @internal Which output of `gradFn` this is. */
  outputIndex = 0;
  /** @internal The node that fills `.grad`. */
  accumulator: TapeNode<Tensor> | null = null;
  /** @internal The tensor that this one is a view of; null if it is none. */
  base: Tensor | null = null;
  /** @internal Why a view must not be changed while gradients are recorded; null if it may be. */
  frozen: Frozen | null = null;
  private leafRequiresGrad = false;
  /** @internal The count on the storage, where storages are counted. */
  hold: Hold | null = null;

  /** @internal Use `tensor`, `zeros` and the like. */
  constructor(storage: Storage, shape: Shape, strides?: readonly number[], offset = 0) {
    this.storage = storage;
    this.makerVersion = storage.version;
    this.buffer = storage.buffer;
    this.dtype = storage.dtype;
    this.shape = shape;
    this.strides = strides ?? denseStrides(shape);
    this.offset = offset;
    this.count = numelOf(shape);
    this.dense = strides === undefined || isDense(shape, strides);
    if (storage.owner !== 'collector') holdFor(this, storage);
  }

  /**
   * What `instanceof` asks. A tensor of another copy of this package is neither taken nor passed over in
   * silence.
   *
   * @throws DLError that names both copies.
   */
  static [Symbol.hasInstance](x: unknown): boolean {
    // The plain case, which is asked at every argument, is told by the prototype alone.
    if (typeof x !== 'object' || x === null) return false;
    if (Object.getPrototypeOf(x) === this.prototype || ordinary.call(this, x)) return true;
    refuseForeign(x);
    return false;
  }

  /** The device that holds the elements: `'cpu'`, `'webgpu'`, `'cuda:0'`. */
  get device(): string {
    return this.storage.backend.device;
  }

  /** The recorded operation that made this tensor; null for leaves. */
  get gradFn(): TapeNode<Tensor> | null {
    // After a change in place through the base or another view, the base has a new history.
    const { base } = this;
    if (base !== null && this.makerVersion !== this.storage.version) {
      if (this.maker === null && !base.requiresGrad) return null;
      if (this.frozen !== null) {
        throw new AutogradError(frozenView('this tensor', this.frozen, 'its memory was changed'));
      }
      this.gradFn = viewMaker(this, base);
    }
    return this.maker;
  }

  set gradFn(node: TapeNode<Tensor> | null) {
    // A gradient that is to be kept is that of what the tensor holds now.
    if (this.maker?.retained?.includes(this) === true) {
      this.maker.retained = this.maker.retained.filter((x) => x !== this);
      node?.retain(this);
    }
    this.maker = node;
    this.makerVersion = this.storage.version;
  }

  /** The gradient that `backward()` has left here; null before (PyTorch: `x.grad`). */
  get grad(): Tensor | null {
    const { gradient } = this;
    // Who reads it may keep it.
    if (gradient !== null) gradient.storage.outside = true;
    return gradient;
  }

  set grad(gradient: Tensor | null) {
    if (gradient !== null) gradient.storage.outside = true;
    this.gradient = gradient;
  }

  /** Number of dimensions (PyTorch: `x.ndim`, `x.dim()`). */
  get ndim(): number {
    return this.shape.length;
  }

  /** Number of dimensions (PyTorch: `x.dim()`). */
  dim(): number {
    return this.shape.length;
  }

  /** The shape, or one dimension of it (PyTorch: `x.size(dim)`). */
  size(): Shape;
  size(dim: number): number;
  size(dim?: number): Shape | number {
    if (dim === undefined) return this.shape;
    return this.shape[normalizeDim('size', dim, this.ndim)];
  }

  /**
   * The shape as that many sizes, for destructuring: the type says how many there are.
   *
   * @throws ShapeError if the tensor has another number of dimensions.
   * @example const [batch, channels, height, width] = images.sizes(4);
   */
  sizes<N extends number>(ndim: N): Tuple<number, N> {
    if (ndim !== this.ndim) {
      throw new ShapeError(
        `sizes: the tensor has ${this.ndim} dimension${this.ndim === 1 ? '' : 's'} (shape ${show(this.shape)}), not ${ndim}`,
      );
    }
    return [...this.shape] as Tuple<number, N>;
  }

  /** The strides, counted in elements, or one of them (PyTorch: `x.stride(dim)`). */
  stride(): readonly number[];
  stride(dim: number): number;
  stride(dim?: number): readonly number[] | number {
    if (dim === undefined) return [...this.strides];
    return this.strides[normalizeDim('stride', dim, this.ndim)];
  }

  /** Position of the first element in the shared memory (PyTorch: `x.storage_offset()`). */
  storageOffset(): number {
    return this.offset;
  }

  /** Whether the elements lie densely in row-major order (PyTorch: `x.is_contiguous()`). */
  isContiguous(): boolean {
    return this.dense;
  }

  /** Number of elements (PyTorch: `x.numel()`). */
  numel(): number {
    return this.count;
  }

  /** How often the memory was changed in place (PyTorch: `x._version`). */
  get version(): number {
    return this.storage.version;
  }

  /**
   * Whether operations on this tensor are recorded for gradients. It can be set on leaves of a
   * floating-point dtype. A view requires them where its base does, as in PyTorch, also if it was made before, or
   * inside noGrad(); then no gradient comes by it.
   */
  get requiresGrad(): boolean {
    return this.maker !== null || this.leafRequiresGrad || this.base?.requiresGrad === true;
  }

  /** @internal Whether a gradient is to be kept here. */
  get takesGrad(): boolean {
    return this.leafRequiresGrad;
  }

  set requiresGrad(on: boolean) {
    if (this.gradFn !== null) {
      if (on) return;
      throw new AutogradError(
        'requiresGrad: only leaf tensors can be switched off; use x.detach() for a tensor without history',
      );
    }
    if (on && !isFloat(this.dtype)) {
      throw new AutogradError(
        `requiresGrad: only floating-point tensors have gradients, this one is ${this.dtype}; use x.to('float32')`,
      );
    }
    this.leafRequiresGrad = on;
  }

  /** Sets `requiresGrad` and gives the tensor back (PyTorch: `x.requires_grad_()`). */
  requiresGrad_(on = true): this {
    this.requiresGrad = on;
    return this;
  }

  /** Whether this tensor was made by the user and not by a recorded operation. */
  get isLeaf(): boolean {
    return this.gradFn === null;
  }

  /** Has a tensor that is not a leaf keep its gradient in `.grad` (PyTorch: `x.retain_grad()`). */
  retainGrad(): void {
    if (!this.requiresGrad) {
      throw new AutogradError('retainGrad: this tensor does not require gradients');
    }
    this.gradFn?.retain(this);
  }

  /**
   * Calls `hook` with this tensor's gradient whenever one is computed; what it returns, if anything,
   * takes the gradient's place (PyTorch: `x.register_hook`).
   *
   * @returns a handle whose `remove()` takes the hook away.
   * @throws AutogradError if the tensor does not require gradients.
   * @example x.registerHook((g) => g.mul(2));
   */
  registerHook(hook: HookOf<Tensor>): HookHandle {
    if (!this.requiresGrad) {
      throw new AutogradError(
        'registerHook: this tensor does not require gradients; create it with { requiresGrad: true }',
      );
    }
    const { gradFn } = this;
    if (gradFn === null) return accumulatorOf<Tensor>(this).addHook(0, hook);
    return gradFn.addHook(this.outputIndex, hook);
  }

  /**
   * Calls `hook` with this leaf each time a gradient has been added to its `.grad`, while the backward pass goes on
   * with the other nodes (PyTorch: `x.register_post_accumulate_grad_hook`).
   *
   * @returns a handle whose `remove()` takes the hook away.
   * @throws AutogradError if the tensor is not a leaf that requires gradients.
   * @example weight.registerPostAccumulateGradHook((p) => { noGrad(() => p.sub_(p.grad!.mul(0.1))); p.grad = null; });
   */
  registerPostAccumulateGradHook(hook: (leaf: this) => unknown): HookHandle {
    if (!this.requiresGrad || this.gradFn !== null) {
      throw new AutogradError(
        this.requiresGrad
          ? 'registerPostAccumulateGradHook: this tensor is not a leaf; use registerHook() for the gradient of a result'
          : 'registerPostAccumulateGradHook: this tensor does not require gradients; create it with { requiresGrad: true }',
      );
    }
    return accumulatorOf<Tensor>(this).addAfterHook(() => hook(this));
  }

  /** The same elements in shared memory, cut off from the tape (PyTorch: `x.detach()`). */
  detach(): Tensor {
    return new Tensor(this.storage, this.shape, this.strides, this.offset);
  }

  /**
   * Puts another tensor's memory, shape and dtype in this one's place, keeping its identity (PyTorch:
   * `x.data = y`): how a module's parameters move to a device while an optimizer holds them.
   */
  setData(source: Tensor): void {
    const self = this as { -readonly [K in keyof View | 'storage']: (View & Tensor)[K] };
    self.storage = source.storage;
    self.buffer = source.buffer;
    self.dtype = source.dtype;
    self.shape = source.shape;
    self.strides = source.strides;
    self.offset = source.offset;
    self.count = source.count;
    self.dense = source.dense;
    const before = this.hold;
    if (source.storage.owner !== 'collector') {
      leaveScopes(this);
      this.hold = new Hold(source.storage);
      if (source.storage.owner === 'counted') dropWhenDead(this, this.hold);
    } else this.hold = null;
    before?.drop();
  }

  /**
   * Gives this tensor's share of its device memory back now, and not when the collector finds the
   * tensor dead; `using x = …` does it at the end of the block. Views of it and what the tape saved
   * stay valid. On the device `cpu`, memory of 2 KiB and more is kept for the next tensors of that size,
   * which saves them fresh memory.
   *
   * @example x.dispose(); // from here on, using x is a DeviceError
   */
  dispose(): void {
    const how = 'its memory was freed by dispose() or at the end of its scope';
    if (!this.letGo(how)) this.withdraw(how);
  }

  /** What `using x = …` calls. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal Forgets the gradient; where memory is counted, at once. */
  dropGrad(): void {
    const { gradient } = this;
    if (gradient !== null && (gradient.storage.owner === 'counted' || !gradient.storage.outside)) {
      gradient.letGo('it was a gradient, which zeroGrad() has freed');
    }
    this.gradient = null;
  }

  /** @internal This tensor with its history, on the memory that it had before it was given back. */
  revived(storage: Storage): Tensor {
    const x = new Tensor(storage, this.shape, this.strides, this.offset);
    x.base = this.base;
    x.frozen = this.frozen;
    x.maker = this.maker;
    x.makerVersion = this.makerVersion;
    x.outputIndex = this.outputIndex;
    x.accumulator = this.accumulator;
    x.leafRequiresGrad = this.leafRequiresGrad;
    return x;
  }

  /** Gives the count back; false if there is none. */
  private letGo(how: string): boolean {
    const { hold } = this;
    if (hold === null) return false;
    this.withdraw(how);
    hold.drop();
    this.hold = null;
    return true;
  }

  /** From here on every use is an error. */
  private withdraw(how: string): void {
    if (this.storage.before !== null) return;
    const self = this as { -readonly [K in 'storage']: Storage };
    const { shape, device } = this;
    self.storage = gone(
      this.storage,
      () =>
        `a tensor of shape ${show(shape)} on '${device}' is used after ${how}; return it from scope(() => …), keep(x) it, or clone() it before`,
    );
  }

  /**
   * The only element as a JavaScript value: a number, or a boolean for bool (PyTorch: `x.item()`).
   *
   * @throws ShapeError if there is not exactly one; DeviceError on another device than `cpu`; ValueError for an int64
   * value that no JavaScript number holds exactly, which `bigint()` gives.
   * @example tensor([2.5]).item() // 2.5
   */
  item(): number {
    const value = onlyElement('item', this, plainAt);
    if (typeof value === 'bigint') {
      throw new ValueError(`item: no number holds ${value} exactly; use bigint()`);
    }
    return value as number;
  }

  /**
   * The only element of an integer tensor as a bigint, which is exact for all of int64 (PyTorch: `x.item()`).
   *
   * @throws ShapeError if there is not exactly one; DeviceError on another device than `cpu`; DTypeError for other dtypes.
   * @example tensor(2n ** 60n).bigint() // 1152921504606846976n
   */
  bigint(): bigint {
    checkInteger('bigint', this);
    return onlyElement('bigint', this, bigintAt);
  }

  /**
   * The elements as nested arrays: numbers, or booleans for bool (PyTorch: `x.tolist()`). Integers that no number holds
   * exactly, beyond 2^53, are bigints; `toBigIntArray()` gives bigints alone. A zero-dimensional tensor gives its value.
   *
   * @throws DeviceError on another device than `cpu`.
   * @example tensor([[1, 2], [3, 4]]).toArray() // [[1, 2], [3, 4]]
   */
  toArray(): NestedArray {
    return nested('toArray', this, plainAt);
  }

  /** See `toArray`, by PyTorch's name. */
  tolist(): NestedArray {
    return nested('tolist', this, plainAt);
  }

  /**
   * The elements of an integer tensor as nested arrays of bigints, which are exact for all of int64 (PyTorch: `x.tolist()`).
   *
   * @throws DeviceError on another device than `cpu`; DTypeError for other dtypes.
   * @example tensor([1n, 2n ** 60n]).toBigIntArray() // [1n, 1152921504606846976n]
   */
  toBigIntArray(): NestedArray<bigint> {
    checkInteger('toBigIntArray', this);
    return nested('toBigIntArray', this, bigintAt);
  }

  /** @internal Element at a row-major index, as printing reads it. */
  elementAt(array: TypedArray, index: number): number | bigint {
    let at = this.offset;
    let rest = index;
    for (let d = this.ndim - 1; d >= 0; d--) {
      const size = this.shape[d];
      at += (rest % size) * this.strides[d];
      rest = Math.floor(rest / size);
    }
    return readElement(this.dtype, array, at);
  }
}

export interface Tensor extends TensorMethods<Tensor> {}

/** A tensor with fresh memory. */
export function allocate(shape: Shape, dtype: DType, backend: Backend, zeroed = false): Tensor {
  const n = numelOf(shape);
  return new Tensor(new Storage(backend.alloc(n, dtype, zeroed), dtype, n, backend), shape);
}

/** A CPU tensor on an array that is not copied. */
export function wrap(data: TypedArray, shape: Shape, dtype: DType): Tensor {
  const storage = new Storage(data, dtype, data.length, backendOf('cpu'));
  // Whoever made the array may hold it.
  storage.outside = true;
  return new Tensor(storage, shape);
}

/** Refuses what is not a tensor, with a word on how to make one. */
export function checkTensor(operator: string, x: unknown): asserts x is Tensor {
  if (!(x instanceof Tensor)) {
    const got = x === null ? 'null' : Array.isArray(x) ? 'an array' : typeof x;
    throw new DTypeError(
      `${operator}: expected a tensor, got ${got}; tensor(...) makes one from numbers and arrays`,
    );
  }
}

/** The device that all of these tensors are on. */
export function commonBackend(operator: string, inputs: readonly Tensor[]): Backend {
  const backend = inputs[0].storage.backend;
  for (let i = 1; i < inputs.length; i++) {
    const other = inputs[i].storage.backend;
    if (other !== backend && other.device !== backend.device) {
      throw new DeviceError(
        `${operator}: tensors are on different devices, '${backend.device}' and '${other.device}'; move one with x.to('${backend.device}')`,
      );
    }
  }
  return backend;
}

/** What may make a view unfit for changes: it was made inside noGrad(), or with others by one call. */
export type Frozen = 'noGrad' | 'several';

/** The sentence on a change, here or elsewhere, that the history of a view cannot follow. */
export const frozenView = (what: string, why: Frozen, change: string): string =>
  why === 'several'
    ? `${what} is one of several views that split(), chunk() or unbind() gave, and ${change} in place while gradients are recorded; ` +
      'use the form without "_", or narrow() and select(), which give one view each'
    : `${what} is a view that was made inside noGrad(), and ${change} in place while gradients are recorded; ` +
      'make the view and the change both inside noGrad(), or both outside';

let viewMaker: (view: Tensor, base: Tensor) => TapeNode<Tensor> | null = () => null;

/** @internal How a view whose memory was changed gets its history from its base. */
export function setViewMaker(f: typeof viewMaker): void {
  viewMaker = f;
}
