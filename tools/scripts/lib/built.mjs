// Whether what a build makes is as the last build left it, by sizes and times of sources and outputs: a question of milliseconds.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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
