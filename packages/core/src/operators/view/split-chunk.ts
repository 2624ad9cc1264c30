// Splitting a tensor along a dimension into several views.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { ShapeError, ValueError } from '../../errors.js';
import { normalizeDim, show } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { narrowOf, selectOf } from './views.js';

/**
 * Marks a view that was returned together with others; PyTorch refuses to change it in place while gradients are
 * recorded.
 */
function oneOfSeveral(view: Tensor): Tensor {
  view.frozen ??= 'several';
  return view;
}

/** Throws for a tensor without dimensions. */
function needDimension(operator: string, x: Tensor): void {
  if (x.ndim === 0) {
    throw new ShapeError(
      `${operator}: a tensor without dimensions cannot be split; use x.reshape(1)`,
    );
  }
}

function splitOf(x: Tensor, sizes: number | readonly number[], dim = 0): Tensor[] {
  checkTensor('split', x);
  needDimension('split', x);
  const d = normalizeDim('split', dim, x.ndim);
  const size = x.shape[d] ?? 0;
  let parts: readonly number[];
  if (typeof sizes === 'number') {
    if (!Number.isInteger(sizes) || sizes < (size === 0 ? 0 : 1)) {
      throw new ValueError(`split: splitSizeOrSections must be a positive integer, got ${sizes}`);
    }
    const count = size === 0 ? 1 : Math.ceil(size / sizes);
    parts = Array.from({ length: count }, (_, i) => Math.min(sizes, size - i * sizes));
  } else {
    parts = sizes;
    if (parts.some((n) => n < 0)) {
      throw new ShapeError(`split: sizes must not be negative, got ${show(parts)}`);
    }
    if (parts.reduce((a, b) => a + b, 0) !== size) {
      throw new ShapeError(
        `split: sizes ${show(parts)} do not add up to ${size}, dimension ${dim} of ${show(x.shape)}`,
      );
    }
  }
  let at = 0;
  return parts.map((n) => {
    const part = narrowOf(x, d, at, n);
    at += n;
    return oneOfSeveral(part);
  });
}

/**
 * Splits a tensor along a dimension into views of a given size, of which the last may be smaller, or into views of the
 * listed sizes (PyTorch: `torch.split`).
 *
 * @throws ShapeError if listed sizes do not add up.
 * @example split(tensor([1, 2, 3]), 2).map((x) => x.shape) // [[2], [1]]
 */
export const split = /*#__PURE__*/ callable(
  'split',
  splitOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('splitSizeOrSections', kinds.oneOrMore),
    /*#__PURE__*/ may('dim', kinds.integer),
  ],
  {},
);

function chunkOf(x: Tensor, chunks: number, dim = 0): Tensor[] {
  checkTensor('chunk', x);
  needDimension('chunk', x);
  if (!Number.isInteger(chunks) || chunks < 1) {
    throw new ValueError(`chunk: chunks must be a positive integer, got ${chunks}`);
  }
  const d = normalizeDim('chunk', dim, x.ndim);
  const size = x.shape[d];
  // An empty dimension is split into as many parts as requested.
  if (size === 0) return splitOf(x, new Array<number>(chunks).fill(0), d);
  return splitOf(x, Math.ceil(size / chunks), d);
}

/**
 * Splits a tensor into at most `chunks` views of equal size, of which the last may be smaller (PyTorch: `torch.chunk`).
 *
 * @example chunk(tensor([1, 2, 3]), 2).map((x) => x.shape) // [[2], [1]]
 */
export const chunk = /*#__PURE__*/ callable(
  'chunk',
  chunkOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('chunks', kinds.integer),
    /*#__PURE__*/ may('dim', kinds.integer),
  ],
  {},
);

function unbindOf(x: Tensor, dim = 0): Tensor[] {
  checkTensor('unbind', x);
  needDimension('unbind', x);
  const d = normalizeDim('unbind', dim, x.ndim);
  return Array.from({ length: x.shape[d] ?? 0 }, (_, i) => oneOfSeveral(selectOf(x, d, i)));
}

/**
 * All slices along a dimension, which is removed, as views (PyTorch: `torch.unbind`).
 *
 * @throws ShapeError for a tensor without dimensions.
 * @example unbind(tensor([[1, 2], [3, 4]])).length // 2
 */
export const unbind = /*#__PURE__*/ callable(
  'unbind',
  unbindOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.integer)],
  {},
);
