// The backend of one device: the contract's methods on its runtime.
import type { Backend } from '@dl/core';
import type { DeviceInfo, NativeMemory } from './native.js';
import type { Opened } from './open.js';
import { type CudaBuffer, Runtime } from './runtime.js';

/** A backend that also tells what its allocator has done. */
export interface CudaBackend extends Backend {
  readonly runtime: Runtime;
  stats(): NativeMemory;
}

/** Starts a device. */
export function cudaBackend(
  opened: Opened,
  index: number,
  info: DeviceInfo,
  _allowTf32: () => boolean,
): CudaBackend {
  const runtime = new Runtime(opened, index, info);
  const absent = (): never => {
    throw new Error('kernels are not there yet');
  };
  return {
    device: runtime.name,
    counted: true,
    runtime,
    stats: () => runtime.stats(),
    alloc: (length, dtype, zeroed) => runtime.alloc(length, dtype, zeroed),
    free: (buffer) => runtime.free(buffer as CudaBuffer),
    memory: () => {
      const { live, pooled } = runtime.stats();
      return { live, pooled };
    },
    emptyCache: () => runtime.emptyCache(),
    upload: (data) => runtime.upload(data),
    download: (buffer, dtype, offset, length) =>
      runtime.download(buffer as CudaBuffer, dtype, offset, length),
    prepare: () => {},
    map: absent,
    reduce: absent,
    contract: absent,
    scan: absent,
    gather: absent,
    scatter: absent,
    sort: absent,
    sync: () => runtime.sync(),
  };
}
