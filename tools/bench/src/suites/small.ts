// Small nets, which are all overhead: the notes' linear regression and two-layer net.
import { noGrad, type Tensor, tensor } from '@dl/core';
import { binaryCrossEntropyWithLogits } from '@dl/losses';
import { Linear, Sequential, Tanh } from '@dl/nn';
import { SGD } from '@dl/optim';
import { fillWithSines } from '../nets.js';
import type { Row } from '../row.js';

const linearRegression: Row = {
  suite: 'small',
  name: 'linear regression step, 3 points',
  what: 'forward, backward and update by hand of y = w·x + b',
  make() {
    const x = tensor([2, 3, 4]);
    const y = tensor([3, 5, 8]);
    const w = tensor(0.5, { requiresGrad: true });
    const b = tensor(0.1, { requiresGrad: true });
    let last = w;
    return {
      step() {
        const loss = w.mul(x).add(b).sub(y).square().mean();
        loss.backward();
        noGrad(() => {
          w.sub_((w.grad as Tensor).mul(0.01));
          b.sub_((b.grad as Tensor).mul(0.01));
        });
        w.grad = null;
        b.grad = null;
        last = loss;
      },
      result: () => [last.item(), w.item(), b.item()],
    };
  },
};

const smallNet: Row = {
  suite: 'small',
  name: 'net 2-4-1 with tanh, 400 points, BCE-with-logits, SGD',
  what: 'one full-batch training step',
  make() {
    const points = Array.from({ length: 400 }, (_, i) => [Math.sin(i), Math.cos(1.7 * i)]);
    const x = tensor(points);
    const y = tensor(points.map(([a, b]) => [a * b > 0 ? 1 : 0]));
    const net = new Sequential(new Linear(2, 4), new Tanh(), new Linear(4, 1));
    fillWithSines(net.parameters(), 0.5);
    const optimizer = new SGD(net.parameters(), { lr: 0.1 });
    let last = x;
    return {
      step() {
        optimizer.zeroGrad();
        last = binaryCrossEntropyWithLogits(net.forward(x), y);
        last.backward();
        optimizer.step();
      },
      result: () => [last.item()],
    };
  },
};

/** The rows of the suite `small`. */
export const small: readonly Row[] = [linearRegression, smallNet];
