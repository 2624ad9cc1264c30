// Tensors from values: numbers, nested arrays, typed arrays.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { checkDType, type DType, dtypes, promoteTypes, type TypedArray } from '../../dtype.js';
import { DTypeError, ShapeError } from '../../errors.js';
import { checkHolds } from '../../integers.js';
import { tagOf } from '../../realms.js';
import { checkShape, numelOf, type Shape, show } from '../../shape.js';
import { Tensor, wrap } from '../../tensor.js';
import { hostArray, type NestedArray } from '../../tensor-values.js';
import { encodeElement } from '../machinery/element-value.js';
import { finish, makerKinds, type TensorOptions } from './creation-options.js';

/** Typed arrays, including those without a dtype of their own. */
type AnyTypedArray =
  | TypedArray
  | Uint8ClampedArray
  | Int8Array
  | Int16Array
  | Uint32Array
  | BigUint64Array;

/** A value, nested arrays of values, typed arrays and tensors of one element, or a typed array. */
export type TensorData =
  | NestedArray<number | boolean | bigint | Tensor | AnyTypedArray>
  | AnyTypedArray;

/** The dtypes of typed arrays, by their tags, so that arrays of another realm are recognized too. */
const natural: { readonly [tag: string]: DType | undefined } = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Int32Array: 'int32',
  Uint8Array: 'uint8',
  Uint8ClampedArray: 'uint8',
  BigInt64Array: 'int64',
};

/**
 * The dtypes that hold all elements of typed arrays without a dtype of their own; those of a BigUint64Array may be too
 * large.
 */
const holding: { readonly [tag: string]: DType | undefined } = {
  Int8Array: 'int32',
  Int16Array: 'int32',
  Uint16Array: 'int32',
  Uint32Array: 'int64',
  BigUint64Array: 'int64',
  Float16Array: 'float32',
};

/** The dtype that the elements of a typed array get. */
const dtypeOf = (data: unknown): DType | undefined => natural[tagOf(data)] ?? holding[tagOf(data)];

const isTyped = (x: unknown): x is AnyTypedArray =>
  ArrayBuffer.isView(x) && tagOf(x) !== 'DataView';

type ArrayType = new (b: ArrayBufferLike, at: number, n: number) => TypedArray;
const own: readonly ArrayType[] = [
  Float32Array,
  Float64Array,
  Int32Array,
  Uint8Array,
  BigInt64Array,
  Uint16Array,
];

/** The same memory as an array of this realm (not that of a `vm` context, an iframe or Jest), and not clamped. */
function ofThisRealm(data: AnyTypedArray): AnyTypedArray {
  const name = tagOf(data).replace('Clamped', '');
  const type = own.find((t) => t.name === name);
  if (type === undefined || (data instanceof type && name === tagOf(data))) return data;
  return new type(data.buffer, data.byteOffset, data.length);
}

function noDType(operator: string, data: unknown): never {
  const tag = tagOf(data);
  const wide = holding[tag];
  throw new DTypeError(
    wide === undefined
      ? `${operator}: data must be a typed array, not ${kinds.described(data)}`
      : `${operator}: no dtype has the elements of ${kinds.described(data)}; pass { dtype: '${wide}' } to convert them`,
  );
}

/** The flattened values of nested lists, and the dtype they imply. */
class Gathered {
  readonly shape: number[] = [];
  readonly values: (number | boolean | bigint)[];
  /** The dtypes of the typed arrays and tensors inside. */
  private typed: DType | null = null;
  private plain = 0;
  private first: unknown;
  private booleans = true;
  private at = 0;

  constructor(
    private readonly operator: string,
    data: unknown,
  ) {
    for (let level: unknown = data; Array.isArray(level) || isTyped(level); level = level[0]) {
      this.shape.push(level.length);
      if (level.length === 0) break;
    }
    this.values = new Array(numelOf(this.shape));
    this.fill(data, 0, '');
  }

  get dtype(): DType {
    const plain =
      typeof this.first === 'bigint'
        ? 'int64'
        : this.plain > 0 && this.booleans
          ? 'bool'
          : 'float32';
    if (this.typed === null) return plain;
    return this.plain === 0 ? this.typed : promoteTypes(this.typed, plain);
  }

  private fill(level: unknown, dim: number, path: string): void {
    if (dim === this.shape.length) {
      this.one(level, path);
      return;
    }
    const size = this.shape[dim];
    const isArray = Array.isArray(level);
    if (!isArray && !isTyped(level)) {
      this.ragged(path, 'a single value', `an array of length ${size}`);
    }
    const list = level as ArrayLike<unknown>;
    if (list.length !== size) this.ragged(path, `length ${list.length}`, `length ${size}`);
    if (isArray) {
      for (let i = 0; i < size; i++) this.fill(list[i], dim + 1, `${path}[${i}]`);
      return;
    }
    if (dim < this.shape.length - 1) this.ragged(path, 'numbers', 'arrays');
    this.has(dtypeOf(list) ?? noDType(this.operator, list));
    for (let i = 0; i < size; i++) this.values[this.at++] = list[i] as number;
  }

  private one(value: unknown, path: string): void {
    if (value instanceof Tensor) {
      if (value.count !== 1) {
        throw new ShapeError(
          `${this.operator}: expected numbers, got a tensor of shape ${show(value.shape)} at ${path}; stack([…]) joins tensors`,
        );
      }
      this.has(value.dtype);
      this.values[this.at++] = value.elementAt(hostArray(this.operator, value), 0);
      return;
    }
    const type = typeof value;
    if (type !== 'number' && type !== 'boolean' && type !== 'bigint') {
      if (Array.isArray(value) || isTyped(value)) {
        this.ragged(path, `shape ${show([value.length])}`, 'a single value');
      }
      throw new DTypeError(
        `${this.operator}: expected numbers, booleans or bigints, got ${kinds.described(value)} at ${path || 'the top'}`,
      );
    }
    if (this.plain++ === 0) this.first = value;
    if (type !== 'boolean') this.booleans = false;
    this.values[this.at++] = value as number;
  }

  private has(dtype: DType): void {
    this.typed = this.typed === null ? dtype : promoteTypes(this.typed, dtype);
  }

  private ragged(path: string, got: string, expected: string): never {
    throw new ShapeError(
      `${this.operator}: ragged nested array: element ${path} has ${got}, but the first ones make it ${expected}; ` +
        'all arrays of one level must have the same length',
    );
  }
}

/** An array of a dtype with these values. */
function encoded(
  operator: string,
  values: ArrayLike<number | boolean | bigint>,
  dtype: DType,
): TypedArray {
  const array = new dtypes[dtype].array(values.length);
  const whole = dtypes[dtype].category === 'int';
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (whole) checkHolds(operator, dtype, value);
    encodeElement(array, i, value, dtype);
  }
  return array;
}

function made(operator: string, data: TensorData | Tensor, options: TensorOptions): Tensor {
  if (data instanceof Tensor) {
    throw new DTypeError(
      `${operator}: got a tensor already; use x.clone() for a copy, or x.detach() to detach it from the tape`,
    );
  }
  const asked = options.dtype === undefined ? undefined : checkDType(operator, options.dtype);
  if (isTyped(data)) {
    const type = asked ?? dtypeOf(data) ?? noDType(operator, data);
    if (type === natural[tagOf(data)]) {
      return onArray(operator, data, null, { ...options, copy: true });
    }
    return finish(operator, wrap(encoded(operator, data, type), [data.length], type), options);
  }
  const { shape, values, dtype } = new Gathered(operator, data);
  const array = encoded(operator, values, asked ?? dtype);
  return finish(operator, wrap(array, shape, asked ?? dtype), options);
}

/**
 * A tensor from numbers, booleans, nested arrays of them, or typed arrays, always copied (PyTorch: `torch.tensor`).
 * Without `dtype`, numbers are float32, booleans bool, bigints int64, and typed arrays keep their type or get the next
 * wider one: a Uint32Array becomes int64, a Uint16Array int32. A tensor of one element in CPU memory counts as a
 * number.
 *
 * @throws ShapeError if the arrays are ragged; DTypeError if a value is not a number; ValueError for a number that an
 *   integer dtype cannot hold.
 * @example tensor([[1, 2], [3, 4]]) // tensor([[1., 2.], [3., 4.]])
 */
export const tensor = /*#__PURE__*/ callable(
  'tensor',
  (data: TensorData, options: TensorOptions = {}): Tensor => made('tensor', data, options),
  [/*#__PURE__*/ need('data', kinds.anything)],
  makerKinds,
);

/**
 * A tensor from nested arrays (PyTorch: `torch.from_numpy(numpy.array(…))`); the same as `tensor`.
 *
 * @example fromArray([[1, 2], [3, 4]]).shape // [2, 2]
 */
export const fromArray = /*#__PURE__*/ callable(
  'fromArray',
  (data: TensorData, options: TensorOptions = {}): Tensor => made('fromArray', data, options),
  [/*#__PURE__*/ need('data', kinds.anything)],
  makerKinds,
);

function fromTypedArrayOf(
  data: AnyTypedArray,
  shape: Shape | null = null,
  options: TensorOptions & { copy?: boolean } = {},
): Tensor {
  return onArray('fromTypedArray', data, shape, options);
}

/**
 * A tensor that shares the memory of a typed array, so that changes show on both sides, unless `copy` is set or the
 * dtype or device differs (PyTorch: `torch.from_numpy`, `torch.frombuffer`). A Uint16Array holds bit patterns of
 * float16 or bfloat16 if `dtype` says so.
 *
 * @param shape sizes whose product is the array's length; null for one dimension.
 * @throws ShapeError if the shape does not fit; DTypeError for an array type without a dtype.
 * @example fromTypedArray(new Float32Array([1, 2, 3, 4]), [2, 2])
 */
export const fromTypedArray = /*#__PURE__*/ callable(
  'fromTypedArray',
  fromTypedArrayOf,
  [
    /*#__PURE__*/ need('data', kinds.anything),
    /*#__PURE__*/ may('shape', /*#__PURE__*/ kinds.orNull(kinds.integers)),
  ],
  /*#__PURE__*/ kinds.joined(makerKinds, { copy: kinds.boolean }),
);

function onArray(
  operator: string,
  given: AnyTypedArray,
  shape: Shape | null,
  options: TensorOptions & { copy?: boolean },
): Tensor {
  if (!isTyped(given)) noDType(operator, given);
  const data = ofThisRealm(given);
  const wanted = options.dtype === undefined ? undefined : checkDType(operator, options.dtype);
  const bits = data instanceof Uint16Array && (wanted === 'float16' || wanted === 'bfloat16');
  const type =
    bits || (data instanceof Uint8Array && wanted === 'bool') ? wanted : natural[tagOf(data)];
  const dtype = wanted ?? type ?? noDType(operator, data);
  const sizes = shape === null ? [data.length] : checkShape(operator, shape);
  if (numelOf(sizes) !== data.length) {
    throw new ShapeError(
      `${operator}: shape ${show(sizes)} has ${numelOf(sizes)} elements, the array has ${data.length}`,
    );
  }
  let array = data as TypedArray;
  if (dtype !== type) {
    array = encoded(operator, data, dtype);
  } else if (type === 'bool') {
    array = (data as Uint8Array).map((v) => (v === 0 ? 0 : 1));
  } else if (options.copy === true) {
    // Not slice(): for Node's Buffer it shares memory.
    array = new dtypes[dtype].array(data.length);
    (array as Float32Array).set(data as Float32Array);
  }
  return finish(operator, wrap(array, [...sizes], dtype), options);
}
