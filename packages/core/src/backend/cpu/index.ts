// The plain-TypeScript backend of device `cpu`: the specification of the contract.
import type { TypedArray } from '../../dtype.js';
import type { Backend, Buffer } from '../contract.js';
import { contract } from './contract.js';
import { gather, scatter } from './indexed.js';
import { scan, sort } from './lines.js';
import { map } from './map.js';
import { planOf } from './plan.js';
import { reduce } from './reduce.js';
import { makeArray } from './slab.js';

/** Device `cpu` on ordinary typed arrays, which the collector frees. */
export const cpuBackend: Backend = {
  device: 'cpu',
  counted: false,
  alloc: makeArray,
  free: () => {},
  memory: () => ({ live: 0, pooled: 0 }),
  emptyCache: () => {},
  upload: (data: TypedArray): Buffer => data.slice(),
  download: async (buffer, _dtype, offset, length) =>
    (buffer as TypedArray).slice(offset, offset + length),
  prepare: (program) => {
    planOf(program);
  },
  map,
  reduce,
  contract,
  scan,
  gather,
  scatter,
  sort,
  sync: async () => {},
};
