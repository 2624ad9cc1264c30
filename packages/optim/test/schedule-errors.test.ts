// Invalid arguments of learning-rate schedules.
import { ValueError, zeros } from '@dl/core';
import { describe, expect, test } from 'vitest';
import {
  Adagrad,
  lrScheduler,
  MultiStepLR,
  ReduceLROnPlateau,
  type Scheduled,
  SGD,
  StepLR,
} from '../src/index.js';

const one = (): SGD => new SGD([zeros([1], { requiresGrad: true })], { lr: 1 });

describe('invalid arguments', () => {
  const s = lrScheduler;
  const plain = (): Scheduled => new Adagrad([zeros([1], { requiresGrad: true })]);
  const two = (): Scheduled =>
    new SGD([1, 2].map((lr) => ({ params: zeros([1], { requiresGrad: true }), lr })));
  const bad: [string, () => unknown, string][] = [
    [
      'a value that is not an optimizer',
      () => new StepLR(3 as never, 3),
      'StepLR: optimizer must be an optimizer, not 3',
    ],
    [
      'null',
      () => new s.OneCycleLR(null as never, 1),
      'OneCycleLR: optimizer must be an optimizer, not null',
    ],
    [
      'lastEpoch without initialLr',
      () => new StepLR(one(), 3, { lastEpoch: 2 }),
      'StepLR: group 0 of the optimizer has no initialLr to resume from at lastEpoch 2',
    ],
    [
      'lastEpoch',
      () => new StepLR(one(), 3, { lastEpoch: -2 }),
      'StepLR: lastEpoch must be an integer of at least -1, not -2',
    ],
    [
      'stepSize',
      () => new StepLR(one(), 0),
      'StepLR: stepSize must be an integer of at least 1, not 0',
    ],
    [
      'gamma',
      () => new StepLR(one(), 1, { gamma: '1' as never }),
      "StepLR: gamma must be a finite number, not '1'",
    ],
    [
      'a missing gamma',
      () => new s.ExponentialLR(one(), undefined as never),
      'ExponentialLR: gamma is missing; it must be a finite number',
    ],
    [
      'milestones',
      () => new MultiStepLR(one(), 3 as never),
      'MultiStepLR: milestones must be a list of epochs, not 3',
    ],
    [
      'a milestone',
      () => new MultiStepLR(one(), [1.5]),
      'MultiStepLR: each of milestones must be an integer of at least 0, not 1.5',
    ],
    [
      'factor',
      () => new s.ConstantLR(one(), { factor: 1.5 }),
      'ConstantLR: factor must be a number between 0 and 1, not 1.5',
    ],
    [
      'startFactor',
      () => new s.LinearLR(one(), { startFactor: 0 }),
      'LinearLR: startFactor must be greater than 0, got 0',
    ],
    [
      'endFactor',
      () => new s.LinearLR(one(), { endFactor: -1 }),
      'LinearLR: endFactor must be a number between 0 and 1, not -1',
    ],
    [
      'totalIters',
      () => new s.PolynomialLR(one(), { totalIters: -1 }),
      'PolynomialLR: totalIters must be an integer of at least 0, not -1',
    ],
    [
      'tMax',
      () => new s.CosineAnnealingLR(one(), 0),
      'CosineAnnealingLR: tMax must be greater than 0, got 0',
    ],
    [
      't0',
      () => new s.CosineAnnealingWarmRestarts(one(), 1.5),
      'CosineAnnealingWarmRestarts: t0 must be an integer of at least 1, not 1.5',
    ],
    [
      'tMult',
      () => new s.CosineAnnealingWarmRestarts(one(), 1, { tMult: 0 }),
      'CosineAnnealingWarmRestarts: tMult must be an integer of at least 1, not 0',
    ],
    [
      'an epoch',
      () => new s.CosineAnnealingWarmRestarts(one(), 1).step(-1),
      'CosineAnnealingWarmRestarts: epoch must be a non-negative number, got -1',
    ],
    [
      'a value that is not a function',
      () => new s.LambdaLR(one(), 0.9 as never),
      'LambdaLR: lrLambda must be a function of the epoch or a list of functions, not 0.9',
    ],
    [
      'too few functions',
      () => new s.MultiplicativeLR(two(), [() => 1]),
      'MultiplicativeLR: lrLambda has 1 values, but the optimizer has 2 parameter groups; pass one value for each',
    ],
    [
      'a function that returns undefined',
      () => new s.LambdaLR(one(), (() => undefined) as never),
      'LambdaLR: the learning rate of group 0 at epoch 0 would be NaN',
    ],
    [
      'a missing number of steps',
      () => new s.OneCycleLR(one(), 1, { epochs: 3 }),
      'OneCycleLR: pass either totalSteps, or epochs and stepsPerEpoch',
    ],
    [
      'totalSteps',
      () => new s.OneCycleLR(one(), 1, { totalSteps: 0 }),
      'OneCycleLR: totalSteps must be an integer of at least 1 or null, not 0',
    ],
    [
      'epochs',
      () => new s.OneCycleLR(one(), 1, { epochs: 1.5, stepsPerEpoch: 3 }),
      'OneCycleLR: epochs must be an integer of at least 1 or null, not 1.5',
    ],
    [
      'pctStart',
      () => new s.OneCycleLR(one(), 1, { totalSteps: 3, pctStart: 2 }),
      'OneCycleLR: pctStart must be a number between 0 and 1, not 2',
    ],
    [
      'divFactor',
      () => new s.OneCycleLR(one(), 1, { totalSteps: 3, divFactor: 0 }),
      'OneCycleLR: divFactor and finalDivFactor must not be 0, got 0 and 10000',
    ],
    [
      'a linear schedule of 0 epochs',
      () => new s.LinearLR(one(), { totalIters: 0 }).step(0),
      'LinearLR: the learning rate of group 0 at epoch 0 would be NaN',
    ],
    [
      'a phase without steps',
      () => new s.OneCycleLR(one(), 1, { totalSteps: 10, pctStart: 0.1 }),
      'OneCycleLR: phase 0 of the cycle has no steps',
    ],
    [
      'annealStrategy',
      () => new s.OneCycleLR(one(), 1, { totalSteps: 3, annealStrategy: 'sin' as never }),
      "OneCycleLR: annealStrategy must be one of 'cos', 'linear', not 'sin'",
    ],
    [
      'maxLr',
      () => new s.OneCycleLR(two(), [1, 2, 3], { totalSteps: 3 }),
      'OneCycleLR: maxLr has 3 values, but the optimizer has 2 parameter groups',
    ],
    [
      'CyclicLR without momentum',
      () => new s.OneCycleLR(plain(), 1, { totalSteps: 9 }),
      'OneCycleLR: the optimizer has neither momentum nor betas; pass { cycleMomentum: false }',
    ],
    [
      'OneCycleLR without momentum',
      () => new s.CyclicLR(plain(), 1, 2),
      'CyclicLR: the optimizer has neither',
    ],
    [
      'an unknown mode',
      () => new s.CyclicLR(one(), 1, 2, { mode: 'round' as never }),
      "CyclicLR: mode must be one of 'triangular', 'triangular2', 'exp_range', not 'round'",
    ],
    [
      'scaleFn',
      () => new s.CyclicLR(one(), 1, 2, { scaleFn: 3 as never }),
      'CyclicLR: scaleFn must be a function or null, not 3',
    ],
    [
      'invalid steps of a cycle',
      () => new s.CyclicLR(one(), 1, 2, { stepSizeUp: 0 }),
      'CyclicLR: stepSizeUp and stepSizeDown must be greater than 0, got 0 and 0',
    ],
    [
      'a factor of 1',
      () => new ReduceLROnPlateau(one(), { factor: 1 }),
      'ReduceLROnPlateau: factor must be a finite number less than 1, not 1',
    ],
    [
      'an unknown mode of ReduceLROnPlateau',
      () => new ReduceLROnPlateau(one(), { mode: 'mean' as never }),
      "ReduceLROnPlateau: mode must be one of 'min', 'max', not 'mean'",
    ],
    [
      'thresholdMode',
      () => new ReduceLROnPlateau(one(), { thresholdMode: 'x' as never }),
      "ReduceLROnPlateau: thresholdMode must be one of 'rel', 'abs', not 'x'",
    ],
    [
      'minLr',
      () => new ReduceLROnPlateau(two(), { minLr: [1] }),
      'ReduceLROnPlateau: minLr has 1 values, but the optimizer has 2 parameter groups',
    ],
    [
      'an empty list of schedules',
      () => new s.SequentialLR(one(), [], []),
      'SequentialLR: schedulers must have at least one schedule',
    ],
    [
      'a value that is not a schedule',
      () => new s.ChainedScheduler([one() as never]),
      'ChainedScheduler: schedulers[0] must be a schedule, not a SGD',
    ],
    [
      'schedules of another optimizer',
      () => new s.SequentialLR(one(), [new StepLR(one(), 1)], []),
      'SequentialLR: schedulers[0] (StepLR) belongs to a different optimizer',
    ],
    [
      'schedules of different optimizers',
      () => new s.ChainedScheduler([new StepLR(one(), 1), new StepLR(one(), 1)]),
      'ChainedScheduler: schedulers[1] (StepLR) belongs to a different optimizer',
    ],
    [
      'a chain of another optimizer',
      () => new s.ChainedScheduler([new StepLR(one(), 1)], { optimizer: one() }),
      'ChainedScheduler: schedulers[0] (StepLR) belongs to a different optimizer',
    ],
    [
      'ReduceLROnPlateau in a chain',
      () => new s.ChainedScheduler([new ReduceLROnPlateau(one())]),
      'ChainedScheduler: schedulers[0] is a ReduceLROnPlateau, whose step() needs a metric',
    ],
    [
      'too many milestones',
      () => {
        const o = one();
        return new s.SequentialLR(o, [new StepLR(o, 1)], [3]);
      },
      'SequentialLR: 1 schedules require 0 milestones, got 1',
    ],
    [
      'decreasing milestones',
      () => {
        const o = one();
        const step = (): StepLR => new StepLR(o, 1);
        return new s.SequentialLR(o, [step(), step(), step()], [3, 2]);
      },
      'SequentialLR: milestones must be increasing, got [3, 2]',
    ],
    [
      'a chain that is not the first',
      () => {
        const o = one();
        const chain = new s.ChainedScheduler([new StepLR(o, 1)]);
        return new s.SequentialLR(o, [new StepLR(o, 1), chain], [3]);
      },
      'SequentialLR: schedulers[1] (ChainedScheduler) must be the first schedule',
    ],
  ];
  test.each(bad)('%s', (_, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(ValueError);
  });
});
