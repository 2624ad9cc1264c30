// Splitting a tensor along a dimension into several views.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { ShapeError, ValueError } from '../../errors.js';
import { normalizeDim, show } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import type { OneEach, Tuple } from '../../tuple.js';
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

/** Listed sizes say how many parts there are. */
export interface Split {
  <const L extends number | readonly number[]>(
    x: Tensor,
    splitSizeOrSections: L,
    dim?: number,
  ): OneEach<Tensor, L>;
  <const L extends number | readonly number[]>(
    x: Tensor,
    splitSizeOrSections: L,
    options: { dim?: number },
  ): OneEach<Tensor, L>;
  <const L extends number | readonly number[]>(
    x: Tensor,
    options: { splitSizeOrSections: L; dim?: number },
  ): OneEach<Tensor, L>;
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
) as Split;

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

/** A literal number of chunks says how many there are. */
export interface Chunk {
  <N extends number>(x: Tensor, chunks: N, dim?: number): Tuple<Tensor, N>;
  <N extends number>(x: Tensor, chunks: N, options: { dim?: number }): Tuple<Tensor, N>;
  <N extends number>(x: Tensor, options: { chunks: N; dim?: number }): Tuple<Tensor, N>;
}

/**
 * Splits a tensor into at most `chunks` views of equal size, of which the last may be smaller (PyTorch: `torch.chunk`).
 * The type is a tuple for a literal count, as in `const [q, k, v] = x.chunk(3, -1)`. If the dimension is so small that there are
 * fewer parts, the last ones are undefined at run time.
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
) as Chunk;

function unbindOf(x: Tensor, dim = 0): Tensor[] {
  checkTensor('unbind', x);
  needDimension('unbind', x);
  const d = normalizeDim('unbind', dim, x.ndim);
  return Array.from({ length: x.shape[d] ?? 0 }, (_, i) => oneOfSeveral(selectOf(x, d, i)));
}

/** How many slices there are may be said: `unbind<3>(x)`. */
export interface Unbind {
  <N extends number = number>(x: Tensor, dim?: number): Tuple<Tensor, N>;
  <N extends number = number>(x: Tensor, options: { dim?: number }): Tuple<Tensor, N>;
}

/**
 * All slices along a dimension, which is removed, as views (PyTorch: `torch.unbind`).
 * A type argument states their number: `const [r, g, b] = unbind<3>(image)`.
 *
 * @throws ShapeError for a tensor without dimensions.
 * @example unbind(tensor([[1, 2], [3, 4]])).length // 2
 */
export const unbind = /*#__PURE__*/ callable(
  'unbind',
  unbindOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.integer)],
  {},
) as Unbind;
