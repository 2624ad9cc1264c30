// RMSprop.
import { type GivenTo, kinds, need, scalar, type Tensor, takes } from '@dl/core/functional';
import { atLeastZero, hold } from './argument-kinds.js';
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

/** Options of `RMSprop`. */
export interface RMSpropOptions {
  /** Learning rate. Default: 0.01. */
  lr: number;
  /** Coefficient of the running average of squared gradients. Default: 0.99. */
  alpha: number;
  /** Added to the denominator, the square root of the average. Default: 1e-8. */
  eps: number;
  /** Weight decay (L2 penalty): this times the parameter is added to the gradient. Default: 0. */
  weightDecay: number;
  /** Momentum factor. Default: 0. */
  momentum: number;
  /** Use the centered variant, which divides by an estimate of the standard deviation. Default: false. */
  centered: boolean;
  /** Maximize the loss instead of minimizing it. Default: false. */
  maximize: boolean;
}

const defaults: RMSpropOptions = {
  lr: 1e-2,
  alpha: 0.99,
  eps: 1e-8,
  weightDecay: 0,
  momentum: 0,
  centered: false,
  maximize: false,
};

interface RMSpropVariant extends Variant {
  readonly weightDecay: boolean;
  readonly momentum: boolean;
  readonly centered: boolean;
  readonly maximize: boolean;
  readonly heavy: boolean;
}

/** One pass over memory: the parameter, its running averages and momentum buffer, and the gradient. */
const updates = /* @__PURE__ */ variants<RMSpropVariant>('rmsprop', (v, tensors, numbers) => {
  const [p, square] = tensors as [Expr, Expr];
  const [lr, alpha, share, eps, momentum, decay] = numbers as [Expr, Expr, Expr, Expr, Expr, Expr];
  const g = followed(v, p, tensors[tensors.length - 1], decay);
  const newSquare = scalar.add(scalar.mul(square, alpha), scalar.mul(share, scalar.mul(g, g)));
  const mean = v.centered ? lerp(tensors[v.momentum ? 3 : 2], g, share, v.heavy) : undefined;
  const spread = mean === undefined ? newSquare : scalar.sub(newSquare, scalar.mul(mean, mean));
  const divisor = scalar.add(scalar.sqrt(spread), eps);
  const results: Expr[] = [];
  if (v.momentum) {
    const direction = scalar.add(scalar.mul(tensors[2], momentum), scalar.div(g, divisor));
    results.push(scalar.sub(p, scalar.mul(lr, direction)), newSquare, direction);
  } else {
    results.push(scalar.sub(p, scalar.div(scalar.mul(lr, g), divisor)), newSquare);
  }
  return mean === undefined ? results : [...results, mean];
});

const rmspropKinds = {
  lr: atLeastZero,
  alpha: atLeastZero,
  eps: atLeastZero,
  weightDecay: atLeastZero,
  momentum: atLeastZero,
  centered: kinds.boolean,
  maximize: kinds.boolean,
};

const rmsprop = /*#__PURE__*/ takes<
  [params: Params<RMSpropOptions>, options?: Partial<RMSpropOptions>]
>()('RMSprop', [/*#__PURE__*/ need('params', params)], rmspropKinds);

/**
 * RMSprop, optionally centered (Graves 2013) and with momentum (PyTorch: `optim.RMSprop`). Each parameter
 * is updated in one pass over its memory. As in PyTorch, `eps` is added after the square root.
 *
 * @param params `model.parameters()`, or groups `{ params, lr, … }`.
 * @throws ValueError for negative numbers, unknown options, and parameters that cannot be optimized;
 * AutogradError for a parameter that is not a leaf.
 * @example
 * const optimizer = new RMSprop(model.parameters(), { lr: 1e-3, momentum: 0.9, centered: true });
 */
export class RMSprop extends Optimizer<RMSpropOptions> {
  constructor(...given: GivenTo<typeof rmsprop>) {
    const [list, options] = rmsprop.take(given);
    super(list, defaults, options);
  }

  protected override check(group: RMSpropOptions): void {
    hold(this.constructor.name, group, rmspropKinds);
  }

  protected override foreignOptions(): Record<string, unknown> {
    return { capturable: false, foreach: null, differentiable: false };
  }

  protected override update(group: ParamGroup<RMSpropOptions>): void {
    const { lr, alpha, eps, weightDecay, momentum, centered, maximize } = group;
    const share = 1 - alpha;
    const update = updates({
      weightDecay: weightDecay !== 0,
      momentum: momentum !== 0,
      centered,
      maximize,
      heavy: isHeavy(share),
    });
    for (const x of group.params) {
      const { gradient: grad } = x;
      if (grad === null) continue;
      const state = this.stateOf(x);
      nextStep(state);
      const tensors: Tensor[] = [x, remembered(state, 'square_avg', x)];
      if (momentum !== 0) tensors.push(remembered(state, 'momentum_buffer', x));
      if (centered) tensors.push(remembered(state, 'grad_avg', x));
      tensors.push(grad);
      update(tensors, [lr, alpha, share, eps, momentum, weightDecay]);
    }
  }
}
