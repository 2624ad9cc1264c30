// The plain TypeScript backend of device `cpu`: the reference implementation of the Backend interface.
import { type DType, dtypes, type TypedArray } from '../../dtype.js';
import { DeviceError } from '../../errors.js';
import type { Backend, Buffer, IndexedAxis, View } from '../contract.js';
import { contract } from './contract.js';
import { checkHeld } from './detached-memory.js';
import { gather, scatter } from './gather-scatter.js';
import { map } from './map.js';
import { planOf } from './plan.js';
import { forgetAll, giveBack, pooled, RECYCLED, takeBack } from './recycle.js';
import { reduce } from './reduce.js';
import { scan, sort } from './scan-sort.js';
import { makeArray } from './slab.js';

/** A backend that reuses large buffers once they are freed. */
export interface RecyclingBackend extends Backend {
  /** A freed buffer, uninitialized; undefined if none fits. */
  recycled(length: number, dtype: DType): TypedArray | undefined;
}

function alloc(length: number, dtype: DType, zeroed: boolean): TypedArray {
  const old = takeBack(length, dtype);
  if (old === undefined) return made(length, dtype);
  if (zeroed) (old as Float32Array).fill((dtype === 'int64' ? 0n : 0) as number);
  return old;
}

/** A zeroed array; throws a DeviceError if memory is exhausted or the engine does not support arrays of that length. */
function made(length: number, dtype: DType): TypedArray {
  try {
    return makeArray(length, dtype);
  } catch (e) {
    if (!(e instanceof RangeError)) throw e;
    throw new DeviceError(
      `cpu: no memory for a tensor of ${length} elements of ${dtype} (${length * dtypes[dtype].bytes} bytes): ${e.message}; use smaller tensors`,
    );
  }
}

/** `checkHeld` for the operands of a gather or scatter. */
function checkIndexed(moved: View, indices: readonly IndexedAxis[], other: View): void {
  checkHeld([other]);
  for (const { index } of indices) checkHeld([index]);
  // Along an axis without elements every index is out of range and throws an IndexError.
  if (indices.every(({ size }) => size > 0)) checkHeld([moved]);
}

/** Device `cpu` on ordinary typed arrays, which the garbage collector frees. */
export const cpuBackend: RecyclingBackend = {
  device: 'cpu',
  counted: false,
  recycles: RECYCLED,
  alloc,
  recycled: takeBack,
  free: (buffer, dtype) => giveBack(buffer as TypedArray, dtype),
  memory: () => ({ live: 0, pooled: pooled() }),
  emptyCache: forgetAll,
  upload: (data: TypedArray): Buffer => data.slice(),
  download: async (buffer, _dtype, offset, length) =>
    (buffer as TypedArray).slice(offset, offset + length),
  prepare: (program) => {
    planOf(program);
  },
  map: (program, inputs, outputs, params) => {
    checkHeld(inputs);
    checkHeld(outputs);
    map(program, inputs, outputs, params);
  },
  reduce: (program, reducer, inputs, shape, axes, output, params) => {
    checkHeld(inputs);
    checkHeld([output]);
    reduce(program, reducer, inputs, shape, axes, output, params);
  },
  // The reference for a fold is what core does otherwise: `reduce` and `map` one by one.
  fold: () => false,
  contract: (spec, a, b, out, epilogue) => {
    checkHeld([a, b, out]);
    if (epilogue !== undefined) checkHeld(epilogue.inputs);
    contract(spec, a, b, out, epilogue);
  },
  scan: (reducer, input, axis, output) => {
    checkHeld([input, output]);
    scan(reducer, input, axis, output);
  },
  gather: (source, indices, output) => {
    checkIndexed(source, indices, output);
    gather(source, indices, output);
  },
  scatter: (source, indices, target, combine) => {
    checkIndexed(target, indices, source);
    scatter(source, indices, target, combine);
  },
  sort: (input, axis, descending, values, indices) => {
    checkHeld([input]);
    sort(input, axis, descending, values, indices);
  },
  sync: async () => {},
};
