// Tensors filled with one value, and uninitialized tensors.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { backendOf } from '../../backend/registry.js';
import { checkDType, type DType, dtypes, isFloat } from '../../dtype.js';
import { checkHolds } from '../../integers.js';
import { param } from '../../scalar/expr.js';
import * as s from '../../scalar/language.js';
import { lower, type Program } from '../../scalar/program.js';
import { checkShape, numelOf, type Shape } from '../../shape.js';
import { allocate, checkTensor, type Tensor, wrap } from '../../tensor.js';
import { finish, makerKinds, recorded, type TensorOptions } from './creation-options.js';

/** A function that creates a tensor of a shape, which may be written out as separate arguments. */
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

/** Fills all elements with one value. */
export function fillWith(x: Tensor, value: number): void {
  // On devices, the numbers of a program are converted to its dtype first: 0.5 would become true, and 1.5 the integer
  // 1.
  const number =
    x.dtype === 'bool' ? Number(value !== 0) : isFloat(x.dtype) ? value : Math.trunc(value);
  x.storage.backend.map(fillProgram(x.dtype), [], [x], [number]);
}

const fullOf = (
  shape: Shape,
  value: number | boolean | bigint,
  options: TensorOptions = {},
): Tensor => filled('full', shape, value, options);

/**
 * A tensor filled with one value (PyTorch: `torch.full`). Without `dtype` it is float32.
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
    // Written as a bigint: a number would lose digits beyond 2^53.
    const array = new dtypes.int64.array(numelOf(shape)) as BigInt64Array;
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
 * An uninitialized tensor (PyTorch: `torch.empty`), float32 by default.
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
 * Zeros with the shape, dtype and device of a tensor (PyTorch: `torch.zeros_like`).
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
 * Ones with the shape, dtype and device of a tensor (PyTorch: `torch.ones_like`).
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
 * A tensor filled with one value, with the shape, dtype and device of another (PyTorch: `torch.full_like`).
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
 * An uninitialized tensor with the shape, dtype and device of another (PyTorch: `torch.empty_like`).
 *
 * @example emptyLike(tensor([5, 6])).shape // [2]
 */
export const emptyLike = /*#__PURE__*/ callable(
  'emptyLike',
  emptyLikeOf,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  makerKinds,
);
