// Mistakes of users: the message names the wrong argument, and the fix.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DLError, tensor } from '@dl/core';
import { Linear } from '@dl/nn';
import { SGD } from '@dl/optim';
import { expect, test } from 'vitest';
import * as io from '../src/index.js';
import { posix } from './posix.js';

const folder = mkdtempSync(join(tmpdir(), 'dl-refusals-'));
const at = (name: string): string => join(folder, name);
const x = tensor([1, 2]);

/** The message of a refusal. */
async function refusal(f: () => Promise<unknown>): Promise<string> {
  const error = await f().catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DLError);
  return (error as Error).message;
}

const readers = {
  load: io.load,
  loadCheckpoint: io.loadCheckpoint,
  loadNpy: io.loadNpy,
  loadNpz: io.loadNpz,
  loadSafetensors: io.loadSafetensors,
  openSafetensors: io.openSafetensors,
};
test.each(Object.entries(readers))('%s', async (name, read: (x: never) => Promise<unknown>) => {
  const of = (source: unknown): Promise<string> => refusal(() => read(source as never));
  expect(await of(new Uint8Array(0))).toBe(
    `${name}: byte 0: the file is empty; save it again, or download it again`,
  );
  expect(await of(at('missing'))).toBe(`${name}: cannot read ${at('missing')}: it does not exist`);
  expect(await of('https://x.org/y.pth')).toContain(`use ${name}(await fetch(url))`);
  expect(await of(new Response('', { status: 404 }))).toContain('answered 404 instead of');
  expect(await of(new Uint8Array(64).fill(7))).toMatch(new RegExp(`^${name}: byte \\d+: `));
});

const writers: Record<string, (target: string) => Promise<unknown>> = {
  save: (target) => io.save(x, target),
  saveCheckpoint: (target) => io.saveCheckpoint({}, target),
  saveNpy: (target) => io.saveNpy(x, target),
  saveNpz: (target) => io.saveNpz({ x }, target),
  saveSafetensors: (target) => io.saveSafetensors({ x }, target),
};
test.each(Object.entries(writers))('%s', async (name, write) => {
  const of = (target: string): Promise<string> => refusal(() => write(target));
  expect(await of('')).toBe(`${name}: target must be a file path, not ''`);
  expect(await of(folder)).toBe(
    `${name}: cannot write ${folder}: it is a folder; pass the path of a file in it`,
  );
  expect(await of(at('a\0b'))).toMatch(/its path contains a null character; choose another name$/);
  expect(await of(at('no/file'))).toMatch(/the folder .*no does not exist; choose a folder/);
  // Windows has other limits.
  if (posix) {
    expect(await of(at('n'.repeat(256)))).toMatch(/its name is too long; choose a shorter name$/);
  }
});

test.each<[string, unknown, string]>([
  ['a Date', new Date(), 'is an object of class Date; save its toISOString()'],
  [
    'an array of numbers',
    new Float32Array(2),
    'is an object of class Float32Array; convert it to a tensor: tensor(x)',
  ],
  [
    'an optimizer',
    new SGD(new Linear(1, 1).parameters()),
    'is an object of class SGD; save its stateDict()',
  ],
  [
    'a class',
    new (class Config {})(),
    'is an object of class Config; save a plain object with its values',
  ],
  ['undefined', undefined, 'is undefined; leave it out, or use null'],
  ['a function', () => 1, 'is a function'],
  ['a promise', Promise.resolve(1), 'is a promise; await it first'],
])('save of %s', async (_, value, message) => {
  expect(await refusal(() => io.save({ value } as object, at('x.pth')))).toContain(
    `save: value.value ${message}`,
  );
});
