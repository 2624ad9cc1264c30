// How reducers combine values in WGSL.
import type { ArgReducer, DType, Reducer } from '@dl/core/functional';
import { fitted, type Held, heldAs, laneOf, literal } from './wgsl.js';

export type AnyReducer = Reducer | ArgReducer;

/** The neutral element of a reducer, and how two values combine. */
export function combination(
  reducer: Reducer,
  dtype: DType,
): { start: string; combine: (a: string, b: string) => string } {
  const type: Held = heldAs(dtype);
  const float = type === 'f32';
  const least = literal(float ? -Infinity : type === 'u32' ? 0 : -2147483648, dtype);
  const most = literal(float ? Infinity : type === 'u32' ? 255 : 2147483647, dtype);
  const [min, max] = float ? ['min_', 'max_'] : ['min', 'max'];
  const arithmetic =
    (sign: string) =>
    (a: string, b: string): string =>
      dtype === 'uint8' ? fitted(`(${a} ${sign} ${b})`, dtype) : `${a} ${sign} ${b}`;
  const table = {
    sum: { start: `${laneOf(dtype)}(0)`, combine: arithmetic('+') },
    prod: { start: `${laneOf(dtype)}(1)`, combine: arithmetic('*') },
    min: { start: most, combine: (a: string, b: string) => `${min}(${a}, ${b})` },
    max: { start: least, combine: (a: string, b: string) => `${max}(${a}, ${b})` },
  } satisfies Record<Reducer, unknown>;
  return table[reducer];
}

/** Whether an element beats the best so far: the first of equal values wins, and the first NaN beats all. */
export function betterText(reducer: AnyReducer, dtype: DType): string[] {
  const type = laneOf(dtype);
  return [
    `fn better(a: ${type}, at: I, b: ${type}, bt: I) -> B {`,
    `  var wins = (a ${reducer === 'argmin' ? '<' : '>'} b) | ((a == b) & (at < bt));`,
    ...(type === 'F'
      ? ['  let none = is_nan(b);', '  wins = select(wins & !none, !none | (at < bt), is_nan(a));']
      : []),
    '  return (at >= I(0)) & (wins | (bt < I(0)));',
    '}',
  ];
}

/** Whether a reducer finds a position. */
export const isArg = (reducer: AnyReducer): reducer is ArgReducer =>
  reducer === 'argmin' || reducer === 'argmax';

/** The texts that turn a value's four neighbors around, so that two steps combine them all. */
export const turns = ['zwxy', 'yxwz'];
