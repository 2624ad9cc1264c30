// Positional and named arguments of optimizers and schedules: no argument is ignored silently.
import { DLError, type Tensor, tensor } from '@dl/core';
import { type Called, hold, holdsAll, refusal } from 'dl-testing/arguments';
import { describe, expect, it } from 'vitest';
import * as optim from '../src/index.js';

const { Adam, ChainedScheduler, LRScheduler, SGD, StepLR } = optim;

const parameters = (): Tensor[] => [tensor([1], { requiresGrad: true })];
const optimizer = (): optim.Scheduled => new SGD(parameters(), { lr: 1, momentum: 0.9 });

class Constant extends LRScheduler {
  protected override getLr(): number[] {
    return this.baseLrs;
  }
}

const made = <A extends unknown[]>(
  C: new (...args: A) => unknown,
  ...args: (() => unknown)[]
): Called => ({
  call: (...given: never[]) => new C(...(given as unknown as A)),
  args: () => args.map((f) => f()),
});

const later = (): number => 0.5;
const schedules = {
  ChainedScheduler: made(ChainedScheduler, () => [new StepLR(optimizer(), 1)]),
  ConstantLR: made(optim.ConstantLR, optimizer),
  CosineAnnealingLR: made(optim.CosineAnnealingLR, optimizer, () => 5),
  CosineAnnealingWarmRestarts: made(optim.CosineAnnealingWarmRestarts, optimizer, () => 5),
  CyclicLR: made(
    optim.CyclicLR,
    optimizer,
    () => 0.1,
    () => 0.2,
  ),
  ExponentialLR: made(optim.ExponentialLR, optimizer, () => 0.9),
  LambdaLR: made(optim.LambdaLR, optimizer, () => later),
  LinearLR: made(optim.LinearLR, optimizer),
  MultiplicativeLR: made(optim.MultiplicativeLR, optimizer, () => later),
  MultiStepLR: made(optim.MultiStepLR, optimizer, () => [2, 3]),
  PolynomialLR: made(optim.PolynomialLR, optimizer),
  ReduceLROnPlateau: made(optim.ReduceLROnPlateau, optimizer),
  StepLR: made(StepLR, optimizer, () => 3),
} satisfies Record<string, Called>;

const chained = optimizer();
const table: Record<string, Called> = {
  ...schedules,
  // Every call needs these arguments besides maxLr.
  OneCycleLR: {
    ...made(optim.OneCycleLR, optimizer, () => 0.1),
    says: /^OneCycleLR: /,
    needs: () => ({ totalSteps: 5 }),
  },
  SequentialLR: {
    call: (...args) => new optim.SequentialLR(...(args as unknown as [optim.Scheduled, [], []])),
    args: () => [chained, [new StepLR(chained, 1), new StepLR(chained, 1)], [3]],
  },
  LRScheduler: {
    call: (...args) => new Constant(...(args as unknown as [optim.Scheduled])),
    args: () => [optimizer(), { own: 1 }],
    says: /^Constant: /,
  },
  SGD: made(SGD, parameters),
  Adam: made(Adam, parameters),
  Adamax: made(optim.Adamax, parameters),
  AdamW: made(optim.AdamW, parameters),
  Adadelta: made(optim.Adadelta, parameters),
  Adagrad: made(optim.Adagrad, parameters),
  RMSprop: made(optim.RMSprop, parameters),
  'optimizer.step': { call: (...args) => addTo.step(...(args as [])), args: () => [] },
  'optimizer.zeroGrad': {
    call: (...args) => addTo.zeroGrad(...(args as [])),
    args: () => [],
  },
  'optimizer.addParamGroup': {
    call: (...args) => addTo.addParamGroup(...(args as unknown as [never])),
    args: () => [{ params: parameters() }],
    says: /^(optimizer\.addParamGroup|SGD): /,
  },
  'optimizer.loadStateDict': {
    call: (...args) => addTo.loadStateDict(...(args as unknown as [never])),
    args: () => [addTo.stateDict()],
    says: /^(optimizer|SGD)\.loadStateDict: /,
  },
  'AdamW.loadStateDict': {
    call: (...args) => adamw.loadStateDict(...(args as unknown as [never])),
    args: () => [adamw.stateDict()],
    says: /^(optimizer|AdamW)\.loadStateDict: /,
  },
  'scheduler.loadStateDict': {
    call: (...args) => stepLR.loadStateDict(...(args as unknown as [never])),
    args: () => [stepLR.stateDict()],
    says: /^(scheduler|StepLR)\.loadStateDict: /,
  },
  'scheduler.step': { call: (...args) => stepLR.step(...args), args: () => [] },
  'ReduceLROnPlateau.step': {
    call: (...args) => plateau.step(...args),
    args: () => [1],
  },
};
const addTo = optimizer();
const adamw = new optim.AdamW(parameters());
const stepLR = new StepLR(optimizer(), 1);
const plateau = new optim.ReduceLROnPlateau(optimizer());

holdsAll(optim, table, { Optimizer: 'abstract' });
hold(table);

describe('messages for likely mistakes', () => {
  it('options passed as positional arguments', () => {
    expect(refusal(() => new SGD(parameters(), 0.5 as never))).toBe(
      'SGD: takes one argument, not 2; pass lr in the options: { lr: 0.5 }',
    );
    expect(refusal(() => new Adam(parameters(), 0.01 as never))).toMatch(/\{ lr: 0.01 \}$/);
    expect(refusal(() => new StepLR(optimizer(), 1, 0.5 as never))).toBe(
      'StepLR: takes at most 2 arguments, not 3; pass gamma in the options: { gamma: 0.5 }',
    );
    expect(refusal(() => new StepLR(optimizer(), 1, { gama: 0.5 } as never))).toMatch(
      /unknown option 'gama'; did you mean gamma\?/,
    );
    expect(refusal(() => optimizer().zeroGrad(false as never))).toMatch(/\{ setToNone: false \}/);
    expect(refusal(() => new SGD([{ params: parameters(), weight_decay: 1 }] as never))).toMatch(
      /SGD: unknown option 'weight_decay'; did you mean weightDecay\?/,
    );
    expect(refusal(() => stepLR.step(tensor(1) as never))).toBe(
      'scheduler.step: epoch must be a finite number, not a tensor of shape []',
    );
    const chain = new ChainedScheduler([new StepLR(optimizer(), 1)]);
    expect(refusal(() => (chain.step as (epoch: number) => void).call(chain, 3))).toMatch(
      /^scheduler.step: /,
    );
  });

  it('named arguments', () => {
    expect(new StepLR(optimizer(), { stepSize: 3, gamma: 0.5 }).gamma).toBe(0.5);
    expect(new optim.LambdaLR(optimizer(), { lrLambda: later }).getLastLr()).toEqual([0.5]);
    // @ts-expect-error an unknown name
    expect(() => new StepLR(optimizer(), { stepSize: 3, gama: 0.5 })).toThrow(DLError);
    // @ts-expect-error an unknown name of an optimizer
    expect(() => new SGD(parameters(), { learningRate: 3 })).toThrow(DLError);
  });

  it('an async closure throws before anything changes', async () => {
    const [p] = parameters() as [Tensor];
    const sgd = new SGD([p], { lr: 0.1 });
    const closure = async (): Promise<number> => {
      p.mul(p).sum().backward();
      throw new Error('unheard');
    };
    expect(refusal(() => sgd.step(closure))).toMatch(
      /must not be async.*\n {2}const loss = await closure\(\);\n {2}optimizer\.step\(\);/,
    );
    await null;
    expect(p.item()).toBe(1);
    expect(sgd.step(() => 3)).toBe(3);
  });
});
