// Edge cases of operators: the last valid index, the first invalid one, empty tensors, shared and strided memory.
import { describe, expect, it } from 'vitest';
import {
  arange,
  Function as Custom,
  dot,
  equal,
  type FunctionContext,
  fromTypedArray,
  groupNorm,
  IndexError,
  kthvalue,
  linspace,
  logspace,
  manualSeed,
  noGrad,
  ones,
  outer,
  pad,
  ShapeError,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from '../src/index.js';

describe('refused', () => {
  it('a non-tensor on either side of equal', () => {
    expect(() => equal(5 as never, tensor(5))).toThrow('equal: a must be a tensor');
    expect(() => equal(tensor(5), 5 as never)).toThrow('equal: other must be a tensor');
  });

  it('the second element of a scalar', () => {
    const at = (i: number): Tensor => tensor(i, { dtype: 'int32' });
    expect(tensor(7).gather(0, at(0)).item()).toBe(7);
    expect(() => tensor(7).gather(0, at(1))).toThrow(IndexError);
    expect(() => tensor(7).indexSelect(0, at(1))).toThrow(IndexError);
  });

  it('a non-vector on either side of a product of vectors', () => {
    for (const f of [outer, dot]) {
      expect(() => f(ones([2, 2]), ones([2]))).toThrow(ShapeError);
      expect(() => f(ones([2]), ones([2, 2]))).toThrow('expected a vector');
      expect(() => f(ones([]), ones([2]))).toThrow('expected a vector');
      expect(() => f(ones([2]), ones([]))).toThrow('expected a vector');
    }
  });

  it('the wrong number of channels, or the right number in another shape', () => {
    const x = ones([2, 4, 3]);
    expect(groupNorm(x, 2, ones([4]), zeros([4])).shape).toEqual([2, 4, 3]);
    for (const bad of [ones([3]), ones([1]), ones([4, 4])]) {
      expect(() => groupNorm(x, 2, bad)).toThrow(ShapeError);
      expect(() => groupNorm(x, 2, null, bad)).toThrow('one value for each of the 4 channels');
    }
  });
});

describe('empty', () => {
  it('zero steps, and one', () => {
    expect(linspace(0, 1, 0).shape).toEqual([0]);
    expect(logspace(0, 1, 0).shape).toEqual([0]);
    expect(linspace(3, 9, 1).toArray()).toEqual([3]);
    expect(logspace(2, 9, 1).toArray()).toEqual([100]);
    expect(() => linspace(0, 1, -1)).toThrow(ValueError);
    expect(() => logspace(0, 1, -1)).toThrow(ValueError);
  });

  it('windows without elements', () => {
    expect(arange(4).unfold(0, 0, 1).shape).toEqual([5, 0]);
    expect(zeros([4, 3]).unfold(1, 0, 2).shape).toEqual([4, 2, 0]);
    expect(() => arange(4).unfold(0, -1, 1)).toThrow(ValueError);
    expect(arange(4).unfold(0, 4, 1).shape).toEqual([1, 4]);
    expect(() => arange(4).unfold(0, 5, 1)).toThrow(ValueError);
  });
});

// PyTorch's values. The second half of the steps is computed from the end; from the start it would round differently.
it.each([
  [0, 1, [0, 0.3333333333333333, 0.6666666666666667, 1]],
  [-1.3, 2.9, [-1.3, -0.7000000000000001, -0.10000000000000009, null, 1.1, 1.7, 2.3, 2.9]],
  [0.1, 0.7, [0.1, 0.22, 0.33999999999999997, 0.45999999999999996, 0.58, 0.7]],
])('linspace(%d, %d)', (start, end, wanted) => {
  const got = linspace(start, end, wanted.length, { dtype: 'float64' }).toArray() as number[];
  wanted.forEach((v, i) => {
    // One step in which PyTorch rounds once for a product and a sum.
    if (v === null) expect(got[i]).toBeCloseTo(0.5, 14);
    else expect(got[i]).toBe(v);
  });
});

// PyTorch's values.
it.each([
  ['reflect', [3, 2, 1, 2, 3, 4], [1, 2, 3, 4, 3, 2]],
  ['replicate', [1, 1, 1, 2, 3, 4], [1, 2, 3, 4, 4, 4]],
  ['circular', [3, 4, 1, 2, 3, 4], [1, 2, 3, 4, 1, 2]],
] as const)('pad by %s on one side only', (mode, left, right) => {
  const x = arange(4).add(1).view([1, 1, 4]);
  expect(pad(x, [2, 0], { mode }).view([6]).toArray()).toEqual(left);
  expect(pad(x, [0, 2], { mode }).view([6]).toArray()).toEqual(right);
});

describe('memory', () => {
  it('of a contiguous tensor is not copied, otherwise it is', () => {
    const x = arange(6).view([2, 3]);
    expect(x.contiguous()).toBe(x);
    expect(x.t().contiguous().storage).not.toBe(x.storage);
    expect(x.t().contiguous().toArray()).toEqual(x.t().toArray());
    const copied = x.clone();
    copied.fill_(0);
    expect(x.sum().item()).toBe(15);
  });

  it('of booleans from bytes is 0 and 1', () => {
    const bytes = Uint8Array.of(0, 1, 2, 255);
    const x = fromTypedArray(bytes, [4], { dtype: 'bool' });
    expect(x.toArray()).toEqual([false, true, true, true]);
    expect(x.to('int32').toArray()).toEqual([0, 1, 1, 1]);
    expect([...bytes]).toEqual([0, 1, 2, 255]);
  });
});

describe('in-place random fills', () => {
  // PyTorch's values for these seeds.
  const drawn = [
    [0.7576315999031067, 0.2793108820915222],
    [0.40306925773620605, 0.7346844673156738],
    [0.029281556606292725, 0.7998586297035217],
  ];

  it('of part of a tensor', () => {
    const x = zeros([3, 4]);
    manualSeed(1);
    expect(x.narrow(1, 1, 2).uniform_().toArray()).toEqual(drawn);
    expect(x.toArray()).toEqual(drawn.map(([a, b]) => [0, a, b, 0]));
  });

  it('of half types', () => {
    const half = { dtype: 'float16' } as const;
    manualSeed(3);
    expect(zeros([5], half).uniform_().toArray()).toEqual([
      0.00426483154296875, 0.1055908203125, 0.285888671875, 0.0269622802734375, 0.4716796875,
    ]);
    manualSeed(3);
    const normal = zeros([5], half).normal_().toArray() as number[];
    // Within one unit in the last place, like float32 draws.
    [0.80322265625, 0.1748046875, 0.0889892578125, -0.61376953125, 0.046173095703125].forEach(
      (wanted, i) => {
        expect(Math.abs(normal[i] - wanted)).toBeLessThanOrEqual(5e-4);
      },
    );
  });
});

describe('a user-defined Function', () => {
  class Twice extends Custom {
    static override forward(_ctx: FunctionContext, x: Tensor): Tensor {
      return x.mul(2);
    }
    static override backward(_ctx: FunctionContext, g: Tensor): Tensor {
      return g.mul(2);
    }
  }

  it('is recorded only if gradients are enabled and an input requires one', () => {
    const constant = tensor([1]);
    const leaf = tensor([1], { requiresGrad: true });
    expect(Twice.apply(leaf).requiresGrad).toBe(true);
    expect(Twice.apply(constant).requiresGrad).toBe(false);
    expect(noGrad(() => Twice.apply(leaf)).requiresGrad).toBe(false);
  });
});

it('kthvalue accepts its dimension by name', () => {
  const x = arange(8).view([2, 2, 2]);
  for (const dim of [0, 1, 2, -1]) {
    expect(kthvalue(x, 2, { dim }).values.toArray()).toEqual(x.amax(dim).toArray());
    expect(kthvalue(x, 1, { dim }).values.toArray()).toEqual(x.amin(dim).toArray());
  }
  expect(kthvalue(x, 1, { dim: 1, keepdim: true }).values.shape).toEqual([2, 1, 2]);
});
