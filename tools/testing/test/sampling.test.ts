// That the samples of all commits together are the whole.
import { expect, it } from 'vitest';
import { drawn, sampleOf, whole } from '../src/sampling.js';

const items = Array.from({ length: 50 }, (_, i) => i);

it('consecutive samples together are everything, each item once', () => {
  const all = Array.from({ length: 8 }, (_, k) =>
    drawn(sampleOf(8, { DL_SAMPLE: String(1000 + k) }), items),
  );
  expect(all.flat().sort((a, b) => a - b)).toEqual(items);
  for (const part of all) expect(part.length).toBeGreaterThanOrEqual(6);
});

it('is everything with DL_FULL=1', () => {
  expect(sampleOf(8, { DL_FULL: '1', DL_SAMPLE: '3' })).toEqual(whole);
  expect(drawn(whole, items)).toEqual(items);
});

it('refuses a DL_SAMPLE that is not an integer', () => {
  expect(() => sampleOf(8, { DL_SAMPLE: 'main' })).toThrow(
    /DL_SAMPLE must be a non-negative integer/,
  );
});
