// What the tests on the emulated device share: the stand-ins, and the suite in parts that run beside each other.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cuda } from '@dl/backend-cuda';
import { expect } from 'vitest';
import { loadGoldens, type Result, suite } from '../src/index.js';

const path = (p: string): string => fileURLToPath(new URL(p, import.meta.url));

/** Builds the addon and the stand-ins where they are not up to date, and has the device find them. */
function provide(seed: number): void {
  for (const script of [
    '../../cuda-emulator/scripts/build.mjs',
    '../../../packages/backend-cuda/scripts/build-native.mjs',
  ]) {
    const built = spawnSync(process.execPath, [path(script), '--required'], { encoding: 'utf8' });
    if (built.status !== 0) throw new Error(`${script}: ${built.stdout}${built.stderr}`);
  }
  Object.assign(process.env, {
    DL_CUDA_LIBRARY_PATH: path('../../cuda-emulator/build/lib'),
    DL_CUDA_CACHE: '0',
    // Each buffer as the driver gives it, so that guards stand right behind its last element.
    DL_CUDA_NO_CACHE: '1',
    DL_CUDA_EMULATOR_SEED: String(seed),
    DL_CUDA_EMULATOR_THREADS: '1',
  });
}

/** Runs every `count`th group of the suite from `first` on; all must agree, and run on the device. */
export async function emulated(first: number, count: number, seed: number): Promise<void> {
  provide(seed);
  const { devices } = await cuda.init();
  expect(devices[0]?.name).toContain('emulator');
  const groups = suite({ device: 'cuda', goldens: loadGoldens() });
  const results: Result[] = [];
  for (const [i, group] of groups.entries()) {
    if (i % count === first) results.push(...(await group.run()));
  }
  const failed = results.filter((r) => r.failure !== null);
  expect(failed.map((r) => `${r.id}, ${r.check}: ${r.failure}`)).toEqual([]);
  expect(results.length).toBeGreaterThan(20_000 / (count + 1));
  expect(cuda.kernelStats().launches).toBeGreaterThan(20_000 / (count + 1));
}
