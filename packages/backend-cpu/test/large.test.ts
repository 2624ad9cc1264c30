// Sizes and positions beyond 2^31 and 2^32, in real memory: up to 12 GiB, some minutes. Only with DL_FULL=1 (`npm run
// test:all`) and enough memory; the nightly workflow requires it by DL_REQUIRE_LARGE=1, in a separate job, since
// parallel tests would use the memory.
import { freemem } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  argmax,
  cat,
  cpuBackend,
  DeviceError,
  fromTypedArray,
  full,
  gather,
  indexSelect,
  nonzero,
  ones,
  registerBackend,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '@dl/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { init, shutdown } from '../src/index.js';

const GIB = 2 ** 30;
const LONG = 2 ** 31 + 16;
const wanted = process.env.DL_FULL === '1';
const free = freemem() / GIB;
const enough = free > 13;
if (!wanted || !enough) {
  console.warn(
    `absent: large.test.ts runs with DL_FULL=1 and 13 GiB of free memory (here ${free.toFixed(1)})`,
  );
}
it.runIf(process.env.DL_REQUIRE_LARGE === '1')('runs where CI requires it', () => {
  expect(wanted, 'DL_FULL=1').toBe(true);
  expect(free, 'GiB of free memory').toBeGreaterThan(13);
});
const figures: string[] = [];
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of zeros, which use no memory until they are written, with some values at given positions. */
function sparse(length: number, values: { readonly [place: number]: number }): Uint8Array {
  const array = new Uint8Array(length);
  for (const [place, value] of Object.entries(values)) array[Number(place)] = value;
  return array;
}
const of = (array: Uint8Array, shape: number[] = [array.length]): Tensor =>
  fromTypedArray(array, shape);
const places = (...list: number[]): Tensor => tensor(list.map(BigInt), { dtype: 'int64' });

describe.skipIf(!wanted || !enough).each(['plain', 'addon'])('%s', (name) => {
  let begin = 0;
  beforeAll(() => {
    if (name === 'addon') expect(init({ threads: 2, smallest: 0 })).toMatchObject({ active: true });
    else registerBackend(cpuBackend);
  });
  afterEach(({ task }) => {
    const { rss } = process.memoryUsage();
    figures.push(
      `${name}: ${task.name}: ${((performance.now() - begin) / 1000).toFixed(1)} s, ${(rss / GIB).toFixed(1)} GiB`,
    );
    // Otherwise the arrays of one test would coexist with those of the next.
    collect();
  });
  afterAll(() => {
    shutdown();
    console.info(figures.join('\n'));
  });
  const at = (what: string, body: () => void): void =>
    it(what, { timeout: 900_000 }, () => {
      begin = performance.now();
      body();
    });

  at('argmax finds what is far out in a row, and refuses a place that int32 does not hold', () => {
    const array = sparse(LONG, { 7: 3, [2 ** 31 + 5]: 9 });
    expect(argmax(of(array, [2, LONG / 2]), 1).toArray()).toEqual([7, 2 ** 31 + 5 - LONG / 2]);
    expect(() => argmax(of(array))).toThrow(/argmax: .*2147483647|argmax: .*2\^31|argmax: .*int32/);
  });

  at('sum reads the last element, as uint8 and as bool', () => {
    const array = sparse(LONG, { 0: 1, [2 ** 31 - 1]: 2, [2 ** 31]: 4, [LONG - 1]: 8 });
    expect(sum(of(array)).item()).toBe(15);
    expect(sum(of(array, [2, LONG / 2]), 1).toArray()).toEqual([1, 14]);
  });

  at('a sum that int32 does not hold is refused with what holds it', () => {
    const wide = full([1], 255, { dtype: 'uint8' }).expand([2 ** 24]);
    expect(() => sum(wide)).toThrow(/sum: .*int64/);
    expect(() => sum(ones([1], { dtype: 'uint8' }).expand([LONG]))).toThrow(/sum: .*int64/);
  });

  at('gather and indexSelect take places beyond 2^31, and refuse 2^32 + 1 for itself', () => {
    const x = of(sparse(LONG, { 1: 5, [2 ** 31 + 5]: 9 }));
    expect(indexSelect(x, 0, places(2 ** 31 + 5, 1)).toArray()).toEqual([9, 5]);
    expect(gather(x, 0, places(1, 2 ** 31 + 5)).toArray()).toEqual([5, 9]);
    expect(x.at(places(2 ** 31 + 5)).toArray()).toEqual([9]);
    expect(x.at(2 ** 31 + 5).item()).toBe(9);
    for (const call of [
      () => indexSelect(x, 0, places(2 ** 32 + 1)),
      () => gather(x, 0, places(1, 2 ** 32 + 1)),
      () => x.at(places(2 ** 32 + 1)),
      () => x.scatter_(0, places(2 ** 32 + 1), 1),
    ]) {
      expect(call).toThrow(/index 4294967297 is out of range for .* 2147483664/);
    }
  });

  at('places up to 2^32 are read and written where they are', () => {
    // The longest array of Node 20.
    const x = of(sparse(2 ** 32, { 1: 5, [2 ** 32 - 3]: 9 }));
    const end = x.narrow(0, 2 ** 32 - 4, 4);
    expect(end.toArray()).toEqual([0, 9, 0, 0]);
    expect(indexSelect(x, 0, places(2 ** 32 - 3, 1)).toArray()).toEqual([9, 5]);
    x.scatter_(0, places(2 ** 32 - 2), tensor([7], { dtype: 'uint8' }));
    expect(end.toArray()).toEqual([0, 9, 7, 0]);
    end.narrow(0, 0, 2).add_(1);
    expect(end.toArray()).toEqual([1, 10, 7, 0]);
    expect(x.narrow(0, 0, 4).toArray()).toEqual([0, 5, 0, 0]);
    expect(() => indexSelect(x, 0, places(2 ** 32 + 1))).toThrow(
      /index 4294967297 is out of range/,
    );
  });

  at('a tensor longer than any array is refused in a sentence, or made whole', () => {
    for (const dtype of ['uint8', 'float32'] as const) {
      let made: Tensor | undefined;
      try {
        made = zeros([2 ** 33 + 16], { dtype });
      } catch (e) {
        expect(e).toBeInstanceOf(DeviceError);
      }
      if (made !== undefined) expect(made.narrow(0, 2 ** 33 + 8, 2).toArray()).toEqual([0, 0]);
    }
  });

  at('copies and cat bring the last elements along', () => {
    const x = of(sparse(LONG, { 0: 1, [LONG - 1]: 8 }));
    const y = cat([x, tensor([3, 4], { dtype: 'uint8' })]);
    expect(y.shape).toEqual([LONG + 2]);
    expect(y.narrow(0, LONG - 2, 4).toArray()).toEqual([0, 8, 3, 4]);
    const z = zeros([LONG + 2], { dtype: 'uint8' });
    z.copy_(y);
    expect(z.narrow(0, LONG - 2, 4).toArray()).toEqual([0, 8, 3, 4]);
    expect(z.at(0).item()).toBe(1);
  });

  at('nonzero finds what is far out, and refuses places that int32 does not hold', () => {
    const array = sparse(LONG, { 7: 3, [2 ** 31 + 5]: 9 });
    expect(nonzero(of(array, [2, LONG / 2])).toArray()).toEqual([
      [0, 7],
      [1, 2 ** 31 + 5 - LONG / 2],
    ]);
    expect(() => nonzero(of(array))).toThrow(/nonzero: /);
  });

  at('memory that is not zeroed first can have more than 4 GiB', () => {
    const x = full([GIB + 16], 1);
    expect(x.narrow(0, GIB, 16).sum().item()).toBe(16);
    x.narrow(0, GIB + 8, 8).add_(2);
    expect(x.narrow(0, GIB + 6, 4).toArray()).toEqual([1, 1, 3, 3]);
    expect(x.at(0).item()).toBe(1);
  });
});
