// Moving and splitting dimensions, and sliding windows.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import type { Backward } from '../../autograd/node.js';
import { ShapeError, ValueError } from '../../errors.js';
import { normalizeDim, numelOf, type Shape, show } from '../../shape.js';
import { checkTensor, type Tensor, wrap } from '../../tensor.js';
import { onDeviceOf } from '../create/to-clone.js';
import { spread } from '../machinery/index-plan.js';
import { placesArray } from '../machinery/index-positions.js';
import { makeView, reshapeDense } from '../machinery/map-reduce.js';
import { expandOf, narrowOf, permuteOf, reshapeOf } from './views.js';

function movedimOf(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  checkTensor('movedim', x);
  const list = (d: number | readonly number[]): number[] =>
    (typeof d === 'number' ? [d] : [...d]).map((n) => normalizeDim('movedim', n, x.ndim));
  const [from, to] = [list(source), list(destination)];
  if (
    from.length !== to.length ||
    new Set(from).size !== from.length ||
    new Set(to).size !== to.length
  ) {
    throw new ShapeError(
      'movedim: source and destination must contain the same number of dimensions, each once',
    );
  }
  const order = new Array<number>(x.ndim).fill(-1);
  to.forEach((d, i) => {
    order[d] = from[i];
  });
  if (x.ndim === 0) return expandOf(x, []);
  const rest = x.shape.map((_, d) => d).filter((d) => !from.includes(d));
  return permuteOf(
    x,
    order.map((d) => (d < 0 ? (rest.shift() as number) : d)),
  );
}

/**
 * Moves dimensions to other positions; the others keep their order (PyTorch: `torch.movedim`).
 *
 * @example movedim(zeros([2, 3, 4]), 0, -1).shape // [3, 4, 2]
 */
export const movedim = /*#__PURE__*/ callable(
  'movedim',
  movedimOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('source', kinds.oneOrMore),
    /*#__PURE__*/ need('destination', kinds.oneOrMore),
  ],
  {},
);

function unflattenOf(x: Tensor, dim: number, sizes: Shape): Tensor {
  checkTensor('unflatten', x);
  const d = normalizeDim('unflatten', dim, x.ndim);
  const size = x.shape[d];
  if (size === undefined) {
    throw new ShapeError('unflatten: a tensor without dimensions cannot be split; use reshape()');
  }
  if (sizes.length === 0) throw new ShapeError('unflatten: sizes must not be empty');
  const known = numelOf(sizes.filter((n) => n !== -1));
  const filled = sizes.map((n) => (n === -1 ? size / known : n));
  if (numelOf(filled) !== size || filled.some((n) => !Number.isInteger(n))) {
    throw new ShapeError(
      `unflatten: the product of sizes ${show(sizes)} must equal the size ${size} of dimension ${dim}`,
    );
  }
  return reshapeOf(x, [...x.shape.slice(0, d), ...filled, ...x.shape.slice(d + 1)]);
}

/**
 * Splits one dimension into several (PyTorch: `torch.unflatten`); one size may be -1.
 *
 * @example unflatten(zeros([6, 4]), 0, [2, 3]).shape // [2, 3, 4]
 */
export const unflatten = /*#__PURE__*/ callable(
  'unflatten',
  unflattenOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim', kinds.integer),
    /*#__PURE__*/ need('sizes', kinds.integers),
  ],
  {},
);

/** A view whose gradient sums over elements that occur in it several times. */
export function repeatingView(
  name: string,
  x: Tensor,
  shape: Shape,
  strides: readonly number[],
  offset: number,
  onIota: (iota: Tensor) => Tensor,
): Tensor {
  const backward: Backward = (_node, [g]) => {
    const grad = g as Tensor;
    const count = x.count;
    const places = placesArray(name, count).map((_, i) => i);
    const index = onIota(wrap(places, x.shape, 'int32'));
    const axes = [{ dim: 0, index: onDeviceOf(grad, index) }];
    const plan = { shape, walks: shape.map(() => -1), axes };
    return [reshapeDense(spread(grad, plan, [count]), x.shape)];
  };
  return makeView(name, x, shape, strides, offset, backward);
}

function unfoldOf(x: Tensor, dim: number, size: number, step: number): Tensor {
  checkTensor('unfold', x);
  const d = normalizeDim('unfold', dim, x.ndim);
  const length = x.shape[d] ?? 1;
  if (size < 0 || size > length || step < 1) {
    throw new ValueError(
      `unfold: windows of ${size} with steps of ${step} do not fit dimension ${dim} of size ${length}`,
    );
  }
  const count = Math.floor((length - size) / step) + 1;
  const stride = x.strides[d] ?? 1;
  const shape = [...x.shape.map((n, i) => (i === d ? count : n)), size];
  const strides = [...x.strides.map((s, i) => (i === d ? s * step : s)), stride];
  if (x.ndim === 0) return narrowOf(reshapeOf(x, [1]), 0, 0, size);
  return repeatingView('unfold', x, shape, strides, x.offset, (i) => unfoldOf(i, d, size, step));
}

/**
 * Sliding windows along a dimension; their elements form a new last dimension (PyTorch: `Tensor.unfold`). A view.
 *
 * @throws ValueError if the window does not fit.
 * @example unfold(arange(4), 0, 2, 1).shape // [3, 2]
 */
export const unfold = /*#__PURE__*/ callable(
  'unfold',
  unfoldOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim', kinds.integer),
    /*#__PURE__*/ need('size', kinds.integer),
    /*#__PURE__*/ need('step', kinds.integer),
  ],
  {},
);
