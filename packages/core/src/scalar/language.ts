// The scalar language as functions: what operators are written in.
import { isFloat } from '../dtype.js';
import { apply, constant, type Expr, type Operand } from './expr.js';

export { cast, constant, type Expr, input, type Operand, param } from './expr.js';

export const neg = (x: Operand): Expr => apply('neg', [x]);
export const abs = (x: Operand): Expr => apply('abs', [x]);
export const floor = (x: Operand): Expr => apply('floor', [x]);
export const ceil = (x: Operand): Expr => apply('ceil', [x]);
export const trunc = (x: Operand): Expr => apply('trunc', [x]);
/** To the nearest integer, halves to the even one. */
export const round = (x: Operand): Expr => apply('round', [x]);
export const sqrt = (x: Operand): Expr => apply('sqrt', [x]);
export const exp = (x: Operand): Expr => apply('exp', [x]);
export const expm1 = (x: Operand): Expr => apply('expm1', [x]);
export const log = (x: Operand): Expr => apply('log', [x]);
export const log1p = (x: Operand): Expr => apply('log1p', [x]);
export const sin = (x: Operand): Expr => apply('sin', [x]);
export const cos = (x: Operand): Expr => apply('cos', [x]);
export const tanh = (x: Operand): Expr => apply('tanh', [x]);
export const erf = (x: Operand): Expr => apply('erf', [x]);
export const lgamma = (x: Operand): Expr => apply('lgamma', [x]);
/** The n-th derivative of digamma; `polygamma(0, x)` is digamma itself. */
export const polygamma = (n: Operand, x: Operand): Expr => apply('polygamma', [n, x]);
export const not = (x: Operand): Expr => apply('not', [x]);
export const add = (a: Operand, b: Operand): Expr => apply('add', [a, b]);
export const sub = (a: Operand, b: Operand): Expr => apply('sub', [a, b]);
export const mul = (a: Operand, b: Operand): Expr => apply('mul', [a, b]);
/** Quotient; of integers, truncated. */
export const div = (a: Operand, b: Operand): Expr => apply('div', [a, b]);
/** Remainder with the sign of the dividend, as C's `fmod`. */
export const rem = (a: Operand, b: Operand): Expr => apply('rem', [a, b]);
export const pow = (a: Operand, b: Operand): Expr => apply('pow', [a, b]);
export const atan2 = (a: Operand, b: Operand): Expr => apply('atan2', [a, b]);
/** The smaller; NaN if either is. */
export const min = (a: Operand, b: Operand): Expr => apply('min', [a, b]);
/** The larger; NaN if either is. */
export const max = (a: Operand, b: Operand): Expr => apply('max', [a, b]);
export const eq = (a: Operand, b: Operand): Expr => apply('eq', [a, b]);
export const ne = (a: Operand, b: Operand): Expr => apply('not', [apply('eq', [a, b])]);
export const lt = (a: Operand, b: Operand): Expr => apply('lt', [a, b]);
export const le = (a: Operand, b: Operand): Expr => apply('le', [a, b]);
export const gt = (a: Operand, b: Operand): Expr => apply('lt', [b, a]);
export const ge = (a: Operand, b: Operand): Expr => apply('le', [b, a]);
export const and = (a: Operand, b: Operand): Expr => apply('and', [a, b]);
export const or = (a: Operand, b: Operand): Expr => apply('or', [a, b]);
export const xor = (a: Operand, b: Operand): Expr => apply('xor', [a, b]);
export const shl = (a: Operand, b: Operand): Expr => apply('shl', [a, b]);
export const shr = (a: Operand, b: Operand): Expr => apply('shr', [a, b]);
/** `a` where the condition holds, else `b`. */
export const select = (condition: Expr, a: Operand, b: Operand): Expr =>
  apply('select', [condition, a, b]);
/** `a * b + c`, rounded once. */
export const fma = (a: Operand, b: Operand, c: Operand): Expr => apply('fma', [a, b, c]);

/** Whether `x` is NaN. */
export const isNan = (x: Expr): Expr => not(eq(x, x));

/** -1, 0 or 1; 0 for NaN. */
export const sign = (x: Expr): Expr =>
  select(gt(x, 0), 1, select(lt(x, 0), constant(-1, x.dtype), constant(0, x.dtype)));

/** Whether an expression's values are of a floating-point dtype. */
export const isFloatExpr = (x: Expr): boolean => isFloat(x.dtype);
