// Memory for device `cpu`: used again, on slabs, or as the system hands it out.
import {
  cpuBackend,
  type DType,
  dtypes,
  type Buffer as Memory,
  slabAllocator,
} from '@dl/core/functional';

/** Bytes up to which arrays that need not be zeroed lie side by side on memory that is not. */
const SHARED = 1 << 14;
const slabs = slabAllocator(fresh, [
  { bytes: 256, slab: 1 << 12 },
  { bytes: 1024, slab: 1 << 14 },
  { bytes: SHARED, slab: 1 << 16 },
]);

/** Memory as it comes: what is zeroed costs two or three times as much. */
function fresh(bytes: number): ArrayBuffer {
  return Buffer.allocUnsafeSlow(bytes).buffer;
}

/** Bytes of memory as it comes at most: Node gives no more at a time (`buffer.constants.MAX_LENGTH` on Node 20). */
const MOST_FRESH = 2 ** 32;

/** An array on memory as it comes; undefined if there is none, which the plain backend then says. */
function unzeroed(length: number, dtype: DType): Memory | undefined {
  const { array, bytes } = dtypes[dtype];
  try {
    return new array(fresh(length * bytes));
  } catch (e) {
    if (e instanceof RangeError) return undefined;
    throw e;
  }
}

/** The array that was last taken from those given back: it may still be in a cache. */
let warm: object | null = null;

/** Whether a buffer may still be in a cache, as a number for the addon. */
export const isWarm = (buffer: Memory): 0 | 1 => (buffer === warm ? 1 : 0);

/** Memory for elements. What need not be zeroed is taken as it comes: fresh pages cost more than most operators. */
export function alloc(length: number, dtype: DType, zeroed: boolean): Memory {
  if (zeroed) return cpuBackend.alloc(length, dtype, true);
  const old = cpuBackend.recycled(length, dtype);
  if (old !== undefined) {
    warm = old;
    return old;
  }
  const small = slabs(length, dtype);
  if (small !== undefined) return small;
  const bytes = length * dtypes[dtype].bytes;
  // What the slabs leave below their bound is too small for them; what is above the other is too large.
  const array = bytes <= SHARED || bytes > MOST_FRESH ? undefined : unzeroed(length, dtype);
  return array ?? cpuBackend.alloc(length, dtype, false);
}
