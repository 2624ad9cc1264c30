// What a dataset is, and what stands for one.

/**
 * Items by position (PyTorch: a map-style `Dataset`, whose `__len__` is `length` here and whose
 * `__getitem__` is `get`). Any object of this shape will do, and an array of items where a dataset is expected. `get`
 * may return a promise, for `for await` over a loader.
 */
export interface Dataset<T> {
  readonly length: number;
  /** The item of an index from 0 to `length - 1` (PyTorch: `__getitem__`). */
  get(index: number): T;
}

/** What stands for a dataset: one, or an array of its items. */
export type DatasetLike<T> = Dataset<T> | readonly T[];
