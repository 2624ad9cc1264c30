// Variances and standard deviations.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import type { Backward } from '../../autograd/node.js';
import { isFloat } from '../../dtype.js';
import { DTypeError, ValueError } from '../../errors.js';
import * as s from '../../scalar/language.js';
import { normalizeDims, numelOf } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { cast, denseArray } from '../create/to-clone.js';
import { abs, div, mul, square, sub } from '../elementwise/arithmetic.js';
import { eq, where } from '../elementwise/compare.js';
import { ternary, unary } from '../machinery/elementwise-operator.js';
import { inFloat32, isHalf } from '../machinery/half-types.js';
import { reshapeDense } from '../machinery/map-reduce.js';
import { alsoSaving, record } from '../machinery/record.js';
import { extreme, withAxes } from './min-max.js';
import { type Dims, type KeepdimOptions, mean, sum } from './sum-mean.js';

/** Options of `variance` and `std`. */
export interface VarianceOptions extends KeepdimOptions {
  /** Number subtracted from the count of elements in the divisor. Default: 1 (Bessel's correction). */
  correction?: number;
  /** PyTorch's older option, instead of `correction`: false means a correction of 0. */
  unbiased?: boolean;
}

const varianceKinds = { unbiased: kinds.boolean, keepdim: kinds.boolean, correction: kinds.number };

function varianceOf(x: Tensor, dim: Dims = null, options: VarianceOptions = {}): Tensor {
  checkTensor('var', x);
  return alsoSaving(
    inFloat32([x], (wide) => varied('var', wide, dim, options)),
    x,
  );
}

/**
 * The variance (PyTorch: `torch.var`), by default the unbiased one, divided by n - 1. Exported as
 * `var` too.
 *
 * @throws DTypeError for integers; ValueError if both correction and unbiased are given.
 * @example tensor([1, 2, 3, 4]).var() // tensor(1.6667)
 */
export const variance = /*#__PURE__*/ callable(
  'var',
  varianceOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.dims)],
  varianceKinds,
);

/** The dimensions of a variance, and the count of elements minus the correction. */
function degrees(
  operator: 'var' | 'std',
  x: Tensor,
  dim: Dims,
  { correction, unbiased }: VarianceOptions,
): Pick<VarianceContext, 'axes' | 'freedom'> {
  if (correction !== undefined && unbiased !== undefined) {
    throw new ValueError(
      `${operator}: pass correction or unbiased, not both; unbiased: false is correction: 0`,
    );
  }
  if (!isFloat(x.dtype)) {
    throw new DTypeError(
      `${operator}: takes floating-point tensors, got ${x.dtype}; use x.to('float32').${operator}()`,
    );
  }
  const axes = normalizeDims(operator, dim, x.ndim);
  const count = numelOf(axes.map((d) => x.shape[d]));
  return { axes, freedom: count - (correction ?? (unbiased === false ? 0 : 1)) };
}

/** The variance, as one node on the tape that reads the input again. */
function varied(operator: 'var' | 'std', x: Tensor, dim: Dims, options: VarianceOptions): Tensor {
  const { keepdim = false } = options;
  const { axes, freedom } = degrees(operator, x, dim, options);
  const given = x.detach();
  const centered = sub(given, mean(given, dim, { keepdim: true }));
  const out = div(sum(square(centered), dim, { keepdim }), Math.max(0, freedom));
  const whole = dim === null || x.ndim === 0;
  const context: VarianceContext = { axes, freedom, whole };
  return record(operator, out, [x], varianceBack, [x], context);
}

interface VarianceContext {
  readonly axes: readonly number[];
  /** The count of elements minus the correction; zero or negative if the variance is undefined. */
  readonly freedom: number;
  /** Whether no dimensions were given. */
  readonly whole: boolean;
}

const varianceBack: Backward = (node, [g]) => {
  const { axes, freedom, whole } = node.context as VarianceContext;
  const x = node.savedTensor(0);
  const middle = mean(x, axes.length === 0 ? null : axes, { keepdim: true });
  const up = withAxes(g as Tensor, axes, x.ndim);
  // As in PyTorch: without dimensions a constant, infinite except for elements equal to the mean; with dimensions the
  // formula.
  if (whole && freedom <= 0) {
    return [mul(up, where(eq(x.detach(), middle.detach()), NaN, Infinity))];
  }
  return [mul(mul(up, 2 / freedom), sub(x, middle))];
};

/**
 * Whether squares have overflowed or lost digits to underflow; false on devices whose values cannot be read directly.
 */
function leavesRange(squares: Tensor): boolean {
  if (squares.device !== 'cpu') return false;
  const values = denseArray('std', squares.detach());
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (v === Infinity || v < 1e-30) return true;
  }
  return false;
}

// The square root, with gradient 0 at 0, as PyTorch does for std.
const deviation = /*#__PURE__*/ unary('std', {
  expr: (v) => s.sqrt(v),
  vjp: (g, _v, out) => {
    const isZero = s.eq(out, 0);
    const safe = s.select(isZero, s.constant(1, out.dtype), out);
    return [s.select(isZero, 0, s.div(g, s.mul(safe, 2)))];
  },
});

/** The divisor before squaring: 1, or a power of 2 that scales values whose squares leave the range of float32. */
const scaleOf = /*#__PURE__*/ unary('std', {
  expr: (largest) => {
    const large = s.and(s.gt(largest, 1e15), s.lt(largest, Infinity));
    const small = s.and(s.lt(largest, 1e-15), s.gt(largest, 0));
    return s.select(large, 2 ** 80, s.select(small, 2 ** -80, s.constant(1, largest.dtype)));
  },
});

// The gradient from the distance to the mean in standard deviations; 0 if the deviation is 0, whatever the upstream
// gradient is.
const bySpread = /*#__PURE__*/ ternary('std', {
  expr: (g, distance, out) => {
    const isZero = s.eq(out, 0);
    const safe = s.select(isZero, s.constant(1, out.dtype), out);
    return s.select(isZero, 0, s.mul(g, s.div(distance, safe)));
  },
});

/** The standard deviation on a device where squares cannot be checked for overflow. */
function scaledDeviation(x: Tensor, dim: Dims, options: VarianceOptions): Tensor {
  const given = x.detach();
  const distance = abs(sub(given, mean(given, dim, { keepdim: true })));
  const scale = scaleOf(extreme('std', 'max', distance, dim, true));
  const { axes, freedom } = degrees('std', x, dim, options);
  // If the deviation is undefined, the gradient is that of the formula.
  const steps = freedom > 0 ? given : x;
  const scaled = deviation(varied('std', div(steps, scale), dim, options));
  const out = mul(scaled, reshapeDense(scale, scaled.shape));
  if (freedom <= 0) return alsoSaving(out, x);
  const context: VarianceContext = { axes, freedom, whole: dim === null || x.ndim === 0 };
  return record('std', out, [x], deviationBack, [x, out], context);
}

// Dividing first keeps the value in range, however large the deviation is.
const deviationBack: Backward = (node, [g]) => {
  const { axes, freedom } = node.context as VarianceContext;
  const [x, out] = [node.savedTensor(0), node.savedTensor(1)];
  const middle = mean(x, axes.length === 0 ? null : axes, { keepdim: true });
  const up = mul(withAxes(g as Tensor, axes, x.ndim), 1 / freedom);
  return [bySpread(up, sub(x, middle), withAxes(out, axes, x.ndim))];
};

function stdOf(x: Tensor, dim: Dims = null, options: VarianceOptions = {}): Tensor {
  checkTensor('std', x);
  const out = inFloat32([x], (wide) => {
    const single = wide.dtype === 'float32';
    if (single && wide.device !== 'cpu' && x.count > 0) return scaledDeviation(wide, dim, options);
    const squares = varied('std', wide, dim, options);
    if (!single || !leavesRange(squares)) return deviation(squares);
    const out = cast(deviation(varied('std', cast(wide, 'float64'), dim, options)), 'float32');
    return alsoSaving(out, wide, out);
  });
  return isHalf(x.dtype) ? alsoSaving(out, x, out) : out;
}

/**
 * The standard deviation (PyTorch: `torch.std`), by default from the unbiased variance.
 *
 * @throws DTypeError for integers; ValueError if both correction and unbiased are given.
 * @example tensor([1, 2, 3, 4]).std() // tensor(1.2910)
 */
export const std = /*#__PURE__*/ callable(
  'std',
  stdOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.dims)],
  varianceKinds,
);
