// @dl/backend-cpu: device `cpu` in C++ with SIMD and threads, on the same tensors.
import { cpuBackend, registerBackend } from '@dl/core/functional';
import { nativeBackend } from './backend.js';
import { load, type Sizes } from './native.js';
import { checkThreads } from './thread-count.js';

/** Instruction sets that the addon has kernels for; a processor has some of them. */
export type Isa = 'avx512' | 'avx2' | 'portable';

/** Options of `init`. */
export interface InitOptions {
  /** Forces an instruction set, like the variable `DL_CPU_ISA`. Default: the best one. */
  readonly isa?: Isa;
  /** Number of threads, like the variable `DL_CPU_THREADS`. Default: the processor's cores. */
  readonly threads?: number;
  /**
   * Work, in elements, below which core's own loops are used. Default: about 150. 0 sends everything to the addon
   * (`DL_CPU_SMALLEST=0`), for tests.
   */
  readonly smallest?: number;
}

/** What `init` did. */
export type InitReport =
  | { readonly active: true; readonly isa: string; readonly threads: number }
  | { readonly active: false; readonly reason: string };

/** The configuration in use. */
export interface CpuInfo {
  readonly active: boolean;
  /** Why the addon is not in use; null if it is. */
  readonly reason: string | null;
  readonly isa: string | null;
  readonly threads: number;
}

let active = false;

/** Whether the addon exists and loads on this machine. Changes nothing. */
export function isAvailable(): boolean {
  return load().addon !== null;
}

/**
 * Makes the addon the backend of device `cpu`, for tensors created from now on. If there is no binary or it does not
 * load, nothing changes and the report says why.
 *
 * Memory of freed tensors is kept for later ones, up to half a gigabyte (glibc only).
 *
 * @example
 * import { init } from '@dl/backend-cpu';
 * const report = init(); // { active: true, isa: 'avx2', threads: 8 }
 */
export function init(options: InitOptions = {}): InitReport {
  const { addon, reason } = load();
  if (addon === null) return { active: false, reason };
  const isa = options.isa ?? process.env.DL_CPU_ISA;
  try {
    if (isa) addon.isa(isa);
  } catch {
    return { active: false, reason: `instruction set '${isa}' is not available on this machine` };
  }
  const threads = options.threads ?? threadsNamed();
  if (threads !== undefined) setNumThreads(threads);
  const smallest = options.smallest ?? Number(process.env.DL_CPU_SMALLEST ?? 150);
  const sizes: Sizes = { map: 4 * smallest, contract: 4 * smallest, move: smallest };
  addon.keepMemory();
  registerBackend(nativeBackend(addon, sizes));
  active = true;
  return { active: true, isa: addon.isa(), threads: addon.threads() };
}

/** The value of the variable `DL_CPU_THREADS`. */
function threadsNamed(): number | undefined {
  const text = process.env.DL_CPU_THREADS;
  if (!text) return undefined;
  const threads = Number(text);
  checkThreads(threads, 'init: the environment variable DL_CPU_THREADS', `'${text}'`);
  return threads;
}

/** Makes core's own backend the backend of device `cpu` again. */
export function shutdown(): void {
  registerBackend(cpuBackend);
  active = false;
}

/**
 * Sets the number of threads for one operator (PyTorch: `torch.set_num_threads`). Results do not depend on it.
 *
 * @example setNumThreads(4)
 */
export function setNumThreads(threads: number): void {
  checkThreads(threads);
  load().addon?.threads(threads);
}

/** The number of threads for one operator (PyTorch: `torch.get_num_threads`). */
export function getNumThreads(): number {
  return load().addon?.threads() ?? 1;
}

/**
 * The configuration in use: whether the addon is active, the instruction set, the number of threads.
 *
 * @example info() // { active: true, reason: null, isa: 'avx512', threads: 2 }
 */
export function info(): CpuInfo {
  const { addon, reason } = load();
  if (addon === null) return { active: false, reason, isa: null, threads: 1 };
  return {
    active,
    reason: active ? null : 'init() has not been called',
    isa: addon.isa(),
    threads: addon.threads(),
  };
}
