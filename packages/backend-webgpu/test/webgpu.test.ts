// Device webgpu compared with the CPU where the conformance suite's small samples do not reach, and its errors.
import {
  DeviceError,
  DTypeError,
  manualSeed,
  randn,
  randperm,
  scope,
  type Tensor,
  tensor,
  zeros,
} from '@dl/core';
import { crossEntropy } from '@dl/losses';
import { Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential } from '@dl/nn';
import { SGD } from '@dl/optim';
import { provideAdapter } from 'dl-testing/webgpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { webgpu } from '../src/index.js';

beforeAll(async () => {
  provideAdapter();
  await webgpu.init();
});

const there = (x: Tensor): Tensor => x.to('webgpu');

/** The largest difference, relative to the largest value. */
async function apart(x: Tensor, y: Tensor): Promise<number> {
  const [a, b] = [(await x.cpu()).data(), (await y.cpu()).data()] as Float32Array[];
  expect(x.shape).toEqual(y.shape);
  let most = 0;
  let largest = 1e-30;
  b.forEach((v, i) => {
    most = Math.max(most, Math.abs(a[i] - v));
    largest = Math.max(largest, Math.abs(v));
  });
  return most / largest;
}

describe('products', () => {
  it.each([
    [64, 784, 256],
    [127, 300, 513],
    [1, 1000, 777],
    [777, 1000, 1],
    [3, 5000, 5],
    [33, 65, 129],
  ])('of %i by %i by %i, in all four transpositions', async (m, k, n) => {
    manualSeed(m);
    const forms: [Tensor, Tensor][] = [
      [randn([m, k]), randn([k, n])],
      [randn([k, m]).t(), randn([k, n])],
      [randn([m, k]), randn([n, k]).t()],
      [randn([k, m]).t(), randn([n, k]).t()],
    ];
    for (const [a, b] of forms) {
      expect(await apart(there(a).matmul(there(b)), a.matmul(b))).toBeLessThan(2e-6);
    }
  });

  it('in batches, and of integers', async () => {
    manualSeed(1);
    const [a, b] = [randn([5, 40, 70]), randn([5, 70, 50])];
    expect(await apart(there(a).matmul(there(b)), a.matmul(b))).toBeLessThan(2e-6);
    const i = randperm(3600).view([60, 60]).to('int32');
    expect(await apart(there(i).matmul(there(i)), i.matmul(i))).toBe(0);
  });

  it('of convolutions, with their gradients', async () => {
    manualSeed(2);
    const layer = new Conv2d(3, 16, 5, { padding: 2, stride: 2 });
    const x = randn([8, 3, 33, 31]);
    const here = layer.forward(x);
    here.pow(2).sum().backward();
    const wanted = layer.weight.grad as Tensor;
    layer.zeroGrad();
    layer.to('webgpu');
    const far = layer.forward(there(x));
    far.pow(2).sum().backward();
    expect(await apart(far, here)).toBeLessThan(2e-6);
    expect(await apart(layer.weight.grad as Tensor, wanted)).toBeLessThan(5e-6);
  });
});

describe('long axes', () => {
  const shapes: [number[], number][] = [
    [[100_000], 0],
    [[3, 20_000], 1],
    [[20_000, 3], 0],
    [[300, 200], 0],
    [[300, 200], 1],
    [[7, 30, 40], 1],
  ];

  it.each(shapes)('of %j, reduced along %i', async (shape, dim) => {
    manualSeed(3);
    const x = randn(shape);
    const y = there(x);
    expect(await apart(y.sum(dim), x.sum(dim))).toBeLessThan(1e-5);
    expect(await apart(y.amax(dim), x.amax(dim))).toBe(0);
    expect(await apart(y.argmin(dim), x.argmin(dim))).toBe(0);
    expect(await apart(y.softmax(dim), x.softmax(dim))).toBeLessThan(1e-5);
    expect(await apart(y.cumsum(dim), x.cumsum(dim))).toBeLessThan(1e-5);
  });

  it('sorted stably', async () => {
    manualSeed(4);
    const x = randn([3, 3000]).mul(50).round();
    for (const descending of [false, true]) {
      const [a, b] = [there(x).sort(1, { descending }), x.sort(1, { descending })];
      expect(await apart(a.values, b.values)).toBe(0);
      expect(await apart(a.indices, b.indices)).toBe(0);
    }
  });
});

describe('training', () => {
  it('a network with convolutions has the losses of the CPU', async () => {
    const losses = async (device: string): Promise<number[]> => {
      manualSeed(5);
      const net = new Sequential(
        new Conv2d(1, 4, 3),
        new ReLU(),
        new MaxPool2d(2),
        new Flatten(),
        new Linear(4 * 5 * 5, 10),
      ).to(device);
      const x = randn([16, 1, 12, 12]).to(device);
      const y = randperm(16).remainder(10).to('int32').to(device);
      const optimizer = new SGD(net.parameters(), { lr: 0.05, momentum: 0.9 });
      const found: number[] = [];
      for (let step = 0; step < 20; step++) {
        optimizer.zeroGrad();
        const loss = crossEntropy(net.forward(x), y);
        loss.backward();
        optimizer.step();
        found.push((await loss.detach().cpu()).item());
      }
      return found;
    };
    const [here, far] = [await losses('cpu'), await losses('webgpu')];
    here.forEach((l, i) => {
      expect(Math.abs(far[i] - l) / l).toBeLessThan(1e-4);
    });
    expect(here.at(-1) as number).toBeLessThan(here[0] / 2);
  });

  it.each([
    ['labels of all classes', [0, 2, 1, 2]],
    ['an ignored label', [0, -100, 1, 2]],
    ['only ignored labels', [-100, -100, -100, -100]],
  ])('crossEntropy of %s, with its gradient', async (_, labels) => {
    manualSeed(7);
    const here = randn([4, 3], { requiresGrad: true });
    const y = tensor(labels, { dtype: 'int32' });
    for (const reduction of ['mean', 'sum'] as const) {
      const far = there(here.detach());
      far.requiresGrad = true;
      const [near, away] = [
        crossEntropy(here, y, { reduction }),
        crossEntropy(far, there(y), { reduction }),
      ];
      here.grad = null;
      near.backward();
      away.backward();
      const value = (await away.detach().cpu()).item();
      if (Number.isNaN(near.item())) expect(value).toBeNaN();
      else expect(value).toBeCloseTo(near.item(), 5);
      expect(await apart(far.grad as Tensor, here.grad as unknown as Tensor)).toBeLessThan(1e-6);
    }
  });

  it('crossEntropy of a label out of range is NaN, since the call cannot throw', async () => {
    const x = there(zeros([2, 3]));
    for (const label of [3, -1]) {
      const y = there(tensor([0, label], { dtype: 'int32' }));
      for (const reduction of ['mean', 'sum'] as const) {
        expect((await crossEntropy(x, y, { reduction }).cpu()).item()).toBeNaN();
      }
    }
  });

  it('uses no more memory over time, with and without a scope', async () => {
    const net = new Linear(8, 4).to('webgpu');
    const x = there(randn([16, 8]));
    const optimizer = new SGD(net.parameters(), { lr: 0.01, momentum: 0.9 });
    const step = (): Tensor => {
      optimizer.zeroGrad();
      const loss = net.forward(x).pow(2).mean();
      loss.backward();
      optimizer.step();
      return loss.detach();
    };
    webgpu.emptyCache();
    for (let i = 0; i < 20; i++) scope(step).dispose();
    const before = webgpu.memory();
    for (let i = 0; i < 500; i++) scope(step).dispose();
    expect(webgpu.memory()).toEqual(before);
    for (let i = 0; i < 200; i++) {
      await step().cpu();
      // The garbage collector runs between turns of the event loop.
      if (i % 20 === 0) await new Promise((done) => setImmediate(done));
    }
    const { live, pooled } = webgpu.memory();
    expect(live + pooled).toBeLessThan(before.live + before.pooled + 2 ** 20);
  });
});

describe('the device', () => {
  it('is opened without leaving anything on globalThis', () => {
    expect('GPUDevice' in globalThis).toBe(false);
    expect('GPUBufferUsage' in globalThis).toBe(false);
  });

  it('runs a model once to warm it up, and keeps none of its memory', async () => {
    const model = new Linear(5, 3).to('webgpu');
    const x = there(randn([2, 5]));
    const [{ live }, { dispatches }] = [webgpu.memory(), webgpu.counts()];
    await webgpu.warmup(model, x);
    expect(webgpu.memory().live).toBe(live);
    expect(webgpu.counts().dispatches).toBeGreaterThan(dispatches);
  });
});

describe('errors', () => {
  it('dtypes that WebGPU lacks, with the fix', () => {
    expect(() => tensor([1], { dtype: 'float64' }).to('webgpu')).toThrow(DTypeError);
    expect(() => tensor([1], { dtype: 'float64' }).to('webgpu')).toThrow(/use x\.to\('float32'\)/);
    expect(() => tensor([1], { dtype: 'int64' }).to('webgpu')).toThrow(/use x\.to\('int32'\)/);
  });

  it('operands on two devices, and reading without cpu()', () => {
    const x = there(tensor([1, 2]));
    expect(() => x.add(tensor([1, 2]))).toThrow(DeviceError);
    expect(() => x.toArray()).toThrow(/await x\.cpu\(\)/);
    expect(() => x.data()).toThrow(DeviceError);
  });

  it('a tensor whose scope has ended', () => {
    let kept: Tensor | undefined;
    scope(() => {
      kept = there(tensor([1, 2]));
    });
    expect(() => (kept as Tensor).add(1)).toThrow(/scope|dispose/);
  });

  it('a tensor larger than the maximum buffer, with the limit', () => {
    expect(() => zeros([2 ** 30, 4], { device: 'webgpu' })).toThrow(/maxStorageBufferBindingSize/);
  });
});

// Last: the device is lost afterwards, and opened again.
describe('a device that is lost', () => {
  it('throws at the next call, and can be opened again', async () => {
    const saved = tensor([1, 2, 3]);
    const x = there(saved);
    webgpu.destroy();
    const failure = await x
      .add(1)
      .cpu()
      .then(
        () => null,
        (e: unknown) => e,
      );
    expect(failure).toBeInstanceOf(DeviceError);
    expect((failure as Error).message).toMatch(/lost.*await webgpu\.init\(\)/s);
    expect(() => x.add(1)).toThrow(DeviceError);
    await webgpu.init();
    expect((await there(saved).add(1).cpu()).toArray()).toEqual([2, 3, 4]);
    expect(() => x.add(1)).toThrow(/lost/);
  });
});
