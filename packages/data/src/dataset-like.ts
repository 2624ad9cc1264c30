// The types of datasets and of values accepted as datasets.

/**
 * A dataset with indexed items (PyTorch: a map-style `Dataset`, whose `__len__` is `length` here and whose
 * `__getitem__` is `get`). Any object with these members is a dataset, and so is an array of items. `get`
 * may return a promise if the loader is used with `for await`.
 */
export interface Dataset<T> {
  readonly length: number;
  /** The item at an index from 0 to `length - 1` (PyTorch: `__getitem__`). */
  get(index: number): T;
}

/** A dataset, or an array of items. */
export type DatasetLike<T> = Dataset<T> | readonly T[];
