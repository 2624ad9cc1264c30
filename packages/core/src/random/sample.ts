// Permutations and draws from discrete distributions, on PyTorch's CPU stream.
import { ShapeError, ValueError } from '../errors.js';
import { defaultGenerator, type Generator } from './generator.js';
import { type FloatArray, fillExponential, remainder32, remainder64 } from './uniform.js';

// From this size on PyTorch shuffles with 64-bit draws.
const WIDE_SIZE = /*#__PURE__*/ Math.floor((2 ** 32 - 1) / 20);

/**
 * A permutation of 0 … n - 1 in random order, bit for bit PyTorch's.
 *
 * A shuffle from the front with one draw for each position except the last. Throws `ValueError` if `n` is not a
 * non-negative integer, or does not fit the int32 result. PyTorch: `torch.randperm`.
 *
 * @example
 * randperm(4, new Generator().manualSeed(0)); // 2, 0, 1, 3
 */
export function randperm(n: number, generator: Generator = defaultGenerator()): Int32Array {
  if (!Number.isInteger(n) || n < 0 || n > 2 ** 31 - 1) {
    throw new ValueError(`randperm: n must be an integer from 0 to 2^31 - 1, got ${n}`);
  }
  const order = new Int32Array(n);
  const engine = generator.engine;
  if (n >= WIDE_SIZE) {
    for (let i = 0; i < n; i++) {
      const at = remainder64(engine, i + 1);
      order[i] = i;
      order[i] = order[at];
      order[at] = i;
    }
    return order;
  }
  for (let i = 0; i < n; i++) order[i] = i;
  for (let i = 0; i < n - 1; i++) {
    const at = i + remainder32(engine, n - i);
    const kept = order[i];
    order[i] = order[at];
    order[at] = kept;
  }
  return order;
}

/**
 * Draws `numSamples` indices for each row of weights (rows one after the other, each of `categories` weights that need
 * not sum to one); returns the rows of indices one after the other.
 *
 * Without replacement, and for a single sample, every weight is divided by an exponential draw (a 53-bit uniform each,
 * in order, over all rows) and the largest quotients win, largest first. With replacement, each sample is one 53-bit
 * uniform looked up in the row's cumulative sums. Sums and quotients have the precision of the weights, as in PyTorch.
 * Equal quotients (in practice, weights of zero) keep the order of their indices, which PyTorch does not specify.
 *
 * Throws `ShapeError` if the sizes do not fit, `ValueError` if a weight is negative or not finite, if a row sums to
 * zero, or if more samples than categories are requested without replacement. PyTorch: `torch.multinomial`.
 *
 * @example
 * multinomial(Float32Array.of(0, 10, 3, 0), 1, 4, 2, false, generator);
 */
export function multinomial(
  weights: FloatArray,
  rows: number,
  categories: number,
  numSamples: number,
  replacement = false,
  generator: Generator = defaultGenerator(),
): Int32Array {
  if (weights.length !== rows * categories) {
    throw new ShapeError(
      `multinomial: ${weights.length} weights are not ${rows} rows of ${categories}`,
    );
  }
  if (!Number.isInteger(numSamples) || numSamples < 1) {
    throw new ValueError(`multinomial: numSamples must be a positive integer, got ${numSamples}`);
  }
  if (!replacement && numSamples > categories) {
    throw new ValueError(
      `multinomial: cannot draw ${numSamples} of ${categories} categories without replacement; ` +
        'draw fewer, or pass { replacement: true }',
    );
  }
  const result = new Int32Array(rows * numSamples);
  const sums = runningSums(weights, rows, categories);
  if (replacement && numSamples > 1) {
    for (let row = 0; row < rows; row++) {
      const sum = sums.subarray(row * categories, (row + 1) * categories);
      for (let j = 0; j < numSamples; j++) {
        result[row * numSamples + j] = lowerBound(sum, generator.uniform53());
      }
    }
    return result;
  }
  const keys = weights.slice();
  fillExponential(keys, generator, 1);
  for (let i = 0; i < keys.length; i++) keys[i] = weights[i] / keys[i];
  for (let row = 0; row < rows; row++) {
    const key = keys.subarray(row * categories, (row + 1) * categories);
    const order = Array.from(key, (_, i) => i).sort((i, j) => key[j] - key[i]);
    for (let j = 0; j < numSamples; j++) result[row * numSamples + j] = order[j];
  }
  return result;
}

/** Each row's cumulative sums, divided by its total; checks the weights too. */
function runningSums(weights: FloatArray, rows: number, categories: number): FloatArray {
  const sums = weights.slice();
  for (let row = 0; row < rows; row++) {
    const sum = sums.subarray(row * categories, (row + 1) * categories);
    for (let i = 0; i < categories; i++) {
      const weight = sum[i];
      if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
        throw new ValueError(
          `multinomial: weights must be finite and non-negative, got ${weight} at row ${row}, ` +
            `category ${i}`,
        );
      }
      if (i > 0) sum[i] = sum[i - 1] + weight;
    }
    const whole = categories > 0 ? sum[categories - 1] : 0;
    if (!(whole > 0)) {
      throw new ValueError(`multinomial: the weights of row ${row} must have a positive sum`);
    }
    for (let i = 0; i < categories; i++) sum[i] /= whole;
    sum[categories - 1] = 1;
  }
  return sums;
}

/** The first index whose sum is not less than `value`. */
function lowerBound(sums: FloatArray, value: number): number {
  let left = 0;
  let right = sums.length;
  while (left < right) {
    const middle = left + ((right - left) >> 1);
    if (sums[middle] < value) left = middle + 1;
    else right = middle;
  }
  return left;
}
