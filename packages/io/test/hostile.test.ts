// Untrusted files: whatever they contain, reading returns a value or throws a FormatError, and soon.
import { FormatError, Tensor, tensor } from '@dl/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { load, loadNpz, saveBytes } from '../src/index.js';
import { PyGlobal, PyTuple } from '../src/pickle/values.js';
import { PyCall, PyPersistent, writePickle } from '../src/pickle/writer.js';
import { crc32, crc32Plain } from '../src/zip/crc32.js';
import { zipOf } from './zips.js';

/** A value with its tensors written out. */
function contentsOf(value: unknown): unknown {
  if (value instanceof Tensor) return [value.dtype, value.shape, value.toArray()];
  if (Array.isArray(value)) return value.map(contentsOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, x]) => [key, contentsOf(x)]));
}

const text = (value: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(value, (c) => c.charCodeAt(0));

/** A file with this pickle, and a storage `0` of eight bytes. */
const pickled = (pickle: Uint8Array | string): Uint8Array<ArrayBuffer> =>
  zipOf({
    'a/data.pkl': typeof pickle === 'string' ? text(pickle) : pickle,
    'a/data/0': new Uint8Array(8),
  });

async function refused(file: Uint8Array, message: RegExp = /./): Promise<void> {
  const error = await load(file, { strict: true }).catch((e: unknown) => e);
  expect((error as Error).message).toMatch(message);
  expect(error).toBeInstanceOf(FormatError);
  expect((error as Error).message).toMatch(/load: byte \d+: /);
}

describe('the checksum', () => {
  it('is CRC-32, natively and in JavaScript', () => {
    for (const crc of [crc32, crc32Plain]) {
      expect(crc(text('123456789'))).toBe(0xcbf43926);
      expect(crc(text('6789'), crc(text('12345')))).toBe(0xcbf43926);
      expect(crc(new Uint8Array(0))).toBe(0);
      expect(crc(new Uint8Array(0), 7)).toBe(7);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => crc32(bytes) === crc32Plain(bytes)),
    );
  });
});

describe('damaged files', () => {
  const value = {
    a: tensor([1, 2, 3]),
    b: [1, 'two'],
    c: tensor([4], { dtype: 'int64' }),
  };
  const file = saveBytes(value);

  it('are refused wherever they are truncated', async () => {
    const whole = await file;
    for (let n = 0; n < whole.length; n++) await refused(whole.slice(0, n));
  });

  it('are refused or harmless whichever bit is flipped', async () => {
    const whole = await file;
    const wanted = contentsOf(value);
    let harmless = 0;
    for (let i = 0; i < whole.length; i++) {
      const broken = whole.slice();
      broken[i] = broken[i] ^ (1 << (i % 8));
      const found = await load(broken).catch((e: unknown) => e);
      if (found instanceof Error) expect(found, `byte ${i}`).toBeInstanceOf(FormatError);
      else {
        expect(contentsOf(found), `byte ${i}`).toEqual(wanted);
        harmless++;
      }
    }
    // Dates, paddings and the like carry no data.
    expect(harmless).toBeLessThan(whole.length / 2);
  });

  it('name the byte', async () => {
    const whole = await file;
    await refused(text('<!doctype html>'), /byte 0: the file is an HTML page/);
    await refused(new Uint8Array(0), /byte 0: the file is empty; /);
    await refused(whole.slice(0, -1), /the zip file has no end record: it is cut off/);
    const at = Buffer.from(whole).indexOf(Buffer.from(new Float32Array([1, 2, 3]).buffer));
    const broken = whole.slice();
    broken[at] = 1;
    await refused(broken, new RegExp(`byte ${at}: the checksum of entry "archive/data/0"`));
    await refused(zipOf({ 'a/b': text('x') }), /has no data\.pkl, .* it contains 'a\/b'/);
    await refused(
      zipOf({ 'a/data.pkl': text('N.'), 'a/constants.pkl': text('N.') }),
      /a TorchScript program/,
    );
    await refused(
      zipOf({ 'a/data.pkl': text('N.'), 'a/byteorder': text('middle') }),
      /the byte order is 'middle'/,
    );
  });
});

/** A pickle of a tensor on storage `0` of eight bytes. */
function tensorPickle(change: {
  storage?: string;
  key?: unknown;
  count?: unknown;
  offset?: unknown;
  size?: readonly unknown[];
  stride?: readonly unknown[];
  grad?: boolean;
}): Uint8Array<ArrayBuffer> {
  const { storage = 'FloatStorage', key = '0', count = 2, offset = 0 } = change;
  const id = new PyTuple(['storage', new PyGlobal('torch', storage), key, 'cpu', count]);
  return writePickle(
    new PyCall(
      new PyGlobal('torch._utils', '_rebuild_tensor_v2'),
      new PyPersistent(id),
      offset,
      new PyTuple(change.size ?? [2]),
      new PyTuple(change.stride ?? [1]),
      change.grad ?? false,
      new PyCall(new PyGlobal('collections', 'OrderedDict')),
    ),
  );
}

describe('forged pickles', () => {
  it('are read if they are valid', async () => {
    expect((await load<Tensor>(pickled(tensorPickle({})))).toArray()).toEqual([0, 0]);
    expect(await load(pickled("(dS'a'\nI1\ns."))).toEqual({ a: 1 });
  });

  it.each<[string, string | Uint8Array<ArrayBuffer>, RegExp]>([
    ['a call of os.system', "cos\nsystem\n(S'true'\ntR.", /byte \d+: the pickle names os\.system/],
    ['a call of eval', "c__builtin__\neval\n(S'1'\ntR.", /names __builtin__\.eval/],
    [
      'a call of a value that may only be named',
      'ctorch\nFloatStorage\n(tR.',
      /FloatStorage to be called/,
    ],
    ['an object of it', 'ctorch\nFloatStorage\n)\x81.', /FloatStorage to be called/],
    ['a name on the stack', '\x80\x04\x8c\x02os\x8c\x06system\x93.', /names os\.system/],
    ['an instance of protocol 0', "(S'x'\niposix\nsystem\n.", /names posix\.system/],
    ['a name as a value', 'ctorch\nFloatStorage\n.', /contains torch\.FloatStorage as a value/],
    ['getattr', 'c__builtin__\ngetattr\n.', /names __builtin__\.getattr/],
    ['an extension', '\x80\x02\x82\x01.', /opcode 0x82/],
    ['a buffer from outside', '\x80\x05\x97.', /opcode 0x97/],
    ['an unknown opcode', '\xff.', /0xff is not a pickle opcode/],
    ['an unknown protocol', '\x80\x09N.', /protocol 9 is unknown/],
    ['nothing', '', /the pickle ends here/],
    ['a missing end', 'N', /the pickle ends here, but 1 more bytes/],
    ['nothing at the end', '.', /takes a value from an empty stack/],
    ['two values', 'NN.', /ends with values left on the stack/],
    ['an open mark', 'N(.', /takes a value from an empty stack/],
    ['a mark that is missing', 'Nt.', /a mark that is missing/],
    ['an item for a non-list', 'NNa.', /appended to a value that is not a list/],
    ['a value for a non-dict', 'NNNs.', /put into a value that is not a dict/],
    ['a key without a value', '}(Nu.', /has a key but no value/],
    ['a state for None', 'NNb.', /set on a value that cannot have one/],
    ['an empty memo', 'h\x05.', /refers to memo entry 5, which is missing/],
    ['a memo index that is text', 'gx\n.', /an index into the memo is not a number/],
    ['a text beyond the end', 'X\xff\xff\xff\x7fabc.', /2147483647 more bytes should follow/],
    ['a text of negative length', 'X\xff\xff\xff\xff.', /the length -1 is negative/],
    ['bytes of 2^60', '\x8e\x00\x00\x00\x00\x00\x00\x00\x10.', /beyond the end of the pickle/],
    ['a text that is not UTF-8', 'X\x01\x00\x00\x00\xff.', /not UTF-8/],
    ['an invalid number', 'Ix\n.', /'x' is not an integer/],
    ['an endless number', `I${'9'.repeat(700)}\n.`, /is not an integer/],
    [
      'a long of 4096 bytes',
      `\x8b\x00\x10\x00\x00${'\x01'.repeat(4096)}.`,
      /of 4096 bytes is too long/,
    ],
    ['an invalid float', 'Fone\n.', /'one' is not a number/],
    ['an unterminated string', "S'a\n.", /not in quotes/],
    ['an unterminated line', 'S', /ends in the middle of a line/],
    ['a character beyond Unicode', 'V\\Uffffffff\n.', /is not a character/],
    ['a list inside itself', '\x80\x02]q\x00h\x00a.', /a value contains itself/],
    ['a dict inside itself', '\x80\x02}q\x00U\x01ah\x00s.', /a value contains itself/],
    ['__proto__', "(dS'__proto__'\n(dS'polluted'\nI1\nss.", /the key '__proto__'/],
    ['a key twice', "(dI1\nI1\nsS'1'\nI2\ns.", /the key '1' twice/],
    ['a persistent id as the value', "S'x'\nQ.", /a persistent id does not name a storage/],
    [
      'a tensor of None',
      'ctorch._utils\n_rebuild_tensor_v2\n(NNNNNNtR.',
      /made of a value that is not a storage/,
    ],
    [
      'a parameter of None',
      'ctorch._utils\n_rebuild_parameter\n(NtR.',
      /made of a value that is not a tensor/,
    ],
    [
      'bytes of non-Latin-1 text',
      'c_codecs\nencode\n(V\\u1234\nVlatin1\ntR.',
      /a value that is not Latin-1 text/,
    ],
    ['a tensor beyond the end', tensorPickle({ size: [3] }), /element 2 of a storage of 2/],
    ['strides beyond the end', tensorPickle({ stride: [2] }), /element 2 of a storage/],
    ['an offset beyond the end', tensorPickle({ offset: 1 }), /element 2 of a storage/],
    ['an empty tensor beyond the end', tensorPickle({ size: [0], offset: 3 }), /of a storage of 2/],
    [
      'a negative stride',
      tensorPickle({ stride: [-1], offset: 1 }),
      /stride is not a tuple of sizes/,
    ],
    ['a fraction', tensorPickle({ size: [1.5] }), /size is not a tuple of sizes/],
    ['too few strides', tensorPickle({ stride: [] }), /1 dimensions and 0 strides/],
    [
      'too many dimensions',
      tensorPickle({ size: new Array(65).fill(1), stride: new Array(65).fill(1) }),
      /65 dimensions/,
    ],
    [
      'too many elements',
      tensorPickle({ size: [1e9, 1e9], stride: [0, 0] }),
      /has too many elements/,
    ],
    [
      'a gradient of integers',
      tensorPickle({ storage: 'IntStorage', grad: true }),
      /of int32 requires/,
    ],
    [
      'complex numbers',
      tensorPickle({ storage: 'ComplexFloatStorage' }),
      /a tensor of ComplexFloat/,
    ],
    ['a storage of a dtype', tensorPickle({ storage: 'float32' }), /is not a storage class/],
    ['a missing storage', tensorPickle({ key: '1' }), /no entry 'a\/data\/1'/],
    ['a storage elsewhere', tensorPickle({ key: '../data.pkl' }), /no entry/],
    [
      'a storage with a number as key',
      tensorPickle({ key: 0 }),
      /the key of a storage is not a string/,
    ],
    [
      'a huge storage',
      tensorPickle({ count: 2 ** 40 }),
      /should have 4398046511104 bytes, but its entry has 8/,
    ],
    [
      'a negative storage',
      tensorPickle({ count: -2 }),
      /length of a storage is not a non-negative integer/,
    ],
  ])('are refused: %s', async (_name, pickle, message) => {
    await refused(pickled(pickle), message);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('are refused if they are nested endlessly', async () => {
    const deep = (n: number): string => `${']'.repeat(n)}${'a'.repeat(n - 1)}.`;
    await refused(pickled(deep(300)), /more than 256 levels deep/);
    await refused(pickled(deep(1_000_000)), /more than 256 levels deep/);
    await refused(pickled('('.repeat(1_000_000)));
  });

  it('do not expand lists that contain lists twice each', async () => {
    // 2^60 items when written out; in memory it is 60 lists.
    let pickle = '\x80\x02]q\x00';
    for (let i = 0; i < 60; i++) {
      pickle += `]q${String.fromCharCode(i + 1)}(h${String.fromCharCode(i)}h${String.fromCharCode(i)}e`;
    }
    const end = `${'\x85'}.`;
    const [top] = await load<unknown[][]>(pickled(`(${pickle.slice(2)}t${end}`)).then((found) =>
      found.slice(-1),
    );
    expect(top?.length).toBeGreaterThan(0);
  });
});

describe('forged zip files', () => {
  const entry = { 'a/data.pkl': text('N.'), 'a/x': text('x'.repeat(50)) };
  /** The file with its directory changed: `change` gets the view and the positions of the records. */
  async function directory(
    change: (view: DataView, records: readonly number[], end: number) => void,
  ): Promise<Uint8Array> {
    const file = zipOf(entry);
    const view = new DataView(file.buffer);
    const records: number[] = [];
    for (let i = 0; i + 4 <= file.length; i++) {
      if (view.getUint32(i, true) === 0x02014b50) records.push(i);
    }
    change(view, records, file.length - 22);
    return file;
  }

  it('are read if they are valid', async () => {
    expect(await load(zipOf(entry))).toBe(null);
    const pickle = text(`(l${'I1\na'.repeat(500)}.`);
    const deflated = zipOf({ 'a/data.pkl': pickle }, { deflated: true });
    expect(deflated.length).toBeLessThan(500);
    expect(await load(deflated)).toEqual(new Array(500).fill(1));
  });

  it.each<[string, (view: DataView, records: readonly number[], end: number) => void, RegExp]>([
    [
      'a missing size',
      (v, [r]) => v.setUint32(r + 24, 2 ** 31, true),
      /stored in 2 bytes and claims/,
    ],
    [
      'sizes beyond the directory',
      (v, [r]) => {
        v.setUint32(r + 20, 500, true);
        v.setUint32(r + 24, 500, true);
      },
      /reaches past byte \d+, where the directory begins/,
    ],
    [
      'an overlap',
      (v, [r]) => {
        v.setUint32(r + 20, 40, true);
        v.setUint32(r + 24, 40, true);
      },
      /overlaps the one before it/,
    ],
    [
      'another offset',
      (v, [r]) => v.setUint32(r + 42, 3, true),
      /is not where the directory says it is/,
    ],
    [
      'a different name',
      (v, [r]) => v.setUint8(r + 46, 98),
      /"b\/data\.pkl" has another name here than in the directory: "a\/data\.pkl"/,
    ],
    ['encryption', (v, [r]) => v.setUint16(r + 8, 1, true), /is encrypted/],
    ['strong encryption', (v, [r]) => v.setUint16(r + 8, 0x40, true), /is encrypted/],
    ['a hidden directory', (v, [r]) => v.setUint16(r + 8, 0x2000, true), /is encrypted/],
    ['a name in other bytes', (v, [r]) => v.setUint8(r + 46, 0xff), /entry is not UTF-8 text/],
    [
      'the place of another entry',
      (v, [a, b]) => v.setUint32(b + 42, v.getUint32(a + 42, true), true),
      /has another name here/,
    ],
    [
      'an extra field that is cut off',
      (v, [r]) => {
        v.setUint16(r + 28, 5, true);
        v.setUint16(r + 30, 5, true);
      },
      /an extra field of entry "a\/dat" is cut off/,
    ],
    [
      '64-bit sizes of an entry that are not there',
      (v, [r]) => {
        v.setUint32(r + 20, 0xffffffff, true);
        v.setUint32(r + 24, 0xffffffff, true);
      },
      /lacks the 64-bit sizes/,
    ],
    [
      'entries in other parts',
      (v, _, e) => v.setUint16(e + 8, 1, true),
      /split into several parts/,
    ],
    ['another method', (v, [r]) => v.setUint16(r + 10, 12, true), /compressed by method 12/],
    [
      'invalid deflate data',
      (v, [r]) => v.setUint16(r + 10, 8, true),
      /another compression method than in the directory/,
    ],
    [
      'a bomb',
      (v, [r]) => {
        v.setUint16(r + 10, 8, true);
        v.setUint32(r + 24, 2 ** 31, true);
      },
      /deflate makes at most 1032 of one/,
    ],
    [
      'too many entries',
      (v, _, e) => {
        v.setUint16(e + 8, 60000, true);
        v.setUint16(e + 10, 60000, true);
      },
      /60000 entries do not fit/,
    ],
    [
      'too few entries',
      (v, _, e) => {
        v.setUint16(e + 8, 1, true);
        v.setUint16(e + 10, 1, true);
      },
      /continues for \d+ bytes after its last entry/,
    ],
    [
      'a directory elsewhere',
      (v, _, e) => v.setUint32(e + 16, 5, true),
      /is missing where it should be|does not fit/,
    ],
    [
      'a directory beyond the end',
      (v, _, e) => v.setUint32(e + 12, 2 ** 30, true),
      /does not fit before byte/,
    ],
    [
      'missing 64-bit sizes',
      (v, _, e) => v.setUint32(e + 16, 0xffffffff, true),
      /64-bit end record is missing/,
    ],
    ['several parts', (v, _, e) => v.setUint16(e + 4, 1, true), /split into several parts/],
    [
      'a name beyond the end',
      (v, [, r]) => v.setUint16(r + 28, 9999, true),
      /entry 1 reaches past the end of the directory/,
    ],
  ])('are refused: %s', async (_name, change, message) => {
    const file = await directory(change);
    await refused(file, message);
    // One reader serves both formats.
    const error = await loadNpz(file).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toMatch(/^loadNpz: byte \d+: /);
  });

  it('are refused if a name appears twice', async () => {
    const file = zipOf([
      ['a/data.pkl', text('N.')],
      ['a/data.pkl', text('I1\n.')],
    ]);
    await refused(file, /entry "a\/data\.pkl" appears twice/);
  });

  it('are refused when deflate gives more or less than promised', async () => {
    const whole = zipOf({ 'a/data.pkl': text('N'.repeat(5000)) }, { deflated: true });
    for (const [size, message] of [
      [4999, /claims 4999 bytes and inflates to more/],
      [5001, /claims 5001 bytes and inflates to only 5000/],
    ] as const) {
      const file = whole.slice();
      const view = new DataView(file.buffer);
      const record = Buffer.from(file).indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
      view.setUint32(record + 24, size, true);
      await refused(file, message);
    }
  });
});
