// What a program is, and which there are.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The numbers of a step: losses, rewards, tokens. A short array of a step is one after the other in the list. */
export type Step = (i: number) => number | number[] | Promise<number | number[]>;

/** A file of `programs/`. */
export interface Program {
  /** Builds everything anew, seeds included. */
  default(): Step | Promise<Step>;
  /** How many steps are compared. */
  readonly steps: number;
  /** The environment variable that must name a folder of files too large for the repository. */
  readonly needs?: string;
  /** The work of a step changes as it learns: when timed it starts anew after `steps`. */
  readonly varying?: boolean;
}

// Sources are run by the tests, built files by the commands.
const extension = extname(fileURLToPath(import.meta.url));
const programs = new URL('./programs/', import.meta.url);
const python = new URL('../python/', import.meta.url);
const expectedFile = new URL('../fixtures/expected.json', import.meta.url);

/** The names of all programs, in order. */
export const programNames = (): string[] =>
  readdirSync(fileURLToPath(programs))
    .filter((file) => extname(file) === extension)
    .map((file) => file.slice(0, -extension.length))
    .sort();

export const loadProgram = (name: string): Promise<Program> =>
  import(/* @vite-ignore */ new URL(`${name}${extension}`, programs).href);

/** The environment variable that a program needs and that is not set, or null. */
export const missingOf = ({ needs }: Program): string | null =>
  needs !== undefined && process.env[needs] === undefined ? needs : null;

/** The same program in Python, or null for the models whose libraries only made the files. */
export function twinOf(name: string): string | null {
  const file = fileURLToPath(new URL(`twins/${name}.py`, python));
  return existsSync(file) ? file : null;
}

/** What answers for the twins: see `python/serve.py`. */
export const twinServer = (): string => fileURLToPath(new URL('serve.py', python));

/** The numbers of a program's first steps from a fresh start. */
export async function numbersOf(program: Program): Promise<number[]> {
  const step = await program.default();
  const values: number[] = [];
  for (let i = 0; i < program.steps; i++) values.push(...[await step(i)].flat().map(Number));
  return values;
}

interface Expected {
  readonly torch: string;
  readonly programs: { [name: string]: number[] };
}

const readExpected = (): Expected => JSON.parse(readFileSync(expectedFile, 'utf8')) as Expected;

/** PyTorch's numbers, by program. */
export const expected = (): { readonly [name: string]: readonly number[] } =>
  readExpected().programs;

/** Writes the numbers that a PyTorch has computed for some programs; the others' stay. */
export function writeExpected(torch: string, made: ReadonlyMap<string, readonly number[]>): void {
  const all = { ...readExpected().programs, ...Object.fromEntries(made) };
  const lines = Object.entries(all).map(
    ([name, values]) => `${JSON.stringify(name)}:${JSON.stringify(values)}`,
  );
  writeFileSync(
    expectedFile,
    `{"torch":${JSON.stringify(torch)},"programs":{\n${lines.join(',\n')}}}\n`,
  );
}
