// How long each test file took: of the last run here, else of the run that was recorded in the repository.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
// Where nothing is sampled the files take other times.
const file = process.env.DL_FULL === '1' ? 'test-times-all.json' : 'test-times.json';
const last = join(root, 'out', file);
const recorded = join(root, 'tools', 'scripts', file);

/** The name under which a test file is known. */
export const nameOf = (path) => relative(root, path).replaceAll('\\', '/');

/** Seconds by test file. */
export function readTimes() {
  const read = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {});
  return { ...read(recorded), ...read(last) };
}

/** Keeps what was measured, beside what other runs measured; `record` writes it into the repository. */
export function writeTimes(times, record) {
  const path = record ? recorded : last;
  const all = { ...(record ? {} : readTimes()), ...times };
  mkdirSync(dirname(path), { recursive: true });
  const sorted = Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
}
