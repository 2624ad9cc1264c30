// Schedules that take the rate up and down, and the momentum the other way.
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

/** What an optimizer calls its momentum. */
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

/** Sets the momenta of the start, and notes the two ends in the groups. */
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

/** What the two have in common: the momentum, if it is taken along. */
class Cycle extends LRScheduler {
  declare readonly cycleMomentum: boolean;
  declare protected readonly useBeta1?: boolean;

  protected override loaded(dict: SchedulerStateDict): Record<string, unknown> {
    const out = super.loaded(dict);
    if (out.cycleMomentum !== this.cycleMomentum) {
      throw new FormatError(
        `${this.name}.loadStateDict: the dict is of a schedule with cycleMomentum ${String(out.cycleMomentum)}, this one has ${this.cycleMomentum}`,
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
  /** Steps on the way up. Default: 2000. */
  stepSizeUp?: number;
  /** Steps on the way down. Default: as many. */
  stepSizeDown?: number | null;
  /** Cycles that stay as high, that halve, or that shrink by `gamma` a step. Default: 'triangular'. */
  mode?: 'triangular' | 'triangular2' | 'exp_range';
  /** For 'exp_range'. Default: 1. */
  gamma?: number;
  /** How high a cycle is, instead of what `mode` says; not part of the state dict. */
  scaleFn?: ((x: number) => number) | null;
  /** Whether `scaleFn` gets the number of the cycle, counted from 1, or of the step. Default: 'cycle'. */
  scaleMode?: 'cycle' | 'iterations';
  /** Move the momentum, or the first of the betas, the other way. Default: true. */
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
 * Rates that go up and down in lines (Smith 2017; PyTorch: `optim.lr_scheduler.CyclicLR`). `step()` is
 * for each batch.
 *
 * @param baseLr lowest rate, or one for each group.
 * @param maxLr highest rate, or one for each group.
 * @throws ValueError for an unknown mode, steps that are not above 0, and an optimizer without
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
        `${name}: stepSizeUp and stepSizeDown must be above 0, got ${stepSizeUp} and ${stepSizeDown}`,
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
  /** How many steps the cycle takes; or say `epochs` and `stepsPerEpoch`. */
  totalSteps?: number | null;
  epochs?: number | null;
  stepsPerEpoch?: number | null;
  /** The part of the steps that the rate goes up in. Default: 0.3. */
  pctStart?: number;
  /** Along a cosine or a line. Default: 'cos'. */
  annealStrategy?: 'cos' | 'linear';
  /** Move the momentum, or the first of the betas, the other way. Default: true. */
  cycleMomentum?: boolean;
  /** Lowest momentum. Default: 0.85. */
  baseMomentum?: number | readonly number[];
  /** Highest momentum. Default: 0.95. */
  maxMomentum?: number | readonly number[];
  /** The rate starts at `maxLr / divFactor`. Default: 25. */
  divFactor?: number;
  /** It ends at that `/ finalDivFactor`. Default: 10000. */
  finalDivFactor?: number;
  /** Down to where it started first, and to the end after that. Default: false. */
  threePhase?: boolean;
}

/** In PyTorch's spelling, as the state dict has it; the values name entries of the groups. */
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
 * One cycle: up to `maxLr`, and down to far below the start (Smith & Topin 2018; PyTorch:
 * `optim.lr_scheduler.OneCycleLR`). `step()` is for each batch, `totalSteps` times at most.
 *
 * @param maxLr highest rate, or one for each group.
 * @throws ValueError if nothing says how many steps there are, for an unknown strategy, a `pctStart`
 * outside of [0, 1] or that leaves a phase without steps, an optimizer without momentum unless
 * `cycleMomentum` is false, and in `step()` once the steps are over.
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
        `OneCycleLR: step ${step} is one too many, the cycle has ${totalSteps}; make it with a larger totalSteps`,
      );
    }
    const found = phases.findIndex((phase) => step <= phase.end_step);
    const index = found < 0 ? phases.length - 1 : found;
    const phase = phases[index];
    const start = index === 0 ? 0 : phases[index - 1].end_step;
    const length = phase.end_step - start;
    if (length === 0) {
      throw new ValueError(
        `OneCycleLR: phase ${index} of the cycle has no steps; choose another pctStart or more than ${totalSteps} steps`,
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
