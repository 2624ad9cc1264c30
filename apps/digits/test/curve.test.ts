// The first hundred losses of a default run, against PyTorch's for the same seed.
import { readFileSync } from 'node:fs';
import { DataLoader } from '@dl/data';
import { setupSeed } from '@dl/io';
import { SGD } from '@dl/optim';
import { expect, it } from 'vitest';
import { defaults } from '../src/cli.js';
import { packagedData, readTraining } from '../src/mnist.js';
import { buildModel } from '../src/model.js';
import { datasetOf } from '../src/run.js';
import { trainSteps } from '../src/train.js';

// Written by tools/oracle/digits_curve.py.
const golden = JSON.parse(
  readFileSync(new URL('./fixtures/curve.json', import.meta.url), 'utf8'),
) as {
  seed: number;
  hidden: number[];
  batchSize: number;
  lr: number;
  momentum: number;
  roundingError: number;
  losses: number[];
};

it('goes down as in PyTorch, step by step', async () => {
  const { seed, hidden, batchSize, lr, momentum } = golden;
  expect(defaults).toMatchObject({ seed, hidden, batchSize, lr, momentum });
  setupSeed(seed);
  const model = buildModel(hidden);
  const optimizer = new SGD(model.parameters(), { lr, momentum });
  const dataset = datasetOf(await readTraining(packagedData()));
  const loader = new DataLoader(dataset, { batchSize, shuffle: true });
  const losses: number[] = [];
  for (const { loss } of trainSteps(model, optimizer, loader, 'cpu')) {
    losses.push(loss.item());
    if (losses.length === golden.losses.length) break;
  }
  expect(golden.losses).toHaveLength(100);
  // Wide of what rounding does (see roundingError), and narrow enough to see a wrong draw or update.
  expect(golden.roundingError).toBeLessThan(1e-5);
  losses.forEach((loss, i) => {
    const wanted = golden.losses[i] as number;
    expect(Math.abs(loss - wanted) / wanted, `step ${i}: ${loss}, PyTorch ${wanted}`).toBeLessThan(
      1e-5,
    );
  });
});
