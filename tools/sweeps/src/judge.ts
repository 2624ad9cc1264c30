// How far a result is from its reference, in ulp of its dtype.
import { type FloatType, largestOf, roundTo, ulpOf } from './floats.js';

/** A reference: the nearest number of the dtype, and the rest in 1/256 of its ulp. */
export interface Reference {
  readonly near: number;
  readonly rest: number;
}

/** The reference in a half type, from the one in float32. */
export function narrowed({ near, rest }: Reference, dtype: 'float16' | 'bfloat16'): Reference {
  if (!Number.isFinite(near) || (near === 0 && rest === 0)) return { near, rest: 0 };
  const exact = near + (rest / 256) * ulpOf(near, 'float32');
  const half = roundTo(exact, dtype);
  if (!Number.isFinite(half)) return { near: half, rest: 0 };
  const left = ((exact - half) / ulpOf(half, dtype)) * 256;
  // A rest that is not zero stays so: it says that the value is not exactly 0.
  return { near: half, rest: left === 0 && rest !== 0 ? rest / 256 : left };
}

/**
 * The distance in ulp; infinite where one is NaN and the other is not, or where infinities or the signs of exact
 * zeros differ. The place next to the largest number is infinity's.
 */
export function distance(got: number, { near, rest }: Reference, dtype: FloatType): number {
  if (Number.isNaN(got) || Number.isNaN(near))
    return Number.isNaN(got) === Number.isNaN(near) ? 0 : Infinity;
  if (!Number.isFinite(got) || !Number.isFinite(near)) {
    if (got === near) return 0;
    if (got > 0 !== near > 0) return Infinity;
    const largest = largestOf(dtype);
    const capped = Math.min(Math.abs(got), Math.abs(near), largest);
    return (largest - capped) / ulpOf(largest, dtype) + 1;
  }
  if (near === 0 && rest === 0 && got === 0) return Object.is(got, near) ? 0 : Infinity;
  return Math.abs((got - near) / ulpOf(near, dtype) - rest / 256);
}
