// Pooling and resizing as modules.

import {
  type AvgPoolOptions,
  adaptiveAvgPool2d,
  avgPool1d,
  avgPool2d,
  type InterpolateOptions,
  interpolate,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  type Pair,
  type Sizes,
  squeeze,
  type Tensor,
  unsqueeze,
  ValueError,
} from '@dl/core/functional';
import { placed, sizesOf } from './arguments.js';
import type { Config } from './config.js';
import { pyBool, pyFloat, pySizes } from './format.js';
import { classNameOf } from './members.js';
import { Module } from './module.js';

/** Options of max pooling as a module. */
export interface MaxPoolLayerOptions extends MaxPoolOptions {
  /** Give positions too: `forward` then returns `{ values, indices }`. Default: false. */
  returnIndices?: boolean;
}

/** What both max poolings have. */
abstract class MaxPool extends Module<[Tensor], Tensor> {
  readonly kernelSize: Sizes;
  readonly stride: Sizes;
  readonly padding: Sizes;
  readonly dilation: Sizes;
  readonly returnIndices: boolean;
  readonly ceilMode: boolean;

  /** @internal */
  constructor(rank: number, kernelSize: Sizes, options: MaxPoolLayerOptions) {
    super();
    const type = classNameOf(this);
    const { stride, padding = 0, dilation = 1, returnIndices = false, ceilMode = false } = options;
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

  /** With `returnIndices` the result is `{ values, indices }`, which destructures as a pair. */
  override forward(x: Tensor): Tensor {
    const { stride, padding, dilation, ceilMode, returnIndices } = this;
    const found = this.pool(x, { stride, padding, dilation, ceilMode, returnIndices });
    // A layer that gives positions too is for models that handle them: its type says Tensor, so
    // that the usual one fits a Sequential.
    return found as Tensor;
  }

  override extraRepr(): string {
    return `kernel_size=${pySizes(this.kernelSize)}, stride=${pySizes(this.stride)}, padding=${pySizes(this.padding)}, dilation=${pySizes(this.dilation)}, ceil_mode=${pyBool(this.ceilMode)}`;
  }

  /** The arguments as plain data. */
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

/**
 * The largest element of each window of one dimension (PyTorch: `nn.MaxPool1d`).
 *
 * @example new MaxPool1d(2).forward(randn([8, 4, 16])).shape // [8, 4, 8]
 */
export class MaxPool1d extends MaxPool {
  constructor(
    kernelSize: Sizes,
    stride?: Sizes | null | MaxPoolLayerOptions,
    options: MaxPoolLayerOptions = {},
  ) {
    super(1, kernelSize, placed('stride', stride, options));
  }

  protected override pool(x: Tensor, options: MaxPoolLayerOptions): Tensor | Pair {
    return maxPool1d(x, this.kernelSize, options as MaxPoolOptions);
  }
}

/**
 * The largest element of each window of two dimensions (PyTorch: `nn.MaxPool2d`).
 *
 * @param stride may stand in the options too. Default: the window's size.
 * @example new MaxPool2d(2, 2).forward(randn([8, 6, 24, 24])).shape // [8, 6, 12, 12]
 */
export class MaxPool2d extends MaxPool {
  constructor(
    kernelSize: Sizes,
    stride?: Sizes | null | MaxPoolLayerOptions,
    options: MaxPoolLayerOptions = {},
  ) {
    super(2, kernelSize, placed('stride', stride, options));
  }

  protected override pool(x: Tensor, options: MaxPoolLayerOptions): Tensor | Pair {
    return maxPool2d(x, this.kernelSize, options as MaxPoolOptions);
  }
}

/** What both mean poolings have. */
abstract class AvgPool extends Module<[Tensor], Tensor> {
  readonly kernelSize: Sizes;
  readonly stride: Sizes;
  readonly padding: Sizes;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | null;

  /** @internal */
  constructor(rank: number, kernelSize: Sizes, options: AvgPoolOptions) {
    super();
    const type = classNameOf(this);
    const { stride, padding = 0, ceilMode = false, countIncludePad = true } = options;
    const checked = {
      kernelSize: sizesOf(type, 'kernelSize', kernelSize, rank, 1),
      stride: sizesOf(type, 'stride', stride ?? kernelSize, rank, 1),
      padding: sizesOf(type, 'padding', padding, rank, 0),
    };
    // PyTorch keeps tuples in one dimension, and what was given in two.
    this.kernelSize = rank === 1 ? checked.kernelSize : kernelSize;
    this.stride = rank === 1 ? checked.stride : (stride ?? kernelSize);
    this.padding = rank === 1 ? checked.padding : padding;
    this.ceilMode = ceilMode;
    this.countIncludePad = countIncludePad;
    this.divisorOverride = options.divisorOverride ?? null;
  }

  protected options(): AvgPoolOptions {
    const { stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return { stride, padding, ceilMode, countIncludePad, divisorOverride };
  }

  override extraRepr(): string {
    return `kernel_size=${pySizes(this.kernelSize)}, stride=${pySizes(this.stride)}, padding=${pySizes(this.padding)}`;
  }

  /** The arguments as plain data. */
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

/**
 * The mean of each window of one dimension (PyTorch: `nn.AvgPool1d`).
 *
 * @example new AvgPool1d(2).forward(randn([8, 4, 16])).shape // [8, 4, 8]
 */
export class AvgPool1d extends AvgPool {
  constructor(
    kernelSize: Sizes,
    stride?: Sizes | null | AvgPoolOptions,
    options: Omit<AvgPoolOptions, 'divisorOverride'> = {},
  ) {
    super(1, kernelSize, placed('stride', stride, options as AvgPoolOptions));
  }

  override forward(x: Tensor): Tensor {
    return avgPool1d(x, this.kernelSize, this.options());
  }
}

/**
 * The mean of each window of two dimensions (PyTorch: `nn.AvgPool2d`).
 *
 * @param stride may stand in the options too. Default: the window's size.
 * @example new AvgPool2d(2).forward(randn([8, 6, 24, 24])).shape // [8, 6, 12, 12]
 */
export class AvgPool2d extends AvgPool {
  constructor(
    kernelSize: Sizes,
    stride?: Sizes | null | AvgPoolOptions,
    options: AvgPoolOptions = {},
  ) {
    super(2, kernelSize, placed('stride', stride, options));
  }

  override forward(x: Tensor): Tensor {
    return avgPool2d(x, this.kernelSize, this.options());
  }
}

/**
 * Means over windows chosen so that the result has this length (PyTorch: `nn.AdaptiveAvgPool1d`).
 *
 * @example new AdaptiveAvgPool1d(1).forward(randn([8, 6, 24])).shape // [8, 6, 1]
 */
export class AdaptiveAvgPool1d extends Module<[Tensor], Tensor> {
  readonly outputSize: Sizes;

  constructor(outputSize: Sizes) {
    super();
    sizesOf('AdaptiveAvgPool1d', 'outputSize', outputSize, 1, 1);
    this.outputSize = outputSize;
  }

  override forward(x: Tensor): Tensor {
    const [size] = sizesOf('AdaptiveAvgPool1d', 'outputSize', this.outputSize, 1, 1);
    return squeeze(adaptiveAvgPool2d(unsqueeze(x, -2), [null, size as number]), -2);
  }

  override extraRepr(): string {
    return `output_size=${pySizes(this.outputSize)}`;
  }

  /** The arguments as plain data. */
  config(): Config {
    return { output_size: this.outputSize };
  }
}

/**
 * Means over windows chosen so that the result has this size; null keeps one (PyTorch:
 * `nn.AdaptiveAvgPool2d`).
 *
 * @example new AdaptiveAvgPool2d([1, 1]).forward(randn([8, 6, 7, 9])).shape // [8, 6, 1, 1]
 */
export class AdaptiveAvgPool2d extends Module<[Tensor], Tensor> {
  readonly outputSize: number | readonly (number | null)[];

  constructor(outputSize: number | readonly (number | null)[]) {
    super();
    const sizes = typeof outputSize === 'number' ? outputSize : outputSize?.map((n) => n ?? 1);
    sizesOf('AdaptiveAvgPool2d', 'outputSize', sizes, 2, 1);
    this.outputSize = outputSize;
  }

  override forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.outputSize);
  }

  override extraRepr(): string {
    return `output_size=${pySizes(this.outputSize)}`;
  }

  /** The arguments as plain data. */
  config(): Config {
    return { output_size: this.outputSize };
  }
}

/**
 * An image in another size (PyTorch: `nn.Upsample`).
 *
 * @throws ValueError unless exactly one of `size` and `scaleFactor` is given.
 * @example new Upsample({ scaleFactor: 2 }).forward(randn([1, 3, 8, 8])).shape // [1, 3, 16, 16]
 */
export class Upsample extends Module<[Tensor], Tensor> {
  readonly size: Sizes | null;
  readonly scaleFactor: number | readonly number[] | null;
  readonly mode: NonNullable<InterpolateOptions['mode']>;
  readonly alignCorners: boolean;

  constructor(options: InterpolateOptions) {
    super();
    const { size = null, scaleFactor = null, mode = 'nearest', alignCorners = false } = options;
    if ((size === null) === (scaleFactor === null)) {
      throw new ValueError('Upsample: give size or scaleFactor, and not both');
    }
    this.size = size;
    this.scaleFactor = scaleFactor;
    this.mode = mode;
    this.alignCorners = alignCorners;
  }

  override forward(x: Tensor): Tensor {
    const { size, scaleFactor, mode, alignCorners } = this;
    return interpolate(x, {
      ...(size !== null && { size }),
      ...(scaleFactor !== null && { scaleFactor }),
      mode,
      alignCorners,
    });
  }

  override extraRepr(): string {
    const { size, scaleFactor } = this;
    const factor = typeof scaleFactor === 'number' ? [scaleFactor] : (scaleFactor ?? []);
    const shown = factor.map(pyFloat).join(', ');
    return `${
      size !== null
        ? `size=${pySizes(size)}`
        : `scale_factor=${typeof scaleFactor === 'number' ? shown : `(${shown})`}`
    }, mode='${this.mode}'`;
  }

  /** The arguments as plain data. */
  config(): Config {
    const { size, scaleFactor: scale_factor, mode, alignCorners: align_corners } = this;
    return { size, scale_factor, mode, align_corners };
  }
}
