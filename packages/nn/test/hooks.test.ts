// Hooks around forward and backward.
import { grad, ones, randn, type Tensor, tensor, zeros } from '@dl/core';
import { describe, expect, test } from 'vitest';
import {
  BatchNorm1d,
  GRU,
  Linear,
  Module,
  type ModuleGrads,
  ReLU,
  Sequential,
} from '../src/index.js';

describe('forward pre-hooks', () => {
  test('get the inputs, and replace them by one tensor or a list', () => {
    const layer = new ReLU();
    const seen: unknown[] = [];
    const first = layer.registerForwardPreHook((m, inputs) => {
      seen.push(m, ...inputs);
    });
    const x = tensor([-1, 2]);
    expect(layer.forward(x).toArray()).toEqual([0, 2]);
    expect(seen).toEqual([layer, x]);
    const second = layer.registerForwardPreHook((_, [y]) => (y as Tensor).neg());
    const third = layer.registerForwardPreHook((_, [y]) => [(y as Tensor).mul(2)]);
    expect(layer.forward(x).toArray()).toEqual([2, 0]);
    for (const handle of [first, second, third]) handle.remove();
    expect(layer.forward(x).toArray()).toEqual([0, 2]);
  });
});

describe('backward hooks', () => {
  const setUp = () => {
    const net = new Sequential(new Linear(3, 2), new ReLU());
    const x = randn([4, 3], { requiresGrad: true });
    return { net, layer: net[0], x, cotangent: randn([4, 2]) };
  };

  test('get the gradients of inputs and outputs', () => {
    const { layer, x, cotangent } = setUp();
    const seen: [ModuleGrads, ModuleGrads][] = [];
    const handle = layer.registerFullBackwardHook((m, gradInput, gradOutput) => {
      expect(m).toBe(layer);
      seen.push([gradInput, gradOutput]);
    });
    layer.forward(x).backward(cotangent);
    expect(seen).toHaveLength(1);
    const [[gradInput, gradOutput]] = seen as [[ModuleGrads, ModuleGrads]];
    expect(gradOutput.map((g) => g?.toArray())).toEqual([cotangent.toArray()]);
    // The derivative of x·Wᵀ + b, by hand.
    const wanted = cotangent.matmul(layer.weight.detach()).toArray();
    expect(gradInput.map((g) => g?.toArray())).toEqual([wanted]);
    expect(x.grad?.toArray()).toEqual(wanted);
    expect(layer.bias?.grad?.toArray()).toEqual(cotangent.sum(0).toArray());
    handle.remove();
    layer.forward(x).backward(cotangent);
    expect(seen).toHaveLength(1);
  });

  test('may replace the gradient of the input, but not of the parameters', () => {
    const { layer, x, cotangent } = setUp();
    layer.registerFullBackwardHook((_, [g]) => [(g as Tensor).mul(10)]);
    layer.registerFullBackwardHook((_, [g]) => (g as Tensor).add(1));
    layer.forward(x).backward(cotangent);
    const plain = cotangent.matmul(layer.weight.detach());
    expect(x.grad?.toArray()).toEqual(plain.mul(10).add(1).toArray());
    expect(layer.bias?.grad?.toArray()).toEqual(cotangent.sum(0).toArray());
  });

  test('pre-hooks replace the gradient of the output', () => {
    const { layer, x, cotangent } = setUp();
    const order: string[] = [];
    layer.registerFullBackwardPreHook((_, [g]) => {
      order.push('pre');
      return [(g as Tensor).mul(2)];
    });
    layer.registerFullBackwardHook((_, __, [g]) => {
      order.push('full');
      expect(g?.toArray()).toEqual(cotangent.mul(2).toArray());
    });
    layer.forward(x).backward(cotangent);
    expect(order).toEqual(['pre', 'full']);
    expect(layer.bias?.grad?.toArray()).toEqual(cotangent.mul(2).sum(0).toArray());
  });

  test('get null for inputs that do not require gradients', () => {
    const { layer, x, cotangent } = setUp();
    const seen: ModuleGrads[] = [];
    layer.registerFullBackwardHook((_, gradInput, gradOutput) => {
      seen.push(gradInput, gradOutput);
    });
    layer.forward(x.detach()).backward(cotangent);
    expect(seen.map((grads) => grads.map((g) => g?.toArray() ?? null))).toEqual([
      [null],
      [cotangent.toArray()],
    ]);
  });

  test('get null for unused inputs and outputs among several', () => {
    class Two extends Module<[Tensor, number, Tensor], [Tensor, Tensor]> {
      override forward(a: Tensor, factor: number, b: Tensor): [Tensor, Tensor] {
        return [a.mul(factor), b.mul(a)];
      }
    }
    const two = new Two();
    let seen: [ModuleGrads, ModuleGrads] | undefined;
    two.registerFullBackwardHook((_, gradInput, gradOutput) => {
      seen = [gradInput, gradOutput];
    });
    const [a, b] = [tensor([2, 3], { requiresGrad: true }), tensor([5, 7], { requiresGrad: true })];
    const [first] = two.forward(a, 3, b);
    first.sum().backward();
    expect(seen?.[0].map((g) => g?.toArray() ?? null)).toEqual([[3, 3], null, [0, 0]]);
    expect(seen?.[1].map((g) => g?.toArray() ?? null)).toEqual([
      [1, 1],
      [0, 0],
    ]);
  });

  test('get gradients that can be differentiated again', () => {
    const { net, layer, x } = setUp();
    const second = (): Tensor => {
      const [g] = grad(net.forward(x).square().sum(), [x], { createGraph: true }) as [Tensor];
      return grad(g.square().sum(), [x])[0] as Tensor;
    };
    const plain = second().toArray();
    layer.registerFullBackwardHook((_, [g]) => [(g as Tensor).mul(1)]);
    expect(second().toArray()).toEqual(plain);
  });

  test('work for a layer whose output is a pair', () => {
    const gru = new GRU(2, 3);
    let count = 0;
    gru.registerFullBackwardHook((_, gradInput) => {
      count++;
      expect(gradInput[0]?.shape).toEqual([4, 1, 2]);
    });
    const [output] = gru.forward(randn([4, 1, 2], { requiresGrad: true }));
    output.sum().backward();
    expect(count).toBe(1);
  });

  test('do not prevent updates of buffers', () => {
    const norm = new BatchNorm1d(2);
    norm.registerFullBackwardHook(() => undefined);
    norm
      .forward(
        tensor(
          [
            [1, 2],
            [3, 4],
          ],
          { requiresGrad: true },
        ),
      )
      .sum()
      .backward();
    expect(norm.runningMean?.toArray()).toEqual(
      zeros([2])
        .add(tensor([2, 3]).mul(0.1))
        .toArray(),
    );
    expect(norm.numBatchesTracked?.item()).toBe(1);
    expect(ones([1]).item()).toBe(1);
  });
});
