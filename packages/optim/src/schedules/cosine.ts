// Schedules that follow a cosine.
import { type GivenTo, need, takes, ValueError } from '@dl/core/functional';
import { finite, epoch as lastEpochKind, positive } from '../argument-kinds.js';
import {
  type LastEpoch,
  LRScheduler,
  optimizerKind,
  type Scheduled,
  takesEpoch,
} from './scheduler.js';

const cosineAnnealingLR = /*#__PURE__*/ takes<
  [optimizer: Scheduled, tMax: number, options?: { etaMin?: number } & LastEpoch]
>()(
  'CosineAnnealingLR',
  [/*#__PURE__*/ need('optimizer', optimizerKind), /*#__PURE__*/ need('tMax', finite)],
  {
    etaMin: finite,
    lastEpoch: lastEpochKind,
  },
);

/**
 * Anneals the learning rate along a cosine from its initial value to `etaMin` at epoch `tMax`, and back up afterwards
 * (Loshchilov & Hutter 2017; PyTorch: `optim.lr_scheduler.CosineAnnealingLR`).
 *
 * @param tMax the number of epochs until the minimum (PyTorch: `T_max`).
 * @param options `etaMin` (default 0), `lastEpoch`.
 * @throws ValueError unless `tMax` is greater than 0.
 * @example new CosineAnnealingLR(optimizer, 100, { etaMin: 1e-5 });
 */
export class CosineAnnealingLR extends LRScheduler {
  declare readonly tMax: number;
  declare readonly etaMin: number;

  constructor(...given: GivenTo<typeof cosineAnnealingLR>) {
    const [optimizer, tMax, { etaMin = 0, lastEpoch } = {}] = cosineAnnealingLR.take(given);
    if (tMax <= 0) {
      throw new ValueError(`CosineAnnealingLR: tMax must be greater than 0, got ${tMax}`);
    }
    super(optimizer, { tMax, etaMin }, lastEpoch);
  }

  // PyTorch computes each rate from the last one, so that outside changes to the rate have an effect.
  protected override getLr(): number[] {
    const { lastEpoch, tMax, etaMin, baseLrs } = this;
    if (this.isInitial) return this.current();
    if (this.stepCount === 1 && lastEpoch > 0) return this.closedForm();
    if ((lastEpoch - 1 - tMax) % (2 * tMax) === 0) {
      const up = (1 - Math.cos(Math.PI / tMax)) / 2;
      return this.groups.map(({ lr }, i) => lr + (baseLrs[i] - etaMin) * up);
    }
    const ratio =
      (1 + Math.cos((Math.PI * lastEpoch) / tMax)) /
      (1 + Math.cos((Math.PI * (lastEpoch - 1)) / tMax));
    return this.groups.map(({ lr }) => ratio * (lr - etaMin) + etaMin);
  }

  protected override closedForm(): number[] {
    const { lastEpoch, tMax, etaMin } = this;
    const height = 1 + Math.cos((Math.PI * lastEpoch) / tMax);
    return this.baseLrs.map((lr) => etaMin + ((lr - etaMin) * height) / 2);
  }
}

const warmRestarts = /*#__PURE__*/ takes<
  [optimizer: Scheduled, t0: number, options?: { tMult?: number; etaMin?: number } & LastEpoch]
>()(
  'CosineAnnealingWarmRestarts',
  [/*#__PURE__*/ need('optimizer', optimizerKind), /*#__PURE__*/ need('t0', positive)],
  {
    tMult: positive,
    etaMin: finite,
    lastEpoch: lastEpochKind,
  },
);

/**
 * Anneals the learning rate along a cosine to `etaMin` and restarts, each time `tMult` times as long (Loshchilov &
 * Hutter 2017; PyTorch: `optim.lr_scheduler.CosineAnnealingWarmRestarts`).
 *
 * @param t0 the number of epochs until the first restart (PyTorch: `T_0`).
 * @param options `tMult` (default 1; PyTorch: `T_mult`), `etaMin` (default 0), `lastEpoch`.
 * @throws ValueError for lengths that are not positive integers.
 * @example
 * const scheduler = new CosineAnnealingWarmRestarts(optimizer, 10, { tMult: 2 });
 * scheduler.step(epoch + batch / batches); // or step() at each epoch
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  declare readonly t0: number;
  declare readonly tMult: number;
  declare readonly etaMin: number;
  /** The number of epochs in the current period. */
  declare protected tI: number;
  /** The number of epochs since the last restart. */
  declare protected tCur: number;

  constructor(...given: GivenTo<typeof warmRestarts>) {
    const [optimizer, t0, options = {}] = warmRestarts.take(given);
    const { tMult = 1, etaMin = 0, lastEpoch = -1 } = options;
    super(optimizer, { t0, tI: t0, tMult, etaMin, tCur: lastEpoch }, lastEpoch);
  }

  protected override getLr(): number[] {
    const height = 1 + Math.cos((Math.PI * this.tCur) / this.tI);
    return this.baseLrs.map((lr) => this.etaMin + ((lr - this.etaMin) * height) / 2);
  }

  /**
   * Advances to the next epoch and sets its learning rates (PyTorch: `step`).
   *
   * @param epoch the epoch to go to instead; a fraction for a step within an epoch.
   * @throws ValueError for a negative epoch.
   */
  override step(...given: [epoch?: number]): void {
    takesEpoch.take(given);
    const [epoch] = given;
    let at = epoch;
    if (at === undefined && this.lastEpoch < 0) at = 0;
    if (at === undefined) {
      at = this.lastEpoch + 1;
      this.tCur += 1;
      if (this.tCur >= this.tI) {
        this.tCur %= this.tI;
        this.tI *= this.tMult;
      }
    } else {
      if (!(at >= 0)) {
        throw new ValueError(
          `CosineAnnealingWarmRestarts: epoch must be a non-negative number, got ${String(at)}`,
        );
      }
      this.jump(at);
    }
    this.lastEpoch = Math.floor(at);
    this.setRates(this.getLr());
  }

  private jump(epoch: number): void {
    const { t0, tMult } = this;
    if (epoch < t0) {
      this.tI = t0;
      this.tCur = epoch;
    } else if (tMult === 1) {
      this.tCur = epoch % t0;
    } else {
      // The number of completed periods, which take t0·(1 + tMult + tMult² + …) epochs.
      const over = Math.trunc(Math.log((epoch / t0) * (tMult - 1) + 1) / Math.log(tMult));
      this.tCur = epoch - (t0 * (tMult ** over - 1)) / (tMult - 1);
      this.tI = t0 * tMult ** over;
    }
  }
}
