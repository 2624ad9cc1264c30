// Views given by strides, and their gradient, which may add several elements into one.
import { callable } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { may, need } from '../arguments/signature.js';
import { type Backward, GradNode } from '../autograd/node.js';
import { ShapeError } from '../errors.js';
import { checkShape, numelOf, type Shape, show } from '../shape.js';
import { checkTensor, Tensor, wrap } from '../tensor.js';
import { onDeviceOf } from './convert.js';
import { spread } from './index-plan.js';
import { placesArray } from './places.js';
import { copyDense, makeView, reshapeDense } from './run.js';

interface StridedContext {
  readonly full: Shape;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** A strided window on a dense tensor, `offset` counted from its first element. */
export function stridedView(
  x: Tensor,
  shape: Shape,
  strides: readonly number[],
  offset: number,
): Tensor {
  const context: StridedContext = { full: x.shape, shape, strides, offset };
  return makeView('asStrided', x, shape, strides, x.offset + offset, stridedBackward, context);
}

/** The gradient of a view of a dense tensor, as the view's `gradFn` runs it. */
export const stridedBackward: Backward = (node, [g]) => {
  const { full, shape, strides, offset } = node.context as StridedContext;
  return [stridedBack(g as Tensor, full, shape, strides, offset)];
};

/** Zeros of shape `full` with `g` added where the view's elements lie. */
export function stridedBack(
  g: Tensor,
  full: Shape,
  shape: Shape,
  strides: readonly number[],
  offset: number,
): Tensor {
  const count = numelOf(full);
  const places = placesArray('backward', count);
  for (let i = 0; i < count; i++) places[i] = i;
  const dense = wrap(places, [count], 'int32');
  const index = new Tensor(dense.storage, shape, strides, offset);
  const axes = [{ dim: 0, index: onDeviceOf(g, index) }];
  const plan = { shape, walks: shape.map(() => -1), axes };
  return reshapeDense(spread(g, plan, [count]), full);
}

function asStridedOf(
  x: Tensor,
  shape: Shape,
  strides: readonly number[],
  storageOffset: number = x.offset,
): Tensor {
  checkTensor('asStrided', x);
  checkShape('asStrided', shape);
  if (strides.length !== shape.length || strides.some((s) => !Number.isInteger(s) || s < 0)) {
    throw new ShapeError(
      `asStrided: strides ${show(strides)} must be non-negative integers, one for each size of ${show(shape)}`,
    );
  }
  const last = shape.reduce((at, n, d) => at + (n - 1) * strides[d], storageOffset);
  if (storageOffset < 0 || (numelOf(shape) > 0 && last >= x.storage.length)) {
    throw new ShapeError(
      `asStrided: shape ${show(shape)} with strides ${show(strides)} from ${storageOffset} on reaches element ${last}, ` +
        `the memory has ${x.storage.length}`,
    );
  }
  if (x.requiresGrad && (!x.dense || x.count !== x.storage.length)) {
    throw new ShapeError(
      'asStrided: only a contiguous tensor with its own memory is differentiable; use clone()',
    );
  }
  return stridedView(x, [...shape], [...strides], storageOffset - x.offset);
}

/** How a base lies in memory, where that is not densely in row-major order. */
export interface Layout {
  readonly shape: Shape;
  readonly strides: readonly number[];
}

/** The layout of a tensor; null if it is dense. */
export const layoutOf = (x: Tensor): Layout | null =>
  x.dense ? null : { shape: x.shape, strides: x.strides };

/** A gradient as memory that windows of its tensor can be seen in: dense, or flat in the tensor's layout. */
export function laidOut(g: Tensor, layout: Layout | null): Tensor {
  if (layout === null) return g.dense ? g : copyDense(g);
  const { shape, strides } = layout;
  return stridedBack(g, extentOf(layout), shape, strides, 0);
}

/** Back from memory in a layout to the tensor's shape. */
export const fromLayout = (memory: Tensor, layout: Layout | null): Tensor =>
  layout === null ? memory : stridedView(memory, layout.shape, layout.strides, 0);

const extentOf = ({ shape, strides }: Layout): Shape => [
  numelOf(shape) === 0 ? 0 : shape.reduce((last, n, d) => last + (n - 1) * strides[d], 1),
];

/**
 * A view by explicit strides (PyTorch: `torch.as_strided`), counted in elements of the memory that
 * the tensor lies in.
 *
 * @param storageOffset position of the first element; default: the tensor's own.
 * @throws ShapeError if an element lies outside the memory, or a tensor that is differentiated is
 * not contiguous.
 * @example asStrided(arange(6), [2, 2], [1, 2]) // tensor([[0, 2], [1, 3]], dtype=torch.int32)
 */
export const asStrided = /*#__PURE__*/ callable(
  'asStrided',
  asStridedOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('size', kinds.list),
    /*#__PURE__*/ need('stride', kinds.list),
    /*#__PURE__*/ may('storageOffset', kinds.integer),
  ],
  {},
);

/** The history of a view whose memory was changed in place: that of its base, seen by strides. */
export function makerFromBase(view: Tensor, base: Tensor): GradNode {
  const { shape, strides, offset } = view;
  const layout = layoutOf(base);
  const full = layout === null ? base.shape : extentOf(layout);
  const from = offset - base.offset;
  return new GradNode(
    'asStrided',
    [base],
    (_node, [g]) => [fromLayout(stridedBack(g as Tensor, full, shape, strides, from), layout)],
    [],
    null,
  );
}
