// What cpu refuses after a look at the values is NaN in the loss on devices whose values cannot be read at the call.
import { ones, type Tensor, tensor } from '@dl/core';
import { binaryCrossEntropy, crossEntropy, gaussianNllLoss, nllLoss } from '@dl/losses';
import { openRunner, runnersHere } from 'dl-devices';
import { afterAll, describe, expect, it } from 'vitest';

const { here, absent } = await runnersHere(['webgpu', 'cuda']);
for (const line of absent) console.warn(`absent: ${line}`);

const labels = (...values: number[]): Tensor => tensor(values, { dtype: 'int32' });
const logits = tensor([
  [1, 2, 3],
  [0, 1, 0],
]);

const none = tensor([]);
type Loss = (x: Tensor, y: Tensor, v: Tensor) => Tensor;
const binary: Loss = (x, y) => binaryCrossEntropy(x, y, { reduction: 'sum' });
/** The loss, operands that it refuses, and operands next to them that it takes. */
const cases: readonly (readonly [string, Loss, readonly Tensor[], readonly Tensor[]])[] = [
  ['label', (x, y) => crossEntropy(x, y), [logits, labels(0, 3)], [logits, labels(0, 2)]],
  [
    'label of one loss each',
    (x, y) => crossEntropy(x, y, { reduction: 'none' }).at(1),
    [logits, labels(0, 3)],
    [logits, labels(0, 2)],
  ],
  [
    'weighted and smoothed label',
    (x, y) => crossEntropy(x, y, { weight: ones([3]).to(x.device), labelSmoothing: 0.5 }),
    [logits, labels(0, -1)],
    [logits, labels(0, -100)],
  ],
  ['label below 0', (x, y) => nllLoss(x, y), [logits, labels(-1, 0)], [logits, labels(2, 0)]],
  [
    'probabilities of classes',
    (x, y) => crossEntropy(x, y),
    [logits, tensor([0, NaN, 1, 0, 0, 1]).reshape([2, 3])],
    [logits, tensor([0, 0, 1, 0, 0, 1]).reshape([2, 3])],
  ],
  ['probability', binary, [tensor([0.5, 2]), tensor([0, 1])], [tensor([0.5, 1]), tensor([0, 1])]],
  [
    'negative probability',
    binary,
    [tensor([-0.5, 1]), tensor([1, 1])],
    [tensor([0, 1]), tensor([1, 1])],
  ],
  ['target', binary, [tensor([0.5, 0.25]), tensor([0, 2])], [tensor([0.5, 0.25]), tensor([0, 1])]],
  ['negative target', binary, [tensor([0.5]), tensor([-0.125])], [tensor([0.5]), tensor([0])]],
  [
    'variance',
    (x, y, v) => gaussianNllLoss(x, y, v),
    [tensor([1, 2]), tensor([0, 1]), tensor([1, -1])],
    [tensor([1, 2]), tensor([0, 1]), tensor([1, 0])],
  ],
];

describe.each(here)('%s', (name) => {
  afterAll(async () => (await openRunner('plain')).close());

  it.each(cases)('%s out of range', async (_, loss, wrong, right) => {
    const { device, close } = await openRunner(name);
    // A place that a loss does not have is not looked at.
    const on = ([x = none, y = none, v = none]: readonly Tensor[]): Tensor => loss(x, y, v);
    const there = async (operands: readonly Tensor[]): Promise<unknown> =>
      (await on(operands.map((x) => x.to(device))).cpu()).item();
    expect(() => on(wrong)).toThrow(/between 0 and 1|out of range|NaN|negative/);
    expect(await there(wrong)).toBeNaN();
    expect(await there(right)).toBeCloseTo(on(right).item(), 4);
    close();
  });
});

describe.each(here.filter((name) => name.startsWith('cuda')))('%s', (name) => {
  it('a label of int64 whose lower half is a label is out of range', async () => {
    const { device, close } = await openRunner(name);
    const large = tensor([0n, 2n ** 32n + 1n], { dtype: 'int64' }).to(device);
    const x = logits.to(device);
    for (const loss of [crossEntropy, nllLoss])
      expect((await loss(x, large).cpu()).item()).toBeNaN();
    close();
  });
});
