// The files beside the sources: known faults, and programs with PyTorch's answers.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Known } from './known.js';
import type { Outcome } from './outcome.js';
import type { Program } from './program.js';

const path = (p: string): string => fileURLToPath(new URL(p, import.meta.url));
const knownFile = path('../known.json');
const fixtureFile = (name: Fixtures): string => path(`../fixtures/${name}.jsonl.gz`);

/** Random programs, those that differed once with others of their kind, and those of `gradients.ts`. */
export type Fixtures = 'programs' | 'found' | 'gradients';

/** A program with PyTorch's answer. */
export interface Fixture {
  readonly program: Program;
  readonly answer: Outcome;
  /** The known fault that it shows, by the kind of runner that shows it: `all`, `webgpu`, `cuda`. */
  readonly known?: { readonly [kind: string]: string };
}

export const readKnown = (): Known[] =>
  existsSync(knownFile) ? (JSON.parse(readFileSync(knownFile, 'utf8')) as Known[]) : [];

/** A program a line would be long, and a value a line longer still: the entries alone are indented. */
export function writeKnown(list: readonly Known[]): void {
  const entries = list.map(({ program, answer, ...rest }) => {
    const head = JSON.stringify(rest, null, 2).slice(0, -2);
    if (program === undefined) return `${head}\n}`;
    return `${head},\n  "program": ${JSON.stringify(program)},\n  "answer": ${JSON.stringify(answer)}\n}`;
  });
  writeFileSync(knownFile, `[\n${entries.join(',\n')}\n]\n`);
}

export const readFixtures = (name: Fixtures): Fixture[] =>
  gunzipSync(readFileSync(fixtureFile(name)))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Fixture);

export function writeFixtures(name: Fixtures, list: readonly Fixture[]): number {
  const packed = gzipSync(list.map((f) => `${JSON.stringify(f)}\n`).join(''), { level: 9 });
  writeFileSync(fixtureFile(name), packed);
  return packed.length;
}

/** Adds programs to those that differed once; a newer answer to the same program takes the place of the old one. */
export function addFound(list: readonly Fixture[]): number {
  const all = new Map(
    [...readFixtures('found'), ...list].map((f) => [JSON.stringify(f.program.instructions), f]),
  );
  writeFixtures('found', [...all.values()]);
  return all.size;
}
