// Says whether the checkout is ready: Node's version, and whether the last install still fits.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const groups = ['packages', 'apps', 'tools'];

/** The root package.json. */
export function readManifest(root) {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
}

/** One line if `version` is below the `>=` range, else `undefined`. */
export function nodeFailure(version, range) {
  const numbers = (text) => text.replace(/^\D*/, '').split('.').map(Number);
  const have = numbers(version);
  const want = numbers(range);
  for (let i = 0; i < want.length; i++) {
    if (have[i] > want[i]) return undefined;
    if (have[i] < want[i]) {
      return `Node ${version} is too old: install Node ${want.join('.')} or later and try again.`;
    }
  }
  return undefined;
}

/** The folders of the workspace's packages that have a package.json, relative to the root. */
export function workspaceFolders(root) {
  return groups
    .filter((group) => existsSync(join(root, group)))
    .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .sort();
}

/** A hash of all that decides what an install puts into node_modules. */
export function stamp(root) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'];
  files.push(...workspaceFolders(root).map((folder) => `${folder}/package.json`));
  for (const file of files) {
    const path = join(root, file);
    hash.update(`${file}\n`).update(existsSync(path) ? readFileSync(path) : '(none)');
  }
  return hash.digest('hex');
}

const stampFile = (root) => join(root, 'node_modules', '.dl-stamp');

/** Notes that node_modules fits the lockfile and manifests as they are now. */
export function writeStamp(root) {
  writeFileSync(stampFile(root), stamp(root));
}

/** Whether node_modules is there, in the root and in every package that needs one, and fits. */
export function isInstalled(root) {
  const file = stampFile(root);
  if (!existsSync(file) || readFileSync(file, 'utf8') !== stamp(root)) return false;
  return workspaceFolders(root).every((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const needs = { ...manifest.dependencies, ...manifest.devDependencies };
    return Object.keys(needs).every((name) => existsSync(join(root, folder, 'node_modules', name)));
  });
}

/** Whether a package manager's output speaks of a registry that is not reached. */
export function isOffline(output) {
  return /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|META_FETCH_FAIL|fetch failed|error sending request|dns error/i.test(
    output,
  );
}

/** The one line for a failed `pnpm install`, found from its output. */
export function installFailure(output) {
  if (/OUTDATED_LOCKFILE|NO_LOCKFILE|LOCKFILE_MISSING|not up.to.date with/i.test(output)) {
    return 'pnpm-lock.yaml does not fit the package.json files: run `pnpm install` and commit the lockfile.';
  }
  if (isOffline(output)) {
    return 'the npm registry is not reached: go online for the first install and try again.';
  }
  if (/ENOSPC|no space left/i.test(output)) return 'the disk is full: make room and try again.';
  if (/EACCES|EPERM|permission denied/i.test(output)) {
    return 'node_modules cannot be written: fix the permissions of this folder and try again.';
  }
  return 'installing failed: fix what pnpm says above and try again.';
}
