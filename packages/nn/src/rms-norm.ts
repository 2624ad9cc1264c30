// RMSNorm.
import {
  empty,
  type GivenTo,
  kinds,
  may,
  need,
  rmsNorm,
  type Shape,
  type Tensor,
  takes,
} from '@dl/core/functional';
import {
  type FactoryOptions,
  factory,
  factoryKinds,
  input,
  normalizedShapeOf,
  sizes,
} from './arguments.js';
import type { Config } from './config.js';
import { pyBool, pyFloat, pyTuple } from './format.js';
import { ones_ } from './init.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

/** Options of `RMSNorm`. */
export interface RMSNormOptions extends FactoryOptions {
  /** Added to the mean square; null stands for 2⁻²³, and 2⁻⁵² for float64 inputs. Default: null. */
  eps?: number | null;
  /** Train a factor for each element. Default: true. */
  elementwiseAffine?: boolean;
}

const rmsNormTakes = /*#__PURE__*/ (() =>
  takes<
    [normalizedShape: number | Shape, eps?: number | null, options?: Omit<RMSNormOptions, 'eps'>]
  >()(
    'RMSNorm',
    [
      /*#__PURE__*/ need('normalizedShape', sizes),
      /*#__PURE__*/ may('eps', /*#__PURE__*/ kinds.orNull(kinds.number)),
    ],
    { elementwiseAffine: kinds.boolean, ...factoryKinds },
  ))();

/**
 * Divides by the root of the mean square over the last dimensions (Zhang & Sennrich 2019; PyTorch: `nn.RMSNorm`).
 *
 * @param normalizedShape the sizes of those dimensions; a number stands for one.
 * @throws ShapeError if the input does not end in them.
 * @example new RMSNorm(16).forward(randn([4, 10, 16])).shape // [4, 10, 16]
 */
export class RMSNorm extends Module<[Tensor], Tensor> {
  readonly normalizedShape: Shape;
  readonly eps: number | null;
  readonly elementwiseAffine: boolean;
  weight: Parameter | null = null;

  constructor(...given: GivenTo<typeof rmsNormTakes>) {
    super();
    const [normalizedShape, eps = null, options = {}] = rmsNormTakes.take(given);
    this.normalizedShape = normalizedShapeOf('RMSNorm', normalizedShape);
    this.eps = eps;
    this.elementwiseAffine = options.elementwiseAffine ?? true;
    if (this.elementwiseAffine) {
      this.weight = new Parameter(empty(this.normalizedShape, factory('RMSNorm', options)));
    }
    this.resetParameters();
  }

  /** Sets the factor back to 1 (PyTorch: `reset_parameters`). */
  resetParameters(): void {
    if (this.weight !== null) ones_(this.weight);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return rmsNorm(x, this.normalizedShape, this.weight, { eps: this.eps });
  }

  override extraRepr(): string {
    const eps = this.eps === null ? 'None' : pyFloat(this.eps);
    return `${pyTuple(this.normalizedShape)}, eps=${eps}, elementwise_affine=${pyBool(this.elementwiseAffine)}`;
  }

  /** The arguments as plain data. */
  config(): Config {
    return {
      normalized_shape: this.normalizedShape,
      eps: this.eps,
      elementwise_affine: this.elementwiseAffine,
    };
  }
}
