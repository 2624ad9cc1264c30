// Ten thousand steps of the app's training in one turn of the event loop; prints what memory did.

import { DataLoader } from '@dl/data';
import { setupSeed } from '@dl/io';
import { SGD } from '@dl/optim';
import { readTest } from '../src/mnist.js';
import { buildModel } from '../src/model.js';
import { datasetOf } from '../src/run.js';
import { trainSteps } from '../src/train.js';

const STEPS = 10_000;
const WARM = 2000;

const [folder = ''] = process.argv.slice(2);
const digits = await readTest(folder);
setupSeed(0);
const model = buildModel([32]);
const optimizer = new SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
const loader = new DataLoader(datasetOf(digits, 2000), { batchSize: 8, shuffle: true });

interface Reading {
  rss: number;
  heap: number;
  arrays: number;
}

/** What is in use, and what is left of it once everything unreachable is gone. */
function read(): Reading {
  const { rss } = process.memoryUsage();
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { rss, heap: heapUsed, arrays: arrayBuffers };
}

function work(): { warm: Reading; end: Reading; peak: number; steps: number } {
  let warm: Reading | undefined;
  let [steps, peak] = [0, 0];
  while (true) {
    for (const _ of trainSteps(model, optimizer, loader, 'cpu')) {
      steps++;
      if (steps % 100 === 0) peak = Math.max(peak, process.memoryUsage().arrayBuffers);
      if (steps === WARM) warm = read();
      if (steps === STEPS) return { warm: warm as Reading, end: read(), peak, steps };
    }
  }
}

console.log(JSON.stringify(work()));
