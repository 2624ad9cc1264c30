// Initialization of tensors in place.
import {
  callable,
  fill_,
  normal_ as fillNormal,
  uniform_ as fillUniform,
  kinds,
  may,
  need,
  noGrad,
  ShapeError,
  select,
  type Tensor,
  ValueError,
  zero_,
} from '@dl/core/functional';
import type { InitOptions } from './init-options.js';
import { dirac_, orthogonal_, sparse_, truncNormal_ } from './init-special.js';

export type { InitOptions } from './init-options.js';

/** Options of the Xavier initializations. */
export interface XavierOptions extends InitOptions {
  /** Scaling factor of the standard deviation; see `calculateGain`. Default: 1. */
  gain?: number;
}

/** The nonlinearity that follows a layer, in PyTorch's spelling. */
export type Nonlinearity =
  | 'linear'
  | 'conv1d'
  | 'conv2d'
  | 'conv3d'
  | 'conv_transpose1d'
  | 'conv_transpose2d'
  | 'conv_transpose3d'
  | 'sigmoid'
  | 'tanh'
  | 'relu'
  | 'leaky_relu'
  | 'selu';

/** Options of the Kaiming initializations. */
export interface KaimingOptions extends InitOptions {
  /** Negative slope of the leaky ReLU that follows the layer. Default: 0. */
  a?: number;
  /** Preserve the variance in the forward pass (`'fan_in'`, the default) or in the backward pass (`'fan_out'`). */
  mode?: 'fan_in' | 'fan_out';
  /** The nonlinearity that follows the layer. Default: `'leaky_relu'`. */
  nonlinearity?: Nonlinearity;
}

const nonlinearity = /*#__PURE__*/ kinds.oneOf<Nonlinearity>(
  'linear',
  'conv1d',
  'conv2d',
  'conv3d',
  'conv_transpose1d',
  'conv_transpose2d',
  'conv_transpose3d',
  'sigmoid',
  'tanh',
  'relu',
  'leaky_relu',
  'selu',
);

function calculateGainOf(nonlinearity: Nonlinearity, param?: number): number {
  switch (nonlinearity) {
    case 'linear':
    case 'conv1d':
    case 'conv2d':
    case 'conv3d':
    case 'conv_transpose1d':
    case 'conv_transpose2d':
    case 'conv_transpose3d':
    case 'sigmoid':
      return 1;
    case 'tanh':
      return 5 / 3;
    case 'relu':
      return Math.sqrt(2);
    case 'leaky_relu': {
      const slope = param ?? 0.01;
      return Math.sqrt(2 / (1 + slope ** 2));
    }
    case 'selu':
      return 3 / 4;
    default:
      throw new ValueError(
        `calculateGain: unknown nonlinearity '${String(nonlinearity)}'; use 'relu', 'leaky_relu', 'tanh', 'sigmoid', 'selu', 'linear' or 'conv…'`,
      );
  }
}

/**
 * The recommended gain for the nonlinearity that follows a layer (PyTorch: `init.calculate_gain`).
 *
 * @param param the negative slope of `'leaky_relu'`. Default: 0.01.
 * @throws ValueError for an unknown name.
 * @example init.calculateGain('relu') // √2
 */
export const calculateGain = /*#__PURE__*/ (() =>
  callable(
    'calculateGain',
    calculateGainOf,
    [/*#__PURE__*/ need('nonlinearity', nonlinearity), /*#__PURE__*/ may('param', kinds.number)],
    {},
  ))();

/** The fan-in and the fan-out of a weight. */
function fans(operator: string, x: Tensor): { fanIn: number; fanOut: number } {
  if (x.ndim < 2) {
    throw new ShapeError(
      `${operator}: needs at least 2 dimensions to compute fan-in and fan-out, got shape [${x.shape.join(', ')}]; use uniform_ or normal_`,
    );
  }
  const [out, into, ...rest] = x.shape as [number, number, ...number[]];
  const field = rest.reduce((a, b) => a * b, 1);
  return { fanIn: into * field, fanOut: out * field };
}

const uniformOf = (x: Tensor, a = 0, b = 1, options: InitOptions = {}): Tensor =>
  noGrad(() => fillUniform(x, a, b, options));

/** Fills from the uniform distribution over [a, b) (PyTorch: `init.uniform_`). */
export const uniform_ = /*#__PURE__*/ (() =>
  callable(
    'uniform_',
    uniformOf,
    [
      /*#__PURE__*/ need('x', kinds.tensor),
      /*#__PURE__*/ may('a', kinds.number),
      /*#__PURE__*/ may('b', kinds.number),
    ],
    { generator: kinds.generator },
  ))();

const normalOf = (x: Tensor, mean = 0, std = 1, options: InitOptions = {}): Tensor =>
  noGrad(() => fillNormal(x, mean, std, options));

/** Fills from a normal distribution (PyTorch: `init.normal_`). */
export const normal_ = /*#__PURE__*/ (() =>
  callable(
    'normal_',
    normalOf,
    [
      /*#__PURE__*/ need('x', kinds.tensor),
      /*#__PURE__*/ may('mean', kinds.number),
      /*#__PURE__*/ may('std', kinds.number),
    ],
    { generator: kinds.generator },
  ))();

const constantOf = (x: Tensor, val: number): Tensor => noGrad(() => fill_(x, val));

/** Fills with a constant (PyTorch: `init.constant_`). */
export const constant_ = /*#__PURE__*/ (() =>
  callable(
    'constant_',
    constantOf,
    [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('val', kinds.number)],
    {},
  ))();

const zerosOf = (x: Tensor): Tensor => constant_(x, 0);

/** Fills with zeros (PyTorch: `init.zeros_`). */
export const zeros_ = /*#__PURE__*/ (() =>
  callable('zeros_', zerosOf, [/*#__PURE__*/ need('x', kinds.tensor)], {}))();

const onesOf = (x: Tensor): Tensor => constant_(x, 1);

/** Fills with ones (PyTorch: `init.ones_`). */
export const ones_ = /*#__PURE__*/ (() =>
  callable('ones_', onesOf, [/*#__PURE__*/ need('x', kinds.tensor)], {}))();

function eyeOf(x: Tensor): Tensor {
  if (x.ndim !== 2) {
    throw new ShapeError(`eye_: needs a matrix, got shape [${x.shape.join(', ')}]`);
  }
  return noGrad(() => {
    zero_(x);
    const n = Math.min(...(x.shape as readonly number[]));
    for (let i = 0; i < n; i++) fill_(select(select(x, 0, i), 0, i), 1);
    return x;
  });
}

/**
 * Fills a matrix with the identity matrix (PyTorch: `init.eye_`).
 *
 * @throws ShapeError unless the tensor has 2 dimensions.
 */
export const eye_ = /*#__PURE__*/ (() =>
  callable('eye_', eyeOf, [/*#__PURE__*/ need('x', kinds.tensor)], {}))();

function xavierUniformOf(x: Tensor, gain = 1, options: InitOptions = {}): Tensor {
  const { fanIn, fanOut } = fans('xavierUniform_', x);
  const std = gain * Math.sqrt(2 / (fanIn + fanOut));
  const bound = Math.sqrt(3) * std;
  return uniformOf(x, -bound, bound, options);
}

/**
 * Fills from a uniform distribution whose bound depends on fan-in and fan-out (Glorot & Bengio
 * 2010; PyTorch: `init.xavier_uniform_`).
 *
 * @throws ShapeError for fewer than 2 dimensions.
 * @example init.xavierUniform_(layer.weight, { gain: init.calculateGain('tanh') });
 */
export const xavierUniform_ = /*#__PURE__*/ (() =>
  callable(
    'xavierUniform_',
    xavierUniformOf,
    [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('gain', kinds.number)],
    { generator: kinds.generator },
  ))();

function xavierNormalOf(x: Tensor, gain = 1, options: InitOptions = {}): Tensor {
  const { fanIn, fanOut } = fans('xavierNormal_', x);
  return normalOf(x, 0, gain * Math.sqrt(2 / (fanIn + fanOut)), options);
}

/** Xavier initialization with a normal distribution (PyTorch: `init.xavier_normal_`). */
export const xavierNormal_ = /*#__PURE__*/ (() =>
  callable(
    'xavierNormal_',
    xavierNormalOf,
    [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('gain', kinds.number)],
    {
      generator: kinds.generator,
    },
  ))();

function kaimingStd(operator: string, x: Tensor, options: KaimingOptions): number {
  const mode = options.mode ?? 'fan_in';
  const { fanIn, fanOut } = fans(operator, x);
  const gain = calculateGain(options.nonlinearity ?? 'leaky_relu', options.a ?? 0);
  return gain / Math.sqrt(mode === 'fan_in' ? fanIn : fanOut);
}

function kaimingUniformOf(x: Tensor, options: KaimingOptions = {}): Tensor {
  if (x.shape.includes(0)) return x;
  const bound = Math.sqrt(3) * kaimingStd('kaimingUniform_', x, options);
  return uniformOf(x, -bound, bound, { generator: options.generator });
}

/**
 * Fills from a uniform distribution whose bound suits a layer followed by a ReLU (He et al. 2015; PyTorch:
 * `init.kaiming_uniform_`).
 *
 * @throws ShapeError for fewer than 2 dimensions; ValueError for an unknown mode or nonlinearity.
 * @example init.kaimingUniform_(layer.weight, { nonlinearity: 'relu' });
 */
export const kaimingUniform_ = /*#__PURE__*/ (() =>
  callable('kaimingUniform_', kaimingUniformOf, [/*#__PURE__*/ need('x', kinds.tensor)], {
    a: kinds.number,
    mode: /*#__PURE__*/ kinds.oneOf('fan_in', 'fan_out'),
    nonlinearity,
    generator: kinds.generator,
  }))();

function kaimingNormalOf(x: Tensor, options: KaimingOptions = {}): Tensor {
  if (x.shape.includes(0)) return x;
  return normalOf(x, 0, kaimingStd('kaimingNormal_', x, options), { generator: options.generator });
}

/** Kaiming initialization with a normal distribution (PyTorch: `init.kaiming_normal_`). */
export const kaimingNormal_ = /*#__PURE__*/ (() =>
  callable('kaimingNormal_', kaimingNormalOf, [/*#__PURE__*/ need('x', kinds.tensor)], {
    a: kinds.number,
    mode: /*#__PURE__*/ kinds.oneOf('fan_in', 'fan_out'),
    nonlinearity,
    generator: kinds.generator,
  }))();

/**
 * Initialization of tensors in place (PyTorch: `torch.nn.init`). The functions change a tensor
 * or parameter without recording it for autograd, and return it.
 *
 * @example init.kaimingUniform_(layer.weight, { nonlinearity: 'relu' });
 */
// An object instead of a namespace, so that bundlers can drop it.
export const init = {
  calculateGain,
  constant_,
  dirac_,
  eye_,
  kaimingNormal_,
  kaimingUniform_,
  normal_,
  ones_,
  orthogonal_,
  sparse_,
  truncNormal_,
  uniform_,
  xavierNormal_,
  xavierUniform_,
  zeros_,
};
