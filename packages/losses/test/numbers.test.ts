// NaN, half precision and integers in losses. The values are PyTorch's.
import { full, logSoftmax, manualSeed, ones, randn, type Tensor, tensor, zeros } from '@dl/core';
import { describe, expect, it } from 'vitest';
import * as losses from '../src/index.js';

const list = (x: Tensor): unknown => x.toArray();

describe('NaN', () => {
  const robust = { huberLoss: losses.huberLoss, smoothL1Loss: losses.smoothL1Loss };
  it.each(Object.entries(robust))('%s shows it in its gradient', (_, loss) => {
    const x = tensor([0, 0, Number.NaN], { requiresGrad: true });
    loss(x, tensor([Number.NaN, 1, 0]), { reduction: 'sum' }).backward();
    expect(list(x.grad as Tensor)).toEqual([Number.NaN, -1, Number.NaN]);
  });

  it('klDiv returns NaN for NaN and for negative targets', () => {
    const each = losses.klDiv(tensor([-1, -2, -Infinity, -1]), tensor([-1, Number.NaN, 0, 0]), {
      reduction: 'none',
    });
    expect(list(each)).toEqual([Number.NaN, Number.NaN, Number.NaN, 0]);
  });
});

describe('half precision', () => {
  // Intermediate sums, squares or counts exceed the range of the half type.
  const many = full([70000], 1);
  const rows = tensor([
    [300, 0],
    [-200, 250],
  ]);
  const labels = tensor([1, 0], { dtype: 'int32' });
  const forms: readonly (readonly [string, (to: (x: Tensor) => Tensor) => Tensor])[] = [
    ['mseLoss', (to) => losses.mseLoss(to(many), to(zeros([70000])))],
    ['l1Loss', (to) => losses.l1Loss(to(many), to(zeros([70000])))],
    ['huberLoss', (to) => losses.huberLoss(to(many.mul(2)), to(zeros([70000])))],
    ['smoothL1Loss', (to) => losses.smoothL1Loss(to(many.mul(2)), to(zeros([70000])))],
    ['softMarginLoss', (to) => losses.softMarginLoss(to(many.mul(-3)), to(many))],
    ['klDiv', (to) => losses.klDiv(to(many.neg()), to(many), { reduction: 'batchmean' })],
    ['pairwiseDistance', (to) => losses.pairwiseDistance(to(rows), to(rows.neg()))],
    ['cosineSimilarity', (to) => losses.cosineSimilarity(to(rows), to(rows.flip(1)))],
    [
      'cosineEmbeddingLoss',
      (to) => losses.cosineEmbeddingLoss(to(rows), to(rows.flip(1)), labels.mul(2).sub(1)),
    ],
    ['tripletMarginLoss', (to) => losses.tripletMarginLoss(to(rows), to(rows.neg()), to(rows))],
    ['nllLoss', (to) => losses.nllLoss(to(logSoftmax(rows.div(100), 1)), labels)],
    ['nllLoss, weighted', (to) => losses.nllLoss(to(rows), labels, { weight: to(tensor([3, 7])) })],
    ['crossEntropy', (to) => losses.crossEntropy(to(rows), labels, { labelSmoothing: 0.1 })],
    [
      'binaryCrossEntropyWithLogits',
      (to) =>
        losses.binaryCrossEntropyWithLogits(to(many), to(zeros([70000])), { weight: to(many) }),
    ],
    ['gaussianNllLoss', (to) => losses.gaussianNllLoss(to(rows), to(rows.neg()), to(ones([2, 2])))],
  ];
  it.each(forms)('%s rounds once', (_, loss) => {
    manualSeed(0);
    randn([1]);
    const half = loss((x) => x.to('float16'));
    const single = loss((x) => x.to('float16').to('float32'));
    expect(half.dtype).toBe('float16');
    expect(list(half)).toEqual(list(single.to('float16')));
  });
});

it('marginRankingLoss accepts integers', () => {
  const int64 = (data: number[]): Tensor => tensor(data, { dtype: 'int64' });
  const loss = losses.marginRankingLoss(int64([1, 2]), int64([3, 1]), int64([1, -1]));
  expect(loss.dtype).toBe('float32');
  expect(loss.item()).toBe(1.5);
});

it('gaussianNllLoss broadcasts the target', () => {
  expect(losses.gaussianNllLoss(ones([2, 3]), ones([2, 1]).mul(2), ones([2, 3])).item()).toBe(0.5);
});

describe('softMarginLoss', () => {
  it('has the dtype of the input for any target dtype', () => {
    const input = tensor([0.5, -1], { dtype: 'float32' });
    const targets = (['int64', 'float64', 'float16'] as const).map((dtype) =>
      tensor([1, -1], { dtype }),
    );
    const results = targets.map((target) => losses.softMarginLoss(input, target));
    expect(results.map((x) => x.dtype)).toEqual(['float32', 'float32', 'float32']);
    // (log(1 + e^-0.5) + log(1 + e^-1)) / 2
    for (const x of results) expect(x.item()).toBeCloseTo(0.3936693, 6);
    expect(() => losses.softMarginLoss(targets[0], targets[0])).toThrow(
      'softMarginLoss: the input must be floating-point, got int64',
    );
  });

  // PyTorch's loss is infinite from 89 on and its gradient NaN. Correct is log(1 + e^z) = z, with slope 1.
  it('is finite for large margins, and so is its gradient', () => {
    const x = tensor([-200, 200, -Infinity, Number.NaN], { requiresGrad: true });
    const loss = losses.softMarginLoss(x, ones([4]), { reduction: 'none' });
    expect(list(loss)).toEqual([200, 0, Infinity, Number.NaN]);
    loss.sum().backward();
    expect(list(x.grad as Tensor)).toEqual([-1, -0, -1, Number.NaN]);
  });
});
