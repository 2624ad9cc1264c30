// @dl/core/functional: all of @dl/core but the operators as methods, so that a bundle holds those alone that it calls.
import { registerCopy } from './copies.js';
import { installEssentials } from './essentials.js';
import { installMissing } from './missing.js';
import { Tensor } from './tensor.js';

// Part of defining the class Tensor; what it leaves outside the package is a note that this copy is here.
registerCopy(Tensor.prototype);
installEssentials();
installMissing();

export {
  type Callable,
  callable,
  type Given,
  type GivenTo,
  type OptionKinds,
  type Taker,
  takes,
  variadic,
} from './arguments/callable.js';
export * as kinds from './arguments/kinds.js';
export { isOptionsObject, may, need, type Place, Signature } from './arguments/signature.js';
export { type GradOptions, grad } from './autograd/backward.js';
export { checkpoint } from './autograd/checkpoint.js';
export type { BackwardOptions } from './autograd/engine.js';
export { AutogradFunction as Function, FunctionContext } from './autograd/function.js';
export {
  type DerivativeOptions,
  hessian,
  jacobian,
  jvp,
  type OneOrMore,
  type TensorFunction,
  vjp,
} from './autograd/functional.js';
export { type GradcheckOptions, gradcheck, gradgradcheck } from './autograd/gradcheck.js';
export {
  enableGrad,
  inferenceMode,
  isAnomalyEnabled,
  isGradEnabled,
  noGrad,
  setDetectAnomaly,
  setGradEnabled,
} from './autograd/mode.js';
export type { Backward, GradHook, GradNode, HookHandle } from './autograd/node.js';
export type * from './backend/contract.js';
export { cpuBackend, type RecyclingBackend } from './backend/cpu/index.js';
export { type SlabAllocator, type SlabClass, slabAllocator } from './backend/cpu/slab.js';
export { aliasDevice, registerBackend } from './backend/registry.js';
export { version } from './copies.js';
export type { DType, TypedArray } from './dtype.js';
export * from './errors.js';
export { type DeviceMemory, keep, memory, scope } from './memory.js';
export { at, type Index, set } from './operators/at.js';
export { type AttentionOptions, scaledDotProductAttention } from './operators/attention.js';
export { allclose, equal } from './operators/close.js';
export { clone, cpu, data, type ToOptions, to } from './operators/convert.js';
export {
  type ConvOptions,
  type ConvTransposeOptions,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  type Sizes,
} from './operators/convolution.js';
export {
  arange,
  empty,
  emptyLike,
  eye,
  full,
  fullLike,
  linspace,
  logspace,
  ones,
  onesLike,
  zeros,
  zerosLike,
} from './operators/create.js';
export {
  type Arg,
  binary,
  Elementwise,
  type ElementwiseSpec,
  type OperandKind,
  type Operator,
  type Samples,
  ternary,
  unary,
} from './operators/define.js';
export {
  type AddOptions,
  addmm,
  addmv,
  baddbmm,
  einsum,
  kron,
  tensordot,
} from './operators/einsum.js';
export * from './operators/elementwise/index.js';
export { checkEmbedding, type EmbeddingCallOptions, embedding } from './operators/embedding.js';
export { amax, amin, argmax, argmin, max, min } from './operators/extremes.js';
export { copy_, fill_, zero_ } from './operators/fill.js';
export { fromArray, fromTypedArray, type TensorData, tensor } from './operators/from-data.js';
export {
  gather,
  indexSelect,
  scatter,
  scatter_,
  scatterAdd,
  scatterAdd_,
} from './operators/indexed.js';
export { type InstanceNormOptions, instanceNorm } from './operators/instance-norm.js';
export {
  type InterpolateMode,
  type InterpolateOptions,
  interpolate,
  interpolateKinds,
} from './operators/interpolate.js';
export { cat, chunk, split, stack, unbind } from './operators/join.js';
export type { TensorOptions } from './operators/made.js';
export {
  type BatchNormOptions,
  batchNorm,
  type DropoutOptions,
  dropout,
  groupNorm,
  layerNorm,
} from './operators/normalize.js';
export { logsumexp, norm } from './operators/norms.js';
export { type PadMode, pad } from './operators/pad.js';
export type { Pair } from './operators/pair.js';
export { pixelShuffle, pixelUnshuffle } from './operators/pixel-shuffle.js';
export {
  type AvgPoolOptions,
  adaptiveAvgPool2d,
  avgPool1d,
  avgPool2d,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool2dWithIndices,
  type PoolOptions,
} from './operators/pool.js';
export { cumprod, prod } from './operators/prod.js';
export { bmm, dot, linear, matmul, mm, mv, outer } from './operators/product.js';
export {
  bernoulli,
  bernoulli_,
  exponential_,
  type FillOptions,
  forkRng,
  getRngState,
  initialSeed,
  manualSeed,
  multinomial,
  normal,
  normal_,
  type RandomOptions,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  randperm,
  setRngState,
  uniform_,
} from './operators/random.js';
export {
  diag,
  diagonal,
  flip,
  meshgrid,
  movedim,
  repeat,
  repeatInterleave,
  roll,
  rot90,
  tile,
  tril,
  triu,
  unflatten,
  unfold,
} from './operators/rearrange.js';
export { alsoSaving } from './operators/record.js';
export { all, any, type Dims, mean, type ReduceOptions, sum } from './operators/reduce.js';
export { rmsNorm } from './operators/rms-norm.js';
export {
  argsort,
  cummax,
  cummin,
  cumsum,
  type SortOptions,
  sort,
  type TopkOptions,
  topk,
} from './operators/scan.js';
export { type ScatterReduction, scatterReduce } from './operators/scatter-reduce.js';
export {
  bincount,
  countNonzero,
  indexAdd,
  indexAdd_,
  kthvalue,
  maskedSelect,
  median,
  nonzero,
  oneHot,
  type SearchsortedOptions,
  searchsorted,
  take,
  takeAlongDim,
} from './operators/select.js';
export { logSoftmax, maskedSoftmax, softmax } from './operators/softmax.js';
export { asStrided } from './operators/strided.js';
export { type UniqueOptions, unique } from './operators/unique.js';
export { defineUpdate, type Update } from './operators/update.js';
export {
  std,
  type VarianceOptions,
  variance,
  variance as var,
} from './operators/variance.js';
export {
  expand,
  flatten,
  narrow,
  permute,
  reshape,
  select,
  squeeze,
  t,
  transpose,
  unsqueeze,
  view,
} from './operators/views.js';
export { where } from './operators/where.js';
export { inFloat32 } from './operators/wide.js';
export { getPrintOptions, type PrintOptions, setPrintOptions } from './print/index.js';
export { isFloat, promoteTypes, resultType } from './promotion.js';
export {
  DEFAULT_SEED,
  defaultGenerator,
  drawSeed,
  Generator,
  type RandomSamplerOptions,
  randomSampler,
  shuffledOrder,
} from './random/index.js';
export { type NestedArray, needValues } from './reading.js';
export { dictOf, isPlain, isPromise, tagOf } from './realms.js';
/** The language of scalar expressions, in which elementwise operators are written. */
export * as scalar from './scalar/language.js';
export type { Shape } from './shape.js';
export { Tensor } from './tensor.js';
export { setWarningHandler, type WarningHandler, warnOnce } from './warn.js';
