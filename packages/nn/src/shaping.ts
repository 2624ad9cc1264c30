// Identity and Flatten: layers that compute nothing.
import { flatten, type Tensor } from '@dl/core';
import type { Config } from './config.js';
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
