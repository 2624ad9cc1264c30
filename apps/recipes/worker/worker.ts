import { manualSeed, tensor } from '@dl/core';
import { saveBytes } from '@dl/io';
import { mseLoss } from '@dl/losses';
import { Linear } from '@dl/nn';
import { SGD } from '@dl/optim';

manualSeed(0);
const x = tensor([[0], [1], [2], [3]]);
const y = x.mul(2).add(1);
const net = new Linear(1, 1);
const optimizer = new SGD(net.parameters(), { lr: 0.1 });

addEventListener('message', async ({ data: steps }: MessageEvent<number>) => {
  for (let step = 1; step <= steps; step++) {
    optimizer.zeroGrad();
    const loss = mseLoss(net.forward(x), y);
    loss.backward();
    optimizer.step();
    if (step % 20 === 0) postMessage({ step, loss: loss.item() });
  }
  const parameters = await saveBytes(net.stateDict());
  postMessage({ parameters }, { transfer: [parameters.buffer] });
});
