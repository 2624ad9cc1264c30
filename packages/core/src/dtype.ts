// Dtypes: their storage, their categories, and PyTorch's type promotion.
import { DTypeError } from './errors.js';

/**
 * Element types. `float32` is the default and `int32` the index type; `int64`, `float16` and `bfloat16` can be stored,
 * cast and exchanged with files.
 */
export type DType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'uint8'
  | 'bool';

/** The arrays that hold elements: float16 and bfloat16 as 16-bit patterns, bool as 0 and 1. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | BigInt64Array;

export type Category = 'bool' | 'int' | 'float';

/** The class of such an array. */
export interface ArrayType {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): TypedArray;
  new (memory: ArrayBuffer, byteOffset?: number, length?: number): TypedArray;
}

/** All properties of a dtype. */
export interface DTypeInfo {
  /** Small number for cache keys; 0 is reserved for "a plain number". */
  readonly code: number;
  readonly category: Category;
  readonly bytes: number;
  /** Order inside a category: promotion picks the larger one. */
  readonly rank: number;
  /** The type that elementwise programs compute in. */
  readonly compute: DType;
  /** The arrays that hold elements. */
  readonly array: ArrayType;
  /** The largest finite number, for floating-point dtypes. */
  readonly largest?: number;
  /**
   * Half the distance between 1 and the next larger number, for floating-point dtypes: the maximum relative error of
   * one rounding.
   */
  readonly rounding?: number;
}

/**
 * The properties of each dtype: size in bytes, array class, position in type promotion, largest number.
 *
 * @example dtypes.float16.bytes // 2
 */
export const dtypes: { readonly [D in DType]: DTypeInfo } = {
  float32: {
    code: 1,
    category: 'float',
    bytes: 4,
    rank: 2,
    compute: 'float32',
    array: Float32Array,
    largest: 3.4028234663852886e38,
    rounding: 2 ** -24,
  },
  float64: {
    code: 2,
    category: 'float',
    bytes: 8,
    rank: 3,
    compute: 'float64',
    array: Float64Array,
    largest: Number.MAX_VALUE,
    rounding: 2 ** -53,
  },
  int32: {
    code: 3,
    category: 'int',
    bytes: 4,
    rank: 1,
    compute: 'int32',
    array: Int32Array,
  },
  uint8: {
    code: 4,
    category: 'int',
    bytes: 1,
    rank: 0,
    compute: 'uint8',
    array: Uint8Array,
  },
  bool: {
    code: 5,
    category: 'bool',
    bytes: 1,
    rank: 0,
    compute: 'bool',
    array: Uint8Array,
  },
  float16: {
    code: 6,
    category: 'float',
    bytes: 2,
    rank: 0,
    compute: 'float32',
    array: Uint16Array,
    largest: 65504,
    rounding: 2 ** -11,
  },
  bfloat16: {
    code: 7,
    category: 'float',
    bytes: 2,
    rank: 0,
    compute: 'float32',
    array: Uint16Array,
    largest: 3.3895313892515355e38,
    rounding: 2 ** -8,
  },
  int64: {
    code: 8,
    category: 'int',
    bytes: 8,
    rank: 2,
    compute: 'int64',
    array: BigInt64Array,
  },
};

/** Whether a dtype is a floating-point type. */
export const isFloat = (dtype: DType): boolean => dtypes[dtype].category === 'float';

/** Whether a string names a dtype. */
export const isDType = (text: string): text is DType => Object.hasOwn(dtypes, text);

/** Throws for an unknown dtype, listing the known ones. */
export function checkDType(operator: string, dtype: string): DType {
  if (!isDType(dtype)) {
    throw new DTypeError(
      `${operator}: unknown dtype '${dtype}'; use one of ${Object.keys(dtypes).join(', ')}`,
    );
  }
  return dtype;
}

const categoryOrder = { bool: 0, int: 1, float: 2 } satisfies Record<Category, number>;

/**
 * The dtype of an operation between tensors of these two dtypes (PyTorch: `torch.promote_types`).
 *
 * @example promoteTypes('int32', 'float16') // 'float16'
 */
export function promoteTypes(a: DType, b: DType): DType {
  if (a === b) return a;
  const x = dtypes[a];
  const y = dtypes[b];
  if (x.category !== y.category) {
    return categoryOrder[x.category] > categoryOrder[y.category] ? a : b;
  }
  // Neither half type can represent all values of the other.
  if (x.rank === y.rank) return 'float32';
  return x.rank > y.rank ? a : b;
}

/** An operand as type promotion sees it; a plain number has no dtype. */
export interface PromotionOperand {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * PyTorch's result type: tensors with dimensions first, then zero-dimensional tensors, then plain
 * numbers; a later group only counts if its category is higher (PyTorch: `torch.result_type`).
 * A plain number is an integer if it has no fraction, since JavaScript does not tell 3 from 3.0.
 */
export function resultType(operands: readonly (PromotionOperand | number)[]): DType {
  let dimensioned: DType | null = null;
  let zeroDim: DType | null = null;
  let scalar: DType | null = null;
  for (const x of operands) {
    if (typeof x === 'number') {
      const t: DType = Number.isInteger(x) ? 'int32' : 'float32';
      scalar = scalar === null ? t : promoteTypes(scalar, t);
    } else if (x.shape.length > 0) {
      dimensioned = dimensioned === null ? x.dtype : promoteTypes(dimensioned, x.dtype);
    } else {
      zeroDim = zeroDim === null ? x.dtype : promoteTypes(zeroDim, x.dtype);
    }
  }
  const raise = (low: DType | null, high: DType | null): DType | null => {
    if (low === null) return high;
    if (high === null) return low;
    const l = categoryOrder[dtypes[low].category];
    const h = categoryOrder[dtypes[high].category];
    return h > l ? high : low;
  };
  return raise(raise(dimensioned, zeroDim), scalar) ?? 'float32';
}

const names: { readonly [name: string]: DType } = {
  float: 'float32',
  double: 'float64',
  half: 'float16',
  int: 'int32',
  long: 'int64',
};

/** The dtype that PyTorch calls by another name, `'long'` or `'torch.float32'`, and a hint; null for other names. */
export function dtypeOfPyTorch(given: string): { dtype: DType; hint: string } | null {
  const name = given.replace(/^torch\./, '');
  const dtype = Object.hasOwn(names, name) ? names[name] : name;
  return dtype !== given && isDType(dtype)
    ? { dtype, hint: `'${given}' is called '${dtype}' here` }
    : null;
}
