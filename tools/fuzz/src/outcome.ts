// What a program gave on one device: the thing that is compared.
import type { DType } from '@dl/core';

/** A number, or the name of one that JSON does not have. */
export type Scalar = number | 'nan' | 'inf' | '-inf';

/** A tensor at the end of a program. */
export interface Reading {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly requiresGrad: boolean;
  readonly values: readonly Scalar[];
  /** What `.grad` held; left out where there is none. */
  readonly grad?: Reading;
  /**
   * How far the answer is from the same program's in float64, at most; left out where the two agree within a quarter of
   * the tolerance, null where they have nothing to do with each other (an overflow, another branch).
   */
  readonly noise?: number | null;
}

/** An error that an instruction ended in. */
export interface Problem {
  /** The class of the error. */
  readonly kind: string;
  readonly message: string;
}

/** What a program gave. */
export interface Outcome {
  /** By the register's name, `v3` or `v3[1]`; a part that is null is left out. */
  readonly registers: { readonly [name: string]: Reading };
  /** By the number of the instruction. */
  readonly errors: { readonly [out: string]: Problem };
  /** Registers that share memory, sorted; those alone are left out. */
  readonly shares: readonly (readonly string[])[];
  /** Reading the values failed, which devices report late. */
  readonly failure?: Problem;
}

/** A judge's word on a program: what it gave, or that the judge did not survive it. */
export type Verdict =
  | { readonly outcome: Outcome }
  | { readonly ended: 'crash' | 'hang'; readonly how: string };

export const scalarOf = (x: number): Scalar =>
  Number.isNaN(x) ? 'nan' : x === Infinity ? 'inf' : x === -Infinity ? '-inf' : x;

export const numberFrom = (s: Scalar): number =>
  typeof s === 'number' ? s : s === 'nan' ? NaN : s === 'inf' ? Infinity : -Infinity;
