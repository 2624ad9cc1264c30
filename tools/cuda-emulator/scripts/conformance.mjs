// The conformance suite on the emulator, once for each seed of the threads' order; further arguments go to the suite.
// --sanitize=address has the addon, the stand-ins and the kernels built with the sanitizer.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compiler } from '../../scripts/lib/sanitizers.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { values, positionals } = parseArgs({
  options: { seeds: { type: 'string', default: '1,2,3' }, sanitize: { type: 'string' } },
  strict: false,
  allowPositionals: true,
});
const sanitizer = values.sanitize;
const addon = join(root, '../../packages/backend-cuda/scripts/build-native.mjs');
for (const script of [join(root, 'scripts/build.mjs'), addon]) {
  const args = [script, '--required', ...(sanitizer ? [`--sanitize=${sanitizer}`] : [])];
  const built = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (built.status !== 0) process.exit(1);
}

/** What a process needs so that the sanitizer's own library comes first; Node itself is built without it. */
function sanitized() {
  if (!sanitizer) return {};
  const name = `lib${{ address: 'asan', undefined: 'ubsan', thread: 'tsan' }[sanitizer]}.so`;
  const found = spawnSync(compiler, [`-print-file-name=${name}`], {
    encoding: 'utf8',
  });
  const home = `../../packages/backend-cuda-${process.platform}-${process.arch}/prebuilds`;
  return {
    LD_PRELOAD: found.stdout.trim(),
    // The stand-ins catch what kernels touch outside their buffers; what Node keeps to its end is not lost.
    ASAN_OPTIONS: 'detect_leaks=0:allow_user_segv_handler=1:detect_stack_use_after_return=0',
    DL_CUDA_ADDON: join(root, home, `dl-cuda-${sanitizer}.node`),
  };
}
const rest = process.argv.slice(2).filter((a) => !/^--(seeds|sanitize)/.test(a) && a !== '--');
if (positionals.length > 0 && rest.length === 0) process.exit(2);
for (const seed of String(values.seeds).split(',')) {
  const begin = performance.now();
  const suite = join(root, '../conformance/dist/main.js');
  const args = [suite, '--device', 'cuda', '--backend', '@dl/backend-cuda', ...rest];
  const done = spawnSync(process.execPath, args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...sanitized(),
      DL_CUDA_LIBRARY_PATH: join(root, 'build', sanitizer ? `lib-${sanitizer}` : 'lib'),
      DL_CUDA_CACHE: '0',
      // Each buffer as the driver gives it, so that guards stand right behind its last element.
      DL_CUDA_NO_CACHE: '1',
      DL_CUDA_EMULATOR_SEED: seed,
    },
  });
  console.log(`seed ${seed}: ${((performance.now() - begin) / 1000).toFixed(0)} s`);
  if (done.status !== 0) process.exit(1);
}
