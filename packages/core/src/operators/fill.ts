// Writing over a tensor: other elements, one value, zeros.
import { type Backward, GradNode } from '../autograd/node.js';
import { ShapeError } from '../errors.js';
import { checkHolds } from '../integers.js';
import { broadcastShapes, sameShape, show } from '../shape.js';
import { checkTensor, type Tensor } from '../tensor.js';
import { cast } from './convert.js';
import { fillWith, zerosLike } from './create.js';
import { assign, checkWritable, rebase, recordsChange } from './inplace.js';
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
  const shape = broadcastShapes('copy_', [x.shape, source.shape]);
  if (!sameShape(shape, x.shape)) {
    throw new ShapeError(
      `copy_: a tensor of shape ${show(source.shape)} does not fit into one of shape ${show(x.shape)}`,
    );
  }
  return assign('copy_', x, cast(expandTo(source, x.shape), x.dtype));
}

const fillBack: Backward = (_node, [g]) => [zerosLike(g as Tensor)];

/**
 * Takes note that all elements of `x` are replaced by ones without a history. As in PyTorch it stays in the
 * graph, and what was there gets a gradient of zeros.
 */
export function replaced(operator: string, x: Tensor): void {
  // Before the version is raised: a view would then take the history of its base for its own.
  if (recordsChange(x)) {
    rebase(x, x.requiresGrad ? new GradNode(operator, [x], fillBack, [], null) : null);
  }
  x.storage.version++;
}

/**
 * Sets all elements to a value (PyTorch: `Tensor.fill_`).
 *
 * @example zeros([2]).fill_(3) // tensor([3., 3.])
 */
export function fill_(x: Tensor, value: number | boolean): Tensor {
  checkTensor('fill_', x);
  checkWritable('fill_', x);
  checkHolds('fill_', x.dtype, value);
  fillWith(x, Number(value));
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
