// Moving elements by index tensors: gather, and its gradient, which adds them back.
import type { Backward, GradNode } from '../../autograd/node.js';
import type { IndexedAxis, Reducer, View } from '../../backend/contract.js';
import { dtypes, isFloat } from '../../dtype.js';
import { DTypeError, IndexError } from '../../errors.js';
import { isDense, numelOf, type Shape, sameShape } from '../../shape.js';
import { allocate, checkTensor, commonBackend, type Tensor } from '../../tensor.js';
import { cast, denseArray } from '../create/to-clone.js';
import { checkDimension, narrowed } from './index-positions.js';
import { castCase, copyDense, identityCase, runReduce } from './map-reduce.js';
import { alsoSaving, record } from './record.js';

/** How a tensor is read through index tensors. */
export interface IndexPlan {
  /** The shape of the elements that move. */
  readonly shape: Shape;
  /** For each dimension of `shape`, the dimension of the indexed tensor that it runs along, or -1. */
  readonly walks: readonly number[];
  /** Index tensors, each of a shape that broadcasts to `shape`, and the dimension that they index. */
  readonly axes: readonly PlanAxis[];
}

/** One index tensor of a plan, and the dimension that it indexes. */
export interface PlanAxis {
  readonly dim: number;
  readonly index: Tensor;
  /** The original tensor, if `index` is a converted copy: PyTorch saves the original. */
  readonly given?: Tensor;
}

/**
 * The axis of an index tensor: `positions` is the result of {@link indexTensor}, `aligned` the same in a shape that
 * fits.
 */
export const axisOf = (
  dim: number,
  given: Tensor,
  positions: Tensor,
  aligned = positions,
): PlanAxis =>
  positions.storage === given.storage ? { dim, index: aligned } : { dim, index: aligned, given };

/** The original index tensors for which copies are used. */
export const givenOf = (plan: IndexPlan): Tensor[] =>
  plan.axes.flatMap(({ given }) => (given === undefined ? [] : [given]));

/** The index tensors of a plan, for a node to save. */
export const indicesOf = (plan: IndexPlan): Tensor[] => plan.axes.map((a) => a.index);

/** The plan with the index tensors that the node saved, which come first. */
export const savedPlan = (node: GradNode, plan: IndexPlan): IndexPlan => ({
  ...plan,
  axes: plan.axes.map(({ dim }, i) => ({ dim, index: node.savedTensor(i) })),
});

/**
 * An int32 index tensor from any integer dtype; see {@link narrowed} for int64. If `size` is given, indices must not be
 * negative, as where PyTorch does not count from the end; the backend refuses indices that are too large.
 *
 * @throws IndexError on `cpu` for a negative index.
 */
export function indexTensor(operator: string, index: Tensor, size?: number): Tensor {
  checkTensor(operator, index);
  if (isFloat(index.dtype) || index.dtype === 'bool') {
    throw new DTypeError(
      `${operator}: index tensors must be int32 (or int64, uint8), got ${index.dtype}; ` +
        "write tensor([...], { dtype: 'int32' }) or x.to('int32')",
    );
  }
  const plain = index.detach();
  const positions = plain.dtype === 'int64' ? narrowed(plain) : cast(plain, 'int32');
  if (size !== undefined && plain.dtype !== 'uint8' && positions.device === 'cpu') {
    refuseNegative(operator, positions, size);
  }
  return positions;
}

function refuseNegative(operator: string, index: Tensor, size: number): void {
  const v = extreme('min', operator, index);
  if (v < 0) refusePosition(operator, v, size);
}

/** Throws for indices out of range if no kernel checks them because there are no elements. */
export function refuseOutside(operator: string, index: Tensor, size: number): void {
  if (index.device !== 'cpu') return;
  const v = extreme('max', operator, index);
  if (v >= size) refusePosition(operator, v, size);
}

/** The smallest or largest index; a valid one if there is none. */
function extreme(which: 'min' | 'max', operator: string, index: Tensor): number {
  if (index.count === 0) return which === 'min' ? 0 : -1;
  const all = index.shape.map((_, d) => d);
  const found = runReduce(identityCase(index.dtype), which, [index], [], index.shape, all);
  return Number(denseArray(operator, found)[0]);
}

const outOfRange = (what: string, size: number): string =>
  `${what} is out of range for a dimension of size ${size}${size > 0 ? `; valid are 0 to ${size - 1}` : ', which has no positions'}`;

function refusePosition(operator: string, v: number, size: number): never {
  throw new IndexError(`${operator}: ${outOfRange(`index ${v}`, size)}`);
}

function viewFor(x: Tensor, plan: IndexPlan): View {
  const strides = plan.walks.map((d) => (d < 0 ? 0 : x.strides[d]));
  return {
    buffer: x.buffer,
    dtype: x.dtype,
    shape: plan.shape,
    strides,
    offset: x.offset,
    count: numelOf(plan.shape),
    dense: isDense(plan.shape, strides),
  };
}

const axesFor = (x: Tensor, plan: IndexPlan): IndexedAxis[] =>
  plan.axes.map(({ dim, index }) => {
    // A tensor without dimensions counts as one of one element.
    const size = x.shape[dim] ?? 1;
    checkDimension(size, x.device);
    // Whatever the indices are; a kernel would read memory that does not exist.
    if (size === 0 && numelOf(plan.shape) > 0) {
      const what = index.device === 'cpu' ? `index ${denseArray('index', index)[0]}` : 'an index';
      throw new IndexError(outOfRange(what, size));
    }
    return { index, size, stride: x.strides[dim] ?? 0 };
  });

function named<T>(operator: string, body: () => T): T {
  try {
    return body();
  } catch (e) {
    if (e instanceof IndexError) throw new IndexError(`${operator}: ${e.message}`);
    throw e;
  }
}

/** The elements at the indices. */
export function gatherBy(name: string, x: Tensor, plan: IndexPlan): Tensor {
  const backend = commonBackend(name, [x, ...plan.axes.map((a) => a.index)]);
  const out = allocate(plan.shape, x.dtype, backend);
  if (out.count > 0) named(name, () => backend.gather(viewFor(x, plan), axesFor(x, plan), out));
  const context: IndexContext = { plan, shape: x.shape };
  return alsoSaving(record(name, out, [x], gatherBack, indicesOf(plan), context), ...givenOf(plan));
}

interface IndexContext {
  readonly plan: IndexPlan;
  readonly shape: Shape;
}

const gatherBack: Backward = (node, [g]) => {
  const { plan, shape } = node.context as IndexContext;
  return [spread(g as Tensor, savedPlan(node, plan), shape)];
};

/**
 * Zeros of `shape` with the elements of `x` added at the indices: gather's gradient. With `'set'` they are written
 * instead, for indices without duplicates: a negative zero stays one.
 */
export function spread(
  x: Tensor,
  plan: IndexPlan,
  shape: Shape,
  combine: 'sum' | 'set' = 'sum',
): Tensor {
  const out = allocate(shape, x.dtype, x.storage.backend, true);
  scatterBy('scatterAdd', out, plan, x.detach(), combine);
  return record('spread', out, [x], spreadBack, indicesOf(plan), plan);
}

const spreadBack: Backward = (node, [g]) => [
  gatherBy('gather', g as Tensor, savedPlan(node, node.context as IndexPlan)),
];

/** For bool, sums mean "or" and products "and": the result must be 0 or 1. */
const ofBool = { set: 'set', sum: 'max', prod: 'min', min: 'min', max: 'max' } as const;

/**
 * Writes or combines elements into `target` at the indices. Not recorded. Half types are combined in float32. Indices
 * and sources in the target's own memory are copied first: they must not change while they are read, and a device may
 * be unable to read and write one buffer at once.
 */
export function scatterBy(
  name: string,
  target: Tensor,
  plan: IndexPlan,
  source: Tensor,
  combine: 'set' | Reducer,
): void {
  const apart = (x: Tensor): Tensor => (x.storage === target.storage ? copyDense(x) : x);
  const from = apart(source);
  const by: IndexPlan = {
    ...plan,
    axes: plan.axes.map(({ dim, index }) => ({ dim, index: apart(index) })),
  };
  const how = target.dtype === 'bool' ? ofBool[combine] : combine;
  const wide = dtypes[target.dtype].compute;
  if (how === 'set' || wide === target.dtype) {
    scatterPlain(name, target, by, from, how);
    return;
  }
  const total = cast(target.detach(), wide);
  scatterPlain(name, total, by, cast(from, wide), how);
  target.storage.backend.map(castCase(wide, target.dtype).program, [total], [target], []);
}

function scatterPlain(
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
        count: numelOf(plan.shape),
        dense: isDense(plan.shape, strides),
      };
  named(name, () => backend.scatter(moving, axesFor(target, plan), viewFor(target, plan), combine));
}

const viewOf = (x: Tensor): View => ({
  buffer: x.buffer,
  dtype: x.dtype,
  shape: x.shape,
  strides: x.strides,
  offset: x.offset,
  count: x.count,
  dense: x.dense,
});
