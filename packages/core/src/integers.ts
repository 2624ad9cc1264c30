// Integer dtypes: their ranges, and the errors for values out of range.
import { type DType, isFloat } from './dtype.js';
import { ValueError } from './errors.js';

const ranges: { readonly [D in DType]?: readonly [number, number] } = {
  uint8: [0, 255],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63],
};

/** The smallest and the largest number of an integer dtype; for int64 the largest double that it holds. */
export function rangeOf(dtype: DType): readonly [number, number] {
  const [low, high] = ranges[dtype] ?? [0, 1];
  return [low, dtype === 'int64' ? 2 ** 63 - 1024 : high];
}

/** The smallest number of a dtype. */
export const lowestOf = (dtype: DType): number => (isFloat(dtype) ? -Infinity : rangeOf(dtype)[0]);

/** The largest number of a dtype. */
export const highestOf = (dtype: DType): number => (isFloat(dtype) ? Infinity : rangeOf(dtype)[1]);

/**
 * Whether a dtype can store a number: for integers any number in range (the fraction is dropped), otherwise any number.
 */
export function holds(dtype: DType, value: number | bigint): boolean {
  const range = ranges[dtype];
  if (range === undefined) return true;
  if (typeof value === 'bigint' && dtype === 'int64') return BigInt.asIntN(64, value) === value;
  const number = Number(value);
  // NaN fails both comparisons; 2^63 itself is not an int64.
  return number >= range[0] && number <= range[1] && !(dtype === 'int64' && number === range[1]);
}

/** Throws for a number that an integer dtype cannot hold. */
export function checkHolds(operator: string, dtype: DType, value: number | bigint | boolean): void {
  if (typeof value === 'boolean' || holds(dtype, value)) return;
  const [low, high] = ranges[dtype] as readonly [number, number];
  const range = dtype === 'int64' ? '-2^63 to 2^63 - 1' : `${low} to ${high}`;
  throw new ValueError(
    `${operator}: ${value} is out of range for ${dtype}, which holds ${range}; use a wider dtype`,
  );
}

/**
 * A sum or product converted to its integer dtype; throws if it does not fit. NaN stands for 0 times a product that is
 * larger than any double.
 */
export function fitted(operator: string, dtype: DType, value: number): number {
  if (Number.isNaN(value)) return 0;
  if (holds(dtype, value)) return value;
  throw new ValueError(
    `${operator}: the result ${value} does not fit ${dtype}; pass { dtype: 'int64' }, or { dtype: 'float64' }`,
  );
}

/** Throws for a factor with a fraction if the result is an integer, which would drop the fraction. */
export function refuseFraction(operator: string, name: string, value: unknown, dtype: DType): void {
  if (isFloat(dtype) || typeof value !== 'number' || Number.isInteger(value)) return;
  throw new ValueError(
    `${operator}: ${name} must be an integer for a result of ${dtype}, got ${value}; use x.to('float32')`,
  );
}
