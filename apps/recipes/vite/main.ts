import { manualSeed, tensor } from '@dl/core';
import { mseLoss } from '@dl/losses';
import { Linear } from '@dl/nn';
import { SGD } from '@dl/optim';

manualSeed(0);
const x = tensor([[0], [1], [2], [3]]);
const y = x.mul(2).add(1);
const net = new Linear(1, 1);
const optimizer = new SGD(net.parameters(), { lr: 0.1 });

for (let step = 1; step <= 60; step++) {
  optimizer.zeroGrad();
  const loss = mseLoss(net.forward(x), y);
  loss.backward();
  optimizer.step();
  if (step % 20 === 0) console.log(`step ${step}: loss ${loss.item().toFixed(6)}`);
}
console.log(String(net.forward(tensor([[10]])).detach()));
