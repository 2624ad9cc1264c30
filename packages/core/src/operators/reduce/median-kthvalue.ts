// Order statistics: the median, the k-th smallest element.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { isFloat } from '../../dtype.js';
import { IndexError, ValueError } from '../../errors.js';
import { normalizeDim, show } from '../../shape.js';
import { allocate, checkTensor, type Tensor } from '../../tensor.js';
import { cast } from '../create/to-clone.js';
import { full } from '../create/zeros-ones-full.js';
import { add, mul } from '../elementwise/arithmetic.js';
import { eq, ne } from '../elementwise/compare.js';
import { gatherOf } from '../index/gather-scatter.js';
import { argsort } from '../index/sort-topk.js';
import { owned } from '../machinery/map-reduce.js';
import { onceOnly } from '../machinery/record.js';
import { type Pair, pair } from '../machinery/result-pair.js';
import { flattenOf, narrowOf, squeezeOf } from '../view/views.js';
import { argmax, refuseKeepdim, shared } from './min-max.js';
import type { KeepdimOptions } from './sum-mean.js';

function kthvalueOf(x: Tensor, k: number, dim = -1, options: KeepdimOptions = {}): Pair {
  checkTensor('kthvalue', x);
  const d = normalizeDim('kthvalue', dim, x.ndim);
  const size = x.shape[d] ?? 1;
  if (k < 1 || k > size) {
    throw new ValueError(`kthvalue: k must be from 1 to the dimension's size ${size}, got ${k}`);
  }
  if (x.ndim === 0)
    return pair(onceOnly(x.clone()), allocate([], 'int32', x.storage.backend, true));
  const index = narrowOf(argsort(x, d), d, k - 1, 1);
  const values = gatherOf(x, d, index);
  if (options.keepdim === true) return pair(values, index.clone());
  return pair(owned(squeezeOf(values, d)), squeezeOf(index, d).clone());
}

/**
 * The k-th smallest element along a dimension, counted from 1, and its index (PyTorch: `torch.kthvalue`).
 *
 * @throws ValueError if `k` is out of range.
 * @example kthvalue(tensor([3, 1, 2]), 2).values // tensor(2.)
 */
export const kthvalue = /*#__PURE__*/ callable(
  'kthvalue',
  kthvalueOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('k', kinds.integer),
    /*#__PURE__*/ may('dim', kinds.integer),
  ],
  { keepdim: kinds.boolean },
);

function medianOf(x: Tensor, dim?: number, options: KeepdimOptions = {}): Tensor | Pair {
  checkTensor('median', x);
  if (dim === undefined) {
    refuseKeepdim('median', options);
    const axes = x.shape.map((_, d) => d);
    return shared('median', medianOfAll(x.detach()), x, axes, true);
  }
  return medianAlong(x, dim, options);
}

function medianOfAll(x: Tensor): Tensor {
  if (x.count > 0) return medianAlong(flattenOf(x), 0, {}).values;
  if (isFloat(x.dtype)) return full([], Number.NaN, { dtype: x.dtype, device: x.device });
  throw new IndexError(
    `median: an empty tensor has no median, and ${x.dtype} has no NaN to return`,
  );
}

/** The signatures of `median`. */
export interface Median {
  (x: Tensor): Tensor;
  (x: Tensor, dim: number, options?: KeepdimOptions): Pair;
  (x: Tensor, options: KeepdimOptions & { dim: number }): Pair;
}

/**
 * The median, or the lower one of two; with a dimension, also its index (PyTorch: `torch.median`). If any element is
 * NaN, so is the median; the median of an empty tensor is NaN.
 *
 * @throws IndexError for an empty dimension, or an empty integer tensor.
 * @example median(tensor([3, 1, 2])) // tensor(2.)
 */
export const median = /*#__PURE__*/ callable(
  'median',
  medianOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.integer)],
  { keepdim: kinds.boolean },
) as Median;
function medianAlong(x: Tensor, dim: number, options: KeepdimOptions): Pair {
  const d = normalizeDim('median', dim, x.ndim);
  const n = x.shape[d] ?? 1;
  if (n === 0) throw new IndexError(`median: dimension ${dim} of shape ${show(x.shape)} is empty`);
  if (x.ndim === 0) return kthvalueOf(x, 1, 0, options);
  const order = argsort(x, d);
  // NaN sorts last, so the last element tells whether there is one.
  const last = gatherOf(x.detach(), d, narrowOf(order, d, n - 1, 1));
  const middle = narrowOf(order, d, Math.floor((n - 1) / 2), 1);
  const hasNan = ne(last, last);
  const firstNan = argmax(cast(ne(x.detach(), x.detach()), 'int32'), d, { keepdim: true });
  const index = add(
    mul(cast(hasNan, 'int32'), firstNan),
    mul(cast(eq(cast(hasNan, 'int32'), 0), 'int32'), middle),
  );
  const values = gatherOf(x, d, index);
  if (options.keepdim === true) return pair(values, index);
  return pair(owned(squeezeOf(values, d)), owned(squeezeOf(index, d)));
}
