// Training steps of the digits net.
import { tensor } from '@dl/core';
import { crossEntropy } from '@dl/losses';
import { Linear, ReLU, Sequential } from '@dl/nn';
import { SGD } from '@dl/optim';
import type { Row } from '../row.js';
import { fillWithSines } from './small.js';

const digitsStep: Row = {
  suite: 'digits',
  name: 'digits step 784-256-128-10, batch 64, momentum',
  what: 'one training step on a batch that stays the same',
  make() {
    const x = tensor(Array.from({ length: 64 * 784 }, (_, i) => Math.sin(i * 0.37))).view([
      64, 784,
    ]);
    const y = tensor(
      Array.from({ length: 64 }, (_, i) => (i * 7) % 10),
      { dtype: 'int32' },
    );
    const net = new Sequential(
      new Linear(784, 256),
      new ReLU(),
      new Linear(256, 128),
      new ReLU(),
      new Linear(128, 10),
    );
    fillWithSines(net.parameters(), 0.05);
    const optimizer = new SGD(net.parameters(), { lr: 0.01, momentum: 0.9 });
    let last = x;
    return {
      step() {
        optimizer.zeroGrad();
        last = crossEntropy(net.forward(x), y);
        last.backward();
        optimizer.step();
      },
      result: () => [last.item()],
    };
  },
};

/** The rows of the suite `digits`. */
export const digits: readonly Row[] = [digitsStep];
