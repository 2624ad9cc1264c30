// Every number of a half type: a function of one operand gives its float32 result, rounded once.
import type { Runner } from 'dl-devices';
import { roundTo } from './floats.js';
import type { Swept } from './functions.js';
import { answersOf, firstDifference } from './run.js';

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

/** The first half for which a function does not give its rounded float32 result, as a sentence; or null. */
export async function halfFault(
  f: Swept,
  dtype: Half,
  { device }: Pick<Runner, 'device'>,
): Promise<string | null> {
  const xs = everyHalf(dtype);
  const [half] = (await answersOf(f, [xs], dtype, device)).passes;
  const [single] = (await answersOf(f, [xs], 'float32', device)).passes;
  const rounded = (single as Float64Array).map((y) => roundTo(y, dtype));
  const i = firstDifference(half as Float64Array, rounded);
  if (i < 0) return null;
  return `${f.name} of ${xs[i]} in ${dtype} is ${half?.[i]}, and in float32 ${single?.[i]}`;
}
