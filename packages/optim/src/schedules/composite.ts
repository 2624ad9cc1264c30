// Schedules composed of schedules: SequentialLR and ChainedScheduler.
import { FormatError, type GivenTo, kinds, need, takes, ValueError } from '@dl/core/functional';
import { hold, epoch as lastEpochKind, natural } from '../argument-kinds.js';
import { ReduceLROnPlateau } from './plateau.js';
import {
  type LastEpoch,
  LRScheduler,
  optimizerKind,
  restored,
  type Scheduled,
  type SchedulerStateDict,
} from './scheduler.js';

const schedules: kinds.Kind<readonly LRScheduler[]> = {
  words: 'a list of schedules',
  is: (x): x is readonly LRScheduler[] => Array.isArray(x),
};

const next = /*#__PURE__*/ takes<[]>()('scheduler.step', [], {});

/** Base of both: holds schedules, and their state dicts in its own. */
class Composite extends LRScheduler {
  declare protected readonly schedulers: readonly LRScheduler[];

  protected override get unsaved(): readonly string[] {
    return [...super.unsaved, 'schedulers'];
  }

  override updateLr(epoch?: number): void {
    if (epoch === undefined) this.step();
    else
      throw new ValueError(
        `${this.name}: step takes no epoch: it can only advance to the next one`,
      );
  }

  override undoStep(): void {
    for (const scheduler of this.schedulers) scheduler.undoStep();
  }

  override stateDict(): SchedulerStateDict {
    return { ...super.stateDict(), _schedulers: this.schedulers.map((s) => s.stateDict()) };
  }

  override loadStateDict(...given: [dict: SchedulerStateDict]): void {
    restored.take(given);
    const [dict] = given;
    const own = this.loaded(dict);
    const parts = dict._schedulers;
    if (!Array.isArray(parts) || parts.length !== this.schedulers.length) {
      throw new FormatError(
        `${this.name}.loadStateDict: expected '_schedulers' with ${this.schedulers.length} state dicts, got ${Array.isArray(parts) ? parts.length : typeof parts}`,
      );
    }
    const before = this.schedulers.map((s) => s.stateDict());
    try {
      this.schedulers.forEach((s, i) => {
        s.loadStateDict(parts[i] as SchedulerStateDict);
      });
    } catch (error) {
      this.schedulers.forEach((s, i) => {
        s.loadStateDict(before[i]);
      });
      throw error;
    }
    Object.assign(this, own);
  }
}

function checkParts(name: string, schedulers: readonly LRScheduler[], optimizer?: Scheduled): void {
  if (schedulers.length === 0) {
    throw new ValueError(`${name}: schedulers must have at least one schedule`);
  }
  schedulers.forEach((scheduler: LRScheduler, i) => {
    if (!(scheduler instanceof LRScheduler)) {
      throw new ValueError(
        `${name}: schedulers[${i}] must be a schedule, not ${kinds.described(scheduler)}`,
      );
    }
    if (scheduler instanceof ReduceLROnPlateau) {
      throw new ValueError(
        `${name}: schedulers[${i}] is a ReduceLROnPlateau, whose step() needs a metric; call its step() separately`,
      );
    }
    if (scheduler.optimizer !== (optimizer ?? schedulers[0].optimizer)) {
      throw new ValueError(
        `${name}: schedulers[${i}] (${scheduler.constructor.name}) belongs to a different optimizer`,
      );
    }
  });
}

const sequentialLR = /*#__PURE__*/ takes<
  [
    optimizer: Scheduled,
    schedulers: readonly LRScheduler[],
    milestones: readonly number[],
    options?: LastEpoch,
  ]
>()(
  'SequentialLR',
  [
    /*#__PURE__*/ need('optimizer', optimizerKind),
    /*#__PURE__*/ need('schedulers', schedules),
    /*#__PURE__*/ need('milestones', kinds.numbers),
  ],
  { lastEpoch: lastEpochKind },
);

/**
 * Runs schedules one after another (PyTorch: `optim.lr_scheduler.SequentialLR`).
 *
 * @param schedulers the schedules, all of this optimizer.
 * @param milestones the epochs at which the second, third, … schedule begins.
 * @param options `lastEpoch`.
 * @throws ValueError for schedules of another optimizer, `ReduceLROnPlateau`, milestones that are not
 * increasing, or not one fewer than the schedules, and a `SequentialLR` or
 * `ChainedScheduler` that is not the first schedule (PyTorch fails when it reaches it).
 * @example
 * const warmUp = new LinearLR(optimizer, { startFactor: 0.1, totalIters: 5 });
 * const decay = new CosineAnnealingLR(optimizer, 95);
 * new SequentialLR(optimizer, [warmUp, decay], [5]);
 */
export class SequentialLR extends Composite {
  declare protected readonly milestones: readonly number[];

  constructor(...given: GivenTo<typeof sequentialLR>) {
    const [optimizer, schedulers, milestones, { lastEpoch } = {}] = sequentialLR.take(given);
    const name = 'SequentialLR';
    checkParts(name, schedulers, optimizer);
    if (milestones.length !== schedulers.length - 1) {
      throw new ValueError(
        `${name}: ${schedulers.length} schedules require ${schedulers.length - 1} milestones, got ${milestones.length}`,
      );
    }
    milestones.forEach((epoch: number, i) => {
      hold(name, { 'each of milestones': epoch }, { 'each of milestones': natural });
      if (i > 0 && epoch < milestones[i - 1]) {
        throw new ValueError(
          `${name}: milestones must be increasing, got [${milestones.join(', ')}]`,
        );
      }
    });
    const late = schedulers.findIndex((s, i) => i > 0 && s instanceof Composite);
    if (late >= 0) {
      throw new ValueError(
        `${name}: schedulers[${late}] (${(schedulers[late]).constructor.name}) must be the first schedule`,
      );
    }
    super(optimizer, { schedulers: [...schedulers], milestones: [...milestones] }, lastEpoch);
  }

  protected override keyOf(property: string): string {
    return property === 'milestones' ? '_milestones' : super.keyOf(property);
  }

  protected override begin(lastEpoch: number): void {
    this.lastEpoch = lastEpoch + 1;
    for (const group of this.groups) group.lr = group.initialLr as number;
    this.undoStep();
    const first = this.schedulers[this.indexAt(0)];
    first.initialStep();
    this.lastLr = first.getLastLr();
  }

  /** Advances to the next epoch and sets its learning rates (PyTorch: `step`). */
  override step(...given: []): void {
    next.take(given);
    this.lastEpoch += 1;
    const index = this.indexAt(this.lastEpoch);
    const scheduler = this.schedulers[index];
    if (index > 0 && this.milestones[index - 1] === this.lastEpoch) scheduler.updateLr(0);
    else scheduler.step();
    this.lastLr = scheduler.getLastLr();
  }

  private indexAt(epoch: number): number {
    return this.milestones.filter((milestone) => milestone <= epoch).length;
  }
}

const chainedScheduler = /*#__PURE__*/ takes<
  [schedulers: readonly LRScheduler[], options?: { optimizer?: Scheduled }]
>()('ChainedScheduler', [/*#__PURE__*/ need('schedulers', schedules)], {
  optimizer: optimizerKind,
});

/**
 * Applies several schedules in every step: each changes the learning rate that the one before it has set (PyTorch:
 * `optim.lr_scheduler.ChainedScheduler`).
 *
 * @param schedulers the schedules, all of one optimizer.
 * @param options `optimizer` checks that the schedules belong to it.
 * @throws ValueError for an empty list, schedules of different optimizers, and `ReduceLROnPlateau`.
 * @example
 * new ChainedScheduler([new ConstantLR(optimizer), new ExponentialLR(optimizer, 0.9)]);
 */
export class ChainedScheduler extends Composite {
  constructor(...given: GivenTo<typeof chainedScheduler>) {
    const [schedulers, { optimizer } = {}] = chainedScheduler.take(given);
    checkParts('ChainedScheduler', schedulers, optimizer);
    super(schedulers[0].optimizer, { schedulers: [...schedulers] });
  }

  protected override begin(): void {
    this.lastLr = this.current();
  }

  /** Calls `step()` of each schedule (PyTorch: `step`). */
  override step(...given: []): void {
    next.take(given);
    for (const scheduler of this.schedulers) scheduler.step();
    this.lastLr = this.current();
  }
}
