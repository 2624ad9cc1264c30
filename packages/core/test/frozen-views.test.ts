// Views that PyTorch refuses to change while gradients are recorded, and tensors whose base requires gradients.
import { describe, expect, it } from 'vitest';
import { AutogradError, noGrad, ones, type Tensor, tensor } from '../src/index.js';

const leaf = (): Tensor => tensor([1, 2, 3, 4], { requiresGrad: true });
const result = (): Tensor => leaf().mul(1);

/** In-place changes, each for a view of four elements or of two. */
const changes: { readonly [name: string]: (v: Tensor) => unknown } = {
  add_: (v) => v.add_(1),
  relu_: (v) => v.relu_(),
  fill_: (v) => v.fill_(1),
  zero_: (v) => v.zero_(),
  copy_: (v) => v.copy_(ones([1])),
  set: (v) => v.set(0, 1),
  'set by index tensors': (v) => v.set([tensor([0], { dtype: 'int32' })], 1),
  scatter_: (v) => v.scatter_(0, tensor([0], { dtype: 'int32' }), 1),
  indexAdd_: (v) => v.indexAdd_(0, tensor([0], { dtype: 'int32' }), ones([1])),
  normal_: (v) => v.normal_(),
  clamp_: (v) => v.clamp_(0, 1),
};

// PyTorch 2.13's behavior for the same lines.
describe('one of several views', () => {
  const several: { readonly [name: string]: (x: Tensor) => Tensor } = {
    chunk: (x) => x.chunk(2)[0],
    split: (x) => x.split(2)[1],
    unbind: (x) => x.view([2, 2]).unbind()[0],
    'a view of one of them': (x) => x.chunk(2)[0].view([2]),
    'the only one': (x) => x.split(4)[0],
  };
  for (const [name, view] of Object.entries(several)) {
    it(name, () => {
      for (const [change, f] of Object.entries(changes)) {
        expect(() => f(view(result())), change).toThrow(/is one of several views/);
        expect(() => noGrad(() => f(view(result()))), change).not.toThrow();
        expect(() => f(view(ones([4]))), change).not.toThrow();
      }
      const factor = tensor([2], { requiresGrad: true });
      expect(() => view(ones([4])).mul_(factor)).toThrow(AutogradError);
    });

    it(`${name}, after its base was changed`, () => {
      const x = result();
      const v = view(x);
      x.add_(1);
      expect(v.requiresGrad).toBe(true);
      expect(() => v.mul(2)).toThrow(/is one of several views/);
      expect(() => noGrad(() => v.mul(2))).not.toThrow();
    });
  }
});

describe('a view made inside noGrad', () => {
  const views: { readonly [name: string]: (x: Tensor) => Tensor } = {
    view: (x) => noGrad(() => x.view([4])),
    narrow: (x) => noGrad(() => x.narrow(0, 0, 2)),
    'a view of it created outside': (x) => noGrad(() => x.view([4])).view([4]),
  };
  for (const [name, view] of Object.entries(views)) {
    it(name, () => {
      for (const [change, f] of Object.entries(changes)) {
        expect(() => f(view(result())), change).toThrow(/made inside noGrad/);
        expect(() => noGrad(() => f(view(result()))), change).not.toThrow();
        expect(() => f(view(ones([4]))), change).not.toThrow();
      }
      const x = result();
      const v = view(x);
      x.add_(1);
      expect(() => v.mul(2)).toThrow(/made inside noGrad/);
    });
  }
});

describe('a view requires gradients if its base does', () => {
  it('created before the base required gradients', () => {
    const x = ones([2]);
    const v = x.view([2]);
    x.requiresGrad_();
    expect([v.requiresGrad, v.isLeaf]).toEqual([true, true]);
    // Neither the base nor the view gets a gradient through it.
    v.mul(2).sum().backward();
    expect([x.grad, v.grad]).toEqual([null, null]);
    expect(() => v.add_(1)).toThrow(/a view of a leaf/);
    expect(() => v.backward(ones([2]))).toThrow(AutogradError);
  });

  it('created inside noGrad', () => {
    const x = ones([2], { requiresGrad: true });
    expect(noGrad(() => x.view([2])).requiresGrad).toBe(true);
    expect(x.detach().requiresGrad).toBe(false);
    expect(noGrad(() => x.mul(1)).requiresGrad).toBe(false);
  });

  it('a leaf detached in place no longer gets a gradient', () => {
    const x = ones([2], { requiresGrad: true });
    const y = x.mul(3).sum();
    x.detach_();
    y.backward();
    expect(x.grad).toBe(null);
  });

  it('and still requires gradients if only its base was detached and changed', () => {
    for (const cut of [(x: Tensor) => x.detach_(), (x: Tensor) => x.requiresGrad_(false)]) {
      const x = ones([2], { requiresGrad: true });
      const v = x.narrow(0, 0, 1);
      cut(x).fill_(3);
      expect([v.requiresGrad, x.requiresGrad]).toEqual([true, false]);
      // No gradient passes through it.
      v.mul(v).sum().backward();
      expect([v.item(), x.grad]).toEqual([3, null]);
      expect(() => v.fill_(2)).toThrow(AutogradError);
    }
  });
});
