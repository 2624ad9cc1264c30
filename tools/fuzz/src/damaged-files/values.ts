// Changes of values that are saved again: files that are in order, and hold what nobody expects.
import { ones, Tensor, tensor } from '@dl/core';
import { type Draw, EDGES } from './draw.js';

type Holder = Record<string, unknown>;

const isHolder = (x: unknown): x is Holder =>
  typeof x === 'object' && x !== null && !(x instanceof Tensor) && !ArrayBuffer.isView(x);

/** Every list and dict in a value. */
function holders(value: unknown, found: Holder[] = []): Holder[] {
  if (!isHolder(value)) return found;
  found.push(value);
  for (const item of Object.values(value)) holders(item, found);
  return found;
}

/** The value with its lists and dicts copied. */
function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  if (!isHolder(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copied(item)]));
}

const numbers = [...EDGES, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 63)];
const texts = ['', 'x', '0', 'state', 'param_groups', 'constructor', 'toString'];

/** Anything that can be saved. */
const any = (draw: Draw): unknown =>
  draw.of<() => unknown>([
    () => draw.of(numbers),
    () => draw.of(texts),
    () => draw.of([null, true, false, 2n ** 64n, -1n]),
    () => draw.of([[], {}, [[]], [1, 2], new Set([1]), new Map([[1, 2]]), new Uint8Array(3)]),
    () => draw.of([tensor(1), tensor([1, 2]), ones([2, 3]), ones([0]), ones([5056])]),
    () => ones([draw.below(4), draw.below(4)], { dtype: draw.of(['int64', 'uint8', 'float16']) }),
  ])();

/** A copy of a value with one to three changes. */
export function changeValue(original: unknown, draw: Draw): unknown {
  const value = copied(original);
  for (let changes = 1 + draw.below(2) * draw.below(3); changes > 0; changes--) {
    const holder = draw.of(holders(value));
    const keys = Object.keys(holder);
    const key = keys.length > 0 ? draw.of(keys) : 'x';
    switch (draw.below(6)) {
      case 0:
        if (Array.isArray(holder)) holder.splice(Number(key), 1);
        else delete holder[key];
        break;
      case 1:
        if (Array.isArray(holder)) holder.push(any(draw));
        else holder[draw.of(texts)] = any(draw);
        break;
      case 2:
        // Another part of the same value.
        holder[Array.isArray(holder) ? keys.length : key] = copied(draw.of(holders(value)));
        break;
      default:
        if (keys.length > 0) holder[key] = any(draw);
    }
  }
  return value;
}
