// Whether all elements, or any, are non-zero.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import type { Reducer } from '../../backend/contract.js';
import { normalizeDims, numelOf } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { cast } from '../create/to-clone.js';
import { eq } from '../elementwise/compare.js';
import { identityCase, runReduce } from '../machinery/map-reduce.js';
import { type Dims, type KeepdimOptions, squeezed, sum } from './sum-mean.js';

function truth(
  operator: string,
  reducer: Reducer,
  x: Tensor,
  dim: Dims,
  keepdim: boolean | undefined,
): Tensor {
  checkTensor(operator, x);
  const truths = cast(x.detach(), 'bool');
  // PyTorch's results for uint8 are uint8, and an empty list of dimensions means no dimensions here.
  const type = x.dtype === 'uint8' ? 'uint8' : 'bool';
  if (dim !== null && typeof dim !== 'number' && dim.length === 0) {
    return type === x.dtype && type === 'bool' ? truths.clone() : cast(truths, type);
  }
  const axes = normalizeDims(operator, dim, x.ndim);
  const asBool = cast(truths, 'int32');
  // For no elements, the neutral element of min and max would not be a truth value.
  const empty = numelOf(axes.map((d) => x.shape[d])) === 0;
  const out = empty
    ? sum(asBool, axes, { keepdim: keepdim ?? false })
    : squeezed(
        runReduce(identityCase('int32'), reducer, [asBool], [], x.shape, axes),
        x.shape,
        axes,
        keepdim,
      );
  return cast(empty && reducer === 'min' ? eq(out, 0) : out, type);
}

const allOf = (x: Tensor, dim: Dims = null, options: KeepdimOptions = {}): Tensor =>
  truth('all', 'min', x, dim, options.keepdim);

/**
 * Whether all elements are non-zero (PyTorch: `torch.all`). The result is bool, or uint8 for uint8. An empty list of
 * dimensions tests each element alone.
 *
 * @example tensor([true, false]).all() // tensor(False)
 */
export const all = /*#__PURE__*/ callable(
  'all',
  allOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.dims)],
  { keepdim: kinds.boolean },
);

const anyOf = (x: Tensor, dim: Dims = null, options: KeepdimOptions = {}): Tensor =>
  truth('any', 'max', x, dim, options.keepdim);

/**
 * Whether any element is non-zero (PyTorch: `torch.any`). The result is bool, or uint8 for uint8. An empty list of
 * dimensions tests each element alone.
 *
 * @example tensor([true, false]).any() // tensor(True)
 */
export const any = /*#__PURE__*/ callable(
  'any',
  anyOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.dims)],
  { keepdim: kinds.boolean },
);
