// LRScheduler: the base class of learning-rate schedules.
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

/** An optimizer whose learning rates a schedule can set: any optimizer of this package. */
export type Scheduled = Optimizer<{ lr: number }>;

/** A schedule as plain data, in PyTorch's layout and with PyTorch's names. */
export type SchedulerStateDict = Record<string, unknown>;

/** Where to resume; an option of most schedules. */
export interface LastEpoch {
  /** The last epoch of the run to resume; -1 starts from the beginning. Default: -1. */
  lastEpoch?: number;
}

/** The values that schedules store in the optimizer's groups, besides its options. */
export type ScheduledGroup = ParamGroup<{ lr: number }> & {
  initialLr?: number;
  maxLr?: number;
  minLr?: number;
  momentum?: number;
  betas?: readonly [number, number];
  maxMomentum?: number;
  baseMomentum?: number;
};

/** Properties whose names in PyTorch are not their snake_case. */
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

/** The arguments of `step` of most schedules. */
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

/** One value for each group, from a single value or a list. */
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
      `${name}: ${what} has ${value.length} values, but the optimizer has ${count} parameter groups; pass one value for each`,
    );
  }
  return [...value];
}

/**
 * The base class of schedules (PyTorch: `optim.lr_scheduler.LRScheduler`). `getLr()` of a subclass returns the learning
 * rates of an epoch; `step()` advances to the next epoch and sets them.
 *
 * As in PyTorch, the constructor sets the learning rates of the first epoch, and `step()` is called after
 * `optimizer.step()`. There is no warning for the wrong order.
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
  // Only declared: the initializer of a field would run after the base constructor has used the field.
  /** The optimizer whose learning rates are set. */
  declare readonly optimizer: Scheduled;
  /** The initial learning rate of each group. */
  declare baseLrs: number[];
  /** The current epoch; the first is 0. */
  declare lastEpoch: number;
  declare protected stepCount: number;
  declare protected lastLr: number[];
  /** True while the learning rates of the first epoch are set. */
  declare protected isInitial: boolean;

  /**
   * @param settings become properties before the first call of `getLr()`, and are part of the state dict.
   * @param lastEpoch the last epoch of the run to resume. The groups of the optimizer
   * must then have an `initialLr`, which a loaded state dict contains.
   * @throws ValueError if `optimizer` is not an optimizer, or its groups have no `initialLr` to resume from.
   */
  constructor(...given: [optimizer: Scheduled, settings?: object, lastEpoch?: number]) {
    // The name of the concrete class.
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

  /** The learning rates of `lastEpoch`, one for each group; they may depend on the current ones. */
  protected getLr(): number[] {
    throw new ValueError(`${this.name}: a subclass of LRScheduler must override getLr`);
  }

  /** The learning rates of `lastEpoch`, independent of the current ones. */
  protected closedForm(): number[] {
    return this.getLr();
  }

  /** The learning rates that were set last, one for each group (PyTorch: `get_last_lr`). */
  getLastLr(): number[] {
    return [...this.lastLr];
  }

  /**
   * Advances to the next epoch and sets its learning rates (PyTorch: `step`).
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

  /** @internal Sets the learning rates of the next epoch, or of a given one. */
  updateLr(epoch?: number): void {
    this.lastEpoch = epoch ?? this.lastEpoch + 1;
    this.setRates(epoch === undefined ? this.getLr() : this.closedForm());
  }

  /** @internal Sets the learning rates of the first epoch. */
  initialStep(): void {
    this.stepCount = 0;
    this.isInitial = true;
    try {
      this.step();
    } finally {
      this.isInitial = false;
    }
  }

  /** @internal Undoes the first step, for a schedule that starts after others. */
  undoStep(): void {
    this.lastEpoch -= 1;
  }

  /**
   * The schedule as plain data, with PyTorch's keys (PyTorch: `state_dict`). The current learning rates are in the
   * optimizer's state dict; save both.
   */
  stateDict(): SchedulerStateDict {
    const dict: SchedulerStateDict = {};
    for (const [key, value] of this.saved()) dict[this.keyOf(key)] = copied(value);
    // PyTorch writes this key for schedules that compute rates themselves.
    if ('isInitial' in this && 'baseLrs' in this) dict._get_lr_called_within_step = false;
    return dict;
  }

  /**
   * Loads a `stateDict()` of this library or of PyTorch (PyTorch: `load_state_dict`). Keys that the
   * schedule does not have are ignored.
   *
   * @throws FormatError if a value is missing, has the wrong type, or is for a different number of groups.
   * Nothing is changed then.
   */
  loadStateDict(...given: [dict: SchedulerStateDict]): void {
    restored.take(given);
    const [dict] = given;
    Object.assign(this, this.loaded(dict));
  }

  /** Reads the saved properties from a dict. */
  protected loaded(dict: SchedulerStateDict): Record<string, unknown> {
    const name = `${this.name}.loadStateDict`;
    const found = dictOf(dict);
    if (found === null) {
      throw new FormatError(`${name}: expected an object, got ${kinds.described(dict)}`);
    }
    const out: Record<string, unknown> = {};
    for (const [key, own] of this.saved()) {
      // PyTorch writes this key only since 2.4.
      if (key === 'isInitial') continue;
      const written = this.keyOf(key);
      if (!Object.hasOwn(found, written)) {
        throw new FormatError(
          `${name}: the dict has no '${written}'; use the state dict of a schedule of the same class`,
        );
      }
      const value = found[written];
      if (own !== null && value !== null && kind(own) !== kind(value)) {
        throw new FormatError(`${name}: '${written}' must be ${kind(own)}, not ${kind(value)}`);
      }
      out[key] = copied(value);
    }
    for (const key of ['baseLrs', 'lastLr']) {
      const rates = out[key];
      const count = this.groups.length;
      if (Array.isArray(rates) && rates.length !== count) {
        throw new FormatError(
          `${name}: '${this.keyOf(key)}' has ${rates.length} rates, but the optimizer has ${count} parameter groups`,
        );
      }
    }
    return out;
  }

  /** The key of a property in the state dict. */
  protected keyOf(property: string): string {
    return spelled[property] ?? snakeCase(property);
  }

  /** Properties that are not part of the state dict. */
  protected get unsaved(): readonly string[] {
    return ['optimizer'];
  }

  /** The name of the schedule in messages. */
  protected get name(): string {
    return this.constructor.name;
  }

  protected get groups(): ScheduledGroup[] {
    return this.optimizer.paramGroups as ScheduledGroup[];
  }

  /** The current learning rates, times a factor for each group. */
  protected scaled(factor: number): number[] {
    return this.groups.map(({ lr }) => lr * factor);
  }

  /** The current learning rates. */
  protected current(): number[] {
    return this.groups.map(({ lr }) => lr);
  }

  /** Starts the schedule; called after its settings are assigned. */
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

  /** Sets the learning rate of each group. */
  protected setRates(rates: readonly number[]): void {
    const { groups } = this;
    if (rates.length !== groups.length) {
      throw new ValueError(
        `${this.name}: the schedule was created for ${rates.length} parameter groups, but the optimizer now has ${groups.length}`,
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
