// Instance normalization: each channel of each sample.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { unrecorded } from '../../autograd/mode.js';
import { ShapeError, ValueError } from '../../errors.js';
import { numelOf, show } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { alsoSaving } from '../machinery/record.js';
import { mean } from '../reduce/sum-mean.js';
import { variance } from '../reduce/var-std.js';
import {
  channelwise,
  checkFloat,
  follow,
  normalized,
  runningOf,
  sameTypeAs,
  scaleAndShift,
  standardize,
  withStatistics,
} from './batch-layer-group-norm.js';

/** Options of `instanceNorm`. */
export interface InstanceNormOptions {
  /** Use each sample's own statistics, and update the running ones; otherwise use the running ones. Default: true. */
  useInputStats?: boolean;
  /** Weight of the new statistics in the running ones. Default: 0.1. */
  momentum?: number;
  /** Default: 1e-5. */
  eps?: number;
}

function instanceNormOf(
  x: Tensor,
  runningMean: Tensor | null = null,
  runningVar: Tensor | null = null,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  options: InstanceNormOptions = {},
): Tensor {
  checkFloat('instanceNorm', x);
  if (x.ndim < 2) {
    throw new ShapeError(`instanceNorm: expected [n, channels, …], got shape ${show(x.shape)}`);
  }
  const { useInputStats = true, momentum = 0.1, eps = 1e-5 } = options;
  const running = runningOf('instanceNorm', x, runningMean, runningVar, useInputStats);
  const [w, b] = [channelwise('instanceNorm', weight, x), channelwise('instanceNorm', bias, x)];
  sameTypeAs('instanceNorm', x, [...(running ?? []), w, b]);
  if (!useInputStats) {
    if (running === null) {
      throw new ValueError(
        'instanceNorm: with useInputStats: false, runningMean and runningVar are required',
      );
    }
    return withStatistics('instanceNorm', x, running, w, b, eps);
  }
  if (numelOf(x.shape.slice(2)) === 1) {
    throw new ValueError(
      `instanceNorm: needs more than one value for each channel of a sample, got an input of shape ${show(x.shape)}`,
    );
  }
  const dims = x.shape.map((_, d) => d).slice(2);
  if (running !== null && numelOf(x.shape.slice(2)) > 0) {
    unrecorded(() => {
      const data = x.detach();
      follow(running[0], mean(mean(data, dims), 0), momentum);
      follow(running[1], mean(variance(data, dims), 0), momentum);
    });
  }
  const out = normalized(x, [w, b], (wide, weights, biases) =>
    scaleAndShift(standardize(wide, dims, eps), weights, biases),
  );
  return alsoSaving(out, x);
}

/**
 * Instance normalization over all dimensions except the samples and the channels (PyTorch: `F.instance_norm`; Ulyanov
 * et al. 2016). Running statistics, if given, are updated in place with the means over the samples, with the unbiased
 * variance.
 *
 * @param x `[n, channels, …]`
 * @param runningMean, runningVar, weight, bias `[channels]`, or null.
 * @throws ValueError for a single value in each channel, or one running statistic without the other; ShapeError if the
 *   shapes do not fit; DTypeError if the dtypes differ (with a half `x`, the others may be float32).
 * @example instanceNorm(randn([8, 3, 5, 5])).shape // [8, 3, 5, 5]
 */
export const instanceNorm = /*#__PURE__*/ callable(
  'instanceNorm',
  instanceNormOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may('runningMean', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
    /*#__PURE__*/ may('runningVar', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
    /*#__PURE__*/ may('weight', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
    /*#__PURE__*/ may('bias', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
  ],
  { useInputStats: kinds.boolean, momentum: kinds.number, eps: kinds.number },
);
