// Views given by strides, and their gradient, which may add several elements into one.
import { type Backward, GradNode } from '../../autograd/node.js';
import { numelOf, type Shape } from '../../shape.js';
import { Tensor, wrap } from '../../tensor.js';
import { onDeviceOf } from '../create/to-clone.js';
import { spread } from './index-plan.js';
import { placesArray } from './index-positions.js';
import { copyDense, makeView, reshapeDense } from './map-reduce.js';

interface StridedContext {
  readonly full: Shape;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** A strided view of a contiguous tensor, with `offset` counted from its first element. */
export function stridedView(
  x: Tensor,
  shape: Shape,
  strides: readonly number[],
  offset: number,
): Tensor {
  const context: StridedContext = { full: x.shape, shape, strides, offset };
  return makeView('asStrided', x, shape, strides, x.offset + offset, stridedBackward, context);
}

/** The gradient of a view of a contiguous tensor, run by the view's `gradFn`. */
export const stridedBackward: Backward = (node, [g]) => {
  const { full, shape, strides, offset } = node.context as StridedContext;
  return [stridedBack(g as Tensor, full, shape, strides, offset)];
};

/** Zeros of shape `full` with `g` added at the positions of the view's elements. */
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

/** The memory layout of a base that is not contiguous. */
export interface Layout {
  readonly shape: Shape;
  readonly strides: readonly number[];
}

/** The layout of a tensor; null if it is contiguous. */
export const layoutOf = (x: Tensor): Layout | null =>
  x.dense ? null : { shape: x.shape, strides: x.strides };

/** A gradient in memory of which views can be taken: contiguous, or flat in the tensor's layout. */
export function laidOut(g: Tensor, layout: Layout | null): Tensor {
  if (layout === null) return g.dense ? g : copyDense(g);
  const { shape, strides } = layout;
  return stridedBack(g, extentOf(layout), shape, strides, 0);
}

/** Converts memory in a layout back to the tensor's shape. */
export const fromLayout = (memory: Tensor, layout: Layout | null): Tensor =>
  layout === null ? memory : stridedView(memory, layout.shape, layout.strides, 0);

/** The history of a view whose memory was changed in place: that of its base, viewed by strides. */
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

/** The shape of the memory that a layout covers. */
const extentOf = ({ shape, strides }: Layout): Shape => [
  numelOf(shape) === 0 ? 0 : shape.reduce((last, n, d) => last + (n - 1) * strides[d], 1),
];
