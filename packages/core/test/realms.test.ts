// Typed arrays that were created elsewhere: in another realm, or as Node's Buffers.
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { dictOf } from '../src/functional.js';
import { fromTypedArray, tensor } from '../src/index.js';

describe('typed arrays of another realm', () => {
  it.each([
    ['Float32Array', 'float32'],
    ['Float64Array', 'float64'],
    ['Int32Array', 'int32'],
    ['Uint8Array', 'uint8'],
  ])('%s is %s, on the same memory', (name, dtype) => {
    const foreign = runInNewContext(`new ${name}([1, 2, 3]).subarray(1)`) as Float32Array;
    const x = fromTypedArray(foreign);
    expect(x.dtype).toBe(dtype);
    foreign[0] = 7;
    expect(x.toArray()).toEqual([7, 3]);
    expect(tensor(foreign).add(1).toArray()).toEqual([8, 4]);
  });

  it('bits of a half type too', () => {
    const bits = runInNewContext('new Uint16Array([0x3c00])') as Uint16Array;
    expect(fromTypedArray(bits, null, { dtype: 'float16' }).toArray()).toEqual([1]);
  });
});

it('a Buffer is copied on request', () => {
  const buffer = Buffer.from([1, 2]);
  const x = fromTypedArray(buffer, null, { copy: true });
  buffer[0] = 9;
  expect(x.toArray()).toEqual([1, 2]);
});

it('a dict is an object, or a Map', () => {
  const foreign = runInNewContext('new Map([[1, 2]])') as Map<unknown, unknown>;
  expect(dictOf(foreign)).toEqual({ 1: 2 });
  const plain = { a: 1 };
  expect(dictOf(plain)).toBe(plain);
  for (const other of [
    null,
    1,
    'a',
    [1],
    new Uint8Array(1),
    new ArrayBuffer(1),
    Promise.resolve(),
  ]) {
    expect(dictOf(other)).toBe(null);
  }
});
