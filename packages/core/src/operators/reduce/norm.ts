// Norms.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import type { Backward } from '../../autograd/node.js';
import { dtypes, isFloat } from '../../dtype.js';
import { DTypeError, ValueError } from '../../errors.js';
import { normalizeDims, show } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { cast } from '../create/to-clone.js';
import { abs, div, mul, pow, sign, square } from '../elementwise/arithmetic.js';
import { eq, isnan, logicalOr, ne, where } from '../elementwise/compare.js';
import { sqrt } from '../elementwise/math.js';
import { inFloat32 } from '../machinery/half-types.js';
import { alsoSaving, record } from '../machinery/record.js';
import { extreme, refuseEmpty, withAxes } from './min-max.js';
import { type Dims, type ReduceOptions, squeezed, sum } from './sum-mean.js';

/** PyTorch's norms save the tensor and the result, whichever of them the gradient reads. */
function normOf(
  x: Tensor,
  p: number | 'fro' = 2,
  dim: Dims = null,
  options: ReduceOptions = {},
): Tensor {
  const out = plainNorm(x, p, dim, options);
  return alsoSaving(out, x, out);
}

function plainNorm(
  x: Tensor,
  p: number | 'fro' = 2,
  dim: Dims = null,
  options: ReduceOptions = {},
): Tensor {
  checkTensor('norm', x);
  if (options.dtype !== undefined) {
    const { dtype, ...rest } = options;
    return plainNorm(cast(x, dtype), p, dim, rest);
  }
  if (!isFloat(x.dtype)) {
    throw new DTypeError(
      `norm: takes floating-point tensors, got ${x.dtype}; use x.to('float32').norm()`,
    );
  }
  if (p === 'fro' && dim !== null && typeof dim !== 'number' && dim.length > 2) {
    throw new ValueError(
      `norm: 'fro' is defined for vectors and matrices, got ${dim.length} dimensions ${show(dim)}; use p = 2`,
    );
  }
  if (dtypes[x.dtype].bytes === 2)
    return inFloat32([x], (wide) => plainNorm(wide, p, dim, options));
  const axes = normalizeDims('norm', dim, x.ndim);
  if (p !== 'fro' && p < 0) refuseEmpty('norm', x, axes);
  if (p === Infinity || p === -Infinity) {
    const out = extreme('norm', p > 0 ? 'max' : 'min', abs(x.detach()), dim, options.keepdim);
    return record('norm', out, [x], extremeNormBack, [x, out], axes);
  }
  if (p === 0) {
    // In the graph, but without a gradient for its input, as in PyTorch.
    const counted = sum(cast(ne(x.detach(), 0), x.dtype), dim, options);
    return record('norm', counted, [x], () => [null]);
  }
  if (p === 1) return sum(abs(x), dim, options);
  const inner = x.detach();
  const power = p === 'fro' ? 2 : p;
  // A single element: its powers might overflow. The gradient is the same for every norm.
  if (x.count > 0 && axes.every((d) => x.shape[d] === 1)) {
    const out = squeezed(abs(inner), x.shape, axes, options.keepdim);
    return record('norm', out, [x], normBack, [x, out], { p: power, axes, alone: true });
  }
  const total = sum(
    power === 2 ? square(inner) : pow(abs(inner), power),
    axes.length === 0 ? null : axes,
    { keepdim: true },
  );
  const kept = power === 2 ? sqrt(total) : pow(total, 1 / power);
  const out = squeezed(kept, x.shape, axes, options.keepdim);
  return record('norm', out, [x], normBack, [x, out], { p: power, axes, alone: false });
}

/**
 * The p-norm `(Σ|x|ᵖ)^(1/p)`, over all dimensions or the given ones (PyTorch: `torch.norm`); `p` may be 0, `Infinity`,
 * `-Infinity` or `'fro'`.
 *
 * @throws DTypeError for integers; IndexError over an empty dimension if `p` is negative or infinite.
 * @example tensor([3, 4]).norm() // tensor(5.)
 */
export const norm = /*#__PURE__*/ callable(
  'norm',
  normOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may(
      'p',
      /*#__PURE__*/ kinds.either(kinds.number, /*#__PURE__*/ kinds.oneOf('fro')),
    ),
    /*#__PURE__*/ may('dim', kinds.dims),
  ],
  { keepdim: kinds.boolean, dtype: kinds.dtype },
);

interface NormContext {
  readonly p: number;
  readonly axes: readonly number[];
  /** A single element, for which all norms are the same. */
  readonly alone: boolean;
}

// As in PyTorch: x / norm, or the power of |x| divided by the power of the norm, and 0 if the norm is 0.
const normBack: Backward = (node, [g]) => {
  const { p, axes, alone } = node.context as NormContext;
  const x = node.savedTensor(0);
  const n = withAxes(node.savedTensor(1), axes, x.ndim);
  const up = withAxes(g as Tensor, axes, x.ndim);
  const isZero = eq(n, 0);
  // Avoids dividing by 0 and powers of 0, so that the second derivative there is finite too.
  const safe = where(isZero, 1, n);
  if (p === 2 || alone) {
    const direction = where(isZero, 0, div(x, safe));
    return [mul(direction, p === 2 || p < 1 ? up : where(isZero, 0, up))];
  }
  const origin = eq(x, 0);
  const size = where(origin, 1, abs(x));
  const steep = where(origin, 0, p < 2 ? mul(sign(x), pow(size, p - 1)) : mul(x, pow(size, p - 2)));
  if (p < 1) return [mul(mul(steep, up), where(isZero, pow(n.detach(), 1 - p), pow(safe, 1 - p)))];
  return [mul(steep, where(isZero, 0, div(up, pow(safe, p - 1))))];
};

// The elements with the largest (or smallest) absolute value share the gradient; so does NaN, whose sign is 0.
const extremeNormBack: Backward = (node, [g]) => {
  const axes = node.context as readonly number[];
  const x = node.savedTensor(0);
  const n = withAxes(node.savedTensor(1), axes, x.ndim);
  const found = cast(logicalOr(eq(abs(x.detach()), n.detach()), isnan(x)), x.dtype);
  const total = sum(found, axes.length === 0 ? null : axes, { keepdim: true });
  return [mul(sign(x), mul(div(withAxes(g as Tensor, axes, x.ndim), total), found))];
};
