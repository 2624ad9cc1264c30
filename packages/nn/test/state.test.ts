// stateDict and loadStateDict.
import { FormatError, ones, type Tensor, tensor, zeros } from '@dl/core';
import { describe, expect, test } from 'vitest';
import { Linear, Sequential } from '../src/index.js';
import { Custom, goldens, Tied } from './support.js';

const two = () => new Sequential(new Linear(2, 3), new Linear(3, 3));

describe('stateDict', () => {
  test('shares memory and has no history', () => {
    const m = new Linear(2, 2);
    const dict = m.stateDict();
    expect(dict.weight.requiresGrad).toBe(false);
    dict.weight.fill_(4);
    expect(m.weight.toArray()).toEqual([
      [4, 4],
      [4, 4],
    ]);
  });

  test('accepts a prefix with and without its dot', () => {
    expect(Object.keys(new Linear(1, 1).stateDict({ prefix: 'a.b' }))[0]).toBe('a.b.weight');
  });
});

describe('loadStateDict', () => {
  test('copies values without sharing memory', () => {
    const [a, b] = [two(), two()];
    const weight = b[0].weight;
    const result = b.loadStateDict(a.stateDict());
    expect(result).toEqual({ missingKeys: [], unexpectedKeys: [] });
    expect(b[0].weight).toBe(weight);
    expect(weight.toArray()).toEqual(a[0].weight.toArray());
    a[0].weight.detach().fill_(9);
    expect(weight.toArray()).not.toEqual(a[0].weight.toArray());
    expect(weight.requiresGrad && weight.isLeaf).toBe(true);
  });

  test('accepts its own state dict', () => {
    const m = two();
    const before = m[1].weight.toArray();
    m.loadStateDict(m.stateDict());
    expect(m[1].weight.toArray()).toEqual(before);
  });

  test('converts dtypes, of buffers too', () => {
    const m = new Custom();
    m.loadStateDict({
      ...m.stateDict(),
      scale: tensor([1.5, 2.5], { dtype: 'float64' }),
      num_batches_tracked: tensor(7, { dtype: 'int64' }),
    });
    expect(m.scale.dtype).toBe('float32');
    expect(m.scale.toArray()).toEqual([1.5, 2.5]);
    expect(m.numBatchesTracked.item()).toBe(7);
  });

  test('loads tied parameters', () => {
    const [a, b] = [new Tied(), new Tied()];
    b.loadStateDict(a.stateDict());
    expect(b.decoder.weight.toArray()).toEqual(a.encoder.weight.toArray());
  });

  test("throws one error that lists everything in PyTorch's words, and changes nothing", () => {
    const m = two();
    const dict: Record<string, Tensor> = { ...m.stateDict(), '0.weight': ones([3, 2]) };
    const before = m[0].weight.toArray();
    dict['extra.weight'] = zeros([1]);
    delete dict['0.bias'];
    dict['1.weight'] = zeros([5, 5]);
    let error: Error | null = null;
    try {
      m.loadStateDict(dict);
    } catch (e) {
      error = e as Error;
    }
    expect(error).toBeInstanceOf(FormatError);
    // The message differs from PyTorch's in the first and last line, in trailing blanks, and in how shapes print.
    const theirs = goldens.loadError
      .split('\n')
      .slice(1)
      .map((line) => line.trimEnd().replace(/torch\.Size\((.*?)\)/g, '$1'));
    expect(error!.message.split('\n')).toEqual([
      'loadStateDict: error(s) in loading state_dict for Sequential; nothing was changed:',
      ...theirs,
      '\tPass { strict: false } to ignore missing and unexpected keys.',
    ]);
    expect(m[0].weight.toArray()).toEqual(before);
  });

  test('strict: false loads matching entries and returns the other keys', () => {
    const m = two();
    const result = m.loadStateDict(
      { '0.weight': ones([3, 2]), other: zeros([1]) },
      { strict: false },
    );
    expect(result).toEqual({
      missingKeys: ['0.bias', '1.weight', '1.bias'],
      unexpectedKeys: ['other'],
    });
    expect(m[0].weight.toArray()).toEqual(ones([3, 2]).toArray());
  });

  test('strict: false still throws for wrong shapes, and changes nothing', () => {
    const m = two();
    const before = m[0].weight.toArray();
    const dict = { '0.weight': ones([3, 2]), '0.bias': ones([4]) };
    expect(() => m.loadStateDict(dict, { strict: false })).toThrow(
      /^loadStateDict.*\n\tsize mismatch for 0\.bias: .* shape \[4\] from checkpoint.* is \[3\]\.$/,
    );
    expect(m[0].weight.toArray()).toEqual(before);
  });

  test('throws for values that are not a dict of tensors', () => {
    const m = new Linear(1, 1);
    expect(() => m.loadStateDict({ weight: [[1]], bias: null })).toThrow(
      '"weight" is not a tensor but an array.\n\t"bias" is not a tensor but null.',
    );
    for (const [value, got] of [
      [null, /an object of tensors by name, not null/],
      [3, /an object of tensors by name .*number/],
      [ones([1]), /an object of tensors by name .*tensor/],
      [Promise.resolve({}), /promise.*await/],
    ] as const) {
      expect(() => m.loadStateDict(value as never)).toThrow(got);
      expect(() => m.loadStateDict(value as never)).toThrow(/^loadStateDict: /);
    }
    // Properties inherited by every object are not keys.
    expect(() => m.loadStateDict(Object.create({ weight: ones([1, 1]) }))).toThrow(
      'Missing key(s)',
    );
  });
});
