// Arrays that share slabs: zero, aligned, and never overlapping.
import { describe, expect, it } from 'vitest';
import { makeArray, slabAllocator } from '../src/backend/cpu/slab.js';
import { type DType, dtypes } from '../src/dtype.js';

describe('makeArray', () => {
  it('returns zeroed arrays that share no byte', () => {
    const types = Object.keys(dtypes) as DType[];
    const made: Uint8Array[] = [];
    for (let i = 0; i < 3000; i++) {
      const dtype = types[i % types.length];
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

  it('gives large arrays their own memory', () => {
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

describe('slabAllocator', () => {
  it('does not return used memory for a length that is not a number', () => {
    const give = slabAllocator((bytes) => new ArrayBuffer(bytes), [{ bytes: 1024, slab: 4096 }]);
    const first = give(32, 'float32');
    expect(give(Number.NaN, 'float32')).toBeUndefined();
    const second = give(32, 'float32');
    expect(second?.buffer).toBe(first?.buffer);
    expect(second?.byteOffset).toBeGreaterThanOrEqual(128);
  });

  it('returns each part once, and nothing of other sizes', () => {
    const slabs: ArrayBuffer[] = [];
    const give = slabAllocator(
      (bytes) => {
        const slab = new ArrayBuffer(bytes);
        new Uint8Array(slab).fill(9);
        slabs.push(slab);
        return slab;
      },
      [
        { bytes: 128, slab: 512 },
        { bytes: 512, slab: 1024 },
      ],
    );
    expect(give(16, 'float32')).toBeUndefined();
    expect(give(129, 'float32')).toBeUndefined();
    expect(slabs).toHaveLength(0);
    const arrays = [32, 32, 128, 32, 32, 32, 128, 128].map((n) => give(n, 'float32'));
    expect(slabs.map((s) => s.byteLength)).toEqual([512, 1024, 512, 1024]);
    arrays.forEach((array, i) => {
      expect(slabs).toContain(array?.buffer);
      const bytes = new Uint8Array(
        array?.buffer as ArrayBuffer,
        array?.byteOffset,
        array?.byteLength,
      );
      expect(bytes.every((b) => b === 9)).toBe(true);
      bytes.fill(20 + i);
    });
    arrays.forEach((array, i) => {
      const bytes = new Uint8Array(
        array?.buffer as ArrayBuffer,
        array?.byteOffset,
        array?.byteLength,
      );
      expect(bytes.every((b) => b === 20 + i)).toBe(true);
    });
  });
});
