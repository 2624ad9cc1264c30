// Many functions on one runner.
import { openRunner } from 'dl-devices';
import { type Swept, swept } from './functions.js';
import { floatTypes, sweep } from './sweep.js';
import { type Figures, judge } from './verdict.js';

export interface Report {
  readonly figures: readonly Figures[];
  readonly problems: readonly string[];
}

export interface SweepAllOptions {
  /** Default: all. */
  readonly functions?: readonly Swept[];
  /** Places in memory, in elements. Default: 1. */
  readonly offsets?: readonly number[];
  /** Called before each function. */
  readonly progress?: (f: Swept) => void;
}

/** Sweeps functions in every floating-point dtype of a runner, which it opens and closes. */
export async function sweepAll(
  name: string,
  { functions = swept, offsets = [1], progress = () => {} }: SweepAllOptions = {},
): Promise<Report> {
  const runner = await openRunner(name);
  const figures: Figures[] = [];
  const problems: string[] = [];
  try {
    for (const f of functions) {
      progress(f);
      for (const dtype of floatTypes) {
        if (runner.without.includes(dtype)) continue;
        const key = { function: f.name, dtype, runner: name };
        const judged = judge(await sweep(f, dtype, runner, offsets), key);
        figures.push(...judged.figures);
        problems.push(...judged.problems);
      }
    }
  } finally {
    runner.close();
  }
  return { figures, problems };
}
