// The MNIST convolutional net of pytorch/examples, on random images.
import { manualSeed, maxPool2d, randint, randn, type Tensor } from '@dl/core';
import { nllLoss } from '@dl/losses';
import { Conv2d, Dropout, Linear, Module } from '@dl/nn';
import { Adadelta, StepLR } from '@dl/optim';

export const steps = 6;

class Net extends Module<[Tensor], Tensor> {
  conv1 = new Conv2d(1, 32, 3);
  conv2 = new Conv2d(32, 64, 3);
  dropout1 = new Dropout(0.25);
  dropout2 = new Dropout(0.5);
  fc1 = new Linear(9216, 128);
  fc2 = new Linear(128, 10);

  forward(images: Tensor): Tensor {
    let x = this.conv1.forward(images).relu();
    x = this.conv2.forward(x).relu();
    x = this.dropout1.forward(maxPool2d(x, 2)).flatten(1);
    x = this.dropout2.forward(this.fc1.forward(x).relu());
    return this.fc2.forward(x).logSoftmax(1);
  }
}

export default function mnist(): () => number {
  manualSeed(1);
  const model = new Net();
  const optimizer = new Adadelta(model.parameters(), { lr: 1 });
  const scheduler = new StepLR(optimizer, 3, { gamma: 0.7 });
  const images = randn([32, 1, 28, 28]);
  const digits = randint(10, [32]);

  return () => {
    optimizer.zeroGrad();
    const loss = nllLoss(model.forward(images), digits);
    loss.backward();
    optimizer.step();
    scheduler.step();
    return loss.item();
  };
}
