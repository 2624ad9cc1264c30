// Resuming an interrupted epoch, and invalid arguments of loaders and datasets.
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
        it(`resumes: shuffle ${shuffle}, own generator ${own}, after ${handedOut} batches`, () => {
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
          // The generator has advanced, but the order is that of the state.
          if (own) drawnPass(resumed);
          resumed.loadStateDict(state);
          expect([...seen, ...[...resumed].map(numbers)]).toEqual(wanted);
          expect([...resumed].map(numbers)).toEqual(nextPass);
        });
      }
    }
  }

  /** Draws the random numbers of one epoch, so that the next epoch is the second. */
  function drawnPass(loader: DataLoader<Tensor[], Tensor[]>): void {
    for (const _ of loader);
  }

  it('does not change the generator', () => {
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

  it('between epochs is that of a new loader', () => {
    const loader = new DataLoader(range(4), { batchSize: 2 });
    expect(loader.stateDict()).toEqual({ start: null, batches: 0 });
    expect([...loader]).toHaveLength(2);
    expect(loader.stateDict()).toEqual({ start: null, batches: 0 });
    loader.loadStateDict(loader.stateDict());
    expect([...loader]).toHaveLength(2);
  });

  it('does not change with the loader, and counts on in a resumed epoch', () => {
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

  it('that is invalid throws', () => {
    const loader = new DataLoader(range(4), { batchSize: 2 });
    const start = new Uint8Array(8);
    for (const state of [null, {}, { start: null, batches: 0.5 }, { start: 'x', batches: 0 }]) {
      expect(() => loader.loadStateDict(state as unknown as DataLoaderState)).toThrow(
        'DataLoader.loadStateDict: expected { start, batches }, from stateDict()',
      );
    }
    expect(() => loader.loadStateDict({ start, batches: 3 })).toThrow(FormatError);
    expect(() => loader.loadStateDict({ start, batches: 3 })).toThrow(
      'the state is after batch 3, but this loader has 2 batches; use the same dataset and batch size',
    );
  });
});

describe('collated items', () => {
  it('arrays are collated by index', () => {
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

  it('other items need a collateFn', () => {
    expect(() => defaultCollate([null])).toThrow(DTypeError);
    expect(() => defaultCollate([null])).toThrow('got null; pass your own collateFn');
    expect(() => defaultCollate([() => 0])).toThrow('got a function');
  });

  it('a batch from a sampler out of order is a copy', () => {
    const x = arange(6);
    const loader = new DataLoader(new TensorDataset(x), { batchSize: 3, sampler: [0, 1, 2, 3, 5] });
    const [[view], [copy]] = [...loader] as [[Tensor], [Tensor]];
    expect(copy?.toArray()).toEqual([3, 5]);
    view?.fill_(9);
    copy?.fill_(9);
    expect(x.toArray()).toEqual([9, 9, 9, 3, 4, 5]);
  });

  it('tensors on another device stay there', async () => {
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

describe('datasets throw', () => {
  it('without tensors or datasets', () => {
    expect(() => new TensorDataset()).toThrow(ValueError);
    expect(() => new ConcatDataset([])).toThrow(
      'ConcatDataset: datasets must have at least one dataset',
    );
  });

  it('for indices out of range', () => {
    const part = new Subset(range(9), [7, 8]);
    expect(() => part.get(2)).toThrow(IndexError);
    expect(() => part.get(-1)).toThrow('Subset: index -1 is out of range for 2 items');
    for (const bad of [-1, 1.5, Number.NaN]) {
      expect(() => new Subset(range(2), [0, bad])).toThrow(`Subset: index ${bad}`);
    }
    const both = new ConcatDataset([range(2), part]);
    for (const bad of [-5, 4, 0.5]) {
      expect(() => both.get(bad)).toThrow(`ConcatDataset: index ${bad} is out of range for 4`);
    }
    expect(both.get(-4)).toBe(0);
  });
});
