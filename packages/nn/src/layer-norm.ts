// LayerNorm and RMSNorm: layers that normalize over the last dimensions.
import {
  type GivenTo,
  kinds,
  layerNorm,
  may,
  need,
  rmsNorm,
  type Shape,
  type Tensor,
  takes,
  ValueError,
} from '@dl/core/functional';
import { newAffine, resetAffine } from './affine.js';
import { checkSize, type FactoryOptions, factory, factoryKinds, input } from './arguments.js';
import type { Config } from './config.js';
import { Module } from './module.js';
import type { Parameter } from './parameter.js';
import { pyBool, pyFloat, pyTuple } from './python-format.js';

/** The sizes of the last dimensions that a layer normalizes over, from one size or a list. */
function normalizedShapeOf(type: string, value: number | Shape): Shape {
  const shape = typeof value === 'number' ? [value] : value;
  if (shape.length === 0) {
    throw new ValueError(
      `${type}: normalizedShape must be a size or a list of sizes, got ${JSON.stringify(value)}`,
    );
  }
  for (const n of shape) checkSize(type, 'normalizedShape', n);
  return Object.freeze([...shape]);
}

/** Options of `LayerNorm`. */
export interface LayerNormOptions extends FactoryOptions {
  /** Added to the variance. Default: 1e-5. */
  eps?: number;
  /** Learn a weight and a bias for each element. Default: true. */
  elementwiseAffine?: boolean;
  /** With `elementwiseAffine`: learn the bias too. Default: true. */
  bias?: boolean;
}

const layerNormTakes = /*#__PURE__*/ (() =>
  takes<[normalizedShape: number | Shape, eps?: number, options?: Omit<LayerNormOptions, 'eps'>]>()(
    'LayerNorm',
    [
      /*#__PURE__*/ need('normalizedShape', kinds.oneOrMore),
      /*#__PURE__*/ may('eps', kinds.number),
    ],
    {
      elementwiseAffine: kinds.boolean,
      bias: kinds.boolean,
      ...factoryKinds,
    },
  ))();

/**
 * Normalizes over the last dimensions (Ba et al. 2016; PyTorch: `nn.LayerNorm`).
 *
 * @param normalizedShape the sizes of those dimensions; a number is a list of one.
 * @throws ShapeError if the input's shape does not end in these sizes.
 * @example new LayerNorm(16).forward(randn([4, 10, 16])).shape // [4, 10, 16]
 */
export class LayerNorm extends Module<[Tensor], Tensor> {
  readonly normalizedShape: Shape;
  readonly eps: number;
  readonly elementwiseAffine: boolean;
  weight: Parameter | null;
  bias: Parameter | null;

  constructor(...given: GivenTo<typeof layerNormTakes>) {
    super();
    const [normalizedShape, eps = 1e-5, options = {}] = layerNormTakes.take(given);
    this.normalizedShape = normalizedShapeOf('LayerNorm', normalizedShape);
    this.eps = eps;
    this.elementwiseAffine = options.elementwiseAffine ?? true;
    const { weight, bias } = newAffine(
      this.normalizedShape,
      { affine: this.elementwiseAffine, bias: options.bias },
      factory('LayerNorm', options),
    );
    this.weight = weight;
    this.bias = bias;
    this.resetParameters();
  }

  /** Resets the weight to 1 and the bias to 0 (PyTorch: `reset_parameters`). */
  resetParameters(): void {
    resetAffine(this);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return layerNorm(x, this.normalizedShape, this.weight, this.bias, { eps: this.eps });
  }

  override extraRepr(): string {
    return `${pyTuple(this.normalizedShape)}, eps=${pyFloat(this.eps)}, elementwise_affine=${pyBool(this.elementwiseAffine)}, bias=${pyBool(this.bias !== null)}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return {
      normalized_shape: this.normalizedShape,
      eps: this.eps,
      elementwise_affine: this.elementwiseAffine,
      bias: this.bias !== null || !this.elementwiseAffine,
    };
  }
}

/** Options of `RMSNorm`. */
export interface RMSNormOptions extends FactoryOptions {
  /** Added to the mean square; null is 2⁻²³, or 2⁻⁵² for float64 inputs. Default: null. */
  eps?: number | null;
  /** Learn a weight for each element. Default: true. */
  elementwiseAffine?: boolean;
}

const rmsNormTakes = /*#__PURE__*/ (() =>
  takes<
    [normalizedShape: number | Shape, eps?: number | null, options?: Omit<RMSNormOptions, 'eps'>]
  >()(
    'RMSNorm',
    [
      /*#__PURE__*/ need('normalizedShape', kinds.oneOrMore),
      /*#__PURE__*/ may('eps', /*#__PURE__*/ kinds.orNull(kinds.number)),
    ],
    { elementwiseAffine: kinds.boolean, ...factoryKinds },
  ))();

/**
 * Divides by the root mean square over the last dimensions (Zhang & Sennrich 2019; PyTorch: `nn.RMSNorm`).
 *
 * @param normalizedShape the sizes of those dimensions; a number is a list of one.
 * @throws ShapeError if the input's shape does not end in these sizes.
 * @example new RMSNorm(16).forward(randn([4, 10, 16])).shape // [4, 10, 16]
 */
export class RMSNorm extends Module<[Tensor], Tensor> {
  readonly normalizedShape: Shape;
  readonly eps: number | null;
  readonly elementwiseAffine: boolean;
  weight: Parameter | null;

  constructor(...given: GivenTo<typeof rmsNormTakes>) {
    super();
    const [normalizedShape, eps = null, options = {}] = rmsNormTakes.take(given);
    this.normalizedShape = normalizedShapeOf('RMSNorm', normalizedShape);
    this.eps = eps;
    this.elementwiseAffine = options.elementwiseAffine ?? true;
    const { weight } = newAffine(
      this.normalizedShape,
      { affine: this.elementwiseAffine, bias: false },
      factory('RMSNorm', options),
    );
    this.weight = weight;
    this.resetParameters();
  }

  /** Resets the weight to 1 (PyTorch: `reset_parameters`). */
  resetParameters(): void {
    resetAffine(this);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return rmsNorm(x, this.normalizedShape, this.weight, { eps: this.eps });
  }

  override extraRepr(): string {
    const eps = this.eps === null ? 'None' : pyFloat(this.eps);
    return `${pyTuple(this.normalizedShape)}, eps=${eps}, elementwise_affine=${pyBool(this.elementwiseAffine)}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return {
      normalized_shape: this.normalizedShape,
      eps: this.eps,
      elementwise_affine: this.elementwiseAffine,
    };
  }
}
