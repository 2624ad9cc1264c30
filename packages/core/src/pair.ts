// Results of two tensors, accessible by name and by position. `T` is the tensor.

/**
 * Values and their indices: `const { values, indices } = x.max(1)` and `const [values, indices] = x.max(1)` both work,
 * as PyTorch's named tuples do. The name `values` hides the array method of that name.
 */
export interface PairOf<T> {
  /** The values. */
  readonly values: T;
  /** Their indices, int32. */
  readonly indices: T;
  readonly 0: T;
  readonly 1: T;
  readonly length: 2;
  [Symbol.iterator](): IterableIterator<T>;
}
