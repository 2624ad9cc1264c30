// Views: which memory they share, and strides compared with PyTorch's.
import { describe, expect, it } from 'vitest';
import { arange, reshape, ShapeError, type Tensor, tensor, view } from '../src/index.js';
import goldens from './fixtures/core.json' with { type: 'json' };

type Step = ['permute' | 'expand', number[]] | ['slice', number, string] | ['unsqueeze', number];

function make(base: number[], steps: Step[]): Tensor {
  let x = arange(base.reduce((a, b) => a * b, 1)).view(base);
  for (const step of steps) {
    if (step[0] === 'permute') x = x.permute(step[1]);
    else if (step[0] === 'expand') x = x.expand(step[1]);
    else if (step[0] === 'unsqueeze') x = x.unsqueeze(step[1]);
    else x = x.at(...new Array<string>(step[1] as number).fill(':'), step[2] as string);
  }
  return x;
}

/** Strides of dimensions with more than one element. */
const meaningful = (x: Tensor): number[] => x.stride().filter((_, d) => x.shape[d] !== 1);

describe('layouts compared with PyTorch', () => {
  it.each(goldens.views.map((row, i) => [i, row] as const))('case %i', (_i, row) => {
    const x = make(row.base, row.steps as Step[]);
    expect(x.shape).toEqual(row.shape);
    expect(meaningful(x)).toEqual(row.strides.filter((_, d) => row.shape[d] !== 1));
    expect(x.isContiguous()).toBe(row.contiguous);
    expect([...x.data()]).toEqual(row.values);
    const copied = reshape(x, row.target);
    expect([...copied.data()]).toEqual(row.values);
    if (row.view === null) {
      expect(() => view(x, row.target)).toThrow(ShapeError);
      expect(copied.storage).not.toBe(x.storage);
    } else {
      const seen = view(x, row.target);
      expect(meaningful(seen)).toEqual(row.view.filter((_, d) => row.target[d] !== 1));
      expect([...seen.data()]).toEqual(row.values);
      expect(seen.storage).toBe(x.storage);
      expect(copied.storage).toBe(x.storage);
    }
  });
});

describe('views share memory', () => {
  const make = (): Tensor =>
    tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  const views: Record<string, (x: Tensor) => Tensor> = {
    view: (x) => x.view([3, 2]),
    reshape: (x) => x.reshape([6]),
    flatten: (x) => x.flatten(),
    permute: (x) => x.permute([1, 0]),
    transpose: (x) => x.transpose(0, 1),
    t: (x) => x.t(),
    T: (x) => x.T,
    unsqueeze: (x) => x.unsqueeze(0),
    squeeze: (x) => x.squeeze(),
    expand: (x) => x.expand([2, 2, 3]),
    narrow: (x) => x.narrow(0, 0, 1),
    select: (x) => x.select(0, 0),
    at: (x) => x.at(0, '::2'),
    detach: (x) => x.detach(),
    split: (x) => x.split(1)[0],
    chunk: (x) => x.chunk(2)[0],
    unbind: (x) => x.unbind()[0],
    viewAs: (x) => x.viewAs(tensor([0, 0, 0, 0, 0, 0])),
  };
  it.each(Object.keys(views))('%s', (name) => {
    const x = make();
    const v = (views[name] as (x: Tensor) => Tensor)(x);
    expect(v.storage).toBe(x.storage);
    const first = new Array<number>(v.ndim).fill(0);
    x.set([0, 0], 9);
    expect(v.at(...first).item()).toBe(9);
    if (name !== 'expand') {
      v.set(first, 7);
      expect(x.at(0, 0).item()).toBe(7);
    }
    expect(v.version).toBe(x.version);
  });

  const copies: Record<string, (x: Tensor) => Tensor> = {
    clone: (x) => x.clone(),
    'reshape of a transpose': (x) => x.t().reshape([6]),
    'at with indices': (x) => x.at(tensor([0, 1], { dtype: 'int32' })),
    'at with a mask': (x) => x.at(x.gt(0)),
    'to another dtype': (x) => x.to('float64'),
  };
  it.each(Object.keys(copies))('%s is a copy', (name) => {
    const x = make();
    const c = (copies[name] as (x: Tensor) => Tensor)(x);
    x.fill_(0);
    expect(c.gt(0).all().item()).toBe(true);
  });

  it('handles the smallest and the empty shapes', () => {
    expect(arange(1).view([]).shape).toEqual([]);
    expect(arange(0).view([0, 3]).shape).toEqual([0, 3]);
    expect(arange(0).view([3, 0, 2]).stride()).toEqual([2, 2, 1]);
    expect(() => arange(0).view([0, -1])).toThrow(ShapeError);
  });
});
