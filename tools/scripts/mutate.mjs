// Plants mistakes in core's operators and autograd, one at a time, and counts those that the tests find.
// pnpm mutate [--count N] [--seed S]: a copy of the checkout is changed, never the checkout.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mutantsOf, sample } from './lib/mutants.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { values } = parseArgs({
  options: { count: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const parts = ['operators', 'autograd'].map((name) => `packages/core/src/${name}`);
const files = parts.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`),
);
const all = files.flatMap((path) => mutantsOf(readFileSync(join(root, path), 'utf8'), path));
const chosen = sample(all, Number(values.count), Number(values.seed));

const copy = realpathSync(mkdtempSync(join(tmpdir(), 'mutate-')));
const skipped = new Set([
  'node_modules',
  'dist',
  '.git',
  '.turbo',
  'coverage',
  'out',
  'build',
  'prebuilds',
  '.cache',
]);
cpSync(root, copy, {
  recursive: true,
  filter: (path) => !skipped.has(path.split(/[\\/]/).at(-1)),
});
for (const folder of [
  '.',
  'packages/core',
  'packages/nn',
  'packages/optim',
  'packages/losses',
  'tools/conformance',
]) {
  symlinkSync(join(root, folder, 'node_modules'), join(copy, folder, 'node_modules'));
}

/** Whether the tests find fault; a run that does not end has found it too. */
function caught() {
  // The package's own tests first: they find most, in seconds.
  for (const project of ['core', 'tools/conformance']) {
    const args = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      project,
      '--bail',
      '1',
      '--reporter',
      'dot',
    ];
    const { status } = spawnSync(process.execPath, args, {
      cwd: copy,
      stdio: 'ignore',
      timeout: 180_000,
    });
    if (status !== 0) return true;
  }
  return false;
}

try {
  if (caught()) throw new Error('the tests fail without a mutant: mend that first.');
  const survivors = [];
  for (const [i, mutant] of chosen.entries()) {
    const path = join(copy, mutant.path);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.slice(0, mutant.from) + mutant.put + text.slice(mutant.to));
    const found = caught();
    writeFileSync(path, text);
    const where = `${mutant.path}:${mutant.line}: ${mutant.was} -> ${mutant.put}`;
    if (!found) survivors.push(where);
    console.log(`${i + 1}/${chosen.length} ${found ? 'killed  ' : 'SURVIVED'} ${where}`);
  }
  const killed = chosen.length - survivors.length;
  console.log(
    `\n${killed} of ${chosen.length} killed (${((100 * killed) / chosen.length).toFixed(0)} %), drawn from ${all.length}.`,
  );
  for (const each of survivors) console.log(`survived: ${each}`);
} finally {
  rmSync(copy, { recursive: true, force: true });
}
