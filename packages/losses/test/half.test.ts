// Losses in half precision: a sum in one pass has the same first and second gradients as single losses.
import { type DType, grad, type Tensor, tensor } from '@dl/core';
import { expect, it } from 'vitest';
import * as losses from '../src/index.js';

type Loss = (x: Tensor, y: Tensor, reduction: 'sum' | 'none') => Tensor;

const each: { readonly [name: string]: Loss } = {
  mseLoss: (x, y, reduction) => losses.mseLoss(x, y, { reduction }),
  l1Loss: (x, y, reduction) => losses.l1Loss(x, y, { reduction }),
  smoothL1Loss: (x, y, reduction) => losses.smoothL1Loss(x, y, { reduction }),
  huberLoss: (x, y, reduction) => losses.huberLoss(x, y, { reduction }),
  binaryCrossEntropyWithLogits: (x, y, reduction) =>
    losses.binaryCrossEntropyWithLogits(x, y, { reduction }),
  posWeight: (x, y, reduction) =>
    losses.binaryCrossEntropyWithLogits(x, y, {
      reduction,
      posWeight: tensor(2, { dtype: x.dtype }),
    }),
  softMarginLoss: (x, y, reduction) => losses.softMarginLoss(x, y, { reduction }),
  klDiv: (x, y, reduction) => losses.klDiv(x, y, { reduction }),
};

// Kinks: equal values, a distance of 1, zeros, infinities, NaN.
const inputs = [0, -0, 1, -1, 2, 0.5, 88, -88, Infinity, -Infinity, NaN];
const targets = [1, 0, 0.5];

function gradients(loss: Loss, dtype: DType, reduction: 'sum' | 'none'): unknown[] {
  const values = targets.flatMap((y) => inputs.map((x) => [x, y]));
  const x = tensor(
    values.map(([v]) => v),
    { dtype },
  ).requiresGrad_();
  const y = tensor(
    values.map(([, v]) => v),
    { dtype },
  ).requiresGrad_();
  const [first, other] = grad(loss(x, y, reduction).sum(), [x, y], { createGraph: true });
  const [second] = first?.requiresGrad ? grad(first.sum(), [x], { allowUnused: true }) : [null];
  return [first, other, second].map((g) => g?.detach().toArray() ?? null);
}

for (const [name, loss] of Object.entries(each)) {
  it.each(['float16', 'bfloat16'] as const)(`${name} of %s`, (dtype) => {
    expect(gradients(loss, dtype, 'sum')).toEqual(gradients(loss, dtype, 'none'));
  });
}
