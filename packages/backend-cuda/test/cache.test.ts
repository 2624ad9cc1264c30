// The disk cache: files are complete, damaged ones are replaced, several processes write at once, the size is limited.
import { spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cacheFolder, mark, marked, prune, readCompiled, writeCompiled } from '../src/cache.js';

let folder: string;
const kept = process.env.DL_CUDA_CACHE;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dl-cuda-cache-'));
  process.env.DL_CUDA_CACHE = folder;
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  if (kept === undefined) delete process.env.DL_CUDA_CACHE;
  else process.env.DL_CUDA_CACHE = kept;
});

const code = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7) & 255);
const files = (): string[] => readdirSync(folder).filter((f) => f.endsWith('.cubin'));

it('returns what was stored under a key, and nothing for another key', () => {
  expect(readCompiled('a')).toBeNull();
  writeCompiled('a', code);
  expect(readCompiled('a')).toEqual(code);
  expect(readCompiled('b')).toBeNull();
  expect(readdirSync(folder)).toHaveLength(1);
});

it('detects every kind of damage, and removes the file', () => {
  const damages: ((b: Buffer) => Buffer)[] = [
    (b) => b.subarray(0, b.length - 1),
    (b) => b.subarray(0, 10),
    () => Buffer.alloc(0),
    (b) => Buffer.concat([b, Buffer.from([0])]),
    (b) => {
      b[b.length >> 1] ^= 1;
      return b;
    },
    (b) => {
      b[0] ^= 1;
      return b;
    },
  ];
  for (const damage of damages) {
    writeCompiled('a', code);
    const path = join(folder, files()[0]);
    writeFileSync(path, damage(Buffer.from(readFileSync(path))));
    expect(readCompiled('a')).toBeNull();
    expect(files()).toEqual([]);
  }
});

it('does not return a valid file of another key', () => {
  writeCompiled('a', code);
  const [a] = files();
  writeCompiled('b', code.slice(1));
  const b = files().find((f) => f !== a) as string;
  writeFileSync(join(folder, a), readFileSync(join(folder, b)));
  expect(readCompiled('a')).toBeNull();
  expect(readCompiled('b')).toEqual(code.slice(1));
});

it('ignores a folder that cannot be written, and can be disabled', () => {
  writeFileSync(join(folder, 'file'), '');
  process.env.DL_CUDA_CACHE = join(folder, 'file', 'below');
  writeCompiled('a', code);
  expect(readCompiled('a')).toBeNull();
  process.env.DL_CUDA_CACHE = '0';
  expect(cacheFolder()).toBeNull();
  writeCompiled('a', code);
  expect(readCompiled('a')).toBeNull();
});

it('keeps the most recently used files', () => {
  for (let i = 0; i < 6; i++) {
    writeCompiled(`k${i}`, code);
    const name = files().find((f) => readFileSync(join(folder, f)).length > 0) as string;
    expect(name).toBeDefined();
  }
  const all = files();
  all.forEach((f, i) => {
    utimesSync(join(folder, f), 1000 + i, 1000 + i);
  });
  prune(folder, 3 * (code.length + 40));
  expect(files().sort()).toEqual(all.slice(-3).sort());
});

it('supports processes that write and read the same files at once', async () => {
  const script = fileURLToPath(new URL('cache-writer.mjs', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const runs = Array.from(
    { length: 4 },
    (_, i) =>
      new Promise<string>((done) => {
        const child = spawn(process.execPath, [script, String(i)], {
          env: { ...process.env, DL_CUDA_CACHE: folder },
        });
        let text = '';
        child.stdout.on('data', (d) => {
          text += d;
        });
        child.stderr.on('data', (d) => {
          text += d;
        });
        child.on('close', () => done(text.trim()));
      }),
  );
  expect(await Promise.all(runs)).toEqual(['fine', 'fine', 'fine', 'fine']);
  expect(files()).toHaveLength(20);
  // No temporary files are left.
  expect(readdirSync(folder)).toHaveLength(20);
}, 60_000);

it('remembers a file until it changes', () => {
  const path = join(folder, 'binary');
  writeFileSync(path, 'one');
  expect(marked('k', path)).toBe(false);
  mark('k', path);
  expect(marked('k', path)).toBe(true);
  expect(marked('other', path)).toBe(false);
  writeFileSync(path, 'three');
  expect(marked('k', path)).toBe(false);
});
