// Compiles sources to the device's machine code, cached in memory and on disk.
import { DeviceError } from '@dl/core/functional';
import { readCompiled, writeCompiled } from './cache.js';
import { isNative } from './failure.js';
import type { Addon, CompilerInfo, DeviceInfo } from './native.js';

/** Must be increased if the same source must be compiled again: after a change of options or file format. */
const FORMAT = 1;

/** The architecture for which NVRTC compiles, and whether the result is the device's machine code. */
export interface Target {
  readonly option: string;
  readonly binary: boolean;
}

/**
 * The target for a device: its own architecture, the nearest older one of the same generation (whose code it can run),
 * or, for a device newer than the compiler, PTX, which the driver compiles.
 *
 * @throws DeviceError if the device is too old for the compiler.
 */
export function targetFor(capability: number, archs: readonly number[]): Target {
  const known = [...archs].sort((a, b) => b - a);
  const newest = known[0] ?? 0;
  const own = known.find(
    (a) => a <= capability && Math.floor(a / 10) === Math.floor(capability / 10),
  );
  if (own !== undefined) return { option: `--gpu-architecture=sm_${own}`, binary: true };
  if (newest > 0 && newest < capability) {
    return { option: `--gpu-architecture=compute_${newest}`, binary: false };
  }
  throw new DeviceError(
    `cuda: the device has compute capability ${Math.floor(capability / 10)}.${capability % 10}, but this NVRTC compiles only for ${known.at(-1)} and later; install the NVRTC of an older CUDA (\`pip install nvidia-cuda-nvrtc-cu12\`) and name it with DL_CUDA_NVRTC`,
  );
}

/** Compiler options for every source. */
export const OPTIONS: readonly string[] = [
  '--std=c++17',
  // Products and sums are rounded separately, as on the CPU; kernels that want fma call it explicitly.
  '--fmad=false',
  '-default-device',
];

/** A compiled source. */
export interface Compiled {
  readonly code: Uint8Array;
  /** Where it came from. */
  readonly from: 'memory' | 'disk' | 'compiler';
  /** The compiler's messages: warnings. */
  readonly log: string;
}

/** Compiles for one kind of device. */
export class Compiler {
  private readonly addon: Addon;
  private readonly target: Target;
  private readonly prefix: string;
  /** Numbers of sources compiled by this process, and found on disk. */
  readonly counts = { compiled: 0, disk: 0 };

  constructor(addon: Addon, nvrtc: CompilerInfo, device: DeviceInfo, identity: string) {
    this.addon = addon;
    this.target = targetFor(device.major * 10 + device.minor, nvrtc.archs);
    this.prefix = [
      FORMAT,
      this.target.option,
      ...OPTIONS,
      `nvrtc ${nvrtc.major}.${nvrtc.minor}`,
      identity,
      '',
    ].join('\n');
  }

  /** The machine code of a source; `name` is for messages. */
  compile(source: string, name: string): Compiled {
    const key = this.prefix + source;
    const kept = readCompiled(key);
    if (kept !== null) {
      this.counts.disk++;
      return { code: kept, from: 'disk', log: '' };
    }
    try {
      const options = [this.target.option, ...OPTIONS];
      const { code, log } = this.addon.compile(source, `${name}.cu`, options);
      this.counts.compiled++;
      writeCompiled(key, code);
      return { code, from: 'compiler', log };
    } catch (e) {
      if (isNative(e) && e.kind === 'compile') {
        throw new DeviceError(
          `cuda: the kernel '${name}' does not compile; please report this:\n${e.message}\n${source}`,
        );
      }
      throw e;
    }
  }
}
