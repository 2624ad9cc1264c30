// Coordinates of a grid.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { ShapeError, ValueError } from '../../errors.js';
import { show } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import type { OneEach } from '../../tuple.js';
import { expandOf, reshapeOf } from './views.js';

function meshgridOf(
  tensors: readonly Tensor[],
  options: { indexing?: 'ij' | 'xy' } = {},
): Tensor[] {
  if (tensors.length === 0) throw new ValueError('meshgrid: expected at least one tensor');
  for (const x of tensors) {
    checkTensor('meshgrid', x);
    if (x.ndim > 1) {
      throw new ShapeError(
        `meshgrid: expected tensors of at most one dimension, got shape ${show(x.shape)}`,
      );
    }
  }
  const swap = options.indexing === 'xy' && tensors.length >= 2;
  const list = swap ? [tensors[1], tensors[0], ...tensors.slice(2)] : [...tensors];
  const sizes = list.map((x) => x.count);
  const grids = list.map((x, i) =>
    expandOf(
      reshapeOf(
        x,
        sizes.map((n, d) => (d === i ? n : 1)),
      ),
      sizes,
    ),
  );
  if (!swap) return grids;
  return [grids[1], grids[0], ...grids.slice(2)];
}

/** One grid for each vector. */
interface Meshgrid {
  <const L extends readonly Tensor[]>(
    tensors: L,
    options?: { indexing?: 'ij' | 'xy' },
  ): OneEach<Tensor, L>;
  <L extends Tensor[]>(...tensors: L): OneEach<Tensor, L>;
  <L extends Tensor[]>(
    ...tensorsAndOptions: [...tensors: L, options: { indexing?: 'ij' | 'xy' }]
  ): OneEach<Tensor, L>;
}

/**
 * Coordinate grids of vectors (PyTorch: `torch.meshgrid`).
 *
 * @param options `indexing`: `'ij'` (default) or `'xy'`, which swaps the first two.
 * @example
 * const [rows, columns] = meshgrid(arange(2), arange(3));
 * rows.shape // [2, 3]
 */
export const meshgrid = /*#__PURE__*/ callable(
  'meshgrid',
  meshgridOf,
  [/*#__PURE__*/ need('tensors', kinds.tensorsWrittenOut)],
  { indexing: /*#__PURE__*/ kinds.oneOf('ij', 'xy') },
) as Meshgrid;
