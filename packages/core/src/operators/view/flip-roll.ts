// Reordering elements along dimensions: flipped, rolled, rotated.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { ShapeError, ValueError } from '../../errors.js';
import { distinctDims, normalizeDim, show } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { arange } from '../create/arange-linspace.js';
import { onDeviceOf } from '../create/to-clone.js';
import { add, mul, remainder, sub } from '../elementwise/arithmetic.js';
import { indexSelectOf } from '../index/gather-scatter.js';
import { owned } from '../machinery/map-reduce.js';
import { lasting } from '../machinery/record.js';
import { flattenOf, permuteOf, reshapeOf } from './views.js';

const reversed = (n: number): Tensor => add(mul(arange(n), -1), n - 1);

export function flipOf(x: Tensor, dims: number | readonly number[]): Tensor {
  checkTensor('flip', x);
  let out = x;
  for (const d of distinctDims('flip', dims, x.ndim)) {
    out = lasting(indexSelectOf(out, d, onDeviceOf(x, reversed(x.shape[d] ?? 1))));
  }
  return out === x ? x.clone() : out;
}

/**
 * Reverses the elements along dimensions (PyTorch: `torch.flip`). A copy.
 *
 * @throws IndexError for a dimension that is given twice.
 * @example flip(tensor([1, 2, 3]), 0) // tensor([3., 2., 1.])
 */
export const flip = /*#__PURE__*/ callable(
  'flip',
  flipOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('dims', kinds.integerOrIntegers)],
  {},
);

function rollOf(
  x: Tensor,
  shifts: number | readonly number[],
  dims?: number | readonly number[] | null,
): Tensor {
  checkTensor('roll', x);
  const by = typeof shifts === 'number' ? [shifts] : shifts;
  if (dims === undefined || dims === null) {
    if (by.length !== 1) throw new ValueError('roll: several shifts need as many dimensions');
    return owned(reshapeOf(rollOf(flattenOf(x), by, 0), x.shape));
  }
  const list = typeof dims === 'number' ? [dims] : dims;
  if (by.length !== list.length) {
    throw new ValueError(
      `roll: got ${by.length} shifts for ${list.length} dimensions; they must match`,
    );
  }
  let out = x;
  list.forEach((dim, i) => {
    const d = normalizeDim('roll', dim, x.ndim);
    const n = x.shape[d];
    if (n === undefined) {
      throw new ShapeError(
        'roll: a tensor without dimensions cannot be rolled along one; leave dims out',
      );
    }
    if (n === 0) return;
    const places = remainder(sub(arange(n), by[i]), n);
    out = lasting(indexSelectOf(out, d, onDeviceOf(x, places)));
  });
  return out === x ? x.clone() : out;
}

/**
 * Shifts elements along dimensions; elements shifted beyond one end reappear at the other (PyTorch: `torch.roll`).
 * Without dimensions the flattened tensor is rolled.
 *
 * @example roll(tensor([1, 2, 3]), 1) // tensor([3., 1., 2.])
 */
export const roll = /*#__PURE__*/ callable(
  'roll',
  rollOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('shifts', kinds.oneOrMore),
    /*#__PURE__*/ may('dims', kinds.dims),
  ],
  {},
);

function rot90Of(x: Tensor, k = 1, dims: readonly number[] = [0, 1]): Tensor {
  checkTensor('rot90', x);
  if (x.ndim < 2) {
    throw new ShapeError(`rot90: expected at least 2 dimensions, got shape ${show(x.shape)}`);
  }
  if (dims.length !== 2) throw new ValueError(`rot90: expected 2 dimensions, got ${dims.length}`);
  const [a, b] = dims.map((d) => normalizeDim('rot90', d, x.ndim)) as [number, number];
  if (a === b) throw new ValueError('rot90: the two dimensions must differ');
  const order = x.shape.map((_, d) => (d === a ? b : d === b ? a : d));
  const turns = ((k % 4) + 4) % 4;
  if (turns === 0) return x.clone();
  if (turns === 1) return flipOf(permuteOf(x, order), a);
  if (turns === 2) return flipOf(x, [a, b]);
  return flipOf(permuteOf(x, order), b);
}

/**
 * Rotates a plane by 90 degrees `k` times, from the first dimension towards the second (PyTorch: `torch.rot90`).
 *
 * @example rot90(tensor([[1, 2], [3, 4]])) // tensor([[2., 4.], [1., 3.]])
 */
export const rot90 = /*#__PURE__*/ callable(
  'rot90',
  rot90Of,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may('k', kinds.integer),
    /*#__PURE__*/ may('dims', kinds.list),
  ],
  {},
);
