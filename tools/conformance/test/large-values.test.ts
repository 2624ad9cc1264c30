// Deviations of values whose squares leave float32, on every device: the scaled values have the same digits.
import { type Tensor, tensor } from '@dl/core';
import { openRunner, runnersHere } from 'dl-devices';
import { afterAll, describe, expect, it } from 'vitest';

const { here, absent } = await runnersHere();
for (const line of absent) console.warn(`absent: ${line}`);

const rows = [
  [1, 2, 3],
  [-4, 0, 0.5],
];
// PyTorch 2.13: torch.tensor(rows, dtype=torch.float64).std(1) and the gradient of its sum.
const deviations = [1, 2.4664414311581235];
const gradients = [
  [-0.5, 0, 0.5],
  [-0.574376771639563, 0.2365080824398201, 0.337868689199743],
];

describe.each(here)('%s', (name) => {
  afterAll(async () => (await openRunner('plain')).close());

  it.each([1, 1e20, 1e37, 1e-20, 1e-30])('std of values around %s', async (scale) => {
    const { device, close } = await openRunner(name);
    const near = tensor(rows.map((row) => row.map((v) => v * scale)));
    const x = (device === 'cpu' ? near : near.to(device)).requiresGrad_();
    const read = async (t: Tensor): Promise<number[]> =>
      (await t.detach().cpu()).flatten().toArray() as number[];
    const out = x.std(1);
    out.sum().backward();
    const values = await read(out);
    for (const [i, v] of values.entries()) expect(v / scale).toBeCloseTo(deviations[i], 5);
    const grads = await read(x.grad as Tensor);
    for (const [i, g] of grads.entries()) expect(g).toBeCloseTo(gradients.flat()[i], 5);
    close();
  });

  it('std of equal values, of infinity, of nothing', async () => {
    const { device, close } = await openRunner(name);
    const std = async (values: number[]): Promise<unknown> => {
      const near = tensor(values);
      return (await (device === 'cpu' ? near : near.to(device)).std().cpu()).item();
    };
    expect(await std([3e20, 3e20])).toBe(0);
    expect(await std([Infinity, 1])).toBeNaN();
    expect(await std([])).toBeNaN();
    close();
  });
});
