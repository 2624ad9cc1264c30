// The same values in other layouts: what an operator must not notice.
import { type Tensor, tensor, zeros } from '@dl/core';
import type { Input } from './case.js';

/** How an input lies in memory. */
export type Layout = 'contiguous' | 'transposed' | 'sliced' | 'offset';

export const layouts: readonly Layout[] = ['contiguous', 'transposed', 'sliced', 'offset'];

/** A tensor with the memory that it is a window on. */
export interface Placed {
  readonly tensor: Tensor;
  readonly memory: Tensor;
}

/** What fills memory around a window: nothing that a result could hide. */
const FILLER = 55;

/** An input on a device, in a layout. */
export function place(input: Input, device: string, layout: Layout = 'contiguous'): Placed {
  const { dtype, shape, values } = input;
  const host = tensor([...values], { dtype: 'float64' })
    .view(shape)
    .to(dtype);
  if (layout === 'contiguous' || shape.length === 0) {
    const x = host.to(device);
    return { tensor: x, memory: x };
  }
  if (layout === 'transposed') {
    const order = shape.map((_, d) => shape.length - 1 - d);
    const memory = host.permute(order).clone().to(device);
    return { tensor: memory.permute(order), memory };
  }
  if (layout === 'sliced') {
    const room = zeros(
      shape.map((n) => 2 * n + 2),
      { dtype },
    );
    room.fill_(FILLER);
    const items = shape.map((n) => `1:${2 * n + 1}:2`);
    room.set(items, host);
    const memory = room.to(device);
    return { tensor: memory.at(...items), memory };
  }
  const room = zeros([3, ...shape], { dtype });
  room.fill_(FILLER);
  room.set([1], host);
  const memory = room.to(device);
  return { tensor: memory.at(1), memory };
}
