// Sources and targets besides paths: memory, blobs, streams, the browser's own files; and the files left by a process
// that is killed during a save.
import { spawn } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DLError, FormatError, noGrad, type Tensor, tensor, zeros } from '@dl/core';
import { Linear } from '@dl/nn';
import { build } from 'tsup';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Bytes } from '../src/bytes/bytes.js';
import type { Write } from '../src/bytes/sink.js';
import { openSource } from '../src/bytes/source.js';
import { download, load, save, saveBytes } from '../src/index.js';
import { PYTORCH } from '../src/pth/write.js';
import { openRanges, rangesOf } from '../src/ranges.js';
import { type ZipEntry, ZipReader } from '../src/zip/reader.js';
import { zipped } from '../src/zip/writer.js';
import { zipOf } from './zips.js';

const value = { a: tensor([1, 2, 3]), n: 7 };
const same = async (found: unknown): Promise<void> => {
  const { a, n } = found as typeof value;
  expect([a.toArray(), n]).toEqual([[1, 2, 3], 7]);
};

/** The sources of the packages, for a bundle of them. */
const sources = (root: string): Record<string, string> => ({
  '@dl/core/functional': `${root}packages/core/src/functional.ts`,
  '@dl/core': `${root}packages/core/src/index.ts`,
  '@dl/nn': `${root}packages/nn/src/index.ts`,
});

describe('load', () => {
  it('accepts bytes, buffers, blobs, streams and handles', async () => {
    const bytes = await saveBytes(value);
    await same(await load(bytes));
    await same(await load(Buffer.from(bytes)));
    await same(await load(bytes.buffer));
    const framed = new Uint8Array(bytes.length + 10);
    framed.set(bytes, 5);
    await same(await load(framed.subarray(5, 5 + bytes.length)));
    const blob = new Blob([bytes]);
    await same(await load(blob));
    await same(await load(blob.stream()));
    await same(await load({ getFile: async () => blob }));
  });

  it('returns separate memory', async () => {
    const bytes = await saveBytes(value);
    const { a } = await load<typeof value>(bytes);
    bytes.fill(0);
    expect(a.toArray()).toEqual([1, 2, 3]);
  });

  it('refuses other sources, and streams of other values', async () => {
    for (const source of [null, 3, {}, [1]]) {
      await expect(load(source as never)).rejects.toThrow(
        /load: source (must be|is missing; it must be)/,
      );
    }
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue('text');
        controller.close();
      },
    });
    await expect(load(stream)).rejects.toThrow('the stream must produce Uint8Arrays, got string');
  });
});

describe('save', () => {
  it('writes to streams and handles', async () => {
    const parts: Uint8Array[] = [];
    let state = 'open';
    const stream = new WritableStream<Uint8Array>({
      write: (part) => void parts.push(part),
      close: () => {
        state = 'closed';
      },
    });
    await save(value, stream);
    expect(state).toBe('closed');
    await same(await load(new Blob(parts as Uint8Array<ArrayBuffer>[])));

    parts.length = 0;
    const handle = {
      getFile: async () => new Blob(parts as Uint8Array<ArrayBuffer>[]),
      createWritable: async () => ({
        write: async (part: Uint8Array) => void parts.push(part.slice()),
        close: async () => {},
      }),
    };
    await save(value, handle);
    await same(await load(handle));
  });

  it('aborts a handle if it cannot continue', async () => {
    const abort = vi.fn(async () => {});
    const handle = {
      getFile: async () => new Blob([]),
      createWritable: async () => ({
        write: async () => {
          throw new DLError('full');
        },
        close: async () => {},
        abort,
      }),
    };
    await expect(save(value, handle)).rejects.toThrow('full');
    expect(abort).toHaveBeenCalledOnce();
    await expect(save(value, 3 as never)).rejects.toThrow(/save: target must be/);
  });

  it('downloads in a browser', async () => {
    await expect(download(value, 'x.pth')).rejects.toThrow('this is not a browser');
    const link = { href: '', download: '', click: vi.fn() };
    vi.stubGlobal('document', { createElement: () => link });
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      await download(value, 'x.pth');
      expect(link.download).toBe('x.pth');
      expect(link.click).toHaveBeenCalledOnce();
      await same(await load(await (await fetch(link.href)).blob()));
      vi.runAllTimers();
    } finally {
      vi.useRealTimers();
      vi.unstubAllGlobals();
    }
  });

  it('detects a large tensor that changes meanwhile, and leaves nothing behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dl-io-'));
    const large = zeros([2 ** 24 + 1]);
    const saving = save({ large }, join(folder, 'x.pth'));
    large.fill_(1);
    await expect(saving).rejects.toThrow('a tensor was changed while it was being saved');
    expect(readdirSync(folder)).toEqual([]);
    // Awaiting the save is fine, and a small tensor is copied at once.
    await save({ large }, join(folder, 'x.pth'));
    expect((await load<{ large: Tensor }>(join(folder, 'x.pth'))).large.at(-1).item()).toBe(1);
    const net = new Linear(1, 1);
    const before = net.weight.item();
    const small = saveBytes(net.stateDict());
    noGrad(() => net.weight.fill_(99));
    expect((await load<{ weight: Tensor }>(await small)).weight.item()).toBe(before);
  });
});

describe('zip files beyond 4 GiB', () => {
  it('have sizes and positions of 64 bits', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dl-zip-'));
    const file = join(folder, 'large.zip');
    const fd = openSync(file, 'w');
    let at = 0;
    // The file is sparse: the zeros of the huge entry are left out.
    const write: Write = async (part) => {
      if (part.length < 2 ** 20) writeSync(fd, part, 0, part.length, at);
      at += part.length;
    };
    const huge = 2 ** 32;
    const zip = zipped(
      [
        { name: 'a/first', parts: [new Uint8Array([1, 2, 3])] },
        { name: 'a/huge', parts: [new Uint8Array(huge)] },
        { name: 'a/last', parts: [new Uint8Array([4, 5, 6])] },
      ],
      PYTORCH,
    );
    for (const part of zip) await write(part as Bytes);
    ftruncateSync(fd, at);
    closeSync(fd);
    expect(statSync(file).size).toBeGreaterThan(2 ** 32);
    const source = await openSource(file);
    try {
      const reader = await ZipReader.open('test', rangesOf('test', source));
      const contents = async (name: string): Promise<number[]> => [
        ...(await reader.read(reader.entries.get(name) as ZipEntry)),
      ];
      expect(reader.entries.get('a/huge')?.size).toBe(huge);
      expect(reader.entries.get('a/last')?.offset).toBeGreaterThan(2 ** 32);
      // The CRC-32 of 2^32 zeros, as Python's zlib.crc32 computes it.
      expect(reader.entries.get('a/huge')?.crc).toBe(3523407757);
      expect(await contents('a/first')).toEqual([1, 2, 3]);
      expect(await contents('a/last')).toEqual([4, 5, 6]);
    } finally {
      await source.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('of more than 65,535 entries too', async () => {
    const empty = new Uint8Array(0);
    const bytes = zipOf(Array.from({ length: 65_540 }, (_, i) => [`a/${i}`, empty]));
    const reader = await ZipReader.open('test', await openRanges('test', bytes));
    expect(reader.entries.size).toBe(65_540);
    await expect(load(bytes)).rejects.toThrow(FormatError);
  });
});

describe('a bundle for browsers', () => {
  it('does not refer to Node', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dl-bundle-'));
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    // A static import of a Node module would fail here.
    await build({
      config: false,
      entry: { io: `${root}packages/io/src/index.ts` },
      outDir: folder,
      format: ['esm'],
      platform: 'browser',
      target: 'es2022',
      noExternal: [/^@dl\//],
      silent: true,
      tsconfig: `${root}packages/io/tsconfig.build.json`,
      esbuildOptions: (options) => {
        options.alias = sources(root);
      },
    });
    const files = readdirSync(folder).filter((name) => name.endsWith('js'));
    const text = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
    expect(text).toContain('saveCheckpoint');
    expect(text).not.toMatch(/(?:from|import|require)\s*\(?\s*['"]node:/);
    rmSync(folder, { recursive: true });
  });
});

describe('a process that is killed during a save', () => {
  // `KILLS=200` kills as many.
  const kills = Number(process.env.KILLS ?? 12);
  const folder = mkdtempSync(join(tmpdir(), 'dl-kill-'));
  const program = join(folder, 'saver.mjs');

  beforeAll(async () => {
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    await build({
      config: false,
      entry: { saver: `${root}packages/io/test/saver.child.ts` },
      outDir: folder,
      format: ['esm'],
      outExtension: () => ({ js: '.mjs' }),
      platform: 'node',
      target: 'node20',
      noExternal: [/^@dl\//],
      silent: true,
      tsconfig: `${root}packages/io/tsconfig.build.json`,
      esbuildOptions: (options) => {
        options.alias = sources(root);
      },
    });
  });

  it(`leaves the complete old file or the complete new one: ${kills} times`, {
    timeout: 600_000,
  }, async () => {
    const target = join(folder, 'model.pth');
    const seen = new Set<number>();
    let before = -1;
    for (let i = 0; i < kills; i++) {
      const child = spawn(process.execPath, [program, target, String(before + 1)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await new Promise((ready) => child.stdout.once('data', ready));
      // At some moment of the fourth, fifth … save.
      await new Promise((done) => setTimeout(done, 10 + ((i * 37) % 83)));
      child.kill('SIGKILL');
      await new Promise((ended) => child.once('close', ended));
      const { round, x } = await load<{ round: number; x: Tensor }>(target);
      // All of it belongs to one save.
      expect(x.eq(round).all().item()).toBe(true);
      expect(round).toBeGreaterThanOrEqual(before);
      before = round;
      seen.add(round);
    }
    expect(seen.size).toBeGreaterThan(1);
  });
});
