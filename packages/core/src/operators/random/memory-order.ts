// Random numbers for a tensor that is not in row-major order: PyTorch draws them in memory order.
import type { Shape } from '../../shape.js';
import { Tensor } from '../../tensor.js';

/** The dimensions in memory order, outermost first; null if that is row-major, or if elements are repeated. */
function memoryOrder(x: Tensor): number[] | null {
  if (x.dense || x.strides.some((s, d) => s === 0 && x.shape[d] > 1)) return null;
  const order = x.shape.map((_, d) => d);
  order.sort((a, b) => x.strides[b] - x.strides[a] || a - b);
  return order.every((d, i) => d === i) ? null : order;
}

/** The results of `draw` in the shape of `x`, drawn in its memory order. */
export function inMemoryOrder(x: Tensor, draw: (shape: Shape) => Tensor): Tensor {
  const order = memoryOrder(x);
  if (order === null) return draw(x.shape);
  const drawn = draw(order.map((d) => x.shape[d]));
  const strides = new Array<number>(x.ndim);
  order.forEach((d, i) => {
    strides[d] = drawn.strides[i];
  });
  const out = new Tensor(drawn.storage, x.shape, strides, drawn.offset);
  out.requiresGrad = drawn.requiresGrad;
  return out;
}
