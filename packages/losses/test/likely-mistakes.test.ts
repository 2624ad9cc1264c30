// Likely mistakes that do not throw warn once, with the fix.
import { noGrad, randn, setWarningHandler, tensor, warnOnce } from '@dl/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  binaryCrossEntropyWithLogits,
  crossEntropy,
  huberLoss,
  klDiv,
  l1Loss,
  mseLoss,
  smoothL1Loss,
} from '../src/index.js';

const said: string[] = [];
beforeEach(() => {
  said.length = 0;
  setWarningHandler((message) => said.push(message));
});
afterEach(() => setWarningHandler(null));

const labels = tensor([0, 1, 1], { dtype: 'int32' });

test('softmax before crossEntropy warns', () => {
  const logits = randn([3, 2], { requiresGrad: true });
  crossEntropy(logits, labels);
  crossEntropy(logits.mul(2), labels);
  expect(said).toEqual([]);
  crossEntropy(logits.softmax(1), labels);
  crossEntropy(logits.softmax(1), labels);
  expect(said).toEqual([
    'crossEntropy: the input is the output of softmax, but crossEntropy expects logits and applies the activation itself; remove softmax from the model (apply it only to get probabilities)',
  ]);
  crossEntropy(logits.logSoftmax(1), labels);
  expect(said).toHaveLength(2);
});

test('sigmoid before binaryCrossEntropyWithLogits warns', () => {
  const x = randn([3], { requiresGrad: true });
  const y = tensor([0, 1, 1]);
  binaryCrossEntropyWithLogits(x, y);
  binaryCrossEntropyWithLogits(x.sigmoid(), y);
  expect(said).toEqual([expect.stringContaining('the input is the output of sigmoid')]);
});

test('there is no warning without a tape', () => {
  noGrad(() => crossEntropy(randn([3, 2]).softmax(1), labels));
  expect(said).toEqual([]);
});

test('warnings go to the console once', () => {
  setWarningHandler(null);
  const spy = vi.spyOn(console, 'warn').mockImplementation(() => {});
  warnOnce('a key', 'text');
  warnOnce('a key', 'text');
  expect(spy.mock.calls).toEqual([['text']]);
  spy.mockRestore();
});

test('targets of the wrong kind throw', () => {
  const logits = randn([3, 2]);
  expect(() => crossEntropy(logits, tensor([0, 1, 1]))).toThrow(/crossEntropy: .*to\('int32'\)/);
  expect(() => crossEntropy(logits, tensor([[0], [1], [1]], { dtype: 'int32' }))).toThrow(
    /crossEntropy: /,
  );
  expect(() => crossEntropy(logits, tensor([0, 1, 2], { dtype: 'int32' }))).toThrow(/2/);
});

test('targets for logits outside [0, 1], which PyTorch accepts, warn', () => {
  expect(binaryCrossEntropyWithLogits(tensor([0.5]), tensor([2])).item()).toBeCloseTo(-0.025923, 6);
  expect(said).toEqual([expect.stringMatching(/target should be between 0 and 1, got 2/)]);
  expect(binaryCrossEntropyWithLogits(tensor([0.5]), tensor([Number.NaN])).item()).toBeNaN();
});

test('a target that is broadcast warns, as in PyTorch', () => {
  const [input, target] = [tensor([1, 2]), tensor([[1], [2]])];
  for (const [loss, mean] of [
    [mseLoss, 0.5],
    [l1Loss, 0.5],
    [huberLoss, 0.25],
    [smoothL1Loss, 0.25],
  ] as const) {
    expect(loss(input, target).item(), loss.name).toBe(mean);
    expect(loss(input, target, { reduction: 'none' }).shape, loss.name).toEqual([2, 2]);
  }
  expect(klDiv(tensor([0, -1]), tensor([[1], [2]])).shape).toEqual([]);
  expect(said.length).toBe(5);
  expect(said[0]).toMatch(/^mseLoss: .*\[2\].*\[2, 1\].*target\.view\(\[2\]\)/);
});

test('backward of a loss without trainable inputs throws', () => {
  expect(() => crossEntropy(randn([3, 2]), labels).backward()).toThrow(
    /create the parameters with \{ requiresGrad: true \}/,
  );
});
