// Arrays that share slabs: zero, aligned, and never overlapping.
import { describe, expect, it } from 'vitest';
import { makeArray } from '../src/backend/cpu/slab.js';
import { type DType, dtypes } from '../src/dtype.js';

describe('makeArray', () => {
  it('gives zeroed arrays that share no byte', () => {
    const types = Object.keys(dtypes) as DType[];
    const made: Uint8Array[] = [];
    for (let i = 0; i < 3000; i++) {
      const dtype = types[i % types.length] as DType;
      const length = (i * 37) % 1100;
      const array = makeArray(length, dtype);
      expect(array.length).toBe(length);
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      if (bytes.some((b) => b !== 0)) throw new Error(`array ${i} is not zero`);
      bytes.fill((i % 255) + 1);
      made.push(bytes);
    }
    made.forEach((bytes, i) => {
      if (bytes.some((b) => b !== (i % 255) + 1)) throw new Error(`array ${i} was written over`);
    });
  });

  it('keeps large arrays on memory of their own', () => {
    const array = makeArray(2000, 'float32');
    expect(array.buffer.byteLength).toBe(8000);
  });

  it('shares slabs of a bounded size', () => {
    for (const length of [17, 64, 65, 256, 257, 1024]) {
      const array = makeArray(length, 'float32');
      expect(array.buffer.byteLength).toBeLessThanOrEqual(32768);
    }
  });
});
