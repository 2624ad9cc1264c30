// Errors beyond the limits.
import type { FloatType } from './floats.js';
export interface Exception {
  readonly of: string;
  readonly pass: string;
  readonly on: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly limits: { readonly [T in FloatType]?: readonly [ulp: number, points: number] };
  readonly fault: boolean;
  readonly why: string;
}
export const exceptions: readonly Exception[] = [];
