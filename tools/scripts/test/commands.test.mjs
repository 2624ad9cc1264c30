// The commands that the pages name are there, and pnpm runs them rather than one of its own.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Commands of pnpm's own that our pages use, or that a script of ours has the name of. */
const own = ['add', 'doctor', 'exec', 'install', 'pack', 'publish'];

const pages = ['README.md', 'CONTRIBUTING.md', 'docs/ARCHITECTURE.md', 'docs/PERFORMANCE.md'];
for (const folder of ['docs/guide', 'docs/zh', 'apps', 'tools']) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (entry.name.endsWith('.md')) pages.push(join(folder, entry.name));
    if (!entry.isDirectory()) continue;
    if (readdirSync(join(root, folder, entry.name)).includes('README.md')) {
      pages.push(join(folder, entry.name, 'README.md'));
    }
  }
}

/** What stands behind `pnpm` in code, with `run` before it or not. */
function commandsOf(text) {
  return [...text.matchAll(/pnpm (?!--)(run )?([a-z][a-z:-]*)/g)].map(([, run, name]) => ({
    name,
    run: run !== undefined,
  }));
}

/** Why a command of a page does not do what the page says; null if it does. */
function wrong({ name, run }) {
  if (run) return name in scripts ? null : `there is no script '${name}'`;
  if (own.includes(name)) return name in scripts ? `'pnpm ${name}' is pnpm's own` : null;
  return name in scripts || name === 'changeset' ? null : `there is no script '${name}'`;
}

/** The same for `npm run`, which keeps options to itself unless `--` is before them. */
function wrongNpm(text) {
  return [...text.matchAll(/npm run ([a-z][a-z:-]*)([^`\n]*)/g)].flatMap(([all, name, rest]) => {
    if (!(name in scripts)) return [`there is no script '${name}'`];
    return /^(?! -- ).* --\w/.test(rest) ? [`'${all}' needs -- before its options`] : [];
  });
}

it.each(pages)('%s', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const found = commandsOf(text).map(wrong);
  expect(found.filter((why) => why !== null)).toEqual([]);
  expect(wrongNpm(text)).toEqual([]);
});

it('sees a command that is not there, and one that is pnpm’s', () => {
  expect(commandsOf('`pnpm doctor`, `pnpm run nonsense`, `pnpm lesson mlp`').map(wrong)).toEqual([
    "'pnpm doctor' is pnpm's own",
    "there is no script 'nonsense'",
    null,
  ]);
  expect(wrongNpm('`npm run doctor`, `npm run repl -- --eval 1`')).toEqual([]);
  expect(wrongNpm('`npm run nosuch`, `npm run repl --eval 1`')).toEqual([
    "there is no script 'nosuch'",
    "'npm run repl --eval 1' needs -- before its options",
  ]);
});
