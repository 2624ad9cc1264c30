// The backend object: core's plain one, with the addon's kernels where they are faster.
import { type Backend, cpuBackend } from '@dl/core/functional';
import { contractWith } from './contraction.js';
import { foldWith, mapWith, reduceWith } from './elementwise.js';
import { prepare } from './encode.js';
import { alloc } from './memory.js';
import { gatherWith, scanWith, scatterWith, sortWith } from './moving.js';
import type { Addon, Native, Sizes } from './native.js';

/** Device `cpu` through the addon. */
export function nativeBackend(addon: Addon, sizes: Sizes): Backend {
  const native: Native = { addon, sizes };
  const map = mapWith(native);
  return {
    ...cpuBackend,
    alloc,
    prepare(program) {
      prepare(addon, program);
      return cpuBackend.prepare(program);
    },
    map,
    reduce: reduceWith(native),
    fold: foldWith(native),
    contract: contractWith(native, map),
    gather: gatherWith(native),
    scatter: scatterWith(native),
    scan: scanWith(native),
    sort: sortWith(native),
  };
}
