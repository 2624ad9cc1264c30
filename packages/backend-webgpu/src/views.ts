// Views as kernels walk them: dimensions merged where every operand allows it.
import type { View } from '@dl/core/functional';

/** Loops over a shape, from the outermost to the innermost, and each operand's strides. */
export interface Loops {
  readonly sizes: number[];
  /** `strides[operand][loop]`. */
  readonly strides: number[][];
}

/** A view's strides for a larger shape, aligned at the last dimension; 0 where it is repeated. */
export function broadcastStrides(x: View, rank: number): number[] {
  const lead = rank - x.shape.length;
  return Array.from({ length: rank }, (_, d) =>
    d < lead || x.shape[d - lead] === 1 ? 0 : (x.strides[d - lead] as number),
  );
}

/** The loops over `shape` for operands with these strides: none for a single element. */
export function mergeLoops(
  shape: readonly number[],
  operands: readonly (readonly number[])[],
): Loops {
  const sizes: number[] = [];
  const strides: number[][] = operands.map(() => []);
  shape.forEach((size, d) => {
    if (size === 1) return;
    const last = sizes.length - 1;
    const joins =
      last >= 0 &&
      operands.every((s, k) => (strides[k] as number[])[last] === (s[d] as number) * size);
    if (joins) (sizes[last] as number) *= size;
    else sizes.push(size);
    operands.forEach((s, k) => {
      const mine = strides[k] as number[];
      if (joins) mine[last] = s[d] as number;
      else mine.push(s[d] as number);
    });
  });
  return { sizes, strides };
}

/** Product of sizes. */
export const product = (sizes: readonly number[]): number => sizes.reduce((n, s) => n * s, 1);
