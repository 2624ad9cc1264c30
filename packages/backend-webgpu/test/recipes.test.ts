// Repeated calls: other buffers, other params and temporary buffers must be respected.
import {
  layerNorm,
  manualSeed,
  matmul,
  randn,
  registerBackend,
  scope,
  type Tensor,
  tensor,
} from '@dl/core';
import { provideAdapter } from 'dl-testing/webgpu';
import { beforeEach, describe, expect, it } from 'vitest';
import { webgpuBackend } from '../src/backend.js';
import { openDevice } from '../src/device.js';
import { Runtime } from '../src/runtime.js';

provideAdapter();
const { device } = await openDevice();

/**
 * Runs the same calls on both devices, several times with the values that `of` returns for each, and compares all
 * results.
 */
async function same<T>(times: readonly T[], of: (t: T) => (to: (x: Tensor) => Tensor) => Tensor) {
  for (const t of times) {
    const run = of(t);
    const near = run((x) => x.clone()).contiguous();
    const far = (await run((x) => x.to('webgpu')).cpu()).contiguous().data();
    near.data().forEach((v, i) => {
      const most = 3e-5 * (1 + Math.abs(Number(v)));
      expect(Math.abs(Number(far[i]) - Number(v)), `element ${i}`).toBeLessThan(most);
    });
  }
}

describe.each([
  ['shared', true, false],
  ['shared (and subgroups)', true, true],
  ['their own', false, true],
])('with %s memory, a repeated call', (_, shares, subgroups) => {
  let runtime: Runtime;
  beforeEach(() => {
    runtime = new Runtime(device, shares, subgroups);
    registerBackend(webgpuBackend(runtime));
    manualSeed(0);
  });

  it('uses its own params', async () => {
    const x = randn([4, 6]);
    await same(
      [2, -3.5, 0],
      (k) => (to) =>
        to(x)
          .mul(k)
          .add(k, { alpha: k + 1 }),
    );
    const whole = tensor([3, -4, 5], { dtype: 'int32' });
    await same([2, -3, 7], (k) => (to) => to(whole).mul(k));
    await same([true, false], (k) => (to) => to(x.gt(0)).logicalAnd(tensor(k).to(to(x).device)));
    await same([1e-5, 0.5, 3], (eps) => (to) => layerNorm(to(x), [6], null, null, { eps }));
  });

  it('reads and writes its own buffers', async () => {
    const [x, y] = [randn([5, 8]), randn([5, 8])];
    await same([x, y, x], (z) => (to) => to(z).exp());
    // On one buffer, and on two: these are different calls.
    await same([true, false, true], (own) => (to) => {
      const [a, b] = [to(x), to(y)];
      return a.add_(own ? a : b).add(b);
    });
    await same([0, 1, 2, 1], (row) => (to) => to(x).narrow(0, row, 2).sum(0));
  });

  it('has its own temporary memory, and frees it', async () => {
    const times = [0, 1, 2].map(() => ({
      long: randn([70_000]),
      wide: randn([3, 4000]),
      w: randn([4000, 5]),
    }));
    await same(
      times,
      ({ long }) =>
        (to) =>
          to(long).sum(),
    );
    await same(
      times,
      ({ wide, w }) =>
        (to) =>
          matmul(to(wide), to(w)),
    );
    await same(
      times,
      ({ long }) =>
        (to) =>
          to(long).narrow(0, 0, 3000).sort().values,
    );
    await same(
      times,
      ({ long }) =>
        (to) =>
          to(long).narrow(0, 0, 3000).cumsum(0),
    );
    const before = runtime.live;
    const far = (times[0] as { long: Tensor }).long.to('webgpu');
    const held = runtime.live;
    for (let i = 0; i < 5; i++) scope(() => void far.sum());
    expect(runtime.live).toBe(held);
    far.dispose();
    expect(runtime.live).toBe(before);
  });

  it('is created again after it was dropped', async () => {
    const x = randn([3000]);
    const far = x.to('webgpu');
    const first = far.narrow(0, 0, 4).exp();
    for (let i = 0; i < 2100; i++) far.narrow(0, i, 2).neg().dispose();
    const again = far.narrow(0, 0, 4).exp();
    expect((await again.cpu()).data()).toEqual((await first.cpu()).data());
  });

  it('launches the same kernels', () => {
    const x = randn([64, 100]).to('webgpu');
    const step = (): number => {
      const before = runtime.dispatches;
      x.sum(1).add(1).softmax(0);
      return runtime.dispatches - before;
    };
    const first = step();
    expect(first).toBeGreaterThan(0);
    expect([step(), step()]).toEqual([first, first]);
  });
});
