// Uniform, integer, Bernoulli and exponential draws into typed arrays, from PyTorch's CPU stream.
import { ValueError } from '../errors.js';
import { fma32, fma64 } from '../fma.js';
import { defaultGenerator, type Generator } from './generator.js';
import type { MT19937 } from './mt19937.js';

// From this range on PyTorch uses 64-bit integers, so that the remainder is nearly uniform.
const WIDE_RANGE = 2n ** 28n;

/** The arrays that hold floating-point values. */
export type FloatArray = Float32Array | Float64Array;

/** The arrays that integers may be drawn into. */
export type IntegerTarget = FloatArray | Int32Array | BigInt64Array | Uint8Array;

/**
 * Fills with uniform draws from `[from, to)`: `rand` and `uniform_`, bit for bit.
 *
 * A float32 uses the low 24 bits of one draw, a float64 the low 53 of two; the scaling is one fused multiply-add, and a
 * value that it rounds up to `to` becomes `from`. Throws `ValueError` unless `from <= to` and their difference is
 * finite. PyTorch: `Tensor.uniform_`.
 *
 * @example
 * fillUniform(new Float32Array(3), new Generator().manualSeed(0));
 * // 0.4962565898895264, 0.7682217955589294, 0.08847743272781372
 */
export function fillUniform(
  out: FloatArray,
  generator: Generator = defaultGenerator(),
  from = 0,
  to = 1,
): void {
  const size = out.length;
  const single = out instanceof Float32Array;
  const a = single ? Math.fround(from) : from;
  const b = single ? Math.fround(to) : to;
  const width = single ? Math.fround(b - a) : b - a;
  if (!(from <= to) || !Number.isFinite(width)) {
    throw new ValueError(
      `uniform: from must not be greater than to, and their difference must be finite, got from ${from}, to ${to}`,
    );
  }
  const engine = generator.engine;
  if (a === 0 && b === 1) {
    if (single) {
      for (let i = 0; i < size; i++) out[i] = (engine.nextInt32() & 0xffffff) * 2 ** -24;
    } else {
      for (let i = 0; i < size; i++) out[i] = generator.uniform53();
    }
    return;
  }
  const scale = single ? fma32 : fma64;
  for (let i = 0; i < size; i++) {
    const value = scale(single ? generator.uniform24() : generator.uniform53(), width, a);
    out[i] = value === b ? a : value;
  }
}

/**
 * Fills with integers from `[low, high)`: `randint` and `random_(low, high)`, bit for bit.
 *
 * Each is `draw % (high - low) + low`, where the draw has 32 bits, or 64 bits if the range is 2^28 or more, whatever
 * the array holds. (This is PyTorch 2.13; in older releases the limit is 2^32.) If a float array cannot represent the
 * bounds, the nearest representable ones inside are used. Throws `ValueError` if the bounds are not integers, the range
 * is empty, or the array cannot hold them. PyTorch: `torch.randint`.
 *
 * @example
 * fillRandint(new Int32Array(5), generator, 0, 10);
 */
export function fillRandint(
  out: IntegerTarget,
  generator: Generator = defaultGenerator(),
  low: number | bigint,
  high: number | bigint,
): void {
  let from = toInteger(low, 'low');
  let to = toInteger(high, 'high');
  const digits = out instanceof Float32Array ? 24 : 53;
  if (out instanceof Float32Array || out instanceof Float64Array) {
    from = innerLow(from, digits);
    to = innerHigh(to, digits);
  }
  if (from >= to) {
    throw new ValueError(`randint: low must be less than high, got low ${low}, high ${high}`);
  }
  const [least, most, name] = bounds(out);
  if (from < least || to - 1n > most) {
    throw new ValueError(
      `randint: [${low}, ${high}) does not fit ${name}, which holds ${least} to ${most}`,
    );
  }
  const range = to - from;
  const size = out.length;
  const engine = generator.engine;
  if (range > 2n ** 32n) {
    for (let i = 0; i < size; i++) {
      const value = BigInt.asIntN(64, (generator.random64() % range) + from);
      if (out instanceof BigInt64Array) out[i] = value;
      else out[i] = toDouble(value, digits);
    }
    return;
  }
  const modulus = Number(range);
  const draw = range < WIDE_RANGE ? remainder32 : remainder64;
  if (out instanceof BigInt64Array) {
    for (let i = 0; i < size; i++) out[i] = BigInt(draw(engine, modulus)) + from;
  } else if (-(2n ** 52n) < from && from < 2n ** 52n) {
    const base = Number(from);
    for (let i = 0; i < size; i++) out[i] = draw(engine, modulus) + base;
  } else {
    for (let i = 0; i < size; i++) out[i] = toDouble(BigInt(draw(engine, modulus)) + from, digits);
  }
}

/** The next 32 bits, modulo a number of up to 2^32. */
export function remainder32(engine: MT19937, modulus: number): number {
  return (engine.nextInt32() >>> 0) % modulus;
}

/** The next 64 bits, modulo a number of up to 2^32, in steps that stay exact in a double. */
export function remainder64(engine: MT19937, modulus: number): number {
  const high = (engine.nextInt32() >>> 0) % modulus;
  const low = engine.nextInt32();
  const upper = (high * 65536 + (low >>> 16)) % modulus;
  return (upper * 65536 + (low & 0xffff)) % modulus;
}

/**
 * Fills with 1 if a uniform draw is less than `p`, otherwise 0: `bernoulli_(p)` and `torch.bernoulli(x, p)`.
 *
 * Every value uses a 53-bit uniform (two draws), whatever the array's type. PyTorch's released builds do so on every
 * processor; builds with MKL's generator enabled (older releases on Intel processors) draw one seed here and continue
 * with a stream of MKL. Throws `ValueError` unless `0 <= p <= 1`. PyTorch: `Tensor.bernoulli_`.
 */
export function fillBernoulli(
  out: FloatArray | Int32Array | Uint8Array,
  generator: Generator = defaultGenerator(),
  p = 0.5,
): void {
  checkProbability('bernoulli', p);
  for (let i = 0; i < out.length; i++) out[i] = generator.uniform53() < p ? 1 : 0;
}

/**
 * Fills with 1 if a uniform draw is less than the probability at the same index, otherwise 0: `torch.bernoulli(p)` and
 * `bernoulli_(p)` with a tensor.
 *
 * The type of the probabilities determines the draws: 24 bits of one draw for float32, 53 bits of two for float64.
 * Throws `ValueError`, without drawing anything, if the lengths differ or a probability is not within [0, 1]. PyTorch:
 * `torch.bernoulli`.
 */
export function fillBernoulliTensor(
  out: FloatArray | Int32Array | Uint8Array,
  generator: Generator = defaultGenerator(),
  p: FloatArray,
): void {
  if (out.length !== p.length) {
    throw new ValueError(`bernoulli: got ${p.length} probabilities for ${out.length} values`);
  }
  for (let i = 0; i < p.length; i++) checkProbability('bernoulli', p[i]);
  if (p instanceof Float32Array) {
    for (let i = 0; i < p.length; i++) out[i] = generator.uniform24() < p[i] ? 1 : 0;
  } else {
    for (let i = 0; i < p.length; i++) out[i] = generator.uniform53() < p[i] ? 1 : 0;
  }
}

/**
 * Fills with the factors by which `dropout` multiplies its input in training: `1 / (1 - p)` with probability `1 - p`,
 * otherwise 0.
 *
 * The mask is `bernoulli_(1 - p)` (two draws for each value, whatever its type) and a division in the array's
 * precision. If `p` is 0 or 1 nothing is drawn, as in PyTorch. Throws `ValueError` unless `0 <= p <= 1`. PyTorch:
 * `torch.nn.functional.dropout`.
 */
export function fillDropoutMask(
  out: FloatArray,
  generator: Generator = defaultGenerator(),
  p = 0.5,
): void {
  checkProbability('dropout', p);
  if (p === 0 || p === 1) {
    out.fill(1 - p);
    return;
  }
  const keep = 1 - p;
  const kept = 1 / (out instanceof Float32Array ? Math.fround(keep) : keep);
  for (let i = 0; i < out.length; i++) out[i] = generator.uniform53() < keep ? kept : 0;
}

/**
 * Fills with draws from the exponential distribution with rate `lambda`, each from a 53-bit
 * uniform (two draws): within an ulp of PyTorch. Throws `ValueError` unless `lambda > 0`.
 * PyTorch: `Tensor.exponential_`.
 */
export function fillExponential(
  out: FloatArray,
  generator: Generator = defaultGenerator(),
  lambda = 1,
): void {
  if (!(lambda > 0)) throw new ValueError(`exponential: lambda must be positive, got ${lambda}`);
  const scale = -1 / lambda;
  for (let i = 0; i < out.length; i++) out[i] = scale * Math.log1p(-generator.uniform53());
}

function checkProbability(operator: string, p: number): void {
  if (!(p >= 0 && p <= 1)) {
    throw new ValueError(`${operator}: probabilities must be between 0 and 1, got ${p}`);
  }
}

function toInteger(value: number | bigint, name: string): bigint {
  if (typeof value === 'bigint') return value;
  if (!Number.isInteger(value)) {
    throw new ValueError(`randint: ${name} must be an integer, got ${value}`);
  }
  return BigInt(value);
}

function bounds(out: IntegerTarget): [least: bigint, most: bigint, name: string] {
  if (out instanceof Uint8Array) return [0n, 255n, 'uint8'];
  if (out instanceof Int32Array) return [-(2n ** 31n), 2n ** 31n - 1n, 'int32'];
  const name =
    out instanceof BigInt64Array ? 'int64' : out instanceof Float32Array ? 'float32' : 'float64';
  return [-(2n ** 63n), 2n ** 63n - 1n, name];
}

/** The smallest bound that is exact in a float of so many digits and not below `from`, as in PyTorch. */
function innerLow(from: bigint, digits: number): bigint {
  const next = toFloat(from + 1n, digits);
  if (next >= from) return from;
  return next + (1n << BigInt(bitLength(from + 1n) - digits));
}

/** The largest bound that keeps rounded draws at or below `to - 1`, as in PyTorch. */
function innerHigh(to: bigint, digits: number): bigint {
  const previous = toFloat(to - 1n, digits);
  if (previous < to) return to;
  return previous - (1n << BigInt(bitLength(to - 1n) - digits));
}

function bitLength(value: bigint): number {
  return (value < 0n ? -value : value).toString(2).length;
}

/** `value` rounded to a float of 24 or 53 digits. */
function toFloat(value: bigint, digits: number): bigint {
  return BigInt(digits === 24 ? Math.fround(toDouble(value, 24)) : Number(value));
}

/**
 * `value` as a double that rounds to a float of so many digits just as `value` does: digits beyond 53 are collected in
 * the last bit (a sticky bit), which avoids double rounding.
 */
export function toDouble(value: bigint, digits: number): number {
  const size = value < 0n ? -value : value;
  if (digits !== 24 || size < 2n ** 53n) return Number(value);
  const gathered = Number((size >> 11n) | ((size & 2047n) === 0n ? 0n : 1n)) * 2048;
  return value < 0n ? -gathered : gathered;
}
