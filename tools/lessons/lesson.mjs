// `npm run lesson` lists the lessons; `npm run lesson NAME` builds one if needed and runs it.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isBuilt, noteBuild } from '../scripts/lib/built.mjs';
import { runForeground, runQuietly, StepError } from '../scripts/lib/process.mjs';
import { workspaceFolders } from '../scripts/lib/state.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const apps = join(root, 'apps');

/** The lessons: apps whose package.json says in a line what they show. In the notes' order. */
const order = [
  'tensor-tour',
  'autograd',
  'linear-regression',
  'logistic-regression',
  'mlp',
  'digits',
  'penguins',
];
const lessons = new Map(
  readdirSync(apps)
    .map((name) => [name, JSON.parse(readFileSync(join(apps, name, 'package.json'), 'utf8'))])
    .filter(([, manifest]) => typeof manifest.lesson === 'string')
    .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)),
);

/** How many letters have to change (Levenshtein). */
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}

const [name, ...args] = process.argv.slice(2);
if (name === undefined) {
  const width = Math.max(...[...lessons.keys()].map((key) => key.length));
  console.log('npm run lesson NAME runs one:\n');
  for (const [key, { lesson }] of lessons) console.log(`  ${key.padEnd(width)}  ${lesson}`);
} else if (!lessons.has(name)) {
  const [nearest] = [...lessons.keys()].sort((a, b) => distance(a, name) - distance(b, name));
  console.error(
    `lesson: there is no '${name}'; did you mean ${nearest}? The lessons are ${[...lessons.keys()].join(', ')}`,
  );
  process.exitCode = 2;
} else {
  try {
    const folders = workspaceFolders(root);
    if (!isBuilt(root, name, folders)) {
      console.log(`Building what ${name} needs ...`);
      await runQuietly(
        process.execPath,
        [
          join(root, 'node_modules/turbo/bin/turbo'),
          'run',
          'build',
          `--filter=${lessons.get(name).name}...`,
          '--output-logs=errors-only',
          '--ui=stream',
        ],
        { cwd: root, fix: 'the build failed; fix the errors above and run it again.' },
      );
      noteBuild(root, name, folders);
    }
    process.exitCode = await runForeground(
      process.execPath,
      [join(apps, name, 'dist/main.js'), ...args],
      { cwd: root },
    );
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    console.error(`lesson: ${error.message}`);
    process.exitCode = 1;
  }
}
