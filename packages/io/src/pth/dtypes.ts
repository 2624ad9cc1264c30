// PyTorch's names of element types: its storage classes and dtypes.

import { type DType, dtypes, type TypedArray } from '@dl/core/functional';
import type { Bytes } from '../bytes/bytes.js';

/** How the elements of a storage are read. */
export interface ElementKind {
  /** The dtype they become. */
  readonly dtype: DType;
  /** Bytes per element in the file. */
  readonly size: number;
  /** The elements from the file's bytes, which nothing else references. */
  read(bytes: Bytes): TypedArray;
}

const same = (dtype: DType): ElementKind => {
  const { array, bytes: size } = dtypes[dtype];
  return { dtype, size, read: (bytes) => new array(bytes.buffer) };
};

/** Types that are not supported here, as the smallest dtype that holds their values. */
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
export const kinds: Readonly<Record<string, ElementKind>> = /*#__PURE__*/ (() => ({
  ...(Object.fromEntries(
    (Object.keys(dtypes) as DType[]).map((dtype) => [dtype, same(dtype)]),
  ) as Record<DType, ElementKind>),
  int8,
  int16,
  uint16,
  uint32,
}))();

/** The storage class that PyTorch writes for each of our dtypes. */
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
export const kindOfStorage: Readonly<Record<string, ElementKind>> = /*#__PURE__*/ (() => ({
  ...Object.fromEntries(
    Object.entries(storageClasses).map(([dtype, name]) => [name, kinds[dtype]]),
  ),
  CharStorage: int8,
  ShortStorage: int16,
}))();

/** Elements of an unsupported dtype: their bytes are kept. */
export interface ForeignKind {
  readonly dtype: null;
  /** PyTorch's name of the dtype. */
  readonly name: string;
  /** Bytes of an element. */
  readonly size: number;
  /** Bytes per number in it, for the byte order. */
  readonly word: number;
}

const foreign = (name: string, size: number, word = size): ForeignKind => ({
  dtype: null,
  name,
  size,
  word,
});

/** PyTorch's unsupported dtypes, by name. */
export const foreignKinds: Readonly<Record<string, ForeignKind>> = /*#__PURE__*/ (() =>
  Object.fromEntries(
    [
      foreign('complex32', 4, 2),
      foreign('complex64', 8, 4),
      foreign('complex128', 16, 8),
      foreign('uint64', 8),
      foreign('qint8', 1),
      foreign('quint8', 1),
      foreign('qint32', 4),
      foreign('quint4x2', 1),
      foreign('quint2x4', 1),
      foreign('float4_e2m1fn_x2', 1),
      ...['e4m3fn', 'e4m3fnuz', 'e5m2', 'e5m2fnuz', 'e8m0fnu'].map((name) =>
        foreign(`float8_${name}`, 1),
      ),
      ...[8, 16].map((n) => foreign(`bits${n}`, n / 8)),
      ...['bits1x8', 'bits2x4', 'bits4x2'].map((name) => foreign(name, 1)),
      ...[1, 2, 3, 4, 5, 6, 7].flatMap((n) => [foreign(`int${n}`, 1), foreign(`uint${n}`, 1)]),
    ].map((kind) => [kind.name, kind]),
  ))();

/** The unsupported dtypes, by the name of the storage class. */
export const foreignStorages: Readonly<Record<string, ForeignKind>> = Object.fromEntries(
  Object.entries({
    ComplexFloatStorage: 'complex64',
    ComplexDoubleStorage: 'complex128',
    QInt8Storage: 'qint8',
    QUInt8Storage: 'quint8',
    QInt32Storage: 'qint32',
    QUInt4x2Storage: 'quint4x2',
    QUInt2x4Storage: 'quint2x4',
  }).map(([storage, name]) => [storage, foreignKinds[name]]),
);

/** The bytes of elements, in the file's byte order: little-endian. */
export function littleEndian(array: TypedArray): Bytes {
  const bytes = new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
  if (isLittleEndian) return bytes;
  const copy = bytes.slice();
  swap(copy, array.BYTES_PER_ELEMENT);
  return copy;
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Reverses the bytes of each element if the file's byte order is not this machine's. */
export function toNative(bytes: Uint8Array, size: number, fileIsLittle: boolean): void {
  if (fileIsLittle !== isLittleEndian) swap(bytes, size);
}

/** Reverses the bytes of each number if the file's byte order is not little-endian. */
export function toLittle(bytes: Uint8Array, size: number, fileIsLittle: boolean): void {
  if (!fileIsLittle) swap(bytes, size);
}

function swap(bytes: Uint8Array, size: number): void {
  for (let i = 0; i + size <= bytes.length; i += size) bytes.subarray(i, i + size).reverse();
}
