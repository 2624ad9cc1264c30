// Memory of small tensors: many of them on one ArrayBuffer, since making one costs more than filling it.
import { type DType, dtypes, type TypedArray } from '../../dtype.js';

/** Arrays of at most `bytes` bytes share slabs of `slab` bytes, which live as long as any of them. */
const classes = [
  { bytes: 256, slab: 4096 },
  { bytes: 1024, slab: 16384 },
  { bytes: 4096, slab: 32768 },
].map((c) => ({ ...c, memory: new ArrayBuffer(0), at: 0 }));

const [small, middle, large] = classes as [
  (typeof classes)[0],
  (typeof classes)[0],
  (typeof classes)[0],
];

/** What the engine keeps in the object itself, without an ArrayBuffer. */
const INSIDE = 64;
const ALIGNMENT = 32;

const views: {
  readonly [D in DType]: new (
    memory: ArrayBuffer,
    at: number,
    n: number,
  ) => TypedArray;
} = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/** A zeroed array of `length` elements. */
export function makeArray(length: number, dtype: DType): TypedArray {
  const info = dtypes[dtype];
  const bytes = length * info.bytes;
  if (bytes <= INSIDE || bytes > large.bytes) return info.make(length);
  const from = bytes <= small.bytes ? small : bytes <= middle.bytes ? middle : large;
  if (from.at + bytes > from.memory.byteLength) {
    // No part of a slab is given out twice: it is as zero as the engine made it.
    from.memory = new ArrayBuffer(from.slab);
    from.at = 0;
  }
  const array = new views[dtype](from.memory, from.at, length);
  from.at = (from.at + bytes + ALIGNMENT - 1) & -ALIGNMENT;
  return array;
}
