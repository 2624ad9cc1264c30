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

// target · log target - target · input; the first term is 0 where the target is 0. Negative targets, NaN and
// infinite inputs give NaN.
const divergence = /*#__PURE__*/ binary('klDiv', {
  expr: (x, y) => {
    const zero = s.eq(y, 0);
    const entropy = s.mul(y, s.log(s.select(zero, s.constant(1, y.dtype), y)));
    return s.sub(entropy, s.mul(y, x));
  },
  // As in PyTorch, the target's gradient treats both y of y · log y as separate tensors, so it is NaN where y is 0.
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
  /** `'batchmean'` divides the sum by the batch size, which is the mathematical definition. Default: `'mean'`. */
  reduction?: Reduction | 'batchmean';
  /** The target contains log-probabilities. Default: false. */
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
 * The Kullback-Leibler divergence between log-probabilities and a target (PyTorch: `F.kl_div`).
 *
 * @param input log-probabilities.
 * @param target probabilities of the same shape, or log-probabilities with `logTarget`.
 * @throws ShapeError if the shapes differ.
 * @example klDiv(logSoftmax(x, 1), softmax(y, 1), { reduction: 'batchmean' })
 */
export const klDiv = /*#__PURE__*/ callable('klDiv', klDivOf, pair, klKinds);

const klDivLoss = /*#__PURE__*/ takes<[options?: KLDivLossOptions]>()('KLDivLoss', [], klKinds);
const klDivLossForward = /*#__PURE__*/ takesPair('KLDivLoss');

/**
 * `klDiv` as a class (PyTorch: `nn.KLDivLoss`).
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

  /** Computes the divergence between `input` and `target`. */
  forward(...given: GivenPair): Tensor {
    const [input, target] = klDivLossForward.take(given);
    return klDiv(input, target, { reduction: this.reduction, logTarget: this.logTarget });
  }

  toString(): string {
    return 'KLDivLoss()';
  }
}

// The difference is an operand, so that the gradient saves it instead of its operands.
const gaussian = /*#__PURE__*/ binary('gaussianNllLoss', {
  expr: (d, variance) => s.mul(s.add(s.log(variance), s.div(s.mul(d, d), variance)), 0.5),
});

/** Options of `gaussianNllLoss`. */
export interface GaussianNLLLossOptions extends LossOptions {
  /** Include the constant term, log(2π) / 2. Default: false. */
  full?: boolean;
  /** Lower bound of the variance, for stability. Default: 1e-6. */
  eps?: number;
}

const gaussianKinds = { full: kinds.boolean, eps: kinds.number, reduction: reductionKind };
const gaussianPlaces = [
  pair[0],
  pair[1],
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
    throw new DTypeError(`${name}: bool tensors are not supported; use x.to('float32')`);
  }
  checkFloating(name, 'var', given);
  // Not checked by the minimum, which is NaN if any element is.
  if (given.device === 'cpu' && any(lt(given.detach(), 0)).item()) {
    throw new ValueError(
      `${name}: var, the variance, must not be negative; apply exp() or softplus() first`,
    );
  }
  return inFloat32([input, target, spread], (mean, value, wide) => {
    // As in PyTorch, the bound changes the value, but not the gradient.
    const small = lt(wide.detach(), eps);
    const bounded = where(small, add(wide, sub(eps, wide.detach())), wide);
    // On devices whose values cannot be read here, a negative variance makes the loss NaN.
    const known = given.device === 'cpu' ? bounded : where(lt(wide, 0), Number.NaN, bounded);
    const loss = gaussian(sub(mean, value), known);
    return reduce(full ? add(loss, 0.5 * Math.log(2 * Math.PI)) : loss, reduction);
  });
}

/**
 * The negative log-likelihood of a normal distribution (PyTorch: `F.gaussian_nll_loss`).
 *
 * @param input means.
 * @param target values of the same or a broadcastable shape.
 * @param variance a floating-point tensor of the input's shape, of that shape with size 1 in one dimension, or without the
 * last dimension; or a number. The argument's name is `var`.
 * @throws ShapeError if the shapes do not fit; DTypeError for an integer variance; ValueError for a negative one, which
 * on devices other than `cpu` makes the loss NaN instead.
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
      'use one variance for each element, or one for each row',
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
 * `gaussianNllLoss` as a class (PyTorch: `nn.GaussianNLLLoss`).
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

  /** Computes the loss of means and variances with respect to values. */
  forward(...given: GivenTo<typeof gaussianNLLLossForward>): Tensor {
    const [input, target, variance] = gaussianNLLLossForward.take(given);
    const { reduction, full, eps } = this;
    return gaussianNllLoss(input, target, variance, { reduction, full, eps });
  }

  toString(): string {
    return 'GaussianNLLLoss()';
  }
}
