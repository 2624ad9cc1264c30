// What the tests share: the stand-ins and the addon, built if they must be, and kernels in processes of their own.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const path = (p: string): string => fileURLToPath(new URL(p, import.meta.url));

for (const script of [
  '../scripts/build.mjs',
  '../../../packages/backend-cuda/scripts/build-native.mjs',
]) {
  const built = spawnSync(process.execPath, [path(script), '--required'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`${script}: ${built.stdout}${built.stderr}`);
}

/** Where programs run: packages are found from there. */
export const home: string = path('..');

/** The environment in which the addon finds the stand-ins. */
export const environment: NodeJS.ProcessEnv = {
  ...process.env,
  DL_CUDA_LIBRARY_PATH: path('../build/lib'),
  DL_CUDA_ADDON: path(
    `../../../packages/backend-cuda-linux-${process.arch}/prebuilds/dl-cuda.node`,
  ),
  DL_CUDA_CACHE: '0',
};

/** What a process said and how it ended. */
export interface Said {
  readonly out: string;
  readonly err: string;
  readonly status: number | null;
}

/** A program, or a file with one argument, run by Node with the stand-ins. */
export function run(args: readonly string[], extra: NodeJS.ProcessEnv = {}): Said {
  const done = spawnSync(process.execPath, args, {
    cwd: home,
    encoding: 'utf8',
    env: { ...environment, ...extra },
    timeout: 150_000,
  });
  return { out: done.stdout, err: done.stderr, status: done.status };
}

/** What a kernel is launched with. */
export interface Launch {
  readonly grid?: number;
  readonly block?: number;
  readonly bytes?: number;
  readonly free?: boolean;
  readonly dispose?: boolean;
}

/** Launches `extern "C" __global__ void k(const float* a, float* b)` with this body; a holds 0, 1, 2, …. */
export function launch(body: string, how: Launch = {}, extra: NodeJS.ProcessEnv = {}): Said {
  const source = `extern "C" __global__ void k(const float* a, float* b) {\n${body}\n}\n`;
  return run([path('launch.mjs'), JSON.stringify({ source, ...how })], extra);
}
