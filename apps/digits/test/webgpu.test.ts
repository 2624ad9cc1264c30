// The first losses of a default run on device webgpu, against PyTorch's; LOSSES=100 compares all of them.
import { readFileSync } from 'node:fs';
import { webgpu } from '@dl/backend-webgpu';
import { DataLoader } from '@dl/data';
import { setupSeed } from '@dl/io';
import { SGD } from '@dl/optim';
import { provideAdapter } from 'dl-software-gpu';
import { expect, it } from 'vitest';
import { packagedData, readTraining } from '../src/mnist.js';
import { buildModel } from '../src/model.js';
import { datasetOf } from '../src/run.js';
import { trainSteps } from '../src/train.js';

const golden = JSON.parse(
  readFileSync(new URL('./fixtures/curve.json', import.meta.url), 'utf8'),
) as {
  seed: number;
  hidden: number[];
  batchSize: number;
  lr: number;
  momentum: number;
  losses: number[];
};
const count = Number(process.env.LOSSES ?? 20);

it('goes down on device webgpu as in PyTorch, step by step', async () => {
  provideAdapter();
  await webgpu.init();
  const { seed, hidden, batchSize, lr, momentum } = golden;
  setupSeed(seed);
  const model = buildModel(hidden).to('webgpu');
  const optimizer = new SGD(model.parameters(), { lr, momentum });
  const dataset = datasetOf(await readTraining(packagedData()));
  const loader = new DataLoader(dataset, { batchSize, shuffle: true });
  const losses: number[] = [];
  for (const { loss } of trainSteps(model, optimizer, loader, 'webgpu')) {
    losses.push((await loss.cpu()).item());
    if (losses.length === count) break;
  }
  const apart = losses.map((loss, i) => Math.abs(loss / (golden.losses[i] as number) - 1));
  if (process.env.LOSSES !== undefined)
    console.log(`${count} steps, at most ${Math.max(...apart)}`);
  apart.forEach((d, i) => {
    expect(d, `step ${i}: ${losses[i]}, PyTorch ${golden.losses[i]}`).toBeLessThan(1e-4);
  });
}, 300_000);
