// Loops over several strided views at once: dimensions are merged where all views allow it.
import type { View } from './contract.js';

/**
 * A nest of loops over a shape: sizes from the outermost to the innermost, and for each operand its stride in each
 * loop. Dimensions of size 1 are dropped; adjacent dimensions that are evenly spaced in every operand are merged.
 */
export interface Loops {
  readonly sizes: number[];
  /** `strides[operand][loop]`. */
  readonly strides: number[][];
}

/** A view's strides for a larger shape: 0 where it is broadcast (aligned at the last dimension). */
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
    const even = last >= 0 && operands.every((s, k) => strides[k][last] === s[d] * size);
    if (even) {
      sizes[last] = sizes[last] * size;
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

/**
 * Calls `visit` for every combination of the first `count` loops, with each operand's position. The positions array is
 * reused.
 */
export function walk(
  loops: Loops,
  count: number,
  offsets: readonly number[],
  visit: (positions: readonly number[]) => void,
): void {
  const { sizes, strides } = loops;
  for (let d = 0; d < count; d++) if (sizes[d] === 0) return;
  const positions = [...offsets];
  const index = new Array<number>(count).fill(0);
  for (;;) {
    visit(positions);
    let d = count - 1;
    for (; d >= 0; d--) {
      const size = sizes[d];
      const i = index[d] + 1;
      if (i < size) {
        index[d] = i;
        for (let k = 0; k < positions.length; k++) {
          positions[k] = positions[k] + strides[k][d];
        }
        break;
      }
      index[d] = 0;
      for (let k = 0; k < positions.length; k++) {
        positions[k] = positions[k] - strides[k][d] * (size - 1);
      }
    }
    if (d < 0) return;
  }
}
