// The primitives: what each one takes, gives, and how it is differentiated.
import { type DType, dtypes } from '../dtype.js';
import type { Expr } from './expr.js';
import * as s from './language.js';

/**
 * The scalar primitives. Every backend implements exactly these, and knows no operator's name.
 */
export type ScalarOp =
  | 'neg'
  | 'abs'
  | 'floor'
  | 'ceil'
  | 'trunc'
  | 'round'
  | 'sqrt'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'erf'
  | 'lgamma'
  | 'polygamma'
  | 'not'
  | 'cast'
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'rem'
  | 'pow'
  | 'atan2'
  | 'min'
  | 'max'
  | 'eq'
  | 'lt'
  | 'le'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shr'
  | 'select'
  | 'fma';

type TypeRule = (args: readonly DType[]) => DType | null;

interface Rule {
  readonly arity: 1 | 2 | 3;
  /** The result's dtype, or null if the arguments do not fit. */
  readonly type: TypeRule;
  /**
   * The gradient with respect to each argument, given the gradient `g` of the result: a vector-
   * Jacobian product. `null` stands for a gradient that is zero everywhere.
   */
  readonly vjp: (g: Expr, args: readonly Expr[], out: Expr) => readonly (Expr | null)[];
}

const same = (args: readonly DType[]): boolean => args.every((t) => t === args[0]);
const inCategory =
  (...allowed: readonly string[]): TypeRule =>
  (args) =>
    same(args) && allowed.includes(dtypes[args[0] as DType].category) ? (args[0] as DType) : null;

const floats = inCategory('float');
const numbers = inCategory('float', 'int');
const bits = inCategory('int', 'bool');
const ints = inCategory('int');
const compares: TypeRule = (args) => (same(args) ? 'bool' : null);

const none = () => [null, null, null];

type Args = readonly Expr[];
const unary = (type: TypeRule, d: (g: Expr, x: Expr, out: Expr) => Expr | null): Rule => ({
  arity: 1,
  type,
  vjp: (g, args, out) => [d(g, args[0] as Expr, out)],
});
const binary = (
  type: TypeRule,
  d: (g: Expr, a: Expr, b: Expr, out: Expr) => readonly (Expr | null)[],
): Rule => ({
  arity: 2,
  type,
  vjp: (g, args, out) => d(g, args[0] as Expr, args[1] as Expr, out),
});

// Equal values share the gradient, as PyTorch's maximum and minimum do.
const extremum = (g: Expr, a: Expr, b: Expr, wins: Expr): readonly Expr[] => {
  const tie = s.eq(a, b);
  const half = s.mul(g, 0.5);
  return [
    s.select(tie, half, s.select(wins, g, 0)),
    s.select(tie, half, s.select(wins, s.constant(0, g.dtype), g)),
  ];
};

/** The rule of every primitive; the type makes a missing one an error of compilation. */
export const rules: { readonly [P in ScalarOp]: Rule } = {
  neg: unary(numbers, (g) => s.neg(g)),
  abs: unary(numbers, (g, x) => s.mul(g, s.sign(x))),
  floor: unary(floats, () => null),
  ceil: unary(floats, () => null),
  trunc: unary(floats, () => null),
  round: unary(floats, () => null),
  sqrt: unary(floats, (g, _x, out) => s.div(g, s.mul(out, 2))),
  exp: unary(floats, (g, _x, out) => s.mul(g, out)),
  expm1: unary(floats, (g, _x, out) => s.mul(g, s.add(out, 1))),
  log: unary(floats, (g, x) => s.div(g, x)),
  log1p: unary(floats, (g, x) => s.div(g, s.add(x, 1))),
  sin: unary(floats, (g, x) => s.mul(g, s.cos(x))),
  cos: unary(floats, (g, x) => s.neg(s.mul(g, s.sin(x)))),
  tanh: unary(floats, (g, _x, out) => s.mul(g, s.sub(1, s.mul(out, out)))),
  erf: unary(floats, (g, x) => s.mul(g, s.mul(2 / Math.sqrt(Math.PI), s.exp(s.neg(s.mul(x, x)))))),
  lgamma: unary(floats, (g, x) => s.mul(g, s.polygamma(0, x))),
  polygamma: binary(floats, (g, n, x) => [null, s.mul(g, s.polygamma(s.add(n, 1), x))]),
  not: unary(bits, () => null),
  cast: unary(
    ([t]) => t ?? null,
    (g, x) => (dtypes[x.dtype].category === 'float' ? s.cast(g, x.dtype) : null),
  ),
  add: binary(numbers, (g) => [g, g]),
  sub: binary(numbers, (g) => [g, s.neg(g)]),
  mul: binary(numbers, (g, a, b) => [s.mul(g, b), s.mul(g, a)]),
  div: binary(numbers, (g, _a, b, out) => {
    const quotient = s.div(g, b);
    return [quotient, s.neg(s.mul(quotient, out))];
  }),
  rem: binary(numbers, (g, a, b) => [g, s.neg(s.mul(g, s.trunc(s.div(a, b))))]),
  pow: binary(numbers, (g, a, b, out) => [
    s.select(s.eq(b, 0), 0, s.mul(g, s.mul(b, s.pow(a, s.sub(b, 1))))),
    // At a = 0 the limit is 0 for b >= 0, where the formula would give 0 * -infinity.
    s.select(s.and(s.eq(a, 0), s.ge(b, 0)), 0, s.mul(g, s.mul(out, s.log(a)))),
  ]),
  atan2: binary(floats, (g, a, b) => {
    const q = s.div(g, s.add(s.mul(a, a), s.mul(b, b)));
    return [s.mul(q, b), s.neg(s.mul(q, a))];
  }),
  min: binary(numbers, (g, a, b) => extremum(g, a, b, s.lt(a, b))),
  max: binary(numbers, (g, a, b) => extremum(g, a, b, s.gt(a, b))),
  eq: binary(compares, none),
  lt: binary(compares, none),
  le: binary(compares, none),
  and: binary(bits, none),
  or: binary(bits, none),
  xor: binary(bits, none),
  shl: binary(ints, none),
  shr: binary(ints, none),
  select: {
    arity: 3,
    type: ([c, a, b]) => (c === 'bool' && a === b ? (a as DType) : null),
    vjp: (g, [c]: Args) => [
      null,
      s.select(c as Expr, g, 0),
      s.select(c as Expr, s.constant(0, g.dtype), g),
    ],
  },
  fma: {
    arity: 3,
    type: floats,
    vjp: (g, [a, b]: Args) => [s.mul(g, b as Expr), s.mul(g, a as Expr), g],
  },
};
