// `pnpm asan`: the addon of device `cpu` with AddressSanitizer and UBSan in it, under the conformance suite with each
// instruction set, its own tests and random programs. `--thread`: with ThreadSanitizer, under the tests of its threads
// and of every kernel that shares its work among them.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compiler, sanitized } from './lib/sanitizers.mjs';

const usage = `pnpm asan [--thread] [--only suite,tests,fuzz] [--programs N] [--seed S] [--part i/n]

  --thread    ThreadSanitizer, on the tests of the thread pool and of what runs in it, in the place of AddressSanitizer
              and UBSan
  --only      some of its three parts
  --programs  how many random programs each instruction set runs (default 300), from seed --seed on (default 1)
  --part      a part of the conformance suite, such as 0/4`;

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const options = {
  thread: { type: 'boolean', default: false },
  only: { type: 'string', default: 'suite,tests,fuzz' },
  programs: { type: 'string', default: '300' },
  seed: { type: 'string', default: '1' },
  part: { type: 'string', default: '0/1' },
  help: { type: 'boolean', default: false },
};
const { values } = parseArgs({ options, args: process.argv.slice(2).filter((a) => a !== '--') });
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const only = values.only.split(',');
const foreign = only.find((part) => !['suite', 'tests', 'fuzz'].includes(part));
if (foreign !== undefined) {
  console.error(`asan: there is no part '${foreign}'\n${usage}`);
  process.exit(2);
}

const sanitizers = values.thread ? ['thread'] : ['address', 'undefined'];
const folder = join(root, 'out/asan');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

function node(args, env = {}) {
  const done = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  return done.status ?? done.signal;
}

const build = join(root, 'packages/backend-cpu/scripts/build-native.mjs');
if (node([build, '--required', `--sanitize=${sanitizers.join(',')}`]) !== 0) process.exit(1);

const surroundings = sanitized(sanitizers, folder);
if (surroundings === null) {
  console.error(`asan: ${compiler} has no library for -fsanitize=${sanitizers.join(',')}`);
  process.exit(1);
}
const env = { ...surroundings, DL_CPU_ADDON: `dl-cpu-${sanitizers.join('-')}.node` };
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const runs = [];
const tests = values.thread
  ? ['threads', 'spread'].map((name) => `packages/backend-cpu/test/${name}.test.ts`)
  : ['packages/backend-cpu/test'];
if (only.includes('tests')) {
  runs.push(['its tests', [vitest, 'run', ...tests, '--testTimeout', '900000']]);
}
if (!values.thread) {
  const { isas } = JSON.parse(
    spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { init } from '@dl/backend-cpu';
        const isas = ['avx512', 'avx2', 'portable'].filter((isa) => init({ isa }).active);
        console.log(JSON.stringify({ isas }));`,
      ],
      { cwd: join(root, 'tools/conformance'), encoding: 'utf8' },
    ).stdout,
  );
  if (only.includes('suite')) {
    const suite = join(root, 'tools/conformance/dist/main.js');
    for (const isa of isas) {
      runs.push([`the suite, ${isa}`, [suite, '--device', `addon:${isa}`, '--part', values.part]]);
    }
  }
  if (only.includes('fuzz')) {
    const names = isas.flatMap((isa) => [`addon:${isa}:1`, `addon:${isa}:5`]).join(',');
    const fuzz = join(root, 'tools/fuzz/dist/main.js');
    const which = ['--count', values.programs, '--seed', values.seed, '--seconds', '36000'];
    runs.push(['random programs', [fuzz, ...which, '--runners', names]]);
  }
}

const rows = [];
let seen = 0;
for (const [name, args] of runs) {
  const begin = performance.now();
  const status = node(args, env);
  const files = readdirSync(folder);
  rows.push({
    name,
    status,
    reports: files.length - seen,
    seconds: Math.round((performance.now() - begin) / 1000),
  });
  seen = files.length;
}
for (const file of readdirSync(folder)) {
  console.log(`\n${join('out/asan', file)}`);
  console.log(readFileSync(join(folder, file), 'utf8').split('\n').slice(0, 25).join('\n'));
}
console.log(`\n${sanitizers.join(' and ')}:`);
for (const { name, status, reports, seconds } of rows) {
  const ended = status === 0 ? 'passed' : `ended with ${status}`;
  console.log(`  ${name}: ${ended}, ${reports} reports, ${seconds} s`);
}
process.exit(rows.length > 0 && rows.every((r) => r.status === 0 && r.reports === 0) ? 0 : 1);
