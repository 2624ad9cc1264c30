// Memory of small tensors: many of them share one ArrayBuffer, since creating one costs more than filling it.
import { type DType, dtypes, type TypedArray } from '../../dtype.js';

/** Arrays of at most `bytes` bytes share slabs of `slab` bytes, which live as long as any of them. */
export interface SlabClass {
  readonly bytes: number;
  readonly slab: number;
}

/** Returns an array on a slab; undefined if the length is too small or too large for one. */
export type SlabAllocator = (length: number, dtype: DType) => TypedArray | undefined;

/** The engine stores arrays up to this size in the object itself, without an ArrayBuffer. */
const INSIDE = 64;
const ALIGNMENT = 32;

/**
 * An allocator with its own slabs, each created by `fresh`. No part of a slab is used twice, so arrays have the content
 * that `fresh` created.
 *
 * @param classes size classes, the smallest first.
 */
export function slabAllocator(
  fresh: (bytes: number) => ArrayBuffer,
  classes: readonly SlabClass[],
): SlabAllocator {
  const open = classes.map((c) => ({ ...c, memory: new ArrayBuffer(0), at: 0 }));
  return (length, dtype) => {
    const bytes = length * dtypes[dtype].bytes;
    // A length that is not a number would restart at the beginning of the slab, which tensors use.
    if (!(bytes > INSIDE)) return undefined;
    for (let i = 0; i < open.length; i++) {
      const from = open[i];
      if (bytes > from.bytes) continue;
      if (from.at + bytes > from.memory.byteLength) {
        from.memory = fresh(from.slab);
        from.at = 0;
      }
      const array = new dtypes[dtype].array(from.memory, from.at, length);
      from.at = (from.at + bytes + ALIGNMENT - 1) & -ALIGNMENT;
      return array;
    }
    return undefined;
  };
}

const zeroed = /*#__PURE__*/ slabAllocator(
  (bytes) => new ArrayBuffer(bytes),
  [
    { bytes: 256, slab: 4096 },
    { bytes: 1024, slab: 16384 },
    { bytes: 4096, slab: 32768 },
  ],
);

/** A zeroed array of `length` elements. */
export const makeArray = (length: number, dtype: DType): TypedArray =>
  zeroed(length, dtype) ?? new dtypes[dtype].array(length);
