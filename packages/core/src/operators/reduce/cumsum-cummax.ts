// Cumulative sums, maxima and minima.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import type { Backward } from '../../autograd/node.js';
import { type DType, dtypes, isFloat } from '../../dtype.js';
import { normalizeDim } from '../../shape.js';
import { allocate, checkTensor, type Tensor } from '../../tensor.js';
import { arange } from '../create/arange-linspace.js';
import { cast, onDeviceOf } from '../create/to-clone.js';
import { mul } from '../elementwise/arithmetic.js';
import { eq, logicalOr, ne } from '../elementwise/compare.js';
import { gatherOf } from '../index/gather-scatter.js';
import { alsoSaving, record } from '../machinery/record.js';
import { type Pair, pair } from '../machinery/result-pair.js';
import { flipOf } from '../view/flip-roll.js';
import { reshapeOf } from '../view/views.js';
import { orderable } from './min-max.js';

/** The input of a cumulative sum or product (half types converted to float32), and the result's dtype. */
export function scanned(x: Tensor, dtype?: DType): { from: Tensor; type: DType } {
  const whole = x.dtype === 'int64' ? 'int64' : 'int32';
  const type = dtype ?? (isFloat(x.dtype) ? x.dtype : whole);
  const wide = type === 'bool' ? 'int32' : dtypes[type].compute;
  return { from: cast(cast(x, type), wide), type };
}

function cumsumOf(x: Tensor, dim: number, options: { dtype?: DType } = {}): Tensor {
  checkTensor('cumsum', x);
  const d = normalizeDim('cumsum', dim, x.ndim);
  const { from, type } = scanned(x, options.dtype);
  if (x.ndim === 0) return cast(from.clone(), type);
  const out = allocate(x.shape, from.dtype, x.storage.backend);
  from.storage.backend.scan('sum', from, d, out);
  return cast(record('cumsum', out, [from], cumsumBack, [], d), type);
}

/**
 * Cumulative sums along a dimension (PyTorch: `torch.cumsum`). Integers and booleans become int32, except int64.
 *
 * @param options `dtype`: the result's dtype, to which the elements are converted first.
 * @example cumsum(tensor([1, 2, 3]), 0) // tensor([1., 3., 6.])
 */
export const cumsum = /*#__PURE__*/ callable(
  'cumsum',
  cumsumOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('dim', kinds.integer)],
  { dtype: kinds.dtype },
);

// Each element is part of all later sums.
const cumsumBack: Backward = (node, [g]) => {
  return [reverseCumsum(g as Tensor, node.context as number)];
};

// Summed from the other end: subtracting the preceding sum from the total would lose digits.
export const reverseCumsum = (x: Tensor, d: number): Tensor => flipOf(cumsumOf(flipOf(x, d), d), d);

function runningExtreme(operator: string, reducer: 'min' | 'max', x: Tensor, dim: number): Pair {
  checkTensor(operator, x);
  const d = normalizeDim(operator, dim, x.ndim);
  const zero = allocate(x.shape, 'int32', x.storage.backend, true);
  if (x.ndim === 0 || x.count === 0) return pair(alsoSaving(x.clone(), x), zero);
  const plain = orderable(x.detach());
  const best = allocate(x.shape, plain.dtype, x.storage.backend);
  x.storage.backend.scan(reducer, plain, d, best);
  // The last index so far whose element is the maximum (or minimum), or NaN.
  const found = logicalOr(eq(plain, best), ne(plain, plain));
  const shape = x.shape.map((n, i) => (i === d ? n : 1));
  const places = reshapeOf(arange(x.shape[d]), shape);
  const marked = cast(mul(cast(found, 'int32'), onDeviceOf(x, places)), 'int32');
  const indices = allocate(x.shape, 'int32', x.storage.backend);
  x.storage.backend.scan('max', marked, d, indices);
  return pair(alsoSaving(gatherOf(x, d, indices), x), indices);
}

const cummaxOf = (x: Tensor, dim: number): Pair => runningExtreme('cummax', 'max', x, dim);

/**
 * Cumulative maxima along a dimension and their indices, the last one for equal elements (PyTorch: `torch.cummax`).
 *
 * @example cummax(tensor([1, 3, 2]), 0).values // tensor([1., 3., 3.])
 */
export const cummax = /*#__PURE__*/ callable(
  'cummax',
  cummaxOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('dim', kinds.integer)],
  {},
);

const cumminOf = (x: Tensor, dim: number): Pair => runningExtreme('cummin', 'min', x, dim);

/**
 * Cumulative minima along a dimension and their indices, the last one for equal elements (PyTorch: `torch.cummin`).
 *
 * @example cummin(tensor([3, 1, 2]), 0).values // tensor([3., 1., 1.])
 */
export const cummin = /*#__PURE__*/ callable(
  'cummin',
  cumminOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('dim', kinds.integer)],
  {},
);
