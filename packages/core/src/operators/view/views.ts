// Views: other shapes and parts of the same memory.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import type { Backward } from '../../autograd/node.js';
import { IndexError, ShapeError } from '../../errors.js';
import {
  denseStrides,
  distinctDims,
  normalizeDim,
  numelOf,
  type Shape,
  sameShape,
  show,
} from '../../shape.js';
import { allocate, checkTensor, type Tensor } from '../../tensor.js';
import { overwrite } from '../machinery/inplace.js';
import { copyDense, expandTo, makeView, owned, reshapeDense } from '../machinery/map-reduce.js';
import { record } from '../machinery/record.js';

/** Fills in a size of -1 and checks the number of elements. */
function resolveShape(operator: string, x: Tensor, shape: Shape): Shape {
  if (!Array.isArray(shape)) {
    throw new ShapeError(
      `${operator}: the shape must be an array such as [2, -1], got ${String(shape)}`,
    );
  }
  const unknown = shape.indexOf(-1);
  let known = 1;
  shape.forEach((n, d) => {
    if (d === unknown) return;
    if (!Number.isInteger(n) || n < 0) {
      throw new ShapeError(
        `${operator}: sizes must be non-negative integers, with at most one -1, got ${show(shape)}`,
      );
    }
    known *= n;
  });
  const fits =
    unknown < 0
      ? known === x.count
      : known > 0
        ? x.count % known === 0
        : x.count === 0 && known !== 0;
  if (!fits) {
    throw new ShapeError(
      `${operator}: shape ${show(shape)} does not fit a tensor of shape ${show(x.shape)} with ${x.count} elements`,
    );
  }
  return shape.map((n) => (n === -1 ? x.count / known : n));
}

/**
 * Strides with which `x` has another shape without moving elements; null if there are none. The rule is PyTorch's
 * (`computeStride`), so dimensions of size 1 get the same strides too.
 */
function reshapedStrides(x: Tensor, shape: Shape): readonly number[] | null {
  const { shape: old, strides } = x;
  if (old.length === 0) return shape.map(() => 1);
  if (x.count === 0) return sameShape(old, shape) ? strides : denseStrides(shape);
  const found = new Array<number>(shape.length);
  let d = shape.length - 1;
  // A chunk is a group of old dimensions that are evenly spaced; it is split into new dimensions.
  let base = strides[old.length - 1];
  let chunk = 1;
  let filled = 1;
  for (let i = old.length - 1; i >= 0; i--) {
    chunk *= old[i];
    const ends = i === 0 || (old[i - 1] !== 1 && strides[i - 1] !== chunk * base);
    if (!ends) continue;
    while (d >= 0 && (filled < chunk || shape[d] === 1)) {
      found[d] = filled * base;
      filled *= shape[d];
      d--;
    }
    if (filled !== chunk) return null;
    if (i > 0) base = strides[i - 1];
    chunk = 1;
    filled = 1;
  }
  return d < 0 ? found : null;
}

function viewOf(x: Tensor, shape: Shape): Tensor {
  checkTensor('view', x);
  const sizes = resolveShape('view', x, shape);
  if (x.dense) return reshapeDense(x, sizes);
  const strides = reshapedStrides(x, sizes);
  if (strides === null) {
    throw new ShapeError(
      `view: a tensor of shape ${show(x.shape)} with strides ${show(x.strides)} cannot be viewed as ${show(sizes)} without copying; use reshape()`,
    );
  }
  return makeView('view', x, sizes, strides, x.offset, reshapeBack);
}

/**
 * The same memory in another shape (PyTorch: `Tensor.view`); one size may be -1.
 *
 * @throws ShapeError if the number of elements differs, or the layout does not allow a view.
 * @example arange(12).view(3, -1).shape // [3, 4]
 */
export const view = /*#__PURE__*/ callable(
  'view',
  viewOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('shape', kinds.integers)],
  {},
);

const reshapeBack: Backward = (node, [g]) => [reshapeOf(g as Tensor, node.context as Shape)];

export function reshapeOf(x: Tensor, shape: Shape): Tensor {
  checkTensor('reshape', x);
  const sizes = resolveShape('reshape', x, shape);
  if (x.dense) return reshapeDense(x, sizes);
  const strides = reshapedStrides(x, sizes);
  if (strides === null) return owned(reshapeDense(copyDense(x), sizes));
  return makeView('view', x, sizes, strides, x.offset, reshapeBack);
}

/**
 * Another shape of the same elements: a view if the layout allows it, otherwise a copy (PyTorch: `torch.reshape`); one
 * size may be -1.
 *
 * @throws ShapeError if the number of elements differs.
 * @example reshape(tensor([[1, 2], [3, 4]]), [-1]) // tensor([1., 2., 3., 4.])
 */
export const reshape = /*#__PURE__*/ callable(
  'reshape',
  reshapeOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('shape', kinds.integers)],
  {},
);

export function flattenOf(x: Tensor, startDim = 0, endDim = -1): Tensor {
  checkTensor('flatten', x);
  const from = normalizeDim('flatten', startDim, x.ndim);
  const to = normalizeDim('flatten', endDim, x.ndim);
  if (from > to) {
    throw new ShapeError(`flatten: startDim ${startDim} comes after endDim ${endDim}`);
  }
  // PyTorch returns the tensor itself, unless it has no dimension.
  if (from === to && x.ndim > 0) return x;
  const middle = numelOf(x.shape.slice(from, to + 1));
  return reshape(x, [...x.shape.slice(0, from), middle, ...x.shape.slice(to + 1)]);
}

/**
 * Flattens dimensions `startDim` to `endDim` into one (PyTorch: `torch.flatten`).
 *
 * @example flatten(zeros([2, 3, 4]), 1).shape // [2, 12]
 */
export const flatten = /*#__PURE__*/ callable(
  'flatten',
  flattenOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may('startDim', kinds.integer),
    /*#__PURE__*/ may('endDim', kinds.integer),
  ],
  {},
);

export function permuteOf(x: Tensor, dims: readonly number[]): Tensor {
  checkTensor('permute', x);
  const order = dims.map((d) => normalizeDim('permute', d, x.ndim));
  if (order.length !== x.ndim || new Set(order).size !== x.ndim) {
    throw new ShapeError(
      `permute: ${show(dims)} must contain each of the ${x.ndim} dimensions once`,
    );
  }
  return ordered(x, order);
}

/** The dimensions in an order that contains each of them once. */
const ordered = (x: Tensor, order: readonly number[]): Tensor =>
  makeView(
    'permute',
    x,
    order.map((d) => x.shape[d]),
    order.map((d) => x.strides[d]),
    x.offset,
    permuteBack,
    order,
  );

/**
 * Permutes the dimensions (PyTorch: `torch.permute`).
 *
 * @example permute(zeros([2, 3, 4]), 2, 0, 1).shape // [4, 2, 3]; or with [2, 0, 1]
 */
export const permute = /*#__PURE__*/ callable(
  'permute',
  permuteOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('dims', kinds.integers)],
  {},
);

const permuteBack: Backward = (node, [g]) => {
  const order = node.context as readonly number[];
  const inverse = new Array<number>(order.length);
  order.forEach((d, i) => {
    inverse[d] = i;
  });
  return [permuteOf(g as Tensor, inverse)];
};

function transposeOf(x: Tensor, dim0: number, dim1: number): Tensor {
  checkTensor('transpose', x);
  const a = normalizeDim('transpose', dim0, x.ndim);
  const b = normalizeDim('transpose', dim1, x.ndim);
  return ordered(
    x,
    x.shape.map((_, d) => (d === a ? b : d === b ? a : d)),
  );
}

/**
 * Swaps two dimensions (PyTorch: `torch.transpose`).
 *
 * @example transpose(zeros([2, 3]), 0, 1).shape // [3, 2]
 */
export const transpose = /*#__PURE__*/ callable(
  'transpose',
  transposeOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim0', kinds.integer),
    /*#__PURE__*/ need('dim1', kinds.integer),
  ],
  {},
);

function tOf(x: Tensor): Tensor {
  checkTensor('t', x);
  if (x.ndim > 2) {
    throw new ShapeError(
      `t: expected at most 2 dimensions, got shape ${show(x.shape)}; use transpose(x, dim0, dim1)`,
    );
  }
  return x.ndim < 2 ? viewOfSame(x, x) : transposeOf(x, 0, 1);
}

/**
 * The transpose of a matrix; a vector or scalar is returned as it is (PyTorch: `torch.t`).
 *
 * @throws ShapeError for more than two dimensions.
 * @example t(tensor([[1, 2], [3, 4]])) // tensor([[1., 3.], [2., 4.]])
 */
export const t = /*#__PURE__*/ callable('t', tOf, [/*#__PURE__*/ need('x', kinds.tensor)], {});

export function unsqueezeOf(x: Tensor, dim: number): Tensor {
  checkTensor('unsqueeze', x);
  const at = normalizeDim('unsqueeze', dim, x.ndim + 1);
  const shape = [...x.shape.slice(0, at), 1, ...x.shape.slice(at)];
  const step = at < x.ndim ? x.shape[at] * x.strides[at] : 1;
  const strides = [...x.strides.slice(0, at), step, ...x.strides.slice(at)];
  return makeView('unsqueeze', x, shape, strides, x.offset, reshapeBack);
}

/**
 * Inserts a dimension of size 1 at `dim` (PyTorch: `torch.unsqueeze`).
 *
 * @example unsqueeze(zeros([4, 3]), 1).shape // [4, 1, 3]
 */
export const unsqueeze = /*#__PURE__*/ callable(
  'unsqueeze',
  unsqueezeOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('dim', kinds.integer)],
  {},
);

export function squeezeOf(x: Tensor, dim?: number | readonly number[]): Tensor {
  checkTensor('squeeze', x);
  const named = dim === undefined ? null : distinctDims('squeeze', dim, x.ndim);
  const keep = x.shape
    .map((_, d) => d)
    .filter((d) => x.shape[d] !== 1 || (named !== null && !named.includes(d)));
  return makeView(
    'squeeze',
    x,
    keep.map((d) => x.shape[d]),
    keep.map((d) => x.strides[d]),
    x.offset,
    reshapeBack,
  );
}

/**
 * Removes dimensions of size 1: all of them, or the given ones if they have size 1 (PyTorch: `torch.squeeze`).
 *
 * @example squeeze(zeros([4, 1, 3]), 1).shape // [4, 3]
 */
export const squeeze = /*#__PURE__*/ callable(
  'squeeze',
  squeezeOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.oneOrMore)],
  {},
);

export function expandOf(x: Tensor, shape: Shape): Tensor {
  checkTensor('expand', x);
  const lead = shape.length - x.ndim;
  const sizes = shape.map((n, d) => (n === -1 && d >= lead ? x.shape[d - lead] : n));
  const fits =
    lead >= 0 &&
    sizes.every(
      (n, d) =>
        Number.isInteger(n) &&
        n >= 0 &&
        (d < lead || x.shape[d - lead] === n || x.shape[d - lead] === 1),
    );
  if (!fits) {
    throw new ShapeError(
      `expand: shape ${show(x.shape)} does not expand to ${show(shape)}; only dimensions of size 1 expand`,
    );
  }
  return viewOfSame(expandTo(x, sizes), x);
}

/** A view even if nothing changes: a separate tensor on the same memory. */
const viewOfSame = (y: Tensor, x: Tensor): Tensor =>
  y === x ? makeView('view', x, x.shape, x.strides, x.offset, reshapeBack) : y;

/**
 * Expands dimensions of size 1, and adds leading ones, without copying; -1 keeps a size (PyTorch: `Tensor.expand`).
 *
 * @example expand(tensor([[1], [2]]), -1, 3) // tensor([[1., 1., 1.], [2., 2., 2.]])
 */
export const expand = /*#__PURE__*/ callable(
  'expand',
  expandOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('size', kinds.integers)],
  {},
);

/** A slice of a tensor: for each dimension a start, a number of elements, and a step. */
export interface Window {
  readonly starts: readonly number[];
  readonly sizes: readonly number[];
  readonly steps: readonly number[];
  /** Dimensions of size 1 that the result omits. */
  readonly dropped: readonly boolean[];
}

/** The elements of a slice, sharing memory. */
export function windowOf(name: string, x: Tensor, w: Window): Tensor {
  let offset = x.offset;
  const shape: number[] = [];
  const strides: number[] = [];
  for (let d = 0; d < x.ndim; d++) {
    const stride = x.strides[d];
    offset += w.starts[d] * stride;
    if (w.dropped[d]) continue;
    shape.push(w.sizes[d]);
    strides.push(stride * w.steps[d]);
  }
  return makeView(name, x, shape, strides, offset, windowBack, { window: w, shape: x.shape });
}

interface WindowContext {
  readonly window: Window;
  readonly shape: Shape;
}

const windowBack: Backward = (node, [g]) => {
  const { window, shape } = node.context as WindowContext;
  return [embed(g as Tensor, window, shape)];
};

/** Zeros of `shape` with `x` in the slice: the gradient of a slice. */
function embed(x: Tensor, window: Window, shape: Shape): Tensor {
  const out = allocate(shape, x.dtype, x.storage.backend, true);
  overwrite(windowOf('window', out, window), x.detach());
  return record('embed', out, [x], embedBack, [], window);
}

const embedBack: Backward = (node, [g]) => [
  windowOf('window', g as Tensor, node.context as Window),
];

const whole = (
  x: Tensor,
): { starts: number[]; sizes: number[]; steps: number[]; dropped: boolean[] } => ({
  starts: x.shape.map(() => 0),
  sizes: [...x.shape],
  steps: x.shape.map(() => 1),
  dropped: x.shape.map(() => false),
});

export function narrowOf(x: Tensor, dim: number, start: number, length: number): Tensor {
  checkTensor('narrow', x);
  if (x.ndim === 0) {
    throw new ShapeError(
      'narrow: a tensor without dimensions cannot be narrowed; use x.reshape(1)',
    );
  }
  const d = normalizeDim('narrow', dim, x.ndim);
  const size = x.shape[d] ?? 0;
  const from = start < 0 ? start + size : start;
  if (
    !Number.isInteger(from) ||
    !Number.isInteger(length) ||
    from < 0 ||
    length < 0 ||
    from + length > size
  ) {
    throw new ShapeError(
      `narrow: ${length} elements starting at ${start} reach beyond dimension ${dim} of shape ${show(x.shape)}`,
    );
  }
  const w = whole(x);
  w.starts[d] = from;
  w.sizes[d] = length;
  return windowOf('narrow', x, w);
}

/**
 * `length` elements from `start` on along a dimension (PyTorch: `torch.narrow`).
 *
 * @throws ShapeError if they reach beyond the end.
 * @example narrow(arange(5), 0, 1, 3) // tensor([1, 2, 3], dtype=torch.int32)
 */
export const narrow = /*#__PURE__*/ callable(
  'narrow',
  narrowOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim', kinds.integer),
    /*#__PURE__*/ need('start', kinds.integer),
    /*#__PURE__*/ need('length', kinds.integer),
  ],
  {},
);

export function selectOf(x: Tensor, dim: number, index: number): Tensor {
  checkTensor('select', x);
  if (x.ndim === 0)
    throw new ShapeError(
      'select: a tensor without dimensions has nothing to select from; use item()',
    );
  const d = normalizeDim('select', dim, x.ndim);
  const w = whole(x);
  w.starts[d] = normalizeIndex('select', index, x.shape[d], d);
  w.sizes[d] = 1;
  w.dropped[d] = true;
  return windowOf('select', x, w);
}

/**
 * Selects one index along a dimension, which is removed (PyTorch: `torch.select`).
 *
 * @example select(tensor([[1, 2], [3, 4]]), 0, 1) // tensor([3., 4.])
 */
export const select = /*#__PURE__*/ callable(
  'select',
  selectOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim', kinds.integer),
    /*#__PURE__*/ need('index', kinds.integer),
  ],
  {},
);

/** The index as a non-negative integer; negative ones count from the end. */
export function normalizeIndex(operator: string, index: number, size: number, dim: number): number {
  if (!Number.isInteger(index) || index < -size || index >= size) {
    throw new IndexError(
      `${operator}: index ${index} is out of range for dimension ${dim} of size ${size}` +
        (size > 0 ? `; valid are ${-size} to ${size - 1}` : ''),
    );
  }
  return index < 0 ? index + size : index;
}
