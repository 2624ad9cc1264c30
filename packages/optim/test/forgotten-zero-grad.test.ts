// A forgotten zeroGrad() is said, once; what only looks like it is not.
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

test('a second step without zeroGrad()', () => {
  const w = leaf();
  const optimizer = new SGD([w], { lr: 0.1 });
  for (let i = 0; i < 5; i++) {
    w.square().sum().backward();
    optimizer.step();
  }
  expect(said).toEqual([
    'SGD.step: the gradients of the step before were not cleared, so the new ones were added to them; call optimizer.zeroGrad() before each loss.backward()',
  ]);
});

test('steps as they should be, of every kind', () => {
  const w = leaf();
  const optimizer = new Adam([w]);
  for (const clear of [
    () => optimizer.zeroGrad(),
    () => optimizer.zeroGrad({ setToNone: false }),
    () => {
      w.grad = null;
    },
  ]) {
    // Gradients of several batches are meant to add up.
    w.square().sum().backward();
    w.square().sum().backward();
    optimizer.step();
    clear();
  }
  expect(said).toEqual([]);
});

test('a closure, and a step on the same gradients again', () => {
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
