// Reads the list of PyTorch's names and the reference of the packages.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '../extract.js';
import { type Named, type PyTorchNames, survey } from './survey.js';

/** The state of every public name of PyTorch; `root` is the repository's. */
export function readNames(root: string): {
  readonly version: string;
  readonly found: ReadonlyMap<string, readonly Named[]>;
} {
  const names = read<PyTorchNames>(join(root, 'tools/docs/src/names/pytorch-names.json'));
  const reference = read<Entry[]>(join(root, 'tools/docs/dist/reference.json'));
  return { version: names.torch, found: survey(names, reference) };
}

const read = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;
