// Finds pnpm: one on the PATH with the right major version, or else the pinned one through npx.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture, StepError } from './process.mjs';
import { isOffline } from './state.mjs';

const locate = join(dirname(fileURLToPath(import.meta.url)), 'locate.mjs');

/** The version in a `packageManager` field: `pnpm@12.21.0` gives `12.21.0`. */
export function pinnedVersion(packageManager) {
  const match = /^pnpm@(\d+\.\d+\.\d+)/.exec(packageManager);
  if (!match) throw new StepError('package.json must name pnpm and a version in packageManager.');
  return match[1];
}

/** Whether two versions have the same major number. */
export function sameMajor(a, b) {
  return a.trim().split('.')[0] === b.trim().split('.')[0];
}

/** The folder of `pnpm` on a PATH, or `undefined`. */
export function folderOfPnpm(path = process.env.PATH ?? '') {
  const names = process.platform === 'win32' ? ['pnpm.cmd', 'pnpm.exe'] : ['pnpm'];
  return path
    .split(delimiter)
    .find((folder) => folder && names.some((name) => existsSync(join(folder, name))));
}

/** The folder noted by an earlier run for the same pin, if pnpm is still in it. */
function noted(note, version) {
  if (!existsSync(note)) return undefined;
  const [pin, folder] = readFileSync(note, 'utf8').split('\n');
  return pin === version && folder ? folderOfPnpm(folder) : undefined;
}

async function viaNpx(root, version) {
  const args = ['--yes', '--loglevel=error', '--package', `pnpm@${version}`, '--', 'node', locate];
  const result = await capture('npx', args, { cwd: root });
  if (!result) {
    throw new StepError(
      'npx is missing: it comes with npm, so install npm (or pnpm) and try again.',
    );
  }
  const folder = result.stdout.trim().split('\n').pop()?.trim();
  if (result.code === 0 && folder && folderOfPnpm(folder)) return folder;
  process.stderr.write(result.stderr);
  throw new StepError(
    isOffline(result.stderr)
      ? `pnpm ${version} is not here yet and the npm registry is not reached: go online once, or install pnpm, and try again.`
      : `npx could not bring pnpm ${version}: fix what it says above, or install pnpm, and try again.`,
  );
}

/**
 * Puts a fitting pnpm first on the PATH, so that turbo finds it too. Asks no process and no network
 * when an earlier run noted where it is. Returns a function that notes it for the next run.
 */
export async function providePnpm(root, packageManager) {
  const version = pinnedVersion(packageManager);
  const note = join(root, 'node_modules', '.dl-pnpm');
  let folder = noted(note, version);
  if (!folder && folderOfPnpm()) {
    // Asked outside the checkout, where the pin does not make another version answer.
    const result = await capture('pnpm', ['--version'], { cwd: tmpdir() });
    if (result?.code === 0 && sameMajor(result.stdout, version)) folder = folderOfPnpm();
  }
  folder ??= await viaNpx(root, version);
  process.env.PATH = `${folder}${delimiter}${process.env.PATH ?? ''}`;
  return () => writeFileSync(note, `${version}\n${folder}\n`);
}
