// Running sums, and sorting.
import type { Backward } from '../autograd/node.js';
import { isFloat } from '../dtype.js';
import { ValueError } from '../errors.js';
import { normalizeDim } from '../shape.js';
import { allocate, checkTensor, type Tensor } from '../tensor.js';
import { cast, contiguous } from './convert.js';
import { sub } from './elementwise/arithmetic.js';
import { gather } from './indexed.js';
import { type Pair, pair } from './pair.js';
import { record } from './record.js';
import { sum } from './reduce.js';
import { narrow } from './views.js';

/**
 * Running sums along a dimension (PyTorch: `torch.cumsum`); integers and booleans give int32.
 *
 * @example cumsum(tensor([1, 2, 3]), 0) // tensor([1., 3., 6.])
 */
export function cumsum(x: Tensor, dim: number): Tensor {
  checkTensor('cumsum', x);
  const d = normalizeDim('cumsum', dim, x.ndim);
  const from = isFloat(x.dtype) ? x : cast(x, 'int32');
  const out = allocate(x.shape, from.dtype, x.storage.backend);
  if (x.ndim === 0) return from.clone();
  from.storage.backend.scan('sum', from, d, out);
  return record('cumsum', out, [from], cumsumBack, [], d);
}

// Each element counts in all later sums: the total less what comes before.
const cumsumBack: Backward = (node, [g]) => {
  const d = node.context as number;
  const grad = g as Tensor;
  const total = sum(grad, d, { keepdim: true });
  return [sub(total, sub(cumsum(grad, d), grad))];
};

/**
 * The elements in order along a dimension, and where they were; equal ones keep their order
 * (PyTorch: `torch.sort`).
 *
 * @param options `descending`: largest first; default: false.
 * @example const { values, indices } = sort(tensor([3, 1, 2])); // [1, 2, 3], [1, 2, 0]
 */
export function sort(
  x: Tensor,
  dim = -1,
  options: { descending?: boolean; stable?: boolean } = {},
): Pair {
  checkTensor('sort', x);
  const d = normalizeDim('sort', dim, x.ndim);
  const indices = allocate(x.shape, 'int32', x.storage.backend, true);
  if (x.ndim === 0) return pair(x.clone(), indices);
  x.storage.backend.sort(x, d, options.descending ?? false, null, indices);
  return pair(gather(x, d, indices), indices);
}

/**
 * Where the elements would stand in order (PyTorch: `torch.argsort`). int32.
 *
 * @example argsort(tensor([3, 1, 2])) // tensor([1, 2, 0], dtype=torch.int32)
 */
export const argsort = (
  x: Tensor,
  dim = -1,
  options: { descending?: boolean; stable?: boolean } = {},
): Tensor => sort(x.detach(), dim, options).indices;

/**
 * The `k` largest elements along a dimension, in order, and where they are (PyTorch: `torch.topk`).
 *
 * @param options `largest: false` gives the smallest.
 * @throws ValueError if there are fewer than `k`.
 * @example topk(tensor([1, 4, 3]), 2).values // tensor([4., 3.])
 */
export function topk(
  x: Tensor,
  k: number,
  dim = -1,
  options: { largest?: boolean; sorted?: boolean } = {},
): Pair {
  checkTensor('topk', x);
  const d = normalizeDim('topk', dim, x.ndim);
  const size = x.shape[d] ?? 1;
  if (!Number.isInteger(k) || k < 0 || k > size) {
    throw new ValueError(
      `topk: k must be a whole number from 0 to the dimension's size ${size}, got ${k}`,
    );
  }
  const { indices } = sort(x.detach(), d, { descending: options.largest ?? true });
  if (x.ndim === 0) return pair(x, indices);
  const first = contiguous(narrow(indices, d, 0, k));
  return pair(gather(x, d, first), first);
}
