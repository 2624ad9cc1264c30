// Dropout as a module.
import { dropout, type Tensor } from '@dl/core/functional';
import { checkProbability } from './arguments.js';
import type { Config } from './config.js';
import { pyNumber } from './format.js';
import { Module } from './module.js';

/**
 * While training, sets elements to 0 with probability `p` and scales the others by `1 / (1 - p)`
 * (Srivastava et al. 2014; PyTorch: `nn.Dropout`). After `eval()` it gives its input back.
 *
 * @throws ValueError for a probability outside [0, 1].
 * @example new Dropout(0.2).eval().forward(x) // x
 */
export class Dropout extends Module<[Tensor], Tensor> {
  readonly p: number;

  constructor(p = 0.5) {
    super();
    this.p = checkProbability('Dropout', 'p', p);
  }

  override forward(x: Tensor): Tensor {
    return dropout(x, this.p, { training: this.training });
  }

  override extraRepr(): string {
    // PyTorch prints the number as it was given, and a whole one is mostly given as 0 or 1.
    return `p=${pyNumber(this.p)}, inplace=False`;
  }

  /** The arguments as plain data. */
  config(): Config {
    return { p: this.p };
  }
}
