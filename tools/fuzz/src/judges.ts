// The judges of this machine by name, and which of them are missing.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runnersHere } from 'dl-devices';
import { AbsentError, Judge } from './judge.js';
import { isOf } from './known.js';
import { pythonRequest } from './print.js';

const path = (p: string): string => fileURLToPath(new URL(p, import.meta.url));

/** Where PyTorch's processor-dependent kernels are pinned, as for all goldens. */
export const pinned = {
  ATEN_CPU_CAPABILITY: 'avx2',
  ONEDNN_MAX_CPU_ISA: 'AVX2',
  MKL_ENABLE_INSTRUCTIONS: 'AVX2',
};

const timeoutMs = 20_000;

/** A runner of this library as a judge. */
export const openRunnerJudge = (name: string, noise = false): Promise<Judge> =>
  Judge.open({
    name,
    command: process.execPath,
    args: [path('./child.js'), name],
    request: (program) => (noise ? { program, noise } : { program }),
    timeoutMs,
  });

/** The process that makes programs from seeds. */
export const openGenerator = (): Promise<Judge> =>
  Judge.open({
    name: 'generator',
    command: process.execPath,
    args: [path('./child.js'), 'plain'],
    request: ({ seed }) => ({ seed }),
    timeoutMs,
  });

/** PyTorch, by the Python that DL_PYTHON names; by chance it also says what rounding may do, which takes it much longer. */
export function openTorch(chance = false): Promise<Judge> {
  const python = process.env.DL_PYTHON;
  if (python === undefined || python === '') {
    throw new AbsentError('torch: DL_PYTHON names no Python with PyTorch');
  }
  const script = path('../python/judge.py');
  if (!existsSync(script)) throw new AbsentError(`torch: ${script} is missing`);
  return Judge.open({
    name: 'torch',
    command: python,
    args: [script],
    env: pinned,
    request: (program) => ({ ...pythonRequest(program), chance }),
    timeoutMs,
  });
}

/** Every runner here, with the addon on 1, 2 and 5 threads; and a line on each that is missing. */
export async function judgesHere(): Promise<{ here: string[]; absent: readonly string[] }> {
  const { here, absent } = await runnersHere();
  return {
    here: here.flatMap((name) =>
      name.startsWith('addon:') ? [1, 2, 5].map((threads) => `${name}:${threads}`) : [name],
    ),
    absent,
  };
}

/** Kinds of runners that the variables of CI require. */
const required: readonly {
  readonly kind: string;
  readonly variable: string;
  readonly on: boolean;
}[] = [
  { kind: 'addon', variable: 'DL_REQUIRE_NATIVE', on: true },
  // Its emulator is for Linux.
  { kind: 'cuda', variable: 'DL_REQUIRE_NATIVE', on: process.platform === 'linux' },
  { kind: 'webgpu', variable: 'DL_REQUIRE_WEBGPU', on: true },
];

/** What is not among these runners and is required here: a line each. */
export const lackingHere = (here: readonly string[]): string[] =>
  required
    .filter(
      ({ kind, variable, on }) =>
        on && process.env[variable] === '1' && !here.some((name) => isOf(name, kind)),
    )
    .map(({ kind, variable }) => `${variable}=1 requires ${kind}, which is not here`);
