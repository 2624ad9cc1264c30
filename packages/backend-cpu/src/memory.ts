// Memory for device `cpu`: reused, on slabs, or newly allocated.
import {
  cpuBackend,
  type DType,
  dtypes,
  type Buffer as Memory,
  slabAllocator,
} from '@dl/core/functional';

/** Size in bytes up to which uninitialized arrays share slabs of uninitialized memory. */
const SHARED = 1 << 14;
const slabs = slabAllocator(fresh, [
  { bytes: 256, slab: 1 << 12 },
  { bytes: 1024, slab: 1 << 14 },
  { bytes: SHARED, slab: 1 << 16 },
]);

/** Uninitialized memory: zeroing it costs two or three times as much. */
function fresh(bytes: number): ArrayBuffer {
  return Buffer.allocUnsafeSlow(bytes).buffer;
}

/** Maximum number of uninitialized bytes: Node's limit (`buffer.constants.MAX_LENGTH` on Node 20). */
const MOST_FRESH = 2 ** 32;

/** An array on uninitialized memory; undefined if there is not enough, which the plain backend then reports. */
function unzeroed(length: number, dtype: DType): Memory | undefined {
  const { array, bytes } = dtypes[dtype];
  try {
    return new array(fresh(length * bytes));
  } catch (e) {
    if (e instanceof RangeError) return undefined;
    throw e;
  }
}

/** The freed array that was reused last: it may still be in a cache. */
let warm: object | null = null;

/** Whether a buffer may still be in a cache, as a number for the addon. */
export const isWarm = (buffer: Memory): 0 | 1 => (buffer === warm ? 1 : 0);

/** Memory for elements. If it need not be zeroed it is left uninitialized: new pages cost more than most operators. */
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
  // Arrays that the slabs reject below their limit are too small; those above are too large.
  const array = bytes <= SHARED || bytes > MOST_FRESH ? undefined : unzeroed(length, dtype);
  return array ?? cpuBackend.alloc(length, dtype, false);
}
