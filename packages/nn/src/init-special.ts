// Special initializations: orthogonal, Dirac, sparse, truncated normal.
import {
  any,
  callable,
  copy_,
  div,
  emptyLike,
  erf,
  fill_,
  fromTypedArray,
  full,
  gt,
  kinds,
  log,
  logicalAnd,
  logicalOr,
  lt,
  may,
  mul,
  narrow,
  need,
  noGrad,
  normal_,
  randn,
  randperm,
  reshape,
  ShapeError,
  select,
  set,
  square,
  sub,
  type Tensor,
  t,
  uniform_,
  ValueError,
  where,
  zero_,
} from '@dl/core/functional';
import type { InitOptions } from './init-options.js';

function diracOf(x: Tensor, groups = 1): Tensor {
  if (x.ndim < 3 || x.ndim > 5) {
    throw new ShapeError(`dirac_: needs 3, 4 or 5 dimensions, got shape [${x.shape.join(', ')}]`);
  }
  const [out, into, ...field] = x.shape as [number, number, ...number[]];
  if (!Number.isInteger(groups) || groups < 1 || out % groups !== 0) {
    throw new ValueError(`dirac_: ${out} output channels are not divisible by groups ${groups}`);
  }
  return noGrad(() => {
    zero_(x);
    const share = out / groups;
    for (let g = 0; g < groups; g++) {
      for (let d = 0; d < Math.min(share, into); d++) {
        let view = select(select(x.detach(), 0, g * share + d), 0, d);
        for (const size of field) view = select(view, 0, Math.floor(size / 2));
        fill_(view, 1);
      }
    }
    return x;
  });
}

/**
 * Makes a convolution preserve its input, channel by channel: its weight becomes the Dirac delta function (PyTorch:
 * `init.dirac_`).
 *
 * @throws ShapeError unless there are 3, 4 or 5 dimensions; ValueError if the output channels are not
 * divisible by the groups.
 */
export const dirac_ = /*#__PURE__*/ (() =>
  callable(
    'dirac_',
    diracOf,
    [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('groups', kinds.integer)],
    {},
  ))();

function orthogonalOf(x: Tensor, gain = 1, options: InitOptions = {}): Tensor {
  if (x.ndim < 2) {
    throw new ShapeError(
      `orthogonal_: needs at least 2 dimensions, got shape [${x.shape.join(', ')}]`,
    );
  }
  if (x.count === 0) return x;
  const rows = x.shape[0];
  const columns = x.count / rows;
  const dtype = x.dtype === 'float64' ? 'float64' : 'float32';
  let flat = randn([rows, columns], { dtype, ...options });
  if (rows < columns) flat = t(flat);
  const [m, n] = flat.shape as readonly [number, number];
  const q = orthonormal(Float64Array.from(flat.contiguous().data() as Float32Array), m, n);
  let made = fromTypedArray(q, [m, n], { dtype: 'float64' });
  if (rows < columns) made = t(made);
  return noGrad(() => copy_(x, mul(reshape(made, x.shape), gain).to(x.dtype).to(x.device)));
}

/**
 * Fills with a matrix whose rows (or columns, whichever are fewer) are orthonormal (Saxe et al. 2013; PyTorch:
 * `init.orthogonal_`).
 *
 * @param gain a scaling factor. Default: 1.
 * @throws ShapeError for fewer than 2 dimensions.
 * @example init.orthogonal_(layer.weight);
 */
export const orthogonal_ = /*#__PURE__*/ (() =>
  callable(
    'orthogonal_',
    orthogonalOf,
    [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('gain', kinds.number)],
    {
      generator: kinds.generator,
    },
  ))();

/** Q of the QR decomposition of a tall matrix, with a positive diagonal of R, by Householder reflections. */
function orthonormal(a: Float64Array, m: number, n: number): Float64Array {
  const at = (i: number, j: number): number => a[i * n + j];
  const reflections: Float64Array[] = [];
  const signs: number[] = [];
  for (let j = 0; j < n; j++) {
    const v = new Float64Array(m);
    let norm = 0;
    for (let i = j; i < m; i++) {
      v[i] = at(i, j);
      norm += at(i, j) ** 2;
    }
    norm = Math.sqrt(norm);
    // The diagonal of R becomes -sign·norm. Its sign is corrected at the end.
    const sign = at(j, j) < 0 ? -1 : 1;
    signs.push(-sign);
    v[j] = v[j] + sign * norm;
    normalize(v);
    reflections.push(v);
    reflect(a, v, m, n);
  }
  const q = new Float64Array(m * n);
  for (let j = 0; j < n; j++) q[j * n + j] = signs[j];
  for (let j = n - 1; j >= 0; j--) reflect(q, reflections[j], m, n);
  return q;
}

function normalize(v: Float64Array): void {
  let norm = 0;
  for (const e of v) norm += e * e;
  if (norm === 0) return;
  const factor = 1 / Math.sqrt(norm);
  for (let i = 0; i < v.length; i++) v[i] = v[i] * factor;
}

/** `a - 2·v·(vᵀ·a)` */
function reflect(a: Float64Array, v: Float64Array, m: number, n: number): void {
  for (let j = 0; j < n; j++) {
    let dot = 0;
    for (let i = 0; i < m; i++) dot += v[i] * a[i * n + j];
    for (let i = 0; i < m; i++) a[i * n + j] = a[i * n + j] - 2 * dot * v[i];
  }
}

function sparseOf(x: Tensor, sparsity: number, std = 0.01, options: InitOptions = {}): Tensor {
  if (x.ndim !== 2) {
    throw new ShapeError(`sparse_: needs a matrix, got shape [${x.shape.join(', ')}]`);
  }
  const [rows, columns] = x.shape as readonly [number, number];
  const none = Math.ceil(sparsity * rows);
  return noGrad(() => {
    normal_(x, 0, std, options);
    for (let column = 0; column < columns; column++) {
      const chosen = narrow(randperm(rows, options), 0, 0, none);
      set(select(x.detach(), 1, column), [chosen], 0);
    }
    return x;
  });
}

/**
 * Fills a matrix from a normal distribution and sets a fraction `sparsity` of each column to zero (Martens 2010;
 * PyTorch: `init.sparse_`).
 *
 * @throws ShapeError unless the tensor is a matrix.
 */
export const sparse_ = /*#__PURE__*/ (() =>
  callable(
    'sparse_',
    sparseOf,
    [
      /*#__PURE__*/ need('x', kinds.tensor),
      /*#__PURE__*/ need('sparsity', kinds.number),
      /*#__PURE__*/ may('std', kinds.number),
    ],
    { generator: kinds.generator },
  ))();

function truncNormalOf(
  x: Tensor,
  mean = 0,
  std = 1,
  a = -2,
  b = 2,
  options: InitOptions = {},
): Tensor {
  if (!(a < b) || !(std > 0)) {
    throw new ValueError(
      `truncNormal_: a must be less than b and std greater than 0, got a ${a}, b ${b}, std ${std}`,
    );
  }
  return noGrad(() => {
    // Draw on the CPU for every device, since the values are inspected there.
    const own = x.device === 'cpu' ? x.detach() : emptyLike(x, { device: 'cpu' });
    const kept = below((b - mean) / std) - below((a - mean) / std);
    if (kept > 0.3) byRedrawing(own, mean, std, [a, b], options);
    else byDensity(own, mean, std, [a, b], options);
    return own.storage === x.storage ? x : copy_(x, own.to(x.device));
  });
}

/**
 * Fills from a normal distribution truncated to `[a, b]`: values outside are drawn again (PyTorch:
 * `init.trunc_normal_`). If fewer than about a third would be kept, uniform values are drawn instead and accepted in
 * proportion to their density.
 *
 * @param a, b the limits, as absolute values (not in units of `std`).
 * @throws ValueError unless `a` is less than `b` and `std` greater than 0.
 * @example init.truncNormal_(layer.weight, 0, 0.02);
 */
export const truncNormal_ = /*#__PURE__*/ (() =>
  callable(
    'truncNormal_',
    truncNormalOf,
    [
      /*#__PURE__*/ need('x', kinds.tensor),
      /*#__PURE__*/ may('mean', kinds.number),
      /*#__PURE__*/ may('std', kinds.number),
      /*#__PURE__*/ may('a', kinds.number),
      /*#__PURE__*/ may('b', kinds.number),
    ],
    { generator: kinds.generator },
  ))();

/** The cumulative distribution function of the standard normal distribution. */
const below = (v: number): number =>
  (1 + erf(fromTypedArray(Float64Array.of(v / Math.SQRT2), [])).item()) / 2;

type Limits = readonly [a: number, b: number];

// Both draw in PyTorch's order, so that a seed gives PyTorch's values.

function byRedrawing(x: Tensor, mean: number, std: number, [a, b]: Limits, o: InitOptions): void {
  const [low, high] = [full([], a, { dtype: x.dtype }), full([], b, { dtype: x.dtype })];
  let drawn = normal_(x, mean, std, o);
  for (;;) {
    const outside = logicalOr(lt(drawn, low), gt(drawn, high));
    if (!any(outside).item()) break;
    drawn = where(outside, normal_(emptyLike(x), mean, std, o), drawn);
  }
  if (drawn !== x) copy_(x, drawn);
}

function byDensity(x: Tensor, mean: number, std: number, [a, b]: Limits, o: InitOptions): void {
  const peak = -0.5 * ((Math.max(a, Math.min(mean, b)) - mean) / std) ** 2;
  const refused = (candidates: Tensor): Tensor => {
    const density = sub(mul(square(div(sub(candidates, mean), std)), -0.5), peak);
    return gt(log(uniform_(emptyLike(x), 0, 1, o)), density);
  };
  let drawn = uniform_(x, a, b, o);
  let pending = refused(drawn);
  while (any(pending).item()) {
    const candidates = uniform_(emptyLike(x), a, b, o);
    drawn = where(pending, candidates, drawn);
    pending = logicalAnd(pending, refused(candidates));
  }
  if (drawn !== x) copy_(x, drawn);
}
