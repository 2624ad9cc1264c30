// The random draws of PyTorch's DataLoader and RandomSampler: which seeds an epoch draws, and from which generator.
import { ValueError } from '../errors.js';
import { defaultGenerator, Generator } from './generator.js';
import { randperm } from './sample.js';
import { fillRandint } from './uniform.js';

/**
 * A seed from 0 to 2^63 - 1, taken from the stream with one 64-bit draw: `torch.empty((),
 * dtype=torch.int64).random_()`.
 *
 * PyTorch's DataLoader draws one each time an iterator over it is created, shuffled or not, from its own `generator` if
 * it has one, otherwise from the default stream (it seeds the workers).
 */
export function drawSeed(generator: Generator = defaultGenerator()): bigint {
  return BigInt.asUintN(63, generator.random64());
}

/** The options of {@link randomSampler} besides the number of items. */
export interface RandomSamplerOptions {
  /** The generator to draw the order from. Without one, a new generator is seeded from the default one. */
  generator?: Generator;
  /** Draw with replacement. */
  replacement?: boolean;
  /** Number of indices to draw; default `n`. */
  numSamples?: number;
}

/**
 * The indices of one epoch in PyTorch's order: `iter(RandomSampler(dataset, …))`.
 *
 * Nothing is drawn before the first index is requested. Then, without a `generator`, a seed is drawn from the default
 * stream (`drawSeed`) for a new generator of this epoch; with one, the order is drawn from it directly. When another
 * index is requested after the last one, one more permutation is drawn from the same generator and not used, as in
 * PyTorch: with a `generator` this affects the order of the next epoch. With replacement, indices are drawn 32 at a
 * time. Throws `ValueError` if `numSamples` is not a positive integer. PyTorch: `torch.utils.data.RandomSampler`.
 *
 * @example
 * for (const index of randomSampler(dataset.length)) visit(dataset.get(index));
 */
export function randomSampler(
  n: number,
  options: RandomSamplerOptions = {},
): IterableIterator<number> {
  const numSamples = options.numSamples ?? n;
  if (!Number.isInteger(numSamples) || numSamples <= 0) {
    throw new ValueError(`randomSampler: numSamples must be a positive integer, got ${numSamples}`);
  }
  return indices(n, numSamples, options);
}

function* indices(
  n: number,
  numSamples: number,
  options: RandomSamplerOptions,
): IterableIterator<number> {
  const generator = options.generator ?? new Generator().manualSeed(drawSeed());
  if (options.replacement) {
    for (let left = numSamples; left >= 0; left -= 32) {
      const block = new Int32Array(Math.min(32, left));
      fillRandint(block, generator, 0, n);
      yield* block;
    }
    return;
  }
  // Down to zero, not to one: the last permutation is drawn even if none of it is used.
  for (let left = numSamples; left >= 0; left -= n) {
    yield* randperm(n, generator).subarray(0, left);
  }
}

/**
 * The whole order of one shuffled epoch at once, as `DataLoader(dataset, shuffle=True)` draws it from the creation of
 * its iterator to its end if nothing else draws in between.
 *
 * From `generator`, or without one from the default stream, it draws first the base seed (`drawSeed`, not used by a
 * loader without workers), then the order as `randomSampler` does. Every epoch draws again. Without a generator, the
 * default stream is used only for the two seeds, so the result differs from drawing index by index only if the loop's
 * body draws before the first batch; with one, only if the body draws from the same generator or leaves early. A loader
 * that must match PyTorch in these cases too calls `drawSeed` when its iterator is created and `randomSampler` when
 * batches are requested.
 *
 * @example
 * defaultGenerator().manualSeed(0);
 * for (let epoch = 0; epoch < 3; epoch++) visit(shuffledOrder(1000));
 */
export function shuffledOrder(n: number, generator?: Generator): Int32Array {
  drawSeed(generator);
  return Int32Array.from(randomSampler(n, { generator }));
}
