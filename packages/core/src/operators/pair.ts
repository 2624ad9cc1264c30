// Results that come as two tensors, by name and by position.
import type { Tensor } from '../tensor.js';

/**
 * Values and where they were found: `const { values, indices } = x.max(1)` and
 * `const [values, indices] = x.max(1)` both work, as PyTorch's named tuples do. The name `values`
 * hides the array method of that name.
 */
export interface Pair {
  /** The values. */
  readonly values: Tensor;
  /** Their positions, int32. */
  readonly indices: Tensor;
  readonly 0: Tensor;
  readonly 1: Tensor;
  readonly length: 2;
  [Symbol.iterator](): IterableIterator<Tensor>;
}

/** Makes a pair. */
export function pair(values: Tensor, indices: Tensor): Pair {
  return {
    values,
    indices,
    0: values,
    1: indices,
    length: 2,
    *[Symbol.iterator]() {
      yield values;
      yield indices;
    },
  };
}
