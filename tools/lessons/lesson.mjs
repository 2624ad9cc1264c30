// `pnpm lesson` lists the lessons; `pnpm lesson NAME` builds one if needed and runs it.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runForeground, runStep, StepError } from '../scripts/lib/process.mjs';

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

const [name, ...args] = process.argv.slice(2);
if (name === undefined) {
  const width = Math.max(...[...lessons.keys()].map((key) => key.length));
  console.log('pnpm lesson NAME runs one:\n');
  for (const [key, { lesson }] of lessons) console.log(`  ${key.padEnd(width)}  ${lesson}`);
} else if (!lessons.has(name)) {
  console.error(`lesson: there is no '${name}'; there are ${[...lessons.keys()].join(', ')}`);
  process.exitCode = 2;
} else {
  try {
    await runStep(
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
