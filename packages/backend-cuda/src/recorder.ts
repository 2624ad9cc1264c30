// A development aid: a device that computes on the CPU and collects the sources that CUDA would run.
import { aliasDevice, type Backend, cpuBackend, registerBackend } from '@dl/core/functional';
import { type Kernels, kernelsOn } from './backend.js';
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

/** A device that has room for everything. */
const deviceOf = (multiprocessors: number): DeviceInfo => ({
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
});

/** An executor that runs nothing: it collects sources, and refuses what the device would refuse. */
function recorderOn(info: DeviceInfo, sources: Map<string, Recorded>): Executor {
  const prepared = new Map<string, Prepared>();
  return {
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
}

/** The CPU's backend, whose every call also goes through the kernels. */
function recording(own: Kernels): Backend {
  const both = <K extends keyof Kernels>(name: K): Kernels[K] =>
    ((...args: never[]) => {
      (own[name] as (...a: never[]) => void)(...args);
      (cpuBackend[name] as (...a: never[]) => void)(...args);
    }) as Kernels[K];
  return {
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
}

/**
 * Registers the device `cuda:0` (and `cuda`) with the CPU's numbers. Every call also goes through the
 * generator of CUDA's kernels, without cuBLAS; `sources` grows with what it makes. Of few multiprocessors
 * it takes less to have kernels for large operands.
 */
export function record(multiprocessors = 132): {
  readonly backend: Backend;
  readonly sources: Map<string, Recorded>;
} {
  const sources = new Map<string, Recorded>();
  const executor = recorderOn(deviceOf(multiprocessors), sources);
  const backend = recording(kernelsOn(executor, () => false));
  registerBackend(backend);
  aliasDevice('cuda', 'cuda:0');
  return { backend, sources };
}
