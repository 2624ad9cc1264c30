// Kinds of arguments: which values an argument accepts, and how messages describe them.
import { type DType, dtypes } from '../dtype.js';
import { DTypeError, ShapeError } from '../errors.js';
import { Generator } from '../random/generator.js';
import { isPromise, tagOf } from '../realms.js';
import { Tensor } from '../tensor.js';

/** The values that an argument accepts. */
export interface Kind<T> {
  /** Description with its article, for messages: `an integer`. */
  readonly words: string;
  readonly is: (x: unknown) => x is T;
  /** The error thrown for other values. Default: a ValueError. */
  readonly error?: typeof DTypeError | typeof ShapeError;
  /** For a list that may be written out as separate arguments: the kind of each element. */
  readonly each?: Kind<unknown>;
}

/** A kind of list that may be written out as separate arguments: `permute(x, 0, 2, 1)`. */
export interface WrittenOut<T> extends Kind<T> {
  readonly each: Kind<unknown>;
}

/** A kind, from its description and a test. */
/*@__NO_SIDE_EFFECTS__*/
export const kind = <T>(words: string, is: (x: unknown) => boolean): Kind<T> => ({
  words,
  is: is as (x: unknown) => x is T,
});

/*@__NO_SIDE_EFFECTS__*/
const writtenOut = <T>(
  words: string,
  is: (x: unknown) => boolean,
  each: (x: unknown) => boolean,
  error: typeof DTypeError | typeof ShapeError = ShapeError,
): WrittenOut<T> => ({ ...kind<T>(words, is), each: kind<never>('', each), error });

/** @internal Whether a value is a tensor. */
export const isTensor = (x: unknown): x is Tensor => x instanceof Tensor;
const isNumber = (x: unknown): boolean => typeof x === 'number';
/**
 * A class cannot be called without `new`. Classes and built-ins such as `Number` have a read-only `prototype`;
 * built-ins are told apart by their source text.
 */
const isClass = (x: object): boolean =>
  Object.getOwnPropertyDescriptor(x, 'prototype')?.writable === false &&
  /^class\b/.test(Function.prototype.toString.call(x));
const isInteger = (x: unknown): boolean => Number.isInteger(x);
// A plain loop, because the cheapest calls take shapes too.
const isList = (of: (x: unknown) => boolean) => (x: unknown) => {
  if (!Array.isArray(x)) return false;
  for (let i = 0; i < x.length; i++) if (!of(x[i])) return false;
  return true;
};
const isIntegers = /*#__PURE__*/ isList(isInteger);

const orElse = <T>(error: typeof DTypeError | typeof ShapeError, of: Kind<T>): Kind<T> => ({
  ...of,
  error,
});

/** Anything: for values that the function checks itself. */
export const anything: Kind<unknown> = /*#__PURE__*/ kind('a value', () => true);
export const tensor: Kind<Tensor> = /*#__PURE__*/ orElse(
  DTypeError,
  /*#__PURE__*/ kind('a tensor', isTensor),
);
export const number: Kind<number> = /*#__PURE__*/ kind('a number', isNumber);
export const integer: Kind<number> = /*#__PURE__*/ kind('an integer', isInteger);
export const boolean: Kind<boolean> = /*#__PURE__*/ kind(
  'true or false',
  (x) => typeof x === 'boolean',
);
export const bigint: Kind<bigint> = /*#__PURE__*/ kind('a bigint', (x) => typeof x === 'bigint');
export const string: Kind<string> = /*#__PURE__*/ kind('a string', (x) => typeof x === 'string');
export const callback: Kind<(...args: never[]) => unknown> = /*#__PURE__*/ kind(
  'a function',
  (x) => typeof x === 'function' && !isClass(x),
);
/** Any object. */
export const object: Kind<object> = /*#__PURE__*/ kind(
  'an object',
  (x) => typeof x === 'object' && x !== null,
);
export const generator: Kind<Generator> = /*#__PURE__*/ kind(
  'a Generator',
  (x) => x instanceof Generator,
);
export const dtype: Kind<DType> = /*#__PURE__*/ orElse(
  DTypeError,
  /*#__PURE__*/ kind(
    `one of ${
      /*#__PURE__*/ Object.keys(dtypes)
        .map((name) => `'${name}'`)
        .join(', ')
    }`,
    (x) => typeof x === 'string' && Object.hasOwn(dtypes, x),
  ),
);

const isScalar = (x: unknown): boolean =>
  typeof x === 'number' || typeof x === 'boolean' || typeof x === 'bigint';

/** A number in any of JavaScript's forms: number, bigint or boolean. */
export const scalar: Kind<number | boolean | bigint> = /*#__PURE__*/ kind('a number', isScalar);
/** An operand of an elementwise operator. */
export const operand: Kind<Tensor | number | boolean | bigint> = /*#__PURE__*/ orElse(
  DTypeError,
  /*#__PURE__*/ kind('a tensor or a number', (x) => isTensor(x) || isScalar(x)),
);

export const operands: Kind<readonly (Tensor | number | boolean | bigint)[]> = /*#__PURE__*/ orElse(
  DTypeError,
  /*#__PURE__*/ kind(
    'a list of tensors or numbers',
    isList((x) => isTensor(x) || isScalar(x)),
  ),
);

/**
 * A Uint8Array. Inferred types name this interface: `Uint8Array<ArrayBufferLike>` in a declaration is an error in TypeScript
 * before 5.7.
 */
export interface ByteArray extends Uint8Array {}

/** Bytes, including those of another realm. */
export const bytes: Kind<ByteArray> = /*#__PURE__*/ kind(
  'a Uint8Array',
  (x) => tagOf(x) === 'Uint8Array',
);

/**
 * Integers, such as a shape: as a list or as separate arguments. (Other numbers are collected too, so that the whole
 * list is refused.)
 */
export const integers: WrittenOut<readonly number[]> = /*#__PURE__*/ writtenOut(
  'a list of integers',
  isIntegers,
  isNumber,
);
/** An integer, or a list of them. */
export const oneOrMore: Kind<number | readonly number[]> = /*#__PURE__*/ kind(
  'an integer or a list of integers',
  (x) => isInteger(x) || isIntegers(x),
);
/** Integers as a list or as separate arguments; one integer may stand for a list of one. */
export const integerOrIntegers: WrittenOut<number | readonly number[]> = /*#__PURE__*/ writtenOut(
  oneOrMore.words,
  oneOrMore.is,
  isNumber,
);
/** Integers as a list, never as separate arguments. */
export const list: Kind<readonly number[]> = /*#__PURE__*/ orElse(
  ShapeError,
  /*#__PURE__*/ kind('a list of integers', isIntegers),
);
export const numbers: Kind<readonly number[]> = /*#__PURE__*/ kind(
  'a list of numbers',
  isList(isNumber),
);
/** A list of tensors or nulls. */
export const tensorsOrNulls: Kind<readonly (Tensor | null)[]> = /*#__PURE__*/ kind(
  'a list of tensors, null for those without',
  isList((x) => x === null || x === undefined || isTensor(x)),
);
export const tensors: Kind<readonly Tensor[]> = /*#__PURE__*/ orElse(
  DTypeError,
  /*#__PURE__*/ kind('a list of tensors', isList(isTensor)),
);
/** Tensors as a list or as separate arguments. */
export const tensorsWrittenOut: WrittenOut<readonly Tensor[]> = /*#__PURE__*/ writtenOut(
  'a list of tensors',
  isList(isTensor),
  isTensor,
  DTypeError,
);

/** An integer of at least `least`, as messages describe it. */
export const integerFrom = (least: number): string =>
  least === 0
    ? 'a non-negative integer'
    : least === 1
      ? 'a positive integer'
      : `an integer of at least ${least}`;

/** Integers, with null for a size that stays the same. */
export const sizesOrNull: Kind<readonly (number | null)[]> = /*#__PURE__*/ kind(
  'a list of integers or nulls',
  isList((x) => x === null || isInteger(x)),
);
/** Dimensions of one tensor, and dimensions of another. */
export const pairOfLists: Kind<readonly [readonly number[], readonly number[]]> =
  /*#__PURE__*/ kind(
    'two lists of integers',
    (x) => isList(isIntegers)(x) && (x as unknown[]).length === 2,
  );

/** One of these strings. */
/*@__NO_SIDE_EFFECTS__*/
export const oneOf = <const W extends string>(...words: readonly W[]): Kind<W> =>
  kind<W>(`${words.length === 1 ? '' : 'one of '}${words.map((w) => `'${w}'`).join(', ')}`, (x) =>
    (words as readonly unknown[]).includes(x),
  );

/** Either of two kinds. */
/*@__NO_SIDE_EFFECTS__*/
export const either = <A, B>(a: Kind<A>, b: Kind<B>): Kind<A | B> => ({
  ...kind<A | B>(`${a.words} or ${b.words}`, (x) => a.is(x) || b.is(x)),
  ...(a.error === undefined ? {} : { error: a.error }),
});

/**
 * The kinds of one table and of another. Bundlers keep a spread at the top of a module, since it might call a getter; a call
 * that is marked as pure they drop if nothing uses it.
 */
/*@__NO_SIDE_EFFECTS__*/
export const joined = <A extends object, B extends object>(a: A, b: B): A & B => ({ ...a, ...b });

/** The kind, or null. */
/*@__NO_SIDE_EFFECTS__*/
export const orNull = <T>(a: Kind<T>): Kind<T | null> => ({
  ...kind<T | null>(`${a.words} or null`, (x) => x === null || a.is(x)),
  ...(a.error === undefined ? {} : { error: a.error }),
});

/** The dimensions of a reduction: one, several, or null for all. */
export const dims: Kind<number | readonly number[] | null> = /*#__PURE__*/ orNull(oneOrMore);

/** An instance of a class. */
/*@__NO_SIDE_EFFECTS__*/
export const instance = <T>(
  type: abstract new (...args: never[]) => T,
  words = `a ${type.name}`,
): Kind<T> => kind<T>(words, (x) => x instanceof type);

/** Describes a value for messages: `an array`, `'a'`, `true`. */
export function described(x: unknown): string {
  if (x === null || x === undefined || typeof x === 'boolean') return String(x);
  if (typeof x === 'number' || typeof x === 'bigint') return String(x);
  if (typeof x === 'string') return x.length > 40 ? `'${x.slice(0, 40)}…'` : `'${x}'`;
  if (isTensor(x)) return `a tensor of shape [${x.shape.join(', ')}]`;
  if (typeof x === 'function') {
    const what = isClass(x) ? 'class' : 'function';
    return x.name === '' ? `a ${what}` : `the ${what} ${x.name}`;
  }
  if (typeof x === 'symbol') return 'a symbol';
  if (Array.isArray(x)) {
    const plain = x.length <= 6 && x.every((v) => typeof v === 'number' || typeof v === 'string');
    return plain ? `[${x.map(described).join(', ')}]` : 'an array';
  }
  if (isPromise(x)) return 'a promise (await it first)';
  const { constructor: type } = x as { constructor?: unknown };
  const name = typeof type === 'function' ? type.name : '';
  return name === '' || name === 'Object'
    ? 'an object'
    : `${/^(?!Ui|UR)[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
}
