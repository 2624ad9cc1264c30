// The backward pass: when leaves get their gradients, which nodes may run twice, and who owns the memory of gradients.
import { describe, expect, it } from 'vitest';
import {
  AutogradError,
  Function as AutogradFunction,
  cat,
  enableGrad,
  type FunctionContext,
  grad,
  noGrad,
  queueCallback,
  type Tensor,
  tensor,
  zeros,
} from '../src/index.js';

const leaf = (values: number[]): Tensor => tensor(values, { requiresGrad: true });

describe('leaves', () => {
  it('get their gradients as soon as their last use has run', () => {
    const [first, second, both] = [leaf([1]), leaf([2]), leaf([3])];
    const seen: string[] = [];
    const early = first.mul(both);
    early.registerHook(() => {
      seen.push('early');
    });
    for (const [name, x] of Object.entries({ first, second, both })) {
      x.registerPostAccumulateGradHook((p) => {
        seen.push(`${name} ${p.grad?.item()}`);
      });
    }
    early.add(1).mul(second).add(both).sum().backward();
    expect(seen).toEqual(['second 4', 'early', 'first 6', 'both 3']);
  });

  it('may be changed by a hook during the pass', () => {
    const [a, b] = [leaf([1, 2]), leaf([3, 4])];
    a.registerPostAccumulateGradHook((p) => {
      noGrad(() => p.sub_(p.grad as Tensor));
      p.grad?.fill_(100);
      p.grad = null;
    });
    const y = b.mul(1);
    a.add(y).sum().backward();
    expect([a.toArray(), a.grad, b.grad?.toArray()]).toEqual([[0, 1], null, [1, 1]]);
  });

  it('are the only tensors with such hooks, which run only in backward()', () => {
    const x = leaf([1]);
    let calls = 0;
    const handle = x.registerPostAccumulateGradHook(() => {
      calls++;
    });
    grad(x.mul(2).sum(), [x]);
    expect(calls).toBe(0);
    x.mul(2).sum().backward();
    handle.remove();
    x.mul(2).sum().backward();
    expect([calls, x.grad?.item()]).toEqual([1, 4]);
    expect(() => x.mul(1).registerPostAccumulateGradHook(() => {})).toThrow(AutogradError);
    expect(() => zeros([1]).registerPostAccumulateGradHook(() => {})).toThrow(AutogradError);
  });

  it('that are roots and used elsewhere get both gradients', () => {
    const x = leaf([2]);
    x.backward();
    expect(x.grad?.item()).toBe(1);
  });
});

describe('a second pass', () => {
  it('is allowed through nodes that saved nothing', () => {
    const x = leaf([1, 2]);
    const y = cat([x.add(1), x.neg()])
      .view([2, 2])
      .sum(0)
      .mean();
    y.backward();
    y.backward();
    expect(x.grad?.toArray()).toEqual([0, 0]);
    const z = x.mul(2).sum();
    z.backward();
    expect(() => z.backward()).toThrow(/freed its saved tensors/);
  });

  it('is allowed if the freed nodes lead to none of the inputs', () => {
    const [x, w] = [leaf([3]), leaf([2])];
    const square = w.mul(w);
    square.sum().backward();
    const [dx] = grad(square.add(x).sum(), [x]);
    expect(dx?.item()).toBe(1);
    // The requested node does not run itself.
    const [dy] = grad(square.add(x).sum(), [square]);
    expect(dy?.item()).toBe(1);
  });
});

describe('the memory of a gradient', () => {
  it('that grad() has returned is not accumulated into', () => {
    const x = leaf([1, 2]);
    const y = x.mul(1);
    y.retainGrad();
    const loss = y.mul(y).sum();
    const [g] = grad(loss, [y], { retainGraph: true });
    loss.backward();
    expect(g?.toArray()).toEqual([2, 4]);
  });

  it('that a hook has received is not accumulated into', () => {
    const x = leaf([1, 2]);
    const seen: Tensor[] = [];
    x.registerHook((g) => {
      seen.push(g);
    });
    x.mul(3).sum().backward();
    x.mul(3).sum().backward();
    expect(seen[0]?.toArray()).toEqual([3, 3]);
    expect(x.grad?.toArray()).toEqual([6, 6]);
  });
});

describe('detach_', () => {
  it('of a leaf disables its gradient, and throws for a view', () => {
    expect(leaf([1]).detach_().requiresGrad).toBe(false);
    expect(() => zeros([2]).at(0).detach_()).toThrow(AutogradError);
  });
});

describe('a node that leads to no requested tensor', () => {
  const ways: readonly (readonly [string, (y: Tensor, w: Tensor) => void])[] = [
    ['grad()', (y, w) => void grad(y.mul(w).sum(), [w])],
    ['backward() to inputs', (y, w) => y.mul(w).sum().backward({ inputs: w })],
    ['the root itself', (y, w) => void grad(y.sum(), [w], { allowUnused: true })],
  ];

  it.each(ways)('retains no gradient and calls no hook: %s', (_, pass) => {
    for (const make of [(x: Tensor) => x.mul(2), (x: Tensor) => x.view([2, 1])]) {
      const x = leaf([1, 2]);
      const y = make(x);
      const seen: string[] = [];
      y.retainGrad();
      y.registerHook(() => void seen.push('inner'));
      x.registerHook(() => void seen.push('leaf'));
      pass(y, leaf([3]));
      expect([y.grad, x.grad, seen]).toEqual([null, null, []]);
    }
  });
});

// PyTorch (2.13): `grad` passes its seed to a single root whatever is requested, but skips several roots.
describe('a root that leads to no requested tensor', () => {
  const asked = { allowUnused: true } as const;

  it.each([
    ['alone', 1, [6], [1]],
    ['next to another root', 2, null, []],
  ] as const)('%s', (_, roots, gradient, calls) => {
    const [x, z] = [leaf([2, 3]), leaf([1])];
    const y = x.mul(x).sum();
    const seen: unknown[] = [];
    y.registerHook((g) => {
      seen.push(g.item());
      return g.mul(6);
    });
    y.retainGrad();
    const [found] = grad([y, z.mul(2).sum()].slice(0, roots), [z], asked);
    expect(found?.toArray() ?? null).toEqual(roots === 1 ? null : [2]);
    expect(y.grad === null ? null : [y.grad.item()]).toEqual(gradient);
    expect(seen).toEqual(calls);
    expect(x.grad).toBeNull();
    // Nothing has run, so nothing was freed.
    y.backward();
    expect(x.grad?.toArray()).toEqual([24, 36]);
  });

  it('is seen by its hooks if it is a leaf', () => {
    const x = leaf([2]);
    const seen: unknown[] = [];
    x.registerHook((g) => void seen.push(g.item()));
    expect(grad(x, [leaf([1])], asked)).toEqual([null]);
    expect([seen, x.grad]).toEqual([[1], null]);
  });

  it('retains its gradient with the inputs of backward()', () => {
    const y = leaf([2, 3]).square().sum();
    y.retainGrad();
    y.backward({ inputs: leaf([1]) });
    expect(y.grad?.item()).toBe(1);
  });

  it('retains its gradient before an input is refused', () => {
    const y = leaf([2, 3]).square().sum();
    y.retainGrad();
    expect(() => grad(y, [leaf([1])])).toThrow('was not used');
    expect(y.grad?.item()).toBe(1);
  });
});

// PyTorch 2.13's values.
describe('memory of a gradient that several nodes wait for', () => {
  it('is not reused by a leaf, which a pass in a hook then accumulates into', () => {
    const [a, b] = [leaf([1, 2]), leaf([1, 1])];
    const h = b.mul(2);
    h.registerHook(() => enableGrad(() => a.mul(3).sum()).backward());
    a.add(h)
      .mul(tensor([5, 7]))
      .sum()
      .backward();
    expect(a.grad?.toArray()).toEqual([8, 10]);
    expect(b.grad?.toArray()).toEqual([10, 14]);
  });

  it('is not reused if they have views of it', () => {
    const [a, b] = [leaf([1, 2]), leaf([1, 1])];
    const h = b.mul(2);
    h.registerHook(() => enableGrad(() => a.mul(3).sum()).backward());
    a.view([2, 1])
      .add(h.view([2, 1]))
      .mul(tensor([[5], [7]]))
      .sum()
      .backward();
    expect(a.grad?.toArray()).toEqual([8, 10]);
    expect(b.grad?.toArray()).toEqual([10, 14]);
  });
});

describe('a callback at the end of a pass', () => {
  it('runs once all leaves have their gradients, in the order of queueing', () => {
    const [first, last] = [leaf([1]), leaf([2])];
    const seen: unknown[] = [];
    const y = first.mul(last);
    y.registerHook(() => {
      queueCallback(() => seen.push([first.grad?.item(), last.grad?.item()]));
      queueCallback(() => seen.push('then'));
    });
    y.sum().backward();
    expect(seen).toEqual([[2, 1], 'then']);
  });

  it('belongs to the current pass, also inside another one', () => {
    const [x, z] = [leaf([1]), leaf([1])];
    const seen: string[] = [];
    const [inner, outer] = [z.mul(3), x.mul(2)];
    inner.registerHook(() => queueCallback(() => seen.push('inner')));
    outer.registerHook(() => {
      queueCallback(() => seen.push('outer'));
      inner.backward();
      seen.push('after the inner pass');
    });
    outer.sum().backward();
    expect(seen).toEqual(['inner', 'after the inner pass', 'outer']);
  });

  it('does not run after a pass that fails', () => {
    const x = leaf([1]);
    const seen: string[] = [];
    const y = x.mul(2);
    y.registerHook(() => queueCallback(() => seen.push('called')));
    const handle = x.registerHook(() => {
      throw new Error('stop');
    });
    expect(() => y.sum().backward({ retainGraph: true })).toThrow('stop');
    handle.remove();
    // Nor after the next pass, which runs only its own.
    y.sum().backward();
    expect(seen).toEqual(['called']);
  });

  it('is refused outside a pass', () => {
    expect(() => queueCallback(() => {})).toThrow(AutogradError);
  });
});

// PyTorch 2.13's values.
it('fills the gradient of a second output that was detached in place', () => {
  class Twice extends AutogradFunction {
    static override forward(_: FunctionContext, x: Tensor): Tensor[] {
      return [x.mul(2), x.mul(3)];
    }
    static override backward(_: FunctionContext, a: Tensor, b: Tensor): Tensor {
      return a.mul(2).add(b.mul(3));
    }
  }
  const [, second] = Twice.apply(leaf([1, 2]));
  const x = second.detach_().requiresGrad_();
  x.mul(5).sum().backward();
  expect(x.grad?.toArray()).toEqual([5, 5]);
});
