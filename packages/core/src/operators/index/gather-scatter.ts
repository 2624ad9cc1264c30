// Gathering and scattering by index tensors.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { type Backward, GradNode } from '../../autograd/node.js';
import type { Reducer } from '../../backend/contract.js';
import { DTypeError, ShapeError, ValueError } from '../../errors.js';
import { normalizeDim, type Shape, sameShape, show } from '../../shape.js';
import { allocate, checkTensor, Tensor } from '../../tensor.js';
import { full } from '../create/zeros-ones-full.js';
import {
  axisOf,
  gatherBy,
  givenOf,
  type IndexPlan,
  indexTensor,
  indicesOf,
  refuseOutside,
  savedPlan,
  scatterBy,
} from '../machinery/index-plan.js';
import {
  checkWritable,
  overwrite,
  rebase,
  recordsChange,
  withZeros,
} from '../machinery/inplace.js';
import { copyDense, expandTo, makeView, owned, reshapeDense } from '../machinery/map-reduce.js';
import { refuseOverlap } from '../machinery/memory-overlap.js';
import { alsoSaving, record } from '../machinery/record.js';

function alongDim(
  operator: string,
  x: Tensor,
  dim: number,
  index: Tensor,
): { d: number; plan: IndexPlan } {
  checkTensor(operator, x);
  const d = normalizeDim(operator, dim, x.ndim);
  const given = indexTensor(operator, index, x.shape[d] ?? 1);
  // A tensor without dimensions is treated as one-dimensional, as in PyTorch.
  const positions =
    x.ndim === 1 && given.ndim === 0 ? new Tensor(given.storage, [1], [1], given.offset) : given;
  const fits =
    (positions.ndim === x.ndim || (x.ndim === 0 && positions.ndim === 1)) &&
    positions.shape.every((n, i) => i === d || n <= x.shape[i]);
  if (!fits) {
    throw new ShapeError(
      `${operator}: index of shape ${show(index.shape)} does not fit a tensor of shape ${show(x.shape)} along dimension ${dim}; ` +
        'it must have the same number of dimensions, and may be larger only along that one',
    );
  }
  const walks = positions.shape.map((_, i) => (i === d ? -1 : i));
  return { d, plan: { shape: positions.shape, walks, axes: [axisOf(d, index, given, positions)] } };
}

export const gatherOf = (x: Tensor, dim: number, index: Tensor): Tensor =>
  gatherAlong('gather', x, dim, index);

/** `gather` for another operator, whose name appears in messages. */
export function gatherAlong(operator: string, x: Tensor, dim: number, index: Tensor): Tensor {
  const out = gatherBy(operator, x, alongDim(operator, x, dim, index).plan);
  return index.ndim === 0 && out.ndim === 1 ? owned(reshapeDense(out, [])) : out;
}

/**
 * Gathers elements along a dimension: `out[i][j] = x[index[i][j]][j]` for `dim` 0 (PyTorch: `torch.gather`). The result
 * has the index's shape.
 *
 * @throws IndexError for an index out of range; ShapeError if the shapes do not fit.
 * @example gather(tensor([[1, 2], [3, 4]]), 1, tensor([[1], [0]], { dtype: 'int32' })) // tensor([[2.], [3.]])
 */
export const gather = /*#__PURE__*/ callable(
  'gather',
  (x: Tensor, dim: number, index: Tensor): Tensor => alsoSaving(gatherOf(x, dim, index), x),
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim', kinds.integer),
    /*#__PURE__*/ need('index', kinds.tensor),
  ],
  {},
);

const scatterAdd_Of = (x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor =>
  addInto('scatterAdd_', x, dim, index, source);

function addInto(operator: string, x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  const { plan } = alongDim(operator, x, dim, index);
  refuseOverlap(operator, x, index, 'the index');
  return changeBy(operator, x, plan, checkSource(operator, x, index, source, plan), 'sum');
}

/**
 * Adds elements along a dimension: `x[index[i][j]][j] += source[i][j]` for `dim` 0, in place
 * (PyTorch: `Tensor.scatter_add_`).
 *
 * @example zeros([3]).scatterAdd_(0, tensor([0, 0, 2], { dtype: 'int32' }), ones([3])) // tensor([2., 0., 1.])
 */
export const scatterAdd_ = /*#__PURE__*/ callable(
  'scatterAdd_',
  scatterAdd_Of,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim', kinds.integer),
    /*#__PURE__*/ need('index', kinds.tensor),
    /*#__PURE__*/ need('src', kinds.tensor),
  ],
  {},
);

/**
 * Writes or adds elements into `x` at the indices, in place and recorded: elements that are not written (for sums, all
 * elements) keep their history.
 */
export function changeBy(
  operator: string,
  x: Tensor,
  plan: IndexPlan,
  source: Tensor,
  combine: 'set' | 'sum',
): Tensor {
  checkWritable(operator, x, source);
  refuseOverlap(operator, x, source, 'the source');
  const recorded = recordsChange(x, source);
  // What was there before is added to: its gradient goes through, whatever the positions.
  const needsIndices = combine === 'set' || source.requiresGrad;
  const saved = needsIndices ? indicesOf(plan) : [];
  const context = { plan, combine, from: source.shape };
  const node = recorded ? new GradNode(operator, [x, source], changeBack, saved, context) : null;
  if (needsIndices) node?.saveToo(givenOf(plan));
  scatterBy(operator, x, plan, source.detach(), combine);
  x.storage.version++;
  if (node !== null) rebase(x, node);
  return x;
}

const changeBack: Backward = (node, [g]) => {
  const context = node.context as { plan: IndexPlan; combine: 'set' | 'sum'; from: Shape };
  const { combine, from } = context;
  const grad = g as Tensor;
  const theirs = node.wants(1);
  if (combine === 'sum' && !theirs) return [grad, null];
  const plan = savedPlan(node, context.plan);
  const picked = theirs ? gatherBy('gather', grad, plan) : null;
  let rest: Tensor | null = node.wants(0) ? grad : null;
  if (rest !== null && combine === 'set') rest = withoutIndexed(grad, plan);
  // If the source is larger than the index, only the part that the index covers is used.
  return [
    rest,
    picked === null || sameShape(picked.shape, from) ? picked : spreadInto(picked, from),
  ];
};

/** A copy with zeros at the indices. */
function withoutIndexed(x: Tensor, plan: IndexPlan): Tensor {
  return withZeros(
    'withoutIndexed',
    x,
    (out) => {
      const zero = allocate([], x.dtype, x.storage.backend, true);
      scatterBy('withoutIndexed', out, plan, expandTo(zero, plan.shape), 'set');
    },
    (node, grad) => withoutIndexed(grad, savedPlan(node, plan)),
    indicesOf(plan),
  );
}

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

export function indexSelectOf(x: Tensor, dim: number, index: Tensor): Tensor {
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
      const place = new Tensor(positions.storage, [], [], positions.offset);
      return gatherAlong('indexSelect', x, 0, place);
    }
    throw new ShapeError(
      `indexSelect: a scalar has one slice, got an index of shape ${show(index.shape)}; use x.view([1])`,
    );
  }
  const shape = x.shape.map((n, i) => (i === d ? positions.count : n));
  if (x.count === 0) refuseOutside('indexSelect', positions, size);
  const trailing = x.ndim - 1 - d;
  const aligned = new Tensor(
    positions.storage,
    [positions.count, ...new Array<number>(trailing).fill(1)],
    [positions.strides[0] ?? 1, ...new Array<number>(trailing).fill(0)],
    positions.offset,
  );
  const walks = shape.map((_, i) => (i === d ? -1 : i));
  return gatherBy('indexSelect', x, { shape, walks, axes: [axisOf(d, index, positions, aligned)] });
}

/**
 * The slices at these positions along a dimension (PyTorch: `torch.index_select`).
 *
 * @param index positions, one-dimensional; for a scalar a single one.
 * @throws IndexError for an index out of range; ShapeError for an index of another shape.
 * @example indexSelect(tensor([[1, 2], [3, 4]]), 0, tensor([1, 1], { dtype: 'int32' })) // tensor([[3., 4.], [3., 4.]])
 */
export const indexSelect = /*#__PURE__*/ callable(
  'indexSelect',
  indexSelectOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim', kinds.integer),
    /*#__PURE__*/ need('index', kinds.tensor),
  ],
  {},
);

function scatterOf(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor | number,
  options: { reduce?: 'add' | 'multiply' } = {},
): Tensor {
  checkTensor('scatter', x);
  return scatterInto('scatter', copyDense(x), dim, index, source, options);
}

/**
 * A copy with elements of `source` (or one number) written at positions along a dimension (PyTorch: `torch.scatter`):
 * `out[index[i][j]][j] = source[i][j]` for `dim` 0.
 *
 * @param options `reduce`: `'add'` or `'multiply'` instead of writing.
 * @throws IndexError for an index out of range.
 * @example scatter(zeros([3]), 0, tensor([2], { dtype: 'int32' }), 5) // tensor([0., 0., 5.])
 */
export const scatter = /*#__PURE__*/ callable(
  'scatter',
  scatterOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim', kinds.integer),
    /*#__PURE__*/ need('index', kinds.tensor),
    /*#__PURE__*/ need('src', /*#__PURE__*/ kinds.either(kinds.tensor, kinds.number)),
  ],
  { reduce: /*#__PURE__*/ kinds.oneOf('add', 'multiply') },
);

const scatter_Of = (
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor | number,
  options: { reduce?: 'add' | 'multiply' } = {},
): Tensor => scatterInto('scatter_', x, dim, index, source, options);

function scatterInto(
  operator: string,
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor | number,
  options: { reduce?: 'add' | 'multiply' },
): Tensor {
  const { plan } = alongDim(operator, x, dim, index);
  refuseOverlap(operator, x, index, 'the index');
  const given =
    typeof source === 'number'
      ? expandTo(full([], source, { dtype: x.dtype, device: x.device }), plan.shape)
      : source;
  const from = checkSource(operator, x, index, given, plan);
  const { reduce } = options;
  if (reduce === undefined) return changeBy(operator, x, plan, from, 'set');
  if (reduce === 'add') return changeBy(operator, x, plan, from, 'sum');
  if (reduce !== 'multiply') {
    throw new ValueError(
      `${operator}: reduce must be 'add' or 'multiply', got '${String(reduce)}'`,
    );
  }
  checkWritable(operator, x);
  refuseOverlap(operator, x, from, 'the source');
  scatterBy(operator, x, plan, from.detach(), 'prod');
  x.storage.version++;
  return x;
}

/**
 * `scatter` in place (PyTorch: `Tensor.scatter_`).
 *
 * @example zeros([3]).scatter_(0, tensor([2], { dtype: 'int32' }), 5) // tensor([0., 0., 5.])
 */
export const scatter_ = /*#__PURE__*/ callable(
  'scatter_',
  scatter_Of,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim', kinds.integer),
    /*#__PURE__*/ need('index', kinds.tensor),
    /*#__PURE__*/ need('src', /*#__PURE__*/ kinds.either(kinds.tensor, kinds.number)),
  ],
  { reduce: /*#__PURE__*/ kinds.oneOf('add', 'multiply') },
);

/** Combines elements into `x` along a dimension, in place and unrecorded. */
export function combineBy(
  operator: string,
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reducer: Reducer,
): Tensor {
  const { plan } = alongDim(operator, x, dim, index);
  scatterBy(operator, x, plan, checkSource(operator, x, index, source, plan), reducer);
  return x;
}

const scatterAddOf = (x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor =>
  addInto('scatterAdd', copyDense(x), dim, index, source);

/**
 * A copy with elements of `source` added at positions along a dimension (PyTorch:
 * `torch.scatter_add`).
 *
 * @example scatterAdd(zeros([3]), 0, tensor([0, 0], { dtype: 'int32' }), ones([2])) // tensor([2., 0., 0.])
 */
export const scatterAdd = /*#__PURE__*/ callable(
  'scatterAdd',
  scatterAddOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim', kinds.integer),
    /*#__PURE__*/ need('index', kinds.tensor),
    /*#__PURE__*/ need('src', kinds.tensor),
  ],
  {},
);

/** Checks the source's shape and dtype; a scalar is treated as one-dimensional, and the other way round. */
function checkSource(
  operator: string,
  x: Tensor,
  index: Tensor,
  source: Tensor,
  plan: IndexPlan,
): Tensor {
  checkTensor(operator, source);
  if (
    Math.max(1, source.ndim) !== Math.max(1, x.ndim) ||
    !plan.shape.every((n, i) => n <= (source.shape[i] ?? 1))
  ) {
    throw new ShapeError(
      `${operator}: the source of shape ${show(source.shape)} is smaller than the index of shape ${show(index.shape)}`,
    );
  }
  if (source.dtype !== x.dtype) {
    throw new DTypeError(
      `${operator}: the source is ${source.dtype}, the tensor ${x.dtype}; use source.to('${x.dtype}')`,
    );
  }
  return source.ndim !== plan.shape.length && source.count === 1
    ? reshapeDense(
        source,
        plan.shape.map(() => 1),
      )
    : source;
}
