// @dl/losses: loss functions, as functions and as objects.
export {
  BCELoss,
  type BCELossOptions,
  BCEWithLogitsLoss,
  type BCEWithLogitsLossOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
} from './binary.js';
export {
  type ClassLossOptions,
  CrossEntropyLoss,
  type CrossEntropyLossOptions,
  crossEntropy,
  NLLLoss,
  nllLoss,
} from './classes.js';
export type { LossOptions, Reduction } from './reduction.js';
export { L1Loss, l1Loss, MSELoss, mseLoss } from './regression.js';
