// Exponentials, logarithms, trigonometry and related functions. Integers are converted to float32.
import { derivatives, oneFactor } from '../../scalar/derivatives.js';
import { stating } from '../../scalar/expr.js';
import * as s from '../../scalar/language.js';
import { binary, unary } from '../machinery/elementwise-operator.js';

// Rounded once; its own derivative is one product, so that gradients at 1 are infinite instead of NaN.
const oneMinusSquare = (x: s.Expr): s.Expr => s.fma(s.neg(x), x, 1);
// e^a / 2, which overflows only if the result does: from 64 on, a - 64 is exact.
const halfExp = (a: s.Expr): s.Expr => {
  const far = s.gt(a, 64);
  const power = s.exp(s.select(far, s.sub(a, 64), a));
  return s.mul(power, s.select(far, s.constant(Math.exp(64) / 2, a.dtype), 0.5));
};
// Below 1 computed from e^x - 1, which does not cancel near 0.
const sinhExpr = (x: s.Expr): s.Expr => {
  const a = s.magnitude(x);
  const small = s.lt(a, 1);
  // Not evaluated for large x: at infinity its derivative would be NaN.
  const m = s.expm1(s.select(small, a, 0));
  const near = s.mul(s.add(m, s.div(m, s.add(m, 1))), 0.5);
  const half = halfExp(a);
  const value = s.select(small, near, s.sub(half, s.div(0.25, half)));
  return oneFactor(s.select(s.eq(x, 0), x, s.select(s.lt(x, 0), s.neg(value), value)), x, coshExpr);
};
const coshExpr = (x: s.Expr): s.Expr => {
  const half = halfExp(s.magnitude(x));
  return oneFactor(s.add(half, s.div(0.25, half)), x, sinhExpr);
};
// The gradient of the base-2 logarithm. The factor comes last: before the division it could overflow although the
// quotient does not.
const log2Back = (g: s.Expr, x: s.Expr): s.Expr => {
  const quotient = s.div(g, x);
  return stating(s.mul(quotient, Math.LOG2E), [g, x], (up, [g, x]) => [
    log2Back(up, x),
    s.neg(s.mul(s.mul(up, s.div(s.div(g, x), x)), Math.LOG2E)),
  ]);
};
const atanBack = (g: s.Expr, x: s.Expr): s.Expr => {
  const [first] = derivatives.atan2(g, [x, s.constant(1, x.dtype)], x);
  return stating(first as s.Expr, [g, x], (up, [g, a]) => {
    const x = a;
    const squares = s.add(s.mul(x, x), 1);
    const small = s.div(s.div(g, squares), squares);
    return [atanBack(up, x), s.mul(s.mul(s.mul(up, small), x), -2)];
  });
};
const asinhExpr = (x: s.Expr): s.Expr => {
  const a = s.magnitude(x);
  const squared = s.mul(a, a);
  const small = s.log1p(s.add(a, s.div(squared, s.add(s.sqrt(s.add(squared, 1)), 1))));
  const value = s.select(s.gt(a, 1e9), s.add(s.log(a), Math.LN2), small);
  return s.select(s.eq(x, 0), x, s.select(s.lt(x, 0), s.neg(value), value));
};
// Two roots, whose product cannot overflow, and is NaN left of 1.
const acoshExpr = (x: s.Expr): s.Expr => {
  const t = s.sub(x, 1);
  const near = s.log1p(s.add(t, s.mul(s.sqrt(t), s.sqrt(s.add(t, 2)))));
  return s.select(s.gt(x, 1e9), s.add(s.log(x), Math.LN2), near);
};
// Squares overflow beyond `far` and lose digits below `near`: there the operands are scaled by powers of two, which
// round nothing.
const hypotScales = {
  float32: { far: 2 ** 62, near: 2 ** -50, down: 2 ** -66, up: 2 ** 100 },
  float64: { far: 2 ** 510, near: 2 ** -450, down: 2 ** -520, up: 2 ** 600 },
};
const hypotExpr = (a: s.Expr, b: s.Expr): s.Expr => {
  const [x, y] = [s.abs(a), s.abs(b)];
  const scales = a.dtype === 'float64' ? hypotScales.float64 : hypotScales.float32;
  const largest = s.max(x, y);
  const far = s.gt(largest, scales.far);
  const near = s.lt(largest, scales.near);
  const scaling = (down: number, up: number): s.Expr =>
    s.select(far, s.constant(down, a.dtype), s.select(near, s.constant(up, a.dtype), 1));
  const scale = scaling(scales.down, scales.up);
  const [u, v] = [s.mul(x, scale), s.mul(y, scale)];
  const root = s.sqrt(s.fma(u, u, s.mul(v, v)));
  const value = s.mul(root, scaling(1 / scales.down, 1 / scales.up));
  // If one operand is infinite, NaN is ignored, as in C.
  return s.select(s.or(s.eq(x, Infinity), s.eq(y, Infinity)), Infinity, value);
};

/**
 * The exponential `eˣ` (PyTorch: `torch.exp`).
 *
 * @example exp(tensor([0, 1])) // tensor([1.0000, 2.7183])
 */
export const exp = /*#__PURE__*/ unary('exp', {
  operands: 'float',
  expr: (x) => s.exp(x),
  samples: { dtypes: ['int32'] },
});

/**
 * `2ˣ` (PyTorch: `torch.exp2`).
 *
 * @example exp2(tensor([0, 3])) // tensor([1., 8.])
 */
export const exp2 = /*#__PURE__*/ unary('exp2', {
  operands: 'float',
  expr: (x) => s.pow(2, x),
  vjp: (g, _x, out) => [s.mul(g, s.mul(out, Math.LN2))],
});

/**
 * `eˣ - 1`, accurate near 0 (PyTorch: `torch.expm1`).
 *
 * @example expm1(tensor([0])) // tensor([0.])
 */
export const expm1 = /*#__PURE__*/ unary('expm1', { operands: 'float', expr: (x) => s.expm1(x) });

/**
 * Natural logarithm (PyTorch: `torch.log`).
 *
 * @example log(tensor([1, Math.E])) // tensor([0., 1.])
 */
export const log = /*#__PURE__*/ unary('log', {
  operands: 'float',
  expr: (x) => s.log(x),
  samples: { ranges: [[0.1, 4]] },
});

/**
 * Logarithm to the base 2 (PyTorch: `torch.log2`).
 *
 * @example log2(tensor([1, 8])) // tensor([0., 3.])
 */
export const log2 = /*#__PURE__*/ unary('log2', {
  operands: 'float',
  expr: (x) => s.mul(s.log(x), Math.LOG2E),
  vjp: (g, [x]) => [log2Back(g, x)],
  samples: { ranges: [[0.1, 4]] },
});

/**
 * Logarithm to the base 10 (PyTorch: `torch.log10`).
 *
 * @example log10(tensor([1, 100])) // tensor([0., 2.])
 */
export const log10 = /*#__PURE__*/ unary('log10', {
  operands: 'float',
  expr: (x) => s.mul(s.log(x), Math.LOG10E),
  samples: { ranges: [[0.1, 4]] },
});

/**
 * Natural logarithm of 1 + x, accurate near 0 (PyTorch: `torch.log1p`).
 *
 * @example log1p(tensor([0])) // tensor([0.])
 */
export const log1p = /*#__PURE__*/ unary('log1p', {
  operands: 'float',
  expr: (x) => s.log1p(x),
  samples: { ranges: [[-0.9, 4]] },
});

/**
 * Square root (PyTorch: `torch.sqrt`).
 *
 * @example sqrt(tensor([4, 9])) // tensor([2., 3.])
 */
export const sqrt = /*#__PURE__*/ unary('sqrt', {
  operands: 'float',
  expr: (x) => s.sqrt(x),
  samples: { ranges: [[0.1, 4]] },
});

/**
 * The reciprocal of the square root (PyTorch: `torch.rsqrt`).
 *
 * @example rsqrt(tensor([4])) // tensor([0.5000])
 */
export const rsqrt = /*#__PURE__*/ unary('rsqrt', {
  operands: 'float',
  expr: (x) => s.div(1, s.sqrt(x)),
  vjp: (g, _x, out) => [s.mul(s.mul(g, -0.5), s.mul(out, s.mul(out, out)))],
  samples: { ranges: [[0.1, 4]] },
});

/**
 * Sine of an angle in radians (PyTorch: `torch.sin`).
 *
 * @example sin(tensor([0])) // tensor([0.])
 */
export const sin = /*#__PURE__*/ unary('sin', { operands: 'float', expr: (x) => s.sin(x) });

/**
 * Cosine of an angle in radians (PyTorch: `torch.cos`).
 *
 * @example cos(tensor([0])) // tensor([1.])
 */
export const cos = /*#__PURE__*/ unary('cos', { operands: 'float', expr: (x) => s.cos(x) });

/**
 * Tangent of an angle in radians (PyTorch: `torch.tan`).
 *
 * @example tan(tensor([0])) // tensor([0.])
 */
export const tan = /*#__PURE__*/ unary('tan', {
  operands: 'float',
  expr: (x) => s.div(s.sin(x), s.cos(x)),
  vjp: (g, _x, out) => [s.mul(g, s.add(s.mul(out, out), 1))],
  samples: { ranges: [[-1.4, 1.4]] },
});

/**
 * Arcsine in radians (PyTorch: `torch.asin`).
 *
 * @example asin(tensor([0])) // tensor([0.])
 */
export const asin = /*#__PURE__*/ unary('asin', {
  operands: 'float',
  expr: (x) => s.atan2(x, s.sqrt(s.mul(s.sub(1, x), s.add(x, 1)))),
  vjp: (g, [x]) => [s.div(g, s.sqrt(oneMinusSquare(x)))],
  samples: { ranges: [[-0.95, 0.95]] },
});

/**
 * Arccosine in radians (PyTorch: `torch.acos`).
 *
 * @example acos(tensor([1])) // tensor([0.])
 */
export const acos = /*#__PURE__*/ unary('acos', {
  operands: 'float',
  expr: (x) => s.atan2(s.sqrt(s.mul(s.sub(1, x), s.add(x, 1))), x),
  vjp: (g, [x]) => [s.neg(s.div(g, s.sqrt(oneMinusSquare(x))))],
  samples: { ranges: [[-0.95, 0.95]] },
});

/**
 * Arctangent in radians (PyTorch: `torch.atan`).
 *
 * @example atan(tensor([0])) // tensor([0.])
 */
export const atan = /*#__PURE__*/ unary('atan', {
  operands: 'float',
  expr: (x) => s.atan2(x, 1),
  vjp: (g, [x]) => [atanBack(g, x)],
});

/**
 * Angle of the point (b, a) in radians (PyTorch: `torch.atan2`).
 *
 * @example atan2(tensor([1]), tensor([1])) // tensor([0.7854])
 */
export const atan2 = /*#__PURE__*/ binary('atan2', {
  operands: 'float',
  expr: (a, b) => s.atan2(a, b),
});

/**
 * The length of the hypotenuse, `√(x² + other²)`, broadcast (PyTorch: `torch.hypot`). It does not overflow if only the
 * squares do. Its gradients at the origin are NaN, as in PyTorch.
 *
 * @throws DTypeError for integers and booleans.
 * @example hypot(tensor([3, 5]), tensor([4, 12])) // tensor([ 5., 13.])
 */
export const hypot = /*#__PURE__*/ binary('hypot', {
  expr: (a, b) => hypotExpr(a, b),
  vjp: (g, [a, b], out) => [s.mul(g, s.div(a, out)), s.mul(g, s.div(b, out))],
  keeps: { result: true },
  samples: {
    ranges: [
      [0.3, 3],
      [-3, 3],
    ],
  },
});

/**
 * Hyperbolic sine (PyTorch: `torch.sinh`).
 *
 * @example sinh(tensor([0])) // tensor([0.])
 */
export const sinh = /*#__PURE__*/ unary('sinh', {
  operands: 'float',
  expr: (x) => sinhExpr(x),
  vjp: (g, [x]) => [s.mul(g, coshExpr(x))],
});

/**
 * Hyperbolic cosine (PyTorch: `torch.cosh`).
 *
 * @example cosh(tensor([0])) // tensor([1.])
 */
export const cosh = /*#__PURE__*/ unary('cosh', {
  operands: 'float',
  expr: (x) => coshExpr(x),
  vjp: (g, [x]) => [s.mul(g, sinhExpr(x))],
});

/**
 * Hyperbolic tangent (PyTorch: `torch.tanh`).
 *
 * @example tanh(tensor([0])) // tensor([0.])
 */
export const tanh = /*#__PURE__*/ unary('tanh', {
  operands: 'float',
  expr: (x) => s.tanh(x),
  samples: { dtypes: ['int32'] },
});

/**
 * Inverse hyperbolic sine (PyTorch: `torch.asinh`).
 *
 * @example asinh(tensor([0])) // tensor([0.])
 */
export const asinh = /*#__PURE__*/ unary('asinh', {
  operands: 'float',
  expr: (x) => asinhExpr(x),
  vjp: (g, [x]) => [s.div(g, s.sqrt(s.add(s.mul(x, x), 1)))],
  samples: { points: [0, 1e-4] },
});

/**
 * Inverse hyperbolic cosine (PyTorch: `torch.acosh`).
 *
 * @example acosh(tensor([1])) // tensor([0.])
 */
export const acosh = /*#__PURE__*/ unary('acosh', {
  operands: 'float',
  expr: (x) => acoshExpr(x),
  // Of |x|, so that the root at -1 is that of 0 instead of -0.
  vjp: (g, [x]) => {
    const a = s.abs(x);
    return [s.div(g, s.sqrt(s.fma(a, a, -1)))];
  },
  samples: { ranges: [[1.1, 4]] },
});

/**
 * Inverse hyperbolic tangent (PyTorch: `torch.atanh`).
 *
 * @example atanh(tensor([0])) // tensor([0.])
 */
export const atanh = /*#__PURE__*/ unary('atanh', {
  operands: 'float',
  expr: (x) => s.mul(s.sub(s.log1p(x), s.log1p(s.neg(x))), 0.5),
  vjp: (g, [x]) => [s.div(g, oneMinusSquare(x))],
  samples: { ranges: [[-0.95, 0.95]] },
});

/**
 * The error function (PyTorch: `torch.erf`).
 *
 * @example erf(tensor([0])) // tensor([0.])
 */
export const erf = /*#__PURE__*/ unary('erf', { operands: 'float', expr: (x) => s.erf(x) });

/**
 * Logarithm of the absolute value of the gamma function (PyTorch: `torch.lgamma`).
 *
 * @example lgamma(tensor([1, 4])) // tensor([0.0000, 1.7918])
 */
export const lgamma = /*#__PURE__*/ unary('lgamma', {
  operands: 'float',
  expr: (x) => s.lgamma(x),
  samples: { ranges: [[0.2, 5]] },
});

/**
 * Derivative of lgamma (PyTorch: `torch.digamma`).
 *
 * @example digamma(tensor([1])) // tensor([-0.5772])
 */
export const digamma = /*#__PURE__*/ unary('digamma', {
  operands: 'float',
  expr: (x) => s.polygamma(0, x),
  samples: { ranges: [[0.2, 5]] },
});

/**
 * Converts degrees to radians (PyTorch: `torch.deg2rad`).
 *
 * @example deg2rad(tensor([180])) // tensor([3.1416])
 */
export const deg2rad = /*#__PURE__*/ unary('deg2rad', {
  operands: 'float',
  expr: (x) => s.mul(x, Math.PI / 180),
  samples: { ranges: [[-360, 360]] },
});

/**
 * The complement of the error function, `1 - erf(x)`, accurate for large x too (PyTorch: `torch.erfc`).
 *
 * @example erfc(tensor([0])) // tensor([1.])
 */
export const erfc = /*#__PURE__*/ unary('erfc', {
  operands: 'float',
  expr: (x) => s.erfc(x),
});

/**
 * The fractional part, with the sign of x (PyTorch: `torch.frac`).
 *
 * @example frac(tensor([1.5, -1.25])) // tensor([ 0.5000, -0.2500])
 */
export const frac = /*#__PURE__*/ unary('frac', {
  expr: (x) => s.sub(x, s.trunc(x)),
});

/**
 * Converts radians to degrees (PyTorch: `torch.rad2deg`).
 *
 * @example rad2deg(tensor([Math.PI])) // tensor([180.])
 */
export const rad2deg = /*#__PURE__*/ unary('rad2deg', {
  operands: 'float',
  expr: (x) => s.mul(x, 180 / Math.PI),
});
