// The options that all random initialisations accept.
import type { Generator } from '@dl/core/functional';

/** Options of random initialisations. */
export interface InitOptions {
  /** The generator to draw from. Default: the global one. */
  generator?: Generator;
}
