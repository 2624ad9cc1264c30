// .npy and .npz files compared with NumPy's, round trips, and untrusted files.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DLError, type DType, DTypeError, ones, type Tensor, tensor, ValueError } from '@dl/core';
import fc from 'fast-check';
import { deflateSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { join as joinParts } from '../src/bytes/bytes.js';
import { loadNpy, loadNpz, saveNpy, saveNpyBytes, saveNpz, saveNpzBytes } from '../src/index.js';
import { NUMPY } from '../src/numpy/npz.js';
import { type ZipEntry, ZipReader } from '../src/zip/reader.js';
import { type ZipInput, zipped } from '../src/zip/writer.js';
import {
  anyTensor,
  expectGolden,
  expectRefused,
  expectSame,
  fromBase64,
  goldens,
  tensorOfGolden,
  toBase64,
  utf8,
} from './formats.js';

const { npy, npz } = goldens;
const folder = mkdtempSync(join(tmpdir(), 'numpy-'));
afterAll(() => rmSync(folder, { recursive: true }));
const dtypes: DType[] = ['float32', 'float64', 'float16', 'int64', 'int32', 'uint8', 'bool'];

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** A .npy file with any header. */
function forged(dict: string, data = new Uint8Array(0), version = 1, length = dict.length) {
  const head = new Uint8Array(version === 1 ? 10 : 12);
  head.set(latin1(`\x93NUMPY${String.fromCharCode(version)}\0`));
  const view = new DataView(head.buffer);
  if (version === 1) view.setUint16(8, length, true);
  else view.setUint32(8, length, true);
  return joinParts([head, latin1(dict), data]);
}

const dictOf = (shape: string, descr = "'<f4'", order = 'False'): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
const eight = new Uint8Array(8);

describe("NumPy's .npy files", () => {
  it('are written, byte for byte', () => {
    expect(npy.same.length).toBeGreaterThan(20);
    for (const golden of npy.same) {
      expect(toBase64(saveNpyBytes(tensorOfGolden(golden)))).toBe(golden.file);
    }
  });

  for (const golden of npy.read) {
    it(`are read: ${golden.name}`, async () => {
      expectGolden(await loadNpy(fromBase64(golden.file)), golden);
    });
  }

  it('in Fortran order become transposed views', async () => {
    const file = npy.read.find(({ name }) => name === 'float32 < F');
    const x = await loadNpy(fromBase64((file as { file: string }).file));
    expect([x.shape, x.stride(), x.isContiguous()]).toEqual([[2, 5], [1, 2], false]);
    expect(x.add(1).sum(0).shape).toEqual([5]);
  });

  it('with unsupported dtypes are refused', async () => {
    const messages: Record<string, RegExp> = {
      object:
        /contains Python objects as a pickle, which is a program that reading would run; save numbers/,
      complex: /contains complex numbers/,
      bytes: /contains byte strings/,
      string: /holds strings/,
      structured: /structured dtype.*save each of its fields/,
      'structured in UTF-8': /structured dtype/,
      subarray: /structured dtype/,
      void: /contains raw or structured data/,
      date: /"<M8\[ns\]" holds dates/,
      'time span': /contains time spans/,
      uint64: /holds uint64; save it as int64/,
      'long double': /floats of an unknown size/,
    };
    expect(Object.keys(npy.refused).sort()).toEqual(Object.keys(messages).sort());
    for (const [name, file] of Object.entries(npy.refused)) {
      await expectRefused(loadNpy(fromBase64(file)), messages[name]);
    }
  });
});

describe('.npy files', () => {
  it('survive a round trip', async () => {
    await fc.assert(
      fc.asyncProperty(anyTensor(dtypes), async (x) => {
        expectSame(await loadNpy(saveNpyBytes(x)), x);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('are written to and read from the disk', async () => {
    const file = join(folder, 'x.npy');
    const x = ones([2, 3]);
    const saving = saveNpy(x.t(), file);
    x.fill_(5);
    await saving;
    expect(new Uint8Array(readFileSync(file))).toEqual(saveNpyBytes(ones([3, 2])));
    expectSame(await loadNpy(file), ones([3, 2]));
    await expect(saveNpy(x, null as never)).rejects.toThrow(/saveNpyBytes returns the bytes/);
    await expect(loadNpy(join(folder, 'none'))).rejects.toThrow(/loadNpy: .* it does not exist/);
    expect(readdirSync(folder)).toEqual(['x.npy']);
  });

  it('refuse bfloat16 and non-tensors', async () => {
    expect(() => saveNpyBytes(ones([1], { dtype: 'bfloat16' }))).toThrow(DTypeError);
    expect(() => saveNpyBytes([1] as never)).toThrow(/must be a tensor/);
    await expect(saveNpy(1 as never, join(folder, 'a'))).rejects.toThrow(DTypeError);
  });

  it('of bools contain only 0 and 1, whatever the file contains', async () => {
    const file = forged(dictOf('(3,)', "'|b1'"), new Uint8Array([0, 1, 7]));
    expect([...(await loadNpy(file)).data()]).toEqual([0, 1, 1]);
  });
});

describe('untrusted .npy files', () => {
  const refuse = (file: Uint8Array, message: RegExp): Promise<void> =>
    expectRefused(loadNpy(file), message);

  it('load if nothing is wrong', async () => {
    expect((await loadNpy(forged(dictOf('(2,)'), eight))).shape).toEqual([2]);
    expect((await loadNpy(forged(dictOf('(2,)'), eight, 2))).shape).toEqual([2]);
    expect((await loadNpy(forged(dictOf('(2L,)'), eight, 2))).shape).toEqual([2]);
    expect((await loadNpy(forged(dictOf('( 1\t,2 )', '"=f4"', 'True'), eight, 3))).shape).toEqual([
      1, 2,
    ]);
    expect((await loadNpy(forged(dictOf('(2)'.replace('2', '2,0'))))).shape).toEqual([2, 0]);
  });

  it('are refused wherever they are truncated, and with extra bytes', async () => {
    const whole = saveNpyBytes(ones([3]));
    for (let n = 0; n < whole.length; n++) await refuse(whole.slice(0, n), /./);
    await refuse(joinParts([whole, eight]), /byte 140: .*8 more bytes follow; if several arrays/);
  });

  it('are refused for their first bytes', async () => {
    await refuse(utf8('<!doctype html>'), /byte 0: the file is an HTML page/);
    await refuse(latin1('\x93NUMPx'), /byte 5: this is not/);
    await refuse(forged(dictOf('()'), eight, 0), /byte 6: version 0.0 is unknown/);
    await refuse(forged(dictOf('()'), eight, 4), /byte 6: version 4.0 is unknown/);
    await refuse(latin1('\x93NUMPY\x01\x01\0\0'), /byte 6: version 1.1/);
    await refuse(forged('{}', eight, 1, 20), /byte 8: the header of 20 bytes does not fit/);
    await refuse(forged('{}', eight, 1, 65535), /byte 8: .* exceeds the limit of 10000/);
    await refuse(forged('{}', eight, 2, 2 ** 32 - 1), /byte 8: .* exceeds the limit/);
    await refuse(forged("{'a': '\xff'}", eight, 3), /byte 12: bytes 12 to 22 are not UTF-8/);
  });

  it('are refused for their dict', async () => {
    const dict = (text: string, message: RegExp): Promise<void> =>
      refuse(forged(text, eight), message);
    await dict('', /byte 10: the header ends where a value should be/);
    await dict('{', /byte 11: the header ends where a key in quotes/);
    await dict('{}', /not a dict with descr, fortran_order and shape/);
    await dict('[]', /not a dict with descr/);
    await dict("{'descr': '<f4', 'fortran_order': False, 'size': ()}", /not a dict with descr/);
    await dict(
      "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}",
      /not a dict with descr/,
    );
    await dict("{'descr': '<f4', 'descr': '<f4'}", /byte 27: .* key "descr" twice/);
    await dict("{'descr' '<f4'}", /byte 19: the header has "'" where ':' should be/);
    await dict("{'descr': '<f4' 'x': 1}", /where ',' or '}' should be/);
    await dict("{'descr: 1}", /byte 11: .* unterminated string/);
    await dict("{'de\\x73cr': 1}", /backslash/);
    await dict('{1: 2}', /where a key in quotes/);
    await dict('__import__("os")', /byte 10: the header has "_" where a value should be/);
    await dict("{'descr': open('x')}", /where a value should be/);
    await dict("{'descr': Truely}", /where a value should be/);
    await dict("{'descr': 1.5}", /has "." where/);
    await dict("{'descr': 007}", /leading zeros/);
    await dict("{'descr': -}", /where a digit should be/);
    await dict(`{'descr': ${'9'.repeat(30)}}`, /which is too large/);
    await dict(`{'descr': ${'('.repeat(5000)}`, /nested more than 16 levels/);
    await dict(`${dictOf('(2,)')}x`, /where nothing more should be/);
    await refuse(forged(dictOf('(2L,)'), eight, 3), /has "L" where/);
  });

  it('are refused for the values in the dict', async () => {
    const says = (text: string, message: RegExp): Promise<void> =>
      refuse(forged(text, eight), message);
    await says(dictOf('(2)'), /the shape is not a tuple/);
    await says(dictOf('[2]'), /the shape is not a tuple/);
    await says(dictOf('(-2,)'), /the shape contains -2/);
    await says(dictOf("('2',)"), /the shape contains something that is not a number/);
    await says(dictOf('(True,)'), /something that is not a number/);
    await says(dictOf('(3,)'), /float32 of shape \[3\] needs 12 bytes, but only 8 follow/);
    await says(dictOf('(1,)'), /ends here, but 4 more bytes follow/);
    await says(dictOf('(4294967296, 4294967296)'), /too many elements/);
    await says(dictOf('(4294967296, 0, 4294967296)'), /too many elements/);
    await says(dictOf('(9007199254740991,)'), /too many elements/);
    await says(dictOf('(99999999999,)'), /only 8 follow the header/);
    await says(dictOf(`(${'1,'.repeat(65)})`), /has 65 dimensions, more than 64/);
    await says(dictOf('(2,)', "'<f4'", '1'), /fortran_order is not True or False/);
    for (const descr of ["'<i3'", "'x4'", "'<f4[s]'", "''", "'<i04'", "'<u3'", "'f4,f4'"]) {
      await says(dictOf('(2,)', descr), /which is not a (known )?dtype/);
    }
    await says(dictOf('(2,)', 'None'), /structured dtype/);
  });
});

describe("NumPy's .npz files", () => {
  for (const [name, { file, compressed, tensors }] of Object.entries(npz.files)) {
    const made = (): Record<string, Tensor> =>
      Object.fromEntries(Object.entries(tensors).map(([key, g]) => [key, tensorOfGolden(g)]));

    it(`are read, compressed or not: ${name}`, async () => {
      for (const bytes of [fromBase64(file), fromBase64(compressed)]) {
        const loaded = await loadNpz(bytes);
        expect(Object.keys(loaded)).toEqual(Object.keys(tensors));
        for (const [key, golden] of Object.entries(tensors)) expectGolden(loaded[key], golden);
      }
    });

    it(`are written, byte for byte: ${name}`, () => {
      expect(toBase64(saveNpzBytes(made()))).toBe(file);
    });

    it(`are written compressed, and read again: ${name}`, async () => {
      const bytes = saveNpzBytes(made(), { compressed: true });
      // Everything except the compressed bytes is as in Python.
      expect(bytes.length / fromBase64(compressed).length).toBeLessThan(1.05);
      const loaded = await loadNpz(bytes);
      for (const [key, x] of Object.entries(made())) expectSame(loaded[key], x);
    });
  }

  it('in Zip64 format are read', async () => {
    for (const text of [npz.large.file, npz.large.compressed]) {
      const loaded = await loadNpz(fromBase64(text));
      for (const [key, golden] of Object.entries(npz.large.tensors)) {
        expectGolden(loaded[key], golden);
      }
    }
  });

  it('in Zip64 format are written, byte for byte', () => {
    const inputs: ZipInput[] = Object.entries(npz.large.tensors).map(([key, golden]) => {
      return { name: `${key}.npy`, parts: [saveNpyBytes(tensorOfGolden(golden))] };
    });
    expect(toBase64(joinParts([...zipped(inputs, { ...NUMPY, most32: 150 })]))).toBe(
      npz.large.file,
    );
  });

  it('written as a stream, with folders and a comment, are read', async () => {
    const loaded = await loadNpz(fromBase64(npz.streamed.file));
    expect(Object.keys(loaded)).toEqual(Object.keys(npz.streamed.tensors));
    for (const [key, golden] of Object.entries(npz.streamed.tensors)) {
      expectGolden(loaded[key], golden);
    }
  });
});

describe('.npz files', () => {
  it('survive a round trip', async () => {
    const name = fc
      .string({ unit: 'grapheme' })
      .filter((s) => !/^(__proto__|constructor)$|\0/.test(s));
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, anyTensor(dtypes), { noNullPrototype: true }),
        fc.boolean(),
        async (tensors, compressed) => {
          const loaded = await loadNpz(saveNpzBytes(tensors, { compressed }));
          expect(Object.keys(loaded)).toEqual(Object.keys(tensors));
          for (const [key, x] of Object.entries(tensors)) expectSame(loaded[key], x);
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  it('are written to and read from the disk', async () => {
    const file = join(folder, 'x.npz');
    const x = ones([2, 3]);
    for (const compressed of [false, true]) {
      const saving = saveNpz({ x, y: x.t() }, file, { compressed });
      x.fill_(5);
      await saving;
      x.fill_(1);
      expect(new Uint8Array(readFileSync(file))).toEqual(
        saveNpzBytes({ x, y: x.t() }, { compressed }),
      );
      expectSame((await loadNpz(file)).y, x.t());
    }
    expectSame((await loadNpz(new Blob([readFileSync(file)]))).x, x);
  });

  it('refuse names that an archive cannot contain, and non-tensors', () => {
    const x = ones([1]);
    const write =
      (tensors: unknown): (() => unknown) =>
      () =>
        saveNpzBytes(tensors as never);
    expect(write({ 'a\0': x })).toThrow(ValueError);
    expect(write({ '\ud800': x })).toThrow(ValueError);
    expect(write({ ['__proto__']: x })).toThrow(ValueError);
    expect(write({ ['a'.repeat(65532)]: x })).toThrow(ValueError);
    expect(write({ a: 1 })).toThrow(DTypeError);
    expect(write([x])).toThrow(DTypeError);
    expect(write(null)).toThrow(DTypeError);
    expect(write({ a: x.to('bfloat16') })).toThrow(/saveNpzBytes: NumPy has no bfloat16/);
  });

  it('contain more entries than 16 bits can count', async () => {
    const x = tensor([1], { dtype: 'uint8' });
    const many = Object.fromEntries(Array.from({ length: 65_537 }, (_, i) => [`a${i}`, x]));
    const loaded = await loadNpz(saveNpzBytes(many));
    expect(Object.keys(loaded)).toEqual(Object.keys(many));
  });

  it('are inflated in many pieces', async () => {
    const noisy = tensor(Array.from({ length: 100_000 }, (_, i) => Math.sin(i * i)));
    const zeros = ones([500_000]).mul(0);
    const loaded = await loadNpz(saveNpzBytes({ noisy, zeros }, { compressed: true }));
    expectSame(loaded.noisy, noisy);
    expectSame(loaded.zeros, zeros);
  });
});

describe('untrusted .npz files', () => {
  const refuse = (file: Uint8Array, message: RegExp): Promise<void> =>
    expectRefused(loadNpz(file), message);
  const array = saveNpyBytes(ones([2, 2]));
  const zip = (names: string[], compressed = false, contents: Uint8Array = array): Uint8Array =>
    joinParts([
      ...zipped(
        names.map((name) => ({ name, parts: [contents] })),
        NUMPY,
        compressed ? deflateSync : undefined,
      ),
    ]);
  /** An archive with some bytes changed, from the last occurrence of a signature. */
  const patched = (
    file: Uint8Array,
    signature: string,
    ...changes: [at: number, ...number[]][]
  ) => {
    const copy = Buffer.from(file);
    const place = copy.lastIndexOf(`PK${signature}`, undefined, 'latin1');
    expect(place).toBeGreaterThanOrEqual(0);
    for (const [at, ...bytes] of changes) copy.set(bytes, place + at);
    return new Uint8Array(copy);
  };
  const central = '\x01\x02';
  const local = '\x03\x04';
  const end = '\x05\x06';
  const u32 = (n: number): number[] => [n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24];

  it('load if nothing is wrong', async () => {
    const names = ['../a.npy', '/b.npy', 'c:\\d.npy', 'no suffix'];
    const keys = ['../a', '/b', 'c:\\d', 'no suffix'];
    for (const compressed of [false, true]) {
      expect(Object.keys(await loadNpz(zip(names, compressed)))).toEqual(keys);
    }
  });

  it('are refused wherever they are truncated', async () => {
    for (const compressed of [false, true]) {
      const whole = zip(['a.npy', 'b.npy'], compressed);
      for (let n = 0; n < whole.length; n++) await refuse(whole.slice(0, n), /./);
      await refuse(joinParts([whole, eight]), /has no end record/);
      await refuse(joinParts([eight, whole]), /is missing where it should be/);
    }
  });

  it('are refused for a flipped bit in their contents', async () => {
    for (const compressed of [false, true]) {
      const whole = zip(['a.npy'], compressed);
      const contents = compressed ? deflateSync(array) : array;
      for (let i = 0; i < contents.length; i++) {
        const broken = whole.slice();
        const at = 30 + 5 + 20 + i;
        broken[at] = broken[at] ^ (1 << (i % 8));
        // Deflate pads its last byte with bits that mean nothing.
        if (compressed && i === contents.length - 1) {
          const loaded = await loadNpz(broken).catch(() => null);
          if (loaded !== null) expectSame(loaded.a, ones([2, 2]));
        } else await refuse(broken, /./);
      }
    }
  });

  it('are refused for their entries', async () => {
    const one = zip(['a.npy']);
    await refuse(zip(['a.npy', 'a.npy']), /entry "a.npy" appears twice/);
    await refuse(zip(['a.npy', 'a']), /this archive contains a second array "a"/);
    await refuse(zip(['__proto__.npy']), /'__proto__' is not allowed/);
    await refuse(
      zip(['x.txt'], false, utf8('text of some kind')),
      /loadNpz: x.txt: byte 0: this is not a .npy/,
    );
    await refuse(patched(one, central, [8, 1]), /"a.npy" is encrypted/);
    await refuse(patched(one, central, [10, 12]), /compressed by method 12/);
    await refuse(
      patched(one, central, [10, 8]),
      /another compression method than in the directory/,
    );
    await refuse(patched(one, central, [46, 0x62]), /"b.npy" has another name here .*: "a.npy"/);
    await refuse(patched(one, central, [46, 0xff]), /the name of an entry is not UTF-8 text/);
    await refuse(
      patched(one, central, [16, 1, 2, 3, 4]),
      /the checksum of entry "a.npy".* is wrong/,
    );
    await refuse(patched(one, central, [24, 1]), /is stored in \d+ bytes and claims \d+/);
    await refuse(
      patched(one, central, [20, 1], [24, 1]),
      /a.npy: byte 1: the file ends after 1 bytes/,
    );
    await refuse(
      patched(one, central, [20, ...u32(1e9)], [24, ...u32(1e9)]),
      /has 1000000000 bytes starting at byte 0, and reaches past/,
    );
    await refuse(patched(one, central, [42, 1]), /is not where the directory says it is/);
    await refuse(patched(one, central, [42, ...u32(2 ** 31)]), /past/);
    await refuse(patched(one, central, [24, 255, 255, 255, 255]), /lacks the 64-bit sizes/);
    await refuse(patched(one, central, [28, 255]), /reaches past the end of the directory/);
    await refuse(patched(one, central, [28, 4]), /continues for \d+ bytes after its last entry/);
    await refuse(patched(one, local, [28, 255, 255]), /past/);
    await refuse(patched(one, end, [8, 2, 0, 2]), /2 entries do not fit|entry 1 of the directory/);
    await refuse(patched(one, end, [8, 0, 0, 0]), /continues for \d+ bytes after its last entry/);
    await refuse(patched(one, end, [4, 1]), /split into several parts/);
    await refuse(patched(one, end, [8, 2]), /split into several parts/);
    await refuse(patched(one, end, [16, ...u32(2 ** 30)]), /does not fit before byte/);
    await refuse(patched(one, end, [8, 255, 255, 255, 255]), /65535 entries do not fit/);
  });

  it('are refused if the two end records of Zip64 differ', async () => {
    const large = fromBase64(npz.large.file);
    expect(Object.keys(await loadNpz(large))).toEqual(['a', 'b']);
    expect(Object.keys(await loadNpz(patched(large, end, [8, 255, 255, 255, 255])))).toEqual([
      'a',
      'b',
    ]);
    await refuse(
      patched(large, end, [8, 1, 0, 1, 0]),
      /two end records of the zip file do not say the same/,
    );
    await refuse(
      patched(large, end, [16, 0]),
      /two end records of the zip file do not say the same/,
    );
    await refuse(
      patched(large, '\x06\x07', [8, ...u32(1)]),
      /64-bit end record is missing where it should be/,
    );
    await refuse(patched(large, '\x06\x07', [8, ...u32(1e9)]), /which is not before/);
    await refuse(patched(large, '\x06\x07', [16, 2]), /split into several parts/);
    const huge = Array.from({ length: 8 }, () => 255);
    await refuse(
      patched(large, '\x06\x07', [8, ...huge]),
      /is 18446744073709551615, which is too large/,
    );
    await refuse(
      patched(large, '\x06\x06', [32, ...huge]),
      /is 18446744073709551615, which is too large/,
    );
    // Behind the name of an entry: the field's tag and its length.
    await refuse(
      patched(large, central, [46 + 5 + 2, 4]),
      /64-bit sizes of entry "b.npy" are cut off/,
    );
  });

  it('are refused if entries share bytes', async () => {
    const two = zip(['a.npy', 'b.npy']);
    // Both records of the directory now point to the first entry: a small file with large contents.
    const copy = Buffer.from(patched(two, central, [42, 0, 0, 0, 0]));
    copy[copy.lastIndexOf('b.npy')] = 0x61;
    await refuse(new Uint8Array(copy), /"a.npy" appears twice/);
    // The size of the first one reaches into the second.
    const place = copy.indexOf(Buffer.from('PK\x01\x02', 'latin1'));
    const longer = Buffer.from(two);
    longer.set([...u32(array.length + 1), ...u32(array.length + 1)], place + 20);
    await refuse(
      new Uint8Array(longer),
      /entry "b.npy" begins here and overlaps the one before it/,
    );
  });

  it('are inflated no further than they declare', async () => {
    /** A deflated entry with any declared size. */
    const bomb = (contents: Uint8Array, claimed: number): Uint8Array => {
      const [whole] = [zip(['a.npy'], true, contents)];
      return patched(whole, central, [24, ...u32(claimed)]);
    };
    const bytes = (count: number): Uint8Array =>
      joinParts([latin1(''), saveNpyBytes(ones([count], { dtype: 'uint8' }))]);
    const packed = deflateSync(bytes(100_000)).length;
    await refuse(
      bomb(bytes(100_000), 2 ** 31),
      new RegExp(`claims 2147483648 bytes from ${packed}; deflate`),
    );
    await refuse(
      bomb(bytes(100_000), 100_000),
      /uint8 of shape \[100000\] needs 100000 bytes, but only/,
    );
    await refuse(bomb(bytes(100_000), 100_129), /a.npy: byte 100128: .* 1 more bytes follow/);
    // The header agrees with the declared size, but more data follow, of which at most one piece is read.
    const small = saveNpyBytes(ones([4], { dtype: 'uint8' }));
    const noise = Uint8Array.from({ length: 500_000 }, (_, i) => (Math.sin(i * i) * 1e6) & 255);
    const file = bomb(joinParts([small, noise]), small.length);
    await refuse(file, /claims 132 bytes and inflates to more/);
    let read = 0;
    const zipFile = await ZipReader.open('test', {
      size: file.length,
      read: async (from, to) => {
        read += to - from;
        return file.slice(from, to);
      },
      close: async () => {},
    });
    read = 0;
    expect(file.length).toBeGreaterThan(400_000);
    await expect(zipFile.read(zipFile.entries.get('a.npy') as ZipEntry, 128)).rejects.toThrow(
      /inflates to more/,
    );
    expect(read).toBeLessThan(100_000);
    // A size that the archive allows but no memory can hold, almost endless.
    const head = saveNpyBytes(ones([1]));
    const inputs = [{ name: 'a.npy', parts: [new Uint8Array(head.length)] }];
    const archive = Buffer.from(
      joinParts([...zipped(inputs, { ...NUMPY, most32: 0 }, deflateSync)]),
    );
    const directory = archive.lastIndexOf('PK\x01\x02', undefined, 'latin1');
    archive.writeBigUInt64LE(2n ** 52n, directory + 46 + 5 + 4);
    archive.writeBigUInt64LE(2n ** 44n, directory + 46 + 5 + 12);
    const gap = 2 ** 44 + 1000;
    const far = archive.lastIndexOf('PK\x06\x06', undefined, 'latin1');
    archive.writeBigUInt64LE(BigInt(directory + gap), far + 48);
    archive.writeBigUInt64LE(BigInt(far + gap), far + 56 + 8);
    archive.writeUInt32LE(0xffffffff, far + 56 + 20 + 16);
    const vast = await ZipReader.open('test', {
      size: archive.length + gap,
      // The directory is far after the contents, with zeros in between.
      read: async (from, to) => {
        const part = new Uint8Array(to - from);
        for (let i = from; i < to; i++) {
          if (i < directory) part[i - from] = archive[i];
          else if (i >= directory + gap) part[i - from] = archive[i - gap];
        }
        return part;
      },
      close: async () => {},
    });
    const failing = vast.read(vast.entries.get('a.npy') as ZipEntry, 128);
    await expect(failing).rejects.toThrow(DLError);
    await expect(failing).rejects.toThrow(/test: cannot allocate \d+ bytes in one piece/);
    // Less than declared.
    const short = bytes(100_000).subarray(0, 50_000);
    await refuse(bomb(short, 100_128), /inflates to only 50000|is not deflate data/);
  });
});
