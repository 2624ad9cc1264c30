// Adadelta.
import { type GivenTo, kinds, need, scalar, takes } from '@dl/core/functional';
import { atLeastZero, fraction, hold } from './argument-kinds.js';
import { Optimizer, type ParamGroup, type Params, params } from './optimizer.js';
import { type Expr, followed, nextStep, remembered, type Variant, variants } from './programs.js';

/** Options of `Adadelta`. */
export interface AdadeltaOptions {
  /** Learning rate: factor of the update. Default: 1. */
  lr: number;
  /** Coefficient of the running averages of squared gradients and squared updates. Default: 0.9. */
  rho: number;
  /** Added to the running averages before taking square roots. Default: 1e-6. */
  eps: number;
  /** Weight decay (L2 penalty): this times the parameter is added to the gradient. Default: 0. */
  weightDecay: number;
  /** Maximize the loss instead of minimizing it. Default: false. */
  maximize: boolean;
}

const defaults: AdadeltaOptions = { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false };

interface AdadeltaVariant extends Variant {
  readonly weightDecay: boolean;
  readonly maximize: boolean;
}

/** One pass over memory: the parameter, the running averages of squared gradients and updates, and the gradient. */
const updates = /* @__PURE__ */ variants<AdadeltaVariant>('adadelta', (v, tensors, numbers) => {
  const [p, square, change, grad] = tensors as [Expr, Expr, Expr, Expr];
  const [lr, rho, share, eps, decay] = numbers as [Expr, Expr, Expr, Expr, Expr];
  const g = followed(v, p, grad, decay);
  const root = (x: Expr): Expr => scalar.sqrt(scalar.add(x, eps));
  const meanWith = (mean: Expr, x: Expr): Expr =>
    scalar.add(scalar.mul(mean, rho), scalar.mul(share, scalar.mul(x, x)));
  const newSquare = meanWith(square, g);
  const delta = scalar.mul(scalar.div(root(change), root(newSquare)), g);
  return [scalar.sub(p, scalar.mul(lr, delta)), newSquare, meanWith(change, delta)];
});

const adadeltaKinds = {
  lr: atLeastZero,
  rho: fraction,
  eps: atLeastZero,
  weightDecay: atLeastZero,
  maximize: kinds.boolean,
};

const adadelta = /*#__PURE__*/ takes<
  [params: Params<AdadeltaOptions>, options?: Partial<AdadeltaOptions>]
>()('Adadelta', [/*#__PURE__*/ need('params', params)], adadeltaKinds);

/**
 * Adadelta (Zeiler 2012; PyTorch: `optim.Adadelta`). Each parameter is updated in one pass over its memory.
 *
 * @param params `model.parameters()`, or groups `{ params, lr, … }`.
 * @throws ValueError for numbers out of range, unknown options, and parameters that cannot be optimized; AutogradError
 * for a parameter that is not a leaf.
 * @example
 * const optimizer = new Adadelta(model.parameters(), { lr: 1, rho: 0.95 });
 */
export class Adadelta extends Optimizer<AdadeltaOptions> {
  constructor(...given: GivenTo<typeof adadelta>) {
    const [list, options] = adadelta.take(given);
    super(list, defaults, options);
  }

  protected override check(group: AdadeltaOptions): void {
    hold(this.constructor.name, group, adadeltaKinds);
  }

  protected override foreignOptions(): Record<string, unknown> {
    return { capturable: false, foreach: null, differentiable: false };
  }

  protected override update(group: ParamGroup<AdadeltaOptions>): void {
    const { lr, rho, eps, weightDecay, maximize } = group;
    const update = updates({ weightDecay: weightDecay !== 0, maximize });
    for (const x of group.params) {
      const { gradient: grad } = x;
      if (grad === null) continue;
      const state = this.stateOf(x);
      nextStep(state);
      const square = remembered(state, 'square_avg', x);
      const change = remembered(state, 'acc_delta', x);
      update([x, square, change, grad], [lr, rho, 1 - rho, eps, weightDecay]);
    }
  }
}
