// ReduceLROnPlateau: reduces the learning rate when a metric stops improving.
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
  /** Whether a lower ('min') or a higher ('max') metric is better. Default: 'min'. */
  mode?: 'min' | 'max';
  /** Factor of a reduction, less than 1. Default: 0.1. */
  factor?: number;
  /** Number of epochs without improvement before a reduction. Default: 10. */
  patience?: number;
  /** Smallest change of the metric that counts as an improvement. Default: 1e-4. */
  threshold?: number;
  /** Whether `threshold` is relative to the best metric or absolute. Default: 'rel'. */
  thresholdMode?: 'rel' | 'abs';
  /** Number of epochs to wait after a reduction. Default: 0. */
  cooldown?: number;
  /** Lower bound of the learning rate, or a list with one for each group. Default: 0. */
  minLr?: number | readonly number[];
  /** Smallest reduction; smaller ones are skipped. Default: 1e-8. */
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
 * Multiplies the learning rate by `factor` when a metric has stopped improving (PyTorch:
 * `optim.lr_scheduler.ReduceLROnPlateau`).
 *
 * @throws ValueError for a factor of 1 or more, an unknown mode, and a list `minLr` whose length is not the number of
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
  /** The number of epochs without improvement. */
  declare numBadEpochs: number;
  declare cooldownCounter: number;
  /** The lower bound of each group's learning rate. */
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
   * Takes the metric of an epoch and reduces the learning rates if necessary (PyTorch: `step`).
   *
   * @param metrics a number, or a tensor of one element; required (optional only in the base class).
   * @param epoch the epoch of the metric; deprecated in PyTorch.
   * @throws ValueError if `metrics` is not a number; DeviceError for a tensor on a device other than the CPU.
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
          `ReduceLROnPlateau: minLrs has ${this.minLrs.length} values, but the optimizer now has ${groups.length} parameter groups; change minLrs`,
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
