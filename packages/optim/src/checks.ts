// What optimizers and schedules ask of their numbers and flags.
import { ValueError } from '@dl/core/functional';

const shown = (x: unknown): string => (Array.isArray(x) ? `[${x.join(', ')}]` : String(x));

/** Refuses those of the named options that are no number of at least 0. */
export function atLeastZero<O extends object>(
  name: string,
  options: O,
  keys: readonly (keyof O & string)[],
): void {
  for (const key of keys) {
    const value: unknown = options[key];
    if (typeof value !== 'number' || !(value >= 0)) {
      throw new ValueError(`${name}: ${key} must be a number of at least 0, got ${shown(value)}`);
    }
  }
}

/** Refuses those of the named options that are neither true nor false. */
export function flags<O extends object>(
  name: string,
  options: O,
  keys: readonly (keyof O & string)[],
): void {
  for (const key of keys) {
    const value: unknown = options[key];
    if (typeof value !== 'boolean') {
      throw new ValueError(`${name}: ${key} must be true or false, got ${shown(value)}`);
    }
  }
}

/** Refuses those of the named values that are no finite number. */
export function finite(name: string, values: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(values)) {
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      throw new ValueError(`${name}: ${key} must be a finite number, got ${shown(value)}`);
    }
  }
}

/** Refuses those of the named values that are no integer of at least `least`. */
export function integers(
  name: string,
  values: Readonly<Record<string, unknown>>,
  least: number,
): void {
  for (const [key, value] of Object.entries(values)) {
    if (!Number.isInteger(value) || (value as number) < least) {
      throw new ValueError(
        `${name}: ${key} must be an integer of at least ${least}, got ${shown(value)}`,
      );
    }
  }
}

/** Refuses a value that is none of those named. */
export function oneOf(name: string, key: string, value: unknown, known: readonly string[]): void {
  if (!known.includes(value as string)) {
    throw new ValueError(
      `${name}: ${key} must be ${known.map((x) => `'${x}'`).join(' or ')}, got '${shown(value)}'`,
    );
  }
}
