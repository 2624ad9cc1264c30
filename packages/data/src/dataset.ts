// Datasets: things with a length and items by position.
import {
  at,
  type Generator,
  IndexError,
  randperm,
  ShapeError,
  type Tensor,
  ValueError,
} from '@dl/core/functional';

/**
 * Items by position (PyTorch: a map-style `Dataset`, whose `__len__` is `length` here and whose
 * `__getitem__` is `get`). Any object of this shape will do.
 */
export interface Dataset<T> {
  readonly length: number;
  /** The item of an index from 0 to `length - 1` (PyTorch: `__getitem__`). */
  get(index: number): T;
}

/**
 * Tensors of one first size, whose items are their slices side by side (PyTorch: `TensorDataset`).
 *
 * @throws ShapeError if the first sizes differ.
 * @example new TensorDataset(images, labels).get(0) // [image, label]
 */
export class TensorDataset implements Dataset<Tensor[]> {
  readonly tensors: readonly Tensor[];
  readonly length: number;

  constructor(...tensors: Tensor[]) {
    const first = tensors[0];
    if (first === undefined) throw new ValueError('TensorDataset: give at least one tensor');
    const sizes = tensors.map((x) => x.shape[0]);
    if (sizes.some((n) => n === undefined || n !== sizes[0])) {
      throw new ShapeError(
        `TensorDataset: all tensors must have the same first size, got shapes ${tensors.map((x) => `[${x.shape.join(', ')}]`).join(' and ')}`,
      );
    }
    this.tensors = tensors;
    this.length = sizes[0] as number;
  }

  /** The tensors' slices at a position, as views. */
  get(index: number): Tensor[] {
    return this.tensors.map((x) => at(x, index));
  }
}

/**
 * Some items of a dataset, by their positions (PyTorch: `Subset`).
 *
 * @throws IndexError for a position outside of it.
 * @example new Subset(dataset, [0, 2, 4])
 */
export class Subset<T> implements Dataset<T> {
  readonly dataset: Dataset<T>;
  readonly indices: readonly number[];

  constructor(dataset: Dataset<T>, indices: readonly number[]) {
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

/**
 * Cuts a dataset into random parts (PyTorch: `random_split`), drawn as PyTorch draws them.
 *
 * @param lengths sizes that add up to the dataset's, or fractions that add up to 1.
 * @throws ValueError if they do not add up.
 * @example const [train, valid] = randomSplit(dataset, [0.8, 0.2], { generator });
 */
export function randomSplit<T>(
  dataset: Dataset<T>,
  lengths: readonly number[],
  options: { generator?: Generator } = {},
): Subset<T>[] {
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
    for (let i = 0; i < left; i++)
      sizes[i % sizes.length] = (sizes[i % sizes.length] as number) + 1;
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

/**
 * Datasets one after another (PyTorch: `ConcatDataset`).
 *
 * @example new ConcatDataset([first, second]).length // the sum of theirs
 */
export class ConcatDataset<T> implements Dataset<T> {
  readonly datasets: readonly Dataset<T>[];
  readonly length: number;

  constructor(datasets: readonly Dataset<T>[]) {
    if (datasets.length === 0) throw new ValueError('ConcatDataset: give at least one dataset');
    this.datasets = datasets;
    this.length = datasets.reduce((n, d) => n + d.length, 0);
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
