// Numbers of threads that are refused.
import { ValueError } from '@dl/core/functional';

/** Refuses what is not a number of threads; `source` says whose it is, `given` what was given for it. */
export function checkThreads(
  threads: number,
  source = 'setNumThreads: threads',
  given = `${threads}`,
): void {
  if (!Number.isInteger(threads) || threads < 1 || threads > 1024) {
    throw new ValueError(`${source} must be an integer from 1 to 1024, got ${given}`);
  }
}
