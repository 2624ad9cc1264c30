// Losses for two classes: binary cross-entropy of probabilities and of logits, and the soft margin loss.
import {
  alsoSaving,
  amax,
  amin,
  binary,
  callable,
  type GivenTo,
  kinds,
  ShapeError,
  scalar as s,
  type Tensor,
  takes,
  ternary,
  to,
  ValueError,
  warnOnce,
} from '@dl/core/functional';
import { type GivenPair, optionalTensor, pair, reductionKind, takesPair } from './arguments.js';
import { warnOfActivation } from './likely-mistakes.js';
import {
  checkFloating,
  checkSameShape,
  type LossOptions,
  type Reduction,
  reduceElementwise,
  warnOfBroadcast,
} from './reduction.js';

type Expr = ReturnType<typeof s.neg>;

/** Tensors already checked, with their versions: targets usually stay the same tensors. */
const inRange = /*#__PURE__*/ new WeakMap<Tensor, number>();

/** Throws for values outside [0, 1] or NaN if the values can be read; otherwise the loss is NaN. */
function checkProbabilities(loss: string, what: string, x: Tensor, fix: string): void {
  checkFloating(loss, what, x);
  const found = outside(x);
  if (found === null) return;
  throw new ValueError(`${loss}: the ${what} must be between 0 and 1, got ${found}; ${fix}`);
}

/** A value outside [0, 1] or NaN; null if there is none or the values cannot be read. */
function outside(x: Tensor): string | null {
  if (x.device !== 'cpu' || x.count === 0 || inRange.get(x) === x.version) return null;
  // The comparison is false for NaN, so one pass finds both.
  const low = amin(x.detach()).item();
  const high = amax(x.detach()).item();
  if (low >= 0 && high <= 1) {
    inRange.set(x, x.version);
    return null;
  }
  return Number.isNaN(low) || Number.isNaN(high) ? 'NaN' : String(low < 0 ? low : high);
}

/** Warns if targets for logits are outside [0, 1], which PyTorch accepts. */
function warnOfTargets(loss: string, target: Tensor): void {
  checkFloating(loss, 'target', target);
  const found = outside(target);
  if (found === null) return;
  warnOnce(
    `${loss} targets`,
    `${loss}: the target should be between 0 and 1, got ${found}; use 0 for one class and 1 for the other`,
  );
}

const crossEntropyOf = /*#__PURE__*/ binary('binaryCrossEntropy', {
  // PyTorch clamps the logarithms at -100, so that a certain wrong answer has a loss of 100, not infinity.
  expr: (x, y) => {
    const right = s.mul(y, s.max(s.log(x), -100));
    const wrong = s.mul(s.sub(1, y), s.max(s.log1p(s.neg(x)), -100));
    // An input outside [0, 1] makes a logarithm NaN. A target is compared here for devices whose values cannot be read.
    const within = s.and(s.ge(y, 0), s.le(y, 1));
    return s.select(within, s.neg(s.add(right, wrong)), Number.NaN);
  },
  vjp: (g, args) => {
    const [x, y] = args as [Expr, Expr];
    const spread = s.max(s.mul(x, s.sub(1, x)), 1e-12);
    const odds = s.sub(s.max(s.log1p(s.neg(x)), -100), s.max(s.log(x), -100));
    return [s.mul(g, s.div(s.sub(x, y), spread)), s.mul(g, odds)];
  },
});

/** Options of `binaryCrossEntropy`. */
export interface BCELossOptions extends LossOptions {
  /** Weights of the elements' losses, broadcast to their shape. */
  weight?: Tensor | null;
}

const bceKinds = { weight: optionalTensor, reduction: reductionKind };

function binaryCrossEntropyOf(input: Tensor, target: Tensor, options: BCELossOptions = {}): Tensor {
  const { reduction = 'mean' } = options;
  checkSameShape('binaryCrossEntropy', input, target);
  const fix = 'apply sigmoid() first, or use binaryCrossEntropyWithLogits';
  checkProbabilities('binaryCrossEntropy', 'input', input, fix);
  checkProbabilities(
    'binaryCrossEntropy',
    'target',
    target,
    'use 0 for one class and 1 for the other',
  );
  const args = [input, target];
  const { weight = null } = options;
  const loss = reduceElementwise(crossEntropyOf.operator, args, reduction, weight);
  return alsoSaving(loss, input, target, weight);
}

/**
 * The binary cross-entropy of probabilities (PyTorch: `F.binary_cross_entropy`). For logits use
 * `binaryCrossEntropyWithLogits`, which is more accurate.
 *
 * @param input probabilities from 0 to 1.
 * @param target of the same shape, from 0 to 1.
 * @throws ShapeError if the shapes differ; ValueError for values outside [0, 1] or NaN, which on devices other than
 * `cpu` make the loss NaN.
 * @example binaryCrossEntropy(tensor([0.5]), tensor([1])) // tensor(0.6931)
 */
export const binaryCrossEntropy = /*#__PURE__*/ callable(
  'binaryCrossEntropy',
  binaryCrossEntropyOf,
  pair,
  bceKinds,
);

// Uses e^-|x|, which does not overflow, not even in the second derivative.
const sigmoid = (x: Expr): Expr => {
  const e = s.exp(s.neg(s.magnitude(x)));
  return s.div(s.select(s.lt(x, 0), e, 1), s.add(e, 1));
};

// log(1 + e^-x), without overflow.
const logisticCost = (x: Expr): Expr => s.add(s.log1p(s.exp(s.neg(s.abs(x)))), s.max(s.neg(x), 0));

// (1 - y)·x + log(1 + e^-x), as in PyTorch: x - x·y would lose precision for y close to 1.
const logitsLoss = /*#__PURE__*/ binary('binaryCrossEntropyWithLogits', {
  operands: 'float',
  expr: (x, y) => s.add(s.mul(s.sub(1, y), x), logisticCost(x)),
  vjp: (g, args) => {
    const [x, y] = args as [Expr, Expr];
    return [s.mul(g, s.sub(sigmoid(x), y)), s.neg(s.mul(g, x))];
  },
});

// (1 - y)·x + (1 + (w - 1)·y) · log(1 + e^-x), with the logarithm computed without overflow.
const weightedLogitsLoss = /*#__PURE__*/ ternary('binaryCrossEntropyWithLogits', {
  operands: 'float',
  expr: (x, y, w) => {
    const factor = s.add(s.mul(s.sub(w, 1), y), 1);
    return s.add(s.mul(s.sub(1, y), x), s.mul(factor, logisticCost(x)));
  },
  vjp: (g, args) => {
    const [x, y, w] = args as [Expr, Expr, Expr];
    const factor = s.add(s.mul(s.sub(w, 1), y), 1);
    const cost = logisticCost(x);
    const miss = sigmoid(s.neg(x));
    return [
      s.mul(g, s.sub(s.sub(1, y), s.mul(factor, miss))),
      s.mul(g, s.sub(s.mul(s.sub(w, 1), cost), x)),
      s.mul(g, s.mul(y, cost)),
    ];
  },
});

/** Options of `binaryCrossEntropyWithLogits`. */
export interface BCEWithLogitsLossOptions extends BCELossOptions {
  /** Weight of the positive class, broadcast to the input. */
  posWeight?: Tensor | null;
}

const bceWithLogitsKinds = /*#__PURE__*/ kinds.joined(bceKinds, { posWeight: optionalTensor });

function binaryCrossEntropyWithLogitsOf(
  input: Tensor,
  target: Tensor,
  options: BCEWithLogitsLossOptions = {},
): Tensor {
  const name = 'binaryCrossEntropyWithLogits';
  const { reduction = 'mean' } = options;
  checkSameShape(name, input, target);
  warnOfActivation(name, input, ['sigmoid', 'softmax']);
  warnOfTargets(name, target);
  const { weight = null, posWeight = null } = options;
  // PyTorch computes the loss in place from the target, so it has the target's dtype.
  const finish = (loss: Tensor): Tensor =>
    alsoSaving(to(loss, target.dtype), input, target, weight, posWeight);
  if (posWeight === null) {
    return finish(reduceElementwise(logitsLoss.operator, [input, target], reduction, weight));
  }
  const last = posWeight.shape[posWeight.ndim - 1] ?? 1;
  if (last !== 1 && last !== input.shape[input.ndim - 1]) {
    throw new ShapeError(
      `${name}: posWeight of shape [${posWeight.shape.join(', ')}] does not broadcast to the input's shape [${input.shape.join(', ')}]`,
    );
  }
  const args = [input, target, posWeight];
  return finish(reduceElementwise(weightedLogitsLoss.operator, args, reduction, weight));
}

/**
 * The binary cross-entropy of `sigmoid(input)`, computed from the logits and accurate for large values too
 * (PyTorch: `F.binary_cross_entropy_with_logits`). The loss has the target's dtype.
 *
 * @param input logits.
 * @param target of the same shape, from 0 to 1.
 * @throws ShapeError if the shapes differ; ValueError for targets outside [0, 1] or NaN.
 * @example binaryCrossEntropyWithLogits(tensor([0]), tensor([1])) // tensor(0.6931)
 */
export const binaryCrossEntropyWithLogits = /*#__PURE__*/ callable(
  'binaryCrossEntropyWithLogits',
  binaryCrossEntropyWithLogitsOf,
  pair,
  bceWithLogitsKinds,
);

// log(1 + e^-xy)
const softMargin = /*#__PURE__*/ binary('softMarginLoss', {
  operands: 'float',
  expr: (x, y) => logisticCost(s.mul(x, y)),
  vjp: (g, args) => {
    const [x, y] = args as [Expr, Expr];
    const slope = s.neg(s.mul(g, sigmoid(s.neg(s.mul(x, y)))));
    return [s.mul(slope, y), s.mul(slope, x)];
  },
});

const softMarginKinds = { reduction: reductionKind };

function softMarginLossOf(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const { reduction = 'mean' } = options;
  checkFloating('softMarginLoss', 'input', input);
  warnOfBroadcast('softMarginLoss', input, target);
  // PyTorch writes this loss into a tensor of the input's dtype.
  return to(reduceElementwise(softMargin.operator, [input, target], reduction), input.dtype);
}

/**
 * `log(1 + e^(-target·input))`, for targets 1 and -1 (PyTorch: `F.soft_margin_loss`). It stays finite where
 * the exponential overflows in PyTorch. The loss has the input's dtype.
 *
 * @param target of the input's shape: 1 for one class, -1 for the other.
 * @throws DTypeError for an input of integers or booleans; ShapeError if the shapes do not broadcast.
 * @example softMarginLoss(tensor([0]), tensor([1])) // tensor(0.6931)
 */
export const softMarginLoss = /*#__PURE__*/ callable(
  'softMarginLoss',
  softMarginLossOf,
  pair,
  softMarginKinds,
);

const bceLoss = /*#__PURE__*/ takes<[options?: BCELossOptions]>()('BCELoss', [], bceKinds);
const bceLossForward = /*#__PURE__*/ takesPair('BCELoss');

/**
 * `binaryCrossEntropy` as a class (PyTorch: `nn.BCELoss`).
 *
 * @example new BCELoss().forward(tensor([0.5]), tensor([1])) // tensor(0.6931)
 */
export class BCELoss {
  readonly reduction: Reduction;
  readonly weight: Tensor | null;

  constructor(...given: GivenTo<typeof bceLoss>) {
    const [options = {}] = bceLoss.take(given);
    this.reduction = options.reduction ?? 'mean';
    this.weight = options.weight ?? null;
  }

  /** Computes the loss of `input` with respect to `target`. */
  forward(...given: GivenPair): Tensor {
    const [input, target] = bceLossForward.take(given);
    return binaryCrossEntropy(input, target, { reduction: this.reduction, weight: this.weight });
  }

  toString(): string {
    return 'BCELoss()';
  }
}

const bceWithLogitsLoss = /*#__PURE__*/ takes<[options?: BCEWithLogitsLossOptions]>()(
  'BCEWithLogitsLoss',
  [],
  bceWithLogitsKinds,
);
const bceWithLogitsLossForward = /*#__PURE__*/ takesPair('BCEWithLogitsLoss');

/**
 * `binaryCrossEntropyWithLogits` as a class (PyTorch: `nn.BCEWithLogitsLoss`).
 *
 * @example new BCEWithLogitsLoss().forward(tensor([0]), tensor([1])) // tensor(0.6931)
 */
export class BCEWithLogitsLoss {
  readonly reduction: Reduction;
  readonly weight: Tensor | null;
  readonly posWeight: Tensor | null;

  constructor(...given: GivenTo<typeof bceWithLogitsLoss>) {
    const [options = {}] = bceWithLogitsLoss.take(given);
    this.reduction = options.reduction ?? 'mean';
    this.weight = options.weight ?? null;
    this.posWeight = options.posWeight ?? null;
  }

  /** Computes the loss of `input` with respect to `target`. */
  forward(...given: GivenPair): Tensor {
    const [input, target] = bceWithLogitsLossForward.take(given);
    const { reduction, weight, posWeight } = this;
    return binaryCrossEntropyWithLogits(input, target, { reduction, weight, posWeight });
  }

  toString(): string {
    return 'BCEWithLogitsLoss()';
  }
}

const softMarginClass = /*#__PURE__*/ takes<[options?: LossOptions]>()(
  'SoftMarginLoss',
  [],
  softMarginKinds,
);
const softMarginForward = /*#__PURE__*/ takesPair('SoftMarginLoss');

/**
 * `softMarginLoss` as a class (PyTorch: `nn.SoftMarginLoss`).
 *
 * @example new SoftMarginLoss().forward(tensor([0]), tensor([1])) // tensor(0.6931)
 */
export class SoftMarginLoss {
  readonly reduction: Reduction;

  constructor(...given: GivenTo<typeof softMarginClass>) {
    const [options = {}] = softMarginClass.take(given);
    this.reduction = options.reduction ?? 'mean';
  }

  /** Computes the loss of `input` with respect to `target`. */
  forward(...given: GivenPair): Tensor {
    const [input, target] = softMarginForward.take(given);
    return softMarginLoss(input, target, { reduction: this.reduction });
  }

  toString(): string {
    return 'SoftMarginLoss()';
  }
}
