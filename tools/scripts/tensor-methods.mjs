// Writes the files that follow from the table of methods (`--write`), or refuses those that are out of date.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tensorMethodFiles } from './lib/tensor-methods.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
const stale = [];
for (const [file, text] of tensorMethodFiles(root)) {
  const formatted = execFileSync(process.execPath, [biome, 'format', `--stdin-file-path=${file}`], {
    input: text,
    encoding: 'utf8',
    cwd: root,
  });
  if (existsSync(file) && readFileSync(file, 'utf8') === formatted) continue;
  if (process.argv.includes('--write')) writeFileSync(file, formatted);
  else stale.push(relative(root, file));
}
if (stale.length > 0) {
  console.error(
    `${stale.join(', ')}: out of date; run node tools/scripts/tensor-methods.mjs --write`,
  );
  process.exitCode = 1;
}
