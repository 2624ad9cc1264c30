import { manualSeed, tensor } from '@dl/core';
import { mseLoss } from '@dl/losses';
import { Linear } from '@dl/nn';
import { SGD } from '@dl/optim';

/** Learns y = 2x + 1 and returns the model. */
export function train(): Linear {
  manualSeed(0);
  const x = tensor([[0], [1], [2], [3]]);
  const y = x.mul(2).add(1);
  const net = new Linear(1, 1);
  const optimizer = new SGD(net.parameters(), { lr: 0.1 });
  for (let step = 0; step < 60; step++) {
    optimizer.zeroGrad();
    mseLoss(net.forward(x), y).backward();
    optimizer.step();
  }
  return net;
}
