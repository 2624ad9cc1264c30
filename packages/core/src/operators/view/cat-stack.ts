// Joining tensors along an existing dimension, or along a new one.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import type { Backward } from '../../autograd/node.js';
import { type DType, promoteTypes } from '../../dtype.js';
import { ShapeError, ValueError } from '../../errors.js';
import { normalizeDim, sameShape, show } from '../../shape.js';
import { allocate, checkTensor, commonBackend, type Tensor } from '../../tensor.js';
import { cast } from '../create/to-clone.js';
import { overwrite } from '../machinery/inplace.js';
import { record } from '../machinery/record.js';
import { narrowOf, unsqueezeOf } from './views.js';

interface CatContext {
  readonly dim: number;
  readonly sizes: readonly number[];
  /** The number of empty vectors among tensors of another rank. */
  readonly passedOver: number;
}

function catOf(tensors: readonly Tensor[], dim = 0): Tensor {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new ValueError('cat: tensors must not be an empty list');
  }
  for (const x of tensors) checkTensor('cat', x);
  // PyTorch allows an empty vector to be joined with anything.
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
  // A view that stays alive would keep the result's memory from being reused.
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
 * Concatenates tensors along an existing dimension (PyTorch: `torch.cat`).
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
    throw new ValueError('stack: tensors must not be an empty list');
  }
  const list = tensors as readonly Tensor[];
  for (const x of list) checkTensor('stack', x);
  const first = list[0];
  const other = list.find((x) => !sameShape(x.shape, first.shape));
  if (other !== undefined) {
    throw new ShapeError(
      `stack: all tensors must have the same shape, got ${show(first.shape)} and ${show(other.shape)}; cat() joins along an existing dimension`,
    );
  }
  const d = normalizeDim('stack', dim, first.ndim + 1);
  return catOf(
    list.map((x) => unsqueezeOf(x, d)),
    d,
  );
}

/**
 * Joins tensors of the same shape along a new dimension (PyTorch: `torch.stack`).
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
