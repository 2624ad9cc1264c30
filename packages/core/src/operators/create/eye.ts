// Matrices with ones on the diagonal.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { checkDType } from '../../dtype.js';
import { checkShape } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { fromFunction } from './arange-linspace.js';
import { makerKinds, type TensorOptions } from './creation-options.js';

function eyeOf(n: number, m: number | null = n, options: TensorOptions = {}): Tensor {
  const columns = m ?? n;
  checkShape('eye', [n, columns]);
  const dtype = checkDType('eye', options.dtype ?? 'float32');
  return fromFunction('eye', [n, columns], dtype, options, (i) =>
    Math.floor(i / columns) === i % columns ? 1 : 0,
  );
}

/**
 * The identity matrix, `[n, m]` (PyTorch: `torch.eye`), float32 by default.
 *
 * @example eye(2) // tensor([[1., 0.], [0., 1.]])
 */
export const eye = /*#__PURE__*/ callable(
  'eye',
  eyeOf,
  [
    /*#__PURE__*/ need('n', kinds.integer),
    /*#__PURE__*/ may('m', /*#__PURE__*/ kinds.orNull(kinds.integer)),
  ],
  makerKinds,
);
