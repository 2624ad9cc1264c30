// Kinds of the arguments of datasets and loaders, and conversion to datasets.
import { IndexError, kinds, Tensor, ValueError } from '@dl/core/functional';
import type { Dataset, DatasetLike } from './dataset-like.js';

export type { DatasetLike } from './dataset-like.js';

const isObject = (x: unknown): x is object => typeof x === 'object' && x !== null;
const isDataset = (x: unknown): x is Dataset<unknown> =>
  isObject(x) &&
  typeof (x as Dataset<unknown>).get === 'function' &&
  typeof (x as Dataset<unknown>).length === 'number';
export const isList = (x: unknown): x is ArrayLike<unknown> =>
  Array.isArray(x) || (ArrayBuffer.isView(x) && !(x instanceof DataView));
const isIterable = (x: unknown): x is Iterable<unknown> =>
  isObject(x) && Symbol.iterator in x && !(x instanceof Map) && !(x instanceof Tensor);
const isAsyncIterable = (x: unknown): x is AsyncIterable<unknown> =>
  isObject(x) && Symbol.asyncIterator in x;

/** Whether it can be iterated over only once, as a generator. */
export const isUsedUp = (x: unknown): boolean =>
  (isIterable(x) && (x as { [Symbol.iterator](): unknown })[Symbol.iterator]() === x) ||
  (isAsyncIterable(x) &&
    !isIterable(x) &&
    (x as { [Symbol.asyncIterator](): unknown })[Symbol.asyncIterator]() === x);

export const datasetKind: kinds.Kind<DatasetLike<unknown>> = {
  words: 'a dataset (an object with length and get(index)) or an array',
  is: (x): x is DatasetLike<unknown> => isDataset(x) || isList(x),
};

export const datasets: kinds.Kind<readonly DatasetLike<unknown>[]> = {
  words: 'a list of datasets',
  is: (x): x is readonly DatasetLike<unknown>[] => Array.isArray(x) && x.every(datasetKind.is),
};

export const sourceKind: kinds.Kind<unknown> = {
  words: 'a dataset (an object with length and get(index)), an array or an iterable',
  is: (x): x is unknown => datasetKind.is(x) || isIterable(x) || isAsyncIterable(x),
};

export const iterable: kinds.Kind<Iterable<never>> = {
  words: 'an array or another iterable',
  is: (x): x is Iterable<never> => isIterable(x),
};

/** A dataset of an array's items. */
class ListDataset<T> implements Dataset<T> {
  constructor(private readonly list: ArrayLike<T>) {}

  get length(): number {
    return this.list.length;
  }

  get(index: number): T {
    const place = index < 0 ? index + this.length : index;
    if (!Number.isInteger(place) || place < 0 || place >= this.length) {
      throw new IndexError(
        `dataset.get: index ${kinds.described(index)} is out of range for ${this.length} items`,
      );
    }
    return this.list[place];
  }
}

/** A dataset of an iterable's items, without indices. */
export class StreamDataset<T> implements Dataset<T> {
  constructor(readonly items: Iterable<T> | AsyncIterable<T>) {}

  get length(): number {
    const { length } = this.items as { length?: unknown };
    if (typeof length === 'number') return length;
    throw new ValueError('DataLoader: the dataset is an iterable without a length');
  }

  get(): T {
    throw new ValueError('DataLoader: the dataset is an iterable, whose items have no indices');
  }
}

/** Converts a dataset or an array to a dataset. */
export function datasetOf<T>(x: DatasetLike<T>): Dataset<T> {
  return isList(x) ? new ListDataset<T>(x) : x;
}

/** Converts a dataset, an array or an iterable to a dataset. */
export const sourceOf = <T>(
  x: DatasetLike<T> | Iterable<T> | AsyncIterable<T>,
): Dataset<T> | StreamDataset<T> =>
  datasetKind.is(x) ? datasetOf(x as DatasetLike<T>) : new StreamDataset(x as Iterable<T>);
