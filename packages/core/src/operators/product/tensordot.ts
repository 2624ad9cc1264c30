// Products over numbered dimensions.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { ShapeError, ValueError } from '../../errors.js';
import { distinctDims, type Shape, show } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { sum } from '../reduce/sum-mean.js';
import { contract } from './matmul.js';

function tensordotOf(
  a: Tensor,
  b: Tensor,
  dims: number | readonly [readonly number[], readonly number[]] = 2,
): Tensor {
  checkTensor('tensordot', a);
  checkTensor('tensordot', b);
  const range = (n: number, from: number): number[] =>
    Array.from({ length: n }, (_, i) => from + i);
  if (typeof dims === 'number' && (dims < 0 || dims > Math.min(a.ndim, b.ndim))) {
    throw new ValueError(
      `tensordot: dims must be from 0 to ${Math.min(a.ndim, b.ndim)} for shapes ${show(a.shape)} and ${show(b.shape)}, got ${dims}`,
    );
  }
  const [left, right] =
    typeof dims === 'number' ? [range(dims, a.ndim - dims), range(dims, 0)] : [dims[0], dims[1]];
  const da = distinctDims('tensordot', left, a.ndim);
  const db = distinctDims('tensordot', right, b.ndim);
  // A size of 1 may be paired with any other, as if the other dimension had been summed.
  const ones = (x: Tensor, mine: Shape, other: Tensor, theirs: Shape): number[] =>
    mine.filter((d, i) => x.shape[d] !== 1 && other.shape[theirs[i]] === 1);
  const [sumA, sumB] = [ones(a, da, b, db), ones(b, db, a, da)];
  if (sumA.length > 0 || sumB.length > 0) {
    const summed = (x: Tensor, d: readonly number[]): Tensor =>
      d.length === 0 ? x : sum(x, d, { keepdim: true });
    return tensordotOf(summed(a, sumA), summed(b, sumB), [da, db]);
  }
  if (da.length !== db.length || da.some((d, i) => a.shape[d] !== b.shape[db[i]])) {
    throw new ShapeError(
      `tensordot: dimensions ${show(da)} of ${show(a.shape)} and ${show(db)} of ${show(b.shape)} must have equal sizes`,
    );
  }
  const labelsA = range(a.ndim, 0);
  const labelsB = b.shape.map((_, d) => {
    const i = db.indexOf(d);
    return i < 0 ? a.ndim + d : da[i];
  });
  const out = [...labelsA.filter((d) => !da.includes(d)), ...labelsB.filter((n) => n >= a.ndim)];
  return contract('tensordot', a, b, { a: labelsA, b: labelsB, out });
}

/**
 * The product summed over some dimensions of each tensor (PyTorch: `torch.tensordot`): over the last
 * `dims` of the first and the first `dims` of the second, or over two lists.
 *
 * @throws ShapeError if summed sizes differ; IndexError for a dimension given twice.
 * @example tensordot(zeros([2, 3, 4]), zeros([3, 4, 5]), 2).shape // [2, 5]
 */
export const tensordot = /*#__PURE__*/ callable(
  'tensordot',
  tensordotOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('other', kinds.tensor),
    /*#__PURE__*/ may('dims', /*#__PURE__*/ kinds.either(kinds.integer, kinds.pairOfLists)),
  ],
  {},
);
