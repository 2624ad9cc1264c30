// Positions that int32 does not hold, and views without elements, on device cuda.

import { arange, ones, tensor, zeros } from '@dl/core';
import { openRunner } from 'dl-devices';
import { afterAll, beforeAll, expect, it } from 'vitest';

let close = (): void => {};
let device = '';
beforeAll(async () => {
  const runner = await openRunner('cuda');
  ({ close, device } = runner);
}, 60_000);
afterAll(() => close());

it('an int64 position beyond int32 is out of range and not another one', async () => {
  for (const n of [2n ** 32n + 1n, 2n ** 31n, -(2n ** 32n), -(2n ** 40n) + 3n]) {
    const index = tensor([n as unknown as number], { dtype: 'int64' }).to(device);
    // Out of range: a scatter writes nothing, a gather reads the first element.
    const written = zeros([4])
      .to(device)
      .scatter_(0, index, ones([1]).to(device));
    expect((await written.cpu()).toArray()).toEqual([0, 0, 0, 0]);
    expect((await arange(4).to(device).gather(0, index).cpu()).toArray()).toEqual([0]);
  }
  const good = tensor([-1n, 2n] as unknown as number[], { dtype: 'int64' }).to(device);
  expect((await arange(4).to(device).gather(0, good).cpu()).toArray()).toEqual([3, 2]);
});

it('an empty view is read back wherever it begins', async () => {
  const x = ones([4]).to(device);
  for (const at of [0, 3, 4]) {
    expect((await x.narrow(0, at, 0).cpu()).toArray()).toEqual([]);
    expect((await x.narrow(0, at, 0).add(1).cpu()).toArray()).toEqual([]);
  }
});

it('an operand in the memory that is written to is copied or refused', async () => {
  const x = zeros([6], { dtype: 'int32' }).to(device);
  expect(() => x.scatter_(0, x, x)).toThrow(/shares memory/);
  expect(() => x.indexAdd_(0, x, x)).toThrow(/shares memory/);
  const every = x.at('::2');
  const written = x.scatterAdd_(0, every, every.add(1));
  expect((await written.cpu()).toArray()).toEqual([3, 0, 0, 0, 0, 0]);
});
