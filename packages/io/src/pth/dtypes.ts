// PyTorch's names of element types: its storage classes, and its dtypes.

import type { DType, TypedArray } from '@dl/core/functional';
import type { Bytes } from '../bytes/bytes.js';

/** How the elements of a storage are read. */
export interface ElementKind {
  /** What they become. */
  readonly dtype: DType;
  /** Bytes of one in the file. */
  readonly size: number;
  /** The elements from the file's bytes, which nobody else holds. */
  read(bytes: Bytes): TypedArray;
}

/** Arrays of elements. */
export const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
} satisfies Record<DType, unknown>;

const same = (dtype: DType): ElementKind => {
  const type = arrays[dtype];
  return { dtype, size: type.BYTES_PER_ELEMENT, read: (bytes) => new type(bytes.buffer) };
};

/** Types that there are not here, as the smallest that holds their values. */
const widened = (
  size: number,
  read: (bytes: Bytes) => TypedArray,
  dtype: DType = 'int32',
): ElementKind => ({ dtype, size, read });

const int8 = widened(1, (bytes) => Int32Array.from(new Int8Array(bytes.buffer)));
const int16 = widened(2, (bytes) => Int32Array.from(new Int16Array(bytes.buffer)));
const uint16 = widened(2, (bytes) => Int32Array.from(new Uint16Array(bytes.buffer)));
const uint32 = widened(
  4,
  (bytes) => BigInt64Array.from(new Uint32Array(bytes.buffer), (v) => BigInt(v)),
  'int64',
);

/** By the name of `torch.dtype`. */
export const kinds: Readonly<Record<string, ElementKind>> = {
  ...(Object.fromEntries(
    (Object.keys(arrays) as DType[]).map((dtype) => [dtype, same(dtype)]),
  ) as Record<DType, ElementKind>),
  int8,
  int16,
  uint16,
  uint32,
};

/** The storage class that PyTorch writes for each dtype of ours. */
export const storageClasses = {
  float32: 'FloatStorage',
  float64: 'DoubleStorage',
  int32: 'IntStorage',
  uint8: 'ByteStorage',
  bool: 'BoolStorage',
  float16: 'HalfStorage',
  bfloat16: 'BFloat16Storage',
  int64: 'LongStorage',
} satisfies Record<DType, string>;

/** By the name of the storage class. */
export const kindOfStorage: Readonly<Record<string, ElementKind>> = {
  ...Object.fromEntries(
    Object.entries(storageClasses).map(([dtype, name]) => [name, kinds[dtype] as ElementKind]),
  ),
  CharStorage: int8,
  ShortStorage: int16,
};

/** PyTorch's dtypes that are there and cannot be read. */
export const otherStorages: ReadonlySet<string> = new Set([
  'ComplexFloatStorage',
  'ComplexDoubleStorage',
  'QInt8Storage',
  'QUInt8Storage',
  'QInt32Storage',
  'QUInt4x2Storage',
  'QUInt2x4Storage',
]);

/** Bytes of an element, and its array. */
export const elementSize = (dtype: DType): number => arrays[dtype].BYTES_PER_ELEMENT;

/** The bytes of elements, in the order of the file: little-endian. */
export function littleEndian(array: TypedArray): Bytes {
  const bytes = new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
  if (isLittleEndian) return bytes;
  const copy = bytes.slice();
  swap(copy, array.BYTES_PER_ELEMENT);
  return copy;
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Turns the bytes of each element around where the file's order is not this machine's. */
export function toNative(bytes: Uint8Array, size: number, fileIsLittle: boolean): void {
  if (fileIsLittle !== isLittleEndian) swap(bytes, size);
}

function swap(bytes: Uint8Array, size: number): void {
  for (let i = 0; i + size <= bytes.length; i += size) bytes.subarray(i, i + size).reverse();
}
