// LRScheduler: what every learning-rate schedule does.
import {
  dictOf,
  FormatError,
  isOptionsObject,
  kinds,
  may,
  need,
  tagOf,
  takes,
  ValueError,
} from '@dl/core/functional';
import { finite, epoch as lastEpochKind } from '../argument-kinds.js';
import type { Optimizer, ParamGroup } from '../optimizer.js';
import { snakeCase } from '../state-names.js';

/** An optimizer whose rates a schedule can set: any of this package. */
export type Scheduled = Optimizer<{ lr: number }>;

/** A schedule as plain data, in PyTorch's layout and spelling. */
export type SchedulerStateDict = Record<string, unknown>;

/** Where to go on; an option of most schedules. */
export interface LastEpoch {
  /** The last epoch of a run to be resumed; -1 starts from the beginning. Default: -1. */
  lastEpoch?: number;
}

/** What schedules keep in the groups of their optimizer, beside its own options. */
export type ScheduledGroup = ParamGroup<{ lr: number }> & {
  initialLr?: number;
  maxLr?: number;
  minLr?: number;
  momentum?: number;
  betas?: readonly [number, number];
  maxMomentum?: number;
  baseMomentum?: number;
};

/** Properties that PyTorch does not spell as their snake_case. */
const spelled: Readonly<Record<string, string>> = {
  stepCount: '_step_count',
  lastLr: '_last_lr',
  isInitial: '_is_initial',
  schedulers: '_schedulers',
  schedulePhases: '_schedule_phases',
  annealFuncType: '_anneal_func_type',
  tMax: 'T_max',
  t0: 'T_0',
  tI: 'T_i',
  tMult: 'T_mult',
  tCur: 'T_cur',
};

/** The optimizer of a schedule. */
export const optimizerKind: kinds.Kind<Scheduled> = {
  words: 'an optimizer',
  is: (x): x is Scheduled => Array.isArray((x as Scheduled | null | undefined)?.paramGroups),
};

/** What `step` of most schedules takes. */
export const takesEpoch = /*#__PURE__*/ takes<[epoch?: number]>()(
  'scheduler.step',
  [/*#__PURE__*/ may('epoch', finite)],
  {},
);

const object: kinds.Kind<object> = {
  words: 'an object',
  is: (x): x is object => typeof x === 'object' && x !== null && !Array.isArray(x),
};

export const restored = /*#__PURE__*/ takes<[dict: unknown]>()(
  'scheduler.loadStateDict',
  [/*#__PURE__*/ need('dict', kinds.anything)],
  {},
);

/** One value for each group: the one that was given, or those. */
export function perGroup<T>(
  name: string,
  what: string,
  optimizer: Scheduled,
  value: T | readonly T[],
): T[] {
  const count = optimizer.paramGroups.length;
  if (!Array.isArray(value)) return optimizer.paramGroups.map(() => value as T);
  if (value.length !== count) {
    throw new ValueError(
      `${name}: ${what} has ${value.length} values, the optimizer ${count} parameter groups; give one for each`,
    );
  }
  return [...value];
}

/**
 * The base of schedules (PyTorch: `optim.lr_scheduler.LRScheduler`). A subclass gives the learning
 * rates of an epoch in `getLr()`; `step()` goes on to the next one and sets them.
 *
 * As in PyTorch a schedule sets the rates of the first epoch when it is made, and `step()` comes after
 * `optimizer.step()`. Nothing warns of the other order.
 *
 * @example
 * class HalfAt extends LRScheduler {
 *   declare readonly epoch: number;
 *   constructor(optimizer: Scheduled, epoch: number) {
 *     super(optimizer, { epoch });
 *   }
 *   protected override getLr(): number[] {
 *     return this.baseLrs.map((lr) => (this.lastEpoch < this.epoch ? lr : lr / 2));
 *   }
 * }
 */
export class LRScheduler {
  // Declared only: a field would be set anew after the constructor has used it.
  /** The optimizer whose rates are set. */
  declare readonly optimizer: Scheduled;
  /** The rate of each group at the start. */
  declare baseLrs: number[];
  /** The epoch that the rates are for; the first is 0. */
  declare lastEpoch: number;
  declare protected stepCount: number;
  declare protected lastLr: number[];
  /** Whether the rates of the first epoch are being set. */
  declare protected isInitial: boolean;

  /**
   * @param settings become properties before `getLr()` is first called, and stand in the state dict.
   * @param lastEpoch the epoch that was last done, of a run that goes on; the groups of the optimizer
   * must then have an `initialLr`, as a loaded state dict gives them.
   * @throws ValueError if there is no optimizer, or it has no `initialLr` to resume from.
   */
  constructor(...given: [optimizer: Scheduled, settings?: object, lastEpoch?: number]) {
    // Named as the class that is made.
    const signature = takes<[optimizer: Scheduled, settings?: object, lastEpoch?: number]>()(
      new.target.name,
      [
        /*#__PURE__*/ need('optimizer', optimizerKind),
        /*#__PURE__*/ may('settings', object),
        /*#__PURE__*/ may('lastEpoch', lastEpochKind),
      ],
      {},
    );
    const [optimizer, settings = {}, lastEpoch = -1] = signature.take(given);
    Object.assign(this, settings);
    this.optimizer = optimizer;
    this.begin(lastEpoch);
  }

  /** The learning rates of `lastEpoch`, one for each group; they may build on those that are set. */
  protected getLr(): number[] {
    throw new ValueError(`${this.name}: a schedule must override getLr`);
  }

  /** The learning rates of `lastEpoch` without regard to those that are set. */
  protected closedForm(): number[] {
    return this.getLr();
  }

  /** The rates that were last set, one for each group (PyTorch: `get_last_lr`). */
  getLastLr(): number[] {
    return [...this.lastLr];
  }

  /**
   * Goes on to the next epoch and sets its rates (PyTorch: `step`).
   *
   * @param epoch the epoch to go to instead; deprecated in PyTorch.
   * @example optimizer.step(); scheduler.step();
   */
  step(...given: [epoch?: number]): void {
    takesEpoch.take(given);
    const [epoch] = given;
    this.stepCount += 1;
    this.updateLr(epoch);
  }

  /** @internal Sets the rates of the next epoch, or of one that is named. */
  updateLr(epoch?: number): void {
    this.lastEpoch = epoch ?? this.lastEpoch + 1;
    this.setRates(epoch === undefined ? this.getLr() : this.closedForm());
  }

  /** @internal Sets the rates of the first epoch. */
  initialStep(): void {
    this.stepCount = 0;
    this.isInitial = true;
    try {
      this.step();
    } finally {
      this.isInitial = false;
    }
  }

  /** @internal Takes the first step back, for a schedule that others come before. */
  undoStep(): void {
    this.lastEpoch -= 1;
  }

  /**
   * The schedule as plain data, with PyTorch's keys (PyTorch: `state_dict`). The optimizer's own state
   * dict has the rates that are set; save both.
   */
  stateDict(): SchedulerStateDict {
    const dict: SchedulerStateDict = {};
    for (const [key, value] of this.saved()) dict[this.keyOf(key)] = copied(value);
    // PyTorch writes it for those that compute rates themselves.
    if ('isInitial' in this && 'baseLrs' in this) dict._get_lr_called_within_step = false;
    return dict;
  }

  /**
   * Takes over what `stateDict()` gave, here or in PyTorch (PyTorch: `load_state_dict`). Keys that the
   * schedule does not have are left out.
   *
   * @throws FormatError if a value is missing, is of another kind, or is for another number of groups.
   * The schedule is then as it was.
   */
  loadStateDict(...given: [dict: SchedulerStateDict]): void {
    restored.take(given);
    const [dict] = given;
    Object.assign(this, this.loaded(dict));
  }

  /** What a dict says of the properties that are saved. */
  protected loaded(dict: SchedulerStateDict): Record<string, unknown> {
    const name = `${this.name}.loadStateDict`;
    const found = dictOf(dict);
    if (found === null) {
      throw new FormatError(`${name}: expected an object, got ${kinds.described(dict)}`);
    }
    const out: Record<string, unknown> = {};
    for (const [key, own] of this.saved()) {
      // PyTorch has had it since 2.4 only.
      if (key === 'isInitial') continue;
      const written = this.keyOf(key);
      if (!Object.hasOwn(found, written)) {
        throw new FormatError(`${name}: the dict has no '${written}'; was it another schedule's?`);
      }
      const value = found[written];
      if (own !== null && value !== null && kind(own) !== kind(value)) {
        throw new FormatError(
          `${name}: '${written}' must be ${kind(own)}, the dict has ${kind(value)}`,
        );
      }
      out[key] = copied(value);
    }
    for (const key of ['baseLrs', 'lastLr']) {
      const rates = out[key];
      const count = this.groups.length;
      if (Array.isArray(rates) && rates.length !== count) {
        throw new FormatError(
          `${name}: '${this.keyOf(key)}' has ${rates.length} rates, the optimizer ${count} parameter groups`,
        );
      }
    }
    return out;
  }

  /** The key of a property in the state dict. */
  protected keyOf(property: string): string {
    return spelled[property] ?? snakeCase(property);
  }

  /** Properties that the state dict leaves out. */
  protected get unsaved(): readonly string[] {
    return ['optimizer'];
  }

  /** What messages call the schedule. */
  protected get name(): string {
    return this.constructor.name;
  }

  protected get groups(): ScheduledGroup[] {
    return this.optimizer.paramGroups as ScheduledGroup[];
  }

  /** The rates that are set, times a factor for each group. */
  protected scaled(factor: number): number[] {
    return this.groups.map(({ lr }) => lr * factor);
  }

  /** The rates that are set. */
  protected current(): number[] {
    return this.groups.map(({ lr }) => lr);
  }

  /** Starts the schedule, once its settings are there. */
  protected begin(lastEpoch: number): void {
    this.groups.forEach((group, i) => {
      if (lastEpoch === -1) group.initialLr ??= group.lr;
      else if (group.initialLr === undefined) {
        throw new ValueError(
          `${this.name}: group ${i} of the optimizer has no initialLr to resume from at lastEpoch ${lastEpoch}; load the optimizer's state dict first`,
        );
      }
    });
    this.baseLrs = this.groups.map(({ initialLr }) => initialLr as number);
    this.lastEpoch = lastEpoch;
    this.initialStep();
  }

  /** Gives each group of the optimizer its rate. */
  protected setRates(rates: readonly number[]): void {
    const { groups } = this;
    if (rates.length !== groups.length) {
      throw new ValueError(
        `${this.name}: the schedule is for ${rates.length} parameter groups, the optimizer has ${groups.length}`,
      );
    }
    const bad = rates.findIndex((lr) => !Number.isFinite(lr));
    if (bad >= 0) {
      throw new ValueError(
        `${this.name}: the learning rate of group ${bad} at epoch ${this.lastEpoch} would be ${rates[bad]}`,
      );
    }
    groups.forEach((group, i) => {
      group.lr = rates[i];
    });
    this.lastLr = [...rates];
  }

  private saved(): [string, unknown][] {
    return Object.entries(this).filter(([key]) => !this.unsaved.includes(key));
  }
}

function kind(x: unknown): string {
  if (x === null) return 'null';
  if (Array.isArray(x)) return 'an array';
  return typeof x === 'object' ? 'an object' : `a ${typeof x}`;
}

function copied(x: unknown): unknown {
  if (Array.isArray(x)) return x.map(copied);
  if (tagOf(x) !== 'Map' && !isOptionsObject(x)) return x;
  return Object.fromEntries(Object.entries(dictOf(x) ?? {}).map(([k, v]) => [k, copied(v)]));
}
