// Options that do not exist, and arguments in the place where PyTorch has them: work, or refuse; never ignore.
import * as dl from '@dl/core';
import { DataLoader } from '@dl/data';
import { CrossEntropyLoss, crossEntropy } from '@dl/losses';
import * as nn from '@dl/nn';
import { BatchNorm1d, Conv2d, Linear, MultiheadAttention, Parameter } from '@dl/nn';
import { Adam, SGD, StepLR } from '@dl/optim';
import { either, equal, near, refuses } from '../lib/want.mjs';

const { ones, tensor } = dl;
const weights = () => [new Parameter(tensor([1]))];
const numbers = { length: 4, get: (i) => i };
const labels = (...values) => tensor(values, { dtype: 'int64' });
const unknown = (option) =>
  refuses(/unknown|no option|not an option|there (are|is)/i, new RegExp(option));
const misplaced = (option) => refuses(new RegExp(option), /option|argument|write|\{/i);

export default {
  'option-linear-positional': {
    from: 'users of Linear(2, 3, False)',
    run: () => new Linear(2, 3, false).bias === null,
    want: either(equal(true), misplaced('bias')),
  },
  'option-sgd-positional': {
    from: 'users of SGD(params, 0.1)',
    run: () => new SGD(weights(), 0.5).paramGroups[0].lr,
    want: either(equal(0.5), misplaced('lr')),
  },
  'option-snake-dataloader': {
    from: 'onnxruntime#15987',
    run: () => new DataLoader(numbers, { batch_size: 2, drop_last: true }).length,
    want: either(equal(2), unknown('batchSize')),
  },
  'option-tensor-positional-dtype': {
    from: 'onnxruntime#15987',
    run: () => tensor([1, 2], 'int64').dtype,
    want: either(equal('int64'), misplaced('dtype')),
  },
  'option-sum-dim': {
    run: () => ones([2, 3]).sum({ dim: 0 }),
    want: either(equal([2, 2, 2]), refuses(/sum/, /dim/)),
  },
  'option-argmax-dim': {
    run: () =>
      tensor([
        [1, 5],
        [7, 2],
      ]).argmax({ dim: 1 }),
    want: either(equal([1, 0]), refuses(/argmax/, /dim/)),
  },
  'option-sum-keepdim-positional': {
    run: () => ones([2, 3]).sum(1, true).shape,
    want: either(equal([2, 1]), misplaced('keepdim')),
  },
  'option-conv2d-padding-positional': {
    run: () => new Conv2d(1, 1, 3, 1, 1).forward(ones([1, 1, 5, 5])).shape,
    want: either(equal([1, 1, 5, 5]), misplaced('padding|stride')),
  },
  'option-steplr-gamma-positional': {
    run: () => {
      const optimizer = new SGD(weights(), { lr: 1 });
      const schedule = new StepLR(optimizer, 1, 0.5);
      optimizer.step();
      schedule.step();
      return optimizer.paramGroups[0].lr;
    },
    want: either(equal(0.5), misplaced('gamma')),
  },
  'option-steplr-misspelt': {
    run: () => new StepLR(new SGD(weights(), { lr: 1 }), 1, { gama: 0.5 }).constructor.name,
    want: unknown('gamma|gama'),
  },
  'option-cross-entropy-weight-positional': {
    run: () =>
      crossEntropy(
        tensor([
          [1, 2],
          [3, 1],
        ]),
        labels(0, 1),
        tensor([1, 3]),
      ).item(),
    want: either(near(1.9235114), misplaced('weight')),
  },
  'option-attention-snake': {
    run: () => new MultiheadAttention(4, 2, { batch_first: true }).batchFirst,
    want: either(equal(true), unknown('batchFirst|batch_first')),
  },
  'option-batchnorm-eps-positional': {
    run: () => new BatchNorm1d(4, 1e-3).eps,
    want: either(equal(1e-3), misplaced('eps')),
  },
  'option-hardtanh-bounds': {
    run: () => new nn.Hardtanh(-0.5, 2).forward(tensor([-1, 1.5, 3])),
    want: either(equal([-0.5, 1.5, 2]), misplaced('minVal|maxVal')),
  },
  'option-std-unbiased-positional': {
    run: () => dl.std(tensor([1, 2, 3]), 0, false).item(),
    want: either(near(0.8164966), misplaced('correction|unbiased')),
  },
  'option-sort-descending-positional': {
    run: () => dl.sort(tensor([1, 3, 2]), 0, true).values,
    want: either(equal([3, 2, 1]), misplaced('descending')),
  },
  'option-pad-value-positional': {
    run: () => dl.pad(tensor([1, 2]), [1, 1], 'constant', 5),
    want: either(equal([5, 1, 2, 5]), misplaced('mode|value')),
  },
  'option-round-decimals': {
    run: () => dl.round(tensor([1.23456]), { decimals: 3 }),
    want: either(near([1.235]), unknown('decimals')),
  },
  'option-unique-dim': {
    run: () =>
      dl.unique(
        tensor([
          [1, 2],
          [1, 2],
        ]),
        { dim: 0 },
      ),
    want: either(equal([[1, 2]]), unknown('dim')),
  },
  'option-embedding-scale-grad': {
    run: () => {
      const table = ones([3, 1]).requiresGrad_();
      dl.embedding(labels(1, 1), table, { scaleGradByFreq: true }).sum().backward();
      return table.grad;
    },
    want: either(equal([[0], [1], [0]]), unknown('scaleGradByFreq')),
  },
  'option-nonzero-tuple': {
    run: () => Array.isArray(dl.nonzero(tensor([0, 1]), { asTuple: true })),
    want: either(equal(true), unknown('asTuple')),
  },
  'option-interpolate-antialias': {
    run: () => {
      const x = dl.arange(64, { dtype: 'float32' }).pow(2).reshape([1, 1, 8, 8]);
      return dl.interpolate(x, { scaleFactor: 0.25, mode: 'bilinear', antialias: true });
    },
    // Without antialias [[198.5, 322.5], [2086.5, 2466.5]].
    want: either(
      near([
        [
          [
            [412.505126953125, 532.35205078125],
            [1949.85205078125, 2235.005126953125],
          ],
        ],
      ]),
      unknown('antialias'),
    ),
  },
  'option-normal-in-place': {
    run: () => dl.zeros([3]).normal_({ mean: 5, std: 0 }),
    want: either(equal([5, 5, 5]), refuses(/normal_/, /mean/)),
  },
  'option-zeros-snake': {
    run: () => dl.zeros([2], { requires_grad: true }).requiresGrad,
    want: either(equal(true), unknown('requiresGrad|requires_grad')),
  },
  'option-anomaly-function': {
    run: () => {
      let ran = false;
      try {
        dl.setDetectAnomaly(() => {
          ran = true;
        });
        return ran
          ? 'ran the function'
          : `did not run it; anomaly mode is ${dl.isAnomalyEnabled()}`;
      } finally {
        dl.setDetectAnomaly(false);
      }
    },
    want: either(equal('ran the function'), refuses(/setDetectAnomaly/)),
  },
  'option-loss-class-weight-positional': {
    run: () =>
      new CrossEntropyLoss(tensor([1, 3]))
        .forward(
          tensor([
            [1, 2],
            [3, 1],
          ]),
          labels(0, 1),
        )
        .item(),
    want: either(near(1.9235114), misplaced('weight')),
  },
  'option-adam-positional': {
    run: () => new Adam(weights(), 0.01).paramGroups[0].lr,
    want: either(equal(0.01), misplaced('lr')),
  },
  'option-dataloader-workers': {
    run: () => new DataLoader(numbers, { batchSize: 2, numWorkers: 2 }).length,
    want: unknown('numWorkers'),
  },
  'option-parameter-object': {
    run: () => new Parameter(tensor([1]), { requiresGrad: false }).requiresGrad,
    want: either(equal(false), refuses(/Parameter/)),
  },
};
