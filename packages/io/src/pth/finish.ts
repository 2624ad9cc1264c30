// What both formats of `.pth` have in common: how they end.
import type { PickleRules, Unpickled } from '../pickle/reader.js';
import type { ReadStorage } from './globals.js';
import type { StorageBytes } from './materialize.js';

/** How the rest goes, for both formats: the pickle, the tensors, the value. */
export type Finish = (
  read: (rules: PickleRules) => Unpickled,
  readStorage: ReadStorage,
  base: number,
  bytesOf: StorageBytes,
) => Promise<unknown>;
