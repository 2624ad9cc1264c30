// Adamax.
import { type GivenTo, kinds, need, scalar, takes } from '@dl/core/functional';
import { atLeastZero, betas, hold } from './argument-kinds.js';
import { Optimizer, type ParamGroup, type Params, params } from './optimizer.js';
import {
  type Expr,
  followed,
  isHeavy,
  lerp,
  nextStep,
  remembered,
  type Variant,
  variants,
} from './programs.js';

/** Options of `Adamax`. */
export interface AdamaxOptions {
  /** Learning rate. Default: 0.002. */
  lr: number;
  /** Coefficients of the running average of gradients and of their infinity norm. Default: [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Added to the absolute value of each gradient. Default: 1e-8. */
  eps: number;
  /** Weight decay (L2 penalty): this times the parameter is added to the gradient. Default: 0. */
  weightDecay: number;
  /** Maximize the loss instead of minimizing it. Default: false. */
  maximize: boolean;
}

const defaults: AdamaxOptions = {
  lr: 2e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  maximize: false,
};

interface AdamaxVariant extends Variant {
  readonly weightDecay: boolean;
  readonly maximize: boolean;
  readonly heavy: boolean;
}

/** One pass over memory: the parameter, the running average, the infinity norm, and the gradient. */
const updates = /* @__PURE__ */ variants<AdamaxVariant>('adamax', (v, tensors, numbers) => {
  const [p, mean, largest, grad] = tensors as [Expr, Expr, Expr, Expr];
  const [weight, kept, size, eps, decay] = numbers as [Expr, Expr, Expr, Expr, Expr];
  const g = followed(v, p, grad, decay);
  const newMean = lerp(mean, g, weight, v.heavy);
  const newLargest = scalar.max(scalar.mul(largest, kept), scalar.add(scalar.abs(g), eps));
  const moved = scalar.sub(p, scalar.div(scalar.mul(size, newMean), newLargest));
  return [moved, newMean, newLargest];
});

const adamaxKinds = {
  lr: atLeastZero,
  betas,
  eps: atLeastZero,
  weightDecay: atLeastZero,
  maximize: kinds.boolean,
};

const adamax = /*#__PURE__*/ takes<
  [params: Params<AdamaxOptions>, options?: Partial<AdamaxOptions>]
>()('Adamax', [/*#__PURE__*/ need('params', params)], adamaxKinds);

/**
 * Adamax, a variant of Adam based on the infinity norm (Kingma & Ba 2015, section 7.1; PyTorch:
 * `optim.Adamax`). Each parameter is updated in one pass over its memory.
 *
 * @param params `model.parameters()`, or groups `{ params, lr, … }`.
 * @throws ValueError for negative numbers, betas outside [0, 1), unknown options, and parameters that cannot be
 * optimized; AutogradError for a parameter that is not a leaf.
 * @example
 * const optimizer = new Adamax(model.parameters(), { lr: 2e-3, betas: [0.9, 0.99] });
 */
export class Adamax extends Optimizer<AdamaxOptions> {
  constructor(...given: GivenTo<typeof adamax>) {
    const [list, options] = adamax.take(given);
    super(list, defaults, options);
  }

  protected override check(group: AdamaxOptions): void {
    hold(this.constructor.name, group, adamaxKinds);
  }

  protected override foreignOptions(): Record<string, unknown> {
    return { foreach: null, differentiable: false, capturable: false };
  }

  protected override update(group: ParamGroup<AdamaxOptions>): void {
    const { lr, betas, eps, weightDecay, maximize } = group;
    const [beta1, beta2] = betas;
    const update = updates({
      weightDecay: weightDecay !== 0,
      maximize,
      heavy: isHeavy(1 - beta1),
    });
    for (const x of group.params) {
      const { gradient: grad } = x;
      if (grad === null) continue;
      const state = this.stateOf(x);
      const step = nextStep(state);
      const mean = remembered(state, 'exp_avg', x);
      const largest = remembered(state, 'exp_inf', x);
      update(
        [x, mean, largest, grad],
        [1 - beta1, beta2, lr / (1 - beta1 ** step), eps, weightDecay],
      );
    }
  }
}
