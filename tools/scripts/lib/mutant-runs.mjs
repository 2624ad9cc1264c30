// What `pnpm mutate` asks of vitest: a configuration for the copy, runs of it, and what they say.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Where a test file stands in the order: the quick ones first, since the first failure ends a run. */
const late = ['conformance/test/suite.', 'conformance/test/memory.', 'conformance/test/recycled.'];

/**
 * Goes into each changed source. The active mutant is the process's own (`DL_MUTANT`); where there is none,
 * which mutants are reached is kept for the setup file.
 */
export const switchboard = `const __mutant = (globalThis.__mutant ??= ((active) => active > 0
  ? (number) => number === active
  : ((reached) => Object.assign((number) => (reached.add(number), false), { reached }))(new Set()))(
  Number(globalThis.process?.env.DL_MUTANT ?? 0)));`.replaceAll('\n', ' ');

const setup = `// Notes which mutants each test reaches, or runs only the tests that reach one.
import { appendFileSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
const { DL_MUTANT, DL_REACH, DL_TESTS } = process.env;
const nameOf = (task) => (task.suite?.name ? nameOf(task.suite) + ' > ' : '') + task.name;
const file = () => expect.getState().testPath;
if (Number(DL_MUTANT) > 0) {
  const only = JSON.parse(DL_TESTS)[file()];
  if (only) beforeEach(({ task, skip }) => { if (!only.includes(nameOf(task))) skip(); });
} else {
  const lines = [];
  const note = (name, ms) => {
    const reached = globalThis.__mutant?.reached ?? new Set();
    lines.push(JSON.stringify({ file: file(), name, ms, reached: [...reached] }) + '\\n');
    reached.clear();
  };
  let start = 0;
  // What loading and collecting reach, all tests of the file reach; so with what is reached between tests.
  beforeAll(() => note(null, 0));
  beforeEach(() => { note(null, 0); start = performance.now(); });
  afterEach(({ task }) => note(nameOf(task), performance.now() - start));
  afterAll(() => { note(null, 0); appendFileSync(DL_REACH, lines.join('')); });
}
`;

const config = `// The tests that look for mutants, one file after the other, the quick ones first.
import base from './vitest.config.ts';
const late = ${JSON.stringify(late)};
const rank = ({ moduleId }) => late.findIndex((part) => moduleId.includes(part));
class Sequencer {
  shard(files) { return files; }
  sort(files) { return [...files].sort((a, b) => rank(a) - rank(b) || a.moduleId.localeCompare(b.moduleId)); }
}
const [tests] = base.test.projects;
export default {
  test: {
    projects: [{
      ...tests,
      test: {
        ...tests.test,
        include: ['{packages,tools}/*/test/**/*.test.ts'],
        exclude: [],
        testTimeout: 300_000,
        setupFiles: [import.meta.dirname + '/mutants.setup.mjs'],
      },
    }],
    fileParallelism: false,
    maxWorkers: 1,
    sequence: { sequencer: Sequencer },
    experimental: { fsModuleCache: true, fsModuleCachePath: process.env.DL_MODULES },
  },
};
`;

/** Writes what the runs need into the copy. */
export function prepare(copy) {
  writeFileSync(join(copy, 'mutants.setup.mjs'), setup);
  writeFileSync(join(copy, 'mutants.config.mjs'), config);
}

/** Starts a program, and ends it with all that it started once `timeout` has passed: a loop without end hears nothing. */
function started(args, { cwd, env, timeout }) {
  // A group of its own, so that vitest's workers are in it.
  const child = spawn(process.execPath, args, { cwd, env, detached: process.platform !== 'win32' });
  const end = () => {
    try {
      if (process.platform === 'win32') child.kill('SIGKILL');
      else process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
  }
  process.once('exit', end);
  return new Promise((resolve, reject) => {
    let ended = true;
    const timer = setTimeout(() => {
      ended = false;
      end();
    }, timeout);
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, text, ended }));
    child.once('close', () => {
      clearTimeout(timer);
      process.off('exit', end);
    });
  });
}

/** One run of vitest in the copy: `{ passed, failed, ended, text, status }`, `failed` the first failure's name or null. */
async function vitest(copy, files, env, timeout) {
  const report = join(copy, 'mutants.report.json');
  rmSync(report, { force: true });
  const options = ['--config', 'mutants.config.mjs', '--bail', '1', '--reporter=json'];
  const { status, text, ended } = await started(
    ['node_modules/vitest/vitest.mjs', 'run', ...options, `--outputFile=${report}`, ...files],
    { cwd: copy, env: { ...process.env, DL_MODULES: `${copy}-modules`, ...env }, timeout },
  );
  if (!ended || !existsSync(report)) return { ended, passed: 0, failed: null, text, status };
  const { numPassedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const tests = testResults.flatMap((f) => f.assertionResults.map((t) => ({ ...t, file: f.name })));
  const test = tests.find((t) => t.status === 'failed');
  const unloaded = testResults.find((f) => f.status === 'failed');
  const failed = test
    ? `${relative(copy, test.file)}: ${test.title}`
    : unloaded &&
      `${relative(copy, unloaded.name)}: ${unloaded.message.split('\n').slice(0, 3).join(' ')}`;
  return { ended, passed: numPassedTests, failed: failed ?? null, text, status };
}

/** Which tests reach which mutant: `{ [number]: { [file]: 'all' | names } }`, and how long each test takes. */
export async function findReach(copy, files) {
  const notes = join(copy, 'mutants.reach');
  rmSync(notes, { force: true });
  const run = await vitest(copy, files, { DL_MUTANT: '0', DL_REACH: notes }, 1_800_000);
  if (!run.ended || run.failed || run.status !== 0) {
    throw new Error(`the tests fail without a mutant: fix that first.\n${run.failed ?? run.text}`);
  }
  return reachOf(
    readFileSync(notes, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
    copy,
  );
}

/** The same from the notes of the setup file. */
export function reachOf(notes, copy) {
  const reach = {};
  const durations = {};
  for (const { file: path, name, ms, reached } of notes) {
    const file = relative(copy, path).replaceAll('\\', '/');
    durations[file] ??= {};
    if (name !== null) durations[file][name] = ms;
    for (const number of reached) {
      reach[number] ??= {};
      const names = reach[number][file] ?? [];
      if (name === null || names === 'all') reach[number][file] = 'all';
      else reach[number][file] = [...names, name];
    }
  }
  return { reach, durations };
}

/**
 * Whether the tests that reach a mutant find it: `{ state: 'killed' | 'survived', by }`. The tests of core's own
 * files may build on each other and run whole; those of the suite are one for an operator.
 */
export async function tryMutant(copy, number, reached, durations) {
  const files = Object.keys(reached ?? {});
  if (files.length === 0) return { state: 'survived', by: 'no test gets there' };
  const only = Object.fromEntries(
    Object.entries(reached)
      .filter(([file, names]) => names !== 'all' && late.some((part) => file.includes(part)))
      .map(([file, names]) => [join(copy, file), names]),
  );
  const expected = files
    .flatMap((file) => Object.values(durations[file]))
    .reduce((sum, ms) => sum + ms, 0);
  const env = { DL_MUTANT: `${number}`, DL_TESTS: JSON.stringify(only) };
  const run = await vitest(copy, files, env, Math.ceil(30_000 + 3 * expected));
  if (!run.ended) return { state: 'killed', by: 'the tests do not end' };
  if (run.failed) return { state: 'killed', by: run.failed };
  if (run.status !== 0 || run.passed === 0) throw new Error(`the run itself failed.\n${run.text}`);
  return { state: 'survived', by: `${run.passed} tests pass` };
}
