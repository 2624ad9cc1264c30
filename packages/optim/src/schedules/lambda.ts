// Schedules defined by a function of the epoch.
import { type GivenTo, type kinds, need, takes } from '@dl/core/functional';
import { epoch as lastEpochKind } from '../argument-kinds.js';
import {
  type LastEpoch,
  LRScheduler,
  optimizerKind,
  perGroup,
  type Scheduled,
  type SchedulerStateDict,
} from './scheduler.js';

/** Returns the factor of an epoch. */
export type LRLambda = (epoch: number) => number;

const lambdas: kinds.Kind<LRLambda | readonly LRLambda[]> = {
  words: 'a function of the epoch or a list of functions',
  is: (x): x is LRLambda | readonly LRLambda[] =>
    typeof x === 'function' || (Array.isArray(x) && x.every((f) => typeof f === 'function')),
};

/** Base of both: functions, which a state dict cannot hold. */
class ByLambda extends LRScheduler {
  declare readonly lrLambdas: readonly LRLambda[];

  constructor(
    name: string,
    optimizer: Scheduled,
    lrLambda: LRLambda | readonly LRLambda[],
    { lastEpoch }: LastEpoch,
  ) {
    const lrLambdas = perGroup(name, 'lrLambda', optimizer, lrLambda);
    super(optimizer, { lrLambdas }, lastEpoch);
  }

  protected override get unsaved(): readonly string[] {
    return [...super.unsaved, 'lrLambdas'];
  }

  override stateDict(): SchedulerStateDict {
    return { ...super.stateDict(), lr_lambdas: this.lrLambdas.map(() => null) };
  }

  protected factors(): number[] {
    return this.lrLambdas.map((f) => f(this.lastEpoch));
  }
}

const lambdaLR = /*#__PURE__*/ takes<
  [optimizer: Scheduled, lrLambda: LRLambda | readonly LRLambda[], options?: LastEpoch]
>()(
  'LambdaLR',
  [/*#__PURE__*/ need('optimizer', optimizerKind), /*#__PURE__*/ need('lrLambda', lambdas)],
  {
    lastEpoch: lastEpochKind,
  },
);

/**
 * Multiplies the initial learning rate by a function of the epoch (PyTorch: `optim.lr_scheduler.LambdaLR`). The
 * function is not part of the state dict.
 *
 * @param lrLambda returns the factor of an epoch; or an array of functions, one for each group.
 * @throws ValueError if it is not a function, or a list whose length is not the number of groups.
 * @example new LambdaLR(optimizer, (epoch) => 0.95 ** epoch);
 */
export class LambdaLR extends ByLambda {
  constructor(...given: GivenTo<typeof lambdaLR>) {
    const [optimizer, lrLambda, options = {}] = lambdaLR.take(given);
    super('LambdaLR', optimizer, lrLambda, options);
  }

  protected override getLr(): number[] {
    const factors = this.factors();
    return this.baseLrs.map((lr, i) => lr * factors[i]);
  }
}

const multiplicativeLR = /*#__PURE__*/ takes<
  [optimizer: Scheduled, lrLambda: LRLambda | readonly LRLambda[], options?: LastEpoch]
>()(
  'MultiplicativeLR',
  [/*#__PURE__*/ need('optimizer', optimizerKind), /*#__PURE__*/ need('lrLambda', lambdas)],
  {
    lastEpoch: lastEpochKind,
  },
);

/**
 * Multiplies the current learning rate by a function of the epoch (PyTorch: `optim.lr_scheduler.MultiplicativeLR`). The
 * function is not part of the state dict.
 *
 * @param lrLambda returns the factor of an epoch; or an array of functions, one for each group.
 * @throws ValueError if it is not a function, or a list whose length is not the number of groups.
 * @example new MultiplicativeLR(optimizer, () => 0.95);
 */
export class MultiplicativeLR extends ByLambda {
  constructor(...given: GivenTo<typeof multiplicativeLR>) {
    const [optimizer, lrLambda, options = {}] = multiplicativeLR.take(given);
    super('MultiplicativeLR', optimizer, lrLambda, options);
  }

  protected override getLr(): number[] {
    if (this.isInitial) return this.current();
    const factors = this.factors();
    return this.groups.map(({ lr }, i) => lr * factors[i]);
  }
}
