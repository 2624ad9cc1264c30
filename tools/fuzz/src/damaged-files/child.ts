// Reads the files of a seed from one number to another: child.js FIXTURES SEED FROM TO PROGRESS.
// PROGRESS is a file that always holds the number of the file that is being read.
import { openSync, writeSync } from 'node:fs';
import type { Outcome } from './judge.js';
import { countRequests } from './memory.js';

/** What a process says at its end. */
export interface Report {
  /** By format, how many were read and refused. */
  readonly counts: Record<string, { read: number; refused: number }>;
  readonly findings: (Outcome & { readonly index: number })[];
  /** The most kinds of refusals seen, by their words without numbers and names. */
  readonly refusals: string[];
}

async function main([fixtures = '', seed, from, to, progress = '']: string[]): Promise<void> {
  countRequests();
  // Most files are refused, and nobody reads where.
  Error.stackTraceLimit = 4;
  const [{ formatsOf }, { filesOf, formatOf, judge }] = await Promise.all([
    import('./formats.js'),
    import('./judge.js'),
  ]);
  const formats = await formatsOf(fixtures, `${progress}-folder`);
  const report: Report = { counts: {}, findings: [], refusals: [] };
  const refusals = new Set<string>();
  const place = openSync(progress, 'r+');
  const number = Buffer.alloc(8);
  for (let index = Number(from); index < Number(to); index++) {
    number.writeDoubleLE(index);
    writeSync(place, number, 0, 8, 0);
    const format = formatOf(formats, index);
    const outcome = await judge(format, await filesOf(formats, Number(seed), index));
    report.counts[format.name] ??= { read: 0, refused: 0 };
    const counts = report.counts[format.name] as { read: number; refused: number };
    if (outcome.kind === 'read') counts.read++;
    else if (outcome.kind === 'refused') {
      counts.refused++;
      refusals.add(outcome.text.replace(/"([^"\\]|\\.)*"|'[^']*'|\d+/g, '#').slice(0, 100));
    } else report.findings.push({ ...outcome, index });
  }
  report.refusals.push(...refusals);
  process.stdout.write(JSON.stringify(report));
}

// What is thrown outside of any reading ends the process, and the file that was being read is the finding.
await main(process.argv.slice(2));
