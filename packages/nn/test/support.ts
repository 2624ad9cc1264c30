// Reading the goldens, and comparing with them.
import { type DType, fromTypedArray, ones, type Tensor, zeros } from '@dl/core';
import { expect } from 'vitest';
import { Linear, Module, Parameter, ReLU, Tanh } from '../src/index.js';
import goldens from './fixtures/nn.json' with { type: 'json' };

export { goldens };

/** A tensor from PyTorch. */
export interface Packed {
  shape: number[];
  dtype: string;
  data: string;
}

export function unpack({ shape, dtype, data }: Packed): Tensor {
  const { buffer } = new Uint8Array(Buffer.from(data, 'base64'));
  const array =
    dtype === 'float64'
      ? new Float64Array(buffer)
      : dtype === 'int64'
        ? new BigInt64Array(buffer)
        : new Float32Array(buffer);
  return fromTypedArray(array, shape, { dtype: dtype as DType });
}

export function expectSame(actual: Tensor, packed: Packed): void {
  const expected = unpack(packed);
  expect(actual.dtype).toBe(expected.dtype);
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.data()).toEqual(expected.data());
}

/** As torch.testing.assert_close does. */
export function expectClose(actual: Tensor, packed: Packed, what = ''): void {
  const expected = unpack(packed);
  expect(actual.dtype).toBe(expected.dtype);
  expect(actual.shape).toEqual(expected.shape);
  const [rtol, atol] = expected.dtype === 'float64' ? [1e-7, 1e-7] : [1.3e-6, 1e-5];
  const [a, b] = [actual.data(), expected.data()];
  a.forEach((v: number | bigint, i: number) => {
    const wanted = Number(b[i]);
    const off = Math.abs(Number(v) - wanted);
    if (!(off <= atol + rtol * Math.abs(wanted))) {
      expect.fail(`${what} element ${i} is ${v}, PyTorch has ${wanted}`);
    }
  });
}

export class Block extends Module {
  fc1 = new Linear(2, 3);
  act = new ReLU();
  override forward(x: Tensor): Tensor {
    return this.act.forward(this.fc1.forward(x));
  }
}

/** The class of the same name in tools/oracle/nn_goldens.py. */
export class Custom extends Module {
  block = new Block();
  scale = new Parameter(ones([2]));
  runningMean = this.registerBuffer('runningMean', zeros([2]));
  scratch = this.registerBuffer('scratch', zeros([1]), { persistent: false });
  layers = [new Linear(2, 2), new Linear(2, 2), new Tanh(), new Linear(2, 1)];
  weights = [new Parameter(ones([2, 3])), new Parameter(ones([1]))];
  numBatchesTracked = this.registerBuffer('numBatchesTracked', zeros([], { dtype: 'int64' }));
  outProj = new Linear(1, 1, { bias: false });
  // Not part of the module: neither a parameter nor a buffer.
  plain = ones([7]);
  names = ['a', 'b'];
  nothing = null;

  override forward(x: Tensor): Tensor {
    let h = x.mul(this.scale);
    for (const layer of this.layers) h = layer.forward(h);
    return this.outProj.forward(h);
  }
  override extraRepr(): string {
    return 'kind=custom';
  }
}

export class TwoLines extends Module {
  fc = new Linear(1, 1);
  override forward(x: Tensor): Tensor {
    return this.fc.forward(x);
  }
  override extraRepr(): string {
    return 'a=1\nb=2';
  }
}

export class Tied extends Module {
  encoder = new Linear(3, 3);
  decoder = new Linear(3, 3);
  again = this.encoder;
  constructor() {
    super();
    this.decoder.weight = this.encoder.weight;
  }
  override forward(x: Tensor): Tensor {
    return this.decoder.forward(this.encoder.forward(x));
  }
}

/** Expects identical tensors in this order; `toEqual` would compare them row by row. */
export function expectIdentical(got: unknown, wanted: readonly unknown[]): void {
  expect(Array.isArray(got) && got.length).toBe(wanted.length);
  wanted.forEach((x, i) => {
    expect((got as readonly unknown[])[i]).toBe(x);
  });
}
