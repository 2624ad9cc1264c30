// The committed list of the cases that pass.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../passing.json', import.meta.url);

/** The names (`kind/name`) of the cases that pass. */
export const readPassing = (): readonly string[] =>
  JSON.parse(readFileSync(file, 'utf8')) as string[];

/** Writes the list: what ran and passed, and of what did not run the names that were there. */
export function writePassing(
  all: readonly string[],
  ran: ReadonlyMap<string, { readonly passed: boolean }>,
): readonly string[] {
  const before = new Set(readPassing());
  const passing = all.filter((id) => ran.get(id)?.passed ?? before.has(id)).sort();
  // As Biome formats it: in one line if that is short enough.
  const line = `[${passing.map((id) => JSON.stringify(id)).join(', ')}]`;
  writeFileSync(file, `${line.length <= 100 ? line : JSON.stringify(passing, null, 2)}\n`);
  return passing;
}
