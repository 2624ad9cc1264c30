// describeModule, buildModule and registerModule.
import { FormatError, manualSeed, ones, rand, type Tensor, ValueError } from '@dl/core';
import { describe, expect, test } from 'vitest';
import * as nn from '../src/index.js';

const { buildModule, describeModule, Linear, Module, registerModule, Sequential } = nn;

const layers: nn.AnyModule[] = [
  new Linear(2, 3),
  new Linear(2, 3, { bias: false }),
  new nn.ReLU(),
  new nn.ReLU6(),
  new nn.LeakyReLU(0.3),
  new nn.ELU(0.5),
  new nn.GELU({ approximate: 'tanh' }),
  new nn.Sigmoid(),
  new nn.LogSigmoid(),
  new nn.Tanh(),
  new nn.SiLU(),
  new nn.Mish(),
  new nn.Softsign(),
  new nn.Softplus(2, 5),
  new nn.Softmax(0),
  new nn.LogSoftmax(-1),
  new nn.Softmin(1),
  new nn.Identity(),
  new nn.Flatten(0, 1),
  new nn.Dropout(0.25),
  new Sequential(),
  new Sequential(new Linear(2, 3), new Sequential({ a: new nn.Tanh(), b: new Linear(3, 1) })),
  new nn.SELU(),
  new nn.Hardtanh(),
  new nn.Hardswish(),
  new nn.PReLU(3),
  new nn.Unflatten(-1, [2, 3]),
  new nn.Embedding(4, 3, { paddingIdx: 0 }),
  new nn.Conv1d(2, 4, 3, { padding: 'same', paddingMode: 'circular' }),
  new nn.Conv2d(2, 4, [3, 2], { stride: 2, padding: [1, 0], dilation: 2, groups: 2, bias: false }),
  new nn.ConvTranspose1d(2, 4, 3, { stride: 2, outputPadding: 1 }),
  new nn.ConvTranspose2d(2, 4, 3, { stride: [2, 1], padding: 1, groups: 2 }),
  new nn.MaxPool1d(2),
  new nn.MaxPool2d([2, 3], 1, { returnIndices: true, ceilMode: true }),
  new nn.AvgPool1d(2),
  new nn.AvgPool2d(3, { stride: 1, divisorOverride: 2, countIncludePad: false }),
  new nn.AdaptiveAvgPool1d(2),
  new nn.AdaptiveAvgPool2d([null, 2]),
  new nn.Upsample({ scaleFactor: [2, 3], mode: 'bilinear' }),
  new nn.BatchNorm1d(3, { momentum: null, affine: false }),
  new nn.BatchNorm2d(3, { eps: 1e-4, trackRunningStats: false, bias: false }),
  new nn.LayerNorm([2, 3], { bias: false }),
  new nn.GroupNorm(2, 4, { eps: 1e-3 }),
  new nn.RMSNorm([2, 3], { eps: 1e-3 }),
  new nn.RMSNorm(3, { elementwiseAffine: false }),
  new nn.InstanceNorm1d(3, { momentum: null, affine: true, bias: false }),
  new nn.InstanceNorm2d(3, { eps: 1e-4, trackRunningStats: true }),
  new nn.InstanceNorm3d(3),
  new nn.PixelShuffle(2),
  new nn.PixelUnshuffle(3),
  new nn.RNNCell(2, 3, { nonlinearity: 'relu' }),
  new nn.LSTMCell(2, 3, { bias: false }),
  new nn.GRUCell(2, 3),
  new nn.RNN(2, 3, 2, { nonlinearity: 'relu', dropout: 0.1 }),
  new nn.LSTM(2, 3, { projSize: 2, bidirectional: true }),
  new nn.GRU(2, 3, { batchFirst: true, bias: false }),
  new nn.MultiheadAttention(4, 2, { kdim: 3, addBiasKv: true }),
  new nn.NonDynamicallyQuantizableLinear(2, 2),
  new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 8, activation: 'gelu' }),
  new nn.TransformerEncoder(new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 8 }), 3, {
    norm: new nn.LayerNorm(4),
  }),
  new nn.ModuleList([new Linear(2, 3), new Linear(2, 3), new nn.ReLU()]),
  new nn.ModuleDict({ a: new Linear(2, 3), 'b c': new nn.ModuleList() }),
];

class Net extends Module {
  fc = new Linear(2, 3);
  override forward(x: Tensor): Tensor {
    return this.fc.forward(x);
  }
}

class Sized extends Module {
  readonly fc: nn.Linear;
  constructor(readonly size: number) {
    super();
    this.fc = new Linear(size, size);
  }
  override forward(x: Tensor): Tensor {
    return this.fc.forward(x);
  }
  config() {
    return { size: this.size };
  }
  static fromConfig(config: nn.Config) {
    return new Sized(Number(config.size));
  }
}

describe('layers of this package', () => {
  test.each(layers.map((m) => [m.toString(), m] as const))('%s', (text, m) => {
    const description = JSON.parse(JSON.stringify(describeModule(m)));
    const again = buildModule(description);
    expect(again.toString()).toBe(text);
    expect(Object.getPrototypeOf(again)).toBe(Object.getPrototypeOf(m));
    expect(Object.keys(again.stateDict())).toEqual(Object.keys(m.stateDict()));
    expect(describeModule(again)).toEqual(description);
  });

  test('the registry and the tests above include every exported layer', () => {
    const exported = Object.entries(nn)
      .filter(([name, x]) => typeof x === 'function' && x.prototype instanceof Module && name)
      .map(([name]) => name);
    const known = nn.registeredModules();
    expect([...known].sort()).toEqual(expect.arrayContaining(exported.sort()));
    expect(new Set(layers.map((m) => m.constructor.name))).toEqual(new Set(exported));
  });

  test('building keeps the mode and draws no global random numbers', () => {
    const net = new Sequential(new nn.Dropout(), new Linear(2, 2));
    net[0].eval();
    const description = describeModule(net);
    manualSeed(0);
    const first = rand([1]).item();
    manualSeed(0);
    const again = buildModule(description);
    expect(rand([1]).item()).toBe(first);
    expect([...again.modules()].map((m) => m.training)).toEqual([true, false, true]);
  });

  test("a config of PyTorch's attributes is accepted", () => {
    const config = { in_features: 2, out_features: 1 };
    const m = buildModule({ type: 'Linear', config, training: false });
    expect(m.toString()).toBe('Linear(in_features=2, out_features=1, bias=True)');
    const relu = buildModule({ type: 'ReLU', config: { inplace: true }, training: true });
    expect(relu).toBeInstanceOf(nn.ReLU);
  });
});

describe("users' classes", () => {
  test('the message for an unregistered class has the line that registers it', () => {
    class Other extends Net {}
    expect(() => describeModule(new Sequential(new Other()))).toThrow(ValueError);
    expect(() => describeModule(new Other())).toThrow(
      "describeModule: the class Other is not registered; write registerModule('Other', Other) after the class, with registerModule from @dl/nn",
    );
    expect(() => buildModule({ type: 'Other', config: {}, training: true })).toThrow(
      `buildModule: the class "Other" is not registered; import it, and write registerModule('Other', Other)`,
    );
  });

  test('without arguments are built by the constructor', () => {
    registerModule('Net', Net);
    registerModule('Net', Net);
    const net = new Net();
    expect(describeModule(net)).toEqual({ type: 'Net', config: {}, training: true });
    const again = buildModule(describeModule(net)) as Net;
    again.loadStateDict(net.stateDict());
    const x = ones([1, 2]);
    expect(again.forward(x).toArray()).toEqual(net.forward(x).toArray());
  });

  test('with arguments are built by config and fromConfig', () => {
    registerModule('my.Sized', Sized);
    const description = describeModule(new Sequential(new Sized(4)));
    expect(JSON.stringify(description)).toContain('{"type":"my.Sized","config":{"size":4}');
    const again = buildModule(description) as nn.Sequential;
    expect((again.at(0) as Sized).fc.inFeatures).toBe(4);
  });

  test('that cannot be built again are not registered', () => {
    expect(() => registerModule('Linear', Net)).toThrow(
      "registerModule: the name 'Linear' belongs to another class; choose another name",
    );
    expect(() => registerModule('X', class {} as never)).toThrow(
      'registerModule: type must be a class that extends Module, not a class',
    );
    expect(() => registerModule('X', 'Net' as never)).toThrow("extends Module, not 'Net'");
    class Needs extends Net {
      constructor(readonly n: number) {
        super();
      }
    }
    // @ts-expect-error the constructor takes an argument
    expect(() => registerModule('Needs', Needs)).toThrow(
      'registerModule: the constructor of Needs takes arguments; add config()',
    );
    class Half extends Net {
      static fromConfig() {
        return new Half();
      }
    }
    expect(() => registerModule('Half', Half as never)).toThrow(
      'registerModule: Half has a static fromConfig() but no config()',
    );
    expect(nn.registeredModules()).not.toContain('Half');
  });

  test("are not built by a parent's fromConfig", () => {
    class Wrong extends Sized {
      static override fromConfig(config: nn.Config) {
        return new Sized(Number(config.size));
      }
    }
    registerModule('Wrong', Wrong);
    expect(() => buildModule(describeModule(new Wrong(2)))).toThrow(
      'buildModule: Wrong.fromConfig() did not return a Wrong',
    );
    class Inherits extends Sized {}
    expect(() => registerModule('Inherits', Inherits)).toThrow(
      'registerModule: Inherits has config() but no own static fromConfig(); add static fromConfig(config)',
    );
    expect(() => registerModule('MyLinear', class MyLinear extends Linear {} as never)).toThrow(
      'no own static fromConfig()',
    );
  });
});

describe('malformed descriptions', () => {
  const bad: [string, unknown, string][] = [
    ['nothing', null, 'buildModule: the description of a module must be { type, config }'],
    ['no config', { type: 'ReLU' }, 'buildModule: the description of a module must be'],
    [
      'a missing value',
      { type: 'Linear', config: {} },
      "Linear: the description lacks 'in_features'",
    ],
    [
      'a value of the wrong type',
      { type: 'Linear', config: { in_features: '2', out_features: 1 } },
      `Linear: 'in_features' must be a number, got "2"`,
    ],
    [
      'an inherited name',
      { type: 'toString', config: {} },
      'the class "toString" is not registered',
    ],
    ['a strange name', { type: 'a b', config: {} }, 'register it under that name'],
    [
      'no modules',
      { type: 'Sequential', config: {} },
      "Sequential: the description lacks 'modules'",
    ],
    [
      'items that are not pairs',
      { type: 'Sequential', config: { modules: [3] } },
      "Sequential: the items of 'modules' must be [name, module], got 3",
    ],
  ];
  test.each(bad)('%s', (_, description, message) => {
    expect(() => buildModule(description as never)).toThrow(message);
    expect(() => buildModule(description as never)).toThrow(FormatError);
  });

  test('descriptions nested too deep', () => {
    let description: unknown = { type: 'ReLU', config: {} };
    for (let i = 0; i < 300; i++) {
      description = { type: 'Sequential', config: { modules: [['0', description]] } };
    }
    expect(() => buildModule(description as never)).toThrow('nested more than 200 deep');
    let deep: nn.Sequential = new Sequential();
    for (let i = 0; i < 300; i++) deep = new Sequential(deep);
    expect(() => describeModule(deep)).toThrow('nested more than 200 deep');
  });
});
