// Coverage by lines and branches of every package, each from its own tests; core's from the conformance suite too.
// pnpm coverage [NAME...]: of these packages alone. Pages of lines that no test reaches: coverage/NAME/index.html.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { coverageByPackage, covered, shortfalls } from './lib/coverage.mjs';
import { runStep, StepError } from './lib/process.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { positionals } = parseArgs({ allowPositionals: true });
// Leaves out tests that the counters disturb; see vitest.config.ts.
process.env.DL_COVERAGE = '1';

/** Runs the tests of one package, and gives its files' summaries. */
async function measure(name) {
  const folder = join(root, 'coverage', name);
  const args = [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    ...covered[name],
    '--coverage.enabled',
    '--coverage.provider=v8',
    '--coverage.reporter=json-summary',
    '--coverage.reporter=json',
    '--coverage.reporter=html',
    `--coverage.reportsDirectory=${folder}`,
    `--coverage.include=packages/${name}/src/**/*.ts`,
    '--reporter=dot',
  ];
  await runStep(process.execPath, args, {
    cwd: root,
    fix: `@dl/${name}: tests failed, see above.`,
  });
  const summary = JSON.parse(readFileSync(join(folder, 'coverage-summary.json'), 'utf8'));
  return Object.entries(summary)
    .filter(([file]) => file !== 'total')
    .map(([file, entry]) => [relative(root, file).replaceAll('\\', '/'), entry]);
}

try {
  const unknown = positionals.find((name) => !(name in covered));
  if (unknown) {
    throw new StepError(
      `there is no package '${unknown}' here: ${Object.keys(covered).join(', ')}.`,
    );
  }
  const names = positionals.length > 0 ? positionals : Object.keys(covered);
  const files = [];
  for (const name of names) files.push(...(await measure(name)));
  const found = coverageByPackage(files);
  for (const [name, { lines, branches }] of Object.entries(found)) {
    console.log(
      `${name.padEnd(16)} lines ${lines.toFixed(1).padStart(5)} %   branches ${branches.toFixed(1).padStart(5)} %`,
    );
  }
  const problems = shortfalls(found, names);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  console.error(`dl: ${error.message}`);
  process.exitCode = error.exitCode;
}
