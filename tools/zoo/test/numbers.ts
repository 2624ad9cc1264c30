// Judges programs on a runner: the quick ones always, the slow ones in turn.
import { openRunner, type Runner, RunnerError } from 'dl-devices';
import { isIn, type Sample, sampleOf } from 'dl-testing/sampling';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compare } from '../src/compare.js';
import { expected, loadProgram, missingOf, numbersOf, programNames } from '../src/program.js';
import { differing } from './differing.js';

/** The programs of a run: all but those whose turn it is not. */
export const chosen = (
  names: readonly string[],
  turns: readonly (readonly string[])[],
  sample: Sample,
): readonly string[] =>
  names.filter((name) => {
    const turn = turns.findIndex((own) => own.includes(name));
    return turn < 0 || isIn(sample, turn);
  });

/**
 * A test for each program of this run.
 *
 * @param turns the programs that are too slow to run each time.
 * @param without the programs that are not run at all.
 */
export function judgeOn(
  name: string,
  turns: readonly (readonly string[])[] = [],
  without: readonly string[] = [],
): void {
  describe(name, () => {
    let runner: Runner | null = null;
    let absent = '';
    beforeAll(async () => {
      try {
        runner = await openRunner(name);
      } catch (e) {
        // Another processor; the vitest project has said whether the addon must be there.
        if (!(e instanceof RunnerError) || !name.includes(':')) throw e;
        absent = e.message;
      }
    });
    afterAll(() => runner?.close());

    const names = programNames().filter((program) => !without.includes(program));
    for (const program of chosen(names, turns, sampleOf(Math.max(1, turns.length)))) {
      it(program, { timeout: 120_000 }, async ({ skip }) => {
        skip(absent !== '', absent);
        const loaded = await loadProgram(program);
        const missing = missingOf(loaded);
        skip(missing !== null, `it needs large files, and ${missing} names no folder`);
        const { same, first } = compare(
          program,
          await numbersOf(loaded),
          expected()[program] ?? [],
        );
        const known = differing.find((d) => d.program === program && d.runners.includes(name));
        if (known === undefined) expect(first).toBeNull();
        else expect(same, `${program} has PyTorch's numbers now: take it off the list`).toBe(false);
      });
    }
  });
}
