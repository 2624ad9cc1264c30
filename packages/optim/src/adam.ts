// Adam.
import { type GivenTo, kinds, need, scalar, type Tensor, takes } from '@dl/core/functional';
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

/** Options of `Adam`. */
export interface AdamOptions {
  /** Learning rate. Default: 0.001. */
  lr: number;
  /** Coefficients of the running averages of gradients and squared gradients. Default: [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Added to the denominator, the square root of the second average. Default: 1e-8. */
  eps: number;
  /** Weight decay (L2 penalty): this times the parameter is added to the gradient. Default: 0. */
  weightDecay: number;
  /** Use the AMSGrad variant, which divides by the largest second average so far (Reddi et al. 2018). Default: false. */
  amsgrad: boolean;
  /** Maximize the loss instead of minimizing it. Default: false. */
  maximize: boolean;
  /** Decay the parameter directly by `lr·weightDecay`, as `AdamW` does. Default: false. */
  decoupledWeightDecay: boolean;
}

const defaults: AdamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
  decoupledWeightDecay: false,
};

interface AdamVariant extends Variant {
  readonly weightDecay: boolean;
  readonly decoupled: boolean;
  readonly amsgrad: boolean;
  readonly maximize: boolean;
  readonly heavy: boolean;
}

/** One pass over memory: the parameter, its running averages, and the gradient. */
const updates = /* @__PURE__ */ variants<AdamVariant>('adam', (v, tensors, numbers) => {
  const [p, mean, square] = tensors as [Expr, Expr, Expr];
  const [weight, kept, share, size, root, eps, decay] = numbers as Expr[] as [
    ...[Expr, Expr, Expr, Expr, Expr, Expr, Expr],
  ];
  const coupled = v.weightDecay && !v.decoupled;
  const g = followed(
    { maximize: v.maximize, weightDecay: coupled },
    p,
    tensors[tensors.length - 1],
    decay,
  );
  const from = v.weightDecay && v.decoupled ? scalar.mul(p, decay) : p;
  const newMean = lerp(mean, g, weight, v.heavy);
  const newSquare = scalar.add(scalar.mul(square, kept), scalar.mul(share, scalar.mul(g, g)));
  const largest = v.amsgrad ? scalar.max(tensors[3], newSquare) : newSquare;
  const divisor = scalar.add(scalar.div(scalar.sqrt(largest), root), eps);
  const moved = scalar.sub(from, scalar.div(scalar.mul(size, newMean), divisor));
  return v.amsgrad ? [moved, newMean, newSquare, largest] : [moved, newMean, newSquare];
});

const adamKinds = {
  lr: atLeastZero,
  betas,
  eps: atLeastZero,
  weightDecay: atLeastZero,
  amsgrad: kinds.boolean,
  maximize: kinds.boolean,
  decoupledWeightDecay: kinds.boolean,
};

const adam = /*#__PURE__*/ takes<[params: Params<AdamOptions>, options?: Partial<AdamOptions>]>()(
  'Adam',
  [/*#__PURE__*/ need('params', params)],
  adamKinds,
);

/**
 * Adam (Kingma & Ba 2015) and AMSGrad (PyTorch: `optim.Adam`). Each parameter is updated in one pass
 * over its memory.
 *
 * @param params `model.parameters()`, or groups `{ params, lr, … }`.
 * @throws ValueError for negative numbers, betas outside [0, 1), unknown options, and
 * parameters that cannot be optimized; AutogradError for a parameter that is not a leaf.
 * @example
 * const optimizer = new Adam(model.parameters(), { lr: 1e-3, betas: [0.9, 0.99] });
 * optimizer.zeroGrad();
 * loss.backward();
 * optimizer.step();
 */
export class Adam extends Optimizer<AdamOptions> {
  constructor(...given: GivenTo<typeof adam>) {
    const [list, options] = adam.take(given);
    super(list, defaults, options);
  }

  protected override check(group: AdamOptions): void {
    hold(this.constructor.name, group, adamKinds);
  }

  protected override foreignOptions(): Record<string, unknown> {
    return { foreach: null, capturable: false, differentiable: false, fused: null };
  }

  protected override update(group: ParamGroup<AdamOptions>): void {
    const { lr, betas, eps, weightDecay, amsgrad, maximize } = group;
    const [beta1, beta2] = betas;
    const decoupled = group.decoupledWeightDecay;
    const update = updates({
      weightDecay: weightDecay !== 0,
      decoupled,
      amsgrad,
      maximize,
      heavy: isHeavy(1 - beta1),
    });
    for (const x of group.params) {
      const { gradient: grad } = x;
      if (grad === null) continue;
      const state = this.stateOf(x);
      const step = nextStep(state);
      const tensors: Tensor[] = [
        x,
        remembered(state, 'exp_avg', x),
        remembered(state, 'exp_avg_sq', x),
      ];
      if (amsgrad) tensors.push(remembered(state, 'max_exp_avg_sq', x));
      tensors.push(grad);
      update(tensors, [
        1 - beta1,
        beta2,
        1 - beta2,
        lr / (1 - beta1 ** step),
        Math.sqrt(1 - beta2 ** step),
        eps,
        decoupled ? 1 - lr * weightDecay : weightDecay,
      ]);
    }
  }
}
