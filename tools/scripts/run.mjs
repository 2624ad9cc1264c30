// What `npm start`, `npm test` and its kin call: prepares the checkout where needed, then runs the app or the checks.
// Needs nothing but Node and npm: pnpm comes through npx, everything else through pnpm.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, provide } from './lib/built.mjs';
import { providePnpm } from './lib/pnpm.mjs';
import { runForeground, runStep, StepError } from './lib/process.mjs';
import {
  installFailure,
  isInstalled,
  nodeFailure,
  readManifest,
  workspaceFolders,
  writeStamp,
} from './lib/state.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const bin = {
  biome: join(root, 'node_modules/@biomejs/biome/bin/biome'),
  vitest: join(root, 'node_modules/vitest/vitest.mjs'),
  arrows: join(root, 'tools/scripts/check-arrows.mjs'),
  assertions: join(root, 'tools/scripts/check-assertions.mjs'),
  methods: join(root, 'tools/scripts/tensor-methods.mjs'),
  packages: join(root, 'tools/scripts/check-packages.mjs'),
  types: join(root, 'tools/scripts/check-types.mjs'),
  app: join(root, 'apps/digits/dist/main.js'),
};

/** Runs a JavaScript program with this Node, from the root; `fix` is the line shown when it fails. */
function node(args, fix) {
  return runStep(process.execPath, args, { cwd: root, fix });
}

/** Installs the dependencies unless the last install still fits the lockfile and the manifests. */
async function install(packageManager) {
  const notePnpm = await providePnpm(root, packageManager);
  if (isInstalled(root)) return;
  console.log('Installing dependencies ...');
  const args = ['install', '--frozen-lockfile', '--loglevel=error'];
  await runStep('pnpm', args, { cwd: root, fix: installFailure });
  writeStamp(root);
  notePnpm();
}

async function start(args) {
  const folders = workspaceFolders(root).filter((f) => /^packages\/|^apps\/digits$/.test(f));
  await provide(root, 'digits', 'dl-digits', folders);
  return runForeground(process.execPath, [bin.app, ...args], { cwd: root });
}

/** What no test runs for: format, lint, imports, manifests, types. */
async function check() {
  const lint = async () => {
    await node(
      [bin.biome, 'check', '--error-on-warnings', '.'],
      'lint or format: run `npm run format`, fix what it cannot, and run it again.',
    );
    await node([bin.arrows], 'forbidden imports: see the lines above and docs/ARCHITECTURE.md.');
    await node([bin.packages], 'manifests: see the lines above and CONTRIBUTING.md.');
    await node([bin.methods], 'the interface of methods: run the line above.');
    await node([bin.assertions], 'type assertions: see the lines above.');
  };
  // The type check keeps one core busy, so the others go beside it; both end before a failure is told.
  const all = [node([bin.types], 'type errors: fix the errors above and run it again.'), lint()];
  for (const done of await Promise.allSettled(all))
    if (done.status === 'rejected') throw done.reason;
}

/** Says which part of what is sampled runs; another one at each commit. */
function sample() {
  if (process.env.DL_FULL === '1') return 'everything runs, nothing is sampled';
  if (process.env.DL_SAMPLE === undefined) {
    const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
    });
    process.env.DL_SAMPLE = status === 0 ? String(Number.parseInt(stdout.slice(0, 8), 16)) : '0';
  }
  return `what is sampled runs in part, DL_SAMPLE=${process.env.DL_SAMPLE} (npm run test:all runs everything)`;
}

async function tests(args, sampled = sample()) {
  console.log(`Tests: ${sampled}.`);
  await node([bin.vitest, 'run', ...args], 'tests failed: see the report above.');
  return 0;
}

async function test(args) {
  await build(root);
  // vitest.config.ts says what that changes.
  process.env.DL_BUILT = '1';
  const sampled = sample();
  // The checks leave a core idle for a part of their time; what they say is told again at the end.
  const [checked, tested] = await Promise.allSettled([check(), tests(args, sampled)]);
  for (const done of [checked, tested]) if (done.status === 'rejected') throw done.reason;
  return tested.value;
}

async function testAll(args) {
  process.env.DL_FULL = '1';
  return test(args);
}

async function testQuick(args) {
  process.env.DL_QUICK = '1';
  return tests(args);
}

/** Programs for users: what is built for them, and what is run, from which folder. */
const programs = {
  lesson: { main: 'tools/lessons/lesson.mjs' },
  repl: { build: 'dl-repl', main: 'apps/repl/dist/main.js' },
  doctor: { build: 'dl-doctor', main: 'tools/doctor/dist/main.js' },
  notebooks: { build: 'dl-lessons', main: 'tools/lessons/dist/main.js' },
  'api-docs': { main: 'tools/scripts/api-docs.mjs' },
  playground: {
    // It reads the packages' sources.
    main: 'apps/playground/node_modules/vite/bin/vite.js',
    options: ['--open'],
    folder: 'apps/playground',
  },
};

/** Builds what a program needs if anything has changed, and runs it. */
const program = (name) => async (args) => {
  const { build: filter, main, options = [], folder = '.' } = programs[name];
  if (filter !== undefined) await provide(root, name, filter);
  return runForeground(process.execPath, [join(root, main), ...options, ...args], {
    cwd: join(root, folder),
  });
};

const commands = {
  ...Object.fromEntries(Object.keys(programs).map((name) => [name, program(name)])),
  start,
  test,
  'test:all': testAll,
  'test:quick': testQuick,
};

async function main() {
  const manifest = readManifest(root);
  const old = nodeFailure(process.versions.node, manifest.engines.node);
  if (old) throw new StepError(old);
  const [name = '', ...args] = process.argv.slice(2);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command)
    throw new StepError(
      'say `npm start`, `npm test`, or `npm run` with test:quick, test:all, lesson, repl, doctor, notebooks, playground or api-docs.',
    );
  process.env.TURBO_TELEMETRY_DISABLED ??= '1';
  process.env.TURBO_NO_UPDATE_NOTIFIER ??= '1';
  await install(manifest.packageManager);
  return command(args);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  console.error(`dl: ${error.message}`);
  process.exitCode = error.exitCode;
}
