// Making tensors: from values, and filled ones.
import { callable } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { may, need } from '../arguments/signature.js';
import { backendOf } from '../backend/registry.js';
import { checkDType, type DType, dtypes, type TypedArray } from '../dtype.js';
import { DTypeError, ShapeError, ValueError } from '../errors.js';
import { checkHolds } from '../integers.js';
import { Storage } from '../memory.js';
import type { NestedArray } from '../reading.js';
import { param } from '../scalar/expr.js';
import * as s from '../scalar/language.js';
import { lower, type Program } from '../scalar/program.js';
import { checkShape, numelOf, type Shape, show } from '../shape.js';
import { allocate, checkTensor, Tensor, wrap } from '../tensor.js';
import { encodeElement } from './encode.js';

/** Options that every function which makes a tensor takes. */
export interface TensorOptions {
  /** Element type; each function states its default. */
  dtype?: DType;
  /** Where the elements are; default `'cpu'`. */
  device?: string;
  /** Record operations on it for gradients; default false. */
  requiresGrad?: boolean;
}

/** The options of functions that make tensors. */
export const makerKinds = {
  dtype: kinds.dtype,
  device: kinds.string,
  requiresGrad: kinds.boolean,
} as const;

/** A function that makes a tensor of a shape, which may be written out. */
export interface ShapeMaker {
  (shape: Shape, options?: TensorOptions): Tensor;
  (...shape: readonly number[]): Tensor;
  (...shape: readonly [...number[], TensorOptions]): Tensor;
}

/** A value, nested arrays of values, or a typed array. */
export type TensorData = NestedArray<number | boolean | bigint> | TypedArray;

function finish(x: Tensor, options: TensorOptions): Tensor {
  const device = options.device ?? 'cpu';
  let out = x;
  if (device !== 'cpu') {
    const backend = backendOf(device, 'tensor');
    const buffer = backend.upload(x.buffer as TypedArray, x.dtype);
    out = new Tensor(new Storage(buffer, x.dtype, x.count, backend), x.shape);
  }
  if (options.requiresGrad === true) out.requiresGrad = true;
  return out;
}

const arrayDTypes: readonly (readonly [new (n: number) => TypedArray, DType])[] = [
  [Float32Array, 'float32'],
  [Float64Array, 'float64'],
  [Int32Array, 'int32'],
  [Uint8Array, 'uint8'],
  [BigInt64Array, 'int64'],
];

/** A typed array of another realm (a `vm` context, a frame, Jest) on the same memory, as one of this realm. */
function ofThisRealm(data: TypedArray): TypedArray {
  if (!ArrayBuffer.isView(data)) return data;
  const name = Object.prototype.toString.call(data).slice(8, -1);
  const type = [...arrayDTypes.map(([t]) => t), Uint16Array].find((t) => t.name === name);
  if (type === undefined || (data as object) instanceof type) return data;
  const Same = type as unknown as new (b: ArrayBufferLike, at: number, n: number) => TypedArray;
  return new Same(data.buffer, data.byteOffset, data.length);
}

function tensorOf(data: TensorData | Tensor, options: TensorOptions = {}): Tensor {
  if (data instanceof Tensor) {
    throw new DTypeError(
      'tensor: got a tensor already; use x.clone() for a copy, x.detach() to cut it off',
    );
  }
  if (ArrayBuffer.isView(data)) return fromTypedArray(data, null, { ...options, copy: true });
  const shape: number[] = [];
  for (let level: unknown = data; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const values = new Array<number | boolean | bigint>(numelOf(shape));
  let at = 0;
  const fill = (level: unknown, dim: number, path: string): void => {
    if (dim === shape.length) {
      if (typeof level !== 'number' && typeof level !== 'boolean' && typeof level !== 'bigint') {
        if (Array.isArray(level)) ragged(path, show(level.map(() => 0)), 'a single value');
        throw new DTypeError(
          `tensor: expected numbers, booleans or bigints, got ${level === null ? 'null' : typeof level} at ${path || 'the top'}`,
        );
      }
      values[at++] = level;
      return;
    }
    const size = shape[dim] as number;
    if (!Array.isArray(level)) ragged(path, 'a single value', `an array of length ${size}`);
    const list = level as readonly unknown[];
    if (list.length !== size) ragged(path, `length ${list.length}`, `length ${size}`);
    for (let i = 0; i < size; i++) fill(list[i], dim + 1, `${path}[${i}]`);
  };
  fill(data, 0, '');
  const first = values[0];
  const inferred: DType =
    typeof first === 'bigint'
      ? 'int64'
      : values.length > 0 && values.every((v) => typeof v === 'boolean')
        ? 'bool'
        : 'float32';
  const dtype = options.dtype === undefined ? inferred : checkDType('tensor', options.dtype);
  const array = dtypes[dtype].make(values.length);
  const whole = dtypes[dtype].category === 'int';
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (whole) checkHolds('tensor', dtype, value);
    encodeElement(array, i, value, dtype);
  }
  return finish(wrap(array, shape, dtype), options);
}

/**
 * A tensor from numbers, booleans, nested arrays of them, or a typed array, always copied (PyTorch:
 * `torch.tensor`). Without `dtype`, numbers are float32, booleans bool, bigints int64, and a typed
 * array keeps its type.
 *
 * @throws ShapeError if the arrays are ragged; DTypeError if a value is not a number.
 * @example tensor([[1, 2], [3, 4]]) // tensor([[1., 2.], [3., 4.]])
 */
export const tensor = /*#__PURE__*/ callable(
  'tensor',
  tensorOf,
  [/*#__PURE__*/ need('data', kinds.anything)],
  makerKinds,
);

function ragged(path: string, got: string, expected: string): never {
  throw new ShapeError(
    `tensor: ragged nested array: element ${path} has ${got}, but the first ones make it ${expected}; ` +
      'all arrays of one level must have the same length',
  );
}

const fromArrayOf = (data: TensorData, options: TensorOptions = {}): Tensor =>
  tensor(data, options);

/**
 * A tensor from nested arrays (PyTorch: `torch.from_numpy(numpy.array(…))`); the same as `tensor`.
 *
 * @example fromArray([[1, 2], [3, 4]]).shape // [2, 2]
 */
export const fromArray = /*#__PURE__*/ callable(
  'fromArray',
  fromArrayOf,
  [/*#__PURE__*/ need('data', kinds.anything)],
  makerKinds,
);

function fromTypedArrayOf(
  data: TypedArray,
  shape: Shape | null = null,
  options: TensorOptions & { copy?: boolean } = {},
): Tensor {
  return onArray(ofThisRealm(data), shape, options);
}

/**
 * A tensor on a typed array: shared, so that changes show on both sides, unless `copy` is set or
 * the dtype or device differs (PyTorch: `torch.from_numpy`, `torch.frombuffer`).
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
  { ...makerKinds, copy: kinds.boolean },
);

function onArray(
  data: TypedArray,
  shape: Shape | null,
  options: TensorOptions & { copy?: boolean },
): Tensor {
  const natural = arrayDTypes.find(([type]) => data instanceof type)?.[1];
  const wanted =
    options.dtype === undefined ? undefined : checkDType('fromTypedArray', options.dtype);
  const bits = data instanceof Uint16Array && (wanted === 'float16' || wanted === 'bfloat16');
  const own = bits || (data instanceof Uint8Array && wanted === 'bool') ? wanted : natural;
  if (own === undefined) {
    throw new DTypeError(
      `fromTypedArray: no dtype for ${(data as object)?.constructor?.name ?? typeof data}; use Float32Array, Float64Array, Int32Array, ` +
        'Uint8Array or BigInt64Array, or a Uint16Array of bits with dtype float16 or bfloat16',
    );
  }
  const sizes = shape === null ? [data.length] : checkShape('fromTypedArray', shape);
  if (numelOf(sizes) !== data.length) {
    throw new ShapeError(
      `fromTypedArray: shape ${show(sizes)} has ${numelOf(sizes)} elements, the array has ${data.length}`,
    );
  }
  const dtype = wanted ?? own;
  let array = data;
  if (dtype !== own) {
    array = dtypes[dtype].make(data.length);
    for (let i = 0; i < data.length; i++) encodeElement(array, i, data[i] as number, dtype);
  } else if (own === 'bool') {
    array = (data as Uint8Array).map((v) => (v === 0 ? 0 : 1));
  } else if (options.copy === true) {
    // Not slice(): that of Node's Buffer shares its memory.
    array = dtypes[dtype].make(data.length);
    (array as Float32Array).set(data as Float32Array);
  }
  return finish(wrap(array, [...sizes], dtype), options);
}

const fills = new Map<DType, Program>();

function fillProgram(dtype: DType): Program {
  let program = fills.get(dtype);
  if (program === undefined) {
    const wide = dtypes[dtype].compute;
    program = lower([s.cast(param(0, wide), dtype)], [], [wide]);
    fills.set(dtype, program);
  }
  return program;
}

/** Writes one value over all elements. */
export function fillWith(x: Tensor, value: number): void {
  x.storage.backend.map(fillProgram(x.dtype), [], [x], [value]);
}

const fullOf = (
  shape: Shape,
  value: number | boolean | bigint,
  options: TensorOptions = {},
): Tensor => filled('full', shape, value, options);

/**
 * A tensor of one value (PyTorch: `torch.full`). Without `dtype` it is float32.
 *
 * @example full([2], 7) // tensor([7., 7.])
 */
export const full = /*#__PURE__*/ callable(
  'full',
  fullOf,
  [/*#__PURE__*/ need('shape', kinds.integers), /*#__PURE__*/ need('value', kinds.scalar)],
  makerKinds,
);

function filled(
  operator: string,
  shape: Shape,
  value: number | boolean | bigint,
  options: TensorOptions,
): Tensor {
  checkShape(operator, shape);
  if (typeof value === 'bigint' && (options.dtype ?? 'int64') === 'int64') {
    // Written as it is: a number would lose what is beyond 2^53.
    const array = dtypes.int64.make(numelOf(shape)) as BigInt64Array;
    return finish(wrap(array.fill(value), [...shape], 'int64'), options);
  }
  const natural: DType = typeof value === 'boolean' ? 'bool' : 'float32';
  const dtype = checkDType(operator, options.dtype ?? natural);
  const backend = backendOf(options.device ?? 'cpu', operator);
  const x = allocate([...shape], dtype, backend, value === 0);
  checkHolds(operator, dtype, value);
  if (value !== 0) fillWith(x, Number(value));
  if (options.requiresGrad === true) x.requiresGrad = true;
  return x;
}

const zerosOf = (shape: Shape, options: TensorOptions = {}): Tensor =>
  filled('zeros', shape, 0, options);

/**
 * A tensor of zeros (PyTorch: `torch.zeros`), float32 by default.
 *
 * @example zeros([2, 3]).shape // [2, 3]
 */
export const zeros = /*#__PURE__*/ callable(
  'zeros',
  zerosOf,
  [/*#__PURE__*/ need('shape', kinds.integers)],
  makerKinds,
) as ShapeMaker;

const onesOf = (shape: Shape, options: TensorOptions = {}): Tensor =>
  filled('ones', shape, 1, options);

/**
 * A tensor of ones (PyTorch: `torch.ones`), float32 by default.
 *
 * @example ones([2]) // tensor([1., 1.])
 */
export const ones = /*#__PURE__*/ callable(
  'ones',
  onesOf,
  [/*#__PURE__*/ need('shape', kinds.integers)],
  makerKinds,
) as ShapeMaker;

function emptyOf(shape: Shape, options: TensorOptions = {}): Tensor {
  checkShape('empty', shape);
  const dtype = checkDType('empty', options.dtype ?? 'float32');
  const x = allocate([...shape], dtype, backendOf(options.device ?? 'cpu', 'empty'));
  if (options.requiresGrad === true) x.requiresGrad = true;
  return x;
}

/**
 * A tensor whose values are not set (PyTorch: `torch.empty`), float32 by default.
 *
 * @example empty([2]).shape // [2]
 */
export const empty = /*#__PURE__*/ callable(
  'empty',
  emptyOf,
  [/*#__PURE__*/ need('shape', kinds.integers)],
  makerKinds,
) as ShapeMaker;

function like(operator: string, x: Tensor, options: TensorOptions): [Shape, TensorOptions] {
  checkTensor(operator, x);
  return [x.shape, { dtype: x.dtype, device: x.device, ...options }];
}

function filledLike(
  operator: string,
  x: Tensor,
  value: number | boolean | bigint,
  options: TensorOptions,
): Tensor {
  const [shape, given] = like(operator, x, options);
  return full(shape, value, given);
}

const zerosLikeOf = (x: Tensor, options: TensorOptions = {}): Tensor =>
  filledLike('zerosLike', x, 0, options);

/**
 * Zeros in the shape, dtype and device of a tensor (PyTorch: `torch.zeros_like`).
 *
 * @example zerosLike(tensor([1, 2])) // tensor([0., 0.])
 */
export const zerosLike = /*#__PURE__*/ callable(
  'zerosLike',
  zerosLikeOf,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  makerKinds,
);

const onesLikeOf = (x: Tensor, options: TensorOptions = {}): Tensor =>
  filledLike('onesLike', x, 1, options);

/**
 * Ones in the shape, dtype and device of a tensor (PyTorch: `torch.ones_like`).
 *
 * @example onesLike(tensor([5, 6])) // tensor([1., 1.])
 */
export const onesLike = /*#__PURE__*/ callable(
  'onesLike',
  onesLikeOf,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  makerKinds,
);

const fullLikeOf = (
  x: Tensor,
  value: number | boolean | bigint,
  options: TensorOptions = {},
): Tensor => filledLike('fullLike', x, value, options);

/**
 * One value in the shape, dtype and device of a tensor (PyTorch: `torch.full_like`).
 *
 * @example fullLike(tensor([5, 6]), 2) // tensor([2., 2.])
 */
export const fullLike = /*#__PURE__*/ callable(
  'fullLike',
  fullLikeOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('value', kinds.scalar)],
  makerKinds,
);

const emptyLikeOf = (x: Tensor, options: TensorOptions = {}): Tensor =>
  empty(...like('emptyLike', x, options));

/**
 * Unset values in the shape, dtype and device of a tensor (PyTorch: `torch.empty_like`).
 *
 * @example emptyLike(tensor([5, 6])).shape // [2]
 */
export const emptyLike = /*#__PURE__*/ callable(
  'emptyLike',
  emptyLikeOf,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  makerKinds,
);

function fromFunction(
  shape: Shape,
  dtype: DType,
  options: TensorOptions,
  value: (i: number) => number,
): Tensor {
  const n = numelOf(shape);
  const array = dtypes[dtype].make(n);
  for (let i = 0; i < n; i++) encodeElement(array, i, value(i), dtype);
  return finish(wrap(array, shape, dtype), options);
}

function arangeOf(
  first: number,
  second: number | null = null,
  step = 1,
  options: TensorOptions = {},
): Tensor {
  const [start, end] = second === null ? [0, first] : [first, second];
  for (const v of [start, end, step]) {
    if (!Number.isFinite(v))
      throw new ValueError(`arange: start, end and step must be finite, got ${v}`);
  }
  if (step === 0 || (end - start) * step < 0) {
    throw new ValueError(`arange: a step of ${step} does not lead from ${start} to ${end}`);
  }
  const whole = [start, end, step].every(Number.isInteger);
  const dtype = checkDType('arange', options.dtype ?? (whole ? 'int32' : 'float32'));
  const n = Math.ceil((end - start) / step);
  return fromFunction([n], dtype, options, (i) => start + i * step);
}

/**
 * `start, start + step, …` below `end` (PyTorch: `torch.arange`). `arange(end)` starts at 0.
 * Without `dtype`: int32 if all three are whole numbers, else float32.
 *
 * @throws ValueError if the step is 0 or leads away from the end.
 * @example arange(4) // tensor([0, 1, 2, 3], dtype=torch.int32)
 */
export const arange = /*#__PURE__*/ callable(
  'arange',
  arangeOf,
  [
    /*#__PURE__*/ need('start', kinds.number),
    /*#__PURE__*/ may('end', /*#__PURE__*/ kinds.orNull(kinds.number)),
    /*#__PURE__*/ may('step', kinds.number),
  ],
  makerKinds,
);

function linspaceOf(
  start: number,
  end: number,
  steps: number,
  options: TensorOptions = {},
): Tensor {
  if (!Number.isInteger(steps) || steps < 0) {
    throw new ValueError(`linspace: steps must be a whole number from 0 on, got ${steps}`);
  }
  const dtype = checkDType('linspace', options.dtype ?? 'float32');
  const f = dtype === 'float64' ? (x: number): number => x : Math.fround;
  const [a, b] = [f(start), f(end)];
  const step = steps > 1 ? f((b - a) / (steps - 1)) : 0;
  // From both ends towards the middle, as PyTorch does it, so that both ends are exact.
  return fromFunction([steps], dtype, options, (i) =>
    i < steps / 2 ? a + step * i : b - step * (steps - 1 - i),
  );
}

/**
 * `steps` evenly spaced values from `start` to `end`, both included (PyTorch: `torch.linspace`),
 * float32 by default.
 *
 * @example linspace(0, 1, 5) // tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
 */
export const linspace = /*#__PURE__*/ callable(
  'linspace',
  linspaceOf,
  [
    /*#__PURE__*/ need('start', kinds.number),
    /*#__PURE__*/ need('end', kinds.number),
    /*#__PURE__*/ need('steps', kinds.integer),
  ],
  makerKinds,
);

function logspaceOf(
  start: number,
  end: number,
  steps: number,
  base = 10,
  options: TensorOptions = {},
): Tensor {
  if (!Number.isInteger(steps) || steps < 0) {
    throw new ValueError(`logspace: steps must be a whole number from 0 on, got ${steps}`);
  }
  const dtype = checkDType('logspace', options.dtype ?? 'float32');
  const f = dtype === 'float64' ? (x: number): number => x : Math.fround;
  const step = steps > 1 ? f((f(end) - f(start)) / (steps - 1)) : 0;
  return fromFunction([steps], dtype, options, (i) =>
    i < steps / 2 ? base ** (start + step * i) : base ** (end - step * (steps - 1 - i)),
  );
}

/**
 * `steps` values from `base^start` to `base^end`, evenly spaced in the exponent (PyTorch:
 * `torch.logspace`), float32 by default.
 *
 * @example logspace(0, 2, 3) // tensor([  1.,  10., 100.])
 */
export const logspace = /*#__PURE__*/ callable(
  'logspace',
  logspaceOf,
  [
    /*#__PURE__*/ need('start', kinds.number),
    /*#__PURE__*/ need('end', kinds.number),
    /*#__PURE__*/ need('steps', kinds.integer),
    /*#__PURE__*/ may('base', kinds.number),
  ],
  makerKinds,
);

function eyeOf(n: number, m: number | null = n, options: TensorOptions = {}): Tensor {
  const columns = m ?? n;
  checkShape('eye', [n, columns]);
  const dtype = checkDType('eye', options.dtype ?? 'float32');
  return fromFunction([n, columns], dtype, options, (i) =>
    Math.floor(i / columns) === i % columns ? 1 : 0,
  );
}

/**
 * The identity matrix, `[n, m]` (PyTorch: `torch.eye`), float32 by default.
 *
 * @example eye(2) // tensor([[1., 0.], [0., 1.]])
 */
export const eye = /*#__PURE__*/ callable(
  'eye',
  eyeOf,
  [
    /*#__PURE__*/ need('n', kinds.integer),
    /*#__PURE__*/ may('m', /*#__PURE__*/ kinds.orNull(kinds.integer)),
  ],
  makerKinds,
);
