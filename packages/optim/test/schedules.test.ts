// Learning-rate schedules against PyTorch's rates, momenta and state dicts.
import { FormatError, tensor, ValueError, zeros } from '@dl/core';
import { describe, expect, test } from 'vitest';
import * as everything from '../src/index.js';
import {
  Adam,
  LRScheduler,
  lrScheduler,
  MultiStepLR,
  type Optimizer,
  ReduceLROnPlateau,
  type Scheduled,
  SGD,
  StepLR,
} from '../src/index.js';
import { camelCase } from '../src/state-names.js';
import goldens from './fixtures/schedules.json' with { type: 'json' };

type Spec = [name: string, args: unknown[], options: Record<string, unknown>];
type Dict = Record<string, unknown>;
interface Run {
  optimizer: string;
  rates: number[];
  schedule: Spec;
  lrs: number[][];
  momenta: (number | number[])[][] | null;
  half: Dict;
  halfGroups: Dict[];
  end: Dict;
}

const runs = goldens.runs as unknown as Run[];
const { half: HALF, metrics: METRICS } = goldens;

const lambdas: Record<string, (x: number) => number> = {
  fall: (epoch) => 0.95 ** epoch,
  stairs: (epoch) => 1 / (1 + Math.floor(epoch / 3)),
  wave: (x) => 0.5 * (1 + Math.sin((x * Math.PI) / 2)),
};

/** Names that `camelCase` does not convert correctly. */
const renamed: Record<string, string> = { T_mult: 'tMult' };

function value(x: unknown, optimizer: Scheduled): unknown {
  if (typeof x === 'string') return lambdas[x] ?? x;
  if (!Array.isArray(x)) return x;
  if (Array.isArray(x[0])) return x.map((part) => build(optimizer, part as Spec));
  return x.map((v) => value(v, optimizer));
}

function build(optimizer: Scheduled, [name, args, options]: Spec, more: Dict = {}): LRScheduler {
  const Class = lrScheduler[name as keyof typeof lrScheduler] as new (
    ...args: unknown[]
  ) => LRScheduler;
  const list = args.map((x) => value(x, optimizer));
  const named: Dict = { ...more };
  for (const [key, x] of Object.entries(options)) {
    named[renamed[key] ?? camelCase(key)] = value(x, optimizer);
  }
  return name === 'ChainedScheduler'
    ? new Class(...list, named)
    : new Class(optimizer, ...list, named);
}

function optimizerOf(kind: string, rates: number[]): Optimizer<{ lr: number }> {
  const groups = rates.map((lr) => ({ params: zeros([1], { requiresGrad: true }), lr }));
  return kind === 'SGD' ? new SGD(groups, { momentum: 0.7 }) : new Adam(groups);
}

function next(scheduler: LRScheduler, epoch: number): void {
  if (scheduler instanceof ReduceLROnPlateau) scheduler.step(METRICS[epoch]);
  else scheduler.step();
}

/** Compares arrays and objects of numbers up to the rounding of cosines and powers. */
function expectNear(actual: unknown, wanted: unknown, where: string): void {
  if (wanted === 'inf' || wanted === '-inf') {
    expect(actual, where).toBe(wanted === 'inf' ? Infinity : -Infinity);
  } else if (typeof wanted === 'number') {
    if (typeof actual !== 'number') expect.fail(`${where}: ${actual}, PyTorch has ${wanted}`);
    if (!(Math.abs(actual - wanted) <= 1e-16 + 1e-12 * Math.abs(wanted))) {
      expect.fail(`${where}: ${actual}, PyTorch has ${wanted}`);
    }
  } else if (typeof wanted === 'object' && wanted !== null) {
    expect(Array.isArray(actual), where).toBe(Array.isArray(wanted));
    expect(Object.keys(actual as object).sort(), where).toEqual(Object.keys(wanted).sort());
    for (const [key, part] of Object.entries(wanted)) {
      expectNear((actual as Dict)[key], part, `${where} ${key}`);
    }
  } else {
    expect(actual, where).toBe(wanted);
  }
}

const momentaOf = (optimizer: Scheduled): unknown[] =>
  optimizer.paramGroups.map((group) => {
    const { momentum, betas } = group as { momentum?: number; betas?: number[] };
    return momentum ?? betas;
  });
const ratesOf = (optimizer: Scheduled): number[] => optimizer.paramGroups.map(({ lr }) => lr);
const table = runs.map((run) => [`${run.optimizer} ${JSON.stringify(run.schedule)}`, run] as const);
const one = (lr = 1, options: object = {}): SGD =>
  new SGD([zeros([1], { requiresGrad: true })], { lr, ...options });

describe('against PyTorch', () => {
  test('the goldens have every schedule', () => {
    const seen = new Set(runs.map((run) => run.schedule[0]));
    const all = Object.keys(lrScheduler).filter((name) => name !== 'LRScheduler');
    expect([...seen].sort()).toEqual(all.sort());
  });

  test.each(table)('%s', (_, run) => {
    const optimizer = optimizerOf(run.optimizer, run.rates);
    const scheduler = build(optimizer, run.schedule);
    run.lrs.forEach((wanted, epoch) => {
      expectNear(ratesOf(optimizer), wanted, `epoch ${epoch}`);
      expectNear(scheduler.getLastLr(), wanted, `last rate at epoch ${epoch}`);
      if (run.momenta !== null) {
        expectNear(momentaOf(optimizer), run.momenta[epoch], `momentum at epoch ${epoch}`);
      }
      if (epoch === HALF) {
        expectNear(scheduler.stateDict(), run.half, 'state');
        expectNear(optimizer.stateDict().param_groups, run.halfGroups, 'groups');
      }
      next(scheduler, epoch);
    });
    expectNear(scheduler.stateDict(), run.end, 'state');
  });

  test.each(goldens.jumps.map((jump) => [JSON.stringify(jump.schedule), jump] as const))(
    'step(epoch): %s',
    (_, { schedule, epochs, lrs }) => {
      const optimizer = optimizerOf('SGD', [0.5, 0.1]);
      const scheduler = build(optimizer, schedule as Spec);
      epochs.forEach((epoch, i) => {
        scheduler.step(epoch);
        expectNear(ratesOf(optimizer), lrs[i], `epoch ${epoch}`);
      });
    },
  );

  test.each(goldens.resumed.map((run) => [JSON.stringify(run.schedule), run] as const))(
    'lastEpoch: %s',
    (_, { schedule, lrs }) => {
      const optimizer = optimizerOf('SGD', [0.25, 0.05]);
      optimizer.paramGroups.forEach((group, i) => {
        (group as { initialLr?: number }).initialLr = [0.5, 0.1][i];
      });
      const scheduler = build(optimizer, schedule as Spec, { lastEpoch: 4 });
      for (const wanted of lrs) {
        expectNear(ratesOf(optimizer), wanted, `epoch ${scheduler.lastEpoch}`);
        scheduler.step();
      }
    },
  );

  test('each schedule is also exported on its own', () => {
    const exported: Record<string, unknown> = { ...everything };
    for (const [name, Class] of Object.entries(lrScheduler)) {
      expect(exported[name]).toBe(Class);
      expect(Class.name).toBe(name);
      expect(Class === LRScheduler || Class.prototype instanceof LRScheduler).toBe(true);
    }
  });
});

describe('resuming', () => {
  const halves = (run: Run): { optimizer: Scheduled; scheduler: LRScheduler } => {
    const optimizer = optimizerOf(run.optimizer, run.rates);
    return { optimizer, scheduler: build(optimizer, run.schedule) };
  };

  test.each(table)('equals an uninterrupted run: %s', (_, run) => {
    const { optimizer, scheduler } = halves(run);
    for (let epoch = 0; epoch < HALF; epoch++) next(scheduler, epoch);
    // Through JSON, except for values that JSON cannot represent.
    const through = (dict: unknown): unknown =>
      JSON.parse(
        JSON.stringify(dict, (_key, x) => (Math.abs(x) === Infinity ? `${x}` : x)),
        (_key, x) => (x === 'Infinity' || x === '-Infinity' ? Number(x) : x),
      );
    const saved = through(scheduler.stateDict()) as Dict;
    const groups = optimizer.stateDict();
    const other = halves(run);
    other.scheduler.loadStateDict(saved);
    other.optimizer.loadStateDict(groups);
    for (let epoch = HALF; epoch < run.lrs.length; epoch++) {
      expect(ratesOf(other.optimizer)).toEqual(ratesOf(optimizer));
      expect(momentaOf(other.optimizer)).toEqual(momentaOf(optimizer));
      next(scheduler, epoch);
      next(other.scheduler, epoch);
    }
    expect(other.scheduler.stateDict()).toEqual(scheduler.stateDict());
    // The dict is a copy.
    expect(saved).toEqual(through(saved));
  });

  test.each(table)("loads PyTorch's state: %s", (_, run) => {
    const { optimizer, scheduler } = halves(run);
    const numbers = (x: unknown): unknown => {
      if (Array.isArray(x)) return x.map(numbers);
      if (typeof x === 'object' && x !== null) {
        return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, numbers(v)]));
      }
      return x === 'inf' || x === '-inf' ? (x === 'inf' ? Infinity : -Infinity) : x;
    };
    const dict = numbers(run.half) as Dict;
    scheduler.loadStateDict(dict);
    expect(dict).toEqual(numbers(run.half));
    expect(scheduler.stateDict()).toEqual(dict);
    optimizer.loadStateDict({ state: {}, param_groups: run.halfGroups });
    run.lrs.slice(HALF).forEach((wanted, i) => {
      expectNear(ratesOf(optimizer), wanted, `epoch ${HALF + i}`);
      next(scheduler, HALF + i);
    });
    expectNear(scheduler.stateDict(), run.end, 'state');
  });

  test('loads a dict of an older PyTorch, and milestones from a file', () => {
    const scheduler = new MultiStepLR(one(), [9]);
    const { _is_initial: _a, _get_lr_called_within_step: _b, ...dict } = scheduler.stateDict();
    scheduler.loadStateDict({ ...dict, milestones: new Map([[2, 1]]), verbose: false });
    expect(scheduler.milestones).toEqual({ 2: 1 });
    scheduler.loadStateDict(new Map(Object.entries(dict)) as never);
    expect(scheduler.milestones).toEqual({ 9: 1 });
    expect(scheduler.stateDict()).not.toHaveProperty('verbose');
  });

  const bad: [string, (d: Dict) => unknown, string][] = [
    ['nothing', () => null, 'StepLR.loadStateDict: expected an object, got null'],
    ['a list', () => [1], 'StepLR.loadStateDict: expected an object, got [1]'],
    ['a promise', () => Promise.resolve({}), 'got a promise (await it first)'],
    [
      "another schedule's",
      () => new lrScheduler.ExponentialLR(one(), 0.9).stateDict(),
      "StepLR.loadStateDict: the dict has no 'step_size'; use the state dict of a schedule of the same class",
    ],
    [
      'a wrong type',
      (d) => ({ ...d, gamma: '0.1' }),
      "StepLR.loadStateDict: 'gamma' must be a number, not a string",
    ],
    [
      'a number instead of an array',
      (d) => ({ ...d, base_lrs: 3 }),
      "StepLR.loadStateDict: 'base_lrs' must be an array, not a number",
    ],
    [
      'another number of groups',
      (d) => ({ ...d, base_lrs: [1, 2] }),
      "StepLR.loadStateDict: 'base_lrs' has 2 rates, but the optimizer has 1 parameter groups",
    ],
  ];
  test.each(bad)('throws for %s', (_, change, message) => {
    const scheduler = new StepLR(one(), 3);
    const before = scheduler.stateDict();
    const dict = change(scheduler.stateDict()) as Dict;
    expect(() => scheduler.loadStateDict(dict)).toThrow(message);
    expect(() => scheduler.loadStateDict(dict)).toThrow(FormatError);
    expect(scheduler.stateDict()).toEqual(before);
  });

  test('changes nothing if one part is invalid', () => {
    const optimizer = one();
    const make = (): LRScheduler =>
      new lrScheduler.ChainedScheduler([
        new StepLR(optimizer, 3),
        new lrScheduler.ExponentialLR(optimizer, 0.9),
      ]);
    const scheduler = make();
    scheduler.step();
    const dict = scheduler.stateDict();
    const parts = dict._schedulers as Dict[];
    const other = make();
    const before = other.stateDict();
    const broken = { ...dict, _schedulers: [parts[0], {}] };
    expect(() => other.loadStateDict(broken)).toThrow(
      "ExponentialLR.loadStateDict: the dict has no 'gamma'",
    );
    expect(other.stateDict()).toEqual(before);
    expect(() => other.loadStateDict({ ...dict, _schedulers: [parts[0]] })).toThrow(
      "ChainedScheduler.loadStateDict: expected '_schedulers' with 2 state dicts, got 1",
    );
  });

  test('throws for wrong modes of ReduceLROnPlateau and other cycleMomentum', () => {
    const plateau = new ReduceLROnPlateau(one());
    const dict = plateau.stateDict();
    expect(() => plateau.loadStateDict({ ...dict, mode: 'mean' })).toThrow(FormatError);
    expect(() => plateau.loadStateDict({ ...dict, mode: 'mean' })).toThrow(
      "ReduceLROnPlateau.loadStateDict: mode must be one of 'min', 'max', not 'mean'",
    );
    const cycle = (cycleMomentum: boolean): LRScheduler =>
      new lrScheduler.OneCycleLR(one(1, { momentum: 0.5 }), 1, { totalSteps: 9, cycleMomentum });
    expect(() => cycle(false).loadStateDict(cycle(true).stateDict())).toThrow(
      'OneCycleLR.loadStateDict: the dict has cycleMomentum true, but this schedule has false',
    );
    expect(() => cycle(true).loadStateDict(cycle(false).stateDict())).toThrow(FormatError);
  });
});

describe('a schedule', () => {
  test('can be written by a user', () => {
    class HalfAt extends LRScheduler {
      declare readonly epoch: number;
      constructor(optimizer: Scheduled, epoch: number) {
        super(optimizer, { epoch });
      }
      protected override getLr(): number[] {
        return this.baseLrs.map((lr) => (this.lastEpoch < this.epoch ? lr : lr / 2));
      }
    }
    const optimizer = one(1);
    const scheduler = new HalfAt(optimizer, 2);
    const seen: number[] = [];
    for (let i = 0; i < 4; i++) {
      seen.push(...scheduler.getLastLr());
      scheduler.step();
    }
    expect(seen).toEqual([1, 1, 0.5, 0.5]);
    expect(scheduler.stateDict()).toMatchObject({ epoch: 2, last_epoch: 4, _step_count: 5 });
    expect(() => new LRScheduler(optimizer)).toThrow(
      'LRScheduler: a subclass of LRScheduler must override getLr',
    );
    class Bad extends LRScheduler {
      protected override getLr(): number[] {
        return [Number.NaN];
      }
    }
    expect(() => new Bad(one())).toThrow(
      'Bad: the learning rate of group 0 at epoch 0 would be NaN',
    );
  });

  test('returns a copy of its rates', () => {
    const scheduler = new StepLR(one(0.5), 3);
    scheduler.getLastLr()[0] = 9;
    expect(scheduler.getLastLr()).toEqual([0.5]);
  });

  test('throws for groups added later', () => {
    const optimizer = one();
    const scheduler = new lrScheduler.LambdaLR(optimizer, () => 1);
    optimizer.addParamGroup({ params: zeros([1], { requiresGrad: true }) });
    expect(() => scheduler.step()).toThrow(
      'LambdaLR: the schedule was created for 1 parameter groups, but the optimizer now has 2',
    );
  });

  test('recovers from a rate of 0, where PyTorch divides by zero', () => {
    const scheduler = new lrScheduler.ConstantLR(one(0.5), { factor: 0, totalIters: 2 });
    const seen: number[] = [];
    for (let i = 0; i < 4; i++) {
      seen.push(...scheduler.getLastLr());
      scheduler.step();
    }
    expect(seen).toEqual([0, 0, 0.5, 0.5]);
  });

  test('ReduceLROnPlateau accepts a tensor and groups added later', () => {
    const optimizer = one(1);
    const scheduler = new ReduceLROnPlateau(optimizer, { patience: 0, factor: 0.5 });
    scheduler.step(tensor(1));
    optimizer.addParamGroup({ params: zeros([1], { requiresGrad: true }), lr: 4 });
    scheduler.step(tensor([1]));
    expect(ratesOf(optimizer)).toEqual([0.5, 2]);
    expect(() => scheduler.step()).toThrow(ValueError);
    const strict = new ReduceLROnPlateau(optimizer, { patience: 0, minLr: [0, 0] });
    optimizer.addParamGroup({ params: zeros([1], { requiresGrad: true }) });
    strict.step(1);
    expect(() => strict.step(1)).toThrow('minLrs has 2 values, but the optimizer now has 3');
  });

  test('OneCycleLR throws after its last step', () => {
    const scheduler = new lrScheduler.OneCycleLR(one(1, { momentum: 0.5 }), 1, { totalSteps: 5 });
    for (let i = 0; i < 5; i++) scheduler.step();
    expect(() => scheduler.step()).toThrow(
      'OneCycleLR: step 6 exceeds the 5 steps of the cycle; use a larger totalSteps',
    );
  });
});
