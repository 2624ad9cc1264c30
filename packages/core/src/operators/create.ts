// Making tensors: filled ones, and ranges.
import { callable } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { may, need } from '../arguments/signature.js';
import { backendOf } from '../backend/registry.js';
import { checkDType, type DType, dtypes } from '../dtype.js';
import { ValueError } from '../errors.js';
import { checkHolds } from '../integers.js';
import { param } from '../scalar/expr.js';
import * as s from '../scalar/language.js';
import { lower, type Program } from '../scalar/program.js';
import { checkShape, numelOf, type Shape } from '../shape.js';
import { allocate, checkTensor, type Tensor, wrap } from '../tensor.js';
import { encodeElement } from './encode.js';
import { finish, makerKinds, recorded, type TensorOptions } from './made.js';

/** A function that makes a tensor of a shape, which may be written out. */
export interface ShapeMaker {
  (shape: Shape, options?: TensorOptions): Tensor;
  (...shape: readonly number[]): Tensor;
  (...shape: readonly [...number[], TensorOptions]): Tensor;
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
  [/*#__PURE__*/ need('shape', kinds.integers), /*#__PURE__*/ need('fillValue', kinds.scalar)],
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
    return finish(operator, wrap(array.fill(value), [...shape], 'int64'), options);
  }
  const natural: DType = typeof value === 'boolean' ? 'bool' : 'float32';
  const dtype = checkDType(operator, options.dtype ?? natural);
  const backend = backendOf(options.device ?? 'cpu', operator);
  const x = allocate([...shape], dtype, backend, value === 0);
  checkHolds(operator, dtype, value);
  if (value !== 0) fillWith(x, Number(value));
  return recorded(operator, x, options);
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

function unset(operator: string, shape: Shape, options: TensorOptions): Tensor {
  checkShape(operator, shape);
  const dtype = checkDType(operator, options.dtype ?? 'float32');
  const x = allocate([...shape], dtype, backendOf(options.device ?? 'cpu', operator));
  return recorded(operator, x, options);
}

const emptyOf = (shape: Shape, options: TensorOptions = {}): Tensor =>
  unset('empty', shape, options);

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
  return filled(operator, shape, value, given);
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
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('fillValue', kinds.scalar)],
  makerKinds,
);

const emptyLikeOf = (x: Tensor, options: TensorOptions = {}): Tensor =>
  unset('emptyLike', ...like('emptyLike', x, options));

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
  operator: string,
  shape: Shape,
  dtype: DType,
  options: TensorOptions,
  value: (i: number) => number,
): Tensor {
  const n = numelOf(shape);
  const array = dtypes[dtype].make(n);
  for (let i = 0; i < n; i++) encodeElement(array, i, value(i), dtype);
  return finish(operator, wrap(array, shape, dtype), options);
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
    throw new ValueError(`arange: step ${step} has the wrong sign to go from ${start} to ${end}`);
  }
  const whole = [start, end, step].every(Number.isInteger);
  const dtype = checkDType('arange', options.dtype ?? (whole ? 'int32' : 'float32'));
  const n = Math.ceil((end - start) / step);
  return fromFunction('arange', [n], dtype, options, (i) => start + i * step);
}

/**
 * `start, start + step, …` below `end` (PyTorch: `torch.arange`). `arange(end)` starts at 0.
 * Without `dtype`: int32 if all three are integers, else float32.
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
    throw new ValueError(`linspace: steps must be a non-negative integer, got ${steps}`);
  }
  const dtype = checkDType('linspace', options.dtype ?? 'float32');
  const f = dtype === 'float64' ? (x: number): number => x : Math.fround;
  const [a, b] = [f(start), f(end)];
  const step = steps > 1 ? f((b - a) / (steps - 1)) : 0;
  // From both ends towards the middle, as PyTorch does it, so that both ends are exact.
  return fromFunction('linspace', [steps], dtype, options, (i) =>
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
    throw new ValueError(`logspace: steps must be a non-negative integer, got ${steps}`);
  }
  const dtype = checkDType('logspace', options.dtype ?? 'float32');
  const f = dtype === 'float64' ? (x: number): number => x : Math.fround;
  const step = steps > 1 ? f((f(end) - f(start)) / (steps - 1)) : 0;
  return fromFunction('logspace', [steps], dtype, options, (i) =>
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
  return fromFunction('eye', [n, columns], dtype, options, (i) =>
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
