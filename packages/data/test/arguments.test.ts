// Positional and named arguments, and values accepted as datasets: no argument is ignored silently.
import { arange, DLError, manualSeed, ones, type Tensor, tensor } from '@dl/core';
import { type Called, hold, holdsAll, refusal } from 'dl-testing/arguments';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as data from '../src/index.js';

const { ConcatDataset, DataLoader, defaultCollate, progress, randomSplit, Subset, TensorDataset } =
  data;

const numbers = { length: 4, get: (i: number): number => i };
const loading = new DataLoader(numbers);

/** Creates it, and gets a batch or an item. */
const table: Record<string, Called> = {
  ConcatDataset: {
    call: (...args) => new ConcatDataset(...(args as unknown as [[]])).get(0),
    args: () => [[numbers, [1]]],
  },
  DataLoader: {
    call: async (...args) => {
      const loader = new DataLoader(...(args as unknown as [number[]]));
      for await (const batch of loader) return batch;
      return loader;
    },
    args: () => [numbers],
    says: /^(DataLoader|defaultCollate): /,
  },
  'DataLoader.loadStateDict': {
    call: (...args) => loading.loadStateDict(...(args as unknown as [never])),
    args: () => [{ start: null, batches: 0 }],
  },
  Subset: {
    call: (...args) => new Subset(...(args as unknown as [number[], number[]])),
    args: () => [numbers, [0, 1]],
  },
  TensorDataset: {
    call: (...args) => new TensorDataset(...(args as Tensor[])).get(0),
    args: () => [[ones([2, 3]), ones([2])]],
  },
  defaultCollate: { call: defaultCollate, args: () => [[1, 2]] },
  progress: {
    call: (...args) => [...progress(...(args as unknown as [number[]]))],
    args: () => [[1, 2]],
  },
  randomSplit: { call: randomSplit as Called['call'], args: () => [numbers, [1, 3]] },
};

holdsAll(data, table);
hold(table);

/** Batches as plain values. */
const plain = (batches: Iterable<unknown>): unknown[] =>
  [...batches].map(function values(x): unknown {
    if (Array.isArray(x)) return x.map(values);
    return typeof (x as Tensor).toArray === 'function' ? (x as Tensor).toArray() : x;
  });
const two = { batchSize: 2 };

describe('arguments of DataLoader', () => {
  it("PyTorch's names, and options for workers", () => {
    expect(refusal(() => new DataLoader(numbers, { batch_size: 2 } as never))).toMatch(
      /^DataLoader: unknown option 'batch_size'; did you mean batchSize\?/,
    );
    expect(refusal(() => new DataLoader(numbers, { numWorkers: 2 } as never))).toMatch(
      /^DataLoader: unknown option 'numWorkers'; batches are created in the main thread/,
    );
    expect(refusal(() => new DataLoader(numbers, 2 as never))).toMatch(/\{ batchSize: 2 \}/);
    // @ts-expect-error an unknown name
    expect(() => new DataLoader(numbers, { batch_size: 2 })).toThrow(DLError);
  });

  it('options that cannot be combined throw', () => {
    const collate = (items: number[]): number => items.length;
    expect(refusal(() => new DataLoader(numbers, { collate, collateFn: collate }))).toMatch(
      /pass only collateFn/,
    );
    expect(refusal(() => new DataLoader(numbers, { batchSampler: [[0]], dropLast: true }))).toMatch(
      /batchSampler/,
    );
    expect(refusal(() => new DataLoader(numbers, { batchSize: null, dropLast: true }))).toMatch(
      /dropLast/,
    );
    expect(refusal(() => new DataLoader(new Set([1]), { shuffle: true }))).toMatch(/shuffle needs/);
  });

  it('collateFn, batchSampler, and no batching', () => {
    expect([...new DataLoader(numbers, { ...two, collateFn: (items) => items.length })]).toEqual([
      2, 2,
    ]);
    const listed = new DataLoader(numbers, { batchSampler: [[3, 1], [0]] });
    expect([plain(listed), listed.length, listed.batchSize]).toEqual([[[3, 1], [0]], 2, null]);
    const rowsOf = (batchSampler: Iterable<number[]>): unknown[] =>
      plain(new DataLoader(new TensorDataset(arange(4)), { batchSampler }));
    expect(rowsOf([[3, 1], [0]])).toEqual([[[3, 1]], [[0]]]);
    const typedLists = [new Int32Array([3, 1])] as unknown as number[][];
    expect(rowsOf(typedLists)).toEqual([[[3, 1]]]);
    expect(plain(new DataLoader(numbers, { batchSampler: typedLists }))).toEqual([[3, 1]]);
    const flat = [0, 1] as unknown as number[][];
    for (const dataset of [numbers, new TensorDataset(arange(4))] as data.Dataset<unknown>[]) {
      const loader = (batchSampler: number[][]) => new DataLoader(dataset, { batchSampler });
      expect(refusal(() => [...loader(flat)])).toBe(
        'DataLoader: batchSampler must return lists of indices, not 0',
      );
      expect(refusal(() => [...loader([[]])])).toBe(
        'defaultCollate: a batch must have at least one item',
      );
    }
    const single = new DataLoader<number, number>([5, 6], { batchSize: null });
    expect([plain(single), single.length]).toEqual([[5, 6], 2]);
    const rows = new DataLoader(new TensorDataset(arange(2)), { batchSize: null });
    expect(plain(rows)).toEqual([[0], [1]]);
    const typed = new DataLoader<Float32Array, Tensor>([new Float32Array([1])], {
      batchSize: null,
    });
    expect(plain(typed)).toEqual([[1]]);
    const some = new DataLoader(new TensorDataset(arange(3)), { sampler: [-1, 0] });
    expect(plain(some)).toEqual([[[2]], [[0]]]);
    const far = new DataLoader(new TensorDataset(arange(3)), { sampler: [7] });
    expect(refusal(() => [...far])).toMatch(/DataLoader: the sampler returned index 7/);
  });
});

describe('values accepted as datasets', () => {
  it('arrays', () => {
    expect(plain(new DataLoader([1, 2, 3], { batchSize: 3 }))).toEqual([[1, 2, 3]]);
    const [batch] = [...new DataLoader([{ x: [1.5, 2] }], two)];
    expect(batch?.x.map((x) => [x.dtype, x.toArray()])).toEqual([
      ['float32', [1.5]],
      ['int32', [2]],
    ]);
    expect(refusal(() => new DataLoader(arange(4) as never))).toMatch(/not a tensor/);
    expect(new Subset([5, 6, 7], [2]).get(0)).toBe(7);
    expect(new ConcatDataset([[1], [2, 3]]).get(2)).toBe(3);
    manualSeed(0);
    expect(randomSplit([1, 2, 3], { lengths: [1, 2] }).map((part) => part.length)).toEqual([1, 2]);
    expect(refusal(() => new Subset([1], [0]).dataset.get(3))).toMatch(/index 3 is out of range/);
  });

  it('iterables, restarted in each epoch; a used generator throws', () => {
    const stream = {
      *[Symbol.iterator]() {
        for (let i = 0; i < 5; i++) yield i;
      },
    };
    const loader = new DataLoader(stream, two);
    expect([plain(loader), plain(loader)]).toEqual([
      [[0, 1], [2, 3], [4]],
      [[0, 1], [2, 3], [4]],
    ]);
    expect(plain(new DataLoader(stream, { ...two, dropLast: true }))).toHaveLength(2);
    expect(refusal(() => loader.length)).toMatch(/iterable without length/);
    const once = new DataLoader(stream[Symbol.iterator](), two);
    expect(plain(once)).toHaveLength(3);
    expect(refusal(() => [...once])).toMatch(/only once/);
    const state = (): unknown => {
      for (const _ of loader) return loader.stateDict();
    };
    loader.loadStateDict(state() as data.DataLoaderState);
    expect(plain(loader)).toEqual([[2, 3], [4]]);
  });

  it('integers are labels, fractions are not, typed arrays are tensors', () => {
    const of = (items: readonly unknown[]): string => (defaultCollate(items) as Tensor).dtype;
    expect([of([1, 0]), of([1, 0.5]), of([2 ** 40]), of([1n]), of([true])]).toEqual([
      'int32',
      'float32',
      'int64',
      'int64',
      'bool',
    ]);
    const arrays = [new Float32Array([1, 2]), new Uint8Array([1]), new Int32Array([1])];
    expect(arrays.map((x) => of([x, x]))).toEqual(['float32', 'uint8', 'int32']);
    expect(plain([defaultCollate([arrays[0], arrays[0]])])).toEqual([
      [
        [1, 2],
        [1, 2],
      ],
    ]);
  });

  it('items of different kinds throw', () => {
    expect(refusal(() => defaultCollate([[1], [1, 2]]))).toMatch(
      /the same length, got arrays of length 1 and/,
    );
    expect(refusal(() => defaultCollate([{ a: 1 }, { b: 1 }]))).toMatch(/same keys, got \{ a \}/);
    expect(
      refusal(() =>
        defaultCollate([
          { a: 1, b: 2 },
          { b: 1, a: 2 },
        ]),
      ),
    ).toBeNull();
    expect(refusal(() => defaultCollate([1, 'a']))).toMatch(/the same kind, got 1 and 'a'/);
    expect(refusal(() => defaultCollate([tensor([1]), null]))).toMatch(/the same kind/);
    expect(refusal(() => defaultCollate([1, undefined]))).toMatch(/the same kind/);
  });
});

describe('promises', () => {
  const later = { length: 3, get: async (i: number): Promise<[Tensor, number]> => [ones([2]), i] };

  it('for await waits for items, batches and async iterables', async () => {
    const batches: unknown[] = [];
    const loader = new DataLoader(later, two);
    for await (const [x, n] of loader) {
      expectTypeOf(x).toEqualTypeOf<Tensor>();
      batches.push([x.shape, n.toArray()]);
    }
    expect(batches).toEqual([
      [
        [2, 2],
        [0, 1],
      ],
      [[1, 2], [2]],
    ]);
    const joined: string[] = [];
    const collateFn = async (items: number[]): Promise<string> => items.join();
    for await (const text of new DataLoader(numbers, { ...two, collateFn })) joined.push(text);
    expect(joined).toEqual(['0,1', '2,3']);
    async function* stream(): AsyncIterableIterator<number> {
      yield 1;
      yield 2;
    }
    for await (const batch of new DataLoader(stream(), two))
      expect(batch.toArray()).toEqual([1, 2]);
    for await (const [x] of new DataLoader(new TensorDataset(arange(2)), two)) {
      expect(x?.toArray()).toEqual([0, 1]);
    }
  });

  it('a plain for loop throws', () => {
    expect(refusal(() => [...new DataLoader(later)])).toMatch(
      /dataset\.get returned a promise; use `for await/,
    );
    const collateFn = async (items: number[]): Promise<string> => items.join();
    expect(refusal(() => [...new DataLoader(numbers, { collateFn })])).toMatch(
      /collateFn returned a promise/,
    );
    const stream = { async *[Symbol.asyncIterator]() {} };
    expect(refusal(() => [...new DataLoader(stream)])).toMatch(/for await/);
  });
});
