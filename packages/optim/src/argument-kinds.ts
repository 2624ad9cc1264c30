// Kinds of the arguments of optimizers and schedules.
import { kinds, ValueError } from '@dl/core/functional';

const number = (words: string, is: (x: number) => boolean): kinds.Kind<number> => ({
  words,
  is: (x): x is number => typeof x === 'number' && is(x),
});

export const atLeastZero = /*#__PURE__*/ number('a non-negative number', (x) => x >= 0);
/** Any number but NaN. */
export const notNaN = /*#__PURE__*/ number('a number', (x) => !Number.isNaN(x));
export const finite = /*#__PURE__*/ number('a finite number', Number.isFinite);
export const fraction = /*#__PURE__*/ number('a number between 0 and 1', (x) => x >= 0 && x <= 1);
export const belowOne = /*#__PURE__*/ number(
  'a finite number less than 1',
  (x) => x > -Infinity && x < 1,
);

/** Integers of at least `least`. */
export const integerFrom = (least: number): kinds.Kind<number> =>
  number(`an integer of at least ${least}`, (x) => Number.isInteger(x) && x >= least);

export const positive = /*#__PURE__*/ integerFrom(1);
export const natural = /*#__PURE__*/ integerFrom(0);
export const epoch = /*#__PURE__*/ integerFrom(-1);

/** The coefficients of two running averages. */
export const betas: kinds.Kind<readonly [number, number]> = {
  words: 'two numbers in [0, 1)',
  is: (x): x is readonly [number, number] =>
    Array.isArray(x) && x.length === 2 && x.every((b) => typeof b === 'number' && b >= 0 && b < 1),
};

/** A number for all groups, or a list with one for each group. */
export const rates: kinds.Kind<number | readonly number[]> = {
  words: 'a finite number or a list of finite numbers',
  is: (x): x is number | readonly number[] =>
    Array.isArray(x) ? x.every(Number.isFinite) : Number.isFinite(x),
};

/** Throws for the first option that is not of its kind. */
export function hold(
  name: string,
  options: object,
  // biome-ignore lint/suspicious/noExplicitAny: the table holds kinds of all types
  table: Readonly<Record<string, kinds.Kind<any>>>,
): void {
  for (const [key, kind] of Object.entries(table)) {
    const value: unknown = (options as Record<string, unknown>)[key];
    if (!kind.is(value)) {
      throw new ValueError(`${name}: ${key} must be ${kind.words}, not ${kinds.described(value)}`);
    }
  }
}
