// Holds the public surface of every package against its report in docs/api; `--write` writes them again.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiReport, exportedNames } from './lib/api-report.mjs';
import { publishedPackages } from './lib/packages.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const write = process.argv.includes('--write');
const home = join(root, 'docs/api');
mkdirSync(home, { recursive: true });

const stale = new Set(readdirSync(home));
const problems = [];
/** Holds one report against its file, or writes it. */
function hold(name, file, report) {
  stale.delete(basename(file));
  if (write) writeFileSync(file, report);
  else if (!existsSync(file)) problems.push(`${name} has no report: pnpm api-report --write`);
  else {
    const before = readFileSync(file, 'utf8').split('\n');
    const after = report.split('\n');
    const gone = before.filter((line) => !after.includes(line));
    const come = after.filter((line) => !before.includes(line));
    if (before.join('\n') === report) return;
    problems.push(
      [
        `The public surface of ${name} is not that of docs/api/${basename(file)}: look at the difference, then`,
        'pnpm api-report --write, commit it and bring a changeset.',
        ...gone.slice(0, 20).map((line) => `  - ${line}`),
        ...come.slice(0, 20).map((line) => `  + ${line}`),
      ].join('\n'),
    );
  }
}

for (const { name, folder, binary } of publishedPackages(root)) {
  if (binary) continue;
  const index = join(root, folder, 'dist/index.d.ts');
  // Where there are functions alone, everything is declared with them, and the main entry passes it on.
  const functional = join(root, folder, 'dist/functional.d.ts');
  const both = existsSync(functional);
  const declarations = both ? functional : index;
  if (!existsSync(declarations)) {
    problems.push(`${name} is not built: pnpm build`);
    continue;
  }
  if (both && exportedNames(index).join() !== exportedNames(functional).join()) {
    problems.push(`${name} and ${name}/functional must export the same names.`);
  }
  const report = apiReport(both ? `${name} and ${name}/functional` : name, declarations);
  hold(name, join(home, `${basename(folder)}.md`), report);
  const testing = join(root, folder, 'dist/testing.d.ts');
  if (existsSync(testing)) {
    const entry = `${name}/testing`;
    hold(entry, join(home, `${basename(folder)}-testing.md`), apiReport(entry, testing));
  }
}
for (const file of stale) {
  if (write) rmSync(join(home, file));
  else problems.push(`docs/api/${file} is no package's: pnpm api-report --write`);
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(write ? 'Reports are written.' : 'The public surface is as reported.');
