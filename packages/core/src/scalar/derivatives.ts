// The derivative of every primitive.
import { dtypes } from '../dtype.js';
import { type Expr, stating } from './expr.js';
import * as s from './language.js';
import type { ScalarOp } from './primitives.js';

/**
 * The gradient with respect to each argument, given the gradient `g` of the result: a vector- Jacobian product. `null`
 * means a gradient that is zero everywhere.
 */
type Vjp = (g: Expr, args: readonly Expr[], out: Expr) => readonly (Expr | null)[];

const none: Vjp = () => [null, null, null];

type Args = readonly Expr[];
const unary =
  (d: (g: Expr, x: Expr, out: Expr) => Expr | null): Vjp =>
  (g, args, out) => [d(g, args[0], out)];
const binary =
  (d: (g: Expr, a: Expr, b: Expr, out: Expr) => readonly (Expr | null)[]): Vjp =>
  (g, args, out) =>
    d(g, args[0], args[1], out);

// As in PyTorch's maximum and minimum: equal values share the gradient, and if one is NaN both get it.
const extremum = (g: Expr, a: Expr, b: Expr, losesA: Expr, losesB: Expr): readonly Expr[] => {
  const shared = s.select(s.eq(a, b), s.mul(g, 0.5), g);
  return [s.select(losesA, 0, shared), s.select(losesB, 0, shared)];
};

/**
 * Gives a function's value the derivative `slope`, as one factor: with large gradients, the separate paths through the
 * expression would be infinities of both signs, and their sum NaN.
 */
export const oneFactor = (value: Expr, x: Expr, slope: (x: Expr) => Expr): Expr =>
  stating(value, [x], (up, [x]) => [s.mul(up, slope(x))]);

// e^(-factor·x²). The exponential would multiply the rounding error of x² by x², so an fma computes that error and it
// is added back to first order; beyond 64 the result is 0 in every dtype.
const bell = (x: Expr, factor: number): Expr => {
  const a = s.min(s.magnitude(x), 64);
  const squared = s.mul(a, a);
  const lost = s.fma(a, a, s.neg(squared));
  const value = s.mul(s.exp(s.mul(squared, -factor)), s.sub(1, s.mul(lost, factor)));
  return oneFactor(value, x, (x) => {
    const within = s.max(s.min(x, 64), -64);
    return s.mul(s.mul(within, -2 * factor), bell(x, factor));
  });
};

// As in PyTorch, the second derivative multiplies the factor that may be 0 before the one that may be infinite.
const tanhBack = (g: Expr, out: Expr): Expr =>
  stating(s.mul(g, s.sub(1, s.mul(out, out))), [g, out], (up, [g, out]) => [
    tanhBack(up, out),
    s.mul(up, s.mul(s.mul(out, -2), g)),
  ]);

const power = (g: Expr, a: Expr, b: Expr): Expr | null => {
  const below = (less: Expr): Expr => s.mul(g, s.mul(b, s.pow(a, less)));
  if (b.op === 'const') return b.value === 0 ? null : below(s.constant(b.value - 1, b.dtype));
  // For b = 0 the exponent is set to 1, so that 0 to the power -1 does not enter the next order.
  const isZero = s.eq(b, 0);
  return s.select(isZero, 0, below(s.select(isZero, s.constant(1, b.dtype), s.sub(b, 1))));
};

// Scaled by the larger operand, so that the squares neither overflow nor underflow.
const polar = (a: Expr, b: Expr) => {
  const largest = s.max(s.abs(a), s.abs(b));
  const scaled = s.and(s.gt(largest, 0), s.lt(largest, Infinity));
  const scale = s.select(scaled, largest, 1);
  const [x, y] = [s.div(a, scale), s.div(b, scale)];
  const squares = s.add(s.mul(x, x), s.mul(y, y));
  const none = s.eq(squares, 0);
  // 0 at the origin, as in PyTorch.
  const over = (g: Expr): Expr => s.select(none, 0, s.div(g, s.select(none, 1, squares)));
  return { x, y, scale, over };
};

type OfPoint = readonly [g: Expr, a: Expr, b: Expr];
type Factors = (x: Expr, y: Expr) => readonly [Expr, Expr];

// A second derivative of the angle as one product: the sum of two would be NaN if they are infinite.
const polarSecond = (up: Expr, [g, a, b]: OfPoint, factors: Factors): Expr => {
  const { x, y, scale, over } = polar(a, b);
  const [first, last] = factors(x, y);
  return s.mul(up, s.div(s.div(s.mul(s.mul(over(over(g)), first), last), scale), scale));
};

const atan2Back = (g: Expr, a: Expr, b: Expr): readonly [Expr, Expr] => {
  const { x, y, scale, over } = polar(a, b);
  const twice: Factors = (x, y) => [x, s.mul(y, 2)];
  const across: Factors = (x, y) => [s.sub(x, y), s.add(x, y)];
  const finite = (x: Expr): Expr => s.select(s.lt(s.abs(x), Infinity), x, 0);
  return [
    stating(s.div(s.mul(over(g), y), scale), [g, a, b], (up, of) => [
      atan2Back(up, of[1], of[2])[0],
      s.neg(polarSecond(up, of as OfPoint, twice)),
      polarSecond(up, of as OfPoint, (x, y) => across(finite(x), y)),
    ]),
    stating(s.neg(s.div(s.mul(over(g), x), scale)), [g, a, b], (up, of) => [
      atan2Back(up, of[1], of[2])[1],
      polarSecond(up, of as OfPoint, (x, y) => across(x, finite(y))),
      polarSecond(up, of as OfPoint, twice),
    ]),
  ];
};

/** The density of the normal distribution, which is the derivative of `ndtr`. */
export const density = (x: Expr): Expr => s.mul(1 / Math.sqrt(2 * Math.PI), bell(x, 0.5));

/** The derivative of every primitive; the type makes a missing one a compile error. */
export const derivatives: { readonly [P in ScalarOp]: Vjp } = {
  neg: unary((g) => s.neg(g)),
  abs: unary((g, x) => s.mul(g, s.sign(x))),
  floor: unary(() => null),
  ceil: unary(() => null),
  trunc: unary(() => null),
  round: unary(() => null),
  sqrt: unary((g, _x, out) => s.div(g, s.mul(out, 2))),
  exp: unary((g, _x, out) => s.mul(g, out)),
  expm1: unary((g, _x, out) => s.mul(g, s.add(out, 1))),
  log: unary((g, x) => s.div(g, x)),
  log1p: unary((g, x) => s.div(g, s.add(x, 1))),
  sin: unary((g, x) => s.mul(g, s.cos(x))),
  cos: unary((g, x) => s.neg(s.mul(g, s.sin(x)))),
  tanh: unary((g, _x, out) => tanhBack(g, out)),
  erf: unary((g, x) => s.mul(g, s.mul(2 / Math.sqrt(Math.PI), bell(x, 1)))),
  erfc: unary((g, x) => s.mul(g, s.mul(-2 / Math.sqrt(Math.PI), bell(x, 1)))),
  ndtr: unary((g, x) => s.mul(g, density(x))),
  lgamma: unary((g, x) => s.mul(g, s.polygamma(0, x))),
  polygamma: binary((g, n, x) => [null, s.mul(g, s.polygamma(s.add(n, 1), x))]),
  not: unary(() => null),
  cast: unary((g, x) => (dtypes[x.dtype].category === 'float' ? s.cast(g, x.dtype) : null)),
  add: binary((g) => [g, g]),
  sub: binary((g) => [g, s.neg(g)]),
  mul: binary((g, a, b) => [s.mul(g, b), s.mul(g, a)]),
  // Not (g / b)(a / b), whose first factor may overflow although the product is finite.
  div: binary((g, _a, b, out) => [s.div(g, b), s.neg(s.mul(g, s.div(out, b)))]),
  rem: binary((g, a, b) => [g, s.neg(s.mul(g, s.trunc(s.div(a, b))))]),
  pow: binary((g, a, b, out) => [
    power(g, a, b),
    // At a = 0 the limit is 0 for b >= 0, where the formula would be 0 * -infinity.
    s.select(s.and(s.eq(a, 0), s.ge(b, 0)), 0, s.mul(g, s.mul(out, s.log(a)))),
  ]),
  atan2: binary((g, a, b) => atan2Back(g, a, b)),
  min: binary((g, a, b) => extremum(g, a, b, s.gt(a, b), s.lt(a, b))),
  max: binary((g, a, b) => extremum(g, a, b, s.lt(a, b), s.gt(a, b))),
  eq: none,
  lt: none,
  le: none,
  and: none,
  or: none,
  xor: none,
  shl: none,
  shr: none,
  select: (g, [c]: Args) => [null, s.select(c, g, 0), s.select(c, s.constant(0, g.dtype), g)],
  fma: (g, [a, b]: Args) => [s.mul(g, b), s.mul(g, a), g],
};
