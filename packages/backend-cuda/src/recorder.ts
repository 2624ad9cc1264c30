// A development aid: a device that computes on the CPU and collects the sources that CUDA would run.
import { aliasDevice, type Backend, cpuBackend, registerBackend } from '@dl/core/functional';
import { kernelsOn } from './backend.js';
import { OPTIONS } from './compiler.js';
import type { DeviceInfo } from './native.js';
import { CudaBuffer, type Executor, type Generated, type Prepared } from './runtime.js';

/** A source, its cache key, and how it is launched. */
export interface Recorded {
  readonly key: string;
  readonly name: string;
  readonly source: string;
}

export { candidates } from './libraries.js';
export { OPTIONS };

/**
 * Registers the device `cuda:0` (and `cuda`), whose results are computed on the CPU. Every call also goes through the
 * generator of CUDA's kernels, without cuBLAS; `sources` collects them. With few multiprocessors, smaller operands are
 * enough to get the kernels for large ones.
 */
export function record(multiprocessors = 132): {
  readonly backend: Backend;
  readonly sources: Map<string, Recorded>;
} {
  const sources = new Map<string, Recorded>();
  const prepared = new Map<string, Prepared>();
  const info: DeviceInfo = {
    name: 'recorder',
    major: 9,
    minor: 0,
    multiprocessors,
    threadsPerMultiprocessor: 2048,
    threadsPerBlock: 1024,
    sharedPerBlock: 49152,
    warp: 32,
    gridX: 2 ** 31 - 1,
    gridY: 65535,
    gridZ: 65535,
    memory: 0,
  };
  const executor: Executor = {
    info,
    alloc: () => new CudaBuffer(0, 0),
    free: () => {},
    prepare: (key: string, name: string, generate: () => Generated) => {
      let known = prepared.get(key);
      if (known === undefined) {
        const { source, block } = generate();
        sources.set(key, { key, name, source });
        known = { kernel: { handle: 0, name, threads: 1024 }, block };
        prepared.set(key, known);
      }
      return known;
    },
    launch: (kernel, _buffers, grid, block) => {
      const [x, y, z] = grid;
      const threads = block[0] * block[1] * block[2];
      const fits =
        x >= 1 && y >= 1 && z >= 1 && x <= info.gridX && y <= info.gridY && z <= info.gridZ;
      if (!fits || threads < 1 || threads > info.threadsPerBlock) {
        throw new RangeError(`${kernel.name}: a grid of ${grid.join(' x ')} blocks of ${threads}`);
      }
    },
  };
  const own = kernelsOn(executor, () => false);
  const both = <K extends keyof typeof own>(name: K): (typeof own)[K] =>
    ((...args: never[]) => {
      (own[name] as (...a: never[]) => void)(...args);
      (cpuBackend[name] as (...a: never[]) => void)(...args);
    }) as (typeof own)[K];
  const backend: Backend = {
    ...cpuBackend,
    device: 'cuda:0',
    map: both('map'),
    reduce: both('reduce'),
    // The CPU then reduces and maps one by one, so that those sources are collected too.
    fold: (...args) => {
      own.fold(...args);
      return false;
    },
    contract: both('contract'),
    scan: both('scan'),
    gather: both('gather'),
    scatter: both('scatter'),
    sort: both('sort'),
  };
  registerBackend(backend);
  aliasDevice('cuda', 'cuda:0');
  return { backend, sources };
}
