// Repeating elements and tensors.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { isFloat } from '../../dtype.js';
import { DTypeError, IndexError, ShapeError, ValueError } from '../../errors.js';
import { normalizeDim, show } from '../../shape.js';
import { checkTensor, type Tensor, wrap } from '../../tensor.js';
import { needValues } from '../../tensor-values.js';
import { onDeviceOf } from '../create/to-clone.js';
import { indexSelectOf } from '../index/gather-scatter.js';
import { placesArray } from '../machinery/index-positions.js';
import { copyDense, owned, reshapeDense } from '../machinery/map-reduce.js';
import { expandOf, flattenOf, reshapeOf, unsqueezeOf } from './views.js';

const repeatOf = (x: Tensor, times: readonly number[]): Tensor => repeated('repeat', x, times);
function repeated(operator: string, x: Tensor, times: readonly number[]): Tensor {
  checkTensor(operator, x);
  if (times.length < x.ndim || times.some((n) => !Number.isInteger(n) || n < 0)) {
    throw new ShapeError(
      `${operator}: ${show(times)} must contain a non-negative integer for each dimension of ${show(x.shape)}`,
    );
  }
  const lead = times.length - x.ndim;
  const sizes = times.map((_, d) => (d < lead ? 1 : x.shape[d - lead]));
  // [n] becomes [times, n], and then one dimension again.
  const spaced = reshapeOf(
    x,
    sizes.flatMap((n) => [1, n]),
  );
  const full = expandOf(
    spaced,
    sizes.flatMap((n, d) => [times[d], n]),
  );
  // Always a copy, even if nothing is repeated.
  return owned(
    reshapeDense(
      copyDense(full),
      sizes.map((n, d) => n * times[d]),
    ),
  );
}

/**
 * Repeats the tensor along each dimension, adding leading ones if needed (PyTorch: `Tensor.repeat`).
 *
 * @throws ShapeError if there are fewer numbers than dimensions.
 * @example repeat(tensor([1, 2]), 2, 2) // tensor([[1., 2., 1., 2.], [1., 2., 1., 2.]])
 */
export const repeat = /*#__PURE__*/ callable(
  'repeat',
  repeatOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('repeats', kinds.integers)],
  {},
);

function tileOf(x: Tensor, times: readonly number[]): Tensor {
  checkTensor('tile', x);
  const lead = Math.max(0, x.ndim - times.length);
  return repeated('tile', x, [...new Array<number>(lead).fill(1), ...times]);
}

/**
 * Repeats the tensor as tiles; a short list applies to the last dimensions (PyTorch: `torch.tile`).
 *
 * @example tile(tensor([1, 2]), [2]) // tensor([1., 2., 1., 2.])
 */
export const tile = /*#__PURE__*/ callable(
  'tile',
  tileOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('dims', kinds.integers)],
  {},
);

function checkTotal(total: number, outputSize: number | null): void {
  if (outputSize === null || outputSize === total) return;
  throw new ValueError(
    `repeatInterleave: outputSize is ${outputSize}, but the repeats add up to ${total}`,
  );
}

function repeatInterleaveOf(
  x: Tensor,
  repeats: number | Tensor,
  dim?: number | null,
  options: { outputSize?: number | null } = {},
): Tensor {
  checkTensor('repeatInterleave', x);
  if (dim === undefined || dim === null) {
    return repeatInterleaveOf(flattenOf(x), repeats, 0, options);
  }
  if (x.ndim === 0) {
    throw new IndexError(
      'repeatInterleave: a tensor without dimensions cannot be repeated along one; leave dim out',
    );
  }
  const d = normalizeDim('repeatInterleave', dim, x.ndim);
  const n = x.shape[d];
  const { outputSize = null } = options;
  if (typeof repeats === 'number') {
    if (repeats < 0) {
      throw new ValueError(
        `repeatInterleave: repeats must be non-negative integers, got ${repeats}`,
      );
    }
    checkTotal(n * repeats, outputSize);
    // Saves no positions, as in PyTorch.
    const before = x.shape.slice(0, d);
    const after = x.shape.slice(d + 1);
    const spread = expandOf(unsqueezeOf(x, d + 1), [...before, n, repeats, ...after]);
    return owned(reshapeDense(copyDense(spread), [...before, n * repeats, ...after]));
  }
  const [size = 1] = repeats.shape;
  if (repeats.ndim > 1 || (size !== 1 && size !== n)) {
    throw new ShapeError(
      `repeatInterleave: repeats of shape ${show(repeats.shape)} must contain one number, or one for each of the ${n} slices`,
    );
  }
  if (isFloat(repeats.dtype)) {
    throw new DTypeError(
      `repeatInterleave: repeats must be integers, got ${repeats.dtype}; use repeats.to('int32')`,
    );
  }
  needValues('repeatInterleave', repeats, 'repeatInterleave(x, await repeats.cpu())');
  // Not by way of int32, which would wrap a large int64 to another number.
  const counts = (expandOf(repeats, [n]).toArray() as unknown[]).map(Number);
  if (counts.some((c) => c < 0)) {
    throw new ValueError('repeatInterleave: repeats must be non-negative integers');
  }
  const total = counts.reduce((a, b) => a + b, 0);
  checkTotal(total, outputSize);
  const places = placesArray('repeatInterleave', total);
  let at = 0;
  for (const [i, c] of counts.entries()) {
    places.fill(i, at, at + c);
    at += c;
  }
  return indexSelectOf(x, d, onDeviceOf(x, wrap(places, [places.length], 'int32')));
}

/**
 * Repeats each element (PyTorch: `torch.repeat_interleave`); without a dimension the tensor is flattened first.
 *
 * @param repeats the number of repetitions: one number for all elements, or a tensor with one for each.
 * @param options `outputSize`: the size of the result along the dimension, which is checked.
 * @example repeatInterleave(tensor([1, 2]), 2) // tensor([1., 1., 2., 2.])
 */
export const repeatInterleave = /*#__PURE__*/ callable(
  'repeatInterleave',
  repeatInterleaveOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('repeats', /*#__PURE__*/ kinds.either(kinds.integer, kinds.tensor)),
    /*#__PURE__*/ may('dim', /*#__PURE__*/ kinds.orNull(kinds.integer)),
  ],
  { outputSize: /*#__PURE__*/ kinds.orNull(kinds.integer) },
);
