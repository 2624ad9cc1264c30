// A schedule that waits until a metric gets no better.
import {
  FormatError,
  type GivenTo,
  kinds,
  may,
  need,
  needValues,
  Tensor,
  takes,
  ValueError,
} from '@dl/core/functional';
import { belowOne, finite, hold, rates } from '../argument-kinds.js';
import { LRScheduler, optimizerKind, perGroup, type Scheduled } from './scheduler.js';

/** Options of `ReduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions {
  /** Whether the metric is to fall or to rise. Default: 'min'. */
  mode?: 'min' | 'max';
  /** What the rate is multiplied by; below 1. Default: 0.1. */
  factor?: number;
  /** How many epochs without a better metric are let pass. Default: 10. */
  patience?: number;
  /** By how much a better metric must be better. Default: 1e-4. */
  threshold?: number;
  /** Whether `threshold` is a part of the best metric, or a difference to it. Default: 'rel'. */
  thresholdMode?: 'rel' | 'abs';
  /** How many epochs after a reduction are not counted. Default: 0. */
  cooldown?: number;
  /** Lowest rate, or one for each group. Default: 0. */
  minLr?: number | readonly number[];
  /** Reductions by no more than this are left out. Default: 1e-8. */
  eps?: number;
}

const modes = /*#__PURE__*/ kinds.oneOf('min', 'max');
const thresholdModes = /*#__PURE__*/ kinds.oneOf('rel', 'abs');

const measured = /*#__PURE__*/ takes<[metrics: number | Tensor, epoch?: number]>()(
  'ReduceLROnPlateau.step',
  [
    /*#__PURE__*/ need('metrics', {
      words: 'a number or a tensor of one element',
      is: (x): x is number | Tensor =>
        typeof x === 'number' || (x instanceof Tensor && x.count === 1),
    }),
    /*#__PURE__*/ may('epoch', kinds.number),
  ],
  {},
);

const plateau = /*#__PURE__*/ takes<[optimizer: Scheduled, options?: ReduceLROnPlateauOptions]>()(
  'ReduceLROnPlateau',
  [/*#__PURE__*/ need('optimizer', optimizerKind)],
  {
    mode: modes,
    factor: belowOne,
    patience: finite,
    threshold: finite,
    thresholdMode: thresholdModes,
    cooldown: finite,
    minLr: rates,
    eps: finite,
  },
);

/**
 * Times `factor` when a metric has not got better for a while (PyTorch:
 * `optim.lr_scheduler.ReduceLROnPlateau`).
 *
 * @throws ValueError for a factor of 1 or more, an unknown mode, and another number of `minLr` than
 * groups.
 * @example
 * const scheduler = new ReduceLROnPlateau(optimizer, { mode: 'max', patience: 5 });
 * scheduler.step(accuracy);
 */
export class ReduceLROnPlateau extends LRScheduler {
  declare readonly factor: number;
  declare readonly patience: number;
  declare readonly cooldown: number;
  declare readonly eps: number;
  declare readonly mode: 'min' | 'max';
  declare readonly threshold: number;
  declare readonly thresholdMode: 'rel' | 'abs';
  /** The best metric so far. */
  declare best: number;
  /** How many epochs it has not got better for. */
  declare numBadEpochs: number;
  declare cooldownCounter: number;
  /** The lowest rate of each group. */
  declare minLrs: number[];
  declare protected readonly defaultMinLr: number | null;
  declare protected modeWorse: number;

  constructor(...given: GivenTo<typeof plateau>) {
    const [optimizer, options = {}] = plateau.take(given);
    const name = 'ReduceLROnPlateau';
    const { mode = 'min', factor = 0.1, patience = 10, threshold = 1e-4, eps = 1e-8 } = options;
    const { thresholdMode = 'rel', cooldown = 0, minLr = 0 } = options;
    const minLrs = perGroup(name, 'minLr', optimizer, minLr);
    const defaultMinLr = Array.isArray(minLr) ? null : minLr;
    super(optimizer, {
      factor,
      defaultMinLr,
      minLrs,
      patience,
      cooldown,
      eps,
      mode,
      threshold,
      thresholdMode,
    });
  }

  protected override begin(): void {
    this.lastEpoch = 0;
    this.lastLr = this.current();
    this.modeWorse = this.mode === 'min' ? Infinity : -Infinity;
    this.best = this.modeWorse;
    this.cooldownCounter = 0;
    this.numBadEpochs = 0;
  }

  /**
   * Looks at the metric of an epoch and reduces the rates if it is time (PyTorch: `step`).
   *
   * @param metrics a number, or a tensor of one element; only the base lets it be left out.
   * @param epoch the epoch that it is of; deprecated in PyTorch.
   * @throws ValueError for what is not a number; DeviceError for a tensor on another device than the CPU.
   */
  override step(...given: [metrics?: number | Tensor, epoch?: number]): void {
    const [metrics, epoch] = measured.take(given as [metrics: number | Tensor, epoch?: number]);
    if (metrics instanceof Tensor) {
      needValues('ReduceLROnPlateau.step', metrics, 'step((await metrics.cpu()).item())');
    }
    const current = metrics instanceof Tensor ? Number(metrics.item()) : metrics;
    this.lastEpoch = epoch ?? this.lastEpoch + 1;
    if (this.isBetter(current)) {
      this.best = current;
      this.numBadEpochs = 0;
    } else {
      this.numBadEpochs += 1;
    }
    if (this.cooldownCounter > 0) {
      this.cooldownCounter -= 1;
      this.numBadEpochs = 0;
    }
    if (this.numBadEpochs > this.patience) {
      this.reduce();
      this.cooldownCounter = this.cooldown;
      this.numBadEpochs = 0;
    }
    this.lastLr = this.current();
  }

  protected override loaded(dict: Record<string, unknown>): Record<string, unknown> {
    const out = super.loaded(dict);
    const name = 'ReduceLROnPlateau.loadStateDict';
    try {
      const { mode, thresholdMode: threshold_mode } = out;
      hold(name, { mode, threshold_mode }, { mode: modes, threshold_mode: thresholdModes });
    } catch (error) {
      throw new FormatError((error as Error).message);
    }
    return out;
  }

  private isBetter(metric: number): boolean {
    const { best, threshold, thresholdMode, mode } = this;
    if (mode === 'min') {
      return metric < (thresholdMode === 'rel' ? best * (1 - threshold) : best - threshold);
    }
    return metric > (thresholdMode === 'rel' ? best * (threshold + 1) : best + threshold);
  }

  private reduce(): void {
    const { groups } = this;
    if (groups.length !== this.minLrs.length) {
      if (this.defaultMinLr === null) {
        throw new ValueError(
          `ReduceLROnPlateau: there are ${this.minLrs.length} lowest rates, the optimizer now has ${groups.length} parameter groups; change minLrs`,
        );
      }
      this.minLrs = groups.map(() => this.defaultMinLr as number);
    }
    groups.forEach((group, i) => {
      const reduced = Math.max(group.lr * this.factor, this.minLrs[i]);
      if (group.lr - reduced > this.eps) group.lr = reduced;
    });
  }
}
