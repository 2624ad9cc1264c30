// Numbers that leave the range in an intermediate step, or have no result: half precision, integers, NaN. Values are
// PyTorch's.
import { describe, expect, it } from 'vitest';
import {
  amax,
  arange,
  atan2,
  type DType,
  dropout,
  embedding,
  fmod,
  full,
  gather,
  grad,
  hypot,
  IndexError,
  indexAdd,
  indexSelect,
  layerNorm,
  logsumexp,
  manualSeed,
  maskedSelect,
  maskedSoftmax,
  matmul,
  norm,
  ones,
  outer,
  pow,
  prod,
  randnLike,
  scaledDotProductAttention,
  scatterReduce,
  softmax,
  std,
  type Tensor,
  takeAlongDim,
  tensor,
  ValueError,
  variance,
  zeros,
} from '../src/index.js';

const list = (x: Tensor): unknown => x.toArray();
const exact = (x: Tensor): bigint => x.bigint();
const int32 = (data: number | number[] | number[][]): Tensor => tensor(data, { dtype: 'int32' });
const int64 = (data: bigint[] | number[]): Tensor => tensor(data, { dtype: 'int64' });

describe('half precision', () => {
  // Each leaves the half type's range or precision if an intermediate step is rounded to it.
  const reductions: readonly (readonly [string, (x: Tensor) => Tensor, Tensor])[] = [
    ['mean', (x) => x.mean(), full([70000], 1)],
    ['mean over a dimension', (x) => x.mean(1), tensor([[60000, 60000, 60000]])],
    ['var', (x) => variance(x, { correction: 0 }), tensor([200, -200, 200, -200])],
    ['std', (x) => std(x, { correction: 0 }), tensor([600, -600, 600, -600])],
    ['norm', (x) => norm(x), full([8], 300)],
    ['norm 3', (x) => norm(x, 3), full([8], 300)],
    ['logsumexp', (x) => logsumexp(x, 0), full([70000], 3)],
    ['softmax', (x) => softmax(x, 0), full([2], 60000)],
    ['sum of products', (x) => matmul(x, x).div(1e6), full([200], 10)],
    ['layerNorm', (x) => layerNorm(x, [4]), tensor([600, -600, 600, -600])],
  ];
  it.each(reductions)('%s rounds once', (_, reduce, x) => {
    for (const dtype of ['float16', 'bfloat16'] as const) {
      const given = x.to(dtype);
      const single = reduce(given.to('float32'));
      const half = reduce(given);
      expect(half.dtype).toBe(dtype);
      expect(list(half)).toEqual(list(single.to(dtype)));
    }
  });
});

describe('integers', () => {
  it('sum, prod and their cumulative forms refuse results that do not fit', () => {
    const wide = (x: Tensor): Tensor[] => [x, full([40_000], 2 ** 30, { dtype: 'int32' })];
    for (const x of wide(full([3], 2 ** 30, { dtype: 'int32' }))) {
      for (const f of [(t: Tensor) => t.sum(), (t: Tensor) => t.cumsum(0)]) {
        expect(() => f(x)).toThrow(/int64/);
        expect(() => f(x)).toThrow(ValueError);
      }
      expect(() => x.prod()).toThrow(/int64/);
      expect(() => x.cumprod(0)).toThrow(/int64/);
    }
    expect(exact(full([3], 2 ** 30, { dtype: 'int32' }).sum({ dtype: 'int64' }))).toBe(3221225472n);
    expect(list(int32([2 ** 30, -(2 ** 30), 5]).cumsum(0))).toEqual([2 ** 30, 0, 5]);
    expect(exact(full([9_000_000], 255, { dtype: 'uint8' }).sum({ dtype: 'int64' }))).toBe(
      2295000000n,
    );
  });

  it('cumulative sums and products have the requested dtype', () => {
    for (const dtype of ['uint8', 'int32', 'int64', 'float32', 'float64'] as const) {
      const sums = int32([1, 2, 3]).cumsum(0, { dtype });
      expect(sums.dtype).toBe(dtype);
      expect(Array.from(sums.data(), Number)).toEqual([1, 3, 6]);
      expect(int32([1, 2, 3]).cumprod(0, { dtype }).dtype).toBe(dtype);
    }
    expect(int32([0, 2, 3]).cumsum(0, { dtype: 'bool' }).toArray()).toEqual([false, true, true]);
    expect(() => int32([200, 100]).cumsum(0, { dtype: 'uint8' })).toThrow(/does not fit uint8/);
  });

  it('matrix products are exact modulo 2^32, even beyond the range of doubles', () => {
    for (const n of [3, 40, 1000]) {
      const x = full([n], 2 ** 31 - 1, { dtype: 'int32' });
      expect(matmul(x, x).item()).toBe(n);
      const rows = x.view([1, n]).expand([9, n]);
      expect(list(matmul(rows, rows.transpose(0, 1)))).toEqual(Array(9).fill(Array(9).fill(n)));
    }
  });

  it('int64 is exact modulo 2^64', () => {
    const x = int64([2n ** 53n, 1n, 2n]);
    expect(exact(x.sum())).toBe(2n ** 53n + 3n);
    expect(exact(int64([2n ** 62n, 2n ** 62n]).sum())).toBe(-(2n ** 63n));
    expect(exact(int64([2n ** 32n + 1n, 2n ** 32n]).prod())).toBe(2n ** 32n);
    expect(exact(arange(1, 14, { dtype: 'int32' }).prod(0, { dtype: 'int64' }))).toBe(6227020800n);
    expect(exact(int64([2n ** 53n, 2n ** 53n + 1n]).amax())).toBe(2n ** 53n + 1n);
    expect(
      int64([2n ** 53n, 2n ** 53n + 1n])
        .argmax()
        .item(),
    ).toBe(1);
    expect(
      int64([2n ** 62n, 2n ** 62n])
        .cumsum(0)
        .data(),
    ).toEqual(BigInt64Array.of(2n ** 62n, -(2n ** 63n)));
    expect(exact(matmul(int64([2, 3]), int64([4, 5])))).toBe(23n);
    expect(exact(outer(int64([2]), int64([2])))).toBe(4n);
    expect(
      amax(
        tensor([
          [1n, 5n],
          [3n, 2n],
        ]),
        1,
      ).data(),
    ).toEqual(BigInt64Array.of(5n, 3n));
  });

  it('division and remainder by zero throw', () => {
    const forms: ((a: Tensor, b: Tensor | number) => Tensor)[] = [
      (a, b) => a.floorDivide(b),
      (a, b) => a.remainder(b),
      (a, b) => fmod(a, b),
      (a, b) => a.div(b, { roundingMode: 'trunc' }),
      (a, b) => a.div(b, { roundingMode: 'floor' }),
      (a, b) => a.clone().remainder_(b),
    ];
    for (const dtype of ['int32', 'int64', 'uint8'] as const) {
      const a = tensor([5, 3], { dtype });
      for (const f of forms) {
        expect(() => f(a, 0)).toThrow(/zero/);
        expect(() => f(a, tensor([2, 0], { dtype }))).toThrow(/zero/);
        expect(f(a, 2).dtype).toBe(dtype);
      }
    }
    expect(list(tensor([1]).floorDivide(0))).toEqual([Infinity]);
    expect(() => pow(int32([2]), -1)).toThrow(/negative power/);
    expect(list(pow(int32([1, 2]), int32([-1, 1])))).toEqual([1, 2]);
  });

  it('numbers out of range are refused', () => {
    for (const bad of [300, -1, 255.9, -0.5, Number.NaN, Infinity]) {
      expect(() => tensor([bad], { dtype: 'uint8' })).toThrow(/out of range for uint8/);
      expect(() => full([2], bad, { dtype: 'uint8' })).toThrow(/uint8/);
      expect(() => zeros([2], { dtype: 'uint8' }).fill_(bad)).toThrow(/uint8/);
    }
    expect(() => tensor([3e9], { dtype: 'int32' })).toThrow(/int32/);
    expect(() => tensor([2n ** 63n])).toThrow(/int64/);
    expect(list(tensor([254.9, 0.5], { dtype: 'uint8' }))).toEqual([254, 0]);
    expect(list(tensor([-0.5], { dtype: 'int32' }))).toEqual([0]);
    expect(list(tensor([true, false, true]).fill_(false as never))).toEqual([false, false, false]);
  });

  it('negative positions are refused where PyTorch refuses them, and positions do not wrap modulo 2^32', () => {
    const x = tensor([10, 20, 30]);
    const picks: ((i: Tensor) => Tensor)[] = [
      (i) => gather(x, 0, i),
      (i) => indexSelect(x, 0, i),
      (i) => takeAlongDim(x, i, 0),
      (i) => x.scatter(0, i, 1),
      (i) => x.scatterAdd(0, i, tensor([1])),
      (i) => indexAdd(x, 0, i, tensor([1])),
      (i) => embedding(i, x.view([3, 1])),
    ];
    for (const pick of picks) {
      for (const bad of [int32([-1]), int64([-1]), int64([4294967297n]), int32([3])]) {
        expect(() => pick(bad)).toThrow(IndexError);
      }
      expect(pick(int64([1])).count).toBeGreaterThan(0);
    }
    expect(list(x.at(int32([-1])))).toEqual([30]);
    expect(() => x.at(int64([4294967297n]))).toThrow(IndexError);
    expect(list(x.at(tensor([1, 0, 1], { dtype: 'uint8' })))).toEqual([10, 30]);
  });

  it('scatterReduce of integers keeps their dtype', () => {
    const x = int32([1, 5]);
    const index = int32([0, 0]);
    const reduce = (
      source: number[],
      how: 'mean' | 'amax' | 'amin',
      includeSelf: boolean,
    ): unknown => {
      const out = scatterReduce(x, 0, index, int32(source), how, { includeSelf });
      expect(out.dtype).toBe('int32');
      return list(out);
    };
    expect(reduce([-2, -4], 'mean', true)).toEqual([-2, 5]);
    expect(reduce([-2, -5], 'mean', false)).toEqual([-4, 5]);
    expect(reduce([-2, -4], 'amax', false)).toEqual([-2, 5]);
    expect(reduce([2, 4], 'amin', false)).toEqual([2, 5]);
  });

  it('scalars count as one element', () => {
    expect(list(gather(tensor(5), 0, int32([0, 0])))).toEqual([5, 5]);
    expect(gather(tensor([5, 6]), 0, int32(1)).shape).toEqual([]);
    expect(list(maskedSelect(tensor(5), tensor(true)))).toEqual([5]);
    expect(list(outer(tensor([true, false]), tensor([true, true])))).toEqual([
      [true, true],
      [false, false],
    ]);
  });
});

describe('NaN and infinity', () => {
  it('std of large and small numbers', () => {
    expect(std(tensor([1e20, 2e20, 3e20])).item()).toBeCloseTo(1e20, -15);
    expect(std(tensor([1e-30, 3e-30])).item() / 1.4142136e-30).toBeCloseTo(1, 5);
    expect(std(full([7], 0.1)).item()).toBe(0);
  });

  it("atan2's gradient at the origin is 0", () => {
    const [a, b] = [
      tensor([0, 1e-30], { requiresGrad: true }),
      tensor([0, 1e-30], { requiresGrad: true }),
    ];
    atan2(a, b).sum().backward();
    expect(list(a.grad as Tensor)).toEqual([0, Math.fround(5e29)]);
  });

  it.each([
    ['float32', [3e38, 3e38, 1e-40, 2e20], [1e38, 3e38, 2e-40, 1e-20]],
    ['float64', [1e308, 1.7e308, 3e-320, 2e200], [1e308, 1.7e308, 4e-320, 1e-200]],
  ] satisfies [DType, number[], number[]][])(
    'hypot overflows only if its result does, in %s',
    (dtype, x, y) => {
      const [a, b] = [x, y].map((v) => tensor(v, { dtype })) as [Tensor, Tensor];
      const wanted = x.map((v, i) => tensor(Math.hypot(v, y[i]), { dtype }).item());
      const found = list(hypot(a, b)) as number[];
      expect(found[1]).toBe(Infinity);
      for (const i of [0, 2, 3]) expect(found[i] / wanted[i]).toBeCloseTo(1, 6);
      expect(list(a.clone().hypot_(b))).toEqual(found);
    },
  );

  // PyTorch's (2.13).
  it('hypot with infinity and NaN, and its gradients at the origin', () => {
    const nan = Number.NaN;
    const values = hypot(tensor([Infinity, nan, nan, 0]), tensor([nan, -Infinity, 1, -0]));
    expect(list(values)).toEqual([Infinity, Infinity, nan, 0]);
    const x = tensor([0, 1e-40], { requiresGrad: true });
    hypot(x, tensor([0, 2e-40]))
      .sum()
      .backward();
    expect(list(x.grad as Tensor)).toEqual([nan, Math.fround(0.4472115933895111)]);
    expect(() => hypot(tensor([1], { dtype: 'int32' }), 2)).toThrow(
      /^hypot: not defined for int32/,
    );
  });

  it("prod's derivatives at zeros", () => {
    const second = (values: number[], weights: number[]): [unknown, unknown] => {
      const x = tensor(values, { requiresGrad: true });
      const [first] = grad(prod(x), [x], { createGraph: true }) as [Tensor];
      const [next] = grad(first.mul(tensor(weights)).sum(), [x]) as [Tensor];
      return [list(first.detach()), list(next)];
    };
    expect(second([0, 2, 5, 3], [1, 2, 3, 4])).toEqual([
      [30, 0, 0, 0],
      [88, 15, 6, 10],
    ]);
    expect(second([0, 2, 0, 3], [1, 1, 1, 1])).toEqual([
      [0, 0, 0, 0],
      [6, 0, 6, 0],
    ]);
    expect(second([0, 2, 0, 0], [1, 2, 3, 4])).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
  });

  it('rows of attention without any position are 0, and so are their gradients', () => {
    const q = ones([1, 2, 2]).requiresGrad_();
    const out = scaledDotProductAttention(
      q,
      ones([1, 2, 2]),
      tensor([
        [
          [1, 2],
          [3, 4],
        ],
      ]),
      {
        attnMask: tensor([
          [false, false],
          [true, false],
        ]),
      },
    );
    expect(list(out)).toEqual([
      [
        [0, 0],
        [1, 2],
      ],
    ]);
    out.sum().backward();
    expect(list(q.grad as Tensor)).toEqual([
      [
        [0, 0],
        [0, 0],
      ],
    ]);
    const rows = tensor([
      [-Infinity, -Infinity],
      [0, 0],
    ]);
    expect(list(maskedSoftmax(rows))).toEqual([
      [0, 0],
      [0.5, 0.5],
    ]);
  });
});

describe('draws for a tensor in another memory order', () => {
  it('follow memory order', () => {
    manualSeed(0);
    const drawn = randnLike(ones([2, 3]).t());
    expect(drawn.at(0, 1).item()).toBeCloseTo(0.56843126, 5);
    expect(drawn.at(1, 0).item()).toBeCloseTo(-0.29342926, 5);
    manualSeed(0);
    const plain = dropout(ones([2, 3]));
    manualSeed(0);
    expect(list(dropout(ones([2, 3]).t()))).toEqual(list(plain.t()));
  });
});
