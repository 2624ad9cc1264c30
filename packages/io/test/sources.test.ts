// What can be read from, and the messages for files of another format.
import { execFileSync } from 'node:child_process';
import { createReadStream, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { DLError, FormatError, ones, type Tensor, tensor } from '@dl/core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodePlain, decodeUtf8, decodeWithSurrogates, encodeUtf8 } from '../src/bytes/text.js';
import {
  load,
  loadNpy,
  loadNpz,
  loadSafetensors,
  openSafetensors,
  SafetensorsFile,
  save,
  saveBytes,
  saveNpyBytes,
  saveNpzBytes,
  saveSafetensors,
  saveSafetensorsBytes,
} from '../src/index.js';
import { posix } from './posix.js';

const x = tensor([1, 2]);
const readers = { load, loadNpy, loadNpz, loadSafetensors, openSafetensors } as const;
type Reader = keyof typeof readers;
const bytesOf = async (name: Reader): Promise<Uint8Array<ArrayBuffer>> =>
  name === 'load'
    ? saveBytes({ x })
    : name === 'loadNpy'
      ? saveNpyBytes(x)
      : name === 'loadNpz'
        ? saveNpzBytes({ x })
        : saveSafetensorsBytes({ x });
const names = Object.keys(readers) as Reader[];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dl-sources-'));
});

/** A value with the same contents in another realm, as in Jest and iframes. */
const elsewhere = (bytes: Uint8Array, type = 'Uint8Array'): Uint8Array => {
  const made = vm.runInNewContext(`new ${type}(${bytes.length})`) as Uint8Array;
  new Uint8Array(made.buffer ?? made).set(bytes);
  return made;
};

describe.each(names)('%s reads', (name) => {
  const read = readers[name] as (source: unknown) => Promise<unknown>;

  it('bytes of every type and realm', async () => {
    const bytes = await bytesOf(name);
    for (const source of [
      bytes,
      Buffer.from(bytes),
      bytes.buffer,
      new DataView(bytes.buffer),
      new Uint8ClampedArray(bytes),
      new Int8Array(bytes),
      elsewhere(bytes),
      elsewhere(bytes, 'ArrayBuffer'),
      elsewhere(bytes, 'SharedArrayBuffer'),
      structuredClone(bytes),
      new Blob([bytes]),
      new Response(bytes),
      new Blob([bytes]).stream(),
      Promise.resolve(bytes),
      (async function* () {
        yield bytes.subarray(0, 10);
        yield elsewhere(bytes.subarray(10));
      })(),
    ]) {
      await expect(read(source)).resolves.toBeDefined();
    }
  });

  it('paths, file URLs (also as strings and of other classes), and Node streams', async () => {
    const file = join(folder, name);
    writeFileSync(file, await bytesOf(name));
    const url = pathToFileURL(file);
    const { href, protocol } = url;
    for (const source of [file, url, href, { href, protocol }, createReadStream(file)]) {
      const found = await read(source);
      expect(found).toBeDefined();
      // The garbage collector would close it, with a warning.
      if (found instanceof SafetensorsFile) await found.close();
    }
  });

  it('no URLs, numbers, consumed or failed responses', async () => {
    for (const source of [
      'https://a.b/c.pth',
      new URL('https://a.b/c'),
      'blob:x',
      'data:,x',
      's3://a/b',
    ]) {
      await expect(read(source)).rejects.toThrow(
        /is a URL, not a file path; use \w+\(await fetch\(url\)\)/,
      );
    }
    await expect(read(new Response('gone', { status: 404 }))).rejects.toThrow(/answered 404/);
    const used = new Response('a');
    await used.text();
    await expect(read(used)).rejects.toThrow(/already been read/);
    for (const source of [1, null, undefined, {}, [1, 2], new Float32Array(2)]) {
      await expect(read(source)).rejects.toThrow(
        /: (the )?source (must be|is missing; it must be)/,
      );
    }
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['HTML', encodeUtf8('\ufeff\n<!DOCTYPE html><html>Entry not found</html>'), /an HTML page/],
    [
      'LFS',
      encodeUtf8('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
      /LFS pointer.*git lfs pull/,
    ],
    [
      'XML',
      encodeUtf8('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'),
      /an XML document/,
    ],
    ['JSON', encodeUtf8('{"error":"Repository not found"}'), /a JSON text/],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3), /compressed with gzip/],
    ['HDF5', Uint8Array.of(0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10), /an HDF5 file/],
    ['GGUF', encodeUtf8('GGUF and more'), /a GGUF file/],
  ])('no %s, and names its format', async (_, bytes, message) => {
    if (name === 'loadNpz' && bytes.length < 22) return;
    await expect(read(bytes)).rejects.toThrow(message);
    await expect(read(bytes)).rejects.toThrow(FormatError);
  });

  it('no file of another reader, and names that reader', async () => {
    for (const other of names) {
      const known = /afetensors/.test(other) ? 'loadSafetensors' : other;
      if (known === name || (/afetensors/.test(other) && /afetensors/.test(name))) continue;
      const refused = read(await bytesOf(other));
      await expect(refused, other).rejects.toThrow(FormatError);
      await expect(read(await bytesOf(other)), other).rejects.toThrow(new RegExp(`\\b${known}\\b`));
    }
  });
});

it('values of another realm are saved', async () => {
  const value = vm.runInNewContext(
    '({ lr: 0.1, sizes: [1, 2], map: new Map([["a", 1]]), set: new Set([1]), bytes: Uint8Array.of(7) })',
  ) as object;
  const found = await load(await saveBytes(value));
  expect(found).toEqual({
    lr: 0.1,
    sizes: [1, 2],
    map: { a: 1 },
    set: new Set([1]),
    bytes: Uint8Array.of(7),
  });
});

describe('text', () => {
  it("is UTF-8 with and without the platform's functions", () => {
    const texts = ['', 'aé€😀\u0000', '\ufeffa', 'x'.repeat(20_000)];
    for (const text of texts) {
      const bytes = new Uint8Array(Buffer.from(text));
      expect(decodePlain(bytes, false)).toBe(text);
      expect(decodeUtf8(bytes)).toBe(text);
      expect(encodeUtf8(text)).toEqual(bytes);
    }
    for (const wrong of ['ff', 'c0af', 'e08080', 'f4908080', 'e282', 'eda080', '80']) {
      const bytes = new Uint8Array(Buffer.from(wrong, 'hex'));
      expect(decodePlain(bytes, false), wrong).toBeNull();
      expect(decodeUtf8(bytes), wrong).toBeNull();
    }
    expect(decodeWithSurrogates(Uint8Array.of(0xed, 0xa0, 0x80))).toBe('\ud800');
  });

  it('is read and written if the platform has neither (jsdom)', async () => {
    const { TextDecoder: decoder, TextEncoder: encoder } = globalThis;
    const holder = globalThis as { TextDecoder?: unknown; TextEncoder?: unknown };
    const bytes = await saveBytes({ 'naïve 😀': tensor([1]) });
    holder.TextDecoder = undefined;
    holder.TextEncoder = undefined;
    try {
      expect(await saveBytes({ 'naïve 😀': tensor([1]) })).toEqual(bytes);
      expect(Object.keys((await load(bytes)) as object)).toEqual(['naïve 😀']);
      const safe = saveSafetensorsBytes({ é: x });
      expect(Object.keys(await loadSafetensors(safe))).toEqual(['é']);
      expect(Object.keys(await loadNpz(saveNpzBytes({ é: x })))).toEqual(['é']);
    } finally {
      Object.assign(globalThis, { TextDecoder: decoder, TextEncoder: encoder });
    }
  });
});

/** A blob of Jest's jsdom environment, which only a FileReader can read. */
class OldBlob extends Blob {
  constructor(parts: ConstructorParameters<typeof Blob>[0]) {
    super(parts);
    Object.defineProperty(this, 'arrayBuffer', { value: undefined });
  }
  override slice(...args: Parameters<Blob['slice']>): Blob {
    return new OldBlob([super.slice(...args)]);
  }
}

describe('a blob without arrayBuffer (jsdom)', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('is read by a FileReader, whose error is propagated', async () => {
    let failure: Error | null = null;
    class Reader extends EventTarget {
      result: ArrayBuffer | null = null;
      readonly error = failure;
      async readAsArrayBuffer(blob: Blob): Promise<void> {
        this.result = await Blob.prototype.arrayBuffer.call(blob);
        this.dispatchEvent(new Event(this.error === null ? 'load' : 'error'));
      }
    }
    vi.stubGlobal('FileReader', Reader);
    const blob = new OldBlob([await saveBytes({ a: tensor([1, 2]) })]);
    const { a } = (await load(blob)) as { a: Tensor };
    expect(a.tolist()).toEqual([1, 2]);
    failure = new Error('the disk is gone');
    await expect(load(blob)).rejects.toThrow('the disk is gone');
  });
});

describe('a folder of safetensors files', () => {
  const index = (map: unknown): string => JSON.stringify({ metadata: {}, weight_map: map });
  const shard = (i: number): string => `model-0000${i}-of-00002.safetensors`;

  it('loads in one call, by its index or its only file', async () => {
    const place = join(folder, 'sharded');
    mkdirSync(place);
    await saveSafetensors({ a: ones([1]), c: ones([2]) }, join(place, shard(1)));
    await saveSafetensors({ b: ones([3]) }, join(place, shard(2)));
    const file = join(place, 'model.safetensors.index.json');
    writeFileSync(file, index({ a: shard(1), b: shard(2), c: shard(1) }));
    for (const source of [place, `${place}/`, pathToFileURL(place), file, pathToFileURL(file)]) {
      const found = await loadSafetensors(source);
      expect(Object.keys(found).sort()).toEqual(['a', 'b', 'c']);
      expect(found.b.shape).toEqual([3]);
    }
    await expect(load(place)).rejects.toThrow(/it is a folder; .*loadSafetensors\(folder\)/);
    const single = join(folder, 'single');
    mkdirSync(single);
    await expect(loadSafetensors(single)).rejects.toThrow(/has no safetensors file/);
    await saveSafetensors({ a: ones([1]) }, join(single, 'model.safetensors'));
    expect(Object.keys(await loadSafetensors(single))).toEqual(['a']);
  });

  it.each<[string, string, RegExp]>([
    ['that is not JSON', '{', /is not JSON/],
    ['without a weight_map', '{}', /has no weight_map/],
    ['without tensors', index({}), /names no tensors/],
    [
      'that points elsewhere',
      index({ a: '../x.safetensors' }),
      /not the name of a safetensors file/,
    ],
    ['with an absolute path', index({ a: '/x.safetensors' }), /not the name of a safetensors file/],
    ['with numbers', index({ a: 1 }), /not the name of a safetensors file/],
    ['of missing files', index({ a: 'x.safetensors' }), /does not exist/],
    [
      'of missing tensors',
      index({ z: 'y.safetensors' }),
      /the file has no tensor called "z"; it has "/,
    ],
  ])('refuses an index %s', async (_, text, message) => {
    const place = mkdtempSync(join(folder, 'index-'));
    await saveSafetensors({ a: ones([1]) }, join(place, 'y.safetensors'));
    writeFileSync(join(place, 'model.safetensors.index.json'), text);
    await expect(loadSafetensors(place)).rejects.toThrow(message);
    await expect(loadSafetensors(place)).rejects.toThrow(DLError);
  });
});

it.runIf(posix)('a pipe is refused instead of waited for', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await expect(load(pipe)).rejects.toThrow(/it is a pipe, not a regular file/);
  await expect(save({}, pipe)).rejects.toThrow(/it is a pipe, not a regular file/);
});
