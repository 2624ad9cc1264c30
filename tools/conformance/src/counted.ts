// A device whose memory is counted, on a machine without one: the CPU's kernels behind a ledger.
import {
  type Backend,
  type Buffer,
  cpuBackend,
  DeviceError,
  registerBackend,
  type TypedArray,
  type View,
} from '@dl/core';

const NOT_A_VALUE = 0xa5;

/**
 * Registers the device `counted`. It computes as the plain CPU backend does, and is strict about
 * memory: what was freed is overwritten, and using it, or freeing it twice, is an error.
 */
export function registerCounted(): Backend {
  const live = new Map<Buffer, number>();
  const bytes = (buffer: Buffer): Uint8Array => {
    const { buffer: memory, byteOffset, byteLength } = buffer as TypedArray;
    return new Uint8Array(memory, byteOffset, byteLength);
  };
  const add = (buffer: Buffer): Buffer => {
    live.set(buffer, (buffer as TypedArray).byteLength);
    return buffer;
  };
  const check = (...views: readonly (View | null | undefined)[]): void => {
    for (const v of views) {
      if (v && !live.has(v.buffer))
        throw new DeviceError('counted: memory is used after it was freed');
    }
  };
  const backend: Backend = {
    device: 'counted',
    counted: true,
    recycles: 0,
    alloc: (length, dtype, zeroed) => {
      const buffer = cpuBackend.alloc(length, dtype, zeroed);
      if (!zeroed) bytes(buffer).fill(NOT_A_VALUE);
      return add(buffer);
    },
    upload: (data, dtype) => add(cpuBackend.upload(data, dtype)),
    free: (buffer) => {
      if (!live.delete(buffer)) throw new DeviceError('counted: memory is freed twice');
      bytes(buffer).fill(NOT_A_VALUE);
    },
    memory: () => {
      let sum = 0;
      for (const size of live.values()) sum += size;
      return { live: sum, pooled: 0 };
    },
    emptyCache: () => {},
    download: async (buffer, dtype, offset, length) => {
      if (!live.has(buffer)) throw new DeviceError('counted: memory is read after it was freed');
      return cpuBackend.download(buffer, dtype, offset, length);
    },
    prepare: (program) => cpuBackend.prepare(program),
    map: (program, inputs, outputs, params) => {
      check(...inputs, ...outputs);
      cpuBackend.map(program, inputs, outputs, params);
    },
    reduce: (program, reducer, inputs, shape, axes, output, params) => {
      check(...inputs, output);
      cpuBackend.reduce(program, reducer, inputs, shape, axes, output, params);
    },
    fold: (stages, program, inputs, shape, axes, outputs, params) => {
      check(...inputs, ...outputs);
      return cpuBackend.fold(stages, program, inputs, shape, axes, outputs, params);
    },
    contract: (spec, a, b, out, epilogue) => {
      check(a, b, out, ...(epilogue?.inputs ?? []));
      cpuBackend.contract(spec, a, b, out, epilogue);
    },
    scan: (reducer, input, axis, output) => {
      check(input, output);
      cpuBackend.scan(reducer, input, axis, output);
    },
    gather: (source, indices, output) => {
      check(source, output, ...indices.map((i) => i.index));
      cpuBackend.gather(source, indices, output);
    },
    scatter: (source, indices, target, combine) => {
      check(source, target, ...indices.map((i) => i.index));
      cpuBackend.scatter(source, indices, target, combine);
    },
    sort: (input, axis, descending, values, indices) => {
      check(input, values, indices);
      cpuBackend.sort(input, axis, descending, values, indices);
    },
    sync: async () => {},
  };
  registerBackend(backend);
  return backend;
}
