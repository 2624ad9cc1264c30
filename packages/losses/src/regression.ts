// Losses between numbers.
import { binary, scalar, type Tensor, ternary, ValueError } from '@dl/core/functional';
import {
  checkReduction,
  checkSameShape,
  type LossOptions,
  type Reduction,
  reduceElementwise,
} from './reduction.js';

const squaredError = /*#__PURE__*/ binary('mseLoss', {
  expr: (a, b) => {
    const d = scalar.sub(a, b);
    return scalar.mul(d, d);
  },
});

/**
 * The mean of the squared differences (PyTorch: `F.mse_loss`).
 *
 * @param input, target of one shape.
 * @throws ShapeError if the shapes differ.
 * @example mseLoss(tensor([1, 2]), tensor([1, 4])) // tensor(2.)
 */
export function mseLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const reduction = checkReduction('mseLoss', options.reduction);
  checkSameShape('mseLoss', input, target);
  return reduceElementwise(squaredError.operator, [input, target], reduction, input.count);
}

const absoluteError = /*#__PURE__*/ binary('l1Loss', {
  expr: (a, b) => scalar.abs(scalar.sub(a, b)),
});

/**
 * The mean of the absolute differences (PyTorch: `F.l1_loss`).
 *
 * @param input, target of one shape.
 * @throws ShapeError if the shapes differ.
 * @example l1Loss(tensor([1, 2]), tensor([1, 4])) // tensor(1.)
 */
export function l1Loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const reduction = checkReduction('l1Loss', options.reduction);
  checkSameShape('l1Loss', input, target);
  return reduceElementwise(absoluteError.operator, [input, target], reduction, input.count);
}

/**
 * `mseLoss` as an object (PyTorch: `nn.MSELoss`).
 *
 * @example new MSELoss().forward(tensor([1, 2]), tensor([1, 4])) // tensor(2.)
 */
export class MSELoss {
  readonly reduction: Reduction;

  constructor(options: LossOptions = {}) {
    this.reduction = checkReduction('MSELoss', options.reduction);
  }

  /** The loss of `input`, given what it should be. */
  forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, { reduction: this.reduction });
  }

  toString(): string {
    return 'MSELoss()';
  }
}

/**
 * `l1Loss` as an object (PyTorch: `nn.L1Loss`).
 *
 * @example new L1Loss().forward(tensor([1, 2]), tensor([1, 4])) // tensor(1.)
 */
export class L1Loss {
  readonly reduction: Reduction;

  constructor(options: LossOptions = {}) {
    this.reduction = checkReduction('L1Loss', options.reduction);
  }

  /** The loss of `input`, given what it should be. */
  forward(input: Tensor, target: Tensor): Tensor {
    return l1Loss(input, target, { reduction: this.reduction });
  }

  toString(): string {
    return 'L1Loss()';
  }
}

type Expr = ReturnType<typeof scalar.neg>;
const s = scalar;

// The quotient and the difference are chosen so that both sides meet at |d| = beta.
const smoothL1 = /*#__PURE__*/ ternary('smoothL1Loss', {
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
    // Asked this way round, NaN stays NaN.
    const slope = s.select(s.ge(s.abs(d), beta), s.sign(d), s.div(d, beta));
    return [s.mul(g, slope), s.neg(s.mul(g, slope)), null];
  },
});

/** Options of `smoothL1Loss`. */
export interface SmoothL1LossOptions extends LossOptions {
  /** Below this difference the loss is quadratic, above it linear. Default: 1; 0 is `l1Loss`. */
  beta?: number;
}

function checkPositive(loss: string, name: string, value: number, zero: boolean): void {
  if (zero ? value >= 0 : value > 0) return;
  throw new ValueError(`${loss}: ${name} must be ${zero ? '0 or more' : 'above 0'}, got ${value}`);
}

/**
 * Squared for small differences, absolute for large ones (PyTorch: `F.smooth_l1_loss`).
 *
 * @param input, target of one shape.
 * @throws ShapeError if the shapes differ; ValueError for a negative beta.
 * @example smoothL1Loss(tensor([0, 0]), tensor([0.5, 3])) // tensor(1.3125)
 */
export function smoothL1Loss(
  input: Tensor,
  target: Tensor,
  options: SmoothL1LossOptions = {},
): Tensor {
  const { beta = 1 } = options;
  checkPositive('smoothL1Loss', 'beta', beta, true);
  if (beta === 0) return l1Loss(input, target, options);
  const reduction = checkReduction('smoothL1Loss', options.reduction);
  checkSameShape('smoothL1Loss', input, target);
  return reduceElementwise(smoothL1.operator, [input, target, beta], reduction, input.numel());
}

const huber = /*#__PURE__*/ ternary('huberLoss', {
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
    // Asked this way round, NaN stays NaN.
    const slope = s.select(s.gt(s.abs(d), delta), s.mul(delta, s.sign(d)), d);
    return [s.mul(g, slope), s.neg(s.mul(g, slope)), null];
  },
});

/** Options of `huberLoss`. */
export interface HuberLossOptions extends LossOptions {
  /** Below this difference the loss is quadratic, above it linear. Default: 1. */
  delta?: number;
}

/**
 * Squared for small differences, linear with slope `delta` for large ones (PyTorch: `F.huber_loss`;
 * Huber 1964).
 *
 * @param input, target of one shape.
 * @throws ShapeError if the shapes differ; ValueError unless delta is positive.
 * @example huberLoss(tensor([0, 0]), tensor([0.5, 3])) // tensor(1.3125)
 */
export function huberLoss(input: Tensor, target: Tensor, options: HuberLossOptions = {}): Tensor {
  const { delta = 1 } = options;
  checkPositive('huberLoss', 'delta', delta, false);
  const reduction = checkReduction('huberLoss', options.reduction);
  checkSameShape('huberLoss', input, target);
  return reduceElementwise(huber.operator, [input, target, delta], reduction, input.numel());
}

/**
 * `smoothL1Loss` as an object (PyTorch: `nn.SmoothL1Loss`).
 *
 * @example new SmoothL1Loss({ beta: 0.5 }).forward(input, target)
 */
export class SmoothL1Loss {
  readonly reduction: Reduction;
  readonly beta: number;

  constructor(options: SmoothL1LossOptions = {}) {
    this.reduction = checkReduction('SmoothL1Loss', options.reduction);
    this.beta = options.beta ?? 1;
    checkPositive('SmoothL1Loss', 'beta', this.beta, true);
  }

  /** The loss of `input`, given what it should be. */
  forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(input, target, { reduction: this.reduction, beta: this.beta });
  }

  toString(): string {
    return 'SmoothL1Loss()';
  }
}

/**
 * `huberLoss` as an object (PyTorch: `nn.HuberLoss`).
 *
 * @example new HuberLoss({ delta: 2 }).forward(input, target)
 */
export class HuberLoss {
  readonly reduction: Reduction;
  readonly delta: number;

  constructor(options: HuberLossOptions = {}) {
    this.reduction = checkReduction('HuberLoss', options.reduction);
    this.delta = options.delta ?? 1;
    checkPositive('HuberLoss', 'delta', this.delta, false);
  }

  /** The loss of `input`, given what it should be. */
  forward(input: Tensor, target: Tensor): Tensor {
    return huberLoss(input, target, { reduction: this.reduction, delta: this.delta });
  }

  toString(): string {
    return 'HuberLoss()';
  }
}
