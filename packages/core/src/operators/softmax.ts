// Softmax and its logarithm.
import type { Backward } from '../autograd/node.js';
import { type DType, dtypes, isFloat } from '../dtype.js';
import * as s from '../scalar/language.js';
import { normalizeDim } from '../shape.js';
import { checkTensor, type Tensor } from '../tensor.js';
import { cast } from './convert.js';
import { binary } from './define.js';
import { mul, sub } from './elementwise/arithmetic.js';
import { exp, log } from './elementwise/math.js';
import { record } from './record.js';
import { amax, sum } from './reduce.js';

/** Half types are computed in float32, integers become it. */
const wideFloat = (x: Tensor): Tensor =>
  cast(x, isFloat(x.dtype) ? dtypes[x.dtype].compute : 'float32');

/** The result in the input's dtype, if that has fractions. */
const narrowed = (out: Tensor, x: Tensor): Tensor => (isFloat(x.dtype) ? cast(out, x.dtype) : out);

/** e to the difference, in one pass. */
const powerOf = /*#__PURE__*/ binary('softmax', { expr: (x, shift) => s.exp(s.sub(x, shift)) });

/**
 * `eˣ / Σeˣ` along a dimension: positive, adding up to 1 (PyTorch: `torch.softmax`).
 *
 * Do not put it in front of `crossEntropy`, which takes plain logits.
 *
 * @example softmax(tensor([0, 0]), 0) // tensor([0.5000, 0.5000])
 */
export function softmax(x: Tensor, dim: number, options: { dtype?: DType } = {}): Tensor {
  checkTensor('softmax', x);
  if (options.dtype !== undefined) return softmax(cast(x, options.dtype), dim);
  const d = normalizeDim('softmax', dim, x.ndim);
  const from = wideFloat(x);
  const plain = from.detach();
  if (x.count === 0) return narrowed(from.clone(), x);
  const powers = powerOf(plain, amax(plain, d, { keepdim: true }));
  // In place: nobody else has seen the powers.
  const out = powers.div_(sum(powers, d, { keepdim: true }));
  return narrowed(record('softmax', out, [from], softmaxBack, [out], d), x);
}

const softmaxBack: Backward = (node, [g]) => {
  const y = node.savedTensor(0);
  const d = node.context as number;
  const weighted = mul(g as Tensor, y);
  return [sub(weighted, mul(y, sum(weighted, d, { keepdim: true })))];
};

/**
 * The logarithm of softmax, without its loss of precision (PyTorch: `torch.log_softmax`).
 *
 * @example logSoftmax(tensor([0, 0]), 0) // tensor([-0.6931, -0.6931])
 */
export function logSoftmax(x: Tensor, dim: number, options: { dtype?: DType } = {}): Tensor {
  checkTensor('logSoftmax', x);
  if (options.dtype !== undefined) return logSoftmax(cast(x, options.dtype), dim);
  const d = normalizeDim('logSoftmax', dim, x.ndim);
  const from = wideFloat(x);
  const plain = from.detach();
  if (x.count === 0) return narrowed(from.clone(), x);
  const shifted = sub(plain, amax(plain, d, { keepdim: true }));
  const out = sub(shifted, log(sum(exp(shifted), d, { keepdim: true })));
  return narrowed(record('logSoftmax', out, [from], logSoftmaxBack, [out], d), x);
}

const logSoftmaxBack: Backward = (node, [g]) => {
  const d = node.context as number;
  const grad = g as Tensor;
  return [sub(grad, mul(exp(node.savedTensor(0)), sum(grad, d, { keepdim: true })))];
};
