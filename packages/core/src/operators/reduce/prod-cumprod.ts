// Products and cumulative products, whose gradients treat zeros separately.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { isRecording } from '../../autograd/mode.js';
import type { Backward } from '../../autograd/node.js';
import type { DType } from '../../dtype.js';
import { normalizeDim, normalizeDims } from '../../shape.js';
import { allocate, checkTensor, type Tensor } from '../../tensor.js';
import { arange } from '../create/arange-linspace.js';
import { cast, onDeviceOf } from '../create/to-clone.js';
import { ones } from '../create/zeros-ones-full.js';
import { div, mul } from '../elementwise/arithmetic.js';
import { eq, ge, gt, logicalAnd, logicalOr, where } from '../elementwise/compare.js';
import { expandTo, identityCase, runReduce } from '../machinery/map-reduce.js';
import { alsoSaving, record } from '../machinery/record.js';
import { cat } from '../view/cat-stack.js';
import { flipOf } from '../view/flip-roll.js';
import { narrowOf, reshapeOf, unsqueeze } from '../view/views.js';
import { cumsum, reverseCumsum, scanned } from './cumsum-cummax.js';
import { combinable, combinedAs, type ReduceOptions, squeezed, sum } from './sum-mean.js';

function prodOf(x: Tensor, dim: number | null = null, options: ReduceOptions = {}): Tensor {
  checkTensor('prod', x);
  const { keepdim, dtype } = options;
  const from = combinedAs(x, dtype);
  const wide = combinable(from);
  const axes = normalizeDims('prod', dim, x.ndim);
  const kept = runReduce(identityCase(wide.dtype), 'prod', [wide], [], x.shape, axes);
  const out = record('prod', kept, [wide], prodBack, [wide, kept], {
    axes,
    whole: dim === null,
  } satisfies ProdContext);
  const given = squeezed(cast(out, from.dtype), x.shape, axes, keepdim);
  return wide === x ? given : alsoSaving(given, x, given);
}

/**
 * The product of the elements, over all dimensions or a given one (PyTorch: `torch.prod`).
 *
 * @example tensor([[1, 2], [3, 4]]).prod(1) // tensor([ 2., 12.])
 */
export const prod = /*#__PURE__*/ callable(
  'prod',
  prodOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may('dim', /*#__PURE__*/ kinds.orNull(kinds.integer)),
  ],
  { keepdim: kinds.boolean, dtype: kinds.dtype },
);

/** Whether there are zeros: read from the values on `cpu`, assumed on other devices. */
const mayHoldZeros = (isZero: Tensor): boolean =>
  isZero.device !== 'cpu' || sum(cast(isZero, 'int32')).item() > 0;

/** The product of all preceding elements along a dimension. */
function productBefore(x: Tensor, d: number): Tensor {
  const shape = x.shape.map((n, i) => (i === d ? 1 : n));
  const { dtype, device } = x;
  const one = ones(shape, { dtype, device });
  return cumprod(cat([one, narrowOf(x, d, 0, x.shape[d] - 1)], d), d);
}

interface ProdContext {
  readonly axes: readonly number[];
  /** Whether no dimension was given. */
  readonly whole: boolean;
}

// The product of the other elements: out / x, or, with zeros, the product of the preceding elements times that of the
// following ones, as in PyTorch.
const prodBack: Backward = (node, [g]) => {
  const { axes, whole } = node.context as ProdContext;
  const x = node.savedTensor(0);
  const out = node.savedTensor(1);
  if (x.ndim === 0) return [g as Tensor];
  const up = expandTo(g as Tensor, x.shape);
  if (x.count === 0) return [up];
  const isZero = eq(x, 0);
  const near = x.device === 'cpu';
  if (!mayHoldZeros(isZero)) return [mul(up, div(out, x))];
  const zeros = sum(cast(isZero, 'int32'), axes, { keepdim: true });
  const line = whole ? reshapeOf(x, [-1]) : x;
  const d = whole ? 0 : axes[0];
  if (line.shape[d] === 1) {
    return [near ? up : mul(up, where(isZero, 1, div(out, where(isZero, 1, x))))];
  }
  const others = reshapeOf(
    mul(productBefore(line, d), flipOf(productBefore(flipOf(line, d), d), d)),
    x.shape,
  );
  const divided = near ? others : where(eq(zeros, 0), div(out, where(isZero, 1, x)), others);
  const given = mul(up, divided);
  // With two zeros among all elements PyTorch's gradient is 0 everywhere, unless the gradient is recorded.
  return [whole && !isRecording() ? where(gt(zeros, 1), 0, given) : given];
};

function cumprodOf(x: Tensor, dim: number, options: { dtype?: DType } = {}): Tensor {
  checkTensor('cumprod', x);
  const d = normalizeDim('cumprod', dim, x.ndim);
  const { from, type } = scanned(x, options.dtype);
  if (x.ndim === 0) {
    const one = cast(from.clone(), type);
    return alsoSaving(one, x, one);
  }
  const out = allocate(x.shape, from.dtype, x.storage.backend);
  from.storage.backend.scan('prod', from, d, out);
  const given = cast(record('cumprod', out, [from], cumprodBack, [from, out], d), type);
  return from === x ? given : alsoSaving(given, x, given);
}

/**
 * Cumulative products along a dimension (PyTorch: `torch.cumprod`). Integers and booleans become int32, except int64.
 *
 * @param options `dtype`: the result's dtype, to which the elements are converted first.
 * @example cumprod(tensor([1, 2, 3]), 0) // tensor([1., 2., 6.])
 */
export const cumprod = /*#__PURE__*/ callable(
  'cumprod',
  cumprodOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('dim', kinds.integer)],
  { dtype: kinds.dtype },
);

// Σ over later products of g · product / x; products that contain zeros are treated as in PyTorch.
const cumprodBack: Backward = (node, [g]) => {
  const d = node.context as number;
  const up = g as Tensor;
  const x = node.savedTensor(0);
  const out = node.savedTensor(1);
  if (x.count === 0 || x.shape[d] === 1) return [up];
  const isZero = eq(x, 0);
  if (!mayHoldZeros(isZero)) return [div(reverseCumsum(mul(up, out), d), x)];
  return [isRecording() ? byProducts(up, x, d) : besideZeros(up, x, out, isZero, d)];
};

/**
 * For higher-order gradients: the product of the preceding elements, times the sum over later positions of g times the
 * product in between. Its memory grows with the square of the size.
 */
function byProducts(up: Tensor, x: Tensor, d: number): Tensor {
  const size = x.shape[d];
  const along = (axis: number): Tensor => {
    const shape = new Array<number>(x.ndim + 1).fill(1);
    shape[axis] = size;
    return onDeviceOf(x, reshapeOf(arange(size), shape));
  };
  const [from, to] = [along(d), along(d + 1)];
  const between = cumprod(where(gt(to, from), unsqueeze(x, d), 1), d + 1);
  const later = sum(where(ge(to, from), mul(unsqueeze(up, d), between), 0), d + 1);
  return mul(productBefore(x, d), later);
}

/**
 * Before the first zero, products are divided by x; at the first zero, the products up to the second zero are computed
 * without it.
 */
function besideZeros(up: Tensor, x: Tensor, out: Tensor, isZero: Tensor, d: number): Tensor {
  const zerosSoFar = cumsum(cast(isZero, 'int32'), d);
  const before = eq(zerosSoFar, 0);
  const isFirst = logicalAnd(isZero, eq(zerosSoFar, 1));
  const weighted = where(before, mul(up, out), 0);
  const divided = div(reverseCumsum(weighted, d), where(isZero, 1, x));
  const filled = cumprod(where(logicalOr(isFirst, gt(zerosSoFar, 1)), 1, x), d);
  const atFirst = reverseCumsum(where(eq(zerosSoFar, 1), mul(up, filled), 0), d);
  return where(isFirst, atFirst, where(before, divided, 0));
}
