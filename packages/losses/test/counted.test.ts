// crossEntropy on a device that counts memory, where labels are picked by an expression: PyTorch's numbers there too.
import { readFileSync } from 'node:fs';
import {
  arange,
  cpuBackend,
  fromTypedArray,
  grad,
  memory,
  registerBackend,
  scope,
  type Tensor,
  tensor,
} from '@dl/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CrossEntropyLossOptions, crossEntropy } from '../src/index.js';

interface Packed {
  shape: number[];
  dtype: string;
  data: (number | string)[];
}
interface Case {
  name: string;
  input: Packed;
  target: Packed;
  tensors: Record<string, Packed>;
  options: CrossEntropyLossOptions;
  value: Packed;
  grad: Packed;
  second: Packed | null;
}

const { cases } = JSON.parse(
  readFileSync(new URL('./fixtures/losses.json', import.meta.url), 'utf8'),
) as { cases: Case[] };
const mine = cases.filter((c) => c.name === 'crossEntropy' && c.target.dtype === 'int64');

const device = 'counting';
let live = 0;
beforeAll(() => {
  const count = <T>(buffer: T): T => {
    live += (buffer as { byteLength: number }).byteLength;
    return buffer;
  };
  registerBackend({
    ...cpuBackend,
    device,
    counted: true,
    alloc: (...args) => count(cpuBackend.alloc(...args)),
    upload: (...args) => count(cpuBackend.upload(...args)),
    free: (buffer) => {
      live -= (buffer as { byteLength: number }).byteLength;
    },
    memory: () => ({ live, pooled: 0 }),
    emptyCache: () => {},
  });
});

function unpack({ shape, dtype, data }: Packed): Tensor {
  const values = data.map(Number);
  if (dtype === 'int64') return tensor(values, { dtype: 'int32' }).view(shape).to(device);
  const array = dtype === 'float64' ? Float64Array.from(values) : Float32Array.from(values);
  return fromTypedArray(array, shape).to(device);
}

/** torch.testing.assert_close's defaults for the dtype. */
async function close(actual: Tensor, { shape, dtype, data }: Packed, what: string): Promise<void> {
  expect([actual.shape, actual.dtype, actual.device], what).toEqual([shape, dtype, device]);
  const [rtol, atol] = dtype === 'float64' ? [1e-7, 1e-7] : [1.3e-6, 1e-5];
  const got = (await actual.detach().cpu()).contiguous().data();
  data.map(Number).forEach((e, i) => {
    const a = Number(got[i]);
    const fits = Number.isNaN(e) ? Number.isNaN(a) : Math.abs(a - e) <= atol + rtol * Math.abs(e);
    if (!fits) expect.fail(`${what}, element ${i}: ${a}, PyTorch has ${e}`);
  });
}

describe('against PyTorch', () => {
  it.each(mine.map((c, i) => [i, JSON.stringify(c.options), c] as const))(
    '%i: %s',
    async (_, __, c) => {
      const x = unpack(c.input).requiresGrad_();
      const tensors = Object.fromEntries(Object.entries(c.tensors).map(([k, v]) => [k, unpack(v)]));
      const value = crossEntropy(x, unpack(c.target), { ...tensors, ...c.options });
      await close(value, c.value, 'value');
      const w = Float64Array.from({ length: value.count }, (_, i) => Math.sin(i + 1));
      const weight = fromTypedArray(w, value.shape).to(value.dtype).to(device);
      const [g] = grad(value.mul(weight).sum(), [x], { createGraph: true }) as [Tensor];
      await close(g, c.grad, 'gradient');
      if (c.second === null) return;
      const [second] = grad(g.mul(g).sum(), [x], { allowUnused: true });
      await close(second ?? x.detach().mul(0), c.second, 'second');
    },
  );

  it('the suite has cases that are summed there, and cases that are not', () => {
    const summed = mine.filter(
      (c) =>
        Object.keys(c.tensors).length === 0 &&
        !c.options.labelSmoothing &&
        c.options.reduction !== 'none' &&
        (c.options.ignoreIndex ?? -100) < 0,
    );
    expect(summed.length).toBeGreaterThan(3);
    expect(mine.length).toBeGreaterThan(summed.length);
  });
});

describe('labels that no class has', () => {
  const logits = (): Tensor => arange(6).view([2, 3]).to('float32').to(device);
  const labels = (values: number[]): Tensor => tensor(values, { dtype: 'int32' }).to(device);
  const item = async (x: Tensor): Promise<number> => Number((await x.cpu()).item());
  // Rows are [0, 1, 2] but for a constant, so the loss of label k is log(1 + e + e²) - k.
  const loss = (label: number): number => Math.log(1 + Math.E + Math.E ** 2) - label;

  it('are NaN in sum and mean, at both ends', async () => {
    for (const bad of [3, -1, 1000]) {
      expect(await item(crossEntropy(logits(), labels([0, bad])))).toBeNaN();
      expect(await item(crossEntropy(logits(), labels([bad, 2]), { reduction: 'sum' }))).toBeNaN();
    }
    expect(await item(crossEntropy(logits(), labels([0, 2])))).toBeCloseTo(loss(1), 5);
  });

  it('are left out where they are the ignored one', async () => {
    expect(await item(crossEntropy(logits(), labels([-100, 2])))).toBeCloseTo(loss(2), 5);
    const options = { ignoreIndex: -1 };
    expect(await item(crossEntropy(logits(), labels([0, -1]), options))).toBeCloseTo(loss(0), 5);
    expect(await item(crossEntropy(logits(), labels([0, -100]), options))).toBeNaN();
    expect(await item(crossEntropy(logits(), labels([1, 2]), { ignoreIndex: 1 }))).toBeCloseTo(
      loss(2),
      5,
    );
    expect(await item(crossEntropy(logits(), labels([-100, -100])))).toBeNaN();
  });
});

it('keeps the classes’ numbers from step to step, and nothing else', () => {
  const step = (): void =>
    scope(() => {
      const x = tensor([[1, 2, 3, 4, 5]])
        .to(device)
        .requiresGrad_();
      const label = tensor([2], { dtype: 'int32' }).to(device);
      crossEntropy(x, label).backward();
    });
  step();
  const before = memory()[device]?.live;
  expect(before).toBeGreaterThan(0);
  step();
  step();
  expect(memory()[device]?.live).toBe(before);
});
