// The three ways in which kthvalue's k can be wrong, each alone.
import { expect, it } from 'vitest';
import { kthvalue, tensor, ValueError } from '../src/index.js';

it.each([0, -1, 4, 1.5, Number.NaN])('refuses k = %s for three elements', (k) => {
  expect(() => kthvalue(tensor([3, 1, 2]), k)).toThrow(ValueError);
  expect(() => kthvalue(tensor([3, 1, 2]), k)).toThrow(
    /^kthvalue: k must be (from 1 to|an integer)/,
  );
});

it('accepts the first and the last', () => {
  expect(kthvalue(tensor([3, 1, 2]), 1).values.item()).toBe(1);
  expect(kthvalue(tensor([3, 1, 2]), 3).values.item()).toBe(3);
});
