// Resizing images: nearest elements, or weighted sums of several.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { unrecorded } from '../../autograd/mode.js';
import type { Backward } from '../../autograd/node.js';
import { ShapeError, ValueError } from '../../errors.js';
import { type Shape, show } from '../../shape.js';
import { checkTensor, type Tensor, wrap } from '../../tensor.js';
import { onDeviceOf } from '../create/to-clone.js';
import { zeros } from '../create/zeros-ones-full.js';
import { add, mul } from '../elementwise/arithmetic.js';
import { indexSelectOf } from '../index/gather-scatter.js';
import { indexAdd } from '../index/index-add.js';
import { inFloat32 } from '../machinery/half-types.js';
import { record } from '../machinery/record.js';
import { checkFloat } from './batch-layer-group-norm.js';
import { type Sizes, spread } from './convolution.js';
import { adaptiveMeans } from './max-avg-pool.js';

/** The interpolation method of `interpolate`. */
export type InterpolateMode =
  | 'nearest'
  | 'nearest-exact'
  | 'linear'
  | 'bilinear'
  | 'bicubic'
  | 'area';

/** Options of `interpolate`. */
export interface InterpolateOptions {
  /** The result's spatial sizes; either this or `scaleFactor` is required. */
  size?: Sizes | null;
  scaleFactor?: number | readonly number[] | null;
  /**
   * `'nearest'` (default), `'nearest-exact'` (rounds as other libraries do), `'area'`, `'linear'` for one spatial
   * dimension, `'bilinear'` or `'bicubic'` for two.
   */
  mode?: InterpolateMode;
  /**
   * Align the centers of the corner elements, preserving their values; only for the linear and cubic modes. Default:
   * false.
   */
  alignCorners?: boolean | null;
  /** Sample with the ratio of the rounded sizes instead of `scaleFactor` itself. Default: false. */
  recomputeScaleFactor?: boolean | null;
  /** Use antialiasing when downsampling; bilinear and bicubic only. Default: false. */
  antialias?: boolean;
}

const blended: readonly string[] = ['linear', 'bilinear', 'bicubic'];

/** Throws for options that do not go together. */
function checkOptions(x: Tensor, spatial: number, mode: string, o: InterpolateOptions): void {
  const modes = [
    'nearest',
    'nearest-exact',
    'area',
    ...(spatial === 1 ? ['linear'] : blended.slice(1)),
  ];
  if (!modes.includes(mode)) {
    throw new ValueError(
      `interpolate: mode must be one of ${modes.map((m) => `'${m}'`).join(', ')} for ${x.ndim} dimensions, got '${mode}'`,
    );
  }
  if (((o.size ?? null) === null) === ((o.scaleFactor ?? null) === null)) {
    throw new ValueError('interpolate: pass either size or scaleFactor');
  }
  const corners = o.alignCorners ?? null;
  if (corners !== null && !blended.includes(mode)) {
    throw new ValueError(
      `interpolate: alignCorners applies to the modes ${blended.map((m) => `'${m}'`).join(', ')}; leave it out for '${mode}'`,
    );
  }
  if (o.recomputeScaleFactor === true && (o.size ?? null) !== null) {
    throw new ValueError(
      'interpolate: recomputeScaleFactor requires scaleFactor; leave it out if size is given',
    );
  }
  if (o.antialias === true && mode !== 'bilinear' && mode !== 'bicubic') {
    throw new ValueError(
      `interpolate: antialias needs mode 'bilinear' or 'bicubic' and 4 dimensions, got '${mode}' and ${x.ndim}`,
    );
  }
}

/** The factor of each dimension, or null if the sizes are given. */
function scalesOf(o: InterpolateOptions, spatial: number): readonly number[] | null {
  const scale = o.scaleFactor ?? null;
  if (scale === null) return null;
  const list = typeof scale === 'number' ? new Array<number>(spatial).fill(scale) : scale;
  if (list.length !== spatial || list.some((s) => !(s > 0 && Number.isFinite(s)))) {
    throw new ValueError(
      `interpolate: scaleFactor must be a positive number${spatial > 1 ? `, or a list of ${spatial}` : ''}, got ${kinds.described(scale)}`,
    );
  }
  return list;
}

function interpolateOf(x: Tensor, options: InterpolateOptions = {}): Tensor {
  checkTensor('interpolate', x);
  const spatial = x.ndim - 2;
  if (spatial !== 1 && spatial !== 2) {
    throw new ShapeError(`interpolate: expected 3 or 4 dimensions, got shape ${show(x.shape)}`);
  }
  const { mode = 'nearest' } = options;
  checkOptions(x, spatial, mode, options);
  const scales = scalesOf(options, spatial);
  const sizes: Shape =
    scales === null
      ? spread('interpolate', 'size', options.size as Sizes, spatial, 1)
      : scales.map((s, i) => Math.floor(x.shape[2 + i] * s));
  if (sizes.some((n) => n < 1) || x.shape.slice(2).some((n) => n < 1)) {
    throw new ShapeError(
      `interpolate: sizes must be positive, got ${show(x.shape.slice(2))} to be resized to ${show(sizes)}`,
    );
  }
  if (mode !== 'nearest' && mode !== 'nearest-exact') checkFloat('interpolate', x);
  if (mode === 'area') return adaptiveMeans(x, sizes);
  const kept = options.recomputeScaleFactor === true ? null : scales;
  const resized = inFloat32([x], (wide) => resize(wide, sizes, kept, options));
  return resized === x ? x.clone() : resized;
}

/** @param scales the factors that the sizes were computed from, if positions are computed from them too. */
function resize(
  x: Tensor,
  sizes: Shape,
  scales: readonly number[] | null,
  { mode = 'nearest', alignCorners, antialias }: InterpolateOptions,
): Tensor {
  let out = x;
  const f = x.dtype === 'float64' ? (v: number): number => v : Math.fround;
  // PyTorch's kernel for small images uses their sizes if these are equal or one is twice the other.
  const small = mode === 'nearest' && sizes.length === 2 && sizes[0] + sizes[1] <= 128;
  for (let i = 0; i < sizes.length; i++) {
    const from = x.shape[2 + i];
    const to = sizes[i];
    // As in PyTorch, whatever the factor is.
    if (from === to && (antialias || mode === 'linear' || mode === 'bilinear')) continue;
    const bySizes = scales === null || (small && (to === from || to === 2 * from));
    const plain = f(bySizes ? from / to : 1 / scales[i]);
    const ratio = alignCorners === true ? f(to > 1 ? (from - 1) / (to - 1) : 0) : plain;
    const way: Way = { from, to, ratio, corners: alignCorners === true, f };
    if (mode === 'nearest' || mode === 'nearest-exact') {
      const places = nearest(way, mode === 'nearest' ? 0 : 0.5);
      out = resampled(out, { dim: 2 + i, from, taps: [{ places }] });
    } else {
      const cubic = mode === 'bicubic';
      const taps = antialias ? widened(way, cubic) : cubic ? four(way) : two(way);
      out = resampled(out, { dim: 2 + i, from, taps });
    }
  }
  return out;
}

/** How one dimension is resized. */
interface Way {
  readonly from: number;
  readonly to: number;
  /** Input elements per element of the result. */
  readonly ratio: number;
  readonly corners: boolean;
  /** Rounds to the precision in which PyTorch computes positions and weights. */
  readonly f: (v: number) => number;
}

/** For each element of the result: the position of one input element, and its weight. */
interface Tap {
  readonly places: Int32Array;
  readonly weights: Float64Array;
}

const tapOf = (to: number): Tap => ({ places: new Int32Array(to), weights: new Float64Array(to) });

function nearest({ from, to, ratio, f }: Way, shift: number): Int32Array {
  return Int32Array.from({ length: to }, (_, o) =>
    Math.min(from - 1, Math.floor(f((o + shift) * ratio))),
  );
}

/** The input coordinate of an element of the result. */
const placeOf = ({ ratio, corners, f }: Way, o: number): number =>
  corners ? f(o * ratio) : f(f(ratio * (o + 0.5)) - 0.5);

/** The two neighbors, for linear interpolation. */
function two(way: Way): Tap[] {
  const { from, to, f } = way;
  const [low, high] = [tapOf(to), tapOf(to)];
  for (let o = 0; o < to; o++) {
    const at = Math.max(0, placeOf(way, o));
    const first = Math.min(from - 1, Math.floor(at));
    low.places[o] = first;
    high.places[o] = Math.min(from - 1, first + 1);
    const w = f(at - first);
    low.weights[o] = f(1 - w);
    high.weights[o] = w;
  }
  return [low, high];
}

/** The weight of an element at a distance, for cubic interpolation (Keys 1981). */
function cubicWeight(distance: number, a: number): number {
  const x = Math.abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/** The four neighbors, for cubic interpolation. */
function four(way: Way): Tap[] {
  const { from, to, f } = way;
  const taps = [tapOf(to), tapOf(to), tapOf(to), tapOf(to)];
  for (let o = 0; o < to; o++) {
    const at = placeOf(way, o);
    const first = Math.floor(at);
    const t = f(at - first);
    for (const [i, tap] of taps.entries()) {
      tap.places[o] = Math.min(from - 1, Math.max(0, first - 1 + i));
      tap.weights[o] = f(cubicWeight(t + 1 - i, -0.75));
    }
  }
  return taps;
}

/** All elements under a filter that is as wide as the distance between elements of the result. */
function widened({ from, to, ratio, f }: Way, cubic: boolean): Tap[] {
  const half = cubic ? 2 : 1;
  const wide = Math.max(1, ratio);
  const support = f(half * wide);
  const filter = (d: number): number =>
    cubic ? cubicWeight(d, -0.5) : Math.max(0, 1 - Math.abs(d));
  const taps = Array.from({ length: Math.min(from, 2 * Math.ceil(support) + 1) }, () => tapOf(to));
  for (let o = 0; o < to; o++) {
    const center = f(ratio * (o + 0.5));
    const first = Math.max(0, Math.trunc(f(center - support + 0.5)));
    const count = Math.min(from, Math.trunc(f(center + support + 0.5))) - first;
    const weights = Array.from({ length: count }, (_, j) =>
      f(filter(f((j + first - center + 0.5) / wide))),
    );
    const total = weights.reduce((a, b) => a + b, 0);
    for (const [j, tap] of taps.entries()) {
      tap.places[o] = Math.min(from - 1, first + j);
      tap.weights[o] = f((weights[j] ?? 0) / total);
    }
  }
  return taps;
}

/** How a dimension of the result is computed: positions, and weights except for the nearest element. */
interface Resampling {
  readonly dim: number;
  /** The size of the dimension before. */
  readonly from: number;
  readonly taps: readonly (Pick<Tap, 'places'> & Partial<Tap>)[];
}

const weightsOf = (x: Tensor, dim: number, weights: Float64Array): Tensor => {
  const shape = x.shape.map((_, d) => (d === dim ? weights.length : 1));
  return onDeviceOf(x, wrap(weights, shape, 'float64').to(x.dtype));
};

/**
 * The weighted sum of the taps along a dimension. As in PyTorch nothing is saved for the gradient, which can therefore
 * be computed again.
 */
function resampled(x: Tensor, way: Resampling): Tensor {
  const { dim, taps } = way;
  const out = unrecorded(() =>
    taps
      .map(({ places, weights }) => {
        const found = indexSelectOf(x, dim, placesOf(x, places));
        return weights === undefined ? found : mul(found, weightsOf(x, dim, weights));
      })
      .reduce((a, b) => add(a, b)),
  );
  return record('interpolate', out, [x], resampledBack, [], way);
}

const placesOf = (x: Tensor, places: Int32Array): Tensor =>
  onDeviceOf(x, wrap(places, [places.length], 'int32'));

const resampledBack: Backward = (node, [g]) => [gathered(g as Tensor, node.context as Resampling)];

/** Adds the elements back to where they came from: the gradient of `resampled`, and `resampled` is its gradient. */
function gathered(g: Tensor, way: Resampling): Tensor {
  const { dim, from, taps } = way;
  const out = unrecorded(() => {
    const none = zeros(
      g.shape.map((n, d) => (d === dim ? from : n)),
      { dtype: g.dtype, device: g.device },
    );
    return taps.reduce((total, { places, weights }) => {
      const part = weights === undefined ? g : mul(g, weightsOf(g, dim, weights));
      return indexAdd(total, dim, placesOf(g, places), part);
    }, none);
  });
  return record('interpolate', out, [g], gatheredBack, [], way);
}

const gatheredBack: Backward = (node, [g]) => [resampled(g as Tensor, node.context as Resampling)];

/** The kinds of {@link InterpolateOptions}. */
export const interpolateKinds = /*#__PURE__*/ (() =>
  ({
    size: /*#__PURE__*/ kinds.orNull(kinds.oneOrMore),
    scaleFactor: /*#__PURE__*/ kinds.orNull(
      /*#__PURE__*/ kinds.either(kinds.number, kinds.numbers),
    ),
    mode: /*#__PURE__*/ kinds.oneOf(
      'nearest',
      'nearest-exact',
      'linear',
      'bilinear',
      'bicubic',
      'area',
    ),
    alignCorners: /*#__PURE__*/ kinds.orNull(kinds.boolean),
    recomputeScaleFactor: /*#__PURE__*/ kinds.orNull(kinds.boolean),
    antialias: kinds.boolean,
  }) as const)();

/**
 * Resizes an image (PyTorch: `F.interpolate`).
 *
 * @param x `[n, channels, height, width]` or `[n, channels, length]`
 * @throws ValueError unless exactly one of size and scaleFactor is given, and for options that the mode does not
 *   support; ShapeError for other shapes and for empty results; DTypeError for integers, except in the nearest modes.
 * @example interpolate(zeros([1, 1, 2, 2]), { scaleFactor: 2 }).shape // [1, 1, 4, 4]
 */
export const interpolate = /*#__PURE__*/ callable(
  'interpolate',
  interpolateOf,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  interpolateKinds,
);
