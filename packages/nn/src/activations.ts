// Activations as modules.
import {
  copy_,
  elu,
  full,
  type GivenTo,
  gelu,
  gt,
  hardswish,
  hardtanh,
  isGradEnabled,
  kinds,
  leakyRelu,
  logSoftmax,
  logsigmoid,
  may,
  mish,
  mul,
  need,
  neg,
  relu,
  relu6,
  ShapeError,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  softsign,
  type Tensor,
  takes,
  tanh,
  ValueError,
  view,
  where,
} from '@dl/core/functional';
import { checkSize, type FactoryOptions, factory, factoryKinds, input } from './arguments.js';
import type { Config } from './config.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { pyFloat } from './python-format.js';

/** Base of the activations that can write into their input. */
abstract class MaybeInPlace extends Module<[Tensor], Tensor> {
  /** Whether the module writes the result into its input. */
  readonly inplace: boolean;

  /** @internal */
  constructor(inplace = false) {
    super();
    this.inplace = inplace;
  }

  override extraRepr(): string {
    return this.inplace ? 'inplace=True' : '';
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return this.inplace ? { inplace: true } : {};
  }
}

const reluTakes = /*#__PURE__*/ (() =>
  takes<[inplace?: boolean]>()('ReLU', [/*#__PURE__*/ may('inplace', kinds.boolean)], {}))();

/**
 * `max(x, 0)` (PyTorch: `nn.ReLU`).
 *
 * @example new ReLU().forward(tensor([-1, 2])) // tensor([0., 2.])
 */
export class ReLU extends MaybeInPlace {
  constructor(...given: GivenTo<typeof reluTakes>) {
    super(reluTakes.take(given)[0]);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return this.inplace ? relu.operator.applyInPlace([x]) : relu(x);
  }
}

const relu6Takes = /*#__PURE__*/ (() =>
  takes<[inplace?: boolean]>()('ReLU6', [/*#__PURE__*/ may('inplace', kinds.boolean)], {}))();

/**
 * `min(max(x, 0), 6)` (PyTorch: `nn.ReLU6`).
 *
 * @example new ReLU6().forward(tensor([-1, 8])) // tensor([0., 6.])
 */
export class ReLU6 extends MaybeInPlace {
  constructor(...given: GivenTo<typeof relu6Takes>) {
    super(relu6Takes.take(given)[0]);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return this.inplace ? relu6.operator.applyInPlace([x]) : relu6(x);
  }
}

const leakyReluTakes = /*#__PURE__*/ (() =>
  takes<[negativeSlope?: number, inplace?: boolean]>()(
    'LeakyReLU',
    [/*#__PURE__*/ may('negativeSlope', kinds.number), /*#__PURE__*/ may('inplace', kinds.boolean)],
    {},
  ))();

/**
 * `x` if it is positive, otherwise `negativeSlope · x` (PyTorch: `nn.LeakyReLU`).
 *
 * @example new LeakyReLU(0.1).forward(tensor([-1, 2])) // tensor([-0.1000,  2.0000])
 */
export class LeakyReLU extends MaybeInPlace {
  readonly negativeSlope: number;

  constructor(...given: GivenTo<typeof leakyReluTakes>) {
    const [negativeSlope = 0.01, inplace] = leakyReluTakes.take(given);
    super(inplace);
    this.negativeSlope = negativeSlope;
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    const { negativeSlope } = this;
    return this.inplace
      ? leakyRelu.operator.applyInPlace([x, negativeSlope])
      : leakyRelu(x, negativeSlope);
  }

  override extraRepr(): string {
    const shown = `negative_slope=${pyFloat(this.negativeSlope)}`;
    return this.inplace ? `${shown}, inplace=True` : shown;
  }

  override config(): Config {
    return { ...super.config(), negative_slope: this.negativeSlope };
  }
}

const eluTakes = /*#__PURE__*/ (() =>
  takes<[alpha?: number, inplace?: boolean]>()(
    'ELU',
    [/*#__PURE__*/ may('alpha', kinds.number), /*#__PURE__*/ may('inplace', kinds.boolean)],
    {},
  ))();

/**
 * `x` if it is positive, otherwise `alpha · (eˣ - 1)` (PyTorch: `nn.ELU`).
 *
 * @example new ELU().forward(tensor([-1, 2])) // tensor([-0.6321,  2.0000])
 */
export class ELU extends MaybeInPlace {
  readonly alpha: number;

  constructor(...given: GivenTo<typeof eluTakes>) {
    const [alpha = 1, inplace] = eluTakes.take(given);
    super(inplace);
    this.alpha = alpha;
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    const { alpha } = this;
    return this.inplace ? elu.operator.applyInPlace([x, alpha]) : elu(x, alpha);
  }

  override extraRepr(): string {
    const shown = `alpha=${pyFloat(this.alpha)}`;
    return this.inplace ? `${shown}, inplace=True` : shown;
  }

  override config(): Config {
    return { ...super.config(), alpha: this.alpha };
  }
}

const seluTakes = /*#__PURE__*/ (() =>
  takes<[inplace?: boolean]>()('SELU', [/*#__PURE__*/ may('inplace', kinds.boolean)], {}))();

/**
 * A scaled ELU whose outputs keep mean 0 and variance 1 (Klambauer et al. 2017; PyTorch: `nn.SELU`).
 *
 * @example new SELU().forward(tensor([-1, 2])) // tensor([-1.1113,  2.1014])
 */
export class SELU extends MaybeInPlace {
  constructor(...given: GivenTo<typeof seluTakes>) {
    super(seluTakes.take(given)[0]);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return this.inplace ? selu.operator.applyInPlace([x]) : selu(x);
  }
}

const hardtanhTakes = /*#__PURE__*/ (() =>
  takes<[minVal?: number, maxVal?: number, inplace?: boolean]>()(
    'Hardtanh',
    [
      /*#__PURE__*/ may('minVal', kinds.number),
      /*#__PURE__*/ may('maxVal', kinds.number),
      /*#__PURE__*/ may('inplace', kinds.boolean),
    ],
    {},
  ))();

/**
 * `x` clamped to `[minVal, maxVal]`, by default `[-1, 1]` (PyTorch: `nn.Hardtanh`).
 *
 * @example new Hardtanh().forward(tensor([-3, 0.5])) // tensor([-1.0000,  0.5000])
 */
export class Hardtanh extends MaybeInPlace {
  readonly minVal: number;
  readonly maxVal: number;

  constructor(...given: GivenTo<typeof hardtanhTakes>) {
    const [minVal = -1, maxVal = 1, inplace] = hardtanhTakes.take(given);
    super(inplace);
    if (!(maxVal > minVal)) {
      throw new ValueError(
        `Hardtanh: maxVal must be greater than minVal, got minVal ${minVal} and maxVal ${maxVal}`,
      );
    }
    this.minVal = minVal;
    this.maxVal = maxVal;
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    const { minVal, maxVal } = this;
    if (!this.inplace) return hardtanh(x, minVal, maxVal);
    // The gradient needs the elements that are overwritten.
    return copy_(x, hardtanh(isGradEnabled() && x.requiresGrad ? x.clone() : x, minVal, maxVal));
  }

  override extraRepr(): string {
    const shown = `min_val=${pyFloat(this.minVal)}, max_val=${pyFloat(this.maxVal)}`;
    return this.inplace ? `${shown}, inplace=True` : shown;
  }

  override config(): Config {
    return { ...super.config(), min_val: this.minVal, max_val: this.maxVal };
  }
}

const hardswishTakes = /*#__PURE__*/ (() =>
  takes<[inplace?: boolean]>()('Hardswish', [/*#__PURE__*/ may('inplace', kinds.boolean)], {}))();

/**
 * `x · min(max(x + 3, 0), 6) / 6` (PyTorch: `nn.Hardswish`).
 *
 * @example new Hardswish().forward(tensor([1])) // tensor([0.6667])
 */
export class Hardswish extends MaybeInPlace {
  constructor(...given: GivenTo<typeof hardswishTakes>) {
    super(hardswishTakes.take(given)[0]);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return this.inplace ? hardswish.operator.applyInPlace([x]) : hardswish(x);
  }

  /** PyTorch does not show `inplace` here. */
  override extraRepr(): string {
    return '';
  }
}

const preluTakes = /*#__PURE__*/ (() =>
  takes<[numParameters?: number, init?: number, options?: FactoryOptions]>()(
    'PReLU',
    [/*#__PURE__*/ may('numParameters', kinds.integer), /*#__PURE__*/ may('init', kinds.number)],
    factoryKinds,
  ))();

/**
 * `x` if it is positive, otherwise a learnable slope times `x` (He et al. 2015; PyTorch: `nn.PReLU`).
 *
 * Shapes: weight `[numParameters]`; `numParameters` is 1, or the number of channels (dimension 1).
 *
 * @throws ValueError for another `numParameters`; ShapeError if the input has a different number of channels.
 * @example new PReLU().forward(tensor([-1, 2])) // tensor([-0.2500,  2.0000])
 */
export class PReLU extends Module<[Tensor], Tensor> {
  readonly numParameters: number;
  weight: Parameter;

  constructor(...given: GivenTo<typeof preluTakes>) {
    super();
    const [numParameters = 1, init = 0.25, options = {}] = preluTakes.take(given);
    this.numParameters = checkSize('PReLU', 'numParameters', numParameters, 1);
    this.weight = new Parameter(full([numParameters], init, factory('PReLU', options)));
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    const n = this.numParameters;
    if (n > 1 && x.shape[1] !== n) {
      throw new ShapeError(
        `PReLU: expected ${n} channels in dimension 1, got shape [${x.shape.join(', ')}]`,
      );
    }
    const factor = n === 1 ? this.weight : view(this.weight, [n, ...x.shape.slice(2).map(() => 1)]);
    return where(gt(x, 0), x, mul(factor, x));
  }

  override extraRepr(): string {
    return `num_parameters=${this.numParameters}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return { num_parameters: this.numParameters };
  }
}

const geluTakes = /*#__PURE__*/ (() =>
  takes<[approximate?: 'none' | 'tanh']>()(
    'GELU',
    [/*#__PURE__*/ may('approximate', /*#__PURE__*/ kinds.oneOf('none', 'tanh'))],
    {},
  ))();

/**
 * `x · Φ(x)`, where Φ is the cumulative distribution function of the standard normal distribution (PyTorch: `nn.GELU`).
 *
 * @param approximate `'tanh'` uses the tanh approximation. Default: `'none'`.
 * @throws ValueError for any other approximation.
 * @example new GELU().forward(tensor([1])) // tensor([0.8413])
 */
export class GELU extends Module<[Tensor], Tensor> {
  readonly approximate: 'none' | 'tanh';

  constructor(...given: GivenTo<typeof geluTakes>) {
    super();
    [this.approximate = 'none'] = geluTakes.take(given);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return gelu(x, { approximate: this.approximate });
  }

  override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return { approximate: this.approximate };
  }
}

/**
 * `1 / (1 + e⁻ˣ)` (PyTorch: `nn.Sigmoid`).
 *
 * @example new Sigmoid().forward(tensor([0])) // tensor([0.5000])
 */
export class Sigmoid extends Module<[Tensor], Tensor> {
  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return sigmoid(x);
  }
}

/**
 * The logarithm of the sigmoid (PyTorch: `nn.LogSigmoid`).
 *
 * @example new LogSigmoid().forward(tensor([0])) // tensor([-0.6931])
 */
export class LogSigmoid extends Module<[Tensor], Tensor> {
  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return logsigmoid(x);
  }
}

/**
 * The hyperbolic tangent (PyTorch: `nn.Tanh`).
 *
 * @example new Tanh().forward(tensor([0])) // tensor([0.])
 */
export class Tanh extends Module<[Tensor], Tensor> {
  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return tanh(x);
  }
}

const siluTakes = /*#__PURE__*/ (() =>
  takes<[inplace?: boolean]>()('SiLU', [/*#__PURE__*/ may('inplace', kinds.boolean)], {}))();

/**
 * `x · sigmoid(x)` (PyTorch: `nn.SiLU`).
 *
 * @example new SiLU().forward(tensor([0])) // tensor([0.])
 */
export class SiLU extends MaybeInPlace {
  constructor(...given: GivenTo<typeof siluTakes>) {
    super(siluTakes.take(given)[0]);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return this.inplace ? silu.operator.applyInPlace([x]) : silu(x);
  }
}

const mishTakes = /*#__PURE__*/ (() =>
  takes<[inplace?: boolean]>()('Mish', [/*#__PURE__*/ may('inplace', kinds.boolean)], {}))();

/**
 * `x · tanh(softplus(x))` (PyTorch: `nn.Mish`).
 *
 * @example new Mish().forward(tensor([0])) // tensor([0.])
 */
export class Mish extends MaybeInPlace {
  constructor(...given: GivenTo<typeof mishTakes>) {
    super(mishTakes.take(given)[0]);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return this.inplace ? mish.operator.applyInPlace([x]) : mish(x);
  }
}

/**
 * `x / (1 + |x|)` (PyTorch: `nn.Softsign`).
 *
 * @example new Softsign().forward(tensor([1])) // tensor([0.5000])
 */
export class Softsign extends Module<[Tensor], Tensor> {
  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return softsign(x);
  }
}

const softplusTakes = /*#__PURE__*/ (() =>
  takes<[beta?: number, threshold?: number]>()(
    'Softplus',
    [/*#__PURE__*/ may('beta', kinds.number), /*#__PURE__*/ may('threshold', kinds.number)],
    {},
  ))();

/**
 * `log(1 + e^(beta·x)) / beta`, linear where `beta·x > threshold` (PyTorch: `nn.Softplus`).
 *
 * @example new Softplus().forward(tensor([0])) // tensor([0.6931])
 */
export class Softplus extends Module<[Tensor], Tensor> {
  readonly beta: number;
  readonly threshold: number;

  constructor(...given: GivenTo<typeof softplusTakes>) {
    super();
    const [beta = 1, threshold = 20] = softplusTakes.take(given);
    this.beta = beta;
    this.threshold = threshold;
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return softplus(x, this.beta, this.threshold);
  }

  override extraRepr(): string {
    return `beta=${pyFloat(this.beta)}, threshold=${pyFloat(this.threshold)}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return { beta: this.beta, threshold: this.threshold };
  }
}

/** The dimension along which the values sum to 1. */
const sumDim = /*#__PURE__*/ kinds.kind<number>(
  'an integer: the dimension along which the values sum to 1, such as -1 for the last',
  kinds.integer.is,
);

const softmaxTakes = /*#__PURE__*/ (() =>
  takes<[dim: number]>()('Softmax', [/*#__PURE__*/ need('dim', sumDim)], {}))();

/**
 * `eˣ / Σeˣ` along a dimension (PyTorch: `nn.Softmax`). Do not use it before `crossEntropy`, which expects
 * logits.
 *
 * @throws ValueError if `dim` is missing; PyTorch would guess it.
 * @example new Softmax(0).forward(tensor([0, 0])) // tensor([0.5000, 0.5000])
 */
export class Softmax extends Module<[Tensor], Tensor> {
  readonly dim: number;

  constructor(...given: GivenTo<typeof softmaxTakes>) {
    super();
    [this.dim] = softmaxTakes.take(given);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return softmax(x, this.dim);
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return { dim: this.dim };
  }
}

const logSoftmaxTakes = /*#__PURE__*/ (() =>
  takes<[dim: number]>()('LogSoftmax', [/*#__PURE__*/ need('dim', sumDim)], {}))();

/**
 * The logarithm of softmax (PyTorch: `nn.LogSoftmax`).
 *
 * @throws ValueError if `dim` is missing; PyTorch would guess it.
 * @example new LogSoftmax(0).forward(tensor([0, 0])) // tensor([-0.6931, -0.6931])
 */
export class LogSoftmax extends Module<[Tensor], Tensor> {
  readonly dim: number;

  constructor(...given: GivenTo<typeof logSoftmaxTakes>) {
    super();
    [this.dim] = logSoftmaxTakes.take(given);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return logSoftmax(x, this.dim);
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return { dim: this.dim };
  }
}

const softminTakes = /*#__PURE__*/ (() =>
  takes<[dim: number]>()('Softmin', [/*#__PURE__*/ need('dim', sumDim)], {}))();

/**
 * `e⁻ˣ / Σe⁻ˣ` along a dimension, so that the smallest elements get the largest values (PyTorch: `nn.Softmin`).
 *
 * @throws ValueError if `dim` is missing; PyTorch would guess it.
 * @example new Softmin(0).forward(tensor([0, 0])) // tensor([0.5000, 0.5000])
 */
export class Softmin extends Module<[Tensor], Tensor> {
  readonly dim: number;

  constructor(...given: GivenTo<typeof softminTakes>) {
    super();
    [this.dim] = softminTakes.take(given);
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return softmax(neg(x), this.dim);
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return { dim: this.dim };
  }
}
