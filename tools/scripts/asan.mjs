// The tests of @dl/backend-cpu, and the fuzzer's programs through its addon, with the addon built by AddressSanitizer.
// Further arguments go to vitest.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const build = join(root, 'packages/backend-cpu/scripts/build-native.mjs');
const node = (args, env = {}) => {
  const options = { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } };
  return spawnSync(process.execPath, args, options).status;
};
if (node([build, '--required', '--sanitize=address']) !== 0) process.exit(1);

// Node itself is built without the sanitizer, whose library has to come first in the process.
const compiler = process.env.CXX ?? 'g++';
const found = spawnSync(compiler, ['-print-file-name=libasan.so'], { encoding: 'utf8' });
const library = found.stdout?.trim();
if (!library?.includes('/')) {
  console.error(`asan: ${compiler} has no libasan.so`);
  process.exit(1);
}
const env = {
  LD_PRELOAD: library,
  // What Node keeps until it ends is not lost.
  ASAN_OPTIONS: 'detect_leaks=0',
  DL_CPU_ADDON: 'dl-cpu-address.node',
};
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const rest = process.argv.slice(2).filter((a) => a !== '--');
const runs = [
  ['packages/backend-cpu/test'],
  // The other devices' programs do not reach the addon.
  ['tools/fuzz/test/fixtures.test.ts', 'tools/fuzz/test/seeds.test.ts', '-t', 'addon'],
];
let failed = false;
for (const run of runs) failed = node([vitest, 'run', ...run, ...rest], env) !== 0 || failed;
process.exit(failed ? 1 : 0);
