// Schedules that decay the learning rate by steps, linearly or by powers.
import { type GivenTo, type kinds, need, takes, ValueError } from '@dl/core/functional';
import {
  finite,
  fraction,
  hold,
  epoch as lastEpochKind,
  natural,
  positive,
} from '../argument-kinds.js';
import { type LastEpoch, LRScheduler, optimizerKind, type Scheduled } from './scheduler.js';

const epochs: kinds.Kind<Iterable<number>> = {
  words: 'a list of epochs',
  is: (x): x is Iterable<number> => typeof x === 'object' && x !== null && Symbol.iterator in x,
};

const stepLR = /*#__PURE__*/ takes<
  [optimizer: Scheduled, stepSize: number, options?: { gamma?: number } & LastEpoch]
>()(
  'StepLR',
  [/*#__PURE__*/ need('optimizer', optimizerKind), /*#__PURE__*/ need('stepSize', positive)],
  {
    gamma: finite,
    lastEpoch: lastEpochKind,
  },
);

/**
 * Multiplies the learning rate by `gamma` every `stepSize` epochs (PyTorch: `optim.lr_scheduler.StepLR`).
 *
 * @param options `gamma` (default 0.1), `lastEpoch`.
 * @throws ValueError for a step size that is not a positive integer.
 * @example new StepLR(optimizer, 30, { gamma: 0.1 });
 */
export class StepLR extends LRScheduler {
  declare readonly stepSize: number;
  declare readonly gamma: number;

  constructor(...given: GivenTo<typeof stepLR>) {
    const [optimizer, stepSize, { gamma = 0.1, lastEpoch } = {}] = stepLR.take(given);
    super(optimizer, { stepSize, gamma }, lastEpoch);
  }

  protected override getLr(): number[] {
    const stays = this.lastEpoch === 0 || this.lastEpoch % this.stepSize !== 0;
    return stays ? this.current() : this.scaled(this.gamma);
  }

  protected override closedForm(): number[] {
    const factor = this.gamma ** Math.floor(this.lastEpoch / this.stepSize);
    return this.baseLrs.map((lr) => lr * factor);
  }
}

const multiStepLR = /*#__PURE__*/ takes<
  [optimizer: Scheduled, milestones: Iterable<number>, options?: { gamma?: number } & LastEpoch]
>()(
  'MultiStepLR',
  [/*#__PURE__*/ need('optimizer', optimizerKind), /*#__PURE__*/ need('milestones', epochs)],
  {
    gamma: finite,
    lastEpoch: lastEpochKind,
  },
);

/**
 * Multiplies the learning rate by `gamma` at each milestone (PyTorch: `optim.lr_scheduler.MultiStepLR`).
 *
 * @param milestones epochs, in any order; a repeated epoch counts repeatedly.
 * @param options `gamma` (default 0.1), `lastEpoch`.
 * @throws ValueError for milestones that are not epochs.
 * @example new MultiStepLR(optimizer, [30, 80], { gamma: 0.1 });
 */
export class MultiStepLR extends LRScheduler {
  /** How often each milestone occurs. */
  declare readonly milestones: Readonly<Record<number, number>>;
  declare readonly gamma: number;

  constructor(...given: GivenTo<typeof multiStepLR>) {
    const [optimizer, milestones, { gamma = 0.1, lastEpoch } = {}] = multiStepLR.take(given);
    const counts: Record<number, number> = {};
    for (const epoch of milestones) {
      hold('MultiStepLR', { 'each of milestones': epoch }, { 'each of milestones': natural });
      counts[epoch] = (counts[epoch] ?? 0) + 1;
    }
    super(optimizer, { milestones: counts, gamma }, lastEpoch);
  }

  protected override getLr(): number[] {
    const times = this.milestones[this.lastEpoch];
    return times === undefined ? this.current() : this.scaled(this.gamma ** times);
  }

  protected override closedForm(): number[] {
    let times = 0;
    for (const [epoch, count] of Object.entries(this.milestones)) {
      if (Number(epoch) <= this.lastEpoch) times += count;
    }
    return this.baseLrs.map((lr) => lr * this.gamma ** times);
  }
}

const constantLR = /*#__PURE__*/ takes<
  [optimizer: Scheduled, options?: { factor?: number; totalIters?: number } & LastEpoch]
>()('ConstantLR', [/*#__PURE__*/ need('optimizer', optimizerKind)], {
  factor: fraction,
  totalIters: natural,
  lastEpoch: lastEpochKind,
});

/**
 * Multiplies the learning rate by `factor` until epoch `totalIters` (PyTorch: `optim.lr_scheduler.ConstantLR`).
 *
 * @param options `factor` (default 1/3), `totalIters` (default 5), `lastEpoch`.
 * @throws ValueError for a factor outside [0, 1].
 * @example new ConstantLR(optimizer, { factor: 0.5, totalIters: 4 });
 */
export class ConstantLR extends LRScheduler {
  declare readonly factor: number;
  declare readonly totalIters: number;

  constructor(...given: GivenTo<typeof constantLR>) {
    const [optimizer, options = {}] = constantLR.take(given);
    const { factor = 1 / 3, totalIters = 5, lastEpoch } = options;
    super(optimizer, { factor, totalIters }, lastEpoch);
  }

  protected override getLr(): number[] {
    if (this.lastEpoch === 0) return this.scaled(this.factor);
    if (this.lastEpoch !== this.totalIters) return this.current();
    // A rate of 0 cannot be scaled back; PyTorch divides by zero here.
    return this.factor === 0 ? [...this.baseLrs] : this.scaled(1 / this.factor);
  }

  protected override closedForm(): number[] {
    const factor = this.factor + Number(this.lastEpoch >= this.totalIters) * (1 - this.factor);
    return this.baseLrs.map((lr) => lr * factor);
  }
}

const linearLR = /*#__PURE__*/ takes<
  [
    optimizer: Scheduled,
    options?: { startFactor?: number; endFactor?: number; totalIters?: number } & LastEpoch,
  ]
>()('LinearLR', [/*#__PURE__*/ need('optimizer', optimizerKind)], {
  startFactor: fraction,
  endFactor: fraction,
  totalIters: natural,
  lastEpoch: lastEpochKind,
});

/**
 * Multiplies the initial learning rate by a factor that changes linearly from `startFactor` to `endFactor` until epoch
 * `totalIters` (PyTorch: `optim.lr_scheduler.LinearLR`). The defaults are a warm-up.
 *
 * @param options `startFactor` (default 1/3), `endFactor` (1), `totalIters` (5), `lastEpoch`.
 * @throws ValueError for factors outside [0, 1], and a `startFactor` of 0.
 * @example new LinearLR(optimizer, { startFactor: 0.1, totalIters: 500 });
 */
export class LinearLR extends LRScheduler {
  declare readonly startFactor: number;
  declare readonly endFactor: number;
  declare readonly totalIters: number;

  constructor(...given: GivenTo<typeof linearLR>) {
    const [optimizer, options = {}] = linearLR.take(given);
    const { startFactor = 1 / 3, endFactor = 1, totalIters = 5, lastEpoch } = options;
    if (startFactor === 0)
      throw new ValueError('LinearLR: startFactor must be greater than 0, got 0');
    super(optimizer, { startFactor, endFactor, totalIters }, lastEpoch);
  }

  protected override getLr(): number[] {
    const { lastEpoch, startFactor, endFactor, totalIters } = this;
    if (lastEpoch === 0) return this.scaled(startFactor);
    if (this.isInitial || lastEpoch > totalIters) return this.current();
    const way = endFactor - startFactor;
    return this.scaled(1 + way / (totalIters * startFactor + (lastEpoch - 1) * way));
  }

  protected override closedForm(): number[] {
    const { lastEpoch, startFactor, endFactor, totalIters } = this;
    const way = endFactor - startFactor;
    return this.baseLrs.map(
      (lr) => lr * (startFactor + (way * Math.min(totalIters, lastEpoch)) / totalIters),
    );
  }
}

const exponentialLR = /*#__PURE__*/ takes<
  [optimizer: Scheduled, gamma: number, options?: LastEpoch]
>()(
  'ExponentialLR',
  [/*#__PURE__*/ need('optimizer', optimizerKind), /*#__PURE__*/ need('gamma', finite)],
  {
    lastEpoch: lastEpochKind,
  },
);

/**
 * Multiplies the learning rate by `gamma` at every epoch (PyTorch: `optim.lr_scheduler.ExponentialLR`).
 *
 * @example new ExponentialLR(optimizer, 0.95);
 */
export class ExponentialLR extends LRScheduler {
  declare readonly gamma: number;

  constructor(...given: GivenTo<typeof exponentialLR>) {
    const [optimizer, gamma, { lastEpoch } = {}] = exponentialLR.take(given);
    super(optimizer, { gamma }, lastEpoch);
  }

  protected override getLr(): number[] {
    return this.isInitial ? this.current() : this.scaled(this.gamma);
  }

  protected override closedForm(): number[] {
    return this.baseLrs.map((lr) => lr * this.gamma ** this.lastEpoch);
  }
}

const polynomialLR = /*#__PURE__*/ takes<
  [optimizer: Scheduled, options?: { totalIters?: number; power?: number } & LastEpoch]
>()('PolynomialLR', [/*#__PURE__*/ need('optimizer', optimizerKind)], {
  totalIters: natural,
  power: finite,
  lastEpoch: lastEpochKind,
});

/**
 * Multiplies the initial learning rate by `(1 - epoch / totalIters) ** power`, down to 0 (PyTorch:
 * `optim.lr_scheduler.PolynomialLR`).
 *
 * @param options `totalIters` (default 5), `power` (default 1), `lastEpoch`.
 * @example new PolynomialLR(optimizer, { totalIters: 100, power: 0.9 });
 */
export class PolynomialLR extends LRScheduler {
  declare readonly totalIters: number;
  declare readonly power: number;

  constructor(...given: GivenTo<typeof polynomialLR>) {
    const [optimizer, { totalIters = 5, power = 1, lastEpoch } = {}] = polynomialLR.take(given);
    super(optimizer, { totalIters, power }, lastEpoch);
  }

  protected override getLr(): number[] {
    const { lastEpoch, totalIters, power } = this;
    if (this.isInitial || lastEpoch > totalIters) return this.current();
    return this.scaled(
      ((1 - lastEpoch / totalIters) / (1 - (lastEpoch - 1) / totalIters)) ** power,
    );
  }

  protected override closedForm(): number[] {
    const { lastEpoch, totalIters, power } = this;
    return this.baseLrs.map(
      (lr) => lr * (1 - Math.min(totalIters, lastEpoch) / totalIters) ** power,
    );
  }
}
