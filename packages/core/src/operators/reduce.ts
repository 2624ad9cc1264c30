// Reductions: sums, means, products, extremes, norms, and where they are found.
import { callable } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { may, need } from '../arguments/signature.js';
import { noGrad } from '../autograd/mode.js';
import type { Backward } from '../autograd/node.js';
import type { ArgReducer, Reducer } from '../backend/contract.js';
import { checkDType, type DType, dtypes, isFloat } from '../dtype.js';
import { DTypeError, IndexError, ValueError } from '../errors.js';
import * as s from '../scalar/language.js';
import {
  broadcastShapes,
  normalizeDim,
  normalizeDims,
  numelOf,
  type Shape,
  show,
} from '../shape.js';
import { allocate, checkTensor, commonBackend, Tensor } from '../tensor.js';
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
import { eq, isnan, logicalAnd, logicalOr, ne, where } from './elementwise/compare.js';
import { exp, log, sqrt } from './elementwise/math.js';
import { gather } from './indexed.js';
import { type Pair, pair } from './pair.js';
import { checkPlaces } from './places.js';
import { alsoSaving, record } from './record.js';
import { castCase, expandTo, identityCase, owned, reshapeDense, runReduce } from './run.js';
import { unsqueeze } from './views.js';
import { inFloat32 } from './wide.js';

/** Dimensions to reduce: one, several, or all of them if left out or null. */
export type Dims = number | readonly number[] | null;

/** Options of reductions that keep their dtype. */
export interface KeepdimOptions {
  /** Keep reduced dimensions with size 1. Default: false. */
  keepdim?: boolean;
}

/** Options of reductions. */
export interface ReduceOptions extends KeepdimOptions {
  /** Element type that the input is converted to first. */
  dtype?: DType;
}

function squeezed(
  x: Tensor,
  shape: Shape,
  axes: readonly number[],
  keepdim: boolean | undefined,
): Tensor {
  if (keepdim === true || axes.length === 0) return x;
  return owned(
    reshapeDense(
      x,
      shape.filter((_, d) => !axes.includes(d)),
    ),
  );
}

/** What `sum` and `prod` combine: in the dtype that was asked for, integers and booleans in int32 at least. */
function combinedAs(x: Tensor, dtype: DType | undefined): Tensor {
  if (dtype !== undefined) return cast(x, dtype);
  return isFloat(x.dtype) || x.dtype === 'int64' ? x : cast(x, 'int32');
}

function sumOf(x: Tensor, dim: Dims = null, options: ReduceOptions = {}): Tensor {
  checkTensor('sum', x);
  const { keepdim, dtype } = options;
  const axes = normalizeDims('sum', dim, x.ndim);
  const from = combinedAs(x, dtype);
  return squeezed(cast(total(from, axes), from.dtype), x.shape, axes, keepdim);
}

/**
 * The sum of the elements, over all dimensions or those named (PyTorch: `torch.sum`). Integers and
 * booleans are added as int32 unless a dtype is given.
 *
 * @example tensor([[1, 2], [3, 4]]).sum(0) // tensor([4., 6.])
 */
export const sum = /*#__PURE__*/ callable(
  'sum',
  sumOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.dims)],
  { keepdim: kinds.boolean, dtype: kinds.dtype },
);

/** The sum over some axes, which keep size 1. Half types are added in float32, and the result is of that. */
function total(x: Tensor, axes: readonly number[]): Tensor {
  const wide = combinedIn(x);
  const c = wide === x.dtype ? identityCase(x.dtype) : castCase(x.dtype, wide);
  return runReduce(c, 'sum', [x], [], x.shape, axes);
}

function meanOf(x: Tensor, dim: Dims = null, options: ReduceOptions = {}): Tensor {
  checkTensor('mean', x);
  const { keepdim, dtype } = options;
  const type = dtype ?? x.dtype;
  if (!isFloat(type)) {
    throw new DTypeError(
      `mean: takes floating-point tensors, got ${type}; use x.to('float32').mean()`,
    );
  }
  const axes = normalizeDims('mean', dim, x.ndim);
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

/**
 * The mean of the elements, over all dimensions or those named (PyTorch: `torch.mean`).
 *
 * @throws DTypeError for integers: there `x.to('float32')` first, or the option `dtype`.
 * @example tensor([[1, 2], [3, 4]]).mean(1) // tensor([1.5000, 3.5000])
 */
export const mean = /*#__PURE__*/ callable(
  'mean',
  meanOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.dims)],
  { keepdim: kinds.boolean, dtype: kinds.dtype },
);

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
  // NaN has the gradient in max and min; in amax and amin PyTorch divides by none.
  return shared(operator, out, x, axes, operator === 'max' || operator === 'min');
}

/** Records that `out` is some of the elements of `x`: equal ones share the gradient. */
export const shared = (
  operator: string,
  out: Tensor,
  x: Tensor,
  axes: readonly number[],
  findsNan: boolean,
): Tensor => record(operator, out, [x], extremeBack, [x, out], { axes, findsNan });

const extremeBack: Backward = (node, [g]) => {
  const { axes, findsNan } = node.context as { axes: readonly number[]; findsNan: boolean };
  const x = node.savedTensor(0);
  const out = node.savedTensor(1);
  const value = withAxes(out, axes, x.ndim);
  const same = eq(x, value);
  const found = findsNan ? logicalOr(same, logicalAnd(isnan(x), isnan(value))) : same;
  const mask = cast(found, x.dtype);
  const up = withAxes(g as Tensor, axes, x.ndim);
  const total = sum(mask, axes.length === 0 ? null : axes, { keepdim: true });
  // As in PyTorch: of the extreme of all elements the others have no gradient, whatever comes from above.
  return [findsNan ? where(found, div(up, total), 0) : mul(div(mask, total), up)];
};

/** Puts reduced dimensions back with size 1. */
function withAxes(x: Tensor, axes: readonly number[], rank: number): Tensor {
  if (x.ndim === rank) return x;
  let out = x;
  for (const d of axes) out = unsqueeze(out, d);
  return out;
}

const amaxOf = (x: Tensor, dim: Dims = null, options: KeepdimOptions = {}): Tensor =>
  extreme('amax', 'max', x, dim, options.keepdim);

/**
 * The largest elements; equal ones share the gradient (PyTorch: `torch.amax`).
 *
 * @throws IndexError over an empty dimension.
 * @example tensor([[1, 5], [3, 2]]).amax(1) // tensor([5., 3.])
 */
export const amax = /*#__PURE__*/ callable(
  'amax',
  amaxOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.dims)],
  { keepdim: kinds.boolean },
);

const aminOf = (x: Tensor, dim: Dims = null, options: KeepdimOptions = {}): Tensor =>
  extreme('amin', 'min', x, dim, options.keepdim);

/**
 * The smallest elements; equal ones share the gradient (PyTorch: `torch.amin`).
 *
 * @throws IndexError over an empty dimension.
 * @example tensor([[1, 5], [3, 2]]).amin(1) // tensor([1., 2.])
 */
export const amin = /*#__PURE__*/ callable(
  'amin',
  aminOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.dims)],
  { keepdim: kinds.boolean },
);

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
  checkPlaces(operator, numelOf(axes.map((d) => x.shape[d] as number)));
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

/** Refuses booleans, of which PyTorch finds no position. */
function ofNumbers(operator: string, x: Tensor): Tensor {
  checkTensor(operator, x);
  if (x.dtype === 'bool') {
    throw new DTypeError(`${operator}: not defined for bool; use x.to('int32')`);
  }
  return x;
}

const argmaxOf = (x: Tensor, dim: number | null = null, options: KeepdimOptions = {}): Tensor =>
  position('argmax', 'argmax', ofNumbers('argmax', x), dim, options.keepdim);

/**
 * Where the largest element is: along a dimension, or in the flattened tensor; the first of equal
 * ones (PyTorch: `torch.argmax`). int32.
 *
 * @example tensor([[1, 5], [3, 2]]).argmax(1) // tensor([1, 0], dtype=torch.int32)
 */
export const argmax = /*#__PURE__*/ callable(
  'argmax',
  argmaxOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may('dim', /*#__PURE__*/ kinds.orNull(kinds.integer)),
  ],
  { keepdim: kinds.boolean },
);

const argminOf = (x: Tensor, dim: number | null = null, options: KeepdimOptions = {}): Tensor =>
  position('argmin', 'argmin', ofNumbers('argmin', x), dim, options.keepdim);

/**
 * Where the smallest element is: along a dimension, or in the flattened tensor; the first of equal
 * ones (PyTorch: `torch.argmin`). int32.
 *
 * @example tensor([[1, 5], [3, 2]]).argmin(1) // tensor([0, 1], dtype=torch.int32)
 */
export const argmin = /*#__PURE__*/ callable(
  'argmin',
  argminOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may('dim', /*#__PURE__*/ kinds.orNull(kinds.integer)),
  ],
  { keepdim: kinds.boolean },
);

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
  const values = x.ndim === 0 ? x.clone() : gather(x, d, at);
  if (keepdim === true || x.ndim === 0) return pair(values, at);
  const shape = x.shape.filter((_, i) => i !== d);
  return pair(owned(reshapeDense(values, shape)), owned(reshapeDense(at, shape)));
}

/** The calls of `max` and `min`. */
interface Extreme {
  (x: Tensor): Tensor;
  (x: Tensor, other: Tensor): Tensor;
  (x: Tensor, dim: number, options?: KeepdimOptions): Pair;
  (x: Tensor, options: KeepdimOptions & { dim: number }): Pair;
}

/** The other tensor, which has to broadcast with the first one. */
function fitting(operator: string, x: Tensor, other: Tensor): Tensor {
  broadcastShapes(operator, [x.shape, other.shape]);
  commonBackend(operator, [x, other]);
  return other;
}

/** Refuses `keepdim` where there is no dimension. */
export function refuseKeepdim(operator: string, { keepdim }: KeepdimOptions): void {
  if (keepdim !== undefined) {
    throw new ValueError(
      `${operator}: keepdim needs a dimension: x.${operator}(dim, { keepdim: true })`,
    );
  }
}

function maxOf(x: Tensor, dim?: number | Tensor, options: KeepdimOptions = {}): Tensor | Pair {
  if (dim === undefined || dim instanceof Tensor) refuseKeepdim('max', options);
  if (dim === undefined) return extreme('max', 'max', x, null, false);
  if (typeof dim !== 'number') return maximum(x, fitting('max', x, dim));
  return extremeAlong('max', 'argmax', x, dim, options.keepdim);
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
export const max = /*#__PURE__*/ callable(
  'max',
  maxOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may('dim', /*#__PURE__*/ kinds.either(kinds.integer, kinds.tensor)),
  ],
  { keepdim: kinds.boolean },
) as Extreme;

function minOf(x: Tensor, dim?: number | Tensor, options: KeepdimOptions = {}): Tensor | Pair {
  if (dim === undefined || dim instanceof Tensor) refuseKeepdim('min', options);
  if (dim === undefined) return extreme('min', 'min', x, null, false);
  if (typeof dim !== 'number') return minimum(x, fitting('min', x, dim));
  return extremeAlong('min', 'argmin', x, dim, options.keepdim);
}

/**
 * The smallest element; with a dimension, the smallest along it and where they are; with a second
 * tensor, the smaller of each two (PyTorch: `torch.min`).
 *
 * @throws IndexError over an empty dimension.
 * @example const [values, indices] = tensor([[1, 5], [3, 2]]).min(1);
 */
export const min = /*#__PURE__*/ callable(
  'min',
  minOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may('dim', /*#__PURE__*/ kinds.either(kinds.integer, kinds.tensor)),
  ],
  { keepdim: kinds.boolean },
) as Extreme;

function prodOf(x: Tensor, dim: number | null = null, options: ReduceOptions = {}): Tensor {
  checkTensor('prod', x);
  const { keepdim, dtype } = options;
  const from = combinedAs(x, dtype);
  const wide = combinable(from);
  const axes = normalizeDims('prod', dim, x.ndim);
  const kept = runReduce(identityCase(wide.dtype), 'prod', [wide], [], x.shape, axes);
  const out = record('prod', kept, [wide], prodBack, [wide, kept], axes);
  return squeezed(cast(out, from.dtype), x.shape, axes, keepdim);
}

/**
 * The product of the elements, over all dimensions or one (PyTorch: `torch.prod`).
 *
 * @example tensor([[1, 2], [3, 4]]).prod(1) // tensor([ 2., 12.])
 */
export const prod = /*#__PURE__*/ callable(
  'prod',
  prodOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may('dim', /*#__PURE__*/ kinds.orNull(kinds.integer)),
  ],
  { keepdim: kinds.boolean, dtype: kinds.dtype },
);

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
export interface VarianceOptions extends KeepdimOptions {
  /** What is taken off the count of elements in the divisor. Default: 1 (Bessel's correction). */
  correction?: number;
  /** PyTorch's older name: false is a correction of 0. */
  unbiased?: boolean;
}

const varianceKinds = { unbiased: kinds.boolean, keepdim: kinds.boolean, correction: kinds.number };

function varianceOf(x: Tensor, dim: Dims = null, options: VarianceOptions = {}): Tensor {
  checkTensor('var', x);
  return inFloat32([x], (wide) => varied('var', wide, dim, options));
}

/**
 * The variance (PyTorch: `torch.var`), by default the unbiased one, divided by n - 1. Exported as
 * `var` too.
 *
 * @example tensor([1, 2, 3, 4]).var() // tensor(1.6667)
 */
export const variance = /*#__PURE__*/ callable(
  'var',
  varianceOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.dims)],
  varianceKinds,
);

/** The variance, as one step on the tape that reads the input again. */
function varied(operator: 'var' | 'std', x: Tensor, dim: Dims, options: VarianceOptions): Tensor {
  checkTensor(operator, x);
  const out = spread(operator, x.detach(), dim, options);
  const { correction, unbiased } = options;
  const axes = normalizeDims(operator, dim, x.ndim);
  const count = axes.reduce((n, d) => n * (x.shape[d] as number), 1);
  const divisor = Math.max(0, count - (correction ?? (unbiased === false ? 0 : 1)));
  return record(operator, out, [x], varianceBack, [x], { axes, divisor });
}

const varianceBack: Backward = (node, [g]) => {
  const { axes, divisor } = node.context as { axes: readonly number[]; divisor: number };
  const x = node.savedTensor(0);
  const centred = sub(x, mean(x, axes.length === 0 ? null : axes, { keepdim: true }));
  return [mul(mul(withAxes(g as Tensor, axes, x.ndim), 2 / divisor), centred)];
};

function spread(
  operator: 'var' | 'std',
  x: Tensor,
  dim: Dims = null,
  options: VarianceOptions = {},
): Tensor {
  checkTensor(operator, x);
  const { keepdim, correction, unbiased } = options;
  if (!isFloat(x.dtype)) {
    throw new DTypeError(
      `${operator}: takes floating-point tensors, got ${x.dtype}; use x.to('float32').${operator}()`,
    );
  }
  const axes = normalizeDims(operator, dim, x.ndim);
  const count = axes.reduce((n, d) => n * (x.shape[d] as number), 1);
  const divisor = Math.max(0, count - (correction ?? (unbiased === false ? 0 : 1)));
  const centred = sub(x, mean(x, dim, { keepdim: true }));
  return div(sum(square(centred), dim, { keepdim: keepdim ?? false }), divisor);
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

function stdOf(x: Tensor, dim: Dims = null, options: VarianceOptions = {}): Tensor {
  checkTensor('std', x);
  return inFloat32([x], (wide) => {
    const squares = varied('std', wide, dim, options);
    if (wide.dtype !== 'float32' || !leavesRange(squares)) return deviation(squares);
    return cast(deviation(varied('std', cast(wide, 'float64'), dim, options)), 'float32');
  });
}

/**
 * The standard deviation (PyTorch: `torch.std`), by default from the unbiased variance.
 *
 * @example tensor([1, 2, 3, 4]).std() // tensor(1.2910)
 */
export const std = /*#__PURE__*/ callable(
  'std',
  stdOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.dims)],
  varianceKinds,
);

/** PyTorch's norms other than the sum keep the tensor and the result, whichever of them the gradient reads. */
function normOf(
  x: Tensor,
  p: number | 'fro' = 2,
  dim: Dims = null,
  options: ReduceOptions = {},
): Tensor {
  const out = plainNorm(x, p, dim, options);
  return p === 1 ? out : alsoSaving(out, x, out);
}

function plainNorm(
  x: Tensor,
  p: number | 'fro' = 2,
  dim: Dims = null,
  options: ReduceOptions = {},
): Tensor {
  checkTensor('norm', x);
  if (options.dtype !== undefined) {
    const { dtype, ...rest } = options;
    return plainNorm(cast(x, dtype), p, dim, rest);
  }
  if (!isFloat(x.dtype)) {
    throw new DTypeError(
      `norm: takes floating-point tensors, got ${x.dtype}; use x.to('float32').norm()`,
    );
  }
  if (p !== 'fro' && typeof p !== 'number') {
    throw new ValueError(`norm: p must be a number or 'fro', got '${String(p)}'`);
  }
  if (p === 'fro' && dim !== null && typeof dim !== 'number' && dim.length > 2) {
    throw new ValueError(
      `norm: 'fro' is the norm of vectors or matrices, got ${dim.length} dimensions ${show(dim)}; use p = 2`,
    );
  }
  if (dtypes[x.dtype].bytes === 2)
    return inFloat32([x], (wide) => plainNorm(wide, p, dim, options));
  const axes = normalizeDims('norm', dim, x.ndim);
  if (p === Infinity) return extreme('norm', 'max', abs(x), dim, options.keepdim);
  if (p === -Infinity) return extreme('norm', 'min', abs(x), dim, options.keepdim);
  if (p === 0) {
    // In the graph, with no gradient for its input, as in PyTorch.
    const counted = sum(cast(ne(x.detach(), 0), x.dtype), dim, options);
    return record('norm', counted, [x], () => [null]);
  }
  // Of one element: its square might overflow.
  if (x.count > 0 && axes.every((d) => x.shape[d] === 1)) {
    return axes.length === 0 ? abs(x) : squeezed(abs(x), x.shape, axes, options.keepdim);
  }
  if (p === 1) return sum(abs(x), dim, options);
  const power = p === 'fro' ? 2 : p;
  const inner = x.detach();
  const total = sum(
    power === 2 ? square(inner) : pow(abs(inner), power),
    axes.length === 0 ? null : axes,
    { keepdim: true },
  );
  const kept = power === 2 ? sqrt(total) : pow(total, 1 / power);
  const out = squeezed(kept, x.shape, axes, options.keepdim);
  return record('norm', out, [x], normBack, [x, out], { p: power, axes });
}

/**
 * The p-norm `(Σ|x|ᵖ)^(1/p)`, over all dimensions or those named (PyTorch: `torch.norm`); `p` may be
 * 0, `Infinity`, `-Infinity` or `'fro'`.
 *
 * @example tensor([3, 4]).norm() // tensor(5.)
 */
export const norm = /*#__PURE__*/ callable(
  'norm',
  normOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may(
      'p',
      /*#__PURE__*/ kinds.either(kinds.number, /*#__PURE__*/ kinds.oneOf('fro')),
    ),
    /*#__PURE__*/ may('dim', kinds.dims),
  ],
  { keepdim: kinds.boolean, dtype: kinds.dtype },
);

// x·|x|^(p-2) / norm^(p-1), and 0 where the norm is 0.
const normBack: Backward = (node, [g]) => {
  const { p, axes } = node.context as { p: number; axes: readonly number[] };
  const x = node.savedTensor(0);
  const n = withAxes(node.savedTensor(1), axes, x.ndim);
  const up = withAxes(g as Tensor, axes, x.ndim);
  const isZero = eq(n, 0);
  const safe = where(isZero, 1, n);
  const direction =
    p === 2
      ? div(x, safe)
      : mul(where(eq(x, 0), 0, mul(x, pow(where(eq(x, 0), 1, abs(x)), p - 2))), pow(safe, 1 - p));
  return [where(isZero, 0, mul(direction, up))];
};

function truth(
  operator: string,
  reducer: Reducer,
  x: Tensor,
  dim: Dims,
  keepdim: boolean | undefined,
): Tensor {
  checkTensor(operator, x);
  const truths = cast(x.detach(), 'bool');
  // PyTorch's results of uint8 are uint8, and an empty list of dimensions names none here.
  const type = x.dtype === 'uint8' ? 'uint8' : 'bool';
  if (dim !== null && typeof dim !== 'number' && dim.length === 0) {
    return type === x.dtype && type === 'bool' ? truths.clone() : cast(truths, type);
  }
  const axes = normalizeDims(operator, dim, x.ndim);
  const asBool = cast(truths, 'int32');
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
  return cast(empty && reducer === 'min' ? eq(out, 0) : out, type);
}

const allOf = (x: Tensor, dim: Dims = null, options: KeepdimOptions = {}): Tensor =>
  truth('all', 'min', x, dim, options.keepdim);

/**
 * Whether all elements are non-zero (PyTorch: `torch.all`): bool, for uint8 uint8. An empty list of dimensions asks
 * each element alone.
 *
 * @example tensor([true, false]).all() // tensor(False)
 */
export const all = /*#__PURE__*/ callable(
  'all',
  allOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.dims)],
  { keepdim: kinds.boolean },
);

const anyOf = (x: Tensor, dim: Dims = null, options: KeepdimOptions = {}): Tensor =>
  truth('any', 'max', x, dim, options.keepdim);

/**
 * Whether any element is non-zero (PyTorch: `torch.any`): bool, for uint8 uint8. An empty list of dimensions asks
 * each element alone.
 *
 * @example tensor([true, false]).any() // tensor(True)
 */
export const any = /*#__PURE__*/ callable(
  'any',
  anyOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.dims)],
  { keepdim: kinds.boolean },
);

function logsumexpOf(x: Tensor, dim: Dims, options: KeepdimOptions = {}): Tensor {
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
  const total = sum(exp(sub(wide.detach(), shift)), dim, { keepdim: true });
  const kept = add(log(total), shift);
  const out = squeezed(kept, x.shape, axes, options.keepdim);
  record('logsumexp', out, [wide], logsumexpBack, [wide, out], axes);
  return isFloat(x.dtype) ? cast(out, x.dtype) : out;
}

const logsumexpBack: Backward = (node, [g]) => {
  const axes = node.context as readonly number[];
  const x = node.savedTensor(0);
  const total = withAxes(node.savedTensor(1), axes, x.ndim);
  return [mul(withAxes(g as Tensor, axes, x.ndim), exp(sub(x, total)))];
};

/**
 * `log Σ eˣ` without overflow (PyTorch: `torch.logsumexp`).
 *
 * @example logsumexp(tensor([1000, 1000]), 0) // tensor(1000.6931)
 */
export const logsumexp = /*#__PURE__*/ callable(
  'logsumexp',
  logsumexpOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('dim', kinds.dims)],
  { keepdim: kinds.boolean },
);
