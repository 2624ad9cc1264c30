// Root mean square normalization.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { isRecording } from '../../autograd/mode.js';
import type { Backward } from '../../autograd/node.js';
import * as s from '../../scalar/language.js';
import { numelOf, type Shape } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { add, mul, square, sub } from '../elementwise/arithmetic.js';
import { rsqrt } from '../elementwise/math.js';
import { defineFold, type FoldSpec } from '../machinery/fold.js';
import { isHalf } from '../machinery/half-types.js';
import { alsoSaving, record } from '../machinery/record.js';
import { mean } from '../reduce/sum-mean.js';
import { checkFloat, normalized, normalizedDims, scaleAndShift } from './batch-layer-group-norm.js';

/** The factor: 1 / √(mean square + eps). */
const rootMeanSquare = [
  { reducer: 'sum', of: ([x]) => s.mul(x, x) },
  {
    reducer: null,
    of: ([total], [count, eps]) => s.div(1, s.sqrt(s.add(s.div(total, count), eps))),
  },
] satisfies FoldSpec['find'];

const rmsFold = /*#__PURE__*/ defineFold('rmsNorm', {
  find: rootMeanSquare,
  give: ([x], [, scale]) => s.mul(x, scale),
  numbers: 2,
});

// With y the result: scale · (g - y · mean(g·y)).
const rmsBackFold = /*#__PURE__*/ defineFold('rmsNorm', {
  first: rootMeanSquare,
  find: [
    {
      reducer: 'sum',
      of: ([x, g], [, scale]) => s.mul(g, s.mul(x, scale)),
    },
    { reducer: null, of: ([, , total], [count]) => s.div(total, count) },
  ],
  give: ([x, g], [, scale, , meanGY]) => {
    const y = s.mul(x, scale);
    return s.mul(scale, s.sub(g, s.mul(y, meanGY)));
  },
  numbers: 2,
});

/** `x / √(mean(x²) + eps)` over some dimensions. */
function divideByRms(x: Tensor, dims: readonly number[], eps: number): Tensor {
  const numbers = [numelOf(dims.map((d) => x.shape[d])), eps];
  return record('rmsNorm', rmsFold([x], dims, numbers), [x], rmsBack, [x], { dims, numbers });
}

const rmsBack: Backward = (node, [g]) => {
  const { dims, numbers } = node.context as { dims: readonly number[]; numbers: readonly number[] };
  const x = node.savedTensor(0);
  const grad = g as Tensor;
  if (!isRecording()) return [rmsBackFold([x, grad], dims, numbers)];
  const over = { keepdim: true } as const;
  const scale = rsqrt(add(mean(square(x), dims, over), numbers[1]));
  const y = mul(x, scale);
  return [mul(scale, sub(grad, mul(y, mean(mul(grad, y), dims, over))))];
};

/** Machine epsilon of the dtype that a normalization computes in. */
const epsilonOf = (x: Tensor): number => (x.dtype === 'float64' ? 2 ** -52 : 2 ** -23);

function rmsNormOf(
  x: Tensor,
  normalizedShape: Shape,
  weight: Tensor | null = null,
  options: { eps?: number | null } = {},
): Tensor {
  checkFloat('rmsNorm', x);
  const dims = normalizedDims('rmsNorm', x, normalizedShape, { weight });
  const eps = options.eps ?? epsilonOf(x);
  const out = normalized(x, [weight], (wide, w) =>
    scaleAndShift(divideByRms(wide, dims, eps), w, null),
  );
  return x.requiresGrad && isHalf(x.dtype) ? alsoSaving(out, weight) : out;
}

/**
 * Root mean square normalization over the last dimensions (PyTorch: `F.rms_norm`; Zhang & Sennrich 2019).
 *
 * @param normalizedShape the sizes of those dimensions.
 * @param weight of that shape, or null.
 * @param options `eps`: added to the mean square; null, which is the default, stands for 2⁻²³, and 2⁻⁵² in float64.
 * @throws ShapeError if the shapes do not fit.
 * @example rmsNorm(tensor([[3, 4]]), [2]) // tensor([[0.8485, 1.1314]])
 */
export const rmsNorm = /*#__PURE__*/ callable(
  'rmsNorm',
  rmsNormOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('normalizedShape', kinds.list),
    /*#__PURE__*/ may('weight', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
  ],
  { eps: /*#__PURE__*/ kinds.orNull(kinds.number) },
);
