// Cyclical schedules of the learning rate, with momentum moving inversely.
import { FormatError, type GivenTo, kinds, need, takes, ValueError } from '@dl/core/functional';
import { finite, fraction, epoch as lastEpochKind, positive, rates } from '../argument-kinds.js';
import {
  type LastEpoch,
  LRScheduler,
  optimizerKind,
  perGroup,
  type Scheduled,
  type ScheduledGroup,
  type SchedulerStateDict,
} from './scheduler.js';

/** The option that an optimizer has for momentum. */
function usesBeta1(name: string, optimizer: Scheduled): boolean {
  if (!('momentum' in optimizer.defaults) && !('betas' in optimizer.defaults)) {
    throw new ValueError(
      `${name}: the optimizer has neither momentum nor betas; pass { cycleMomentum: false }`,
    );
  }
  return 'betas' in optimizer.defaults;
}

function setMomentum(group: ScheduledGroup, useBeta1: boolean, momentum: number): void {
  if (useBeta1) group.betas = [momentum, (group.betas as readonly [number, number])[1]];
  else group.momentum = momentum;
}

/** Sets the initial momenta and stores both bounds in the groups. */
function startMomenta(
  optimizer: Scheduled,
  useBeta1: boolean,
  max: readonly number[],
  base: readonly number[],
): void {
  (optimizer.paramGroups as ScheduledGroup[]).forEach((group, i) => {
    setMomentum(group, useBeta1, max[i]);
    group.maxMomentum = max[i];
    group.baseMomentum = base[i];
  });
}

/** Base of both: cycles the momentum too if `cycleMomentum` is set. */
class Cycle extends LRScheduler {
  declare readonly cycleMomentum: boolean;
  declare protected readonly useBeta1?: boolean;

  protected override loaded(dict: SchedulerStateDict): Record<string, unknown> {
    const out = super.loaded(dict);
    if (out.cycleMomentum !== this.cycleMomentum) {
      throw new FormatError(
        `${this.name}.loadStateDict: the dict has cycleMomentum ${String(out.cycleMomentum)}, but this schedule has ${this.cycleMomentum}`,
      );
    }
    return out;
  }

  protected moveMomentum(group: ScheduledGroup, momentum: number): void {
    setMomentum(group, this.useBeta1 === true, momentum);
  }
}

/** Options of `CyclicLR`. */
export interface CyclicLROptions extends LastEpoch {
  /** Number of steps in the increasing half of a cycle. Default: 2000. */
  stepSizeUp?: number;
  /** Number of steps in the decreasing half of a cycle. Default: `stepSizeUp`. */
  stepSizeDown?: number | null;
  /** Constant amplitude, halved each cycle, or scaled by `gamma` each step. Default: 'triangular'. */
  mode?: 'triangular' | 'triangular2' | 'exp_range';
  /** Factor per step in mode 'exp_range'. Default: 1. */
  gamma?: number;
  /** Function that scales the amplitude, instead of `mode`; not part of the state dict. */
  scaleFn?: ((x: number) => number) | null;
  /** Whether `scaleFn` gets the number of the cycle, starting at 1, or of the step. Default: 'cycle'. */
  scaleMode?: 'cycle' | 'iterations';
  /** Cycle the momentum, or the first of the betas, inversely to the learning rate. Default: true. */
  cycleMomentum?: boolean;
  /** Lowest momentum. Default: 0.8. */
  baseMomentum?: number | readonly number[];
  /** Highest momentum. Default: 0.9. */
  maxMomentum?: number | readonly number[];
}

const cyclicLR = /*#__PURE__*/ takes<
  [
    optimizer: Scheduled,
    baseLr: number | readonly number[],
    maxLr: number | readonly number[],
    options?: CyclicLROptions,
  ]
>()(
  'CyclicLR',
  [
    /*#__PURE__*/ need('optimizer', optimizerKind),
    /*#__PURE__*/ need('baseLr', rates),
    /*#__PURE__*/ need('maxLr', rates),
  ],
  {
    stepSizeUp: finite,
    stepSizeDown: /*#__PURE__*/ kinds.orNull(finite),
    mode: /*#__PURE__*/ kinds.oneOf('triangular', 'triangular2', 'exp_range'),
    gamma: finite,
    scaleFn: /*#__PURE__*/ kinds.orNull(kinds.callback),
    scaleMode: /*#__PURE__*/ kinds.oneOf('cycle', 'iterations'),
    cycleMomentum: kinds.boolean,
    baseMomentum: rates,
    maxMomentum: rates,
    lastEpoch: lastEpochKind,
  },
);

/**
 * Cycles the learning rate linearly between two bounds (Smith 2017; PyTorch: `optim.lr_scheduler.CyclicLR`). Call
 * `step()` after each batch.
 *
 * @param baseLr the lowest learning rate, or a list with one for each group.
 * @param maxLr the highest learning rate, or a list with one for each group.
 * @throws ValueError for an unknown mode, step sizes that are not greater than 0, and an optimizer without
 * momentum unless `cycleMomentum` is false.
 * @example new CyclicLR(optimizer, 1e-4, 0.1, { stepSizeUp: 500, mode: 'triangular2' });
 */
export class CyclicLR extends Cycle {
  declare readonly maxLrs: number[];
  declare readonly totalSize: number;
  declare readonly stepRatio: number;
  declare readonly mode: string;
  declare readonly gamma: number;
  declare readonly scaleMode: string;
  declare protected readonly scaleFn: ((x: number) => number) | null;
  declare protected readonly baseMomentums: number[];
  declare protected readonly maxMomentums: number[];

  constructor(...given: GivenTo<typeof cyclicLR>) {
    const [optimizer, baseLr, maxLr, options = {}] = cyclicLR.take(given);
    const name = 'CyclicLR';
    const { stepSizeUp = 2000, mode = 'triangular', gamma = 1, scaleFn = null } = options;
    const { cycleMomentum = true, baseMomentum = 0.8, maxMomentum = 0.9, lastEpoch = -1 } = options;
    const stepSizeDown = options.stepSizeDown ?? stepSizeUp;
    const baseLrs = perGroup(name, 'baseLr', optimizer, baseLr);
    const maxLrs = perGroup(name, 'maxLr', optimizer, maxLr);
    if (stepSizeUp <= 0 || stepSizeDown <= 0) {
      throw new ValueError(
        `${name}: stepSizeUp and stepSizeDown must be greater than 0, got ${stepSizeUp} and ${stepSizeDown}`,
      );
    }
    let scaleMode: string = options.scaleMode ?? 'cycle';
    if (scaleFn === null) scaleMode = mode === 'exp_range' ? 'iterations' : 'cycle';
    let momenta = {};
    if (cycleMomentum) {
      const useBeta1 = usesBeta1(name, optimizer);
      const baseMomentums = perGroup(name, 'baseMomentum', optimizer, baseMomentum);
      const maxMomentums = perGroup(name, 'maxMomentum', optimizer, maxMomentum);
      if (lastEpoch === -1) startMomenta(optimizer, useBeta1, maxMomentums, baseMomentums);
      momenta = { useBeta1, baseMomentums, maxMomentums };
    }
    if (lastEpoch === -1) {
      optimizer.paramGroups.forEach((group, i) => {
        group.lr = baseLrs[i];
      });
    }
    const totalSize = stepSizeUp + stepSizeDown;
    const stepRatio = stepSizeUp / totalSize;
    super(
      optimizer,
      {
        maxLrs,
        totalSize,
        stepRatio,
        mode,
        gamma,
        scaleFn,
        scaleMode,
        cycleMomentum,
        ...momenta,
      },
      lastEpoch,
    );
    this.baseLrs = baseLrs;
  }

  protected override get unsaved(): readonly string[] {
    return [...super.unsaved, 'scaleFn'];
  }

  override stateDict(): SchedulerStateDict {
    return { ...super.stateDict(), _scale_fn_custom: null };
  }

  protected override getLr(): number[] {
    const { lastEpoch, totalSize, stepRatio } = this;
    const cycle = Math.floor(1 + lastEpoch / totalSize);
    const x = 1 + lastEpoch / totalSize - cycle;
    const height = x <= stepRatio ? x / stepRatio : (x - 1) / (stepRatio - 1);
    const scale = this.scale(this.scaleMode === 'cycle' ? cycle : lastEpoch);
    if (this.cycleMomentum) {
      this.groups.forEach((group, i) => {
        const max = this.maxMomentums[i];
        const way = (max - this.baseMomentums[i]) * height;
        this.moveMomentum(group, max - way * scale);
      });
    }
    return this.baseLrs.map((lr, i) => lr + (this.maxLrs[i] - lr) * height * scale);
  }

  private scale(x: number): number {
    if (this.scaleFn !== null) return this.scaleFn(x);
    if (this.mode === 'triangular2') return 1 / 2 ** (x - 1);
    return this.mode === 'exp_range' ? this.gamma ** x : 1;
  }
}

/** Options of `OneCycleLR`. */
export interface OneCycleLROptions extends LastEpoch {
  /** The number of steps in the cycle; or pass `epochs` and `stepsPerEpoch`. */
  totalSteps?: number | null;
  epochs?: number | null;
  stepsPerEpoch?: number | null;
  /** The fraction of the steps in which the learning rate increases. Default: 0.3. */
  pctStart?: number;
  /** Cosine or linear annealing. Default: 'cos'. */
  annealStrategy?: 'cos' | 'linear';
  /** Cycle the momentum, or the first of the betas, inversely to the learning rate. Default: true. */
  cycleMomentum?: boolean;
  /** Lowest momentum. Default: 0.85. */
  baseMomentum?: number | readonly number[];
  /** Highest momentum. Default: 0.95. */
  maxMomentum?: number | readonly number[];
  /** The learning rate starts at `maxLr / divFactor`. Default: 25. */
  divFactor?: number;
  /** The learning rate ends at the initial one divided by `finalDivFactor`. Default: 10000. */
  finalDivFactor?: number;
  /** Add a third phase: decrease to the initial learning rate first, then to the final one. Default: false. */
  threePhase?: boolean;
}

/** A phase as in PyTorch's state dict; the values are keys of the groups. */
interface Phase {
  end_step: number;
  start_lr: 'initial_lr' | 'max_lr';
  end_lr: 'initial_lr' | 'max_lr' | 'min_lr';
  start_momentum: 'max_momentum' | 'base_momentum';
  end_momentum: 'max_momentum' | 'base_momentum';
}

const entries = {
  initial_lr: 'initialLr',
  max_lr: 'maxLr',
  min_lr: 'minLr',
  max_momentum: 'maxMomentum',
  base_momentum: 'baseMomentum',
} as const;

function phasesOf(totalSteps: number, pctStart: number, threePhase: boolean): Phase[] {
  const up: Phase = {
    end_step: pctStart * totalSteps - 1,
    start_lr: 'initial_lr',
    end_lr: 'max_lr',
    start_momentum: 'max_momentum',
    end_momentum: 'base_momentum',
  };
  const down: Phase = {
    end_step: threePhase ? 2 * pctStart * totalSteps - 2 : totalSteps - 1,
    start_lr: 'max_lr',
    end_lr: threePhase ? 'initial_lr' : 'min_lr',
    start_momentum: 'base_momentum',
    end_momentum: 'max_momentum',
  };
  if (!threePhase) return [up, down];
  const out: Phase = {
    end_step: totalSteps - 1,
    start_lr: 'initial_lr',
    end_lr: 'min_lr',
    start_momentum: 'max_momentum',
    end_momentum: 'max_momentum',
  };
  return [up, down, out];
}

function totalOf(name: string, options: OneCycleLROptions): number {
  const { totalSteps = null, epochs = null, stepsPerEpoch = null } = options;
  if (totalSteps !== null) {
    return totalSteps;
  }
  if (epochs === null || stepsPerEpoch === null) {
    throw new ValueError(`${name}: pass either totalSteps, or epochs and stepsPerEpoch`);
  }
  return epochs * stepsPerEpoch;
}

const oneCycleLR = /*#__PURE__*/ takes<
  [optimizer: Scheduled, maxLr: number | readonly number[], options?: OneCycleLROptions]
>()(
  'OneCycleLR',
  [/*#__PURE__*/ need('optimizer', optimizerKind), /*#__PURE__*/ need('maxLr', rates)],
  {
    totalSteps: /*#__PURE__*/ kinds.orNull(positive),
    epochs: /*#__PURE__*/ kinds.orNull(positive),
    stepsPerEpoch: /*#__PURE__*/ kinds.orNull(positive),
    pctStart: fraction,
    annealStrategy: /*#__PURE__*/ kinds.oneOf('cos', 'linear'),
    cycleMomentum: kinds.boolean,
    baseMomentum: rates,
    maxMomentum: rates,
    divFactor: finite,
    finalDivFactor: finite,
    threePhase: kinds.boolean,
    lastEpoch: lastEpochKind,
  },
);

/**
 * One cycle: up to `maxLr`, then down to far below the initial learning rate (Smith & Topin 2018; PyTorch:
 * `optim.lr_scheduler.OneCycleLR`). Call `step()` after each batch, at most `totalSteps` times.
 *
 * @param maxLr the highest learning rate, or a list with one for each group.
 * @throws ValueError if the number of steps is missing, for an unknown strategy, for a `pctStart`
 * outside [0, 1] or one that leaves a phase without steps, for an optimizer without momentum unless
 * `cycleMomentum` is false, and in `step()` after the last step.
 * @example new OneCycleLR(optimizer, 0.1, { epochs: 10, stepsPerEpoch: batches });
 */
export class OneCycleLR extends Cycle {
  declare readonly totalSteps: number;
  declare protected readonly schedulePhases: Phase[];
  declare protected readonly annealFuncType: 'cos' | 'linear';

  constructor(...given: GivenTo<typeof oneCycleLR>) {
    const [optimizer, maxLr, options = {}] = oneCycleLR.take(given);
    const name = 'OneCycleLR';
    const { pctStart = 0.3, annealStrategy = 'cos', cycleMomentum = true } = options;
    const { baseMomentum = 0.85, maxMomentum = 0.95, lastEpoch = -1 } = options;
    const { divFactor = 25, finalDivFactor = 1e4, threePhase = false } = options;
    const totalSteps = totalOf(name, options);
    if (divFactor === 0 || finalDivFactor === 0) {
      throw new ValueError(
        `${name}: divFactor and finalDivFactor must not be 0, got ${divFactor} and ${finalDivFactor}`,
      );
    }
    const schedulePhases = phasesOf(totalSteps, pctStart, threePhase);
    const maxLrs = perGroup(name, 'maxLr', optimizer, maxLr);
    let momenta = {};
    if (cycleMomentum) {
      const useBeta1 = usesBeta1(name, optimizer);
      const max = perGroup(name, 'maxMomentum', optimizer, maxMomentum);
      const base = perGroup(name, 'baseMomentum', optimizer, baseMomentum);
      if (lastEpoch === -1) startMomenta(optimizer, useBeta1, max, base);
      momenta = { useBeta1 };
    }
    if (lastEpoch === -1) {
      (optimizer.paramGroups as ScheduledGroup[]).forEach((group, i) => {
        group.maxLr = maxLrs[i];
        group.initialLr = group.maxLr / divFactor;
        group.minLr = group.initialLr / finalDivFactor;
      });
    }
    super(
      optimizer,
      { totalSteps, schedulePhases, annealFuncType: annealStrategy, cycleMomentum, ...momenta },
      lastEpoch,
    );
  }

  protected override getLr(): number[] {
    const { lastEpoch: step, totalSteps, schedulePhases: phases } = this;
    if (step > totalSteps) {
      throw new ValueError(
        `OneCycleLR: step ${step} exceeds the ${totalSteps} steps of the cycle; use a larger totalSteps`,
      );
    }
    const found = phases.findIndex((phase) => step <= phase.end_step);
    const index = found < 0 ? phases.length - 1 : found;
    const phase = phases[index];
    const start = index === 0 ? 0 : phases[index - 1].end_step;
    const length = phase.end_step - start;
    if (length === 0) {
      throw new ValueError(
        `OneCycleLR: phase ${index} of the cycle has no steps; use another pctStart or more than ${totalSteps} steps`,
      );
    }
    const part = (step - start) / length;
    return this.groups.map((group) => {
      const between = (a: keyof typeof entries, b: keyof typeof entries): number =>
        this.anneal(group[entries[a]] as number, group[entries[b]] as number, part);
      if (this.cycleMomentum) {
        this.moveMomentum(group, between(phase.start_momentum, phase.end_momentum));
      }
      return between(phase.start_lr, phase.end_lr);
    });
  }

  private anneal(start: number, end: number, part: number): number {
    if (this.annealFuncType === 'linear') return (end - start) * part + start;
    return end + ((start - end) / 2) * (Math.cos(Math.PI * part) + 1);
  }
}
