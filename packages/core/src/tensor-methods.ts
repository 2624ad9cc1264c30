// Generated from methods.ts and the functions' descriptions: node tools/scripts/tensor-methods.mjs --write
import type { Device, NameAtRunTime } from './backend/device-name.js';
import type { DType, TypedArray } from './dtype.js';
import type { PairOf } from './pair.js';
import type { Generator } from './random/generator.js';
import type { NestedArray } from './tensor-values.js';
import type { OneEach, Tuple } from './tuple.js';

/**
 * The operators that tensors have as methods; each does what the function of its name does. `T` is the tensor.
 */
export interface TensorMethods<T> {
  /**
   * The transpose of a matrix (PyTorch: `x.T`).
   */
  readonly T: T;
  /**
   * The tensors along the first dimension, which share memory with this one (PyTorch: `for row in x`). A tensor without
   * dimensions is not iterable.
   * @example for (const row of tensor([[1, 2], [3, 4]])) console.log(row.sum().item()); // 3, then 7
   */
  [Symbol.iterator](): IterableIterator<T>;
  /**
   * The text in a template (`${x}`, `String(x)`). Every other conversion to a primitive value throws: JavaScript's
   * operators cannot compute with tensors.
   * @throws DTypeError for `x + 1`, `-x`, `x > 2`, `isNaN(x)` and the like, with the method to call.
   * @example `${tensor([1, 2])}` // 'tensor([1., 2.])'
   */
  [Symbol.toPrimitive](hint: 'string' | 'number' | 'default'): string;
  /**
   * The absolute value (PyTorch: `torch.abs`).
   * @example tensor([1, -2]).abs() // tensor([1., 2.])
   */
  abs(): T;
  /**
   * The absolute value.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.abs_`).
   * @example tensor([1, -2]).abs_() // tensor([1., 2.])
   */
  abs_(): T;
  /**
   * Arccosine in radians (PyTorch: `torch.acos`).
   * @example tensor([1]).acos() // tensor([0.])
   */
  acos(): T;
  /**
   * Arccosine in radians.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.acos_`).
   * @example tensor([1]).acos_() // tensor([0.])
   */
  acos_(): T;
  /**
   * Inverse hyperbolic cosine (PyTorch: `torch.acosh`).
   * @example tensor([1]).acosh() // tensor([0.])
   */
  acosh(): T;
  /**
   * Inverse hyperbolic cosine.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.acosh_`).
   * @example tensor([1]).acosh_() // tensor([0.])
   */
  acosh_(): T;
  /**
   * `a + alpha · b`, broadcast (PyTorch: `torch.add`).
   * @example tensor([1, 2]).add(tensor([10, 20])) // tensor([11., 22.])
   */
  add(other: number | bigint | boolean | T, options?: { alpha?: number }): T;
  /**
   * `a + alpha · b`, broadcast.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.add_`).
   * @example tensor([1, 2]).add_(tensor([10, 20])) // tensor([11., 22.])
   */
  add_(other: number | bigint | boolean | T, options?: { alpha?: number }): T;
  /**
   * `beta · x + alpha · a·b` for matrices (PyTorch: `torch.addmm`).
   * @example ones([2]).addmm(eye(2), eye(2)) // tensor([[2., 1.], [1., 2.]])
   */
  addmm(mat1: T, mat2: T, options?: { beta?: number; alpha?: number }): T;
  /**
   * Whether all elements are non-zero (PyTorch: `torch.all`). The result is bool, or uint8 for uint8. An empty list of
   * dimensions tests each element alone.
   * @example tensor([true, false]).all() // tensor(False)
   */
  all(dim?: number | readonly number[] | null, options?: { keepdim?: boolean }): T;
  all(options?: { dim?: number | readonly number[] | null; keepdim?: boolean }): T;
  /**
   * Whether all elements are close (PyTorch: `torch.allclose`); see `isclose`.
   * @example tensor([1, 2]).allclose(tensor([1, 2])) // true
   */
  allclose(other: T, options?: { rtol?: number; atol?: number; equalNan?: boolean }): boolean;
  /**
   * The largest elements; equal elements share the gradient (PyTorch: `torch.amax`).
   * @throws IndexError over an empty dimension.
   * @example tensor([[1, 5], [3, 2]]).amax(1) // tensor([5., 3.])
   */
  amax(dim?: number | readonly number[] | null, options?: { keepdim?: boolean }): T;
  amax(options?: { keepdim?: boolean; dim?: number | readonly number[] | null }): T;
  /**
   * The smallest elements; equal elements share the gradient (PyTorch: `torch.amin`).
   * @throws IndexError over an empty dimension.
   * @example tensor([[1, 5], [3, 2]]).amin(1) // tensor([1., 2.])
   */
  amin(dim?: number | readonly number[] | null, options?: { keepdim?: boolean }): T;
  amin(options?: { keepdim?: boolean; dim?: number | readonly number[] | null }): T;
  /**
   * Whether any element is non-zero (PyTorch: `torch.any`). The result is bool, or uint8 for uint8. An empty list of
   * dimensions tests each element alone.
   * @example tensor([true, false]).any() // tensor(True)
   */
  any(dim?: number | readonly number[] | null, options?: { keepdim?: boolean }): T;
  any(options?: { dim?: number | readonly number[] | null; keepdim?: boolean }): T;
  /**
   * The index of the largest element along a dimension or in the flattened tensor; the first one for equal elements
   * (PyTorch: `torch.argmax`). int32.
   * @example tensor([[1, 5], [3, 2]]).argmax(1) // tensor([1, 0], dtype=torch.int32)
   */
  argmax(dim?: number | null, options?: { keepdim?: boolean }): T;
  argmax(options?: { keepdim?: boolean; dim?: number | null }): T;
  /**
   * The index of the smallest element along a dimension or in the flattened tensor; the first one for equal elements
   * (PyTorch: `torch.argmin`). int32.
   * @example tensor([[1, 5], [3, 2]]).argmin(1) // tensor([0, 1], dtype=torch.int32)
   */
  argmin(dim?: number | null, options?: { keepdim?: boolean }): T;
  argmin(options?: { keepdim?: boolean; dim?: number | null }): T;
  /**
   * The indices that sort the tensor along a dimension (PyTorch: `torch.argsort`). int32.
   * @example tensor([3, 1, 2]).argsort() // tensor([1, 2, 0], dtype=torch.int32)
   */
  argsort(dim?: number, options?: { descending?: boolean; stable?: boolean }): T;
  argsort(options?: { dim?: number; descending?: boolean; stable?: boolean }): T;
  /**
   * A view by explicit strides (PyTorch: `torch.as_strided`), counted in elements of the tensor's memory.
   * @param storageOffset position of the first element; default: the tensor's own.
   * @throws ShapeError if an element lies outside the memory, or a tensor that requires gradients is not contiguous.
   * @example arange(6).asStrided([2, 2], [1, 2]) // tensor([[0, 2], [1, 3]], dtype=torch.int32)
   */
  asStrided(size: readonly number[], stride: readonly number[], storageOffset?: number): T;
  asStrided(
    size: readonly number[],
    stride: readonly number[],
    options?: { storageOffset?: number },
  ): T;
  asStrided(
    size: readonly number[],
    options: { stride: readonly number[]; storageOffset?: number },
  ): T;
  asStrided(options: {
    size: readonly number[];
    stride: readonly number[];
    storageOffset?: number;
  }): T;
  /**
   * Arcsine in radians (PyTorch: `torch.asin`).
   * @example tensor([0]).asin() // tensor([0.])
   */
  asin(): T;
  /**
   * Arcsine in radians.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.asin_`).
   * @example tensor([0]).asin_() // tensor([0.])
   */
  asin_(): T;
  /**
   * Inverse hyperbolic sine (PyTorch: `torch.asinh`).
   * @example tensor([0]).asinh() // tensor([0.])
   */
  asinh(): T;
  /**
   * Inverse hyperbolic sine.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.asinh_`).
   * @example tensor([0]).asinh_() // tensor([0.])
   */
  asinh_(): T;
  /**
   * Elements of a tensor, as Python's `x[...]`: see `Index`. Positions and slices give views
   * that share memory; index tensors and masks give copies. Differentiable.
   * @throws IndexError for positions out of range or too many indices.
   * @example x.at(0)               // x[0]
   * x.at('1:3', ':')      // x[1:3, :]
   * x.at('...', -1)       // x[..., -1]
   * x.at(x.gt(0))         // x[x > 0]
   */
  at(...items: (string | number | boolean | T | readonly number[] | null)[]): T;
  /**
   * Arctangent in radians (PyTorch: `torch.atan`).
   * @example tensor([0]).atan() // tensor([0.])
   */
  atan(): T;
  /**
   * Angle of the point (b, a) in radians (PyTorch: `torch.atan2`).
   * @example tensor([1]).atan2(tensor([1])) // tensor([0.7854])
   */
  atan2(other: number | bigint | boolean | T): T;
  /**
   * Angle of the point (b, a) in radians.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.atan2_`).
   * @example tensor([1]).atan2_(tensor([1])) // tensor([0.7854])
   */
  atan2_(other: number | bigint | boolean | T): T;
  /**
   * Arctangent in radians.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.atan_`).
   * @example tensor([0]).atan_() // tensor([0.])
   */
  atan_(): T;
  /**
   * Inverse hyperbolic tangent (PyTorch: `torch.atanh`).
   * @example tensor([0]).atanh() // tensor([0.])
   */
  atanh(): T;
  /**
   * Inverse hyperbolic tangent.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.atanh_`).
   * @example tensor([0]).atanh_() // tensor([0.])
   */
  atanh_(): T;
  /**
   * Computes the gradients of all leaves that this tensor depends on, into their `.grad` (PyTorch: `x.backward()`).
   * Gradients accumulate over calls until they are cleared.
   * @param gradient the gradient of this tensor; may be left out for a scalar.
   * @param options `inputs`: the tensors whose `.grad` is filled, instead of all leaves.
   * @throws AutogradError if nothing requires gradients or the tape was freed; ShapeError if the tensor is not a scalar
   * and no gradient is given.
   * @example x.mul(x).sum().backward(); x.grad
   */
  backward(
    gradient?: T | null,
    options?: { inputs?: T | readonly T[]; retainGraph?: boolean; createGraph?: boolean },
  ): void;
  backward(
    options: { inputs?: T | readonly T[]; retainGraph?: boolean; createGraph?: boolean } & {
      gradient?: T | null;
    },
  ): void;
  /**
   * `beta · x + alpha · a·b` for batches of matrices (PyTorch: `torch.baddbmm`).
   * @example zeros([1, 2, 2]).baddbmm(ones([1, 2, 3]), ones([1, 3, 2])).shape // [1, 2, 2]
   */
  baddbmm(batch1: T, batch2: T, options?: { beta?: number; alpha?: number }): T;
  /**
   * Zeros and ones, each one with the probability at the same position of the tensor (PyTorch: `torch.bernoulli`).
   * @throws ValueError for a probability outside [0, 1].
   * @example full([3], 0.5).bernoulli()
   */
  bernoulli(options?: { generator?: Generator }): T;
  /**
   * Fills the tensor with ones with probability `p`, and zeros otherwise (PyTorch: `Tensor.bernoulli_`).
   * @throws ValueError for a probability outside [0, 1].
   * @example empty([3]).bernoulli_(0.5)
   */
  bernoulli_(p?: number, options?: { generator?: Generator }): T;
  bernoulli_(options?: { p?: number; generator?: Generator }): T;
  /**
   * The number of occurrences of each of 0, 1, 2, …, or the sums of their weights (PyTorch: `torch.bincount`). int32;
   * with weights float64, or float32 if the weights are.
   * @param options `weights`, one for each element; `minlength`, the minimum length of the result.
   * @throws ValueError for a negative number; DTypeError unless the input is integers.
   * @example tensor([0, 2, 2], { dtype: 'int32' }).bincount() // tensor([1, 0, 2], dtype=torch.int32)
   */
  bincount(options?: { weights?: T | null; minlength?: number }): T;
  /**
   * Bitwise AND (PyTorch: `torch.bitwise_and`).
   * @example tensor([6], { dtype: 'int32' }).bitwiseAnd(3) // tensor([2], dtype=torch.int32)
   */
  bitwiseAnd(other: number | bigint | boolean | T): T;
  /**
   * Bitwise AND.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.bitwise_and_`).
   * @example tensor([6], { dtype: 'int32' }).bitwiseAnd_(3) // tensor([2], dtype=torch.int32)
   */
  bitwiseAnd_(other: number | bigint | boolean | T): T;
  /**
   * Bits shifted left, which multiplies by powers of two (PyTorch: `torch.bitwise_left_shift`).
   * @example tensor([6], { dtype: 'int32' }).bitwiseLeftShift(1) // tensor([12], dtype=torch.int32)
   */
  bitwiseLeftShift(other: number | bigint | boolean | T): T;
  /**
   * Bits shifted left, which multiplies by powers of two.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.bitwise_left_shift_`).
   * @example tensor([6], { dtype: 'int32' }).bitwiseLeftShift_(1) // tensor([12], dtype=torch.int32)
   */
  bitwiseLeftShift_(other: number | bigint | boolean | T): T;
  /**
   * Bitwise NOT (PyTorch: `torch.bitwise_not`).
   * @example tensor([6], { dtype: 'int32' }).bitwiseNot() // tensor([-7], dtype=torch.int32)
   */
  bitwiseNot(): T;
  /**
   * Bitwise NOT.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.bitwise_not_`).
   * @example tensor([6], { dtype: 'int32' }).bitwiseNot_() // tensor([-7], dtype=torch.int32)
   */
  bitwiseNot_(): T;
  /**
   * Bitwise OR (PyTorch: `torch.bitwise_or`).
   * @example tensor([6], { dtype: 'int32' }).bitwiseOr(3) // tensor([7], dtype=torch.int32)
   */
  bitwiseOr(other: number | bigint | boolean | T): T;
  /**
   * Bitwise OR.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.bitwise_or_`).
   * @example tensor([6], { dtype: 'int32' }).bitwiseOr_(3) // tensor([7], dtype=torch.int32)
   */
  bitwiseOr_(other: number | bigint | boolean | T): T;
  /**
   * Bits shifted right with the sign kept, which divides by powers of two and rounds down (PyTorch:
   * `torch.bitwise_right_shift`).
   * @example tensor([6], { dtype: 'int32' }).bitwiseRightShift(1) // tensor([3], dtype=torch.int32)
   */
  bitwiseRightShift(other: number | bigint | boolean | T): T;
  /**
   * Bits shifted right with the sign kept, which divides by powers of two and rounds down (PyTorch:
   * `torch.bitwise_right_shift`).
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.bitwiseRightShift_`).
   * @example tensor([6], { dtype: 'int32' }).bitwiseRightShift_(1) // tensor([3], dtype=torch.int32)
   */
  bitwiseRightShift_(other: number | bigint | boolean | T): T;
  /**
   * Bitwise XOR (PyTorch: `torch.bitwise_xor`).
   * @example tensor([6], { dtype: 'int32' }).bitwiseXor(3) // tensor([5], dtype=torch.int32)
   */
  bitwiseXor(other: number | bigint | boolean | T): T;
  /**
   * Bitwise XOR.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.bitwise_xor_`).
   * @example tensor([6], { dtype: 'int32' }).bitwiseXor_(3) // tensor([5], dtype=torch.int32)
   */
  bitwiseXor_(other: number | bigint | boolean | T): T;
  /**
   * Products of two batches of matrices, `[b, n, k]` and `[b, k, m]` (PyTorch: `torch.bmm`).
   * @throws ShapeError for other ranks or different batch sizes.
   * @example ones([2, 3, 4]).bmm(ones([2, 4, 5])).shape // [2, 3, 5]
   */
  bmm(mat2: T): T;
  /**
   * As bool (PyTorch: `x.bool()`).
   */
  bool(): T;
  /**
   * Rounds up to an integer (PyTorch: `torch.ceil`).
   * @example tensor([1.5, -1.5]).ceil() // tensor([ 2., -1.])
   */
  ceil(): T;
  /**
   * Rounds up to an integer.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.ceil_`).
   * @example tensor([1.5, -1.5]).ceil_() // tensor([ 2., -1.])
   */
  ceil_(): T;
  /**
   * Splits a tensor into at most `chunks` views of equal size, of which the last may be smaller (PyTorch: `torch.chunk`).
   * The type is a tuple for a literal count, as in `const [q, k, v] = x.chunk(3, -1)`. If the dimension is so small that there are
   * fewer parts, the last ones are undefined at run time.
   * @example tensor([1, 2, 3]).chunk(2).map((x) => x.shape) // [[2], [1]]
   */
  chunk<N extends number>(chunks: N, dim?: number): Tuple<T, N>;
  chunk<N extends number>(chunks: N, options: { dim?: number }): Tuple<T, N>;
  chunk<N extends number>(options: { chunks: N; dim?: number }): Tuple<T, N>;
  /**
   * Limits elements to `[min, max]` (PyTorch: `torch.clamp`); either bound may be null. A bound may
   * be a tensor. `clamp(x, { min: 0 })` names them.
   * @throws ValueError if neither bound is given.
   * @example tensor([-2, 0, 2]).clamp(-1, 1) // tensor([-1.,  0.,  1.])
   */
  clamp(min?: number | bigint | boolean | T | null, max?: number | bigint | boolean | T | null): T;
  clamp(
    others: number | bigint | boolean | T | null,
    options?: { max?: number | bigint | boolean | T | null },
  ): T;
  clamp(options?: {
    max?: number | bigint | boolean | T | null;
    min?: number | bigint | boolean | T | null;
  }): T;
  /**
   * Limits elements to `[min, max]`; either bound may be null. A bound may
   * be a tensor. `clamp(x, { min: 0 })` names them.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.clamp_`).
   * @throws ValueError if neither bound is given.
   * @example tensor([-2, 0, 2]).clamp_(-1, 1) // tensor([-1.,  0.,  1.])
   */
  clamp_(min?: number | bigint | boolean | T | null, max?: number | bigint | boolean | T | null): T;
  clamp_(
    others: number | bigint | boolean | T | null,
    options?: { max?: number | bigint | boolean | T | null },
  ): T;
  clamp_(options?: {
    max?: number | bigint | boolean | T | null;
    min?: number | bigint | boolean | T | null;
  }): T;
  /**
   * Limits elements to `[min, max]`: another name of `clamp` (PyTorch: `torch.clip`).
   * @throws ValueError if neither bound is given.
   * @example tensor([-2, 0, 2]).clip(-1, 1) // tensor([-1.,  0.,  1.])
   */
  clip(min?: number | bigint | boolean | T | null, max?: number | bigint | boolean | T | null): T;
  clip(
    others: number | bigint | boolean | T | null,
    options?: { max?: number | bigint | boolean | T | null },
  ): T;
  clip(options?: {
    max?: number | bigint | boolean | T | null;
    min?: number | bigint | boolean | T | null;
  }): T;
  /**
   * Limits elements to `[min, max]`: another name of `clamp`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.clip_`).
   * @throws ValueError if neither bound is given.
   * @example tensor([-2, 0, 2]).clip_(-1, 1) // tensor([-1.,  0.,  1.])
   */
  clip_(min?: number | bigint | boolean | T | null, max?: number | bigint | boolean | T | null): T;
  clip_(
    others: number | bigint | boolean | T | null,
    options?: { max?: number | bigint | boolean | T | null },
  ): T;
  clip_(options?: {
    max?: number | bigint | boolean | T | null;
    min?: number | bigint | boolean | T | null;
  }): T;
  /**
   * A copy with its own memory, through which gradients flow (PyTorch: `torch.clone`).
   * @example tensor([1, 2]).clone()
   */
  clone(): T;
  /**
   * A contiguous copy of the tensor; the tensor itself if it is contiguous (PyTorch: `x.contiguous()`).
   */
  contiguous(): T;
  /**
   * Copies the elements of `source`, broadcast and converted, into `x` (PyTorch: `Tensor.copy_`).
   * @throws ShapeError if the source does not broadcast to the tensor.
   * @example zeros([2, 2]).copy_(tensor([1, 2]))
   */
  copy_(src: T): T;
  /**
   * Cosine of an angle in radians (PyTorch: `torch.cos`).
   * @example tensor([0]).cos() // tensor([1.])
   */
  cos(): T;
  /**
   * Cosine of an angle in radians.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.cos_`).
   * @example tensor([0]).cos_() // tensor([1.])
   */
  cos_(): T;
  /**
   * Hyperbolic cosine (PyTorch: `torch.cosh`).
   * @example tensor([0]).cosh() // tensor([1.])
   */
  cosh(): T;
  /**
   * Hyperbolic cosine.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.cosh_`).
   * @example tensor([0]).cosh_() // tensor([1.])
   */
  cosh_(): T;
  /**
   * The number of non-zero elements (PyTorch: `torch.count_nonzero`). int32.
   * @example tensor([0, 5, 6]).countNonzero() // tensor(2, dtype=torch.int32)
   */
  countNonzero(dim?: number | readonly number[] | null): T;
  countNonzero(options?: { dim?: number | readonly number[] | null }): T;
  /**
   * The tensor on the CPU, once the device has finished (PyTorch: `Tensor.cpu`). It waits only if the tensor is on
   * another device; gradients do not flow through it.
   * @example const values = (await loss.cpu()).item();
   */
  cpu(): Promise<T>;
  /**
   * Cumulative maxima along a dimension and their indices, the last one for equal elements (PyTorch: `torch.cummax`).
   * @example tensor([1, 3, 2]).cummax(0).values // tensor([1., 3., 3.])
   */
  cummax(dim: number): PairOf<T>;
  cummax(options: { dim: number }): PairOf<T>;
  /**
   * Cumulative minima along a dimension and their indices, the last one for equal elements (PyTorch: `torch.cummin`).
   * @example tensor([3, 1, 2]).cummin(0).values // tensor([3., 1., 1.])
   */
  cummin(dim: number): PairOf<T>;
  cummin(options: { dim: number }): PairOf<T>;
  /**
   * Cumulative products along a dimension (PyTorch: `torch.cumprod`). Integers and booleans become int32, except int64.
   * @param options `dtype`: the result's dtype, to which the elements are converted first.
   * @example tensor([1, 2, 3]).cumprod(0) // tensor([1., 2., 6.])
   */
  cumprod(dim: number, options?: { dtype?: DType }): T;
  cumprod(options: { dim: number; dtype?: DType }): T;
  /**
   * Cumulative sums along a dimension (PyTorch: `torch.cumsum`). Integers and booleans become int32, except int64.
   * @param options `dtype`: the result's dtype, to which the elements are converted first.
   * @example tensor([1, 2, 3]).cumsum(0) // tensor([1., 3., 6.])
   */
  cumsum(dim: number, options?: { dtype?: DType }): T;
  cumsum(options: { dim: number; dtype?: DType }): T;
  /**
   * The elements of a CPU tensor as a typed array in row-major order, always a copy (PyTorch: `x.numpy()`). float16 and
   * bfloat16 are returned as 16-bit patterns.
   * @throws DeviceError on another device: use `(await x.cpu()).data()`.
   * @example tensor([[1, 2], [3, 4]]).data() // Float32Array [1, 2, 3, 4]
   */
  data(): TypedArray;
  /**
   * Converts degrees to radians (PyTorch: `torch.deg2rad`).
   * @example tensor([180]).deg2rad() // tensor([3.1416])
   */
  deg2rad(): T;
  /**
   * Converts degrees to radians.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.deg2rad_`).
   * @example tensor([180]).deg2rad_() // tensor([3.1416])
   */
  deg2rad_(): T;
  /**
   * Detaches the tensor from the tape in place; it no longer requires gradients`).
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.detach__`).
   * @throws AutogradError for a view.
   */
  detach_(): T;
  /**
   * A matrix with a vector on its diagonal, or the diagonal of a matrix (PyTorch: `torch.diag`).
   * @param diagonal which diagonal: 1 is the one above the main diagonal, -1 the one below, and so on.
   * @example tensor([1, 2]).diag() // tensor([[1., 0.], [0., 2.]])
   */
  diag(diagonal?: number): T;
  diag(options?: { diagonal?: number }): T;
  /**
   * The diagonal over two dimensions, as a view in which it is the last dimension (PyTorch: `torch.diagonal`).
   * @param offset which diagonal: above the main diagonal if positive, below if negative.
   * @example tensor([[1, 2], [3, 4]]).diagonal() // tensor([1., 4.])
   */
  diagonal(offset?: number, dim1?: number, dim2?: number): T;
  diagonal(offset: number, dim1: number, options?: { dim2?: number }): T;
  diagonal(offset: number, options?: { dim1?: number; dim2?: number }): T;
  diagonal(options?: { offset?: number; dim1?: number; dim2?: number }): T;
  /**
   * Derivative of lgamma (PyTorch: `torch.digamma`).
   * @example tensor([1]).digamma() // tensor([-0.5772])
   */
  digamma(): T;
  /**
   * Derivative of lgamma.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.digamma_`).
   * @example tensor([1]).digamma_() // tensor([-0.5772])
   */
  digamma_(): T;
  /**
   * `x / other`, broadcast; integers are converted to float32 unless a rounding mode is given (PyTorch: `torch.div`).
   * @param options `roundingMode`: `'trunc'` towards zero, `'floor'` downwards; default: none.
   * @example tensor([7, 8]).div(2, { roundingMode: 'floor' }) // tensor([3., 4.])
   */
  div(
    other: number | bigint | boolean | T,
    options?: { roundingMode?: 'floor' | 'trunc' | null },
  ): T;
  div(options: {
    roundingMode?: 'floor' | 'trunc' | null;
    other: number | bigint | boolean | T;
  }): T;
  /**
   * `x / other`, broadcast; integers are converted to float32 unless a rounding mode is given.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.div_`).
   * @param options `roundingMode`: `'trunc'` towards zero, `'floor'` downwards; default: none.
   * @example tensor([7, 8]).div_(2, { roundingMode: 'floor' }) // tensor([3., 4.])
   */
  div_(
    other: number | bigint | boolean | T,
    options?: { roundingMode?: 'floor' | 'trunc' | null },
  ): T;
  div_(options: {
    roundingMode?: 'floor' | 'trunc' | null;
    other: number | bigint | boolean | T;
  }): T;
  /**
   * The dot product of two vectors (PyTorch: `torch.dot`).
   * @example tensor([1, 2]).dot(tensor([3, 4])) // tensor(11.)
   */
  dot(tensor: T): T;
  /**
   * As float64 (PyTorch: `x.double()`).
   */
  double(): T;
  /**
   * `x` if positive, otherwise `alpha · (eˣ - 1)` (PyTorch: `F.elu`).
   * @example tensor([-1, 2]).elu() // tensor([-0.6321,  2.0000])
   */
  elu(alpha?: number | bigint | boolean | T): T;
  elu(options?: { alpha?: number | bigint | boolean | T }): T;
  /**
   * `x` if positive, otherwise `alpha · (eˣ - 1)`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.elu_`).
   * @example tensor([-1, 2]).elu_() // tensor([-0.6321,  2.0000])
   */
  elu_(alpha?: number | bigint | boolean | T): T;
  elu_(options?: { alpha?: number | bigint | boolean | T }): T;
  /**
   * Whether elements are equal (PyTorch: `torch.eq`).
   * @example tensor([1, 2]).eq(2) // tensor([False, True])
   */
  eq(other: number | bigint | boolean | T): T;
  /**
   * Whether elements are equal.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.eq_`).
   * @example tensor([1, 2]).eq_(2) // tensor([False, True])
   */
  eq_(other: number | bigint | boolean | T): T;
  /**
   * Element-wise comparison of shape and values (PyTorch: `torch.equal`).
   */
  equal(other: T): boolean;
  /**
   * The error function (PyTorch: `torch.erf`).
   * @example tensor([0]).erf() // tensor([0.])
   */
  erf(): T;
  /**
   * The error function.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.erf_`).
   * @example tensor([0]).erf_() // tensor([0.])
   */
  erf_(): T;
  /**
   * The complement of the error function, `1 - erf(x)`, accurate for large x too (PyTorch: `torch.erfc`).
   * @example tensor([0]).erfc() // tensor([1.])
   */
  erfc(): T;
  /**
   * The complement of the error function, `1 - erf(x)`, accurate for large x too.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.erfc_`).
   * @example tensor([0]).erfc_() // tensor([1.])
   */
  erfc_(): T;
  /**
   * The exponential `eˣ` (PyTorch: `torch.exp`).
   * @example tensor([0, 1]).exp() // tensor([1.0000, 2.7183])
   */
  exp(): T;
  /**
   * `2ˣ` (PyTorch: `torch.exp2`).
   * @example tensor([0, 3]).exp2() // tensor([1., 8.])
   */
  exp2(): T;
  /**
   * `2ˣ`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.exp2_`).
   * @example tensor([0, 3]).exp2_() // tensor([1., 8.])
   */
  exp2_(): T;
  /**
   * The exponential `eˣ`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.exp_`).
   * @example tensor([0, 1]).exp_() // tensor([1.0000, 2.7183])
   */
  exp_(): T;
  /**
   * Expands dimensions of size 1, and adds leading ones, without copying; -1 keeps a size (PyTorch: `Tensor.expand`).
   * @example tensor([[1], [2]]).expand(-1, 3) // tensor([[1., 1., 1.], [2., 2., 2.]])
   */
  expand(size: readonly number[]): T;
  expand(size: number, ...others: number[]): T;
  expand(options: { size: readonly number[] }): T;
  /**
   * The tensor repeated to the shape of another one (PyTorch: `x.expand_as`).
   */
  expandAs(other: T): T;
  /**
   * `eˣ - 1`, accurate near 0 (PyTorch: `torch.expm1`).
   * @example tensor([0]).expm1() // tensor([0.])
   */
  expm1(): T;
  /**
   * `eˣ - 1`, accurate near 0.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.expm1_`).
   * @example tensor([0]).expm1_() // tensor([0.])
   */
  expm1_(): T;
  /**
   * Fills the tensor with exponentially distributed numbers of a given rate (PyTorch: `Tensor.exponential_`).
   * @throws ValueError unless the rate is positive.
   * @example empty([3]).exponential_(1)
   */
  exponential_(lambda?: number, options?: { generator?: Generator }): T;
  exponential_(options?: { lambda?: number; generator?: Generator }): T;
  /**
   * Sets all elements to a value (PyTorch: `Tensor.fill_`).
   * @example zeros([2]).fill_(3) // tensor([3., 3.])
   */
  fill_(value: number | boolean): T;
  fill_(options: { value: number | boolean }): T;
  /**
   * Flattens dimensions `startDim` to `endDim` into one (PyTorch: `torch.flatten`).
   * @example zeros([2, 3, 4]).flatten(1).shape // [2, 12]
   */
  flatten(startDim?: number, endDim?: number): T;
  flatten(startDim: number, options?: { endDim?: number }): T;
  flatten(options?: { startDim?: number; endDim?: number }): T;
  /**
   * Reverses the elements along dimensions (PyTorch: `torch.flip`). A copy.
   * @throws IndexError for a dimension that is given twice.
   * @example tensor([1, 2, 3]).flip(0) // tensor([3., 2., 1.])
   */
  flip(dims: number | readonly number[]): T;
  flip(options: { dims: number | readonly number[] }): T;
  flip(dims: number, ...others: number[]): T;
  /**
   * As float32 (PyTorch: `x.float()`).
   */
  float(): T;
  /**
   * Rounds down to an integer (PyTorch: `torch.floor`).
   * @example tensor([1.5, -1.5]).floor() // tensor([ 1., -2.])
   */
  floor(): T;
  /**
   * The quotient rounded down (PyTorch: `torch.floor_divide`).
   * @throws ValueError for integers divided by zero (on `cpu`; GPU devices return 0).
   * @example tensor([-7, 7]).floorDivide(2) // tensor([-4.,  3.])
   */
  floorDivide(other: number | bigint | boolean | T): T;
  /**
   * The quotient rounded down.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.floor_divide_`).
   * @throws ValueError for integers divided by zero (on `cpu`; GPU devices return 0).
   * @example tensor([-7, 7]).floorDivide_(2) // tensor([-4.,  3.])
   */
  floorDivide_(other: number | bigint | boolean | T): T;
  /**
   * Rounds down to an integer.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.floor_`).
   * @example tensor([1.5, -1.5]).floor_() // tensor([ 1., -2.])
   */
  floor_(): T;
  /**
   * The remainder with the sign of the dividend, as C's `fmod` (PyTorch: `torch.fmod`).
   * @example tensor([-3, 3]).fmod(2) // tensor([-1.,  1.])
   */
  fmod(other: number | bigint | boolean | T): T;
  /**
   * The remainder with the sign of the dividend, as C's `fmod`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.fmod_`).
   * @example tensor([-3, 3]).fmod_(2) // tensor([-1.,  1.])
   */
  fmod_(other: number | bigint | boolean | T): T;
  /**
   * The fractional part, with the sign of x (PyTorch: `torch.frac`).
   * @example tensor([1.5, -1.25]).frac() // tensor([ 0.5000, -0.2500])
   */
  frac(): T;
  /**
   * The fractional part, with the sign of x.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.frac_`).
   * @example tensor([1.5, -1.25]).frac_() // tensor([ 0.5000, -0.2500])
   */
  frac_(): T;
  /**
   * Gathers elements along a dimension: `out[i][j] = x[index[i][j]][j]` for `dim` 0 (PyTorch: `torch.gather`). The result
   * has the index's shape.
   * @throws IndexError for an index out of range; ShapeError if the shapes do not fit.
   * @example tensor([[1, 2], [3, 4]]).gather(1, tensor([[1], [0]], { dtype: 'int32' })) // tensor([[2.], [3.]])
   */
  gather(dim: number, index: T): T;
  gather(dim: number, options: { index: T }): T;
  gather(options: { dim: number; index: T }): T;
  /**
   * Whether a >= b (PyTorch: `torch.ge`).
   * @example tensor([1, 2]).ge(2) // tensor([False, True])
   */
  ge(other: number | bigint | boolean | T): T;
  /**
   * Whether a >= b.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.ge_`).
   * @example tensor([1, 2]).ge_(2) // tensor([False, True])
   */
  ge_(other: number | bigint | boolean | T): T;
  /**
   * `x · Φ(x)`, Φ being the normal distribution function (PyTorch: `F.gelu`; Hendrycks & Gimpel 2016).
   * @param options `approximate: 'tanh'` uses the tanh approximation.
   * @example tensor([1]).gelu() // tensor([0.8413])
   */
  gelu(options?: { approximate?: 'tanh' | 'none' }): T;
  /**
   * `x · Φ(x)`, Φ being the normal distribution function.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.gelu_`).
   * @param options `approximate: 'tanh'` uses the tanh approximation.
   * @example tensor([1]).gelu_() // tensor([0.8413])
   */
  gelu_(options?: { approximate?: 'tanh' | 'none' }): T;
  /**
   * Whether a > b (PyTorch: `torch.gt`).
   * @example tensor([1, 2]).gt(2) // tensor([False, False])
   */
  gt(other: number | bigint | boolean | T): T;
  /**
   * Whether a > b.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.gt_`).
   * @example tensor([1, 2]).gt_(2) // tensor([False, False])
   */
  gt_(other: number | bigint | boolean | T): T;
  /**
   * As float16 (PyTorch: `x.half()`).
   */
  half(): T;
  /**
   * `x · min(max(x + 3, 0), 6) / 6` (PyTorch: `F.hardswish`).
   * @example tensor([1]).hardswish() // tensor([0.6667])
   */
  hardswish(): T;
  /**
   * `x · min(max(x + 3, 0), 6) / 6`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.hardswish_`).
   * @example tensor([1]).hardswish_() // tensor([0.6667])
   */
  hardswish_(): T;
  /**
   * Limits elements to `[minVal, maxVal]` (PyTorch: `F.hardtanh`).
   * @throws ValueError if `minVal` is greater than `maxVal`, or below 0 for uint8.
   * @example tensor([-2, 0.5]).hardtanh() // tensor([-1.0000,  0.5000])
   */
  hardtanh(minVal?: number, maxVal?: number): T;
  hardtanh(minVal: number, options?: { maxVal?: number }): T;
  hardtanh(options?: { minVal?: number; maxVal?: number }): T;
  /**
   * Limits elements to `[minVal, maxVal]`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.hardtanh_`).
   * @throws ValueError if `minVal` is greater than `maxVal`, or below 0 for uint8.
   * @example tensor([-2, 0.5]).hardtanh_() // tensor([-1.0000,  0.5000])
   */
  hardtanh_(minVal?: number, maxVal?: number): T;
  hardtanh_(minVal: number, options?: { maxVal?: number }): T;
  hardtanh_(options?: { minVal?: number; maxVal?: number }): T;
  /**
   * The length of the hypotenuse, `√(x² + other²)`, broadcast (PyTorch: `torch.hypot`). It does not overflow if only the
   * squares do. Its gradients at the origin are NaN, as in PyTorch.
   * @throws DTypeError for integers and booleans.
   * @example tensor([3, 5]).hypot(tensor([4, 12])) // tensor([ 5., 13.])
   */
  hypot(other: number | bigint | boolean | T): T;
  /**
   * The length of the hypotenuse, `√(x² + other²)`, broadcast. It does not overflow if only the
   * squares do. Its gradients at the origin are NaN, as in PyTorch.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.hypot_`).
   * @throws DTypeError for integers and booleans.
   * @example tensor([3, 5]).hypot_(tensor([4, 12])) // tensor([ 5., 13.])
   */
  hypot_(other: number | bigint | boolean | T): T;
  /**
   * A copy with slices of `source` added at these positions (PyTorch: `torch.index_add`).
   * @example zeros([3]).indexAdd(0, tensor([0, 2], { dtype: 'int32' }), ones([2])) // tensor([1., 0., 1.])
   */
  indexAdd(dim: number, index: T, source: T, options?: { alpha?: number }): T;
  indexAdd(dim: number, index: T, options: { source: T; alpha?: number }): T;
  indexAdd(dim: number, options: { index: T; source: T; alpha?: number }): T;
  indexAdd(options: { dim: number; index: T; source: T; alpha?: number }): T;
  /**
   * Adds slices of `source` to the slices of `x` at these positions, in place (PyTorch:
   * `Tensor.index_add_`).
   * @example zeros([3]).indexAdd_(0, tensor([0, 0], { dtype: 'int32' }), ones([2])) // tensor([2., 0., 0.])
   */
  indexAdd_(dim: number, index: T, source: T, options?: { alpha?: number }): T;
  indexAdd_(dim: number, index: T, options: { source: T; alpha?: number }): T;
  indexAdd_(dim: number, options: { index: T; source: T; alpha?: number }): T;
  indexAdd_(options: { dim: number; index: T; source: T; alpha?: number }): T;
  /**
   * The slices at these positions along a dimension (PyTorch: `torch.index_select`).
   * @param index positions, one-dimensional; for a scalar a single one.
   * @throws IndexError for an index out of range; ShapeError for an index of another shape.
   * @example tensor([[1, 2], [3, 4]]).indexSelect(0, tensor([1, 1], { dtype: 'int32' })) // tensor([[3., 4.], [3., 4.]])
   */
  indexSelect(dim: number, index: T): T;
  indexSelect(dim: number, options: { index: T }): T;
  indexSelect(options: { dim: number; index: T }): T;
  /**
   * As int32, the index type (PyTorch: `x.int()`).
   */
  int(): T;
  /**
   * Whether elements are close: `|a - b| <= atol + rtol · |b|` (PyTorch: `torch.isclose`).
   * @param options `rtol`: 1e-5; `atol`: 1e-8; `equalNan`: false.
   * @example tensor([1, 2]).isclose(tensor([1, 2.1])) // tensor([ True, False])
   */
  isclose(other: T, options?: { rtol?: number; atol?: number; equalNan?: boolean }): T;
  /**
   * Whether elements are close: `|a - b| <= atol + rtol · |b|`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.isclose_`).
   * @param options `rtol`: 1e-5; `atol`: 1e-8; `equalNan`: false.
   * @example tensor([1, 2]).isclose_(tensor([1, 2.1])) // tensor([ True, False])
   */
  isclose_(other: T, options?: { rtol?: number; atol?: number; equalNan?: boolean }): T;
  /**
   * Whether an element is neither infinite nor NaN (PyTorch: `torch.isfinite`).
   * @example tensor([1, NaN]).isfinite() // tensor([ True, False])
   */
  isfinite(): T;
  /**
   * Whether an element is neither infinite nor NaN.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.isfinite_`).
   * @example tensor([1, NaN]).isfinite_() // tensor([ True, False])
   */
  isfinite_(): T;
  /**
   * Whether an element is infinite (PyTorch: `torch.isinf`).
   * @example tensor([1, -Infinity]).isinf() // tensor([False,  True])
   */
  isinf(): T;
  /**
   * Whether an element is infinite.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.isinf_`).
   * @example tensor([1, -Infinity]).isinf_() // tensor([False,  True])
   */
  isinf_(): T;
  /**
   * Whether an element is NaN (PyTorch: `torch.isnan`).
   * @example tensor([1, NaN]).isnan() // tensor([False,  True])
   */
  isnan(): T;
  /**
   * Whether an element is NaN.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.isnan_`).
   * @example tensor([1, NaN]).isnan_() // tensor([False,  True])
   */
  isnan_(): T;
  /**
   * The Kronecker product (PyTorch: `torch.kron`).
   * @example tensor([1, 2]).kron(tensor([1, 1])) // tensor([1., 1., 2., 2.])
   */
  kron(other: T): T;
  /**
   * The k-th smallest element along a dimension, counted from 1, and its index (PyTorch: `torch.kthvalue`).
   * @throws ValueError if `k` is out of range.
   * @example tensor([3, 1, 2]).kthvalue(2).values // tensor(2.)
   */
  kthvalue(k: number, dim?: number, options?: { keepdim?: boolean }): PairOf<T>;
  kthvalue(k: number, options?: { dim?: number; keepdim?: boolean }): PairOf<T>;
  kthvalue(options: { k: number; dim?: number; keepdim?: boolean }): PairOf<T>;
  /**
   * Whether a <= b (PyTorch: `torch.le`).
   * @example tensor([1, 2]).le(2) // tensor([True, True])
   */
  le(other: number | bigint | boolean | T): T;
  /**
   * Whether a <= b.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.le_`).
   * @example tensor([1, 2]).le_(2) // tensor([True, True])
   */
  le_(other: number | bigint | boolean | T): T;
  /**
   * `x` if positive, otherwise `negativeSlope · x` (PyTorch: `F.leaky_relu`).
   * @example tensor([-1, 2]).leakyRelu(0.1) // tensor([-0.1000,  2.0000])
   */
  leakyRelu(negativeSlope?: number | bigint | boolean | T): T;
  leakyRelu(options?: { negativeSlope?: number | bigint | boolean | T }): T;
  /**
   * `x` if positive, otherwise `negativeSlope · x`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.leaky_relu_`).
   * @example tensor([-1, 2]).leakyRelu_(0.1) // tensor([-0.1000,  2.0000])
   */
  leakyRelu_(negativeSlope?: number | bigint | boolean | T): T;
  leakyRelu_(options?: { negativeSlope?: number | bigint | boolean | T }): T;
  /**
   * `a + weight · (b - a)` (PyTorch: `torch.lerp`).
   * @example tensor([0, 10]).lerp(tensor([10, 20]), 0.5) // tensor([ 5., 15.])
   */
  lerp(b: number | bigint | boolean | T, c: number | bigint | boolean | T): T;
  /**
   * `a + weight · (b - a)`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.lerp_`).
   * @example tensor([0, 10]).lerp_(tensor([10, 20]), 0.5) // tensor([ 5., 15.])
   */
  lerp_(b: number | bigint | boolean | T, c: number | bigint | boolean | T): T;
  /**
   * Logarithm of the absolute value of the gamma function (PyTorch: `torch.lgamma`).
   * @example tensor([1, 4]).lgamma() // tensor([0.0000, 1.7918])
   */
  lgamma(): T;
  /**
   * Logarithm of the absolute value of the gamma function.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.lgamma_`).
   * @example tensor([1, 4]).lgamma_() // tensor([0.0000, 1.7918])
   */
  lgamma_(): T;
  /**
   * Natural logarithm (PyTorch: `torch.log`).
   * @example tensor([1, Math.E]).log() // tensor([0., 1.])
   */
  log(): T;
  /**
   * Logarithm to the base 10 (PyTorch: `torch.log10`).
   * @example tensor([1, 100]).log10() // tensor([0., 2.])
   */
  log10(): T;
  /**
   * Logarithm to the base 10.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.log10_`).
   * @example tensor([1, 100]).log10_() // tensor([0., 2.])
   */
  log10_(): T;
  /**
   * Natural logarithm of 1 + x, accurate near 0 (PyTorch: `torch.log1p`).
   * @example tensor([0]).log1p() // tensor([0.])
   */
  log1p(): T;
  /**
   * Natural logarithm of 1 + x, accurate near 0.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.log1p_`).
   * @example tensor([0]).log1p_() // tensor([0.])
   */
  log1p_(): T;
  /**
   * Logarithm to the base 2 (PyTorch: `torch.log2`).
   * @example tensor([1, 8]).log2() // tensor([0., 3.])
   */
  log2(): T;
  /**
   * Logarithm to the base 2.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.log2_`).
   * @example tensor([1, 8]).log2_() // tensor([0., 3.])
   */
  log2_(): T;
  /**
   * The logarithm of softmax, computed without loss of precision (PyTorch: `torch.log_softmax`).
   * @example tensor([0, 0]).logSoftmax(0) // tensor([-0.6931, -0.6931])
   */
  logSoftmax(dim: number, options?: { dtype?: DType }): T;
  logSoftmax(options: { dim: number; dtype?: DType }): T;
  /**
   * Natural logarithm.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.log_`).
   * @example tensor([1, Math.E]).log_() // tensor([0., 1.])
   */
  log_(): T;
  /**
   * Whether both are non-zero (PyTorch: `torch.logical_and`).
   * @example tensor([1, 0]).logicalAnd(tensor([1, 1])) // tensor([ True, False])
   */
  logicalAnd(other: number | bigint | boolean | T): T;
  /**
   * Whether both are non-zero.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.logical_and_`).
   * @example tensor([1, 0]).logicalAnd_(tensor([1, 1])) // tensor([ True, False])
   */
  logicalAnd_(other: number | bigint | boolean | T): T;
  /**
   * Whether an element is zero (PyTorch: `torch.logical_not`).
   * @example tensor([1, 0]).logicalNot() // tensor([False,  True])
   */
  logicalNot(): T;
  /**
   * Whether an element is zero.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.logical_not_`).
   * @example tensor([1, 0]).logicalNot_() // tensor([False,  True])
   */
  logicalNot_(): T;
  /**
   * Whether either is non-zero (PyTorch: `torch.logical_or`).
   * @example tensor([1, 0]).logicalOr(tensor([0, 0])) // tensor([ True, False])
   */
  logicalOr(other: number | bigint | boolean | T): T;
  /**
   * Whether either is non-zero.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.logical_or_`).
   * @example tensor([1, 0]).logicalOr_(tensor([0, 0])) // tensor([ True, False])
   */
  logicalOr_(other: number | bigint | boolean | T): T;
  /**
   * Whether exactly one is non-zero (PyTorch: `torch.logical_xor`).
   * @example tensor([1, 0]).logicalXor(tensor([1, 1])) // tensor([False,  True])
   */
  logicalXor(other: number | bigint | boolean | T): T;
  /**
   * Whether exactly one is non-zero.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.logical_xor_`).
   * @example tensor([1, 0]).logicalXor_(tensor([1, 1])) // tensor([False,  True])
   */
  logicalXor_(other: number | bigint | boolean | T): T;
  /**
   * The logarithm of the sigmoid, finite for every x (PyTorch: `F.logsigmoid`).
   * @example tensor([0]).logsigmoid() // tensor([-0.6931])
   */
  logsigmoid(): T;
  /**
   * The logarithm of the sigmoid, finite for every x.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.logsigmoid_`).
   * @example tensor([0]).logsigmoid_() // tensor([-0.6931])
   */
  logsigmoid_(): T;
  /**
   * `log Σ eˣ` without overflow (PyTorch: `torch.logsumexp`).
   * @example tensor([1000, 1000]).logsumexp(0) // tensor(1000.6931)
   */
  logsumexp(dim: number | readonly number[] | null, options?: { keepdim?: boolean }): T;
  logsumexp(options: { dim: number | readonly number[] | null; keepdim?: boolean }): T;
  /**
   * As int64 (PyTorch: `x.long()`).
   */
  long(): T;
  /**
   * Whether a < b (PyTorch: `torch.lt`).
   * @example tensor([1, 2]).lt(2) // tensor([True, False])
   */
  lt(other: number | bigint | boolean | T): T;
  /**
   * Whether a < b.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.lt_`).
   * @example tensor([1, 2]).lt_(2) // tensor([True, False])
   */
  lt_(other: number | bigint | boolean | T): T;
  /**
   * The last two dimensions swapped (PyTorch: `x.mT`).
   */
  readonly mT: T;
  /**
   * A copy with elements replaced by a value, converted to the tensor's dtype, where the mask is true (PyTorch:
   * `torch.Tensor.masked_fill`).
   * @throws ValueError for a number that the dtype cannot hold.
   * @example tensor([1, 2]).maskedFill(tensor([true, false]), 9) // tensor([9., 2.])
   */
  maskedFill(b: number | bigint | boolean | T, c: number | bigint | boolean | T): T;
  /**
   * A copy with elements replaced by a value, converted to the tensor's dtype, where the mask is true (PyTorch:
   * `torch.Tensor.masked_fill`).
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.maskedFill_`).
   * @throws ValueError for a number that the dtype cannot hold.
   * @example tensor([1, 2]).maskedFill_(tensor([true, false]), 9) // tensor([9., 2.])
   */
  maskedFill_(b: number | bigint | boolean | T, c: number | bigint | boolean | T): T;
  /**
   * The elements where a mask is true, as one dimension; the mask must broadcast with the tensor (PyTorch:
   * `torch.masked_select`).
   * @example tensor([1, 2, 3]).maskedSelect(tensor([true, false, true])) // tensor([1., 3.])
   */
  maskedSelect(mask: T): T;
  /**
   * The matrix product (PyTorch: `torch.matmul`). The product of two vectors is their dot product. A vector is a row
   * before a matrix and a column after it. Further dimensions are batch dimensions, which broadcast.
   * @throws ShapeError if the inner sizes differ; DTypeError if the dtypes do.
   * @example tensor([[1, 2], [3, 4]]).matmul(tensor([1, 1])) // tensor([3., 7.])
   */
  matmul(other: T): T;
  /**
   * The largest element; with a dimension, the largest along it and their indices; with a second tensor, the elementwise
   * maximum (PyTorch: `torch.max`).
   * @throws IndexError over an empty dimension.
   * @example tensor([[1, 5], [3, 2]]).max() // tensor(5.)
   * const { values, indices } = tensor([[1, 5], [3, 2]]).max(1);
   */
  max(): T;
  max(dim: number, options?: { keepdim?: boolean }): PairOf<T>;
  max(options: { keepdim?: boolean } & { dim: number }): PairOf<T>;
  max(other: T): T;
  /**
   * The larger of two, NaN if either is (PyTorch: `torch.maximum`). Equal values share the gradient equally.
   * @example tensor([1, 5]).maximum(tensor([3, 2])) // tensor([3., 5.])
   */
  maximum(other: number | bigint | boolean | T): T;
  /**
   * The larger of two, NaN if either is. Equal values share the gradient equally.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.maximum_`).
   * @example tensor([1, 5]).maximum_(tensor([3, 2])) // tensor([3., 5.])
   */
  maximum_(other: number | bigint | boolean | T): T;
  /**
   * The mean of the elements, over all dimensions or the given ones (PyTorch: `torch.mean`).
   * @throws DTypeError for integers; use `x.to('float32')` or the option `dtype`.
   * @example tensor([[1, 2], [3, 4]]).mean(1) // tensor([1.5000, 3.5000])
   */
  mean(dim?: number | readonly number[] | null, options?: { dtype?: DType; keepdim?: boolean }): T;
  mean(options?: { dim?: number | readonly number[] | null; dtype?: DType; keepdim?: boolean }): T;
  /**
   * The median, or the lower one of two; with a dimension, also its index (PyTorch: `torch.median`). If any element is
   * NaN, so is the median; the median of an empty tensor is NaN.
   * @throws IndexError for an empty dimension, or an empty integer tensor.
   * @example tensor([3, 1, 2]).median() // tensor(2.)
   */
  median(): T;
  median(dim: number, options?: { keepdim?: boolean }): PairOf<T>;
  median(options: { keepdim?: boolean } & { dim: number }): PairOf<T>;
  /**
   * The smallest element; with a dimension, the smallest along it and their indices; with a second tensor, the
   * elementwise minimum (PyTorch: `torch.min`).
   * @throws IndexError over an empty dimension.
   * @example const [values, indices] = tensor([[1, 5], [3, 2]]).min(1);
   */
  min(): T;
  min(dim: number, options?: { keepdim?: boolean }): PairOf<T>;
  min(options: { keepdim?: boolean } & { dim: number }): PairOf<T>;
  min(other: T): T;
  /**
   * The smaller of two, NaN if either is (PyTorch: `torch.minimum`). Equal values share the gradient equally.
   * @example tensor([1, 5]).minimum(tensor([3, 2])) // tensor([1., 2.])
   */
  minimum(other: number | bigint | boolean | T): T;
  /**
   * The smaller of two, NaN if either is. Equal values share the gradient equally.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.minimum_`).
   * @example tensor([1, 5]).minimum_(tensor([3, 2])) // tensor([1., 2.])
   */
  minimum_(other: number | bigint | boolean | T): T;
  /**
   * `x · tanh(softplus(x))` (PyTorch: `F.mish`; Misra 2019).
   * @example tensor([0]).mish() // tensor([0.])
   */
  mish(): T;
  /**
   * `x · tanh(softplus(x))`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.mish_`).
   * @example tensor([0]).mish_() // tensor([0.])
   */
  mish_(): T;
  /**
   * The product of two matrices (PyTorch: `torch.mm`).
   * @throws ShapeError for other ranks.
   * @example eye(2).mm(tensor([[1, 2], [3, 4]]))
   */
  mm(mat2: T): T;
  /**
   * Moves dimensions to other positions; the others keep their order (PyTorch: `torch.movedim`).
   * @example zeros([2, 3, 4]).movedim(0, -1).shape // [3, 4, 2]
   */
  movedim(source: number | readonly number[], destination: number | readonly number[]): T;
  movedim(
    source: number | readonly number[],
    options: { destination: number | readonly number[] },
  ): T;
  movedim(options: {
    source: number | readonly number[];
    destination: number | readonly number[];
  }): T;
  /**
   * `a · b`, broadcast (PyTorch: `torch.mul`).
   * @example tensor([1, 2]).mul(3) // tensor([3., 6.])
   */
  mul(other: number | bigint | boolean | T): T;
  /**
   * `a · b`, broadcast.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.mul_`).
   * @example tensor([1, 2]).mul_(3) // tensor([3., 6.])
   */
  mul_(other: number | bigint | boolean | T): T;
  /**
   * Indices drawn from the multinomial distribution of the weights in each row (PyTorch: `torch.multinomial`). int32 of
   * shape `[numSamples]` or `[rows, numSamples]`.
   * @throws ValueError for negative weights, rows that sum to 0, or more samples than categories
   * without replacement.
   * @example tensor([0, 10, 3, 0]).multinomial(2)
   */
  multinomial(numSamples: number, replacement?: boolean, options?: { generator?: Generator }): T;
  multinomial(numSamples: number, options?: { replacement?: boolean; generator?: Generator }): T;
  multinomial(options: { numSamples: number; replacement?: boolean; generator?: Generator }): T;
  /**
   * A matrix times a vector (PyTorch: `torch.mv`).
   * @example tensor([[1, 2], [3, 4]]).mv(tensor([1, 1])) // tensor([3., 7.])
   */
  mv(vec: T): T;
  /**
   * NaN and infinities replaced (PyTorch: `torch.nan_to_num`), by default by 0 and by the largest and
   * smallest finite numbers of the dtype.
   * @example tensor([NaN, 1]).nanToNum() // tensor([0., 1.])
   */
  nanToNum(nan?: number | null, posinf?: number | null, neginf?: number | null): T;
  nanToNum(nan: number | null, posinf: number | null, options?: { neginf?: number | null }): T;
  nanToNum(nan: number | null, options?: { posinf?: number | null; neginf?: number | null }): T;
  nanToNum(options?: { nan?: number | null; posinf?: number | null; neginf?: number | null }): T;
  /**
   * NaN and infinities replaced, by default by 0 and by the largest and
   * smallest finite numbers of the dtype.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.nan_to_num_`).
   * @example tensor([NaN, 1]).nanToNum_() // tensor([0., 1.])
   */
  nanToNum_(nan?: number | null, posinf?: number | null, neginf?: number | null): T;
  nanToNum_(nan: number | null, posinf: number | null, options?: { neginf?: number | null }): T;
  nanToNum_(nan: number | null, options?: { posinf?: number | null; neginf?: number | null }): T;
  nanToNum_(options?: { nan?: number | null; posinf?: number | null; neginf?: number | null }): T;
  /**
   * The sum of the elements that are not NaN, over all dimensions or the given ones (PyTorch: `torch.nansum`); 0 if all
   * are NaN. Integers and booleans are summed as by `sum`. The gradient at NaN is 0.
   * @example tensor([1, NaN, 2]).nansum() // tensor(3.)
   */
  nansum(
    dim?: number | readonly number[] | null,
    options?: { dtype?: DType; keepdim?: boolean },
  ): T;
  nansum(options?: {
    dim?: number | readonly number[] | null;
    dtype?: DType;
    keepdim?: boolean;
  }): T;
  /**
   * `length` elements from `start` on along a dimension (PyTorch: `torch.narrow`).
   * @throws ShapeError if they reach beyond the end.
   * @example arange(5).narrow(0, 1, 3) // tensor([1, 2, 3], dtype=torch.int32)
   */
  narrow(dim: number, start: number, length: number): T;
  narrow(dim: number, start: number, options: { length: number }): T;
  narrow(dim: number, options: { start: number; length: number }): T;
  narrow(options: { dim: number; start: number; length: number }): T;
  /**
   * Whether elements differ (PyTorch: `torch.ne`).
   * @example tensor([1, 2]).ne(2) // tensor([True, False])
   */
  ne(other: number | bigint | boolean | T): T;
  /**
   * Whether elements differ.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.ne_`).
   * @example tensor([1, 2]).ne_(2) // tensor([True, False])
   */
  ne_(other: number | bigint | boolean | T): T;
  /**
   * `-x` (PyTorch: `torch.neg`).
   * @example tensor([1, -2]).neg() // tensor([-1.,  2.])
   */
  neg(): T;
  /**
   * `-x`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.neg_`).
   * @example tensor([1, -2]).neg_() // tensor([-1.,  2.])
   */
  neg_(): T;
  /**
   * Positions of the non-zero elements, one row each (PyTorch: `torch.nonzero`). int32
   * `[count, dimensions]`; with the option `asTuple` a list of its columns, which index the tensor: `x.at(...nonzero(x, { asTuple: true }))`.
   * @example tensor([0, 5, 6]).nonzero() // tensor([[1], [2]], dtype=torch.int32)
   */
  nonzero(options?: { asTuple?: false }): T;
  nonzero(options: { asTuple: true }): T[];
  nonzero(options: { asTuple?: boolean }): T | T[];
  /**
   * The p-norm `(Σ|x|ᵖ)^(1/p)`, over all dimensions or the given ones (PyTorch: `torch.norm`); `p` may be 0, `Infinity`,
   * `-Infinity` or `'fro'`.
   * @throws DTypeError for integers; IndexError over an empty dimension if `p` is negative or infinite.
   * @example tensor([3, 4]).norm() // tensor(5.)
   */
  norm(
    p?: number | 'fro',
    dim?: number | readonly number[] | null,
    options?: { dtype?: DType; keepdim?: boolean },
  ): T;
  norm(
    p: number | 'fro',
    options?: { dim?: number | readonly number[] | null; dtype?: DType; keepdim?: boolean },
  ): T;
  norm(options?: {
    p?: number | 'fro';
    dim?: number | readonly number[] | null;
    dtype?: DType;
    keepdim?: boolean;
  }): T;
  /**
   * Fills the tensor with normally distributed numbers (PyTorch: `Tensor.normal_`).
   * @throws ValueError for a negative standard deviation.
   * @example empty([3]).normal_(0, 0.02)
   */
  normal_(mean?: number, std?: number, options?: { generator?: Generator }): T;
  normal_(mean: number, options?: { std?: number; generator?: Generator }): T;
  normal_(options?: { mean?: number; std?: number; generator?: Generator }): T;
  /**
   * The outer product of two vectors, of shape `[n, m]` (PyTorch: `torch.outer`).
   * @example tensor([1, 2]).outer(tensor([3, 4])) // tensor([[3., 4.], [6., 8.]])
   */
  outer(vec2: T): T;
  /**
   * Permutes the dimensions (PyTorch: `torch.permute`).
   * @example zeros([2, 3, 4]).permute(2, 0, 1).shape // [4, 2, 3]; or with [2, 0, 1]
   */
  permute(dims: readonly number[]): T;
  permute(dims: number, ...others: number[]): T;
  permute(options: { dims: readonly number[] }): T;
  /**
   * `a` to the power `b`, broadcast (PyTorch: `torch.pow`).
   * @throws ValueError for an integer to a negative power.
   * @example tensor([1, 2, 3]).pow(2) // tensor([1., 4., 9.])
   */
  pow(exponent: number | bigint | boolean | T): T;
  /**
   * `a` to the power `b`, broadcast.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.pow_`).
   * @throws ValueError for an integer to a negative power.
   * @example tensor([1, 2, 3]).pow_(2) // tensor([1., 4., 9.])
   */
  pow_(exponent: number | bigint | boolean | T): T;
  /**
   * The product of the elements, over all dimensions or a given one (PyTorch: `torch.prod`).
   * @example tensor([[1, 2], [3, 4]]).prod(1) // tensor([ 2., 12.])
   */
  prod(dim?: number | null, options?: { dtype?: DType; keepdim?: boolean }): T;
  prod(options?: { dim?: number | null; dtype?: DType; keepdim?: boolean }): T;
  /**
   * Converts radians to degrees (PyTorch: `torch.rad2deg`).
   * @example tensor([Math.PI]).rad2deg() // tensor([180.])
   */
  rad2deg(): T;
  /**
   * Converts radians to degrees.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.rad2deg_`).
   * @example tensor([Math.PI]).rad2deg_() // tensor([180.])
   */
  rad2deg_(): T;
  /**
   * `1 / x` (PyTorch: `torch.reciprocal`).
   * @example tensor([2, 4]).reciprocal() // tensor([0.5000, 0.2500])
   */
  reciprocal(): T;
  /**
   * `1 / x`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.reciprocal_`).
   * @example tensor([2, 4]).reciprocal_() // tensor([0.5000, 0.2500])
   */
  reciprocal_(): T;
  /**
   * `max(x, 0)` (PyTorch: `torch.relu`).
   * @example tensor([-1, 2]).relu() // tensor([0., 2.])
   */
  relu(): T;
  /**
   * `min(max(x, 0), 6)` (PyTorch: `F.relu6`).
   * @example tensor([-1, 8]).relu6() // tensor([0., 6.])
   */
  relu6(): T;
  /**
   * `min(max(x, 0), 6)`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.relu6_`).
   * @example tensor([-1, 8]).relu6_() // tensor([0., 6.])
   */
  relu6_(): T;
  /**
   * `max(x, 0)`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.relu_`).
   * @example tensor([-1, 2]).relu_() // tensor([0., 2.])
   */
  relu_(): T;
  /**
   * The remainder with the sign of the divisor, as Python's `%` (PyTorch: `torch.remainder`).
   * @example tensor([-3, 3]).remainder(2) // tensor([1., 1.])
   */
  remainder(other: number | bigint | boolean | T): T;
  /**
   * The remainder with the sign of the divisor, as Python's `%`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.remainder_`).
   * @example tensor([-3, 3]).remainder_(2) // tensor([1., 1.])
   */
  remainder_(other: number | bigint | boolean | T): T;
  /**
   * Repeats the tensor along each dimension, adding leading ones if needed (PyTorch: `Tensor.repeat`).
   * @throws ShapeError if there are fewer numbers than dimensions.
   * @example tensor([1, 2]).repeat(2, 2) // tensor([[1., 2., 1., 2.], [1., 2., 1., 2.]])
   */
  repeat(repeats: readonly number[]): T;
  repeat(repeats: number, ...others: number[]): T;
  repeat(options: { repeats: readonly number[] }): T;
  /**
   * Repeats each element (PyTorch: `torch.repeat_interleave`); without a dimension the tensor is flattened first.
   * @param repeats the number of repetitions: one number for all elements, or a tensor with one for each.
   * @param options `outputSize`: the size of the result along the dimension, which is checked.
   * @example tensor([1, 2]).repeatInterleave(2) // tensor([1., 1., 2., 2.])
   */
  repeatInterleave(
    repeats: number | T,
    dim?: number | null,
    options?: { outputSize?: number | null },
  ): T;
  repeatInterleave(
    repeats: number | T,
    options?: { dim?: number | null; outputSize?: number | null },
  ): T;
  repeatInterleave(options: {
    repeats: number | T;
    dim?: number | null;
    outputSize?: number | null;
  }): T;
  /**
   * Another shape of the same elements: a view if the layout allows it, otherwise a copy (PyTorch: `torch.reshape`); one
   * size may be -1.
   * @throws ShapeError if the number of elements differs.
   * @example tensor([[1, 2], [3, 4]]).reshape([-1]) // tensor([1., 2., 3., 4.])
   */
  reshape(shape: readonly number[]): T;
  reshape(shape: number, ...others: number[]): T;
  reshape(options: { shape: readonly number[] }): T;
  /**
   * Shifts elements along dimensions; elements shifted beyond one end reappear at the other (PyTorch: `torch.roll`).
   * Without dimensions the flattened tensor is rolled.
   * @example tensor([1, 2, 3]).roll(1) // tensor([3., 1., 2.])
   */
  roll(shifts: number | readonly number[], dims?: number | readonly number[] | null): T;
  roll(
    shifts: number | readonly number[],
    options?: { dims?: number | readonly number[] | null },
  ): T;
  roll(options: {
    shifts: number | readonly number[];
    dims?: number | readonly number[] | null;
  }): T;
  /**
   * Rotates a plane by 90 degrees `k` times, from the first dimension towards the second (PyTorch: `torch.rot90`).
   * @example tensor([[1, 2], [3, 4]]).rot90() // tensor([[2., 4.], [1., 3.]])
   */
  rot90(k?: number, dims?: readonly number[]): T;
  rot90(k: number, options?: { dims?: readonly number[] }): T;
  rot90(options?: { k?: number; dims?: readonly number[] }): T;
  /**
   * Rounds to the nearest integer, ties to even (PyTorch: `torch.round`).
   * @param options `decimals`: digits after the decimal point; negative ones round to tens, hundreds, ….
   * @throws DTypeError for `decimals` with an integer tensor.
   * @example tensor([0.5, 1.5]).round() // tensor([0., 2.])
   * tensor([1.234]).round({ decimals: 1 }) // tensor([1.2000])
   */
  round(options?: { decimals?: number }): T;
  /**
   * Rounds to the nearest integer, ties to even.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.round_`).
   * @param options `decimals`: digits after the decimal point; negative ones round to tens, hundreds, ….
   * @throws DTypeError for `decimals` with an integer tensor.
   * @example tensor([0.5, 1.5]).round_() // tensor([0., 2.])
   * tensor([1.234]).round_({ decimals: 1 }) // tensor([1.2000])
   */
  round_(options?: { decimals?: number }): T;
  /**
   * The reciprocal of the square root (PyTorch: `torch.rsqrt`).
   * @example tensor([4]).rsqrt() // tensor([0.5000])
   */
  rsqrt(): T;
  /**
   * The reciprocal of the square root.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.rsqrt_`).
   * @example tensor([4]).rsqrt_() // tensor([0.5000])
   */
  rsqrt_(): T;
  /**
   * A copy with elements of `source` (or one number) written at positions along a dimension (PyTorch: `torch.scatter`):
   * `out[index[i][j]][j] = source[i][j]` for `dim` 0.
   * @param options `reduce`: `'add'` or `'multiply'` instead of writing.
   * @throws IndexError for an index out of range.
   * @example zeros([3]).scatter(0, tensor([2], { dtype: 'int32' }), 5) // tensor([0., 0., 5.])
   */
  scatter(dim: number, index: T, src: number | T, options?: { reduce?: 'add' | 'multiply' }): T;
  scatter(dim: number, index: T, options: { src: number | T; reduce?: 'add' | 'multiply' }): T;
  scatter(dim: number, options: { index: T; src: number | T; reduce?: 'add' | 'multiply' }): T;
  scatter(options: { dim: number; index: T; src: number | T; reduce?: 'add' | 'multiply' }): T;
  /**
   * A copy with elements of `source` added at positions along a dimension (PyTorch:
   * `torch.scatter_add`).
   * @example zeros([3]).scatterAdd(0, tensor([0, 0], { dtype: 'int32' }), ones([2])) // tensor([2., 0., 0.])
   */
  scatterAdd(dim: number, index: T, src: T): T;
  scatterAdd(dim: number, index: T, options: { src: T }): T;
  scatterAdd(dim: number, options: { index: T; src: T }): T;
  scatterAdd(options: { dim: number; index: T; src: T }): T;
  /**
   * Adds elements along a dimension: `x[index[i][j]][j] += source[i][j]` for `dim` 0, in place
   * (PyTorch: `Tensor.scatter_add_`).
   * @example zeros([3]).scatterAdd_(0, tensor([0, 0, 2], { dtype: 'int32' }), ones([3])) // tensor([2., 0., 1.])
   */
  scatterAdd_(dim: number, index: T, src: T): T;
  scatterAdd_(dim: number, index: T, options: { src: T }): T;
  scatterAdd_(dim: number, options: { index: T; src: T }): T;
  scatterAdd_(options: { dim: number; index: T; src: T }): T;
  /**
   * A copy with elements of `source` combined at positions along a dimension (PyTorch: `torch.scatter_reduce`).
   * @param reduce `'sum'`, `'prod'`, `'mean'`, `'amax'` or `'amin'`.
   * @param options `includeSelf`: whether the tensor's own elements take part; default: true.
   * @throws IndexError for an index out of range.
   * @example zeros([2]).scatterReduce(0, tensor([0, 0], { dtype: 'int32' }), tensor([1, 2]), 'amax') // tensor([2., 0.])
   */
  scatterReduce(
    dim: number,
    index: T,
    src: T,
    reduce: 'sum' | 'prod' | 'mean' | 'amax' | 'amin',
    options?: { includeSelf?: boolean },
  ): T;
  scatterReduce(
    dim: number,
    index: T,
    src: T,
    options: { reduce: 'sum' | 'prod' | 'mean' | 'amax' | 'amin'; includeSelf?: boolean },
  ): T;
  scatterReduce(
    dim: number,
    index: T,
    options: { src: T; reduce: 'sum' | 'prod' | 'mean' | 'amax' | 'amin'; includeSelf?: boolean },
  ): T;
  scatterReduce(
    dim: number,
    options: {
      index: T;
      src: T;
      reduce: 'sum' | 'prod' | 'mean' | 'amax' | 'amin';
      includeSelf?: boolean;
    },
  ): T;
  scatterReduce(options: {
    dim: number;
    index: T;
    src: T;
    reduce: 'sum' | 'prod' | 'mean' | 'amax' | 'amin';
    includeSelf?: boolean;
  }): T;
  /**
   * `scatter` in place (PyTorch: `Tensor.scatter_`).
   * @example zeros([3]).scatter_(0, tensor([2], { dtype: 'int32' }), 5) // tensor([0., 0., 5.])
   */
  scatter_(dim: number, index: T, src: number | T, options?: { reduce?: 'add' | 'multiply' }): T;
  scatter_(dim: number, index: T, options: { src: number | T; reduce?: 'add' | 'multiply' }): T;
  scatter_(dim: number, options: { index: T; src: number | T; reduce?: 'add' | 'multiply' }): T;
  scatter_(options: { dim: number; index: T; src: number | T; reduce?: 'add' | 'multiply' }): T;
  /**
   * Selects one index along a dimension, which is removed (PyTorch: `torch.select`).
   * @example tensor([[1, 2], [3, 4]]).select(0, 1) // tensor([3., 4.])
   */
  select(dim: number, index: number): T;
  select(dim: number, options: { index: number }): T;
  select(options: { dim: number; index: number }): T;
  /**
   * A scaled `elu` that preserves mean and variance (PyTorch: `F.selu`; Klambauer et al. 2017).
   * @example tensor([1]).selu() // tensor([1.0507])
   */
  selu(): T;
  /**
   * A scaled `elu` that preserves mean and variance.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.selu_`).
   * @example tensor([1]).selu_() // tensor([1.0507])
   */
  selu_(): T;
  /**
   * Assigns to elements, as Python's `x[...] = value`; the value is broadcast (PyTorch:
   * `Tensor.__setitem__`).
   * @throws ShapeError if the value does not broadcast to the elements.
   * @example x.set([0, ':'], 1) // x[0, :] = 1
   */
  set(
    items:
      | string
      | number
      | boolean
      | T
      | readonly number[]
      | readonly (string | number | boolean | T | readonly number[] | null)[]
      | null,
    value: number | bigint | boolean | T,
  ): T;
  /**
   * `1 / (1 + e⁻ˣ)` (PyTorch: `torch.sigmoid`).
   * @example tensor([0]).sigmoid() // tensor([0.5000])
   */
  sigmoid(): T;
  /**
   * `1 / (1 + e⁻ˣ)`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.sigmoid_`).
   * @example tensor([0]).sigmoid_() // tensor([0.5000])
   */
  sigmoid_(): T;
  /**
   * -1, 0 or 1 (PyTorch: `torch.sign`).
   * @example tensor([-5, 0, 2]).sign() // tensor([-1.,  0.,  1.])
   */
  sign(): T;
  /**
   * -1, 0 or 1.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.sign_`).
   * @example tensor([-5, 0, 2]).sign_() // tensor([-1.,  0.,  1.])
   */
  sign_(): T;
  /**
   * `x · sigmoid(x)` (PyTorch: `F.silu`).
   * @example tensor([0]).silu() // tensor([0.])
   */
  silu(): T;
  /**
   * `x · sigmoid(x)`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.silu_`).
   * @example tensor([0]).silu_() // tensor([0.])
   */
  silu_(): T;
  /**
   * Sine of an angle in radians (PyTorch: `torch.sin`).
   * @example tensor([0]).sin() // tensor([0.])
   */
  sin(): T;
  /**
   * Sine of an angle in radians.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.sin_`).
   * @example tensor([0]).sin_() // tensor([0.])
   */
  sin_(): T;
  /**
   * Hyperbolic sine (PyTorch: `torch.sinh`).
   * @example tensor([0]).sinh() // tensor([0.])
   */
  sinh(): T;
  /**
   * Hyperbolic sine.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.sinh_`).
   * @example tensor([0]).sinh_() // tensor([0.])
   */
  sinh_(): T;
  /**
   * `eˣ / Σeˣ` along a dimension: positive values with sum 1 (PyTorch: `torch.softmax`).
   *
   * Do not put it in front of `crossEntropy`, which takes plain logits.
   * @example tensor([0, 0]).softmax(0) // tensor([0.5000, 0.5000])
   */
  softmax(dim: number, options?: { dtype?: DType }): T;
  softmax(options: { dim: number; dtype?: DType }): T;
  /**
   * `log(1 + e^(beta·x)) / beta`, a smooth relu; `x` itself if `beta·x > threshold` (PyTorch: `F.softplus`).
   * @example tensor([0]).softplus() // tensor([0.6931])
   */
  softplus(beta?: number, threshold?: number): T;
  softplus(beta: number, options?: { threshold?: number }): T;
  softplus(options?: { beta?: number; threshold?: number }): T;
  /**
   * `log(1 + e^(beta·x)) / beta`, a smooth relu; `x` itself if `beta·x > threshold`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.softplus_`).
   * @example tensor([0]).softplus_() // tensor([0.6931])
   */
  softplus_(beta?: number, threshold?: number): T;
  softplus_(beta: number, options?: { threshold?: number }): T;
  softplus_(options?: { beta?: number; threshold?: number }): T;
  /**
   * `x / (1 + |x|)` (PyTorch: `F.softsign`).
   * @example tensor([1]).softsign() // tensor([0.5000])
   */
  softsign(): T;
  /**
   * `x / (1 + |x|)`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.softsign_`).
   * @example tensor([1]).softsign_() // tensor([0.5000])
   */
  softsign_(): T;
  /**
   * Sorts along a dimension and returns the values and their indices; equal elements keep their order (PyTorch:
   * `torch.sort`).
   * @param options `descending`: largest first, default: false; `stable` has no effect.
   * @example const { values, indices } = tensor([3, 1, 2]).sort(); // [1, 2, 3], [1, 2, 0]
   */
  sort(dim?: number, options?: { descending?: boolean; stable?: boolean }): PairOf<T>;
  sort(options?: { dim?: number; descending?: boolean; stable?: boolean }): PairOf<T>;
  /**
   * Splits a tensor along a dimension into views of a given size, of which the last may be smaller, or into views of the
   * listed sizes (PyTorch: `torch.split`).
   * @throws ShapeError if listed sizes do not add up.
   * @example tensor([1, 2, 3]).split(2).map((x) => x.shape) // [[2], [1]]
   */
  split<const L extends number | readonly number[]>(
    splitSizeOrSections: L,
    dim?: number,
  ): OneEach<T, L>;
  split<const L extends number | readonly number[]>(
    splitSizeOrSections: L,
    options: { dim?: number },
  ): OneEach<T, L>;
  split<const L extends number | readonly number[]>(options: {
    splitSizeOrSections: L;
    dim?: number;
  }): OneEach<T, L>;
  /**
   * Square root (PyTorch: `torch.sqrt`).
   * @example tensor([4, 9]).sqrt() // tensor([2., 3.])
   */
  sqrt(): T;
  /**
   * Square root.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.sqrt_`).
   * @example tensor([4, 9]).sqrt_() // tensor([2., 3.])
   */
  sqrt_(): T;
  /**
   * `x · x` (PyTorch: `torch.square`).
   * @example tensor([1, -2]).square() // tensor([1., 4.])
   */
  square(): T;
  /**
   * `x · x`.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.square_`).
   * @example tensor([1, -2]).square_() // tensor([1., 4.])
   */
  square_(): T;
  /**
   * Removes dimensions of size 1: all of them, or the given ones if they have size 1 (PyTorch: `torch.squeeze`).
   * @example zeros([4, 1, 3]).squeeze(1).shape // [4, 3]
   */
  squeeze(dim?: number | readonly number[]): T;
  squeeze(options?: { dim?: number | readonly number[] }): T;
  /**
   * The standard deviation (PyTorch: `torch.std`), by default from the unbiased variance.
   * @throws DTypeError for integers; ValueError if both correction and unbiased are given.
   * @example tensor([1, 2, 3, 4]).std() // tensor(1.2910)
   */
  std(
    dim?: number | readonly number[] | null,
    options?: { correction?: number; unbiased?: boolean; keepdim?: boolean },
  ): T;
  std(options?: {
    dim?: number | readonly number[] | null;
    correction?: number;
    unbiased?: boolean;
    keepdim?: boolean;
  }): T;
  /**
   * `a - alpha · b`, broadcast (PyTorch: `torch.sub`).
   * @example tensor([1, 2]).sub(1) // tensor([0., 1.])
   */
  sub(other: number | bigint | boolean | T, options?: { alpha?: number }): T;
  /**
   * `a - alpha · b`, broadcast.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.sub_`).
   * @example tensor([1, 2]).sub_(1) // tensor([0., 1.])
   */
  sub_(other: number | bigint | boolean | T, options?: { alpha?: number }): T;
  /**
   * The sum of the elements, over all dimensions or the given ones (PyTorch: `torch.sum`). Integers and booleans are
   * summed as int32 (int64 as int64) unless a dtype is given.
   * @example tensor([[1, 2], [3, 4]]).sum(0) // tensor([4., 6.])
   */
  sum(dim?: number | readonly number[] | null, options?: { dtype?: DType; keepdim?: boolean }): T;
  sum(options?: { dim?: number | readonly number[] | null; dtype?: DType; keepdim?: boolean }): T;
  /**
   * The transpose of a matrix; a vector or scalar is returned as it is (PyTorch: `torch.t`).
   * @throws ShapeError for more than two dimensions.
   * @example tensor([[1, 2], [3, 4]]).t() // tensor([[1., 3.], [2., 4.]])
   */
  t(): T;
  /**
   * Elements of the flattened tensor at positions (PyTorch: `torch.take`).
   * @example tensor([[1, 2], [3, 4]]).take(tensor([3], { dtype: 'int32' })) // tensor([4.])
   */
  take(index: T): T;
  /**
   * Elements along a dimension at indices that broadcast with the tensor (PyTorch: `torch.take_along_dim`); without a
   * dimension, of the flattened tensor.
   * @example x.takeAlongDim(x.argsort(1), 1) // sorted rows
   */
  takeAlongDim(indices: T, dim?: number | null): T;
  takeAlongDim(indices: T, options?: { dim?: number | null }): T;
  /**
   * Tangent of an angle in radians (PyTorch: `torch.tan`).
   * @example tensor([0]).tan() // tensor([0.])
   */
  tan(): T;
  /**
   * Tangent of an angle in radians.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.tan_`).
   * @example tensor([0]).tan_() // tensor([0.])
   */
  tan_(): T;
  /**
   * Hyperbolic tangent (PyTorch: `torch.tanh`).
   * @example tensor([0]).tanh() // tensor([0.])
   */
  tanh(): T;
  /**
   * Hyperbolic tangent.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.tanh_`).
   * @example tensor([0]).tanh_() // tensor([0.])
   */
  tanh_(): T;
  /**
   * Repeats the tensor as tiles; a short list applies to the last dimensions (PyTorch: `torch.tile`).
   * @example tensor([1, 2]).tile([2]) // tensor([1., 2., 1., 2.])
   */
  tile(dims: readonly number[]): T;
  tile(dims: number, ...others: number[]): T;
  tile(options: { dims: readonly number[] }): T;
  /**
   * The tensor in another dtype or on another device; the tensor itself if nothing changes (PyTorch: `Tensor.to`).
   * Copying values back to the CPU is asynchronous: `await x.cpu()`.
   * @param target a dtype, a device, or a tensor whose dtype and device are wanted; or options alone.
   * @throws DeviceError if the device is not available.
   * @example tensor([1.7]).to('int32') // tensor([1], dtype=torch.int32)
   * x.to('webgpu', { dtype: 'float16' })
   */
  to<S extends string>(
    target: S & NameAtRunTime<S>,
    options?: { dtype?: DType; device?: Device | (string & {}); copy?: boolean },
  ): T;
  to(options: { dtype?: DType; device?: Device | (string & {}); copy?: boolean }): T;
  to(
    target: DType | Device | T | { dtype?: DType; device?: Device | (string & {}); copy?: boolean },
  ): T;
  to(
    target: DType | Device | T,
    options?: { dtype?: DType; device?: Device | (string & {}); copy?: boolean },
  ): T;
  /**
   * The value that `JSON.stringify` writes: nested arrays, as from `toArray()`. JSON has neither NaN nor infinities and
   * writes null for them.
   * @throws DeviceError on a device other than `cpu`; ValueError for integers that no number holds exactly.
   * @example JSON.stringify({ loss: tensor(2.5) }) // '{"loss":2.5}'
   */
  toJSON(): NestedArray<number | boolean>;
  /**
   * The text that PyTorch prints for the tensor; without the operators (`@dl/core/functional` alone) its shape and
   * dtype.
   */
  toString(): string;
  /**
   * The `k` largest elements along a dimension, in order, and their indices (PyTorch: `torch.topk`).
   * @param options `largest: false` returns the smallest; `sorted` has no effect.
   * @throws ValueError if the dimension has fewer than `k` elements; DTypeError for booleans.
   * @example tensor([1, 4, 3]).topk(2).values // tensor([4., 3.])
   */
  topk(k: number, dim?: number, options?: { largest?: boolean; sorted?: boolean }): PairOf<T>;
  topk(k: number, options?: { dim?: number; largest?: boolean; sorted?: boolean }): PairOf<T>;
  topk(options: { k: number; dim?: number; largest?: boolean; sorted?: boolean }): PairOf<T>;
  /**
   * Swaps two dimensions (PyTorch: `torch.transpose`).
   * @example zeros([2, 3]).transpose(0, 1).shape // [3, 2]
   */
  transpose(dim0: number, dim1: number): T;
  transpose(dim0: number, options: { dim1: number }): T;
  transpose(options: { dim0: number; dim1: number }): T;
  /**
   * The lower triangle, zeros above the diagonal (PyTorch: `torch.tril`).
   * @example ones([2, 2]).tril() // tensor([[1., 0.], [1., 1.]])
   */
  tril(diagonal?: number): T;
  tril(options?: { diagonal?: number }): T;
  /**
   * The upper triangle, zeros below the diagonal (PyTorch: `torch.triu`).
   * @example ones([2, 2]).triu() // tensor([[1., 1.], [0., 1.]])
   * ones([2, 2]).triu({ diagonal: 1 }) // tensor([[0., 1.], [0., 0.]])
   */
  triu(diagonal?: number): T;
  triu(options?: { diagonal?: number }): T;
  /**
   * Rounds towards zero to an integer (PyTorch: `torch.trunc`).
   * @example tensor([1.5, -1.5]).trunc() // tensor([ 1., -1.])
   */
  trunc(): T;
  /**
   * Rounds towards zero to an integer.
   * In place: the result replaces the tensor's elements (PyTorch: `Tensor.trunc_`).
   * @example tensor([1.5, -1.5]).trunc_() // tensor([ 1., -1.])
   */
  trunc_(): T;
  /**
   * All slices along a dimension, which is removed, as views (PyTorch: `torch.unbind`).
   * A type argument states their number: `const [r, g, b] = unbind<3>(image)`.
   * @throws ShapeError for a tensor without dimensions.
   * @example tensor([[1, 2], [3, 4]]).unbind().length // 2
   */
  unbind<N extends number = number>(dim?: number): Tuple<T, N>;
  unbind<N extends number = number>(options: { dim?: number }): Tuple<T, N>;
  /**
   * Splits one dimension into several (PyTorch: `torch.unflatten`); one size may be -1.
   * @example zeros([6, 4]).unflatten(0, [2, 3]).shape // [2, 3, 4]
   */
  unflatten(dim: number, sizes: readonly number[]): T;
  unflatten(dim: number, options: { sizes: readonly number[] }): T;
  unflatten(options: { dim: number; sizes: readonly number[] }): T;
  unflatten(dim: number, sizes: number, ...others: number[]): T;
  /**
   * Sliding windows along a dimension; their elements form a new last dimension (PyTorch: `Tensor.unfold`). A view.
   * @throws ValueError if the window does not fit.
   * @example arange(4).unfold(0, 2, 1).shape // [3, 2]
   */
  unfold(dim: number, size: number, step: number): T;
  unfold(dim: number, size: number, options: { step: number }): T;
  unfold(dim: number, options: { size: number; step: number }): T;
  unfold(options: { dim: number; size: number; step: number }): T;
  /**
   * Fills the tensor with uniform numbers from [from, to) (PyTorch: `Tensor.uniform_`).
   * @throws ValueError if `from` is larger than `to`.
   * @example empty([3]).uniform_(-1, 1)
   */
  uniform_(from?: number, to?: number, options?: { generator?: Generator }): T;
  uniform_(from: number, options?: { to?: number; generator?: Generator }): T;
  uniform_(options?: { from?: number; to?: number; generator?: Generator }): T;
  /**
   * The unique elements of a CPU tensor in ascending order, or with the option `dim` its unique slices (PyTorch:
   * `torch.unique`). With `returnInverse` or `returnCounts` a list follows the values, as PyTorch's tuple does.
   * @throws ShapeError for empty slices.
   * @example tensor([3, 1, 3]).unique() // tensor([1., 3.])
   * tensor([[1, 2], [1, 2]]).unique({ dim: 0 }) // tensor([[1., 2.]])
   */
  unique(
    options?: {
      sorted?: boolean;
      returnInverse?: boolean;
      returnCounts?: boolean;
      dim?: number | null;
    } & { returnInverse?: false; returnCounts?: false },
  ): T;
  unique(
    options: {
      sorted?: boolean;
      returnInverse?: boolean;
      returnCounts?: boolean;
      dim?: number | null;
    } & { returnInverse: true },
  ): T[];
  unique(
    options: {
      sorted?: boolean;
      returnInverse?: boolean;
      returnCounts?: boolean;
      dim?: number | null;
    } & { returnCounts: true },
  ): T[];
  unique(options: {
    sorted?: boolean;
    returnInverse?: boolean;
    returnCounts?: boolean;
    dim?: number | null;
  }): T | T[];
  /**
   * Inserts a dimension of size 1 at `dim` (PyTorch: `torch.unsqueeze`).
   * @example zeros([4, 3]).unsqueeze(1).shape // [4, 1, 3]
   */
  unsqueeze(dim: number): T;
  unsqueeze(options: { dim: number }): T;
  /**
   * The variance (PyTorch: `torch.var`), by default the unbiased one, divided by n - 1. Exported as
   * `var` too.
   * @throws DTypeError for integers; ValueError if both correction and unbiased are given.
   * @example tensor([1, 2, 3, 4]).var() // tensor(1.6667)
   */
  var(
    dim?: number | readonly number[] | null,
    options?: { correction?: number; unbiased?: boolean; keepdim?: boolean },
  ): T;
  var(options?: {
    dim?: number | readonly number[] | null;
    correction?: number;
    unbiased?: boolean;
    keepdim?: boolean;
  }): T;
  /**
   * The same memory in another shape (PyTorch: `Tensor.view`); one size may be -1.
   * @throws ShapeError if the number of elements differs, or the layout does not allow a view.
   * @example arange(12).view(3, -1).shape // [3, 4]
   */
  view(shape: readonly number[]): T;
  view(shape: number, ...others: number[]): T;
  view(options: { shape: readonly number[] }): T;
  /**
   * The tensor in the shape of another one (PyTorch: `x.view_as`).
   */
  viewAs(other: T): T;
  /**
   * Elements of this tensor where the condition holds, otherwise of another (PyTorch: `x.where`).
   */
  where(condition: T, other: number | bigint | boolean | T): T;
  /**
   * Sets all elements to 0 (PyTorch: `Tensor.zero_`).
   * @example ones([2]).zero_() // tensor([0., 0.])
   */
  zero_(): T;
}
