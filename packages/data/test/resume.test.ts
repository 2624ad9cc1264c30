// A pass that is broken off and taken up again, and what loaders and datasets refuse.
import {
  arange,
  cpuBackend,
  DTypeError,
  FormatError,
  Generator,
  IndexError,
  manualSeed,
  rand,
  registerBackend,
  type Tensor,
  tensor,
  ValueError,
} from '@dl/core';
import { describe, expect, it } from 'vitest';
import {
  ConcatDataset,
  DataLoader,
  type DataLoaderState,
  type Dataset,
  defaultCollate,
  Subset,
  TensorDataset,
} from '../src/index.js';

const range = (n: number): Dataset<number> => ({ length: n, get: (i) => i });

describe('a loader’s state', () => {
  for (const shuffle of [true, false]) {
    for (const own of [true, false]) {
      for (const handedOut of [0, 1, 3]) {
        it(`shuffle ${shuffle}, a generator of its own ${own}, after ${handedOut} batches`, () => {
          const options = { batchSize: 2, shuffle };
          const make = (): DataLoader<Tensor[], Tensor[]> =>
            new DataLoader(new TensorDataset(arange(7)), {
              ...options,
              ...(own && { generator: new Generator().manualSeed(4) }),
            });
          const numbers = (batch: Tensor[]): unknown => batch[0].toArray();

          manualSeed(3);
          const through = make();
          const wanted = [...through].map(numbers);
          const nextPass = [...through].map(numbers);

          manualSeed(3);
          const broken = make();
          const passes = broken[Symbol.iterator]();
          const seen: unknown[] = [];
          for (let i = 0; i < handedOut; i++) seen.push(numbers(passes.next().value as Tensor[]));
          const state = broken.stateDict();
          expect(state.batches).toBe(handedOut);

          const resumed = make();
          // A stream that went on: the order is the state's all the same.
          if (own) drawnPass(resumed);
          resumed.loadStateDict(state);
          expect([...seen, ...[...resumed].map(numbers)]).toEqual(wanted);
          expect([...resumed].map(numbers)).toEqual(nextPass);
        });
      }
    }
  }

  /** Draws what a pass draws, so that the next one is the second. */
  function drawnPass(loader: DataLoader<Tensor[], Tensor[]>): void {
    for (const _ of loader);
  }

  it('leaves the stream where it was', () => {
    manualSeed(5);
    const loader = new DataLoader(range(5), { shuffle: true });
    loader[Symbol.iterator]().next();
    const state = loader.stateDict();
    const wanted = rand([3]).toArray();
    manualSeed(5);
    new DataLoader(range(5), { shuffle: true })[Symbol.iterator]().next();
    const other = new DataLoader(range(5), { shuffle: true });
    other.loadStateDict(state);
    expect([...other]).toHaveLength(4);
    expect(rand([3]).toArray()).toEqual(wanted);
  });

  it('between passes is that of a new loader', () => {
    const loader = new DataLoader(range(4), { batchSize: 2 });
    expect(loader.stateDict()).toEqual({ start: null, batches: 0 });
    expect([...loader]).toHaveLength(2);
    expect(loader.stateDict()).toEqual({ start: null, batches: 0 });
    loader.loadStateDict(loader.stateDict());
    expect([...loader]).toHaveLength(2);
  });

  it('does not change with the loader, and counts a resumed pass on', () => {
    const loader = new DataLoader(range(5), {});
    const pass = loader[Symbol.iterator]();
    pass.next();
    const state = loader.stateDict();
    pass.next();
    expect(state.batches).toBe(1);
    const again = new DataLoader(range(5), {});
    again.loadStateDict(state);
    again[Symbol.iterator]().next();
    expect(again.stateDict().batches).toBe(2);
    expect(again.stateDict().start).toEqual(state.start);
  });

  it('of something else is refused', () => {
    const loader = new DataLoader(range(4), { batchSize: 2 });
    const start = new Uint8Array(8);
    for (const state of [null, {}, { start: null, batches: 0.5 }, { start: 'x', batches: 0 }]) {
      expect(() => loader.loadStateDict(state as unknown as DataLoaderState)).toThrow(
        'DataLoader.loadStateDict: expected { start, batches }, from stateDict()',
      );
    }
    expect(() => loader.loadStateDict({ start, batches: 3 })).toThrow(FormatError);
    expect(() => loader.loadStateDict({ start, batches: 3 })).toThrow(
      'the state is after batch 3, this loader has 2; use the same dataset and batch size',
    );
  });
});

describe('what becomes of items', () => {
  it('arrays are collated by position', () => {
    const [numbers, flags, texts, pairs] = defaultCollate([
      [1, true, 'a', [tensor([1]), 5]],
      [2, false, 'b', [tensor([2]), 6]],
    ]) as [Tensor, Tensor, string[], Tensor[]];
    expect([numbers.toArray(), numbers.dtype]).toEqual([[1, 2], 'int32']);
    expect([flags.toArray(), flags.dtype]).toEqual([[true, false], 'bool']);
    expect(texts).toEqual(['a', 'b']);
    expect(pairs.map((x) => x.toArray())).toEqual([
      [[1], [2]],
      [5, 6],
    ]);
  });

  it('others want a function', () => {
    expect(() => defaultCollate([null])).toThrow(DTypeError);
    expect(() => defaultCollate([null])).toThrow('got null; give a collateFn of your own');
    expect(() => defaultCollate([() => 0])).toThrow('got a function');
  });

  it('a batch may be left out of order by a sampler, and then is a copy', () => {
    const x = arange(6);
    const loader = new DataLoader(new TensorDataset(x), { batchSize: 3, sampler: [0, 1, 2, 3, 5] });
    const [[view], [copy]] = [...loader] as [[Tensor], [Tensor]];
    expect(copy?.toArray()).toEqual([3, 5]);
    view?.fill_(9);
    copy?.fill_(9);
    expect(x.toArray()).toEqual([9, 9, 9, 3, 4, 5]);
  });

  it('tensors of another device stay there', async () => {
    registerBackend({ ...cpuBackend, device: 'elsewhere' });
    const x = arange(4).to('elsewhere' as string);
    manualSeed(2);
    const there = [...new DataLoader(new TensorDataset(x), { batchSize: 4, shuffle: true })];
    manualSeed(2);
    const here = [...new DataLoader(new TensorDataset(arange(4)), { batchSize: 4, shuffle: true })];
    const rows = there[0]?.[0];
    expect(rows.device).toBe('elsewhere');
    expect((await rows.cpu()).toArray()).toEqual(here[0]?.[0]?.toArray());
  });
});

describe('datasets refuse', () => {
  it('to be made of nothing', () => {
    expect(() => new TensorDataset()).toThrow(ValueError);
    expect(() => new ConcatDataset([])).toThrow('ConcatDataset: give at least one dataset');
  });

  it('positions that they do not have', () => {
    const part = new Subset(range(9), [7, 8]);
    expect(() => part.get(2)).toThrow(IndexError);
    expect(() => part.get(-1)).toThrow('Subset: position -1 is out of range for 2 items');
    for (const bad of [-1, 1.5, Number.NaN]) {
      expect(() => new Subset(range(2), [0, bad])).toThrow(`Subset: position ${bad}`);
    }
    const both = new ConcatDataset([range(2), part]);
    for (const bad of [-5, 4, 0.5]) {
      expect(() => both.get(bad)).toThrow(`ConcatDataset: position ${bad} is out of range for 4`);
    }
    expect(both.get(-4)).toBe(0);
  });
});
