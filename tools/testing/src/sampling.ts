// Which part of what is too much for one run is run now.

/** Every `of`th item, from the one at `at` on. */
export interface Sample {
  readonly of: number;
  readonly at: number;
}

/** Everything. */
export const whole: Sample = { of: 1, at: 0 };

/** Whether the item at a position belongs to a sample. */
export const isIn = ({ of, at }: Sample, position: number): boolean => position % of === at;

/** The items of a list that belong to a sample. */
export const drawn = <T>(sample: Sample, items: readonly T[]): T[] =>
  items.filter((_, i) => isIn(sample, i));

/**
 * One of `parts` samples that together are the whole: the one that `DL_SAMPLE` says, or the whole with `DL_FULL=1`.
 *
 * @throws RangeError if `DL_SAMPLE` is not a non-negative integer.
 */
export function sampleOf(parts: number, env: NodeJS.ProcessEnv = process.env): Sample {
  if (env.DL_FULL === '1') return whole;
  const told = env.DL_SAMPLE ?? '0';
  if (!/^\d+$/.test(told))
    throw new RangeError(`DL_SAMPLE must be a non-negative integer, not '${told}'`);
  return { of: parts, at: Number(BigInt(told) % BigInt(parts)) };
}

/**
 * Whether a long test has its turn: it has at one commit of `parts`, and with `DL_FULL=1` always. Where it has not, a line
 * says so.
 */
export function hasTurn(name: string, parts: number, at: number): boolean {
  if (isIn(sampleOf(parts), at)) return true;
  console.info(`not in its turn: ${name} (npm run test:all runs it)`);
  return false;
}
