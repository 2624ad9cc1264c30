// In-place changes and their histories, including views; the expected values are PyTorch's.
import { describe, expect, it } from 'vitest';
import {
  AutogradError,
  arange,
  asStrided,
  noGrad,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from '../src/index.js';

const leaf = (values: number[]): Tensor => tensor(values, { requiresGrad: true });

describe('in-place histories', () => {
  it('keep the old value as an input', () => {
    const x = leaf([1, 2, 3]);
    const y = x.mul(2);
    y.mul_(3);
    y.add_(x);
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([7, 7, 7]);
  });

  it('reach the base through a view', () => {
    const x = leaf([1, 2, 3, 4]);
    const y = x.mul(1);
    y.at('1:3').mul_(10);
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([1, 10, 10, 1]);
  });

  it('give other views of the base the new history', () => {
    const x = leaf([1, 2, 3, 4]);
    const y = x.mul(1);
    const all = y.view([2, 2]);
    y.at(0).mul_(5);
    all.sum().backward();
    expect(x.grad?.toArray()).toEqual([5, 1, 1, 1]);
    expect(all.toArray()).toEqual([
      [5, 2],
      [3, 4],
    ]);
  });

  it('make a constant require gradients', () => {
    const x = leaf([2, 3]);
    const y = zeros([2, 2]);
    y.at(1).copy_(x.mul(x));
    expect(y.requiresGrad).toBe(true);
    y.mul(
      tensor([
        [1, 1],
        [10, 100],
      ]),
    )
      .sum()
      .backward();
    expect(x.grad?.toArray()).toEqual([40, 600]);
  });

  it('follow assignments by slices, positions and masks', () => {
    const x = leaf([1, 2, 3, 4]);
    const v = leaf([5]);
    const y = x.mul(2);
    y.set('2:', v);
    y.set([tensor([0], { dtype: 'int32' })], v.mul(3));
    expect(y.toArray()).toEqual([15, 4, 5, 5]);
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([0, 2, 0, 0]);
    expect(v.grad?.toArray()).toEqual([5]);
  });

  it('end where a constant is written', () => {
    const x = leaf([1, 2, 3]);
    const y = x.mul(2);
    y.at(1).fill_(7);
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([2, 0, 2]);
  });

  it('follow sums into positions', () => {
    const x = leaf([1, 2]);
    const y = zeros([3]).scatterAdd_(0, tensor([0, 0], { dtype: 'int32' }), x.mul(x));
    y.sum().backward();
    expect(y.toArray()).toEqual([5, 0, 0]);
    expect(x.grad?.toArray()).toEqual([2, 4]);
  });

  it('work to the second order', () => {
    const x = leaf([3]);
    const y = x.mul(1);
    y.view([1, 1]).add_(x.mul(x));
    const z = y.mul(x).sum();
    z.backward(null, { createGraph: true });
    const first = x.grad as Tensor;
    expect(first.item()).toBe(33);
    x.grad = null;
    first.sum().backward();
    expect((x.grad as unknown as Tensor).item()).toBe(20);
  });
});

describe('an overwritten tensor', () => {
  const inf = Number.POSITIVE_INFINITY;
  const writes: { readonly [how: string]: (y: Tensor) => Tensor } = {
    'a position': (y) => y.set(0, 0),
    'a slice': (y) => y.set('0:1', 0),
    'a slice, from a tensor': (y) => y.set('0:1', tensor([0])),
    'a mask': (y) => y.set(tensor([true, false]), 0),
    indices: (y) => y.set([tensor([0], { dtype: 'int32' })], 0),
    scatter_: (y) => y.scatter_(0, tensor([0], { dtype: 'int32' }), 0),
    'fill_ of a view': (y) => y.at('0:1').fill_(0),
    maskedFill_: (y) => y.maskedFill_(tensor([true, false]), 0),
    'copy_ of a view of a view': (y) =>
      y
        .view([2, 1])
        .at(0)
        .copy_(tensor([0])),
  };
  for (const [how, write] of Object.entries(writes)) {
    it(`has a gradient of exactly 0: ${how}`, () => {
      const x = leaf([0, 4]);
      const y = x.mul(1);
      write(y);
      y.sqrt().sum().backward();
      expect(x.grad?.toArray()).toEqual([0, 0.25]);
      // To the second order too.
      const z = leaf([0, 4]);
      const w = z.mul(1);
      write(w);
      w.sqrt().sum().backward(null, { createGraph: true });
      const dz = z.grad as Tensor;
      z.grad = null;
      dz.sum().backward();
      expect((z.grad as unknown as Tensor).toArray()).toEqual([0, -0.03125]);
    });
  }

  it('does not hide an infinite gradient', () => {
    const x = leaf([0, 4]);
    const y = x.mul(1);
    y.at('0:1').mul_(1);
    y.sqrt().sum().backward();
    expect(x.grad?.toArray()).toEqual([inf, 0.25]);
  });

  it('stays in the graph if it is a constant', () => {
    const x = leaf([1, 2]);
    const y = x.mul(2).copy_(tensor([5, 6]));
    expect(y.requiresGrad).toBe(true);
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([0, 0]);
  });

  it('has its own node, with its own hooks and gradients', () => {
    const x = leaf([1, 2]);
    const z = x.mul(2);
    const y = zeros([2]).copy_(z);
    const seen: unknown[] = [];
    y.retainGrad();
    y.registerHook((g) => {
      seen.push(g.toArray());
    });
    z.retainGrad();
    y.sum().add(z.sum().mul(10)).backward();
    expect([y.grad?.toArray(), z.grad?.toArray(), seen]).toEqual([[1, 1], [11, 11], [[1, 1]]]);
  });

  it('of a base that is not contiguous', () => {
    const x = leaf([1, 2]);
    const base = zeros([2, 3]).t().detach();
    base.at(1).copy_(x);
    const [a, b] = [base.at(1), base.t().at(':', 1)];
    b.mul_(3);
    a.mul(tensor([1, 10]))
      .sum()
      .backward();
    expect(base.toArray()).toEqual([
      [0, 0],
      [3, 6],
      [0, 0],
    ]);
    expect(x.grad?.toArray()).toEqual([3, 30]);
  });

  it('retains its gradient if requested before', () => {
    const x = leaf([1, 2]);
    const y = x.mul(1);
    y.retainGrad();
    y.mul_(2);
    y.sum().backward();
    expect(y.grad?.toArray()).toEqual([1, 1]);
    expect(x.grad?.toArray()).toEqual([2, 2]);
  });
});

describe('refusals', () => {
  it('a leaf, and a view of one', () => {
    const x = leaf([1, 2]);
    expect(() => x.add_(1)).toThrow(AutogradError);
    expect(() => x.at(0).add_(1)).toThrow(/view of a leaf/);
    noGrad(() => x.at(0).add_(1));
    expect(x.toArray()).toEqual([2, 2]);
  });

  it('a saved tensor that was changed', () => {
    const x = leaf([1, 2]);
    const y = x.mul(2);
    const z = y.mul(y);
    y.add_(1);
    expect(() => z.sum().backward()).toThrow(/mul: a tensor of shape \[2\].*changed in place/);
  });

  it('a result that its own gradient needs', () => {
    const x = leaf([1, 2]);
    const y = x.mul(1).exp_();
    y.add_(1);
    expect(() => y.sum().backward()).toThrow(/changed in place/);
  });

  it('elements that share memory', () => {
    expect(() => tensor([1]).expand([3]).add_(1)).toThrow(ShapeError);
  });
});

describe('asStrided', () => {
  it('sums gradients of elements that it contains twice', () => {
    const x = arange(4, { dtype: 'float32' }).requiresGrad_();
    asStrided(x, [3, 2], [1, 1]).sum().backward();
    expect(x.grad?.toArray()).toEqual([1, 2, 2, 1]);
  });
});
