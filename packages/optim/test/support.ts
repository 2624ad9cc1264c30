// Goldens as tensors, and comparisons against them.
import { type DType, fromTypedArray, type Tensor } from '@dl/core';
import { expect } from 'vitest';

export interface Packed {
  shape: number[];
  dtype: string;
  data: string;
}

export function unpack({ shape, dtype, data }: Packed): Tensor {
  const { buffer } = new Uint8Array(Buffer.from(data, 'base64'));
  const array = dtype === 'float64' ? new Float64Array(buffer) : new Float32Array(buffer);
  return fromTypedArray(array, shape, { dtype: dtype as DType });
}

/** As torch.testing.assert_close does. */
export function expectClose(actual: Tensor, packed: Packed, what: string): void {
  const expected = unpack(packed);
  expect(actual.dtype).toBe(expected.dtype);
  expect(actual.shape).toEqual(expected.shape);
  const [rtol, atol] = expected.dtype === 'float64' ? [1e-7, 1e-7] : [1.3e-6, 1e-5];
  const [a, b] = [actual.data(), expected.data()];
  for (let i = 0; i < a.length; i++) {
    const [v, wanted] = [Number(a[i]), Number(b[i])];
    if (!(Math.abs(v - wanted) <= atol + rtol * Math.abs(wanted))) {
      expect.fail(`${what}, element ${i}: ${v}, PyTorch has ${wanted}`);
    }
  }
}
