// Products in workgroup memory, which graphics cards use: the software adapter uses other kernels by default.
import { manualSeed, randn, registerBackend, scope, type Tensor, tensor } from '@dl/core';
import { crossEntropy } from '@dl/losses';
import { Linear, ReLU, Sequential } from '@dl/nn';
import { SGD } from '@dl/optim';
import { drawn, sampleOf } from 'dl-testing/sampling';
import { provideAdapter } from 'dl-testing/webgpu';
import { describe, expect, it } from 'vitest';
import { webgpuBackend } from '../src/backend.js';
import { openDevice } from '../src/device.js';
import { Runtime } from '../src/runtime.js';

provideAdapter();
const { device } = await openDevice();

async function apart(x: Tensor, y: Tensor): Promise<number> {
  const [a, b] = [(await x.cpu()).data(), (await y.cpu()).data()] as [Float32Array, Float32Array];
  expect(x.shape).toEqual(y.shape);
  const most = b.reduce((m, v, i) => Math.max(m, Math.abs(a[i] - v)), 0);
  return most / b.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-30);
}

describe.each([
  ['shared', true],
  ['their own', false],
])('products with %s memory', (_, shares) => {
  // Half of them at each commit, in turn.
  const sizes: readonly (readonly [number, number, number])[] = [
    [64, 784, 256],
    [37, 300, 51],
    [1, 3000, 77],
    [3, 2500, 5],
  ];
  it.each(drawn(sampleOf(4), sizes))(
    'of %i by %i by %i, plain, transposed and with a bias',
    async (m, k, n) => {
      registerBackend(webgpuBackend(new Runtime(device, shares)));
      manualSeed(m);
      const [a, b, turned] = [randn([m, k]), randn([k, n]), randn([n, k])];
      const [far, other, wide] = [a, b, turned].map((x) => x.to('webgpu')) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      expect(await apart(far.matmul(other), a.matmul(b))).toBeLessThan(2e-6);
      const layer = new Linear(k, n);
      const here = layer.forward(a);
      layer.to('webgpu');
      expect(await apart(layer.forward(far), here)).toBeLessThan(2e-6);
      expect(await apart(far.matmul(wide.t()), a.matmul(turned.t()))).toBeLessThan(2e-6);
    },
  );

  it('need at most 33 kernels in one submit for a step on digits', () => {
    const runtime = new Runtime(device, shares);
    registerBackend(webgpuBackend(runtime));
    const net = new Sequential(
      new Linear(784, 256),
      new ReLU(),
      new Linear(256, 128),
      new ReLU(),
      new Linear(128, 10),
    ).to('webgpu');
    const optimizer = new SGD(net.parameters(), { lr: 0.01, momentum: 0.9 });
    const x = randn([64, 784]).to('webgpu');
    const y = tensor(
      Array.from({ length: 64 }, (_, i) => i % 10),
      { dtype: 'int32' },
    ).to('webgpu');
    const step = (): void =>
      scope(() => {
        optimizer.zeroGrad();
        crossEntropy(net.forward(x), y).backward();
        optimizer.step();
      });
    step();
    runtime.flush();
    const { dispatches, submits } = runtime;
    step();
    runtime.flush();
    // TensorFlow.js dispatches 67.
    expect(runtime.dispatches - dispatches).toBeLessThanOrEqual(33);
    expect(runtime.submits - submits).toBe(1);
  });
});
