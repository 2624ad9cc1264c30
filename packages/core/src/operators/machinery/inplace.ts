// Changing tensors in place: what is allowed, and how the history moves on, through views too.
import { isRecording } from '../../autograd/mode.js';
import { anyRequiresGrad, type Backward, GradNode } from '../../autograd/node.js';
import { type Category, type DType, dtypes } from '../../dtype.js';
import { AutogradError, DTypeError, ShapeError } from '../../errors.js';
import { type Shape, sameShape, show } from '../../shape.js';
import { commonBackend, frozenView, Tensor } from '../../tensor.js';
import { fillWith, zerosLike } from '../create/zeros-ones-full.js';
import { castCase, copyDense, runMap } from './map-reduce.js';
import { distinctPlaces, refuseRepeated } from './memory-overlap.js';
import { record } from './record.js';
import { fromLayout, type Layout, laidOut, layoutOf, stridedView } from './strided-view.js';

/**
 * Refuses a change in place, by what is computed from these operands, that the tape cannot follow: see
 * {@link checkLeaf}; or of memory that several elements share.
 */
export function checkWritable(operator: string, x: Tensor, ...operands: readonly Tensor[]): void {
  refuseRepeated(operator, x);
  checkLeaf(operator, x, ...operands);
}

/**
 * Refuses to change a leaf that requires gradients, or a view of one, while gradients are recorded; and a view that is
 * one of several or was made inside noGrad, where the change would be.
 */
export function checkLeaf(operator: string, x: Tensor, ...operands: readonly Tensor[]): void {
  if (!recordsChange(x, ...operands)) return;
  if (x.frozen !== null) {
    throw new AutogradError(
      `${operator}: ${frozenView('this tensor', x.frozen, 'it must not be changed')}`,
    );
  }
  const root = x.base ?? x;
  if (x.requiresGrad && root.isLeaf) {
    throw new AutogradError(
      `${operator}: ${x.base === null ? 'a leaf tensor' : 'a view of a leaf tensor'} that requires gradients cannot be changed in place; ` +
        'do it inside noGrad(() => …), or use the form without "_"',
    );
  }
}

/** Refuses to write a result of another shape, or one that the tensor's dtype cannot hold. */
export function checkFits(operator: string, self: Tensor, shape: Shape, dtype: DType): void {
  const plain = operator.replace(/_$/, '');
  if (!sameShape(shape, self.shape)) {
    throw new ShapeError(
      `${operator}: the result has shape ${show(shape)}, which does not fit the tensor of shape ${show(self.shape)} that it should be written to; use ${plain}()`,
    );
  }
  const order = { bool: 0, int: 1, float: 2 } satisfies Record<Category, number>;
  if (order[dtypes[dtype].category] > order[dtypes[self.dtype].category]) {
    throw new DTypeError(
      `${operator}: the result is ${dtype}, which cannot be stored in a ${self.dtype} tensor; use ${plain}()`,
    );
  }
}

/** Whether a change of `x` by these operands is to be recorded. */
export function recordsChange(x: Tensor, ...operands: readonly Tensor[]): boolean {
  if (!isRecording()) return false;
  return x.requiresGrad || anyRequiresGrad(operands);
}

/** Whether writing to `target` would change elements of `x` that are still to be read. */
export function clashes(x: Tensor, target: Tensor): boolean {
  if (x.storage !== target.storage) return false;
  return !(
    x.offset === target.offset &&
    sameShape(x.shape, target.shape) &&
    x.strides.every((s, d) => s === target.strides[d])
  );
}

/** Writes the elements of `source`, broadcast and converted, over `target`, without any history. */
export function overwrite(target: Tensor, source: Tensor): void {
  const backend = commonBackend('copy_', [target, source]);
  const from = clashes(source, target) ? copyDense(source) : source;
  backend.map(castCase(source.dtype, target.dtype).program, [from], [target], []);
}

/**
 * What an in-place form computes from: `x`, or where the change is recorded a copy, since gradients may read
 * the elements that are written over.
 */
export function beforeChange(x: Tensor, ...operands: readonly Tensor[]): Tensor {
  return recordsChange(x, ...operands) ? copyDense(x) : x;
}

/**
 * Writes a computed result of the same shape over `self`, with the result's history: what was
 * `self` stays an input of the operation that computed it. The result must be fresh.
 */
export function assign(operator: string, self: Tensor, result: Tensor): Tensor {
  checkFits(operator, self, result.shape, result.dtype);
  checkWritable(operator, self, result);
  if (!recordsChange(self, result)) {
    overwrite(self, result.detach());
    self.storage.version++;
    return self;
  }
  if (!result.requiresGrad) return write(operator, self, result);
  const made =
    result.dtype === self.dtype ? result : runMap(castCase(result.dtype, self.dtype), [result]);
  overwrite(self, made.detach());
  self.storage.version++;
  const node = made.gradFn as GradNode;
  // What the node has saved of its result is now here, and may not be changed either.
  const kept = self.detach();
  kept.gradFn = node;
  kept.outputIndex = made.outputIndex;
  node.saveInstead(made, kept);
  rebase(self, node, made.outputIndex);
  return self;
}

/**
 * Writes a tensor of the same shape over `self`, which gets a node of its own: the gradient goes to `source`,
 * and zeros to what was there. As in PyTorch, `self` stays in the graph where `source` is a constant.
 */
export function write(operator: string, self: Tensor, source: Tensor): Tensor {
  checkWritable(operator, self, source);
  const node = historyOf(operator, self, source);
  overwrite(self, source.detach());
  self.storage.version++;
  if (node !== undefined) rebase(self, node);
  return self;
}

/**
 * Takes note that all elements of `self` are replaced by ones without a history. As in PyTorch it stays in the
 * graph, and what was there gets a gradient of zeros.
 */
export function replaced(operator: string, self: Tensor): void {
  const node = historyOf(operator, self, null);
  self.storage.version++;
  if (node !== undefined) rebase(self, node);
}

/** The node of a tensor that is written over as a whole; undefined if the change is not recorded. */
function historyOf(
  operator: string,
  self: Tensor,
  source: Tensor | null,
): GradNode | null | undefined {
  const isSource = source?.requiresGrad === true;
  if (!recordsChange(self) && !(isSource && recordsChange(source))) return undefined;
  const inputs = source === null ? [self] : [self, source];
  // The rest of a view's base knows of the zeros already.
  if (!isSource && self.base !== null) return null;
  return new GradNode(operator, inputs, writeBack, [], self.base === null);
}

const writeBack: Backward = (node, [g]) => [
  node.wants(0) && node.context === true ? zerosLike(g as Tensor) : null,
  node.next.length > 1 && node.wants(1) ? (g as Tensor) : null,
];

/**
 * Makes `node` (null: a constant) the maker of what `self` now holds. For a view its base gets the
 * history: the old one outside the view, the new one inside; other views find out at their next use.
 */
export function rebase(self: Tensor, node: GradNode | null, outputIndex = 0): void {
  const { base } = self;
  if (base === null) {
    self.gradFn = node;
    self.outputIndex = outputIndex;
    return;
  }
  const inside = self.detach();
  inside.gradFn = node;
  inside.outputIndex = outputIndex;
  const { shape, strides, offset } = self;
  base.gradFn = new GradNode('copySlices', [base, inside], slicesBack, [], {
    shape,
    strides,
    offset: offset - base.offset,
    layout: layoutOf(base),
  } satisfies Slices);
  base.gradFn.once = true;
  base.outputIndex = 0;
}

interface Slices {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Counted from the first element of the base. */
  readonly offset: number;
  readonly layout: Layout | null;
}

const slicesBack: Backward = (node, [g]) => {
  const slice = node.context as Slices;
  const { shape, strides, offset, layout } = slice;
  const memory = laidOut(g as Tensor, layout);
  return [
    node.wants(0) ? fromLayout(withoutSlice(memory, slice), layout) : null,
    node.wants(1) ? lastWritten(stridedView(memory, shape, strides, offset), strides) : null,
  ];
};

/** The gradient of a window some elements of which share a place: it is that of the element written last. */
function lastWritten(gradient: Tensor, strides: readonly number[]): Tensor {
  const { shape } = gradient;
  if (distinctPlaces(shape, strides)) return gradient;
  const last = new Map<number, number>();
  const earlier: number[] = [];
  for (let i = 0; i < gradient.count; i++) {
    let [place, rest] = [0, i];
    for (let d = shape.length - 1; d >= 0; d--) {
      const n = shape[d];
      place += (rest % n) * strides[d];
      rest = Math.floor(rest / n);
    }
    const before = last.get(place);
    if (before !== undefined) earlier.push(before);
    last.set(place, i);
  }
  return withZeros(
    'lastWritten',
    gradient,
    ({ storage }) => {
      for (const i of earlier) fillWith(new Tensor(storage, [], [], i), 0);
    },
    (_node, grad) => lastWritten(grad, strides),
  );
}

/** A copy of a dense tensor with zeros in a strided window: exact, whatever stood there. */
function withoutSlice(x: Tensor, slice: Slices): Tensor {
  return withZeros(
    'withoutSlice',
    x,
    (out) => fillWith(new Tensor(out.storage, slice.shape, slice.strides, slice.offset), 0),
    (_node, grad) => withoutSlice(grad, slice),
  );
}

/**
 * A dense copy of `x` in which `erase` has set elements to 0. The gradient is 0 at the same places, and not a product
 * with 0: an infinity or NaN that comes from there must not show.
 */
export function withZeros(
  name: string,
  x: Tensor,
  erase: (copy: Tensor) => void,
  again: (node: GradNode, gradient: Tensor) => Tensor,
  saved: readonly Tensor[] = [],
): Tensor {
  const out = copyDense(x.detach());
  erase(out);
  return record(name, out, [x], (node, [g]) => [again(node, g as Tensor)], saved);
}
