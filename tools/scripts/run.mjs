// What `npm start` and `npm test` call: prepares the checkout where needed, then runs the app or the checks.
// Needs nothing but Node and npm: pnpm comes through npx, everything else through pnpm.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { providePnpm } from './lib/pnpm.mjs';
import { runForeground, runStep, StepError } from './lib/process.mjs';
import {
  installFailure,
  isInstalled,
  nodeFailure,
  readManifest,
  writeStamp,
} from './lib/state.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const bin = {
  turbo: join(root, 'node_modules/turbo/bin/turbo'),
  biome: join(root, 'node_modules/@biomejs/biome/bin/biome'),
  vitest: join(root, 'node_modules/vitest/vitest.mjs'),
  arrows: join(root, 'tools/scripts/check-arrows.mjs'),
  packages: join(root, 'tools/scripts/check-packages.mjs'),
  app: join(root, 'apps/digits/dist/main.js'),
};

/** Runs a JavaScript program with this Node, from the root; `mend` is the line shown when it fails. */
function node(args, mend) {
  return runStep(process.execPath, args, { cwd: root, mend });
}

/** Installs the dependencies unless the last install still fits the lockfile and the manifests. */
async function install(packageManager) {
  const notePnpm = await providePnpm(root, packageManager);
  if (isInstalled(root)) return;
  console.log('Installing dependencies ...');
  const args = ['install', '--frozen-lockfile'];
  await runStep('pnpm', args, { cwd: root, mend: installFailure });
  writeStamp(root);
  notePnpm();
}

async function build(filter) {
  await node(
    [bin.turbo, 'run', 'build', ...filter, '--output-logs=errors-only', '--ui=stream'],
    'the build failed; mend the errors above and run it again.',
  );
}

async function start(args) {
  await build(['--filter=dl-digits...']);
  return runForeground(process.execPath, [bin.app, ...args], { cwd: root });
}

async function test(args) {
  await build([]);
  await node(
    [bin.biome, 'check', '--error-on-warnings', '.'],
    'lint or format: run `npm run format`, mend what it cannot, and run it again.',
  );
  await node([bin.arrows], 'forbidden imports: see the lines above and docs/ARCHITECTURE.md.');
  await node([bin.packages], 'manifests: see the lines above and CONTRIBUTING.md.');
  await node(
    [bin.turbo, 'run', 'typecheck', 'typecheck:root', '--output-logs=errors-only', '--ui=stream'],
    'type errors: mend the errors above and run it again.',
  );
  await node([bin.vitest, 'run', ...args], 'tests failed: see the report above.');
  return 0;
}

const commands = { start, test };

async function main() {
  const manifest = readManifest(root);
  const old = nodeFailure(process.versions.node, manifest.engines.node);
  if (old) throw new StepError(old);
  const [name = '', ...args] = process.argv.slice(2);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new StepError('say `npm start` or `npm test`.');
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
