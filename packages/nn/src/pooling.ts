// Pooling as modules.

import {
  type AvgPoolOptions,
  adaptiveAvgPool2d,
  avgPool1d,
  avgPool2d,
  type GivenTo,
  kinds,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  may,
  need,
  type Pair,
  type Sizes,
  squeeze,
  type Tensor,
  takes,
  unsqueeze,
} from '@dl/core/functional';
import { input, sizesOf } from './arguments.js';
import type { Config } from './config.js';
import { classNameOf } from './members.js';
import { Module } from './module.js';
import { pyBool, pySizes } from './python-format.js';

/** Options of max pooling as a module. */
export interface MaxPoolLayerOptions extends MaxPoolOptions {
  /** Return the indices of the maxima too: `forward` then returns `{ values, indices }`. Default: false. */
  returnIndices?: boolean;
}

const poolPlaces = /*#__PURE__*/ (() =>
  [
    /*#__PURE__*/ need('kernelSize', kinds.oneOrMore),
    /*#__PURE__*/ may('stride', /*#__PURE__*/ kinds.orNull(kinds.oneOrMore)),
    /*#__PURE__*/ may('padding', kinds.oneOrMore),
  ] as const)();

type Placed = 'stride' | 'padding';

const maxPoolTakes = (name: string) =>
  takes<
    [
      kernelSize: Sizes,
      stride?: Sizes | null,
      padding?: Sizes,
      options?: Omit<MaxPoolLayerOptions, Placed>,
    ]
  >()(name, poolPlaces, {
    dilation: kinds.oneOrMore,
    returnIndices: kinds.boolean,
    ceilMode: kinds.boolean,
  });

/** Base of both max pooling layers. */
abstract class MaxPool extends Module<[Tensor], Tensor> {
  readonly kernelSize: Sizes;
  readonly stride: Sizes;
  readonly padding: Sizes;
  readonly dilation: Sizes;
  readonly returnIndices: boolean;
  readonly ceilMode: boolean;

  /** @internal */
  constructor(
    rank: number,
    kernelSize: Sizes,
    stride: Sizes | null = null,
    padding: Sizes = 0,
    options: Omit<MaxPoolLayerOptions, Placed> = {},
  ) {
    super();
    const type = classNameOf(this);
    const { dilation = 1, returnIndices = false, ceilMode = false } = options;
    sizesOf(type, 'kernelSize', kernelSize, rank, 1);
    sizesOf(type, 'stride', stride ?? kernelSize, rank, 1);
    sizesOf(type, 'padding', padding, rank, 0);
    sizesOf(type, 'dilation', dilation, rank, 1);
    this.kernelSize = kernelSize;
    this.stride = stride ?? kernelSize;
    this.padding = padding;
    this.dilation = dilation;
    this.returnIndices = returnIndices;
    this.ceilMode = ceilMode;
  }

  protected abstract pool(x: Tensor, options: MaxPoolLayerOptions): Tensor | Pair;

  /** With `returnIndices` the result is `{ values, indices }`, which can also be destructured as a pair. */
  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    const { stride, padding, dilation, ceilMode, returnIndices } = this;
    const found = this.pool(x, { stride, padding, dilation, ceilMode, returnIndices });
    // The type is Tensor, so that the usual layer fits a Sequential. A layer that also returns indices is for
    // models that handle them.
    return found as Tensor;
  }

  override extraRepr(): string {
    return `kernel_size=${pySizes(this.kernelSize)}, stride=${pySizes(this.stride)}, padding=${pySizes(this.padding)}, dilation=${pySizes(this.dilation)}, ceil_mode=${pyBool(this.ceilMode)}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return {
      kernel_size: this.kernelSize,
      stride: this.stride,
      padding: this.padding,
      dilation: this.dilation,
      return_indices: this.returnIndices,
      ceil_mode: this.ceilMode,
    };
  }
}

const maxPool1dTakes = /*#__PURE__*/ maxPoolTakes('MaxPool1d');

/**
 * Takes the maximum of each window along one dimension (PyTorch: `nn.MaxPool1d`).
 *
 * @example new MaxPool1d(2).forward(randn([8, 4, 16])).shape // [8, 4, 8]
 */
export class MaxPool1d extends MaxPool {
  constructor(...given: GivenTo<typeof maxPool1dTakes>) {
    super(1, ...maxPool1dTakes.take(given));
  }

  protected override pool(x: Tensor, options: MaxPoolLayerOptions): Tensor | Pair {
    return maxPool1d(x, this.kernelSize, options as MaxPoolOptions);
  }
}

const maxPool2dTakes = /*#__PURE__*/ maxPoolTakes('MaxPool2d');

/**
 * Takes the maximum of each window over two dimensions (PyTorch: `nn.MaxPool2d`).
 *
 * @param stride the step between windows. Default: the window's size.
 * @example new MaxPool2d(2, 2).forward(randn([8, 6, 24, 24])).shape // [8, 6, 12, 12]
 */
export class MaxPool2d extends MaxPool {
  constructor(...given: GivenTo<typeof maxPool2dTakes>) {
    super(2, ...maxPool2dTakes.take(given));
  }

  protected override pool(x: Tensor, options: MaxPoolLayerOptions): Tensor | Pair {
    return maxPool2d(x, this.kernelSize, options as MaxPoolOptions);
  }
}

/** Base of both average pooling layers. */
abstract class AvgPool extends Module<[Tensor], Tensor> {
  readonly kernelSize: Sizes;
  readonly stride: Sizes;
  readonly padding: Sizes;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | null;

  /** @internal */
  constructor(
    rank: number,
    kernelSize: Sizes,
    stride: Sizes | null = null,
    padding: Sizes = 0,
    options: Omit<AvgPoolOptions, Placed> = {},
  ) {
    super();
    const type = classNameOf(this);
    const { ceilMode = false, countIncludePad = true } = options;
    const checked = {
      kernelSize: sizesOf(type, 'kernelSize', kernelSize, rank, 1),
      stride: sizesOf(type, 'stride', stride ?? kernelSize, rank, 1),
      padding: sizesOf(type, 'padding', padding, rank, 0),
    };
    // PyTorch stores a tuple in one dimension, and in two whatever was passed.
    this.kernelSize = rank === 1 ? checked.kernelSize : kernelSize;
    this.stride = rank === 1 ? checked.stride : (stride ?? kernelSize);
    this.padding = rank === 1 ? checked.padding : padding;
    this.ceilMode = ceilMode;
    this.countIncludePad = countIncludePad;
    this.divisorOverride = options.divisorOverride ?? null;
  }

  protected options(): Omit<AvgPoolOptions, 'divisorOverride'> {
    const { stride, padding, ceilMode, countIncludePad } = this;
    return { stride, padding, ceilMode, countIncludePad };
  }

  override extraRepr(): string {
    return `kernel_size=${pySizes(this.kernelSize)}, stride=${pySizes(this.stride)}, padding=${pySizes(this.padding)}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return {
      kernel_size: this.kernelSize,
      stride: this.stride,
      padding: this.padding,
      ceil_mode: this.ceilMode,
      count_include_pad: this.countIncludePad,
      ...(this.divisorOverride !== null && { divisor_override: this.divisorOverride }),
    };
  }
}

const avgPool1dTakes = /*#__PURE__*/ (() =>
  takes<
    [
      kernelSize: Sizes,
      stride?: Sizes | null,
      padding?: Sizes,
      options?: Omit<AvgPoolOptions, Placed | 'divisorOverride'>,
    ]
  >()('AvgPool1d', poolPlaces, { ceilMode: kinds.boolean, countIncludePad: kinds.boolean }))();

/**
 * Takes the mean of each window along one dimension (PyTorch: `nn.AvgPool1d`).
 *
 * @example new AvgPool1d(2).forward(randn([8, 4, 16])).shape // [8, 4, 8]
 */
export class AvgPool1d extends AvgPool {
  constructor(...given: GivenTo<typeof avgPool1dTakes>) {
    super(1, ...avgPool1dTakes.take(given));
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return avgPool1d(x, this.kernelSize, this.options());
  }
}

const avgPool2dTakes = /*#__PURE__*/ (() =>
  takes<
    [
      kernelSize: Sizes,
      stride?: Sizes | null,
      padding?: Sizes,
      options?: Omit<AvgPoolOptions, Placed>,
    ]
  >()('AvgPool2d', poolPlaces, {
    ceilMode: kinds.boolean,
    countIncludePad: kinds.boolean,
    divisorOverride: /*#__PURE__*/ kinds.orNull(kinds.integer),
  }))();

/**
 * Takes the mean of each window over two dimensions (PyTorch: `nn.AvgPool2d`).
 *
 * @param stride the step between windows. Default: the window's size.
 * @example new AvgPool2d(2).forward(randn([8, 6, 24, 24])).shape // [8, 6, 12, 12]
 */
export class AvgPool2d extends AvgPool {
  constructor(...given: GivenTo<typeof avgPool2dTakes>) {
    super(2, ...avgPool2dTakes.take(given));
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    const { divisorOverride } = this;
    return avgPool2d(x, this.kernelSize, { ...this.options(), divisorOverride });
  }
}

const adaptiveAvgPool1dTakes = /*#__PURE__*/ (() =>
  takes<[outputSize: Sizes]>()(
    'AdaptiveAvgPool1d',
    [/*#__PURE__*/ need('outputSize', kinds.oneOrMore)],
    {},
  ))();

/**
 * Averages over windows chosen so that the output has the given length (PyTorch: `nn.AdaptiveAvgPool1d`).
 *
 * @example new AdaptiveAvgPool1d(1).forward(randn([8, 6, 24])).shape // [8, 6, 1]
 */
export class AdaptiveAvgPool1d extends Module<[Tensor], Tensor> {
  readonly outputSize: Sizes;

  constructor(...given: GivenTo<typeof adaptiveAvgPool1dTakes>) {
    super();
    const [outputSize] = adaptiveAvgPool1dTakes.take(given);
    sizesOf('AdaptiveAvgPool1d', 'outputSize', outputSize, 1, 1);
    this.outputSize = outputSize;
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    const [size] = sizesOf('AdaptiveAvgPool1d', 'outputSize', this.outputSize, 1, 1);
    return squeeze(adaptiveAvgPool2d(unsqueeze(x, -2), [null, size]), -2);
  }

  override extraRepr(): string {
    return `output_size=${pySizes(this.outputSize)}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return { output_size: this.outputSize };
  }
}

type SomeSizes = number | readonly (number | null)[];

const someSizes = /*#__PURE__*/ kinds.kind<SomeSizes>(
  'an integer or a list of integers and nulls',
  (x) =>
    kinds.integer.is(x) || (Array.isArray(x) && x.every((n) => n === null || kinds.integer.is(n))),
);

const adaptiveAvgPool2dTakes = /*#__PURE__*/ (() =>
  takes<[outputSize: SomeSizes]>()(
    'AdaptiveAvgPool2d',
    [/*#__PURE__*/ need('outputSize', someSizes)],
    {},
  ))();

/**
 * Averages over windows chosen so that the output has the given size; null keeps the input's size (PyTorch:
 * `nn.AdaptiveAvgPool2d`).
 *
 * @example new AdaptiveAvgPool2d([1, 1]).forward(randn([8, 6, 7, 9])).shape // [8, 6, 1, 1]
 */
export class AdaptiveAvgPool2d extends Module<[Tensor], Tensor> {
  readonly outputSize: number | readonly (number | null)[];

  constructor(...given: GivenTo<typeof adaptiveAvgPool2dTakes>) {
    super();
    const [outputSize] = adaptiveAvgPool2dTakes.take(given);
    const filled = typeof outputSize === 'number' ? outputSize : outputSize.map((n) => n ?? 1);
    sizesOf('AdaptiveAvgPool2d', 'outputSize', filled, 2, 1);
    this.outputSize = outputSize;
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    return adaptiveAvgPool2d(x, this.outputSize);
  }

  override extraRepr(): string {
    return `output_size=${pySizes(this.outputSize)}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return { output_size: this.outputSize };
  }
}
