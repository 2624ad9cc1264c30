// Element types of other programs' files, and their conversion to dtypes.

import {
  DLError,
  type DType,
  DTypeError,
  dtypes,
  fromTypedArray,
  kinds,
  Tensor,
  type TypedArray,
} from '@dl/core/functional';

/** Element types that have a dtype, or can be widened to one without loss. */
export type ForeignDType = DType | 'int8' | 'int16' | 'uint16' | 'uint32';

const narrow = {
  int8: { array: Int8Array, wide: 'int32' },
  int16: { array: Int16Array, wide: 'int32' },
  uint16: { array: Uint16Array, wide: 'int32' },
  uint32: { array: Uint32Array, wide: 'int64' },
} as const;

const isNarrow = (type: ForeignDType): type is keyof typeof narrow => Object.hasOwn(narrow, type);

/** The dtype of a tensor read from this type: the same, int32 for small integers, int64 for uint32. */
export const widened = (type: ForeignDType): DType => (isNarrow(type) ? narrow[type].wide : type);

export const sizeOf = (type: ForeignDType): number =>
  isNarrow(type) ? narrow[type].array.BYTES_PER_ELEMENT : dtypes[type].bytes;

// NumPy's and PyTorch's own limit; without one, a file of a few megabytes could claim a million dimensions.
export const MAX_DIMENSIONS = 64;

/** The number of elements of a shape from a file, or a description of what is wrong with the shape. */
export function countOf(shape: readonly number[]): number | string {
  if (shape.length > MAX_DIMENSIONS) {
    return `has ${shape.length} dimensions, more than ${MAX_DIMENSIONS}`;
  }
  // Checked even if a dimension is 0: strides are products too.
  let product = 1;
  for (const n of shape) product *= Math.max(n, 1);
  // 2^53 elements of eight bytes: below this limit, byte positions are exact numbers.
  if (product > Number.MAX_SAFE_INTEGER / 8) return `has too many elements (${product})`;
  return shape.includes(0) ? 0 : product;
}

/**
 * A tensor that uses the memory of little-endian elements, which must begin at its first byte and belong to them alone.
 *
 * @param fortran whether the first dimension varies fastest; the tensor is then a transposed view.
 */
export function tensorOf(
  bytes: Uint8Array,
  type: ForeignDType,
  shape: readonly number[],
  fortran = false,
): Tensor {
  const count = bytes.length / sizeOf(type);
  let array: TypedArray;
  if (type === 'uint32') {
    array = BigInt64Array.from(new Uint32Array(bytes.buffer, 0, count), BigInt);
  } else if (isNarrow(type)) {
    array = new Int32Array(new narrow[type].array(bytes.buffer as ArrayBuffer, 0, count));
  } else {
    array = new dtypes[type].array(bytes.buffer as ArrayBuffer, 0, count);
  }
  const dtype = widened(type);
  if (!fortran || shape.length < 2) return fromTypedArray(array, shape, { dtype });
  const flat = fromTypedArray(array, [count], { dtype });
  let stride = 1;
  const strides = shape.map((n) => {
    const own = stride;
    stride *= Math.max(n, 1);
    return own;
  });
  return new Tensor(flat.storage, [...shape], strides, 0);
}

/** Throws for a value that is not a tensor, naming it. */
export function checkTensor(operator: string, name: string, value: unknown): void {
  if (value instanceof Tensor) return;
  throw new DTypeError(`${operator}: ${name} must be a tensor, not ${kinds.described(value)}`);
}

const asBytes = (array: TypedArray): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Values up to this many bytes are copied at the call, so that later changes do not affect the file. */
const SNAPSHOT = 2 ** 26;

/**
 * The elements of tensors in row-major order, one tensor after another. Up to 64 MiB they are copied at the time of the
 * call. Beyond that, tensors on the CPU are not copied, and an error is thrown if one changes meanwhile.
 */
export function contentsOf(
  operator: string,
  tensors: readonly Tensor[],
): AsyncIterable<Uint8Array> {
  const total = tensors.reduce((sum, x) => sum + x.count * sizeOf(x.dtype), 0);
  const copies = total <= SNAPSHOT ? tensors.map(download) : null;
  const versions = tensors.map((x) => x.storage.version);
  return (async function* () {
    for (const [i, x] of tensors.entries()) {
      yield copies === null ? (inPlace(x) ?? (await download(x))) : await copies[i];
      if (copies === null && x.storage.version !== versions[i]) {
        throw new DLError(
          `${operator}: a tensor was changed while it was being saved; await the save before training continues`,
        );
      }
    }
  })();
}

/** A header, followed by the data. */
export async function* headed(
  header: Uint8Array,
  parts: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  yield header;
  yield* parts;
}

/** The bytes of a tensor without a copy, if its memory has the format of the file. */
function inPlace(x: Tensor): Uint8Array | null {
  if (!x.dense || x.storage.backend.device !== 'cpu') return null;
  return asBytes((x.buffer as TypedArray).subarray(x.offset, x.offset + x.count));
}

/**
 * A copy of a tensor's elements in row-major order at the time of the call: copying on the CPU, or the request to
 * another device, happens before the first await.
 */
export async function download(x: Tensor): Promise<Uint8Array> {
  if (x.count === 0) return new Uint8Array(0);
  const dense = x.detach().contiguous();
  const { backend } = dense.storage;
  return asBytes(await backend.download(dense.buffer, x.dtype, dense.offset, x.count));
}

/** The same for the CPU, synchronously. */
export const copyOf = (x: Tensor): Uint8Array => asBytes(x.data());
