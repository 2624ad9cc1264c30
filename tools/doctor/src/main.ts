// `pnpm run doctor`: what there is, what is missing, and what to do about it.
import { examine, textOf } from './report.js';

const args = process.argv.slice(2);
if (args.some((arg) => arg !== '--json')) {
  console.error('doctor: usage: pnpm run doctor [--json]');
  process.exitCode = 2;
} else {
  const report = await examine();
  console.log(args.includes('--json') ? JSON.stringify(report, null, 2) : textOf(report));
  process.exitCode = report.check.well ? 0 : 1;
}
