// Datasets: things with a length and items by position.
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

/** An item of a {@link TensorDataset}: as many tensors as were given. */
export type Slices<T extends readonly Tensor[]> = { -readonly [K in keyof T]: Tensor };

/**
 * Tensors of one first size, whose items are their slices side by side (PyTorch: `TensorDataset`).
 *
 * @throws ShapeError if the first sizes differ.
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
    if (first === undefined) throw new ValueError('TensorDataset: give at least one tensor');
    const sizes = tensors.map((x) => x.shape[0]);
    if (sizes.some((n) => n === undefined || n !== sizes[0])) {
      throw new ShapeError(
        `TensorDataset: all tensors must have the same first size, got shapes ${tensors.map((x) => `[${x.shape.join(', ')}]`).join(' and ')}`,
      );
    }
    this.tensors = tensors;
    this.length = sizes[0];
  }

  /** The tensors' slices at a position, as views. */
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
 * Some items of a dataset, by their positions (PyTorch: `Subset`).
 *
 * @throws IndexError for a position outside of it.
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
      throw new IndexError(`Subset: position ${bad} is out of range for ${dataset.length} items`);
    }
    this.dataset = dataset;
    this.indices = indices;
  }

  get length(): number {
    return this.indices.length;
  }

  /** The item at a position of the subset. */
  get(index: number): T {
    const at = this.indices[index];
    if (at === undefined) {
      throw new IndexError(`Subset: position ${index} is out of range for ${this.length} items`);
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
    // What rounding leaves goes to the first parts, one each in turn.
    const left = dataset.length - total(sizes);
    for (let i = 0; i < left; i++) sizes[i % sizes.length] = sizes[i % sizes.length] + 1;
  }
  if (total(sizes) !== dataset.length || sizes.some((n) => !Number.isInteger(n) || n < 0)) {
    throw new ValueError(
      `randomSplit: the lengths [${lengths.join(', ')}] must add up to the dataset's ${dataset.length}, or be fractions that add up to 1`,
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

/** The calls of `randomSplit`. */
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
 * Cuts a dataset into random parts (PyTorch: `random_split`), drawn as PyTorch draws them.
 *
 * @param lengths sizes that add up to the dataset's, or fractions that add up to 1.
 * @throws ValueError if they do not add up.
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
 * Datasets one after another (PyTorch: `ConcatDataset`).
 *
 * @example new ConcatDataset([first, second]).length // the sum of theirs
 */
export class ConcatDataset<T> implements Dataset<T> {
  readonly datasets: readonly Dataset<T>[];
  readonly length: number;

  constructor(...given: [datasets: readonly DatasetLike<T>[]]) {
    const [list] = joined.take(given) as [readonly DatasetLike<T>[]];
    if (list.length === 0) throw new ValueError('ConcatDataset: give at least one dataset');
    this.datasets = list.map((x) => datasetOf(x));
    this.length = this.datasets.reduce((n, d) => n + d.length, 0);
  }

  /** The item at a position, counted through all of them. */
  get(index: number): T {
    let at = index < 0 ? index + this.length : index;
    if (Number.isInteger(at) && at >= 0) {
      for (const d of this.datasets) {
        if (at < d.length) return d.get(at);
        at -= d.length;
      }
    }
    throw new IndexError(
      `ConcatDataset: position ${index} is out of range for ${this.length} items`,
    );
  }
}
