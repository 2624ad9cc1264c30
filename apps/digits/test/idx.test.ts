// Reading IDX files: the real ones, and every way in which one can be wrong.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DLError, FormatError } from '@dl/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIdx } from '../src/idx.js';
import { packagedData, pairUp, readTest, readTraining } from '../src/mnist.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const good = bytes(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6);

describe('an IDX file', () => {
  it('gives sizes and elements', () => {
    const { shape, data } = parseIdx(good, 'x');
    expect(shape).toEqual([2, 3]);
    expect([...data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('may lie in the middle of other bytes', () => {
    const { data } = parseIdx(bytes(9, 9, ...good, 9).subarray(2, 2 + good.length), 'x');
    expect([...data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['is empty', bytes(), /x: byte 0: the file ends inside the 4 bytes/],
    [
      'is of another kind',
      bytes(0x1f, 0x8b, 8, 0),
      /byte 0: an IDX file begins with two zeros, got 31/,
    ],
    ['holds floats', bytes(0, 0, 13, 1, 0, 0, 0, 0), /byte 2: element type 13/],
    ['has no dimensions', bytes(0, 0, 8, 0, 1), /byte 3: .* at least one dimension/],
    ['ends in its sizes', good.slice(0, 9), /byte 9: the file ends inside the sizes/],
    [
      'is cut off',
      good.slice(0, 17),
      /byte 17: sizes 2 x 3 need 6 bytes of elements, but the file has 5/,
    ],
    [
      'is too long',
      bytes(...good, 7),
      /byte 18: sizes 2 x 3 need 6 bytes of elements, but the file has 7/,
    ],
    [
      'claims more than there is memory',
      bytes(0, 0, 8, 3, ...new Array(12).fill(255), 1),
      /need 7\.9\d+e\+28 bytes of elements, but the file has 1/,
    ],
  ])('is refused if it %s', (_name, file, message) => {
    expect(() => parseIdx(file, 'x')).toThrow(FormatError);
    expect(() => parseIdx(file, 'x')).toThrow(message);
  });

  it('is read or refused, whatever is in it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (tail, head) => {
        const file = head ? bytes(0, 0, 8, ...tail) : tail;
        try {
          const { shape, data } = parseIdx(file, 'x');
          expect(shape.reduce((a, b) => a * b, 1)).toBe(data.length);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
    );
  });
});

describe('MNIST', () => {
  it('has the digits that it is known for', async () => {
    const training = await readTraining(packagedData());
    expect(training.count).toBe(60_000);
    expect([...training.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    let sum = 0;
    for (const value of training.images) sum += value;
    // The published mean of the training images.
    expect(sum / training.images.length / 255).toBeCloseTo(0.1307, 4);
    const test = await readTest(packagedData());
    expect(test.count).toBe(10_000);
    const counts = new Array<number>(10).fill(0);
    for (const label of test.labels) counts[label] = counts[label] + 1;
    expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  });

  it('is refused if its files are missing or do not fit each other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dl-digits-'));
    await expect(readTest(folder)).rejects.toThrow(DLError);
    await expect(readTest(folder)).rejects.toThrow(
      /cannot read .*t10k-images-idx3-ubyte: it does not exist; install/,
    );
    const images = readFileSync(join(packagedData(), 't10k-images-idx3-ubyte'));
    writeFileSync(join(folder, 't10k-images-idx3-ubyte'), images.subarray(0, 100_000));
    await expect(readTest(folder)).rejects.toThrow(/t10k-images-idx3-ubyte: byte 100000: sizes/);
    mkdirSync(join(folder, 't10k-labels-idx1-ubyte'));
    writeFileSync(join(folder, 't10k-images-idx3-ubyte'), images);
    await expect(readTest(folder)).rejects.toThrow(/t10k-labels-idx1-ubyte: it is a folder/);
    const pictures = { shape: [2, 28, 28], data: new Uint8Array(2 * 784) };
    const pair = (labels: number[], shape = [labels.length]) =>
      pairUp(pictures, { shape, data: bytes(...labels) }, 'images', 'labels');
    expect(pair([3, 9]).count).toBe(2);
    expect(() => pair([3])).toThrow(/labels: byte 4: 2 labels are needed/);
    expect(() => pair([3, 10])).toThrow(/labels: byte 9: label 10 is not a digit/);
    expect(() => pair([3, 1], [2, 1])).toThrow(FormatError);
    expect(() =>
      pairUp({ shape: [1, 10, 10], data: new Uint8Array(100) }, pictures, 'images', 'labels'),
    ).toThrow(/images: byte 4: images must be 28 x 28, but the file's sizes are 1 x 10 x 10/);
  });
});
