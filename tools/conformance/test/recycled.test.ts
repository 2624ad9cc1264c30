// Memory of the device `cpu` that goes back before the collector finds it: no byte of it is still needed.
import {
  checkpoint,
  cpuBackend,
  DeviceError,
  type FunctionContext,
  fromTypedArray,
  Function as GradFunction,
  grad,
  ones,
  rand,
  registerBackend,
  type Tensor,
  type TypedArray,
  tensor,
  zeros,
} from '@dl/core';
import { crossEntropy } from '@dl/losses';
import { Linear, ReLU, Sequential } from '@dl/nn';
import { SGD } from '@dl/optim';
import { sampleOf } from 'dl-testing/sampling';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadGoldens, runSuite } from '../src/index.js';

/** Bytes given back so far. */
let freed = 0;
/** From which size on memory goes back; what does is overwritten. */
const strict = (recycles: number): void =>
  registerBackend({
    ...cpuBackend,
    recycles,
    free(buffer) {
      const { buffer: memory, byteOffset, byteLength } = buffer as TypedArray;
      new Uint8Array(memory, byteOffset, byteLength).fill(0xa5);
      freed += byteLength;
    },
  });

afterAll(() => registerBackend(cpuBackend));

describe('memory of the CPU that is given back', () => {
  beforeAll(() => strict(0));
  beforeEach(() => {
    freed = 0;
  });

  it('is never needed by the suite again', async () => {
    const sample = sampleOf(24);
    const { failed } = await runSuite({ device: 'cpu', goldens: loadGoldens(), sample });
    expect(failed).toEqual([]);
    expect(freed).toBeGreaterThan(100_000 / sample.of);
  }, 120_000);

  it('is a disposed tensor, and no view of it', () => {
    const x = ones([4]).add(1);
    const v = x.view([2, 2]);
    x.dispose();
    expect(freed).toBe(0);
    expect(v.toArray()).toEqual([
      [2, 2],
      [2, 2],
    ]);
    expect(() => x.add(1)).toThrow(DeviceError);
    expect(() => x.toArray()).toThrow(
      /shape \[4\] on 'cpu' is used after its memory was freed by dispose\(\)/,
    );
    v.dispose();
    v.dispose();
    expect(freed).toBe(16);
  });

  it('is not what the tape saved', () => {
    const w = tensor([1, 2], { requiresGrad: true });
    const y = w.mul(3);
    const z = y.mul(y).sum();
    y.dispose();
    z.backward();
    expect((w.grad as Tensor).toArray()).toEqual([18, 36]);
  });

  it('is not what the user brought or may hold', () => {
    const mine = Float32Array.of(1, 2);
    fromTypedArray(mine).dispose();
    expect([...mine]).toEqual([1, 2]);
    const w = tensor([1, 2], { requiresGrad: true });
    w.mul(w).sum().backward();
    const { grad } = w;
    w.dropGrad();
    expect((grad as Tensor).toArray()).toEqual([2, 4]);
  });

  it('is not what hooks and functions of the user keep', () => {
    const seen: Tensor[] = [];
    class Twice extends GradFunction {
      static override forward(_ctx: FunctionContext, x: Tensor): Tensor {
        return x.mul(2);
      }
      static override backward(_ctx: FunctionContext, g: Tensor): Tensor {
        const made = g.mul(2);
        seen.push(g, made);
        return made;
      }
    }
    const w = tensor([1, 2], { requiresGrad: true });
    const h = w.mul(w);
    h.registerHook((g) => {
      seen.push(g);
    });
    h.retainGrad();
    Twice.apply(checkpoint((x) => x.mul(x), h).mul(h))
      .mul(5)
      .sum()
      .backward();
    const values = [1, 4].map((v) => 30 * v * v);
    expect(seen.map((g) => g.toArray())).toEqual([[5, 5], [10, 10], values]);
    expect((h.grad as Tensor).toArray()).toEqual(values);
    expect((w.grad as Tensor).toArray()).toEqual([60, 60 * 32]);
  });

  it('is not the gradient that a pass began with', () => {
    const x = tensor(2, { requiresGrad: true });
    const [dx] = grad(x.add(1), [x]);
    expect((dx as Tensor).item()).toBe(1);
    const seen: Tensor[] = [];
    const loss = x.mul(3);
    loss.registerHook((g) => {
      seen.push(g);
    });
    loss.backward();
    expect(seen.map((g) => g.item())).toEqual([1]);
  });

  it('is the gradients of a step, at the next one', () => {
    const net = new Sequential(new Linear(8, 16), new ReLU(), new Linear(16, 3));
    const optimizer = new SGD(net.parameters(), { lr: 0.1, momentum: 0.9 });
    const [x, y] = [rand([4, 8]), tensor([0, 1, 2, 0], { dtype: 'int32' })];
    const step = (): number => {
      optimizer.zeroGrad();
      const loss = crossEntropy(net.forward(x), y);
      loss.backward();
      optimizer.step();
      return loss.item();
    };
    const first = step();
    const before = freed;
    const losses = [first, ...Array.from({ length: 20 }, step)];
    // At least the four gradients.
    expect((freed - before) / 20).toBeGreaterThanOrEqual(4 * (8 * 16 + 16 + 16 * 3 + 3));
    expect(losses.every((v, i) => i === 0 || v < losses[i - 1])).toBe(true);
  });
});

describe('large memory of the CPU', () => {
  it('is had again, and zeroed where that is asked for', () => {
    registerBackend(cpuBackend);
    const x = ones([10_000]).add(1);
    const { buffer } = x;
    cpuBackend.emptyCache();
    x.dispose();
    expect(cpuBackend.memory()).toEqual({ live: 0, pooled: 40_000 });
    const y = rand([10_000]).add(1);
    expect(y.buffer).toBe(buffer);
    y.dispose();
    const z = zeros([10_000]);
    expect(z.buffer).toBe(buffer);
    expect(z.sum().item()).toBe(0);
    z.dispose();
    cpuBackend.emptyCache();
    expect(cpuBackend.memory().pooled).toBe(0);
  });
});
