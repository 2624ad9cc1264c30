// Builds the layers of this package from their configs, by PyTorch's names.
import type { InterpolateMode, Sizes } from '@dl/core/functional';
import * as act from './activations.js';
import { MultiheadAttention, NonDynamicallyQuantizableLinear } from './attention.js';
import type { Config, ConfigReader } from './config.js';
import {
  Conv1d,
  Conv2d,
  ConvTranspose1d,
  ConvTranspose2d,
  type PaddingMode,
} from './convolution.js';
import { Dropout } from './dropout.js';
import { Embedding } from './embedding.js';
import { Flatten, Identity, Unflatten } from './identity-flatten.js';
import { InstanceNorm1d, InstanceNorm2d, InstanceNorm3d } from './instance-norm.js';
import { LayerNorm, RMSNorm } from './layer-norm.js';
import { Linear } from './linear.js';
import type { AnyModule } from './module.js';
import { BatchNorm1d, BatchNorm2d, GroupNorm } from './normalization.js';
import { PixelShuffle, PixelUnshuffle } from './pixel-shuffle.js';
import * as pooling from './pooling.js';
import { GRU, LSTM, RNN } from './recurrent.js';
import { GRUCell, LSTMCell, RNNCell } from './recurrent-cells.js';
import { TransformerEncoderLayer } from './transformer.js';
import { Upsample } from './upsample.js';

// Functions instead of constants, so that importing has no side effects. Names are here and not in the
// classes, so that a minifier cannot change them.

/** Layers without arguments. */
export const plainLayers = (): Record<string, new () => AnyModule> => ({
  Identity,
  LogSigmoid: act.LogSigmoid,
  Sigmoid: act.Sigmoid,
  Softsign: act.Softsign,
  Tanh: act.Tanh,
});

/** A layer with arguments: its class and the function that builds it. */
export interface ConfiguredLayer {
  readonly prototype: AnyModule & { config(): Config };
  build(config: ConfigReader): AnyModule;
}

function layer<M extends AnyModule & { config(): Config }>(
  type: { readonly prototype: M },
  build: (config: ConfigReader) => M,
): ConfiguredLayer {
  return { prototype: type.prototype, build };
}

const inplace = (c: ConfigReader): boolean => c.boolean('inplace', false);

const conv = (c: ConfigReader) =>
  ({
    stride: c.sizes('stride', 1),
    padding: c.sizesOrWord('padding', 0) as Sizes | 'same' | 'valid',
    dilation: c.sizes('dilation', 1),
    groups: c.number('groups', 1),
    bias: c.boolean('bias', true),
    paddingMode: c.string('padding_mode', 'zeros') as PaddingMode,
  }) as const;

const convTranspose = (c: ConfigReader) =>
  ({
    stride: c.sizes('stride', 1),
    padding: c.sizes('padding', 0),
    outputPadding: c.sizes('output_padding', 0),
    dilation: c.sizes('dilation', 1),
    groups: c.number('groups', 1),
    bias: c.boolean('bias', true),
  }) as const;

const channels = (c: ConfigReader): [number, number, Sizes] => [
  c.number('in_channels'),
  c.number('out_channels'),
  c.sizes('kernel_size'),
];

const maxPool = (c: ConfigReader) =>
  ({
    stride: c.maybeSizes('stride'),
    padding: c.sizes('padding', 0),
    dilation: c.sizes('dilation', 1),
    returnIndices: c.boolean('return_indices', false),
    ceilMode: c.boolean('ceil_mode', false),
  }) as const;

const avgPool = (c: ConfigReader) =>
  ({
    stride: c.maybeSizes('stride'),
    padding: c.sizes('padding', 0),
    ceilMode: c.boolean('ceil_mode', false),
    countIncludePad: c.boolean('count_include_pad', true),
  }) as const;

const batchNorm = (c: ConfigReader) =>
  ({
    eps: c.number('eps', 1e-5),
    momentum: c.maybe('momentum', 0.1),
    affine: c.boolean('affine', true),
    trackRunningStats: c.boolean('track_running_stats', true),
    bias: c.boolean('bias', true),
  }) as const;

const instanceNorm = (c: ConfigReader) =>
  ({
    ...batchNorm(c),
    affine: c.boolean('affine', false),
    trackRunningStats: c.boolean('track_running_stats', false),
  }) as const;

const recurrent = (c: ConfigReader) =>
  ({
    numLayers: c.number('num_layers', 1),
    bias: c.boolean('bias', true),
    batchFirst: c.boolean('batch_first', false),
    dropout: c.number('dropout', 0),
    bidirectional: c.boolean('bidirectional', false),
  }) as const;

const sequenceSizes = (c: ConfigReader): [number, number] => [
  c.number('input_size'),
  c.number('hidden_size'),
];

const cell = (c: ConfigReader): [number, number, boolean] => [
  ...sequenceSizes(c),
  c.boolean('bias', true),
];

const nonlinearity = (c: ConfigReader) => c.string('nonlinearity', 'tanh') as 'tanh' | 'relu';

const fullyConnected = (c: ConfigReader): [number, number, { bias: boolean }] => [
  c.number('in_features'),
  c.number('out_features'),
  { bias: c.boolean('bias', true) },
];

type Table = Record<string, ConfiguredLayer>;

/** Activations. */
const activationLayers = (): Table => ({
  ELU: layer(act.ELU, (c) => new act.ELU(c.number('alpha', 1), inplace(c))),
  GELU: layer(act.GELU, (c) => {
    const approximate = c.string('approximate', 'none') as 'none' | 'tanh';
    return new act.GELU({ approximate });
  }),
  Hardswish: layer(act.Hardswish, (c) => new act.Hardswish(inplace(c))),
  Hardtanh: layer(
    act.Hardtanh,
    (c) => new act.Hardtanh(c.number('min_val', -1), c.number('max_val', 1), inplace(c)),
  ),
  LeakyReLU: layer(
    act.LeakyReLU,
    (c) => new act.LeakyReLU(c.number('negative_slope', 0.01), inplace(c)),
  ),
  LogSoftmax: layer(act.LogSoftmax, (c) => new act.LogSoftmax(c.number('dim'))),
  Mish: layer(act.Mish, (c) => new act.Mish(inplace(c))),
  PReLU: layer(act.PReLU, (c) => new act.PReLU(c.number('num_parameters', 1))),
  ReLU: layer(act.ReLU, (c) => new act.ReLU(inplace(c))),
  ReLU6: layer(act.ReLU6, (c) => new act.ReLU6(inplace(c))),
  SELU: layer(act.SELU, (c) => new act.SELU(inplace(c))),
  SiLU: layer(act.SiLU, (c) => new act.SiLU(inplace(c))),
  Softmax: layer(act.Softmax, (c) => new act.Softmax(c.number('dim'))),
  Softmin: layer(act.Softmin, (c) => new act.Softmin(c.number('dim'))),
  Softplus: layer(
    act.Softplus,
    (c) => new act.Softplus(c.number('beta', 1), c.number('threshold', 20)),
  ),
});

/** Linear layers, embeddings and dropout. */
const linearLayers = (): Table => ({
  Linear: layer(Linear, (c) => new Linear(...fullyConnected(c))),
  NonDynamicallyQuantizableLinear: layer(
    NonDynamicallyQuantizableLinear,
    (c) => new NonDynamicallyQuantizableLinear(...fullyConnected(c)),
  ),
  Embedding: layer(Embedding, (c) => {
    return new Embedding(c.number('num_embeddings'), c.number('embedding_dim'), {
      paddingIdx: c.maybe('padding_idx'),
      maxNorm: c.maybe('max_norm'),
      normType: c.number('norm_type', 2),
      scaleGradByFreq: c.boolean('scale_grad_by_freq', false),
    });
  }),
  Dropout: layer(Dropout, (c) => new Dropout(c.number('p', 0.5), inplace(c))),
});

/** Convolutions, pooling, resizing and reshaping. */
const spatialLayers = (): Table => ({
  AdaptiveAvgPool1d: layer(
    pooling.AdaptiveAvgPool1d,
    (c) => new pooling.AdaptiveAvgPool1d(c.sizes('output_size')),
  ),
  AdaptiveAvgPool2d: layer(
    pooling.AdaptiveAvgPool2d,
    (c) => new pooling.AdaptiveAvgPool2d(c.someSizes('output_size')),
  ),
  AvgPool1d: layer(
    pooling.AvgPool1d,
    (c) => new pooling.AvgPool1d(c.sizes('kernel_size'), avgPool(c)),
  ),
  AvgPool2d: layer(
    pooling.AvgPool2d,
    (c) =>
      new pooling.AvgPool2d(c.sizes('kernel_size'), {
        ...avgPool(c),
        divisorOverride: c.maybe('divisor_override'),
      }),
  ),
  Conv1d: layer(Conv1d, (c) => new Conv1d(...channels(c), conv(c))),
  Conv2d: layer(Conv2d, (c) => new Conv2d(...channels(c), conv(c))),
  ConvTranspose1d: layer(
    ConvTranspose1d,
    (c) => new ConvTranspose1d(...channels(c), convTranspose(c)),
  ),
  ConvTranspose2d: layer(
    ConvTranspose2d,
    (c) => new ConvTranspose2d(...channels(c), convTranspose(c)),
  ),
  Flatten: layer(Flatten, (c) => new Flatten(c.number('start_dim', 1), c.number('end_dim', -1))),
  MaxPool1d: layer(
    pooling.MaxPool1d,
    (c) => new pooling.MaxPool1d(c.sizes('kernel_size'), maxPool(c)),
  ),
  MaxPool2d: layer(
    pooling.MaxPool2d,
    (c) => new pooling.MaxPool2d(c.sizes('kernel_size'), maxPool(c)),
  ),
  PixelShuffle: layer(PixelShuffle, (c) => new PixelShuffle(c.number('upscale_factor'))),
  PixelUnshuffle: layer(PixelUnshuffle, (c) => new PixelUnshuffle(c.number('downscale_factor'))),
  Unflatten: layer(Unflatten, (c) => {
    const sizes = c.sizes('unflattened_size');
    return new Unflatten(c.number('dim'), typeof sizes === 'number' ? [sizes] : sizes);
  }),
  Upsample: layer(Upsample, (c) => {
    const [size, scaleFactor] = [c.maybeSizes('size'), c.maybeSizes('scale_factor')];
    const mode = c.string('mode', 'nearest') as InterpolateMode;
    // Some descriptions say false with a mode that does not take `align_corners`: that means null.
    const corners = c.maybeBoolean('align_corners');
    const alignCorners = corners === false && /nearest|area/.test(mode) ? null : corners;
    const recomputeScaleFactor = c.maybeBoolean('recompute_scale_factor');
    return new Upsample({ size, scaleFactor, mode, alignCorners, recomputeScaleFactor });
  }),
});

/** Normalizations. */
const normalizations = (): Table => ({
  BatchNorm1d: layer(BatchNorm1d, (c) => new BatchNorm1d(c.number('num_features'), batchNorm(c))),
  BatchNorm2d: layer(BatchNorm2d, (c) => new BatchNorm2d(c.number('num_features'), batchNorm(c))),
  GroupNorm: layer(
    GroupNorm,
    (c) =>
      new GroupNorm(c.number('num_groups'), c.number('num_channels'), {
        eps: c.number('eps', 1e-5),
        affine: c.boolean('affine', true),
        bias: c.boolean('bias', true),
      }),
  ),
  InstanceNorm1d: layer(
    InstanceNorm1d,
    (c) => new InstanceNorm1d(c.number('num_features'), instanceNorm(c)),
  ),
  InstanceNorm2d: layer(
    InstanceNorm2d,
    (c) => new InstanceNorm2d(c.number('num_features'), instanceNorm(c)),
  ),
  InstanceNorm3d: layer(
    InstanceNorm3d,
    (c) => new InstanceNorm3d(c.number('num_features'), instanceNorm(c)),
  ),
  LayerNorm: layer(
    LayerNorm,
    (c) =>
      new LayerNorm(c.sizes('normalized_shape'), {
        eps: c.number('eps', 1e-5),
        elementwiseAffine: c.boolean('elementwise_affine', true),
        bias: c.boolean('bias', true),
      }),
  ),
  RMSNorm: layer(
    RMSNorm,
    (c) =>
      new RMSNorm(c.sizes('normalized_shape'), {
        eps: c.maybe('eps'),
        elementwiseAffine: c.boolean('elementwise_affine', true),
      }),
  ),
});

/** Recurrent layers and attention. */
const sequenceLayers = (): Table => ({
  GRU: layer(GRU, (c) => new GRU(...sequenceSizes(c), recurrent(c))),
  GRUCell: layer(GRUCell, (c) => new GRUCell(...cell(c))),
  LSTM: layer(LSTM, (c) => {
    const projSize = c.number('proj_size', 0);
    return new LSTM(...sequenceSizes(c), { ...recurrent(c), projSize });
  }),
  LSTMCell: layer(LSTMCell, (c) => new LSTMCell(...cell(c))),
  MultiheadAttention: layer(
    MultiheadAttention,
    (c) =>
      new MultiheadAttention(c.number('embed_dim'), c.number('num_heads'), {
        dropout: c.number('dropout', 0),
        bias: c.boolean('bias', true),
        addBiasKv: c.boolean('add_bias_kv', false),
        addZeroAttn: c.boolean('add_zero_attn', false),
        kdim: c.maybe('kdim'),
        vdim: c.maybe('vdim'),
        batchFirst: c.boolean('batch_first', false),
      }),
  ),
  RNN: layer(RNN, (c) => {
    return new RNN(...sequenceSizes(c), { ...recurrent(c), nonlinearity: nonlinearity(c) });
  }),
  RNNCell: layer(RNNCell, (c) => new RNNCell(...cell(c), { nonlinearity: nonlinearity(c) })),
  TransformerEncoderLayer: layer(
    TransformerEncoderLayer,
    (c) =>
      new TransformerEncoderLayer(c.number('d_model'), c.number('nhead'), {
        dimFeedforward: c.number('dim_feedforward', 2048),
        dropout: c.number('dropout', 0.1),
        activation: c.string('activation', 'relu') as 'relu' | 'gelu',
        layerNormEps: c.number('layer_norm_eps', 1e-5),
        batchFirst: c.boolean('batch_first', false),
        normFirst: c.boolean('norm_first', false),
        bias: c.boolean('bias', true),
      }),
  ),
});

/** Layers with arguments. */
export const configuredLayers = (): Table => ({
  ...activationLayers(),
  ...linearLayers(),
  ...spatialLayers(),
  ...normalizations(),
  ...sequenceLayers(),
});
