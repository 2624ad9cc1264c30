// Edge cases of operators: the largest valid value, one-sided padding, other dtypes in place, uninitialized memory.

import { describe, expect, it } from 'vitest';
import {
  AutogradError,
  Function as AutogradFunction,
  type AvgPoolOptions,
  arange,
  avgPool1d,
  avgPool2d,
  batchNorm,
  conv1d,
  cpuBackend,
  cumprod,
  cumsum,
  defineUpdate,
  einsum,
  grad,
  groupNorm,
  hessian,
  jacobian,
  jvp,
  meshgrid,
  noGrad,
  ones,
  pad,
  registerBackend,
  ShapeError,
  scalar,
  scaledDotProductAttention,
  type Tensor,
  take,
  takeAlongDim,
  tensor,
  vjp,
  zeros,
} from '../src/index.js';

describe('the largest valid value', () => {
  it('is a kernel as long as the padded input, including dilation', () => {
    expect(conv1d(ones([1, 1, 3]), ones([1, 1, 3])).toArray()).toEqual([[[3]]]);
    expect(conv1d(ones([1, 1, 3]), ones([1, 1, 2]), null, { dilation: 2 }).toArray()).toEqual([
      [[2]],
    ]);
    expect(conv1d(ones([1, 1, 1]), ones([1, 1, 3]), null, { padding: 1 }).toArray()).toEqual([
      [[1]],
    ]);
    expect(() => conv1d(ones([1, 1, 3]), ones([1, 1, 4]))).toThrow(ShapeError);
    expect(() => conv1d(ones([1, 1, 2]), ones([1, 1, 2]), null, { dilation: 2 })).toThrow(
      ShapeError,
    );
  });
});

describe('the smallest valid value', () => {
  it('is a padding that crops everything', () => {
    expect(pad(ones([2]), [-1, -1]).shape).toEqual([0]);
    expect(() => pad(ones([2]), [-2, -1])).toThrow(ShapeError);
  });

  it('is two values for each channel for batchNorm in training', () => {
    const out = batchNorm(
      tensor([
        [1, 5],
        [3, 4],
      ]),
      null,
      null,
      null,
      null,
      { training: true },
    );
    const values = (out.toArray() as number[][]).flat();
    for (const [i, wanted] of [-1, 1, 1, -1].entries()) expect(values[i]).toBeCloseTo(wanted, 4);
    expect(() => batchNorm(ones([1, 2]), null, null, null, null, { training: true })).toThrow(
      /more than one value for each channel/,
    );
  });
});

it('cumulative sums and products of int64 stay int64, those of other integers are int32', () => {
  for (const scan of [cumsum, cumprod]) {
    expect(scan(tensor([1, 2], { dtype: 'int64' }), 0).dtype).toBe('int64');
    expect(scan(tensor([1, 2], { dtype: 'uint8' }), 0).dtype).toBe('int32');
  }
});

it('the gradient of two results, one computed from the other, waits for both in either order', () => {
  const x = tensor(2, { requiresGrad: true });
  const a = x.mul(3);
  const b = a.mul(2);
  for (const outputs of [
    [a, b],
    [b, a],
  ]) {
    expect(grad(outputs, [x], { retainGraph: true })[0]?.item()).toBe(9);
  }
});

it('a pass skips nodes that receive no gradient', () => {
  class First extends AutogradFunction {
    static override forward(_ctx: unknown, a: Tensor, b: Tensor): Tensor {
      return a.detach().add(b.detach());
    }
    static override backward(_ctx: unknown, g: Tensor): (Tensor | null)[] {
      return [g, null];
    }
  }
  const x = tensor(2, { requiresGrad: true });
  const y = tensor(3, { requiresGrad: true });
  (First.apply(x.mul(5), y.mul(7).exp()) as Tensor).backward();
  expect([(x.grad as Tensor).item(), y.grad]).toEqual([5, null]);
});

it('a second pass may begin in the middle of the first', () => {
  const x = tensor(2, { requiresGrad: true });
  const a = x.mul(3);
  a.mul(2).backward(undefined, { retainGraph: true });
  a.backward();
  expect((x.grad as Tensor).item()).toBe(9);
});

it('operators name themselves when they get a non-tensor', () => {
  const index = tensor([0], { dtype: 'int32' });
  expect(() => takeAlongDim([1] as never, index, 0)).toThrow(/^takeAlongDim: /);
  expect(() => takeAlongDim(ones([1]), [0] as never, 0)).toThrow(/^takeAlongDim: /);
  expect(() => take([1] as never, index)).toThrow(/^take: /);
  expect(() => conv1d(ones([1, 1, 1]), [1] as never)).toThrow(/^conv1d: /);
});

it('functional derivatives are constants without createGraph', () => {
  const x = tensor([1, 2], { requiresGrad: true });
  const square = (y: Tensor): Tensor => y.mul(y);
  const total = (y: Tensor): Tensor => y.pow(3).sum();
  for (const createGraph of [undefined, true]) {
    const options = createGraph === undefined ? {} : { createGraph };
    const wanted = createGraph === true;
    expect(jvp(square, x, ones([2]), options).map((y) => y.requiresGrad)).toEqual([wanted, wanted]);
    const [value, products] = vjp(square, x, ones([2]), options);
    expect([value, products].flat().map((y) => y.requiresGrad)).toEqual([wanted, wanted]);
    expect((jacobian(square, x, options) as Tensor).requiresGrad).toBe(wanted);
    expect((hessian(total, x, options) as Tensor).requiresGrad).toBe(wanted);
  }
});

it('an update of a leaf that requires gradients is refused outside noGrad, and changes nothing', () => {
  const descend = defineUpdate('descend', ([p, g]) => [scalar.sub(p as never, g as never)]);
  const w = ones([2], { requiresGrad: true });
  expect(() => descend([w, ones([2])], [])).toThrow(AutogradError);
  expect(w.toArray()).toEqual([1, 1]);
  noGrad(() => descend([w, ones([2])], []));
  expect(w.toArray()).toEqual([0, 0]);
});

it('einsum returns an empty result for an empty dimension, also next to a size of 1', () => {
  expect(einsum('i,i->i', zeros([0]), ones([1])).shape).toEqual([0]);
  expect(einsum('i,i->i', ones([1]), zeros([0])).shape).toEqual([0]);
  expect(einsum('i,i->', ones([1]), zeros([0])).item()).toBe(0);
});

it('the median of an empty tensor is NaN without a gradient, and throws for integers', () => {
  const x = zeros([1, 0], { requiresGrad: true });
  const y = x.median();
  y.backward();
  expect([y.item(), y.shape, x.grad?.shape]).toEqual([Number.NaN, [], [1, 0]]);
  expect(zeros([0], { dtype: 'float16' }).median().dtype).toBe('float16');
  // PyTorch returns the smallest integer.
  expect(() => zeros([0], { dtype: 'int32' }).median()).toThrow(/empty tensor has no median/);
  expect(() => x.median(1)).toThrow(/is empty/);
});

it('pad needs elements to repeat: only the batch may be empty', () => {
  for (const mode of ['reflect', 'replicate'] as const) {
    for (const shape of [
      [4, 0],
      [0, 4],
      [0, 0, 4],
      [2, 3, 0],
    ]) {
      expect(() => pad(zeros(shape), [0, 0], { mode })).toThrow(/only the batch may be empty/);
    }
    expect(pad(zeros([0, 3, 4]), [1, 1], { mode }).shape).toEqual([0, 3, 6]);
    expect(pad(zeros([0, 2, 3, 4]), [1, 1, 1, 1], { mode }).shape).toEqual([0, 2, 5, 6]);
    expect(() => pad(zeros([2, 0, 3, 4]), [1, 1, 1, 1], { mode })).toThrow(ShapeError);
  }
  expect(pad(zeros([0, 4]), [1, 1], { mode: 'circular' }).shape).toEqual([0, 6]);
  expect(pad(zeros([4, 0]), [0, 0], { mode: 'circular' }).shape).toEqual([4, 0]);
  expect(pad(zeros([2, 3, 0]), [1, 0]).shape).toEqual([2, 3, 1]);
});

it('means of int64 are integers, rounded towards 0', () => {
  const x = tensor(
    [
      [
        [-1, -2, 5],
        [-1, -3, 7],
        [4, 4, 4],
      ],
    ],
    { dtype: 'int64' },
  );
  const means = (options?: AvgPoolOptions): unknown => {
    const y = avgPool2d(x, 2, options);
    expect(y.dtype).toBe('int64');
    return y.toArray();
  };
  expect(means({ stride: 1 })).toEqual([
    [
      [-1, 1],
      [1, 3],
    ],
  ]);
  expect(means({ padding: 1 })).toEqual([
    [
      [0, 0],
      [0, 3],
    ],
  ]);
  expect(means({ padding: 1, countIncludePad: false })).toEqual([
    [
      [-1, 1],
      [1, 3],
    ],
  ]);
  expect(means({ ceilMode: true })).toEqual([
    [
      [-1, 6],
      [4, 4],
    ],
  ]);
  expect(means({ divisorOverride: -3 })).toEqual([[[2]]]);
  expect(avgPool1d(x, 3).toArray()).toEqual([[[0], [1], [4]]]);
});

it('the norm of one element has the gradient of a norm', () => {
  for (const p of [2, 3, 0.5]) {
    const slope = (v: number, g = 1): unknown => {
      const x = tensor([[v]], { requiresGrad: true });
      return grad(x.norm(p, 1), [x], { gradOutputs: tensor([g]) })[0]?.item();
    };
    expect([3, -1e30, 0].map((v) => slope(v))).toEqual([1, -1, 0]);
    // As in PyTorch, whatever the upstream gradient is.
    for (const v of [Number.NaN, Infinity, -Infinity]) {
      expect([slope(v), slope(v, 0)]).toEqual([Number.NaN, Number.NaN]);
    }
  }
});

it('attention drops weights on request', () => {
  const x = ones([1, 2]);
  expect(scaledDotProductAttention(x, x, x, { dropoutP: 1 }).toArray()).toEqual([[0, 0]]);
  expect(scaledDotProductAttention(x, x, x, { dropoutP: 0 }).toArray()).toEqual([[1, 1]]);
});

it('groupNorm accepts all channels as one group', () => {
  const out = groupNorm(tensor([[1, 3]]), 1).toArray() as number[][];
  expect(out[0]?.[0]).toBeCloseTo(-1, 4);
  expect(out[0]?.[1]).toBeCloseTo(1, 4);
  expect(() => groupNorm(ones([1, 2]), 0)).toThrow(ShapeError);
});

it('meshgrid swaps the first two of two', () => {
  const [a, b] = meshgrid([arange(2), arange(3)], { indexing: 'xy' }) as [Tensor, Tensor];
  expect(a.toArray()).toEqual([
    [0, 1],
    [0, 1],
    [0, 1],
  ]);
  expect(b.toArray()).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
});

it('a diagonal of one element has the right offset, and one beyond the corner is empty', () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  expect(x.diagonal(1).toArray()).toEqual([2]);
  expect(x.diagonal(-1).toArray()).toEqual([3]);
  expect(x.diagonal(2).shape).toEqual([0]);
  expect(x.diagonal(-3).shape).toEqual([0]);
});

// PyTorch's values.
it.each([
  ['reflect', [2, 1, 2, 3], [1, 2, 3, 2]],
  ['replicate', [1, 1, 2, 3], [1, 2, 3, 3]],
  ['circular', [3, 1, 2, 3], [1, 2, 3, 1]],
] as const)('pad by %s by one on one side', (mode, left, right) => {
  const x = arange(3).add(1).view([1, 1, 3]);
  expect(pad(x, [1, 0], { mode }).view([4]).toArray()).toEqual(left);
  expect(pad(x, [0, 1], { mode }).view([4]).toArray()).toEqual(right);
});

// PyTorch's results: computed in the wider dtype, stored in the tensor's own.
it.each([
  ['float16', 'float32', 1.5, 0.1, 1.599609375],
  ['bfloat16', 'float32', 1.5, 0.1, 1.6015625],
  ['float32', 'float64', 1, 0.1, 1.100000023841858],
  ['int32', 'uint8', 300, 7, 307],
] as const)('%s.add_ of %s', (own, other, a, b, wanted) => {
  const x = tensor([a], { dtype: own });
  expect(x.add_(tensor([b], { dtype: other }))).toBe(x);
  expect([x.dtype, x.item()]).toEqual([own, wanted]);
});

describe('on a device with uninitialized memory', () => {
  const device: string = 'used';
  registerBackend({
    ...cpuBackend,
    device,
    alloc: (length, dtype, zeroed) => {
      const made = cpuBackend.alloc(length, dtype, zeroed);
      if (!zeroed) (made as Float32Array).fill(dtype === 'int64' ? (7n as never) : 7);
      return made;
    },
  });
  const values = async (x: Tensor): Promise<unknown> => (await x.detach().cpu()).toArray();
  const there = (x: Tensor): Tensor => x.to(device);

  it('the gradient of a slice is zero elsewhere', async () => {
    const index = there(tensor([[0], [2]], { dtype: 'int32' }));
    const source = there(ones([2, 3])).requiresGrad_();
    const out = there(zeros([2, 3])).scatterAdd(1, index, source);
    out
      .mul(there(arange(6).view([2, 3]).to('float32')))
      .sum()
      .backward();
    expect(await values(source.grad as Tensor)).toEqual([
      [0, 0, 0],
      [5, 0, 0],
    ]);
    const x = there(ones([4])).requiresGrad_();
    x.at('1:3').mul(3).sum().backward();
    expect(await values(x.grad as Tensor)).toEqual([0, 3, 3, 0]);
  });

  it('paddings, triangles and empty sums have the right values', async () => {
    expect(await values(pad(there(ones([1])), [1, 2]))).toEqual([0, 1, 0, 0]);
    expect(await values(there(ones([2, 2])).tril())).toEqual([
      [1, 0],
      [1, 1],
    ]);
    expect(await values(there(zeros([2, 0])).sum(1))).toEqual([0, 0]);
    expect(await values(there(ones([2, 0])).matmul(there(ones([0, 2]))))).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(await values(zeros([2], { device }))).toEqual([0, 0]);
  });
});
