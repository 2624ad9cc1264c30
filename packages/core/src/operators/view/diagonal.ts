// Diagonals, as views and as matrices.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { ShapeError } from '../../errors.js';
import { normalizeDim, show } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { arange } from '../create/arange-linspace.js';
import { cast, onDeviceOf } from '../create/to-clone.js';
import { add, mul, sub } from '../elementwise/arithmetic.js';
import { spread } from '../machinery/index-plan.js';
import { checkPlaces } from '../machinery/index-positions.js';
import { copyDense, owned, reshapeDense } from '../machinery/map-reduce.js';
import { lasting } from '../machinery/record.js';
import { repeatingView } from './movedim-unfold.js';

function diagonalOf(x: Tensor, offset = 0, dim1 = 0, dim2 = 1): Tensor {
  checkTensor('diagonal', x);
  if (x.ndim < 2) {
    throw new ShapeError(`diagonal: expected at least 2 dimensions, got shape ${show(x.shape)}`);
  }
  const a = normalizeDim('diagonal', dim1, x.ndim);
  const b = normalizeDim('diagonal', dim2, x.ndim);
  if (a === b) throw new ShapeError('diagonal: the two dimensions must differ');
  const [rows, columns] = [x.shape[a], x.shape[b]];
  const [sa, sb] = [x.strides[a], x.strides[b]];
  const length = Math.max(
    0,
    offset >= 0 ? Math.min(rows, columns - offset) : Math.min(rows + offset, columns),
  );
  const start = length === 0 ? 0 : offset >= 0 ? offset * sb : -offset * sa;
  const keep = x.shape.map((_, d) => d).filter((d) => d !== a && d !== b);
  const shape = [...keep.map((d) => x.shape[d]), length];
  const strides = [...keep.map((d) => x.strides[d]), sa + sb];
  return repeatingView('diagonal', x, shape, strides, x.offset + start, (i) =>
    diagonalOf(i, offset, a, b),
  );
}

/**
 * The diagonal over two dimensions, as a view in which it is the last dimension (PyTorch: `torch.diagonal`).
 *
 * @param offset which diagonal: above the main diagonal if positive, below if negative.
 * @example diagonal(tensor([[1, 2], [3, 4]])) // tensor([1., 4.])
 */
export const diagonal = /*#__PURE__*/ callable(
  'diagonal',
  diagonalOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may('offset', kinds.integer),
    /*#__PURE__*/ may('dim1', kinds.integer),
    /*#__PURE__*/ may('dim2', kinds.integer),
  ],
  {},
);

function diagOf(x: Tensor, diagonal = 0): Tensor {
  checkTensor('diag', x);
  if (x.ndim === 2) return copyDense(diagonalOf(x, diagonal));
  if (x.ndim !== 1)
    throw new ShapeError(`diag: expected 1 or 2 dimensions, got shape ${show(x.shape)}`);
  const n = x.shape[0] + Math.abs(diagonal);
  checkPlaces('diag', n * n);
  const rows = add(arange(x.shape[0]), Math.max(0, -diagonal));
  const places = add(add(mul(rows, n), sub(rows, Math.max(0, -diagonal))), Math.max(0, diagonal));
  const index = onDeviceOf(x, cast(places, 'int32'));
  const plan = { shape: x.shape, walks: [-1], axes: [{ dim: 0, index }] };
  return owned(reshapeDense(lasting(spread(x, plan, [n * n], 'set')), [n, n]));
}

/**
 * A matrix with a vector on its diagonal, or the diagonal of a matrix (PyTorch: `torch.diag`).
 *
 * @param diagonal which diagonal: 1 is the one above the main diagonal, -1 the one below, and so on.
 * @example diag(tensor([1, 2])) // tensor([[1., 0.], [0., 2.]])
 */
export const diag = /*#__PURE__*/ callable(
  'diag',
  diagOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('diagonal', kinds.integer)],
  {},
);
