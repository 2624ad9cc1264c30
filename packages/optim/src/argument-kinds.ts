// Kinds of what optimizers and schedules take.
import { kinds, ValueError } from '@dl/core/functional';

const number = (words: string, is: (x: number) => boolean): kinds.Kind<number> => ({
  words,
  is: (x): x is number => typeof x === 'number' && is(x),
});

export const atLeastZero = /*#__PURE__*/ number('a number of at least 0', (x) => x >= 0);
/** Any number but NaN. */
export const notNaN = /*#__PURE__*/ number('a number', (x) => !Number.isNaN(x));
export const finite = /*#__PURE__*/ number('a finite number', Number.isFinite);
export const fraction = /*#__PURE__*/ number('a number between 0 and 1', (x) => x >= 0 && x <= 1);
export const belowOne = /*#__PURE__*/ number(
  'a finite number below 1',
  (x) => x > -Infinity && x < 1,
);

/** Integers that are at least as large. */
export const integerFrom = (least: number): kinds.Kind<number> =>
  number(`an integer of at least ${least}`, (x) => Number.isInteger(x) && x >= least);

export const positive = /*#__PURE__*/ integerFrom(1);
export const natural = /*#__PURE__*/ integerFrom(0);
export const epoch = /*#__PURE__*/ integerFrom(-1);

/** How much is kept of two means. */
export const betas: kinds.Kind<readonly [number, number]> = {
  words: 'two numbers of at least 0 and below 1',
  is: (x): x is readonly [number, number] =>
    Array.isArray(x) && x.length === 2 && x.every((b) => typeof b === 'number' && b >= 0 && b < 1),
};

/** A number for all groups, or a list of one for each. */
export const rates: kinds.Kind<number | readonly number[]> = {
  words: 'a finite number or a list of them',
  is: (x): x is number | readonly number[] =>
    Array.isArray(x) ? x.every(Number.isFinite) : Number.isFinite(x),
};

/** Refuses the first of some options that is not of its kind. */
export function hold(
  name: string,
  options: object,
  // biome-ignore lint/suspicious/noExplicitAny: kinds of all types stand in one table
  table: Readonly<Record<string, kinds.Kind<any>>>,
): void {
  for (const [key, kind] of Object.entries(table)) {
    const value: unknown = (options as Record<string, unknown>)[key];
    if (!kind.is(value)) {
      throw new ValueError(`${name}: ${key} must be ${kind.words}, not ${kinds.described(value)}`);
    }
  }
}
