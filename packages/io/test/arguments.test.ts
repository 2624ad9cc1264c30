// Arguments by position and by name: no argument is ignored.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DLError, DTypeError, defaultGenerator, type Tensor, tensor, ValueError } from '@dl/core';
import { Linear } from '@dl/nn';
import { SGD } from '@dl/optim';
import { type Called, hold, holdsAll, strange } from 'dl-testing/arguments';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it, vi } from 'vitest';
import * as io from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'dl-io-arguments-'));
const x = tensor([[1, 2]]);
const [pth, npy, npz] = [io.saveBytes({ x }), io.saveNpyBytes(x), io.saveNpzBytes({ x })];
const safe = io.saveSafetensorsBytes({ x });
const checkpoint = join(folder, 'checkpoint');
const file = io.openSafetensors(safe);

beforeAll(() => {
  const document = { createElement: () => ({ click() {} }) };
  vi.stubGlobal('document', document);
  vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:x');
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  return io.saveCheckpoint({}, checkpoint);
});
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** A function that writes; the paths are in the test's own folder. */
const writes =
  (f: (...args: never[]) => unknown): Called['call'] =>
  (...args) =>
    f(...(args.map((a) => (typeof a === 'string' ? join(folder, 'file') : a)) as never[]));
const target = (): string => join(folder, 'file');

const table: Record<string, Called> = {
  download: { call: io.download, args: () => [x, 'x.pth'] },
  load: { call: io.load, args: () => [pth] },
  loadCheckpoint: { call: io.loadCheckpoint, args: () => [checkpoint] },
  loadNpy: { call: io.loadNpy, args: () => [npy] },
  loadNpz: { call: io.loadNpz, args: () => [npz] },
  loadSafetensors: { call: io.loadSafetensors, args: () => [safe] },
  openSafetensors: { call: io.openSafetensors, args: () => [safe] },
  save: { call: writes(io.save), args: () => [x, target()] },
  saveBytes: { call: io.saveBytes, args: () => [x] },
  saveCheckpoint: { call: writes(io.saveCheckpoint), args: () => [{}, target()] },
  saveNpy: { call: writes(io.saveNpy), args: () => [x, target()] },
  saveNpyBytes: { call: io.saveNpyBytes, args: () => [x] },
  saveNpz: { call: writes(io.saveNpz), args: () => [{ x }, target()] },
  saveNpzBytes: { call: io.saveNpzBytes, args: () => [{ x }] },
  saveSafetensors: { call: writes(io.saveSafetensors), args: () => [{ x }, target()] },
  saveSafetensorsBytes: { call: io.saveSafetensorsBytes, args: () => [{ x }] },
  setupSeed: { call: io.setupSeed, args: () => [1] },
};

/** Methods of the functions' results, by name. */
const method = (name: keyof io.SafetensorsFile, args: () => unknown[], opened = file): Called => ({
  call: async (...given) => {
    const own = await opened;
    return (own[name] as unknown as (...given: never[]) => unknown).call(own, ...given);
  },
  args,
});
const methods: Record<string, Called> = {
  'SafetensorsFile.close': method('close', () => [], io.openSafetensors(safe)),
  'SafetensorsFile.dtype': method('dtype', () => ['x']),
  'SafetensorsFile.getSlice': method('getSlice', () => ['x', 0, 1]),
  'SafetensorsFile.getTensor': method('getTensor', () => ['x']),
  'SafetensorsFile.keys': method('keys', () => []),
  'SafetensorsFile.metadata': method('metadata', () => []),
  'SafetensorsFile.shape': method('shape', () => ['x']),
};

const { Placeholder, SafetensorsFile, TensorPlaceholder } = io;
const classes = { Placeholder, SafetensorsFile, TensorPlaceholder };
const made = 'is made by the readers alone';
holdsAll(io, table, { Placeholder: made, SafetensorsFile: made, TensorPlaceholder: made });
hold({ ...table, ...methods });

describe('classes', () => {
  /** Methods that only the package or JavaScript itself calls. */
  const apart = ['constructor', 'dtypeOf', 'tensorOrPlaceholder', 'whole', 'read', 'record'];
  const own = ['toString', 'toJSON'];

  it('every method is in the table', () => {
    const all = Object.entries(classes).flatMap(([name, { prototype }]) =>
      Object.entries(Object.getOwnPropertyDescriptors(prototype))
        .filter(([, { value }]) => typeof value === 'function')
        .filter(([key]) => ![...apart, ...own].includes(key))
        .map(([key]) => `${name}.${key}`),
    );
    expect(all.sort()).toEqual(Object.keys(methods).sort());
  });

  it.each(Object.entries(classes))('%s cannot be created directly', (name, type) => {
    const Type = type as unknown as new (...args: unknown[]) => unknown;
    for (const wrong of [undefined, ...strange()]) {
      if (name === 'Placeholder' && typeof wrong === 'string') continue;
      expect(() => new Type(wrong)).toThrow(ValueError);
      expect(() => new Type(wrong)).toThrow(
        new RegExp(`^${name.replace('Tensor', '(Tensor)?')}: `),
      );
    }
  });
});

describe('promises as arguments', () => {
  const later = Promise.resolve(x);
  it.each<[string, () => unknown]>([
    ['save', () => io.save(later, target())],
    ['save', () => io.save({ weights: later }, target())],
    ['save', () => io.save(x, Promise.resolve(target()) as never)],
    ['saveBytes', () => io.saveBytes([later])],
    ['saveNpy', () => io.saveNpy(later as never, target())],
    ['saveNpyBytes', () => io.saveNpyBytes(later as never)],
    ['saveNpz', () => io.saveNpz({ later } as never, target())],
    ['saveNpzBytes', () => io.saveNpzBytes({ later } as never)],
    ['saveSafetensors', () => io.saveSafetensors({ later } as never, target())],
    ['saveSafetensorsBytes', () => io.saveSafetensorsBytes(Promise.resolve({ x }) as never)],
    ['saveCheckpoint', () => io.saveCheckpoint({ extra: later }, target())],
    ['loadCheckpoint', () => io.loadCheckpoint(checkpoint, { model: later } as never)],
    ['download', () => io.download(later, 'x.pth')],
    ['setupSeed', () => io.setupSeed(Promise.resolve(1) as never)],
    ['SafetensorsFile.shape', async () => (await file).shape(Promise.resolve('x') as never)],
  ])('%s', async (name, call) => {
    expect(await refusal(call)).toMatch(new RegExp(`^${name}: .*a promise.*await it first`));
  });
});

async function refusal(f: () => unknown): Promise<string> {
  try {
    await f();
  } catch (e) {
    if (e instanceof DLError) return e.message;
    throw e;
  }
  return '';
}

describe('mistakes of users', () => {
  it('misspelled parts of a checkpoint, and models instead of parts', async () => {
    const model = new Linear(1, 1);
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const save = (training: object) =>
      refusal(() => io.saveCheckpoint(training as never, target()));
    expect(await save({ model, optimiser: optimizer })).toMatch(
      /^saveCheckpoint: unknown option 'optimiser'; did you mean optimizer\?/,
    );
    expect(await save(model)).toMatch(/training must be an object such as \{ model, .* a Linear$/);
    expect(await save({ model: model.stateDict() })).toMatch(/model must be an object with stateD/);
    expect(await save({ model, epoch: -1 })).toMatch(
      /epoch must be a non-negative integer, not -1/,
    );
    const load = (training: object) =>
      refusal(() => io.loadCheckpoint(checkpoint, training as never));
    expect(await load({ models: model })).toMatch(/did you mean model\?/);
    expect(await load(model)).toMatch(/to set model|pass model in the options: \{ model: … \}/);
    // One object is accepted by both functions.
    const training = { model, optimizer, epoch: 2, extra: 'x' };
    await io.saveCheckpoint(training, target());
    expect(await io.loadCheckpoint(target(), training)).toEqual({ epoch: 2, step: 0, extra: 'x' });
    expect(await load({ generator: defaultGenerator() })).toMatch(/no generator/);
  });

  it('Maps and models instead of tensors by name', async () => {
    for (const given of [new Map([['x', x]]), new Linear(1, 1), [x], x]) {
      const message = /tensors must be an object of tensors by name, such as model\.stateDict\(\)/;
      for (const save of [io.saveNpz, io.saveSafetensors]) {
        await expect(save(given as never, target())).rejects.toThrow(DTypeError);
        await expect(save(given as never, target())).rejects.toThrow(message);
      }
      for (const bytes of [io.saveNpzBytes, io.saveSafetensorsBytes]) {
        expect(() => bytes(given as never)).toThrow(message);
      }
    }
    expect(
      await refusal(() => io.saveSafetensors({ x }, target(), { format: 'pt' } as never)),
    ).toMatch(/^saveSafetensors: unknown option 'format'; the options are /);
    expect(await refusal(() => io.saveNpz({ x }, target(), true as never))).toMatch(
      /to set compressed|\{ compressed: true \}/,
    );
  });

  it('promises of sources, a plain object as the value, options by name', async () => {
    const found = await io.load<{ x: Tensor }>({ source: pth, strict: true });
    expect(found.x.toArray()).toEqual([[1, 2]]);
    await io.save({ target: 'a value', value: 1 }, target());
    expect(await io.load(Promise.resolve(target()))).toEqual({ target: 'a value', value: 1 });
    await io.saveSafetensors({ x, target: x }, { target: join(folder, 'model.safetensors') });
    const again = await io.loadSafetensors(Promise.resolve(folder));
    expect(Object.keys(again).sort()).toEqual(['target', 'x']);
    expectTypeOf(again).toEqualTypeOf<Record<string, Tensor>>();
    expectTypeOf(io.load<number>(pth)).resolves.toEqualTypeOf<number>();
    // @ts-expect-error: the value must be positional
    expect(await refusal(() => io.save({ value: 1, target: target() }))).toMatch(
      /target is missing/,
    );
    // @ts-expect-error: no such option
    expect(await refusal(() => io.load(pth, { weights_only: true }))).toMatch(/'weights_only'/);
  });

  it('asynchronous functions reject with their errors', async () => {
    const { download, load, loadCheckpoint, loadNpy, loadNpz, loadSafetensors } = io;
    const { openSafetensors, save, saveBytes, saveCheckpoint, saveNpy, saveNpz } = io;
    for (const f of [
      ...[download, load, loadCheckpoint, loadNpy, loadNpz, loadSafetensors, openSafetensors],
      ...[save, saveBytes, saveCheckpoint, saveNpy, saveNpz, io.saveSafetensors],
    ] as ((...args: unknown[]) => Promise<unknown>)[]) {
      await expect(f()).rejects.toThrow(DLError);
      await expect(f(1, 2, 3, 4)).rejects.toThrow(DLError);
    }
  });
});
