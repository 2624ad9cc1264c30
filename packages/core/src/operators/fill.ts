// Writing over a tensor: other elements, one value, zeros.
import { ShapeError } from '../errors.js';
import { broadcastShapes, sameShape, show } from '../shape.js';
import { checkTensor, type Tensor } from '../tensor.js';
import { cast } from './convert.js';
import { fillWith } from './create.js';
import { checkLeaf, replaced, write } from './inplace.js';
import { refusePartialOverlap } from './overlap.js';
import { expandTo } from './run.js';

/**
 * Writes the elements of `source`, broadcast and converted, over those of `x` (PyTorch:
 * `Tensor.copy_`).
 *
 * @throws ShapeError if the source does not broadcast to the tensor.
 * @example zeros([2, 2]).copy_(tensor([1, 2]))
 */
export function copy_(x: Tensor, source: Tensor): Tensor {
  checkTensor('copy_', x);
  checkTensor('copy_', source);
  refusePartialOverlap('copy_', x, source);
  const shape = broadcastShapes('copy_', [x.shape, source.shape]);
  if (!sameShape(shape, x.shape)) {
    throw new ShapeError(
      `copy_: a tensor of shape ${show(source.shape)} does not fit into one of shape ${show(x.shape)}`,
    );
  }
  return write('copy_', x, cast(expandTo(source, x.shape), x.dtype));
}

/**
 * Sets all elements to a value (PyTorch: `Tensor.fill_`).
 *
 * @example zeros([2]).fill_(3) // tensor([3., 3.])
 */
export function fill_(x: Tensor, value: number): Tensor {
  checkTensor('fill_', x);
  // The same value may be written to one place several times.
  checkLeaf('fill_', x);
  fillWith(x, value);
  replaced('fill_', x);
  return x;
}

/**
 * Sets all elements to 0 (PyTorch: `Tensor.zero_`).
 *
 * @example ones([2]).zero_() // tensor([0., 0.])
 */
export function zero_(x: Tensor): Tensor {
  checkTensor('zero_', x);
  return fill_(x, 0);
}
