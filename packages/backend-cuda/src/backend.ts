// The backend of one device: the methods of the Backend interface on its runtime.
import type { Backend } from '@dl/core/functional';
import { contract } from './kernels/contract.js';
import { fold } from './kernels/fold.js';
import { indexed } from './kernels/gather-scatter.js';
import { gemmOf } from './kernels/gemm.js';
import { map } from './kernels/map.js';
import { reduce } from './kernels/reduce.js';
import { scan } from './kernels/scan.js';
import { sort } from './kernels/sort.js';
import type { DeviceInfo, NativeMemory } from './native.js';
import type { Opened } from './open.js';
import { type CudaBuffer, type Executor, Runtime } from './runtime.js';

/** A backend that also returns its allocator's statistics. */
export interface CudaBackend extends Backend {
  readonly runtime: Runtime;
  stats(): NativeMemory;
}

/** The methods of the Backend interface that run kernels. */
export type Kernels = Pick<
  Backend,
  'map' | 'reduce' | 'fold' | 'contract' | 'scan' | 'gather' | 'scatter' | 'sort'
>;

/** A product by cuBLAS; false if it is not available, or the strides are not those of matrices. */
export type Multiply = (...product: Parameters<Backend['contract']>) => boolean;

/** The kernels of the Backend interface on an executor. */
export function kernelsOn(run: Executor, multiply: Multiply): Kernels {
  return {
    map: (program, inputs, outputs, params) => map(run, program, inputs, outputs, params),
    reduce: (program, reducer, inputs, shape, axes, output, params) =>
      reduce(run, program, reducer, inputs, shape, axes, output, params),
    fold: (stages, program, inputs, shape, axes, outputs, params) =>
      fold(run, stages, program, inputs, shape, axes, outputs, params),
    contract: (spec, a, b, out, epilogue) => {
      if (out.count === 0) return;
      if (!multiply(spec, a, b, out)) contract(run, spec, a, b, out);
      if (epilogue !== undefined) {
        map(run, epilogue.program, [out, ...epilogue.inputs], [out], epilogue.params);
      }
    },
    scan: (reducer, input, axis, output) => scan(run, reducer, input, axis, output),
    gather: (source, indices, output) => indexed(run, source, indices, output, null),
    scatter: (source, indices, target, combine) => indexed(run, target, indices, source, combine),
    sort: (input, axis, descending, values, indices) =>
      sort(run, input, axis, descending, values, indices),
  };
}

/** Starts a device. */
export function cudaBackend(
  opened: Opened,
  index: number,
  info: DeviceInfo,
  allowTf32: () => boolean,
): CudaBackend {
  const runtime = new Runtime(opened, index, info);
  const multiply: Multiply = (spec, a, b, out) => {
    const gemm = opened.cublas === null ? null : gemmOf(spec, a, b, out, allowTf32());
    if (gemm === null) return false;
    runtime.gemm(gemm.numbers);
    return true;
  };
  return {
    device: runtime.name,
    counted: true,
    // All memory that is counted is freed.
    recycles: 0,
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
    // Kernels depend on the operands' layout too: they are compiled at their first use.
    prepare: () => {},
    ...kernelsOn(runtime, multiply),
    sync: () => runtime.sync(),
  };
}
