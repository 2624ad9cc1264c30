// Elements at positions: of the flattened tensor, or along a dimension.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { ShapeError } from '../../errors.js';
import { broadcastShapes, normalizeDim, type Shape, show } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { axisOf, gatherBy, indexTensor } from '../machinery/index-plan.js';
import { expandTo } from '../machinery/map-reduce.js';
import { alsoSaving } from '../machinery/record.js';
import { flattenOf } from '../view/views.js';
import { gatherAlong } from './gather-scatter.js';

const takeAlongDimOf = (x: Tensor, indices: Tensor, dim?: number | null): Tensor =>
  alsoSaving(takenAlong(x, indices, dim), x);
function takenAlong(x: Tensor, indices: Tensor, dim?: number | null): Tensor {
  checkTensor('takeAlongDim', x);
  checkTensor('takeAlongDim', indices);
  if (dim === undefined || dim === null)
    return gatherAlong('takeAlongDim', flattenOf(x), 0, flattenOf(indices));
  const d = normalizeDim('takeAlongDim', dim, x.ndim);
  if (indices.ndim !== x.ndim) {
    throw new ShapeError(
      `takeAlongDim: indices of shape ${show(indices.shape)} must have as many dimensions as the tensor of shape ${show(x.shape)}`,
    );
  }
  const without = (s: Shape): number[] => s.map((n, i) => (i === d ? 1 : n));
  const common = broadcastShapes('takeAlongDim', [without(x.shape), without(indices.shape)]);
  const withSize = (n: number): number[] => common.map((c, i) => (i === d ? n : c));
  return gatherAlong(
    'takeAlongDim',
    expandTo(x, withSize(x.shape[d])),
    d,
    expandTo(indices, withSize(indices.shape[d])),
  );
}

/**
 * Elements along a dimension at indices that broadcast with the tensor (PyTorch: `torch.take_along_dim`); without a
 * dimension, of the flattened tensor.
 *
 * @example takeAlongDim(x, x.argsort(1), 1) // sorted rows
 */
export const takeAlongDim = /*#__PURE__*/ callable(
  'takeAlongDim',
  takeAlongDimOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('indices', kinds.tensor),
    /*#__PURE__*/ may('dim', /*#__PURE__*/ kinds.orNull(kinds.integer)),
  ],
  {},
);

function takeOf(x: Tensor, index: Tensor): Tensor {
  checkTensor('take', x);
  const positions = indexTensor('take', index);
  const out = gatherBy('take', flattenOf(x), {
    shape: positions.shape,
    walks: positions.shape.map(() => -1),
    axes: [axisOf(0, index, positions)],
  });
  return alsoSaving(out, x);
}

/**
 * Elements of the flattened tensor at positions (PyTorch: `torch.take`).
 *
 * @example take(tensor([[1, 2], [3, 4]]), tensor([3], { dtype: 'int32' })) // tensor([4.])
 */
export const take = /*#__PURE__*/ callable(
  'take',
  takeOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('index', kinds.tensor)],
  {},
);
