// One device's kernels and memory as numbers for the addon, used by the backend's methods.
import { type DType, dtypes, type TypedArray } from '@dl/core/functional';
import { Compiler } from './compiler.js';
import { translate } from './failure.js';
import type { Block } from './kernels/block.js';
import { type Addon, command, type DeviceInfo, type NativeMemory } from './native.js';
import type { Opened } from './open.js';

/** Memory on a device. */
export class CudaBuffer {
  readonly handle: number;
  readonly device: number;

  constructor(handle: number, device: number) {
    this.handle = handle;
    this.device = device;
  }
}

/** A kernel ready to be launched. */
export interface Kernel {
  readonly handle: number;
  readonly name: string;
  readonly threads: number;
}

/** The work that a device was given so far. */
export interface KernelStats {
  /** Kernels and products that were enqueued. */
  readonly launches: number;
  /** Different kernels that are loaded. */
  readonly kernels: number;
  /** The numbers of kernels compiled by this process, and found on disk. */
  readonly compiled: number;
  readonly fromDisk: number;
}

/** Layout of `command` for a launch, the same as in native/addon.cc. */
const FIRST_BUFFER = 10;

/** A kernel with the block for its parameters. */
export interface Prepared {
  readonly kernel: Kernel;
  readonly block: Block;
}

/** A source with its block. */
export interface Generated {
  readonly source: string;
  readonly block: Block;
}

/** The interface that kernels use: a device, or a collector of their sources. */
export interface Executor {
  readonly info: DeviceInfo;
  alloc(length: number, dtype: DType, zeroed: boolean): CudaBuffer;
  free(buffer: CudaBuffer): void;
  /** The kernel for this key, created from its source at its first use; the source's function is `name`. */
  prepare(key: string, name: string, generate: () => Generated): Prepared;
  /** Enqueues a kernel: the buffers' addresses are its first arguments, the parameter block its last. */
  launch(
    kernel: Kernel,
    buffers: readonly CudaBuffer[],
    grid: readonly [number, number, number],
    block: readonly [number, number, number],
    shared?: number,
  ): void;
}

/** An initialized device. */
export class Runtime implements Executor {
  readonly name: string;
  readonly index: number;
  readonly info: DeviceInfo;
  private launches = 0;
  private readonly addon: Addon;
  private readonly compiler: Compiler;
  private readonly kernels = new Map<string, Prepared>();

  constructor({ addon, nvrtc, driver }: Opened, index: number, info: DeviceInfo) {
    this.addon = addon;
    this.index = index;
    this.name = `cuda:${index}`;
    this.info = info;
    this.compiler = new Compiler(addon, nvrtc, info, `driver ${driver.version}`);
    this.ask('init', () => addon.start(index, process.env.DL_CUDA_NO_CACHE !== '1'));
  }

  /** Calls a function of the addon; its failures become errors that name the device. */
  ask<T>(operation: string, body: () => T): T {
    try {
      return body();
    } catch (e) {
      throw translate(e, this.name, operation);
    }
  }

  alloc(length: number, dtype: DType, zeroed: boolean): CudaBuffer {
    const bytes = length * dtypes[dtype].bytes;
    const handle = this.ask('alloc', () => this.addon.alloc(this.index, bytes, zeroed));
    return new CudaBuffer(handle, this.index);
  }

  free(buffer: CudaBuffer): void {
    // After the device failed its memory cannot be freed, and throwing would disturb the caller's cleanup.
    try {
      this.addon.free(this.index, buffer.handle);
    } catch (e) {
      const translated = translate(e, this.name, 'free');
      if ((e as { kind?: string }).kind !== 'lost') throw translated;
    }
  }

  upload(data: TypedArray): CudaBuffer {
    const handle = this.ask('upload', () => this.addon.upload(this.index, data));
    return new CudaBuffer(handle, this.index);
  }

  async download(
    buffer: CudaBuffer,
    dtype: DType,
    offset: number,
    length: number,
  ): Promise<TypedArray> {
    const into = new dtypes[dtype].array(length);
    // An empty view may begin at the end of the memory.
    if (length === 0) return into;
    try {
      return await this.addon.download(
        this.index,
        buffer.handle,
        offset * dtypes[dtype].bytes,
        into,
      );
    } catch (e) {
      throw translate(e, this.name, 'download');
    }
  }

  async sync(): Promise<void> {
    try {
      await this.addon.sync(this.index);
    } catch (e) {
      throw translate(e, this.name, 'synchronize');
    }
  }

  stats(): NativeMemory {
    return this.ask('memory', () => this.addon.memory(this.index));
  }

  kernelStats(): KernelStats {
    const { compiled, disk } = this.compiler.counts;
    return { launches: this.launches, kernels: this.kernels.size, compiled, fromDisk: disk };
  }

  resetPeak(): void {
    this.ask('resetPeakMemoryStats', () => this.addon.resetPeak(this.index));
  }

  emptyCache(): void {
    this.ask('emptyCache', () => this.addon.emptyCache(this.index));
  }

  prepare(key: string, name: string, generate: () => Generated): Prepared {
    const known = this.kernels.get(key);
    if (known !== undefined) return known;
    const { source, block } = generate();
    const kernel = this.ask(name, () => {
      const { code } = this.compiler.compile(source, name);
      const { handle, threads } = this.addon.load(this.index, code, name);
      return { handle, name, threads };
    });
    const prepared = { kernel, block };
    this.kernels.set(key, prepared);
    return prepared;
  }

  launch(
    kernel: Kernel,
    buffers: readonly CudaBuffer[],
    grid: readonly [number, number, number],
    block: readonly [number, number, number],
    shared = 0,
  ): void {
    command[0] = this.index;
    command[1] = kernel.handle;
    for (let i = 0; i < 3; i++) {
      command[2 + i] = grid[i];
      command[5 + i] = block[i];
    }
    command[8] = shared;
    command[9] = buffers.length;
    for (let i = 0; i < buffers.length; i++) command[FIRST_BUFFER + i] = buffers[i].handle;
    this.launches++;
    try {
      this.addon.launch();
    } catch (e) {
      throw translate(e, this.name, kernel.name);
    }
  }

  /** A product by cuBLAS; `numbers` as listed in native/addon.cc, after the device. */
  gemm(numbers: readonly number[]): void {
    command[0] = this.index;
    for (let i = 0; i < numbers.length; i++) command[1 + i] = numbers[i];
    this.launches++;
    this.ask('contract', () => this.addon.gemm());
  }
}
