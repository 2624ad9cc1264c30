// What normalizations of channels share: weight, bias and running statistics of each channel.
import { kinds, may, need, ones, type Tensor, takes, zeros } from '@dl/core/functional';
import { newAffine, resetAffine } from './affine.js';
import { checkSize, type FactoryOptions, factory, factoryKinds } from './arguments.js';
import type { Config } from './config.js';
import { ones_, zeros_ } from './init.js';
import { classNameOf, OPTIONAL } from './members.js';
import { Module } from './module.js';
import type { Parameter } from './parameter.js';
import { pyBool, pyFloat } from './python-format.js';

/** Options other than `eps` and `momentum`. */
export interface ChannelNormOptions extends FactoryOptions {
  affine?: boolean;
  trackRunningStats?: boolean;
  bias?: boolean;
}

/** The arguments of such a layer's constructor. */
export const channelNormTakes = (name: string) =>
  takes<
    [numFeatures: number, eps?: number, momentum?: number | null, options?: ChannelNormOptions]
  >()(
    name,
    [
      /*#__PURE__*/ need('numFeatures', kinds.integer),
      /*#__PURE__*/ may('eps', kinds.number),
      /*#__PURE__*/ may('momentum', /*#__PURE__*/ kinds.orNull(kinds.number)),
    ],
    {
      affine: kinds.boolean,
      trackRunningStats: kinds.boolean,
      ...factoryKinds,
      bias: kinds.boolean,
    },
  );

/** A layer with a weight, a bias and running statistics for each channel. */
export abstract class ChannelNorm extends Module<[Tensor], Tensor> {
  readonly numFeatures: number;
  readonly eps: number;
  momentum: number | null;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;
  weight: Parameter | null;
  bias: Parameter | null;
  runningMean: Tensor | null;
  runningVar: Tensor | null;
  /** The number of batches in the running statistics, int64. */
  numBatchesTracked: Tensor | null;

  /** @internal */
  constructor(
    numFeatures: number,
    eps = 1e-5,
    momentum: number | null = 0.1,
    options: ChannelNormOptions & { affine: boolean; trackRunningStats: boolean },
  ) {
    super();
    const { affine, trackRunningStats } = options;
    this.numFeatures = checkSize(classNameOf(this), 'numFeatures', numFeatures);
    this.eps = eps;
    this.momentum = momentum;
    this.affine = affine;
    this.trackRunningStats = trackRunningStats;
    const made = factory(classNameOf(this), options);
    const { weight, bias } = newAffine([numFeatures], { affine, bias: options.bias }, made);
    this.weight = weight;
    this.bias = bias;
    const track = trackRunningStats;
    const buffer = (name: string, value: Tensor | null) => this.registerBuffer(name, value);
    this.runningMean = buffer('runningMean', track ? zeros([numFeatures], made) : null);
    this.runningVar = buffer('runningVar', track ? ones([numFeatures], made) : null);
    const { device } = options;
    const count = { dtype: 'int64', ...(device !== undefined && { device }) } as const;
    this.numBatchesTracked = buffer('numBatchesTracked', track ? zeros([], count) : null);
  }

  /** @internal State dicts from before PyTorch 0.4.1 have no count. The module then keeps its own, as in PyTorch. */
  get [OPTIONAL](): readonly string[] {
    return ['num_batches_tracked'];
  }

  /** Resets the running statistics (PyTorch: `reset_running_stats`). */
  resetRunningStats(): void {
    if (this.runningMean !== null) zeros_(this.runningMean);
    if (this.runningVar !== null) ones_(this.runningVar);
    if (this.numBatchesTracked !== null) zeros_(this.numBatchesTracked);
  }

  /** Resets the running statistics, the weight to 1 and the bias to 0 (PyTorch: `reset_parameters`). */
  resetParameters(): void {
    this.resetRunningStats();
    resetAffine(this);
  }

  override extraRepr(): string {
    const momentum = this.momentum === null ? 'None' : pyFloat(this.momentum);
    return `${this.numFeatures}, eps=${pyFloat(this.eps)}, momentum=${momentum}, affine=${pyBool(this.affine)}, bias=${pyBool(this.bias !== null)}, track_running_stats=${pyBool(this.trackRunningStats)}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return {
      num_features: this.numFeatures,
      eps: this.eps,
      momentum: this.momentum,
      affine: this.affine,
      track_running_stats: this.trackRunningStats,
      bias: this.bias !== null || !this.affine,
    };
  }
}
