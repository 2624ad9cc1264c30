// In-place changes and their histories, views included; expected values are PyTorch's rules.
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
  it('moves on: the old value stays an input', () => {
    const x = leaf([1, 2, 3]);
    const y = x.mul(2);
    y.mul_(3);
    y.add_(x);
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([7, 7, 7]);
  });

  it('reaches the base through a view', () => {
    const x = leaf([1, 2, 3, 4]);
    const y = x.mul(1);
    y.at('1:3').mul_(10);
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([1, 10, 10, 1]);
  });

  it('gives other views of the base the new history', () => {
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

  it('puts what is differentiated into a constant', () => {
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

  it('assigns by slices, positions and masks', () => {
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

  it('cuts the history where a constant is written', () => {
    const x = leaf([1, 2, 3]);
    const y = x.mul(2);
    y.at(1).fill_(7);
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([2, 0, 2]);
  });

  it('adds to positions', () => {
    const x = leaf([1, 2]);
    const y = zeros([3]).scatterAdd_(0, tensor([0, 0], { dtype: 'int32' }), x.mul(x));
    y.sum().backward();
    expect(y.toArray()).toEqual([5, 0, 0]);
    expect(x.grad?.toArray()).toEqual([2, 4]);
  });

  it('works to the second order', () => {
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

  it('elements that share memory', () => {
    expect(() => tensor([1]).expand([3]).add_(1)).toThrow(ShapeError);
  });
});

describe('asStrided', () => {
  it('adds gradients of elements that it shows twice', () => {
    const x = arange(4, { dtype: 'float32' }).requiresGrad_();
    asStrided(x, [3, 2], [1, 1]).sum().backward();
    expect(x.grad?.toArray()).toEqual([1, 2, 2, 1]);
  });
});
