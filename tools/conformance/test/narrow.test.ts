// Sums and products of uint8 and bool where they are combined: as PyTorch wraps them, and nothing else stays behind.
import * as core from '@dl/core';
import { type DType, type Tensor, tensor } from '@dl/core';
import { openRunner, runnersHere } from 'dl-devices';
import { afterAll, describe, expect, it } from 'vitest';

const { here, absent } = await runnersHere();
for (const line of absent) console.warn(`absent: ${line}`);

interface Given {
  readonly x: Tensor;
  readonly i: Tensor;
  readonly v: Tensor;
}
type Call = (given: Given) => Tensor;

const numbers = { x: [200, 100, 7], v: [100, 100, 200] };
const truths = { x: [1, 0, 0], v: [1, 1, 0] };

// PyTorch 2.13: x.scatter_add(0, i, v), x.index_add(0, i, v) and so on, with i = [0, 0, 1].
const combined: readonly (readonly [string, Call, readonly number[], readonly number[]])[] = [
  ['scatterAdd', ({ x, i, v }) => x.scatterAdd(0, i, v), [144, 44, 7], [1, 0, 0]],
  ['indexAdd', ({ x, i, v }) => x.indexAdd(0, i, v), [144, 44, 7], [1, 0, 0]],
  ['scatter add', ({ x, i, v }) => x.scatter(0, i, v, { reduce: 'add' }), [144, 44, 7], [1, 0, 0]],
  [
    'scatter multiply',
    ({ x, i, v }) => x.scatter(0, i, v, { reduce: 'multiply' }),
    [128, 32, 7],
    [1, 0, 0],
  ],
  [
    'indexAdd with alpha',
    ({ x, i, v }) => x.indexAdd(0, i, v, { alpha: 3 }),
    [32, 188, 7],
    [1, 0, 0],
  ],
  [
    'scatterReduce sum',
    ({ x, i, v }) => core.scatterReduce(x, 0, i, v, 'sum'),
    [144, 44, 7],
    [1, 0, 0],
  ],
];

describe.each(here)('%s', (name) => {
  afterAll(async () => (await openRunner('plain')).close());

  it('divides integers by zero: refused on cpu, 0 elsewhere; a plain 0 is refused everywhere', async () => {
    const { device, close } = await openRunner(name);
    const near = tensor([7, -7, 0], { dtype: 'int32' });
    const zeros = near.mul(0);
    const [x, z] = device === 'cpu' ? [near, zeros] : [near.to(device), zeros.to(device)];
    const calls: readonly ((by: Tensor | number) => Tensor)[] = [
      (by) => x.floorDivide(by),
      (by) => x.remainder(by),
      (by) => x.fmod(by),
      (by) => x.div(by, { roundingMode: 'trunc' }),
    ];
    for (const call of calls) {
      expect(() => call(0)).toThrow(/integer division by zero/);
      if (device === 'cpu') expect(() => call(z)).toThrow(/integer division by zero/);
      else expect((await call(z).cpu()).toArray()).toEqual([0, 0, 0]);
    }
    close();
  });

  for (const [what, call, ofNumbers, ofTruths] of combined) {
    it.each([
      ['uint8' as DType, numbers, ofNumbers],
      ['bool' as DType, truths, ofTruths],
    ])(`${what} of %s`, async (dtype, { x, v }, expected) => {
      const { device, close } = await openRunner(name);
      const put = (values: readonly number[], type: DType): Tensor => {
        const near = tensor([...values], { dtype: 'int32' }).to(type);
        return device === 'cpu' ? near : near.to(device);
      };
      const given = { x: put(x, dtype), i: put([0, 0, 1], 'int32'), v: put(v, dtype) };
      const out = call(given);
      // What reads the result on the device must find no more bits than it shows.
      const read = [
        out.to('float32'),
        out.to('int32').mul(1),
        out.eq(
          tensor([...expected], { dtype: 'int32' })
            .to(dtype)
            .to(device),
        ),
      ];
      const near = await Promise.all([out.to('int32'), ...read].map((r) => r.cpu()));
      expect(near.map((r) => r.toArray())).toEqual([
        expected,
        expected,
        expected,
        [true, true, true],
      ]);
      close();
    });
  }
});
