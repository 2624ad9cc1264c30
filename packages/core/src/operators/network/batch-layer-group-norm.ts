// Normalization by mean and variance: batch, layer and group normalization.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { isRecording, unrecorded } from '../../autograd/mode.js';
import type { Backward } from '../../autograd/node.js';
import { dtypes, isFloat } from '../../dtype.js';
import { AutogradError, DTypeError, ShapeError, ValueError } from '../../errors.js';
import * as s from '../../scalar/language.js';
import { numelOf, type Shape, sameShape, show } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { cast } from '../create/to-clone.js';
import { add, mul, square, sub } from '../elementwise/arithmetic.js';
import { rsqrt } from '../elementwise/math.js';
import { defineFold, type FoldSpec } from '../machinery/fold.js';
import { inFloat32, isHalf } from '../machinery/half-types.js';
import { assign } from '../machinery/inplace.js';
import { owned } from '../machinery/map-reduce.js';
import { alsoSaving, record } from '../machinery/record.js';
import { mean } from '../reduce/sum-mean.js';
import { variance } from '../reduce/var-std.js';
import { reshape } from '../view/views.js';

export function checkFloat(operator: string, x: Tensor): void {
  checkTensor(operator, x);
  if (!isFloat(x.dtype)) {
    throw new DTypeError(
      `${operator}: takes floating-point tensors, got ${x.dtype}; use x.to('float32')`,
    );
  }
}

const meanAndSpread = [
  { reducer: 'sum', of: ([x]) => x },
  { reducer: null, of: ([total], [count]) => s.div(total, count) },
  {
    reducer: 'sum',
    of: ([x], [, mean]) => {
      const centered = s.sub(x, mean);
      return s.mul(centered, centered);
    },
  },
  {
    reducer: null,
    of: ([, , squares], [count, eps]) => s.div(1, s.sqrt(s.add(s.div(squares, count), eps))),
  },
] satisfies FoldSpec['find'];

const standardizeFold = /*#__PURE__*/ defineFold('standardize', {
  find: meanAndSpread,
  give: ([x], [, mean, , scale]) => s.mul(s.sub(x, mean), scale),
  numbers: 2,
});

// With y the result: scale · (g - mean(g) - y · mean(g·y)).
const standardizeBackFold = /*#__PURE__*/ defineFold('standardize', {
  first: meanAndSpread,
  find: [
    { reducer: 'sum', of: ([, g]) => g },
    { reducer: null, of: (found, [count]) => s.div(found[4], count) },
    {
      reducer: 'sum',
      of: ([x, g], found) => s.mul(g, s.mul(s.sub(x, found[1]), found[3])),
    },
    { reducer: null, of: (found, [count]) => s.div(found[6], count) },
  ],
  give: ([x, g], [, mean, , scale, , meanG, , meanGY]) => {
    const y = s.mul(s.sub(x, mean), scale);
    return s.mul(scale, s.sub(s.sub(g, meanG), s.mul(y, meanGY)));
  },
  numbers: 2,
});

/** `(x - mean) / √(variance + eps)` over some dimensions. */
export function standardize(x: Tensor, dims: readonly number[], eps: number): Tensor {
  const numbers = [dims.reduce((n, d) => n * x.shape[d], 1), eps];
  const out = standardizeFold([x], dims, numbers);
  return record('standardize', out, [x], standardizeBack, [x], { dims, numbers });
}

const standardizeBack: Backward = (node, [g]) => {
  const { dims, numbers } = node.context as { dims: readonly number[]; numbers: readonly number[] };
  const x = node.savedTensor(0);
  const grad = g as Tensor;
  if (!isRecording()) return [standardizeBackFold([x, grad], dims, numbers)];
  const over = { keepdim: true } as const;
  const centered = sub(x, mean(x, dims, over));
  const scale = rsqrt(add(mean(square(centered), dims, over), numbers[1]));
  const y = mul(centered, scale);
  const rest = sub(sub(grad, mean(grad, dims, over)), mul(y, mean(mul(grad, y), dims, over)));
  return [mul(scale, rest)];
};

/** `x · weight + bias`, if they are given. */
export function scaleAndShift(x: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor {
  const scaled = weight === null ? x : mul(x, weight);
  return bias === null ? scaled : add(scaled, bias);
}

/**
 * Runs a normalization: half types are computed in float32, and the result has the dtype of `x`, even if a half input
 * has float32 parameters.
 */
export function normalized<T extends readonly (Tensor | null)[]>(
  x: Tensor,
  parameters: readonly [...T],
  compute: (x: Tensor, ...parameters: T) => Tensor,
): Tensor {
  return cast(inFloat32([x, ...parameters], compute), x.dtype);
}

/**
 * Throws if parameters or statistics have another dtype than the input; with a half input all of them may be float32.
 */
export function sameTypeAs(
  operator: string,
  x: Tensor,
  parameters: readonly (Tensor | null)[],
): void {
  const given = parameters.filter((p) => p !== null);
  const wide = isHalf(x.dtype) && given[0]?.dtype === 'float32';
  const wanted = wide ? 'float32' : x.dtype;
  const other = given.find((p) => p.dtype !== wanted);
  if (other === undefined) return;
  throw new DTypeError(
    `${operator}: the input is ${x.dtype} and a parameter ${other.dtype}; all parameters must be ${x.dtype}` +
      `${isHalf(x.dtype) ? ', or all float32' : ''}; convert with p.to('${x.dtype}')`,
  );
}

/**
 * Checks the last dimensions, which must have the sizes in `normalizedShape`, and the parameters, which must have that
 * shape.
 */
export function normalizedDims(
  operator: string,
  x: Tensor,
  normalizedShape: Shape,
  parameters: Readonly<Record<string, Tensor | null>>,
): readonly number[] {
  const tail = x.shape.slice(x.ndim - normalizedShape.length);
  if (normalizedShape.length === 0 || !sameShape(tail, normalizedShape)) {
    throw new ShapeError(
      `${operator}: the last dimensions of ${show(x.shape)} must equal normalizedShape ${show(normalizedShape)}`,
    );
  }
  for (const [name, p] of Object.entries(parameters)) {
    if (p !== null && !sameShape(p.shape, normalizedShape)) {
      throw new ShapeError(
        `${operator}: ${name} must have shape ${show(normalizedShape)}, got ${show(p.shape)}`,
      );
    }
  }
  return normalizedShape.map((_, i) => x.ndim - normalizedShape.length + i);
}

function layerNormOf(
  x: Tensor,
  normalizedShape: Shape,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  options: { eps?: number } = {},
): Tensor {
  checkFloat('layerNorm', x);
  const dims = normalizedDims('layerNorm', x, normalizedShape, { weight, bias });
  sameTypeAs('layerNorm', x, [weight, bias]);
  const out = normalized(x, [weight, bias], (wide, w, b) =>
    scaleAndShift(standardize(wide, dims, options.eps ?? 1e-5), w, b),
  );
  return alsoSaving(out, x, weight, bias);
}

/**
 * Layer normalization over the last dimensions (PyTorch: `F.layer_norm`; Ba et al. 2016).
 *
 * @param normalizedShape the sizes of those dimensions.
 * @param weight, bias of that shape, or null.
 * @param options `eps`: 1e-5.
 * @throws ShapeError if the shapes do not fit; DTypeError if the dtypes differ (with a half `x`, parameters may be
 *   float32).
 * @example layerNorm(tensor([[1, 2, 3]]), [3]) // tensor([[-1.2247, 0.0000, 1.2247]])
 */
export const layerNorm = /*#__PURE__*/ callable(
  'layerNorm',
  layerNormOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('normalizedShape', kinds.list),
    /*#__PURE__*/ may('weight', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
    /*#__PURE__*/ may('bias', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
  ],
  { eps: kinds.number },
);

function groupNormOf(
  x: Tensor,
  numGroups: number,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  options: { eps?: number } = {},
): Tensor {
  checkFloat('groupNorm', x);
  const channels = x.shape[1];
  if (
    channels === undefined ||
    !Number.isInteger(numGroups) ||
    numGroups < 1 ||
    channels % numGroups !== 0
  ) {
    throw new ShapeError(
      `groupNorm: the channels of shape ${show(x.shape)} must be divisible by numGroups ${numGroups}`,
    );
  }
  const each = (x.shape[0] * channels) / numGroups;
  if (x.shape.slice(2).reduce((n, size) => n * size, each) === 1) {
    throw new ValueError(
      `groupNorm: a group needs more than one value, the input has shape ${show(x.shape)}; use layerNorm()`,
    );
  }
  const factors = [channelwise('groupNorm', weight, x), channelwise('groupNorm', bias, x)] as const;
  sameTypeAs('groupNorm', x, factors);
  const normal = normalized(x, factors, (wide, w, b) => {
    const groups = [x.shape[0], numGroups, numelOf(x.shape) === 0 ? 0 : -1];
    const out = standardize(reshape(wide, groups), [2], options.eps ?? 1e-5);
    return scaleAndShift(owned(reshape(out, x.shape)), w, b);
  });
  return alsoSaving(normal, x, weight);
}

/**
 * Group normalization over groups of channels (PyTorch: `F.group_norm`; Wu & He 2018).
 *
 * @param x `[n, channels, …]`
 * @param weight, bias `[channels]`, or null.
 * @throws ShapeError if the number of channels is not divisible by `numGroups`; DTypeError if the dtypes differ (with a
 *   half `x`, parameters may be float32).
 * @example groupNorm(randn([2, 6, 4]), 3).shape // [2, 6, 4]
 */
export const groupNorm = /*#__PURE__*/ callable(
  'groupNorm',
  groupNormOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('numGroups', kinds.integer),
    /*#__PURE__*/ may('weight', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
    /*#__PURE__*/ may('bias', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
  ],
  { eps: kinds.number },
);

/**
 * The running mean and variance, or null if there are none. Before any of them is changed, throws for those that do not
 * fit the channels or that require gradients.
 */
export function runningOf(
  operator: string,
  x: Tensor,
  mean: Tensor | null,
  variance: Tensor | null,
  changed: boolean,
): readonly [mean: Tensor, variance: Tensor] | null {
  if (mean === null && variance === null) return null;
  if (mean === null || variance === null) {
    throw new ValueError(
      `${operator}: runningMean and runningVar must both be given or both be null, got only ${mean === null ? 'runningVar' : 'runningMean'}`,
    );
  }
  for (const running of [mean, variance]) {
    checkFloat(operator, running);
    channelwise(operator, running, x);
    if (running.requiresGrad && isRecording()) {
      throw new AutogradError(
        `${operator}: running statistics must not require gradients${changed ? ', and are changed in place' : ''}; use detach()`,
      );
    }
  }
  return [mean, variance];
}

/** One value for each channel, shaped to broadcast along the other dimensions. */
export function channelwise(operator: string, p: Tensor | null, x: Tensor): Tensor | null {
  if (p === null) return null;
  if (p.ndim !== 1 || p.shape[0] !== x.shape[1]) {
    throw new ShapeError(
      `${operator}: expected one value for each of the ${x.shape[1]} channels, got shape ${show(p.shape)}`,
    );
  }
  return reshape(p, [-1, ...x.shape.slice(2).map(() => 1)]);
}

/** Options of `batchNorm`. */
export interface BatchNormOptions {
  /** Use the batch statistics, and update the running ones. Default: false. */
  training?: boolean;
  /** Weight of the new statistics in the running ones. Default: 0.1. */
  momentum?: number;
  /** Default: 1e-5. */
  eps?: number;
}

function batchNormOf(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  options: BatchNormOptions = {},
): Tensor {
  checkFloat('batchNorm', x);
  if (x.ndim < 2)
    throw new ShapeError(`batchNorm: expected [n, channels, …], got shape ${show(x.shape)}`);
  const { training = false, momentum = 0.1, eps = 1e-5 } = options;
  const running = runningOf('batchNorm', x, runningMean, runningVar, training);
  const dims = x.shape.map((_, d) => d).filter((d) => d !== 1);
  const [w, b] = [channelwise('batchNorm', weight, x), channelwise('batchNorm', bias, x)];
  sameTypeAs('batchNorm', x, [...(running ?? []), w, b]);
  if (!training) {
    if (running === null) {
      throw new ValueError('batchNorm: without training, runningMean and runningVar are required');
    }
    return withStatistics('batchNorm', x, running, w, b, eps);
  }
  const count = dims.reduce((n, d) => n * x.shape[d], 1);
  if (count === 1) {
    throw new ValueError(
      `batchNorm: training needs more than one value for each channel, got an input of shape ${show(x.shape)}; use eval()`,
    );
  }
  if (running !== null && count > 0) {
    unrecorded(() => {
      const data = cast(x.detach(), dtypes[x.dtype].compute);
      follow(running[0], mean(data, dims), momentum);
      follow(running[1], variance(data, dims), momentum);
    });
  }
  const out = normalized(x, [w, b], (wide, weights, biases) =>
    scaleAndShift(standardize(wide, dims, eps), weights, biases),
  );
  return alsoSaving(out, x, weight);
}

/** Normalizes by a given mean and variance of each channel; weight and bias are shaped to broadcast. */
export function withStatistics(
  operator: string,
  x: Tensor,
  [mean, variance]: readonly [Tensor, Tensor],
  weight: Tensor | null,
  bias: Tensor | null,
  eps: number,
): Tensor {
  const center = channelwise(operator, mean, x) as Tensor;
  const spread = channelwise(operator, variance, x) as Tensor;
  const out = normalized(x, [center, spread, weight, bias], (wide, m, v, w, b) =>
    scaleAndShift(mul(sub(wide, m), rsqrt(add(v, eps))), w, b),
  );
  return alsoSaving(out, x, weight, mean, variance);
}

/**
 * Batch normalization over all dimensions except the channels (PyTorch: `F.batch_norm`; Ioffe & Szegedy 2015). In
 * training the running statistics are updated in place, with the unbiased variance.
 *
 * @param x `[n, channels, …]`
 * @param runningMean, runningVar `[channels]`; null in training without running statistics.
 * @throws ValueError in training with a single value for each channel, and for one running statistic without the other;
 *   DTypeError if the dtypes differ (with a half `x`, the others may be float32).
 * @example batchNorm(randn([8, 3]), null, null, null, null, { training: true }).shape // [8, 3]
 */
export const batchNorm = /*#__PURE__*/ callable(
  'batchNorm',
  batchNormOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('runningMean', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
    /*#__PURE__*/ need('runningVar', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
    /*#__PURE__*/ may('weight', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
    /*#__PURE__*/ may('bias', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
  ],
  { training: kinds.boolean, momentum: kinds.number, eps: kinds.number },
);

/** Moves a running statistic towards a batch's value. */
export function follow(running: Tensor, seen: Tensor, momentum: number): void {
  mul.operator.applyInPlace([running, 1 - momentum]);
  assign('add_', running, add(running, seen, { alpha: momentum }));
}
