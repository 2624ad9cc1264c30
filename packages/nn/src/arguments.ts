// What the layers' constructors share: sizes, factory options, and arguments by place or by name.
import { type DType, ValueError } from '@dl/core/functional';

/** Where and as what a layer's parameters are made. */
export interface FactoryOptions {
  /** Default: `'cpu'`. */
  device?: string;
  /** Default: `'float32'`. */
  dtype?: DType;
}

/** The factory options alone, of options that hold others too. */
export function factory({ device, dtype }: FactoryOptions): FactoryOptions {
  return {
    ...(device !== undefined && { device }),
    ...(dtype !== undefined && { dtype }),
  };
}

/** Refuses a size that is no whole number. */
export function checkSize(type: string, name: string, value: unknown, least = 0): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least) {
    throw new ValueError(
      `${type}: ${name} must be a whole number of at least ${least}, got ${String(value)}`,
    );
  }
  return value;
}

/** Refuses what is no probability. */
export function checkProbability(type: string, name: string, value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) {
    throw new ValueError(`${type}: ${name} is a probability from 0 to 1, got ${String(value)}`);
  }
  return value;
}

/** One size for each of `rank` dimensions, from one number for all or from a list. */
export function sizesOf(
  type: string,
  name: string,
  value: number | readonly number[],
  rank: number,
  least: number,
): readonly number[] {
  const list = typeof value === 'number' ? new Array<number>(rank).fill(value) : value;
  if (
    !Array.isArray(list) ||
    list.length !== rank ||
    list.some((n) => !Number.isInteger(n) || n < least)
  ) {
    throw new ValueError(
      `${type}: ${name} must be a whole number of at least ${least}${rank > 1 ? `, or a list of ${rank}` : ''}, got ${JSON.stringify(value)}`,
    );
  }
  return Object.freeze([...list]);
}

/** Options of which PyTorch's users write one by its place: `MaxPool2d(2, 2)`. */
export function placed<O extends object>(name: keyof O, given: unknown, options: O): O {
  if (given === undefined) return options;
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
    return { ...(given as O), ...options };
  }
  return { ...options, [name]: given };
}
