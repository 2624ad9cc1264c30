// Numbers all over the range of a dtype: every exponent, mantissas dense where functions have their curves.
import {
  type FloatType,
  formats,
  isOf,
  largestOf,
  roundTo,
  smallestNormal,
  step,
} from './floats.js';

/** Pseudo-random numbers in [0, 1), the same in every run (mulberry32). */
export function stream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many mantissas an exponent has: many around 1, where functions bend, few far out. */
function density(e: number, dtype: FloatType): number {
  const wide = dtype === 'float64';
  if (e >= -12 && e <= 8) return wide ? 36 : 64;
  if (e >= -40 && e <= 40) return wide ? 4 : 10;
  return wide ? (e % 8 === 0 ? 1 : 0) : 2;
}

/** Positive normal numbers of a dtype. */
function positive(dtype: FloatType): number[] {
  const { fraction, least, most } = formats[dtype];
  const random = stream(fraction);
  const last = 2 ** fraction - 1;
  // Where kernels split a mantissa: its ends, its middle, and the root of two.
  const root = Math.round((Math.SQRT2 - 1) * 2 ** fraction);
  const places = [0, last, 1, 2 ** (fraction - 1), root, root - 1, root + 1, last - 1];
  const found: number[] = [];
  for (let e = least; e <= most; e++) {
    const count = density(e, dtype);
    for (let k = 0; k < count; k++) {
      // Every second one of the others is short enough for the half types.
      const drawn =
        k % 2 === 0
          ? Math.floor(random() * 128) * 2 ** (fraction - 7)
          : Math.floor(random() * (last + 1));
      found.push((1 + (places[k] ?? drawn) / 2 ** fraction) * 2 ** e);
    }
  }
  return found;
}

/** Zeros, subnormals, the ends of the range, NaN. */
export function specials(dtype: FloatType): number[] {
  const least = smallestNormal(dtype);
  const tiny = step(0, 1, dtype);
  const sizes = [0, tiny, 3 * tiny, least / 4, step(least, -1, dtype), least, largestOf(dtype)];
  return [...sizes.flatMap((x) => [x, -x]), 1, -1, Infinity, -Infinity, Number.NaN];
}

/** All over a dtype, in both signs, unordered. */
export const grid = (dtype: FloatType): number[] => positive(dtype).flatMap((x) => [x, -x]);

/** Numbers of a dtype next to each of some places, in both signs. */
export function neighbors(places: readonly number[], dtype: FloatType, reach: number): number[] {
  const found: number[] = [];
  for (const place of places) {
    for (const x of [roundTo(place, dtype), roundTo(-place, dtype)]) {
      if (!Number.isFinite(x)) continue;
      for (let k = -reach; k <= reach; k++) found.push(step(x, k, dtype));
    }
  }
  return found;
}

/** The list without what occurred before in it; 0 and -0 are two numbers. */
export function distinct(xs: readonly number[]): number[] {
  const seen = new Set<number | string>();
  return xs.filter((x) => {
    const key = Object.is(x, -0) ? '-0' : x;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Positions of the rows that a narrower dtype has exactly. */
export const exactIn = (rows: readonly (readonly number[])[], dtype: FloatType): number[] =>
  [...rows.keys()].filter((i) => rows[i]?.every((x) => isOf(x, dtype)));
