// The time of a step on both sides, in turns: medians, and whether the turns agree.
import type { Program } from './program.js';
import type { Side } from './side.js';

/** What is timed: CPU time with one thread, or wall time with two. */
export const kinds = [
  { threads: 1, clock: 'cpu', about: '1 thread, CPU time' },
  { threads: 2, clock: 'wall', about: '2 threads, wall time' },
] as const;

export type Kind = (typeof kinds)[number];

/** Milliseconds a step. */
export interface Times {
  readonly ours: number;
  /** Null without a twin. */
  readonly theirs: number | null;
  /** Something else was running: the turns of a side differ by more than 1.8 times. */
  readonly unsteady: boolean;
}

/** Milliseconds that a turn takes at least. */
const TURN = 160;
/** The first turn only warms up; JavaScript takes longer for that. */
const WARM = { ours: 900, theirs: 200 } as const;

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  return sorted.length % 2 === 1 ? upper : (upper + sorted[middle - 1]) / 2;
};

const unsteady = (values: readonly number[]): boolean =>
  values.length > 0 && Math.max(...values) > 1.8 * Math.min(...values);

/** Times a program on our side, and on the twins' if there is one, with a twin's file. */
export async function timeBoth(
  ours: Side,
  theirs: { readonly side: Side; readonly twin: string } | null,
  program: Program,
  { threads, clock }: Kind,
  rounds: number,
): Promise<Times | { readonly error: string }> {
  const turns: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  const again = program.varying ? program.steps : null;
  for (let round = -1; round < rounds; round++) {
    for (const who of theirs === null ? (['ours'] as const) : (['ours', 'theirs'] as const)) {
      const ms = round < 0 ? WARM[who] : TURN;
      const request = { do: 'time', ms, threads, again } as const;
      const answer =
        who === 'ours' || theirs === null
          ? await ours.ask(request)
          : await theirs.side.ask({ ...request, program: theirs.twin });
      if ('error' in answer) return answer;
      if ('values' in answer) return { error: 'an answer to another question' };
      if (round >= 0) turns[who].push(answer[clock] / answer.steps);
    }
  }
  return {
    ours: median(turns.ours),
    theirs: theirs === null ? null : median(turns.theirs),
    unsteady: unsteady(turns.ours) || unsteady(turns.theirs),
  };
}
