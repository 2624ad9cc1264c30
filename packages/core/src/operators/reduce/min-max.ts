// The largest and smallest elements, and their indices.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import type { Backward } from '../../autograd/node.js';
import type { ArgReducer } from '../../backend/contract.js';
import { dtypes } from '../../dtype.js';
import { DTypeError, IndexError, ValueError } from '../../errors.js';
import { broadcastShapes, normalizeDim, normalizeDims, numelOf, show } from '../../shape.js';
import { allocate, checkTensor, commonBackend, Tensor } from '../../tensor.js';
import { cast } from '../create/to-clone.js';
import { div, maximum, minimum, mul } from '../elementwise/arithmetic.js';
import { eq, isnan, logicalAnd, logicalOr, where } from '../elementwise/compare.js';
import { gatherOf } from '../index/gather-scatter.js';
import { checkPlaces } from '../machinery/index-positions.js';
import { identityCase, owned, reshapeDense, runReduce } from '../machinery/map-reduce.js';
import { onceOnly, record } from '../machinery/record.js';
import { type Pair, pair } from '../machinery/result-pair.js';
import { unsqueeze } from '../view/views.js';
import { combinable, type Dims, type KeepdimOptions, squeezed, sum } from './sum-mean.js';

/** Throws for a reduction over no elements if the result needs at least one. */
export function refuseEmpty(operator: string, x: Tensor, axes: readonly number[]): void {
  const empty = axes.find((d) => x.shape[d] === 0);
  if (empty !== undefined || (axes.length === 0 && x.count === 0)) {
    throw new IndexError(
      `${operator}: dimension ${empty ?? 0} of shape ${show(x.shape)} is empty; cannot reduce an empty dimension`,
    );
  }
}

/** The elements in a dtype that every backend can sort: half types and int64 are widened. */
export const orderable = (x: Tensor): Tensor =>
  cast(x, x.dtype === 'int64' ? 'float64' : dtypes[x.dtype].compute);

/** The largest or smallest elements over dimensions. */
export function extreme(
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
  // In max and min, NaN gets the gradient; in amax and amin PyTorch divides by a count of 0.
  return shared(operator, out, x, axes, operator === 'max' || operator === 'min');
}

/** Records that `out` is the extreme of the elements of `x`: equal elements share the gradient. */
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
  // As in PyTorch: for the extreme of all elements, the other elements get gradient 0 even if the upstream gradient is
  // infinite or NaN.
  return [findsNan ? where(found, div(up, total), 0) : mul(div(mask, total), up)];
};

/** Inserts the reduced dimensions again with size 1. */
export function withAxes(x: Tensor, axes: readonly number[], rank: number): Tensor {
  if (x.ndim === rank) return x;
  let out = x;
  for (const d of axes) out = unsqueeze(out, d);
  return out;
}

/*@__NO_SIDE_EFFECTS__*/
const extremeOver = (operator: 'amax' | 'amin', reducer: 'max' | 'min') =>
  callable(
    operator,
    (x: Tensor, dim: Dims = null, options: KeepdimOptions = {}): Tensor =>
      extreme(operator, reducer, x, dim, options.keepdim),
    [need('x', kinds.tensor), may('dim', kinds.dims)],
    { keepdim: kinds.boolean },
  );

/**
 * The largest elements; equal elements share the gradient (PyTorch: `torch.amax`).
 *
 * @throws IndexError over an empty dimension.
 * @example tensor([[1, 5], [3, 2]]).amax(1) // tensor([5., 3.])
 */
export const amax = /*#__PURE__*/ extremeOver('amax', 'max');

/**
 * The smallest elements; equal elements share the gradient (PyTorch: `torch.amin`).
 *
 * @throws IndexError over an empty dimension.
 * @example tensor([[1, 5], [3, 2]]).amin(1) // tensor([1., 2.])
 */
export const amin = /*#__PURE__*/ extremeOver('amin', 'min');

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
  checkPlaces(operator, numelOf(axes.map((d) => x.shape[d])));
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

/** Throws for booleans, for which PyTorch finds no index. */
export function ofNumbers(operator: string, x: Tensor): Tensor {
  checkTensor(operator, x);
  if (x.dtype === 'bool') {
    throw new DTypeError(`${operator}: not defined for bool; use x.to('int32')`);
  }
  return x;
}

/*@__NO_SIDE_EFFECTS__*/
const positionOver = (operator: ArgReducer) =>
  callable(
    operator,
    (x: Tensor, dim: number | null = null, options: KeepdimOptions = {}): Tensor =>
      position(operator, operator, ofNumbers(operator, x), dim, options.keepdim),
    [need('x', kinds.tensor), may('dim', kinds.orNull(kinds.integer))],
    { keepdim: kinds.boolean },
  );

/**
 * The index of the largest element along a dimension or in the flattened tensor; the first one for equal elements
 * (PyTorch: `torch.argmax`). int32.
 *
 * @example tensor([[1, 5], [3, 2]]).argmax(1) // tensor([1, 0], dtype=torch.int32)
 */
export const argmax = /*#__PURE__*/ positionOver('argmax');

/**
 * The index of the smallest element along a dimension or in the flattened tensor; the first one for equal elements
 * (PyTorch: `torch.argmin`). int32.
 *
 * @example tensor([[1, 5], [3, 2]]).argmin(1) // tensor([0, 1], dtype=torch.int32)
 */
export const argmin = /*#__PURE__*/ positionOver('argmin');

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
  const values = x.ndim === 0 ? onceOnly(x.clone()) : gatherOf(x, d, at);
  if (keepdim === true || x.ndim === 0) return pair(values, at);
  const shape = x.shape.filter((_, i) => i !== d);
  return pair(owned(reshapeDense(values, shape)), owned(reshapeDense(at, shape)));
}

/** The signatures of `max` and `min`. */
export interface Extreme {
  (x: Tensor): Tensor;
  (x: Tensor, other: Tensor): Tensor;
  (x: Tensor, dim: number, options?: KeepdimOptions): Pair;
  (x: Tensor, options: KeepdimOptions & { dim: number }): Pair;
}

/** The other tensor, which must broadcast with the first one. */
function fitting(operator: string, x: Tensor, other: Tensor): Tensor {
  broadcastShapes(operator, [x.shape, other.shape]);
  commonBackend(operator, [x, other]);
  return other;
}

/** Throws for `keepdim` without a dimension. */
export function refuseKeepdim(operator: string, { keepdim }: KeepdimOptions): void {
  if (keepdim !== undefined) {
    throw new ValueError(
      `${operator}: keepdim needs a dimension; write x.${operator}(dim, { keepdim: true })`,
    );
  }
}

/*@__NO_SIDE_EFFECTS__*/
function extremeOf(
  operator: 'max' | 'min',
  between: (x: Tensor, other: Tensor) => Tensor,
): Extreme {
  const f = (x: Tensor, dim?: number | Tensor, options: KeepdimOptions = {}): Tensor | Pair => {
    if (dim === undefined || dim instanceof Tensor) refuseKeepdim(operator, options);
    if (dim === undefined) return extreme(operator, operator, x, null, false);
    if (typeof dim !== 'number') return between(x, fitting(operator, x, dim));
    return extremeAlong(operator, `arg${operator}`, x, dim, options.keepdim);
  };
  return callable(
    operator,
    f,
    [need('x', kinds.tensor), may('dim', kinds.either(kinds.integer, kinds.tensor))],
    { keepdim: kinds.boolean },
  ) as Extreme;
}

/**
 * The largest element; with a dimension, the largest along it and their indices; with a second tensor, the elementwise
 * maximum (PyTorch: `torch.max`).
 *
 * @throws IndexError over an empty dimension.
 * @example
 * tensor([[1, 5], [3, 2]]).max() // tensor(5.)
 * const { values, indices } = tensor([[1, 5], [3, 2]]).max(1);
 */
export const max = /*#__PURE__*/ extremeOf('max', maximum);

/**
 * The smallest element; with a dimension, the smallest along it and their indices; with a second tensor, the
 * elementwise minimum (PyTorch: `torch.min`).
 *
 * @throws IndexError over an empty dimension.
 * @example const [values, indices] = tensor([[1, 5], [3, 2]]).min(1);
 */
export const min = /*#__PURE__*/ extremeOf('min', minimum);
