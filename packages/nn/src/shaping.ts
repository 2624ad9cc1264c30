// Identity, Flatten and Unflatten: layers that compute nothing.
import { flatten, type Shape, type Tensor, unflatten, ValueError } from '@dl/core/functional';
import type { Config } from './config.js';
import { pyTuple } from './format.js';
import { Module } from './module.js';

/**
 * Gives its input back (PyTorch: `nn.Identity`).
 *
 * @example new Identity().forward(x) // x
 */
export class Identity extends Module<[Tensor], Tensor> {
  override forward(x: Tensor): Tensor {
    return x;
  }
}

/**
 * Dimensions `startDim` to `endDim` as one (PyTorch: `nn.Flatten`).
 *
 * @example new Flatten().forward(zeros([32, 28, 28])).shape // [32, 784]
 */
export class Flatten extends Module<[Tensor], Tensor> {
  readonly startDim: number;
  readonly endDim: number;

  constructor(startDim = 1, endDim = -1) {
    super();
    this.startDim = startDim;
    this.endDim = endDim;
  }

  override forward(x: Tensor): Tensor {
    return flatten(x, this.startDim, this.endDim);
  }

  override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
  }

  /** The arguments as plain data. */
  config(): Config {
    return { start_dim: this.startDim, end_dim: this.endDim };
  }
}

/**
 * One dimension as several (PyTorch: `nn.Unflatten`).
 *
 * @param dim the dimension, which may be negative.
 * @param unflattenedSize the sizes that it becomes; one may be -1.
 * @throws ShapeError if they do not multiply to it.
 * @example new Unflatten(1, [1, 28, 28]).forward(zeros([32, 784])).shape // [32, 1, 28, 28]
 */
export class Unflatten extends Module<[Tensor], Tensor> {
  readonly dim: number;
  readonly unflattenedSize: Shape;

  constructor(dim: number, unflattenedSize: Shape) {
    super();
    if (!Number.isInteger(dim) || !Array.isArray(unflattenedSize)) {
      throw new ValueError(
        `Unflatten: expected a dimension and a list of sizes, got ${String(dim)} and ${JSON.stringify(unflattenedSize)}`,
      );
    }
    this.dim = dim;
    this.unflattenedSize = unflattenedSize;
  }

  override forward(x: Tensor): Tensor {
    return unflatten(x, this.dim, this.unflattenedSize);
  }

  override extraRepr(): string {
    return `dim=${this.dim}, unflattened_size=${pyTuple(this.unflattenedSize)}`;
  }

  /** The arguments as plain data. */
  config(): Config {
    return { dim: this.dim, unflattened_size: this.unflattenedSize };
  }
}
