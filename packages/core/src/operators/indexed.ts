// Gathering and scattering by index tensors.
import type { Backward } from '../autograd/node.js';
import type { IndexedAxis, Reducer, View } from '../backend/contract.js';
import { isFloat } from '../dtype.js';
import { DTypeError, IndexError, ShapeError } from '../errors.js';
import { isDense, normalizeDim, numelOf, type Shape, sameShape, show } from '../shape.js';
import { allocate, checkTensor, commonBackend, markChanged, Tensor } from '../tensor.js';
import { cast, refuseRecordedView } from './convert.js';
import { record } from './record.js';

/** How a tensor is read through index tensors. */
export interface IndexPlan {
  /** Shape of the elements that move. */
  readonly shape: Shape;
  /** For each dimension of `shape`, the indexed tensor's dimension it walks along, or -1. */
  readonly walks: readonly number[];
  /** Index tensors, each of a shape that broadcasts to `shape`, and the dimension they choose in. */
  readonly axes: readonly { readonly dim: number; readonly index: Tensor }[];
}

/** An int32 index tensor, from any integer dtype. */
export function indexTensor(operator: string, index: Tensor): Tensor {
  checkTensor(operator, index);
  if (isFloat(index.dtype) || index.dtype === 'bool') {
    throw new DTypeError(
      `${operator}: index tensors must be int32 (or int64, uint8), got ${index.dtype}; ` +
        "write tensor([...], { dtype: 'int32' }) or x.to('int32')",
    );
  }
  return cast(index.detach(), 'int32');
}

function viewFor(x: Tensor, plan: IndexPlan): View {
  const strides = plan.walks.map((d) => (d < 0 ? 0 : (x.strides[d] as number)));
  return {
    buffer: x.buffer,
    dtype: x.dtype,
    shape: plan.shape,
    strides,
    offset: x.offset,
    numel: numelOf(plan.shape),
    contiguous: isDense(plan.shape, strides),
  };
}

const axesFor = (x: Tensor, plan: IndexPlan): IndexedAxis[] =>
  plan.axes.map(({ dim, index }) => ({
    index,
    size: x.shape[dim] as number,
    stride: x.strides[dim] as number,
  }));

function named<T>(operator: string, body: () => T): T {
  try {
    return body();
  } catch (e) {
    if (e instanceof IndexError) throw new IndexError(`${operator}: ${e.message}`);
    throw e;
  }
}

/** The elements that the indices point at. */
export function gatherBy(name: string, x: Tensor, plan: IndexPlan): Tensor {
  const backend = commonBackend(name, [x, ...plan.axes.map((a) => a.index)]);
  const out = allocate(plan.shape, x.dtype, backend);
  if (out.numel > 0) named(name, () => backend.gather(viewFor(x, plan), axesFor(x, plan), out));
  return record(name, out, [x], gatherBack, [], { plan, shape: x.shape });
}

interface IndexContext {
  readonly plan: IndexPlan;
  readonly shape: Shape;
}

const gatherBack: Backward = (node, [g]) => {
  const { plan, shape } = node.context as IndexContext;
  return [spread(g as Tensor, plan, shape)];
};

/** Zeros of `shape` with the elements of `x` added where the indices point: gather's gradient. */
function spread(x: Tensor, plan: IndexPlan, shape: Shape): Tensor {
  const out = allocate(shape, x.dtype, x.storage.backend, true);
  scatterBy('scatterAdd', out, plan, x, 'sum');
  return record('spread', out, [x], spreadBack, [], plan);
}

const spreadBack: Backward = (node, [g]) => [
  gatherBy('gather', g as Tensor, node.context as IndexPlan),
];

/** Writes or combines elements into `target` where the indices point. Not recorded. */
export function scatterBy(
  name: string,
  target: Tensor,
  plan: IndexPlan,
  source: Tensor,
  combine: 'set' | Reducer,
): void {
  const backend = commonBackend(name, [target, source]);
  if (numelOf(plan.shape) === 0) return;
  const strides = source.strides;
  const moving: View = sameShape(source.shape, plan.shape)
    ? source
    : {
        ...viewOf(source),
        shape: plan.shape,
        strides,
        numel: numelOf(plan.shape),
        contiguous: isDense(plan.shape, strides),
      };
  named(name, () => backend.scatter(moving, axesFor(target, plan), viewFor(target, plan), combine));
}

const viewOf = (x: Tensor): View => ({
  buffer: x.buffer,
  dtype: x.dtype,
  shape: x.shape,
  strides: x.strides,
  offset: x.offset,
  numel: x.numel,
  contiguous: x.contiguous,
});

function alongDim(
  operator: string,
  x: Tensor,
  dim: number,
  index: Tensor,
): { d: number; plan: IndexPlan } {
  checkTensor(operator, x);
  const positions = indexTensor(operator, index);
  const d = normalizeDim(operator, dim, x.ndim);
  const fits =
    positions.ndim === x.ndim &&
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
  return gatherBy('gather', x, alongDim('gather', x, dim, index).plan);
}

/**
 * Adds elements along a dimension: `x[index[i][j]][j] += source[i][j]` for `dim` 0, in place
 * (PyTorch: `Tensor.scatter_add_`).
 *
 * @example zeros([3]).scatterAdd_(0, tensor([0, 0, 2], { dtype: 'int32' }), ones([3])) // tensor([2., 0., 1.])
 */
export function scatterAdd_(x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  const { plan } = alongDim('scatterAdd_', x, dim, index);
  checkTensor('scatterAdd_', source);
  if (!plan.shape.every((n, i) => n <= (source.shape[i] ?? 0)) || source.ndim !== x.ndim) {
    throw new ShapeError(
      `scatterAdd_: the source of shape ${show(source.shape)} is smaller than the index of shape ${show(index.shape)}`,
    );
  }
  if (source.dtype !== x.dtype) {
    throw new DTypeError(
      `scatterAdd_: the source is ${source.dtype}, the tensor ${x.dtype}; use source.to('${x.dtype}')`,
    );
  }
  refuseRecordedView('scatterAdd_', x, source);
  if (source.requiresGrad || x.requiresGrad) markChanged('scatterAdd_', x);
  else x.storage.version++;
  const before = x.gradFn;
  scatterBy('scatterAdd_', x, plan, source, 'sum');
  if (source.requiresGrad || before !== null) {
    const addend = spread(source, plan, x.shape);
    const history = record('scatterAdd_', x.detach(), [x, addend], (_n, [g]) => [
      g ?? null,
      g ?? null,
    ]);
    x.gradFn = history.gradFn;
  }
  return x;
}

/**
 * Whole slices at these positions of a dimension (PyTorch: `torch.index_select`).
 *
 * @param index positions, one-dimensional.
 * @example indexSelect(tensor([[1, 2], [3, 4]]), 0, tensor([1, 1], { dtype: 'int32' })) // tensor([[3., 4.], [3., 4.]])
 */
export function indexSelect(x: Tensor, dim: number, index: Tensor): Tensor {
  checkTensor('indexSelect', x);
  const positions = indexTensor('indexSelect', index);
  if (positions.ndim > 1) {
    throw new ShapeError(
      `indexSelect: the index must be one-dimensional, got shape ${show(index.shape)}`,
    );
  }
  const d = normalizeDim('indexSelect', dim, x.ndim);
  const shape = x.shape.map((n, i) => (i === d ? positions.numel : n));
  const trailing = x.ndim - 1 - d;
  const aligned = new Tensor(
    positions.storage,
    [positions.numel, ...new Array<number>(trailing).fill(1)],
    [positions.strides[0] ?? 1, ...new Array<number>(trailing).fill(0)],
    positions.offset,
  );
  const walks = shape.map((_, i) => (i === d ? -1 : i));
  return gatherBy('indexSelect', x, { shape, walks, axes: [{ dim: d, index: aligned }] });
}
