// The data loader: batches of a dataset, shuffled as in PyTorch.
import {
  defaultGenerator,
  dictOf,
  drawSeed,
  FormatError,
  type Generator,
  IndexError,
  indexSelect,
  isPromise,
  kinds,
  narrow,
  need,
  randomSampler,
  Signature,
  type Tensor,
  tagOf,
  tensor,
  ValueError,
} from '@dl/core/functional';
import {
  type DatasetLike,
  isList,
  isUsedUp,
  iterable,
  StreamDataset,
  sourceKind,
  sourceOf,
} from './arguments.js';
import { converted, defaultCollate } from './collate.js';
import { type Dataset, TensorDataset } from './dataset.js';

/** The type of a batch that the loader collates itself. */
export type Collated<T> = T extends Tensor
  ? Tensor
  : T extends number | boolean | bigint | ArrayBufferView
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
  /**
   * Number of items in a batch; null yields single items without batching, and `collateFn` then gets one item. Default: 1.
   */
  batchSize?: number | null;
  /** Use a new random order in each epoch. Default: false. */
  shuffle?: boolean | null;
  /** Indices in the order in which to visit them; cannot be combined with `shuffle`. */
  sampler?: (Iterable<number> & { readonly length?: number }) | null;
  /** Lists of indices, one for each batch; cannot be combined with `batchSize`, `shuffle`, `sampler` or `dropLast`. */
  batchSampler?: (Iterable<readonly number[]> & { readonly length?: number }) | null;
  /** Collates the items of a batch; it may be async if the loader is used with `for await`. Default: `defaultCollate`. */
  collateFn?: ((items: Awaited<T>[]) => B | Promise<B>) | null;
  /** The deprecated name of `collateFn`. */
  collate?: ((items: Awaited<T>[]) => B | Promise<B>) | null;
  /** Drop the last batch if it is not full. Default: false. */
  dropLast?: boolean;
  /** The generator to draw the order from. Default: the global one. */
  generator?: Generator | null;
}

/** A loader's position within an epoch, as plain data. */
export interface DataLoaderState {
  /** The generator's state at the start of the epoch; null between epochs. */
  readonly start: Uint8Array | null;
  /** The number of batches of the epoch that were returned. */
  readonly batches: number;
}

const restored = /*#__PURE__*/ new Signature(
  'DataLoader.loadStateDict',
  [
    /*#__PURE__*/ need(
      'state',
      /*#__PURE__*/ kinds.joined(kinds.anything, { words: 'an object returned by stateDict()' }),
    ),
  ],
  {},
);

const loader = /*#__PURE__*/ new Signature(
  'DataLoader',
  [/*#__PURE__*/ need('dataset', sourceKind)],
  {
    batchSize: /*#__PURE__*/ kinds.orNull(kinds.number),
    shuffle: /*#__PURE__*/ kinds.orNull(kinds.boolean),
    sampler: /*#__PURE__*/ kinds.orNull(iterable),
    batchSampler: /*#__PURE__*/ kinds.orNull(iterable),
    collateFn: /*#__PURE__*/ kinds.orNull(kinds.callback),
    collate: /*#__PURE__*/ kinds.orNull(kinds.callback),
    dropLast: kinds.boolean,
    generator: /*#__PURE__*/ kinds.orNull(kinds.generator),
  },
);

/** Throws for options that cannot be combined. */
function checkTogether(options: DataLoaderOptions<never, unknown>, source: Dataset<unknown>): void {
  const { batchSize = 1, shuffle, sampler, batchSampler, dropLast = false } = options;
  const refuse = (text: string): never => {
    throw new ValueError(`DataLoader: ${text}`);
  };
  if (batchSize !== null && (!Number.isInteger(batchSize) || batchSize < 1)) {
    refuse(`batchSize must be a positive integer or null, got ${batchSize}`);
  }
  if (options.collate && options.collateFn) {
    refuse('collate is the deprecated name of collateFn; pass only collateFn');
  }
  if (shuffle && sampler) refuse('pass either sampler or shuffle, not both');
  if (batchSampler && (batchSize !== 1 || shuffle || sampler || dropLast)) {
    refuse('batchSampler cannot be combined with batchSize, shuffle, sampler or dropLast');
  }
  if (batchSize === null && dropLast) {
    refuse('dropLast cannot be combined with batchSize: null, which disables batching');
  }
  if (source instanceof StreamDataset) {
    const name = shuffle ? 'shuffle' : sampler ? 'sampler' : batchSampler ? 'batchSampler' : null;
    if (name !== null) {
      refuse(
        `${name} needs a dataset with length and get(index), but this one is an iterable; pass [...items] if they fit in memory`,
      );
    }
  } else if (shuffle && source.length === 0) {
    refuse('an empty dataset cannot be shuffled');
  }
}

const promised = 'returned a promise; use `for await (const batch of loader)`';

/**
 * Iterates over a dataset in batches (PyTorch: `DataLoader`). Each iteration is one epoch. With `shuffle` the
 * order is PyTorch's for the same seed. There are no workers: if `get` or `collateFn` is async, `for await` over the
 * loader waits for all items of a batch concurrently.
 *
 * @param dataset an object with `length` and `get(index)`, an array of items, or an iterable, which keeps its order
 * (PyTorch: `IterableDataset`).
 * @throws ValueError for a batch size below 1, for options that cannot be combined, such as `sampler` and `shuffle`, and
 * for a plain `for` loop over an async dataset.
 * @example
 * const loader = new DataLoader(new TensorDataset(x, y), { batchSize: 64, shuffle: true });
 * for (const [inputs, labels] of loader) train(inputs, labels);
 */
export class DataLoader<T, B = Collated<Awaited<T>>> implements Iterable<B>, AsyncIterable<B> {
  /** The dataset; an array is wrapped in one. */
  readonly dataset: Dataset<T>;
  readonly batchSize: number | null;
  readonly dropLast: boolean;
  private readonly shuffle: boolean;
  private readonly generator: Generator | undefined;
  private readonly sampler: (Iterable<number> & { readonly length?: number }) | null;
  private readonly batchSampler:
    | (Iterable<readonly number[]> & { readonly length?: number })
    | null;
  // The parameter's type is left open, so that loaders of tuples are loaders of lists.
  private readonly collateFn: ((items: never) => B | Promise<B>) | null;
  private position: DataLoaderState = { start: null, batches: 0 };
  /** Whether the next epoch resumes from `position`. */
  private resuming = false;
  /** Whether an epoch has started. */
  private passed = false;

  constructor(
    ...given: [
      dataset: DatasetLike<T> | Iterable<T> | AsyncIterable<T>,
      options?: DataLoaderOptions<T, B>,
    ]
  ) {
    const [source, options = {}] = loader.take(given) as typeof given;
    this.dataset = sourceOf(source);
    checkTogether(options, this.dataset);
    const { batchSize = 1, batchSampler = null, dropLast = false } = options;
    this.batchSize = batchSampler === null ? batchSize : null;
    this.shuffle = options.shuffle ?? false;
    this.dropLast = dropLast;
    this.generator = options.generator ?? undefined;
    this.sampler = options.sampler ?? null;
    this.batchSampler = batchSampler;
    this.collateFn = options.collateFn ?? options.collate ?? null;
  }

  /**
   * The number of batches in an epoch; of items if there is no batching.
   *
   * @throws ValueError for an iterable or a sampler without `length`.
   */
  get length(): number {
    const count = this.count();
    if (count !== null) return count;
    const what = this.dataset instanceof StreamDataset ? 'dataset' : 'sampler';
    throw new ValueError(
      `DataLoader: the number of batches is unknown, because the ${what} is an iterable without length`,
    );
  }

  private count(): number | null {
    const { batchSize, batchSampler, dataset } = this;
    if (batchSampler !== null) return sizeOf(batchSampler);
    const own = this.sampler ?? (dataset instanceof StreamDataset ? dataset.items : dataset);
    const items = sizeOf(own);
    if (items === null || batchSize === null) return items;
    return (this.dropLast ? Math.floor : Math.ceil)(items / batchSize);
  }

  /**
   * The loader's position in the current epoch, for resuming later. It contains the generator's
   * state at the start of the epoch. Save the generator itself separately (`getRngState`, or `saveCheckpoint` of
   * `@dl/io`). A custom sampler must reproduce its order itself.
   *
   * @example
   * for (const batch of loader) { step(batch); if (tired) break; }
   * const state = loader.stateDict();
   */
  stateDict(): DataLoaderState {
    return { ...this.position };
  }

  /**
   * Makes the next epoch resume where `stateDict()` was called: in the same order, after the batches already
   * returned. A state from between two epochs has no effect.
   *
   * @throws FormatError if `state` is not from `stateDict()`, or is from a loader with more batches.
   */
  loadStateDict(...given: [state: DataLoaderState]): void {
    restored.take(given);
    const [state] = given;
    const { start, batches } = (dictOf(state) ?? {}) as Partial<DataLoaderState>;
    if (
      start === undefined ||
      (start !== null && tagOf(start) !== 'Uint8Array') ||
      batches === undefined ||
      !Number.isInteger(batches) ||
      batches < 0
    ) {
      throw new FormatError(
        `DataLoader.loadStateDict: expected { start, batches }, from stateDict(), got ${kinds.described(state)}`,
      );
    }
    const count = this.count();
    if (count !== null && batches > count) {
      throw new FormatError(
        `DataLoader.loadStateDict: the state is after batch ${batches}, but this loader has ${count} batches; use the same dataset and batch size`,
      );
    }
    this.position = { start, batches };
    this.resuming = start !== null;
  }

  /** Iterates over one epoch. For an async dataset, use `for await`. */
  [Symbol.iterator](): IterableIterator<B> {
    const { dataset } = this;
    if (dataset instanceof StreamDataset && !(Symbol.iterator in dataset.items)) {
      throw new ValueError(
        'DataLoader: the dataset is an async iterable; use `for await (const batch of loader)`',
      );
    }
    const { chunks, skip } = this.begin();
    return this.batches(chunks as Iterable<readonly unknown[]>, skip);
  }

  /** Iterates over one epoch, waiting for items and batches that are promises. */
  [Symbol.asyncIterator](): AsyncIterableIterator<B> {
    const { chunks, skip } = this.begin();
    return this.batchesLater(chunks, skip);
  }

  /** The source of an epoch's batches: indices, or the items of an iterable. */
  private begin(): {
    chunks: Iterable<readonly unknown[]> | AsyncIterable<readonly unknown[]>;
    skip: number;
  } {
    const { dataset } = this;
    const source = dataset instanceof StreamDataset ? dataset.items : null;
    const drained = [source, this.sampler, this.batchSampler].find(isUsedUp);
    if (drained && this.passed) {
      throw new ValueError(
        `DataLoader: the ${drained === source ? 'dataset' : 'sampler'} is a generator, which can be iterated over only once; ` +
          'pass an array, or an object whose [Symbol.iterator] returns a new iterator',
      );
    }
    this.passed = true;
    const generator = this.generator ?? defaultGenerator();
    if (!this.resuming) {
      this.position = { start: generator.getState(), batches: 0 };
      // PyTorch draws the seed of its workers when the iterator is created, even without workers.
      drawSeed(this.generator);
      return { chunks: source === null ? this.places() : this.grouped(source), skip: 0 };
    }
    this.resuming = false;
    // The random numbers at the start of an epoch were drawn before the state was taken: the order is drawn with the first
    // batch.
    const { start, batches } = this.position;
    const now = generator.getState();
    generator.setState(start as Uint8Array);
    drawSeed(this.generator);
    const chunks = source === null ? [...this.places()] : this.grouped(source);
    if (batches > 0) generator.setState(now);
    return { chunks, skip: batches };
  }

  /** The indices of each batch. */
  private places(): Iterable<readonly number[]> {
    return this.batchSampler !== null
      ? lists(this.batchSampler)
      : groups(this.order(), this.batchSize ?? 1, this.dropLast);
  }

  private grouped(
    items: Iterable<T> | AsyncIterable<T>,
  ): Iterable<readonly T[]> | AsyncIterable<readonly T[]> {
    const size = this.batchSize ?? 1;
    return Symbol.iterator in items
      ? groups(items, size, this.dropLast)
      : groupsLater(items, size, this.dropLast);
  }

  private order(): Iterable<number> {
    if (this.sampler !== null) return this.sampler;
    const n = this.dataset.length;
    if (!this.shuffle) return Array.from({ length: n }, (_, i) => i);
    return randomSampler(n, this.generator === undefined ? {} : { generator: this.generator });
  }

  private *batches(chunks: Iterable<readonly unknown[]>, skip: number): IterableIterator<B> {
    const { start } = this.position;
    let batches = 0;
    for (const chunk of chunks) {
      batches++;
      if (batches <= skip) continue;
      const batch = this.batch(chunk);
      this.position = { start, batches };
      yield batch;
    }
    this.position = { start: null, batches: 0 };
  }

  private async *batchesLater(
    chunks: Iterable<readonly unknown[]> | AsyncIterable<readonly unknown[]>,
    skip: number,
  ): AsyncIterableIterator<B> {
    const { start } = this.position;
    let batches = 0;
    for await (const chunk of chunks) {
      batches++;
      if (batches <= skip) continue;
      const batch =
        this.wholeBatch(chunk) ?? (await this.collated(await Promise.all(this.items(chunk))));
      this.position = { start, batches };
      yield batch as B;
    }
    this.position = { start: null, batches: 0 };
  }

  private batch(chunk: readonly unknown[]): B {
    const whole = this.wholeBatch(chunk);
    if (whole !== null) return whole;
    const items = this.items(chunk);
    const later = (items as unknown[]).filter(isPromise);
    if (later.length > 0) {
      for (const item of later) item.then(undefined, () => {});
      throw new ValueError(
        `DataLoader: ${this.dataset instanceof StreamDataset ? 'the dataset' : 'dataset.get'} ${promised}`,
      );
    }
    const batch = this.collated(items as Awaited<T>[]);
    if (isPromise(batch)) {
      batch.then(undefined, () => {});
      throw new ValueError(`DataLoader: collateFn ${promised}`);
    }
    return batch;
  }

  /** A batch of a TensorDataset, taken without single items. */
  private wholeBatch(places: readonly unknown[]): B | null {
    const { dataset, collateFn } = this;
    if (collateFn !== null || !(dataset instanceof TensorDataset) || this.single) return null;
    if (places.length === 0) return null;
    const n = dataset.length;
    const found = places.map((p) => {
      const place = typeof p === 'number' && p < 0 ? p + n : p;
      if (Number.isInteger(place) && (place as number) >= 0 && (place as number) < n) {
        return place as number;
      }
      throw new IndexError(
        `DataLoader: the sampler returned index ${kinds.described(p)}, but the dataset has ${n} items`,
      );
    });
    return dataset.tensors.map((x) => this.rows(x, found)) as B;
  }

  /** Whether the loader yields items instead of batches. */
  private get single(): boolean {
    return this.batchSize === null && this.batchSampler === null;
  }

  private items(chunk: readonly unknown[]): T[] {
    const { dataset } = this;
    if (dataset instanceof StreamDataset) return chunk as T[];
    return (chunk as number[]).map((i) => dataset.get(i));
  }

  private collated(items: Awaited<T>[]): B | Promise<B> {
    const { collateFn } = this;
    if (this.single) {
      const [item] = items;
      return collateFn === null ? (converted(item) as B) : collateFn(item as never);
    }
    return collateFn === null ? (defaultCollate(items) as B) : collateFn(items as never);
  }

  /** Rows of a tensor: a view for consecutive indices, otherwise one gather. */
  private rows(x: Tensor, places: readonly number[]): Tensor {
    const first = places[0];
    if (!this.shuffle && places.every((p, i) => p === first + i)) {
      return narrow(x, 0, first, places.length);
    }
    const index = tensor(places, { dtype: 'int32' });
    return indexSelect(x, 0, x.device === 'cpu' ? index : index.to(x.device));
  }
}

/** The length of a sampler or dataset, if known. */
function sizeOf(x: object): number | null {
  const { length, size } = x as { length?: unknown; size?: unknown };
  if (typeof length === 'number') return length;
  return typeof size === 'number' ? size : null;
}

/** The lists of indices from a batch sampler. */
function* lists(sampler: Iterable<unknown>): IterableIterator<number[]> {
  for (const chunk of sampler) {
    if (!isList(chunk)) {
      throw new ValueError(
        `DataLoader: batchSampler must return lists of indices, not ${kinds.described(chunk)}`,
      );
    }
    yield Array.from(chunk as ArrayLike<number>);
  }
}

/** Splits into lists of the given size; the last one has the rest. */
function* groups<T>(items: Iterable<T>, size: number, dropLast: boolean): IterableIterator<T[]> {
  let group: T[] = [];
  for (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0 && !dropLast) yield group;
}

async function* groupsLater<T>(
  items: AsyncIterable<T>,
  size: number,
  dropLast: boolean,
): AsyncIterableIterator<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0 && !dropLast) yield group;
}
