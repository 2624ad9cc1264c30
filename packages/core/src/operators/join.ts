// Joining tensors, and cutting them up.
import { callable } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { may, need } from '../arguments/signature.js';
import type { Backward } from '../autograd/node.js';
import { type DType, promoteTypes } from '../dtype.js';
import { ShapeError, ValueError } from '../errors.js';
import { normalizeDim, sameShape, show } from '../shape.js';
import { allocate, checkTensor, commonBackend, type Tensor } from '../tensor.js';
import { cast } from './convert.js';
import { overwrite } from './inplace.js';
import { record } from './record.js';
import { narrowOf, selectOf, unsqueezeOf } from './views.js';

interface CatContext {
  readonly dim: number;
  readonly sizes: readonly number[];
  /** How many empty vectors stood beside tensors of another rank. */
  readonly passedOver: number;
}

function catOf(tensors: readonly Tensor[], dim = 0): Tensor {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new ValueError('cat: expected a non-empty array of tensors');
  }
  for (const x of tensors) checkTensor('cat', x);
  // PyTorch lets an empty vector join anything.
  const given = tensors as readonly Tensor[];
  const solid = given.filter((x) => !(x.ndim === 1 && x.shape[0] === 0));
  const first = solid[0] ?? given[0];
  if (first.ndim === 0)
    throw new ShapeError('cat: tensors without dimensions cannot be joined; use stack()');
  const d = normalizeDim('cat', dim, first.ndim);
  const list = solid.length > 0 ? solid : given;
  for (const x of list) {
    const fits = x.ndim === first.ndim && x.shape.every((n, i) => i === d || n === first.shape[i]);
    if (!fits) {
      throw new ShapeError(
        `cat: shapes ${show(first.shape)} and ${show(x.shape)} may differ only in dimension ${d}`,
      );
    }
  }
  const dtype = given.map((x) => x.dtype).reduce<DType>(promoteTypes, first.dtype);
  const backend = commonBackend('cat', list);
  const sizes = list.map((x) => x.shape[d]);
  const total = sizes.reduce((a, b) => a + b, 0);
  const inputs = list.map((x) => cast(x, dtype));
  const out = allocate(
    first.shape.map((n, i) => (i === d ? total : n)),
    dtype,
    backend,
  );
  const target = out.detach();
  // A view that stays would keep the result's memory from being used again.
  let at = 0;
  inputs.forEach((x, i) => {
    const size = sizes[i];
    const [part, plain] = [narrowOf(target, d, at, size), x.detach()];
    overwrite(part, plain);
    part.dispose();
    plain.dispose();
    at += size;
  });
  target.dispose();
  const passedOver = solid.length > 0 ? given.filter((x) => !solid.includes(x)) : [];
  return record('cat', out, [...inputs, ...passedOver.map((x) => cast(x, dtype))], catBack, [], {
    dim: d,
    sizes,
    passedOver: passedOver.length,
  } satisfies CatContext);
}

/**
 * Tensors one after another along an existing dimension (PyTorch: `torch.cat`).
 *
 * @throws ShapeError if another dimension differs; ValueError for an empty list.
 * @example cat([tensor([1]), tensor([2, 3])], 0) // tensor([1., 2., 3.])
 */
export const cat = /*#__PURE__*/ callable(
  'cat',
  catOf,
  [/*#__PURE__*/ need('tensors', kinds.tensors), /*#__PURE__*/ may('dim', kinds.integer)],
  {},
);

const catBack: Backward = (node, [g]) => {
  const { dim, sizes, passedOver } = node.context as CatContext;
  const grad = g as Tensor;
  let at = 0;
  const nothing = (): Tensor => allocate([0], grad.dtype, grad.storage.backend, true);
  const parts = sizes.map((size) => {
    // As in PyTorch, the gradient of an empty vector is a constant.
    if (size === 0 && grad.ndim === 1) return nothing();
    const part = narrowOf(grad, dim, at, size);
    at += size;
    return part;
  });
  for (let i = 0; i < passedOver; i++) {
    parts.push(nothing());
  }
  return parts;
};

function stackOf(tensors: readonly Tensor[], dim = 0): Tensor {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new ValueError('stack: expected a non-empty array of tensors');
  }
  const list = tensors as readonly Tensor[];
  for (const x of list) checkTensor('stack', x);
  const first = list[0];
  const other = list.find((x) => !sameShape(x.shape, first.shape));
  if (other !== undefined) {
    throw new ShapeError(
      `stack: all tensors must have one shape, got ${show(first.shape)} and ${show(other.shape)}; cat() joins along an existing dimension`,
    );
  }
  const d = normalizeDim('stack', dim, first.ndim + 1);
  return catOf(
    list.map((x) => unsqueezeOf(x, d)),
    d,
  );
}

/**
 * Tensors of one shape side by side along a new dimension (PyTorch: `torch.stack`).
 *
 * @throws ShapeError if the shapes differ; ValueError for an empty list.
 * @example stack([tensor([1, 2]), tensor([3, 4])], 0) // tensor([[1., 2.], [3., 4.]])
 */
export const stack = /*#__PURE__*/ callable(
  'stack',
  stackOf,
  [/*#__PURE__*/ need('tensors', kinds.tensors), /*#__PURE__*/ may('dim', kinds.integer)],
  {},
);

/** Marks a view that one call gives with others, which PyTorch refuses to change while gradients are recorded. */
function oneOfSeveral(view: Tensor): Tensor {
  view.frozen ??= 'several';
  return view;
}

/** Refuses a tensor that has no dimension to be cut along. */
function needDimension(operator: string, x: Tensor): void {
  if (x.ndim === 0) {
    throw new ShapeError(
      `${operator}: a tensor without dimensions cannot be cut up; use x.reshape(1)`,
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
 * Parts of a given size along a dimension, the last one perhaps smaller, or of the sizes listed
 * (PyTorch: `torch.split`). Views.
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
  // An empty dimension has as many parts as are asked for.
  if (size === 0) return splitOf(x, new Array<number>(chunks).fill(0), d);
  return splitOf(x, Math.ceil(size / chunks), d);
}

/**
 * At most `chunks` parts of equal size, the last one perhaps smaller (PyTorch: `torch.chunk`).
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
 * All slices along a dimension, which goes away (PyTorch: `torch.unbind`). Views.
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
