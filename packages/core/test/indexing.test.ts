// x.at(...) and x.set(...) compared with Python's indexing, for random indices.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arange, type Index, IndexError, noGrad, type Tensor, tensor } from '../src/index.js';
import goldens from './fixtures/core.json' with { type: 'json' };

type Spelled = number | string | null | { index?: number[]; mask?: number[]; shape: number[] };

const items = (list: Spelled[]): Index[] =>
  list.map((item) => {
    if (item === null || typeof item !== 'object') return item;
    const dtype = item.index === undefined ? 'bool' : 'int32';
    return tensor((item.index ?? item.mask) as number[], { dtype }).view(item.shape);
  });

const make = (shape: number[]): Tensor => {
  const n = shape.reduce((a, b) => a * b, 1);
  return arange(1, n + 1, { dtype: 'float64' }).view(shape);
};

const label = (row: { shape: number[]; items: unknown }): string =>
  `[${row.shape}] at ${JSON.stringify(row.items)}`;

describe('indexing against PyTorch', () => {
  const rows = goldens.indexing as unknown as {
    shape: number[];
    items: Spelled[];
    result: number[];
    values: number[];
    grad: number[];
    filled: number[];
    assigned?: number[];
  }[];

  it.each(rows.map((row) => [label(row), row] as const))('%s', (_label, row) => {
    const index = items(row.items);
    const x = make(row.shape).requiresGrad_();
    const y = x.at(...index);
    expect(y.shape).toEqual(row.result);
    expect([...y.data()]).toEqual(row.values);
    const w = make(row.result.length === 0 ? [1] : row.result).view(row.result);
    y.mul(w).sum().backward();
    expect([...(x.grad as Tensor).data()]).toEqual(row.grad);

    const filled = x.detach().clone().set(index, -1);
    expect([...filled.data()]).toEqual(row.filled);
    if (row.assigned !== undefined) {
      const assigned = noGrad(() => x.detach().clone().set(index, w.neg()));
      expect([...assigned.data()]).toEqual(row.assigned);
      // With a history: gradients go to the elements that stay, and to the value.
      const value = w.neg().requiresGrad_();
      const kept = make(row.shape).requiresGrad_();
      const z = kept.clone().set(index, value);
      z.sum().backward();
      expect((value.grad as Tensor).eq(1).all().item()).toBe(true);
      expect([...(kept.grad as Tensor).data()]).toEqual(row.assigned.map((v) => (v < 0 ? 0 : 1)));
    }
  });
});

describe('slices', () => {
  it("behave like Python's for every start, end and step", () => {
    const bound = fc.option(fc.integer({ min: -8, max: 8 }), { nil: undefined });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 6 }),
        bound,
        bound,
        fc.integer({ min: 1, max: 4 }),
        (n, start, end, step) => {
          const wrapped = (v: number | undefined, otherwise: number): number =>
            v === undefined ? otherwise : Math.min(n, Math.max(0, v < 0 ? v + n : v));
          const expected: number[] = [];
          for (let i = wrapped(start, 0); i < wrapped(end, n); i += step) expected.push(i);
          const got = arange(n).at(`${start ?? ''}:${end ?? ''}:${step}`);
          expect(got.toArray()).toEqual(expected);
        },
      ),
    );
  });

  it('are refused beyond either end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: -12, max: 12 }), (n, i) => {
        const x = arange(n);
        if (i >= -n && i < n) expect(x.at(i).item()).toBe(i < 0 ? i + n : i);
        else {
          expect(() => x.at(i)).toThrow(IndexError);
          expect(() => x.at(tensor([i], { dtype: 'int32' }))).toThrow(IndexError);
          expect(() => x.set([i], 1)).toThrow(IndexError);
        }
      }),
    );
  });
});
