// How much time a run of the tests is said to need yet.
import { expect, it } from 'vitest';
import { secondsLeft } from '../lib/progress.mjs';
import { readTimes } from '../lib/times.mjs';

const expected = new Map([
  ['a', 60],
  ['b', 30],
  ['c', 10],
]);

it('goes by what the files took at other times and by the speed of this run', () => {
  // Sixty of a hundred seconds of work took thirty: twenty are left for forty.
  expect(secondsLeft(expected, new Set(['a']), 30, new Map())).toBeCloseTo(20);
  // Half as fast.
  expect(secondsLeft(expected, new Set(['a']), 60, new Map())).toBeCloseTo(40);
});

it('counts what the files that run now have done', () => {
  const left = secondsLeft(expected, new Set(['a']), 45, new Map([['b', 30]]));
  // b is taken to be all but done.
  expect(left).toBeCloseTo((40 - 28.5) / (88.5 / 45));
});

it('says something before anything is done, and nothing is left at the end', () => {
  expect(secondsLeft(expected, new Set(), 0, new Map())).toBe(50);
  expect(secondsLeft(expected, new Set(['a', 'b', 'c']), 50, new Map())).toBe(0);
});

it('knows how long the slowest files take', () => {
  const known = readTimes();
  expect(known['tools/conformance/test/webgpu.test.ts']).toBeGreaterThan(1);
});
