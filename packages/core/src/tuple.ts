// Lists of a length that is known when the program is compiled.

/** The lengths that a literal is taken for; others give an ordinary array. */
type Length = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16;

/** `N` elements of type `T`: `[T, T]` for 2, and `T[]` where `N` is not a literal from 1 to 16. A union gives a union. */
export type Tuple<T, N extends number> = [N] extends [never]
  ? T[]
  : N extends Length
    ? Counted<T, N>
    : T[];

type Counted<T, N extends number, Sofar extends T[] = []> = Sofar['length'] extends N
  ? Sofar
  : Counted<T, N, [...Sofar, T]>;

/** One element of type `T` for each of a list. */
export type OneEach<T, L> = L extends readonly unknown[] ? { -readonly [K in keyof L]: T } : T[];
