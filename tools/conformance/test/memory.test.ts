// Memory of a counted device: what is given back when, and what stays.
import {
  add,
  DeviceError,
  type FunctionContext,
  Function as GradFunction,
  grad,
  keep,
  matmul,
  memory,
  ones,
  rand,
  scope,
  setWarningHandler,
  type Tensor,
  tensor,
} from '@dl/core';
import { crossEntropy, mseLoss } from '@dl/losses';
import { BatchNorm1d, Dropout, Linear, ReLU, Sequential } from '@dl/nn';
import { Adam, SGD } from '@dl/optim';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { registerCounted } from '../src/index.js';

const device: string = 'counted';
const live = (): number => memory().counted?.live ?? -1;
const leaf = (...shape: number[]): Tensor => rand(shape, { device, requiresGrad: true });

describe('memory of a counted device', () => {
  beforeAll(() => {
    registerCounted();
  });
  let start = 0;
  beforeEach(() => {
    start = live();
  });
  const since = (): number => live() - start;

  it('is reported by device, and not for the CPU', () => {
    expect(Object.keys(memory())).toEqual(['counted']);
    const x = ones([10], { device });
    expect(since()).toBe(40);
    x.dispose();
    expect(since()).toBe(0);
  });

  it('goes with the last view', () => {
    const x = ones([4], { device });
    const v = x.view([2, 2]);
    x.dispose();
    expect(since()).toBe(16);
    v.dispose();
    v.dispose();
    expect(since()).toBe(0);
  });

  it('stays for what retainGrad keeps, in a second pass too', async () => {
    const x = tensor([2], { device, requiresGrad: true });
    const y = x.mul(x);
    y.retainGrad();
    // 1 comes again: the second pass runs through y by the graph of the first.
    const [g] = grad(y, [x], { createGraph: true });
    (g as Tensor).sum().backward();
    y.sum().backward();
    expect((await (y.grad as Tensor).cpu()).toArray()).toEqual([2]);
    expect((await (x.grad as Tensor).cpu()).toArray()).toEqual([6]);
    const z = x.mul(3);
    z.retainGrad();
    z.sum().backward({ retainGraph: true });
    z.sum().backward();
    expect((await (z.grad as Tensor).cpu()).toArray()).toEqual([2]);
  });

  it('is asked for in a loop that never waits: a warning, then an error; a wait fixes it', async () => {
    const said: string[] = [];
    setWarningHandler((text) => said.push(text));
    const x = ones([1], { device });
    const made: Tensor[] = [];
    const more = (n: number): void => {
      for (let i = 0; i < n; i++) made.push(x.view([1]));
    };
    const wait = (): Promise<void> => new Promise((done) => setTimeout(done, 1));
    await wait();
    more(2 ** 16 - 2000);
    await wait();
    more(2 ** 16 - 2000);
    expect(said).toEqual([]);
    more(4000);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/counted: 65536 tensors were created without waiting.*scope\(.*await/);
    // A million tensors take their time: with DL_FULL=1 alone.
    if (process.env.DL_FULL === '1') {
      expect(() => more(2 ** 20)).toThrow(DeviceError);
      expect(() => more(1)).toThrow(/without waiting/);
    }
    await wait();
    more(10);
    expect(said).toHaveLength(1);
    // In a scope nothing waits for the collector.
    for (let i = 0; i < 2 ** 16 + 10; i += 1000) scope(() => more(1000));
    for (const y of made) y.dispose();
    x.dispose();
    // Less where the waits have let something of the tests before go.
    expect(since()).toBeLessThanOrEqual(0);
    setWarningHandler(null);
  });

  it('goes at the end of a using block', async () => {
    {
      using x = ones([4], { device });
      expect((await x.add(1).cpu()).toArray()).toEqual([2, 2, 2, 2]);
    }
    expect(since()).toBe(16);
  });

  it('goes at the end of a scope, but for what is returned', async () => {
    const x = ones([4], { device });
    const y = scope(() => {
      const a = x.add(1);
      const inner = scope(() => ({ deep: [a.mul(3), new Map([['m', a.mul(4)]])] as const }));
      expect(since()).toBe(4 * 16);
      return inner;
    });
    expect(since()).toBe(3 * 16);
    expect((await y.deep[0].cpu()).toArray()).toEqual([6, 6, 6, 6]);
    expect((await (y.deep[1].get('m') as Tensor).cpu()).toArray()).toEqual([8, 8, 8, 8]);
  });

  it('goes when the function throws', () => {
    expect(() =>
      scope(() => {
        ones([100], { device }).add(1);
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(since()).toBe(0);
  });

  it('stays for what went through keep', async () => {
    let kept: Tensor | null = null;
    scope(() =>
      scope(() => {
        kept = keep(ones([4], { device }).add(1));
      }),
    );
    expect(since()).toBe(16);
    expect((await (kept as unknown as Tensor).cpu()).toArray()).toEqual([2, 2, 2, 2]);
  });

  it('refuses a tensor after its scope, with the fix', () => {
    let outside: Tensor | null = null;
    scope(() => {
      outside = ones([2, 3], { device });
    });
    const gone = outside as unknown as Tensor;
    const message =
      /a tensor of shape \[2, 3\] on 'counted' is used after its memory was freed by dispose\(\) or at the end of its scope; return it from scope/;
    expect(() => gone.add(1)).toThrow(message);
    expect(() => add(ones([2, 3], { device }), gone)).toThrow(message);
    expect(() => matmul(gone, ones([3, 1], { device }))).toThrow(message);
    expect(() => gone.view([6]).sum()).toThrow(message);
    expect(() => gone.at(0)).toThrow(message);
    expect(() => gone.add_(1)).toThrow(message);
    expect(() => gone.to('cpu')).toThrow(message);
    expect(gone.shape).toEqual([2, 3]);
  });

  it('refuses an asynchronous scope', () => {
    // @ts-expect-error the compiler refuses it too
    expect(() => scope(async () => ones([4], { device }))).toThrow(/must not be async/);
    expect(since()).toBe(0);
  });

  it('is held by the tape until backward() has used it', () => {
    const w = leaf(8);
    const loss = scope(() => w.exp().mul(2).sin().sum());
    // w, what exp and sin saved, and the loss.
    expect(since()).toBe(3 * 32 + 4);
    loss.backward();
    expect(since()).toBe(32 + 4 + 32);
    w.dropGrad();
    expect(since()).toBe(32 + 4);
  });

  it('gives the same gradients whether or not the tensors on the way are gone', async () => {
    const w = leaf(5, 4);
    const f = (x: Tensor): Tensor => {
      const h = x.matmul(x.t()).tanh();
      return h.softmax(1).mul(h).at(':', [0, 2]).cumsum(0).pow(2).sum();
    };
    const plain = grad(f(w), [w])[0] as Tensor;
    const scoped = grad(
      scope(() => f(w)),
      [w],
    )[0] as Tensor;
    expect((await scoped.cpu()).toArray()).toEqual((await plain.cpu()).toArray());
    const twice = scope(() => {
      const [g] = grad(f(w), [w], { createGraph: true });
      return (g as Tensor).pow(2).sum();
    });
    twice.backward();
    expect((await (w.grad as Tensor).cpu()).isfinite().all().item()).toBe(true);
  });

  it.each([
    ['temporaries', (x: Tensor) => x.mul(0.9).add(0.1)],
    ['the sums of gradients that came on two ways', (x: Tensor) => x.mul(0.9).add(x.mul(0.1))],
  ])('is free of %s during the backward pass', (_, layer) => {
    // Twenty layers: without giving back on the way, twenty gradients would live at the end.
    const w = leaf(1000);
    let loss = w.mul(1);
    for (let i = 0; i < 20; i++) loss = scope(() => layer(loss));
    const total = loss.sum();
    let peak = 0;
    const before = since();
    w.registerHook(() => {
      peak = since() - before;
    });
    total.backward();
    expect(peak).toBeLessThan(4 * 4000);
  });

  it('lets hooks and retained gradients keep what they see', async () => {
    const w = leaf(3);
    const seen: Tensor[] = [];
    const h = w.mul(2);
    h.retainGrad();
    h.registerHook((g) => {
      seen.push(g, g.mul(2));
    });
    h.sum().backward();
    expect((await seen[0].cpu()).toArray()).toEqual([1, 1, 1]);
    expect((await seen[1].cpu()).toArray()).toEqual([2, 2, 2]);
    expect((await (h.grad as Tensor).cpu()).toArray()).toEqual([1, 1, 1]);
  });

  it('works through functions of the user', async () => {
    class Cube extends GradFunction {
      static override forward(ctx: FunctionContext, x: Tensor): Tensor {
        ctx.saveForBackward(x);
        return x.pow(3);
      }
      static override backward(ctx: FunctionContext, g: Tensor): Tensor {
        const [x] = ctx.savedTensors as [Tensor];
        return x.pow(2).mul(3).mul(g);
      }
    }
    const w = tensor([1, 2], { requiresGrad: true });
    const x = w.detach().to(device).requiresGrad_();
    const loss = scope(() => Cube.apply(x.mul(1)).sum());
    loss.backward();
    expect((await (x.grad as Tensor).cpu()).toArray()).toEqual([3, 12]);
  });

  it('keeps the gradient that a pass began with for who was given it', async () => {
    const x = leaf(1);
    const seen: Tensor[] = [];
    const [dx, first] = scope(() => {
      const y = x.add(1);
      const [d] = grad(y, [x]);
      const z = x.mul(2);
      z.registerHook((g) => {
        seen.push(keep(g));
      });
      z.backward();
      return [d as Tensor, seen[0]];
    }) as [Tensor, Tensor];
    expect((await dx.cpu()).toArray()).toEqual([1]);
    expect((await first.cpu()).toArray()).toEqual([1]);
    for (const t of [dx, first, x.grad as Tensor, x]) t.dispose();
    expect(since()).toBe(0);
  });

  it('lets a gradient whose memory is gone be read, and says so where it is used', () => {
    const w = leaf(4);
    w.pow(2).sum().backward();
    (w.grad as Tensor).dispose();
    const gradient = w.grad as Tensor;
    expect(() => gradient.add(1)).toThrow(/used after its memory was freed by dispose\(\)/);
    w.grad = gradient;
    w.grad = null;
  });

  it('keeps a gradient as long as its leaf', () => {
    const g = scope(() => {
      const w = leaf(16);
      w.pow(2).sum().backward();
      return w.grad as Tensor;
    });
    expect(since()).toBe(64);
    g.dispose();
    scope(() => leaf(16).pow(2).sum().backward());
    expect(since()).toBe(0);
  });

  for (const [name, make] of [
    ['SGD', (p: Iterable<Tensor>) => new SGD(p, { lr: 0.05, momentum: 0.9 })],
    ['Adam', (p: Iterable<Tensor>) => new Adam(p, { lr: 0.01 })],
  ] as const) {
    it(`stays the same over many steps of ${name}`, async () => {
      const model = new Sequential(
        new Linear(8, 16),
        new BatchNorm1d(16),
        new ReLU(),
        new Dropout(0.1),
        new Linear(16, 3),
      );
      model.to(device);
      const optimizer = make(model.parameters());
      const x = rand([12, 8]);
      const y = tensor([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2], { dtype: 'int64' }).to('int32');
      let after = 0;
      let first = 0;
      for (let i = 0; i < 60; i++) {
        const loss = scope(() => {
          optimizer.zeroGrad();
          const loss = crossEntropy(model.forward(x.to(device)), y.to(device));
          loss.backward();
          optimizer.step();
          return loss.detach();
        });
        if (i === 0) first = (await loss.cpu()).item();
        if (i === 59) expect((await loss.cpu()).item()).toBeLessThan(first);
        loss.dispose();
        if (i === 1) after = live();
        if (i > 1) expect(live()).toBe(after);
      }
    });
  }

  it('is bounded without any scope once the program waits', async () => {
    const w = leaf(256, 256);
    const optimizer = new SGD([w], { lr: 0.01 });
    let peak = 0;
    for (let i = 0; i < 400; i++) {
      optimizer.zeroGrad();
      const loss = mseLoss(w.mul(w).tanh(), w.detach());
      loss.backward();
      optimizer.step();
      await new Promise((resolve) => setImmediate(resolve));
      peak = Math.max(peak, since());
    }
    // 400 steps make 500 MB; what is unreachable must have gone on the way.
    expect(peak).toBeLessThan(150e6);
  });
});
