// The options that all random initializations accept.
import type { Generator } from '@dl/core/functional';

/** Options of random initializations. */
export interface InitOptions {
  /** The generator to draw from. Default: the global one. */
  generator?: Generator;
}
