// Numbers of threads that are refused.
import { ValueError } from '@dl/core/functional';

/** Refuses what is no number of threads. */
export function checkThreads(threads: number): void {
  if (!Number.isInteger(threads) || threads < 1 || threads > 1024) {
    throw new ValueError(`setNumThreads: got ${threads}; use a whole number from 1 to 1024`);
  }
}
