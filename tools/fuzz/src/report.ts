// What a run leaves: a file for each finding, with the program in both languages.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asPython, asTypescript } from './print.js';
import { type Found, lookOf, type Tally } from './session.js';

/** The finding as text: what differs, the lines to run, the program as data. */
export function describe(found: Found): string {
  const { runner, seed, program, finding, known } = found;
  const head = `${finding.kind} in ${finding.op} on ${runner}, seed ${seed}: ${finding.message}`;
  return [
    head,
    ...(known === null ? [] : [`known: ${known.id}: ${known.what}`]),
    '',
    asTypescript(program),
    asPython(program),
    JSON.stringify(program),
    '',
  ].join('\n');
}

/** Writes a finding, at once, so that an interrupted run leaves it. Returns the file. */
export function write(folder: string, found: Found, number: number): string {
  mkdirSync(folder, { recursive: true });
  const name = `${String(number).padStart(3, '0')}-${lookOf(found)
    .replace(/[^\w]+/g, '-')
    .slice(0, 80)}.txt`;
  const file = join(folder, name);
  writeFileSync(file, describe(found));
  return file;
}

const list = (map: ReadonlyMap<string, number>): string[] =>
  [...map].sort((a, b) => b[1] - a[1]).map(([key, n]) => `  ${key}: ${n}`);

/** The run in figures. */
export function summary(tally: Tally, seconds: number): string {
  const { programs, instructions, judged, left, known, repeated } = tally;
  const rate = (n: number): string => `${n} (${(n / seconds).toFixed(1)}/s)`;
  return [
    `${rate(programs)} programs, ${instructions} instructions in ${seconds.toFixed(1)} s`,
    'judged:',
    ...[...judged].map(([name, n]) => `  ${name}: ${rate(n)}`),
    ...(left.size > 0 ? ['left out:', ...list(left)] : []),
    ...(known.size > 0 ? ['known faults:', ...list(known)] : []),
    ...(repeated > 0 ? [`not shrunk, since they look like one that was: ${repeated}`] : []),
  ].join('\n');
}
