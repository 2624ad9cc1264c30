// @dl/core/functional: all of @dl/core except the operators as methods, so that a bundle contains only the operators
// that it calls.
import { registerCopy } from './copies.js';
import { installEssentials } from './essentials.js';
import { installMissing } from './missing.js';
import { Tensor } from './tensor.js';

// Part of defining the class Tensor; its only effect outside the package is to register this copy.
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
/** Kinds of arguments: which values an argument accepts, and how messages describe them. */
export * as kinds from './arguments/kinds.js';
export { isOptionsObject, may, need, type Place, Signature } from './arguments/signature.js';
export { type GradOptions, grad, queueCallback } from './autograd/backward.js';
export { checkpoint } from './autograd/checkpoint.js';
export type { BackwardOptions } from './autograd/engine.js';
export { AutogradFunction as Function, FunctionContext } from './autograd/function.js';
export {
  type DerivativeOptions,
  hessian,
  jacobian,
  jvp,
  type OneOrMore,
  type StrictDerivativeOptions,
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
} from './autograd/no-grad.js';
export type { Backward, GradHook, GradNode, HookHandle } from './autograd/node.js';
export type * from './backend/contract.js';
export { cpuBackend, type RecyclingBackend } from './backend/cpu/index.js';
export { type SlabAllocator, type SlabClass, slabAllocator } from './backend/cpu/slab.js';
export type { Device, NameAtRunTime } from './backend/device-name.js';
export { broadcastStrides, type Loops, mergeLoops } from './backend/loops.js';
export { aliasDevice, registerBackend } from './backend/registry.js';
export { version } from './copies.js';
export type { DType, TypedArray } from './dtype.js';
export { type ArrayType, dtypes, isDType } from './dtype.js';
export * from './errors.js';
export type { DeviceMemory } from './memory.js';
export { arange, linspace, logspace } from './operators/create/arange-linspace.js';
export type { TensorOptions } from './operators/create/creation-options.js';
export { eye } from './operators/create/eye.js';
export { copy_, fill_, zero_ } from './operators/create/fill-copy.js';
export {
  fromArray,
  fromTypedArray,
  type TensorData,
  tensor,
} from './operators/create/tensor-from-data.js';
export { clone, cpu, data, type ToOptions, to } from './operators/create/to-clone.js';
export {
  empty,
  emptyLike,
  full,
  fullLike,
  ones,
  onesLike,
  zeros,
  zerosLike,
} from './operators/create/zeros-ones-full.js';
export * from './operators/elementwise/index.js';
export { where } from './operators/elementwise/where.js';
export { at, type Index, set } from './operators/index/at-set.js';
export {
  gather,
  indexSelect,
  scatter,
  scatter_,
  scatterAdd,
  scatterAdd_,
} from './operators/index/gather-scatter.js';
export { indexAdd, indexAdd_ } from './operators/index/index-add.js';
export { maskedSelect, nonzero } from './operators/index/masked-select-nonzero.js';
export { oneHot } from './operators/index/one-hot.js';
export { type ScatterReduction, scatterReduce } from './operators/index/scatter-reduce.js';
export { type SearchsortedOptions, searchsorted } from './operators/index/searchsorted.js';
export { slice } from './operators/index/slice.js';
export {
  argsort,
  type SortOptions,
  sort,
  type TopkOptions,
  topk,
} from './operators/index/sort-topk.js';
export { take, takeAlongDim } from './operators/index/take.js';
export { type UniqueOptions, unique } from './operators/index/unique.js';
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
} from './operators/machinery/elementwise-operator.js';
export { inFloat32 } from './operators/machinery/half-types.js';
export { alsoSaving } from './operators/machinery/record.js';
export type { Pair } from './operators/machinery/result-pair.js';
export { type AttentionOptions, scaledDotProductAttention } from './operators/network/attention.js';
export {
  type BatchNormOptions,
  batchNorm,
  groupNorm,
  layerNorm,
} from './operators/network/batch-layer-group-norm.js';
export {
  type ConvOptions,
  type ConvTransposeOptions,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  type Sizes,
} from './operators/network/convolution.js';
export { type DropoutOptions, dropout } from './operators/network/dropout.js';
export {
  checkEmbedding,
  type EmbeddingCallOptions,
  embedding,
} from './operators/network/embedding.js';
export { type InstanceNormOptions, instanceNorm } from './operators/network/instance-norm.js';
export {
  type InterpolateMode,
  type InterpolateOptions,
  interpolate,
  interpolateKinds,
} from './operators/network/interpolate.js';
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
} from './operators/network/max-avg-pool.js';
export { defineUpdate, type Update } from './operators/network/optimizer-update.js';
export { type PadMode, pad } from './operators/network/pad.js';
export { pixelShuffle, pixelUnshuffle } from './operators/network/pixel-shuffle.js';
export { rmsNorm } from './operators/network/rms-norm.js';
export { logSoftmax, maskedSoftmax, softmax } from './operators/network/softmax.js';
export { type AddOptions, addmm, addmv, baddbmm, kron } from './operators/product/addmm-kron.js';
export { einsum } from './operators/product/einsum.js';
export { bmm, dot, linear, matmul, mm, mv, outer } from './operators/product/matmul.js';
export { tensordot } from './operators/product/tensordot.js';
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
} from './operators/random/random-tensors.js';
export { all, any } from './operators/reduce/all-any.js';
export { allclose, equal } from './operators/reduce/allclose-equal.js';
export { bincount, countNonzero } from './operators/reduce/count.js';
export { cummax, cummin, cumsum } from './operators/reduce/cumsum-cummax.js';
export { logsumexp } from './operators/reduce/logsumexp.js';
export { kthvalue, median } from './operators/reduce/median-kthvalue.js';
export { amax, amin, argmax, argmin, max, min } from './operators/reduce/min-max.js';
export { norm } from './operators/reduce/norm.js';
export { cumprod, prod } from './operators/reduce/prod-cumprod.js';
export { type Dims, mean, nansum, type ReduceOptions, sum } from './operators/reduce/sum-mean.js';
export {
  std,
  type VarianceOptions,
  variance,
  variance as var,
} from './operators/reduce/var-std.js';
export { asStrided } from './operators/view/as-strided.js';
export { cat, stack } from './operators/view/cat-stack.js';
export { diag, diagonal } from './operators/view/diagonal.js';
export { flip, roll, rot90 } from './operators/view/flip-roll.js';
export { meshgrid } from './operators/view/meshgrid.js';
export { movedim, unflatten, unfold } from './operators/view/movedim-unfold.js';
export { repeat, repeatInterleave, tile } from './operators/view/repeat.js';
export { chunk, split, unbind } from './operators/view/split-chunk.js';
export { tril, triu } from './operators/view/triangle.js';
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
} from './operators/view/views.js';
export type { PairOf } from './pair.js';
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
export { dictOf, isPlain, isPromise, tagOf } from './realms.js';
/** The language of scalar expressions in which elementwise operators are written. */
export * as scalar from './scalar/language.js';
export type { Program } from './scalar/program.js';
export { keep, memory, scope } from './scope.js';
export { numelOf, type Shape } from './shape.js';
export { Tensor } from './tensor.js';
export { type NestedArray, needValues } from './tensor-values.js';
export {
  fromTransferable,
  type TensorMessage,
  type TransferableTensors,
  toTransferable,
} from './transfer.js';
export type { OneEach, Tuple } from './tuple.js';
export { type WarningHandler, warnOnce } from './warn.js';
export { setWarningHandler } from './warning-handler.js';
