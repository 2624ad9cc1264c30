// JavaScript's own syntax applied to a tensor.
import { describe, expect, it } from 'vitest';
import { arange, DTypeError, tensor, ValueError, zeros } from '../src/index.js';

const x = tensor([1, 2]);
const asAny = x as unknown as number;

describe('operators', () => {
  it.each([
    ['x + 1', () => asAny + 1],
    ["'x' + x", () => `x`.concat('') + asAny],
    ['x * 2', () => asAny * 2],
    ['-x', () => -asAny],
    ['x > 2', () => asAny > 2],
    // biome-ignore lint/suspicious/noDoubleEquals: this is what is tested
    ['x == 1', () => asAny == 1],
    ['isNaN(x)', () => Number.isNaN(+asAny)],
    ['Number(x)', () => Number(x)],
    ['Math.max(x)', () => Math.max(asAny)],
  ])('%s is refused, with the method to call', (_, f) => {
    expect(f).toThrow(DTypeError);
    expect(f).toThrow(/x\.add\(1\).*x\.item\(\)/);
  });

  it('text is the printed tensor', () => {
    expect(`${x}`).toBe('tensor([1., 2.])');
    expect(String(x)).toBe('tensor([1., 2.])');
    expect([x, x].join(' ')).toBe('tensor([1., 2.]) tensor([1., 2.])');
  });
});

describe('for … of', () => {
  it('yields the rows, which share memory', () => {
    const y = arange(4).view([2, 2]);
    for (const row of y) row.mul_(2);
    expect(y.toArray()).toEqual([
      [0, 2],
      [4, 6],
    ]);
    expect([...y].map((row) => row.shape)).toEqual([[2], [2]]);
    const [first, second] = tensor([5, 6]);
    expect([first?.item(), second?.item()]).toEqual([5, 6]);
    expect([...zeros([0, 3])]).toEqual([]);
  });

  it('a tensor without dimensions is not iterable', () => {
    expect(() => [...tensor(1)]).toThrow(TypeError);
  });

  it('rows have gradients', () => {
    const w = tensor([1, 2, 3], { requiresGrad: true });
    const [a, , c] = w;
    a?.mul(c as never).backward();
    expect(w.grad?.toArray()).toEqual([3, 0, 1]);
  });
});

it('JSON contains the values', () => {
  expect(JSON.stringify({ loss: tensor(2.5), w: x, ok: tensor([true]) })).toBe(
    '{"loss":2.5,"w":[1,2],"ok":[true]}',
  );
  expect(JSON.stringify(tensor([3], { dtype: 'int64' }))).toBe('[3]');
});

describe('a shape', () => {
  it('is not the array that was passed in', () => {
    const shape = [2, 2];
    const strides = [2, 1];
    const made = [zeros(shape), arange(4).view(shape), arange(4).asStrided(shape, strides)];
    shape[0] = 9;
    strides[0] = 9;
    for (const y of made)
      expect([y.shape, y.stride()]).toEqual([
        [2, 2],
        [2, 1],
      ]);
  });
});

describe('int64', () => {
  const big = 2n ** 53n + 1n;

  it('is a number if that is exact', () => {
    expect(tensor([7n, -(2n ** 53n) + 1n]).toArray()).toEqual([7, -(2 ** 53) + 1]);
    expect(tensor([[7n]]).item()).toBe(7);
    expect(tensor([7n]).tolist()).toEqual([7]);
    expect(() => tensor(big).item()).toThrow(ValueError);
    expect(() => tensor(big).item()).toThrow(
      'item: no number holds 9007199254740993 exactly; use bigint()',
    );
    expect(tensor([big, 1n]).toArray()).toEqual([big, 1]);
    expect(() => JSON.stringify(tensor([big]))).toThrow(
      /toJSON: no number holds 9007199254740993 .*toBigIntArray/,
    );
  });

  it('is written to JSON if no element of a view is too large', () => {
    const y = tensor([[big, 1n]]).t();
    expect(JSON.stringify(y.at(1))).toBe('[1]');
    expect(() => JSON.stringify(y)).toThrow(/toJSON: no number holds/);
  });

  it('is a bigint on request', () => {
    expect(tensor(big).bigint()).toBe(big);
    expect(
      tensor([[big], [1n]])
        .t()
        .toBigIntArray(),
    ).toEqual([[big, 1n]]);
    expect(tensor([3], { dtype: 'uint8' }).bigint()).toBe(3n);
    expect(() => x.bigint()).toThrow(
      /bigint: .* integer dtype, this one has float32; use item\(\)/,
    );
    expect(() => tensor([true]).toBigIntArray()).toThrow(DTypeError);
  });
});
