// Training steps of the digits net.
import { fromTypedArray, Generator, scope, tensor } from '@dl/core';
import { DataLoader, TensorDataset } from '@dl/data';
import { crossEntropy } from '@dl/losses';
import type { Sequential } from '@dl/nn';
import { SGD } from '@dl/optim';
import { digitsNet, fillWithSines, leNet } from '../nets.js';
import type { Row } from '../row.js';

const BATCH = 64;

/** Steps of a net on one batch of pictures of a shape. */
function training(
  row: Pick<Row, 'name' | 'what' | 'compared'>,
  picture: readonly number[],
  build: () => Sequential,
): Row {
  return {
    suite: 'digits',
    ...row,
    make(device) {
      const x = tensor(Array.from({ length: BATCH * 784 }, (_, i) => Math.sin(i * 0.37)))
        .view([BATCH, ...picture])
        .to(device);
      const y = tensor(
        Array.from({ length: BATCH }, (_, i) => (i * 7) % 10),
        { dtype: 'int32', device },
      );
      const net = build();
      fillWithSines(net.parameters(), 0.05);
      net.to(device);
      const optimizer = new SGD(net.parameters(), { lr: 0.01, momentum: 0.9 });
      let last = tensor(0);
      return {
        step() {
          last.dispose();
          last = scope(() => {
            optimizer.zeroGrad();
            const loss = crossEntropy(net.forward(x), y);
            loss.backward();
            optimizer.step();
            return loss.detach();
          });
        },
        result: async () => [(await last.cpu()).item()],
      };
    },
  };
}

const digitsStep = training(
  {
    name: 'digits step 784-256-128-10, batch 64, momentum',
    what: 'one training step on a batch that stays the same',
  },
  [784],
  digitsNet,
);

const lenetStep = training(
  {
    name: 'LeNet-5 step, batch 64',
    what: 'one training step of two convolutions, two poolings and three linear layers',
    compared: 3,
  },
  [1, 28, 28],
  leNet,
);

/** A whole epoch, on its own account for the memory that it takes. */
export const digitsEpoch: Row = {
  suite: 'digits',
  name: 'digits epoch of 60,000, batch 64, with loading and shuffling',
  what: 'one pass over as many pictures as MNIST has',
  compared: 1,
  make() {
    const pixels = new Uint8Array(60_000 * 784);
    for (let i = 0; i < pixels.length; i++) pixels[i] = (i * 31 + (i >> 7)) & 255;
    const labels = Int32Array.from({ length: 60_000 }, (_, i) => (i * 7) % 10);
    const dataset = new TensorDataset(
      fromTypedArray(pixels, [60_000, 784]),
      fromTypedArray(labels, null),
    );
    const net = digitsNet();
    fillWithSines(net.parameters(), 0.05);
    const optimizer = new SGD(net.parameters(), { lr: 0.001 });
    // The order is the generator's: the same one in PyTorch.
    const generator = new Generator().manualSeed(0);
    const loader = new DataLoader(dataset, { batchSize: 64, shuffle: true, generator });
    let first = 0;
    return {
      step() {
        let count = 0;
        for (const [x, y] of loader) {
          optimizer.zeroGrad();
          const scaled = x.to('float32').div(255).sub(0.1307).div(0.3081);
          const loss = crossEntropy(net.forward(scaled), y);
          loss.backward();
          optimizer.step();
          if (count++ === 0 && first === 0) first = loss.item();
        }
      },
      result: () => [first],
    };
  },
};

/** The rows of the suite `digits`. */
export const digits: readonly Row[] = [digitsStep, lenetStep, digitsEpoch];
