// A sample of the files that `pnpm fuzz-files` reads by the million, and whether it would notice what goes wrong.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FormatError } from '@dl/core';
import { drawn, sampleOf } from 'dl-testing/sampling';
import { afterAll, describe, expect, it } from 'vitest';
import { Draw } from '../src/damaged-files/draw.js';
import { type Files, type Format, formatsOf } from '../src/damaged-files/formats.js';
import { filesOf, formatOf, judge } from '../src/damaged-files/judge.js';
import { countRequests } from '../src/damaged-files/memory.js';
import { unzipped, zipped } from '../src/damaged-files/zip.js';

countRequests();
const folder = mkdtempSync(join(tmpdir(), 'dl-damaged-files-test-'));
const fixtures = fileURLToPath(new URL('../../../packages/io/test/fixtures', import.meta.url));
const formats = await formatsOf(fixtures, join(folder, 'own'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The fixed list of files of each format, of which `npm test` reads a part. */
const list = drawn(
  sampleOf(40),
  Array.from({ length: 8000 }, (_, i) => i),
);

describe('damaged and forged files give a value or are refused', () => {
  it.each(formats.map((format) => [format.name, format] as const))(
    '%s',
    { timeout: 120_000 },
    async (name, format) => {
      const counts = { read: 0, refused: 0 };
      for (const i of list) {
        const files = await format.make(new Draw(1_000_000 + i));
        const { kind, text } = await judge(format, files);
        const bytes = [...files].map(([file, b]) => `${file} ${Buffer.from(b).toString('base64')}`);
        if (kind !== 'read' && kind !== 'refused') {
          throw new Error(`${name}, file ${i}: ${kind}: ${text}\n${bytes.join('\n')}`);
        }
        counts[kind]++;
      }
      // A fuzzer whose every file is refused at the first check would find nothing.
      expect(counts.refused).toBeGreaterThan(list.length / 4);
      expect(counts.read).toBeGreaterThanOrEqual(name === 'checkpoint' ? 0 : list.length / 100);
    },
  );
});

describe('the judge', { timeout: 60_000 }, () => {
  const files: Files = new Map([['x', new Uint8Array(100)]]);
  const of = (read: () => void): Promise<{ kind: string }> => {
    const format: Format = { name: 'planted', make: () => files, read: async () => read() };
    return judge(format, files, 300);
  };
  const polluted = Object.prototype as { polluted?: number };

  it.each<[string, () => void]>([
    ['read', () => {}],
    [
      'refused',
      () => {
        throw new FormatError('load: byte 0: …');
      },
    ],
    ['error', () => (undefined as unknown as Uint8Array).length],
    [
      'error',
      () => {
        throw new RangeError('Invalid array length');
      },
    ],
    [
      'slow',
      () => {
        for (const start = process.cpuUsage(); process.cpuUsage(start).user < 350_000; );
      },
    ],
    ['memory', () => new Uint8Array(2 ** 28)],
    ['memory', () => new Array<number>(12_000_000).fill(1)],
    [
      'pollution',
      () => {
        polluted.polluted = 1;
      },
    ],
  ])('sees: %s', async (kind, read) => {
    const outcome = await of(read);
    delete polluted.polluted;
    expect(outcome.kind).toBe(kind);
  });
});

// A list of storages that holds itself; counts of steps and numbers of parameters that are none.
it.each([266305, 521779, 554932, 572660])('file %i of seed 20261130 stays refused', async (i) => {
  const { kind, text } = await judge(formatOf(formats, i), await filesOf(formats, 20261130, i));
  expect([kind, text]).toEqual(['refused', expect.any(String)]);
});

it('a file depends on the seed and its number alone, and every format has its turn', async () => {
  for (let i = 0; i < 40; i++) {
    const files = await filesOf(formats, 5, i);
    expect([...(await filesOf(formats, 5, i))]).toEqual([...files]);
  }
  const names = new Set(Array.from({ length: 1000 }, (_, i) => formatOf(formats, i).name));
  expect([...names].sort()).toEqual(formats.map(({ name }) => name).sort());
});

it('archives that are put together again are those that they were', () => {
  const entries = new Map([
    ['a/data.pkl', Uint8Array.of(1, 2, 3)],
    ['b', new Uint8Array(1000)],
  ]);
  let same = 0;
  for (let i = 0; i < 50; i++) {
    try {
      const again = unzipped(zipped(entries, new Draw(i)));
      if (
        again.size === 2 &&
        [...entries].every(([k, v]) => Buffer.compare(v, again.get(k) ?? v) === 0)
      )
        same++;
    } catch {
      // Some have wrong numbers.
    }
  }
  expect(same).toBeGreaterThan(25);
});
