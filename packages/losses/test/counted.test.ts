// crossEntropy on a device that counts memory, where an expression selects the labels, against PyTorch.
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
import { cases, close, type Packed, unpack } from './cases.js';

const mine = cases
  .filter((c) => c.name === 'crossEntropy' && c.target.dtype === 'int64')
  .map((c) => ({ ...c, options: c.options as CrossEntropyLossOptions }));

const device: string = 'counting';
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

const onDevice = (p: Packed): Tensor => unpack(p).to(device);

async function closeThere(actual: Tensor, expected: Packed): Promise<void> {
  expect(actual.device).toBe(device);
  close(await actual.detach().cpu(), expected);
}

describe('against PyTorch', () => {
  it.each(mine.map((c, i) => [i, JSON.stringify(c.options), c] as const))(
    '%i: %s',
    async (_, __, c) => {
      const x = onDevice(c.input).requiresGrad_();
      const tensors = Object.fromEntries(
        Object.entries(c.tensors).map(([k, v]) => [k, onDevice(v)]),
      );
      const value = crossEntropy(x, onDevice(c.target), { ...tensors, ...c.options });
      await closeThere(value, c.value);
      const w = Float64Array.from({ length: value.count }, (_, i) => Math.sin(i + 1));
      const weight = fromTypedArray(w, value.shape).to(value.dtype).to(device);
      const [g] = grad(value.mul(weight).sum(), [x], { createGraph: true }) as [Tensor];
      await closeThere(g, c.grad);
      if (c.second === null) return;
      const [second] = grad(g.mul(g).sum(), [x], { allowUnused: true });
      await closeThere(second ?? x.detach().mul(0), c.second);
    },
  );

  it('the suite has cases with and without the expression', () => {
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

describe('labels out of range', () => {
  const logits = (): Tensor => arange(6).view([2, 3]).to('float32').to(device);
  const labels = (values: number[]): Tensor => tensor(values, { dtype: 'int32' }).to(device);
  const item = async (x: Tensor): Promise<number> => Number((await x.cpu()).item());
  // Rows are [0, 1, 2] plus a constant, so the loss of label k is log(1 + e + e²) - k.
  const loss = (label: number): number => Math.log(1 + Math.E + Math.E ** 2) - label;

  it('give NaN for sum and mean, below and above the range', async () => {
    for (const bad of [3, -1, 1000]) {
      expect(await item(crossEntropy(logits(), labels([0, bad])))).toBeNaN();
      expect(await item(crossEntropy(logits(), labels([bad, 2]), { reduction: 'sum' }))).toBeNaN();
    }
    expect(await item(crossEntropy(logits(), labels([0, 2])))).toBeCloseTo(loss(1), 5);
  });

  it('are skipped if they equal ignoreIndex', async () => {
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

it('keeps the class indices between steps, and no other memory', () => {
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
