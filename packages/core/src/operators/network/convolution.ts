// Convolutions: contractions over an unfolded view that is never written to memory.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import type { Backward } from '../../autograd/node.js';
import { DTypeError, ShapeError, ValueError } from '../../errors.js';
import { type Shape, show } from '../../shape.js';
import { allocate, checkTensor, type Tensor } from '../../tensor.js';
import { add } from '../elementwise/arithmetic.js';
import { inFloat32 } from '../machinery/half-types.js';
import { overwrite } from '../machinery/inplace.js';
import { makeView, owned } from '../machinery/map-reduce.js';
import { alsoSaving, record } from '../machinery/record.js';
import { contract } from '../product/matmul.js';
import { flip } from '../view/flip-roll.js';
import { unflatten } from '../view/movedim-unfold.js';
import { permute, reshape, squeeze, transpose, unsqueeze } from '../view/views.js';
import { padConstant } from './pad.js';

/** One number for all spatial dimensions, or one each. */
export type Sizes = number | readonly number[];

/** Options of convolutions. */
export interface ConvOptions {
  /** Step of the window. Default: 1. */
  stride?: Sizes;
  /** Zeros on each side, or `'same'` (only with stride 1) or `'valid'`. Default: 0. */
  padding?: Sizes | 'same' | 'valid';
  /** Distance between elements of the window. Default: 1. */
  dilation?: Sizes;
  /** Number of independent groups of channels. Default: 1. */
  groups?: number;
}

const convKinds = {
  stride: kinds.oneOrMore,
  padding: /*#__PURE__*/ kinds.either(kinds.oneOrMore, /*#__PURE__*/ kinds.oneOf('same', 'valid')),
  dilation: kinds.oneOrMore,
  groups: kinds.integer,
} as const;
const convTransposeKinds = {
  stride: kinds.oneOrMore,
  padding: kinds.oneOrMore,
  outputPadding: kinds.oneOrMore,
  groups: kinds.integer,
  dilation: kinds.oneOrMore,
} as const;

/** One number for each of `rank` spatial dimensions. */
export function spread(
  operator: string,
  name: string,
  value: Sizes,
  rank: number,
  least: number,
): number[] {
  const list = typeof value === 'number' ? new Array<number>(rank).fill(value) : [...value];
  if (list.length !== rank || list.some((n) => !Number.isInteger(n) || n < least)) {
    throw new ValueError(
      `${operator}: ${name} must be ${kinds.integerFrom(least)}, or a list of ${rank} of them, got ${JSON.stringify(value)}`,
    );
  }
  return list;
}

interface Geometry {
  readonly stride: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

/**
 * All windows of the spatial dimensions (those after the second): `[n, c, out…, kernel…]`, with
 * overlapping elements in shared memory.
 */
export function windows(
  x: Tensor,
  kernel: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
): Tensor {
  const spatial = kernel.length;
  const lead = x.ndim - spatial;
  const counts = kernel.map((k, i) => {
    const size = x.shape[lead + i];
    return Math.floor((size - dilation[i] * (k - 1) - 1) / stride[i]) + 1;
  });
  const steps = x.strides.slice(lead);
  return makeView(
    'windows',
    x,
    [...x.shape.slice(0, lead), ...counts, ...kernel],
    [
      ...x.strides.slice(0, lead),
      ...steps.map((s, i) => s * stride[i]),
      ...steps.map((s, i) => s * dilation[i]),
    ],
    x.offset,
    // Only convolutions see this view, and they state their gradients themselves.
    () => [null],
  );
}

/** Names of the dimensions in products of windows and weights; of the spatial ones the first, others follow. */
const BATCH = 0;
const GROUP = 1;
const IN = 2;
const OUT = 3;
const PLACE = 10;
const KERNEL = 20;

/** The names of as many spatial dimensions. */
const spatialNames = (first: number, spatial: number): number[] =>
  Array.from({ length: spatial }, (_, i) => first + i);

/** The product of windows and weights. */
function correlate(x: Tensor, weight: Tensor, g: Geometry): Tensor {
  const spatial = g.stride.length;
  const kernel = weight.shape.slice(2);
  const padded = bordered(x, g.before, g.after);
  const unfolded = windows(padded.detach(), kernel, g.stride, g.dilation);
  const grouped = unflatten(unfolded, 1, [g.groups, -1]);
  const filters = unflatten(weight.detach(), 0, [g.groups, -1]);
  const places = spatialNames(PLACE, spatial);
  const kernels = spatialNames(KERNEL, spatial);
  const out = contract('conv', grouped, filters, {
    a: [BATCH, GROUP, IN, ...places, ...kernels],
    b: [GROUP, OUT, IN, ...kernels],
    out: [BATCH, GROUP, OUT, ...places],
  });
  return reshape(out, [x.shape[0], weight.shape[0], ...out.shape.slice(3)]);
}

function bordered(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  if (before.every((n) => n === 0) && after.every((n) => n === 0)) return x;
  return padConstant(x, [0, 0, ...before], [0, 0, ...after], 0);
}

/** The convolution of dense inputs, with its gradients. */
function convolve(x: Tensor, weight: Tensor, g: Geometry): Tensor {
  const out = correlate(x, weight, g);
  return record('conv', out, [x, weight], convolveBack, [x, weight], g);
}

const convolveBack: Backward = (node, [grad]) => {
  const g = node.context as Geometry;
  const [x, weight] = [node.savedTensor(0), node.savedTensor(1)];
  const up = grad as Tensor;
  return [
    node.wants(0) ? inputGradient(up, weight, x.shape.slice(2), g) : null,
    node.wants(1) ? weightGradient(x, up, weight.shape, g) : null,
  ];
};

/** The convolution's transpose, which keeps its operands themselves: they may come to require gradients later. */
function convolveTransposed(x: Tensor, weight: Tensor, size: Shape, g: Geometry): Tensor {
  const out = inputGradient(x.detach(), weight.detach(), size, g);
  return record('convTranspose', out, [x, weight], transposedBack, [x, weight], g);
}

const transposedBack: Backward = (node, [grad]) => {
  const g = node.context as Geometry;
  const [x, weight] = [node.savedTensor(0), node.savedTensor(1)];
  const up = grad as Tensor;
  // As many columns as there were, also where outputPadding makes room for another one.
  const after = g.stride.map(
    (step, i) =>
      (x.shape[2 + i] - 1) * step +
      g.dilation[i] * (weight.shape[2 + i] - 1) +
      1 -
      up.shape[2 + i] -
      g.before[i],
  );
  return [
    node.wants(0) ? convolve(up, weight, { ...g, after }) : null,
    node.wants(1) ? weightGradient(up, x, weight.shape, g) : null,
  ];
};

/** Filters with input and output channels exchanged inside each group, and turned around. */
function turned(weight: Tensor, groups: number): Tensor {
  const spatial = weight.shape.slice(2).map((_, i) => i + 2);
  const split = unflatten(weight, 0, [groups, -1]);
  const swapped = transpose(split, 1, 2);
  const joined = reshape(swapped, [
    groups * weight.shape[1],
    weight.shape[0] / groups,
    ...weight.shape.slice(2),
  ]);
  return flip(joined, spatial);
}

/** The convolution's transpose: each output element spread over its window. */
function inputGradient(up: Tensor, weight: Tensor, size: Shape, g: Geometry): Tensor {
  const kernel = weight.shape.slice(2);
  const stretched = stretch(up, g.stride);
  const before = kernel.map((k, i) => g.dilation[i] * (k - 1) - g.before[i]);
  const after = kernel.map(
    (k, i) => size[i] - 1 + g.dilation[i] * (k - 1) + 1 - before[i] - stretched.shape[2 + i],
  );
  return convolve(stretched, turned(weight, g.groups), {
    stride: kernel.map(() => 1),
    before,
    after,
    dilation: g.dilation,
    groups: g.groups,
  });
}

/** The correlation of inputs with output gradients: batch and channels exchange their places. */
function weightGradient(x: Tensor, up: Tensor, shape: Shape, g: Geometry): Tensor {
  const [n, channels] = [x.shape[0], x.shape[1]];
  const perIn = channels / g.groups;
  // [n, G·i, …] becomes [i, G·n, …], and [n, G·o, …] becomes [G·o, n, …]: groups stay groups.
  const rest = x.shape.slice(2).map((_, i) => i + 3);
  const inputs = reshape(permute(unflatten(x, 1, [g.groups, perIn]), [2, 1, 0, ...rest]), [
    perIn,
    g.groups * n,
    ...x.shape.slice(2),
  ]);
  const filters = transpose(up, 0, 1);
  const spatial = shape.slice(2);
  // The last columns may not have been covered by any window.
  const after = spatial.map(
    (k, i) =>
      g.dilation[i] * (k - 1) +
      1 +
      g.stride[i] * (up.shape[2 + i] - 1) -
      x.shape[2 + i] -
      g.before[i],
  );
  const out = convolve(inputs, filters, {
    stride: g.dilation,
    before: g.before,
    after,
    dilation: g.stride,
    groups: g.groups,
  });
  return transpose(out, 0, 1);
}

/** Zeros put between the elements of the spatial dimensions. */
function stretch(x: Tensor, steps: readonly number[]): Tensor {
  if (steps.every((s) => s === 1)) return x;
  const shape = x.shape.map((n, d) => (d < 2 ? n : n === 0 ? 0 : (n - 1) * steps[d - 2] + 1));
  const out = allocate(shape, x.dtype, x.storage.backend, true);
  overwrite(every(out.detach(), steps, x.shape), x.detach());
  return record('stretch', out, [x], stretchBack, [], { steps, shape: x.shape });
}

function every(x: Tensor, steps: readonly number[], shape: Shape): Tensor {
  const strides = x.strides.map((s, d) => (d < 2 ? s : s * steps[d - 2]));
  return makeView('every', x, shape, strides, x.offset, (_node, [g]) => [
    stretch(g as Tensor, steps),
  ]);
}

const stretchBack: Backward = (node, [g]) => {
  const { steps, shape } = node.context as { steps: readonly number[]; shape: Shape };
  return [every(g as Tensor, steps, shape)];
};

function checkConv(
  operator: string,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  spatial: number,
): void {
  checkTensor(operator, x);
  checkTensor(operator, weight);
  if (bias !== null) checkTensor(operator, bias);
  for (const [name, p] of [
    ['weight', weight],
    ['bias', bias],
  ] as const) {
    if (p !== null && p.dtype !== x.dtype) {
      throw new DTypeError(
        `${operator}: the input is ${x.dtype} and the ${name} ${p.dtype}, they must have one dtype; convert one with x.to('${p.dtype}')`,
      );
    }
  }
  if (weight.ndim !== spatial + 2 || (x.ndim !== spatial + 2 && x.ndim !== spatial + 1)) {
    throw new ShapeError(
      `${operator}: expected an input of ${spatial + 2} dimensions (or ${spatial + 1} without a batch) and a weight of ${spatial + 2}, ` +
        `got shapes ${show(x.shape)} and ${show(weight.shape)}`,
    );
  }
}

function checkGroups(operator: string, x: Tensor, weight: Tensor, groups: number): void {
  const [outs, perGroup] = [weight.shape[0], weight.shape[1]];
  if (
    !Number.isInteger(groups) ||
    groups < 1 ||
    x.shape[1] !== perGroup * groups ||
    outs % groups !== 0
  ) {
    throw new ShapeError(
      `${operator}: an input of ${x.shape[1]} channels does not fit a weight of shape ${show(weight.shape)} with ${groups} group${groups === 1 ? '' : 's'}: ` +
        `it must have ${perGroup * groups} channels, and ${outs} output channels must be divisible by groups`,
    );
  }
}

/** The padding on both sides of each spatial dimension. */
function paddingOf(
  operator: string,
  padding: ConvOptions['padding'],
  extent: readonly number[],
  stride: readonly number[],
): { before: readonly number[]; after: readonly number[] } {
  if (padding === 'same') {
    if (stride.some((s) => s !== 1))
      throw new ValueError(`${operator}: padding 'same' needs stride 1`);
    const before = extent.map((e) => Math.floor(e / 2));
    return { before, after: extent.map((e, i) => e - before[i]) };
  }
  const size = padding === undefined || padding === 'valid' ? 0 : padding;
  const both = spread(operator, 'padding', size, extent.length, 0);
  return { before: both, after: both };
}

function conv(
  operator: string,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  spatial: number,
  options: ConvOptions,
): Tensor {
  checkConv(operator, x, weight, bias, spatial);
  if (x.ndim === spatial + 1)
    return owned(squeeze(conv(operator, unsqueeze(x, 0), weight, bias, spatial, options), 0));
  const stride = spread(operator, 'stride', options.stride ?? 1, spatial, 1);
  const dilation = spread(operator, 'dilation', options.dilation ?? 1, spatial, 1);
  const groups = options.groups ?? 1;
  checkGroups(operator, x, weight, groups);
  const kernel = weight.shape.slice(2);
  const extent = kernel.map((k, i) => dilation[i] * (k - 1));
  const { before, after } = paddingOf(operator, options.padding, extent, stride);
  kernel.forEach((k, i) => {
    const size = x.shape[2 + i] + before[i] + after[i];
    if (size < extent[i] + 1) {
      throw new ShapeError(
        `${operator}: the padded input of size ${size} is smaller than the kernel of ${k} (dilated: ${extent[i] + 1}); input ${show(x.shape)}, weight ${show(weight.shape)}`,
      );
    }
  });
  // Half types are rounded once, behind the bias.
  const out = inFloat32([x, weight, bias], (input, filters, offset) =>
    withBias(
      operator,
      convolve(input, filters, { stride, before, after, dilation, groups }),
      offset,
    ),
  );
  return alsoSaving(owned(out), x, weight);
}

function withBias(operator: string, x: Tensor, bias: Tensor | null): Tensor {
  if (bias === null) return x;
  if (bias.ndim !== 1 || bias.shape[0] !== x.shape[1]) {
    throw new ShapeError(
      `${operator}: bias of shape ${show(bias.shape)} does not fit ${x.shape[1]} output channels`,
    );
  }
  return add(x, reshape(bias, [-1, ...x.shape.slice(2).map(() => 1)]));
}

const conv1dOf = (
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvOptions = {},
): Tensor => conv('conv1d', x, weight, bias, 1, options);

/**
 * A convolution over one dimension (PyTorch: `F.conv1d`).
 *
 * @param x `[n, channels, length]`, or without `n`.
 * @param weight `[out, channels / groups, kernel]`
 * @param bias `[out]` or null.
 * @throws ShapeError if channels or sizes do not fit.
 * @example conv1d(ones([1, 1, 5]), ones([1, 1, 3])) // tensor([[[3., 3., 3.]]])
 */
export const conv1d = /*#__PURE__*/ callable(
  'conv1d',
  conv1dOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('weight', kinds.tensor),
    /*#__PURE__*/ may('bias', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
  ],
  convKinds,
);

const conv2dOf = (
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvOptions = {},
): Tensor => conv('conv2d', x, weight, bias, 2, options);

/**
 * A convolution over two dimensions (PyTorch: `F.conv2d`).
 *
 * @param x `[n, channels, height, width]`, or without `n`.
 * @param weight `[out, channels / groups, kernelHeight, kernelWidth]`
 * @param bias `[out]` or null.
 * @throws ShapeError if channels or sizes do not fit.
 * @example conv2d(zeros([1, 3, 8, 8]), zeros([4, 3, 3, 3]), null, { padding: 1 }).shape // [1, 4, 8, 8]
 */
export const conv2d = /*#__PURE__*/ callable(
  'conv2d',
  conv2dOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('weight', kinds.tensor),
    /*#__PURE__*/ may('bias', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
  ],
  convKinds,
);

/** Options of transposed convolutions. */
export interface ConvTransposeOptions extends Omit<ConvOptions, 'padding'> {
  /** What a convolution of this output would have as padding. Default: 0. */
  padding?: Sizes;
  /** Added to one side of the output. Default: 0. */
  outputPadding?: Sizes;
}

function convTranspose(
  operator: string,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  spatial: number,
  options: ConvTransposeOptions,
): Tensor {
  checkConv(operator, x, weight, bias, spatial);
  if (x.ndim === spatial + 1) {
    return owned(
      squeeze(convTranspose(operator, unsqueeze(x, 0), weight, bias, spatial, options), 0),
    );
  }
  const stride = spread(operator, 'stride', options.stride ?? 1, spatial, 1);
  const dilation = spread(operator, 'dilation', options.dilation ?? 1, spatial, 1);
  const padding = spread(operator, 'padding', options.padding ?? 0, spatial, 0);
  const extra = spread(operator, 'outputPadding', options.outputPadding ?? 0, spatial, 0);
  const groups = options.groups ?? 1;
  if (x.shape[1] !== weight.shape[0] || x.shape[1] % groups !== 0) {
    throw new ShapeError(
      `${operator}: an input of ${x.shape[1]} channels does not fit a weight of shape ${show(weight.shape)} with ${groups} group${groups === 1 ? '' : 's'}`,
    );
  }
  if (extra.some((e, i) => e >= Math.max(stride[i], dilation[i]))) {
    throw new ValueError(`${operator}: outputPadding must be smaller than stride or dilation`);
  }
  const size = weight.shape
    .slice(2)
    .map(
      (k, i) =>
        (x.shape[2 + i] - 1) * stride[i] - 2 * padding[i] + dilation[i] * (k - 1) + extra[i] + 1,
    );
  const geometry = { stride, before: padding, after: padding, dilation, groups };
  const out = inFloat32([x, weight, bias], (input, filters, offset) =>
    withBias(operator, convolveTransposed(input, filters, size, geometry), offset),
  );
  return alsoSaving(owned(out), x, weight);
}

const convTranspose1dOf = (
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvTransposeOptions = {},
): Tensor => convTranspose('convTranspose1d', x, weight, bias, 1, options);

/**
 * A transposed convolution over one dimension (PyTorch: `F.conv_transpose1d`).
 *
 * @param weight `[channels, out / groups, kernel]`
 * @example convTranspose1d(ones([1, 1, 3]), ones([1, 1, 2]), null, { stride: 2 }).shape // [1, 1, 6]
 */
export const convTranspose1d = /*#__PURE__*/ callable(
  'convTranspose1d',
  convTranspose1dOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('weight', kinds.tensor),
    /*#__PURE__*/ may('bias', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
  ],
  convTransposeKinds,
);

const convTranspose2dOf = (
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvTransposeOptions = {},
): Tensor => convTranspose('convTranspose2d', x, weight, bias, 2, options);

/**
 * A transposed convolution over two dimensions (PyTorch: `F.conv_transpose2d`).
 *
 * @param weight `[channels, out / groups, kernelHeight, kernelWidth]`
 * @example convTranspose2d(ones([1, 1, 3, 3]), ones([1, 1, 2, 2]), null, { stride: 2 }).shape // [1, 1, 6, 6]
 */
export const convTranspose2d = /*#__PURE__*/ callable(
  'convTranspose2d',
  convTranspose2dOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('weight', kinds.tensor),
    /*#__PURE__*/ may('bias', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
  ],
  convTransposeKinds,
);
