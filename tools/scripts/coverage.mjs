// Coverage by lines and branches of every package, from the packages' tests and the conformance suite.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { coverageByPackage, shortfalls } from './lib/coverage.mjs';
import { runStep, StepError } from './lib/process.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const packages = ['core', 'nn', 'optim', 'losses', 'io', 'data'];
const args = [
  join(root, 'node_modules/vitest/vitest.mjs'),
  'run',
  '--coverage.enabled',
  '--coverage.provider=v8',
  '--coverage.reporter=json-summary',
  '--coverage.reporter=html',
  '--reporter=dot',
  ...packages.map((name) => `--coverage.include=packages/${name}/src/**/*.ts`),
  ...packages.flatMap((name) => ['--project', name]),
  '--project',
  'tools/conformance',
];
// Leaves out tests that the counters disturb; see vitest.config.ts.
process.env.DL_COVERAGE = '1';
try {
  await runStep(process.execPath, args, { cwd: root, mend: 'tests failed: see above.' });
  const summary = JSON.parse(readFileSync(join(root, 'coverage/coverage-summary.json'), 'utf8'));
  const files = Object.entries(summary)
    .filter(([file]) => file !== 'total')
    .map(([file, entry]) => [relative(root, file).replaceAll('\\', '/'), entry]);
  const found = coverageByPackage(files);
  for (const [name, { lines, branches }] of Object.entries(found)) {
    console.log(
      `${name.padEnd(16)} lines ${lines.toFixed(1).padStart(5)} %   branches ${branches.toFixed(1).padStart(5)} %`,
    );
  }
  const problems = shortfalls(found);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  console.error(`dl: ${error.message}`);
  process.exitCode = error.exitCode;
}
