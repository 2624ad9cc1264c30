// Products of half types: the float32 result rounded once, for every operator based on matrix products.
import { describe, expect, it } from 'vitest';
import * as dl from '../src/index.js';
import { type DType, linspace, type Tensor } from '../src/index.js';

const m = (...shape: number[]): Tensor =>
  linspace(
    -2,
    3,
    shape.reduce((a, b) => a * b),
  ).reshape(shape);

const calls: Readonly<
  Record<string, readonly [f: (a: Tensor, b: Tensor) => Tensor, a: Tensor, b: Tensor]>
> = {
  einsum: [(a, b) => dl.einsum('ij,jk->ik', a, b), m(3, 4), m(4, 2)],
  'einsum to a scalar': [(a, b) => dl.einsum('ij,ij->', a, b), m(3, 4), m(3, 4)],
  tensordot: [(a, b) => dl.tensordot(a, b, 1), m(3, 4), m(4, 2)],
  matmul: [(a, b) => dl.matmul(a, b), m(2, 3, 4), m(4, 2)],
  outer: [(a, b) => dl.outer(a, b), m(3), m(4)],
  linear: [(a, b) => dl.linear(a, b), m(3, 4), m(2, 4)],
  conv1d: [(a, b) => dl.conv1d(a, b), m(1, 2, 7), m(3, 2, 3)],
  conv2d: [
    (a, b) => dl.conv2d(a, b, null, { padding: 1, stride: 2 }),
    m(1, 2, 5, 5),
    m(4, 2, 3, 3),
  ],
  convTranspose1d: [(a, b) => dl.convTranspose1d(a, b), m(1, 2, 4), m(2, 3, 3)],
  convTranspose2d: [(a, b) => dl.convTranspose2d(a, b), m(1, 2, 4, 4), m(2, 3, 3, 3)],
};

describe.each(['float16', 'bfloat16'] as DType[])('%s', (dtype) => {
  it.each(Object.entries(calls))('%s', (_, [f, a, b]) => {
    const [x, y] = [a.to(dtype), b.to(dtype)];
    const wanted = f(x.to('float32'), y.to('float32')).to(dtype);
    const got = f(x.requiresGrad_(), y);
    expect(got.dtype).toBe(dtype);
    expect(got.toArray()).toEqual(wanted.toArray());
    got.sum().backward();
    const wide = x.detach().to('float32').requiresGrad_();
    f(wide, y.to('float32')).sum().backward();
    expect(x.grad?.toArray()).toEqual(wide.grad?.to(dtype).toArray());
  });
});

describe('mixed dtypes', () => {
  it('are refused by every contraction', () => {
    const [a, b] = [m(3, 4), m(4, 2).to('float64')];
    expect(() => dl.einsum('ij,jk->ik', a, b)).toThrow(/the same dtype/);
    expect(() => dl.tensordot(a, b, 1)).toThrow(/the same dtype/);
    expect(() => dl.matmul(a, b)).toThrow(/the same dtype/);
  });
});
