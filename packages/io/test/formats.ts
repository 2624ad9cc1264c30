// Helpers of the tests of other programs' formats: goldens, values as text, and refusals.
import { readFileSync } from 'node:fs';
import { type DType, FormatError, fromTypedArray, type Tensor } from '@dl/core';
import { dtypes } from '@dl/core/functional';
import fc from 'fast-check';
import { expect } from 'vitest';

export interface Golden {
  dtype: string;
  shape: number[];
  values: string;
}
type Tensors = Record<string, Golden>;
interface Goldens {
  safetensors: {
    files: Record<
      string,
      { file: string; metadata: Record<string, string> | null; tensors: Tensors }
    >;
    wide: Record<string, { file: string; tensors: Tensors }>;
    refused: Record<string, string>;
  };
  npy: {
    same: (Golden & { file: string })[];
    read: (Golden & { file: string; name: string })[];
    refused: Record<string, string>;
  };
  npz: {
    files: Record<string, { file: string; compressed: string; tensors: Tensors }>;
    large: { file: string; compressed: string; tensors: Tensors };
    streamed: { file: string; tensors: Tensors };
  };
}

export const goldens: Goldens = JSON.parse(
  readFileSync(new URL('fixtures/formats.json', import.meta.url), 'utf8'),
);

export const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Elements in row-major order as in the fixture: integers, or the bits of doubles. */
export function textOf(x: Tensor): string {
  if (!x.dtype.includes('float')) return [...x.data()].map(String).join(' ');
  const wide = x.to('float64').data() as Float64Array;
  return [...wide]
    .map((v) =>
      Buffer.from(new Float64Array([v]).buffer)
        .reverse()
        .toString('hex'),
    )
    .join(' ');
}

/** The tensor of a golden, created without any file reader. */
export function tensorOfGolden({ dtype, shape, values }: Golden): Tensor {
  const items = values === '' ? [] : values.split(' ');
  if (dtype === 'int64') return fromTypedArray(BigInt64Array.from(items, BigInt), shape);
  if (!dtype.includes('float')) {
    const array =
      dtype === 'int32' ? Int32Array.from(items, Number) : Uint8Array.from(items, Number);
    return fromTypedArray(array, shape, { dtype: dtype as DType });
  }
  const doubles = items.map((hex) => Buffer.from(hex, 'hex').readDoubleBE());
  return fromTypedArray(Float64Array.from(doubles), shape).to(dtype as DType);
}

export function expectGolden(x: Tensor, golden: Golden): void {
  expect(x.dtype).toBe(golden.dtype);
  expect(x.shape).toEqual(golden.shape);
  expect(textOf(x)).toBe(golden.values);
}

/** Tensors of any dtype and shape, with any bits, some of them views. */
export function anyTensor(types: readonly DType[]): fc.Arbitrary<Tensor> {
  return fc
    .record({
      dtype: fc.constantFrom(...types),
      shape: fc.array(fc.nat(4), { maxLength: 4 }),
      seed: fc.uint8Array({ minLength: 64, maxLength: 64 }),
      reversed: fc.boolean(),
    })
    .map(({ dtype, shape, seed, reversed }) => {
      const count = shape.reduce((product, n) => product * n, 1);
      const type = dtypes[dtype].array;
      const bytes = new Uint8Array(count * type.BYTES_PER_ELEMENT);
      for (let i = 0; i < bytes.length; i++) bytes[i] = seed[i % 64] ^ ((i / 64) * 37);
      const x = fromTypedArray(new type(bytes.buffer, 0, count), shape, { dtype });
      return reversed ? x.permute(shape.map((_, d) => shape.length - 1 - d)) : x;
    });
}

/** The same dtype, shape and bits. */
export function expectSame(got: Tensor, wanted: Tensor): void {
  expect([got.dtype, got.shape]).toEqual([wanted.dtype, wanted.shape]);
  const bytes = (x: Tensor): Buffer => {
    const data = x.data();
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  };
  expect(bytes(got).equals(bytes(wanted))).toBe(true);
}

/** Expects a FormatError that names a byte and contains this text. */
export async function expectRefused(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => 'not refused',
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(FormatError);
  expect((error as Error).message).toMatch(/: byte \d+: /);
  expect((error as Error).message).toMatch(message);
}
