// Arguments in place and by name: nothing that was given is ignored.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DLError, DTypeError, defaultGenerator, type Tensor, tensor } from '@dl/core';
import { Linear } from '@dl/nn';
import { SGD } from '@dl/optim';
import { type Called, hold, holdsAll } from 'dl-arguments';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it, vi } from 'vitest';
import * as io from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'dl-arguments-'));
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

/** A function that writes: any path is one of the test's own folder. */
const writes =
  (f: (...args: never[]) => unknown): Called['call'] =>
  (...args) =>
    f(...(args.map((a) => (typeof a === 'string' ? join(folder, 'file') : a)) as never[]));
const target = (): string => join(folder, 'file');

const table: Record<string, Called> = {
  download: { call: io.download, args: () => [x, 'x.pth'], says: /^(download|save): / },
  load: { call: io.load, args: () => [pth] },
  loadCheckpoint: {
    call: io.loadCheckpoint,
    args: () => [checkpoint],
    says: /^(loadCheckpoint|load): /,
  },
  loadNpy: { call: io.loadNpy, args: () => [npy] },
  loadNpz: { call: io.loadNpz, args: () => [npz] },
  loadSafetensors: { call: io.loadSafetensors, args: () => [safe] },
  openSafetensors: { call: io.openSafetensors, args: () => [safe] },
  save: { call: writes(io.save), args: () => [x, target()] },
  saveBytes: { call: io.saveBytes, args: () => [x], says: /^(saveBytes|save): / },
  saveCheckpoint: { call: writes(io.saveCheckpoint), args: () => [{}, target()] },
  saveNpy: { call: writes(io.saveNpy), args: () => [x, target()] },
  saveNpyBytes: { call: io.saveNpyBytes, args: () => [x] },
  saveNpz: { call: writes(io.saveNpz), args: () => [{ x }, target()] },
  saveNpzBytes: { call: io.saveNpzBytes, args: () => [{ x }] },
  saveSafetensors: { call: writes(io.saveSafetensors), args: () => [{ x }, target()] },
  saveSafetensorsBytes: { call: io.saveSafetensorsBytes, args: () => [{ x }] },
  setupSeed: { call: io.setupSeed, args: () => [1], says: /^(setupSeed|manualSeed): / },
};

const missing = /^(SafetensorsFile\.\w+|openSafetensors): /;
const methods: Record<string, Called> = {
  'SafetensorsFile.dtype': {
    call: async (...args) => (await file).dtype(...(args as unknown as [string])),
    args: () => ['x'],
    says: missing,
  },
  'SafetensorsFile.getSlice': {
    call: async (...args) => (await file).getSlice(...(args as unknown as [string])),
    args: () => ['x', 0, 1],
    says: missing,
  },
  'SafetensorsFile.getTensor': {
    call: async (...args) => (await file).getTensor(...(args as unknown as [string])),
    args: () => ['x'],
    says: missing,
  },
  'SafetensorsFile.shape': {
    call: async (...args) => (await file).shape(...(args as unknown as [string])),
    args: () => ['x'],
    says: missing,
  },
};

const made = 'is made by the readers alone';
holdsAll(io, table, { Placeholder: made, SafetensorsFile: made, TensorPlaceholder: made });
hold({ ...table, ...methods });

async function refusal(f: () => unknown): Promise<string> {
  try {
    await f();
  } catch (e) {
    if (e instanceof DLError) return e.message;
    throw e;
  }
  return '';
}

describe('what users write', () => {
  it('parts of a checkpoint that are misspelt, and models in the place of parts', async () => {
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
    expect(await load(model)).toMatch(/to set model|goes into the options: \{ model: … \}/);
    // One object serves both functions.
    const training = { model, optimizer, epoch: 2, extra: 'x' };
    await io.saveCheckpoint(training, target());
    expect(await io.loadCheckpoint(target(), training)).toEqual({ epoch: 2, step: 0, extra: 'x' });
    expect(await load({ generator: defaultGenerator() })).toMatch(/no generator/);
  });

  it('Maps and models in the place of tensors by name', async () => {
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
    // @ts-expect-error: the value has to stand in its place
    expect(await refusal(() => io.save({ value: 1, target: target() }))).toMatch(
      /target is missing/,
    );
    // @ts-expect-error: there is no such option
    expect(await refusal(() => io.load(pth, { weights_only: true }))).toMatch(/'weights_only'/);
  });

  it('refusals are rejections of functions that give promises', async () => {
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
