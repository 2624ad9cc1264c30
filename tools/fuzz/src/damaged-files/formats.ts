// The formats: real files of each, how they are changed, and how they are read.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DLError, Generator, ones, rand, Tensor, tensor } from '@dl/core';
import { DataLoader } from '@dl/data';
import * as io from '@dl/io';
import { Hardtanh, isModule, Linear, Sequential, Tanh } from '@dl/nn';
import { Adam, StepLR } from '@dl/optim';
import { changeNpy, changeSafetensors, npyWords } from './arrays.js';
import { ascii, changeBytes, joined } from './bytes.js';
import type { Draw } from './draw.js';
import { changeJson, jsonSigns } from './json.js';
import { changePickle } from './pickle.js';
import { changeValue } from './values.js';
import { type Entries, unzipped, zipped } from './zip.js';

/** A file, or the files of a folder, by name. */
export type Files = Entries;

export interface Format {
  readonly name: string;
  /** How often it has its turn, if not as often as others: a fraction of that. */
  readonly share?: number;
  /** Files with something wrong. */
  make(draw: Draw): Files | Promise<Files>;
  /** Reads them, and looks at all that was read. */
  read(files: Files): Promise<void>;
}

/** Tensors of more elements are not written out: a file may repeat one without end. */
const MOST = 100_000;

/** Looks at a value that was read as a program does: elements, texts, attributes. */
function use(value: unknown, seen = new Set<object>()): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if (value instanceof Tensor) {
    String(value);
    // A tensor without elements has as many empty lists as its other dimensions say.
    const lists = value.shape.reduce((product, n) => product * Math.max(n, 1), 1);
    if (lists <= MOST) value.toArray();
  } else if (value instanceof io.Placeholder) {
    String(value);
    JSON.stringify(value);
    for (const part of [value.args, value.state, value.items, value.entries]) use(part, seen);
  } else if (isModule(value)) {
    String(value);
    use(value.stateDict(), seen);
  } else if (value instanceof Map) {
    for (const [key, item] of value) {
      use(key, seen);
      use(item, seen);
    }
  } else if (!ArrayBuffer.isView(value)) for (const item of Object.values(value)) use(item, seen);
}

const one = (name: string, bytes: Uint8Array): Files => new Map([[name, bytes]]);
const only = (files: Files): Uint8Array => [...files.values()][0] as Uint8Array;

interface Goldens {
  readonly pth: { files: { file: string }[]; models: { file: string }[] };
  readonly foreign: { entries: Record<string, string> }[];
  readonly formats: {
    safetensors: {
      files: Record<string, { file: string }>;
      wide: Record<string, { file: string }>;
    };
    npy: { read: { file: string }[]; refused: Record<string, string> };
    npz: Record<'large' | 'streamed', { file: string }>;
  };
}

/** Files that PyTorch, NumPy and the safetensors library wrote: the goldens of @dl/io's tests. */
function goldensAt(folder: string): Goldens {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  return { pth: read('pth'), foreign: read('foreign'), formats: read('formats') } as Goldens;
}

const decoded = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b;
const zipWords = [
  'PK\x01\x02',
  'PK\x03\x04',
  'PK\x05\x06',
  'PK\x06\x06',
  'PK\x06\x07',
  '\x01\x00\x10\x00',
];
const pickleWords = [
  '(',
  '.',
  'R',
  'b',
  ']',
  '}',
  'h\x00',
  'q\x00',
  'K\xff',
  'X\xff\xff\xff\x7f',
  'cos\nsystem\n',
  '\x95',
  'Q',
];

/** A zip file of PyTorch's or NumPy's, with one of its entries changed. */
function changeZip(
  entries: Entries,
  change: (name: string, bytes: Uint8Array) => Uint8Array,
  draw: Draw,
): Uint8Array {
  const made = new Map(entries);
  const name = draw.of([...made.keys()]);
  made.set(name, change(name, made.get(name) as Uint8Array));
  if (draw.once(20)) made.delete(draw.of([...made.keys()]));
  if (draw.once(20)) made.set(`${name.slice(0, -1)}~`, ascii('x'));
  return zipped(made, draw);
}

/** A `.pth` file of either format, changed by its bytes or by its structure. */
function changePth(file: Uint8Array, entries: Entries | null, draw: Draw): Uint8Array {
  const bytes = draw.once(4);
  if (entries === null) {
    if (bytes) return changeBytes(file, pickleWords, draw);
    // Five pickles, one after the other: any of them.
    let at = 0;
    for (let skip = draw.below(5); skip > 0; skip--) {
      const stop = file.indexOf(0x2e, at);
      if (stop >= 0) at = stop + 1;
    }
    return joined([file.subarray(0, at), changePickle(file.subarray(at), draw)]);
  }
  if (bytes) return changeBytes(file, [...pickleWords, ...zipWords], draw);
  // Mostly the pickle.
  const pickle = [...entries.keys()].find((name) => name.endsWith('data.pkl'));
  if (pickle === undefined || draw.once(6)) {
    return changeZip(
      entries,
      (_, part) => changeBytes(part.length === 0 ? ascii('x') : part, pickleWords, draw),
      draw,
    );
  }
  const made = new Map(entries);
  made.set(pickle, changePickle(made.get(pickle) as Uint8Array, draw));
  return zipped(made, draw);
}

function pthFormat(
  name: string,
  seeds: readonly Uint8Array[],
  read: (bytes: Uint8Array) => Promise<unknown>,
): Format {
  const all = seeds.map((file) => ({ file, entries: isZip(file) ? unzipped(file) : null }));
  return {
    name,
    make(draw) {
      const { file, entries } = draw.of(all);
      return one('file.pth', changePth(file, entries, draw));
    },
    read: async (files) => use(await read(only(files))),
  };
}

function npzFormat(seeds: readonly Uint8Array[]): Format {
  const all = seeds.map((file) => ({ file, entries: unzipped(file) }));
  return {
    name: 'npz',
    make(draw) {
      const { file, entries } = draw.of(all);
      const bytes = draw.once(4)
        ? changeBytes(file, [...zipWords, ...npyWords], draw)
        : changeZip(entries, (_, part) => changeNpy(part, draw), draw);
      return one('file.npz', bytes);
    },
    read: async (files) => use(await io.loadNpz(only(files))),
  };
}

function folderFormat(folder: string): Format {
  const parts = ['a', 'b'].map((name) => {
    const bytes = io.saveSafetensorsBytes({
      [`${name}.weight`]: ones([2, 3]),
      [`${name}.bias`]: ones([2]),
    });
    return [`model-${name}.safetensors`, bytes] as const;
  });
  const names = parts.flatMap(([file]) =>
    [`${file[6]}.weight`, `${file[6]}.bias`].map((name) => [name, file]),
  );
  const index = JSON.stringify({
    metadata: { total_size: 64 },
    weight_map: Object.fromEntries(names),
  });
  const words = ['{', '}', '"', '../', '/dev/zero', '\0', 'weight_map', '.safetensors'];
  const indexName = 'model.safetensors.index.json';
  return {
    name: 'folder',
    // Files on a disk take longer than bytes in memory.
    share: 0.05,
    make(draw) {
      const made = new Map<string, Uint8Array>(parts);
      const bytes = new TextEncoder().encode(draw.once(3) ? index : changeJson(index, draw));
      made.set(indexName, draw.once(4) ? changeBytes(bytes, words, draw) : bytes);
      if (draw.once(2)) {
        const [name, part] = draw.of(parts);
        made.set(
          name,
          draw.once(3) ? changeBytes(part, words, draw) : changeSafetensors(part, draw),
        );
      }
      if (draw.once(10)) made.delete(draw.of([...made.keys()]));
      return made;
    },
    async read(files) {
      mkdirSync(folder, { recursive: true });
      for (const name of [indexName, ...parts.map(([part]) => part)]) {
        const bytes = files.get(name);
        if (bytes === undefined) rmSync(join(folder, name), { force: true });
        else writeFileSync(join(folder, name), bytes);
      }
      use(await io.loadSafetensors(folder));
    },
  };
}

/** A training, as it is when a checkpoint is read into it. */
function training() {
  const model = new Sequential(new Linear(2, 3), new Tanh(), new Linear(3, 1));
  const optimizer = new Adam(model.parameters(), { lr: 0.1 });
  const scheduler = new StepLR(optimizer, 2);
  const loader = new DataLoader([1, 2, 3, 4], { batchSize: 2, shuffle: true });
  return { model, optimizer, scheduler, loader, generator: new Generator() };
}

/** A step of a training, with everything that a checkpoint restores. */
function goOn({ model, optimizer, scheduler, loader, generator }: ReturnType<typeof training>) {
  optimizer.zeroGrad();
  model
    .forward(ones([4, 2]))
    .sum()
    .backward();
  optimizer.step();
  scheduler.step();
  for (const _ of loader) rand([1], { generator });
}

/** A training after its first step, saved: the bytes, and the value in them. */
async function checkpointAt(path: string): Promise<{ bytes: Uint8Array; state: unknown }> {
  const begun = training();
  begun.model
    .forward(ones([4, 2]))
    .sum()
    .backward();
  begun.optimizer.step();
  begun.scheduler.step();
  await io.saveCheckpoint({ ...begun, epoch: 1, step: 3, extra: { losses: [1, 2] } }, path);
  const state = await io.load(path);
  const bytes = new Uint8Array(readFileSync(path));
  rmSync(path);
  return { bytes, state };
}

/** Archives whose pickles hold values of other classes. */
function foreignFormat(goldens: Goldens): Format {
  const archives = goldens.foreign.map(
    ({ entries }) =>
      new Map(Object.entries(entries).map(([name, text]) => [`a/${name}`, decoded(text)])),
  );
  return {
    name: 'foreign values',
    make: (draw) => {
      const entries = draw.of(archives);
      const pickle = entries.get('a/data.pkl') as Uint8Array;
      const made = new Map(entries).set('a/data.pkl', changePickle(pickle, draw));
      return one('file.pth', zipped(made, draw));
    },
    read: async (files) => use(await io.load(only(files))),
  };
}

/** A checkpoint whose value is changed and saved again; what is read goes on with its training. */
const stateFormat = (state: unknown): Format => ({
  name: 'state',
  make: async (draw) => one('file.pth', await io.saveBytes(changeValue(state, draw) as object)),
  async read(files) {
    const begun = training();
    use(await io.loadCheckpoint(only(files), begun));
    goOn(begun);
  },
});

function safetensorsFormat(seeds: readonly Uint8Array[]): Format {
  const words = [...jsonSigns, '"dtype":', '"shape":[', '"data_offsets":[0,0]', '__metadata__'];
  return {
    name: 'safetensors',
    make: (draw) => {
      const file = draw.of(seeds);
      const made = draw.once(3) ? changeBytes(file, words, draw) : changeSafetensors(file, draw);
      return one('file.safetensors', made);
    },
    async read(files) {
      const opened = await io.openSafetensors(only(files));
      // What is refused here is one tensor; the rest of the file must be usable.
      for (const name of opened.keys()) await opened.getSlice(name, 0, 1).catch(refusedOrThrow);
      use(await io.loadSafetensors(only(files)));
    },
  };
}

const npyFormat = (seeds: readonly Uint8Array[]): Format => ({
  name: 'npy',
  make: (draw) => {
    const file = draw.of(seeds);
    const made = draw.once(3) ? changeBytes(file, npyWords, draw) : changeNpy(file, draw);
    return one('file.npy', made);
  },
  read: async (files) => use(await io.loadNpy(only(files))),
});

/**
 * All formats.
 *
 * @param fixtures the folder of the goldens of @dl/io's tests.
 * @param folder where a folder of files may be written.
 */
export async function formatsOf(fixtures: string, folder: string): Promise<Format[]> {
  const goldens = goldensAt(fixtures);
  const { safetensors, npy, npz } = goldens.formats;
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const tensors = {
    x,
    'a.b': ones([4], { dtype: 'int64' }),
    m: tensor([true, false]),
    s: tensor(1),
  };
  const decodedAll = (list: readonly { file: string }[]) => list.map(({ file }) => decoded(file));
  const pth = decodedAll([...goldens.pth.files, ...goldens.pth.models]);
  pth.push(await io.saveBytes(new Sequential(new Linear(2, 3), new Hardtanh(-2, 3), new Tanh())));
  pth.push(
    await io.saveBytes({ x, list: [1, 2.5, 'text', null, true, 2n ** 70n], set: new Set([1]) }),
  );
  const legacy = pth.filter((file) => !isZip(file));
  const checkpoint = await checkpointAt(`${folder}.pth`);
  const load = (bytes: Uint8Array) => io.load(bytes);
  return [
    pthFormat('pth', pth.filter(isZip), load),
    pthFormat('legacy pth', legacy, load),
    foreignFormat(goldens),
    pthFormat('checkpoint', [checkpoint.bytes], (bytes) => io.loadCheckpoint(bytes, training())),
    stateFormat(checkpoint.state),
    safetensorsFormat([
      io.saveSafetensorsBytes(tensors, { metadata: { format: 'pt' } }),
      ...decodedAll([...Object.values(safetensors.files), ...Object.values(safetensors.wide)]),
    ]),
    npyFormat([
      io.saveNpyBytes(x),
      ...decodedAll(npy.read),
      ...Object.values(npy.refused).map(decoded),
    ]),
    npzFormat([
      io.saveNpzBytes(tensors),
      io.saveNpzBytes(tensors, { compressed: true }),
      ...decodedAll([npz.large, npz.streamed]),
    ]),
    folderFormat(folder),
  ];
}

/** Passes over an error of the library's own. */
function refusedOrThrow(error: unknown): void {
  if (!isRefusal(error)) throw error;
}

/** Whether a file was refused, and nothing else went wrong. */
export const isRefusal = (error: unknown): boolean => error instanceof DLError;
