// Mutants: what is planted, what is left alone, and that a sample is the same for the same seed.
import { expect, it } from 'vitest';
import { mutantsOf, sample } from '../lib/mutants.mjs';

const planted = (text) => mutantsOf(text).map(({ was, put }) => `${was} => ${put}`);

it('plants one mistake at a time', () => {
  expect(planted('const a = b + 1;')).toEqual(['+ => -', '1 => 2']);
  expect(planted('if (a < b) f(true);')).toEqual([
    'a < b => !(a < b)',
    '< => <=',
    'f(true); => ;',
    'true => false',
  ]);
});

it('leaves types and messages alone', () => {
  expect(planted("const a: 1 | true = x; throw new E('a' + 1); warnOnce('k', 1 + 2);")).toEqual([]);
});

it('draws the same sample for the same seed, without repeating', () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  const drawn = sample(items, 20, 7);
  expect(sample(items, 20, 7)).toEqual(drawn);
  expect(new Set(drawn).size).toBe(20);
  expect(sample(items, 20, 8)).not.toEqual(drawn);
  expect(sample(items, 100, 1)).toHaveLength(50);
});
