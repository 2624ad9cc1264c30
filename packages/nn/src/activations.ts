// Activations as modules.
import {
  elu,
  full,
  gelu,
  gt,
  hardswish,
  hardtanh,
  leakyRelu,
  logSoftmax,
  logsigmoid,
  mish,
  mul,
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
  tanh,
  ValueError,
  view,
  where,
} from '@dl/core/functional';
import { checkSize, type FactoryOptions, factory } from './arguments.js';
import type { Config } from './config.js';
import { pyFloat } from './format.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

/**
 * `max(x, 0)` (PyTorch: `nn.ReLU`).
 *
 * @example new ReLU().forward(tensor([-1, 2])) // tensor([0., 2.])
 */
export class ReLU extends Module<[Tensor], Tensor> {
  override forward(x: Tensor): Tensor {
    return relu(x);
  }
}

/**
 * `min(max(x, 0), 6)` (PyTorch: `nn.ReLU6`).
 *
 * @example new ReLU6().forward(tensor([-1, 8])) // tensor([0., 6.])
 */
export class ReLU6 extends Module<[Tensor], Tensor> {
  override forward(x: Tensor): Tensor {
    return relu6(x);
  }
}

/**
 * `x` where positive, else `negativeSlope · x` (PyTorch: `nn.LeakyReLU`).
 *
 * @example new LeakyReLU(0.1).forward(tensor([-1, 2])) // tensor([-0.1000,  2.0000])
 */
export class LeakyReLU extends Module<[Tensor], Tensor> {
  readonly negativeSlope: number;

  constructor(negativeSlope = 0.01) {
    super();
    this.negativeSlope = negativeSlope;
  }

  override forward(x: Tensor): Tensor {
    return leakyRelu(x, this.negativeSlope);
  }

  override extraRepr(): string {
    return `negative_slope=${pyFloat(this.negativeSlope)}`;
  }

  /** The arguments as plain data. */
  config(): Config {
    return { negative_slope: this.negativeSlope };
  }
}

/**
 * `x` where positive, else `alpha · (eˣ - 1)` (PyTorch: `nn.ELU`).
 *
 * @example new ELU().forward(tensor([-1, 2])) // tensor([-0.6321,  2.0000])
 */
export class ELU extends Module<[Tensor], Tensor> {
  readonly alpha: number;

  constructor(alpha = 1) {
    super();
    this.alpha = alpha;
  }

  override forward(x: Tensor): Tensor {
    return elu(x, this.alpha);
  }

  override extraRepr(): string {
    return `alpha=${pyFloat(this.alpha)}`;
  }

  /** The arguments as plain data. */
  config(): Config {
    return { alpha: this.alpha };
  }
}

/**
 * A scaled ELU whose outputs keep mean 0 and variance 1 (Klambauer et al. 2017; PyTorch: `nn.SELU`).
 *
 * @example new SELU().forward(tensor([-1, 2])) // tensor([-1.1113,  2.1014])
 */
export class SELU extends Module<[Tensor], Tensor> {
  override forward(x: Tensor): Tensor {
    return selu(x);
  }
}

/**
 * `x` between -1 and 1, else the nearer of them (PyTorch: `nn.Hardtanh`).
 *
 * @example new Hardtanh().forward(tensor([-3, 0.5])) // tensor([-1.0000,  0.5000])
 */
export class Hardtanh extends Module<[Tensor], Tensor> {
  override forward(x: Tensor): Tensor {
    return hardtanh(x);
  }

  override extraRepr(): string {
    return 'min_val=-1.0, max_val=1.0';
  }
}

/**
 * `x · min(max(x + 3, 0), 6) / 6` (PyTorch: `nn.Hardswish`).
 *
 * @example new Hardswish().forward(tensor([1])) // tensor([0.6667])
 */
export class Hardswish extends Module<[Tensor], Tensor> {
  override forward(x: Tensor): Tensor {
    return hardswish(x);
  }
}

/**
 * `x` where positive, else a trained factor times `x` (He et al. 2015; PyTorch: `nn.PReLU`).
 *
 * Shapes: weight `[numParameters]`: 1, or one for each channel (dimension 1).
 *
 * @throws ValueError for another number; ShapeError if the channels differ.
 * @example new PReLU().forward(tensor([-1, 2])) // tensor([-0.2500,  2.0000])
 */
export class PReLU extends Module<[Tensor], Tensor> {
  readonly numParameters: number;
  weight: Parameter;

  constructor(numParameters = 1, options: FactoryOptions & { init?: number } = {}) {
    super();
    this.numParameters = checkSize('PReLU', 'numParameters', numParameters, 1);
    this.weight = new Parameter(full([numParameters], options.init ?? 0.25, factory(options)));
  }

  override forward(x: Tensor): Tensor {
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

  /** The arguments as plain data. */
  config(): Config {
    return { num_parameters: this.numParameters };
  }
}

/**
 * `x · Φ(x)`, Φ being the normal distribution function (PyTorch: `nn.GELU`).
 *
 * @param options `approximate: 'tanh'` takes the approximation of the same name.
 * @throws ValueError for another approximation.
 * @example new GELU().forward(tensor([1])) // tensor([0.8413])
 */
export class GELU extends Module<[Tensor], Tensor> {
  readonly approximate: 'none' | 'tanh';

  constructor(options: { approximate?: 'none' | 'tanh' } = {}) {
    super();
    this.approximate = options.approximate ?? 'none';
    if (this.approximate !== 'none' && this.approximate !== 'tanh') {
      throw new ValueError(
        `GELU: approximate must be 'none' or 'tanh', got '${String(this.approximate)}'`,
      );
    }
  }

  override forward(x: Tensor): Tensor {
    return gelu(x, { approximate: this.approximate });
  }

  override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }

  /** The arguments as plain data. */
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
  override forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/**
 * The logarithm of the sigmoid (PyTorch: `nn.LogSigmoid`).
 *
 * @example new LogSigmoid().forward(tensor([0])) // tensor([-0.6931])
 */
export class LogSigmoid extends Module<[Tensor], Tensor> {
  override forward(x: Tensor): Tensor {
    return logsigmoid(x);
  }
}

/**
 * The hyperbolic tangent (PyTorch: `nn.Tanh`).
 *
 * @example new Tanh().forward(tensor([0])) // tensor([0.])
 */
export class Tanh extends Module<[Tensor], Tensor> {
  override forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/**
 * `x · sigmoid(x)` (PyTorch: `nn.SiLU`).
 *
 * @example new SiLU().forward(tensor([0])) // tensor([0.])
 */
export class SiLU extends Module<[Tensor], Tensor> {
  override forward(x: Tensor): Tensor {
    return silu(x);
  }
}

/**
 * `x · tanh(softplus(x))` (PyTorch: `nn.Mish`).
 *
 * @example new Mish().forward(tensor([0])) // tensor([0.])
 */
export class Mish extends Module<[Tensor], Tensor> {
  override forward(x: Tensor): Tensor {
    return mish(x);
  }
}

/**
 * `x / (1 + |x|)` (PyTorch: `nn.Softsign`).
 *
 * @example new Softsign().forward(tensor([1])) // tensor([0.5000])
 */
export class Softsign extends Module<[Tensor], Tensor> {
  override forward(x: Tensor): Tensor {
    return softsign(x);
  }
}

/**
 * `log(1 + e^(beta·x)) / beta`, linear where `beta·x > threshold` (PyTorch: `nn.Softplus`).
 *
 * @example new Softplus().forward(tensor([0])) // tensor([0.6931])
 */
export class Softplus extends Module<[Tensor], Tensor> {
  readonly beta: number;
  readonly threshold: number;

  constructor(beta = 1, threshold = 20) {
    super();
    this.beta = beta;
    this.threshold = threshold;
  }

  override forward(x: Tensor): Tensor {
    return softplus(x, this.beta, this.threshold);
  }

  override extraRepr(): string {
    return `beta=${pyFloat(this.beta)}, threshold=${pyFloat(this.threshold)}`;
  }

  /** The arguments as plain data. */
  config(): Config {
    return { beta: this.beta, threshold: this.threshold };
  }
}

function checkDim(type: string, dim: unknown): number {
  if (typeof dim !== 'number' || !Number.isInteger(dim)) {
    throw new ValueError(
      `${type}: needs the dimension along which the values add up to 1, got ${String(dim)}; new ${type}(-1) takes the last`,
    );
  }
  return dim;
}

/**
 * `eˣ / Σeˣ` along a dimension (PyTorch: `nn.Softmax`). It does not belong in front of `crossEntropy`,
 * which takes plain logits.
 *
 * @throws ValueError without a dimension, which PyTorch guesses.
 * @example new Softmax(0).forward(tensor([0, 0])) // tensor([0.5000, 0.5000])
 */
export class Softmax extends Module<[Tensor], Tensor> {
  readonly dim: number;

  constructor(dim: number) {
    super();
    this.dim = checkDim('Softmax', dim);
  }

  override forward(x: Tensor): Tensor {
    return softmax(x, this.dim);
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }

  /** The arguments as plain data. */
  config(): Config {
    return { dim: this.dim };
  }
}

/**
 * The logarithm of softmax (PyTorch: `nn.LogSoftmax`).
 *
 * @throws ValueError without a dimension, which PyTorch guesses.
 * @example new LogSoftmax(0).forward(tensor([0, 0])) // tensor([-0.6931, -0.6931])
 */
export class LogSoftmax extends Module<[Tensor], Tensor> {
  readonly dim: number;

  constructor(dim: number) {
    super();
    this.dim = checkDim('LogSoftmax', dim);
  }

  override forward(x: Tensor): Tensor {
    return logSoftmax(x, this.dim);
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }

  /** The arguments as plain data. */
  config(): Config {
    return { dim: this.dim };
  }
}
