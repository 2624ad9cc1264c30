// The data loader: batches of a dataset, shuffled in PyTorch's order.
import {
  defaultGenerator,
  drawSeed,
  FormatError,
  type Generator,
  indexSelect,
  isPromise,
  narrow,
  randomSampler,
  type Tensor,
  tagOf,
  tensor,
  ValueError,
} from '@dl/core/functional';
import { defaultCollate } from './collate.js';
import { type Dataset, TensorDataset } from './dataset.js';

/** What a batch of items becomes when the loader puts it together itself. */
export type Collated<T> = T extends Tensor
  ? Tensor
  : T extends number | boolean | bigint
    ? Tensor
    : T extends string
      ? string[]
      : T extends readonly unknown[]
        ? { -readonly [K in keyof T]: Collated<T[K]> }
        : T extends object
          ? { [K in keyof T]: Collated<T[K]> }
          : unknown;

/** Options of a DataLoader. */
export interface DataLoaderOptions<T, B> {
  /** Items in a batch. Default: 1. */
  batchSize?: number;
  /** A new random order at each pass. Default: false. */
  shuffle?: boolean;
  /** Leave out a last batch that is not full. Default: false. */
  dropLast?: boolean;
  /** The stream to draw the order from. Default: the global one. */
  generator?: Generator;
  /** Positions in the order to visit them; excludes `shuffle`. */
  sampler?: Iterable<number> & { readonly length?: number };
  /** Puts the items of a batch together. Default: `defaultCollate`. */
  collate?: (items: T[]) => B;
}

/** Where a loader is in a pass, as plain data. */
export interface DataLoaderState {
  /** The random stream's state at the start of the pass; null between passes. */
  readonly start: Uint8Array | null;
  /** Batches of the pass that were handed out. */
  readonly batches: number;
}

/**
 * Batches of a dataset (PyTorch: `DataLoader`). Each pass over it is an epoch; with `shuffle` the
 * order is PyTorch's for the same seed.
 *
 * @throws ValueError for a batch size below 1, or for both a sampler and `shuffle`.
 * @example
 * const loader = new DataLoader(new TensorDataset(x, y), { batchSize: 64, shuffle: true });
 * for (const [inputs, labels] of loader) train(inputs, labels);
 */
export class DataLoader<T, B = Collated<T>> implements Iterable<B> {
  readonly dataset: Dataset<T>;
  readonly batchSize: number;
  readonly dropLast: boolean;
  private readonly shuffle: boolean;
  private readonly generator: Generator | undefined;
  private readonly sampler: (Iterable<number> & { readonly length?: number }) | undefined;
  private readonly collate: ((items: T[]) => B) | undefined;
  private position: DataLoaderState = { start: null, batches: 0 };
  /** Whether the next pass goes on from `position`. */
  private resuming = false;

  constructor(dataset: Dataset<T>, options: DataLoaderOptions<T, B> = {}) {
    const { batchSize = 1, shuffle = false, dropLast = false } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new ValueError(
        `DataLoader: batchSize must be a whole number from 1 on, got ${batchSize}`,
      );
    }
    if (shuffle && options.sampler !== undefined) {
      throw new ValueError('DataLoader: give a sampler or shuffle, not both');
    }
    if (shuffle && dataset.length === 0) {
      throw new ValueError('DataLoader: an empty dataset cannot be shuffled');
    }
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.shuffle = shuffle;
    this.dropLast = dropLast;
    this.generator = options.generator;
    this.sampler = options.sampler;
    this.collate = options.collate;
  }

  /** Number of batches in a pass. */
  get length(): number {
    const items = this.sampler?.length ?? this.dataset.length;
    return (this.dropLast ? Math.floor : Math.ceil)(items / this.batchSize);
  }

  /**
   * Where the loader is in its latest pass, to go on from there later. It holds the random stream's
   * state at the pass's start; the stream itself is saved apart (`getRngState`, or `saveCheckpoint` of
   * `@dl/io`). A sampler has to repeat its order by itself.
   *
   * @example
   * for (const batch of loader) { step(batch); if (tired) break; }
   * const state = loader.stateDict();
   */
  stateDict(): DataLoaderState {
    return { ...this.position };
  }

  /**
   * Has the next pass go on where `stateDict()` was taken: in the same order, after the batches that
   * were handed out. Taken between passes, it changes nothing.
   *
   * @throws FormatError if it is no such state, or of a loader with fewer batches.
   */
  loadStateDict(state: DataLoaderState): void {
    if (isPromise(state)) {
      throw new FormatError('DataLoader.loadStateDict: expected a state, got a promise; await it');
    }
    const { start, batches } = state ?? {};
    if (!Number.isInteger(batches) || !(start === null || tagOf(start) === 'Uint8Array')) {
      throw new FormatError(
        'DataLoader.loadStateDict: expected { start, batches }, from stateDict()',
      );
    }
    if (batches > this.length) {
      throw new FormatError(
        `DataLoader.loadStateDict: the state is after batch ${batches}, this loader has ${this.length}; use the same dataset and batch size`,
      );
    }
    this.position = { start, batches };
    this.resuming = start !== null;
  }

  [Symbol.iterator](): IterableIterator<B> {
    const generator = this.generator ?? defaultGenerator();
    if (!this.resuming) {
      this.position = { start: generator.getState(), batches: 0 };
      // PyTorch seeds its workers when the iterator is made, whether there are any or not.
      drawSeed(this.generator);
      return this.batches(this.order(), 0);
    }
    this.resuming = false;
    // What the pass draws at its start was drawn before the state was taken: the order with the first batch.
    const { start, batches } = this.position;
    const now = generator.getState();
    generator.setState(start as Uint8Array);
    drawSeed(this.generator);
    const order = [...this.order()];
    if (batches > 0) generator.setState(now);
    return this.batches(order, batches);
  }

  private order(): Iterable<number> {
    if (this.sampler !== undefined) return this.sampler;
    const n = this.dataset.length;
    if (!this.shuffle) return Array.from({ length: n }, (_, i) => i);
    return randomSampler(n, this.generator === undefined ? {} : { generator: this.generator });
  }

  private *batches(order: Iterable<number>, skip: number): IterableIterator<B> {
    const { start } = this.position;
    let places: number[] = [];
    let batches = 0;
    const handOut = (): B | undefined => {
      const chosen = places;
      places = [];
      batches++;
      if (batches <= skip) return undefined;
      const batch = this.batch(chosen);
      this.position = { start, batches };
      return batch;
    };
    for (const index of order) {
      places.push(index);
      if (places.length < this.batchSize) continue;
      const batch = handOut();
      if (batch !== undefined) yield batch;
    }
    if (places.length > 0 && !this.dropLast) {
      const batch = handOut();
      if (batch !== undefined) yield batch;
    }
    this.position = { start: null, batches: 0 };
  }

  private batch(places: readonly number[]): B {
    const { dataset, collate } = this;
    if (collate === undefined && dataset instanceof TensorDataset) {
      return dataset.tensors.map((x) => this.rows(x, places)) as B;
    }
    const items = places.map((i) => dataset.get(i));
    return (collate === undefined ? defaultCollate(items) : collate(items)) as B;
  }

  /** Rows of a tensor: neighbours in order are a view, others are gathered in one go. */
  private rows(x: Tensor, places: readonly number[]): Tensor {
    const first = places[0] as number;
    if (!this.shuffle && places.every((p, i) => p === first + i)) {
      return narrow(x, 0, first, places.length);
    }
    const index = tensor(places, { dtype: 'int32' });
    return indexSelect(x, 0, x.device === 'cpu' ? index : index.to(x.device));
  }
}
