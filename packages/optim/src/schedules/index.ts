// All schedules, by name and as PyTorch's `torch.optim.lr_scheduler`.
import { ChainedScheduler, SequentialLR } from './composite.js';
import { CosineAnnealingLR, CosineAnnealingWarmRestarts } from './cosine.js';
import { CyclicLR, OneCycleLR } from './cycle.js';
import { ConstantLR, ExponentialLR, LinearLR, MultiStepLR, PolynomialLR, StepLR } from './decay.js';
import { LambdaLR, MultiplicativeLR } from './lambda.js';
import { ReduceLROnPlateau } from './plateau.js';
import { LRScheduler } from './scheduler.js';

export type { CyclicLROptions, OneCycleLROptions } from './cycle.js';
export type { LRLambda } from './lambda.js';
export type { ReduceLROnPlateauOptions } from './plateau.js';
export type { LastEpoch, Scheduled, SchedulerStateDict } from './scheduler.js';
export {
  ChainedScheduler,
  ConstantLR,
  CosineAnnealingLR,
  CosineAnnealingWarmRestarts,
  CyclicLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  LRScheduler,
  MultiplicativeLR,
  MultiStepLR,
  OneCycleLR,
  PolynomialLR,
  ReduceLROnPlateau,
  SequentialLR,
  StepLR,
};

/**
 * The schedules under one name (PyTorch: `torch.optim.lr_scheduler`); each is also exported on its own.
 *
 * @example new lrScheduler.StepLR(optimizer, 30, { gamma: 0.1 });
 */
export const lrScheduler = {
  ChainedScheduler,
  ConstantLR,
  CosineAnnealingLR,
  CosineAnnealingWarmRestarts,
  CyclicLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  LRScheduler,
  MultiplicativeLR,
  MultiStepLR,
  OneCycleLR,
  PolynomialLR,
  ReduceLROnPlateau,
  SequentialLR,
  StepLR,
};
