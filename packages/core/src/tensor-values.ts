// Reading the values of a tensor: numbers, booleans, bigints, and arrays of them.
import type { View } from './backend/contract.js';
import { goneMemory } from './backend/cpu/detached-memory.js';
import { type DType, isFloat, type TypedArray } from './dtype.js';
import { DeviceError, DTypeError, ShapeError } from './errors.js';
import { bfloat16ToNumber, float16ToNumber } from './half.js';
import { show } from './shape.js';

/** Nested arrays of plain values, as `toArray()` returns and `tensor()` accepts them. */
export type NestedArray<T = number | boolean | bigint> = T | readonly NestedArray<T>[];

/** The properties of a tensor that are read. */
interface Values extends View {
  readonly device: string;
  readonly count: number;
  readonly storage: { readonly length: number };
}

/** Throws if a tensor's values are needed but are not on the CPU; `fix` is the call to write instead, if it differs. */
export function needValues(operator: string, x: Values, fix?: string): void {
  if (x.device === 'cpu') return;
  throw new DeviceError(
    `${operator}: the tensor is on device '${x.device}', whose values cannot be read directly; use ${fix ?? `(await x.cpu()).${operator}()`}`,
  );
}

/** The typed array of a CPU tensor; otherwise throws an error that says how to copy the values to the CPU. */
export function hostArray(operator: string, x: Values): TypedArray {
  needValues(operator, x);
  const array = x.buffer as TypedArray;
  if (array.length < x.storage.length) throw new DeviceError(`${operator}: ${goneMemory}`);
  return array;
}

/** An element as used for computing and printing: 0 or 1 for bool, a bigint for int64. */
export function readElement(dtype: DType, array: TypedArray, at: number): number | bigint {
  const v = array[at];
  if (dtype === 'float16') return float16ToNumber(v as number);
  if (dtype === 'bfloat16') return bfloat16ToNumber(v as number);
  return v;
}

/** An element as returned to the user. */
export type Reader<T> = (dtype: DType, array: TypedArray, at: number) => T;

/** Integers beyond 2^53 stay bigints: a number could not hold them exactly. */
export const plainAt: Reader<number | boolean | bigint> = (dtype, array, at) => {
  const v = readElement(dtype, array, at);
  if (dtype === 'bool') return v !== 0;
  if (typeof v === 'number') return v;
  const value = Number(v);
  return Number.isSafeInteger(value) ? value : v;
};

export const bigintAt: Reader<bigint> = (dtype, array, at) => BigInt(readElement(dtype, array, at));

export function checkInteger(operator: string, x: Values): void {
  if (isFloat(x.dtype) || x.dtype === 'bool') {
    const instead = operator === 'bigint' ? 'item()' : 'toArray()';
    throw new DTypeError(
      `${operator}: the tensor must have an integer dtype, this one has ${x.dtype}; use ${instead}`,
    );
  }
}

export function onlyElement<T>(operator: string, x: Values, read: Reader<T>): T {
  if (x.count !== 1) {
    throw new ShapeError(
      `${operator}: the tensor must have exactly one element, this one has shape ${show(x.shape)}; use toArray()`,
    );
  }
  return read(x.dtype, hostArray(operator, x), x.offset);
}

export function nested<T>(operator: string, x: Values, read: Reader<T>): NestedArray<T> {
  const array = hostArray(operator, x);
  const { dtype, shape, strides } = x;
  const build = (dim: number, at: number): NestedArray<T> => {
    if (dim === shape.length) return read(dtype, array, at);
    const size = shape[dim];
    const stride = strides[dim];
    const out = new Array<NestedArray<T>>(size);
    for (let i = 0; i < size; i++) out[i] = build(dim + 1, at + i * stride);
    return out;
  };
  return build(0, x.offset);
}
