// Seeding everything at once.

import { kinds, manualSeed, need } from '@dl/core/functional';
import { taker } from './arguments.js';

const seeds = /*#__PURE__*/ taker('setupSeed', [need('seed', kinds.scalar)]);

/**
 * Seeds every random number generator, on every device, at the top of a program: two runs with the
 * same seed give the same numbers. (All devices draw from the one stream that `manualSeed` seeds.)
 *
 * @param seed a whole number, as `manualSeed` takes it.
 * @example
 * setupSeed(1);
 */
export function setupSeed(...given: [seed: number | bigint]): void {
  const [seed] = seeds(given);
  manualSeed(seed);
}
