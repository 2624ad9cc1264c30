// Views as kernels walk them: dimensions merged where every operand allows it, offsets and steps checked for 32 bits.
import type { View } from '@dl/core/functional';

/** Loops over a shape, from the outermost to the innermost, and each operand's strides. */
export interface Loops {
  readonly sizes: number[];
  /** `strides[operand][loop]`. */
  readonly strides: number[][];
}

/** A view's strides for a larger shape: 0 where it is repeated (aligned at the last dimension). */
export function broadcastStrides(view: View, rank: number): number[] {
  const lead = rank - view.shape.length;
  const strides = new Array<number>(rank).fill(0);
  for (let d = 0; d < view.shape.length; d++) {
    strides[lead + d] = view.shape[d] === 1 ? 0 : view.strides[d];
  }
  return strides;
}

/** The loops over `shape` for operands with these strides; at least one loop. */
export function mergeLoops(
  shape: readonly number[],
  operands: readonly (readonly number[])[],
): Loops {
  const sizes: number[] = [];
  const strides: number[][] = operands.map(() => []);
  for (let d = 0; d < shape.length; d++) {
    const size = shape[d];
    if (size === 1) continue;
    const last = sizes.length - 1;
    if (last >= 0 && operands.every((s, k) => strides[k][last] === s[d] * size)) {
      sizes[last] *= size;
      operands.forEach((s, k) => {
        strides[k][last] = s[d];
      });
    } else {
      sizes.push(size);
      operands.forEach((s, k) => {
        strides[k].push(s[d]);
      });
    }
  }
  if (sizes.length === 0) {
    sizes.push(1);
    for (const s of strides) s.push(0);
  }
  return { sizes, strides };
}
