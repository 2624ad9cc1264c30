// A layer's arguments as plain data, and reading them from a file.
import { FormatError } from '@dl/core/functional';

/** Plain data: anything that JSON can represent. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** A layer's arguments under the names of PyTorch's attributes (`in_features`). */
export type Config = { readonly [key: string]: Plain };

/** Reads one layer's config. Throws a FormatError for missing values and wrong types. */
export class ConfigReader {
  private readonly type: string;
  private readonly config: Config;

  constructor(type: string, config: Config) {
    this.type = type;
    this.config = config;
  }

  private read<T extends Plain>(
    key: string,
    what: string,
    fits: (value: Plain) => value is T,
    otherwise?: T,
  ): T {
    const value = Object.hasOwn(this.config, key) ? this.config[key] : otherwise;
    if (value === undefined) throw new FormatError(`${this.type}: the description lacks '${key}'`);
    if (!fits(value)) {
      throw new FormatError(`${this.type}: '${key}' must be ${what}, got ${JSON.stringify(value)}`);
    }
    return value;
  }

  number(key: string, otherwise?: number): number {
    return this.read(key, 'a number', isNumber, otherwise);
  }

  boolean(key: string, otherwise?: boolean): boolean {
    return this.read(key, 'a boolean', isBoolean, otherwise);
  }

  string(key: string, otherwise?: string): string {
    return this.read(key, 'a string', isString, otherwise);
  }

  /** A number, or null. */
  maybe(key: string, otherwise: number | null = null): number | null {
    return this.read(key, 'a number or null', (v) => v === null || isNumber(v), otherwise);
  }

  /** A boolean, or null. */
  maybeBoolean(key: string): boolean | null {
    const fits = (v: Plain): v is boolean | null => v === null || isBoolean(v);
    return this.read(key, 'a boolean or null', fits, null);
  }

  /** A number, or a list of them. */
  sizes(key: string, otherwise?: number): number | readonly number[] {
    return this.read(key, 'a number or a list of them', isSizes, otherwise);
  }

  /** A number, or a list of them in which some may be null. */
  someSizes(key: string): number | readonly (number | null)[] {
    const fits = (v: Plain): v is number | readonly (number | null)[] =>
      isNumber(v) || (Array.isArray(v) && v.every((n) => n === null || isNumber(n)));
    return this.read(key, 'a number or a list of them', fits);
  }

  /** Sizes, or a string. */
  sizesOrWord(key: string, otherwise: number): number | readonly number[] | string {
    const fits = (v: Plain): v is number | readonly number[] | string => isSizes(v) || isString(v);
    return this.read(key, 'sizes or a string', fits, otherwise);
  }

  /** Sizes, or null. */
  maybeSizes(key: string): number | readonly number[] | null {
    const fits = (v: Plain): v is number | readonly number[] | null => v === null || isSizes(v);
    return this.read(key, 'sizes or null', fits, null);
  }

  /** The value itself; null if it is missing. */
  plain(key: string): Plain {
    return Object.hasOwn(this.config, key) ? this.config[key] : null;
  }
}

const isNumber = (v: Plain): v is number => typeof v === 'number';
const isBoolean = (v: Plain): v is boolean => typeof v === 'boolean';
const isString = (v: Plain): v is string => typeof v === 'string';
const isSizes = (v: Plain): v is number | readonly number[] =>
  isNumber(v) || (Array.isArray(v) && v.every(isNumber));
