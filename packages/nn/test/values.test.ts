// Layers against PyTorch: initial values, outputs, gradients, buffers, printed form.
import { empty, grad, manualSeed, noGrad, randn, Tensor, tensor } from '@dl/core';
import { describe, expect, test } from 'vitest';
import * as nn from '../src/index.js';
import goldens from './fixtures/layers.json' with { type: 'json' };
import { expectClose, type Packed, unpack } from './support.js';

const double = { dtype: 'float64' } as const;

/** The same cases as in tools/oracle/layers_goldens.py. */
const builders: Record<string, () => nn.AnyModule> = {
  conv1d: () => new nn.Conv1d(2, 4, 3, { padding: 1 }),
  'conv1d unbatched': () => new nn.Conv1d(2, 4, 3, { stride: 2 }),
  conv2d: () =>
    new nn.Conv2d(2, 4, [3, 2], { stride: [2, 1], padding: 1, dilation: [1, 2], groups: 2 }),
  'conv2d same': () => new nn.Conv2d(2, 3, 4, { padding: 'same', bias: false }),
  'conv2d reflect': () => new nn.Conv2d(2, 3, 3, { padding: [1, 2], paddingMode: 'reflect' }),
  'conv2d circular same': () =>
    new nn.Conv2d(2, 3, 4, { padding: 'same', paddingMode: 'circular' }),
  'conv1d replicate': () => new nn.Conv1d(2, 3, 3, { padding: 2, paddingMode: 'replicate' }),
  'conv2d double': () => new nn.Conv2d(1, 2, 3, double),
  convTranspose1d: () =>
    new nn.ConvTranspose1d(3, 2, 3, { stride: 2, padding: 1, outputPadding: 1 }),
  convTranspose2d: () =>
    new nn.ConvTranspose2d(4, 2, [3, 2], {
      stride: 2,
      padding: [1, 0],
      groups: 2,
      dilation: [1, 2],
    }),
  'convTranspose2d sized': () => new nn.ConvTranspose2d(2, 2, 3, { stride: 2 }),
  maxPool1d: () => new nn.MaxPool1d(3, { stride: 2, padding: 1 }),
  maxPool2d: () => new nn.MaxPool2d(2, 2),
  'maxPool2d ceil': () =>
    new nn.MaxPool2d([3, 2], { ceilMode: true, dilation: [1, 2], padding: [1, 0] }),
  avgPool1d: () => new nn.AvgPool1d(3, { stride: 2, padding: 1, countIncludePad: false }),
  avgPool2d: () => new nn.AvgPool2d([2, 3], 2, { padding: 1, ceilMode: true }),
  'avgPool2d divisor': () => new nn.AvgPool2d(2, { divisorOverride: 3 }),
  adaptiveAvgPool1d: () => new nn.AdaptiveAvgPool1d(3),
  adaptiveAvgPool2d: () => new nn.AdaptiveAvgPool2d([2, null]),
  'adaptiveAvgPool2d one': () => new nn.AdaptiveAvgPool2d(1),
  batchNorm1d: () => new nn.BatchNorm1d(3),
  'batchNorm1d long': () => new nn.BatchNorm1d(3, { eps: 1e-3, momentum: 0.3 }),
  'batchNorm1d average': () => new nn.BatchNorm1d(3, { momentum: null, affine: false }),
  'batchNorm1d untracked': () => new nn.BatchNorm1d(3, { trackRunningStats: false }),
  batchNorm2d: () => new nn.BatchNorm2d(2),
  'batchNorm2d no bias': () => new nn.BatchNorm2d(2, { bias: false }),
  'batchNorm2d double': () => new nn.BatchNorm2d(2, double),
  layerNorm: () => new nn.LayerNorm(5),
  'layerNorm two': () => new nn.LayerNorm([3, 5], { eps: 1e-3, bias: false }),
  'layerNorm plain': () => new nn.LayerNorm([5], { elementwiseAffine: false }),
  groupNorm: () => new nn.GroupNorm(2, 4),
  'groupNorm plain': () => new nn.GroupNorm(4, 4, { affine: false }),
  rmsNorm: () => new nn.RMSNorm(5),
  'rmsNorm two': () => new nn.RMSNorm([3, 5], { eps: 1e-3 }),
  'rmsNorm plain': () => new nn.RMSNorm([5], { elementwiseAffine: false }),
  'rmsNorm double': () => new nn.RMSNorm(5, double),
  instanceNorm1d: () => new nn.InstanceNorm1d(3),
  'instanceNorm1d unbatched': () =>
    new nn.InstanceNorm1d(3, { affine: true, trackRunningStats: true }),
  instanceNorm2d: () => new nn.InstanceNorm2d(2, { affine: true }),
  'instanceNorm2d tracked': () =>
    new nn.InstanceNorm2d(2, { eps: 1e-3, momentum: 0.3, trackRunningStats: true }),
  'instanceNorm2d average': () =>
    new nn.InstanceNorm2d(2, {
      momentum: null,
      affine: true,
      trackRunningStats: true,
      bias: false,
    }),
  instanceNorm3d: () => new nn.InstanceNorm3d(2, { affine: true, trackRunningStats: true }),
  'instanceNorm3d double': () => new nn.InstanceNorm3d(2, double),
  pixelShuffle: () => new nn.PixelShuffle(2),
  pixelUnshuffle: () => new nn.PixelUnshuffle(3),
  prelu: () => new nn.PReLU(),
  'prelu channels': () => new nn.PReLU(3, { init: 0.1 }),
  selu: () => new nn.SELU(),
  hardtanh: () => new nn.Hardtanh(),
  hardswish: () => new nn.Hardswish(),
  softmin: () => new nn.Softmin(1),
  'softmin last double': () => new nn.Softmin({ dim: -1 }),
  unflatten: () => new nn.Unflatten(1, [2, -1]),
  upsample: () => new nn.Upsample({ scaleFactor: 2 }),
  'upsample bilinear': () =>
    new nn.Upsample({ size: [5, 7], mode: 'bilinear', alignCorners: true }),
  embedding: () => new nn.Embedding(6, 3),
  'embedding padding': () => new nn.Embedding(6, 3, { paddingIdx: -1 }),
  'embedding limited': () =>
    new nn.Embedding(6, 3, { maxNorm: 1.5, normType: 1, scaleGradByFreq: true }),
  'upsample recomputed': () =>
    new nn.Upsample({ scaleFactor: [1.5, 1.9], mode: 'bicubic', recomputeScaleFactor: true }),
  rnn: () => new nn.RNN(3, 4),
  'rnn relu': () => new nn.RNN(3, 4, 2, { nonlinearity: 'relu', bias: false, batchFirst: true }),
  'rnn both ways': () => new nn.RNN(3, 4, { numLayers: 2, bidirectional: true }),
  'rnn unbatched': () => new nn.RNN(3, 4),
  lstm: () => new nn.LSTM(3, 4),
  'lstm state': () => new nn.LSTM(3, 4, 2, { bidirectional: true, batchFirst: true }),
  'lstm projected': () => new nn.LSTM(3, 4, 2, { projSize: 2 }),
  'lstm dropout': () => new nn.LSTM(3, 4, 3, { dropout: 0.4, batchFirst: true }),
  gru: () => new nn.GRU(3, 4),
  'gru both ways': () => new nn.GRU(3, 4, 2, { bidirectional: true, bias: false }),
  'gru double': () => new nn.GRU(3, 4, double),
  'rnn cell': () => new nn.RNNCell(3, 4),
  'rnn cell relu': () => new nn.RNNCell(3, 4, { bias: false, nonlinearity: 'relu' }),
  'rnn cell unbatched': () => new nn.RNNCell(3, 4),
  'lstm cell': () => new nn.LSTMCell(3, 4),
  'lstm cell state': () => new nn.LSTMCell(3, 4, false),
  'lstm cell unbatched': () => new nn.LSTMCell(3, 4),
  'gru cell': () => new nn.GRUCell(3, 4),
  'gru cell state': () => new nn.GRUCell(3, 4, { bias: false }),
  'gru cell double': () => new nn.GRUCell(3, 4, double),
  'gru cell of nothing': () => new nn.GRUCell(3, 0),
  attention: () => new nn.MultiheadAttention(8, 2),
  'attention by head': () => new nn.MultiheadAttention(8, 2, { batchFirst: true }),
  'attention dropout': () => new nn.MultiheadAttention(8, 2, { dropout: 0.3 }),
  'attention plain': () => new nn.MultiheadAttention(8, 2, { bias: false }),
  'attention extras': () => new nn.MultiheadAttention(8, 2, { addBiasKv: true, addZeroAttn: true }),
  'attention other sizes': () => new nn.MultiheadAttention(8, 4, { kdim: 3, vdim: 6 }),
  'attention unbatched': () => new nn.MultiheadAttention(8, 2),
  'attention masked': () => new nn.MultiheadAttention(8, 2),
  'attention masked plain': () => new nn.MultiheadAttention(8, 2),
  'attention boolean mask': () => new nn.MultiheadAttention(8, 2),
  'encoder layer': () => new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16 }),
  'encoder layer first': () =>
    new nn.TransformerEncoderLayer(8, 2, {
      dimFeedforward: 16,
      dropout: 0,
      activation: 'gelu',
      normFirst: true,
      batchFirst: true,
      bias: false,
    }),
  'encoder layer masked': () => new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16 }),
  encoder: () =>
    new nn.TransformerEncoder(new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16 }), 2, {
      norm: new nn.LayerNorm(8),
    }),
  'encoder masked': () =>
    new nn.TransformerEncoder(
      new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, dropout: 0 }),
      2,
    ),
};

const causal = nn.generateSquareSubsequentMask(4);
const padded = (source: number): Tensor =>
  tensor([
    new Array<boolean>(source).fill(false),
    Array.from({ length: source }, (_, i) => i === source - 1),
  ]);

/** Arguments of forward besides the inputs. */
const calls: Record<string, unknown> = {
  'convTranspose2d sized': [8, 10],
  'attention by head': { averageAttnWeights: false },
  'attention plain': { needWeights: false },
  'attention extras': { keyPaddingMask: padded(5) },
  'attention masked': { attnMask: causal, keyPaddingMask: padded(4) },
  'attention masked plain': {
    attnMask: causal,
    keyPaddingMask: padded(4),
    needWeights: false,
  },
  'attention boolean mask': {
    attnMask: tensor(
      Array.from({ length: 4 }, (_, i) =>
        Array.from({ length: 5 }, (_, j) => (i + 2 * j) % 3 === 1),
      ),
    ),
  },
  'encoder layer masked': { srcMask: causal, srcKeyPaddingMask: padded(4) },
  'encoder masked': { mask: causal },
};

type Golden = (typeof goldens.cases)[number];

const flat = (y: unknown): (Tensor | null)[] =>
  y === null || y instanceof Tensor ? [y] : (y as unknown[]).flatMap(flat);

function run(golden: Golden, m: nn.AnyModule, inputs: readonly Tensor[]): (Tensor | null)[] {
  const args: unknown[] =
    /^lstm/.test(golden.name) && inputs.length === 3
      ? [inputs[0], [inputs[1], inputs[2]]]
      : [...inputs];
  const call = calls[golden.name];
  if (call !== undefined) args.push(call);
  return flat(m.forward(...(args as never[])));
}

describe('against PyTorch', () => {
  test('the cases are those of the goldens', () => {
    expect(Object.keys(builders)).toEqual(goldens.cases.map(({ name }) => name));
  });

  test.each(goldens.cases.map((golden) => [golden.name, golden] as const))('%s', (name, golden) => {
    manualSeed(7);
    const m = builders[name]();
    expect(m.toString()).toBe(golden.repr);
    const state = golden.state as unknown as Record<string, Packed>;
    const own = m.stateDict();
    expect(Object.keys(own)).toEqual(Object.keys(state));
    for (const [key, value] of Object.entries(own)) expectClose(value, state[key], key);

    const inputs = golden.inputs.map((packed) => {
      const x = unpack(packed as Packed);
      return packed.dtype.startsWith('int') ? x : x.requiresGrad_();
    });
    manualSeed(3);
    const outputs = run(golden, m, inputs);
    manualSeed(5);
    let total: Tensor = tensor(0);
    outputs.forEach((y, i) => {
      const wanted = golden.outputs[i] as Packed | null;
      expect(y === null).toBe(wanted === null);
      if (y === null || wanted === null) return;
      expectClose(y, wanted, `output ${i}`);
      total = total.add(y.mul(randn(y.shape, { dtype: y.dtype })).sum());
    });
    const leaves = [...inputs.filter((x) => x.requiresGrad), ...m.parameters()];
    const grads = grad(total, leaves, { allowUnused: true });
    grads.forEach((g, i) => {
      const wanted = golden.grads[i] as Packed | null;
      expect(g === null).toBe(wanted === null);
      if (g !== null && wanted !== null) expectClose(g, wanted, `gradient ${i}`);
    });
    const buffers = golden.buffers as Record<string, Packed | undefined>;
    for (const [key, value] of m.namedBuffers()) expectClose(value, buffers[key]!, key);
    m.eval();
    const used = noGrad(() => run(golden, m, inputs));
    used.forEach((y, i) => {
      if (y !== null) expectClose(y, golden.eval[i] as Packed, `used, output ${i}`);
    });
  });

  test.each(goldens.cases.map((golden) => [golden.name, golden] as const))(
    '%s, described and built again, and copied',
    (name, golden) => {
      manualSeed(7);
      const m = builders[name]();
      const again = nn.buildModule(JSON.parse(JSON.stringify(nn.describeModule(m))));
      expect(again.toString()).toBe(golden.repr);
      // A description has no dtype: files store it with the values.
      if (name.endsWith('double')) again.double();
      again.loadStateDict(m.stateDict());
      const copied = nn.cloneModule(m);
      expect(copied.toString()).toBe(golden.repr);
      const inputs = golden.inputs.map((packed) => unpack(packed as Packed));
      const results = [m, again, copied].map((x) => {
        manualSeed(3);
        return run(golden, x, inputs).map((y) => y?.toArray());
      });
      expect(results[1]).toEqual(results[0]);
      expect(results[2]).toEqual(results[0]);
    },
  );
});

const inits: Record<string, [shape: number[], (w: Tensor) => Tensor]> = {
  orthogonal: [[3, 5], (w) => nn.init.orthogonal_(w, { gain: 2 })],
  'orthogonal tall': [[6, 2, 2], nn.init.orthogonal_],
  dirac: [[4, 2, 3, 3], (w) => nn.init.dirac_(w, 2)],
  sparse: [[5, 3], (w) => nn.init.sparse_(w, 0.4, { std: 0.5 })],
  'sparse rounded up': [[7, 2], (w) => nn.init.sparse_(w, 0.4)],
  truncNormal: [[4, 6], (w) => nn.init.truncNormal_(w)],
  'truncNormal narrow': [[4, 6], (w) => nn.init.truncNormal_(w, 1, 0.5, 0.8, 3)],
  'truncNormal of a tail': [[4, 6], (w) => nn.init.truncNormal_(w, 0.5, 1, 2, 4)],
  'truncNormal below the mean': [[5, 4], (w) => nn.init.truncNormal_(w, 3, 0.5, 0, 2)],
  'truncNormal around a narrow peak': [[7], (w) => nn.init.truncNormal_(w, 0.1, 2, -0.5, 0.5)],
};

describe('init', () => {
  test.each(Object.entries(goldens.inits))('%s', (name, packed) => {
    const [shape, fill] = inits[name];
    const w = new nn.Parameter(empty(shape));
    manualSeed(9);
    expectClose(fill(w), packed as Packed);
  });
});
