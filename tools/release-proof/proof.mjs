// Releases everything to a registry on this machine, installs it into empty projects and uses it.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedPackages } from '../scripts/lib/packages.mjs';
import { providePnpm } from '../scripts/lib/pnpm.mjs';
import { findChromium, trainsWithVite, withoutBrowserCondition } from './lib/browser.mjs';
import { bundlesWork } from './lib/bundles.mjs';
import { oldNode, twoCores, withoutCore } from './lib/mistakes.mjs';
import { checkPublished } from './lib/packages.mjs';
import { compilesWithOthers, install, runEveryWay } from './lib/projects.mjs';
import { startRegistry } from './lib/registry.mjs';
import {
  cloneCheckout,
  expectedToMove,
  publish,
  remove,
  versionPackages,
  versions,
  writeChangeset,
} from './lib/release.mjs';
import { must } from './lib/shell.mjs';
import { bundleSizes, checkSizes } from './lib/sizes.mjs';

const home = dirname(fileURLToPath(import.meta.url));
const root = join(home, '..', '..');
const write = process.argv.includes('--write');
const begun = Date.now();
const say = (text) =>
  console.log(`${((Date.now() - begun) / 1000).toFixed(0).padStart(4)} s  ${text}`);
const listed = (names) => names.map((name) => `\n          ${name}`).join('');
const moves = (moved) =>
  listed(Object.entries(moved).map(([name, [from, to]]) => `${name} ${from} -> ${to}`));

/** One minor version of one package: what it takes along, and nothing else, moves and is published. */
async function minor(clone, registry, name) {
  const expected = expectedToMove(clone, name);
  writeChangeset(clone, name, 'minor', 'A new function.');
  const moved = await versionPackages(clone);
  must(
    Object.keys(moved).sort().join() === expected.join(),
    `a minor ${name} must move ${expected}, it moved ${Object.keys(moved)}`,
  );
  for (const [each, [from, to]] of Object.entries(moved)) {
    const part = each === name ? 1 : undefined;
    const bumped = from.split('.').findIndex((digit, i) => digit !== to.split('.')[i]);
    must(part === undefined || bumped === part, `${each}: ${from} -> ${to} is not a minor version`);
    must(bumped !== 0, `${each}: ${from} -> ${to} is a major version`);
  }
  await publish(clone, registry.env);
  say(`a minor version of ${name} moves${moves(moved)}`);
}

async function prove(work) {
  findChromium();
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  await providePnpm(root, packageManager);
  const clone = join(work, 'clone');
  mkdirSync(clone);
  const standIns = await cloneCheckout(root, clone);
  say(`cloned and installed; other platforms' binaries have stand-ins: ${standIns.join(', ')}`);
  const registry = await startRegistry(join(work, 'registry'));
  try {
    const first = await versionPackages(clone);
    await publish(clone, registry.env);
    say(`released${moves(first)}`);
    const packages = publishedPackages(clone);
    const older = versions(clone)['@dl/core'];
    await minor(clone, registry, '@dl/losses');
    await minor(clone, registry, '@dl/core');
    const sizes = await checkPublished(registry.url, packages);
    say(`publint and attw find nothing in ${packages.length} packages; no install scripts`);
    await use(work, registry, packages, sizes, older);
  } finally {
    registry.stop();
  }
}

async function use(work, { env }, packages, sizes, older) {
  const project = (name) => join(work, 'projects', name);
  const all = packages.filter((p) => !p.binary).map((p) => p.name);
  for (const [program, wanted, count] of [
    ['core', ['@dl/core'], 1],
    ['net', ['@dl/core', '@dl/nn', '@dl/optim', '@dl/losses'], 4],
    ['all', all, undefined],
  ]) {
    const tree = await install(project(program), wanted, env);
    must(count === undefined || tree.length === count, `${wanted} brought ${tree}`);
    say(`npm install ${wanted.join(' ')} brings${listed(tree)}`);
    say(`it trains as ${(await runEveryWay(project(program), program)).join('; ')}`);
  }
  const ways = await runEveryWay(project('core'), 'functional');
  say(`@dl/core/functional trains as ${ways.join('; ')}`);
  const compilers = await compilesWithOthers(project('all'), 'all', env);
  say(`all of it compiles, strictly, and trains with TypeScript ${compilers.join(', ')}`);
  await trainsWithVite(project('net'), 'net');
  say('it trains in Chromium, bundled by Vite');
  say(`without the condition browser: ${await withoutBrowserCondition(project('all'))}`);
  say(`without core: ${await withoutCore(project('coreless'), env)}`);
  say(`two cores: ${await twoCores(project('two'), older, env)}`);
  say(`old Node: ${await oldNode(project('core'))}`);
  const minifiers = await bundlesWork(project('all'));
  say(`bundles compute and print as the sources do, minified by ${minifiers.join(', ')}`);
  const seen = { packages: sizes, bundles: await bundleSizes(project('all')) };
  for (const [name, { minified, gzipped }] of Object.entries(seen.bundles)) {
    say(`${name}: ${minified} bytes, ${gzipped} gzipped`);
  }
  checkSizes(join(home, 'sizes.json'), seen, write);
  say(`sizes ${write ? 'written' : 'are as recorded'}`);
}

const work = realpathSync(mkdtempSync(join(tmpdir(), 'release-proof-')));
try {
  await prove(work);
  say('proved');
  remove(work);
} catch (error) {
  console.error(`${error.message}\nEverything is still in ${work}.`);
  process.exitCode = 1;
}
