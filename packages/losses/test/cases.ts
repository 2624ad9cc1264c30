// The goldens of fixtures/losses.json: PyTorch's losses on many inputs, and the tolerances.
import { readFileSync } from 'node:fs';
import { fromTypedArray, type Tensor, tensor } from '@dl/core';
import { expect } from 'vitest';

/** A tensor from PyTorch. */
export interface Packed {
  shape: number[];
  dtype: string;
  data: (number | string)[];
}

/** A loss, its gradient and the gradient of the gradient's square. */
export interface Case {
  name: string;
  input: Packed;
  target: Packed;
  tensors: Record<string, Packed>;
  options: Record<string, unknown>;
  value: Packed;
  grad: Packed;
  second: Packed | null;
}

export const { cases } = JSON.parse(
  readFileSync(new URL('./fixtures/losses.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

const numbers = (p: Packed): number[] => p.data.map((v) => (v === 'inf' ? Infinity : Number(v)));

/** Converts to a tensor; int64 becomes int32, the dtype of labels here. */
export function unpack(p: Packed): Tensor {
  const values = numbers(p);
  if (p.dtype === 'int64') return tensor(values, { dtype: 'int32' }).view(p.shape);
  const array = p.dtype === 'float64' ? Float64Array.from(values) : Float32Array.from(values);
  return fromTypedArray(array, p.shape);
}

/** Compares shape, dtype and, on the CPU, elements within the defaults of torch.testing.assert_close. */
export function close(actual: Tensor, expected: Packed): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.dtype).toBe(expected.dtype);
  const [rtol, atol] = expected.dtype === 'float64' ? [1e-7, 1e-7] : [1.3e-6, 1e-5];
  const got = actual.data();
  numbers(expected).forEach((e, i) => {
    const a = got[i] as number;
    if (Number.isNaN(e) || !Number.isFinite(e)) expect(a).toBe(e);
    else
      expect(Math.abs(a - e), `element ${i}: ${a}, expected ${e}`).toBeLessThanOrEqual(
        atol + rtol * Math.abs(e),
      );
  });
}
