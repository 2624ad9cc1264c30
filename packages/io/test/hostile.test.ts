// Files from strangers: whatever is in them, reading gives a value or a FormatError, and soon.
import { FormatError, tensor } from '@dl/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readContainer, writeContainer } from '../src/container.js';
import { crc32 } from '../src/crc32.js';
import { load, saveBytes } from '../src/index.js';

const text = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

/** A file whose checksums are right and whose structure is whatever is given. */
const forged = (structure: unknown, ...data: Uint8Array[]): Uint8Array =>
  writeContainer([
    { name: 'structure', bytes: text(structure) },
    ...data.map((bytes, i) => ({ name: `data/${i}`, bytes })),
  ]);

const eight = new Uint8Array(8);
const storage = { dtype: 'float32', length: 2 };
const plain = { storage: 0, shape: [2], strides: [1], offset: 0, requiresGrad: false };
const withTensor = (change: object): Uint8Array =>
  forged(
    { storages: [storage], tensors: [{ ...plain, ...change }], modules: [], value: ['tensor', 0] },
    eight,
  );
const withValue = (value: unknown): Uint8Array =>
  forged({ storages: [], tensors: [], modules: [], value });

async function refused(file: Uint8Array, message: RegExp = /./): Promise<void> {
  const error = await load(file).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(FormatError);
  expect((error as Error).message).toMatch(/load: byte \d+: /);
  expect((error as Error).message).toMatch(message);
}

describe('the checksum', () => {
  it('is CRC-32', () => {
    expect(crc32(text('123456789'))).toBe(0xcbf43926);
    expect(crc32(text('6789'), crc32(text('12345')))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
  });
});

describe('damaged files', () => {
  const file = saveBytes({
    a: tensor([1, 2, 3]),
    b: [1, 'two'],
    c: tensor([4], { dtype: 'int64' }),
  });

  it('are refused wherever they end', async () => {
    const whole = await file;
    for (let n = 0; n < whole.length; n++) await refused(whole.slice(0, n));
  });

  it('are refused whichever bit is turned', async () => {
    const whole = await file;
    for (let i = 0; i < whole.length; i++) {
      const broken = whole.slice();
      broken[i] = (broken[i] as number) ^ (1 << (i % 8));
      await refused(broken);
    }
  });

  it('are refused with bytes behind the end', async () => {
    const whole = await file;
    const longer = new Uint8Array(whole.length + 1);
    longer.set(whole);
    await refused(longer, new RegExp(`byte ${whole.length}: there are 1 bytes behind`));
  });

  it('name the byte', async () => {
    const whole = await file;
    const patched = (at: number, value: number): Uint8Array => {
      const copy = whole.slice();
      copy[at] = value;
      return copy;
    };
    await refused(text('<!doctype html>'), /byte 0: this is not a file that save\(\) wrote/);
    await refused(whole.slice(0, 20), /byte 20: the file ends inside its 24-byte header/);
    await refused(patched(8, 9), /byte 8: format version 9 is unknown/);
    await refused(patched(15, 255), /byte 12: \d+ entries do not fit/);
    await refused(patched(19, 255), /byte 16: a directory of \d+ bytes does not fit/);
    await refused(patched(30, 1), /byte 24: the checksum of the directory/);
    await refused(patched(whole.length - 1, 1), /byte \d+: the checksum of entry 'data\/1'/);
  });

  it('are refused when random', async () => {
    const head = (await file).slice(0, 24);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, start) => {
        const candidate = start ? Uint8Array.from([...head, ...bytes]) : bytes;
        await refused(candidate);
      }),
    );
  });
});

describe('forged files', () => {
  it('are read when they are right', async () => {
    expect(((await load(withTensor({}))) as { shape: number[] }).shape).toEqual([2]);
    expect(await load(withValue(['dict', [['a', 1]]]))).toEqual({ a: 1 });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['no structure', writeContainer([]), /no entry 'structure'/],
    ['no JSON', forged('{"a":'), /not JSON/],
    ['no UTF-8', writeContainer([{ name: 'structure', bytes: Uint8Array.of(0xff) }]), /not UTF-8/],
    [
      'other keys',
      forged({ storages: [], tensors: [], modules: [], values: 1 }),
      /not an object of/,
    ],
    ['a list', forged([]), /not an object of/],
    [
      'more storages than entries',
      forged({ storages: [storage], tensors: [], modules: [], value: 1 }),
      /the file has 0/,
    ],
    [
      'an entry of another name',
      writeContainer([
        {
          name: 'structure',
          bytes: text({ storages: [storage], tensors: [], modules: [], value: 1 }),
        },
        { name: 'else', bytes: eight },
      ]),
      /has no entry 'data\/0'/,
    ],
    [
      'a huge length',
      forged(
        { storages: [{ dtype: 'float32', length: 1e15 }], tensors: [], modules: [], value: 1 },
        eight,
      ),
      /has 8 bytes, 1000000000000000 elements/,
    ],
    [
      'a negative length',
      forged(
        { storages: [{ dtype: 'float32', length: -2 }], tensors: [], modules: [], value: 1 },
        eight,
      ),
      /storages\[0\]\.length is -2/,
    ],
    [
      'an unknown dtype',
      forged(
        { storages: [{ dtype: 'toString', length: 2 }], tensors: [], modules: [], value: 1 },
        eight,
      ),
      /unknown dtype "toString"/,
    ],
    ['a tensor beyond the end', withTensor({ shape: [3] }), /reaches element 2 of a storage of 2/],
    ['strides beyond the end', withTensor({ strides: [2] }), /reaches element 2/],
    ['an offset beyond the end', withTensor({ offset: 1 }), /reaches element 2/],
    ['an empty tensor beyond the end', withTensor({ shape: [0], offset: 3 }), /reaches element 3/],
    ['a negative stride', withTensor({ strides: [-1], offset: 1 }), /strides\[0\] is -1/],
    ['a fraction', withTensor({ shape: [1.5] }), /shape\[0\] is 1\.5/],
    ['a text for a size', withTensor({ shape: ['2'] }), /shape\[0\] is "2"/],
    ['a shape of another kind', withTensor({ shape: 2 }), /shape is 2, not a list/],
    ['too few strides', withTensor({ strides: [] }), /1 dimensions and 0 strides/],
    ['too many elements', withTensor({ shape: [1e9, 1e9], strides: [0, 0] }), /too many elements/],
    ['a storage that is not there', withTensor({ storage: 1 }), /is number 1 of 1/],
    ['a storage by name', withTensor({ storage: 'length' }), /storage is "length"/],
    ['requiresGrad as a number', withTensor({ requiresGrad: 1 }), /not a boolean/],
    [
      'a gradient of integers',
      forged(
        {
          storages: [{ dtype: 'int32', length: 2 }],
          tensors: [{ ...plain, requiresGrad: true }],
          modules: [],
          value: 1,
        },
        eight,
      ),
      /which int32 has not/,
    ],
    ['a tensor that is not there', withValue(['tensor', 0]), /value is number 0 of 0/],
    [
      'bytes of floats',
      forged({ storages: [storage], tensors: [], modules: [], value: ['bytes', 0] }, eight),
      /bytes of dtype float32/,
    ],
    ['an unknown tag', withValue(['function', 'x']), /the tag "function"/],
    ['a tag of the prototype', withValue(['toString', 'x']), /the tag "toString"/],
    ['a bare object', withValue({ a: 1 }), /value is \{"a":1\}/],
    ['a number by name', withValue(['number', '7']), /the tag "number"/],
    ['a bigint that is no number', withValue(['bigint', '0x10']), /the tag "bigint"/],
    ['an endless bigint', withValue(['bigint', '9'.repeat(1000)]), /the tag "bigint"/],
    [
      '__proto__',
      withValue(['dict', [['__proto__', ['dict', [['polluted', true]]]]]]),
      /the key '__proto__'/,
    ],
    ['constructor', withValue(['dict', [['constructor', 1]]]), /the key 'constructor'/],
    [
      'a key twice',
      withValue([
        'dict',
        [
          ['a', 1],
          ['a', 2],
        ],
      ]),
      /the key "a" twice/,
    ],
    ['a key that is a number', withValue(['dict', [[1, 2]]]), /where a key and a value should be/],
    ['a pair of three', withValue(['dict', [['a', 1, 2]]]), /where a key and a value should be/],
  ])('are refused: %s', async (_name, file, message) => {
    await refused(file, message);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('are refused when nested without end', async () => {
    const deep = (n: number): string =>
      `{"storages":[],"tensors":[],"modules":[],"value":${'["list",['.repeat(n)}${']]'.repeat(n)}}`;
    await refused(forged(deep(300)), /more than 256 levels/);
    await refused(forged(deep(200_000)));
    await refused(forged('['.repeat(1_000_000)));
  });

  it('are refused when their directory lies', () => {
    const two = writeContainer([
      { name: 'a', bytes: Uint8Array.of(1) },
      { name: 'b', bytes: Uint8Array.of(2) },
    ]);
    const view = new DataView(two.buffer);
    const seal = (): void => view.setUint32(20, crc32(two.subarray(24, 24 + 46)), true);
    const at = 24 + 3;
    view.setBigUint64(at, 65n, true);
    seal();
    expect(() => readContainer(two)).toThrow(/byte 27: entry 'a' is at 65, expected 128/);
    view.setBigUint64(at, 128n, true);
    view.setBigUint64(at + 8, 2n ** 64n - 1n, true);
    seal();
    expect(() => readContainer(two)).toThrow(/byte 35: entry 'a' needs bytes 128 to \d+/);
    view.setBigUint64(at + 8, 1n, true);
    two[24 + 23 + 2] = 'a'.charCodeAt(0);
    seal();
    expect(() => readContainer(two)).toThrow(/entry 'a' is there twice/);
  });
});
