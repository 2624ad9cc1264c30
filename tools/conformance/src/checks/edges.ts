// No element is left out and none is taken twice, at lengths on both sides of every size that kernels cut at.
import { arange, ones, type Tensor } from '@dl/core';
import { drawn, type Sample } from 'dl-testing/sampling';
import { read } from '../compare.js';
import type { BackendCheck } from './backend.js';

/** One on either side of the powers of two that vectors, workgroups, blocks and pieces have as sizes. */
const lengths: readonly number[] = [
  1,
  2,
  ...[4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 32_768].flatMap((n) => [n - 1, n, n + 1]),
  3 * 32_768 + 1,
  131_071,
  200_001,
];

/** The same elements as rows, as columns, between other dimensions, and every second one of a longer tensor. */
const forms: readonly {
  readonly name: string;
  readonly longest: number;
  readonly axis: number;
  readonly of: (device: string, n: number) => Tensor;
}[] = [
  { name: 'alone', longest: Infinity, axis: 0, of: (device, n) => arange(n, { device }) },
  {
    name: 'every second',
    longest: 70_000,
    axis: 0,
    of: (device, n) =>
      arange(n, { device })
        .reshape([n, 1])
        .mul(ones([1, 2], { device }))
        .select(1, 1),
  },
  {
    name: 'rows',
    longest: Infinity,
    axis: 1,
    of: (device, n) => ones([3, 1], { device }).mul(arange(n, { device })),
  },
  {
    name: 'columns',
    longest: Infinity,
    axis: 0,
    of: (device, n) =>
      arange(n, { device })
        .reshape([n, 1])
        .mul(ones([1, 3], { device })),
  },
  {
    name: 'in the middle',
    longest: 5000,
    axis: 1,
    of: (device, n) =>
      arange(n, { device })
        .reshape([1, n, 1])
        .mul(ones([2, 1, 5], { device })),
  },
];

/** What each result must be for the elements 0, 1, …, n - 1. */
const expected: readonly {
  readonly name: string;
  readonly of: (x: Tensor, axis: number) => Tensor;
  readonly value: (n: number) => number;
  /** How far off a result may be, relative to its value. */
  readonly within: number;
}[] = [
  // Ones: their sum is exact in float32.
  { name: 'sum', of: (x, d) => x.ge(0).to('float32').sum(d), value: (n) => n, within: 0 },
  { name: 'max', of: (x, d) => x.max(d).values, value: (n) => n - 1, within: 0 },
  { name: 'min', of: (x, d) => x.neg().min(d).values, value: (n) => 1 - n, within: 0 },
  { name: 'argmax', of: (x, d) => x.argmax(d), value: (n) => n - 1, within: 0 },
  {
    name: 'cumsum',
    of: (x, d) => x.ge(0).to('float32').cumsum(d).select(d, -1),
    value: (n) => n,
    within: 0,
  },
  // One element too few would be 5e-6 at the longest.
  {
    name: 'softmax',
    of: (x, d) => x.mul(0).softmax(d).select(d, -1),
    value: (n) => 1 / n,
    within: 2e-6,
  },
];

/** Sizes of matrices, on both sides of those that products cut at. */
const sizes: readonly number[] = [
  1,
  2,
  ...[4, 8, 16, 32, 64, 128].flatMap((n) => [n - 1, n, n + 1]),
];

/** What is wrong with a product of matrices of these sizes, or null. */
async function productOf(device: string, m: number, k: number, n: number): Promise<string | null> {
  const rows = arange(1, m + 1, 1, { device })
    .reshape([m, 1])
    .mul(ones([1, k], { device }));
  const columns = arange(1, n + 1, 1, { device })
    .reshape([1, n])
    .mul(ones([k, 1], { device }));
  const values = await read(rows.matmul(columns));
  // Integers below 2^24: exact in float32.
  const i = values.findIndex((v, at) => v !== (Math.floor(at / n) + 1) * ((at % n) + 1) * k);
  return i < 0
    ? null
    : `[${m}, ${k}] by [${k}, ${n}]: ${values[i]} at [${Math.floor(i / n)}, ${i % n}]`;
}

const products = (sample: Sample): BackendCheck => ({
  name: 'no element is left out at any size: products of matrices',
  body: async (device) => {
    for (const size of drawn(sample, sizes)) {
      const found = await Promise.all([
        productOf(device, size, 5, 3),
        productOf(device, 3, size, 5),
        productOf(device, 5, 3, size),
        productOf(device, size, size, size),
      ]);
      const wrong = found.find((f) => f !== null);
      if (wrong !== undefined) return wrong;
    }
    for (const n of drawn(sample, lengths)) {
      const wrong = await productOf(device, 2, n, 2);
      if (wrong !== null) return wrong;
    }
    return null;
  },
});

/** The checks, at a sample of the lengths and sizes. */
export const edgeChecks = (sample: Sample): readonly BackendCheck[] => [
  ...forms.map(({ name, longest, axis, of }) => ({
    name: `no element is left out at any length: ${name}`,
    body: async (device: string) => {
      for (const n of drawn(sample, lengths)) {
        if (n > longest) continue;
        const x = of(device, n);
        const results = await Promise.all(expected.map((e) => read(e.of(x, axis))));
        for (const [k, { name, value, within }] of expected.entries()) {
          const right = value(n);
          const far = (v: number): boolean => !(Math.abs(v - right) <= within * Math.abs(right));
          const wrong = results[k]?.find(far);
          if (wrong !== undefined) return `${name} of ${n}: ${wrong}, not ${right}`;
        }
      }
      return null;
    },
  })),
  products(sample),
];
