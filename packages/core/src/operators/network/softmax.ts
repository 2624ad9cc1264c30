// Softmax and its logarithm.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { isRecording } from '../../autograd/mode.js';
import type { Backward } from '../../autograd/node.js';
import { type DType, dtypes, isFloat } from '../../dtype.js';
import type { Expr } from '../../scalar/expr.js';
import * as s from '../../scalar/language.js';
import { normalizeDim } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { cast } from '../create/to-clone.js';
import { mul, sub } from '../elementwise/arithmetic.js';
import { exp } from '../elementwise/math.js';
import { defineFold, type FoldSpec } from '../machinery/fold.js';
import { alsoSaving, record } from '../machinery/record.js';
import { sum } from '../reduce/sum-mean.js';

/** Half types are computed in float32, integers are converted to it. */
const wideFloat = (x: Tensor): Tensor =>
  cast(x, isFloat(x.dtype) ? dtypes[x.dtype].compute : 'float32');

/** The result in the input's dtype, if that is a floating-point type. */
const narrowed = (out: Tensor, x: Tensor): Tensor => (isFloat(x.dtype) ? cast(out, x.dtype) : out);

/** A rounded result counts as saved, as in PyTorch; the gradient reads it unrounded. */
const savingResult = (out: Tensor, wide: Tensor): Tensor =>
  out === wide ? out : alsoSaving(out, out);

const maximum = { reducer: 'max', of: ([x]) => x } satisfies FoldSpec['find'][number];
const power = (x: Expr, max: Expr): Expr => s.exp(s.sub(x, max));
const powers = {
  reducer: 'sum',
  of: ([x], [max]) => power(x, max),
} satisfies FoldSpec['find'][number];

const softmaxFold = /*#__PURE__*/ defineFold('softmax', {
  find: [maximum, powers],
  give: ([x], [max, total]) => s.div(power(x, max), total),
});

// A row of only -Infinity, as for a position that may attend to nothing, returns 0 instead of 0 / 0.
const maskedSoftmaxFold = /*#__PURE__*/ defineFold('softmax', {
  find: [
    maximum,
    { reducer: null, of: ([max]) => s.select(s.eq(max, -Infinity), 0, max) },
    { reducer: 'sum', of: ([x], [, max]) => power(x, max) },
    {
      reducer: null,
      of: ([, , total]) => s.select(s.eq(total, 0), s.constant(1, total.dtype), total),
    },
  ],
  give: ([x], [, max, , total]) => s.div(power(x, max), total),
});

const softmaxBackFold = /*#__PURE__*/ defineFold('softmax', {
  find: [{ reducer: 'sum', of: ([g, y]) => s.mul(g, y) }],
  give: ([g, y], [total]) => s.mul(y, s.sub(g, total)),
});

const logSoftmaxFold = /*#__PURE__*/ defineFold('logSoftmax', {
  find: [maximum, powers, { reducer: null, of: ([, total]) => s.log(total) }],
  give: ([x], [max, , log]) => s.sub(s.sub(x, max), log),
});

const logSoftmaxBackFold = /*#__PURE__*/ defineFold('logSoftmax', {
  find: [{ reducer: 'sum', of: ([g]) => g }],
  give: ([g, y], [total]) => s.sub(g, s.mul(s.exp(y), total)),
});

function softmaxOf(x: Tensor, dim: number, options: { dtype?: DType } = {}): Tensor {
  checkTensor('softmax', x);
  if (options.dtype !== undefined) return softmaxOf(cast(x, options.dtype), dim);
  const d = normalizeDim('softmax', dim, x.ndim);
  const from = wideFloat(x);
  const plain = from.detach();
  if (x.count === 0) return narrowed(from.clone(), x);
  const out = softmaxFold([plain], [d]);
  return savingResult(narrowed(record('softmax', out, [from], softmaxBack, [out], d), x), out);
}

/**
 * `eˣ / Σeˣ` along a dimension: positive values with sum 1 (PyTorch: `torch.softmax`).
 *
 * Do not put it in front of `crossEntropy`, which takes plain logits.
 *
 * @example softmax(tensor([0, 0]), 0) // tensor([0.5000, 0.5000])
 */
export const softmax = /*#__PURE__*/ callable(
  'softmax',
  softmaxOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('dim', kinds.integer)],
  { dtype: kinds.dtype },
);

const softmaxBack: Backward = (node, [g]) => {
  const y = node.savedTensor(0);
  const d = node.context as number;
  if (!isRecording()) return [softmaxBackFold([g as Tensor, y], [d])];
  const weighted = mul(g as Tensor, y);
  return [sub(weighted, mul(y, sum(weighted, d, { keepdim: true })))];
};

function maskedSoftmaxOf(x: Tensor): Tensor {
  checkTensor('maskedSoftmax', x);
  const from = wideFloat(x);
  if (x.count === 0) return narrowed(from.clone(), x);
  const d = x.ndim - 1;
  const out = maskedSoftmaxFold([from.detach()], [d]);
  return savingResult(narrowed(record('softmax', out, [from], softmaxBack, [out], d), x), out);
}

/**
 * `softmax` along the last dimension that returns 0, with gradient 0, for rows of only -Infinity, which belong to
 * positions that may attend to nothing (as in PyTorch's `scaled_dot_product_attention`).
 *
 * @example maskedSoftmax(tensor([[-Infinity, -Infinity], [0, 0]])) // tensor([[0.0000, 0.0000], [0.5000, 0.5000]])
 */
export const maskedSoftmax = /*#__PURE__*/ callable(
  'maskedSoftmax',
  maskedSoftmaxOf,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  {},
);

function logSoftmaxOf(x: Tensor, dim: number, options: { dtype?: DType } = {}): Tensor {
  checkTensor('logSoftmax', x);
  if (options.dtype !== undefined) return logSoftmaxOf(cast(x, options.dtype), dim);
  const d = normalizeDim('logSoftmax', dim, x.ndim);
  const from = wideFloat(x);
  const plain = from.detach();
  if (x.count === 0) return narrowed(from.clone(), x);
  const out = logSoftmaxFold([plain], [d]);
  return savingResult(
    narrowed(record('logSoftmax', out, [from], logSoftmaxBack, [out], d), x),
    out,
  );
}

/**
 * The logarithm of softmax, computed without loss of precision (PyTorch: `torch.log_softmax`).
 *
 * @example logSoftmax(tensor([0, 0]), 0) // tensor([-0.6931, -0.6931])
 */
export const logSoftmax = /*#__PURE__*/ callable(
  'logSoftmax',
  logSoftmaxOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('dim', kinds.integer)],
  { dtype: kinds.dtype },
);

const logSoftmaxBack: Backward = (node, [g]) => {
  const d = node.context as number;
  const grad = g as Tensor;
  if (!isRecording()) return [logSoftmaxBackFold([grad, node.savedTensor(0)], [d])];
  return [sub(grad, mul(exp(node.savedTensor(0)), sum(grad, d, { keepdim: true })))];
};
