// Products over strided views: by tiles in workgroup memory where that is faster, else without.
import type { AxisGroup, Contraction, Epilogue, Loops, View } from '@dl/core/functional';
import { direct } from './direct-product.js';
import { countsOf } from './product.js';
import type { Runtime } from './runtime.js';
import { tiled } from './tiled-product.js';
import { loopsOf } from './views.js';

/** Results of an invocation in each direction where workgroup memory is no faster than other memory. */
const OWN_ALONE = 8;
/** Multiplications up to which a tile is not worth its barriers (nor its compilation). */
const TINY = 16384;

const pick = (group: AxisGroup, operands: readonly ('a' | 'b' | 'out')[]): Loops =>
  loopsOf(
    group.sizes,
    operands.map((o) => group[o]),
  );

/** The power of two that is next below, up to a limit. */
const below = (n: number, most: number): number =>
  Math.min(most, 2 ** Math.floor(Math.log2(Math.max(n, 1))));

/** See `Backend.contract`; with an epilogue, the output must be dense. */
export function contract(
  runtime: Runtime,
  spec: Contraction,
  a: View,
  b: View,
  out: View,
  epilogue?: Epilogue,
): void {
  const groups = {
    batch: pick(spec.batch, ['a', 'b', 'out']),
    row: pick(spec.row, ['a', 'out']),
    column: pick(spec.column, ['b', 'out']),
    sum: pick(spec.sum, ['a', 'b']),
  };
  const { batches, rows, columns, n } = countsOf(groups);
  const product = { groups, a, b, out, epilogue };
  if (batches * rows * columns === 0) return;
  if (batches * rows * columns * n <= TINY) {
    direct(runtime, product, 1, 1);
  } else if (!runtime.shares) {
    const tall = below(rows, OWN_ALONE);
    const wide = below(columns, tall === 1 ? 2 * OWN_ALONE : OWN_ALONE);
    direct(runtime, product, tall, wide);
  } else {
    tiled(runtime, product);
  }
}
