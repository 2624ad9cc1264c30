// Kinds of what the functions for files take; what is in a value or file, they look at themselves.
import { isOptionsObject, type kinds, need, type Place, Signature } from '@dl/core/functional';
import type { SaveTarget } from './bytes/sink.js';
import { isFileHandle, type LoadSource } from './bytes/source.js';

const isPromise = (x: unknown): boolean =>
  typeof (x as { then?: unknown } | null)?.then === 'function';

// What opens the target or the source says what it takes, and which function does without; a plain object names options.
const target = (bytes: string | null): kinds.Kind<SaveTarget> => ({
  words: `a file's path, a file handle or a WritableStream${bytes === null ? '' : `; ${bytes} gives the bytes`}`,
  is: (x): x is SaveTarget => x !== undefined && (!isOptionsObject(x) || isFileHandle(x)),
});

const source: kinds.Kind<LoadSource> = {
  words: "a file's path, bytes, a Blob, a ReadableStream or a file handle",
  is: (x): x is LoadSource => x !== undefined && !isPromise(x),
};

/** The place of what is saved, of any kind: those that cannot be saved are named with their place in it. */
const value: kinds.Kind<unknown> = {
  words: 'what is to be saved',
  is: (x): x is unknown => x !== undefined,
};

/** Where a function writes to, and the function that gives bytes instead. */
export const toTarget = (bytes: string | null = null): Place => need('target', target(bytes));
/** What a function reads from. */
export const fromSource = /*#__PURE__*/ need('source', source);
/** What a function saves. */
export const ofValue = (name: string): Place => need(name, value);

// biome-ignore lint/suspicious/noExplicitAny: kinds of all types stand in one table
type Options = { readonly [name: string]: kinds.Kind<any> };

/** Refuses what a function would have to ignore, and gives its arguments in their places. */
export const taker = (name: string, places: readonly Place[], options: Options = {}) => {
  const signature = new Signature(name, places, options);
  return <A extends readonly unknown[]>(given: A): A => signature.take(given) as A;
};
