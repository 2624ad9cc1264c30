// What saving does to an existing target, and which files it leaves behind.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DLError, type Tensor, tensor } from '@dl/core';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  load,
  loadNpy,
  loadNpz,
  loadSafetensors,
  save,
  saveNpy,
  saveNpz,
  saveSafetensors,
} from '../src/index.js';
import { posix } from './posix.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dl-replace-'));
});

const one = async (path: string): Promise<unknown> => (await load<{ a: Tensor }>(path)).a.toArray();
const value = (n: number) => ({ a: tensor([n]) });

describe.runIf(posix)('saving', () => {
  it('follows symbolic links, including chains, relative links, and links to files that do not exist yet', async () => {
    mkdirSync(join(folder, 'runs'));
    symlinkSync('runs/new.pth', join(folder, 'latest.pth'));
    symlinkSync('latest.pth', join(folder, 'model.pth'));
    for (const n of [1, 2]) {
      await save(value(n), join(folder, 'model.pth'));
      expect(await one(join(folder, 'runs/new.pth'))).toEqual([n]);
      expect(readlinkSync(join(folder, 'latest.pth'))).toBe('runs/new.pth');
      expect(readlinkSync(join(folder, 'model.pth'))).toBe('latest.pth');
    }
    // A relative link is resolved from its real folder.
    symlinkSync('runs', join(folder, 'alias'));
    symlinkSync('../runs/up.pth', join(folder, 'runs/link.pth'));
    await save(value(3), join(folder, 'alias/link.pth'));
    expect(await one(join(folder, 'runs/up.pth'))).toEqual([3]);
    symlinkSync('loop', join(folder, 'loop'));
    await expect(save(value(1), join(folder, 'loop'))).rejects.toThrow(/form a loop/);
    expect(lstatSync(join(folder, 'loop')).isSymbolicLink()).toBe(true);
  });

  it.each([0o600, 0o640, 0o755, 0o444])('keeps the mode %o', async (mode) => {
    const file = join(folder, 'file');
    writeFileSync(file, 'old');
    chmodSync(file, mode);
    if (mode === 0o444 && process.geteuid?.() !== 0) {
      await expect(save(value(1), file)).rejects.toThrow(/permission denied/);
      return;
    }
    await save(value(1), file);
    expect(statSync(file).mode & 0o7777).toBe(mode);
    expect(await one(file)).toEqual([1]);
  });

  it('keeps hard links, whether the new contents are longer or shorter', async () => {
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    writeFileSync(a, 'x'.repeat(5_000_000));
    linkSync(a, b);
    await save(value(1), a);
    expect(await one(b)).toEqual([1]);
    expect(statSync(a).nlink).toBe(2);
    await save({ a: tensor([1]), large: new Uint8Array(100_000).fill(7) }, b);
    expect(readFileSync(a)).toEqual(readFileSync(b));
    expect(await one(a)).toEqual([1]);
    expect(readdirSync(folder).sort()).toEqual(['a', 'b']);
  });

  it('refuses anything but a regular file, and leaves it unchanged', async () => {
    const pipe = join(folder, 'pipe');
    spawnSync('mkfifo', [pipe]);
    symlinkSync('pipe', join(folder, 'link'));
    const targets = [pipe, join(folder, 'link'), '/dev/null', folder];
    const x = tensor([1]);
    for (const target of targets) {
      for (const saving of [
        () => save(value(1), target),
        () => saveNpy(x, target),
        () => saveNpz({ x }, target),
        () => saveSafetensors({ x }, target),
      ]) {
        await expect(saving(), target).rejects.toThrow(DLError);
        await expect(saving(), target).rejects.toThrow(/not a regular file|it is a folder/);
      }
      for (const loading of [load, loadNpy, loadNpz]) {
        await expect(loading(target), target).rejects.toThrow(/not a regular file|it is a folder/);
      }
      if (target !== folder) await expect(loadSafetensors(target)).rejects.toThrow(/regular file/);
    }
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['link', 'pipe']);
  });

  it('refuses URLs', async () => {
    for (const url of ['https://a.b/c.pth', new URL('https://a.b/c.pth')]) {
      await expect(save(value(1), url)).rejects.toThrow(/is a URL, not a file path/);
    }
  });

  it('accepts names of the maximum length', async () => {
    for (const name of ['n'.repeat(255), 'é'.repeat(127)]) {
      await save(value(1), join(folder, name));
      await save(value(2), join(folder, name));
      expect(await one(join(folder, name))).toEqual([2]);
    }
  });

  it('removes temporary files of killed saves, and nothing else', async () => {
    let seen = '';
    const watched = save({ large: new Uint8Array(1_000_000), a: tensor([1]) }, join(folder, 'a'));
    while (seen === '') {
      seen = readdirSync(folder).find((name) => name.endsWith('.tmp')) ?? '';
      if (seen === '') await new Promise((done) => setTimeout(done, 0));
      if (readdirSync(folder).includes('a')) break;
    }
    await watched;
    expect(seen).toMatch(/^\.dl-save-[0-9a-z]+-\d+-\d+-[0-9a-z]+\.tmp$/);
    const [, machine] = /^\.dl-save-([0-9a-z]+)-/.exec(seen) as unknown as [string, string];
    // A process that has ended.
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    const left = `.dl-save-${machine}-${ended}-0-abc.tmp`;
    const alive = `.dl-save-${machine}-${process.ppid}-0-abc.tmp`;
    const elsewhere = `.dl-save-${machine}x-${ended}-0-abc.tmp`;
    const others = [alive, elsewhere, '.dl-save-notes.tmp', 'a.tmp', `.${hostname()}.tmp`];
    for (const name of [left, ...others]) writeFileSync(join(folder, name), '');
    await save(value(2), join(folder, 'a'));
    expect(readdirSync(folder).sort()).toEqual(['a', ...others].sort());
  });
});
