// Positional and named arguments of classes, forwards, methods and functions: no argument is ignored silently.
import { DLError, DTypeError, kinds, ones, Tensor, tensor, ValueError, zeros } from '@dl/core';
import {
  type Called,
  hold,
  holdFunctions,
  isClass,
  refusal,
  shown,
  strange as strangeValues,
} from 'dl-testing/arguments';
import { describe, expect, it, test } from 'vitest';
import * as nn from '../src/index.js';

const exported: Readonly<Record<string, unknown>> = nn;

type Callable = (...args: unknown[]) => unknown;
type Class = (new (...args: unknown[]) => unknown) & { readonly prototype: object };

const strange = [...strangeValues(), nn.Linear];

const functions = {
  ...nn,
  ...Object.fromEntries(Object.entries(nn.init).map(([name, f]) => [`init.${name}`, f])),
};
const anything = { isModule: 'takes anything', isParameter: 'takes anything' };
holdFunctions(functions, anything, ['relu', 'fan_in', new nn.Linear(1, 1), nn.ReLU]);

/** Constructor and forward arguments of each class, by name, in positional order. */
interface Made {
  readonly places: Readonly<Record<string, unknown>>;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly input?: readonly Tensor[];
}

const conv = (transposed: boolean, rank: number): Made => ({
  places: {
    inChannels: 2,
    outChannels: 2,
    kernelSize: 2,
    stride: 2,
    padding: 1,
    ...(transposed && { outputPadding: 1 }),
  },
  options: {
    groups: 1,
    bias: false,
    dilation: 2,
    paddingMode: transposed ? 'zeros' : 'reflect',
    device: 'cpu',
    dtype: 'float32',
  },
  input: [ones([1, 2, ...new Array<number>(rank).fill(5)])],
});
/** Arguments of batch and instance normalization. */
const batchNorm = (shape: number[]): Made => ({
  places: { numFeatures: 2, eps: 1e-3, momentum: null },
  options: { affine: true, trackRunningStats: true, device: 'cpu', dtype: 'float32', bias: false },
  input: [ones(shape)],
});
const maxPool = (rank: number): Made => ({
  places: { kernelSize: 2, stride: 1, padding: 1 },
  options: { dilation: 1, returnIndices: false, ceilMode: true },
  input: [ones([1, 2, ...new Array<number>(rank).fill(5)])],
});
const avgPool = (rank: number): Made => ({
  places: { kernelSize: 2, stride: 1, padding: 1 },
  options: { ceilMode: true, countIncludePad: false, ...(rank === 2 && { divisorOverride: 2 }) },
  input: [ones([1, 2, ...new Array<number>(rank).fill(5)])],
});
const recurrent = (more: Readonly<Record<string, unknown>>): Made => ({
  places: { inputSize: 2, hiddenSize: 3, numLayers: 2 },
  options: {
    bias: false,
    batchFirst: true,
    dropout: 0.1,
    bidirectional: true,
    device: 'cpu',
    dtype: 'float32',
    ...more,
  },
  input: [ones([1, 4, 2])],
});
const cell = (more: Readonly<Record<string, unknown>>): Made => ({
  places: { inputSize: 2, hiddenSize: 3, bias: false },
  options: { device: 'cpu', dtype: 'float32', ...more },
  input: [ones([1, 2])],
});
const linear: Made = {
  places: { inFeatures: 2, outFeatures: 3 },
  options: { bias: false, device: 'cpu', dtype: 'float32' },
  input: [ones([1, 2])],
};
const x = ones([2, 2]);
const inplace: Made = { places: { inplace: false }, input: [x] };
const plain: Made = { places: {}, input: [x] };
const dim: Made = { places: { dim: 1 }, input: [x] };

const made: Readonly<Record<string, Made>> = {
  AdaptiveAvgPool1d: { places: { outputSize: 2 }, input: [ones([1, 2, 4])] },
  AdaptiveAvgPool2d: { places: { outputSize: [2, null] }, input: [ones([1, 2, 4, 4])] },
  AvgPool1d: avgPool(1),
  AvgPool2d: avgPool(2),
  BatchNorm1d: batchNorm([3, 2]),
  BatchNorm2d: batchNorm([3, 2, 1, 1]),
  Conv1d: conv(false, 1),
  Conv2d: conv(false, 2),
  ConvTranspose1d: conv(true, 1),
  ConvTranspose2d: conv(true, 2),
  Dropout: { places: { p: 0.3, inplace: false }, input: [x] },
  ELU: { places: { alpha: 0.5, inplace: false }, input: [x] },
  Embedding: {
    places: {
      numEmbeddings: 3,
      embeddingDim: 2,
      paddingIdx: -1,
      maxNorm: 1,
      normType: 1,
      scaleGradByFreq: true,
      sparse: false,
    },
    options: { device: 'cpu', dtype: 'float32' },
    input: [tensor([1, 2], { dtype: 'int64' })],
  },
  Flatten: { places: { startDim: 0, endDim: 1 }, input: [x] },
  GELU: { places: { approximate: 'tanh' }, input: [x] },
  GRU: recurrent({}),
  GRUCell: cell({}),
  GroupNorm: {
    places: { numGroups: 1, numChannels: 2, eps: 1e-3 },
    options: { affine: true, device: 'cpu', dtype: 'float32', bias: false },
    input: [x],
  },
  Hardswish: inplace,
  Hardtanh: { places: { minVal: -0.5, maxVal: 2, inplace: false }, input: [x] },
  InstanceNorm1d: batchNorm([3, 2, 4]),
  InstanceNorm2d: batchNorm([3, 2, 2, 2]),
  InstanceNorm3d: batchNorm([3, 2, 2, 1, 1]),
  LSTM: recurrent({ projSize: 1 }),
  LSTMCell: cell({}),
  LayerNorm: {
    places: { normalizedShape: [2], eps: 1e-3 },
    options: { elementwiseAffine: true, bias: false, device: 'cpu', dtype: 'float32' },
    input: [x],
  },
  LeakyReLU: { places: { negativeSlope: 0.2, inplace: false }, input: [x] },
  Linear: linear,
  LogSigmoid: plain,
  LogSoftmax: dim,
  MaxPool1d: maxPool(1),
  MaxPool2d: maxPool(2),
  Mish: inplace,
  ModuleDict: { places: { modules: new Map([['a', new nn.ReLU()]]) } },
  ModuleList: { places: { modules: [new nn.ReLU()] } },
  MultiheadAttention: {
    places: { embedDim: 2, numHeads: 1 },
    options: {
      dropout: 0.1,
      bias: false,
      addBiasKv: true,
      addZeroAttn: true,
      kdim: null,
      vdim: 2,
      batchFirst: true,
      device: 'cpu',
      dtype: 'float32',
    },
    input: [ones([1, 3, 2]), ones([1, 3, 2]), ones([1, 3, 2])],
  },
  PReLU: {
    places: { numParameters: 2, init: 0.1 },
    options: { device: 'cpu', dtype: 'float32' },
    input: [x],
  },
  Parameter: { places: { data: ones([1]), requiresGrad: false } },
  PixelShuffle: { places: { upscaleFactor: 2 }, input: [ones([4, 1, 1])] },
  PixelUnshuffle: { places: { downscaleFactor: 2 }, input: [ones([1, 2, 2])] },
  RMSNorm: {
    places: { normalizedShape: [2], eps: null },
    options: { elementwiseAffine: true, device: 'cpu', dtype: 'float32' },
    input: [x],
  },
  RNN: recurrent({ nonlinearity: 'relu' }),
  RNNCell: cell({ nonlinearity: 'relu' }),
  ReLU: inplace,
  ReLU6: inplace,
  SELU: inplace,
  SiLU: inplace,
  Sigmoid: plain,
  Softmax: dim,
  Softmin: dim,
  Softplus: { places: { beta: 2, threshold: 10 }, input: [x] },
  Softsign: plain,
  Tanh: plain,
  TransformerEncoder: {
    places: {
      encoderLayer: new nn.TransformerEncoderLayer(2, 1, 4),
      numLayers: 2,
      norm: new nn.LayerNorm(2),
    },
    input: [ones([3, 1, 2])],
  },
  TransformerEncoderLayer: {
    places: { dModel: 2, nhead: 1, dimFeedforward: 4, dropout: 0.2 },
    options: {
      activation: 'gelu',
      layerNormEps: 1e-3,
      batchFirst: true,
      normFirst: true,
      bias: true,
      device: 'cpu',
      dtype: 'float32',
    },
    input: [ones([1, 3, 2])],
  },
  Unflatten: { places: { dim: 1, unflattenedSize: [1, 2] }, input: [x] },
  Upsample: {
    places: { size: null, scaleFactor: 2 },
    options: { mode: 'bilinear', alignCorners: true, recomputeScaleFactor: true },
    input: [ones([1, 1, 2, 2])],
  },
};

/** Classes that this table leaves out, with the reason. */
const withoutArguments: Readonly<Record<string, string>> = {
  Identity: 'accepts any arguments, as in PyTorch',
  ModelSummary: 'is created by summary()',
  Module: 'is abstract',
  Sequential: 'accepts any number of modules',
};

it('the table has every exported class', () => {
  const names = Object.entries(exported)
    .filter(([, f]) => isClass(f))
    .map(([name]) => name)
    .filter((name) => !(name in withoutArguments) && name !== 'NonDynamicallyQuantizableLinear');
  expect(names.sort()).toEqual(Object.keys(made).sort());
});

// The modules of a ModuleDict may have any names.
const held = Object.entries(made).filter(
  ([name, { places }]) => name !== 'ModuleDict' && Object.keys(places).length > 0,
);
hold(
  Object.fromEntries(
    held.map(([name, { places }]): [string, Called] => [
      name,
      {
        call: (...args) => new (exported[name] as Class)(...args),
        args: () => Object.values(places),
      },
    ]),
  ),
  [nn.Linear],
);

describe.each(Object.entries(made))('%s', (name, { places, options = {}, input }) => {
  const type = exported[name] as Class;
  const values = Object.values(places);
  const make = (...args: unknown[]) =>
    refusal(() => new type(...args), `new ${name}(${shown(args)})`);

  it('accepts its positional arguments and options, and nothing else', () => {
    expect(make(...values, Symbol('more'))).toMatch(new RegExp(`^${name}: takes `));
    expect(make(...values, { noSuchOption: 1 })).toMatch(new RegExp(`^${name}: .*noSuchOption`));
    expect(make(...values, options)).toBeNull();
    if (name !== 'ModuleDict') expect(make({ ...places, ...options })).toBeNull();
    for (const [option, value] of Object.entries(options)) {
      const message = make(...values, value);
      expect(message).toMatch(new RegExp(`^${name}: .*(${option}|options)`));
    }
  });

  it('has the same config with positional and with named arguments', () => {
    if (name === 'ModuleDict' || values.length === 0) return;
    const text = (m: unknown): string =>
      m instanceof Tensor
        ? String(m)
        : JSON.stringify([(m as { config?(): unknown }).config?.(), String(m)]);
    expect(text(new type({ ...places, ...options }))).toBe(text(new type(...values, options)));
  });

  if (input === undefined) return;

  it('throws for invalid forward arguments, naming the class and the argument', () => {
    const layer = new type({ ...places, ...options }) as { forward: Callable };
    const run = (...args: unknown[]) =>
      refusal(() => layer.forward(...args), `new ${name}().forward(${shown(args)})`);
    expect(run(...input)).toBeNull();
    expect(run(...input, Symbol('more'))).toMatch(new RegExp(`^${name}\\.forward: `));
    expect(run(...input, { noSuchOption: 1 })).toMatch(/noSuchOption/);
    expect(run()).toMatch(new RegExp(`^${name}\\.forward: \\w+ is missing`));
    for (let i = 0; i < input.length; i++) {
      for (const wrong of strange) {
        if (wrong instanceof Tensor) continue;
        const message = run(...input.map((v, k) => (k === i ? wrong : v)));
        expect(message, String(kinds.described(wrong))).toMatch(
          new RegExp(`^${name}\\.forward: \\w+ must be a tensor`),
        );
      }
    }
  });
});

describe('options of forward', () => {
  const table: [string, nn.AnyModule, Tensor[], Record<string, unknown>][] = [
    [
      'ConvTranspose2d',
      new nn.ConvTranspose2d(1, 1, 3, 2),
      [ones([1, 1, 2, 2])],
      { outputSize: [6, 5] },
    ],
    [
      'ConvTranspose1d',
      new nn.ConvTranspose1d(1, 1, 3, 2),
      [ones([1, 1, 2])],
      { outputSize: [1, 1, 6] },
    ],
    ['RNN', new nn.RNN(2, 2), [ones([3, 1, 2])], { hx: zeros([1, 1, 2]) }],
    ['GRU', new nn.GRU(2, 2), [ones([3, 1, 2])], { hx: zeros([1, 1, 2]) }],
    ['LSTM', new nn.LSTM(2, 2), [ones([3, 1, 2])], { hx: [zeros([1, 1, 2]), zeros([1, 1, 2])] }],
    [
      'MultiheadAttention',
      new nn.MultiheadAttention(2, 1),
      [ones([3, 1, 2])],
      {
        key: ones([3, 1, 2]),
        value: ones([3, 1, 2]),
        keyPaddingMask: null,
        needWeights: false,
        attnMask: zeros([3, 3]),
        averageAttnWeights: false,
        isCausal: true,
      },
    ],
    [
      'TransformerEncoderLayer',
      new nn.TransformerEncoderLayer(2, 1, 4),
      [ones([3, 1, 2])],
      { srcMask: zeros([3, 3]), srcKeyPaddingMask: null, isCausal: false },
    ],
    [
      'TransformerEncoder',
      new nn.TransformerEncoder(new nn.TransformerEncoderLayer(2, 1, 4), 1),
      [ones([3, 1, 2])],
      { mask: zeros([3, 3]), srcKeyPaddingMask: null, isCausal: false },
    ],
  ];
  test.each(table)('%s', (name, layer, inputs, options) => {
    const forward = (o: Record<string, unknown>) =>
      refusal(() => (layer.forward as Callable).call(layer, ...inputs, o), name);
    expect(forward(options)).toBeNull();
    for (const option of Object.keys(options)) {
      for (const wrong of strange) {
        const message = forward({ ...options, [option]: wrong });
        if (typeof wrong === 'symbol') {
          expect(message).toMatch(new RegExp(`^${name}\\.forward: ${option} must be `));
        }
      }
    }
  });
});

describe('methods', () => {
  /** Methods for overriding or for internal use, and methods without arguments. */
  const apart: readonly string[] = [
    'constructor',
    'forward',
    'stateKey',
    'extraRepr',
    'toString',
    'config',
    'resetParameters',
    'resetRunningStats',
    // Private methods.
    ...['checkInput', 'checkInputs', 'pool', 'options', 'run', 'through', 'weights', 'suffixes'],
    ...['steps', 'held', 'become', 'tensors', 'replace', 'project', 'maskOf', 'attend', 'feed'],
  ];
  const objects: [string, () => object][] = [
    ['Module', () => new nn.Linear(2, 2)],
    ['ModuleList', () => new nn.ModuleList([new nn.ReLU()])],
    ['ModuleDict', () => new nn.ModuleDict({ a: new nn.ReLU() })],
    ['Sequential', () => new nn.Sequential(new nn.ReLU())],
  ];
  const table = objects.flatMap(([name, make]) => {
    const prototype = (exported[name] as Class).prototype;
    return Object.entries(Object.getOwnPropertyDescriptors(prototype))
      .filter(([key, { value }]) => typeof value === 'function' && !apart.includes(key))
      .map(([key]) => [`${name}.${key}`, key, make] as const);
  });

  test.each(table)('%s', async (full, key, make) => {
    const call = async (...args: unknown[]): Promise<string | null> => {
      try {
        await (make() as Record<string, Callable>)[key]?.(...args);
        return null;
      } catch (e) {
        expect(e, `${full}(${shown(args)}): ${e}`).toBeInstanceOf(DLError);
        return (e as Error).message;
      }
    };
    for (const wrong of strange) {
      await call(wrong);
      await call({ noSuchOption: wrong });
      await call('a', wrong);
      await call(0, wrong);
    }
    const six = [1, 2, 3, 4, 5, 6].map(() => Symbol('s'));
    expect(await call(...six)).toMatch(new RegExp(`^(${full}|${key}|Module\\.${key}): `));
    if (full !== 'ModuleDict.update') {
      expect(await call('a', new nn.ReLU(), { noSuchOption: 1 })).toMatch(
        /noSuchOption|must be|takes/,
      );
    }
  });

  test('accept positional and named arguments', () => {
    const net = new nn.Sequential(new nn.Linear(1, 1), new nn.BatchNorm1d(1));
    const names = (pairs: Iterable<[string, unknown]>): string[] =>
      [...pairs].map(([name]) => name);
    expect(names(net.namedParameters({ prefix: 'a' }))).toEqual(names(net.namedParameters('a')));
    expect(names(net.namedParameters('', false))).toEqual([]);
    expect(names(net.namedParameters('', { recurse: false }))).toEqual([]);
    expect(names(net.namedBuffers({ prefix: 'b' }))[0]).toBe('b.1.running_mean');
    expect(names(net.namedModules({ prefix: 'm' }))[1]).toBe('m.0');
    expect([...net.parameters({ recurse: false })]).toEqual([]);
    expect(Object.keys(net.stateDict({ prefix: 'm.' }))[0]).toBe('m.0.weight');
    expect(net.stateDict({ keepVars: true })['0.weight']).toBe(net[0].weight);
    expect(net.loadStateDict({}, { strict: false }).missingKeys.length).toBe(6);
    expect(net.loadStateDict({}, false).missingKeys.length).toBe(6);
    expect(net.train({ mode: false }).training).toBe(false);
    expect(net.requiresGrad_({ requiresGrad: false })[0].weight.requiresGrad).toBe(false);
    expect(net.to({ device: 'cpu', dtype: 'float64' })[0].weight.dtype).toBe('float64');
    expect(net.to('cpu', 'float32')[0].weight.dtype).toBe('float32');
    expect(net.to(tensor([1], { dtype: 'float64' }))[0].weight.dtype).toBe('float64');
    expect(() => net.to('float32', 'float64')).toThrow('the dtype is given twice');
    expect(() => net.to({} as never)).toThrow('Module.to: a device or a dtype is required');
  });

  test('removeDuplicate: false lists a shared parameter under each of its names', () => {
    const shared = new nn.Linear(1, 1);
    const net = new nn.Sequential(shared, shared);
    const all = [...net.namedParameters({ removeDuplicate: false })].map(([name]) => name);
    expect(all).toEqual(['0.weight', '0.bias', '1.weight', '1.bias']);
    expect([...net.namedModules({ removeDuplicate: false })].length).toBe(3);
  });

  test('prepend: true runs a hook before the others', () => {
    const layer = new nn.ReLU();
    const order: string[] = [];
    const hook = (name: string) => () => {
      order.push(name);
    };
    layer.registerForwardHook(hook('a'));
    layer.registerForwardHook(hook('b'), { prepend: true });
    layer.registerForwardPreHook(hook('c'));
    layer.registerForwardPreHook(hook('d'), { prepend: true });
    layer.forward(ones([1]));
    expect(order).toEqual(['d', 'c', 'b', 'a']);
  });
});

describe('messages for likely mistakes', () => {
  test.each<[string, () => unknown, unknown]>([
    ['Conv2d in place', () => new nn.Conv2d(1, 6, 5, 1, 2).padding, [2, 2]],
    ['BatchNorm1d in place', () => new nn.BatchNorm1d(4, 1e-3).eps, 1e-3],
    ['Linear by name', () => new nn.Linear({ inFeatures: 2, outFeatures: 3 }).weight.shape, [3, 2]],
    ['Softmax by name', () => new nn.Softmax({ dim: 1 }).dim, 1],
    ['Dropout by name', () => new nn.Dropout({ p: 0.3 }).p, 0.3],
    ['GELU in place', () => new nn.GELU('tanh').approximate, 'tanh'],
    ['Upsample by name', () => new nn.Upsample({ scaleFactor: 2 }).scaleFactor, 2],
    [
      'Parameter by name',
      () => new nn.Parameter(ones([1]), { requiresGrad: false }).requiresGrad,
      false,
    ],
    [
      'TransformerEncoderLayer in place',
      () => new nn.TransformerEncoderLayer(2, 1, 7, 0.2).linear1.outFeatures,
      7,
    ],
  ])('%s', (_, f, wanted) => {
    expect(f()).toEqual(wanted);
  });

  test.each<[string, () => unknown]>([
    [
      'Linear: takes at most 2 arguments, not 3; pass bias in the options: { bias: false }',
      () => new nn.Linear(3, 4, false as never),
    ],
    [
      "MultiheadAttention: unknown option 'batch_first'; did you mean batchFirst?",
      () => new nn.MultiheadAttention(4, 2, { batch_first: true } as never),
    ],
    ['ReLU: inplace must be true or false, not 3', () => new nn.ReLU(3 as never)],
    ['Tanh: takes no arguments, not 1', () => new (nn.Tanh as unknown as Class)(3)],
    [
      "Linear: dtype must be a floating-point dtype, not 'int32'",
      () => new nn.Linear(1, 1, { dtype: 'int32' }),
    ],
    ['Hardtanh: maxVal must be greater than minVal', () => new nn.Hardtanh(2, -1)],
    [
      'ConvTranspose2d.forward: outputSize must have 2 or 4 sizes, got 1',
      () => new nn.ConvTranspose2d(1, 1, 3).forward(ones([1, 1, 2, 2]), [5]),
    ],
  ])('%s', (message, f) => {
    expect(f).toThrow(message);
  });

  test('a user class without a constructor, or without a forward', () => {
    // @ts-expect-error it has no forward
    class Net extends nn.Module {}
    const Plain = Net as unknown as new (...args: unknown[]) => nn.Module;
    expect(() => new Plain({ hidden: 3 })).toThrow('Net: ');
    expect(() => new Plain().forward(ones([1]))).toThrow('Net has no forward; define forward(x)');
    expect(() => new Plain().forward(ones([1]))).toThrow(ValueError);
  });

  test('an error in a model has the path of the module', () => {
    class Net extends nn.Module {
      fc = new nn.Linear(1, 1);
      forward(x: Tensor): Tensor {
        return this.fc.forward([x] as never);
      }
    }
    expect(() => new Net().forward(ones([1]))).toThrow(
      'Net.fc: Linear.forward: x must be a tensor',
    );
    expect(() => new Net().forward(ones([1]))).toThrow(DTypeError);
  });
});

describe('layers that work in place', () => {
  // Printed form, output and gradient at these points, from PyTorch.
  const points = [-1, -0.5, 0, 1.5, 2, 3];
  type Row = [string, () => nn.Module<[Tensor]>, number[], number[]];
  test.each<Row>([
    ['ReLU(inplace=True)', () => new nn.ReLU(true), [0, 0, 0, 1.5, 2, 3], [0, 0, 0, 1, 1, 1]],
    [
      'LeakyReLU(negative_slope=0.2, inplace=True)',
      () => new nn.LeakyReLU({ negativeSlope: 0.2, inplace: true }),
      [-0.2, -0.1, 0, 1.5, 2, 3],
      [0.2, 0.2, 0.2, 1, 1, 1],
    ],
    [
      'ELU(alpha=0.5, inplace=True)',
      () => new nn.ELU(0.5, true),
      [-0.31606, -0.19673, 0, 1.5, 2, 3],
      [0.18394, 0.30327, 0.5, 1, 1, 1],
    ],
    [
      'SELU(inplace=True)',
      () => new nn.SELU({ inplace: true }),
      [-1.11133, -0.69176, 0, 1.57605, 2.1014, 3.1521],
      [0.64677, 1.06634, 1.7581, 1.0507, 1.0507, 1.0507],
    ],
    [
      'Hardtanh(min_val=-0.5, max_val=2.0, inplace=True)',
      () => new nn.Hardtanh(-0.5, 2, true),
      [-0.5, -0.5, 0, 1.5, 2, 2],
      [0, 0, 1, 1, 0, 0],
    ],
    [
      'SiLU(inplace=True)',
      () => new nn.SiLU(true),
      [-0.26894, -0.18877, 0, 1.22636, 1.76159, 2.85772],
      [0.07233, 0.26004, 0.5, 1.04129, 1.09078, 1.0881],
    ],
    ['Dropout(p=0, inplace=True)', () => new nn.Dropout(0, true), points, [1, 1, 1, 1, 1, 1]],
  ])('%s', (text, make, values, grads) => {
    const layer = make();
    expect(String(layer)).toBe(text);
    expect(String(nn.buildModule(nn.describeModule(layer)))).toBe(text);
    const leaf = tensor(points, { requiresGrad: true });
    const hidden = leaf.mul(1);
    const out = layer.forward(hidden);
    out.sum().backward();
    expect(out).toBe(hidden);
    const near = (found: readonly number[], wanted: readonly number[]) => {
      for (const [i, v] of wanted.entries()) expect(found[i]).toBeCloseTo(v, 4);
    };
    near(hidden.toArray() as number[], values);
    near(leaf.grad?.toArray() as number[], grads);
  });
});

test('dropout in place has a gradient of 0 where the output is 0', () => {
  const leaf = ones([100], { requiresGrad: true });
  const hidden = leaf.mul(1);
  const out = new nn.Dropout(0.5, true).forward(hidden);
  out.sum().backward();
  expect(out).toBe(hidden);
  expect(leaf.grad?.toArray()).toEqual(hidden.toArray());
});

test('the types accept the same arguments as the functions', () => {
  const types = () => {
    new nn.Linear({ inFeatures: 1, outFeatures: 2, bias: false });
    new nn.Linear(1, { outFeatures: 2 });
    // @ts-expect-error an unknown name
    new nn.Linear(1, 2, { Bias: false });
    // @ts-expect-error outFeatures is missing
    new nn.Linear({ inFeatures: 1 });
    // @ts-expect-error bias is an option
    new nn.Linear(1, 2, false);
    new nn.Conv2d(1, 6, 5, 1, { padding: 'same' });
    new nn.Conv2d(1, 6, 5, { stride: 2, padding: 1, bias: false });
    // @ts-expect-error the wrong kind
    new nn.MaxPool2d('2');
    new nn.LSTM(1, 2, { numLayers: 2, batchFirst: true });
    nn.init.normal_(ones([1]), { std: 0.02 });
    // @ts-expect-error an unknown name
    nn.init.normal_(ones([1]), { sd: 0.02 });
    nn.clipGradNorm_([ones([1])], { maxNorm: 1, errorIfNonfinite: true });
  };
  expect(types).toBeTypeOf('function');
});
