// Limits the memory for the values of one pickle: a few of its bytes can request a thousand times as many.
import { unsupported } from '../errors.js';

/** Estimated bytes of all values together, far more than a checkpoint contains besides its tensors. */
const MOST = 2 ** 30;

/** Estimates, rounded up: values exist twice, as Python's and as JavaScript's. */
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

/** The remaining bytes. */
export class Budget {
  private readonly most: number;
  private left: number;

  constructor(most = MOST) {
    this.most = most;
    this.left = most;
  }

  /** @throws FormatError if the limit is exceeded. */
  spend(bytes: number, at: number): void {
    this.left -= bytes;
    if (this.left < 0) {
      throw unsupported(
        at,
        `the values of the pickle need more than the limit of ${this.most / 2 ** 20} MiB of memory, not counting tensors`,
        'store long lists as tensors; a file of unknown origin may be damaged, or made to exhaust the memory',
      );
    }
  }
}
