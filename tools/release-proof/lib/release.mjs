// A copy of this checkout in which releases are made with the commands that a release takes.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { publishedPackages } from '../../scripts/lib/packages.mjs';
import { must, run } from './shell.mjs';

/** What is in git or could be, copied, as a repository of its own with everything installed. */
export async function cloneCheckout(root, target) {
  const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await run('git', listed, { cwd: root });
  const files = stdout.split('\0').filter((file) => file && existsSync(join(root, file)));
  // The binaries of this machine: their builds take a minute and have tests of their own.
  const here = `${process.platform}-${process.arch}`;
  const built = ['cpu', 'cuda'].flatMap((name) => [
    `packages/backend-${name}-${here}/prebuilds`,
    `packages/backend-${name}/build/${here}/stamp`,
  ]);
  for (const file of [...files, ...built]) {
    if (!existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(join(root, file), join(target, file), { recursive: true, preserveTimestamps: true });
  }
  await run('git', ['init', '--quiet', '--initial-branch', 'main'], { cwd: target });
  await commit(target, 'Checkout');
  await run('pnpm', ['install', '--frozen-lockfile', '--prefer-offline'], { cwd: target });
  return standIns(target);
}

async function commit(target, message) {
  const author = ['-c', 'user.name=proof', '-c', 'user.email=proof@localhost'];
  await run('git', ['add', '-A'], { cwd: target });
  const args = [...author, 'commit', '--quiet', '--no-verify', '--allow-empty', '-m', message];
  await run('git', args, { cwd: target });
}

/** Binaries of other platforms are built there; a file that says so stands in for them here. */
function standIns(target) {
  const made = [];
  for (const { name, folder, binary, manifest } of publishedPackages(target)) {
    if (!binary) continue;
    for (const file of Object.values(manifest.exports).filter((path) => path.endsWith('.node'))) {
      const path = join(target, folder, file);
      if (existsSync(path)) continue;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, 'stands in for a binary of another platform\n');
      made.push(name);
    }
  }
  return made;
}

export function versions(target) {
  return Object.fromEntries(publishedPackages(target).map((p) => [p.name, p.manifest.version]));
}

/** Writes a changeset: what `pnpm changeset` does after its questions. */
export function writeChangeset(target, name, kind, text) {
  writeFileSync(join(target, '.changeset/proof.md'), `---\n'${name}': ${kind}\n---\n\n${text}\n`);
}

/** The waiting changesets as versions; gives those that moved: name to [before, after]. */
export async function versionPackages(target) {
  const before = versions(target);
  await run('pnpm', ['exec', 'changeset', 'version'], { cwd: target });
  const left = readdirSync(join(target, '.changeset')).filter((name) => name.endsWith('.md'));
  must(left.length === 0, `changesets were left: ${left}`);
  const after = versions(target);
  await commit(target, 'Versions');
  return Object.fromEntries(
    Object.keys(after)
      .filter((name) => after[name] !== before[name])
      .map((name) => [name, [before[name], after[name]]]),
  );
}

/** Which packages a minor version of one takes along, from the manifests alone (all below 1.0). */
export function expectedToMove(target, changed) {
  const packages = publishedPackages(target);
  const { fixed } = JSON.parse(readFileSync(join(target, '.changeset/config.json'), 'utf8'));
  const moving = new Set([changed]);
  const inGroup = (group, name) =>
    group.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : each === name));
  for (let size = -1; size !== moving.size; ) {
    size = moving.size;
    for (const { name, manifest } of packages) {
      // An optional peer with a range that holds moves nothing.
      const needs = { ...manifest.dependencies, ...manifest.optionalDependencies };
      if (Object.keys(needs).some((other) => moving.has(other))) moving.add(name);
      for (const group of fixed) {
        if (!inGroup(group, name) || !moving.has(name)) continue;
        for (const p of packages) if (inGroup(group, p.name)) moving.add(p.name);
      }
    }
  }
  return [...moving].sort();
}

/** Builds and publishes what the registry does not have yet. */
export async function publish(target, env) {
  const build = ['exec', 'turbo', 'run', 'build', '--filter=./packages/*', '--ui=stream'];
  await run('pnpm', [...build, '--output-logs=errors-only'], { cwd: target });
  const { stdout } = await run('pnpm', ['exec', 'changeset', 'publish', '--no-git-tag'], {
    cwd: target,
    env,
  });
  return stdout;
}

export function remove(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
