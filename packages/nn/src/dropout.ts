// Dropout as a module.
import { copy_, dropout, type GivenTo, kinds, may, type Tensor, takes } from '@dl/core/functional';
import { checkProbability, input } from './arguments.js';
import type { Config } from './config.js';
import { Module } from './module.js';
import { pyBool, pyNumber } from './python-format.js';

const dropoutTakes = /*#__PURE__*/ (() =>
  takes<[p?: number, inplace?: boolean]>()(
    'Dropout',
    [/*#__PURE__*/ may('p', kinds.number), /*#__PURE__*/ may('inplace', kinds.boolean)],
    {},
  ))();

/**
 * During training, sets elements to 0 with probability `p` and scales the others by `1 / (1 - p)`
 * (Srivastava et al. 2014; PyTorch: `nn.Dropout`). After `eval()` it returns its input.
 *
 * @throws ValueError for a probability outside [0, 1].
 * @example new Dropout(0.2).eval().forward(x) // x
 */
export class Dropout extends Module<[Tensor], Tensor> {
  readonly p: number;

  /** Whether the module writes the result into its input. */
  readonly inplace: boolean;

  constructor(...given: GivenTo<typeof dropoutTakes>) {
    super();
    const [p = 0.5, inplace = false] = dropoutTakes.take(given);
    this.inplace = inplace;
    this.p = checkProbability('Dropout', 'p', p);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    const out = dropout(x, this.p, { training: this.training });
    return this.inplace && out !== x ? copy_(x, out) : out;
  }

  override extraRepr(): string {
    // PyTorch prints the number as the user wrote it; integers are usually written as 0 or 1.
    return `p=${pyNumber(this.p)}, inplace=${pyBool(this.inplace)}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return { p: this.p, ...(this.inplace && { inplace: true }) };
  }
}
