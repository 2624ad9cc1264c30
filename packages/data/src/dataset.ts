// Datasets: objects with a length and indexed items.
import {
  at,
  callable,
  type Generator,
  IndexError,
  isOptionsObject,
  kinds,
  need,
  randperm,
  ShapeError,
  Signature,
  type Tensor,
  takes,
  ValueError,
} from '@dl/core/functional';
import { datasetKind, datasetOf, datasets } from './arguments.js';
import type { Dataset, DatasetLike } from './dataset-like.js';

export type { Dataset } from './dataset-like.js';

const together = /*#__PURE__*/ takes<[tensors: readonly Tensor[]]>()(
  'TensorDataset',
  [
    /*#__PURE__*/ need('tensors', {
      words: 'tensors',
      is: (x): x is readonly Tensor[] => kinds.tensor.is(x) || kinds.tensors.is(x),
    }),
  ],
  {},
);

/** An item of a {@link TensorDataset}: one slice of each tensor. */
export type Slices<T extends readonly Tensor[]> = { -readonly [K in keyof T]: Tensor };

/**
 * A dataset of tensors, indexed along the first dimension (PyTorch: `TensorDataset`). An item has one slice of each tensor.
 *
 * @throws ShapeError if the sizes of the first dimensions differ.
 * @example new TensorDataset(images, labels).get(0) // [image, label]
 */
export class TensorDataset<T extends readonly Tensor[] = Tensor[]> implements Dataset<Slices<T>> {
  readonly tensors: readonly Tensor[];
  readonly length: number;

  constructor(...tensors: T);
  constructor(tensors: readonly [...T]);
  constructor(...given: Tensor[] | [tensors: readonly Tensor[]]) {
    const last: unknown = given.at(-1);
    const named = isOptionsObject(last);
    const list = named ? given.slice(0, -1) : given;
    const all = (list.length === 1 && Array.isArray(list[0]) ? list[0] : list) as Tensor[];
    const [tensors] = together.take((named ? [all, last] : [all]) as [readonly Tensor[]]);
    const first = tensors[0];
    if (first === undefined) throw new ValueError('TensorDataset: at least one tensor is required');
    const sizes = tensors.map((x) => x.shape[0]);
    if (sizes.some((n) => n === undefined || n !== sizes[0])) {
      throw new ShapeError(
        `TensorDataset: all tensors must have the same size in dimension 0, got shapes ${tensors.map((x) => `[${x.shape.join(', ')}]`).join(' and ')}`,
      );
    }
    this.tensors = tensors;
    this.length = sizes[0];
  }

  /** The slices of the tensors at an index, as views. */
  get(index: number): Slices<T> {
    return this.tensors.map((x) => at(x, index)) as Slices<T>;
  }
}

const subset = /*#__PURE__*/ new Signature(
  'Subset',
  [/*#__PURE__*/ need('dataset', datasetKind), /*#__PURE__*/ need('indices', kinds.numbers)],
  {},
);

/**
 * A subset of a dataset, given by indices (PyTorch: `Subset`).
 *
 * @throws IndexError for an index out of range.
 * @example new Subset(dataset, [0, 2, 4])
 */
export class Subset<T> implements Dataset<T> {
  readonly dataset: Dataset<T>;
  readonly indices: readonly number[];

  constructor(
    ...given:
      | [dataset: DatasetLike<T>, indices: readonly number[]]
      | [dataset: DatasetLike<T>, named: { indices: readonly number[] }]
  ) {
    const [list, indices] = subset.take(given) as [DatasetLike<T>, readonly number[]];
    const dataset = datasetOf(list);
    const bad = indices.find((i) => !Number.isInteger(i) || i < 0 || i >= dataset.length);
    if (bad !== undefined) {
      throw new IndexError(`Subset: index ${bad} is out of range for ${dataset.length} items`);
    }
    this.dataset = dataset;
    this.indices = indices;
  }

  get length(): number {
    return this.indices.length;
  }

  /** The item at an index of the subset. */
  get(index: number): T {
    const at = this.indices[index];
    if (at === undefined) {
      throw new IndexError(`Subset: index ${index} is out of range for ${this.length} items`);
    }
    return this.dataset.get(at);
  }
}

function randomSplitOf<T>(
  list: DatasetLike<T>,
  lengths: readonly number[],
  options: { generator?: Generator } = {},
): Subset<T>[] {
  const dataset = datasetOf(list);
  let sizes = [...lengths];
  const total = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);
  if (
    Math.abs(total(sizes) - 1) < 1e-9 &&
    sizes.every((f) => f >= 0 && f <= 1) &&
    dataset.length !== 1
  ) {
    sizes = sizes.map((f) => Math.floor(dataset.length * f));
    // The remainder after rounding goes to the first parts, one item each.
    const left = dataset.length - total(sizes);
    for (let i = 0; i < left; i++) sizes[i % sizes.length] = sizes[i % sizes.length] + 1;
  }
  if (total(sizes) !== dataset.length || sizes.some((n) => !Number.isInteger(n) || n < 0)) {
    throw new ValueError(
      `randomSplit: the lengths [${lengths.join(', ')}] must sum to ${dataset.length}, the length of the dataset, or be fractions that sum to 1`,
    );
  }
  const order = randperm(dataset.length, options).toArray() as number[];
  let at = 0;
  return sizes.map((n) => {
    const part = new Subset(dataset, order.slice(at, at + n));
    at += n;
    return part;
  });
}

/** One part for each length. */
type Parts<T, L extends readonly number[]> = { -readonly [K in keyof L]: Subset<T> };

/** The signatures of `randomSplit`. */
interface RandomSplit {
  <T, const L extends readonly number[]>(
    dataset: DatasetLike<T>,
    lengths: L,
    options?: { generator?: Generator },
  ): Parts<T, L>;
  <T, const L extends readonly number[]>(
    dataset: DatasetLike<T>,
    options: { lengths: L; generator?: Generator },
  ): Parts<T, L>;
}

/**
 * Splits a dataset randomly into parts (PyTorch: `random_split`), drawn as PyTorch draws them.
 *
 * @param lengths lengths that sum to the dataset's length, or fractions that sum to 1.
 * @throws ValueError if the sum is wrong.
 * @example const [train, valid] = randomSplit(dataset, [0.8, 0.2], { generator });
 */
export const randomSplit = /*#__PURE__*/ callable(
  'randomSplit',
  randomSplitOf<unknown>,
  [/*#__PURE__*/ need('dataset', datasetKind), /*#__PURE__*/ need('lengths', kinds.numbers)],
  { generator: kinds.generator },
) as RandomSplit;

const joined = /*#__PURE__*/ new Signature(
  'ConcatDataset',
  [/*#__PURE__*/ need('datasets', datasets)],
  {},
);

/**
 * Concatenates datasets (PyTorch: `ConcatDataset`).
 *
 * @example new ConcatDataset([first, second]).length // the sum of their lengths
 */
export class ConcatDataset<T> implements Dataset<T> {
  readonly datasets: readonly Dataset<T>[];
  readonly length: number;

  constructor(...given: [datasets: readonly DatasetLike<T>[]]) {
    const [list] = joined.take(given) as [readonly DatasetLike<T>[]];
    if (list.length === 0)
      throw new ValueError('ConcatDataset: datasets must have at least one dataset');
    this.datasets = list.map((x) => datasetOf(x));
    this.length = this.datasets.reduce((n, d) => n + d.length, 0);
  }

  /** The item at an index, counted over all datasets. */
  get(index: number): T {
    let at = index < 0 ? index + this.length : index;
    if (Number.isInteger(at) && at >= 0) {
      for (const d of this.datasets) {
        if (at < d.length) return d.get(at);
        at -= d.length;
      }
    }
    throw new IndexError(`ConcatDataset: index ${index} is out of range for ${this.length} items`);
  }
}
