// The primitives of the scalar language: their arguments and results.
import { type DType, dtypes } from '../dtype.js';

/** The scalar primitives. Every backend implements exactly these, and knows no operator's name. */
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
  | 'erfc'
  | 'ndtr'
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

/** The result's dtype from the arguments' dtypes, or null if they do not fit. */
type TypeRule = (args: readonly DType[]) => DType | null;

/** The signature of a primitive. */
interface Signature {
  readonly arity: 1 | 2 | 3;
  readonly type: TypeRule;
}

const same = (args: readonly DType[]): boolean => args.every((t) => t === args[0]);
const inCategory =
  (...allowed: readonly string[]): TypeRule =>
  (args) =>
    same(args) && allowed.includes(dtypes[args[0]].category) ? args[0] : null;

const floats = inCategory('float');
const numbers = inCategory('float', 'int');
const bits = inCategory('int', 'bool');
const ints = inCategory('int');
const compares: TypeRule = (args) => (same(args) ? 'bool' : null);
const select: TypeRule = ([c, a, b]) => (c === 'bool' && a === b ? a : null);

/** The signature of every primitive; the type makes a missing one a compile error. */
export const primitives: { readonly [P in ScalarOp]: Signature } = {
  neg: { arity: 1, type: numbers },
  abs: { arity: 1, type: numbers },
  floor: { arity: 1, type: floats },
  ceil: { arity: 1, type: floats },
  trunc: { arity: 1, type: floats },
  round: { arity: 1, type: floats },
  sqrt: { arity: 1, type: floats },
  exp: { arity: 1, type: floats },
  expm1: { arity: 1, type: floats },
  log: { arity: 1, type: floats },
  log1p: { arity: 1, type: floats },
  sin: { arity: 1, type: floats },
  cos: { arity: 1, type: floats },
  tanh: { arity: 1, type: floats },
  erf: { arity: 1, type: floats },
  erfc: { arity: 1, type: floats },
  ndtr: { arity: 1, type: floats },
  lgamma: { arity: 1, type: floats },
  polygamma: { arity: 2, type: floats },
  not: { arity: 1, type: bits },
  cast: { arity: 1, type: ([t]) => t ?? null },
  add: { arity: 2, type: numbers },
  sub: { arity: 2, type: numbers },
  mul: { arity: 2, type: numbers },
  div: { arity: 2, type: numbers },
  rem: { arity: 2, type: numbers },
  pow: { arity: 2, type: numbers },
  min: { arity: 2, type: numbers },
  max: { arity: 2, type: numbers },
  atan2: { arity: 2, type: floats },
  eq: { arity: 2, type: compares },
  lt: { arity: 2, type: compares },
  le: { arity: 2, type: compares },
  and: { arity: 2, type: bits },
  or: { arity: 2, type: bits },
  xor: { arity: 2, type: bits },
  shl: { arity: 2, type: ints },
  shr: { arity: 2, type: ints },
  select: { arity: 3, type: select },
  fma: { arity: 3, type: floats },
};
