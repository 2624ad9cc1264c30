// Putting the items of a batch together.
import { DTypeError, isPlain, stack, Tensor, tensor } from '@dl/core/functional';

/**
 * Stacks the items of a batch (PyTorch: `default_collate`): tensors of one shape become one tensor
 * with a new first dimension, numbers and booleans a vector, arrays and objects are collated by
 * position and by key. Strings stay an array.
 *
 * @throws DTypeError for items of another kind; ShapeError for tensors of different shapes.
 * @example defaultCollate([[tensor([1]), 0], [tensor([2]), 1]]) // [tensor of [2, 1], tensor of [2]]
 */
export function defaultCollate(items: readonly unknown[]): unknown {
  const first = items[0];
  if (first instanceof Tensor) return stack(items as Tensor[]);
  if (typeof first === 'number' || typeof first === 'boolean' || typeof first === 'bigint') {
    return tensor(items as number[]);
  }
  if (typeof first === 'string') return [...items];
  if (Array.isArray(first)) {
    return first.map((_, i) => defaultCollate(items.map((item) => (item as unknown[])[i])));
  }
  if (first !== null && typeof first === 'object' && isPlain(first)) {
    return Object.fromEntries(
      Object.keys(first).map((key) => [
        key,
        defaultCollate(items.map((item) => (item as Record<string, unknown>)[key])),
      ]),
    );
  }
  throw new DTypeError(
    `DataLoader: items must be tensors, numbers, strings, arrays or plain objects of these, got ${first === null ? 'null' : typeof first}; ` +
      'give a collate function of your own',
  );
}
