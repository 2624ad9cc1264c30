// Every number of a half type: a function of one operand is as near to its float32 result as half types must be.
import { openRunner, type Runner } from 'dl-devices';
import type { Swept } from './functions.js';
import { distance, narrowed } from './judge.js';
import { bounds } from './limits.js';
import { answersOf } from './run.js';

type Half = 'float16' | 'bfloat16';

/** All finite numbers of a half type, infinities and NaN. */
export function everyHalf(dtype: Half): Float64Array {
  const fraction = dtype === 'float16' ? 10 : 7;
  const biases = { float16: 15, bfloat16: 127 };
  const top = 2 ** (15 - fraction) - 1;
  return Float64Array.from({ length: 2 ** 16 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits & 0x7fff) >> fraction;
    const part = bits & (2 ** fraction - 1);
    if (exponent === top) return part === 0 ? sign * Infinity : Number.NaN;
    const scale = 2 ** (Math.max(exponent, 1) - biases[dtype] - fraction);
    return sign * (part + (exponent === 0 ? 0 : 2 ** fraction)) * scale;
  });
}

const singles = new Map<string, Float64Array>();

/** A function of all numbers of a half type in float32, by core's own loops. */
export async function singleResults(f: Swept, dtype: Half): Promise<Float64Array> {
  const key = `${f.name} ${dtype}`;
  const known = singles.get(key);
  if (known !== undefined) return known;
  const runner = await openRunner('plain');
  const { passes } = await answersOf(f, [everyHalf(dtype)], 'float32', runner.device);
  singles.set(key, passes[0]);
  return passes[0];
}

/** Where a function of halves is farther from its float32 result than half types may be: the first place, or null. */
export async function halfFault(
  f: Swept,
  dtype: Half,
  { device }: Pick<Runner, 'device'>,
  single: Float64Array,
): Promise<string | null> {
  const xs = everyHalf(dtype);
  const [half] = (await answersOf(f, [xs], dtype, device)).passes;
  const errors = half.map((y, i) =>
    distance(y, narrowed({ near: single[i], rest: 0 }, dtype), dtype),
  );
  const i = errors.findIndex((e) => e > bounds[dtype]);
  if (i < 0) return null;
  return `${f.name} of ${xs[i]} in ${dtype} is ${half?.[i]}, and ${single[i]} in float32`;
}
