// Sums and means.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { unrecorded } from '../../autograd/mode.js';
import type { Backward } from '../../autograd/node.js';
import { checkDType, type DType, dtypes, isFloat } from '../../dtype.js';
import { DTypeError } from '../../errors.js';
import * as s from '../../scalar/language.js';
import { normalizeDims, type Shape } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { cast } from '../create/to-clone.js';
import { div } from '../elementwise/arithmetic.js';
import { Case } from '../machinery/elementwise-case.js';
import {
  castCase,
  expandTo,
  identityCase,
  owned,
  reshapeDense,
  runMap,
  runReduce,
} from '../machinery/map-reduce.js';
import { record } from '../machinery/record.js';

/** Dimensions to reduce: one, several, or all of them if omitted or null. */
export type Dims = number | readonly number[] | null;

/** Options of reductions that keep their dtype. */
export interface KeepdimOptions {
  /** Keep reduced dimensions with size 1. Default: false. */
  keepdim?: boolean;
}

/** Options of reductions. */
export interface ReduceOptions extends KeepdimOptions {
  /** Dtype that the input is converted to first. */
  dtype?: DType;
}

/** Drops reduced dimensions, unless `keepdim` is set. */
export function squeezed(
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

/** The input of `sum` and `prod`: in the requested dtype, integers and booleans in int32 or wider. */
export function combinedAs(x: Tensor, dtype: DType | undefined): Tensor {
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
 * The sum of the elements, over all dimensions or the given ones (PyTorch: `torch.sum`). Integers and booleans are
 * summed as int32 (int64 as int64) unless a dtype is given.
 *
 * @example tensor([[1, 2], [3, 4]]).sum(0) // tensor([4., 6.])
 */
export const sum = /*#__PURE__*/ callable(
  'sum',
  sumOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.dims)],
  { keepdim: kinds.boolean, dtype: kinds.dtype },
);

function nansumOf(x: Tensor, dim: Dims = null, options: ReduceOptions = {}): Tensor {
  checkTensor('nansum', x);
  const { keepdim, dtype } = options;
  const axes = normalizeDims('nansum', dim, x.ndim);
  // Before a conversion to integers, which cannot represent NaN.
  const loses = isFloat(x.dtype) && dtype !== undefined && !isFloat(dtype);
  const from = combinedAs(loses ? runMap(withoutNan(x.dtype), [x]) : x, dtype);
  const added = isFloat(from.dtype)
    ? runReduce(withoutNan(from.dtype), 'sum', [from], [], x.shape, axes)
    : total(from, axes);
  return squeezed(cast(added, from.dtype), x.shape, axes, keepdim);
}

/**
 * The sum of the elements that are not NaN, over all dimensions or the given ones (PyTorch: `torch.nansum`); 0 if all
 * are NaN. Integers and booleans are summed as by {@link sum}. The gradient at NaN is 0.
 *
 * @example nansum(tensor([1, NaN, 2])) // tensor(3.)
 */
export const nansum = /*#__PURE__*/ callable(
  'nansum',
  nansumOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.dims)],
  { keepdim: kinds.boolean, dtype: kinds.dtype },
);

const withoutNanCases = new Map<DType, Case>();

/** The case that returns its input with NaN replaced by 0, in the dtype that half types are computed in. */
function withoutNan(dtype: DType): Case {
  let c = withoutNanCases.get(dtype);
  if (c === undefined) {
    const x = s.cast(s.input(0, dtype), dtypes[dtype].compute);
    const node = s.select(s.isNan(x), 0, x);
    // A factor, as in PyTorch, so that an infinite gradient of the sum becomes NaN there.
    const vjp = (g: s.Expr) => [s.mul(g, s.cast(s.eq(x, x), g.dtype))];
    c = new Case('nansum', node, [dtype], [], { node, args: [x], vjp });
    withoutNanCases.set(dtype, c);
  }
  return c;
}

/** The sum over some axes, which keep size 1. Half types are summed in float32, which is also the result's dtype. */
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
  for (const d of axes) count *= x.shape[d];
  // Only the result is rounded to half precision, as in PyTorch: elements may be larger than a mean that fits.
  const from = cast(x, type === x.dtype ? type : dtypes[checkDType('mean', type)].compute);
  // One node on the tape instead of three, since a loss is often a mean of few elements.
  const out = unrecorded(() => {
    const kept = cast(div(total(from, axes), count), type);
    return squeezed(kept, x.shape, axes, keepdim);
  });
  return record('mean', out, [from], meanBackward, [], {
    shape: x.shape,
    dtype: from.dtype,
    axes,
    count,
  } satisfies MeanContext);
}

/**
 * The mean of the elements, over all dimensions or the given ones (PyTorch: `torch.mean`).
 *
 * @throws DTypeError for integers; use `x.to('float32')` or the option `dtype`.
 * @example tensor([[1, 2], [3, 4]]).mean(1) // tensor([1.5000, 3.5000])
 */
export const mean = /*#__PURE__*/ callable(
  'mean',
  meanOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.dims)],
  { keepdim: kinds.boolean, dtype: kinds.dtype },
);

interface MeanContext {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly axes: readonly number[];
  readonly count: number;
}

const meanBackward: Backward = (node, [g]) => {
  const { shape, dtype, axes, count } = node.context as MeanContext;
  const kept = shape.slice();
  for (const d of axes) kept[d] = 1;
  const each = div(cast(g as Tensor, dtype), count);
  return [expandTo(reshapeDense(each, kept), shape)];
};

/**
 * The dtype in which elements are reduced: int64 is exact on `cpu`, on other devices up to 2^53. Booleans are counted.
 */
function combinedIn({ dtype, device }: Tensor): DType {
  if (dtype === 'bool') return 'int32';
  return dtype === 'int64' && device !== 'cpu' ? 'float64' : dtypes[dtype].compute;
}

/** The elements in the dtype in which they are reduced. */
export const combinable = (x: Tensor): Tensor => cast(x, combinedIn(x));
