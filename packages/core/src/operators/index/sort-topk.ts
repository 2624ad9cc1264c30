// Sorting: all elements, their positions, the first few.

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
