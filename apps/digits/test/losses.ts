// PyTorch's losses of a default run, and the same run here on a device.
import { readFileSync } from 'node:fs';
import { DataLoader } from '@dl/data';
import { setupSeed } from '@dl/io';
import { SGD } from '@dl/optim';
import { packagedData, readTraining } from '../src/mnist.js';
import { buildModel } from '../src/model.js';
import { datasetOf } from '../src/run.js';
import { trainSteps } from '../src/train.js';

/** Written by tools/oracle/digits_curve.py. */
export const golden = JSON.parse(
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

/** The first losses on a device that is ready. */
export async function lossesOn(device: string, count: number): Promise<number[]> {
  const { seed, hidden, batchSize, lr, momentum } = golden;
  setupSeed(seed);
  const model = buildModel(hidden).to(device);
  const optimizer = new SGD(model.parameters(), { lr, momentum });
  const dataset = datasetOf(await readTraining(packagedData()));
  const loader = new DataLoader(dataset, { batchSize, shuffle: true });
  const losses: number[] = [];
  for (const { loss } of trainSteps(model, optimizer, loader, device)) {
    losses.push((await loss.cpu()).item());
    if (losses.length === count) break;
  }
  return losses;
}

/** How far a list of losses is from PyTorch's, each relative to PyTorch's. */
export const apartOf = (losses: readonly number[]): number[] =>
  losses.map((loss, i) => Math.abs(loss / golden.losses[i] - 1));
