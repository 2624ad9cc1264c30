// Gather and scatter: moving elements to and from the positions in index tensors.
import { IndexError } from '../../errors.js';
import type { IndexedAxis, Reducer, View } from '../contract.js';
import { broadcastStrides, mergeLoops, walk } from '../loops.js';
import type { Elements } from './kernels.js';

/** Calls `each` for every element: its position on the indexed side and on the plain side. */
function move(
  indexed: View,
  indices: readonly IndexedAxis[],
  plain: View,
  each: (indexedAt: number, plainAt: number) => void,
): void {
  const rank = plain.shape.length;
  const loops = mergeLoops(plain.shape, [
    broadcastStrides(indexed, rank),
    plain.strides,
    ...indices.map((i) => broadcastStrides(i.index, rank)),
  ]);
  const inner = loops.sizes.length - 1;
  const length = loops.sizes[inner];
  const step = loops.strides.map((s) => s[inner]);
  const offsets = [indexed.offset, plain.offset, ...indices.map((i) => i.index.offset)];
  // If no index moves along the innermost loop, its shift is the same for the whole run.
  const fixed = indices.every((_, k) => step[k + 2] === 0);
  const shift = (at: readonly number[], i: number): number => {
    let total = 0;
    for (let k = 0; k < indices.length; k++) {
      const { index, size, stride } = indices[k];
      let v = (index.buffer as Elements)[at[k + 2] + i * step[k + 2]];
      if (v < -size || v >= size) {
        throw new IndexError(
          `index ${v} is out of range for a dimension of size ${size}; valid are ${-size} to ${size - 1}`,
        );
      }
      if (v < 0) v += size;
      total += v * stride;
    }
    return total;
  };
  walk(loops, inner, offsets, (at) => {
    let p = at[0];
    let q = at[1];
    if (fixed && length > 0) p += shift(at, 0);
    for (let i = 0; i < length; i++) {
      each(fixed ? p : p + shift(at, i), q);
      p += step[0];
      q += step[1];
    }
  });
}

/** See `Backend.gather`. */
export function gather(source: View, indices: readonly IndexedAxis[], output: View): void {
  const from = source.buffer as Elements;
  const to = output.buffer as Elements;
  move(source, indices, output, (p, q) => {
    to[q] = from[p];
  });
}

const store = {
  set: (_old, x) => x,
  sum: (old, x) => old + x,
  prod: (old, x) => old * x,
  min: (old, x) => (x < old || Number.isNaN(x) ? x : old),
  max: (old, x) => (x > old || Number.isNaN(x) ? x : old),
} satisfies Record<'set' | Reducer, (old: number, x: number) => number>;

/** See `Backend.scatter`. */
export function scatter(
  source: View,
  indices: readonly IndexedAxis[],
  target: View,
  combine: 'set' | Reducer,
): void {
  const from = source.buffer as Elements;
  const to = target.buffer as Elements;
  const put = store[combine];
  move(target, indices, source, (p, q) => {
    to[p] = put(to[p], from[q]);
  });
}
