// Pickled NumPy arrays and scalars.
import type { Tensor } from '@dl/core/functional';
import { countOf, sizeOf } from '../foreign.js';
import { PyForeign, PyGlobal, PyTuple } from '../pickle/values.js';
import { elementTypes } from './header.js';
import { fromElements } from './npy.js';
import { type Nested, texts } from './texts.js';

interface DType {
  /** Kind and size, such as `f8`. */
  readonly code: string;
  readonly bigEndian: boolean;
}

const named = (x: PyForeign, ...names: readonly string[]): boolean =>
  x.callee instanceof PyGlobal &&
  names.includes(x.callee.path.replace(/^numpy\.core\./, 'numpy._core.'));

/** The type of a `numpy.dtype`, unless it has fields or is a date type. */
function dtypeOf(x: unknown): DType | null {
  if (!(x instanceof PyForeign) || !named(x, 'numpy.dtype')) return null;
  const [code] = x.args;
  const [, order, sub, fields] = x.state instanceof PyTuple ? x.state.items : [];
  if (typeof code !== 'string' || (sub ?? null) !== null || (fields ?? null) !== null) return null;
  return { code: code.replace(/^[<>|=]/, ''), bigEndian: order === '>' };
}

function bytesOf(x: unknown): Uint8Array | null {
  if (x instanceof Uint8Array) return x;
  // Python 2 stores bytes as text.
  return typeof x === 'string' ? latin1(x) : null;
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0) & 255);

interface ArrayParts {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly fortran: boolean;
  readonly data: unknown;
}

/** The parts of a pickled array, or null if the value is not one. */
function partsOf(x: PyForeign): ArrayParts | null {
  if (named(x, 'numpy._core.multiarray._reconstruct')) {
    const [type] = x.args;
    if (!(type instanceof PyGlobal) || type.path !== 'numpy.ndarray') return null;
    const state = x.state instanceof PyTuple ? x.state.items : [];
    return parts(state[1], state[2], state[3] === true, state[4]);
  }
  if (named(x, 'numpy._core.numeric._frombuffer')) {
    const [data, dtype, shape, order] = x.args;
    return parts(shape, dtype, order === 'F', data);
  }
  return null;
}

function parts(shape: unknown, type: unknown, fortran: boolean, data: unknown): ArrayParts | null {
  const dtype = dtypeOf(type);
  if (dtype === null || !(shape instanceof PyTuple)) return null;
  const sizes = shape.items as number[];
  if (!sizes.every((n) => Number.isSafeInteger(n) && n >= 0)) return null;
  return { shape: sizes, dtype, fortran, data };
}

type Scalar = number | bigint | boolean | string | Uint8Array;

/**
 * The tensor, number, bytes or text of a pickled array or scalar; undefined for other values and unsupported types.
 *
 * @param spend called with the number of bytes to be copied.
 */
export function numpyOf(
  x: PyForeign,
  spend: (bytes: number) => void,
): Tensor | Nested | Scalar | undefined {
  if (named(x, 'numpy._core.multiarray.scalar')) return scalar(x);
  const found = partsOf(x);
  if (found === null) return undefined;
  const { shape, dtype, fortran, data } = found;
  const raw = bytesOf(data);
  const count = countOf(shape);
  if (raw === null || typeof count === 'string') return undefined;
  spend(2 * raw.length + 1000);
  if (!Object.hasOwn(elementTypes, dtype.code)) return texts(raw, shape, dtype, fortran);
  const type = elementTypes[dtype.code];
  if (raw.length !== count * sizeOf(type)) return undefined;
  // A separate copy, whose first byte is aligned for every type of array.
  const own = new Uint8Array(raw);
  const { bigEndian } = dtype;
  return fromElements({ type, bigEndian, fortran, shape, from: 0, to: raw.length }, own);
}

function scalar({ args: [type, data] }: PyForeign): Scalar | undefined {
  const dtype = dtypeOf(type);
  const raw = bytesOf(data);
  if (dtype === null || raw === null) return undefined;
  if (dtype.code === 'u8' && raw.length === 8) {
    return small(new DataView(new Uint8Array(raw).buffer).getBigUint64(0, !dtype.bigEndian));
  }
  if (!Object.hasOwn(elementTypes, dtype.code)) {
    const found = texts(raw, [], dtype, false);
    if (typeof found !== 'string') return undefined;
    // `np.bytes_` is a subclass of bytes, so it is read like bytes.
    return dtype.code.startsWith('U') ? found : latin1(found);
  }
  const elementType = elementTypes[dtype.code];
  if (raw.length !== sizeOf(elementType)) return undefined;
  const { bigEndian } = dtype;
  const header = {
    type: elementType,
    bigEndian,
    fortran: false,
    shape: [],
    from: 0,
    to: raw.length,
  };
  const x = fromElements(header, new Uint8Array(raw));
  return x.dtype === 'int64' ? small(x.bigint()) : x.item();
}

/** As a number if that is exact. */
const small = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;
