// Options of backward and grad that select the receivers of gradients.
import { expect, it } from 'vitest';
import { grad, ones, tensor } from '../src/index.js';

it('backward fills only the gradients of its inputs', () => {
  const [a, b] = [tensor([2, 3], { requiresGrad: true }), tensor([5, 7], { requiresGrad: true })];
  const hidden = a.mul(b);
  hidden.sum().backward({ inputs: a, retainGraph: true });
  expect([a.grad?.toArray(), b.grad]).toEqual([[5, 7], null]);
  const seen: number[] = [];
  b.registerPostAccumulateGradHook(() => seen.push(1));
  hidden.backward(ones([2]), { inputs: [a, b, b] });
  expect([a.grad?.toArray(), b.grad?.toArray(), seen]).toEqual([[10, 14], [2, 3], [1]]);
  const x = tensor([1], { requiresGrad: true });
  const middle = x.mul(3);
  middle
    .mul(middle)
    .sum()
    .backward({ inputs: [middle] });
  expect([middle.grad?.toArray(), x.grad]).toEqual([[6], null]);
  expect(() => hidden.sum().backward({ inputs: [] })).toThrow('backward: inputs must not be empty');
  expect(() => hidden.sum().backward({ inputs: tensor([1]) })).toThrow(
    'backward: an input does not require gradients',
  );
});

it('grad returns zeros for an unused input', () => {
  const [a, b] = [ones([2], { requiresGrad: true }), ones([3], { requiresGrad: true })];
  const given = grad(a.sum(), [a, b], { materializeGrads: true });
  expect(given.map((g) => g?.toArray())).toEqual([
    [1, 1],
    [0, 0, 0],
  ]);
  expect(() => grad(a.sum(), [b], { materializeGrads: true, allowUnused: false })).toThrow(
    'grad: materializeGrads',
  );
  expect(() => grad([], [a])).toThrow('grad: outputs must not be empty');
});
