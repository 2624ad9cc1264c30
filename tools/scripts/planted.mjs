// `pnpm planted`: plants faults one by one in a copy of the last commit and measures how soon `npm test` finds each.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { planted } from './lib/planted.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const words = process.argv.slice(2);
const chosen = planted.filter(
  ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
);
if (chosen.length === 0) {
  console.error(`planted: no fault's name holds '${words.join("' or '")}'`);
  process.exit(2);
}

const copy = mkdtempSync(join(tmpdir(), 'planted-'));
const run = (command, args, cwd = copy) =>
  spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });
const must = (command, args, cwd) => {
  const done = run(command, args, cwd);
  if (done.status !== 0)
    throw new Error(`${command} ${args.join(' ')}:\n${done.stdout}${done.stderr}`);
};

/** A copy of the last commit with its dependencies and binaries. */
function makeCopy() {
  must('git', ['worktree', 'add', '--force', '--detach', copy, 'HEAD'], root);
  must('pnpm', ['install', '--frozen-lockfile', '--prefer-offline']);
  const platform = `${process.platform}-${process.arch}`;
  for (const folder of [
    `packages/backend-cpu-${platform}/prebuilds`,
    `packages/backend-cuda-${platform}/prebuilds`,
    'packages/backend-cpu/build',
    'packages/backend-cuda/build',
    'tools/cuda-emulator/build',
  ]) {
    if (existsSync(join(root, folder)))
      cpSync(join(root, folder), join(copy, folder), { recursive: true });
  }
}

/** Runs what is to find a fault: whether it failed, and the line that tells. */
function look(found) {
  const args =
    found === 'types'
      ? ['tools/scripts/check-types.mjs']
      : ['node_modules/vitest/vitest.mjs', 'run', '--bail', '1', ...found];
  const { status, stdout, stderr } = run(process.execPath, args);
  const text = `${stdout}${stderr}`;
  const line = found === 'types' ? text.split('\n')[0] : (/^.*FAIL.*$/m.exec(text)?.[0] ?? '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colors of the report
  return { failed: status !== 0, line: line.replace(/\u001b\[[0-9;]*m/g, '').trim() };
}

let missed = 0;
try {
  makeCopy();
  for (const { name, file, was, put, build = [], found } of chosen) {
    const path = join(copy, file);
    const text = readFileSync(path, 'utf8');
    if (text.split(was).length !== 2)
      throw new Error(`${name}: the text to change is not once in ${file}`);
    writeFileSync(
      path,
      text.replace(was, () => put),
    );
    for (const script of build) must(process.execPath, [script, '--required']);
    const begin = performance.now();
    // One after the other, as they are listed, until one fails.
    const steps = found === 'types' ? ['types'] : found.filter((f) => existsSync(join(copy, f)));
    let hit = null;
    for (const step of steps) {
      const { failed, line } = look(step === 'types' ? step : [step]);
      if (!failed) continue;
      hit = line;
      break;
    }
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    console.log(
      hit === null ? `MISSED  ${seconds} s  ${name}` : `found   ${seconds} s  ${name}: ${hit}`,
    );
    if (hit === null) missed++;
    writeFileSync(path, text);
    for (const script of build) must(process.execPath, [script, '--required']);
  }
} finally {
  run('git', ['worktree', 'remove', '--force', copy], root);
  rmSync(copy, { recursive: true, force: true });
}
console.log(`${chosen.length - missed} found, ${missed} missed`);
process.exitCode = missed === 0 ? 0 : 1;
