// Losses between numbers.
import { binary, scalar, type Tensor } from '@dl/core';
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
