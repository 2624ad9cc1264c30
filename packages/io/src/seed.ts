// Seeding everything at once.
import { type GivenTo, kinds, manualSeed, need, takes } from '@dl/core/functional';
import { inNameOf } from './errors.js';

const setupSeedTakes = /*#__PURE__*/ (() =>
  takes<[seed: number | bigint]>()(
    'setupSeed',
    [need('seed', kinds.either(kinds.integer, kinds.bigint))],
    {},
  ))();

/**
 * Seeds every random number generator, on every device. Call it at the start of a program: two runs with the same seed
 * draw the same numbers. (All devices draw from the stream that `manualSeed` seeds.)
 *
 * @param seed an integer, as for `manualSeed`.
 * @example
 * setupSeed(1);
 */
export function setupSeed(...given: GivenTo<typeof setupSeedTakes>): void {
  const [seed] = setupSeedTakes.take(given);
  try {
    manualSeed(seed);
  } catch (error) {
    throw inNameOf('setupSeed', 'manualSeed', error);
  }
}
