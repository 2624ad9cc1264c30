// Switches of the whole program (recording, random state) and functions that return a promise.
import { forkRng, inferenceMode, isGradEnabled, manualSeed, noGrad, rand, tensor } from '@dl/core';
import { Parameter } from '@dl/nn';
import { SGD } from '@dl/optim';
import { either, equal, near, refuses } from '../lib/want.mjs';

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const refused = refuses(/promise|async/i);

// What these leave behind is a switch of the whole process.
export const alone = true;

export default {
  'async-nograd-overlap': {
    from: 'tfjs-core PR 763, pytorch#82145',
    run: async () => {
      await Promise.all([noGrad(() => sleep(1)), noGrad(() => sleep(9))]);
      return isGradEnabled();
    },
    want: either(equal(true), refused),
  },
  'async-nograd-other-code': {
    from: 'pytorch#82145',
    run: async () => {
      const w = tensor([2], { requiresGrad: true });
      const evaluation = noGrad(() => sleep(9));
      const meanwhile = w.mul(w).requiresGrad;
      await evaluation;
      return meanwhile;
    },
    want: either(equal(true), refused),
  },
  'async-nograd-training-beside': {
    from: 'pytorch#82145',
    run: async () => {
      const w = tensor([0], { requiresGrad: true });
      let steps = 0;
      const train = (async () => {
        for (let i = 0; i < 10; i++) {
          await sleep(1);
          w.mul(2).sub(1).square().sum().backward();
          w.grad = null;
          steps += 1;
        }
      })();
      const evaluate = noGrad(async () => {
        for (let i = 0; i < 4; i++) {
          await sleep(2);
          w.mul(2).item();
        }
      });
      await Promise.all([train, evaluate]);
      return steps;
    },
    want: either(equal(10), refused),
  },
  'async-inference-mode': {
    from: 'tfjs-core PR 763',
    run: async () => {
      await Promise.all([inferenceMode(() => sleep(1)), inferenceMode(() => sleep(9))]);
      return isGradEnabled();
    },
    want: either(equal(true), refused),
  },
  'async-forkrng': {
    from: 'tfjs-core PR 763',
    run: async () => {
      manualSeed(0);
      const first = rand([1]).item();
      manualSeed(0);
      await forkRng(async () => {
        await null;
        rand([5]);
      });
      return rand([1]).item() === first;
    },
    want: either(equal(true), refused),
  },
  'async-closure': {
    from: 'pytorch/xla PR 2951, tfjs#1482',
    run: async () => {
      const p = new Parameter(tensor([1]));
      const optimizer = new SGD([p], { lr: 0.1 });
      await optimizer.step(async () => {
        await null;
        const loss = p.mul(p).sum();
        loss.backward();
        return loss;
      });
      return p.item();
    },
    want: either(near(0.8), refused),
  },
  'nograd-generator': {
    from: 'pytorch PR 31792',
    run: () => {
      const w = tensor([1], { requiresGrad: true });
      return [
        ...noGrad(function* () {
          yield w.mul(2).requiresGrad;
        }),
      ];
    },
    want: either(equal([false]), refuses(/generator/i)),
  },
};
