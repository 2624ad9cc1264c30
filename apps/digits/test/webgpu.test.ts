// The first losses of a default run on device webgpu, against PyTorch's; LOSSES=100 compares all of them.
import { webgpu } from '@dl/backend-webgpu';
import { provideAdapter } from 'dl-testing/webgpu';
import { expect, it } from 'vitest';
import { apartOf, golden, lossesOn } from './losses.js';

const count = Number(process.env.LOSSES ?? 20);

it('goes down on device webgpu as in PyTorch, step by step', async () => {
  provideAdapter();
  await webgpu.init();
  const losses = await lossesOn('webgpu', count);
  expect(losses).toHaveLength(count);
  const apart = apartOf(losses);
  if (process.env.LOSSES !== undefined)
    console.log(`${count} steps, at most ${Math.max(...apart)}`);
  apart.forEach((d, i) => {
    expect(d, `step ${i}: ${losses[i]}, PyTorch ${golden.losses[i]}`).toBeLessThan(1e-4);
  });
}, 300_000);
