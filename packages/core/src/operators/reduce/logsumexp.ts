// Logarithms of sums of exponentials.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import type { Backward } from '../../autograd/node.js';
import { dtypes, isFloat } from '../../dtype.js';
import { normalizeDims } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { cast } from '../create/to-clone.js';
import { abs, add, mul, sub } from '../elementwise/arithmetic.js';
import { eq, where } from '../elementwise/compare.js';
import { exp, log } from '../elementwise/math.js';
import { alsoSaving, record } from '../machinery/record.js';
import { amax, withAxes } from './min-max.js';
import { type Dims, type KeepdimOptions, squeezed, sum } from './sum-mean.js';

function logsumexpOf(x: Tensor, dim: Dims, options: KeepdimOptions = {}): Tensor {
  checkTensor('logsumexp', x);
  const wide = isFloat(x.dtype) ? cast(x, dtypes[x.dtype].compute) : cast(x, 'float32');
  const axes = normalizeDims('logsumexp', dim, x.ndim);
  if (x.count === 0) {
    const none = log(sum(exp(wide), dim, options));
    const given = isFloat(x.dtype) ? cast(none, x.dtype) : none;
    return alsoSaving(given, given);
  }
  const top = amax(wide.detach(), dim, { keepdim: true });
  // An infinite maximum would lead to infinity minus infinity.
  const shift = where(eq(abs(top), Infinity), 0, top);
  const total = sum(exp(sub(wide.detach(), shift)), dim, { keepdim: true });
  const kept = add(log(total), shift);
  const out = squeezed(kept, x.shape, axes, options.keepdim);
  record('logsumexp', out, [wide], logsumexpBack, [wide, out], axes);
  if (!isFloat(x.dtype)) return out;
  const given = cast(out, x.dtype);
  return given === out ? out : alsoSaving(given, x, given);
}

const logsumexpBack: Backward = (node, [g]) => {
  const axes = node.context as readonly number[];
  const x = node.savedTensor(0);
  const total = withAxes(node.savedTensor(1), axes, x.ndim);
  return [mul(withAxes(g as Tensor, axes, x.ndim), exp(sub(x, total)))];
};

/**
 * `log Σ eˣ` without overflow (PyTorch: `torch.logsumexp`).
 *
 * @example logsumexp(tensor([1000, 1000]), 0) // tensor(1000.6931)
 */
export const logsumexp = /*#__PURE__*/ callable(
  'logsumexp',
  logsumexpOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('dim', kinds.dims)],
  { keepdim: kinds.boolean },
);
