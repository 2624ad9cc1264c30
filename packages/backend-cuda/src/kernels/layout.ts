// How a block's threads share the outputs of a reduction or a fold, and the elements that are reduced.
import { type Loops, mergeLoops } from '@dl/core/functional';
import type { FieldType } from './block.js';

export const THREADS = 256;
export const WARP = 32;

/**
 * How a block's threads are laid out: `columns` outputs side by side and the others along the reduced
 * elements; `along` says whether neighboring threads are neighbors in the reduced elements.
 */
export interface Layout {
  readonly columns: number;
  readonly along: boolean;
}

/** Statements that name a thread's row, column and output. */
export function placeThreads({ columns, along }: Layout, index: FieldType): string[] {
  const rows = THREADS / columns;
  return [
    `  const int row = ${along ? `threadIdx.x % ${rows}` : `threadIdx.x / ${columns}`};`,
    `  const int column = ${along ? `threadIdx.x / ${rows}` : `threadIdx.x % ${columns}`};`,
    `  const ${index} output = (${index})blockIdx.x * ${columns} + column;`,
  ];
}

/** The loops over the axes that are reduced, or over the others. */
export function loopsOver(
  reduced: boolean,
  shape: readonly number[],
  axes: readonly number[],
  strides: readonly (readonly number[])[],
): Loops {
  const dims = shape.map((_, d) => d).filter((d) => axes.includes(d) === reduced);
  const pick = (s: readonly number[]): number[] => dims.map((d) => s[d]);
  return mergeLoops(pick(shape), strides.map(pick));
}

/** How far apart neighbors of these loops are, over the first `ins` operands. */
export function inner(loops: Loops, ins: number): number {
  let sum = 0;
  for (let i = 0; i < ins; i++) sum += Math.abs(loops.strides[i][loops.sizes.length - 1]);
  return sum;
}
