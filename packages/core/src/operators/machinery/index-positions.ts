// Positions as numbers: int32 if they fit, and the fallback if they do not.
import { IndexError, ValueError } from '../../errors.js';
import { cast, input } from '../../scalar/expr.js';
import * as s from '../../scalar/language.js';
import { type Tensor, wrap } from '../../tensor.js';
import { hostArray } from '../../tensor-values.js';
import { Case } from './elementwise-case.js';
import { copyDense, runMap } from './map-reduce.js';

const MOST = 2 ** 31;

/** Throws if there are more elements than int32 can number; otherwise the last ones would get negative positions. */
export function checkPlaces(operator: string, count: number): void {
  if (count <= MOST) return;
  throw new ValueError(
    `${operator}: positions among ${count} elements do not fit int32; split the tensor into parts of at most ${MOST} elements`,
  );
}

/** An array for `count` positions among as many elements. */
export function placesArray(operator: string, count: number): Int32Array {
  checkPlaces(operator, count);
  return new Int32Array(count);
}

// The half of an int64 that holds its low bits.
const LOW = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;

/** int64 clamped to the range of int32, as int32. */
let limited: Case | undefined;

/**
 * int64 positions as int32; as float64 if one of them does not fit, which is then out of range or points into a
 * dimension of more than 2³¹ elements. It is a copy that nothing else can change.
 */
export function narrowed(index: Tensor): Tensor {
  if (index.device !== 'cpu') {
    // Positions that do not fit must stay out of range; a cast would wrap them to other positions.
    limited ??= new Case(
      'to',
      cast(s.max(s.min(input(0, 'int64'), MOST - 1), -MOST), 'int32'),
      ['int64'],
      [],
    );
    return runMap(limited, [index]);
  }
  const dense = index.dense ? index : copyDense(index);
  const array = hostArray('index', dense) as BigInt64Array;
  const { offset, count } = dense;
  const words = new Int32Array(array.buffer, array.byteOffset + 8 * offset, 2 * count);
  const out = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const low = words[2 * i + LOW];
    if (words[2 * i + 1 - LOW] !== low >> 31) {
      const wide = Float64Array.from(array.subarray(offset, offset + count), Number);
      return wrap(wide, index.shape, 'float64');
    }
    out[i] = low;
  }
  return wrap(out, index.shape, 'int32');
}

/** Throws for a dimension that is too long for the index type of a device. */
export function checkDimension(size: number, device: string): void {
  if (size <= MOST || device === 'cpu') return;
  throw new IndexError(
    `index tensors on device '${device}' can address ${MOST} elements of a dimension, this one has ${size}; use device 'cpu'`,
  );
}

/** A list of positions as an array of the smallest type that holds them. */
export function positionArray(list: readonly number[]): Int32Array | BigInt64Array {
  const narrow = Int32Array.from(list);
  return list.every((v, i) => v === narrow[i] || !Number.isInteger(v))
    ? narrow
    : BigInt64Array.from(list, BigInt);
}
