// A backend around a backend that puts guard elements behind every buffer, and counts the calls.
import {
  type Backend,
  type Buffer,
  DeviceError,
  type DType,
  dtypes,
  type TypedArray,
} from '@dl/core';
import type { Calls, Method } from './calls.js';

const GUARD = 16;
const PATTERN = 77;

/** A guarded backend, and the question whether the guards still stand. */
export interface Guarded {
  readonly backend: Backend;
  /** What was written past the end of a buffer since the last call, in words; null if nothing. */
  check(): Promise<string | null>;
}

/** Fills an array from `start` on with the pattern that must stay. */
function mark(array: TypedArray, start: number): void {
  if (array instanceof BigInt64Array) array.fill(BigInt(PATTERN), start);
  else array.fill(PATTERN, start);
}

/** Wraps a backend so that memory it is asked for is longer than what it may write; notes what is called. */
export function guarded(inner: Backend, calls: Calls): Guarded {
  const on = (method: Method): Backend => {
    calls.note(method);
    return inner;
  };
  /** What was made since the guards were looked at last. */
  let buffers = new Map<Buffer, { readonly dtype: DType; readonly length: number }>();
  let looking: typeof buffers = new Map();
  // Given back only once their guards were looked at: the collector may find tensors dead meanwhile.
  const freed = new Map<Buffer, DType>();
  const note = (data: TypedArray, dtype: DType, length: number): Buffer => {
    const buffer = inner.upload(data, dtype);
    buffers.set(buffer, { dtype, length });
    return buffer;
  };
  const backend: Backend = {
    device: inner.device,
    counted: inner.counted,
    recycles: inner.recycles,
    memory: () => on('memory').memory(),
    emptyCache: () => on('emptyCache').emptyCache(),
    alloc: (length, dtype, zeroed) => {
      calls.note('alloc');
      const data = new dtypes[dtype].array(length + GUARD);
      // What is not zeroed may hold anything: something that shows in a result.
      mark(data, zeroed ? length : 0);
      return note(data, dtype, length);
    },
    upload: (data, dtype) => {
      calls.note('upload');
      const longer = new dtypes[dtype].array(data.length + GUARD);
      (longer as Float32Array).set(data as Float32Array);
      mark(longer, data.length);
      return note(longer, dtype, data.length);
    },
    free: (buffer, dtype) => {
      calls.note('free');
      const known = buffers.get(buffer) ?? looking.get(buffer);
      if (known === undefined) inner.free(buffer, dtype);
      // Where nobody counts, memory can go at once, without its guards.
      else if (!inner.counted) inner.free((buffer as TypedArray).subarray(0, known.length), dtype);
      else if (freed.has(buffer)) throw new DeviceError(`${inner.device}: memory is freed twice`);
      else freed.set(buffer, dtype);
    },
    download: (...args) => on('download').download(...args),
    prepare: (program) => on('prepare').prepare(program),
    map: (...args) => on('map').map(...args),
    reduce: (...args) => on('reduce').reduce(...args),
    fold: (...args) => {
      const folded = on('fold').fold(...args);
      if (folded) calls.folded++;
      return folded;
    },
    contract: (...args) => on('contract').contract(...args),
    scan: (...args) => on('scan').scan(...args),
    gather: (...args) => on('gather').gather(...args),
    scatter: (...args) => on('scatter').scatter(...args),
    sort: (...args) => on('sort').sort(...args),
    sync: () => on('sync').sync(),
  };
  const check = async (): Promise<string | null> => {
    looking = buffers;
    buffers = new Map();
    try {
      return await written(looking);
    } finally {
      for (const [buffer, dtype] of freed) {
        if (!looking.has(buffer)) continue;
        inner.free(buffer, dtype);
        freed.delete(buffer);
      }
      looking = new Map();
    }
  };
  const written = async (taken: typeof buffers): Promise<string | null> => {
    // All at once: on a device each reading waits for the whole way there and back.
    const found = await Promise.all(
      [...taken].map(async ([buffer, { dtype, length }]) => {
        const guard = await inner.download(buffer, dtype, length, GUARD);
        const at = Array.from(guard as ArrayLike<number | bigint>, Number).findIndex(
          (v) => v !== PATTERN,
        );
        return at < 0
          ? null
          : `element ${length + at} of a ${dtype} buffer of ${length} was written`;
      }),
    );
    return found.find((text) => text !== null) ?? null;
  };
  return { backend, check };
}
