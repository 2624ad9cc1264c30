// Trains a net on exclusive or: core, nn, optim, losses.
import { manualSeed, type Tensor, tensor } from '@dl/core';
import { binaryCrossEntropyWithLogits } from '@dl/losses';
import { Linear, Module, Sequential, Tanh } from '@dl/nn';
import { Adam } from '@dl/optim';

declare const console: { log(text: string): void };

class Net extends Module {
  readonly body = new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1));

  override forward(x: Tensor): Tensor {
    return this.body.forward(x);
  }
}

export function train(): number {
  manualSeed(0);
  const x = tensor([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
  const y = tensor([[0], [1], [1], [0]]);
  const net = new Net();
  const optimizer = new Adam(net.parameters(), { lr: 0.05 });
  let last = Number.POSITIVE_INFINITY;
  for (let step = 0; step < 300; step++) {
    optimizer.zeroGrad();
    const loss = binaryCrossEntropyWithLogits(net.forward(x), y);
    loss.backward();
    optimizer.step();
    last = loss.item() as number;
  }
  return last;
}

const loss = train();
if (!(loss < 0.05)) throw new Error(`exclusive or was not learned: ${loss}`);
console.log('trained');
