// The tape: order, retention, versions, leaves, grad modes, depth, and ownership of gradients.
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  AutogradError,
  enableGrad,
  grad,
  isGradEnabled,
  noGrad,
  ones,
  ShapeError,
  setGradEnabled,
  type Tensor,
  tensor,
  zeros,
} from '../src/index.js';

const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true });
const gradOf = (x: Tensor): unknown => x.grad?.toArray() ?? null;

describe('the backward pass', () => {
  it('visits a shared subexpression once, after all of its users', () => {
    const x = leaf(3);
    const shared = x.mul(x);
    // Users at different depths: if `shared` were visited early, part of its gradient would be missing.
    const deep = shared.mul(2).mul(3).mul(4);
    const y = shared.add(deep).mul(shared);
    y.sum().backward();
    // y = 25 x^4
    expect(gradOf(x)).toEqual([25 * 4 * 27]);
  });

  it('accumulates over several paths and several calls', () => {
    const x = leaf(2, 5);
    x.add(x).add(x.mul(3)).sum().backward();
    expect(gradOf(x)).toEqual([5, 5]);
    x.sum().backward();
    expect(gradOf(x)).toEqual([6, 6]);
    x.grad = null;
    x.mul(2).sum().backward();
    expect(gradOf(x)).toEqual([2, 2]);
  });

  it('accepts the same tensor as both operands', () => {
    const x = leaf(3);
    x.mul(x).backward(tensor([1]));
    expect(gradOf(x)).toEqual([6]);
    const y = leaf(4);
    y.sub(y).sum().backward();
    expect(gradOf(y)).toEqual([0]);
  });

  it('starts at a leaf', () => {
    const x = tensor(2, { requiresGrad: true });
    x.backward();
    expect(x.grad?.item()).toBe(1);
  });

  it('handles 20,000 operations', () => {
    const x = tensor(1, { requiresGrad: true, dtype: 'float64' });
    let y: Tensor = x;
    for (let i = 0; i < 20_000; i++) y = i % 2 === 0 ? y.mul(1.5) : y.div(1.5);
    y.backward();
    expect(x.grad?.item()).toBeCloseTo(1, 8);
  });

  it('runs twice through 2,000 operations', () => {
    const x = tensor(0.5, { requiresGrad: true, dtype: 'float64' });
    let y: Tensor = x;
    for (let i = 0; i < 2000; i++) y = y.add(x.mul(x).mul(0.001));
    const [g] = grad(y, x, { createGraph: true });
    const [h] = grad(g as Tensor, x);
    expect((g as Tensor).item()).toBeCloseTo(3, 9);
    expect((h as Tensor).item()).toBeCloseTo(4, 9);
  });

  it('handles a nested pass', () => {
    const x = tensor(3, { requiresGrad: true });
    const [g] = grad(x.mul(x).mul(x), x, { createGraph: true });
    const inner = grad((g as Tensor).mul(x), x, { createGraph: true })[0] as Tensor;
    inner.backward();
    // d/dx of d/dx of 3x³ is 18 x
    expect(x.grad?.item()).toBe(54);
  });
});

describe('retention', () => {
  it('frees the saved tensors, and the second pass says so', () => {
    const x = leaf(2);
    const y = x.mul(x).sum();
    y.backward();
    expect(() => y.backward()).toThrow(AutogradError);
    expect(() => y.backward()).toThrow(/retainGraph: true/);
    expect(gradOf(x)).toEqual([4]);
  });

  it('retainGraph keeps them, and createGraph implies it', () => {
    const x = leaf(2);
    const y = x.mul(x).sum();
    y.backward(null, { retainGraph: true });
    y.backward();
    expect(gradOf(x)).toEqual([8]);
    const z = x.mul(x).sum();
    grad(z, x, { createGraph: true });
    expect(() => z.backward()).not.toThrow();
  });

  it('frees only the part that was visited', () => {
    const x = leaf(2);
    const shared = x.mul(x);
    const [one, two] = [shared.sum(), shared.mul(3).sum()];
    one.backward();
    expect(() => two.backward()).toThrow(AutogradError);
  });
});

describe('createGraph', () => {
  it('makes gradients differentiable; without it they are constants', () => {
    const x = tensor(3, { requiresGrad: true });
    const [plain] = grad(x.mul(x), x);
    expect((plain as Tensor).requiresGrad).toBe(false);
    const [g] = grad(x.pow(3), x, { createGraph: true });
    expect((g as Tensor).item()).toBe(27);
    const [h] = grad(g as Tensor, x, { createGraph: true });
    expect((h as Tensor).item()).toBe(18);
    const [third] = grad(h as Tensor, x);
    expect((third as Tensor).item()).toBe(6);
  });

  it('leaves a recorded gradient in .grad', () => {
    const x = tensor(2, { requiresGrad: true });
    x.pow(3).backward(null, { createGraph: true });
    const g = x.grad as Tensor;
    expect(g.requiresGrad).toBe(true);
    x.grad = null;
    g.backward();
    expect((x.grad as Tensor | null)?.item()).toBe(12);
  });
});

describe('grad()', () => {
  it('does not touch .grad', () => {
    const x = leaf(2);
    const w = leaf(5);
    const [gx] = grad(x.mul(w).sum(), [x]);
    expect((gx as Tensor).toArray()).toEqual([5]);
    expect(x.grad).toBeNull();
    expect(w.grad).toBeNull();
  });

  it('refuses an unused input, or returns null for it', () => {
    const [x, unused] = [leaf(2), leaf(1)];
    expect(() => grad(x.sum(), [x, unused], { retainGraph: true })).toThrow(/allowUnused/);
    const found = grad(x.sum(), [x, unused], { allowUnused: true });
    expect(found[0]?.toArray()).toEqual([1]);
    expect(found[1]).toBeNull();
  });

  it('refuses an input that does not require gradients', () => {
    const x = leaf(2);
    expect(() => grad(x.sum(), tensor([1]))).toThrow(AutogradError);
    expect(() => grad(tensor([1]).sum(), x)).toThrow(AutogradError);
  });

  it('differentiates with respect to a non-leaf, and several outputs', () => {
    const x = leaf(2);
    const y = x.mul(3);
    const [gy] = grad(y.mul(y).sum(), y, { retainGraph: true });
    expect((gy as Tensor).toArray()).toEqual([12]);
    const found = grad([y.sum(), y.mul(2).sum()], [x], { gradOutputs: [tensor(10), tensor(100)] });
    expect(found[0]?.toArray()).toEqual([630]);
  });

  it("refuses a gradient whose shape differs from the output's", () => {
    const x = leaf(1, 2);
    expect(() => x.mul(2).backward()).toThrow(ShapeError);
    expect(() => x.mul(2).backward(tensor([1, 2, 3]))).toThrow(ShapeError);
    expect(() => tensor([1]).sum().backward()).toThrow(AutogradError);
  });
});

describe('leaves', () => {
  it('have no grad_fn; computed tensors are non-leaves', () => {
    const x = leaf(1);
    expect([x.isLeaf, x.mul(2).isLeaf, x.detach().isLeaf, tensor([1]).mul(2).isLeaf]).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('cannot be changed in place while gradients are recorded', () => {
    const x = leaf(1, 2);
    expect(() => x.add_(1)).toThrow(/leaf/);
    expect(() => x.at('0:1').mul_(2)).toThrow(/leaf/);
    expect(() => x.set([0], 1)).toThrow(/leaf/);
    noGrad(() => x.add_(1));
    expect(x.toArray()).toEqual([2, 3]);
    expect(x.requiresGrad).toBe(true);
  });

  it('must have a floating-point dtype', () => {
    expect(() => tensor([1], { dtype: 'int32', requiresGrad: true })).toThrow(AutogradError);
    expect(() => tensor([true]).requiresGrad_()).toThrow(AutogradError);
  });

  it('are the only tensors whose requiresGrad can be switched off', () => {
    const y = leaf(1).mul(2);
    expect(() => {
      y.requiresGrad = false;
    }).toThrow(/leaf/);
    const x = leaf(1);
    x.requiresGrad = false;
    expect(x.mul(2).requiresGrad).toBe(false);
  });

  it('yield integer and boolean results without gradients', () => {
    const x = leaf(1.5);
    expect(x.gt(0).requiresGrad).toBe(false);
    expect(x.argmax().requiresGrad).toBe(false);
    expect(x.to('int32').requiresGrad).toBe(false);
    expect(x.to('float64').requiresGrad).toBe(true);
  });
});

describe('retainGrad', () => {
  it('retains the gradient of a non-leaf', () => {
    const x = leaf(2);
    const y = x.mul(3);
    y.retainGrad();
    y.mul(y).sum().backward();
    expect(gradOf(y)).toEqual([12]);
    expect(gradOf(x)).toEqual([36]);
    const z = x.mul(3);
    z.mul(z).sum().backward();
    expect(z.grad).toBeNull();
    expect(() => tensor([1]).retainGrad()).toThrow(AutogradError);
  });
});

describe('versions', () => {
  it('detect a changed saved tensor, and name the operation', () => {
    const x = leaf(1, 2);
    const y = x.mul(1);
    const z = y.mul(y);
    noGrad(() => y.add_(1));
    expect(() => z.sum().backward()).toThrow(/mul: .*changed in place/);
  });

  it('detect a changed saved result, also through a view', () => {
    const x = leaf(1, 2);
    const y = x.exp();
    noGrad(() => y.at('0:1').zero_());
    expect(() => y.sum().backward()).toThrow(/exp/);
  });

  it('ignore tensors that no gradient reads', () => {
    const x = leaf(1, 2);
    const y = x.add(1);
    const z = y.add(5);
    noGrad(() => y.zero_());
    z.sum().backward();
    expect(gradOf(x)).toEqual([1, 1]);
  });

  it('rise with every change, and are shared by views and detached tensors', () => {
    const x = zeros([3]);
    const v = x.at('1:');
    const before = x.version;
    v.fill_(1);
    x.add_(1);
    x.set([0], 5);
    x.copy_(ones([3]));
    expect(x.version).toBe(before + 4);
    expect([v.version, x.detach().version]).toEqual([x.version, x.version]);
  });
});

describe('recording in-place changes', () => {
  it.each([
    ['mul_', (y: Tensor) => y.mul_(3), [3, 3]],
    ['mul_ by a saved tensor itself', (y: Tensor) => y.square_(), [2, -4]],
    ['abs_', (y: Tensor) => y.abs_(), [1, -1]],
    ['exp_', (y: Tensor) => y.exp_(), [Math.E, Math.exp(-2)]],
    ['add_ with alpha', (y: Tensor) => y.add_(y.mul(1), { alpha: 2 }), [3, 3]],
    ['zero_', (y: Tensor) => y.zero_(), [0, 0]],
    ['set', (y: Tensor) => y.set([0], 9), [0, 1]],
    ['a view', (y: Tensor) => y.set(['1:'], y.at('1:').mul_(5)), [1, 5]],
  ] as const)('%s', (_name, change, expected) => {
    const x = tensor([1, -2], { requiresGrad: true, dtype: 'float64' });
    const y = x.clone();
    change(y).sum().backward();
    const got = (x.grad as Tensor).toArray() as number[];
    for (const [i, v] of got.entries()) expect(v).toBeCloseTo(expected[i], 12);
  });

  it.each([
    ['zero_', (v: Tensor) => v.zero_()],
    ['fill_', (v: Tensor) => v.fill_(2)],
    ['normal_', (v: Tensor) => v.normal_()],
    ['uniform_', (v: Tensor) => v.uniform_()],
  ] as const)('%s of a view, read through the view and through its base', (_name, change) => {
    // PyTorch 2.13: overwritten elements get gradient 0, whichever of the two is read.
    for (const [read, expected] of [
      [(_y: Tensor, v: Tensor) => v, [0, 0, 0]],
      [(y: Tensor) => y, [0, 0, 2]],
    ] as const) {
      const x = tensor([1, 2, 3], { requiresGrad: true });
      const y = x.mul(2);
      const v = y.narrow(0, 0, 2);
      change(v);
      read(y, v).sum().backward();
      expect((x.grad as Tensor).toArray()).toEqual(expected);
    }
    const x = tensor([1, 2, 3], { requiresGrad: true });
    change(x.sum(0)).sum().backward();
    expect((x.grad as Tensor).toArray()).toEqual([0, 0, 0]);
  });

  it('of a constant tensor by one that requires gradients', () => {
    const w = leaf(2, 3);
    const x = tensor([5, 7]);
    x.mul_(w);
    expect(x.requiresGrad).toBe(true);
    x.sum().backward();
    expect(gradOf(w)).toEqual([5, 7]);
  });
});

describe('memory of gradients', () => {
  it('is never shared by two leaves', () => {
    const [a, b] = [leaf(1, 2), leaf(3, 4)];
    a.add(b).sum().backward();
    noGrad(() => (a.grad as Tensor).fill_(100));
    expect(gradOf(b)).toEqual([1, 1]);
    a.add(b).sum().backward();
    expect(gradOf(b)).toEqual([2, 2]);
    expect(gradOf(a)).toEqual([101, 101]);
  });

  it('is not shared if one contiguous gradient reaches both', () => {
    const [a, b, c] = [leaf(1, 2), leaf(3, 4), leaf(5, 6)];
    a.add(b)
      .add(c.view([2]))
      .mul(tensor([2, 3]))
      .sum()
      .backward();
    noGrad(() => (a.grad as Tensor).fill_(100));
    noGrad(() => (b.grad as Tensor).fill_(200));
    expect([gradOf(a), gradOf(b), gradOf(c)]).toEqual([
      [100, 100],
      [200, 200],
      [2, 3],
    ]);
  });

  it('is not shared with the gradient that was passed in', () => {
    const x = leaf(1, 2);
    const seed = tensor([1, 1]);
    x.add(0).backward(seed);
    noGrad(() => x.grad?.add_(0));
    x.add(0).backward(seed);
    x.view([2]).backward(seed);
    expect(seed.toArray()).toEqual([1, 1]);
    expect(gradOf(x)).toEqual([3, 3]);
    noGrad(() => seed.fill_(50));
    expect(gradOf(x)).toEqual([3, 3]);
  });

  it('is not shared by a leaf and a retained gradient, or by one leaf along two paths', () => {
    const x = leaf(1, 2);
    const y = x.add(0);
    y.retainGrad();
    y.add(0).sum().backward();
    noGrad(() => (y.grad as Tensor).fill_(9));
    expect(gradOf(x)).toEqual([1, 1]);
    const z = leaf(1, 1);
    z.t().add(z).sum().backward();
    expect(gradOf(z)).toEqual([2, 2]);
  });

  it('is contiguous even for an expanded gradient', () => {
    const x = leaf(1, 2, 3);
    x.sum().backward();
    expect(x.grad?.isContiguous()).toBe(true);
    noGrad(() => (x.grad as Tensor).set([0], 5));
    expect(gradOf(x)).toEqual([5, 1, 1]);
  });
});

describe('grad modes', () => {
  it('nest, return results, and end with errors', () => {
    const x = leaf(1);
    const result = noGrad(() => {
      expect(isGradEnabled()).toBe(false);
      const inner = enableGrad(() => x.mul(2));
      expect(inner.requiresGrad).toBe(true);
      expect(isGradEnabled()).toBe(false);
      return x.mul(2);
    });
    expect(result.requiresGrad).toBe(false);
    expect(isGradEnabled()).toBe(true);
    expect(() =>
      noGrad(() => {
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(isGradEnabled()).toBe(true);
  });

  it('are restored after a backward pass that fails', () => {
    const x = leaf(1);
    const y = x.mul(x).sum();
    y.backward();
    expect(() => y.backward()).toThrow();
    expect(isGradEnabled()).toBe(true);
    expect(setGradEnabled(false)).toBe(true);
    expect(setGradEnabled(true)).toBe(false);
  });
});

describe('printing', () => {
  it('shows values, history and dtype in console.log', () => {
    expect(inspect(tensor([1, 2]))).toBe('tensor([1., 2.])');
    expect(inspect(leaf(1, 2))).toBe('tensor([1., 2.], requires_grad=True)');
    expect(inspect(leaf(1, 2).mul(2))).toBe('tensor([2., 4.], grad_fn=<MulBackward0>)');
    expect(inspect(tensor([1], { dtype: 'int32' }))).toBe('tensor([1], dtype=torch.int32)');
    expect(inspect({ x: tensor(3) })).toContain('tensor(3.)');
    expect(`${tensor([[1], [2]])}`).toBe('tensor([[1.],\n        [2.]])');
  });
});
