// In-place changes: what is allowed, and how the history follows, through views too.
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
 * Throws for an in-place change, computed from these operands, that the tape cannot follow (see {@link checkLeaf}), or
 * of memory that several elements share.
 */
export function checkWritable(operator: string, x: Tensor, ...operands: readonly Tensor[]): void {
  refuseRepeated(operator, x);
  checkLeaf(operator, x, ...operands);
}

/**
 * Throws when, while gradients are recorded, a leaf that requires gradients or a view of one would be changed; also for
 * one of several views returned together, and for a view created inside noGrad, if the change would be recorded.
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

/** Throws if a result has another shape, or a dtype that cannot be cast to the tensor's. */
export function checkFits(operator: string, self: Tensor, shape: Shape, dtype: DType): void {
  const plain = operator.replace(/_$/, '');
  if (!sameShape(shape, self.shape)) {
    throw new ShapeError(
      `${operator}: the result has shape ${show(shape)}, which does not fit the tensor of shape ${show(self.shape)} that it is written to; use ${plain}()`,
    );
  }
  const order = { bool: 0, int: 1, float: 2 } satisfies Record<Category, number>;
  if (order[dtypes[dtype].category] > order[dtypes[self.dtype].category]) {
    throw new DTypeError(
      `${operator}: the result is ${dtype}, which cannot be stored in a ${self.dtype} tensor; use ${plain}()`,
    );
  }
}

/** Whether a change of `x` by these operands is recorded. */
export function recordsChange(x: Tensor, ...operands: readonly Tensor[]): boolean {
  if (!isRecording()) return false;
  return x.requiresGrad || anyRequiresGrad(operands);
}

/** Whether writing to `target` would overwrite elements of `x` that have not been read yet. */
export function clashes(x: Tensor, target: Tensor): boolean {
  if (x.storage !== target.storage) return false;
  return !(
    x.offset === target.offset &&
    sameShape(x.shape, target.shape) &&
    x.strides.every((s, d) => s === target.strides[d])
  );
}

/** Writes the elements of `source`, broadcast and converted, into `target`, without any history. */
export function overwrite(target: Tensor, source: Tensor): void {
  const backend = commonBackend('copy_', [target, source]);
  const from = clashes(source, target) ? copyDense(source) : source;
  backend.map(castCase(source.dtype, target.dtype).program, [from], [target], []);
}

/**
 * The input of an in-place form: `x`, or a copy if the change is recorded, since gradients may read the elements that
 * are overwritten.
 */
export function beforeChange(x: Tensor, ...operands: readonly Tensor[]): Tensor {
  return recordsChange(x, ...operands) ? copyDense(x) : x;
}

/**
 * Writes a computed result of the same shape into `self`, with the result's history: the old `self` stays an input of
 * the operation that computed it. The result must be a new tensor.
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
  // The result that the node has saved is now in this memory, and must not be changed either.
  const kept = self.detach();
  kept.gradFn = node;
  kept.outputIndex = made.outputIndex;
  node.saveInstead(made, kept);
  rebase(self, node, made.outputIndex);
  return self;
}

/**
 * Writes a tensor of the same shape into `self`, which gets its own node: the gradient goes to `source`, and zeros to
 * the old value. As in PyTorch, `self` stays in the graph if `source` is a constant.
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
 * Records that all elements of `self` were replaced by elements without a history. As in PyTorch it stays in the graph,
 * and the old value gets a gradient of zeros.
 */
export function replaced(operator: string, self: Tensor): void {
  const node = historyOf(operator, self, null);
  self.storage.version++;
  if (node !== undefined) rebase(self, node);
}

/** The node of a tensor that is overwritten as a whole; undefined if the change is not recorded. */
function historyOf(
  operator: string,
  self: Tensor,
  source: Tensor | null,
): GradNode | null | undefined {
  const isSource = source?.requiresGrad === true;
  if (!recordsChange(self) && !(isSource && recordsChange(source))) return undefined;
  const inputs = source === null ? [self] : [self, source];
  // The rest of a view's base already has the zeros.
  if (!isSource && self.base !== null) return null;
  return new GradNode(operator, inputs, writeBack, [], self.base === null);
}

const writeBack: Backward = (node, [g]) => [
  node.wants(0) && node.context === true ? zerosLike(g as Tensor) : null,
  node.next.length > 1 && node.wants(1) ? (g as Tensor) : null,
];

/**
 * Makes `node` (null: a constant) the producer of `self`'s new value. For a view, its base gets a combined history: the
 * old one outside the view, the new one inside; other views update at their next use.
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

/** The gradient of a strided view in which elements share memory: the element written last gets it. */
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

/** A copy of a contiguous tensor with zeros in a strided view: exact, whatever the values were. */
function withoutSlice(x: Tensor, slice: Slices): Tensor {
  return withZeros(
    'withoutSlice',
    x,
    (out) => fillWith(new Tensor(out.storage, slice.shape, slice.strides, slice.offset), 0),
    (_node, grad) => withoutSlice(grad, slice),
  );
}

/**
 * A contiguous copy of `x` in which `erase` has set elements to 0. The gradient is set to 0 at the same positions
 * instead of multiplied by 0: an infinity or NaN from there must not show.
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
