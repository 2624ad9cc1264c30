// A layer's arguments as plain data, and reading them back from a file.
import { FormatError } from '@dl/core';

/** Plain data: what JSON can hold. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** A layer's arguments under the names of PyTorch's attributes (`in_features`). */
export type Config = { readonly [key: string]: Plain };

interface Kinds {
  number: number;
  boolean: boolean;
  string: string;
}

/**
 * One value of a config.
 *
 * @throws FormatError if it is of another type, or missing without a default.
 */
export function read<K extends keyof Kinds>(
  type: string,
  config: Config,
  key: string,
  kind: K,
  otherwise?: Kinds[K],
): Kinds[K] {
  const value = Object.hasOwn(config, key) ? config[key] : otherwise;
  if (value === undefined) throw new FormatError(`${type}: the description lacks '${key}'`);
  if (typeof value !== kind) {
    throw new FormatError(
      `${type}: '${key}' must be a ${kind}, the description has ${JSON.stringify(value)}`,
    );
  }
  return value as Kinds[K];
}
