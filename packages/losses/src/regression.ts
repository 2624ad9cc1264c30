// Losses for regression.
import {
  type Arg,
  alsoSaving,
  binary,
  callable,
  DTypeError,
  div,
  type Elementwise,
  type GivenTo,
  inFloat32,
  kinds,
  resultType,
  ShapeError,
  scalar,
  sub,
  sum,
  type Tensor,
  takes,
  ternary,
  to,
  unsqueeze,
  ValueError,
} from '@dl/core/functional';
import { type GivenPair, optionalTensor, pair, reductionKind, takesPair } from './arguments.js';
import {
  checkFloating,
  type LossOptions,
  type Reduction,
  reduceElementwise,
  warnOfBroadcast,
} from './reduction.js';

const lossKinds = { reduction: reductionKind };
const weightedKinds = /*#__PURE__*/ kinds.joined(lossKinds, { weight: optionalTensor });

/** Options of losses with a weight for each element. */
export interface WeightedLossOptions extends LossOptions {
  /** A weight for each element, of the input's shape. */
  weight?: Tensor | null;
}

/** As in PyTorch, the mean of weighted losses divides by the sum of the weights. */
function weighted(
  loss: string,
  operator: Elementwise,
  args: readonly [Tensor, Tensor],
  { reduction, weight = null }: WeightedLossOptions,
): Tensor {
  return reduceWeighted(operator, checkPair(loss, args, weight), weight, reduction);
}

function checkPair(
  loss: string,
  [input, target]: readonly [Tensor, Tensor],
  weight: Tensor | null,
): readonly [Tensor, Tensor] {
  warnOfBroadcast(loss, input, target);
  checkWeight(loss, input, weight);
  // PyTorch broadcasts first, so a scalar tensor takes part in dtype promotion.
  const apart = (input.ndim === 0) !== (target.ndim === 0) && input.dtype !== target.dtype;
  const listed = (x: Tensor): Tensor => (apart && x.ndim === 0 ? unsqueeze(x, 0) : x);
  return [listed(input), listed(target)];
}

function reduceWeighted(
  operator: Elementwise,
  args: readonly Arg[],
  weight: Tensor | null,
  reduction: Reduction = 'mean',
): Tensor {
  if (weight === null || reduction !== 'mean') {
    return reduceElementwise(operator, args, reduction, weight);
  }
  return div(reduceElementwise(operator, args, 'sum', weight), sum(weight));
}

function checkWeight(loss: string, input: Tensor, weight: Tensor | null): void {
  if (weight === null || weight.shape.join() === input.shape.join()) return;
  throw new ShapeError(
    `${loss}: weight must have the shape of the input, [${input.shape.join(', ')}], got [${weight.shape.join(', ')}]`,
  );
}

const squaredError = /*#__PURE__*/ binary('mseLoss', {
  expr: (a, b) => {
    const d = scalar.sub(a, b);
    return scalar.mul(d, d);
  },
});

function mseLossOf(input: Tensor, target: Tensor, options: WeightedLossOptions = {}): Tensor {
  const { reduction, weight = null } = options;
  if (weight === null) return weighted('mseLoss', squaredError.operator, [input, target], options);
  // As in PyTorch, a weighted loss saves the difference, so that its operands may be changed.
  const args = checkPair('mseLoss', [input, target], weight);
  const out = inFloat32([...args, weight], (x, y, factors) =>
    reduceWeighted(squaredError.operator, [sub(x, y), 0], factors, reduction),
  );
  return input.requiresGrad || target.requiresGrad ? alsoSaving(out, weight) : out;
}

/**
 * The mean squared error (PyTorch: `F.mse_loss`).
 *
 * @param input, target tensors of the same shape.
 * @throws ShapeError if the shapes differ.
 * @example mseLoss(tensor([1, 2]), tensor([1, 4])) // tensor(2.)
 */
export const mseLoss = /*#__PURE__*/ callable('mseLoss', mseLossOf, pair, weightedKinds);

const absoluteError = /*#__PURE__*/ binary('l1Loss', {
  refuse: (loss, args) => {
    if (args.every((x) => typeof x === 'number' || x.dtype !== 'bool')) return;
    throw new DTypeError(`${loss}: bool tensors are not supported; use x.to('float32')`);
  },
  expr: (a, b) => scalar.abs(scalar.sub(a, b)),
});

function l1LossOf(input: Tensor, target: Tensor, options: WeightedLossOptions = {}): Tensor {
  return weighted('l1Loss', absoluteError.operator, [input, target], options);
}

/**
 * The mean absolute error (PyTorch: `F.l1_loss`).
 *
 * @param input, target tensors of the same shape.
 * @throws ShapeError if the shapes differ.
 * @example l1Loss(tensor([1, 2]), tensor([1, 4])) // tensor(1.)
 */
export const l1Loss = /*#__PURE__*/ callable('l1Loss', l1LossOf, pair, weightedKinds);

const mse = /*#__PURE__*/ takes<[options?: LossOptions]>()('MSELoss', [], lossKinds);
const mseForward = /*#__PURE__*/ takesPair('MSELoss');

/**
 * `mseLoss` as a class (PyTorch: `nn.MSELoss`).
 *
 * @example new MSELoss().forward(tensor([1, 2]), tensor([1, 4])) // tensor(2.)
 */
export class MSELoss {
  readonly reduction: Reduction;

  constructor(...given: GivenTo<typeof mse>) {
    const [options = {}] = mse.take(given);
    this.reduction = options.reduction ?? 'mean';
  }

  /** Computes the loss of `input` with respect to `target`. */
  forward(...given: GivenPair): Tensor {
    const [input, target] = mseForward.take(given);
    return mseLoss(input, target, { reduction: this.reduction });
  }

  toString(): string {
    return 'MSELoss()';
  }
}

const l1 = /*#__PURE__*/ takes<[options?: LossOptions]>()('L1Loss', [], lossKinds);
const l1Forward = /*#__PURE__*/ takesPair('L1Loss');

/**
 * `l1Loss` as a class (PyTorch: `nn.L1Loss`).
 *
 * @example new L1Loss().forward(tensor([1, 2]), tensor([1, 4])) // tensor(1.)
 */
export class L1Loss {
  readonly reduction: Reduction;

  constructor(...given: GivenTo<typeof l1>) {
    const [options = {}] = l1.take(given);
    this.reduction = options.reduction ?? 'mean';
  }

  /** Computes the loss of `input` with respect to `target`. */
  forward(...given: GivenPair): Tensor {
    const [input, target] = l1Forward.take(given);
    return l1Loss(input, target, { reduction: this.reduction });
  }

  toString(): string {
    return 'L1Loss()';
  }
}

type Expr = ReturnType<typeof scalar.neg>;
const s = scalar;

/** The sign of a difference, NaN for NaN, as constants without derivatives. */
const direction = (d: Expr): Expr =>
  s.select(s.eq(d, d), s.sign(d), s.constant(Number.NaN, d.dtype));

// The two branches are equal at |d| = beta.
const smoothL1 = /*#__PURE__*/ ternary('smoothL1Loss', {
  keeps: { compares: true },
  expr: (a, b, beta) => {
    const d = s.abs(s.sub(a, b));
    return s.select(
      s.lt(d, beta),
      s.div(s.mul(s.mul(d, d), 0.5), beta),
      s.sub(d, s.mul(beta, 0.5)),
    );
  },
  vjp: (g, args) => {
    const [a, b, beta] = args as [Expr, Expr, Expr];
    const d = s.sub(a, b);
    const slope = s.select(s.lt(s.abs(d), beta), s.div(d, beta), direction(d));
    return [s.mul(g, slope), s.neg(s.mul(g, slope)), null];
  },
});

/** Options of `smoothL1Loss`. */
export interface SmoothL1LossOptions extends LossOptions {
  /** Differences below `beta` give a quadratic loss, others a linear one. 0 is `l1Loss`. Default: 1. */
  beta?: number;
}

const smoothL1Kinds = { reduction: reductionKind, beta: kinds.number };

function checkPositive(loss: string, name: string, value: number, zero: boolean): void {
  if (zero ? value >= 0 : value > 0) return;
  throw new ValueError(
    `${loss}: ${name} must be ${zero ? 'non-negative' : 'greater than 0'}, got ${value}`,
  );
}

function smoothL1LossOf(input: Tensor, target: Tensor, options: SmoothL1LossOptions = {}): Tensor {
  const { beta = 1 } = options;
  checkPositive('smoothL1Loss', 'beta', beta, true);
  if (beta === 0) return weighted('smoothL1Loss', absoluteError.operator, [input, target], options);
  const { reduction = 'mean' } = options;
  const args = checkPair('smoothL1Loss', [input, target], null);
  return reduceElementwise(smoothL1.operator, [...args, beta], reduction);
}

/**
 * The smooth L1 loss: quadratic for small differences, linear for large ones (PyTorch: `F.smooth_l1_loss`).
 *
 * @param input, target tensors of the same shape.
 * @throws ShapeError if the shapes differ; ValueError for a negative beta.
 * @example smoothL1Loss(tensor([0, 0]), tensor([0.5, 3])) // tensor(1.3125)
 */
export const smoothL1Loss = /*#__PURE__*/ callable(
  'smoothL1Loss',
  smoothL1LossOf,
  pair,
  smoothL1Kinds,
);

const huber = /*#__PURE__*/ ternary('huberLoss', {
  keeps: { compares: true },
  expr: (a, b, delta) => {
    const d = s.abs(s.sub(a, b));
    return s.select(
      s.le(d, delta),
      s.mul(s.mul(d, d), 0.5),
      s.mul(delta, s.sub(d, s.mul(delta, 0.5))),
    );
  },
  vjp: (g, args) => {
    const [a, b, delta] = args as [Expr, Expr, Expr];
    const d = s.sub(a, b);
    const slope = s.select(s.lt(s.abs(d), delta), d, s.mul(delta, direction(d)));
    return [s.mul(g, slope), s.neg(s.mul(g, slope)), null];
  },
});

/** Options of `huberLoss`. */
export interface HuberLossOptions extends LossOptions {
  /** Differences below `delta` give a quadratic loss, others a linear one. Default: 1. */
  delta?: number;
}

const huberClassKinds = { reduction: reductionKind, delta: kinds.number };
const huberKinds = /*#__PURE__*/ kinds.joined(huberClassKinds, { weight: optionalTensor });

function huberLossOf(
  input: Tensor,
  target: Tensor,
  options: HuberLossOptions & WeightedLossOptions = {},
): Tensor {
  const { delta = 1 } = options;
  checkPositive('huberLoss', 'delta', delta, false);
  checkFloating('huberLoss', 'input', input);
  const { reduction = 'mean' } = options;
  const { weight = null } = options;
  const args = checkPair('huberLoss', [input, target], weight);
  const loss = reduceElementwise(huber.operator, [...args, delta], reduction, weight);
  // PyTorch writes this loss into a tensor of the input's dtype and multiplies that by the weight.
  return to(loss, weight === null ? input.dtype : resultType(input, weight));
}

/**
 * The Huber loss: quadratic for small differences, linear with slope `delta` for large ones (PyTorch: `F.huber_loss`;
 * Huber 1964).
 *
 * @param input, target tensors of the same shape.
 * @throws ShapeError if the shapes differ; ValueError unless delta is positive.
 * @example huberLoss(tensor([0, 0]), tensor([0.5, 3])) // tensor(1.3125)
 */
export const huberLoss = /*#__PURE__*/ callable('huberLoss', huberLossOf, pair, huberKinds);

const smoothL1LossClass = /*#__PURE__*/ takes<[options?: SmoothL1LossOptions]>()(
  'SmoothL1Loss',
  [],
  smoothL1Kinds,
);
const smoothL1LossClassForward = /*#__PURE__*/ takesPair('SmoothL1Loss');

/**
 * `smoothL1Loss` as a class (PyTorch: `nn.SmoothL1Loss`).
 *
 * @example new SmoothL1Loss({ beta: 0.5 }).forward(input, target)
 */
export class SmoothL1Loss {
  readonly reduction: Reduction;
  readonly beta: number;

  constructor(...given: GivenTo<typeof smoothL1LossClass>) {
    const [options = {}] = smoothL1LossClass.take(given);
    this.reduction = options.reduction ?? 'mean';
    this.beta = options.beta ?? 1;
    checkPositive('SmoothL1Loss', 'beta', this.beta, true);
  }

  /** Computes the loss of `input` with respect to `target`. */
  forward(...given: GivenPair): Tensor {
    const [input, target] = smoothL1LossClassForward.take(given);
    return smoothL1Loss(input, target, { reduction: this.reduction, beta: this.beta });
  }

  toString(): string {
    return 'SmoothL1Loss()';
  }
}

const huberLossClass = /*#__PURE__*/ takes<[options?: HuberLossOptions]>()(
  'HuberLoss',
  [],
  huberClassKinds,
);
const huberLossClassForward = /*#__PURE__*/ takesPair('HuberLoss');

/**
 * `huberLoss` as a class (PyTorch: `nn.HuberLoss`).
 *
 * @example new HuberLoss({ delta: 2 }).forward(input, target)
 */
export class HuberLoss {
  readonly reduction: Reduction;
  readonly delta: number;

  constructor(...given: GivenTo<typeof huberLossClass>) {
    const [options = {}] = huberLossClass.take(given);
    this.reduction = options.reduction ?? 'mean';
    this.delta = options.delta ?? 1;
    checkPositive('HuberLoss', 'delta', this.delta, false);
  }

  /** Computes the loss of `input` with respect to `target`. */
  forward(...given: GivenPair): Tensor {
    const [input, target] = huberLossClassForward.take(given);
    return huberLoss(input, target, { reduction: this.reduction, delta: this.delta });
  }

  toString(): string {
    return 'HuberLoss()';
  }
}
