// The scalar language as functions, in which operators are written.
import { isFloat } from '../dtype.js';
import { apply, constant, type Expr, type Operand } from './expr.js';

export { cast, constant, type Expr, input, type Operand, param } from './expr.js';

/** `-x`. */
export const neg = (x: Operand): Expr => apply('neg', [x]);
/** The absolute value. */
export const abs = (x: Operand): Expr => apply('abs', [x]);
/**
 * The absolute value for formulas of functions that are smooth at 0: its derivative there is 1, the limit from the
 * right, so that the formula's derivatives of every order are right. The derivative of `abs` at 0 is 0, which is
 * PyTorch's choice at its kink.
 */
export const magnitude = (x: Expr): Expr => select(lt(x, 0), neg(x), x);
/** Rounds down to an integer. */
export const floor = (x: Operand): Expr => apply('floor', [x]);
/** Rounds up to an integer. */
export const ceil = (x: Operand): Expr => apply('ceil', [x]);
/** Rounds towards zero to an integer. */
export const trunc = (x: Operand): Expr => apply('trunc', [x]);
/** Rounds to the nearest integer, ties to even. */
export const round = (x: Operand): Expr => apply('round', [x]);
/** The square root. */
export const sqrt = (x: Operand): Expr => apply('sqrt', [x]);
/** e to the power of `x`. */
export const exp = (x: Operand): Expr => apply('exp', [x]);
/** `exp(x) - 1`, accurate near 0. */
export const expm1 = (x: Operand): Expr => apply('expm1', [x]);
/** The natural logarithm. */
export const log = (x: Operand): Expr => apply('log', [x]);
/** `log(1 + x)`, accurate near 0. */
export const log1p = (x: Operand): Expr => apply('log1p', [x]);
/** The sine of an angle in radians. */
export const sin = (x: Operand): Expr => apply('sin', [x]);
/** The cosine of an angle in radians. */
export const cos = (x: Operand): Expr => apply('cos', [x]);
/** The hyperbolic tangent. */
export const tanh = (x: Operand): Expr => apply('tanh', [x]);
/** The error function. */
export const erf = (x: Operand): Expr => apply('erf', [x]);
/** `1 - erf(x)`, accurate where that subtraction would cancel. */
export const erfc = (x: Operand): Expr => apply('erfc', [x]);
/** The normal cumulative distribution function, `erfc(-x / √2) / 2`. */
export const ndtr = (x: Operand): Expr => apply('ndtr', [x]);
/** The logarithm of the absolute value of the gamma function. */
export const lgamma = (x: Operand): Expr => apply('lgamma', [x]);
/** The n-th derivative of digamma; `polygamma(0, x)` is digamma itself. */
export const polygamma = (n: Operand, x: Operand): Expr => apply('polygamma', [n, x]);
/** Logical for bool, bitwise for integers. */
export const not = (x: Operand): Expr => apply('not', [x]);
/** The sum. */
export const add = (a: Operand, b: Operand): Expr => apply('add', [a, b]);
/** The difference. */
export const sub = (a: Operand, b: Operand): Expr => apply('sub', [a, b]);
/** The product. */
export const mul = (a: Operand, b: Operand): Expr => apply('mul', [a, b]);
/** Quotient; truncated for integers. */
export const div = (a: Operand, b: Operand): Expr => apply('div', [a, b]);
/** Remainder with the sign of the dividend, as C's `fmod`. */
export const rem = (a: Operand, b: Operand): Expr => apply('rem', [a, b]);
/** `a` to the power of `b`. */
export const pow = (a: Operand, b: Operand): Expr => apply('pow', [a, b]);
/** The angle of the point `(b, a)`, in radians. */
export const atan2 = (a: Operand, b: Operand): Expr => apply('atan2', [a, b]);
/** The smaller of the two; NaN if either is. */
export const min = (a: Operand, b: Operand): Expr => apply('min', [a, b]);
/** The larger of the two; NaN if either is. */
export const max = (a: Operand, b: Operand): Expr => apply('max', [a, b]);
/** Whether `a` and `b` are equal; false if either is NaN. */
export const eq = (a: Operand, b: Operand): Expr => apply('eq', [a, b]);
/** Whether `a` and `b` differ; true if either is NaN. */
export const ne = (a: Operand, b: Operand): Expr => apply('not', [apply('eq', [a, b])]);
/** Whether `a < b`. */
export const lt = (a: Operand, b: Operand): Expr => apply('lt', [a, b]);
/** Whether `a <= b`. */
export const le = (a: Operand, b: Operand): Expr => apply('le', [a, b]);
/** Whether `a > b`. */
export const gt = (a: Operand, b: Operand): Expr => apply('lt', [b, a]);
/** Whether `a >= b`. */
export const ge = (a: Operand, b: Operand): Expr => apply('le', [b, a]);
/** Logical for bool, bitwise for integers. */
export const and = (a: Operand, b: Operand): Expr => apply('and', [a, b]);
/** Logical for bool, bitwise for integers. */
export const or = (a: Operand, b: Operand): Expr => apply('or', [a, b]);
/** Logical for bool, bitwise for integers. */
export const xor = (a: Operand, b: Operand): Expr => apply('xor', [a, b]);
/** `a` shifted left by `b` bits. */
export const shl = (a: Operand, b: Operand): Expr => apply('shl', [a, b]);
/** `a` shifted right by `b` bits, keeping the sign. */
export const shr = (a: Operand, b: Operand): Expr => apply('shr', [a, b]);
/** `a` where the condition holds, otherwise `b`. */
export const select = (condition: Expr, a: Operand, b: Operand): Expr =>
  apply('select', [condition, a, b]);
/** `a * b + c`, rounded once. */
export const fma = (a: Operand, b: Operand, c: Operand): Expr => apply('fma', [a, b, c]);

/** Whether `x` is NaN. */
export const isNan = (x: Expr): Expr => not(eq(x, x));

/** -1, 0 or 1; 0 for NaN. */
export const sign = (x: Expr): Expr =>
  select(gt(x, 0), 1, select(lt(x, 0), constant(-1, x.dtype), constant(0, x.dtype)));

/** Whether an expression has a floating-point dtype. */
export const isFloatExpr = (x: Expr): boolean => isFloat(x.dtype);
