// Arguments of the functions for files: nothing that was given is ignored.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DLError, ones } from '@dl/core';
import { SGD } from '@dl/optim';
import { type Called, hold, holdsAll } from 'dl-arguments';
import { expect, it } from 'vitest';
import * as io from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'dl-arguments-'));
const path = (): string => join(folder, 'file');
const x = ones([2]);
const optimizer = new SGD([ones([1], { requiresGrad: true })]);
const checkpoint = { optimizer, epoch: 1 };
const bytes = {
  pth: await io.saveBytes({ x }),
  npy: io.saveNpyBytes(x),
  npz: io.saveNpzBytes({ x }),
  safetensors: io.saveSafetensorsBytes({ x }),
};
await io.saveCheckpoint(checkpoint, path());

/** A function that writes; what any text names lies in the folder of the test. */
const writing =
  (f: unknown): Called['call'] =>
  (...args) =>
    (f as Called['call'])(...(args.map((a) => (typeof a === 'string' ? path() : a)) as never[]));

const table: Record<string, Called> = {
  load: { call: io.load as Called['call'], args: () => [bytes.pth] },
  loadCheckpoint: {
    call: io.loadCheckpoint as Called['call'],
    args: () => [join(folder, 'checkpoint')],
    says: /^(loadCheckpoint|load): /,
  },
  loadNpy: { call: io.loadNpy as Called['call'], args: () => [bytes.npy] },
  loadNpz: { call: io.loadNpz as Called['call'], args: () => [bytes.npz] },
  loadSafetensors: { call: io.loadSafetensors as Called['call'], args: () => [bytes.safetensors] },
  openSafetensors: { call: io.openSafetensors as Called['call'], args: () => [bytes.safetensors] },
  save: { call: writing(io.save), args: () => [{ x }, path()] },
  saveBytes: {
    call: io.saveBytes as Called['call'],
    args: () => [{ x }],
    says: /^(saveBytes|save): /,
  },
  saveCheckpoint: {
    call: writing(io.saveCheckpoint),
    args: () => [checkpoint, path()],
    says: /^(saveCheckpoint|save): /,
  },
  saveNpy: { call: writing(io.saveNpy), args: () => [x, path()] },
  saveNpyBytes: { call: io.saveNpyBytes as Called['call'], args: () => [x] },
  saveNpz: { call: writing(io.saveNpz), args: () => [{ x }, path()] },
  saveNpzBytes: { call: io.saveNpzBytes as Called['call'], args: () => [{ x }] },
  saveSafetensors: { call: writing(io.saveSafetensors), args: () => [{ x }, path()] },
  saveSafetensorsBytes: { call: io.saveSafetensorsBytes as Called['call'], args: () => [{ x }] },
  setupSeed: {
    call: io.setupSeed as Called['call'],
    args: () => [1],
    says: /^(setupSeed|manualSeed): /,
  },
};
await io.saveCheckpoint(checkpoint, join(folder, 'checkpoint'));

holdsAll(io, table, {
  download: 'works in a browser only',
  SafetensorsFile: 'made by openSafetensors',
});
hold(table);

it('a misspelt part of a training is refused: it would not be saved', async () => {
  const wrong = { optimiser: optimizer } as never;
  const message = /unknown option 'optimiser'; did you mean optimizer\?/;
  await expect(io.saveCheckpoint(wrong, path())).rejects.toThrow(message);
  await expect(io.loadCheckpoint(path(), wrong)).rejects.toThrow(message);
  await expect(
    (io.load as (...args: unknown[]) => Promise<unknown>)(bytes.pth, { weightsOnly: true }),
  ).rejects.toThrow(DLError);
});
