// Collates the items of a batch.
import {
  callable,
  type DType,
  DTypeError,
  isOptionsObject,
  kinds,
  need,
  ShapeError,
  stack,
  Tensor,
  tensor,
  ValueError,
} from '@dl/core/functional';

type TypedArray = Exclude<ArrayBufferView, DataView> & ArrayLike<number | bigint>;

const isTypedArray = (x: unknown): x is TypedArray =>
  ArrayBuffer.isView(x) && !(x instanceof DataView);

/** Throws unless all items are of the first one's kind. */
function checkAlike(items: readonly unknown[], is: (x: unknown) => boolean): void {
  const other = items.find((x) => !is(x));
  if (other === undefined && items.every(is)) return;
  throw new DTypeError(
    `defaultCollate: the items of a batch must all be of the same kind, got ${kinds.described(items[0])} and ${kinds.described(other)}`,
  );
}

/** Integers are labels or indices: int32, the library's index type, if they fit. */
function dtypeOf(numbers: readonly number[]): DType {
  if (!numbers.every(Number.isSafeInteger)) return 'float32';
  return numbers.every((x) => Math.abs(x) < 2 ** 31) ? 'int32' : 'int64';
}

function collated(items: readonly unknown[]): unknown {
  const first = items[0];
  if (items.length === 0)
    throw new ValueError('defaultCollate: a batch must have at least one item');
  if (first instanceof Tensor) {
    checkAlike(items, (x) => x instanceof Tensor);
    return stack(items as Tensor[]);
  }
  if (typeof first === 'number') {
    checkAlike(items, (x) => typeof x === 'number');
    return tensor(items as number[], { dtype: dtypeOf(items as number[]) });
  }
  if (typeof first === 'boolean' || typeof first === 'bigint') {
    checkAlike(items, (x) => typeof x === typeof first);
    return tensor(items as number[]);
  }
  if (typeof first === 'string') {
    checkAlike(items, (x) => typeof x === 'string');
    return [...items];
  }
  if (isTypedArray(first)) {
    checkAlike(items, isTypedArray);
    return stack(items.map((x) => tensor(x as Float32Array)));
  }
  if (Array.isArray(first)) {
    checkAlike(items, Array.isArray);
    const lists = items as unknown[][];
    const other = lists.find((x) => x.length !== first.length);
    if (other !== undefined) {
      throw new ShapeError(
        `defaultCollate: the items of a batch must all have the same length, got arrays of length ${first.length} and ${other.length}; ` +
          'pass your own collateFn, such as one that pads the arrays',
      );
    }
    return first.map((_, i) => collated(lists.map((x) => x[i])));
  }
  if (isOptionsObject(first)) {
    checkAlike(items, isOptionsObject);
    const keys = Object.keys(first);
    const lacking = items.find((x) => Object.keys(x as object).join() !== keys.join()) as
      | object
      | undefined;
    if (lacking !== undefined && !sameKeys(keys, lacking)) {
      throw new ShapeError(
        `defaultCollate: the items of a batch must have the same keys, got { ${keys.join(', ')} } and { ${Object.keys(lacking).join(', ')} }`,
      );
    }
    const objects = items as Record<string, unknown>[];
    return Object.fromEntries(keys.map((key) => [key, collated(objects.map((x) => x[key]))]));
  }
  throw new DTypeError(
    `defaultCollate: items must be tensors, numbers, booleans, strings, typed arrays, or arrays or plain objects of these, got ${kinds.described(first)}; ` +
      'pass your own collateFn',
  );
}

const sameKeys = (keys: readonly string[], x: object): boolean =>
  Object.keys(x).length === keys.length && keys.every((key) => Object.hasOwn(x, key));

/** Converts typed arrays to tensors, also inside arrays and objects. Applied to items without batches. */
export function converted(item: unknown): unknown {
  if (isTypedArray(item)) return tensor(item as unknown as Float32Array);
  if (Array.isArray(item)) return item.map(converted);
  if (!isOptionsObject(item)) return item;
  return Object.fromEntries(Object.entries(item).map(([key, value]) => [key, converted(value)]));
}

const items: kinds.Kind<readonly unknown[]> = {
  words: 'a list of items',
  is: (x): x is readonly unknown[] => Array.isArray(x),
};

/**
 * Collates the items of a batch (PyTorch: `default_collate`). Tensors of the same shape and typed arrays of the same
 * length are stacked along a new first dimension. Numbers and booleans become a vector. Arrays and objects are collated
 * by index and by key. Strings stay an array. A batch of integers is int32, or int64 if they do not fit (PyTorch:
 * int64); with a fraction among them it is float32.
 *
 * @throws DTypeError for items of an unsupported kind or of different kinds; ShapeError for tensors of different shapes,
 * arrays of different lengths, and objects with different keys.
 * @example defaultCollate([[tensor([1]), 0], [tensor([2]), 1]]) // [tensor of [2, 1], tensor of [2]]
 */
export const defaultCollate = /*#__PURE__*/ callable(
  'defaultCollate',
  collated,
  [/*#__PURE__*/ need('items', items)],
  {},
);
