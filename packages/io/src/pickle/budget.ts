// How much memory the values of one pickle may take: a few bytes of it can ask for a thousand times as many.
import { unsupported } from '../errors.js';

/** Estimated bytes of all values together, far beyond what a checkpoint holds beside its tensors. */
const MOST = 2 ** 30;

/** Estimates, on the high side: values exist twice, as Python's and as JavaScript's. */
export const cost = {
  slot: 24,
  number: 16,
  text: 48,
  mark: 96,
  memo: 72,
  list: 96,
  tuple: 120,
  dict: 500,
  entry: 100,
  global: 160,
  object: 700,
  tensor: 1500,
} as const;

/** What is left of it. */
export class Budget {
  private readonly most: number;
  private left: number;

  constructor(most = MOST) {
    this.most = most;
    this.left = most;
  }

  /** @throws FormatError where the values become too many. */
  spend(bytes: number, at: number): void {
    this.left -= bytes;
    if (this.left < 0) {
      throw unsupported(
        at,
        `the values of the pickle need more than the limit of ${this.most / 2 ** 20} MiB of memory, tensors not counted`,
        'store long lists as tensors; a file of unknown origin may be damaged, or made to exhaust the memory',
      );
    }
  }
}
