// Kinds of arguments: what a value has to be, and how a message says so.
import { type DType, dtypes } from '../dtype.js';
import { Generator } from '../random/generator.js';
import { Tensor } from '../tensor.js';

/** What a value has to be. */
export interface Kind<in out T> {
  /** With its article, for messages: `an integer`. */
  readonly words: string;
  readonly is: (x: unknown) => x is T;
  /** Where arguments that stand one after the other make one list, what each of them has to be. */
  readonly each?: Kind<never>;
}

const kind = <T>(words: string, is: (x: unknown) => boolean, each?: Kind<never>): Kind<T> => ({
  words,
  is: is as (x: unknown) => x is T,
  ...(each === undefined ? {} : { each }),
});

const isNumber = (x: unknown): boolean => typeof x === 'number';
const isInteger = (x: unknown): boolean => Number.isInteger(x);
const isList = (of: (x: unknown) => boolean) => (x: unknown) => Array.isArray(x) && x.every(of);

/** Anything: for values that the function looks at itself. */
export const anything = /*#__PURE__*/ kind<unknown>('a value', () => true);
export const tensor = /*#__PURE__*/ kind<Tensor>('a tensor', (x) => x instanceof Tensor);
export const number = /*#__PURE__*/ kind<number>('a number', isNumber);
export const integer = /*#__PURE__*/ kind<number>('an integer', isInteger);
export const boolean = /*#__PURE__*/ kind<boolean>('true or false', (x) => typeof x === 'boolean');
export const string = /*#__PURE__*/ kind<string>('a string', (x) => typeof x === 'string');
export const callback = /*#__PURE__*/ kind<(...args: never[]) => unknown>(
  'a function',
  (x) => typeof x === 'function',
);
export const generator = /*#__PURE__*/ kind<Generator>(
  'a Generator',
  (x) => x instanceof Generator,
);
export const dtype = /*#__PURE__*/ kind<DType>(
  `one of ${
    /*#__PURE__*/ Object.keys(dtypes)
      .map((name) => `'${name}'`)
      .join(', ')
  }`,
  (x) => typeof x === 'string' && Object.hasOwn(dtypes, x),
);

const isScalar = (x: unknown): boolean =>
  typeof x === 'number' || typeof x === 'boolean' || typeof x === 'bigint';

/** A number in any of JavaScript's forms. */
export const scalar = /*#__PURE__*/ kind<number | boolean | bigint>('a number', isScalar);
/** An operand of an elementwise operator. */
export const operand = /*#__PURE__*/ kind<Tensor | number | boolean | bigint>(
  'a tensor or a number',
  (x) => x instanceof Tensor || isScalar(x),
);

/** Integers, such as a shape: as a list, or one after the other. */
export const integers = /*#__PURE__*/ kind<readonly number[]>(
  'a list of integers',
  isList(isInteger),
  kind<never>('an integer', isInteger),
);
/** An integer, or a list of them. */
export const oneOrMore = /*#__PURE__*/ kind<number | readonly number[]>(
  'an integer or a list of integers',
  (x) => isInteger(x) || isList(isInteger)(x),
);
export const numbers = /*#__PURE__*/ kind<readonly number[]>('a list of numbers', isList(isNumber));
export const tensors = /*#__PURE__*/ kind<readonly Tensor[]>(
  'a list of tensors',
  isList((x) => x instanceof Tensor),
);

/** One of these words. */
export const oneOf = <const W extends string>(...words: readonly W[]): Kind<W> =>
  kind<W>(`one of ${words.map((w) => `'${w}'`).join(', ')}`, (x) =>
    (words as readonly unknown[]).includes(x),
  );

/** Either of two kinds. */
export const either = <A, B>(a: Kind<A>, b: Kind<B>): Kind<A | B> =>
  kind<A | B>(`${a.words} or ${b.words}`, (x) => a.is(x) || b.is(x));

/** The kind, or null. */
export const orNull = <T>(a: Kind<T>): Kind<T | null> =>
  kind<T | null>(`${a.words} or null`, (x) => x === null || a.is(x));

/** The dimensions of a reduction: one, several, or null for all. */
export const dims = /*#__PURE__*/ orNull(oneOrMore);

/** An instance of a class. */
export const instance = <T>(
  type: abstract new (...args: never[]) => T,
  words = `a ${type.name}`,
): Kind<T> => kind<T>(words, (x) => x instanceof type);

/** What came, for messages: `an array`, `'a'`, `true`. */
export function described(x: unknown): string {
  if (x === null || x === undefined || typeof x === 'boolean') return String(x);
  if (typeof x === 'number' || typeof x === 'bigint') return String(x);
  if (typeof x === 'string') return x.length > 40 ? `'${x.slice(0, 40)}…'` : `'${x}'`;
  if (x instanceof Tensor) return `a tensor of shape [${x.shape.join(', ')}]`;
  if (typeof x === 'function') return x.name === '' ? 'a function' : `the function ${x.name}`;
  if (typeof x === 'symbol') return 'a symbol';
  if (Array.isArray(x)) {
    const plain = x.length <= 6 && x.every((v) => typeof v === 'number' || typeof v === 'string');
    return plain ? `[${x.map(described).join(', ')}]` : 'an array';
  }
  if (typeof (x as { then?: unknown }).then === 'function') return 'a promise (await it first)';
  const { constructor: type } = x as { constructor?: unknown };
  const name = typeof type === 'function' ? type.name : '';
  return name === '' || name === 'Object'
    ? 'an object'
    : `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
}
