// Bitwise operations on integers; booleans count as one bit.

import { dtypes } from '../../dtype.js';
import * as s from '../../scalar/language.js';
import { binary, unary } from '../machinery/elementwise-operator.js';

/**
 * Whether a shift is within the dtype's number of bits; a larger or a negative one would be taken modulo that number.
 */
const signOf = (a: s.Expr): s.Expr =>
  a.dtype === 'uint8'
    ? s.constant(0, a.dtype)
    : s.select(s.lt(a, 0), s.constant(-1, a.dtype), s.constant(0, a.dtype));
const within = (b: s.Expr): s.Expr => s.and(s.ge(b, 0), s.lt(b, 8 * dtypes[b.dtype].bytes));

/**
 * Bitwise AND (PyTorch: `torch.bitwise_and`).
 *
 * @example bitwiseAnd(tensor([6], { dtype: 'int32' }), 3) // tensor([2], dtype=torch.int32)
 */
export const bitwiseAnd = /*#__PURE__*/ binary('bitwiseAnd', {
  expr: (a, b) => s.and(a, b),
  samples: { dtypes: ['int32', 'uint8', 'bool'], floats: false, ranges: [[0, 20]] },
});

/**
 * Bitwise OR (PyTorch: `torch.bitwise_or`).
 *
 * @example bitwiseOr(tensor([6], { dtype: 'int32' }), 3) // tensor([7], dtype=torch.int32)
 */
export const bitwiseOr = /*#__PURE__*/ binary('bitwiseOr', {
  expr: (a, b) => s.or(a, b),
  samples: { dtypes: ['int32', 'uint8', 'bool'], floats: false, ranges: [[0, 20]] },
});

/**
 * Bitwise XOR (PyTorch: `torch.bitwise_xor`).
 *
 * @example bitwiseXor(tensor([6], { dtype: 'int32' }), 3) // tensor([5], dtype=torch.int32)
 */
export const bitwiseXor = /*#__PURE__*/ binary('bitwiseXor', {
  expr: (a, b) => s.xor(a, b),
  samples: { dtypes: ['int32', 'uint8', 'bool'], floats: false, ranges: [[0, 20]] },
});

/**
 * Bitwise NOT (PyTorch: `torch.bitwise_not`).
 *
 * @example bitwiseNot(tensor([6], { dtype: 'int32' })) // tensor([-7], dtype=torch.int32)
 */
export const bitwiseNot = /*#__PURE__*/ unary('bitwiseNot', {
  expr: (x) => s.not(x),
  samples: { dtypes: ['int32', 'uint8', 'bool'], floats: false, ranges: [[0, 20]] },
});

/**
 * Bits shifted left, which multiplies by powers of two (PyTorch: `torch.bitwise_left_shift`).
 *
 * @example bitwiseLeftShift(tensor([6], { dtype: 'int32' }), 1) // tensor([12], dtype=torch.int32)
 */
export const bitwiseLeftShift = /*#__PURE__*/ binary('bitwiseLeftShift', {
  // As in PyTorch: shifting by all bits of the dtype or more leaves 0.
  expr: (a, b) => s.select(within(b), s.shl(a, b), 0),
  samples: {
    dtypes: ['int32'],
    floats: false,
    ranges: [
      [-20, 20],
      [0, 6],
    ],
  },
});

/**
 * Bits shifted right with the sign kept, which divides by powers of two and rounds down (PyTorch:
 * `torch.bitwise_right_shift`).
 *
 * @example bitwiseRightShift(tensor([6], { dtype: 'int32' }), 1) // tensor([3], dtype=torch.int32)
 */
export const bitwiseRightShift = /*#__PURE__*/ binary('bitwiseRightShift', {
  // Shifting by all bits of the dtype or more leaves the sign.
  expr: (a, b) => s.select(within(b), s.shr(a, b), signOf(a)),
  samples: {
    dtypes: ['int32'],
    floats: false,
    ranges: [
      [-20, 20],
      [0, 6],
    ],
  },
});
