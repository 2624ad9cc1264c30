// Dropout: sets elements to zero at random.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { ValueError } from '../../errors.js';
import { defaultGenerator, type Generator } from '../../random/generator.js';
import { fillDropoutMask } from '../../random/uniform.js';
import { type Tensor, wrap } from '../../tensor.js';
import { cast, onDeviceOf } from '../create/to-clone.js';
import { mul } from '../elementwise/arithmetic.js';
import { inMemoryOrder } from '../random/memory-order.js';
import { checkFloat } from './batch-layer-group-norm.js';

/** Options of `dropout`. */
export interface DropoutOptions {
  /** Whether to drop elements at all. Default: true. */
  training?: boolean;
  /** The random generator. Default: the global one. */
  generator?: Generator;
}

function dropoutOf(x: Tensor, p = 0.5, options: DropoutOptions = {}): Tensor {
  checkFloat('dropout', x);
  if (!(p >= 0 && p <= 1)) throw new ValueError(`dropout: p must be between 0 and 1, got ${p}`);
  if (options.training === false || p === 0) return x;
  if (p === 1) return mul(x, 0);
  const type = x.dtype === 'float64' ? 'float64' : 'float32';
  const array = type === 'float64' ? new Float64Array(x.count) : new Float32Array(x.count);
  fillDropoutMask(array, options.generator ?? defaultGenerator(), p);
  const mask = cast(
    inMemoryOrder(x, (shape) => wrap(array, shape, type)),
    x.dtype,
  );
  return mul(x, onDeviceOf(x, mask));
}

/**
 * Sets elements to 0 with probability `p` and scales the others by `1 / (1 - p)` (PyTorch:
 * `F.dropout`). After `manualSeed` the mask is PyTorch's.
 *
 * @throws ValueError for a probability outside [0, 1].
 * @example dropout(ones([4]), 0.5)
 */
export const dropout = /*#__PURE__*/ callable(
  'dropout',
  dropoutOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('p', kinds.number)],
  { training: kinds.boolean, generator: kinds.generator },
);
