// Opens a runner by its name: a device, and the way in which its kernels are chosen.
import * as addon from '@dl/backend-cpu';
import { cuda } from '@dl/backend-cuda';
import { webgpu } from '@dl/backend-webgpu';
import { cpuBackend, type DType, registerBackend } from '@dl/core';
import { provideAdapter } from 'dl-testing/webgpu';
import { missingDtypes } from './dtypes.js';
import { buildEmulator, useEmulator } from './emulator.js';

/** A way to run, opened. */
export interface Runner {
  /** As it was asked for, such as `addon:avx2:5`. */
  readonly name: string;
  /** Where tensors have to be: `cpu`, `webgpu` or `cuda`. */
  readonly device: string;
  /** What was opened, for reports: `avx2, 5 threads`. */
  readonly about: string;
  /** dtypes that the device does not have. */
  readonly without: readonly DType[];
  /** Kernels run so far, where the device counts them; 0 otherwise. */
  launches(): number;
  /** Makes core's own loops the backend of `cpu` again, where this runner had changed that. */
  close(): void;
}

/** A runner is not to be had on this machine; the message is one sentence that says what is missing. */
export class RunnerError extends Error {
  override readonly name = 'RunnerError';
}

const isas: readonly addon.Isa[] = ['avx512', 'avx2', 'portable'];
const isIsa = (text: string): text is addon.Isa => (isas as readonly string[]).includes(text);

function plain(name: string): Runner {
  addon.shutdown();
  registerBackend(cpuBackend);
  return {
    name,
    device: 'cpu',
    about: "core's own loops",
    without: [],
    launches: () => 0,
    close: () => {},
  };
}

function native(name: string, parts: readonly string[]): Runner {
  const options: { isa?: addon.Isa; threads?: number } = {};
  for (const part of parts) {
    if (isIsa(part)) options.isa = part;
    else if (/^[1-9]\d*$/.test(part)) options.threads = Number(part);
    else
      throw new RunnerError(
        `${name}: '${part}' is neither one of ${isas.join(', ')} nor a number of threads`,
      );
  }
  // Everything goes to the addon, however small.
  const report = addon.init({ threads: 2, ...options, smallest: 0 });
  if (!report.active) throw new RunnerError(`${name}: ${report.reason}`);
  return {
    name,
    device: 'cpu',
    about: `${report.isa}, ${report.threads} threads`,
    without: [],
    launches: () => 0,
    close: () => addon.shutdown(),
  };
}

async function onWebgpu(name: string): Promise<Runner> {
  provideAdapter();
  const info = await opened(name, () => webgpu.init());
  return {
    name,
    device: 'webgpu',
    about: info.description || info.vendor,
    without: missingDtypes.webgpu ?? [],
    launches: () => webgpu.counts().dispatches,
    close: () => {},
  };
}

async function onCuda(name: string, parts: readonly string[]): Promise<Runner> {
  const seed = parts[0] ?? '1';
  if (!/^\d+$/.test(seed))
    throw new RunnerError(`${name}: '${seed}' is not a seed of the emulator`);
  // First, since the addon is looked for once.
  const problem = buildEmulator();
  if (!cuda.isAvailable()) {
    if (problem !== null) throw new RunnerError(`${name}: ${problem}`);
    useEmulator(Number(seed));
  }
  const { devices } = await opened(name, () => cuda.init());
  return {
    name,
    device: 'cuda',
    about: devices[0]?.name ?? 'cuda',
    without: [],
    launches: () => cuda.kernelStats().launches,
    close: () => {},
  };
}

async function opened<T>(name: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (e) {
    throw new RunnerError(`${name}: ${e instanceof Error ? e.message : String(e)}`);
  }
}

/**
 * Opens a runner. One process can open several, one after the other: the last of `plain` and `addon` has `cpu`.
 *
 * @throws RunnerError where it is not to be had here, with what is missing.
 * @example const runner = await openRunner('addon:avx2:5'); // device 'cpu'
 */
export async function openRunner(name: string): Promise<Runner> {
  const [kind = '', ...parts] = name.split(':');
  if (kind === 'addon') return native(name, parts);
  if (kind === 'cuda') return onCuda(name, parts);
  if (parts.length === 0) {
    if (kind === 'plain') return plain(name);
    if (kind === 'webgpu') return onWebgpu(name);
  }
  throw new RunnerError(
    `there is no runner '${name}'; use plain, addon, addon:${isas.join(', addon:')}, webgpu or cuda`,
  );
}

/**
 * The names of the runners that this machine can open, instruction sets one by one, and why others are missing.
 *
 * @param kinds only these of `plain`, `addon`, `webgpu`, `cuda`. Default: all.
 */
export async function runnersHere(
  kinds: readonly string[] = ['plain', 'addon', 'webgpu', 'cuda'],
): Promise<{ readonly here: readonly string[]; readonly absent: readonly string[] }> {
  const here: string[] = [];
  const absent: string[] = [];
  const names = ['plain', ...isas.map((isa) => `addon:${isa}`), 'webgpu', 'cuda'];
  for (const name of names.filter((n) => kinds.includes(n.split(':')[0]))) {
    try {
      (await openRunner(name)).close();
      here.push(name);
    } catch (e) {
      if (!(e instanceof RunnerError)) throw e;
      absent.push(e.message);
    }
  }
  return { here, absent };
}
