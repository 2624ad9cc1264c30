// Maps and reductions that read four adjacent elements at once, and similar ones that cannot.
import {
  argmax,
  argmin,
  manualSeed,
  max,
  randn,
  registerBackend,
  softmax,
  sum,
  type Tensor,
} from '@dl/core';
import { provideAdapter } from 'dl-testing/webgpu';
import { describe, expect, it } from 'vitest';
import { webgpuBackend } from '../src/backend.js';
import { openDevice } from '../src/device.js';
import { Runtime } from '../src/runtime.js';

provideAdapter();
const { device } = await openDevice();

const reductions: { readonly [name: string]: (x: Tensor, dim: number) => Tensor } = {
  sum: (x, dim) => sum(x, dim),
  max: (x, dim) => max(x, dim).values,
  argmax: (x, dim) => argmax(x, dim),
  argmin: (x, dim) => argmin(x, dim),
  softmax: (x, dim) => softmax(x, dim),
};

async function expectSame(far: Tensor, near: Tensor): Promise<void> {
  expect(far.shape).toEqual(near.shape);
  const found = (await far.cpu()).contiguous().data();
  near
    .contiguous()
    .data()
    .forEach((v, i) => {
      expect(Math.abs(Number(found[i]) - Number(v))).toBeLessThan(1e-5 * (1 + Math.abs(Number(v))));
    });
}

describe.each([
  ['shared', true, false],
  ['shared (and subgroups)', true, true],
  ['their own', false, true],
])('with %s memory', (_, shares, subgroups) => {
  it.each([[[64, 100]], [[100, 64]], [[7, 5]], [[3, 2000]], [[3, 8, 12]]])(
    'reductions of %j over each axis',
    async (shape) => {
      registerBackend(webgpuBackend(new Runtime(device, shares, subgroups)));
      manualSeed(0);
      const x = randn(shape);
      const far = x.to('webgpu');
      for (const run of Object.values(reductions)) {
        for (const dim of shape.keys()) await expectSame(run(far, dim), run(x, dim));
      }
    },
    60_000,
  );

  it.each([[[1003]], [[64, 10]], [[2, 3, 6, 6]]])('maps of %j', async (shape) => {
    registerBackend(webgpuBackend(new Runtime(device, shares, subgroups)));
    manualSeed(1);
    const x = randn(shape);
    const far = x.to('webgpu');
    await expectSame(far.exp().mul(far), x.exp().mul(x));
    // A part is written; the memory after it is not.
    for (const t of [far, x]) t.view([-1]).narrow(0, 4, 5).add_(1);
    await expectSame(far, x);
  });
});
