// Memory and time do not grow with the number of training steps.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  defineUpdate,
  linear,
  manualSeed,
  noGrad,
  randn,
  scalar,
  type Tensor,
  tanh,
} from '../src/index.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

function used(): number {
  gc();
  gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('training', () => {
  it('keeps memory flat over 10,000 steps', () => {
    manualSeed(0);
    const x = randn([64, 8]);
    const target = randn([64, 1]);
    const shapes = [[32, 8], [32], [1, 32], [1]];
    const parameters = shapes.map((shape) => randn(shape).mul_(0.3).requiresGrad_());
    const [w1, b1, w2, b2] = parameters as [Tensor, Tensor, Tensor, Tensor];
    const descend = defineUpdate('descend', ([p, g], [lr]) => [scalar.sub(p, scalar.mul(lr, g))]);
    const step = (): Tensor => {
      for (const p of parameters) p.grad = null;
      const out = linear(tanh(linear(x, w1, b1)), w2, b2);
      const loss = out.sub(target).square().mean();
      loss.backward();
      noGrad(() => {
        for (const p of parameters) descend([p, p.grad as Tensor], [0.05]);
      });
      return loss.detach();
    };
    const first = step().item();
    // After the engine has compiled all it will: its code and feedback are on the heap too.
    for (let i = 0; i < 5000; i++) step();
    const before = used();
    let last = first;
    for (let i = 0; i < 10_000; i++) last = step().item();
    const growth = used() - before;
    expect(last).toBeLessThan(first / 5);
    // One step's tape and gradients are about 60 kB: a leak of any of them would show as megabytes.
    expect(growth).toBeLessThan(500_000);
  }, 120_000);

  it('creates no new program for a new number', () => {
    const x = randn([4]);
    for (let i = 0; i < 100; i++) x.mul(i).add(i + 0.5);
    const before = used();
    for (let i = 0; i < 20_000; i++)
      x.mul(i)
        .add(i + 0.5)
        .pow(2 + i / 1000);
    expect(used() - before).toBeLessThan(500_000);
  });

  it('frees a graph that was never run', () => {
    const w = randn([1000], { requiresGrad: true });
    const before = used();
    for (let i = 0; i < 2000; i++) w.exp().mul(w).sum();
    expect(used() - before).toBeLessThan(1_000_000);
  });
});
