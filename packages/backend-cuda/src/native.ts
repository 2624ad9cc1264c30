// The functions of the addon, and loading it, which is first tried in a separate process.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import type { TypedArray } from '@dl/core/functional';
import { mark, marked } from './cache.js';

/** The driver's properties, read when it is opened. */
export interface DriverInfo {
  /** 12040 means CUDA 12.4. */
  readonly version: number;
  readonly path: string;
  readonly count: number;
}

/** The compiler that was opened. */
export interface CompilerInfo {
  readonly major: number;
  readonly minor: number;
  readonly path: string;
  /** Compute capabilities that it compiles for: 75, 80, 90, …. */
  readonly archs: readonly number[];
}

/** The properties of a device. */
export interface DeviceInfo {
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  readonly multiprocessors: number;
  readonly threadsPerMultiprocessor: number;
  readonly threadsPerBlock: number;
  readonly sharedPerBlock: number;
  readonly warp: number;
  readonly gridX: number;
  readonly gridY: number;
  readonly gridZ: number;
  /** Bytes. */
  readonly memory: number;
}

/** A kernel on a device, and the resources that it uses. */
export interface LoadedKernel {
  readonly handle: number;
  readonly registers: number;
  readonly shared: number;
  /** Bytes of local memory per thread: arrays, and values that did not fit its registers. */
  readonly local: number;
  readonly threads: number;
}

/** The statistics of a device's allocator, in bytes and counts. */
export interface NativeMemory {
  readonly live: number;
  readonly pooled: number;
  readonly peakLive: number;
  readonly reserved: number;
  readonly peakReserved: number;
  readonly taken: number;
  readonly retries: number;
  readonly pinned: number;
  readonly free: number;
  readonly total: number;
}

/** The addon. Handles of buffers are numbers; a freed one is refused. All functions throw NativeFailure. */
export interface Addon {
  setup(command: Float64Array, words: Uint32Array): void;
  openDriver(paths: readonly string[]): DriverInfo;
  driverVersion(): number;
  openNvrtc(paths: readonly string[]): CompilerInfo;
  openBlas(paths: readonly string[]): { readonly version: string; readonly path: string };
  deviceInfo(device: number): DeviceInfo;
  start(device: number, keep: boolean): void;
  alloc(device: number, bytes: number, zeroed: boolean): number;
  free(device: number, handle: number): void;
  upload(device: number, data: TypedArray): number;
  download<T extends TypedArray>(
    device: number,
    handle: number,
    offset: number,
    into: T,
  ): Promise<T>;
  sync(device: number): Promise<void>;
  compile(
    source: string,
    name: string,
    options: readonly string[],
  ): { readonly code: Uint8Array; readonly log: string };
  load(device: number, code: Uint8Array, name: string): LoadedKernel;
  launch(): void;
  gemm(): void;
  memory(device: number): NativeMemory;
  emptyCache(device: number): void;
  resetPeak(device: number): void;
}

/** The addon, or why there is none. */
export type Loaded =
  | { readonly addon: Addon; readonly reason?: undefined }
  | { readonly addon: null; readonly reason: string };

/** Numbers of the next launch or product: device, function, grid, block, shared bytes, buffers, handles. */
export const command = new Float64Array(256);
/** The parameter block of the next launch. */
export const words = new Uint32Array(1024);

const platform = `${process.platform}-${process.arch}`;
const repair = 'run `npm install --force @dl/backend-cuda`';
const rebuild = 'or build it in that package with `npm run build:native` (needs g++ or clang++)';

let loaded: Loaded | undefined;

/** Loads the addon once. If that fails, the reason is a readable sentence. */
export function load(): Loaded {
  loaded ??= attempt();
  return loaded;
}

/** The platforms with CUDA; each has a package with its binary. */
export const platforms: readonly string[] = ['linux-arm64', 'linux-x64', 'win32-x64'];

function attempt(): Loaded {
  if (!platforms.includes(platform)) {
    const reason = `CUDA does not support ${platform} (only ${platforms.join(', ')}); use device 'cpu' or 'webgpu'`;
    return { addon: null, reason };
  }
  const require = createRequire(import.meta.url);
  const name = `@dl/backend-cuda-${platform}`;
  let path: string;
  try {
    path = process.env.DL_CUDA_ADDON ?? require.resolve(`${name}/dl-cuda.node`);
  } catch {
    return {
      addon: null,
      reason: `there is no binary for ${platform} (the package ${name}); ${repair}, ${rebuild}`,
    };
  }
  // A binary that crashes ends its process, so each binary is first loaded once in a separate process.
  const key = `${path} ${process.version}`;
  if (!marked(key, path)) {
    const program = `require(${JSON.stringify(path)})`;
    const child = spawnSync(process.execPath, ['-e', program], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    if (child.status !== 0) {
      if (process.versions.bun !== undefined) {
        const reason =
          'Bun lacks the libuv functions that the addon needs for waiting; use Node or Deno';
        return { addon: null, reason };
      }
      const [line] = child.stderr?.match(/^.*Error: .*$/m) ?? [];
      const why = line ?? child.error?.message ?? `signal ${child.signal}, code ${child.status}`;
      return {
        addon: null,
        reason: `the binary for ${platform} does not load (${why}); ${repair}, ${rebuild}`,
      };
    }
    mark(key, path);
  }
  const addon = require(path) as Addon;
  addon.setup(command, words);
  return { addon };
}
