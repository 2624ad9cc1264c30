// Adam, AdamW, RMSprop, Adagrad, Adadelta and Adamax against PyTorch's trajectories.
import {
  type Backend,
  cat,
  cpuBackend,
  FormatError,
  fromTypedArray,
  noGrad,
  type Tensor,
  tensor,
  ValueError,
} from '@dl/core';
import { describe, expect, test, vi } from 'vitest';
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  type Optimizer,
  type OptimizerStateDict,
  RMSprop,
  SGD,
} from '../src/index.js';
import { camelCase } from '../src/state-names.js';
import goldens from './fixtures/optimizers.json' with { type: 'json' };
import { expectClose, type Packed, unpack } from './support.js';

interface Run {
  name: string;
  options: Record<string, unknown>;
  second: Record<string, unknown>;
  dtype: string;
  path: string;
  state: Record<string, Record<string, Packed>>;
  groups: Record<string, unknown>[];
}

type Any = Optimizer<{ lr: number }>;
type Three = [Tensor, Tensor, Tensor];
const STEPS = 8;
const runs = goldens.runs as unknown as Run[];
const classes = { Adam, AdamW, RMSprop, Adagrad, Adadelta, Adamax } as const;
type Name = keyof typeof classes;
const names = Object.keys(classes) as Name[];

const make = (name: string, params: unknown, options: object = {}): Any =>
  new classes[name as Name](params as never, options as never) as Any;

const camel = (options: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).map(([k, v]) => [camelCase(k), v]));

function start(run: Run, options = run.options): { params: Three; optimizer: Any } {
  const packed = goldens.starts[run.dtype as 'float32'];
  const params = packed.map((p) => unpack(p).requiresGrad_()) as Three;
  const groups = [
    { params: [params[0], params[2]] },
    { params: [params[1]], ...camel(run.second) },
  ];
  return { params, optimizer: make(run.name, groups, camel(options)) };
}

function oneStep(optimizer: Any, params: Three, step: number): void {
  const [a, b, c] = params;
  optimizer.zeroGrad();
  let loss = a.sin().mul(2).sum().add(b.mul(b).sum().mul(0.5));
  if (step === 2 || step === 3 || step === 6) loss = loss.add(c.exp().sum());
  loss.backward();
  optimizer.step();
  if (step === 3) optimizer.paramGroups[0].lr *= 0.5;
}

function expectState(dict: OptimizerStateDict, run: Run): void {
  expect(dict.param_groups).toEqual(run.groups);
  expect(Object.keys(dict.state)).toEqual(Object.keys(run.state));
  for (const [number, wanted] of Object.entries(run.state)) {
    const own = dict.state[number];
    expect(Object.keys(own)).toEqual(Object.keys(wanted));
    for (const [key, packed] of Object.entries(wanted)) {
      expectClose(own[key] as Tensor, packed, `${key} of parameter ${number}`);
      expect((own[key] as Tensor).requiresGrad).toBe(false);
    }
  }
}

const bits = (x: Tensor): string => Buffer.from((x.data() as Float32Array).buffer).toString('hex');
const title = ({ name, dtype, options, second }: Run): string =>
  `${name} ${dtype} ${JSON.stringify(options)} ${JSON.stringify(second)}`;
const table = runs.map((run) => [title(run), run] as const);

describe('against PyTorch', () => {
  test('the goldens have all optimizers', () => {
    for (const name of names) {
      expect(runs.filter((run) => run.name === name).length).toBeGreaterThanOrEqual(18);
    }
  });

  test.each(table)('%s', (_, run) => {
    const { params, optimizer } = start(run);
    const size = params.reduce((n, p) => n + p.numel(), 0);
    const { dtype } = run;
    const path = unpack({ shape: [STEPS, size], dtype, data: run.path });
    for (let step = 0; step < STEPS; step++) {
      oneStep(optimizer, params, step);
      const now = cat(params.map((p) => p.detach().reshape([-1])));
      const data = Buffer.from((path.select(0, step).data() as Float32Array).slice().buffer);
      const wanted = { shape: [size], dtype, data: data.toString('base64') };
      expectClose(now, wanted, `step ${step}`);
    }
    expectState(optimizer.stateDict(), run);
  });

  test.each(names)('defaults and printed form of %s', (name) => {
    const optimizer = make(name, [tensor([0], { requiresGrad: true })]);
    expect(optimizer.stateDict().param_groups[0]).toEqual(goldens.defaults[name]);
    expect(optimizer.toString()).toBe(goldens.reprs[name].trimEnd());
  });

  test('AdamW is an instance of Adam', () => {
    expect(new AdamW([tensor([0], { requiresGrad: true })])).toBeInstanceOf(Adam);
  });

  test("Adagrad's sums exist before the first step, with the optimizer's option", () => {
    const [a, b] = [tensor([1], { requiresGrad: true }), tensor([2], { requiresGrad: true })];
    const optimizer = new Adagrad([{ params: [a], initialAccumulatorValue: 7 }], {
      initialAccumulatorValue: 3,
    });
    const first = optimizer.stateDict().state[0];
    expect((first.step as Tensor).item()).toBe(0);
    expect((first.sum as Tensor).toArray()).toEqual([3]);
    // A parameter added later gets its sum at its first step, as in PyTorch.
    optimizer.addParamGroup({ params: b });
    expect(optimizer.state.has(b)).toBe(false);
    b.grad = tensor([2]);
    optimizer.step();
    expect((optimizer.state.get(b)!.sum as Tensor).toArray()).toEqual([7]);
  });
});

describe('a step', () => {
  const all: [Name, Record<string, unknown>][] = [
    ['Adam', { amsgrad: true, weightDecay: 0.1, maximize: true }],
    ['AdamW', { amsgrad: true }],
    ['RMSprop', { momentum: 0.9, centered: true, weightDecay: 0.1 }],
    ['Adagrad', { lrDecay: 0.1, weightDecay: 0.1 }],
    ['Adadelta', { weightDecay: 0.1, maximize: true }],
    ['Adamax', { weightDecay: 0.1, maximize: true }],
  ];
  test.each(all)('of %s is one program for each parameter', (name, options) => {
    const w = tensor([1, 2], { requiresGrad: true });
    w.grad = tensor([1, -1]);
    const optimizer = make(name, [w], options);
    const programs = (): unknown[] => {
      const spy = vi.spyOn(cpuBackend as Backend, 'map');
      try {
        optimizer.step();
        // The step count is a separate scalar.
        const calls = spy.mock.calls.filter(([, , outputs]) => outputs[0].shape.length > 0);
        return calls.map(([program]) => program);
      } finally {
        spy.mockRestore();
      }
    };
    const first = programs();
    expect(first).toHaveLength(1);
    // Other numbers, and another step with its bias corrections, use the same program.
    const group = optimizer.paramGroups[0] as unknown as Record<string, unknown>;
    for (const key of ['lr', 'weightDecay', 'eps', 'momentum', 'alpha']) {
      if (typeof group[key] === 'number') group[key] = group[key] * 0.9;
    }
    if ('betas' in group) group.betas = [0.8, 0.99];
    const second = programs();
    expect(second).toHaveLength(1);
    expect(second[0]).toBe(first[0]);
    expect([w.isLeaf, w.requiresGrad]).toEqual([true, true]);
    expect(w.grad.toArray()).toEqual([1, -1]);
  });

  test.each(names)('of %s skips parameters without a gradient', (name) => {
    const [a, b] = [tensor([1], { requiresGrad: true }), tensor([2], { requiresGrad: true })];
    const optimizer = make(name, [a, b], { weightDecay: 1 });
    a.grad = tensor([1]);
    optimizer.step();
    expect(b.item()).toBe(2);
    expect(a.item()).not.toBe(1);
    expect((optimizer.state.get(a)!.step as Tensor).item()).toBe(1);
    const other = optimizer.state.get(b)?.step as Tensor | undefined;
    expect(other?.item() ?? 0).toBe(0);
  });

  test.each(names)('of %s works in half precision and in any memory layout', (name) => {
    const w = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { dtype: 'float16' },
    )
      .t()
      .detach()
      .requiresGrad_();
    w.grad = tensor([1, 2], { dtype: 'float16' }).expand([2, 2]);
    const optimizer = make(name, [w], { lr: name === 'Adadelta' ? 5 : 0.5, eps: 0.001 });
    optimizer.step();
    // The first step is about the learning rate; ten times that for RMSprop, a tenth for Adadelta.
    const size = name === 'RMSprop' ? 5 : 0.5;
    const before = [
      [1, 3],
      [2, 4],
    ];
    (w.toArray() as number[][]).forEach((row, i) => {
      row.forEach((v, j) => {
        expect(Math.abs(before[i][j] - v - size)).toBeLessThan(0.08);
      });
    });
    const state = Object.entries(optimizer.state.get(w)!);
    expect(state.map(([key, x]) => [key, (x as Tensor).dtype])).toEqual(
      state.map(([key]) => [key, key === 'step' ? 'float32' : 'float16']),
    );
  });

  test('creates the state for a changed option on demand', () => {
    const w = tensor([1, 2], { requiresGrad: true });
    w.grad = tensor([1, -1]);
    const adam = new Adam([w]);
    adam.step();
    adam.paramGroups[0].amsgrad = true;
    adam.step();
    expect(Object.keys(adam.state.get(w)!)).toContain('max_exp_avg_sq');
    const rms = new RMSprop([w]);
    rms.step();
    rms.paramGroups[0].momentum = 0.9;
    rms.paramGroups[0].centered = true;
    rms.step();
    expect(Object.keys(rms.state.get(w)!)).toEqual([
      'step',
      'square_avg',
      'momentum_buffer',
      'grad_avg',
    ]);
  });
});

describe('resuming', () => {
  // The largest state of each optimizer, in both dtypes.
  const longest = ['float32', 'float64'].flatMap((dtype) =>
    names.map((name) => {
      const own = runs.filter((run) => run.name === name && run.dtype === dtype);
      const size = (run: Run): number =>
        2 * Object.keys(run.state[0]).length + Number(run.options.weight_decay === 0.1);
      return own.reduce((a, b) => (size(b) > size(a) ? b : a));
    }),
  );

  test.each(longest.map((run) => [title(run), run] as const))(
    'is bit-identical to an uninterrupted run: %s',
    (_, run) => {
      const whole = start(run);
      for (let step = 0; step < STEPS; step++) oneStep(whole.optimizer, whole.params, step);

      const first = start(run);
      for (let step = 0; step < 4; step++) oneStep(first.optimizer, first.params, step);
      const saved = first.optimizer.stateDict();
      const second = start(run, { lr: 9, maximize: true });
      noGrad(() => {
        second.params.forEach((p, i) => {
          p.copy_(first.params[i]);
        });
      });
      second.optimizer.loadStateDict(saved);
      // Loading copies, so the old optimizer can continue independently.
      oneStep(first.optimizer, first.params, 4);
      for (let step = 4; step < STEPS; step++) oneStep(second.optimizer, second.params, step);
      second.params.forEach((p, i) => {
        expect(bits(p)).toBe(bits(whole.params[i]));
      });
      const [a, b] = [second.optimizer.stateDict(), whole.optimizer.stateDict()];
      expect(a.param_groups).toEqual(b.param_groups);
      for (const [number, state] of Object.entries(b.state)) {
        for (const [key, x] of Object.entries(state)) {
          expect(bits(a.state[number][key] as Tensor)).toBe(bits(x as Tensor));
        }
      }
    },
  );

  test.each(longest.map((run) => [title(run), run] as const))(
    "PyTorch's state loads: %s",
    (_, run) => {
      const { optimizer } = start(run, { lr: 9 });
      const state: OptimizerStateDict['state'] = {};
      for (const [number, values] of Object.entries(run.state)) {
        state[number] = Object.fromEntries(
          Object.entries(values).map(([key, value]) => [key, unpack(value)]),
        );
      }
      optimizer.loadStateDict({ state, param_groups: run.groups });
      expectState(optimizer.stateDict(), run);
    },
  );

  test('accepts plain step counts and scalar tensors in options, from other versions of PyTorch', () => {
    const w = tensor([1], { requiresGrad: true });
    const optimizer = new Adam([w]);
    const dict = optimizer.stateDict();
    const mean = tensor([0.5]);
    optimizer.loadStateDict({
      state: { 0: { step: 3, exp_avg: mean, exp_avg_sq: mean } },
      param_groups: [
        {
          ...dict.param_groups[0],
          lr: fromTypedArray(new Float64Array([0.25]), []),
          betas: [fromTypedArray(new Float64Array([0.5]), [1]), 0.75],
        },
      ],
    });
    expect(optimizer.paramGroups[0]).toMatchObject({ lr: 0.25, betas: [0.5, 0.75] });
    const step = optimizer.state.get(w)!.step as Tensor;
    expect([step.dtype, step.shape, step.item()]).toEqual(['float32', [], 3]);
  });

  test("AdamW loads Adam's state and keeps its decay decoupled", () => {
    const w = tensor([1], { requiresGrad: true });
    const adamw = new AdamW([w]);
    adamw.loadStateDict(new Adam([w], { lr: 0.5 }).stateDict());
    expect(adamw.paramGroups[0]).toMatchObject({ lr: 0.5, decoupledWeightDecay: true });
    expect(() => adamw.loadStateDict(null as never)).toThrow(FormatError);
  });

  test('groups do not share betas', () => {
    const params = [tensor([1], { requiresGrad: true }), tensor([1], { requiresGrad: true })];
    const betas: [number, number] = [0.8, 0.9];
    const groups = params.map((p) => ({ params: p }));
    const optimizer = new Adam(groups, { betas });
    const dict = optimizer.stateDict();
    (optimizer.paramGroups[0].betas as unknown as number[])[0] = 0.1;
    expect(betas).toEqual([0.8, 0.9]);
    expect(optimizer.paramGroups[1].betas).toEqual([0.8, 0.9]);
    expect(dict.param_groups[0].betas).toEqual([0.8, 0.9]);
    optimizer.loadStateDict(dict);
    (optimizer.paramGroups[0].betas as unknown as number[])[0] = 0.2;
    expect(dict.param_groups[0].betas).toEqual([0.8, 0.9]);
    expect(new Adam(params).paramGroups[0].betas).toEqual([0.9, 0.999]);
  });
});

describe('invalid options', () => {
  const negative: [Name, string[]][] = [
    ['Adam', ['lr', 'eps', 'weightDecay']],
    ['AdamW', ['lr', 'eps', 'weightDecay']],
    ['RMSprop', ['lr', 'alpha', 'eps', 'weightDecay', 'momentum']],
    ['Adagrad', ['lr', 'lrDecay', 'weightDecay', 'initialAccumulatorValue', 'eps']],
    ['Adadelta', ['lr', 'eps', 'weightDecay']],
    ['Adamax', ['lr', 'eps', 'weightDecay']],
  ];
  const bad: [Name, Record<string, unknown>, string][] = negative.flatMap(([name, keys]) =>
    keys.flatMap((key): [Name, Record<string, unknown>, string][] =>
      [-1, Number.NaN, '1', null].map((value) => [
        name,
        { [key]: value },
        `${name}: ${key} must be a non-negative number, not ${typeof value === 'string' ? `'${value}'` : value}`,
      ]),
    ),
  );
  const betas = 'betas must be two numbers in [0, 1), not';
  bad.push(
    ['Adam', { betas: [1, 0.9] }, `Adam: ${betas} [1, 0.9]`],
    ['Adam', { betas: [0.9, 1] }, `Adam: ${betas} [0.9, 1]`],
    ['Adam', { betas: [-0.1, 0.9] }, `Adam: ${betas} [-0.1, 0.9]`],
    ['Adam', { betas: [0.9] }, `Adam: ${betas} [0.9]`],
    ['Adam', { betas: [0.9, Number.NaN] }, `Adam: ${betas} [0.9, NaN]`],
    ['Adam', { betas: 0.9 }, `Adam: ${betas} 0.9`],
    ['Adamax', { betas: [0.9, 1] }, `Adamax: ${betas} [0.9, 1]`],
    ['Adamax', { maximize: 1 }, 'Adamax: maximize must be true or false, not 1'],
    ['AdamW', { betas: [0.9, 2] }, `AdamW: ${betas} [0.9, 2]`],
    ['Adam', { amsgrad: 1 }, 'Adam: amsgrad must be true or false, not 1'],
    ['Adam', { decoupledWeightDecay: null }, 'Adam: decoupledWeightDecay must be true or false'],
    ['RMSprop', { centered: 'no' }, "RMSprop: centered must be true or false, not 'no'"],
    ['Adagrad', { maximize: 0 }, 'Adagrad: maximize must be true or false, not 0'],
    ['Adadelta', { rho: 1.1 }, 'Adadelta: rho must be a number between 0 and 1, not 1.1'],
    ['Adadelta', { rho: -0.1 }, 'Adadelta: rho must be a number between 0 and 1, not -0.1'],
    ['AdamW', { decoupledWeightDecay: true }, 'AdamW: decoupledWeightDecay is always true'],
    ['Adam', { weight_decay: 1 }, "Adam: unknown option 'weight_decay'; did you mean weightDecay?"],
    [
      'RMSprop',
      { betas: [0, 0] },
      "RMSprop: unknown option 'betas'; the options are params, lr, alpha, eps",
    ],
  );
  test.each(bad)('%s %o', (name, options, message) => {
    const w = (): Tensor => tensor([1], { requiresGrad: true });
    expect(() => make(name, [w()], options)).toThrow(message);
    expect(() => make(name, [w()], options)).toThrow(ValueError);
  });

  test('of a group and of a state dict throw', () => {
    const w = tensor([1], { requiresGrad: true });
    const optimizer = new AdamW([w]);
    const dict = optimizer.stateDict();
    expect(() =>
      optimizer.loadStateDict({
        ...dict,
        param_groups: [{ ...dict.param_groups[0], betas: [2, 2] }],
      }),
    ).toThrow('AdamW: betas must be');
    const other = tensor([1], { requiresGrad: true });
    expect(() => optimizer.addParamGroup({ params: other, decoupledWeightDecay: false })).toThrow(
      'AdamW: decoupledWeightDecay must be true, got false for a group',
    );
    expect(() => new SGD([w], { nesterov: 1 as never })).toThrow(
      'SGD: nesterov must be true or false, not 1',
    );
  });
});
