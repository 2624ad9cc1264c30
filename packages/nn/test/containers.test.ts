// ModuleList, ModuleDict, cloneModule, and invalid arguments of layers.
import { manualSeed, noGrad, ones, randn, type Tensor, tensor, zeros } from '@dl/core';
import { describe, expect, test } from 'vitest';
import * as nn from '../src/index.js';

const { Linear, ModuleDict, ModuleList, ReLU } = nn;

describe('ModuleList', () => {
  const make = () => new ModuleList<nn.AnyModule>([new Linear(2, 3), new ReLU()]);

  test('keeps modules in order', () => {
    const list = make();
    expect(list.length).toBe(2);
    expect([...list].map((m) => m.constructor.name)).toEqual(['Linear', 'ReLU']);
    expect(list.at(-1)).toBeInstanceOf(ReLU);
    expect(() => list.at(2)).toThrow('ModuleList.at: index 2 is out of range for 2 modules');
    expect(Object.keys(list.stateDict())).toEqual(['0.weight', '0.bias']);
    expect([...list.parameters()]).toHaveLength(2);
    expect(() => list.forward()).toThrow('ModuleList has no forward');
  });

  test('supports the list operations', () => {
    const list = make();
    const [first, second] = [...list];
    const added = new Linear(3, 1);
    list.append(added).insert(1, new nn.Tanh());
    expect([...list].map((m) => m.constructor.name)).toEqual(['Linear', 'Tanh', 'ReLU', 'Linear']);
    expect(Object.keys(list.stateDict())).toEqual(['0.weight', '0.bias', '3.weight', '3.bias']);
    expect(list.pop()).toBe(added);
    expect(list.pop(1)).toBeInstanceOf(nn.Tanh);
    expect([...list]).toEqual([first, second]);
    list.set(-1, added);
    expect([...list.slice(1)]).toEqual([added]);
  });

  test('throws for a value that is not a module, and is unchanged', () => {
    const list = make();
    const before = [...list];
    expect(() => list.append(3 as never)).toThrow("ModuleList: expected modules, but '2' is 3");
    expect(() => list.insert(0, Linear as never)).toThrow('create an instance with new');
    expect(() => new ModuleList(new Linear(1, 1) as never)).toThrow('must be a list of modules');
    expect([...list]).toEqual(before);
  });
});

describe('ModuleDict', () => {
  test('keeps modules by name', () => {
    const dict = new ModuleDict<nn.AnyModule>({ a: new Linear(2, 3), b: new ReLU() });
    expect([...dict]).toEqual(['a', 'b']);
    expect(dict.length).toBe(2);
    expect(dict.has('a')).toBe(true);
    expect(dict.has('forward')).toBe(false);
    expect(Object.keys(dict.stateDict())).toEqual(['a.weight', 'a.bias']);
    const other = new nn.Tanh();
    dict.set('a', other);
    expect([...dict.values()][0]).toBe(other);
    expect(dict.pop('a')).toBe(other);
    expect([...dict.entries()].map(([name]) => name)).toEqual(['b']);
    expect(() => dict.get('a')).toThrow(
      "ModuleDict.get: no module is named 'a'; its names are 'b'",
    );
    dict.clear();
    expect(dict.length).toBe(0);
    dict.update([['c', other]]);
    expect(dict.get('c')).toBe(other);
  });

  test('throws for invalid names', () => {
    expect(() => new ModuleDict({ 'a.b': new ReLU() })).toThrow(
      'must not be empty or contain a dot',
    );
    expect(() => new ModuleDict({ forward: new ReLU() })).toThrow('ModuleDict already has it');
    expect(() => new ModuleDict({ a: null as never })).toThrow("expected modules, but 'a' is null");
    expect(() => new ModuleDict(new ReLU() as never)).toThrow('an object of modules by name');
  });
});

describe('cloneModule', () => {
  test('copies everything once, so that shared parameters stay shared', () => {
    class Tied extends nn.Module {
      first = new Linear(2, 2);
      second = new Linear(2, 2);
      norm = new nn.BatchNorm1d(2);
      sizes = [1, 2];
      constructor() {
        super();
        this.second.weight = this.first.weight;
      }
      override forward(x: Tensor): Tensor {
        return this.norm.forward(this.second.forward(this.first.forward(x)));
      }
    }
    const m = new Tied();
    m.forward(randn([3, 2]))
      .sum()
      .backward();
    m.first.requiresGrad_(false);
    const copy = nn.cloneModule(m);
    expect(copy).toBeInstanceOf(Tied);
    expect(copy.second.weight).toBe(copy.first.weight);
    expect(copy.first.weight.requiresGrad).toBe(false);
    expect(copy.second.bias?.grad?.toArray()).toEqual(m.second.bias?.grad?.toArray());
    const before = m.stateDict();
    const saved = Object.fromEntries(Object.entries(before).map(([k, v]) => [k, v.toArray()]));
    noGrad(() => copy.first.weight.fill_(7));
    copy.norm.forward(ones([2, 2]));
    copy.sizes.push(3);
    for (const [key, value] of Object.entries(m.stateDict())) {
      expect(value.toArray()).toEqual(saved[key]);
    }
    expect(m.sizes).toEqual([1, 2]);
    expect(Object.keys(copy.stateDict())).toEqual(Object.keys(before));
  });
});

describe('invalid arguments', () => {
  const x = zeros([2, 3]);
  test.each<[string, () => unknown]>([
    ['Conv2d: inChannels must be an integer, not 1.5', () => new nn.Conv2d(1.5, 2, 3)],
    [
      'Conv2d: inChannels must be divisible by groups, got 3 and 2',
      () => new nn.Conv2d(3, 2, 3, { groups: 2 }),
    ],
    [
      'Conv2d: kernelSize must be a positive integer, or a list of 2 of them, got 0',
      () => new nn.Conv2d(1, 2, 0),
    ],
    ['Conv1d: kernelSize must be a positive integer, got [3,3]', () => new nn.Conv1d(1, 2, [3, 3])],
    [
      "Conv2d: padding must be an integer, a list of integers, 'same' or 'valid', not 'full'",
      () => new nn.Conv2d(1, 2, 3, { padding: 'full' as never }),
    ],
    [
      "Conv2d: padding 'same' needs a stride of 1, got (2, 2)",
      () => new nn.Conv2d(1, 2, 3, { padding: 'same', stride: 2 }),
    ],
    [
      "Conv2d: paddingMode must be one of 'zeros', 'reflect'",
      () => new nn.Conv2d(1, 2, 3, { paddingMode: 'none' as never }),
    ],
    [
      'ConvTranspose2d.forward: outputSize 9 is not possible; for an input of size 3 it must be between 7 and 8',
      () => new nn.ConvTranspose2d(1, 1, 3, { stride: 2 }).forward(zeros([1, 1, 3, 3]), [9, 7]),
    ],
    ['MaxPool2d: stride must be', () => new nn.MaxPool2d(2, 0)],
    ['AdaptiveAvgPool2d: outputSize', () => new nn.AdaptiveAvgPool2d([1])],
    ['Upsample: pass either size or scaleFactor, not both', () => new nn.Upsample({})],
    [
      'BatchNorm1d: expected [n, channels] or [n, channels, length], got shape [2]',
      () => new nn.BatchNorm1d(2).forward(zeros([2])),
    ],
    [
      'BatchNorm1d: expected 2 channels in dimension 1, got shape [2, 3]',
      () => new nn.BatchNorm1d(2).forward(x),
    ],
    [
      'BatchNorm2d: expected [n, channels, height, width], got shape [2, 3]',
      () => new nn.BatchNorm2d(3).forward(x),
    ],
    [
      'batchNorm: training needs more than one value',
      () => new nn.BatchNorm1d(3).forward(zeros([1, 3])),
    ],
    ['RMSNorm: normalizedShape', () => new nn.RMSNorm([])],
    ['rmsNorm: the last dimensions of [2, 3]', () => new nn.RMSNorm(4).forward(x)],
    [
      'InstanceNorm2d: expected [n, channels, height, width] or [channels, height, width], got shape [2, 3]',
      () => new nn.InstanceNorm2d(3).forward(x),
    ],
    [
      'InstanceNorm1d: expected 3 channels in dimension 1, got shape [2, 4, 5]',
      () => new nn.InstanceNorm1d(3, { affine: true }).forward(zeros([2, 4, 5])),
    ],
    [
      'InstanceNorm1d: expected 3 channels in dimension 0, got shape [4, 5]',
      () => new nn.InstanceNorm1d(3, { trackRunningStats: true }).forward(zeros([4, 5])),
    ],
    [
      'instanceNorm: needs more than one value for each channel',
      () => new nn.InstanceNorm1d(3).forward(zeros([2, 3, 1])),
    ],
    ['PixelShuffle: upscaleFactor must be', () => new nn.PixelShuffle(0)],
    [
      'pixelShuffle: the channels must be divisible by 2·2, got 3',
      () => new nn.PixelShuffle(2).forward(zeros([3, 1, 1])),
    ],
    ['PixelUnshuffle: downscaleFactor must be', () => new nn.PixelUnshuffle(-1)],
    ['LSTMCell: expected 2 features, got shape [2, 3]', () => new nn.LSTMCell(2, 3).forward(x)],
    [
      'GRUCell: expected [batch, features] or [features], got shape [1, 2, 3]',
      () => new nn.GRUCell(3, 3).forward(zeros([1, 2, 3])),
    ],
    [
      'RNNCell: the state h0 must have shape [2, 4], got [1, 4]',
      () => new nn.RNNCell(3, 4).forward(x, zeros([1, 4])),
    ],
    [
      'LSTMCell: the state c0 must have shape [4], got [1, 4]',
      () => new nn.LSTMCell(3, 4).forward(zeros([3]), [zeros([4]), zeros([1, 4])]),
    ],
    ['LayerNorm: normalizedShape', () => new nn.LayerNorm([])],
    ['layerNorm:', () => new nn.LayerNorm(4).forward(x)],
    [
      'GroupNorm: numChannels must be divisible by numGroups, got 3 and 2',
      () => new nn.GroupNorm(2, 3),
    ],
    [
      'Embedding: paddingIdx must be the index of one of the 3 rows, got 3',
      () => new nn.Embedding(3, 2, { paddingIdx: 3 }),
    ],
    ['embedding: ', () => new nn.Embedding(3, 2).forward(tensor([3], { dtype: 'int32' }))],
    [
      'Embedding.fromPretrained: expected a matrix, got shape [3]',
      () => nn.Embedding.fromPretrained(zeros([3])),
    ],
    [
      "RNN: nonlinearity must be one of 'tanh', 'relu', not 'gelu'",
      () => new nn.RNN(1, 2, { nonlinearity: 'gelu' as never }),
    ],
    [
      'LSTM: projSize must be less than hiddenSize, got 3 and 3',
      () => new nn.LSTM(2, 3, { projSize: 3 }),
    ],
    ['GRU: hiddenSize must be a positive integer, got 0', () => new nn.GRU(2, 0)],
    ['GRU: dropout must be between 0 and 1, got 2', () => new nn.GRU(2, 3, { dropout: 2 })],
    ['GRU: expected 2 features, got shape [2, 3]', () => new nn.GRU(2, 3).forward(x)],
    [
      'GRU: the sequence must have at least one step, got shape [0, 1, 2]',
      () => new nn.GRU(2, 3).forward(zeros([0, 1, 2])),
    ],
    [
      'LSTM: expected [time, batch, features], or [time, features], got shape [2]',
      () => new nn.LSTM(2, 3).forward(zeros([2])),
    ],
    [
      'LSTM: the state h0 must have shape [1, 4, 3], got [1, 3]',
      () => new nn.LSTM(2, 3).forward(zeros([5, 4, 2]), [zeros([1, 3]), zeros([1, 4, 3])]),
    ],
    [
      'LSTM.forward: hx must be a pair of tensors [h0, c0] or null, not a tensor of shape [1]',
      () => new nn.LSTM(2, 3).forward(zeros([5, 4, 2]), zeros([1]) as never),
    ],
    [
      'MultiheadAttention: embedDim must be divisible by numHeads, got 6 and 4',
      () => new nn.MultiheadAttention(6, 4),
    ],
    [
      'MultiheadAttention: query, key and value must have 4, 4, 4 features and the same batch',
      () => new nn.MultiheadAttention(4, 2).forward(x, x, x),
    ],
    [
      'MultiheadAttention: query, key and value must have 3 dimensions',
      () => new nn.MultiheadAttention(4, 2).forward(zeros([4]), x, x),
    ],
    [
      'MultiheadAttention: isCausal needs attnMask',
      () => new nn.MultiheadAttention(3, 1).forward(x, x, x, { isCausal: true }),
    ],
    [
      'MultiheadAttention: attnMask must have shape [2, 2] or [1, 2, 2], got [3]',
      () => new nn.MultiheadAttention(3, 1).forward(x, x, x, { attnMask: zeros([3]) }),
    ],
    [
      'MultiheadAttention: keyPaddingMask must have shape [1, 2], got [1, 3]',
      () => new nn.MultiheadAttention(3, 1).forward(x, x, x, { keyPaddingMask: zeros([3]) }),
    ],
    [
      "TransformerEncoderLayer: activation must be one of 'relu', 'gelu' or a function, not 'elu'",
      () => new nn.TransformerEncoderLayer(4, 2, { activation: 'elu' as never }),
    ],
    [
      'Unflatten: unflattenedSize must be a list of integers, not 3',
      () => new nn.Unflatten(1, 3 as never),
    ],
    [
      'PReLU: expected 2 channels in dimension 1, got shape [2, 3]',
      () => new nn.PReLU(2).forward(x),
    ],
    ['dirac_: needs 3, 4 or 5 dimensions, got shape [2, 3]', () => nn.init.dirac_(x)],
    [
      'dirac_: 3 output channels are not divisible by groups 2',
      () => nn.init.dirac_(zeros([3, 1, 1]), 2),
    ],
    [
      'orthogonal_: needs at least 2 dimensions, got shape [3]',
      () => nn.init.orthogonal_(zeros([3])),
    ],
    ['sparse_: needs a matrix, got shape [3]', () => nn.init.sparse_(zeros([3]), 0.5)],
    [
      'truncNormal_: a must be less than b and std greater than 0, got a 1, b 0, std 1',
      () => nn.init.truncNormal_(x, 0, 1, 1, 0),
    ],
  ])('%s', (message, f) => {
    expect(f).toThrow(message);
  });

  test('a TransformerEncoderLayer whose activation is a function has no config', () => {
    manualSeed(0);
    const layer = new nn.TransformerEncoderLayer(4, 2, {
      dimFeedforward: 3,
      activation: (y) => y.tanh(),
    });
    expect(layer.forward(randn([2, 1, 4])).shape).toEqual([2, 1, 4]);
    expect(() => nn.describeModule(layer)).toThrow('the activation is a function');
  });
});
