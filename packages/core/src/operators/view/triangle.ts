// The lower and the upper triangle of matrices.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { ShapeError } from '../../errors.js';
import { show } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { arange } from '../create/arange-linspace.js';
import { cast, onDeviceOf } from '../create/to-clone.js';
import { sub } from '../elementwise/arithmetic.js';
import { ge, le, where } from '../elementwise/compare.js';
import { lasting } from '../machinery/record.js';
import { unsqueezeOf } from './views.js';

function triangle(operator: string, x: Tensor, offset: number, upper: boolean): Tensor {
  checkTensor(operator, x);
  if (x.ndim < 2) {
    throw new ShapeError(
      `${operator}: expected a matrix or a batch of them, got shape ${show(x.shape)}`,
    );
  }
  const rows = unsqueezeOf(arange(x.shape[x.ndim - 2]), 1);
  const columns = arange(x.shape[x.ndim - 1]);
  const difference = onDeviceOf(x, sub(columns, rows));
  return cast(lasting(where((upper ? ge : le)(difference, offset), x, 0)), x.dtype);
}

const trilOf = (x: Tensor, diagonal = 0): Tensor => triangle('tril', x, diagonal, false);

/**
 * The lower triangle, zeros above the diagonal (PyTorch: `torch.tril`).
 *
 * @example tril(ones([2, 2])) // tensor([[1., 0.], [1., 1.]])
 */
export const tril = /*#__PURE__*/ callable(
  'tril',
  trilOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('diagonal', kinds.integer)],
  {},
);

const triuOf = (x: Tensor, diagonal = 0): Tensor => triangle('triu', x, diagonal, true);

/**
 * The upper triangle, zeros below the diagonal (PyTorch: `torch.triu`).
 *
 * @example
 * triu(ones([2, 2])) // tensor([[1., 1.], [0., 1.]])
 * triu(ones([2, 2]), { diagonal: 1 }) // tensor([[0., 1.], [0., 0.]])
 */
export const triu = /*#__PURE__*/ callable(
  'triu',
  triuOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('diagonal', kinds.integer)],
  {},
);
