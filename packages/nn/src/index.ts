// The public API of @dl/nn: everything that the package exports.
export * from './activations.js';
export type { FactoryOptions } from './arguments.js';
export {
  type AttentionCallOptions,
  type AttentionResult,
  generateSquareSubsequentMask,
  MultiheadAttention,
  type MultiheadAttentionOptions,
  NonDynamicallyQuantizableLinear,
} from './attention.js';
export type { Config, Plain } from './config.js';
export { ModuleDict, ModuleList } from './containers.js';
export {
  Conv1d,
  Conv2d,
  type ConvLayerOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  type ConvTransposeLayerOptions,
  type PaddingMode,
} from './convolution.js';
export { cloneModule } from './copy.js';
export { Dropout } from './dropout.js';
export { Embedding, type EmbeddingOptions } from './embedding.js';
export type {
  BackwardHook,
  BackwardPreHook,
  ForwardHook,
  ForwardPreHook,
  HookOptions,
  ModuleGrads,
} from './hooks.js';
export { Flatten, Identity, Unflatten } from './identity-flatten.js';
export {
  type InitOptions,
  init,
  type KaimingOptions,
  type Nonlinearity,
  type XavierOptions,
} from './init.js';
export {
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
  type InstanceNormLayerOptions,
} from './instance-norm.js';
export { LayerNorm, type LayerNormOptions, RMSNorm, type RMSNormOptions } from './layer-norm.js';
export { Linear, type LinearOptions } from './linear.js';
export {
  type Holder,
  isModule,
  keyOfField,
  type List,
  type Members,
  membersOf,
} from './members.js';
export { type AnyModule, Module } from './module.js';
export {
  BatchNorm1d,
  BatchNorm2d,
  type BatchNormLayerOptions,
  GroupNorm,
  type GroupNormOptions,
} from './normalization.js';
export { isParameter, Parameter } from './parameter.js';
export { PixelShuffle, PixelUnshuffle } from './pixel-shuffle.js';
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AvgPool1d,
  AvgPool2d,
  MaxPool1d,
  MaxPool2d,
  type MaxPoolLayerOptions,
} from './pooling.js';
export {
  GRU,
  LSTM,
  type LSTMOptions,
  type RecurrentOptions,
  type RecurrentResult,
  RNN,
  type RNNOptions,
} from './recurrent.js';
export {
  GRUCell,
  LSTMCell,
  type RecurrentCellOptions,
  RNNCell,
  type RNNCellOptions,
} from './recurrent-cells.js';
export {
  buildModule,
  type ConfigurableClass,
  describeModule,
  type ModuleDescription,
  type RegistrableClass,
  registeredModules,
  registerModule,
} from './registry.js';
export { Sequential, type Step } from './sequential.js';
export type {
  LoadStateDictOptions,
  LoadStateDictResult,
  StateDict,
  StateDictOptions,
} from './state.js';
export { ModelSummary, type SummaryOptions, type SummaryRow, summary } from './summary.js';
export type { ModuleToOptions } from './to-device.js';
export {
  type EncoderCallOptions,
  type EncoderLayerCallOptions,
  type TransformerActivation,
  TransformerEncoder,
  TransformerEncoderLayer,
  type TransformerEncoderLayerOptions,
} from './transformer.js';
export { Upsample } from './upsample.js';
export * from './utils.js';
