// Storing one JavaScript value as an element of a dtype.
import type { DType, TypedArray } from '../../dtype.js';
import { numberToBfloat16, numberToFloat16 } from '../../half.js';

/** Stores a number, boolean or bigint at `array[index]`, converted to the dtype. */
export function encodeElement(
  array: TypedArray,
  index: number,
  value: number | boolean | bigint,
  dtype: DType,
): void {
  if (dtype === 'int64') {
    (array as BigInt64Array)[index] =
      typeof value === 'bigint' ? value : BigInt(Math.trunc(Number(value)));
    return;
  }
  const number = Number(value);
  (array as Float64Array)[index] =
    dtype === 'bool'
      ? number !== 0
        ? 1
        : 0
      : dtype === 'float16'
        ? numberToFloat16(number)
        : dtype === 'bfloat16'
          ? numberToBfloat16(number)
          : number;
}
