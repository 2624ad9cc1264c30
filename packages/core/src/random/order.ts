// The draws of PyTorch's DataLoader and RandomSampler: which seeds an epoch takes and from where.
import { ValueError } from '../errors.js';
import { defaultGenerator, Generator } from './generator.js';
import { randperm } from './sample.js';
import { fillRandint } from './uniform.js';

/**
 * A seed from 0 to 2^63 - 1, taken from the stream with one 64-bit draw:
 * `torch.empty((), dtype=torch.int64).random_()`.
 *
 * PyTorch's DataLoader takes one each time that an iterator over it is made, shuffled or not, from
 * its own `generator` if it has one, else from the default stream (it seeds the workers).
 */
export function drawSeed(generator: Generator = defaultGenerator()): bigint {
  return BigInt.asUintN(63, generator.random64());
}

/** What {@link randomSampler} takes besides the number of items. */
export interface RandomSamplerOptions {
  /** The stream to draw the order from. Without one, a fresh generator is seeded from the default. */
  generator?: Generator;
  /** Draw with replacement. */
  replacement?: boolean;
  /** How many indices to give; `n` unless told otherwise. */
  numSamples?: number;
}

/**
 * The indices of one epoch in PyTorch's order: `iter(RandomSampler(dataset, …))`.
 *
 * Nothing is drawn before the first index is asked for. Then, without a `generator`, a seed is
 * drawn from the default stream (`drawSeed`) for a generator that is this epoch's own; with one,
 * the order is drawn from it directly. After the last index one more permutation is drawn from
 * the same generator, and none of it used, when the consumer asks for a further index, as
 * PyTorch does: with a `generator` this shows in the order of the next epoch.
 * With replacement, indices are drawn 32 at a time. Throws `ValueError` if `numSamples` is not a
 * positive integer. PyTorch: `torch.utils.data.RandomSampler`.
 *
 * @example
 * for (const index of randomSampler(dataset.length)) visit(dataset[index]);
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
  // To zero, not to one: the last permutation is drawn even where none of it is left to give.
  for (let left = numSamples; left >= 0; left -= n) {
    yield* randperm(n, generator).subarray(0, left);
  }
}

/**
 * The whole order of one shuffled epoch at once: what `DataLoader(dataset, shuffle=True)` draws
 * between the making of its iterator and its end, when nothing else draws in between.
 *
 * From `generator`, or without one from the default stream: first the base seed (`drawSeed`, not
 * used further by a loader without workers), then the order as `randomSampler` draws it, to its
 * end. Every epoch draws again. Since without a generator the default stream is used only for the
 * two seeds, drawing at once or index by index comes to the same unless the loop's body draws
 * before the first batch; with one, unless the body draws from that same generator or leaves
 * early. A loader that must match PyTorch there too calls `drawSeed` when its iterator is made and
 * `randomSampler` when batches are asked for.
 *
 * @example
 * defaultGenerator().manualSeed(0);
 * for (let epoch = 0; epoch < 3; epoch++) visit(shuffledOrder(1000));
 */
export function shuffledOrder(n: number, generator?: Generator): Int32Array {
  drawSeed(generator);
  return Int32Array.from(randomSampler(n, { generator }));
}
