// A backend around a backend that puts guard elements behind every buffer.
import type { Backend, Buffer, DType, TypedArray } from '@dl/core';

const GUARD = 16;
const PATTERN = 77;

/** A guarded backend, and the question whether the guards still stand. */
export interface Guarded {
  readonly backend: Backend;
  /** What was written past the end of a buffer since the last call, in words; null if nothing. */
  check(): Promise<string | null>;
}

const makers: { readonly [D in DType]: (n: number) => TypedArray } = {
  float32: (n) => new Float32Array(n),
  float64: (n) => new Float64Array(n),
  float16: (n) => new Uint16Array(n),
  bfloat16: (n) => new Uint16Array(n),
  int64: (n) => new BigInt64Array(n),
  int32: (n) => new Int32Array(n),
  uint8: (n) => new Uint8Array(n),
  bool: (n) => new Uint8Array(n),
};

/** Fills an array from `start` on with the pattern that must stay. */
function mark(array: TypedArray, start: number): void {
  if (array instanceof BigInt64Array) array.fill(BigInt(PATTERN), start);
  else array.fill(PATTERN, start);
}

/** Wraps a backend so that memory it is asked for is longer than what it may write. */
export function guarded(inner: Backend): Guarded {
  let buffers: { buffer: Buffer; dtype: DType; length: number }[] = [];
  // Given back only once their guards were looked at: the collector may find tensors dead meanwhile.
  let freed: { buffer: Buffer; dtype: DType }[] = [];
  let looking: typeof buffers = [];
  const note = (data: TypedArray, dtype: DType, length: number): Buffer => {
    const buffer = inner.upload(data, dtype);
    buffers.push({ buffer, dtype, length });
    return buffer;
  };
  const backend: Backend = {
    device: inner.device,
    counted: inner.counted,
    ...(inner.recycles === undefined ? {} : { recycles: inner.recycles }),
    ...(inner.returns === undefined ? {} : { returns: inner.returns }),
    memory: () => inner.memory(),
    emptyCache: () => inner.emptyCache(),
    alloc: (length, dtype, zeroed) => {
      const data = makers[dtype](length + GUARD);
      // What is not zeroed may hold anything: something that shows in a result.
      mark(data, zeroed ? length : 0);
      return note(data, dtype, length);
    },
    upload: (data, dtype) => {
      const longer = makers[dtype](data.length + GUARD);
      (longer as Float32Array).set(data as Float32Array);
      mark(longer, data.length);
      return note(longer, dtype, data.length);
    },
    free: (buffer, dtype) => {
      const known = [buffers, looking].flat().find((b) => b.buffer === buffer);
      if (known === undefined) inner.free(buffer, dtype);
      // Where nobody counts, memory can go at once, without its guards.
      else if (!inner.counted) inner.free((buffer as TypedArray).subarray(0, known.length), dtype);
      else freed.push({ buffer, dtype });
    },
    download: (...args) => inner.download(...args),
    prepare: (program) => inner.prepare(program),
    map: (...args) => inner.map(...args),
    reduce: (...args) => inner.reduce(...args),
    contract: (...args) => inner.contract(...args),
    scan: (...args) => inner.scan(...args),
    gather: (...args) => inner.gather(...args),
    scatter: (...args) => inner.scatter(...args),
    sort: (...args) => inner.sort(...args),
    sync: () => inner.sync(),
  };
  const check = async (): Promise<string | null> => {
    looking = buffers;
    buffers = [];
    try {
      return await written(looking);
    } finally {
      const looked = new Set(looking.map((b) => b.buffer));
      looking = [];
      for (const { buffer, dtype } of freed) if (looked.has(buffer)) inner.free(buffer, dtype);
      freed = freed.filter(({ buffer }) => !looked.has(buffer));
    }
  };
  const written = async (taken: typeof buffers): Promise<string | null> => {
    for (const { buffer, dtype, length } of taken) {
      const guard = await inner.download(buffer, dtype, length, GUARD);
      const at = Array.from(guard as ArrayLike<number | bigint>, Number).findIndex(
        (v) => v !== PATTERN,
      );
      if (at >= 0) return `element ${length + at} of a ${dtype} buffer of ${length} was written`;
    }
    return null;
  };
  return { backend, check };
}
