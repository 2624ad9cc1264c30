// Moving elements through the addon: gather, scatter, scan and sort.
import {
  type Backend,
  cpuBackend,
  IndexError,
  type IndexedAxis,
  type View,
} from '@dl/core/functional';
import { MAX_RANK, put, putShape, putView, reducers, startAt } from './command.js';
import { types } from './encode.js';
import { command, type Native } from './native.js';

/** See `Backend.gather`. */
export const gatherWith =
  (native: Native): Backend['gather'] =>
  (source, indices, output) => {
    if (!indexed(native, false, source, indices, output, -1)) {
      cpuBackend.gather(source, indices, output);
    }
  };

/** See `Backend.scatter`. */
export const scatterWith =
  (native: Native): Backend['scatter'] =>
  (source, indices, target, combine) => {
    const code = combine === 'set' ? -1 : reducers[combine];
    if (!indexed(native, true, target, indices, source, code)) {
      cpuBackend.scatter(source, indices, target, combine);
    }
  };

/** See `Backend.scan`. */
export const scanWith =
  ({ addon, sizes }: Native): Backend['scan'] =>
  (reducer, input, axis, output) => {
    const type = types[input.dtype];
    const fits = type >= 0 && input.dtype === output.dtype && input.shape.length <= MAX_RANK;
    if (fits && input.count > 0 && input.count >= sizes.move) {
      command[0] = type;
      command[1] = reducers[reducer];
      startAt(2);
      putShape(input.shape);
      put(axis);
      putView(input, input.shape.length);
      putView(output, input.shape.length);
      if (addon.scan(input.buffer, output.buffer)) return;
    }
    cpuBackend.scan(reducer, input, axis, output);
  };

/** See `Backend.sort`. */
export const sortWith =
  ({ addon, sizes }: Native): Backend['sort'] =>
  (input, axis, descending, values, indices) => {
    const type = types[input.dtype];
    const fits = type >= 0 && input.shape.length > 0 && input.shape.length <= MAX_RANK;
    if (fits && input.count > 0 && input.count >= sizes.move) {
      const rank = input.shape.length;
      command[0] = type;
      command[1] = descending ? 1 : 0;
      command[2] = values === null ? 0 : 1;
      command[3] = indices === null ? 0 : 1;
      startAt(4);
      putShape(input.shape);
      put(axis);
      const views = [input, values, indices].filter((x) => x !== null);
      for (const x of views) putView(x, rank);
      if (addon.sort(...views.map((x) => x.buffer))) return;
    }
    cpuBackend.sort(input, axis, descending, values, indices);
  };

/** Gather and scatter; false if the addon does not support the case. */
function indexed(
  { addon, sizes }: Native,
  scatter: boolean,
  moved: View,
  indices: readonly IndexedAxis[],
  other: View,
  combine: number,
): boolean {
  const type = types[other.dtype];
  const rank = other.shape.length;
  if (
    type < 0 ||
    moved.dtype !== other.dtype ||
    other.count === 0 ||
    other.count < sizes.move ||
    rank > MAX_RANK ||
    indices.length < 1 ||
    indices.length > 8 ||
    indices.some((i) => i.index.dtype !== 'int32')
  ) {
    return false;
  }
  command[0] = scatter ? 1 : 0;
  command[1] = type;
  command[2] = combine;
  command[3] = indices.length;
  startAt(4);
  putShape(other.shape);
  putView(other, rank);
  putView(moved, rank);
  for (const { size, stride } of indices) {
    put(size);
    put(stride);
  }
  for (const { index } of indices) putView(index, rank);
  command[0] = scatter ? 1 : 0;
  const done = addon.indexed(other.buffer, moved.buffer, ...indices.map((i) => i.index.buffer));
  if (done) return true;
  const [bad, size] = [command[0], command[1]];
  if (size < 0) return false;
  throw new IndexError(
    `index ${bad} is out of range for a dimension of size ${size}; valid are ${-size} to ${size - 1}`,
  );
}
