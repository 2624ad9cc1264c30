// Layers and initialization against PyTorch's numbers.
import { empty, manualSeed, ones, rand, zeros } from '@dl/core';
import { describe, expect, test } from 'vitest';
import * as nn from '../src/index.js';
import { expectClose, expectSame, goldens, unpack } from './support.js';

const { init, Linear } = nn;

describe('Linear', () => {
  test.each(goldens.linears)('$sizes, bias $bias, $dtype, bit for bit', (golden) => {
    const [into, out] = golden.sizes as [number, number];
    const dtype = golden.dtype as 'float32' | 'float64';
    manualSeed(3);
    const m = new Linear(into, out, { bias: golden.bias, dtype });
    const after = rand([1]);
    const state = golden.state as Record<string, (typeof golden)['x']>;
    expect(Object.keys(m.stateDict())).toEqual(Object.keys(state));
    for (const [key, value] of Object.entries(m.stateDict())) expectSame(value, state[key]);
    expectSame(after, golden.after);
    expectClose(m.forward(unpack(golden.x)), golden.y);
  });

  test('has the same values for the same seed; resetParameters draws new ones', () => {
    manualSeed(1);
    const m = new Linear(4, 4);
    const before = m.weight.toArray();
    m.resetParameters();
    expect(m.weight.toArray()).not.toEqual(before);
    manualSeed(1);
    m.resetParameters();
    expect(m.weight.toArray()).toEqual(before);
    expect(m.weight.requiresGrad).toBe(true);
  });

  test('works without inputs and without outputs', () => {
    expect(new Linear(0, 2).bias!.toArray()).toEqual([0, 0]);
    expect(new Linear(2, 0).forward(zeros([3, 2])).shape).toEqual([3, 0]);
  });

  test('throws for invalid sizes', () => {
    expect(() => new Linear(2.5, 1)).toThrow('Linear: inFeatures must be an integer, not 2.5');
    expect(() => new Linear(2, -1)).toThrow('Linear: outFeatures must be a non-negative integer');
    expect(() => new Linear(2, undefined as never)).toThrow('outFeatures');
  });
});

const activations: Record<string, nn.Module<[ReturnType<typeof ones>]>> = {
  relu: new nn.ReLU(),
  relu6: new nn.ReLU6(),
  leakyRelu: new nn.LeakyReLU(),
  elu: new nn.ELU(),
  eluHalf: new nn.ELU(0.5),
  gelu: new nn.GELU(),
  geluTanh: new nn.GELU({ approximate: 'tanh' }),
  sigmoid: new nn.Sigmoid(),
  logSigmoid: new nn.LogSigmoid(),
  tanh: new nn.Tanh(),
  silu: new nn.SiLU(),
  mish: new nn.Mish(),
  softsign: new nn.Softsign(),
  softplus: new nn.Softplus(),
  softmax: new nn.Softmax(1),
  logSoftmax: new nn.LogSoftmax(-1),
  identity: new nn.Identity(),
  flatten: new nn.Flatten(),
};

describe('layers without parameters', () => {
  test.each(goldens.activations)('$name', ({ name, x, y }) => {
    expectClose(activations[name].forward(unpack(x)), y);
  });

  test('the goldens have all of them', () => {
    expect(goldens.activations.map(({ name }) => name)).toEqual(Object.keys(activations));
  });

  test('Flatten flattens the given dimensions', () => {
    expect(new nn.Flatten().forward(zeros([2, 3, 4])).shape).toEqual([2, 12]);
    expect(new nn.Flatten(0, 1).forward(zeros([2, 3, 4])).shape).toEqual([6, 4]);
  });

  test("Dropout has PyTorch's mask during training, and returns its input after eval()", () => {
    const m = new nn.Dropout(0.3);
    manualSeed(11);
    expectSame(m.forward(ones([20])), goldens.dropout);
    const x = ones([20]);
    expect(m.eval().forward(x)).toBe(x);
  });

  test('throw for invalid arguments', () => {
    expect(() => new nn.Dropout(1.5)).toThrow('Dropout: p must be between 0 and 1, got 1.5');
    expect(() => new nn.Dropout(Number.NaN)).toThrow('Dropout: p');
    expect(() => new nn.Softmax(undefined as never)).toThrow(
      'Softmax: dim is missing; it must be an integer: the dimension along which the values sum to 1, such as -1 for the last',
    );
    expect(() => new nn.LogSoftmax('1' as never)).toThrow(
      'LogSoftmax: dim must be an integer: the dimension',
    );
    expect(() => new nn.Softmin(undefined as never)).toThrow('Softmin: dim is missing');
    expect(() => new nn.GELU({ approximate: 'erf' as never })).toThrow(
      "GELU: approximate must be one of 'none', 'tanh', not 'erf'",
    );
  });
});

const inits: Record<string, (w: ReturnType<typeof ones>) => unknown> = {
  uniform: (w) => init.uniform_(w, -2, 3),
  normal: (w) => init.normal_(w, 1, 0.5),
  constant: (w) => init.constant_(w, 0.3),
  zeros: init.zeros_,
  ones: init.ones_,
  eye: init.eye_,
  xavierUniform: (w) => init.xavierUniform_(w, { gain: init.calculateGain('tanh') }),
  xavierNormal: (w) => init.xavierNormal_(w, { gain: 2 }),
  kaimingUniform: (w) => init.kaimingUniform_(w),
  kaimingUniformRelu: (w) => init.kaimingUniform_(w, { mode: 'fan_out', nonlinearity: 'relu' }),
  kaimingNormal: (w) => init.kaimingNormal_(w, { a: 0.2 }),
};

describe('init', () => {
  test.each(goldens.inits)('$init, $value.shape, $value.dtype', ({ init: name, value }) => {
    const w = new nn.Parameter(empty(value.shape, { dtype: value.dtype as 'float32' }));
    manualSeed(7);
    expect(inits[name](w)).toBe(w);
    // Normal draws agree within a few ulp, everything else bit for bit.
    if (/normal/i.test(name)) expectClose(w, value);
    else expectSame(w, value);
    expect(w.requiresGrad && w.isLeaf).toBe(true);
  });

  test('the goldens have all of them', () => {
    expect(new Set(goldens.inits.map((g) => g.init))).toEqual(new Set(Object.keys(inits)));
  });

  test("calculateGain returns PyTorch's gains", () => {
    for (const [name, gain] of Object.entries(goldens.gains)) {
      const [kind, slope] = name.split(' ') as ['relu', string | undefined];
      const ours = init.calculateGain(kind, slope === undefined ? undefined : Number(slope));
      expect(ours).toBe(gain);
    }
    expect(() => init.calculateGain('gelu' as never)).toThrow(
      /^calculateGain: nonlinearity must be one of 'linear', .*, not 'gelu'$/,
    );
  });

  test('a custom generator leaves the global one unchanged', async () => {
    const { Generator } = await import('@dl/core');
    manualSeed(1);
    const first = rand([1]).item();
    manualSeed(1);
    init.kaimingUniform_(empty([3, 3]), { generator: new Generator().manualSeed(5) });
    expect(rand([1]).item()).toBe(first);
  });

  test('throw for invalid arguments', () => {
    expect(() => init.kaimingUniform_(empty([3]))).toThrow(
      'kaimingUniform_: needs at least 2 dimensions to compute fan-in and fan-out, got shape [3]',
    );
    expect(() => init.xavierNormal_(empty([]))).toThrow('xavierNormal_: needs at least 2');
    expect(() => init.kaimingNormal_(empty([2, 2]), { mode: 'fan' as never })).toThrow(
      "kaimingNormal_: mode must be one of 'fan_in', 'fan_out', not 'fan'",
    );
    expect(() => init.eye_(empty([2]))).toThrow('eye_: needs a matrix, got shape [2]');
    const none = empty([0, 3]);
    expect(init.kaimingUniform_(none)).toBe(none);
  });
});
