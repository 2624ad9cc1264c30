// Losses between distributions: Kullback-Leibler, Gaussian and Poisson likelihoods.
import {
  add,
  any,
  binary,
  callable,
  DTypeError,
  fullLike,
  type GivenTo,
  inFloat32,
  isFloat,
  kinds,
  lt,
  need,
  ShapeError,
  scalar as s,
  sub,
  type Tensor,
  takes,
  unsqueeze,
  ValueError,
  where,
} from '@dl/core/functional';
import { type GivenPair, pair, reductionKind, takesPair } from './arguments.js';
import {
  checkFloating,
  type LossOptions,
  type Reduction,
  reduce,
  reduceElementwise,
  warnOfBroadcast,
} from './reduction.js';

// target · log target - target · input; the first part is 0 where the target is 0. Negative targets and NaN show as
// NaN, and so does an infinite input.
const divergence = /*#__PURE__*/ binary('klDiv', {
  expr: (x, y) => {
    const zero = s.eq(y, 0);
    const entropy = s.mul(y, s.log(s.select(zero, s.constant(1, y.dtype), y)));
    return s.sub(entropy, s.mul(y, x));
  },
  // As PyTorch: that of the target is y · log y's as if each y were another tensor's, so that it is NaN where y is 0.
  vjp: (g, [x, y]) => {
    type Expr = NonNullable<typeof x>;
    const [input, target] = [x, y] as [Expr, Expr];
    const zero = s.eq(target, 0);
    const log = s.log(s.select(zero, s.constant(1, g.dtype), target));
    const nothing = s.or(zero, s.and(s.eq(g, 0), s.eq(target, target)));
    const entropy = s.add(s.select(nothing, 0, s.mul(g, log)), s.div(s.mul(g, target), target));
    return [s.neg(s.mul(g, target)), s.sub(entropy, s.mul(g, input))];
  },
});

const logDivergence = /*#__PURE__*/ binary('klDiv', {
  expr: (x, y) => s.mul(s.exp(y), s.sub(y, x)),
});

/** Options of `klDiv`. */
export interface KLDivLossOptions {
  /** `'batchmean'` divides the sum by the first size, which is the divergence. Default: `'mean'`. */
  reduction?: Reduction | 'batchmean';
  /** The target is given by its logarithms. Default: false. */
  logTarget?: boolean;
}

const klKinds = {
  reduction: /*#__PURE__*/ kinds.oneOf('none', 'batchmean', 'sum', 'mean'),
  logTarget: kinds.boolean,
};

function klDivOf(input: Tensor, target: Tensor, options: KLDivLossOptions = {}): Tensor {
  const { reduction: asked = 'mean' } = options;
  const batchmean = asked === 'batchmean';
  const reduction = batchmean ? 'sum' : asked;
  for (const x of [input, target]) {
    if (isFloat(x.dtype)) continue;
    throw new DTypeError(
      `klDiv: input and target must be floating-point, got ${x.dtype}; use x.to('float32')`,
    );
  }
  warnOfBroadcast('klDiv', input, target);
  const { operator } = options.logTarget === true ? logDivergence : divergence;
  if (batchmean) return operator.applySum([input, target], input.shape[0] ?? 1);
  return reduceElementwise(operator, [input, target], reduction);
}

/**
 * The Kullback-Leibler divergence of log-probabilities from a target (PyTorch: `F.kl_div`).
 *
 * @param input log-probabilities.
 * @param target probabilities of the same shape, or with `logTarget` their logarithms.
 * @throws ShapeError if the shapes differ.
 * @example klDiv(logSoftmax(x, 1), softmax(y, 1), { reduction: 'batchmean' })
 */
export const klDiv = /*#__PURE__*/ callable('klDiv', klDivOf, pair, klKinds);

const klDivLoss = /*#__PURE__*/ takes<[options?: KLDivLossOptions]>()('KLDivLoss', [], klKinds);
const klDivLossForward = /*#__PURE__*/ takesPair('KLDivLoss');

/**
 * `klDiv` as an object (PyTorch: `nn.KLDivLoss`).
 *
 * @example new KLDivLoss({ reduction: 'batchmean' }).forward(logProbabilities, target)
 */
export class KLDivLoss {
  readonly reduction: Reduction | 'batchmean';
  readonly logTarget: boolean;

  constructor(...given: GivenTo<typeof klDivLoss>) {
    const [options = {}] = klDivLoss.take(given);
    this.reduction = options.reduction ?? 'mean';
    this.logTarget = options.logTarget ?? false;
  }

  /** The divergence of `input` from its target. */
  forward(...given: GivenPair): Tensor {
    const [input, target] = klDivLossForward.take(given);
    return klDiv(input, target, { reduction: this.reduction, logTarget: this.logTarget });
  }

  toString(): string {
    return 'KLDivLoss()';
  }
}

// The difference is an operand, so that it is what the gradient needs, and not what it was made of.
const gaussian = /*#__PURE__*/ binary('gaussianNllLoss', {
  expr: (d, variance) => s.mul(s.add(s.log(variance), s.div(s.mul(d, d), variance)), 0.5),
});

/** Options of `gaussianNllLoss`. */
export interface GaussianNLLLossOptions extends LossOptions {
  /** Add the constant term, half of log 2π. Default: false. */
  full?: boolean;
  /** Least variance, below which it counts as this without a gradient of its own. Default: 1e-6. */
  eps?: number;
}

const gaussianKinds = { full: kinds.boolean, eps: kinds.number, reduction: reductionKind };
const gaussianPlaces = [
  ...pair,
  /*#__PURE__*/ need('var', /*#__PURE__*/ kinds.either(kinds.tensor, kinds.number)),
] as const;

function gaussianNllLossOf(
  input: Tensor,
  target: Tensor,
  variance: Tensor | number,
  options: GaussianNLLLossOptions = {},
): Tensor {
  const name = 'gaussianNllLoss';
  const { reduction = 'mean' } = options;
  const { full = false, eps = 1e-6 } = options;
  const given =
    typeof variance === 'number'
      ? fullLike(input.detach(), variance, isFloat(input.dtype) ? {} : { dtype: 'float32' })
      : variance;
  const spread = fitVariance(input, given);
  if (input.dtype === 'bool' || target.dtype === 'bool') {
    throw new DTypeError(`${name}: booleans are not subtracted; use x.to('float32')`);
  }
  checkFloating(name, 'var', given);
  // Not by the least one, which beside NaN is NaN.
  if (given.device === 'cpu' && any(lt(given.detach(), 0)).item()) {
    throw new ValueError(
      `${name}: var, the variance, must not be negative; use exp() or softplus() in front`,
    );
  }
  return inFloat32([input, target, spread], (mean, value, wide) => {
    // The bound is PyTorch's: it changes the value, and the gradient passes as if it had not.
    const small = lt(wide.detach(), eps);
    const bounded = where(small, add(wide, sub(eps, wide.detach())), wide);
    // A negative one that cannot be refused, since the device's values cannot be read here, is NaN in the loss.
    const known = given.device === 'cpu' ? bounded : where(lt(wide, 0), Number.NaN, bounded);
    const loss = gaussian(sub(mean, value), known);
    return reduce(full ? add(loss, 0.5 * Math.log(2 * Math.PI)) : loss, reduction);
  });
}

/**
 * The negative log-likelihood of a normal distribution (PyTorch: `F.gaussian_nll_loss`).
 *
 * @param input means.
 * @param target values, of the same (or a broadcast) shape.
 * @param variance of the input's shape, with size 1 in one dimension, or without the last one, and floating-point; or a
 * number. Its name is `var`.
 * @throws ShapeError if the shapes do not fit; DTypeError for a variance of integers; ValueError for a negative one, which
 * on devices other than `cpu` makes the loss NaN.
 * @example gaussianNllLoss(tensor([0]), tensor([1]), tensor([1])) // tensor(0.5000)
 */
export const gaussianNllLoss = /*#__PURE__*/ callable(
  'gaussianNllLoss',
  gaussianNllLossOf,
  gaussianPlaces,
  gaussianKinds,
);

function fitVariance(input: Tensor, variance: Tensor): Tensor {
  const show = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
  if (show(variance.shape) === show(input.shape)) return variance;
  const short = show(variance.shape) === show(input.shape.slice(0, -1));
  if (short) return unsqueeze(variance, -1);
  const others = variance.shape.filter((n, d) => n !== input.shape[d]);
  const single = variance.ndim === input.ndim && others.length === 1 && others[0] === 1;
  if (single) return variance;
  throw new ShapeError(
    `gaussianNllLoss: var of shape ${show(variance.shape)} does not fit an input of shape ${show(input.shape)}; ` +
      'give one for each element, or one for each row',
  );
}

const gaussianNLLLoss = /*#__PURE__*/ takes<[options?: GaussianNLLLossOptions]>()(
  'GaussianNLLLoss',
  [],
  gaussianKinds,
);
const gaussianNLLLossForward = /*#__PURE__*/ takes<
  [input: Tensor, target: Tensor, variance: Tensor | number]
>()('GaussianNLLLoss.forward', gaussianPlaces, {});

/**
 * `gaussianNllLoss` as an object (PyTorch: `nn.GaussianNLLLoss`).
 *
 * @example new GaussianNLLLoss({ full: true }).forward(mean, target, variance)
 */
export class GaussianNLLLoss {
  readonly reduction: Reduction;
  readonly full: boolean;
  readonly eps: number;

  constructor(...given: GivenTo<typeof gaussianNLLLoss>) {
    const [options = {}] = gaussianNLLLoss.take(given);
    this.reduction = options.reduction ?? 'mean';
    this.full = options.full ?? false;
    this.eps = options.eps ?? 1e-6;
  }

  /** The loss of means and variances, given the values. */
  forward(...given: GivenTo<typeof gaussianNLLLossForward>): Tensor {
    const [input, target, variance] = gaussianNLLLossForward.take(given);
    const { reduction, full, eps } = this;
    return gaussianNllLoss(input, target, variance, { reduction, full, eps });
  }

  toString(): string {
    return 'GaussianNLLLoss()';
  }
}
