// The stand-ins for CUDA's libraries: built where they are not up to date, and found by device `cuda`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const path = (p: string): string => fileURLToPath(new URL(p, import.meta.url));

/** Builds the addon and the stand-ins where they are not up to date. Returns why that fails here, or null. */
export function buildEmulator(): string | null {
  if (process.platform !== 'linux') return 'the emulator of CUDA devices is for Linux';
  for (const script of [
    '../../../packages/backend-cuda/scripts/build-native.mjs',
    '../../cuda-emulator/scripts/build.mjs',
  ]) {
    const built = spawnSync(process.execPath, [path(script), '--required'], { encoding: 'utf8' });
    if (built.status !== 0) return `the emulator cannot be built: ${built.stdout}${built.stderr}`;
  }
  return null;
}

/** Has device `cuda` find the stand-ins when it is opened; `seed` decides the order of the threads. */
export function useEmulator(seed: number): void {
  process.env.DL_CUDA_LIBRARY_PATH = path('../../cuda-emulator/build/lib');
  const defaults = {
    DL_CUDA_CACHE: '0',
    // Each buffer as the driver gives it, so that guards stand right behind its last element.
    DL_CUDA_NO_CACHE: '1',
    DL_CUDA_EMULATOR_SEED: String(seed),
    DL_CUDA_EMULATOR_THREADS: '1',
  };
  for (const [key, value] of Object.entries(defaults)) process.env[key] ??= value;
}
