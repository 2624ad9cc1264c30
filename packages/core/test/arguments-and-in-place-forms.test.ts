// Arguments by position and by name, and the in-place form of every elementwise operator.
import { describe, expect, it } from 'vitest';
import {
  clamp,
  elu,
  leakyRelu,
  manualSeed,
  multinomial,
  nanToNum,
  softplus,
  type Tensor,
  tensor,
} from '../src/index.js';

const x = tensor([3, -1, 2]);

describe('arguments by name', () => {
  it('return the same results as positional arguments', () => {
    expect(x.clamp({ min: 0 }).toArray()).toEqual(clamp(x, 0).toArray());
    expect(x.clamp({ max: 1 }).toArray()).toEqual(clamp(x, null, 1).toArray());
    expect(x.clip({ max: 1 }).toArray()).toEqual([1, -1, 1]);
    expect(() => x.clip()).toThrow('clip: pass min, max, or both');
    expect(x.leakyRelu({ negativeSlope: 0.5 }).toArray()).toEqual(leakyRelu(x, 0.5).toArray());
    expect(x.elu({ alpha: 2 }).toArray()).toEqual(elu(x, 2).toArray());
    expect(softplus(x, { beta: 2, threshold: 1 }).toArray()).toEqual(softplus(x, 2, 1).toArray());
    const odd = tensor([Number.NaN, Infinity]);
    expect(nanToNum(odd, { nan: 7, posinf: 8 }).toArray()).toEqual([7, 8]);
    expect(x.sort({ descending: true }).values.toArray()).toEqual([3, 2, -1]);
    expect(x.argsort({ dim: 0 }).toArray()).toEqual([1, 2, 0]);
    expect(x.topk(1, { largest: false }).values.toArray()).toEqual([-1]);
    expect(x.kthvalue(2, { dim: 0 }).values.item()).toBe(2);
    expect(x.amax({ keepdim: true }).toArray()).toEqual([3]);
    expect(x.argmax({ keepdim: true }).toArray()).toEqual([0]);
    expect(x.all({ keepdim: true }).shape).toEqual([1]);
    expect(x.var({ unbiased: false }).item()).toBeCloseTo(2.888889, 5);
    expect(x.cumsum(0, { dtype: 'float64' }).dtype).toBe('float64');
    expect(x.softmax(0, { dtype: 'float64' }).dtype).toBe('float64');
    manualSeed(0);
    const drawn = multinomial(tensor([1, 1]), 5, true).toArray();
    manualSeed(0);
    expect(multinomial(tensor([1, 1]), 5, { replacement: true }).toArray()).toEqual(drawn);
  });
});

describe('in-place forms', () => {
  it('exist for operators with and without options', () => {
    const y = tensor([3, -1, 2]);
    expect(y.clamp_(0, 2)).toBe(y);
    expect(y.toArray()).toEqual([2, 0, 2]);
    expect(y.add_(tensor([1, 1, 1]), { alpha: 2 }).toArray()).toEqual([4, 2, 4]);
    expect(y.sin_().toArray()).toEqual(tensor([4, 2, 4]).sin().toArray());
    expect(tensor([-2, 2]).leakyRelu_(0.5).toArray()).toEqual([-1, 2]);
    expect(tensor([1, 5]).gt_(2).toArray()).toEqual([0, 1]);
  });

  it('refuse values that the tensor cannot hold', () => {
    const whole = tensor([1, 2], { dtype: 'int32' });
    expect(() => whole.clamp_(0.5)).toThrow(
      /clamp_: the result is float32, .* int32 tensor; use clamp\(\)/,
    );
    expect(() => tensor([1]).add_(tensor([1, 2]))).toThrow(/add_: the result has shape \[2\]/);
    expect(whole.toArray()).toEqual([1, 2]);
  });

  it('detach_ and where', () => {
    const leaf = tensor([1, 2], { requiresGrad: true });
    const y = leaf.mul(2);
    expect(y.detach_().requiresGrad).toBe(false);
    expect(leaf.where(tensor([true, false]), 9).toArray()).toEqual([1, 9]);
    expect(tensor([[[1, 2]]]).mT.shape).toEqual([1, 2, 1]);
  });
});

describe('filling a tensor of the graph', () => {
  const fills: { readonly [name: string]: (y: Tensor) => Tensor } = {
    fill_: (y) => y.fill_(3),
    zero_: (y) => y.zero_(),
    uniform_: (y) => y.uniform_(),
    normal_: (y) => y.normal_(),
    bernoulli_: (y) => y.bernoulli_(),
    exponential_: (y) => y.exponential_(),
  };
  it.each(Object.entries(fills))(
    'with %s keeps it in the graph, with gradient 0 for the old values',
    (_, fill) => {
      const leaf = tensor([1, 2], { requiresGrad: true });
      const y = leaf.mul(2);
      expect(fill(y)).toBe(y);
      expect(y.requiresGrad).toBe(true);
      y.sum().backward();
      expect(leaf.grad?.toArray()).toEqual([0, 0]);
      // A tensor outside the graph stays outside.
      expect(fill(tensor([1, 2])).requiresGrad).toBe(false);
    },
  );
});

describe('methods', () => {
  it('exist for every method that the types declare', () => {
    const y = tensor([3, 1, 2, 1]);
    expect(y.median().item()).toBe(1);
    expect(y.median(0).indices.item()).toBeGreaterThan(0);
    expect(y.unique().toArray()).toEqual([1, 2, 3]);
    expect(y.indexAdd_(0, tensor([0], { dtype: 'int32' }), tensor([10])).toArray()).toEqual([
      13, 1, 2, 1,
    ]);
    expect(y.max().item()).toBe(13);
    expect(y.numel()).toBe(4);
    expect(y.equal(y.clone())).toBe(true);
    expect(tensor([0, 1]).bernoulli().toArray()).toEqual([0, 1]);
  });
});
