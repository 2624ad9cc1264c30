// Counting: non-zero elements, and occurrences of each integer.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { ShapeError, ValueError } from '../../errors.js';
import { normalizeDims, sameShape, show } from '../../shape.js';
import { checkTensor, type Tensor, wrap } from '../../tensor.js';
import { needValues } from '../../tensor-values.js';
import { cast, denseArray } from '../create/to-clone.js';
import { ne } from '../elementwise/compare.js';
import { indexTensor } from '../machinery/index-plan.js';
import { type Dims, sum } from './sum-mean.js';

function countNonzeroOf(x: Tensor, dim: Dims = null): Tensor {
  checkTensor('countNonzero', x);
  const axes = normalizeDims('countNonzero', dim, x.ndim);
  return sum(cast(ne(x.detach(), 0), 'int32'), axes);
}

/**
 * The number of non-zero elements (PyTorch: `torch.count_nonzero`). int32.
 *
 * @example countNonzero(tensor([0, 5, 6])) // tensor(2, dtype=torch.int32)
 */
export const countNonzero = /*#__PURE__*/ callable(
  'countNonzero',
  countNonzeroOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.dims)],
  {},
);

function bincountOf(
  x: Tensor,
  options: { weights?: Tensor | null; minlength?: number } = {},
): Tensor {
  checkTensor('bincount', x);
  const { weights = null, minlength = 0 } = options;
  if (minlength < 0) {
    throw new ValueError(`bincount: minlength must not be negative, got ${minlength}`);
  }
  if (x.ndim !== 1)
    throw new ShapeError(`bincount: expected one dimension, got shape ${show(x.shape)}`);
  for (const given of [x, weights]) if (given !== null) needValues('bincount', given);
  const values = denseArray('bincount', indexTensor('bincount', x));
  let most = minlength - 1;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (v < 0)
      throw new ValueError(`bincount: values must not be negative, got ${v} at position ${i}`);
    most = Math.max(most, v);
  }
  if (weights !== null && !sameShape(weights.shape, x.shape)) {
    throw new ShapeError(
      `bincount: weights of shape ${show(weights.shape)} do not fit x of shape ${show(x.shape)}`,
    );
  }
  const wide = weights === null ? null : denseArray('bincount', cast(weights.detach(), 'float64'));
  const out = wide === null ? new Int32Array(most + 1) : new Float64Array(most + 1);
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    out[v] = out[v] + (wide === null ? 1 : (wide[i] as number));
  }
  if (weights === null) return wrap(out, [most + 1], 'int32');
  const total = wrap(out, [most + 1], 'float64');
  return weights.dtype === 'float32' ? cast(total, 'float32') : total;
}

/**
 * The number of occurrences of each of 0, 1, 2, …, or the sums of their weights (PyTorch: `torch.bincount`). int32;
 * with weights float64, or float32 if the weights are.
 *
 * @param options `weights`, one for each element; `minlength`, the minimum length of the result.
 * @throws ValueError for a negative number; DTypeError unless the input is integers.
 * @example bincount(tensor([0, 2, 2], { dtype: 'int32' })) // tensor([1, 0, 2], dtype=torch.int32)
 */
export const bincount = /*#__PURE__*/ callable(
  'bincount',
  bincountOf,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  {
    weights: /*#__PURE__*/ kinds.orNull(kinds.tensor),
    minlength: kinds.integer,
  },
);
