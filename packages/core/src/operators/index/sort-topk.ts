// Sorting: all elements, their positions, and the largest few.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { ValueError } from '../../errors.js';
import { normalizeDim } from '../../shape.js';
import { allocate, checkTensor, type Tensor } from '../../tensor.js';
import { contiguous } from '../create/to-clone.js';
import { checkPlaces } from '../machinery/index-positions.js';
import { owned } from '../machinery/map-reduce.js';
import { onceOnly } from '../machinery/record.js';
import { type Pair, pair } from '../machinery/result-pair.js';
import { ofNumbers, orderable } from '../reduce/min-max.js';
import { narrowOf } from '../view/views.js';
import { gatherOf } from './gather-scatter.js';

/** Options of `sort` and `argsort`. */
export interface SortOptions {
  /** Largest first. Default: false. */
  descending?: boolean;
  /** Keep the order of equal elements; it is always kept here. */
  stable?: boolean;
}

/** Options of `topk`. */
export interface TopkOptions {
  /** Return the largest elements; false: the smallest. Default: true. */
  largest?: boolean;
  /** Return them in order; they always are here. */
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
 * Sorts along a dimension and returns the values and their indices; equal elements keep their order (PyTorch:
 * `torch.sort`).
 *
 * @param options `descending`: largest first, default: false; `stable` has no effect.
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
 * The indices that sort the tensor along a dimension (PyTorch: `torch.argsort`). int32.
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
 * The `k` largest elements along a dimension, in order, and their indices (PyTorch: `torch.topk`).
 *
 * @param options `largest: false` returns the smallest; `sorted` has no effect.
 * @throws ValueError if the dimension has fewer than `k` elements; DTypeError for booleans.
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
