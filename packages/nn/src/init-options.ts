// What all initialisations take.
import type { Generator } from '@dl/core/functional';

/** Options of random initialisations. */
export interface InitOptions {
  /** The stream to draw from. Default: the global one. */
  generator?: Generator;
}
