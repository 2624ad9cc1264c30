// Attention: softmax of the products of queries and keys, times values.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { DTypeError, ShapeError, ValueError } from '../../errors.js';
import { broadcastShapes, type Shape, sameShape, show } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { ones } from '../create/zeros-ones-full.js';
import { add, mul } from '../elementwise/arithmetic.js';
import { logicalNot, maskedFill } from '../elementwise/compare.js';
import { inFloat32 } from '../machinery/half-types.js';
import { alsoSaving } from '../machinery/record.js';
import { matmul } from '../product/matmul.js';
import { repeatInterleave } from '../view/repeat.js';
import { tril } from '../view/triangle.js';
import { transpose } from '../view/views.js';
import { checkFloat } from './batch-layer-group-norm.js';
import { dropout } from './dropout.js';
import { maskedSoftmax } from './softmax.js';

/** Options of `scaledDotProductAttention`. */
export interface AttentionOptions {
  /** Added to the scores, or, if bool, true where attention is allowed. */
  attnMask?: Tensor | null;
  /** Dropout probability of the attention weights. Default: 0. */
  dropoutP?: number;
  /** Let each position attend only to itself and earlier ones. Default: false. */
  isCausal?: boolean;
  /** Scaling factor of the scores. Default: 1 / √(last size). */
  scale?: number | null;
  /** Let groups of query heads (dimension -3) share one head of key and value. Default: false. */
  enableGqa?: boolean;
}

/** Keys or values with their heads repeated to match the query's, so that each group of query heads shares one. */
function headsFor(query: Tensor, x: Tensor, name: string): Tensor {
  const [wanted, there] = [query.shape[query.ndim - 3], x.shape[x.ndim - 3]];
  if (wanted === undefined || there === undefined || there === 0 || wanted % there !== 0) {
    throw new ShapeError(
      `scaledDotProductAttention: with enableGqa the heads of query, dimension -3, must be a multiple of those of ${name}, got shapes ${show(query.shape)} and ${show(x.shape)}`,
    );
  }
  return wanted === there ? x : repeatInterleave(x, wanted / there, x.ndim - 3);
}

const shapes = (...given: readonly Tensor[]): string => given.map((x) => show(x.shape)).join(', ');

/** Throws for sizes that do not fit in the products. */
function checkSizes(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | null): void {
  const name = 'scaledDotProductAttention';
  const [length, width] = query.shape.slice(-2) as [number, number];
  const [keys, keyWidth] = key.shape.slice(-2) as [number, number];
  if (width !== keyWidth) {
    throw new ShapeError(
      `${name}: query and key must have the same last size, got shapes ${shapes(query, key)}`,
    );
  }
  if (keys !== value.shape[value.ndim - 2]) {
    throw new ShapeError(
      `${name}: key and value must have the same size before the last, got shapes ${shapes(key, value)}`,
    );
  }
  const batches = [query, key, value].map((x) => x.shape.slice(0, -2));
  const batch = broadcastShapes(name, batches.slice(0, 2));
  broadcastShapes(name, [batch, batches[2] as Shape]);
  if (mask === null) return;
  if (!['bool', 'float32', query.dtype].includes(mask.dtype)) {
    throw new DTypeError(
      `${name}: attnMask must be bool, float32 or of the query's dtype ${query.dtype}, got ${mask.dtype}`,
    );
  }
  const scores = [...batch, length, keys];
  if (!sameShape(broadcastShapes(name, [scores, mask.shape]), scores)) {
    throw new ShapeError(
      `${name}: attnMask of shape ${show(mask.shape)} must broadcast to the scores' shape ${show(scores)}`,
    );
  }
}

function scaledDotProductAttentionOf(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  for (const x of [query, key, value]) checkFloat('scaledDotProductAttention', x);
  if (query.ndim < 2 || key.ndim < 2 || value.ndim < 2) {
    throw new ShapeError(
      `scaledDotProductAttention: query, key and value need at least 2 dimensions, got shapes ${shapes(query, key, value)}`,
    );
  }
  if (query.dtype !== key.dtype || key.dtype !== value.dtype) {
    throw new DTypeError(
      `scaledDotProductAttention: query, key and value must have the same dtype, got ${query.dtype}, ${key.dtype} and ${value.dtype}`,
    );
  }
  const { attnMask = null, dropoutP = 0, isCausal = false, scale = null } = options;
  if (!(dropoutP >= 0 && dropoutP <= 1)) {
    throw new ValueError(
      `scaledDotProductAttention: dropoutP must be between 0 and 1, got ${dropoutP}`,
    );
  }
  if (attnMask !== null && isCausal) {
    throw new ValueError('scaledDotProductAttention: pass attnMask or isCausal, not both');
  }
  const grouped = options.enableGqa === true;
  const keys = grouped ? headsFor(query, key, 'key') : key;
  const values = grouped ? headsFor(query, value, 'value') : value;
  checkSizes(query, keys, values, attnMask);
  const out = inFloat32([query, keys, values], (q, k, v) =>
    attend(q, k, v, attnMask, dropoutP, isCausal, scale),
  );
  // One of PyTorch's kernels saves these tensors too, though the scaled ones are saved here.
  return alsoSaving(out, query);
}

function attend(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  attnMask: Tensor | null,
  dropoutP: number,
  isCausal: boolean,
  scale: number | null,
): Tensor {
  const width = query.shape[query.ndim - 1];
  // Sums of no products are 0 and must stay 0.
  const factor = scale ?? (width === 0 ? 1 : 1 / Math.sqrt(width));
  // The queries are scaled, because there are fewer of them than scores and their products then do not overflow.
  let scores = matmul(mul(query, factor), transpose(key, -2, -1));
  const lengths = [query.shape[query.ndim - 2], key.shape[key.ndim - 2]];
  const causal = isCausal ? tril(ones(lengths, { dtype: 'bool', device: query.device })) : null;
  const mask = causal ?? attnMask;
  if (mask !== null) {
    scores =
      mask.dtype === 'bool' ? maskedFill(scores, logicalNot(mask), -Infinity) : add(scores, mask);
  }
  // Not only masks produce rows of -Infinity: products may overflow.
  const weights = maskedSoftmax(scores);
  return matmul(dropoutP > 0 ? dropout(weights, dropoutP) : weights, value);
}

/**
 * `softmax(q·kᵀ · scale + mask) · v` (PyTorch: `F.scaled_dot_product_attention`; Vaswani et al. 2017).
 *
 * @param query `[…, L, E]`
 * @param key `[…, S, E]`
 * @param value `[…, S, V]`
 * @throws ValueError if both a mask and `isCausal` are given.
 * @example scaledDotProductAttention(randn([2, 4, 8]), randn([2, 6, 8]), randn([2, 6, 8])).shape // [2, 4, 8]
 */
export const scaledDotProductAttention = /*#__PURE__*/ callable(
  'scaledDotProductAttention',
  scaledDotProductAttentionOf,
  [
    /*#__PURE__*/ need('query', kinds.tensor),
    /*#__PURE__*/ need('key', kinds.tensor),
    /*#__PURE__*/ need('value', kinds.tensor),
  ],
  {
    attnMask: /*#__PURE__*/ kinds.orNull(kinds.tensor),
    dropoutP: kinds.number,
    isCausal: kinds.boolean,
    scale: /*#__PURE__*/ kinds.orNull(kinds.number),
    enableGqa: kinds.boolean,
  },
);
