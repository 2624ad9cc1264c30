// Overwriting a tensor: copying elements, filling with one value, zeroing.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { ShapeError } from '../../errors.js';
import { checkHolds } from '../../integers.js';
import { broadcastShapes, sameShape, show } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { checkLeaf, replaced, write } from '../machinery/inplace.js';
import { expandTo } from '../machinery/map-reduce.js';
import { refusePartialOverlap } from '../machinery/memory-overlap.js';
import { cast } from './to-clone.js';
import { fillWith } from './zeros-ones-full.js';

function copy_Of(x: Tensor, source: Tensor): Tensor {
  checkTensor('copy_', x);
  checkTensor('copy_', source);
  refusePartialOverlap('copy_', x, source);
  const shape = broadcastShapes('copy_', [x.shape, source.shape]);
  if (!sameShape(shape, x.shape)) {
    throw new ShapeError(
      `copy_: source of shape ${show(source.shape)} does not broadcast to the tensor's shape ${show(x.shape)}`,
    );
  }
  return write('copy_', x, cast(expandTo(source, x.shape), x.dtype));
}

/**
 * Copies the elements of `source`, broadcast and converted, into `x` (PyTorch: `Tensor.copy_`).
 *
 * @throws ShapeError if the source does not broadcast to the tensor.
 * @example zeros([2, 2]).copy_(tensor([1, 2]))
 */
export const copy_ = /*#__PURE__*/ callable(
  'copy_',
  copy_Of,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('src', kinds.tensor)],
  {},
);

function fill_Of(x: Tensor, value: number | boolean): Tensor {
  checkTensor('fill_', x);
  checkHolds('fill_', x.dtype, value);
  return filled('fill_', x, Number(value));
}

function filled(operator: string, x: Tensor, value: number): Tensor {
  // Writing the same value to one memory location several times is harmless.
  checkLeaf(operator, x);
  fillWith(x, value);
  replaced(operator, x);
  return x;
}

/**
 * Sets all elements to a value (PyTorch: `Tensor.fill_`).
 *
 * @example zeros([2]).fill_(3) // tensor([3., 3.])
 */
export const fill_ = /*#__PURE__*/ callable(
  'fill_',
  fill_Of,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('value', /*#__PURE__*/ kinds.either(kinds.number, kinds.boolean)),
  ],
  {},
);

function zero_Of(x: Tensor): Tensor {
  checkTensor('zero_', x);
  return filled('zero_', x, 0);
}

/**
 * Sets all elements to 0 (PyTorch: `Tensor.zero_`).
 *
 * @example ones([2]).zero_() // tensor([0., 0.])
 */
export const zero_ = /*#__PURE__*/ callable(
  'zero_',
  zero_Of,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  {},
);
