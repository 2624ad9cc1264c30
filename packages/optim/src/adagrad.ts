// Adagrad.
import {
  fullLike,
  type GivenTo,
  keep,
  kinds,
  need,
  scalar,
  type Tensor,
  takes,
  tensor,
} from '@dl/core/functional';
import { atLeastZero, hold } from './argument-kinds.js';
import { Optimizer, type ParamGroup, type ParamState, type Params, params } from './optimizer.js';
import { type Expr, followed, nextStep, tensorIn, type Variant, variants } from './programs.js';

/** Options of `Adagrad`. */
export interface AdagradOptions {
  /** Learning rate. Default: 0.01. */
  lr: number;
  /** Learning rate decay: the rate of step t is `lr / (1 + (t - 1)·lrDecay)`. Default: 0. */
  lrDecay: number;
  /** Weight decay (L2 penalty): this times the parameter is added to the gradient. Default: 0. */
  weightDecay: number;
  /** Initial value of the sums of squares; as in PyTorch, groups cannot override it. Default: 0. */
  initialAccumulatorValue: number;
  /** Added to the square root of the sum of squares. Default: 1e-10. */
  eps: number;
  /** Maximize the loss instead of minimizing it. Default: false. */
  maximize: boolean;
}

const defaults: AdagradOptions = {
  lr: 1e-2,
  lrDecay: 0,
  weightDecay: 0,
  initialAccumulatorValue: 0,
  eps: 1e-10,
  maximize: false,
};

interface AdagradVariant extends Variant {
  readonly weightDecay: boolean;
  readonly maximize: boolean;
}

/** One pass over memory: the parameter, its sum of squares, and the gradient. */
const updates = /* @__PURE__ */ variants<AdagradVariant>('adagrad', (v, tensors, numbers) => {
  const [p, sum, grad] = tensors as [Expr, Expr, Expr];
  const [rate, eps, decay] = numbers as [Expr, Expr, Expr];
  const g = followed(v, p, grad, decay);
  const newSum = scalar.add(sum, scalar.mul(g, g));
  const divisor = scalar.add(scalar.sqrt(newSum), eps);
  return [scalar.sub(p, scalar.div(scalar.mul(rate, g), divisor)), newSum];
});

const adagradKinds = {
  lr: atLeastZero,
  lrDecay: atLeastZero,
  weightDecay: atLeastZero,
  initialAccumulatorValue: atLeastZero,
  eps: atLeastZero,
  maximize: kinds.boolean,
};

const adagrad = /*#__PURE__*/ takes<
  [params: Params<AdagradOptions>, options?: Partial<AdagradOptions>]
>()('Adagrad', [/*#__PURE__*/ need('params', params)], adagradKinds);

/**
 * Adagrad (Duchi et al. 2011; PyTorch: `optim.Adagrad`). Each parameter is updated in one pass over its
 * memory. As in PyTorch, the sums of squares exist before the first step.
 *
 * @param params `model.parameters()`, or groups `{ params, lr, … }`.
 * @throws ValueError for negative numbers, unknown options, and parameters that cannot be optimized;
 * AutogradError for a parameter that is not a leaf.
 * @example
 * const optimizer = new Adagrad(model.parameters(), { lr: 0.1, lrDecay: 1e-4 });
 */
export class Adagrad extends Optimizer<AdagradOptions> {
  constructor(...given: GivenTo<typeof adagrad>) {
    const [list, options] = adagrad.take(given);
    super(list, defaults, options);
    for (const group of this.paramGroups) {
      for (const x of group.params) {
        this.stateOf(x).step = tensor(0);
        this.sumOf(x, this.stateOf(x));
      }
    }
  }

  protected override check(group: AdagradOptions): void {
    hold(this.constructor.name, group, adagradKinds);
  }

  protected override foreignOptions(): Record<string, unknown> {
    return { foreach: null, differentiable: false, fused: null };
  }

  protected override update(group: ParamGroup<AdagradOptions>): void {
    const { lr, lrDecay, weightDecay, eps, maximize } = group;
    const update = updates({ weightDecay: weightDecay !== 0, maximize });
    for (const x of group.params) {
      const { gradient: grad } = x;
      if (grad === null) continue;
      const state = this.stateOf(x);
      const step = nextStep(state);
      update([x, this.sumOf(x, state), grad], [lr / (1 + (step - 1) * lrDecay), eps, weightDecay]);
    }
  }

  private sumOf(x: Tensor, state: ParamState): Tensor {
    const known = tensorIn(state, 'sum');
    if (known !== null) return known;
    const made = keep(fullLike(x, this.defaults.initialAccumulatorValue));
    state.sum = made;
    return made;
  }
}
