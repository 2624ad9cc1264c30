// Every package at once: loads in batches, trains, saves, and reads back what it saved.
import * as cpu from '@dl/backend-cpu';
import * as cuda from '@dl/backend-cuda';
import * as webgpu from '@dl/backend-webgpu';
import { allclose, manualSeed, randn } from '@dl/core';
import { DataLoader, TensorDataset } from '@dl/data';
import { load, saveBytes } from '@dl/io';
import { mseLoss } from '@dl/losses';
import { Linear } from '@dl/nn';
import { SGD } from '@dl/optim';

declare const console: { log(text: string): void };

async function main(): Promise<void> {
  const report = cpu.init();
  if (!report.active && report.reason === undefined) throw new Error('no reason');
  // Devices that may be missing: importing is no error anywhere, nor is asking.
  if (Object.keys(webgpu).length === 0) throw new Error('nothing in @dl/backend-webgpu');
  cuda.isAvailable();
  manualSeed(0);
  const x = randn([64, 3]);
  const y = x.sum(1, { keepdim: true });
  const net = new Linear(3, 1);
  const optimizer = new SGD(net.parameters(), { lr: 0.1, momentum: 0.5 });
  for (let epoch = 0; epoch < 40; epoch++) {
    for (const [batch, wanted] of new DataLoader(new TensorDataset(x, y), { batchSize: 16 })) {
      optimizer.zeroGrad();
      mseLoss(net.forward(batch), wanted).backward();
      optimizer.step();
    }
  }
  const bytes = await saveBytes(net.stateDict());
  const copy = new Linear(3, 1);
  copy.loadStateDict(await load(bytes));
  if (!allclose(copy.forward(x), net.forward(x))) throw new Error('not read as it was saved');
  const loss = mseLoss(copy.forward(x), y).item();
  if (!(Number(loss) < 1e-6)) throw new Error(`not learned: ${loss}`);
  console.log('trained');
}

main();
