// SGD against PyTorch's trajectories.
import { type Backend, cpuBackend, type Tensor, tensor } from '@dl/core';
import { describe, expect, test, vi } from 'vitest';
import { SGD, type SGDOptions } from '../src/index.js';
import goldens from './fixtures/sgd.json' with { type: 'json' };
import { expectClose, type Packed, unpack } from './support.js';

type Run = (typeof goldens.runs)[number];

function start(run: Run): { params: [Tensor, Tensor, Tensor]; optimizer: SGD } {
  const params = run.start.map((p) => unpack(p).requiresGrad_()) as [Tensor, Tensor, Tensor];
  const { weight_decay: weightDecay, ...rest } = run.options;
  const second: { params: Tensor[] } & Partial<SGDOptions> = { params: [params[1]], lr: 0.05 };
  if (run.groupMomentum !== null) second.momentum = run.groupMomentum;
  const optimizer = new SGD([{ params: [params[0], params[2]] }, second], { weightDecay, ...rest });
  return { params, optimizer };
}

function lossOf([a, b, c]: [Tensor, Tensor, Tensor], step: number): Tensor {
  let loss = a.sin().mul(2).sum().add(b.mul(b).sum().mul(0.5));
  if (step >= 2) loss = loss.add(c.exp().sum());
  return loss;
}

function oneStep(optimizer: SGD, params: [Tensor, Tensor, Tensor], step: number): void {
  optimizer.zeroGrad();
  lossOf(params, step).backward();
  optimizer.step();
  if (step === 2) optimizer.paramGroups[0].lr *= 0.5;
}

const title = ({ options, dtype }: Run): string => `${dtype} ${JSON.stringify(options)}`;

describe('against PyTorch', () => {
  test.each(goldens.runs.map((run) => [title(run), run] as const))('%s', (_, run) => {
    const { params, optimizer } = start(run);
    run.path.forEach((wanted, step) => {
      oneStep(optimizer, params, step);
      params.forEach((p, i) => {
        expectClose(p, wanted[i] as Packed, `step ${step}, parameter ${i}`);
      });
    });
    const dict = optimizer.stateDict();
    expect(dict.param_groups).toEqual(run.groups);
    const state = run.state as Record<string, { momentum_buffer?: Packed }>;
    expect(Object.keys(dict.state)).toEqual(Object.keys(state));
    for (const [number, { momentum_buffer: wanted }] of Object.entries(state)) {
      const own = dict.state[number].momentum_buffer as Tensor;
      expectClose(own, wanted as Packed, `direction of parameter ${number}`);
      expect(own.requiresGrad).toBe(false);
    }
  });

  test('defaults and printed form', () => {
    const w = tensor([0], { requiresGrad: true });
    expect(new SGD([w]).stateDict().param_groups[0]).toEqual(goldens.defaults);
    const shown = new SGD([w], { lr: 0.1, momentum: 0.9, nesterov: true });
    expect(shown.toString()).toBe(goldens.repr.trimEnd());
  });
});

describe('a step', () => {
  const programsOf = (body: () => void): unknown[] => {
    const spy = vi.spyOn(cpuBackend as Backend, 'map');
    try {
      body();
      return spy.mock.calls.map(([program]) => program);
    } finally {
      spy.mockRestore();
    }
  };
  const ready = (options: Partial<SGDOptions>): { w: Tensor; optimizer: SGD } => {
    const w = tensor([1, 2], { requiresGrad: true });
    w.grad = tensor([1, -1]);
    return { w, optimizer: new SGD([w], { lr: 0.1, ...options }) };
  };

  test('runs one program for each parameter, the same for other numbers', () => {
    const { optimizer } = ready({ momentum: 0.9, weightDecay: 0.1, nesterov: true });
    const group = optimizer.paramGroups[0];
    expect(programsOf(() => optimizer.step())).toHaveLength(1);
    const second = programsOf(() => optimizer.step());
    group.lr = 0.033;
    group.momentum = 0.5;
    group.weightDecay = 0.7;
    const third = programsOf(() => optimizer.step());
    expect(second).toHaveLength(1);
    expect(third).toHaveLength(1);
    expect(third[0]).toBe(second[0]);
  });

  test('keeps the parameter a leaf without history, and its gradient unchanged', () => {
    const { w, optimizer } = ready({ momentum: 0.9, maximize: true, weightDecay: 1 });
    optimizer.step();
    expect([w.isLeaf, w.requiresGrad]).toEqual([true, true]);
    expect(w.grad!.toArray()).toEqual([1, -1]);
    const buffer = optimizer.state.get(w)!.momentum_buffer as Tensor;
    expect(buffer.storage).not.toBe(w.grad!.storage);
    expect(w.version).toBeGreaterThan(0);
  });

  test('skips parameters without a gradient', () => {
    const { w, optimizer } = ready({ momentum: 0.9, weightDecay: 1 });
    w.grad = null;
    optimizer.step();
    expect(w.toArray()).toEqual([1, 2]);
    expect(optimizer.state.size).toBe(0);
  });

  test('calls a closure with gradients enabled and returns its loss', () => {
    const { w, optimizer } = ready({});
    const loss = optimizer.step(() => {
      optimizer.zeroGrad();
      const l = w.mul(w).sum();
      l.backward();
      return l;
    });
    expect(loss.item()).toBe(5);
    expect(w.data()).toEqual(new Float32Array([0.8, 1.6]));
    expect(ready({}).optimizer.step()).toBeNull();
  });

  test('accepts gradients and parameters in any memory layout', () => {
    const w = tensor([
      [1, 2],
      [3, 4],
    ])
      .t()
      .detach()
      .requiresGrad_();
    w.grad = tensor([1, 2]).expand([2, 2]);
    new SGD([w], { lr: 1 }).step();
    expect(w.toArray()).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  test('updates half-precision parameters', () => {
    const w = tensor([1, 2], { dtype: 'float16', requiresGrad: true });
    w.grad = tensor([0.5, 0.5], { dtype: 'float16' });
    const optimizer = new SGD([w], { lr: 1, momentum: 0.5 });
    optimizer.step();
    optimizer.step();
    expect(w.toArray()).toEqual([-0.25, 0.75]);
    expect((optimizer.state.get(w)!.momentum_buffer as Tensor).dtype).toBe('float16');
  });
});

describe('resuming', () => {
  const run = goldens.runs.find(
    ({ options: o }) => o.momentum !== 0 && o.dampening !== 0 && o.weight_decay !== 0,
  ) as Run;

  test('is bit-identical to an uninterrupted run', () => {
    const whole = start(run);
    for (let step = 0; step < 5; step++) oneStep(whole.optimizer, whole.params, step);

    const first = start(run);
    for (let step = 0; step < 3; step++) oneStep(first.optimizer, first.params, step);
    const saved = first.optimizer.stateDict();
    const params = first.params.map((p) => p.detach().clone().requiresGrad_());
    const second = start({ ...run, options: { ...run.options, lr: 9 } });
    second.params.forEach((p, i) => {
      p.detach().copy_(params[i]);
    });
    second.optimizer.loadStateDict(saved);
    // Loading copies, so the old optimizer can continue independently.
    oneStep(first.optimizer, first.params, 3);
    for (let step = 3; step < 5; step++) oneStep(second.optimizer, second.params, step);
    second.params.forEach((p, i) => {
      expect(p.data()).toEqual(whole.params[i].data());
    });
  });

  test("loads PyTorch's state and converts it to the parameter's dtype", () => {
    const { optimizer, params } = start(run);
    const state: Record<string, { momentum_buffer: Tensor }> = {};
    for (const [number, value] of Object.entries(run.state)) {
      const packed = (value as { momentum_buffer: Packed }).momentum_buffer;
      state[number] = { momentum_buffer: unpack(packed).double() };
    }
    optimizer.loadStateDict({ state, param_groups: run.groups });
    const own = optimizer.state.get(params[0])!.momentum_buffer as Tensor;
    expect(own.dtype).toBe('float32');
    expectClose(own, (run.state as never as typeof run.state)['0']!.momentum_buffer, 'direction');
    expect(optimizer.paramGroups[0].lr).toBe(run.groups[0].lr);
    expect(Object.keys(optimizer.paramGroups[0])).not.toContain('foreach');
    expect(optimizer.paramGroups[0].params[0]).toBe(params[0]);
  });

  test('ignores an empty momentum buffer of an older PyTorch', () => {
    const w = tensor([1], { requiresGrad: true });
    w.grad = tensor([1]);
    const optimizer = new SGD([w], { lr: 1, momentum: 0.9 });
    const dict = optimizer.stateDict();
    optimizer.loadStateDict({ ...dict, state: { 0: { momentum_buffer: null } } });
    optimizer.step();
    expect(w.toArray()).toEqual([0]);
  });

  test('keeps options that a schedule added to a group', () => {
    const { optimizer } = start(run);
    const dict = optimizer.stateDict();
    dict.param_groups[0].initial_lr = 0.4;
    optimizer.loadStateDict(dict);
    expect(optimizer.paramGroups[0]).toMatchObject({ initialLr: 0.4 });
    expect(optimizer.stateDict().param_groups[0].initial_lr).toBe(0.4);
  });
});
