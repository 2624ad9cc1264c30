// Every loss against PyTorch's values, gradients and second derivatives, and invalid arguments.
import {
  DTypeError,
  fromTypedArray,
  grad,
  IndexError,
  manualSeed,
  randn,
  ShapeError,
  type Tensor,
  tensor,
  ValueError,
} from '@dl/core';
import { describe, expect, it } from 'vitest';
import * as losses from '../src/index.js';
import { cases, close, unpack } from './cases.js';

type Loss = (input: Tensor, target: Tensor, options: object) => Tensor;

describe('against PyTorch', () => {
  const names = [...new Set(cases.map((c) => c.name))];
  it.each(names)('%s', (name) => {
    const loss = (losses as unknown as Record<string, Loss>)[name];
    const mine = cases.filter((c) => c.name === name);
    expect(mine.length).toBeGreaterThan(10);
    for (const c of mine) {
      const x = unpack(c.input).requiresGrad_();
      const tensors = Object.fromEntries(Object.entries(c.tensors).map(([k, v]) => [k, unpack(v)]));
      const value = loss(x, unpack(c.target), { ...tensors, ...c.options });
      close(value, c.value);
      const w = Float64Array.from({ length: value.count }, (_, i) => Math.sin(i + 1));
      const weight = fromTypedArray(w, value.shape).to(value.dtype);
      const [g] = grad(value.mul(weight).sum(), [x], { createGraph: true }) as [Tensor];
      close(g, c.grad);
      if (c.second === null) continue;
      // A constant gradient has no history.
      const second = g.requiresGrad ? grad(g.mul(g).sum(), [x], { allowUnused: true })[0] : null;
      close(second ?? x.detach().mul(0), c.second);
    }
  });
});

describe('classes', () => {
  it('equal the functions', () => {
    manualSeed(1);
    const x = randn([3, 4]);
    const labels = tensor([0, 3, 1], { dtype: 'int32' });
    const same = (a: Tensor, b: Tensor): void => expect(a.toArray()).toEqual(b.toArray());
    const weight = tensor([1, 2, 3, 4]);
    same(
      new losses.CrossEntropyLoss({ weight, labelSmoothing: 0.2, ignoreIndex: 3 }).forward(
        x,
        labels,
      ),
      losses.crossEntropy(x, labels, { weight, labelSmoothing: 0.2, ignoreIndex: 3 }),
    );
    same(
      new losses.NLLLoss({ reduction: 'none' }).forward(x, labels),
      losses.nllLoss(x, labels, { reduction: 'none' }),
    );
    same(
      new losses.MSELoss({ reduction: 'sum' }).forward(x, x.mul(2)),
      losses.mseLoss(x, x.mul(2), { reduction: 'sum' }),
    );
    same(new losses.L1Loss().forward(x, x.mul(2)), losses.l1Loss(x, x.mul(2)));
    const p = x.sigmoid();
    same(new losses.BCELoss().forward(p, p), losses.binaryCrossEntropy(p, p));
    same(
      new losses.BCEWithLogitsLoss({ posWeight: weight }).forward(x, p),
      losses.binaryCrossEntropyWithLogits(x, p, { posWeight: weight }),
    );
  });

  it('print as PyTorch prints them', () => {
    expect(String(new losses.MSELoss())).toBe('MSELoss()');
    expect(String(new losses.CrossEntropyLoss())).toBe('CrossEntropyLoss()');
  });
});

describe('invalid arguments', () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const int = (values: number[]): Tensor => tensor(values, { dtype: 'int32' });

  it('labels that are not integers', () => {
    expect(() => losses.crossEntropy(x, tensor([0, 1]))).toThrow(DTypeError);
    expect(() => losses.crossEntropy(x, tensor([0, 1]))).toThrow(/dtype: 'int32'/);
    expect(() => losses.nllLoss(x, tensor([0, 1]))).toThrow(/labels must be integers/);
  });

  it('labels out of range, with index and value', () => {
    expect(() => losses.crossEntropy(x, int([0, 3]))).toThrow(IndexError);
    expect(() => losses.crossEntropy(x, int([0, 3]))).toThrow(
      /label 3 at index 1 .* 3 classes; labels must be from 0 to 2/,
    );
    expect(() => losses.nllLoss(x, int([-1, 0]))).toThrow(/label -1 at index 0/);
    // Its lower half is label 1.
    const large = tensor([0n, 2n ** 32n + 1n], { dtype: 'int64' });
    expect(() => losses.nllLoss(x, large)).toThrow(/label 4294967297 at index 1/);
  });

  it('probabilities that are not floating-point', () => {
    const half = tensor([0.5]);
    const kinds = 'must be floating-point, got int32';
    expect(() => losses.binaryCrossEntropy(int([1]), half)).toThrow(kinds);
    expect(() => losses.binaryCrossEntropy(half, int([1]))).toThrow(DTypeError);
    expect(() => losses.binaryCrossEntropyWithLogits(half, int([1]))).toThrow(kinds);
    expect(() => losses.binaryCrossEntropy(half, tensor([-0.5]))).toThrow('got -0.5');
  });

  it('probabilities that changed since the last check', () => {
    const [half, target] = [tensor([0.5]), tensor([1])];
    losses.binaryCrossEntropy(half, target);
    losses.binaryCrossEntropy(half, target);
    target.fill_(2);
    expect(() => losses.binaryCrossEntropy(half, target)).toThrow(/target .* got 2/);
    target.fill_(0);
    half.fill_(-1);
    expect(() => losses.binaryCrossEntropy(half, target)).toThrow(/input .* got -1/);
  });

  it('a scalar instead of classes', () => {
    expect(() => losses.crossEntropy(tensor(1), int([0]))).toThrow(ShapeError);
    expect(() => losses.nllLoss(tensor(1), int([0]))).toThrow(
      'nllLoss: the input must have a dimension of classes, got a scalar',
    );
  });

  it('shapes that do not fit', () => {
    expect(() => losses.crossEntropy(x, int([0]))).toThrow(/labels of shape \[2\], got \[1\]/);
    expect(() => losses.mseLoss(tensor([1, 2]), tensor([1, 2, 3]))).toThrow(
      /^mseLoss: .*broadcast/,
    );
    expect(() => losses.binaryCrossEntropyWithLogits(x, tensor([1]))).toThrow(ShapeError);
    expect(() => losses.crossEntropy(x, int([0, 1]), { weight: tensor([1]) })).toThrow(
      /weight must have shape \[3\]/,
    );
    expect(() =>
      losses.binaryCrossEntropyWithLogits(x, x.mul(0), { posWeight: tensor([1, 2]) }),
    ).toThrow(/posWeight/);
  });

  it('NaN and values outside [0, 1]', () => {
    const half = tensor([0.5]);
    expect(() => losses.binaryCrossEntropy(half, tensor([Number.NaN]))).toThrow(
      /target must be between 0 and 1, got NaN/,
    );
    expect(() => losses.binaryCrossEntropy(tensor([1.5]), half)).toThrow(
      /input .* got 1.5; .*WithLogits/,
    );
    expect(() => losses.crossEntropy(x, x.mul(Number.NaN))).toThrow(/NaN/);
  });

  it('unknown options', () => {
    expect(() => losses.mseLoss(x, x, { reduction: 'avg' as 'mean' })).toThrow(ValueError);
    expect(() => new losses.CrossEntropyLoss({ labelSmoothing: 2 })).toThrow(/labelSmoothing/);
    expect(() => new losses.BCELoss({ reduction: 'max' as 'mean' })).toThrow(/BCELoss: reduction/);
  });
});
