// Saving and loading a state dict of a quarter of a GiB in 16 tensors, in a folder in memory if there is one.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { full, type Tensor } from '@dl/core';
import { load, save } from '@dl/io';
import type { Row } from '../row.js';

// In memory the disk's own speed, and what else it does, are out of the picture.
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

const SIDE = 2048;
const COUNT = 16;

function stateDict(): Record<string, Tensor> {
  return Object.fromEntries(
    Array.from({ length: COUNT }, (_, i) => [`w${i}`, full([SIDE, SIDE], i)]),
  );
}

const check = (found: Record<string, Tensor>): number[] =>
  Object.values(found).map((x) => x.at(-1, -1).item());

const saving: Row = {
  suite: 'files',
  name: 'save a state dict of 256 MiB as .pth',
  what: 'save(stateDict, file); ours waits until the file is on the disk, torch.save does not',
  make() {
    const folder = mkdtempSync(join(base, 'dl-bench-'));
    const value = stateDict();
    return {
      step: () => save(value, join(folder, 'x.pth')),
      result: () => check(value),
      end: () => rmSync(folder, { recursive: true }),
    };
  },
};

const loading: Row = {
  suite: 'files',
  name: 'load a state dict of 256 MiB from .pth',
  what: 'load(file), checksums included',
  make() {
    const folder = mkdtempSync(join(base, 'dl-bench-'));
    const file = join(folder, 'x.pth');
    const ready = save(stateDict(), file);
    let found: Record<string, Tensor> = {};
    return {
      async step() {
        await ready;
        found = await load(file);
      },
      result: () => check(found),
      end: () => rmSync(folder, { recursive: true }),
    };
  },
};

/** The rows of the suite `files`. */
export const files: readonly Row[] = [saving, loading];
