// The conformance suite on the emulator, once for each seed of the threads' order; further arguments go to the suite.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { values, positionals } = parseArgs({
  options: { seeds: { type: 'string', default: '1,2,3' } },
  strict: false,
  allowPositionals: true,
});
const built = spawnSync(process.execPath, [join(root, 'scripts/build.mjs'), '--required'], {
  stdio: 'inherit',
});
if (built.status !== 0) process.exit(1);
const rest = process.argv.slice(2).filter((a) => !a.startsWith('--seeds') && a !== '--');
if (positionals.length > 0 && rest.length === 0) process.exit(2);
for (const seed of String(values.seeds).split(',')) {
  const begin = performance.now();
  const suite = join(root, '../conformance/dist/main.js');
  const args = [suite, '--device', 'cuda', '--backend', '@dl/backend-cuda', ...rest];
  const done = spawnSync(process.execPath, args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      DL_CUDA_LIBRARY_PATH: join(root, 'build/lib'),
      DL_CUDA_CACHE: '0',
      // Each buffer as the driver gives it, so that guards stand right behind its last element.
      DL_CUDA_NO_CACHE: '1',
      DL_CUDA_EMULATOR_SEED: seed,
    },
  });
  console.log(`seed ${seed}: ${((performance.now() - begin) / 1000).toFixed(0)} s`);
  if (done.status !== 0) process.exit(1);
}
