// Losses of several inputs against PyTorch: values, all gradients, second derivatives.
import { readFileSync } from 'node:fs';
import { fromTypedArray, grad, ShapeError, type Tensor, tensor, ValueError } from '@dl/core';
import { describe, expect, it } from 'vitest';
import * as losses from '../src/index.js';

interface Packed {
  shape: number[];
  dtype: 'float32' | 'float64';
  data: (number | string)[];
}
interface Case {
  name: string;
  inputs: Packed[];
  wanted: number[];
  options: Record<string, unknown>;
  value: Packed;
  grads: Packed[];
  seconds: (Packed | null)[];
}

const { cases } = JSON.parse(
  readFileSync(new URL('./fixtures/more.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

const numbers = (p: Packed): number[] => p.data.map((v) => (v === 'inf' ? Infinity : Number(v)));
const unpack = (p: Packed): Tensor =>
  fromTypedArray(
    p.dtype === 'float64' ? Float64Array.from(numbers(p)) : Float32Array.from(numbers(p)),
    p.shape,
  );

/** torch.testing.assert_close's defaults for the dtype. */
function close(actual: Tensor, expected: Packed, what: string): void {
  expect(actual.shape, what).toEqual(expected.shape);
  expect(actual.dtype, what).toBe(expected.dtype);
  const [rtol, atol] = expected.dtype === 'float64' ? [1e-7, 1e-7] : [1.3e-6, 1e-5];
  const got = actual.data();
  numbers(expected).forEach((e, i) => {
    const a = got[i] as number;
    if (!Number.isFinite(e)) expect(a, what).toBe(e);
    else
      expect(Math.abs(a - e), `${what}, element ${i}: ${a}, expected ${e}`).toBeLessThanOrEqual(
        atol + rtol * Math.abs(e),
      );
  });
}

type Loss = (...args: unknown[]) => Tensor;

describe('against PyTorch', () => {
  const names = [...new Set(cases.map((c) => c.name))];
  it.each(names)('%s', (name) => {
    const loss = (losses as unknown as Record<string, Loss>)[name];
    const mine = cases.filter((c) => c.name === name);
    expect(mine.length).toBeGreaterThan(3);
    for (const c of mine) {
      const what = JSON.stringify(c.options);
      const xs = c.inputs.map(unpack);
      for (const i of c.wanted) xs[i].requiresGrad = true;
      const value = loss(...xs, c.options);
      close(value, c.value, what);
      if (c.wanted.length === 0) continue;
      const w = Float64Array.from({ length: value.numel() }, (_, i) => Math.sin(i + 1));
      const weight = fromTypedArray(w, value.shape).to(value.dtype);
      const leaves = c.wanted.map((i) => xs[i]);
      const grads = grad(value.mul(weight).sum(), leaves, { createGraph: true }) as Tensor[];
      for (const [k, g] of grads.entries()) close(g, c.grads[k], `${what} gradient ${k}`);
      const live = grads.filter((g) => g.requiresGrad);
      const total = live
        .map((g) => g.square().sum())
        .reduce<Tensor | null>((a, b) => (a === null ? b : a.add(b)), null);
      const seconds =
        total === null ? leaves.map(() => null) : grad(total, leaves, { allowUnused: true });
      c.seconds.forEach((e, k) => {
        const s = seconds[k] ?? leaves[k].detach().mul(0);
        if (e !== null) close(s, e, `${what} second ${k}`);
      });
    }
  });
});

describe('classes', () => {
  it('equal the functions', () => {
    const [a, b] = [
      tensor([
        [1, 2],
        [3, 4],
      ]),
      tensor([
        [0.5, 3],
        [1, 1],
      ]),
    ];
    const sign = tensor([1, -1]);
    const same = (x: Tensor, y: Tensor): void => expect(x.toArray()).toEqual(y.toArray());
    same(
      new losses.HuberLoss({ delta: 0.5 }).forward(a, b),
      losses.huberLoss(a, b, { delta: 0.5 }),
    );
    same(
      new losses.SmoothL1Loss({ beta: 2 }).forward(a, b),
      losses.smoothL1Loss(a, b, { beta: 2 }),
    );
    const [p, q] = [a.logSoftmax(1), b.softmax(1)];
    same(
      new losses.KLDivLoss({ reduction: 'batchmean' }).forward(p, q),
      losses.klDiv(p, q, { reduction: 'batchmean' }),
    );
    same(
      new losses.GaussianNLLLoss({ full: true }).forward(a, b, a),
      losses.gaussianNllLoss(a, b, a, { full: true }),
    );
    same(
      new losses.CosineEmbeddingLoss({ margin: 0.1 }).forward(a, b, sign),
      losses.cosineEmbeddingLoss(a, b, sign, { margin: 0.1 }),
    );
    same(
      new losses.MarginRankingLoss({ margin: 1 }).forward(a, b, b),
      losses.marginRankingLoss(a, b, b, { margin: 1 }),
    );
    same(
      new losses.TripletMarginLoss({ swap: true }).forward(a, b, a.neg()),
      losses.tripletMarginLoss(a, b, a.neg(), { swap: true }),
    );
    same(
      new losses.SoftMarginLoss({ reduction: 'sum' }).forward(a, b.sub(2).sign()),
      losses.softMarginLoss(a, b.sub(2).sign(), { reduction: 'sum' }),
    );
  });

  it("print as PyTorch prints them, with PyTorch's defaults", () => {
    const classes = Object.entries(losses).filter(([name]) => /^[A-Z].*Loss$/.test(name));
    expect(classes.length).toBeGreaterThan(10);
    for (const [name, Loss] of classes) {
      const loss = new (Loss as new () => { reduction: string })();
      expect(String(loss)).toBe(`${name}()`);
      if (name !== 'TripletMarginLoss') expect(loss.reduction).toBe('mean');
    }
    expect(new losses.SmoothL1Loss()).toMatchObject({ beta: 1 });
    expect(new losses.HuberLoss()).toMatchObject({ delta: 1 });
    expect(new losses.CosineEmbeddingLoss()).toMatchObject({ margin: 0 });
    expect(new losses.MarginRankingLoss()).toMatchObject({ margin: 0 });
    expect(new losses.GaussianNLLLoss()).toMatchObject({ full: false, eps: 1e-6 });
    expect(new losses.KLDivLoss()).toMatchObject({ logTarget: false });
    expect(new losses.CrossEntropyLoss()).toMatchObject({ ignoreIndex: -100, labelSmoothing: 0 });
    expect(new losses.BCEWithLogitsLoss()).toMatchObject({ weight: null, posWeight: null });
  });
});

// PyTorch's values: at the kink the gradient is that of the side with a positive loss.
it('marginRankingLoss at the kink', () => {
  const [a, b] = [tensor([1, 2, 0]).requiresGrad_(), tensor([1, 1.5, 3]).requiresGrad_()];
  const target = tensor([1, 1, -1]);
  losses.marginRankingLoss(a, b, target, { margin: 0.5, reduction: 'sum' }).backward();
  expect(a.grad?.toArray()).toEqual([-1, -1, 0]);
  expect(b.grad?.toArray()).toEqual([1, 1, -0]);
});

describe('invalid arguments', () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  it('values and shapes that do not fit', () => {
    expect(() => losses.huberLoss(x, x, { delta: 0 })).toThrow(ValueError);
    expect(() => losses.smoothL1Loss(x, x, { beta: -1 })).toThrow(/beta must be non-negative/);
    expect(() => losses.klDiv(x, x, { reduction: 'most' as 'mean' })).toThrow(/reduction must be/);
    expect(() => losses.gaussianNllLoss(x, x, tensor([1, 2, 3]))).toThrow(ShapeError);
    expect(() => losses.gaussianNllLoss(x, x, x.neg())).toThrow(/must not be negative/);
    expect(() => losses.cosineEmbeddingLoss(x, x, tensor([1, 1, 1]))).toThrow(/do not match/);
    expect(() => losses.marginRankingLoss(x, x, tensor([1, 1]))).toThrow(
      /the same number of dimensions/,
    );
    expect(() => losses.tripletMarginLoss(x, x, x, { margin: 0 })).toThrow(
      /margin must be greater than 0/,
    );
    expect(() => losses.tripletMarginLoss(x, x, tensor([1, 2]))).toThrow(ShapeError);
  });
});
