// Stochastic gradient descent.
import {
  emptyLike,
  type GivenTo,
  keep,
  kinds,
  need,
  scalar,
  takes,
  ValueError,
} from '@dl/core/functional';
import { atLeastZero, hold, notNaN } from './argument-kinds.js';
import { Optimizer, type ParamGroup, type Params, params } from './optimizer.js';
import { type Expr, followed, tensorIn, type Variant, variants } from './programs.js';

/** Options of `SGD`. */
export interface SGDOptions {
  /** Learning rate. Default: 0.001. */
  lr: number;
  /** Momentum factor. Default: 0. */
  momentum: number;
  /** Dampening of the momentum: the gradient enters the momentum buffer times `1 - dampening`. Default: 0. */
  dampening: number;
  /** Weight decay (L2 penalty): this times the parameter is added to the gradient. Default: 0. */
  weightDecay: number;
  /** Use Nesterov momentum. Default: false. */
  nesterov: boolean;
  /** Maximize the loss instead of minimizing it. Default: false. */
  maximize: boolean;
}

const defaults: SGDOptions = {
  lr: 1e-3,
  momentum: 0,
  dampening: 0,
  weightDecay: 0,
  nesterov: false,
  maximize: false,
};

interface SGDVariant extends Variant {
  readonly momentum: boolean;
  /** First step: the momentum buffer starts as the gradient. */
  readonly first: boolean;
  readonly weightDecay: boolean;
  readonly nesterov: boolean;
  readonly maximize: boolean;
}

/** One pass over memory: the parameter, its momentum buffer if it has one, and the gradient. */
const updates = /* @__PURE__ */ variants<SGDVariant>('sgd', (v, tensors, numbers) => {
  const [p, second] = tensors as [Expr, Expr];
  const [lr, momentum, share, decay] = numbers as [Expr, Expr, Expr, Expr];
  const d = followed(v, p, v.momentum ? tensors[2] : second, decay);
  if (!v.momentum) return [scalar.sub(p, scalar.mul(lr, d))];
  const kept = scalar.mul(momentum, second);
  const direction = v.first ? d : scalar.add(kept, scalar.mul(share, d));
  const taken = v.nesterov ? scalar.add(d, scalar.mul(momentum, direction)) : direction;
  return [scalar.sub(p, scalar.mul(lr, taken)), direction];
});

const sgdKinds = {
  lr: atLeastZero,
  momentum: atLeastZero,
  dampening: notNaN,
  weightDecay: atLeastZero,
  nesterov: kinds.boolean,
  maximize: kinds.boolean,
};

const sgd = /*#__PURE__*/ takes<[params: Params<SGDOptions>, options?: Partial<SGDOptions>]>()(
  'SGD',
  [/*#__PURE__*/ need('params', params)],
  sgdKinds,
);

/**
 * Stochastic gradient descent, optionally with momentum, Nesterov momentum and weight decay (Sutskever et al. 2013;
 * PyTorch: `optim.SGD`). Each parameter is updated in one pass over its memory.
 *
 * As in PyTorch, the momentum buffer starts as the first gradient, and the learning rate is not part of
 * it.
 *
 * @param params `model.parameters()`, or groups `{ params, lr, … }`.
 * @throws ValueError for negative numbers, Nesterov without momentum or with dampening, unknown
 * options, and parameters that cannot be optimized; AutogradError for a parameter that is not a leaf.
 * @example
 * const optimizer = new SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
 * optimizer.zeroGrad();
 * loss.backward();
 * optimizer.step();
 */
export class SGD extends Optimizer<SGDOptions> {
  constructor(...given: GivenTo<typeof sgd>) {
    const [list, options] = sgd.take(given);
    super(list, defaults, options);
  }

  protected override check(group: SGDOptions): void {
    hold('SGD', group, sgdKinds);
    if (group.nesterov && (group.momentum <= 0 || group.dampening !== 0)) {
      throw new ValueError(
        `SGD: nesterov requires a momentum greater than 0 and a dampening of 0, got momentum ${group.momentum}, dampening ${group.dampening}`,
      );
    }
  }

  protected override foreignOptions(): Record<string, unknown> {
    return { foreach: null, differentiable: false, fused: null };
  }

  protected override update(group: ParamGroup<SGDOptions>): void {
    const { lr, momentum, dampening, weightDecay, nesterov, maximize } = group;
    const numbers = [lr, momentum, 1 - dampening, weightDecay];
    const variant = (first: boolean): SGDVariant => ({
      momentum: momentum !== 0,
      first,
      weightDecay: weightDecay !== 0,
      nesterov,
      maximize,
    });
    for (const x of group.params) {
      const { gradient: grad } = x;
      if (grad === null) continue;
      if (momentum === 0) {
        updates(variant(false))([x, grad], numbers);
        continue;
      }
      const state = this.stateOf(x);
      const known = tensorIn(state, 'momentum_buffer');
      const first = known === null;
      const direction = known ?? keep(emptyLike(x));
      updates(variant(first))([x, direction, grad], numbers);
      state.momentum_buffer = direction;
    }
  }
}
