// User-defined functions, hooks, checkpoints, Jacobians and gradient checks.
import { describe, expect, it } from 'vitest';
import {
  AutogradError,
  checkpoint,
  type FunctionContext,
  gradcheck,
  gradgradcheck,
  hessian,
  jacobian,
  jvp,
  manualSeed,
  Function as Operation,
  ones,
  rand,
  randn,
  setDetectAnomaly,
  type Tensor,
  tensor,
  vjp,
} from '../src/index.js';

const leaf = (values: number[]): Tensor => tensor(values, { requiresGrad: true, dtype: 'float64' });

class Cube extends Operation {
  static override forward(ctx: FunctionContext, x: Tensor, scale: number): Tensor {
    ctx.saveForBackward(x);
    ctx.scale = scale;
    return x.pow(3).mul(scale);
  }
  static override backward(ctx: FunctionContext, g: Tensor): (Tensor | null)[] {
    const [x] = ctx.savedTensors as [Tensor];
    return [g.mul(x.square()).mul(3 * (ctx.scale as number)), null];
  }
}

class SumAndDifference extends Operation {
  static override forward(_ctx: FunctionContext, a: Tensor, b: Tensor): Tensor[] {
    return [a.add(b), a.sub(b)];
  }
  static override backward(_ctx: FunctionContext, g: Tensor, h: Tensor): Tensor[] {
    return [g.add(h), g.sub(h)];
  }
}

describe('Function', () => {
  it('runs its own backward pass, up to the second order', () => {
    const x = leaf([1, 2]);
    const y = Cube.apply(x, 2);
    expect(y.toArray()).toEqual([2, 16]);
    expect(gradcheck((v) => Cube.apply(v, 2), leaf([1, 2]))).toBe(true);
    expect(gradgradcheck((v) => Cube.apply(v, 2), leaf([1, 2]))).toBe(true);
    expect(y.gradFn?.name).toBe('Cube');
  });

  it('may have several results of which one is used', () => {
    const [a, b] = [leaf([1, 2]), leaf([5, 7])];
    const [, difference] = SumAndDifference.apply(a, b) as [Tensor, Tensor];
    difference.sum().backward();
    expect(a.grad?.toArray()).toEqual([1, 1]);
    expect(b.grad?.toArray()).toEqual([-1, -1]);
  });

  it('refuses a backward pass with too few gradients', () => {
    class Wrong extends Operation {
      static override forward(_ctx: FunctionContext, a: Tensor, b: Tensor): Tensor {
        return a.mul(b);
      }
      static override backward(_ctx: FunctionContext, g: Tensor): Tensor {
        return g;
      }
    }
    const y = Wrong.apply(leaf([1]), leaf([2]));
    expect(() => y.backward()).toThrow(/Wrong: backward returned 1 gradients for the 2 arguments/);
  });

  it('detects a changed saved tensor', () => {
    const x = leaf([1, 2]).mul(1);
    const y = Cube.apply(x, 1);
    x.add_(1);
    expect(() => y.sum().backward()).toThrow(/Cube: .*changed in place/);
  });
});

describe('hooks', () => {
  it('receive and replace gradients of leaves and results', () => {
    const x = leaf([1, 2]);
    const y = x.mul(3);
    const seen: unknown[] = [];
    const handle = y.registerHook((g) => {
      seen.push(g.toArray());
      return g.mul(10);
    });
    x.registerHook((g) => g.add(1));
    y.sum().backward();
    expect(seen).toEqual([[1, 1]]);
    expect(x.grad?.toArray()).toEqual([31, 31]);
    handle.remove();
    x.grad = null;
    x.mul(1).sum().backward();
    expect(x.grad).not.toBeNull();
  });

  it('are refused for tensors without a gradient', () => {
    expect(() => tensor([1]).registerHook(() => null)).toThrow(AutogradError);
  });
});

describe('checkpoint', () => {
  it('computes the same gradients with the same random numbers', () => {
    const w = leaf([2, 3]);
    const run = (wrap: boolean): { x: unknown; w: unknown } => {
      manualSeed(3);
      w.grad = null;
      const x = leaf([1, 5]);
      const f = (v: Tensor): Tensor =>
        v
          .mul(w)
          .mul(rand([2], { dtype: 'float64' }))
          .square();
      (wrap ? checkpoint(f, x) : f(x)).sum().backward();
      return { x: x.grad?.toArray(), w: (w.grad as Tensor | null)?.toArray() };
    };
    expect(run(true)).toEqual(run(false));
  });
});

describe('Jacobians', () => {
  const f = (x: Tensor): Tensor => x.square().mul(tensor([1, 10], { dtype: 'float64' }));

  it('jacobian: one input and several', () => {
    expect(jacobian(f, leaf([1, 2])).toArray()).toEqual([
      [2, 0],
      [0, 40],
    ]);
    const [a, b] = jacobian((x, y) => x.mul(y), [leaf([1, 2]), leaf([3, 4])]);
    expect(a?.toArray()).toEqual([
      [3, 0],
      [0, 4],
    ]);
    expect(b?.toArray()).toEqual([
      [1, 0],
      [0, 2],
    ]);
  });

  // PyTorch (2.13) refuses these four too.
  it('strict refuses a result, or a recorded Jacobian, that does not depend on an input', () => {
    const [a, b] = [leaf([1, 2]), leaf([3])];
    const first = (x: Tensor): Tensor => x.mul(2);
    expect(jacobian(first, [a, b])[1]?.toArray()).toEqual([[0], [0]]);
    const independent = /^jacobian: the result does not depend on input 1/;
    expect(() => jacobian(first, [a, b], { strict: true })).toThrow(independent);
    const constant = /^jacobian: the result requires no gradients/;
    expect(() => jacobian(() => ones([2]), a, { strict: true })).toThrow(constant);
    const straight = /^jacobian: the Jacobian does not depend on input 0/;
    expect(() => jacobian(first, a, { strict: true, createGraph: true })).toThrow(straight);
    const sum = (x: Tensor): Tensor => first(x).sum();
    expect(() => vjp(sum, [a, b], { strict: true })).toThrow(/^vjp: .* input 1/);
    expect(() => vjp(sum, [a, b], { strict: true })).toThrow(AutogradError);
  });

  it('strict has no effect if everything depends on the inputs', () => {
    const options = { strict: true, createGraph: true };
    expect(jacobian(f, leaf([1, 2]), options).toArray()).toEqual(
      jacobian(f, leaf([1, 2])).toArray(),
    );
    expect(jacobian((x) => x.mul(2), leaf([1]), { strict: true }).toArray()).toEqual([[2]]);
    expect(vjp((x) => x.sum(), leaf([1, 2]), { strict: true })[1].toArray()).toEqual([1, 1]);
  });

  it('hessian: one input and several', () => {
    expect(hessian((x) => x.pow(3).sum(), leaf([1, 2])).toArray()).toEqual([
      [6, 0],
      [0, 12],
    ]);
    const h = hessian((x, y) => x.mul(x).mul(y).sum(), [leaf([2]), leaf([5])]);
    expect(h.map((row) => row.map((t) => t.item()))).toEqual([
      [10, 4],
      [4, 0],
    ]);
  });

  it('vjp and jvp are products with the Jacobian', () => {
    const v = tensor([1, 2], { dtype: 'float64' });
    const [value, back] = vjp(f, leaf([1, 2]), v);
    expect(value.toArray()).toEqual([1, 40]);
    expect(back.toArray()).toEqual([2, 80]);
    const [, forward] = jvp(f, leaf([1, 2]), v);
    expect(forward.toArray()).toEqual([2, 80]);
    expect(() => jvp(f, leaf([1, 2]), ones([3]))).toThrow(/jvp: the vector must have/);
  });
});

describe('gradcheck', () => {
  it('refuses a wrong gradient of the first and the second order', () => {
    class Wrong extends Operation {
      static override forward(ctx: FunctionContext, x: Tensor): Tensor {
        ctx.saveForBackward(x);
        return x.square();
      }
      static override backward(ctx: FunctionContext, g: Tensor): Tensor {
        return g.mul(ctx.savedTensors[0].detach()).mul(2);
      }
    }
    expect(gradcheck((x) => Wrong.apply(x), leaf([1, 2]))).toBe(true);
    expect(() => gradgradcheck((x) => Wrong.apply(x), leaf([1, 2]))).toThrow(
      /element 0: the gradient/,
    );
    expect(() => gradcheck((x) => x.mul(x.detach()), leaf([1, 2]))).toThrow(/input 0, element 0/);
  });

  it('requires float64 and an input that requires gradients', () => {
    expect(() => gradcheck((x) => x, randn([2]).requiresGrad_())).toThrow(/must be float64/);
    expect(() => gradcheck((x) => x, randn([2]))).toThrow(/no input requires/);
  });
});

describe('anomaly detection', () => {
  it('names the operation and where it was called', () => {
    setDetectAnomaly(true);
    try {
      const x = leaf([0, 1]);
      const y = x.sqrt().mul(0).sum();
      expect(() => y.backward()).toThrow(
        /sqrt: its gradient contains NaN\nForward call:[\s\S]*functional\.test/,
      );
    } finally {
      setDetectAnomaly(false);
    }
  });
});
