// Running sums, and sorting.
import { callable } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { may, need } from '../arguments/signature.js';
import type { Backward } from '../autograd/node.js';
import { type DType, dtypes, isFloat } from '../dtype.js';
import { ValueError } from '../errors.js';
import { normalizeDim } from '../shape.js';
import { allocate, checkTensor, type Tensor } from '../tensor.js';
import { cast, contiguous, onDeviceOf } from './convert.js';
import { arange } from './create.js';
import { mul } from './elementwise/arithmetic.js';
import { eq, logicalOr, ne } from './elementwise/compare.js';
import { ofNumbers, orderable } from './extremes.js';
import { gatherOf } from './indexed.js';
import { type Pair, pair } from './pair.js';
import { checkPlaces } from './places.js';
import { flipOf } from './rearrange.js';
import { alsoSaving, onceOnly, record } from './record.js';
import { owned } from './run.js';
import { narrowOf, reshapeOf } from './views.js';

/** What a running sum or product is computed in (half types in float32), and the result's dtype. */
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
 * Running sums along a dimension (PyTorch: `torch.cumsum`); integers and booleans give int32, int64 gives int64.
 *
 * @param options `dtype`: that of the result, to which the elements are converted first.
 * @example cumsum(tensor([1, 2, 3]), 0) // tensor([1., 3., 6.])
 */
export const cumsum = /*#__PURE__*/ callable(
  'cumsum',
  cumsumOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('dim', kinds.integer)],
  { dtype: kinds.dtype },
);

// Each element counts in all later sums.
const cumsumBack: Backward = (node, [g]) => {
  return [reverseCumsum(g as Tensor, node.context as number)];
};

// Added up from the other end: the total less what comes before would lose digits.
export const reverseCumsum = (x: Tensor, d: number): Tensor => flipOf(cumsumOf(flipOf(x, d), d), d);

/** Options of `sort` and `argsort`. */
export interface SortOptions {
  /** Largest first. Default: false. */
  descending?: boolean;
  /** Equal elements keep their order; they always do here. */
  stable?: boolean;
}

/** Options of `topk`. */
export interface TopkOptions {
  /** The largest elements, or else the smallest. Default: true. */
  largest?: boolean;
  /** In order; they always are here. */
  sorted?: boolean;
}

const sortOf = (x: Tensor, dim = -1, options: SortOptions = {}): Pair =>
  sorted('sort', x, dim, options);

function sorted(operator: string, x: Tensor, dim: number, options: SortOptions): Pair {
  checkTensor(operator, x);
  const d = normalizeDim(operator, dim, x.ndim);
  checkPlaces(operator, x.shape[d] ?? 1);
  const indices = allocate(x.shape, 'int32', x.storage.backend, true);
  if (x.ndim === 0) return pair(onceOnly(x.clone()), indices);
  const plain = orderable(x.detach());
  x.storage.backend.sort(plain, d, options.descending ?? false, null, indices);
  return pair(gatherOf(x, d, indices), indices);
}

/**
 * The elements in order along a dimension, and where they were; equal ones keep their order
 * (PyTorch: `torch.sort`).
 *
 * @param options `descending`: largest first, default: false; `stable` changes nothing.
 * @example const { values, indices } = sort(tensor([3, 1, 2])); // [1, 2, 3], [1, 2, 0]
 */
export const sort = /*#__PURE__*/ callable(
  'sort',
  sortOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.integer)],
  { descending: kinds.boolean, stable: kinds.boolean },
);

function argsortOf(x: Tensor, dim = -1, options: SortOptions = {}): Tensor {
  checkTensor('argsort', x);
  return sorted('argsort', x.detach(), dim, options).indices;
}

/**
 * Where the elements would stand in order (PyTorch: `torch.argsort`). int32.
 *
 * @example argsort(tensor([3, 1, 2])) // tensor([1, 2, 0], dtype=torch.int32)
 */
export const argsort = /*#__PURE__*/ callable(
  'argsort',
  argsortOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.integer)],
  { descending: kinds.boolean, stable: kinds.boolean },
);

function topkOf(x: Tensor, k: number, dim = -1, options: TopkOptions = {}): Pair {
  ofNumbers('topk', x);
  const d = normalizeDim('topk', dim, x.ndim);
  const size = x.shape[d] ?? 1;
  if (!Number.isInteger(k) || k < 0 || k > size) {
    throw new ValueError(
      `topk: k must be an integer from 0 to the dimension's size ${size}, got ${k}`,
    );
  }
  const { indices } = sortOf(x.detach(), d, { descending: options.largest ?? true });
  if (x.ndim === 0) return pair(onceOnly(x.clone()), indices);
  const first = owned(contiguous(narrowOf(indices, d, 0, k)));
  return pair(gatherOf(x, d, first), first);
}

/**
 * The `k` largest elements along a dimension, in order, and where they are (PyTorch: `torch.topk`).
 *
 * @param options `largest: false` gives the smallest; `sorted` changes nothing.
 * @throws ValueError if there are fewer than `k`; DTypeError for booleans.
 * @example topk(tensor([1, 4, 3]), 2).values // tensor([4., 3.])
 */
export const topk = /*#__PURE__*/ callable(
  'topk',
  topkOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('k', kinds.integer),
    /*#__PURE__*/ may('dim', kinds.integer),
  ],
  { largest: kinds.boolean, sorted: kinds.boolean },
);

function runningExtreme(operator: string, reducer: 'min' | 'max', x: Tensor, dim: number): Pair {
  checkTensor(operator, x);
  const d = normalizeDim(operator, dim, x.ndim);
  const zero = allocate(x.shape, 'int32', x.storage.backend, true);
  if (x.ndim === 0 || x.count === 0) return pair(alsoSaving(x.clone(), x), zero);
  const plain = orderable(x.detach());
  const best = allocate(x.shape, plain.dtype, x.storage.backend);
  x.storage.backend.scan(reducer, plain, d, best);
  // The last place so far where the element is the best one, or NaN.
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
 * The largest elements so far along a dimension and where they were, the last of equal ones
 * (PyTorch: `torch.cummax`).
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
 * The smallest elements so far along a dimension and where they were, the last of equal ones
 * (PyTorch: `torch.cummin`).
 *
 * @example cummin(tensor([3, 1, 2]), 0).values // tensor([3., 1., 1.])
 */
export const cummin = /*#__PURE__*/ callable(
  'cummin',
  cumminOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('dim', kinds.integer)],
  {},
);
