// Identity, Flatten and Unflatten: layers that compute nothing.
import {
  flatten,
  type GivenTo,
  kinds,
  may,
  need,
  type Shape,
  type Tensor,
  takes,
  unflatten,
} from '@dl/core/functional';
import { input, oneInput } from './arguments.js';
import type { Config } from './config.js';
import { Module } from './module.js';
import { pyTuple } from './python-format.js';

/**
 * Returns its input (PyTorch: `nn.Identity`). As in PyTorch, the constructor accepts and ignores any arguments, so that
 * Identity can replace any layer.
 *
 * @example new Identity().forward(x) // x
 */
export class Identity extends Module<[Tensor], Tensor> {
  constructor(..._: readonly unknown[]) {
    super();
  }

  override forward(...given: [x: Tensor]): Tensor {
    return oneInput(this, given);
  }
}

const flattenTakes = /*#__PURE__*/ (() =>
  takes<[startDim?: number, endDim?: number]>()(
    'Flatten',
    [/*#__PURE__*/ may('startDim', kinds.integer), /*#__PURE__*/ may('endDim', kinds.integer)],
    {},
  ))();

/**
 * Flattens dimensions `startDim` to `endDim` into one (PyTorch: `nn.Flatten`).
 *
 * @example new Flatten().forward(zeros([32, 28, 28])).shape // [32, 784]
 */
export class Flatten extends Module<[Tensor], Tensor> {
  readonly startDim: number;
  readonly endDim: number;

  constructor(...given: GivenTo<typeof flattenTakes>) {
    super();
    [this.startDim = 1, this.endDim = -1] = flattenTakes.take(given);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return flatten(x, this.startDim, this.endDim);
  }

  override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return { start_dim: this.startDim, end_dim: this.endDim };
  }
}

// As in PyTorch, sizes must be a list: separate integers could be mistaken for other arguments.
const listOfSizes = /*#__PURE__*/ kinds.kind<Shape>('a list of integers', kinds.integers.is);

const unflattenTakes = /*#__PURE__*/ (() =>
  takes<[dim: number, unflattenedSize: Shape]>()(
    'Unflatten',
    [/*#__PURE__*/ need('dim', kinds.integer), /*#__PURE__*/ need('unflattenedSize', listOfSizes)],
    {},
  ))();

/**
 * Splits one dimension into several (PyTorch: `nn.Unflatten`).
 *
 * @param dim the dimension; a negative one counts from the end.
 * @param unflattenedSize the new sizes; one may be -1.
 * @throws ShapeError if their product is not the size of the dimension.
 * @example new Unflatten(1, [1, 28, 28]).forward(zeros([32, 784])).shape // [32, 1, 28, 28]
 */
export class Unflatten extends Module<[Tensor], Tensor> {
  readonly dim: number;
  readonly unflattenedSize: Shape;

  constructor(...given: GivenTo<typeof unflattenTakes>) {
    super();
    [this.dim, this.unflattenedSize] = unflattenTakes.take(given);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return unflatten(x, this.dim, this.unflattenedSize);
  }

  override extraRepr(): string {
    return `dim=${this.dim}, unflattened_size=${pyTuple(this.unflattenedSize)}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return { dim: this.dim, unflattened_size: this.unflattenedSize };
  }
}
