// Elements selected by a mask, and positions of non-zero elements.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { DTypeError } from '../../errors.js';
import { broadcastShapes } from '../../shape.js';
import { checkTensor, type Tensor, wrap } from '../../tensor.js';
import { cast, denseArray } from '../create/to-clone.js';
import { checkPlaces } from '../machinery/index-positions.js';
import { expandTo } from '../machinery/map-reduce.js';
import { alsoSaving } from '../machinery/record.js';
import { flattenOf, selectOf } from '../view/views.js';
import { pick } from './at-set.js';

function maskedSelectOf(x: Tensor, mask: Tensor): Tensor {
  checkTensor('maskedSelect', x);
  checkTensor('maskedSelect', mask);
  if (mask.dtype !== 'bool') {
    throw new DTypeError(
      `maskedSelect: the mask must be bool, got ${mask.dtype}; use mask.to('bool')`,
    );
  }
  // A scalar is one element, as in PyTorch.
  const common = broadcastShapes('maskedSelect', [x.shape, mask.shape]);
  const shape = common.length === 0 ? [1] : common;
  return alsoSaving(pick('maskedSelect', expandTo(x, shape), [expandTo(mask, shape)]), x, mask);
}

/**
 * The elements where a mask is true, as one dimension; the mask must broadcast with the tensor (PyTorch:
 * `torch.masked_select`).
 *
 * @example maskedSelect(tensor([1, 2, 3]), tensor([true, false, true])) // tensor([1., 3.])
 */
export const maskedSelect = /*#__PURE__*/ callable(
  'maskedSelect',
  maskedSelectOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('mask', kinds.tensor)],
  {},
);

function nonzeroOf(x: Tensor, options: { asTuple?: boolean } = {}): Tensor | Tensor[] {
  checkTensor('nonzero', x);
  return options.asTuple === true ? columnsOf('nonzero', x) : positionsOf('nonzero', x);
}

/** Positions of the non-zero elements, one index tensor per dimension. */
export function columnsOf(operator: string, x: Tensor): Tensor[] {
  if (x.ndim === 0) return columnsOf(operator, flattenOf(x));
  const rows = positionsOf(operator, x);
  return x.shape.map((_, d) => selectOf(rows, 1, d).clone());
}

/** Positions of the non-zero elements, one row each. */
function positionsOf(operator: string, x: Tensor): Tensor {
  const values = denseArray(operator, cast(x.detach(), 'bool'));
  for (const n of x.shape) checkPlaces(operator, n);
  const found: number[] = [];
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] === 0) continue;
    count++;
    let rest = i;
    const row = new Array<number>(x.ndim);
    for (let d = x.ndim - 1; d >= 0; d--) {
      row[d] = rest % x.shape[d];
      rest = Math.floor(rest / x.shape[d]);
    }
    found.push(...row);
  }
  return wrap(Int32Array.from(found), [count, x.ndim], 'int32');
}

/** The signatures of `nonzero`. */
export interface Nonzero {
  (x: Tensor, options?: { asTuple?: false }): Tensor;
  (x: Tensor, options: { asTuple: true }): Tensor[];
  (x: Tensor, options: { asTuple?: boolean }): Tensor | Tensor[];
}

/**
 * Positions of the non-zero elements, one row each (PyTorch: `torch.nonzero`). int32
 * `[count, dimensions]`; with the option `asTuple` a list of its columns, which index the tensor: `x.at(...nonzero(x, { asTuple: true }))`.
 *
 * @example nonzero(tensor([0, 5, 6])) // tensor([[1], [2]], dtype=torch.int32)
 */
export const nonzero = /*#__PURE__*/ callable(
  'nonzero',
  nonzeroOf,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  {
    asTuple: kinds.boolean,
  },
) as Nonzero;
