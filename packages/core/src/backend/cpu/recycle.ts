// Unused arrays, kept for later tensors of the same size.
import { type DType, dtypes, type TypedArray } from '../../dtype.js';

/** The size in bytes from which an array is worth keeping: allocating takes longer than the shortest operators. */
export const RECYCLED = 1 << 11;
/** The maximum number of bytes kept. */
const MOST = 1 << 27;

const kept = new Map<number, TypedArray[]>();
let bytesKept = 0;

// Codes of dtypes are below 16.
const keyOf = (length: number, dtype: DType): number => length * 16 + dtypes[dtype].code;

/** Keeps an array for `takeBack`. */
export function giveBack(array: TypedArray, dtype: DType): void {
  const { byteLength } = array;
  if (byteLength < RECYCLED || byteLength > MOST) return;
  // Sizes that are no longer requested must not be kept forever.
  if (bytesKept + byteLength > MOST) forgetAll();
  const key = keyOf(array.length, dtype);
  const list = kept.get(key);
  if (list === undefined) kept.set(key, [array]);
  else list.push(array);
  bytesKept += byteLength;
}

/** A kept array of that size, uninitialized, the last one added first; undefined if there is none. */
export function takeBack(length: number, dtype: DType): TypedArray | undefined {
  if (bytesKept === 0) return undefined;
  const array = kept.get(keyOf(length, dtype))?.pop();
  if (array !== undefined) bytesKept -= array.byteLength;
  return array;
}

/** Bytes that are kept now. */
export const pooled = (): number => bytesKept;

/** Drops all kept arrays, so that the garbage collector frees them. */
export function forgetAll(): void {
  kept.clear();
  bytesKept = 0;
}
