// safetensors files compared with the Python library's, round trips, and untrusted files.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  DLError,
  type DType,
  DTypeError,
  FormatError,
  fromTypedArray,
  IndexError,
  ones,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from '@dl/core';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import {
  loadNpy,
  loadNpz,
  loadSafetensors,
  openSafetensors,
  saveSafetensors,
  saveSafetensorsBytes,
  TensorPlaceholder,
} from '../src/index.js';
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

const { files, wide, refused } = goldens.safetensors;
const folder = mkdtempSync(join(tmpdir(), 'safetensors-'));
afterAll(() => rmSync(folder, { recursive: true }));
const dtypes: DType[] = [
  'float32',
  'float64',
  'float16',
  'bfloat16',
  'int64',
  'int32',
  'uint8',
  'bool',
];

/** A file with any header. */
function forged(header: unknown, data = new Uint8Array(0), length?: bigint): Uint8Array {
  const json =
    header instanceof Uint8Array
      ? header
      : utf8(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + data.length);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  file.set(json, 8);
  file.set(data, 8 + json.length);
  return file;
}

const w = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
const eight = new Uint8Array(8);

describe('files written by Python', () => {
  for (const [name, { file, metadata, tensors }] of Object.entries(files)) {
    it(`are read: ${name}`, async () => {
      const bytes = fromBase64(file);
      const loaded = await loadSafetensors(bytes);
      expect(Object.keys(loaded).sort()).toEqual(Object.keys(tensors).sort());
      for (const [key, golden] of Object.entries(tensors)) {
        expectGolden(loaded[key], golden);
      }
      const open = await openSafetensors(bytes);
      expect(open.metadata()).toEqual(metadata ?? {});
    });

    it(`are written, byte for byte: ${name}`, () => {
      const made = Object.entries(tensors).map(([key, golden]) => [key, tensorOfGolden(golden)]);
      const options = metadata === null ? {} : { metadata };
      expect(toBase64(saveSafetensorsBytes(Object.fromEntries(made), options))).toBe(file);
    });
  }

  it('with small or unsigned integers are widened', async () => {
    const dtypeOf: Record<string, string> = {
      I8: 'int32',
      I16: 'int32',
      U16: 'int32',
      U32: 'int64',
    };
    for (const [name, { file, tensors }] of Object.entries(wide)) {
      const { w } = await loadSafetensors(fromBase64(file));
      expectGolden(w, { ...tensors.w, dtype: dtypeOf[name] });
      const open = await openSafetensors(fromBase64(file));
      expect(open.dtype('w')).toBe(dtypeOf[name]);
      expectSame(await open.getSlice('w', 1, 3), w.at('1:3'));
    }
  });

  it('with unsupported dtypes become placeholders, and are refused on request', async () => {
    for (const [name, file] of Object.entries(refused)) {
      const bytes = fromBase64(file);
      await expectRefused(
        loadSafetensors(bytes, { strict: true }),
        new RegExp(`loadSafetensors: byte \\d+: tensor "w" has dtype ${name}, .*; save i`),
      );
      const { w, x } = await loadSafetensors<{ w: TensorPlaceholder; x: Tensor }>(bytes);
      expect(w).toBeInstanceOf(TensorPlaceholder);
      expect(w.shape).toEqual([2]);
      expect(x.toArray()).toEqual([1]);
      const open = await openSafetensors(bytes);
      expect(open.shape('w')).toEqual([2]);
      expect(() => open.dtype('w')).toThrow(/"w" has dtype/);
      await expectRefused(open.getTensor('w'), /"w" has dtype/);
      expect((await open.getTensor('x')).toArray()).toEqual([1]);
    }
  });
});

describe('writing', () => {
  it('survives a round trip', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.string({ unit: 'grapheme' }).filter((s) => !/^(__proto__|constructor)$/.test(s)),
          anyTensor(dtypes),
          { noNullPrototype: true },
        ),
        fc.dictionary(
          fc.string().filter((s) => s !== '__proto__' && s !== 'constructor'),
          fc.string(),
          {
            noNullPrototype: true,
          },
        ),
        async (tensors, metadata) => {
          const bytes = saveSafetensorsBytes(tensors, { metadata });
          const loaded = await loadSafetensors(bytes);
          expect(Object.keys(loaded).sort()).toEqual(Object.keys(tensors).sort());
          for (const [key, x] of Object.entries(tensors)) expectSame(loaded[key], x);
          expect((await openSafetensors(new Blob([bytes]))).metadata()).toEqual(metadata);
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  it('copies tensors that share memory, and views', async () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const loaded = await loadSafetensors(
      saveSafetensorsBytes({ x, t: x.t(), row: x.at(1), again: x }),
    );
    expect(loaded.t?.toArray()).toEqual(x.t().toArray());
    expect(loaded.row?.toArray()).toEqual([4, 5, 6]);
    loaded.x?.fill_(0);
    expect(loaded.again?.toArray()).toEqual(x.toArray());
  });

  it('saves the values at the time of the call', async () => {
    const x = ones([3]);
    const file = join(folder, 'time.safetensors');
    const saving = saveSafetensors({ x, y: x.expand([2, 3]) }, file);
    x.fill_(7);
    await saving;
    expect((await loadSafetensors(file)).x?.toArray()).toEqual([1, 1, 1]);
    expect((await loadSafetensors(file)).y?.toArray()).toEqual([
      [1, 1, 1],
      [1, 1, 1],
    ]);
  });

  it('refuses what the format does not support', () => {
    const x = ones([1]);
    const write =
      (tensors: unknown, metadata?: unknown): (() => unknown) =>
      () =>
        saveSafetensorsBytes(
          tensors as never,
          metadata === undefined ? {} : { metadata: metadata as never },
        );
    expect(write({ a: 1 })).toThrow(DTypeError);
    expect(write([x])).toThrow(DTypeError);
    expect(write(null)).toThrow(DTypeError);
    expect(write({ __metadata__: x })).toThrow(ValueError);
    expect(write({ ['__proto__']: x })).toThrow(ValueError);
    expect(write({ '\ud800': x })).toThrow(ValueError);
    expect(write({}, { a: 1 })).toThrow(DTypeError);
    expect(write({}, { '\udfff': '' })).toThrow(ValueError);
    expect(write({}, 'text')).toThrow(DTypeError);
  });
});

describe('files on the disk', () => {
  it('appear complete, with the same bytes', async () => {
    const file = join(folder, 'a.safetensors');
    const tensors = { a: ones([2, 3]), b: tensor([1, 2], { dtype: 'int64' }) };
    await saveSafetensors(tensors, pathToFileURL(file), { metadata: { format: 'pt' } });
    expect(new Uint8Array(readFileSync(file))).toEqual(
      saveSafetensorsBytes(tensors, { metadata: { format: 'pt' } }),
    );
    expectSame((await loadSafetensors(file)).a, tensors.a);
    expectSame((await loadSafetensors(pathToFileURL(file))).b, tensors.b);
    await expect(saveSafetensors(tensors, join(folder, 'none', 'a'))).rejects.toThrow(
      /saveSafetensors: cannot write .*folder .* does not exist/,
    );
    await expect(saveSafetensors(tensors, 3 as never)).rejects.toThrow(
      /saveSafetensorsBytes returns/,
    );
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('are opened, read in part, and closed', async () => {
    const file = join(folder, 'lazy.safetensors');
    const x = fromTypedArray(
      Float32Array.from({ length: 60 }, (_, i) => i),
      [5, 4, 3],
    );
    await saveSafetensors({ x, y: zeros([0, 3]), s: tensor(4) }, file, { metadata: { a: 'b' } });
    const open = await openSafetensors(file);
    expect(open.keys()).toEqual(['s', 'x', 'y']);
    expect(open.metadata()).toEqual({ a: 'b' });
    expect([open.shape('x'), open.dtype('x')]).toEqual([[5, 4, 3], 'float32']);
    expectSame(await open.getTensor('x'), x);
    const ranges: [number | undefined, number | undefined, string][] = [
      [1, 3, '1:3'],
      [-2, undefined, '-2:'],
      [undefined, -1, ':-1'],
      [3, 100, '3:'],
      [-100, 2, ':2'],
      [4, 2, '4:2'],
    ];
    for (const [start, stop, index] of ranges) {
      expectSame(await open.getSlice('x', start, stop), x.at(index));
    }
    expect((await open.getSlice('y', 0, 1)).shape).toEqual([0, 3]);
    await expect(open.getSlice('s')).rejects.toThrow(ValueError);
    await expect(open.getSlice('x', 0.5)).rejects.toThrow(ValueError);
    expect(() => open.shape('z')).toThrow(IndexError);
    await expect(open.getTensor('toString')).rejects.toThrow(
      /the file has no tensor called "toString"; it has "s", "x", "y"/,
    );
    await open.close();
    await open.close();
    await expect(open.getTensor('x')).rejects.toThrow(/was closed/);
  });

  it('are closed by `await using`', async () => {
    const file = join(folder, 'using.safetensors');
    await saveSafetensors({ x: ones([1]) }, file);
    let kept: Awaited<ReturnType<typeof openSafetensors>>;
    {
      await using open = await openSafetensors(file);
      kept = open;
      await open.getTensor('x');
    }
    await expect(kept.getTensor('x')).rejects.toThrow(/was closed/);
  });

  it('are refused with a reason if they cannot be read', async () => {
    await expect(loadSafetensors(join(folder, 'none'))).rejects.toThrow(
      /loadSafetensors: cannot read .*: it does not exist/,
    );
    await expect(openSafetensors(folder)).rejects.toThrow(/it is a folder/);
    await expect(loadSafetensors(3 as never)).rejects.toThrow(/source must be .*, not 3$/);
    const file = join(folder, 'shrinks.safetensors');
    await saveSafetensors({ x: ones([100]) }, file);
    const open = await openSafetensors(file);
    writeFileSync(file, '');
    await expectRefused(open.getTensor('x'), /became shorter while it was being read/);
    await open.close();
  });

  it('are closed even after an error', async () => {
    const good = join(folder, 'good');
    const wrong = join(folder, 'wrong');
    writeFileSync(good, saveSafetensorsBytes({ x: ones([1]) }));
    writeFileSync(wrong, 'neither a header nor an array');
    const handles: FileHandle[] = [];
    const open = fs.open.bind(fs);
    const spy = vi.spyOn(fs, 'open').mockImplementation(async (...args) => {
      const handle = await open(...args);
      handles.push(handle);
      return handle;
    });
    try {
      await loadSafetensors(good);
      await expect(openSafetensors(wrong)).rejects.toThrow(FormatError);
      await expect(openSafetensors(folder)).rejects.toThrow(/it is a folder/);
      await expect(loadNpy(wrong)).rejects.toThrow(FormatError);
      await expect(loadNpz(wrong)).rejects.toThrow(FormatError);
      await saveSafetensors({ x: ones([1]) }, good);
    } finally {
      spy.mockRestore();
    }
    expect(handles.length).toBeGreaterThanOrEqual(6);
    expect(handles.map((handle) => handle.fd)).toEqual(handles.map(() => -1));
  });

  it('that fail during reading are refused with the reason', async () => {
    const blob = new Blob([saveSafetensorsBytes({ x: ones([1]) })]);
    const open = await openSafetensors(blob);
    blob.slice = () => {
      throw new Error('the disk was pulled out');
    };
    const failing = open.getTensor('x');
    await expect(failing).rejects.toThrow(DLError);
    await expect(failing).rejects.toThrow(
      /openSafetensors: bytes \d+ to \d+ cannot be read: the disk was/,
    );
  });

  it('may be passed as bytes of any kind', async () => {
    const bytes = saveSafetensorsBytes({ x: tensor([1, 2]) });
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const sources = [
      bytes,
      bytes.buffer,
      shifted.subarray(3),
      Buffer.from(bytes),
      new Blob([bytes]),
    ];
    for (const source of sources) {
      const { x } = await loadSafetensors(source);
      if (source instanceof Uint8Array) source.fill(0, source.length - 8);
      expect(x?.toArray()).toEqual([1, 2]);
      bytes.set(saveSafetensorsBytes({ x: tensor([1, 2]) }));
    }
  });
});

describe('untrusted files', () => {
  const refuse = (file: Uint8Array, message: RegExp): Promise<void> =>
    expectRefused(loadSafetensors(file), message);
  const record = (change: object): Uint8Array => forged({ w: { ...w, ...change } }, eight);

  it('load if nothing is wrong', async () => {
    expect(Object.keys(await loadSafetensors(record({})))).toEqual(['w']);
    const spaced = forged(
      `{ "w" :\n{"shape":[ 2 ],"data_offsets":[0,\t8],"dtype":"F\\u0033\\u0032"} }  \n`,
      eight,
    );
    expect((await loadSafetensors(spaced)).w?.shape).toEqual([2]);
    const keys = forged('{"constructor2":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}');
    expect(Object.keys(await loadSafetensors(keys))).toEqual(['constructor2']);
  });

  it('are refused wherever they are truncated', async () => {
    const whole = saveSafetensorsBytes({ a: ones([2]), b: ones([1]) }, { metadata: { c: 'd' } });
    for (let n = 0; n < whole.length; n++) await refuse(whole.slice(0, n), /./);
    await refuse(
      new Uint8Array([...whole, 0]),
      new RegExp(`byte ${whole.length}: the tensors end`),
    );
  });

  it('are refused for their header length', async () => {
    await refuse(
      forged('{}', eight, 11n),
      /byte 0: the header of 11 bytes does not fit a file of 18/,
    );
    await refuse(forged('{}', eight, 100_000_001n), /byte 0: .* exceeds the limit of 100000000/);
    await refuse(forged('{}', eight, 2n ** 64n - 1n), /byte 0: .* exceeds the limit/);
    await refuse(forged('', eight, 0n), /byte 8: the header does not begin with '{'/);
  });

  it('are refused for their JSON', async () => {
    await refuse(forged(' {}'), /byte 8: the header does not begin/);
    await refuse(forged('\ufeff{}'), /byte 8: the header does not begin/);
    await refuse(forged('[]'), /byte 8: the header does not begin/);
    await refuse(forged(new Uint8Array([0x7b, 0xff, 0x7d])), /byte 8: bytes 8 to 11 are not UTF-8/);
    await refuse(forged('{} x'), /byte 11: the JSON has "x" where nothing more should be/);
    await refuse(forged('{'), /byte 9: the JSON has its end where a key/);
    await refuse(forged('{"a"'), /byte 12: the JSON has its end where ':'/);
    await refuse(forged('{"a'), /byte 11: the JSON has its end where the end of a string/);
    await refuse(forged('{"ü\n"'), /byte 12: the JSON has "\\n" where the end of a string/);
    await refuse(
      forged('{"\\x":1}'),
      /byte 9: the JSON contains the string .* with an invalid escape/,
    );
    await refuse(forged('{"\\'), /the end of a string/);
    await refuse(forged('{"\\ud800":1}'), /byte 9: .* lone surrogate/);
    await refuse(forged('{"w":1}'), /byte 13: the JSON has "1" where the object of tensor "w"/);
    await refuse(forged('{"w":{}}'), /byte 9: tensor "w" has no dtype/);
    await refuse(forged('{"w":{},}'), /tensor "w" has no dtype/);
    await refuse(forged('{,}'), /byte 9: the JSON has "," where a key/);
    await refuse(forged('{"__metadata__":{},}'), /byte 27: the JSON has "}" where a key/);
  });

  it('are refused for duplicate keys', async () => {
    const one = JSON.stringify(w);
    await refuse(
      forged(`{"ä":${one},"ä":${one}}`, eight),
      /byte 63: the JSON contains the key "ä" twice/,
    );
    await refuse(forged(`{"w":${one},"\\u0077":${one}}`, eight), /the key "w" twice/);
    await refuse(forged('{"w":{"dtype":"U8","dtype":"U8"}}'), /the key "dtype" twice/);
    await refuse(forged('{"__metadata__":{"a":"","a":""}}'), /the key "a" twice/);
    await refuse(forged('{"__metadata__":{},"__metadata__":{}}'), /the key "__metadata__" twice/);
  });

  it('are refused for their metadata', async () => {
    await refuse(forged({ __metadata__: 1 }), /"1" where the object of __metadata__ should be/);
    await refuse(
      forged({ __metadata__: { a: 1 } }),
      /where a string, as every value of __metadata__/,
    );
    await refuse(forged({ __metadata__: { a: null } }), /where a string/);
    await refuse(forged({ __metadata__: { a: {} } }), /where a string/);
    await refuse(forged('{"__metadata__":{"__proto__":""}}'), /'__proto__', which is not allowed/);
  });

  it('are refused for their entries', async () => {
    await refuse(
      forged('{"__proto__":{}}'),
      /byte 9: a tensor is called '__proto__', which is not allowed/,
    );
    await refuse(record({ dtype: 'F31' }), /unknown dtype "F31"/);
    await refuse(record({ dtype: 'toString' }), /unknown dtype "toString"/);
    await refuse(record({ dtype: 1 }), /where the dtype of tensor "w" should be/);
    await refuse(record({ extra: 1 }), /unknown field "extra"/);
    await refuse(forged({ w: { dtype: 'F32', shape: [2] } }, eight), /needs two data_offsets/);
    await refuse(forged({ w: { dtype: 'F32', data_offsets: [0, 8] } }, eight), /no shape/);
    for (const shape of ['-1', '2.0', '2e0', '"2"', 'null', '[2]', '02', '{}', 'NaN']) {
      const json = `{"w":{"dtype":"F32","shape":[${shape}],"data_offsets":[0,8]}}`;
      await refuse(
        forged(json, eight),
        /byte 37: sizes of tensor "w" must be (non-negative integers|integers without leading zeros)/,
      );
    }
    await refuse(forged('{"w":{"dtype":"F32","shape":2}}', eight), /where the list of sizes/);
    await refuse(
      forged('{"w":{"shape":[9007199254740993]}}', eight),
      /must be below 2\^53, got 9007/,
    );
    await refuse(record({ shape: [2 ** 40, 2 ** 40] }), /has too many elements/);
    await refuse(
      record({ shape: [2 ** 40, 0, 2 ** 40], data_offsets: [0, 0] }),
      /too many elements/,
    );
    await refuse(record({ shape: new Array(65).fill(1) }), /must be at most 64 numbers/);
    await refuse(record({ data_offsets: [0, 4, 8] }), /must be at most 2 numbers/);
    await refuse(record({ data_offsets: [8] }), /needs two data_offsets/);
  });

  it('are refused for their positions', async () => {
    await refuse(record({ shape: [3] }), /is at 0 to 8, but F32 of shape \[3\] needs 12 bytes/);
    await refuse(record({ dtype: 'F64' }), /needs 16 bytes/);
    await refuse(record({ data_offsets: [8, 0] }), /is at 8 to 0/);
    await refuse(record({ data_offsets: [1, 9] }), /which ends at/);
    await refuse(record({ shape: [1], data_offsets: [4, 8] }), /leaves a gap from \d+ to/);
    await refuse(record({ shape: [1], data_offsets: [0, 4] }), /the tensors end here/);
    await refuse(forged({ a: w, b: w }, eight), /the tensor before it ends at/);
    const half = { dtype: 'F32', shape: [1], data_offsets: [4, 8] };
    await refuse(forged({ a: w, b: half }, eight), /"b" .* the tensor before it ends at/);
    await refuse(
      forged({ a: w, b: { ...w, data_offsets: [12, 20] } }, new Uint8Array(20)),
      /leaves a gap from/,
    );
    const huge = { dtype: 'U8', shape: [2 ** 45], data_offsets: [0, 2 ** 45] };
    await refuse(forged({ a: huge }, eight), /which ends at/);
    await refuse(
      forged({ a: { dtype: 'F4', shape: [3], data_offsets: [0, 2] } }, eight),
      /needs 1.5 bytes/,
    );
  });

  it('are refused quickly, however long they are', async () => {
    const long = `{"__metadata__":{"a":"${'\\n'.repeat(2_000_000)}"}}`;
    const file = join(folder, 'long');
    writeFileSync(file, forged(long));
    await using open = await openSafetensors(file);
    expect(open.metadata().a?.length).toBe(2_000_000);
    await refuse(forged(`{"w":{"shape":[${'1'.repeat(2_000_000)}]}}`), /must be below 2\^53/);
    await refuse(forged(`{"w":{"shape":[${'1,'.repeat(2_000_000)}1]}}`), /at most 64 numbers/);
    await refuse(forged(`{"w":{"x":${'['.repeat(2_000_000)}`), /unknown field "x"/);
    const many = Array.from({ length: 20_000 }, (_, i) => [
      `é${i}`,
      { ...w, shape: [0], data_offsets: [0, 0] },
    ]);
    expect(Object.keys(await loadSafetensors(forged(Object.fromEntries(many)))).length).toBe(
      20_000,
    );
    expect(existsSync(file)).toBe(true);
  });
});
