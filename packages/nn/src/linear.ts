// Linear: the fully connected layer.
import { empty, type GivenTo, kinds, linear, need, type Tensor, takes } from '@dl/core/functional';
import { checkSize, type FactoryOptions, factory, factoryKinds, input } from './arguments.js';
import type { Config } from './config.js';
import { kaimingUniform_, uniform_ } from './init.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { pyBool } from './python-format.js';

/** Options of `Linear`. */
export interface LinearOptions extends FactoryOptions {
  /** Add a learnable bias. Default: true. */
  bias?: boolean;
}

const linearTakes = /*#__PURE__*/ (() =>
  takes<[inFeatures: number, outFeatures: number, options?: LinearOptions]>()(
    'Linear',
    [
      /*#__PURE__*/ need('inFeatures', kinds.integer),
      /*#__PURE__*/ need('outFeatures', kinds.integer),
    ],
    {
      bias: kinds.boolean,
      ...factoryKinds,
    },
  ))();

/**
 * `x · weightᵀ + bias` over the last dimension (PyTorch: `nn.Linear`). Initial values are uniform
 * within ±1/√inFeatures, drawn as PyTorch draws them: the weight first.
 *
 * Shapes: input `[..., inFeatures]`, output `[..., outFeatures]`, weight `[outFeatures, inFeatures]`,
 * bias `[outFeatures]`.
 *
 * @throws ValueError for sizes that are not integers.
 * @example new Linear(784, 10).forward(randn([32, 784])).shape // [32, 10]
 */
export class Linear extends Module<[Tensor], Tensor> {
  readonly inFeatures: number;
  readonly outFeatures: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(...given: GivenTo<typeof linearTakes>) {
    super();
    const [inFeatures, outFeatures, options = {}] = linearTakes.take(given);
    this.inFeatures = checkSize('Linear', 'inFeatures', inFeatures);
    this.outFeatures = checkSize('Linear', 'outFeatures', outFeatures);
    const { bias = true } = options;
    const made = factory('Linear', options);
    this.weight = new Parameter(empty([outFeatures, inFeatures], made));
    this.bias = bias ? new Parameter(empty([outFeatures], made)) : null;
    this.resetParameters();
  }

  /** Draws new initial values (PyTorch: `reset_parameters`). */
  resetParameters(): void {
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    if (this.bias === null) return;
    const bound = this.inFeatures > 0 ? 1 / Math.sqrt(this.inFeatures) : 0;
    // Not -bound: a bound of 0 would then give -0.
    uniform_(this.bias, 0 - bound, bound);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return linear(x, this.weight, this.bias);
  }

  override extraRepr(): string {
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${pyBool(this.bias !== null)}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    const { inFeatures: in_features, outFeatures: out_features } = this;
    return { in_features, out_features, bias: this.bias !== null };
  }
}
