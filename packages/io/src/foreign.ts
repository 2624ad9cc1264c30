// Element types of other programs' files: which become tensors, and how.

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

/** Element types that have a dtype, or widen to one without loss. */
export type ForeignDType = DType | 'int8' | 'int16' | 'uint16' | 'uint32';

const narrow = {
  int8: { array: Int8Array, wide: 'int32' },
  int16: { array: Int16Array, wide: 'int32' },
  uint16: { array: Uint16Array, wide: 'int32' },
  uint32: { array: Uint32Array, wide: 'int64' },
} as const;

const isNarrow = (type: ForeignDType): type is keyof typeof narrow => Object.hasOwn(narrow, type);

/** The dtype of a tensor read from this type: itself, int32 for small integers, int64 for uint32. */
export const widened = (type: ForeignDType): DType => (isNarrow(type) ? narrow[type].wide : type);

export const sizeOf = (type: ForeignDType): number =>
  isNarrow(type) ? narrow[type].array.BYTES_PER_ELEMENT : dtypes[type].bytes;

// NumPy's and PyTorch's own limit; without one, a file of a few megabytes could claim a million.
export const MAX_DIMENSIONS = 64;

/** The number of elements of a shape from a file, or what is wrong with the shape. */
export function countOf(shape: readonly number[]): number | string {
  if (shape.length > MAX_DIMENSIONS) {
    return `has ${shape.length} dimensions, more than ${MAX_DIMENSIONS}`;
  }
  // Also where a dimension is 0: strides are products too.
  let product = 1;
  for (const n of shape) product *= Math.max(n, 1);
  // 2^53 elements of eight bytes: positions in bytes stay exact numbers where this holds.
  if (product > Number.MAX_SAFE_INTEGER / 8) return `has too many elements (${product})`;
  return shape.includes(0) ? 0 : product;
}

/**
 * A tensor of little-endian elements, on their memory, which must be their own from its first byte.
 *
 * @param fortran whether the first dimension varies fastest. The tensor is then a transposed view.
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

/** Refuses a value that is not a tensor, naming it. */
export function checkTensor(operator: string, name: string, value: unknown): void {
  if (value instanceof Tensor) return;
  throw new DTypeError(`${operator}: ${name} must be a tensor, not ${kinds.described(value)}`);
}

const asBytes = (array: TypedArray): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Up to this many bytes are copied at the call, so that what comes after does not show. */
const SNAPSHOT = 2 ** 26;

/**
 * The elements of tensors in row-major order, one tensor after another. Up to 64 MiB they are those of
 * the time of the call; of more, what is on the CPU is not copied, and an error tells if it changed.
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
          `${operator}: a tensor was changed while it was being saved; await it before training goes on`,
        );
      }
    }
  })();
}

/** A header, and what comes behind it. */
export async function* headed(
  header: Uint8Array,
  parts: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  yield header;
  yield* parts;
}

/** The bytes of a tensor where they are, if they lie there as they are to be written. */
function inPlace(x: Tensor): Uint8Array | null {
  if (!x.dense || x.storage.backend.device !== 'cpu') return null;
  return asBytes((x.buffer as TypedArray).subarray(x.offset, x.offset + x.count));
}

/**
 * A copy of a tensor's elements in row-major order, as they are when it is called: the copying on
 * the CPU, or the asking of another device, is done before it first waits.
 */
export async function download(x: Tensor): Promise<Uint8Array> {
  if (x.count === 0) return new Uint8Array(0);
  const dense = x.detach().contiguous();
  const { backend } = dense.storage;
  return asBytes(await backend.download(dense.buffer, x.dtype, dense.offset, x.count));
}

/** The same at once, from the CPU. */
export const copyOf = (x: Tensor): Uint8Array => asBytes(x.data());
