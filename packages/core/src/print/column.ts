// How the elements of one tensor are printed: their common notation and width.
import type { DType } from '../dtype.js';
import { exponential, fixed } from './decimal.js';
import type { PrintOptions } from './options.js';

type Value = number | bigint;

/** The elements of a tensor are padded on the left to one width. */
export interface Column {
  readonly width: number;
  format(value: Value): string;
}

const floatingDTypes: ReadonlySet<DType> = new Set<DType>([
  'float16',
  'bfloat16',
  'float32',
  'float64',
]);

/**
 * Chooses notation and width for the printed elements.
 *
 * @param dtype the tensor's dtype
 * @param seen the elements that will be printed (of a summary, only the edges)
 * @param options only precision and sciMode are used
 */
export function chooseColumn(dtype: DType, seen: readonly Value[], options: PrintOptions): Column {
  if (floatingDTypes.has(dtype)) return floatingColumn(seen.map(Number), options);
  const write = (value: Value): string => {
    if (dtype === 'bool') return Number(value) === 0 ? 'False' : 'True';
    return value.toString();
  };
  return padded(write, widest(seen, write));
}

function floatingColumn(seen: readonly number[], options: PrintOptions): Column {
  const { precision } = options;
  const scientific = (x: Value): string => exponential(Number(x), precision);
  const decimal = (x: Value): string => fixed(Number(x), precision);
  // The point marks an integer value as a float; nan and inf need no mark.
  const whole = (x: Value): string => fixed(Number(x), 0) + (Number.isFinite(Number(x)) ? '.' : '');

  // Zeros, infinities and nan do not affect notation and width; if there is nothing else, neither does the sciMode
  // setting.
  const telling = seen.filter((x) => Number.isFinite(x) && x !== 0);
  if (telling.length === 0) return padded(whole, 1);

  const magnitudes = telling.map(Math.abs);
  const smallest = magnitudes.reduce((a, b) => Math.min(a, b));
  const largest = magnitudes.reduce((a, b) => Math.max(a, b));
  const wide = largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4;
  const plain = telling.every(Number.isInteger) ? whole : decimal;
  const write = (options.sciMode ?? wide) ? scientific : plain;
  return padded(write, widest(telling, write));
}

function widest(values: readonly Value[], write: (value: Value) => string): number {
  return values.reduce<number>((width, value) => Math.max(width, write(value).length), 1);
}

function padded(write: (value: Value) => string, width: number): Column {
  return { width, format: (value) => write(value).padStart(width) };
}
