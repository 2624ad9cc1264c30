// Neighbors, rounding and distances, against typed arrays and by hand.
import { expect, it } from 'vitest';
import { largestOf, roundTo, smallestNormal, step, ulpOf } from '../src/floats.js';
import { neighbors, stream } from '../src/grid.js';
import { everyHalf } from '../src/halves.js';
import { distance, narrowed } from '../src/judge.js';

const single = new Float32Array(1);
const bits = new Int32Array(single.buffer);

it('steps through float32 as its bits do', () => {
  const random = stream(1);
  for (let i = 0; i < 2000; i++) {
    bits[0] = Math.floor(random() * 0x7f800000);
    const x = single[0];
    bits[0] += 1;
    expect(step(x, 1, 'float32')).toBe(single[0]);
    expect(step(-x, -1, 'float32')).toBe(-single[0]);
    expect(step(single[0], -1, 'float32')).toBe(x);
  }
  expect(step(0, -1, 'float32')).toBe(-(2 ** -149));
  expect(step(largestOf('float32'), 1, 'float32')).toBe(Infinity);
  expect(step(1, -1, 'float64')).toBe(1 - 2 ** -53);
  expect(step(smallestNormal('float64'), -1, 'float64')).toBe(2 ** -1022 - 2 ** -1074);
});

it('rounds to half types, halves to the even one', () => {
  expect([2049, 2051, 65519, 65520].map((x) => roundTo(x, 'float16'))).toEqual([
    2048,
    2052,
    65504,
    Infinity,
  ]);
  expect([257, 259, 3.4e38].map((x) => roundTo(x, 'bfloat16'))).toEqual([256, 260, Infinity]);
  expect(roundTo(2 ** -25, 'float16')).toBe(0);
  expect(roundTo(-(2 ** -26), 'float16')).toBe(-0);
  expect(roundTo(1.5 * 2 ** -24, 'float16')).toBe(2 ** -23);
  for (const dtype of ['float16', 'bfloat16'] as const) {
    const all = everyHalf(dtype);
    expect(all.every((x) => Object.is(roundTo(x, dtype), x))).toBe(true);
    expect(new Set(all).size).toBeGreaterThan(63_000);
  }
});

it('measures in ulp, past zero and up to infinity', () => {
  const exact = { near: 1, rest: 0 };
  expect(distance(1 + 2 ** -23, exact, 'float32')).toBe(1);
  expect(distance(1, { near: 1, rest: 64 }, 'float32')).toBe(0.25);
  expect(distance(0, { near: 2 ** -149, rest: 0 }, 'float32')).toBe(1);
  expect(distance(0, { near: 1, rest: 0 }, 'float32')).toBe(2 ** 23);
  expect(distance(0, { near: -0, rest: 0 }, 'float32')).toBe(Infinity);
  expect(distance(0, { near: -0, rest: -1 }, 'float32')).toBeLessThan(0.01);
  expect(distance(Infinity, { near: largestOf('float32'), rest: 0 }, 'float32')).toBe(1);
  expect(distance(-Infinity, { near: Infinity, rest: 0 }, 'float64')).toBe(Infinity);
  expect(distance(Number.NaN, exact, 'float64')).toBe(Infinity);
  expect(distance(Number.NaN, { near: Number.NaN, rest: 0 }, 'float64')).toBe(0);
  expect(ulpOf(0, 'float32')).toBe(2 ** -149);
});

it('narrows a reference without losing what is left or the sign of zero', () => {
  expect(narrowed({ near: 1 + 2 ** -12, rest: 0 }, 'float16')).toEqual({ near: 1, rest: 64 });
  expect(narrowed({ near: -0, rest: 0 }, 'float16').near).toBe(-0);
  expect(narrowed({ near: 1e-30, rest: 0 }, 'float16').rest).toBeGreaterThan(0);
  expect(narrowed({ near: 1e6, rest: 3 }, 'float16').near).toBe(Infinity);
});

it('has both signs and both sides of a place', () => {
  const ulp = 2 ** -26;
  expect(neighbors([0.125], 'float32', 1)).toEqual([
    0.125 - ulp / 2,
    0.125,
    0.125 + ulp,
    -0.125 - ulp,
    -0.125,
    -0.125 + ulp / 2,
  ]);
});
