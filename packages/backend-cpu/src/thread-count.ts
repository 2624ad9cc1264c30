// Validation of the number of threads.
import { ValueError } from '@dl/core/functional';

/** Throws unless a value is a valid number of threads; `source` names its origin, `given` the original value. */
export function checkThreads(
  threads: number,
  source = 'setNumThreads: threads',
  given = `${threads}`,
): void {
  if (!Number.isInteger(threads) || threads < 1 || threads > 1024) {
    throw new ValueError(`${source} must be an integer from 1 to 1024, got ${given}`);
  }
}
