// BatchNorm1d, BatchNorm2d and GroupNorm.

import {
  add,
  batchNorm,
  copy_,
  type GivenTo,
  groupNorm,
  kinds,
  may,
  mul,
  need,
  noGrad,
  reciprocal,
  ShapeError,
  sub,
  type Tensor,
  takes,
  ValueError,
  zerosLike,
} from '@dl/core/functional';
import { newAffine, resetAffine } from './affine.js';
import { checkSize, type FactoryOptions, factory, factoryKinds, input } from './arguments.js';
import { ChannelNorm, type ChannelNormOptions, channelNormTakes } from './channel-norm.js';
import type { Config } from './config.js';
import { classNameOf } from './members.js';
import { Module } from './module.js';
import type { Parameter } from './parameter.js';
import { pyBool, pyFloat } from './python-format.js';

/** Options of the batch normalizations. */
export interface BatchNormLayerOptions extends FactoryOptions {
  /** Added to the variance. Default: 1e-5. */
  eps?: number;
  /** Weight of the batch statistics in the running statistics; null averages over all batches. Default: 0.1. */
  momentum?: number | null;
  /** Learn a weight and a bias for each channel. Default: true. */
  affine?: boolean;
  /** Keep running statistics, used after `eval()`. Default: true. */
  trackRunningStats?: boolean;
  /** With `affine`: learn the bias too. Default: true. */
  bias?: boolean;
}

/** Base of the batch normalizations. */
abstract class BatchNorm extends ChannelNorm {
  /** @internal */
  constructor(
    numFeatures: number,
    eps?: number,
    momentum?: number | null,
    { affine = true, trackRunningStats = true, ...more }: ChannelNormOptions = {},
  ) {
    super(numFeatures, eps, momentum, { affine, trackRunningStats, ...more });
  }

  protected abstract checkInput(x: Tensor): void;

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    this.checkInput(x);
    if (x.shape[1] !== this.numFeatures) {
      throw new ShapeError(
        `${classNameOf(this)}: expected ${this.numFeatures} channels in dimension 1, got shape [${x.shape.join(', ')}]`,
      );
    }
    const { runningMean, runningVar, numBatchesTracked, weight, bias, eps } = this;
    const training = this.training || (runningMean === null && runningVar === null);
    const normalize = (mean: Tensor | null, variance: Tensor | null, momentum: number): Tensor =>
      batchNorm(x, mean, variance, weight, bias, { training, momentum, eps });
    if (this.training && !this.trackRunningStats) return normalize(null, null, 0);
    const count = this.training ? numBatchesTracked : null;
    if (count !== null) copy_(count, add(count.detach(), 1));
    if (this.momentum !== null || count === null || runningMean === null || runningVar === null) {
      return normalize(runningMean, runningVar, this.momentum ?? 0);
    }
    // The weight of the batch depends on the count, which is not read back from the device. A momentum of 1 gives the
    // statistics of the batch alone.
    const [mean, variance] = [zerosLike(runningMean), zerosLike(runningVar)];
    const out = normalize(mean, variance, 1);
    noGrad(() => {
      const share = reciprocal(count.to(runningMean.dtype === 'float64' ? 'float64' : 'float32'));
      const others = sub(1, share);
      copy_(runningMean, add(mul(runningMean, others), mul(mean, share)));
      copy_(runningVar, add(mul(runningVar, others), mul(variance, share)));
    });
    return out;
  }
}

const batchNorm1dTakes = /*#__PURE__*/ channelNormTakes('BatchNorm1d');

/**
 * Normalizes each channel over the batch (Ioffe & Szegedy 2015; PyTorch: `nn.BatchNorm1d`). During
 * training it uses batch statistics and updates the running statistics, which it uses after `eval()`.
 *
 * Shapes: input `[n, numFeatures]` or `[n, numFeatures, length]`.
 *
 * @throws ShapeError for a wrong rank or number of channels; ValueError when training on a single value.
 * @example new BatchNorm1d(8).forward(randn([32, 8])).shape // [32, 8]
 */
export class BatchNorm1d extends BatchNorm {
  constructor(...given: GivenTo<typeof batchNorm1dTakes>) {
    super(...batchNorm1dTakes.take(given));
  }

  protected override checkInput(x: Tensor): void {
    if (x.ndim !== 2 && x.ndim !== 3) {
      throw new ShapeError(
        `BatchNorm1d: expected [n, channels] or [n, channels, length], got shape [${x.shape.join(', ')}]`,
      );
    }
  }
}

const batchNorm2dTakes = /*#__PURE__*/ channelNormTakes('BatchNorm2d');

/**
 * Normalizes each channel over the batch and the image (Ioffe & Szegedy 2015; PyTorch:
 * `nn.BatchNorm2d`). During training it uses batch statistics and updates the running statistics, which it
 * uses after `eval()`.
 *
 * Shapes: input `[n, numFeatures, height, width]`.
 *
 * @throws ShapeError for a wrong rank or number of channels; ValueError when training on a single value.
 * @example new BatchNorm2d(3).forward(randn([4, 3, 8, 8])).shape // [4, 3, 8, 8]
 */
export class BatchNorm2d extends BatchNorm {
  constructor(...given: GivenTo<typeof batchNorm2dTakes>) {
    super(...batchNorm2dTakes.take(given));
  }

  protected override checkInput(x: Tensor): void {
    if (x.ndim !== 4) {
      throw new ShapeError(
        `BatchNorm2d: expected [n, channels, height, width], got shape [${x.shape.join(', ')}]`,
      );
    }
  }
}

/** Options of `GroupNorm`. */
export interface GroupNormOptions extends FactoryOptions {
  /** Added to the variance. Default: 1e-5. */
  eps?: number;
  /** Learn a weight and a bias for each channel. Default: true. */
  affine?: boolean;
  /** With `affine`: learn the bias too. Default: true. */
  bias?: boolean;
}

const groupNormTakes = /*#__PURE__*/ (() =>
  takes<
    [numGroups: number, numChannels: number, eps?: number, options?: Omit<GroupNormOptions, 'eps'>]
  >()(
    'GroupNorm',
    [
      /*#__PURE__*/ need('numGroups', kinds.integer),
      /*#__PURE__*/ need('numChannels', kinds.integer),
      /*#__PURE__*/ may('eps', kinds.number),
    ],
    { affine: kinds.boolean, ...factoryKinds, bias: kinds.boolean },
  ))();

/**
 * Normalizes over groups of channels (Wu & He 2018; PyTorch: `nn.GroupNorm`).
 *
 * Shapes: input `[n, numChannels, …]`.
 *
 * @throws ValueError if the channels are not divisible by the groups.
 * @example new GroupNorm(3, 6).forward(randn([2, 6, 4])).shape // [2, 6, 4]
 */
export class GroupNorm extends Module<[Tensor], Tensor> {
  readonly numGroups: number;
  readonly numChannels: number;
  readonly eps: number;
  readonly affine: boolean;
  weight: Parameter | null;
  bias: Parameter | null;

  constructor(...given: GivenTo<typeof groupNormTakes>) {
    super();
    const [numGroups, numChannels, eps = 1e-5, options = {}] = groupNormTakes.take(given);
    this.numGroups = checkSize('GroupNorm', 'numGroups', numGroups, 1);
    this.numChannels = checkSize('GroupNorm', 'numChannels', numChannels);
    if (numChannels % numGroups !== 0) {
      throw new ValueError(
        `GroupNorm: numChannels must be divisible by numGroups, got ${numChannels} and ${numGroups}`,
      );
    }
    this.eps = eps;
    this.affine = options.affine ?? true;
    const made = newAffine(
      [numChannels],
      { affine: this.affine, bias: options.bias },
      factory('GroupNorm', options),
    );
    this.weight = made.weight;
    this.bias = made.bias;
    this.resetParameters();
  }

  /** Resets the weight to 1 and the bias to 0 (PyTorch: `reset_parameters`). */
  resetParameters(): void {
    resetAffine(this);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return groupNorm(x, this.numGroups, this.weight, this.bias, { eps: this.eps });
  }

  override extraRepr(): string {
    return `${this.numGroups}, ${this.numChannels}, eps=${pyFloat(this.eps)}, affine=${pyBool(this.affine)}, bias=${pyBool(this.bias !== null)}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return {
      num_groups: this.numGroups,
      num_channels: this.numChannels,
      eps: this.eps,
      affine: this.affine,
      bias: this.bias !== null || !this.affine,
    };
  }
}
