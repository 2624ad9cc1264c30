// Views with explicit strides.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { ShapeError } from '../../errors.js';
import { checkShape, numelOf, type Shape, show } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { stridedView } from '../machinery/strided-view.js';

function asStridedOf(
  x: Tensor,
  shape: Shape,
  strides: readonly number[],
  storageOffset: number = x.offset,
): Tensor {
  checkTensor('asStrided', x);
  checkShape('asStrided', shape);
  if (strides.length !== shape.length || strides.some((s) => !Number.isInteger(s) || s < 0)) {
    throw new ShapeError(
      `asStrided: strides ${show(strides)} must be non-negative integers, one for each size of ${show(shape)}`,
    );
  }
  const last = shape.reduce((at, n, d) => at + (n - 1) * strides[d], storageOffset);
  if (storageOffset < 0 || (numelOf(shape) > 0 && last >= x.storage.length)) {
    throw new ShapeError(
      `asStrided: shape ${show(shape)} with strides ${show(strides)} and offset ${storageOffset} reaches element ${last}, ` +
        `but the memory has ${x.storage.length} elements`,
    );
  }
  if (x.requiresGrad && (!x.dense || x.count !== x.storage.length)) {
    throw new ShapeError(
      'asStrided: only a contiguous tensor with its own memory is differentiable; use clone()',
    );
  }
  return stridedView(x, [...shape], [...strides], storageOffset - x.offset);
}

/**
 * A view by explicit strides (PyTorch: `torch.as_strided`), counted in elements of the tensor's memory.
 *
 * @param storageOffset position of the first element; default: the tensor's own.
 * @throws ShapeError if an element lies outside the memory, or a tensor that requires gradients is not contiguous.
 * @example asStrided(arange(6), [2, 2], [1, 2]) // tensor([[0, 2], [1, 3]], dtype=torch.int32)
 */
export const asStrided = /*#__PURE__*/ callable(
  'asStrided',
  asStridedOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('size', kinds.list),
    /*#__PURE__*/ need('stride', kinds.list),
    /*#__PURE__*/ may('storageOffset', kinds.integer),
  ],
  {},
);
