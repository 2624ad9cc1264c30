// Convolutions as modules.

import {
  type ConvOptions,
  type ConvTransposeOptions,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  empty,
  type GivenTo,
  kinds,
  may,
  need,
  type PadMode,
  pad,
  type Sizes,
  type Tensor,
  takes,
  ValueError,
} from '@dl/core/functional';
import {
  checkSize,
  type FactoryOptions,
  factory,
  factoryKinds,
  type GivenInputs,
  input,
  inputs,
  sizesOf,
} from './arguments.js';
import type { Config } from './config.js';
import { kaimingUniform_, uniform_ } from './init.js';
import { classNameOf } from './members.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { pyTuple } from './python-format.js';

/** What the padding is filled with. */
export type PaddingMode = 'zeros' | 'reflect' | 'replicate' | 'circular';

/** Options of the convolutions. */
export interface ConvLayerOptions extends ConvOptions, FactoryOptions {
  /** Add a learnable bias to each output channel. Default: true. */
  bias?: boolean;
  /** What the padding is filled with. Default: `'zeros'`. */
  paddingMode?: PaddingMode;
}

/** Options of the transposed convolutions. */
export interface ConvTransposeLayerOptions extends ConvTransposeOptions, FactoryOptions {
  /** Add a learnable bias to each output channel. Default: true. */
  bias?: boolean;
  /** Only `'zeros'`, as in PyTorch. */
  paddingMode?: 'zeros';
}

const convPadding = /*#__PURE__*/ kinds.kind<Sizes | 'same' | 'valid'>(
  "an integer, a list of integers, 'same' or 'valid'",
  (x) => x === 'same' || x === 'valid' || kinds.oneOrMore.is(x),
);

type ConvPlaces = [
  inChannels: number,
  outChannels: number,
  kernelSize: Sizes,
  stride?: Sizes,
  padding?: Sizes | 'same' | 'valid',
  options?: Omit<ConvLayerOptions, 'stride' | 'padding'>,
];

const convTakes = (name: string) =>
  takes<ConvPlaces>()(
    name,
    [
      /*#__PURE__*/ need('inChannels', kinds.integer),
      /*#__PURE__*/ need('outChannels', kinds.integer),
      /*#__PURE__*/ need('kernelSize', kinds.oneOrMore),
      /*#__PURE__*/ may('stride', kinds.oneOrMore),
      /*#__PURE__*/ may('padding', convPadding),
    ],
    {
      dilation: kinds.oneOrMore,
      groups: kinds.integer,
      bias: kinds.boolean,
      paddingMode: /*#__PURE__*/ kinds.oneOf('zeros', 'reflect', 'replicate', 'circular'),
      ...factoryKinds,
    },
  );

type TransposePlaces = [
  inChannels: number,
  outChannels: number,
  kernelSize: Sizes,
  stride?: Sizes,
  padding?: Sizes,
  outputPadding?: Sizes,
  options?: Omit<ConvTransposeLayerOptions, 'stride' | 'padding' | 'outputPadding'>,
];

const convTransposeTakes = (name: string) =>
  takes<TransposePlaces>()(
    name,
    [
      /*#__PURE__*/ need('inChannels', kinds.integer),
      /*#__PURE__*/ need('outChannels', kinds.integer),
      /*#__PURE__*/ need('kernelSize', kinds.oneOrMore),
      /*#__PURE__*/ may('stride', kinds.oneOrMore),
      /*#__PURE__*/ may('padding', kinds.oneOrMore),
      /*#__PURE__*/ may('outputPadding', kinds.oneOrMore),
    ],
    {
      groups: kinds.integer,
      bias: kinds.boolean,
      dilation: kinds.oneOrMore,
      paddingMode: /*#__PURE__*/ kinds.oneOf('zeros'),
      ...factoryKinds,
    },
  );

/** Base of all convolutions: their sizes, and initial values drawn as PyTorch draws them. */
abstract class Convolution extends Module<[Tensor], Tensor> {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | 'same' | 'valid';
  readonly dilation: readonly number[];
  readonly outputPadding: readonly number[];
  readonly groups: number;
  readonly paddingMode: PaddingMode;
  readonly transposed: boolean;
  weight: Parameter;
  bias: Parameter | null;

  /** @internal */
  constructor(
    rank: number,
    [inChannels, outChannels, kernelSize, stride = 1, padding = 0, options = {}]: ConvPlaces,
    outputPadding: Sizes = 0,
    transposed = false,
  ) {
    super();
    const type = classNameOf(this);
    const { dilation = 1, groups = 1, bias = true, paddingMode = 'zeros' } = options;
    this.inChannels = checkSize(type, 'inChannels', inChannels);
    this.outChannels = checkSize(type, 'outChannels', outChannels);
    this.groups = checkSize(type, 'groups', groups, 1);
    for (const [name, n] of Object.entries({ inChannels, outChannels })) {
      if (n % groups !== 0) {
        throw new ValueError(
          `${type}: ${name} must be divisible by groups, got ${n} and ${groups}`,
        );
      }
    }
    this.kernelSize = sizesOf(type, 'kernelSize', kernelSize, rank, 1);
    this.stride = sizesOf(type, 'stride', stride, rank, 1);
    this.dilation = sizesOf(type, 'dilation', dilation, rank, 1);
    this.outputPadding = sizesOf(type, 'outputPadding', outputPadding, rank, 0);
    if (typeof padding === 'string') {
      if (padding === 'same' && this.stride.some((n) => n !== 1)) {
        throw new ValueError(
          `${type}: padding 'same' needs a stride of 1, got ${pyTuple(this.stride)}`,
        );
      }
      this.padding = padding;
    } else this.padding = sizesOf(type, 'padding', padding, rank, 0);
    this.paddingMode = paddingMode;
    this.transposed = transposed;
    const [first, second] = transposed ? [inChannels, outChannels] : [outChannels, inChannels];
    const made = factory(type, options);
    this.weight = new Parameter(empty([first, second / groups, ...this.kernelSize], made));
    this.bias = bias ? new Parameter(empty([outChannels], made)) : null;
    this.resetParameters();
  }

  /** Draws new initial values (PyTorch: `reset_parameters`). */
  resetParameters(): void {
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    if (this.bias === null) return;
    const fanIn = this.weight.shape.slice(1).reduce((a, b) => a * b, 1);
    if (fanIn === 0) return;
    const bound = 1 / Math.sqrt(fanIn);
    uniform_(this.bias, -bound, bound);
  }

  override extraRepr(): string {
    const { padding, dilation, outputPadding, groups, paddingMode } = this;
    const parts = [
      `${this.inChannels}, ${this.outChannels}, kernel_size=${pyTuple(this.kernelSize)}, stride=${pyTuple(this.stride)}`,
    ];
    if (typeof padding === 'string') parts.push(`padding=${padding}`);
    else if (padding.some((n) => n !== 0)) parts.push(`padding=${pyTuple(padding)}`);
    if (dilation.some((n) => n !== 1)) parts.push(`dilation=${pyTuple(dilation)}`);
    if (outputPadding.some((n) => n !== 0)) parts.push(`output_padding=${pyTuple(outputPadding)}`);
    if (groups !== 1) parts.push(`groups=${groups}`);
    if (this.bias === null) parts.push('bias=False');
    if (paddingMode !== 'zeros') parts.push(`padding_mode=${paddingMode}`);
    return parts.join(', ');
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return {
      in_channels: this.inChannels,
      out_channels: this.outChannels,
      kernel_size: this.kernelSize,
      stride: this.stride,
      padding: this.padding,
      dilation: this.dilation,
      ...(this.transposed && { output_padding: this.outputPadding }),
      groups: this.groups,
      bias: this.bias !== null,
      padding_mode: this.paddingMode,
    };
  }
}

type Convolve = (x: Tensor, w: Tensor, bias: Tensor | null, options: ConvOptions) => Tensor;

function convolve(layer: Convolution, x: Tensor, operator: Convolve): Tensor {
  const { weight, bias, stride, dilation, groups, paddingMode } = layer;
  const padding = layer.padding as ConvOptions['padding'] & (string | readonly number[]);
  if (paddingMode === 'zeros') {
    return operator(x, weight, bias, { stride, padding, dilation, groups });
  }
  const sides = layer.kernelSize.flatMap((k, i): [number, number][] => {
    if (padding === 'valid') return [[0, 0]];
    if (typeof padding !== 'string') return [[padding[i], padding[i]]];
    const total = layer.dilation[i] * (k - 1);
    return [[Math.floor(total / 2), total - Math.floor(total / 2)]];
  });
  const bordered = pad(x, sides.reverse().flat(), { mode: paddingMode as PadMode });
  return operator(bordered, weight, bias, { stride, dilation, groups });
}

const resizable = /*#__PURE__*/ (() =>
  inputs<[x: Tensor, outputSize?: readonly number[] | null]>()(
    [
      /*#__PURE__*/ need('x', kinds.tensor),
      /*#__PURE__*/ may('outputSize', /*#__PURE__*/ kinds.orNull(kinds.integers)),
    ],
    {},
  ))();

type Spread = (
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: ConvTransposeOptions,
) => Tensor;

/** Base of the transposed convolutions. */
abstract class TransposedConvolution extends Convolution {
  /** @internal */
  constructor(
    rank: number,
    [inChannels, outChannels, kernelSize, stride, padding, outputPadding, options]: TransposePlaces,
  ) {
    super(
      rank,
      [inChannels, outChannels, kernelSize, stride, padding, options],
      outputPadding,
      true,
    );
  }

  /** @internal Runs the convolution; `outputSize`, if given, determines the output padding. */
  protected spread(given: GivenInputs<typeof resizable>, operator: Spread): Tensor {
    const [x, outputSize = null] = resizable(this, given);
    const { weight, bias, stride, dilation, groups } = this;
    const padding = this.padding as readonly number[];
    const outputPadding =
      outputSize === null ? this.outputPadding : this.outputPaddingFor(x, outputSize);
    return operator(x, weight, bias, { stride, padding, dilation, groups, outputPadding });
  }

  private outputPaddingFor(x: Tensor, outputSize: readonly number[]): readonly number[] {
    const rank = this.kernelSize.length;
    const type = classNameOf(this);
    if (outputSize.length !== rank && outputSize.length !== x.ndim) {
      throw new ValueError(
        `${type}.forward: outputSize must have ${rank} or ${x.ndim} sizes, got ${outputSize.length}`,
      );
    }
    return outputSize.slice(-rank).map((size, i) => {
      const n = x.shape[x.ndim - rank + i];
      const [step, border] = [this.stride[i], this.padding[i] as number];
      const span = this.dilation[i] * (this.kernelSize[i] - 1);
      const least = (n - 1) * step - 2 * border + span + 1;
      if (size < least || size > least + step - 1) {
        throw new ValueError(
          `${type}.forward: outputSize ${size} is not possible; for an input of size ${n} it must be between ${least} and ${least + step - 1}`,
        );
      }
      return size - least;
    });
  }
}

const conv1dTakes = /*#__PURE__*/ convTakes('Conv1d');

/**
 * A convolution over one dimension (PyTorch: `nn.Conv1d`). Initial values are uniform within
 * ±1/√fanIn, drawn as PyTorch draws them.
 *
 * Shapes: input `[n, inChannels, length]` or without `n`; weight `[outChannels, inChannels / groups,
 * kernelSize]`; bias `[outChannels]`.
 *
 * @throws ValueError for sizes that are not integers, or channels that are not divisible by `groups`.
 * @example new Conv1d(2, 4, 3, { padding: 1 }).forward(randn([8, 2, 16])).shape // [8, 4, 16]
 */
export class Conv1d extends Convolution {
  constructor(...given: GivenTo<typeof conv1dTakes>) {
    super(1, conv1dTakes.take(given));
  }

  override forward(...given: [x: Tensor]): Tensor {
    return convolve(this, input(this, given), conv1d);
  }
}

const conv2dTakes = /*#__PURE__*/ convTakes('Conv2d');

/**
 * A convolution over two dimensions (PyTorch: `nn.Conv2d`). Initial values are uniform within
 * ±1/√fanIn, drawn as PyTorch draws them.
 *
 * Shapes: input `[n, inChannels, height, width]` or without `n`; weight `[outChannels,
 * inChannels / groups, kernelHeight, kernelWidth]`; bias `[outChannels]`.
 *
 * @throws ValueError for sizes that are not integers, or channels that are not divisible by `groups`.
 * @example new Conv2d(1, 6, 5).forward(randn([8, 1, 28, 28])).shape // [8, 6, 24, 24]
 */
export class Conv2d extends Convolution {
  constructor(...given: GivenTo<typeof conv2dTakes>) {
    super(2, conv2dTakes.take(given));
  }

  override forward(...given: [x: Tensor]): Tensor {
    return convolve(this, input(this, given), conv2d);
  }
}

const convTranspose1dTakes = /*#__PURE__*/ convTransposeTakes('ConvTranspose1d');

/**
 * A transposed convolution over one dimension (PyTorch: `nn.ConvTranspose1d`).
 *
 * Shapes: input `[n, inChannels, length]`; weight `[inChannels, outChannels / groups, kernelSize]`.
 *
 * @example new ConvTranspose1d(2, 1, 2, { stride: 2 }).forward(randn([8, 2, 16])).shape // [8, 1, 32]
 */
export class ConvTranspose1d extends TransposedConvolution {
  constructor(...given: GivenTo<typeof convTranspose1dTakes>) {
    super(1, convTranspose1dTakes.take(given));
  }

  /** @param outputSize the length of the output, for when the stride allows several. */
  override forward(...given: GivenInputs<typeof resizable>): Tensor {
    return this.spread(given, convTranspose1d);
  }
}

const convTranspose2dTakes = /*#__PURE__*/ convTransposeTakes('ConvTranspose2d');

/**
 * A transposed convolution over two dimensions (PyTorch: `nn.ConvTranspose2d`).
 *
 * Shapes: input `[n, inChannels, height, width]`; weight `[inChannels, outChannels / groups,
 * kernelHeight, kernelWidth]`.
 *
 * @example new ConvTranspose2d(4, 1, 2, { stride: 2 }).forward(randn([8, 4, 7, 7])).shape // [8, 1, 14, 14]
 */
export class ConvTranspose2d extends TransposedConvolution {
  constructor(...given: GivenTo<typeof convTranspose2dTakes>) {
    super(2, convTranspose2dTakes.take(given));
  }

  /** @param outputSize the height and width of the output, for when the stride allows several. */
  override forward(...given: GivenInputs<typeof resizable>): Tensor {
    return this.spread(given, convTranspose2d);
  }
}
