// Seeding everything at once.
import { manualSeed } from '@dl/core/functional';

/**
 * Seeds every random number generator, on every device, at the top of a program: two runs with the
 * same seed give the same numbers. (All devices draw from the one stream that `manualSeed` seeds.)
 *
 * @param seed a whole number, as `manualSeed` takes it.
 * @example
 * setupSeed(1);
 */
export function setupSeed(seed: number | bigint): void {
  manualSeed(seed);
}
