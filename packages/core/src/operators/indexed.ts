// Gathering and scattering by index tensors.
import { type Backward, GradNode } from '../autograd/node.js';
import type { Reducer } from '../backend/contract.js';
import { DTypeError, ShapeError, ValueError } from '../errors.js';
import { normalizeDim, type Shape, sameShape, show } from '../shape.js';
import { allocate, checkTensor, Tensor } from '../tensor.js';
import { fillWith, full } from './create.js';
import { mul } from './elementwise/arithmetic.js';
import {
  gatherBy,
  type IndexPlan,
  indexTensor,
  indicesOf,
  savedPlan,
  scatterBy,
} from './index-plan.js';
import { checkWritable, overwrite, rebase, recordsChange } from './inplace.js';
import { record } from './record.js';
import { expandTo, makeView, reshapeDense } from './run.js';

function alongDim(
  operator: string,
  x: Tensor,
  dim: number,
  index: Tensor,
): { d: number; plan: IndexPlan } {
  checkTensor(operator, x);
  const d = normalizeDim(operator, dim, x.ndim);
  const given = indexTensor(operator, index, x.shape[d] ?? 1);
  // A number takes part as one of one dimension, as in PyTorch.
  const positions =
    x.ndim === 1 && given.ndim === 0 ? new Tensor(given.storage, [1], [1], given.offset) : given;
  const fits =
    (positions.ndim === x.ndim || (x.ndim === 0 && positions.ndim === 1)) &&
    positions.shape.every((n, i) => i === d || n <= (x.shape[i] as number));
  if (!fits) {
    throw new ShapeError(
      `${operator}: index of shape ${show(index.shape)} does not fit a tensor of shape ${show(x.shape)} along dimension ${dim}; ` +
        'it needs as many dimensions, and may be larger only along that one',
    );
  }
  const walks = positions.shape.map((_, i) => (i === d ? -1 : i));
  return { d, plan: { shape: positions.shape, walks, axes: [{ dim: d, index: positions }] } };
}

/**
 * Picks elements along a dimension: `out[i][j] = x[index[i][j]][j]` for `dim` 0 (PyTorch:
 * `torch.gather`). The result has the index's shape.
 *
 * @throws IndexError for a position out of range; ShapeError if the shapes do not fit.
 * @example gather(tensor([[1, 2], [3, 4]]), 1, tensor([[1], [0]], { dtype: 'int32' })) // tensor([[2.], [3.]])
 */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  const out = gatherBy('gather', x, alongDim('gather', x, dim, index).plan);
  return index.ndim === 0 && out.ndim === 1 ? reshapeDense(out, []) : out;
}

/**
 * Adds elements along a dimension: `x[index[i][j]][j] += source[i][j]` for `dim` 0, in place
 * (PyTorch: `Tensor.scatter_add_`).
 *
 * @example zeros([3]).scatterAdd_(0, tensor([0, 0, 2], { dtype: 'int32' }), ones([3])) // tensor([2., 0., 1.])
 */
export function scatterAdd_(x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  const { plan } = alongDim('scatterAdd_', x, dim, index);
  checkSource('scatterAdd_', x, index, source, plan);
  return changeBy('scatterAdd_', x, plan, source, 'sum');
}

/**
 * Writes or adds elements into `x` where the indices point, in place, with its history: outside of
 * the indices, or everywhere for sums, the old one stays.
 */
export function changeBy(
  operator: string,
  x: Tensor,
  plan: IndexPlan,
  source: Tensor,
  combine: 'set' | 'sum',
): Tensor {
  checkWritable(operator, x);
  const node = recordsChange(x, source)
    ? new GradNode(operator, [x, source], changeBack, indicesOf(plan), {
        plan,
        combine,
        from: source.shape,
      })
    : null;
  scatterBy(operator, x, plan, source.detach(), combine);
  x.storage.version++;
  if (node !== null) rebase(x, node);
  return x;
}

const changeBack: Backward = (node, [g]) => {
  const context = node.context as { plan: IndexPlan; combine: 'set' | 'sum'; from: Shape };
  const { combine, from } = context;
  const plan = savedPlan(node, context.plan);
  const grad = g as Tensor;
  const picked = node.wants(1) ? gatherBy('gather', grad, plan) : null;
  let rest: Tensor | null = node.wants(0) ? grad : null;
  if (rest !== null && combine === 'set') {
    const mask = allocate(grad.shape, grad.dtype, grad.storage.backend, true);
    fillWith(mask, 1);
    const zero = allocate([], grad.dtype, grad.storage.backend, true);
    scatterBy(node.name, mask, plan, expandTo(zero, plan.shape), 'set');
    rest = mul(grad, mask);
  }
  // A source that is larger than the index takes part only where the index reaches.
  return [
    rest,
    picked === null || sameShape(picked.shape, from) ? picked : spreadInto(picked, from),
  ];
};

function spreadInto(x: Tensor, shape: Shape): Tensor {
  const out = allocate(shape, x.dtype, x.storage.backend, true);
  const window = new Tensor(out.storage, x.shape, out.strides, 0);
  overwrite(window, x.detach());
  return record('spreadInto', out, [x], (_node, [g]) => {
    const grad = g as Tensor;
    return [
      makeView('narrow', grad, x.shape, grad.strides, grad.offset, (_n, [h]) => [
        spreadInto(h as Tensor, shape),
      ]),
    ];
  });
}

/**
 * Whole slices at these positions of a dimension (PyTorch: `torch.index_select`).
 *
 * @param index positions, one-dimensional; for a scalar a single one.
 * @throws IndexError for a position out of range; ShapeError for an index of another shape.
 * @example indexSelect(tensor([[1, 2], [3, 4]]), 0, tensor([1, 1], { dtype: 'int32' })) // tensor([[3., 4.], [3., 4.]])
 */
export function indexSelect(x: Tensor, dim: number, index: Tensor): Tensor {
  checkTensor('indexSelect', x);
  const size = x.shape[normalizeDim('indexSelect', dim, x.ndim)] ?? 1;
  const positions = indexTensor('indexSelect', index, size);
  if (positions.ndim > 1) {
    throw new ShapeError(
      `indexSelect: the index must be one-dimensional, got shape ${show(index.shape)}`,
    );
  }
  const d = normalizeDim('indexSelect', dim, x.ndim);
  if (x.ndim === 0) {
    if (positions.count === 1) {
      return gather(x, 0, new Tensor(positions.storage, [], [], positions.offset));
    }
    throw new ShapeError(
      `indexSelect: a scalar has one slice, got an index of shape ${show(index.shape)}; use x.view([1])`,
    );
  }
  const shape = x.shape.map((n, i) => (i === d ? positions.count : n));
  const trailing = x.ndim - 1 - d;
  const aligned = new Tensor(
    positions.storage,
    [positions.count, ...new Array<number>(trailing).fill(1)],
    [positions.strides[0] ?? 1, ...new Array<number>(trailing).fill(0)],
    positions.offset,
  );
  const walks = shape.map((_, i) => (i === d ? -1 : i));
  return gatherBy('indexSelect', x, { shape, walks, axes: [{ dim: d, index: aligned }] });
}

/**
 * A copy with elements of `source` (or one number) written at positions along a dimension (PyTorch:
 * `torch.scatter`): `out[index[i][j]][j] = source[i][j]` for `dim` 0.
 *
 * @param options `reduce`: `'add'` or `'multiply'` instead of writing.
 * @throws IndexError for a position out of range.
 * @example scatter(zeros([3]), 0, tensor([2], { dtype: 'int32' }), 5) // tensor([0., 0., 5.])
 */
export function scatter(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor | number,
  options: { reduce?: 'add' | 'multiply' } = {},
): Tensor {
  return scatter_(x.clone(), dim, index, source, options);
}

/**
 * `scatter` in place (PyTorch: `Tensor.scatter_`).
 *
 * @example zeros([3]).scatter_(0, tensor([2], { dtype: 'int32' }), 5) // tensor([0., 0., 5.])
 */
export function scatter_(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor | number,
  options: { reduce?: 'add' | 'multiply' } = {},
): Tensor {
  const { plan } = alongDim('scatter_', x, dim, index);
  const from =
    typeof source === 'number'
      ? expandTo(full([], source, { dtype: x.dtype, device: x.device }), plan.shape)
      : source;
  checkSource('scatter_', x, index, from, plan);
  const { reduce } = options;
  if (reduce === undefined) return changeBy('scatter_', x, plan, from, 'set');
  if (reduce === 'add') return changeBy('scatter_', x, plan, from, 'sum');
  if (reduce !== 'multiply') {
    throw new ValueError(`scatter_: reduce must be 'add' or 'multiply', got '${String(reduce)}'`);
  }
  checkWritable('scatter_', x);
  scatterBy('scatter_', x, plan, from.detach(), 'prod');
  x.storage.version++;
  return x;
}

/** Combines elements into `x` along a dimension, in place and without history. */
export function combineBy(
  operator: string,
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reducer: Reducer,
): Tensor {
  const { plan } = alongDim(operator, x, dim, index);
  checkSource(operator, x, index, source, plan);
  scatterBy(operator, x, plan, source, reducer);
  return x;
}

/**
 * A copy with elements of `source` added at positions along a dimension (PyTorch:
 * `torch.scatter_add`).
 *
 * @example scatterAdd(zeros([3]), 0, tensor([0, 0], { dtype: 'int32' }), ones([2])) // tensor([2., 0., 0.])
 */
export const scatterAdd = (x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor =>
  scatterAdd_(x.clone(), dim, index, source);

function checkSource(
  operator: string,
  x: Tensor,
  index: Tensor,
  source: Tensor,
  plan: IndexPlan,
): void {
  checkTensor(operator, source);
  if (source.ndim !== x.ndim || !plan.shape.every((n, i) => n <= (source.shape[i] ?? 0))) {
    throw new ShapeError(
      `${operator}: the source of shape ${show(source.shape)} is smaller than the index of shape ${show(index.shape)}`,
    );
  }
  if (source.dtype !== x.dtype) {
    throw new DTypeError(
      `${operator}: the source is ${source.dtype}, the tensor ${x.dtype}; use source.to('${x.dtype}')`,
    );
  }
}
