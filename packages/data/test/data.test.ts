// Datasets and the loader against PyTorch.
import { readFileSync } from 'node:fs';
import {
  arange,
  Generator,
  manualSeed,
  rand,
  ShapeError,
  type Tensor,
  tensor,
  ValueError,
} from '@dl/core';
import { describe, expect, it } from 'vitest';
import {
  ConcatDataset,
  DataLoader,
  type Dataset,
  defaultCollate,
  randomSplit,
  Subset,
  TensorDataset,
} from '../src/index.js';

interface Fixture {
  orders: {
    seed: number;
    size: number;
    batchSize: number;
    dropLast: boolean;
    own: boolean;
    epochs: number[][][];
    after: number[];
  }[];
  splits: { seed: number; size: number; lengths: number[]; parts: number[][] }[];
  unshuffledAfter: number[];
}

const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/orders.json', import.meta.url), 'utf8'),
) as Fixture;

const range = (n: number): Dataset<number> => ({ length: n, get: (i) => i });
const fround = (xs: number[]): number[] => xs.map(Math.fround);

describe('DataLoader', () => {
  it.each(fixture.orders)('has PyTorch’s order: %o', (c) => {
    manualSeed(c.seed);
    const generator = c.own ? new Generator().manualSeed(c.seed + 100) : undefined;
    const loader = new DataLoader(new TensorDataset(arange(c.size)), {
      batchSize: c.batchSize,
      shuffle: true,
      dropLast: c.dropLast,
      ...(generator === undefined ? {} : { generator }),
    });
    const epochs = [0, 1, 2].map(() => [...loader].map(([x]) => x.toArray()));
    expect(epochs).toEqual(c.epochs);
    expect(loader.length).toBe(c.epochs[0].length);
    expect(rand([2]).toArray()).toEqual(fround(c.after));
  });

  it('draws from the global generator without shuffling too, as PyTorch does', () => {
    manualSeed(9);
    for (const _ of new DataLoader(new TensorDataset(arange(5)), { batchSize: 2 }));
    expect(rand([2]).toArray()).toEqual(fround(fixture.unshuffledAfter));
  });

  it('returns views of consecutive rows and copies of shuffled rows', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const [[first], [second]] = [...new DataLoader(new TensorDataset(x), { batchSize: 2 })] as [
      [Tensor],
      [Tensor],
    ];
    expect(first.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(second.toArray()).toEqual([[5, 6]]);
    first.fill_(0);
    expect(x.toArray()).toEqual([
      [0, 0],
      [0, 0],
      [5, 6],
    ]);
  });

  it('collates items of other datasets', () => {
    const items: Dataset<{ x: Tensor; name: string; n: number }> = {
      length: 3,
      get: (i) => ({ x: tensor([i, i]), name: `item ${i}`, n: i }),
    };
    const [batch] = [...new DataLoader(items, { batchSize: 3 })];
    expect(batch?.x.toArray()).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
    expect(batch?.name).toEqual(['item 0', 'item 1', 'item 2']);
    expect(batch?.n.toArray()).toEqual([0, 1, 2]);
    expect(() => defaultCollate([new Date()])).toThrow(/your own collateFn/);
  });

  it('accepts a sampler and a collate function', () => {
    const loader = new DataLoader(range(5), {
      batchSize: 2,
      sampler: [4, 0, 2],
      collate: (items) => items.join('-'),
    });
    expect([...loader]).toEqual(['4-0', '2']);
    expect(loader.length).toBe(2);
  });

  it('throws for invalid options', () => {
    expect(() => new DataLoader(range(3), { batchSize: 0 })).toThrow(ValueError);
    expect(() => new DataLoader(range(3), { batchSize: 1.5 })).toThrow(/batchSize/);
    expect(() => new DataLoader(range(3), { shuffle: true, sampler: [0] })).toThrow(/not both/);
    expect(() => new DataLoader(range(0), { shuffle: true })).toThrow(/empty/);
    expect([...new DataLoader(range(0))]).toEqual([]);
  });
});

describe('datasets', () => {
  it('TensorDataset throws if the first sizes differ', () => {
    expect(() => new TensorDataset(arange(3), arange(4))).toThrow(ShapeError);
    expect(() => new TensorDataset(arange(3), tensor(1))).toThrow(/\[3\] and \[\]/);
    expect(new TensorDataset(arange(3), arange(3)).get(-1).map((x) => x.item())).toEqual([2, 2]);
  });

  it.each(fixture.splits)('randomSplit draws as PyTorch: %o', (c) => {
    manualSeed(c.seed);
    expect(randomSplit(range(c.size), c.lengths).map((p) => p.indices)).toEqual(c.parts);
  });

  it('Subset and ConcatDataset return items by index', () => {
    const both = new ConcatDataset([range(2), new Subset(range(9), [7, 8])]);
    expect([0, 1, 2, 3, -1].map((i) => both.get(i))).toEqual([0, 1, 7, 8, 8]);
    expect(() => both.get(4)).toThrow(/out of range for 4 items/);
    expect(() => new Subset(range(2), [2])).toThrow(/index 2/);
    expect(() => randomSplit(range(3), [1, 1])).toThrow(/sum to 3/);
  });
});
