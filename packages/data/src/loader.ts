// The data loader: batches of a dataset, shuffled in PyTorch's order.
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

/** What a batch of items becomes when the loader puts it together itself. */
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
   * Items in a batch; null for the items themselves, without batches: a `collateFn` then gets one item. Default: 1.
   */
  batchSize?: number | null;
  /** A new random order at each pass. Default: false. */
  shuffle?: boolean | null;
  /** Positions in the order to visit them; excludes `shuffle`. */
  sampler?: (Iterable<number> & { readonly length?: number }) | null;
  /** Lists of positions, one for each batch; excludes `batchSize`, `shuffle`, `sampler` and `dropLast`. */
  batchSampler?: (Iterable<readonly number[]> & { readonly length?: number }) | null;
  /** Puts the items of a batch together; it may be async for `for await`. Default: `defaultCollate`. */
  collateFn?: ((items: Awaited<T>[]) => B | Promise<B>) | null;
  /** The older name of `collateFn`. */
  collate?: ((items: Awaited<T>[]) => B | Promise<B>) | null;
  /** Leave out a last batch that is not full. Default: false. */
  dropLast?: boolean;
  /** The stream to draw the order from. Default: the global one. */
  generator?: Generator | null;
}

/** Where a loader is in a pass, as plain data. */
export interface DataLoaderState {
  /** The random stream's state at the start of the pass; null between passes. */
  readonly start: Uint8Array | null;
  /** Batches of the pass that were handed out. */
  readonly batches: number;
}

const restored = /*#__PURE__*/ new Signature(
  'DataLoader.loadStateDict',
  [/*#__PURE__*/ need('state', { ...kinds.anything, words: 'what stateDict() gave' })],
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

/** Refuses options that exclude each other. */
function checkTogether(options: DataLoaderOptions<never, unknown>, source: Dataset<unknown>): void {
  const { batchSize = 1, shuffle, sampler, batchSampler, dropLast = false } = options;
  const refuse = (text: string): never => {
    throw new ValueError(`DataLoader: ${text}`);
  };
  if (batchSize !== null && (!Number.isInteger(batchSize) || batchSize < 1)) {
    refuse(`batchSize must be an integer of at least 1 or null, not ${batchSize}`);
  }
  if (options.collate && options.collateFn) {
    refuse('collate is the older name of collateFn; give one of them, not both');
  }
  if (shuffle && sampler) refuse('give a sampler or shuffle, not both');
  if (batchSampler && (batchSize !== 1 || shuffle || sampler || dropLast)) {
    refuse(
      'batchSampler says what is in each batch; leave out batchSize, shuffle, sampler and dropLast',
    );
  }
  if (batchSize === null && dropLast) {
    refuse('dropLast is for batches, and with batchSize: null there are none');
  }
  if (source instanceof StreamDataset) {
    const name = shuffle ? 'shuffle' : sampler ? 'sampler' : batchSampler ? 'batchSampler' : null;
    if (name !== null) {
      refuse(
        `${name} needs a dataset with length and get(index), and this one is an iterable; for a short one, give [...items]`,
      );
    }
  } else if (shuffle && source.length === 0) {
    refuse('an empty dataset cannot be shuffled');
  }
}

const promised =
  'returned a promise; write `for await (const batch of loader)`, which waits for it';

/**
 * Batches of a dataset (PyTorch: `DataLoader`). Each pass over it is an epoch; with `shuffle` the
 * order is PyTorch's for the same seed. There are no workers: where `get` or `collateFn` is async, `for await` over the
 * loader waits for all items of a batch at once.
 *
 * @param dataset with `length` and `get(index)`; or an array of its items; or an iterable, whose items come in its order
 * (PyTorch: `IterableDataset`).
 * @throws ValueError for a batch size below 1, for options that exclude each other, such as a sampler and `shuffle`, and
 * in a plain `for` over what is async.
 * @example
 * const loader = new DataLoader(new TensorDataset(x, y), { batchSize: 64, shuffle: true });
 * for (const [inputs, labels] of loader) train(inputs, labels);
 */
export class DataLoader<T, B = Collated<Awaited<T>>> implements Iterable<B>, AsyncIterable<B> {
  /** The dataset; that of its items for an array. */
  readonly dataset: Dataset<T>;
  readonly batchSize: number | null;
  readonly dropLast: boolean;
  private readonly shuffle: boolean;
  private readonly generator: Generator | undefined;
  private readonly sampler: (Iterable<number> & { readonly length?: number }) | null;
  private readonly batchSampler:
    | (Iterable<readonly number[]> & { readonly length?: number })
    | null;
  // What it takes is not said: loaders of tuples are loaders of lists.
  private readonly collateFn: ((items: never) => B | Promise<B>) | null;
  private position: DataLoaderState = { start: null, batches: 0 };
  /** Whether the next pass goes on from `position`. */
  private resuming = false;
  /** Whether there was a pass. */
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
   * Number of batches in a pass; of items where there are no batches.
   *
   * @throws ValueError for an iterable or a sampler that has no `length`.
   */
  get length(): number {
    const count = this.count();
    if (count !== null) return count;
    const what = this.dataset instanceof StreamDataset ? 'dataset' : 'sampler';
    throw new ValueError(
      `DataLoader: the number of batches is not known, since the ${what} is an iterable without a length`,
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
   * @throws FormatError if it is not such a state, or one of a loader with fewer batches.
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
        `DataLoader.loadStateDict: the state is after batch ${batches}, this loader has ${count}; use the same dataset and batch size`,
      );
    }
    this.position = { start, batches };
    this.resuming = start !== null;
  }

  /** A pass; for what is async, `for await` takes the other one. */
  [Symbol.iterator](): IterableIterator<B> {
    const { dataset } = this;
    if (dataset instanceof StreamDataset && !(Symbol.iterator in dataset.items)) {
      throw new ValueError(
        'DataLoader: the dataset is an async iterable; write `for await (const batch of loader)`',
      );
    }
    const { chunks, skip } = this.begin();
    return this.batches(chunks as Iterable<readonly unknown[]>, skip);
  }

  /** A pass that waits for items and batches that are promises. */
  [Symbol.asyncIterator](): AsyncIterableIterator<B> {
    const { chunks, skip } = this.begin();
    return this.batchesLater(chunks, skip);
  }

  /** What the batches of a pass are made of: positions, or the items of an iterable. */
  private begin(): {
    chunks: Iterable<readonly unknown[]> | AsyncIterable<readonly unknown[]>;
    skip: number;
  } {
    const { dataset } = this;
    const source = dataset instanceof StreamDataset ? dataset.items : null;
    const drained = [source, this.sampler, this.batchSampler].find(isUsedUp);
    if (drained && this.passed) {
      throw new ValueError(
        `DataLoader: the ${drained === source ? 'dataset' : 'sampler'} is a generator, and an earlier pass has used it up; ` +
          'give an array, or an object whose [Symbol.iterator] starts over',
      );
    }
    this.passed = true;
    const generator = this.generator ?? defaultGenerator();
    if (!this.resuming) {
      this.position = { start: generator.getState(), batches: 0 };
      // PyTorch seeds its workers when the iterator is made, whether there are any or not.
      drawSeed(this.generator);
      return { chunks: source === null ? this.places() : this.grouped(source), skip: 0 };
    }
    this.resuming = false;
    // What the pass draws at its start was drawn before the state was taken: the order with the first batch.
    const { start, batches } = this.position;
    const now = generator.getState();
    generator.setState(start as Uint8Array);
    drawSeed(this.generator);
    const chunks = source === null ? [...this.places()] : this.grouped(source);
    if (batches > 0) generator.setState(now);
    return { chunks, skip: batches };
  }

  /** The positions of each batch. */
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

  /** A batch of tensors side by side, which takes no single items. */
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
        `DataLoader: the sampler gave the position ${kinds.described(p)}, and the dataset has ${n} items`,
      );
    });
    return dataset.tensors.map((x) => this.rows(x, found)) as B;
  }

  /** Whether there are items instead of batches. */
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

  /** Rows of a tensor: neighbours in order are a view, others are gathered in one go. */
  private rows(x: Tensor, places: readonly number[]): Tensor {
    const first = places[0];
    if (!this.shuffle && places.every((p, i) => p === first + i)) {
      return narrow(x, 0, first, places.length);
    }
    const index = tensor(places, { dtype: 'int32' });
    return indexSelect(x, 0, x.device === 'cpu' ? index : index.to(x.device));
  }
}

/** How many a sampler or dataset has, if it says so. */
function sizeOf(x: object): number | null {
  const { length, size } = x as { length?: unknown; size?: unknown };
  if (typeof length === 'number') return length;
  return typeof size === 'number' ? size : null;
}

/** The lists of positions that a batch sampler gives. */
function* lists(sampler: Iterable<unknown>): IterableIterator<number[]> {
  for (const chunk of sampler) {
    if (!isList(chunk)) {
      throw new ValueError(
        `DataLoader: batchSampler must give lists of positions, not ${kinds.described(chunk)}`,
      );
    }
    yield Array.from(chunk as ArrayLike<number>);
  }
}

/** Lists of so many, the last one of the rest. */
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
