// Builds what programs need, unless sources and outputs have the sizes and times that the last build left.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly, runStep } from './process.mjs';
import { workspaceFolders } from './state.mjs';

const skipped = new Set(['node_modules', 'test', '.turbo', 'build', 'out']);
const configs = ['package.json', 'pnpm-lock.yaml', 'turbo.json', 'tsup.preset.ts'];

/** All files below a folder that a build reads or writes, sorted. */
function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !skipped.has(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesIn(path) : [path];
    });
}

/** A hash of the sizes and times of all files of these folders, and of what all builds depend on. */
export function buildStamp(root, folders) {
  const hash = createHash('sha256').update(process.version);
  const files = configs.map((name) => join(root, name));
  files.push(...folders.flatMap((folder) => filesIn(join(root, folder))));
  for (const file of files) {
    if (!existsSync(file)) continue;
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

const stampFile = (root, name) => join(root, 'node_modules', `.dl-built-${name}`);

/** Whether nothing has changed since `noteBuild`. */
export function isBuilt(root, name, folders) {
  const file = stampFile(root, name);
  return existsSync(file) && readFileSync(file, 'utf8') === buildStamp(root, folders);
}

/** Notes that these folders are built, as they are now. */
export function noteBuild(root, name, folders) {
  writeFileSync(stampFile(root, name), buildStamp(root, folders));
}

/** Builds what the filters name, or all packages of the workspace; `run` starts the command. */
export const build = (root, filters = [], run = runStep) =>
  run(
    process.execPath,
    [
      join(root, 'node_modules/turbo/bin/turbo'),
      'run',
      'build',
      ...filters.map((filter) => `--filter=${filter}`),
      '--output-logs=errors-only',
      '--ui=stream',
    ],
    { cwd: root, fix: 'the build failed; fix the errors above and run it again.' },
  );

/**
 * Builds what the program `name` needs (`filter` and its dependencies) if anything in `folders` has changed, and says so in
 * one line.
 */
export async function provide(root, name, filter, folders = workspaceFolders(root)) {
  if (isBuilt(root, name, folders)) return;
  console.log(`Building what ${name} needs ...`);
  await build(root, [`${filter}...`], runQuietly);
  noteBuild(root, name, folders);
}
