// Adding slices at positions along a dimension.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { DTypeError, ShapeError } from '../../errors.js';
import { refuseFraction } from '../../integers.js';
import { normalizeDim, sameShape, show } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { cast } from '../create/to-clone.js';
import { mul } from '../elementwise/arithmetic.js';
import { axisOf, indexTensor } from '../machinery/index-plan.js';
import { copyDense } from '../machinery/map-reduce.js';
import { refuseOverlap } from '../machinery/memory-overlap.js';
import { alsoSaving } from '../machinery/record.js';
import { reshapeOf } from '../view/views.js';
import { changeBy } from './gather-scatter.js';

const indexAdd_Of = (
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  options: { alpha?: number } = {},
): Tensor => addAt('indexAdd_', x, dim, index, source, options);
function addAt(
  operator: string,
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  options: { alpha?: number },
): Tensor {
  checkTensor(operator, x);
  checkTensor(operator, source);
  const d = normalizeDim(operator, dim, x.ndim);
  const positions = indexTensor(operator, index, x.shape[d] ?? 1);
  refuseOverlap(operator, x, index, 'the index');
  refuseOverlap(operator, x, source, 'the source');
  if (positions.ndim > 1) {
    throw new ShapeError(
      `${operator}: the index must be one-dimensional, got shape ${show(index.shape)}`,
    );
  }
  if (x.ndim === 0 && positions.count !== 1) {
    throw new ShapeError(`${operator}: a scalar has one position, got ${positions.count}`);
  }
  const shape = x.shape.map((n, i) => (i === d ? positions.count : n));
  if (!sameShape(shape, source.shape)) {
    throw new ShapeError(
      `${operator}: the source must have shape ${show(shape)}, got ${show(source.shape)}`,
    );
  }
  if (source.dtype !== x.dtype) {
    throw new DTypeError(`${operator}: the source is ${source.dtype}, the tensor ${x.dtype}`);
  }
  const spaced = reshapeOf(
    positions,
    shape.map((_, i) => (i === d ? positions.count : 1)),
  );
  const walks = shape.map((_, i) => (i === d ? -1 : i));
  const { alpha = 1 } = options;
  if (x.dtype !== 'bool') refuseFraction(operator, 'alpha', alpha, x.dtype);
  const addend = alpha === 1 ? source : cast(mul(source, alpha), x.dtype);
  const plan = { shape, walks, axes: [axisOf(d, index, positions, spaced)] };
  const out = changeBy(operator, x, plan, addend, 'sum');
  return source.requiresGrad ? alsoSaving(out, source) : out;
}

/**
 * Adds slices of `source` to the slices of `x` at these positions, in place (PyTorch:
 * `Tensor.index_add_`).
 *
 * @example zeros([3]).indexAdd_(0, tensor([0, 0], { dtype: 'int32' }), ones([2])) // tensor([2., 0., 0.])
 */
export const indexAdd_ = /*#__PURE__*/ callable(
  'indexAdd_',
  indexAdd_Of,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim', kinds.integer),
    /*#__PURE__*/ need('index', kinds.tensor),
    /*#__PURE__*/ need('source', kinds.tensor),
  ],
  { alpha: kinds.number },
);

const indexAddOf = (
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  options: { alpha?: number } = {},
): Tensor => addAt('indexAdd', copyDense(x), dim, index, source, options);

/**
 * A copy with slices of `source` added at these positions (PyTorch: `torch.index_add`).
 *
 * @example indexAdd(zeros([3]), 0, tensor([0, 2], { dtype: 'int32' }), ones([2])) // tensor([1., 0., 1.])
 */
export const indexAdd = /*#__PURE__*/ callable(
  'indexAdd',
  indexAddOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim', kinds.integer),
    /*#__PURE__*/ need('index', kinds.tensor),
    /*#__PURE__*/ need('source', kinds.tensor),
  ],
  { alpha: kinds.number },
);
