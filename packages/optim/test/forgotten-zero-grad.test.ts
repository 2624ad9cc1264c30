// A forgotten zeroGrad() warns once; similar correct programs do not warn.
import { setWarningHandler, type Tensor, tensor } from '@dl/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Adam, SGD } from '../src/index.js';

const said: string[] = [];
beforeEach(() => {
  said.length = 0;
  setWarningHandler((message) => said.push(message));
});
afterEach(() => setWarningHandler(null));

const leaf = (): Tensor => tensor([1, 2], { requiresGrad: true });

test('a second step without zeroGrad() warns', () => {
  const w = leaf();
  const optimizer = new SGD([w], { lr: 0.1 });
  for (let i = 0; i < 5; i++) {
    w.square().sum().backward();
    optimizer.step();
  }
  expect(said).toEqual([
    'SGD.step: the gradients of the last step were not cleared, so new gradients were added to them; call optimizer.zeroGrad() before each loss.backward()',
  ]);
});

test('correct steps of every kind do not warn', () => {
  const w = leaf();
  const optimizer = new Adam([w]);
  for (const clear of [
    () => optimizer.zeroGrad(),
    () => optimizer.zeroGrad({ setToNone: false }),
    () => {
      w.grad = null;
    },
  ]) {
    // Gradient accumulation over several batches.
    w.square().sum().backward();
    w.square().sum().backward();
    optimizer.step();
    clear();
  }
  expect(said).toEqual([]);
});

test('a closure, and a second step with the same gradients, do not warn', () => {
  const w = leaf();
  const optimizer = new SGD([w], { lr: 0.1 });
  for (let i = 0; i < 3; i++) {
    optimizer.step(() => {
      optimizer.zeroGrad();
      const loss = w.square().sum();
      loss.backward();
      return loss;
    });
  }
  const again = new SGD([w], { lr: 0.1 });
  again.step();
  again.step();
  expect(said).toEqual([]);
});
