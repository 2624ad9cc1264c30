// Arrays that nobody needs any more, kept for the next tensors of the same size.
import { type DType, dtypes, type TypedArray } from '../../dtype.js';

/** Bytes from which on an array is worth keeping: fresh memory costs more than the shortest operators. */
export const RECYCLED = 1 << 11;
/** Bytes that are kept at most. */
const MOST = 1 << 27;

const kept = new Map<number, TypedArray[]>();
let bytesKept = 0;

// Codes of dtypes are below 16.
const keyOf = (length: number, dtype: DType): number => length * 16 + dtypes[dtype].code;

/** Keeps an array for `takeBack`. */
export function giveBack(array: TypedArray, dtype: DType): void {
  const { byteLength } = array;
  if (byteLength < RECYCLED || byteLength > MOST) return;
  // Sizes that nobody asks for any more must not stay for ever.
  if (bytesKept + byteLength > MOST) forgetAll();
  const key = keyOf(array.length, dtype);
  const list = kept.get(key);
  if (list === undefined) kept.set(key, [array]);
  else list.push(array);
  bytesKept += byteLength;
}

/** An array of that size with any content, the last one given back; undefined if there is none. */
export function takeBack(length: number, dtype: DType): TypedArray | undefined {
  if (bytesKept === 0) return undefined;
  const array = kept.get(keyOf(length, dtype))?.pop();
  if (array !== undefined) bytesKept -= array.byteLength;
  return array;
}

/** Bytes that are kept now. */
export const pooled = (): number => bytesKept;

/** Leaves everything that is kept to the collector. */
export function forgetAll(): void {
  kept.clear();
  bytesKept = 0;
}
