// A product as kernels take it, and the epilogue that they run on its results.
import {
  broadcastStrides,
  type Epilogue,
  type Loops,
  numelOf,
  type View,
} from '@dl/core/functional';
import { type Kernel, positions } from './kernel.js';
import { body, fitted } from './wgsl.js';

/** A product's loops; strides stand in the order a, b, out, without an operand that lacks the group. */
export interface Groups {
  readonly batch: Loops;
  readonly row: Loops;
  readonly column: Loops;
  readonly sum: Loops;
}

/** A product of two operands, and what is run on its results. */
export interface Product {
  readonly groups: Groups;
  readonly a: View;
  readonly b: View;
  readonly out: View;
  readonly epilogue: Epilogue | undefined;
}

/** How many elements the groups have. */
export interface Counts {
  readonly batches: number;
  readonly rows: number;
  readonly columns: number;
  readonly n: number;
}

export const countsOf = ({ batch, row, column, sum }: Groups): Counts => ({
  batches: numelOf(batch.sizes),
  rows: numelOf(row.sizes),
  columns: numelOf(column.sizes),
  n: numelOf(sum.sizes),
});

/** Lines that run an epilogue on `value`, whose place in a dense output is `at`; the text of the result. */
export function finish(
  kernel: Kernel,
  out: View,
  epilogue: Epilogue | undefined,
  at: string,
): { lines: string[]; text: string } {
  const value = fitted('value', out.dtype);
  if (epilogue === undefined) return { lines: [], text: value };
  const rank = out.shape.length;
  const { program, inputs, params } = epilogue;
  const lines = positions(
    kernel,
    at,
    out.shape,
    inputs.map((x) => ({ offset: x.offset, strides: broadcastStrides(x, rank) })),
    'e',
  );
  const names = [value, ...inputs.map((x, k) => `${kernel.buffer(x)}[e${k}]`)];
  const code = body(program, names, kernel.params(program, params));
  return { lines: [...lines, ...code.lines], text: code.outputs[0] };
}
