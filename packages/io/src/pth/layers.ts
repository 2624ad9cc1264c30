// The layers of @dl/nn and their counterparts in PyTorch: their modules and attributes.

import type { Config, Plain } from '@dl/nn';
import { Unsupported } from '../errors.js';
import { PyDict, PyGlobal, PyTuple } from '../pickle/values.js';

/** A layer's attributes in PyTorch besides its config. */
export interface LayerForm {
  /** `torch.nn.modules.linear` */
  readonly module: string;
  /** Names in `_parameters`, including those that may be None. */
  readonly parameters?: readonly string[];
  /** Names in `_buffers`, including those that may be None. */
  readonly buffers?: readonly string[];
  /** Config keys that are tuples in PyTorch but lists here. */
  readonly tuples?: readonly string[];
  /** Config keys that are not attributes in PyTorch. */
  readonly drop?: readonly string[];
  /** Attributes derived from the config. */
  extra?(config: Config, values: PartValues): Record<string, unknown>;
  /** The config from PyTorch's attributes, if it is not a plain copy. */
  read?(attributes: PyDict, read: ReadParts): Config;
}

/** A layer's parameters by PyTorch's name, as stored in the pickle. */
export type PartValues = (name: string) => unknown;

/** The information about a layer's parts that a config may need. */
export interface ReadParts {
  attribute(name: string): unknown;
  parameter(name: string): unknown;
  child(name: string): ReadParts | null;
  /** The description of a submodule. */
  describe(name: string): Plain;
}

const affine = { parameters: ['weight', 'bias'] } as const;
const activation = 'torch.nn.modules.activation';
/** In PyTorch every such layer has the attribute; a config has it only if it is true. */
const inPlace = (config: Config) => ({ inplace: config.inplace === true });
const inplace = { module: activation, extra: inPlace } as const;
const plain = { module: activation } as const;
const pooling = 'torch.nn.modules.pooling';
const poolSizes = ['kernel_size', 'stride', 'padding', 'dilation'] as const;

/** Python's `_reversed_padding_repeated_twice`: for each dimension, the last first, both sides. */
function repeatedPadding(config: Config): unknown {
  const {
    padding,
    kernel_size: kernel,
    dilation,
  } = config as {
    padding: readonly number[] | string;
    kernel_size: readonly number[];
    dilation: readonly number[];
  };
  if (typeof padding !== 'string') {
    return new PyTuple([...padding].reverse().flatMap((n) => [n, n]));
  }
  return [...kernel]
    .map((k, i) => {
      const total = padding === 'same' ? dilation[i] * (k - 1) : 0;
      return [Math.floor(total / 2), total - Math.floor(total / 2)];
    })
    .reverse()
    .flat();
}

const convolution = (transposed: boolean): LayerForm => ({
  module: 'torch.nn.modules.conv',
  ...affine,
  tuples: ['kernel_size', 'stride', 'padding', 'dilation', 'output_padding'],
  drop: ['bias'],
  extra: (config) => ({
    transposed,
    ...(!transposed && {
      output_padding: new PyTuple((config.kernel_size as readonly number[]).map(() => 0)),
    }),
    _reversed_padding_repeated_twice: repeatedPadding(config),
  }),
});

const channelNorm = (module: string): LayerForm => ({
  module,
  parameters: affine.parameters,
  buffers: ['running_mean', 'running_var', 'num_batches_tracked'],
  drop: ['bias'],
});
const batchNorm = /*#__PURE__*/ channelNorm('torch.nn.modules.batchnorm');
const instanceNorm = /*#__PURE__*/ channelNorm('torch.nn.modules.instancenorm');

const pixelShuffle: LayerForm = { module: 'torch.nn.modules.pixelshuffle' };

const recurrentCell: LayerForm = {
  module: 'torch.nn.modules.rnn',
  parameters: ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'],
};

/** The names of a recurrent layer's parameters, in groups, as in PyTorch. */
function weightGroups(config: Config): string[][] {
  const groups: string[][] = [];
  for (let layer = 0; layer < (config.num_layers as number); layer++) {
    for (const suffix of config.bidirectional === true ? ['', '_reverse'] : ['']) {
      const kinds = ['weight_ih', 'weight_hh'];
      if (config.bias === true) kinds.push('bias_ih', 'bias_hh');
      if (Number(config.proj_size ?? 0) > 0) kinds.push('weight_hr');
      groups.push(kinds.map((kind) => `${kind}_l${layer}${suffix}`));
    }
  }
  return groups;
}

const recurrent = (mode: (config: Config) => string): LayerForm => ({
  module: 'torch.nn.modules.rnn',
  extra: (config, values) => ({
    mode: mode(config),
    ...(config.proj_size === undefined && { proj_size: 0 }),
    _flat_weights_names: weightGroups(config).flat(),
    _all_weights: weightGroups(config),
    _flat_weights: weightGroups(config).flat().map(values),
  }),
});

const activations: Readonly<Record<string, 'relu' | 'gelu'>> = {
  'torch.nn.functional.relu': 'relu',
  'torch.nn.functional.gelu': 'gelu',
  'torch._C._nn.gelu': 'gelu',
};

/** By the class's name, which is the same here and in PyTorch. */
export const layerForms: Readonly<Record<string, LayerForm>> = {
  AdaptiveAvgPool1d: { module: pooling, tuples: ['output_size'] },
  AdaptiveAvgPool2d: { module: pooling, tuples: ['output_size'] },
  AvgPool1d: { module: pooling, tuples: poolSizes },
  AvgPool2d: {
    module: pooling,
    tuples: poolSizes,
    extra: (config) => ({ divisor_override: config.divisor_override ?? null }),
  },
  BatchNorm1d: batchNorm,
  BatchNorm2d: batchNorm,
  Conv1d: convolution(false),
  Conv2d: convolution(false),
  ConvTranspose1d: convolution(true),
  ConvTranspose2d: convolution(true),
  Dropout: { module: 'torch.nn.modules.dropout', extra: inPlace },
  ELU: inplace,
  Embedding: {
    module: 'torch.nn.modules.sparse',
    parameters: ['weight'],
    extra: () => ({ max_norm: null, norm_type: 2, scale_grad_by_freq: false, sparse: false }),
    read: (attributes, { attribute }) => {
      if ((attribute('max_norm') ?? null) !== null || attribute('scale_grad_by_freq') === true) {
        throw new Unsupported(
          'load: an Embedding with max_norm or scale_grad_by_freq is not supported; load the state dict into one without',
        );
      }
      return plainConfig(attributes);
    },
  },
  Flatten: { module: 'torch.nn.modules.flatten' },
  GELU: plain,
  GRU: recurrent(() => 'GRU'),
  GRUCell: recurrentCell,
  GroupNorm: {
    module: 'torch.nn.modules.normalization',
    parameters: affine.parameters,
    drop: ['bias'],
  },
  Hardswish: inplace,
  Hardtanh: inplace,
  Identity: { module: 'torch.nn.modules.linear' },
  InstanceNorm1d: instanceNorm,
  InstanceNorm2d: instanceNorm,
  InstanceNorm3d: instanceNorm,
  LSTM: recurrent(() => 'LSTM'),
  LSTMCell: recurrentCell,
  LayerNorm: {
    module: 'torch.nn.modules.normalization',
    parameters: affine.parameters,
    tuples: ['normalized_shape'],
    drop: ['bias'],
  },
  LeakyReLU: inplace,
  Linear: { module: 'torch.nn.modules.linear', parameters: affine.parameters, drop: ['bias'] },
  LogSigmoid: plain,
  LogSoftmax: plain,
  MaxPool1d: { module: pooling, tuples: poolSizes },
  MaxPool2d: { module: pooling, tuples: poolSizes },
  Mish: inplace,
  ModuleDict: {
    module: 'torch.nn.modules.container',
    drop: ['modules'],
  },
  ModuleList: {
    module: 'torch.nn.modules.container',
    drop: ['modules'],
  },
  MultiheadAttention: {
    module: activation,
    parameters: [
      'in_proj_weight',
      'q_proj_weight',
      'k_proj_weight',
      'v_proj_weight',
      'in_proj_bias',
    ],
    drop: ['bias', 'add_bias_kv'],
    extra: (config) => ({
      _qkv_same_embed_dim: config.kdim === config.embed_dim && config.vdim === config.embed_dim,
      head_dim: (config.embed_dim as number) / (config.num_heads as number),
      ...(config.add_bias_kv !== true && { bias_k: null, bias_v: null }),
    }),
    read: (attributes, { parameter }) => ({
      ...plainConfig(attributes),
      bias: parameter('in_proj_bias') !== null,
      add_bias_kv: (parameter('bias_k') ?? null) !== null,
    }),
  },
  NonDynamicallyQuantizableLinear: {
    module: 'torch.nn.modules.linear',
    parameters: affine.parameters,
    drop: ['bias'],
  },
  PReLU: { module: activation, parameters: ['weight'], extra: () => ({ init: 0.25 }) },
  PixelShuffle: pixelShuffle,
  PixelUnshuffle: pixelShuffle,
  RMSNorm: {
    module: 'torch.nn.modules.normalization',
    parameters: ['weight'],
    tuples: ['normalized_shape'],
  },
  RNN: recurrent((config) => (config.nonlinearity === 'relu' ? 'RNN_RELU' : 'RNN_TANH')),
  RNNCell: recurrentCell,
  ReLU: inplace,
  ReLU6: {
    module: activation,
    extra: (config) => ({ min_val: 0, max_val: 6, ...inPlace(config) }),
  },
  SELU: inplace,
  Sequential: { module: 'torch.nn.modules.container', drop: ['modules'] },
  SiLU: inplace,
  Sigmoid: plain,
  Softmax: plain,
  Softmin: plain,
  Softplus: plain,
  Softsign: plain,
  Tanh: plain,
  TransformerEncoder: {
    module: 'torch.nn.modules.transformer',
    drop: ['layers', 'norm'],
    extra: (config) => ({
      ...(config.norm === null && { norm: null }),
      num_layers: (config.layers as { config: { modules: readonly Plain[] } }).config.modules
        .length,
      enable_nested_tensor: false,
      use_nested_tensor: false,
      mask_check: true,
    }),
    read: (_, { child, describe }) => ({
      layers: describe('layers'),
      norm: child('norm') === null ? null : describe('norm'),
    }),
  },
  TransformerEncoderLayer: {
    module: 'torch.nn.modules.transformer',
    drop: [
      'd_model',
      'nhead',
      'dim_feedforward',
      'dropout',
      'layer_norm_eps',
      'batch_first',
      'bias',
    ],
    extra: (config) => ({
      activation: new PyGlobal('torch.nn.functional', config.activation as string),
      activation_relu_or_gelu: config.activation === 'relu' ? 1 : 2,
    }),
    read: (_, { attribute, child }) => {
      const found = attribute('activation');
      const name = found instanceof PyGlobal ? activations[found.path] : undefined;
      if (name === undefined) {
        throw new Unsupported(
          'load: TransformerEncoderLayer has an activation other than relu and gelu; load the state dict into your own layer',
        );
      }
      return {
        d_model: child('self_attn')?.attribute('embed_dim') as Plain,
        nhead: child('self_attn')?.attribute('num_heads') as Plain,
        batch_first: child('self_attn')?.attribute('batch_first') as Plain,
        dim_feedforward: child('linear1')?.attribute('out_features') as Plain,
        dropout: child('dropout')?.attribute('p') as Plain,
        layer_norm_eps: child('norm1')?.attribute('eps') as Plain,
        bias: child('linear1')?.parameter('bias') !== null,
        norm_first: attribute('norm_first') as Plain,
        activation: name,
      };
    },
  },
  Unflatten: { module: 'torch.nn.modules.flatten', tuples: ['unflattened_size'] },
  Upsample: {
    module: 'torch.nn.modules.upsampling',
    tuples: ['size', 'scale_factor'],
    extra: (config) => ({
      name: 'Upsample',
      recompute_scale_factor: null,
      // PyTorch accepts it in the modes that have it, and None in the others.
      align_corners: config.mode === 'nearest' ? null : config.align_corners,
    }),
    read: (attributes, { attribute }) => ({
      ...plainConfig(attributes),
      align_corners: attribute('align_corners') === true,
    }),
  },
};

/** The plain data among a module's attributes, from which its class may be built. */
export function plainConfig(attributes: PyDict): Config {
  const config: Record<string, Plain> = {};
  const left = { values: 100_000 };
  for (const [key, value] of attributes.entries) {
    if (typeof key !== 'string' || key.startsWith('_') || key === 'training') continue;
    const found = plainOf(value, 0, left);
    if (found !== undefined) config[key] = found;
  }
  return config;
}

/** `left` limits the work: a list can contain another one many times, and that a third. */
function plainOf(value: unknown, depth: number, left: { values: number }): Plain | undefined {
  if (--left.values < 0) return undefined;
  if (value === null || ['number', 'string', 'boolean'].includes(typeof value)) {
    return value as Plain;
  }
  if (depth > 8) return undefined;
  const items = value instanceof PyTuple ? value.items : Array.isArray(value) ? value : null;
  if (items !== null) {
    const list = items.map((item) => plainOf(item, depth + 1, left));
    return list.includes(undefined) ? undefined : (list as Plain[]);
  }
  if (value instanceof PyDict) {
    const made: Record<string, Plain> = {};
    for (const [key, item] of value.entries) {
      const found = plainOf(item, depth + 1, left);
      if (typeof key !== 'string' || key === '__proto__' || found === undefined) return undefined;
      made[key] = found;
    }
    return made;
  }
  return undefined;
}
