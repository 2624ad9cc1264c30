// @dl/losses: losses, as functions and as classes.
export {
  BCELoss,
  type BCELossOptions,
  BCEWithLogitsLoss,
  type BCEWithLogitsLossOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  SoftMarginLoss,
  softMarginLoss,
} from './binary.js';
export {
  type ClassLossOptions,
  CrossEntropyLoss,
  type CrossEntropyLossOptions,
  crossEntropy,
  NLLLoss,
  nllLoss,
} from './cross-entropy.js';
export {
  GaussianNLLLoss,
  type GaussianNLLLossOptions,
  gaussianNllLoss,
  KLDivLoss,
  type KLDivLossOptions,
  klDiv,
} from './distributions.js';
export {
  CosineEmbeddingLoss,
  cosineEmbeddingLoss,
  cosineSimilarity,
  type MarginOptions,
  MarginRankingLoss,
  marginRankingLoss,
  type PairwiseDistanceOptions,
  pairwiseDistance,
  TripletMarginLoss,
  type TripletMarginLossOptions,
  tripletMarginLoss,
} from './embedding.js';
export type { LossOptions, Reduction } from './reduction.js';
export {
  HuberLoss,
  type HuberLossOptions,
  huberLoss,
  L1Loss,
  l1Loss,
  MSELoss,
  mseLoss,
  SmoothL1Loss,
  type SmoothL1LossOptions,
  smoothL1Loss,
  type WeightedLossOptions,
} from './regression.js';
