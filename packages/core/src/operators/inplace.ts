// Changing tensors in place: what is allowed, and how the history moves on, through views too.
import { isRecording } from '../autograd/mode.js';
import { type Backward, GradNode } from '../autograd/node.js';
import { type Category, type DType, dtypes } from '../dtype.js';
import { AutogradError, DTypeError, ShapeError } from '../errors.js';
import { cast, type Expr, input } from '../scalar/expr.js';
import * as s from '../scalar/language.js';
import { type Shape, sameShape, show } from '../shape.js';
import { commonBackend, type Tensor } from '../tensor.js';
import { Case } from './case.js';
import { castCase, copyDense, runMap } from './run.js';
import { stridedBack, stridedView } from './strided.js';

/**
 * Refuses a change in place that the tape cannot follow: of a leaf that requires gradients, of a
 * view of one, or of memory that several elements share.
 */
export function checkWritable(operator: string, x: Tensor): void {
  for (let d = 0; d < x.ndim; d++) {
    if (x.strides[d] === 0 && (x.shape[d] as number) > 1) {
      throw new ShapeError(
        `${operator}: several elements of this tensor of shape ${show(x.shape)} share one place in memory (it was expanded); ` +
          'clone() it first',
      );
    }
  }
  if (!isRecording()) return;
  const root = x.base ?? x;
  if (root.isLeaf && root.requiresGrad) {
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
  return x.requiresGrad || (x.base?.requiresGrad ?? false) || operands.some((o) => o.requiresGrad);
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
 * Writes a computed result of the same shape over `self`, with the result's history: what was
 * `self` stays an input of the operation that computed it.
 */
export function assign(operator: string, self: Tensor, result: Tensor): Tensor {
  checkFits(operator, self, result.shape, result.dtype);
  checkWritable(operator, self);
  const recorded = recordsChange(self, result);
  overwrite(self, result.detach());
  self.storage.version++;
  if (recorded) {
    const node = result.requiresGrad ? new GradNode(operator, [result], passOn, [], null) : null;
    rebase(self, result.gradFn ?? node, result.gradFn === null ? 0 : result.outputIndex);
  }
  return self;
}

const passOn: Backward = (_node, [g]) => [g ?? null];

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
    full: base.shape,
  });
  base.outputIndex = 0;
}

interface Slices {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly full: readonly number[];
}

const differences = new Map<DType, Case>();

/** The difference of two tensors of one dtype; the operator itself is written in terms of this file. */
function differenceCase(dtype: DType): Case {
  let c = differences.get(dtype);
  if (c === undefined) {
    const { compute } = dtypes[dtype];
    const [a, b] = [0, 1].map((i) => cast(input(i, dtype), compute)) as [Expr, Expr];
    c = new Case('sub', cast(s.sub(a, b), dtype), [dtype, dtype], []);
    differences.set(dtype, c);
  }
  return c;
}

const slicesBack: Backward = (node, [g]) => {
  const { shape, strides, offset } = node.context as Slices;
  const grad = g as Tensor;
  const dense = grad.dense && grad.offset === 0 ? grad : copyDense(grad);
  const inside = stridedView(dense, shape, strides, offset);
  let outside: Tensor | null = null;
  if (node.wants(0)) {
    // The gradient less what belongs to the view.
    const inner = stridedBack(inside, dense.shape, shape, strides, offset);
    outside = runMap(differenceCase(dense.dtype), [dense, inner]);
  }
  return [outside, node.wants(1) ? inside : null];
};
