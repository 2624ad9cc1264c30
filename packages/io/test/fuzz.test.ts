// Thousands of damaged files: each loads or is refused, soon, and nothing else happens.
// More of them: `FUZZ=100000 npx vitest run packages/io/test/fuzz`.
import { ones, type Tensor, tensor } from '@dl/core';
import { describe, expect, it } from 'vitest';
import {
  loadNpy,
  loadNpz,
  loadSafetensors,
  openSafetensors,
  saveNpyBytes,
  saveNpzBytes,
  saveSafetensorsBytes,
} from '../src/index.js';
import { crc32 } from '../src/zip/crc32.js';
import { fromBase64, goldens, MUTATIONS, survives, toBase64, utf8 } from './formats.js';

/** Whole numbers below `n`, the same in every run. */
function numbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

type Random = ReturnType<typeof numbers>;
const edges = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** A file with one to four changes of the kinds that find mistakes in readers. */
function mutate(file: Uint8Array, words: readonly string[], random: Random): Uint8Array {
  let out = file.slice();
  for (let changes = 1 + random(2) * random(4); changes > 0; changes--) {
    const at = random(out.length + 1);
    const length = 1 + random(random(2) === 0 ? 8 : 64);
    const part = out.slice(at, at + length);
    const insert = (bytes: Uint8Array, removed = 0): void => {
      const rest = out.subarray(Math.min(at + removed, out.length));
      const next = new Uint8Array(at + bytes.length + rest.length);
      next.set(out.subarray(0, at));
      next.set(bytes, at);
      next.set(rest, at + bytes.length);
      out = next;
    };
    const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
    switch (random(9)) {
      case 0:
        if (at < out.length) out[at] = (out[at] as number) ^ (1 << random(8));
        break;
      case 1:
        if (at < out.length) out[at] = random(256);
        break;
      case 2:
        if (at + 4 <= out.length) view.setUint32(at, edges[random(edges.length)] as number, true);
        break;
      case 3:
        if (at + 8 <= out.length) {
          view.setBigUint64(
            at,
            BigInt.asUintN(64, -BigInt(random(3)) + (1n << BigInt(random(65)))),
            true,
          );
        }
        break;
      case 4:
        out = out.slice(0, at);
        break;
      case 5:
        insert(new Uint8Array(0), length);
        break;
      case 6:
        insert(part);
        break;
      case 7:
        insert(utf8(words[random(words.length)] as string), random(2) * length);
        break;
      default: {
        // A part copied to another place.
        const to = random(out.length + 1);
        out.set(part.subarray(0, out.length - to), to);
      }
    }
    if (out.length === 0) break;
  }
  return out;
}

/** Makes the header length right again, so that changes of the JSON are seen by its reader. */
function mendSafetensors(file: Uint8Array): Uint8Array {
  const close = Buffer.from(file).lastIndexOf('}}');
  if (close < 0 || file.length < 8) return file;
  const out = file.slice();
  new DataView(out.buffer).setBigUint64(0, BigInt(Math.ceil((close + 2 - 8) / 8) * 8), true);
  return out;
}

/** Makes the header length right again. */
function mendNpy(file: Uint8Array): Uint8Array {
  const close = file.indexOf(0x0a);
  if (close < 10 || file[6] !== 1) return file;
  const out = file.slice();
  new DataView(out.buffer).setUint16(8, close + 1 - 10, true);
  return out;
}

/** Makes the checksums of uncompressed entries right again, in an archive whose rest is. */
function mendNpz(file: Uint8Array): Uint8Array {
  const out = Buffer.from(file);
  for (let at = 0; ; at++) {
    at = out.indexOf(Buffer.from('PK\x01\x02', 'latin1'), at);
    if (at < 0 || at + 46 > out.length) return new Uint8Array(out);
    const size = out.readUInt32LE(at + 20);
    const local = out.readUInt32LE(at + 42);
    if (local + 30 > out.length) continue;
    const from = local + 30 + out.readUInt16LE(local + 26) + out.readUInt16LE(local + 28);
    if (from + size <= out.length) {
      out.writeUInt32LE(crc32(out.subarray(from, from + size)), at + 16);
    }
  }
}

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
const tensors = { x, 'a.b': ones([4], { dtype: 'int64' }), m: tensor([true, false]), s: tensor(1) };

async function use(found: Record<string, Tensor>): Promise<void> {
  for (const y of Object.values(found)) {
    y.toArray();
    y.contiguous().data();
  }
}

interface Target {
  name: string;
  seeds: Uint8Array[];
  words: string[];
  mend: (file: Uint8Array) => Uint8Array;
  load: (file: Uint8Array) => Promise<void>;
}

const json = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  '-1',
  '1e9',
  '9007199254740993',
  '0',
  '18446744073709551616',
];
const dtypes = ['I8', 'U8', 'U16', 'U32', 'BOOL', 'BF16', 'F8_E4M3', 'F4', 'C64', 'U64'];
const python = [
  '(',
  ')',
  '{',
  '}',
  '[',
  "'",
  '"',
  ',',
  'True',
  'None',
  '-1',
  '4294967296',
  'L',
  ', 0',
  "'|O'",
];
const descrs = ['<f8', '>i4', '|i1', '<u4', '>f2', '|b1', '<U4', '<c8', '<M8[ns]', '>u2'];

const targets: Target[] = [
  {
    name: 'safetensors',
    seeds: [
      saveSafetensorsBytes(tensors, { metadata: { format: 'pt' } }),
      ...Object.values(goldens.safetensors.files).map(({ file }) => fromBase64(file)),
      ...Object.values(goldens.safetensors.wide).map(({ file }) => fromBase64(file)),
    ],
    words: [
      ...json,
      ...dtypes,
      '"dtype":',
      '"shape":[',
      '"data_offsets":[0,0]',
      '__metadata__',
      '__proto__',
      '\\u0000',
      'é',
    ],
    mend: mendSafetensors,
    load: async (file) => {
      const open = await openSafetensors(file);
      // What is refused here is one tensor; the rest of the file must be usable.
      for (const name of open.keys()) await open.getSlice(name, 0, 1).catch(() => {});
      await use(await loadSafetensors(file));
    },
  },
  {
    name: '.npy',
    seeds: [
      saveNpyBytes(x),
      ...goldens.npy.read.map(({ file }) => fromBase64(file)),
      ...Object.values(goldens.npy.refused).map(fromBase64),
    ],
    words: [...python, ...descrs, "'descr': ", "'shape': (", "'fortran_order': True"],
    mend: mendNpy,
    load: async (file) => use({ x: await loadNpy(file) }),
  },
  {
    name: '.npz',
    seeds: [
      saveNpzBytes(tensors),
      saveNpzBytes(tensors, { compressed: true }),
      fromBase64(goldens.npz.large.file),
      fromBase64(goldens.npz.large.compressed),
      fromBase64(goldens.npz.streamed.file),
    ],
    words: [
      ...python,
      ...descrs,
      'PK\x01\x02',
      'PK\x03\x04',
      'PK\x05\x06',
      'PK\x06\x06',
      'PK\x06\x07',
      '\x01\x00\x10\x00',
      '.npy',
    ],
    mend: mendNpz,
    load: async (file) => use(await loadNpz(file)),
  },
];

describe('damaged files', () => {
  for (const [i, { name, seeds, words, mend, load }] of targets.entries()) {
    it(
      `load or are refused: ${name}`,
      async () => {
        const random = numbers(i + 1);
        let loaded = 0;
        const reasons = new Set<string>();
        for (let k = 0; k < MUTATIONS; k++) {
          const mutated = mutate(seeds[random(seeds.length)] as Uint8Array, words, random);
          const file = random(2) === 0 ? mutated : mend(mutated);
          const problem = await survives(
            () => load(file),
            () => `${name} ${k}: ${toBase64(file)}`,
          );
          if (problem === null) loaded++;
          else reasons.add(problem.replace(/"([^"\\]|\\.)*"|\d+/g, '#').slice(0, 90));
        }
        if (process.env.FUZZ !== undefined) {
          console.log(
            `${name}: ${loaded} of ${MUTATIONS} loaded, ${reasons.size} kinds of refusals`,
          );
          console.log([...reasons].sort().join('\n'));
        }
        // A fuzzer whose every file is refused at the first check would find nothing.
        expect(loaded).toBeGreaterThan(MUTATIONS / 100);
        expect(loaded).toBeLessThan(MUTATIONS / 2);
      },
      30_000 + MUTATIONS * 20,
    );
  }
});
