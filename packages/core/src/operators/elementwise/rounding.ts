// Rounding. The gradient is zero everywhere.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { isFloat } from '../../dtype.js';
import { DTypeError } from '../../errors.js';
import * as s from '../../scalar/language.js';
import type { Tensor } from '../../tensor.js';
import { binary, sharing, unary } from '../machinery/elementwise-operator.js';

/**
 * Rounds down to an integer (PyTorch: `torch.floor`).
 *
 * @example floor(tensor([1.5, -1.5])) // tensor([ 1., -2.])
 */
export const floor = /*#__PURE__*/ unary('floor', {
  expr: (x) => (s.isFloatExpr(x) ? s.floor(x) : x),
  samples: { dtypes: ['int32'] },
});

/**
 * Rounds up to an integer (PyTorch: `torch.ceil`).
 *
 * @example ceil(tensor([1.5, -1.5])) // tensor([ 2., -1.])
 */
export const ceil = /*#__PURE__*/ unary('ceil', {
  expr: (x) => (s.isFloatExpr(x) ? s.ceil(x) : x),
  samples: { dtypes: ['int32'] },
});

/**
 * Rounds towards zero to an integer (PyTorch: `torch.trunc`).
 *
 * @example trunc(tensor([1.5, -1.5])) // tensor([ 1., -1.])
 */
export const trunc = /*#__PURE__*/ unary('trunc', {
  expr: (x) => (s.isFloatExpr(x) ? s.trunc(x) : x),
  samples: { dtypes: ['int32'] },
});

const toWhole = /*#__PURE__*/ unary('round', {
  expr: (x) => (s.isFloatExpr(x) ? s.round(x) : x),
  samples: { dtypes: ['int32'] },
});
const withDecimals = /*#__PURE__*/ binary('round', {
  expr: (x, factor) => s.div(s.round(s.mul(x, factor)), factor),
});
const withoutDigits = /*#__PURE__*/ binary('round', {
  expr: (x, factor) => s.mul(s.round(s.div(x, factor)), factor),
});

/**
 * Rounds to the nearest integer, ties to even (PyTorch: `torch.round`).
 *
 * @param options `decimals`: digits after the decimal point; negative ones round to tens, hundreds, ….
 * @throws DTypeError for `decimals` with an integer tensor.
 * @example
 * round(tensor([0.5, 1.5])) // tensor([0., 2.])
 * round(tensor([1.234]), { decimals: 1 }) // tensor([1.2000])
 */
export const round = /*#__PURE__*/ sharing(
  /*#__PURE__*/ callable(
    'round',
    (x: Tensor, { decimals = 0 }: { decimals?: number } = {}): Tensor => {
      if (decimals === 0) return toWhole(x);
      if (!isFloat(x.dtype)) {
        throw new DTypeError(`round: decimals need a floating-point tensor, got ${x.dtype}`);
      }
      return decimals > 0 ? withDecimals(x, 10 ** decimals) : withoutDigits(x, 10 ** -decimals);
    },
    [/*#__PURE__*/ need('x', kinds.tensor)],
    { decimals: kinds.integer },
  ),
  toWhole,
);
