// Pooling: the maximum or the mean of each window.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { isFloat } from '../../dtype.js';
import { ShapeError, ValueError } from '../../errors.js';
import { lowestOf } from '../../integers.js';
import { show } from '../../shape.js';
import { checkTensor, type Tensor, wrap } from '../../tensor.js';
import { arange } from '../create/arange-linspace.js';
import { onDeviceOf } from '../create/to-clone.js';
import { add, div, floorDivide, maximum, mul, remainder } from '../elementwise/arithmetic.js';
import { ge, isnan, logicalOr } from '../elementwise/compare.js';
import { where } from '../elementwise/where.js';
import { gather } from '../index/gather-scatter.js';
import { inFloat32 } from '../machinery/half-types.js';
import { owned } from '../machinery/map-reduce.js';
import { alsoSaving } from '../machinery/record.js';
import { type Pair, pair } from '../machinery/result-pair.js';
import { amax, argmax } from '../reduce/min-max.js';
import { mean, sum } from '../reduce/sum-mean.js';
import { cat } from '../view/cat-stack.js';
import { unfold } from '../view/movedim-unfold.js';
import { flatten, narrow, reshape } from '../view/views.js';
import { isTiling, type PoolGeometry, tileMeans } from './avg-pool-tiles.js';
import { checkFloat } from './batch-layer-group-norm.js';
import { type Sizes, spread, windows } from './convolution.js';
import { padConstant } from './pad.js';

/** Options of pooling. */
export interface PoolOptions {
  /** Stride of the window. Default: the kernel size. */
  stride?: Sizes | null;
  /** Padding on each side, at most half of the kernel size. Default: 0. */
  padding?: Sizes;
  /** Round the number of windows up, so that the last one may reach beyond the padding. Default: false. */
  ceilMode?: boolean;
}

const maxPoolKinds = {
  stride: /*#__PURE__*/ kinds.orNull(kinds.oneOrMore),
  padding: kinds.oneOrMore,
  dilation: kinds.oneOrMore,
  ceilMode: kinds.boolean,
} as const;
const avgPoolKinds = {
  stride: /*#__PURE__*/ kinds.orNull(kinds.oneOrMore),
  padding: kinds.oneOrMore,
  ceilMode: kinds.boolean,
  countIncludePad: kinds.boolean,
  divisorOverride: /*#__PURE__*/ kinds.orNull(kinds.integer),
} as const;

function geometry(
  operator: string,
  x: Tensor,
  spatial: number,
  kernelSize: Sizes,
  options: PoolOptions & { dilation?: Sizes },
): PoolGeometry {
  const kernel = spread(operator, 'kernelSize', kernelSize, spatial, 1);
  const stride = spread(operator, 'stride', options.stride ?? kernel, spatial, 1);
  const padding = spread(operator, 'padding', options.padding ?? 0, spatial, 0);
  const dilation = spread(operator, 'dilation', options.dilation ?? 1, spatial, 1);
  if (padding.some((p, i) => p > kernel[i] / 2)) {
    throw new ValueError(
      `${operator}: padding must be at most half of the kernel, got ${show(padding)} for ${show(kernel)}`,
    );
  }
  const sizes = x.shape.slice(x.ndim - spatial);
  const out = sizes.map((n, i) => {
    const [k, s, p, d] = [kernel[i], stride[i], padding[i], dilation[i]] as [
      number,
      number,
      number,
      number,
    ];
    const reach = n + 2 * p - d * (k - 1) - 1;
    let count = (options.ceilMode === true ? Math.ceil : Math.floor)(reach / s) + 1;
    // A window must start inside the input or its left padding.
    if (options.ceilMode === true && (count - 1) * s >= n + p) count--;
    if (count < 1) {
      throw new ShapeError(
        `${operator}: a kernel of size ${k} does not fit an input of shape ${show(x.shape)} with padding ${p}`,
      );
    }
    return count;
  });
  const after = sizes.map((n, i) => {
    const last = (out[i] - 1) * stride[i] + dilation[i] * (kernel[i] - 1) + 1;
    return Math.max(0, last - n - padding[i]);
  });
  return { kernel, stride, padding, dilation, out, after };
}

function checkRank(operator: string, x: Tensor, spatial: number): void {
  checkTensor(operator, x);
  if (x.ndim !== spatial + 1 && x.ndim !== spatial + 2) {
    throw new ShapeError(
      `${operator}: expected ${spatial + 2} dimensions (or ${spatial + 1} without a batch), got shape ${show(x.shape)}`,
    );
  }
}

function checkPool(operator: string, x: Tensor, spatial: number): void {
  checkRank(operator, x, spatial);
  refuseNothing(operator, x, spatial + 1, 'only the batch may be empty');
}

/** Throws for a size of 0 among the last dimensions. */
function refuseNothing(operator: string, x: Tensor, last: number, fix: string): void {
  if (!x.shape.slice(x.ndim - last).includes(0)) return;
  throw new ShapeError(`${operator}: cannot pool an empty input of shape ${show(x.shape)}; ${fix}`);
}

/** The windows flattened to one last dimension, with `fill` as padding. */
function unfolded(x: Tensor, g: PoolGeometry, fill: number): Tensor {
  const lead = x.ndim - g.kernel.length;
  const zeros = new Array<number>(lead).fill(0);
  const bare = g.padding.every((p) => p === 0) && g.after.every((p) => p === 0);
  const padded = bare ? x : padConstant(x, [...zeros, ...g.padding], [...zeros, ...g.after], fill);
  const all = windows(padded.detach(), g.kernel, g.stride, g.dilation);
  const cut = g.out.reduce((v, n, i) => narrow(v, lead + i, 0, n), all);
  const size = g.kernel.reduce((a, b) => a * b, 1);
  return reshape(cut, [...x.shape.slice(0, lead), ...g.out, size]);
}

/** The start of each window along a spatial dimension, and its first position that is not in the padding before it. */
function startsOf(g: PoolGeometry, i: number): { starts: Int32Array; firsts: Int32Array } {
  const step = g.dilation[i];
  const starts = Int32Array.from({ length: g.out[i] }, (_, o) => o * g.stride[i] - g.padding[i]);
  return { starts, firsts: starts.map((n) => n + step * Math.max(0, Math.ceil(-n / step))) };
}

/** The index of each window's chosen element in the flattened spatial dimensions. */
function positionsOf(x: Tensor, g: PoolGeometry, chosen: Tensor): Tensor {
  const spatial = g.kernel.length;
  const sizes = x.shape.slice(x.ndim - spatial);
  let rest = chosen;
  const offsets: Tensor[] = [];
  for (let i = spatial - 1; i >= 0; i--) {
    const k = g.kernel[i];
    offsets.unshift(remainder(rest, k));
    rest = floorDivide(rest, k);
  }
  let total: Tensor | null = null;
  for (let i = 0; i < spatial; i++) {
    const { starts, firsts } = startsOf(g, i);
    const shape = g.out.map((n, d) => (d === i ? n : 1));
    const [start, first] = [wrap(starts, shape, 'int32'), wrap(firsts, shape, 'int32')];
    const reached = add(mul(offsets[i], g.dilation[i]), onDeviceOf(x, start));
    // If no element is larger than the padding, the first element is meant.
    const at = g.padding[i] === 0 ? reached : maximum(reached, onDeviceOf(x, first));
    total = total === null ? at : add(mul(total, sizes[i]), at);
  }
  return total as Tensor;
}

/** Which windows lie entirely in the padding, as a tensor of shape `g.out`; null if none does. */
function windowsOutside(x: Tensor, g: PoolGeometry): Tensor | null {
  const spatial = g.kernel.length;
  let all: Tensor | null = null;
  for (let i = 0; i < spatial; i++) {
    const size = x.shape[x.ndim - spatial + i];
    const outside = Uint8Array.from(startsOf(g, i).firsts, (n) => Number(n >= size));
    if (!outside.includes(1)) continue;
    const one = onDeviceOf(
      x,
      wrap(
        outside,
        g.out.map((n, d) => (d === i ? n : 1)),
        'bool',
      ),
    );
    all = all === null ? one : logicalOr(all, one);
  }
  return all;
}

/** Whether windows must be searched for NaN: on `cpu`, where values can be read, a sum tells. */
const mayHoldNaN = (x: Tensor): boolean =>
  isFloat(x.dtype) && (x.device !== 'cpu' || Number.isNaN(sum(x.detach()).item()));

/** The index of each window's largest element, or of its last NaN if there is one, as in PyTorch. */
function lastNaN(all: Tensor, largest: Tensor): Tensor {
  const dim = all.ndim - 1;
  const places = onDeviceOf(all, arange(all.shape[dim], { dtype: 'int32' }));
  const last = amax(where(isnan(all), places, -1), dim);
  return where(ge(last, 0), last, largest);
}

/**
 * The largest element of each window and its index in the flattened spatial dimensions. A window entirely in the
 * padding yields the lowest number of the dtype and an index beyond the last element, as in PyTorch.
 */
function maxPool(
  operator: string,
  x: Tensor,
  spatial: number,
  kernelSize: Sizes,
  options: MaxPoolOptions,
): Pair {
  checkPool(operator, x, spatial);
  const g = geometry(operator, x, spatial, kernelSize, options);
  const all = unfolded(x.detach(), g, lowestOf(x.dtype));
  const first = argmax(all, -1);
  const chosen = mayHoldNaN(x) ? lastNaN(all, first) : first;
  const indices = positionsOf(x, g, chosen);
  const flat = flatten(x, x.ndim - spatial);
  const outside = windowsOutside(x, g);
  const places = outside === null ? indices : where(outside, 0, indices);
  const found = gather(flat, flat.ndim - 1, flatten(places, x.ndim - spatial));
  const values = reshape(found, indices.shape);
  const largest = outside === null ? values : where(outside, lowestOf(x.dtype), values);
  return pair(alsoSaving(owned(largest), x), owned(indices));
}

/** Options of max pooling. */
export interface MaxPoolOptions extends PoolOptions {
  /** Distance between elements of a window. Default: 1. */
  dilation?: Sizes;
}

function maxPool1dOf(
  x: Tensor,
  kernelSize: Sizes,
  options: MaxPoolOptions & { returnIndices?: boolean } = {},
): Tensor | Pair {
  const found = maxPool('maxPool1d', x, 1, kernelSize, options);
  return options.returnIndices === true ? found : found.values;
}

/**
 * Max pooling over one dimension (PyTorch: `F.max_pool1d`); with `returnIndices` also returns the indices of the
 * maxima.
 *
 * @example maxPool1d(tensor([[[1, 3, 2, 4]]]), 2) // tensor([[[3., 4.]]])
 */
export const maxPool1d = /*#__PURE__*/ callable(
  'maxPool1d',
  maxPool1dOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('kernelSize', kinds.oneOrMore)],
  /*#__PURE__*/ kinds.joined(maxPoolKinds, { returnIndices: kinds.boolean }),
) as MaxPool;

function maxPool2dOf(
  x: Tensor,
  kernelSize: Sizes,
  options: MaxPoolOptions & { returnIndices?: boolean } = {},
): Tensor | Pair {
  const found = maxPool('maxPool2d', x, 2, kernelSize, options);
  return options.returnIndices === true ? found : found.values;
}

/**
 * Max pooling over two dimensions (PyTorch: `F.max_pool2d`); with `returnIndices` also returns the indices of the
 * maxima in the flattened image.
 *
 * @param x `[n, channels, height, width]`, or without `n`.
 * @example maxPool2d(zeros([1, 3, 8, 8]), 2).shape // [1, 3, 4, 4]
 */
export const maxPool2d = /*#__PURE__*/ callable(
  'maxPool2d',
  maxPool2dOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('kernelSize', kinds.oneOrMore)],
  /*#__PURE__*/ kinds.joined(maxPoolKinds, { returnIndices: kinds.boolean }),
) as MaxPool;

const maxPool2dWithIndicesOf = (x: Tensor, kernelSize: Sizes, options: MaxPoolOptions = {}): Pair =>
  maxPool('maxPool2dWithIndices', x, 2, kernelSize, options);

/**
 * Max pooling over two dimensions: values, and their indices in the flattened image (PyTorch: `F.max_pool2d(…,
 * return_indices=True)`).
 *
 * @example const { values, indices } = maxPool2dWithIndices(randn([1, 1, 4, 4]), 2);
 */
export const maxPool2dWithIndices = /*#__PURE__*/ callable(
  'maxPool2dWithIndices',
  maxPool2dWithIndicesOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('kernelSize', kinds.oneOrMore)],
  maxPoolKinds,
);

/** Options of average pooling. */
export interface AvgPoolOptions extends PoolOptions {
  /** Include the zeros of the padding in the average. Default: true. */
  countIncludePad?: boolean;
  /** Divisor to use instead of the size of the window. */
  divisorOverride?: number | null;
}

/** The signatures of `maxPool1d` and `maxPool2d`. */
interface MaxPool {
  (x: Tensor, kernelSize: Sizes, options: MaxPoolOptions & { returnIndices: true }): Pair;
  (x: Tensor, kernelSize: Sizes, options?: MaxPoolOptions & { returnIndices?: false }): Tensor;
  (x: Tensor, options: MaxPoolOptions & { kernelSize: Sizes; returnIndices: true }): Pair;
  (x: Tensor, options: MaxPoolOptions & { kernelSize: Sizes; returnIndices?: false }): Tensor;
}

function avgPool(
  operator: string,
  x: Tensor,
  spatial: number,
  kernelSize: Sizes,
  options: AvgPoolOptions,
): Tensor {
  checkPool(operator, x, spatial);
  if (options.divisorOverride === 0) {
    throw new ValueError(`${operator}: divisorOverride must not be 0`);
  }
  // PyTorch's means of int64 are integers, rounded towards 0; it supports no other integers.
  const whole = x.dtype === 'int64';
  if (!whole) checkFloat(operator, x);
  const divided = (total: Tensor, divisor: Tensor | number): Tensor =>
    div(total, divisor, whole ? { roundingMode: 'trunc' } : {});
  const override = options.divisorOverride ?? null;
  const g = geometry(operator, x, spatial, kernelSize, options);
  const lead = x.ndim - spatial;
  if (isTiling(g) && !whole) return tileMeans(x, g, override);
  // One sum over windows for each dimension in turn, because the window is a product of intervals.
  let out = x;
  for (let i = 0; i < spatial; i++) {
    const before = out.shape.map((_, d) => (d === lead + i ? g.padding[i] : 0));
    const after = out.shape.map((_, d) => (d === lead + i ? g.after[i] : 0));
    const bare = g.padding[i] === 0 && g.after[i] === 0;
    const padded = bare ? out : padConstant(out, before, after, 0);
    out = sumWindows(padded, lead + i, g.kernel[i], g.stride[i], g.out[i]);
  }
  if (override !== null) return divided(out, override);
  const counts = g.out.map((n, i) =>
    Float64Array.from({ length: n }, (_, o) => {
      const [k, p] = [g.kernel[i], g.padding[i]];
      const size = x.shape[lead + i];
      const start = o * g.stride[i] - p;
      const end = Math.min(start + k, size + p);
      return options.countIncludePad === false
        ? Math.min(end, size) - Math.max(start, 0)
        : end - start;
    }),
  );
  if (counts.every((c) => c.every((v) => v === c[0]))) {
    return divided(
      out,
      counts.reduce((n, c) => n * c[0], 1),
    );
  }
  return counts.reduce((v, c, i) => {
    const shape = g.out.map((n, d) => (d === i ? n : 1));
    const divisor = wrap(c, shape, 'float64').to(x.dtype);
    return divided(v, onDeviceOf(x, divisor));
  }, out);
}

/** Sums of `size` neighbors along a dimension, with stride `step`. */
function sumWindows(x: Tensor, dim: number, size: number, step: number, count: number): Tensor {
  const slid = unfold(x, dim, size, step);
  return sum(narrow(slid, dim, 0, count), -1);
}

const avgPool1dOf = (x: Tensor, kernelSize: Sizes, options: AvgPoolOptions = {}): Tensor =>
  alsoSaving(
    inFloat32([x], (wide) => avgPool('avgPool1d', wide, 1, kernelSize, options)),
    x,
  );

/**
 * Average pooling over one dimension (PyTorch: `F.avg_pool1d`); means of int64 are truncated.
 *
 * @example avgPool1d(tensor([[[1, 3, 2, 4]]]), 2) // tensor([[[2., 3.]]])
 */
export const avgPool1d = /*#__PURE__*/ callable(
  'avgPool1d',
  avgPool1dOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('kernelSize', kinds.oneOrMore)],
  avgPoolKinds,
);

const avgPool2dOf = (x: Tensor, kernelSize: Sizes, options: AvgPoolOptions = {}): Tensor =>
  alsoSaving(
    inFloat32([x], (wide) => avgPool('avgPool2d', wide, 2, kernelSize, options)),
    x,
  );

/**
 * Average pooling over two dimensions (PyTorch: `F.avg_pool2d`); means of int64 are truncated.
 *
 * @example avgPool2d(zeros([1, 3, 8, 8]), 2).shape // [1, 3, 4, 4]
 */
export const avgPool2d = /*#__PURE__*/ callable(
  'avgPool2d',
  avgPool2dOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('kernelSize', kinds.oneOrMore)],
  avgPoolKinds,
);

function adaptiveAvgPool2dOf(x: Tensor, outputSize: number | readonly (number | null)[]): Tensor {
  checkRank('adaptiveAvgPool2d', x, 2);
  refuseNothing('adaptiveAvgPool2d', x, 2, 'only the batch and the channels may be empty');
  checkFloat('adaptiveAvgPool2d', x);
  const wanted = typeof outputSize === 'number' ? [outputSize, outputSize] : outputSize;
  if (wanted.length !== 2 || wanted.some((n) => n !== null && n < 0)) {
    throw new ValueError(
      `adaptiveAvgPool2d: outputSize must be a non-negative integer, or a list of two of them or nulls, got ${kinds.described(outputSize)}`,
    );
  }
  return adaptiveMeans(x, wanted);
}

/** Means over windows chosen so that the last dimensions get these sizes; null keeps a size. */
export function adaptiveMeans(x: Tensor, sizes: readonly (number | null)[]): Tensor {
  const means = inFloat32([x], (wide) => windowMeans(wide, sizes));
  const out = means === x ? x.clone() : means;
  // PyTorch returns the plain mean if there is only one window.
  return sizes.every((n) => n === 1) ? out : alsoSaving(out, x);
}

function windowMeans(x: Tensor, sizes: readonly (number | null)[]): Tensor {
  let out = x;
  sizes.forEach((size, i) => {
    const d = x.ndim - sizes.length + i;
    const n = x.shape[d];
    const target = size ?? n;
    if (target === n) return;
    if (target === 0) {
      out = narrow(out, d, 0, 0);
      return;
    }
    const parts = Array.from({ length: target }, (_, o) => {
      const start = Math.floor((o * n) / target);
      const end = Math.ceil(((o + 1) * n) / target);
      return mean(narrow(out, d, start, end - start), d, { keepdim: true });
    });
    out = cat(parts, d);
  });
  return out;
}

/**
 * Average pooling to a given output size (PyTorch: `F.adaptive_avg_pool2d`); null keeps a size.
 *
 * @example adaptiveAvgPool2d(zeros([1, 3, 7, 9]), 1).shape // [1, 3, 1, 1]
 */
export const adaptiveAvgPool2d = /*#__PURE__*/ callable(
  'adaptiveAvgPool2d',
  adaptiveAvgPool2dOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('outputSize', /*#__PURE__*/ kinds.either(kinds.integer, kinds.sizesOrNull)),
  ],
  {},
);
