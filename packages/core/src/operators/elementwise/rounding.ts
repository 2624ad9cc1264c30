// Rounding. The gradient is zero everywhere.
import * as s from '../../scalar/language.js';
import { unary } from '../define.js';

/**
 * Downwards to a whole number (PyTorch: `torch.floor`).
 *
 * @example floor(tensor([1.5, -1.5])) // tensor([ 1., -2.])
 */
export const floor = /*#__PURE__*/ unary('floor', {
  expr: (x) => (s.isFloatExpr(x) ? s.floor(x) : x),
  samples: { dtypes: ['int32'] },
});

/**
 * Upwards to a whole number (PyTorch: `torch.ceil`).
 *
 * @example ceil(tensor([1.5, -1.5])) // tensor([ 2., -1.])
 */
export const ceil = /*#__PURE__*/ unary('ceil', {
  expr: (x) => (s.isFloatExpr(x) ? s.ceil(x) : x),
  samples: { dtypes: ['int32'] },
});

/**
 * Towards zero to a whole number (PyTorch: `torch.trunc`).
 *
 * @example trunc(tensor([1.5, -1.5])) // tensor([ 1., -1.])
 */
export const trunc = /*#__PURE__*/ unary('trunc', {
  expr: (x) => (s.isFloatExpr(x) ? s.trunc(x) : x),
  samples: { dtypes: ['int32'] },
});

/**
 * To the nearest whole number, halves to the even one (PyTorch: `torch.round`).
 *
 * @example round(tensor([0.5, 1.5])) // tensor([0., 2.])
 */
export const round = /*#__PURE__*/ unary('round', {
  expr: (x) => (s.isFloatExpr(x) ? s.round(x) : x),
  samples: { dtypes: ['int32'] },
});
