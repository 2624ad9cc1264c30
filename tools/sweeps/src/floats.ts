// Floating-point numbers as bits: neighbors, spacing, rounding to each dtype.

/** The floating-point dtypes. */
export type FloatType = 'float32' | 'float64' | 'float16' | 'bfloat16';

interface Format {
  /** Bits of the fraction. */
  readonly fraction: number;
  /** Exponents of the smallest and of the largest normal numbers. */
  readonly least: number;
  readonly most: number;
}

export const formats: { readonly [T in FloatType]: Format } = {
  float64: { fraction: 52, least: -1022, most: 1023 },
  float32: { fraction: 23, least: -126, most: 127 },
  bfloat16: { fraction: 7, least: -126, most: 127 },
  float16: { fraction: 10, least: -14, most: 15 },
};

const double = new Float64Array(1);
const words = new BigUint64Array(double.buffer);

/** The exponent of a finite number: |x| is between 2^e and 2^(e + 1). */
function exponentOf(x: number): number {
  double[0] = Math.abs(x);
  const biased = Number(words[0] >> 52n);
  return biased === 0 ? Math.floor(Math.log2(Math.abs(x))) : biased - 1023;
}

/** The distance of a finite number to the next larger one of its dtype, by magnitude. */
export function ulpOf(x: number, dtype: FloatType): number {
  const { fraction, least } = formats[dtype];
  return 2 ** (Math.max(x === 0 ? least : exponentOf(x), least) - fraction);
}

export const largestOf = (dtype: FloatType): number => {
  const { fraction, most } = formats[dtype];
  return (2 - 2 ** -fraction) * 2 ** most;
};

export const smallestNormal = (dtype: FloatType): number => 2 ** formats[dtype].least;

/** The nearest number of a dtype, halves to the even one; beyond the largest, infinite. */
export function roundTo(x: number, dtype: FloatType): number {
  if (dtype === 'float64' || x === 0 || !Number.isFinite(x)) return x;
  if (dtype === 'float32') return Math.fround(x);
  const ulp = ulpOf(x, dtype);
  const units = x / ulp;
  const down = Math.floor(units);
  const rest = units - down;
  const near = rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? down + 1 : down;
  const y = near * ulp;
  // A negative number that rounds to 0 keeps its sign.
  if (y === 0) return x < 0 ? -0 : 0;
  return Math.abs(y) > largestOf(dtype) ? Math.sign(y) * Infinity : y;
}

/** Whether a number is one of the dtype's. */
export const isOf = (x: number, dtype: FloatType): boolean => Object.is(roundTo(x, dtype), x);

/** The number `steps` places further up in a dtype; infinities end the line. */
export function step(x: number, steps: number, dtype: FloatType): number {
  let y = x;
  for (let k = Math.abs(steps); k > 0 && Number.isFinite(y); k--)
    y = next(y, Math.sign(steps), dtype);
  return y;
}

function next(x: number, direction: number, dtype: FloatType): number {
  const tiny = 2 ** (formats[dtype].least - formats[dtype].fraction);
  if (x === 0) return direction * tiny;
  const away = Math.sign(x) === direction;
  const ulp = ulpOf(x, dtype);
  // Towards zero from a power of two the spacing is half as wide.
  const isPower = Math.abs(x) === 2 ** exponentOf(x) && Math.abs(x) > smallestNormal(dtype);
  const y = x + direction * (away || !isPower ? ulp : ulp / 2);
  return Math.abs(y) > largestOf(dtype) ? Math.sign(y) * Infinity : y;
}
