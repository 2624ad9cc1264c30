// Reductions: sums, means, products, extremes, norms, and where they are found.
import { noGrad } from '../autograd/mode.js';
import type { Backward } from '../autograd/node.js';
import type { ArgReducer, Reducer } from '../backend/contract.js';
import { checkDType, type DType, dtypes, isFloat } from '../dtype.js';
import { DTypeError, IndexError, ValueError } from '../errors.js';
import * as s from '../scalar/language.js';
import { normalizeDim, normalizeDims, numelOf, type Shape, show } from '../shape.js';
import { allocate, checkTensor, type Tensor } from '../tensor.js';
import { cast, denseArray } from './convert.js';
import { unary } from './define.js';
import {
  abs,
  add,
  div,
  maximum,
  minimum,
  mul,
  pow,
  square,
  sub,
} from './elementwise/arithmetic.js';
import { eq, ne, where } from './elementwise/compare.js';
import { exp, log, sqrt } from './elementwise/math.js';
import { gather } from './indexed.js';
import { type Pair, pair } from './pair.js';
import { record } from './record.js';
import { castCase, expandTo, identityCase, reshapeDense, runReduce } from './run.js';
import { unsqueeze } from './views.js';
import { inFloat32 } from './wide.js';

/** Dimensions to reduce: one, several, or all of them if left out or null. */
export type Dims = number | readonly number[] | null;

/** Options of reductions. */
export interface ReduceOptions {
  /** Keep reduced dimensions with size 1. Default: false. */
  keepdim?: boolean;
  /** Element type that the input is converted to first. */
  dtype?: DType;
}

type DimsOrOptions = Dims | ReduceOptions;

/** Lets the options stand in the place of the dimensions: `x.sum({ dtype: 'float64' })`. */
function split(
  dim: DimsOrOptions | undefined,
  options: ReduceOptions | undefined,
): [Dims, ReduceOptions] {
  if (dim !== null && typeof dim === 'object' && !Array.isArray(dim)) {
    return [null, dim as ReduceOptions];
  }
  return [(dim ?? null) as Dims, options ?? {}];
}

/** The dimensions, and whether they are kept. */
function parts(dim?: DimsOrOptions, options?: ReduceOptions): [Dims, boolean | undefined] {
  const [dims, { keepdim }] = split(dim, options);
  return [dims, keepdim];
}

function squeezed(
  x: Tensor,
  shape: Shape,
  axes: readonly number[],
  keepdim: boolean | undefined,
): Tensor {
  if (keepdim === true || axes.length === 0) return x;
  if (axes.length === shape.length) return reshapeDense(x, []);
  return reshapeDense(
    x,
    shape.filter((_, d) => !axes.includes(d)),
  );
}

/**
 * The sum of the elements, over all dimensions or those named (PyTorch: `torch.sum`). Integers and
 * booleans are added as int32 unless a dtype is given.
 *
 * @example tensor([[1, 2], [3, 4]]).sum(0) // tensor([4., 6.])
 */
export function sum(x: Tensor, dim?: DimsOrOptions, options?: ReduceOptions): Tensor {
  checkTensor('sum', x);
  const [dims, { keepdim, dtype }] = split(dim, options);
  const axes = normalizeDims('sum', dims, x.ndim);
  const from =
    dtype !== undefined
      ? cast(x, checkDType('sum', dtype))
      : isFloat(x.dtype) || x.dtype === 'int64'
        ? x
        : cast(x, 'int32');
  return squeezed(cast(total(from, axes), from.dtype), x.shape, axes, keepdim);
}

/** The sum over some axes, which keep size 1. Half types are added in float32, and the result is of that. */
function total(x: Tensor, axes: readonly number[]): Tensor {
  const wide = combinedIn(x);
  const c = wide === x.dtype ? identityCase(x.dtype) : castCase(x.dtype, wide);
  return runReduce(c, 'sum', [x], [], x.shape, axes);
}

/**
 * The mean of the elements, over all dimensions or those named (PyTorch: `torch.mean`).
 *
 * @throws DTypeError for integers: there `x.to('float32')` first, or the option `dtype`.
 * @example tensor([[1, 2], [3, 4]]).mean(1) // tensor([1.5000, 3.5000])
 */
export function mean(x: Tensor, dim?: DimsOrOptions, options?: ReduceOptions): Tensor {
  checkTensor('mean', x);
  const [dims, { keepdim, dtype }] = split(dim, options);
  const type = dtype ?? x.dtype;
  if (!isFloat(type)) {
    throw new DTypeError(
      `mean: takes floating-point tensors, got ${type}; use x.to('float32').mean()`,
    );
  }
  const axes = normalizeDims('mean', dims, x.ndim);
  let count = 1;
  for (const d of axes) count *= x.shape[d] as number;
  const from = cast(x, checkDType('mean', type));
  // One step on the tape instead of three, since a loss is often a mean of few elements.
  const out = noGrad(() => {
    const kept = cast(div(total(from, axes), count), from.dtype);
    return squeezed(kept, x.shape, axes, keepdim);
  });
  return record('mean', out, [from], meanBackward, [], { shape: x.shape, axes, count });
}

const meanBackward: Backward = (node, [g]) => {
  const { shape, axes, count } = node.context as { shape: Shape; axes: Shape; count: number };
  const kept = shape.slice();
  for (const d of axes) kept[d] = 1;
  return [expandTo(reshapeDense(div(g as Tensor, count), kept), shape)];
};

/** A reduction whose result needs at least one element. */
function refuseEmpty(operator: string, x: Tensor, axes: readonly number[]): void {
  const empty = axes.find((d) => x.shape[d] === 0);
  if (empty !== undefined || (axes.length === 0 && x.count === 0)) {
    throw new IndexError(
      `${operator}: dimension ${empty ?? 0} of shape ${show(x.shape)} is empty, and there is no result for no elements`,
    );
  }
}

/** The elements in a dtype that every backend sorts: half types and int64 are widened. */
export const orderable = (x: Tensor): Tensor =>
  cast(x, x.dtype === 'int64' ? 'float64' : dtypes[x.dtype].compute);

/** The dtype that elements are combined in: int64 is exact on `cpu`; on other devices up to 2^53. */
const combinedIn = ({ dtype, device }: Tensor): DType =>
  dtype === 'int64' && device !== 'cpu' ? 'float64' : dtypes[dtype].compute;
const combinable = (x: Tensor): Tensor => cast(x, combinedIn(x));

function extreme(
  operator: string,
  reducer: 'min' | 'max',
  x: Tensor,
  dims: Dims,
  keepdim: boolean | undefined,
): Tensor {
  checkTensor(operator, x);
  const axes = normalizeDims(operator, dims, x.ndim);
  refuseEmpty(operator, x, axes);
  const plain = combinable(x.detach());
  const kept = runReduce(identityCase(plain.dtype), reducer, [plain], [], x.shape, axes);
  const out = squeezed(cast(kept, x.dtype), x.shape, axes, keepdim);
  return record(operator, out, [x], extremeBack, [x, out], axes);
}

// Equal extremes share the gradient.
const extremeBack: Backward = (node, [g]) => {
  const axes = node.context as readonly number[];
  const x = node.savedTensor(0);
  const out = node.savedTensor(1);
  const mask = cast(eq(x, withAxes(out, axes, x.ndim)), x.dtype);
  const share = div(mask, sum(mask, axes.length === 0 ? null : axes, { keepdim: true }));
  return [mul(share, withAxes(g as Tensor, axes, x.ndim))];
};

/** Puts reduced dimensions back with size 1. */
function withAxes(x: Tensor, axes: readonly number[], rank: number): Tensor {
  if (x.ndim === rank) return x;
  let out = x;
  for (const d of axes) out = unsqueeze(out, d);
  return out;
}

/**
 * The largest elements; equal ones share the gradient (PyTorch: `torch.amax`).
 *
 * @throws IndexError over an empty dimension.
 * @example tensor([[1, 5], [3, 2]]).amax(1) // tensor([5., 3.])
 */
export const amax = (x: Tensor, dim?: DimsOrOptions, options?: ReduceOptions): Tensor =>
  extreme('amax', 'max', x, ...parts(dim, options));

/**
 * The smallest elements; equal ones share the gradient (PyTorch: `torch.amin`).
 *
 * @throws IndexError over an empty dimension.
 * @example tensor([[1, 5], [3, 2]]).amin(1) // tensor([1., 2.])
 */
export const amin = (x: Tensor, dim?: DimsOrOptions, options?: ReduceOptions): Tensor =>
  extreme('amin', 'min', x, ...parts(dim, options));

function position(
  operator: string,
  reducer: ArgReducer,
  x: Tensor,
  dim: number | null,
  keepdim: boolean | undefined,
): Tensor {
  checkTensor(operator, x);
  const axes = normalizeDims(operator, dim, x.ndim);
  refuseEmpty(operator, x, axes);
  const kept = allocate(
    x.shape.map((n, d) => (axes.includes(d) ? 1 : n)),
    'int32',
    x.storage.backend,
  );
  const plain = combinable(x.detach());
  const { program } = identityCase(plain.dtype);
  x.storage.backend.reduce(program, reducer, [plain], x.shape, axes, kept, []);
  return squeezed(kept, x.shape, axes, keepdim);
}

/**
 * Where the largest element is: along a dimension, or in the flattened tensor; the first of equal
 * ones (PyTorch: `torch.argmax`). int32.
 *
 * @example tensor([[1, 5], [3, 2]]).argmax(1) // tensor([1, 0], dtype=torch.int32)
 */
export const argmax = (
  x: Tensor,
  dim?: number | null | { keepdim?: boolean },
  options?: { keepdim?: boolean },
): Tensor => position('argmax', 'argmax', x, ...(parts(dim, options) as [number | null, boolean]));

/**
 * Where the smallest element is: along a dimension, or in the flattened tensor; the first of equal
 * ones (PyTorch: `torch.argmin`). int32.
 *
 * @example tensor([[1, 5], [3, 2]]).argmin(1) // tensor([0, 1], dtype=torch.int32)
 */
export const argmin = (
  x: Tensor,
  dim?: number | null | { keepdim?: boolean },
  options?: { keepdim?: boolean },
): Tensor => position('argmin', 'argmin', x, ...(parts(dim, options) as [number | null, boolean]));

function extremeAlong(
  operator: string,
  reducer: ArgReducer,
  x: Tensor,
  dim: number,
  keepdim: boolean | undefined,
): Pair {
  checkTensor(operator, x);
  const d = normalizeDim(operator, dim, x.ndim);
  const at = position(operator, reducer, x, d, true);
  const values = x.ndim === 0 ? x : gather(x, d, at);
  if (keepdim === true || x.ndim === 0) return pair(values, at);
  const shape = x.shape.filter((_, i) => i !== d);
  return pair(reshapeDense(values, shape), reshapeDense(at, shape));
}

/**
 * The largest element; with a dimension, the largest along it and where they are; with a second
 * tensor, the larger of each two (PyTorch: `torch.max`).
 *
 * @throws IndexError over an empty dimension.
 * @example
 * tensor([[1, 5], [3, 2]]).max() // tensor(5.)
 * const { values, indices } = tensor([[1, 5], [3, 2]]).max(1);
 */
export function max(x: Tensor): Tensor;
export function max(x: Tensor, dim: number, options?: { keepdim?: boolean }): Pair;
export function max(x: Tensor, other: Tensor): Tensor;
export function max(
  x: Tensor,
  dim?: number | Tensor,
  options: { keepdim?: boolean } = {},
): Tensor | Pair {
  if (dim === undefined) return extreme('max', 'max', x, null, false);
  if (typeof dim !== 'number') return maximum(x, dim);
  return extremeAlong('max', 'argmax', x, dim, options.keepdim);
}

/**
 * The smallest element; with a dimension, the smallest along it and where they are; with a second
 * tensor, the smaller of each two (PyTorch: `torch.min`).
 *
 * @throws IndexError over an empty dimension.
 * @example const [values, indices] = tensor([[1, 5], [3, 2]]).min(1);
 */
export function min(x: Tensor): Tensor;
export function min(x: Tensor, dim: number, options?: { keepdim?: boolean }): Pair;
export function min(x: Tensor, other: Tensor): Tensor;
export function min(
  x: Tensor,
  dim?: number | Tensor,
  options: { keepdim?: boolean } = {},
): Tensor | Pair {
  if (dim === undefined) return extreme('min', 'min', x, null, false);
  if (typeof dim !== 'number') return minimum(x, dim);
  return extremeAlong('min', 'argmin', x, dim, options.keepdim);
}

/**
 * The product of the elements, over all dimensions or one (PyTorch: `torch.prod`).
 *
 * @example tensor([[1, 2], [3, 4]]).prod(1) // tensor([ 2., 12.])
 */
export function prod(
  x: Tensor,
  dim?: number | null | ReduceOptions,
  options?: ReduceOptions,
): Tensor {
  checkTensor('prod', x);
  const [dims, { keepdim, dtype }] = split(dim, options);
  const from =
    dtype !== undefined
      ? cast(x, checkDType('prod', dtype))
      : isFloat(x.dtype) || x.dtype === 'int64'
        ? x
        : cast(x, 'int32');
  const wide = combinable(from);
  const axes = normalizeDims('prod', dims, x.ndim);
  const kept = runReduce(identityCase(wide.dtype), 'prod', [wide], [], x.shape, axes);
  const out = record('prod', kept, [wide], prodBack, [wide, kept], axes);
  return squeezed(cast(out, from.dtype), x.shape, axes, keepdim);
}

// The product of the others: out / x, and where zeros are, the product without them.
const prodBack: Backward = (node, [g]) => {
  const axes = node.context as readonly number[];
  const dims = axes.length === 0 ? null : axes;
  const x = node.savedTensor(0);
  const out = node.savedTensor(1);
  const isZero = eq(x, 0);
  const zeros = sum(cast(isZero, x.dtype), dims, { keepdim: true });
  const safe = where(isZero, 1, x);
  let rest = safe;
  for (const d of axes) rest = prod(rest, d, { keepdim: true });
  // Zeros times what they stand beside: 0 as values, but not as functions of x.
  const ofZeros = sum(where(isZero, x, 0), dims, { keepdim: true });
  const pairOfZeros = where(eq(zeros, 2), mul(sub(ofZeros, x), rest), 0);
  const atZero = where(eq(zeros, 1), rest, pairOfZeros);
  const beside = where(eq(zeros, 1), mul(ofZeros, div(rest, safe)), 0);
  const others = where(eq(zeros, 0), div(out, safe), where(isZero, atZero, beside));
  return [mul(expandTo(g as Tensor, x.shape), others)];
};

/** Options of `variance` and `std`. */
export interface VarianceOptions extends ReduceOptions {
  /** What is taken off the count of elements in the divisor. Default: 1 (Bessel's correction). */
  correction?: number;
  /** PyTorch's older name: false is a correction of 0. */
  unbiased?: boolean;
}

/**
 * The variance (PyTorch: `torch.var`), by default the unbiased one, divided by n - 1. Exported as
 * `var` too.
 *
 * @example tensor([1, 2, 3, 4]).var() // tensor(1.6667)
 */
export function variance(
  x: Tensor,
  dim?: Dims | VarianceOptions,
  options?: VarianceOptions,
): Tensor {
  return spread('var', x, dim, options);
}

function spread(
  operator: 'var' | 'std',
  x: Tensor,
  dim?: Dims | VarianceOptions,
  options?: VarianceOptions,
): Tensor {
  checkTensor(operator, x);
  const [dims, { keepdim, correction, unbiased }] = split(dim, options) as [Dims, VarianceOptions];
  if (!isFloat(x.dtype)) {
    throw new DTypeError(
      `${operator}: takes floating-point tensors, got ${x.dtype}; use x.to('float32').${operator}()`,
    );
  }
  const axes = normalizeDims(operator, dims, x.ndim);
  const count = axes.reduce((n, d) => n * (x.shape[d] as number), 1);
  const divisor = Math.max(0, count - (correction ?? (unbiased === false ? 0 : 1)));
  const from = (given: Tensor): Tensor => {
    const centred = sub(given, mean(given, dims, { keepdim: true }));
    return div(sum(square(centred), dims, { keepdim: keepdim ?? false }), divisor);
  };
  return inFloat32([x], (wide) => {
    if (operator === 'var') return from(wide);
    const spread = from(wide);
    if (wide.dtype !== 'float32' || !leavesRange(spread)) return deviation(spread);
    return cast(deviation(from(cast(wide, 'float64'))), 'float32');
  });
}

/** Whether squares have overflowed or lost digits to underflow; on devices whose values are not at hand, false. */
function leavesRange(squares: Tensor): boolean {
  if (squares.device !== 'cpu') return false;
  const values = denseArray('std', squares.detach());
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (v === Infinity || v < 1e-30) return true;
  }
  return false;
}

// The square root, whose gradient at 0 is taken to be 0, as PyTorch does for std.
const deviation = /*#__PURE__*/ unary('std', {
  expr: (v) => s.sqrt(v),
  vjp: (g, _v, out) => {
    const isZero = s.eq(out, 0);
    const safe = s.select(isZero, s.constant(1, out.dtype), out);
    return [s.select(isZero, 0, s.div(g, s.mul(safe, 2)))];
  },
});

/**
 * The standard deviation (PyTorch: `torch.std`), by default from the unbiased variance.
 *
 * @example tensor([1, 2, 3, 4]).std() // tensor(1.2910)
 */
export function std(x: Tensor, dim?: Dims | VarianceOptions, options?: VarianceOptions): Tensor {
  return spread('std', x, dim, options);
}

/**
 * The p-norm `(Σ|x|ᵖ)^(1/p)`, over all dimensions or those named (PyTorch: `torch.norm`); `p` may be
 * 0, `Infinity`, `-Infinity` or `'fro'`.
 *
 * @example tensor([3, 4]).norm() // tensor(5.)
 */
export function norm(
  x: Tensor,
  p: number | 'fro' = 2,
  dim: Dims = null,
  options: ReduceOptions = {},
): Tensor {
  checkTensor('norm', x);
  if (!isFloat(x.dtype)) {
    throw new DTypeError(
      `norm: takes floating-point tensors, got ${x.dtype}; use x.to('float32').norm()`,
    );
  }
  if (p !== 'fro' && typeof p !== 'number') {
    throw new ValueError(`norm: p must be a number or 'fro', got '${String(p)}'`);
  }
  if (dtypes[x.dtype].bytes === 2) return inFloat32([x], (wide) => norm(wide, p, dim, options));
  if (p === Infinity) return amax(abs(x), dim, options);
  if (p === -Infinity) return amin(abs(x), dim, options);
  if (p === 0) return sum(cast(ne(x, 0), x.dtype), dim, options);
  if (p === 1) return sum(abs(x), dim, options);
  const power = p === 'fro' ? 2 : p;
  const axes = normalizeDims('norm', dim, x.ndim);
  const inner = x.detach();
  const total = sum(
    power === 2 ? square(inner) : pow(abs(inner), power),
    axes.length === 0 ? null : axes,
    { keepdim: true },
  );
  const kept = power === 2 ? sqrt(total) : pow(total, 1 / power);
  record('norm', kept, [x], normBack, [x, kept], power);
  return squeezed(kept, x.shape, axes, options.keepdim);
}

// x·|x|^(p-2) / norm^(p-1), and 0 where the norm is 0.
const normBack: Backward = (node, [g]) => {
  const p = node.context as number;
  const x = node.savedTensor(0);
  const n = node.savedTensor(1);
  const isZero = eq(n, 0);
  const safe = where(isZero, 1, n);
  const direction =
    p === 2
      ? div(x, safe)
      : mul(where(eq(x, 0), 0, mul(x, pow(where(eq(x, 0), 1, abs(x)), p - 2))), pow(safe, 1 - p));
  return [where(isZero, 0, mul(direction, g as Tensor))];
};

function truth(
  operator: string,
  reducer: Reducer,
  x: Tensor,
  dim: Dims,
  keepdim: boolean | undefined,
): Tensor {
  checkTensor(operator, x);
  const axes = normalizeDims(operator, dim, x.ndim);
  const asBool = cast(cast(x.detach(), 'bool'), 'int32');
  // Over no elements the neutral element of min and max would not be a truth value.
  const empty = numelOf(axes.map((d) => x.shape[d] as number)) === 0;
  const out = empty
    ? sum(asBool, axes, { keepdim: keepdim ?? false })
    : squeezed(
        runReduce(identityCase('int32'), reducer, [asBool], [], x.shape, axes),
        x.shape,
        axes,
        keepdim,
      );
  return empty && reducer === 'min' ? eq(out, 0) : cast(out, 'bool');
}

/**
 * Whether all elements are non-zero (PyTorch: `torch.all`).
 *
 * @example tensor([true, false]).all() // tensor(False)
 */
export const all = (x: Tensor, dim?: DimsOrOptions, options?: ReduceOptions): Tensor =>
  truth('all', 'min', x, ...parts(dim, options));

/**
 * Whether any element is non-zero (PyTorch: `torch.any`).
 *
 * @example tensor([true, false]).any() // tensor(True)
 */
export const any = (x: Tensor, dim?: DimsOrOptions, options?: ReduceOptions): Tensor =>
  truth('any', 'max', x, ...parts(dim, options));

/**
 * `log Σ eˣ` without overflow (PyTorch: `torch.logsumexp`).
 *
 * @example logsumexp(tensor([1000, 1000]), 0) // tensor(1000.6931)
 */
export function logsumexp(x: Tensor, dim: Dims, options: ReduceOptions = {}): Tensor {
  checkTensor('logsumexp', x);
  const wide = isFloat(x.dtype) ? cast(x, dtypes[x.dtype].compute) : cast(x, 'float32');
  const axes = normalizeDims('logsumexp', dim, x.ndim);
  if (x.count === 0) {
    const none = log(sum(exp(wide), dim, options));
    return isFloat(x.dtype) ? cast(none, x.dtype) : none;
  }
  const top = amax(wide.detach(), dim, { keepdim: true });
  // An infinite maximum would give infinity minus infinity.
  const shift = where(eq(abs(top), Infinity), 0, top);
  const total = sum(exp(sub(wide, shift)), dim, { keepdim: true });
  const out = squeezed(add(log(total), shift), x.shape, axes, options.keepdim);
  return isFloat(x.dtype) ? cast(out, x.dtype) : out;
}
