// Public functions about dtypes.
import { callable, variadic } from './arguments/callable.js';
import * as kinds from './arguments/kinds.js';
import { need } from './arguments/signature.js';
import * as dtypes from './dtype.js';
import type { Operand } from './operators/machinery/elementwise-operator.js';

/**
 * Whether a dtype is a floating-point one (PyTorch: `dtype.is_floating_point`).
 *
 * @example isFloat('float16') // true
 */
export const isFloat = /*#__PURE__*/ callable(
  'isFloat',
  dtypes.isFloat,
  [/*#__PURE__*/ need('dtype', kinds.dtype)],
  {},
);

/**
 * The dtype of an operation between tensors of these two dtypes (PyTorch: `torch.promote_types`).
 *
 * @example promoteTypes('int32', 'float16') // 'float16'
 */
export const promoteTypes = /*#__PURE__*/ callable(
  'promoteTypes',
  dtypes.promoteTypes,
  [/*#__PURE__*/ need('type1', kinds.dtype), /*#__PURE__*/ need('type2', kinds.dtype)],
  {},
);

/**
 * The dtype of an operation between these operands, alone or as a list: tensors with dimensions first, then
 * zero-dimensional tensors, then plain numbers; a later group only counts if its category is higher (PyTorch:
 * `torch.result_type`). A plain number is an integer if it has no fraction, since JavaScript does not tell 3 from 3.0.
 *
 * @example resultType(tensor([1], { dtype: 'int32' }), 0.5) // 'float32'
 */
export const resultType = /*#__PURE__*/ variadic(
  'resultType',
  (...operands: (Operand | readonly Operand[])[]): dtypes.DType =>
    dtypes.resultType(
      operands.flat().map((x) => {
        if (typeof x === 'boolean') return { dtype: 'bool', shape: [] };
        return typeof x === 'bigint' ? { dtype: 'int64', shape: [] } : x;
      }),
    ),
  [/*#__PURE__*/ need('operand', /*#__PURE__*/ kinds.either(kinds.operand, kinds.operands))],
  /*#__PURE__*/ need('operand', /*#__PURE__*/ kinds.either(kinds.operand, kinds.operands)),
);
