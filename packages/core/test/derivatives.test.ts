// Corner cases of derivatives: unconnected inputs, no elements, repeated inputs, refusals.

import { describe, expect, it } from 'vitest';
import {
  AutogradError,
  Function as Custom,
  checkpoint,
  type FunctionContext,
  grad,
  hessian,
  inferenceMode,
  jacobian,
  jvp,
  noGrad,
  ones,
  ShapeError,
  setDetectAnomaly,
  type Tensor,
  tensor,
  vjp,
  zeros,
} from '../src/index.js';
import { differentiate } from '../src/scalar/derive.js';
import { constant, input, stating } from '../src/scalar/expr.js';
import * as s from '../src/scalar/language.js';

const point = (): Tensor => tensor([1, 2]);

describe('functional derivatives', () => {
  it('are zeros if the result does not depend on the input', () => {
    const fixed = (): Tensor => tensor([5, 6, 7]);
    expect(vjp(fixed, point(), ones([3]))[1].toArray()).toEqual([0, 0]);
    expect(jvp(fixed, point(), ones([2]))[1].toArray()).toEqual([0, 0, 0]);
    expect(jacobian(fixed, point()).toArray()).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    const first = (x: Tensor, _y: Tensor): Tensor => x.square().sum();
    expect(vjp(first, [point(), point()])[1].map((g) => g.toArray())).toEqual([
      [2, 4],
      [0, 0],
    ]);
    expect(
      hessian(first, [point(), tensor([3])]).map((row) => row.map((h) => h.toArray())),
    ).toEqual([
      [
        [
          [2, 0],
          [0, 2],
        ],
        [[0], [0]],
      ],
      [[[0, 0]], [[0]]],
    ]);
  });

  it('of empty results are empty', () => {
    expect(jacobian((x) => x.narrow(0, 0, 0), point()).shape).toEqual([0, 2]);
    expect(jacobian((x) => x.mul(2), zeros([0])).shape).toEqual([0, 0]);
  });

  it('are recorded on request', () => {
    const x = tensor([3], { requiresGrad: true });
    const cube = (y: Tensor): Tensor => y.pow(3);
    const options = { createGraph: true };
    const v = ones([1]);
    for (const [i, [value, product]] of [
      vjp(cube, x, v, options),
      jvp(cube, x, v, options),
      [cube(x), jacobian(cube, x, options)] as const,
    ].entries()) {
      // (x³)' and (x³)'' at 3.
      expect([i, grad(value, [x], { retainGraph: true })[0]?.toArray()]).toEqual([i, [27]]);
      expect([i, grad(product.sum(), [x])[0]?.toArray()]).toEqual([i, [18]]);
    }
    expect(vjp(cube, x, v)[0].requiresGrad).toBe(false);
    expect(vjp(cube, x, v)[1].requiresGrad).toBe(false);
  });

  it('refuse non-tensors, non-scalars and other shapes', () => {
    const no = (() => 3) as never;
    for (const call of [
      () => vjp(no, point()),
      () => jvp(no, point(), point()),
      () => jacobian(no, point()),
      () => hessian(no, point()),
    ]) {
      expect(call).toThrow(AutogradError);
      expect(call).toThrow('the function must return a tensor');
    }
    expect(() => hessian((x) => x, point())).toThrow(ShapeError);
    expect(() => hessian((x) => x, point())).toThrow('must return a scalar, got shape [2]');
    expect(() => jvp((x) => x, point(), ones([3]))).toThrow('input 0 has [2], the vector [3]');
    expect(() => jvp((x) => x, [point(), point()], [ones([2])])).toThrow('input 1 has [2]');
  });
});

describe('hooks', () => {
  it('may return nothing, or a gradient of the same shape', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const y = x.mul(2);
    y.registerHook(() => undefined);
    y.registerHook((g) => g.mul(10));
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([20, 20]);
  });

  it.each([() => ones([3]), () => 5 as never])(
    'must not return another shape, or a non-tensor',
    (hook) => {
      const y = tensor([1, 2], { requiresGrad: true }).mul(2);
      y.registerHook(hook as () => Tensor);
      expect(() => y.sum().backward()).toThrow(
        'registerHook: a hook must return nothing or a gradient of shape [2]',
      );
    },
  );

  it('do not run after removal, while others do', () => {
    const x = tensor([1], { requiresGrad: true });
    const y = x.mul(1);
    const calls: string[] = [];
    const first = y.registerHook(() => void calls.push('first'));
    y.registerHook(() => void calls.push('second'));
    first.remove();
    y.backward();
    expect(calls).toEqual(['second']);
  });
});

describe('gradients of gradients', () => {
  it('accumulate on the tape', () => {
    const x = tensor([2], { requiresGrad: true });
    x.pow(3).backward(null, { createGraph: true });
    x.pow(2).backward(null, { createGraph: true });
    expect(x.grad?.toArray()).toEqual([12 + 4]);
    const total = x.grad as Tensor;
    expect(grad(total, [x])[0]?.toArray()).toEqual([12 + 2]);
  });

  it('name the operation that produced NaN', () => {
    setDetectAnomaly(true);
    try {
      const x = tensor([0], { requiresGrad: true });
      expect(() => x.sqrt().mul(0).backward()).toThrow(/sqrt.*gradient contains NaN/s);
    } finally {
      setDetectAnomaly(false);
    }
    const x = tensor([0], { requiresGrad: true });
    x.sqrt().mul(0).backward();
    expect(x.grad?.item()).toBeNaN();
  });
});

describe('a user-defined Function', () => {
  class Split extends Custom {
    static override forward(ctx: FunctionContext, x: Tensor): Tensor[] {
      const sign = x.sign();
      ctx.markNonDifferentiable(sign);
      expect(ctx.savedTensors).toEqual([]);
      ctx.saveForBackward(x);
      expect(ctx.savedTensors).toEqual([x]);
      return [x.square(), sign];
    }
    static override backward(ctx: FunctionContext, g: Tensor): Tensor {
      return g.mul(ctx.savedTensors[0]).mul(2);
    }
  }
  class Handed extends Custom {
    static override forward(_ctx: FunctionContext, x: Tensor): Tensor {
      return x;
    }
    static override backward(): null {
      return null;
    }
  }

  it('may have outputs without gradients', () => {
    const x = tensor([-3, 2], { requiresGrad: true });
    const [square, sign] = Split.apply(x) as [Tensor, Tensor];
    expect([square.requiresGrad, sign.requiresGrad]).toEqual([true, false]);
    square.sum().backward();
    expect(x.grad?.toArray()).toEqual([-6, 4]);
  });

  it('may return its input, and stop the gradient there', () => {
    const x = tensor([1], { requiresGrad: true });
    const y = Handed.apply(x);
    expect(y).not.toBe(x);
    expect(grad(y.add(x.mul(0)), [x])[0]?.toArray()).toEqual([0]);
  });

  it('needs both methods, and a gradient for each argument', () => {
    class Nothing extends Custom {}
    class Half extends Custom {
      static override forward(_ctx: FunctionContext, x: Tensor): Tensor {
        return x.mul(2);
      }
    }
    class Short extends Custom {
      static override forward(_ctx: FunctionContext, x: Tensor, _y: Tensor): Tensor {
        return x.mul(2);
      }
      static override backward(_ctx: FunctionContext, g: Tensor): Tensor[] {
        return [g, g, g];
      }
    }
    const x = tensor([1], { requiresGrad: true });
    expect(() => Nothing.apply(...([x] as never[]))).toThrow('Nothing: define static forward');
    expect(() => Half.apply(x).backward()).toThrow('Half: define static backward');
    expect(() => Short.apply(x, x).backward()).toThrow(
      'Short: backward returned 3 gradients for the 2',
    );
  });
});

it('checkpoint runs the function directly without a tape, and computes the required gradients', () => {
  const f = (a: Tensor, b: Tensor): Tensor => a.mul(b).exp();
  const a = tensor([0.5], { requiresGrad: true });
  const b = tensor([2]);
  expect(noGrad(() => checkpoint(f, a, b)).requiresGrad).toBe(false);
  checkpoint(f, a, b).backward();
  expect(a.grad?.item()).toBeCloseTo(2 * Math.E, 5);
  expect(b.grad).toBeNull();
  const c = tensor([0.5], { requiresGrad: true });
  checkpoint((x: Tensor) => x.detach(), c)
    .mul(c)
    .backward();
  expect(c.grad?.item()).toBeCloseTo(0.5, 6);
});

it('inferenceMode records nothing, and returns the result', () => {
  const x = tensor([1], { requiresGrad: true });
  expect(inferenceMode(() => x.mul(2)).requiresGrad).toBe(false);
  expect(x.mul(2).requiresGrad).toBe(true);
});

describe('an explicit derivative', () => {
  it('is dropped if the node was simplified to one of its operands', () => {
    const [g, one] = [input(0, 'float64'), constant(1, 'float64')];
    const folded = stating(s.mul(g, 1), [g], (up) => [s.mul(up, 2)]);
    expect(folded).toBe(g);
    expect(differentiate(g, one).get(g)).toBe(one);
  });
});
