// The nets whose training steps are timed, here and by tools/doctor, and their starting weights.
import { noGrad, type Tensor, tensor } from '@dl/core';
import { AvgPool2d, Conv2d, Flatten, Linear, ReLU, Sequential, Tanh } from '@dl/nn';

/** A net of three layers for pictures of 784 numbers. */
export const digitsNet = (): Sequential =>
  new Sequential(
    new Linear(784, 256),
    new ReLU(),
    new Linear(256, 128),
    new ReLU(),
    new Linear(128, 10),
  );

/** LeNet-5, for pictures of 28 by 28. */
export const leNet = (): Sequential =>
  new Sequential(
    new Conv2d(1, 6, 5, { padding: 2 }),
    new Tanh(),
    new AvgPool2d(2),
    new Conv2d(6, 16, 5),
    new Tanh(),
    new AvgPool2d(2),
    new Flatten(),
    new Linear(400, 120),
    new Tanh(),
    new Linear(120, 84),
    new Tanh(),
    new Linear(84, 10),
  );

/** The same starting weights on both sides. */
export function fillWithSines(parameters: Iterable<Tensor>, scale: number): void {
  noGrad(() => {
    let k = 0;
    for (const p of parameters) {
      const values = Array.from({ length: p.count }, (_, i) => Math.sin(i + k) * scale);
      p.copy_(tensor(values).view(p.shape));
      k++;
    }
  });
}
