// Comparison, logic and selection.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { dtypes, isFloat } from '../../dtype.js';
import { checkHolds } from '../../integers.js';
import * as s from '../../scalar/language.js';
import type { Tensor } from '../../tensor.js';
import { binary, elementwise, ternary, unary } from '../machinery/elementwise-operator.js';
import { checkSameDType, checkTolerances } from '../machinery/tolerances.js';

/**
 * Whether elements are equal (PyTorch: `torch.eq`).
 *
 * @example eq(tensor([1, 2]), 2) // tensor([False, True])
 */
export const eq = /*#__PURE__*/ binary('eq', {
  expr: (a, b) => s.eq(a, b),
  samples: { dtypes: ['int32', 'bool'], points: [0] },
});

/**
 * Whether elements differ (PyTorch: `torch.ne`).
 *
 * @example ne(tensor([1, 2]), 2) // tensor([True, False])
 */
export const ne = /*#__PURE__*/ binary('ne', {
  expr: (a, b) => s.ne(a, b),
  samples: { dtypes: ['int32', 'bool'], points: [0] },
});

/**
 * Whether a < b (PyTorch: `torch.lt`).
 *
 * @example lt(tensor([1, 2]), 2) // tensor([True, False])
 */
export const lt = /*#__PURE__*/ binary('lt', {
  expr: (a, b) => s.lt(a, b),
  samples: { dtypes: ['int32', 'bool'], points: [0] },
});

/**
 * Whether a <= b (PyTorch: `torch.le`).
 *
 * @example le(tensor([1, 2]), 2) // tensor([True, True])
 */
export const le = /*#__PURE__*/ binary('le', {
  expr: (a, b) => s.le(a, b),
  samples: { dtypes: ['int32', 'bool'], points: [0] },
});

/**
 * Whether a > b (PyTorch: `torch.gt`).
 *
 * @example gt(tensor([1, 2]), 2) // tensor([False, False])
 */
export const gt = /*#__PURE__*/ binary('gt', {
  expr: (a, b) => s.gt(a, b),
  samples: { dtypes: ['int32', 'bool'], points: [0] },
});

/**
 * Whether a >= b (PyTorch: `torch.ge`).
 *
 * @example ge(tensor([1, 2]), 2) // tensor([False, True])
 */
export const ge = /*#__PURE__*/ binary('ge', {
  expr: (a, b) => s.ge(a, b),
  samples: { dtypes: ['int32', 'bool'], points: [0] },
});

/**
 * Whether both are non-zero (PyTorch: `torch.logical_and`).
 *
 * @example logicalAnd(tensor([1, 0]), tensor([1, 1])) // tensor([ True, False])
 */
export const logicalAnd = /*#__PURE__*/ binary('logicalAnd', {
  operands: 'bool',
  expr: (a, b) => s.and(a, b),
  samples: { dtypes: ['bool', 'int32'], points: [0] },
});

/**
 * Whether either is non-zero (PyTorch: `torch.logical_or`).
 *
 * @example logicalOr(tensor([1, 0]), tensor([0, 0])) // tensor([ True, False])
 */
export const logicalOr = /*#__PURE__*/ binary('logicalOr', {
  operands: 'bool',
  expr: (a, b) => s.or(a, b),
  samples: { dtypes: ['bool', 'int32'], points: [0] },
});

/**
 * Whether exactly one is non-zero (PyTorch: `torch.logical_xor`).
 *
 * @example logicalXor(tensor([1, 0]), tensor([1, 1])) // tensor([False,  True])
 */
export const logicalXor = /*#__PURE__*/ binary('logicalXor', {
  operands: 'bool',
  expr: (a, b) => s.xor(a, b),
  samples: { dtypes: ['bool', 'int32'], points: [0] },
});

/**
 * Whether an element is zero (PyTorch: `torch.logical_not`).
 *
 * @example logicalNot(tensor([1, 0])) // tensor([False,  True])
 */
export const logicalNot = /*#__PURE__*/ unary('logicalNot', {
  operands: 'bool',
  expr: (x) => s.not(x),
  samples: { dtypes: ['bool', 'int32'], points: [0] },
});

/**
 * Whether an element is NaN (PyTorch: `torch.isnan`).
 *
 * @example isnan(tensor([1, NaN])) // tensor([False,  True])
 */
export const isnan = /*#__PURE__*/ unary('isnan', {
  expr: (x) => s.isNan(x),
  samples: { points: [Number.NaN] },
});

/**
 * Whether an element is infinite (PyTorch: `torch.isinf`).
 *
 * @example isinf(tensor([1, -Infinity])) // tensor([False,  True])
 */
export const isinf = /*#__PURE__*/ unary('isinf', {
  operands: 'float',
  expr: (x) => s.eq(s.abs(x), Infinity),
  samples: { points: [Infinity, -Infinity] },
});

/**
 * Whether an element is neither infinite nor NaN (PyTorch: `torch.isfinite`).
 *
 * @example isfinite(tensor([1, NaN])) // tensor([ True, False])
 */
export const isfinite = /*#__PURE__*/ unary('isfinite', {
  operands: 'float',
  expr: (x) => s.lt(s.abs(x), Infinity),
  samples: { points: [Infinity, Number.NaN] },
});

/**
 * Elements of `a` where the condition (bool or uint8) is true, otherwise of `b` (PyTorch: `torch.where`).
 *
 * @example where(tensor([true, false]), 1, tensor([2, 3])) // tensor([1., 3.])
 */
export const where = /*#__PURE__*/ ternary(
  'where',
  {
    operands: ['condition', 'promote', 'promote'],
    expr: (c, a, b) => s.select(c, a, b),
    samples: { torch: 'torch.where(a != 0, b, c)', points: [0] },
  },
  ['condition', 'x', 'other'],
);

/**
 * A copy with elements replaced by a value, converted to the tensor's dtype, where the mask is true (PyTorch:
 * `torch.Tensor.masked_fill`).
 *
 * @throws ValueError for a number that the dtype cannot hold.
 * @example maskedFill(tensor([1, 2]), tensor([true, false]), 9) // tensor([9., 2.])
 */
export const maskedFill = /*#__PURE__*/ ternary(
  'maskedFill',
  {
    operands: ['promote', 'mask', 'value'],
    refuse: (name, [, , value], dtype) => {
      if (typeof value === 'number') checkHolds(name, dtype, value);
    },
    expr: (x, m, v) => s.select(m, v, x),
    samples: { torch: 'torch.where(b != 0, c, a)', points: [0] },
  },
  ['x', 'mask', 'value'],
);

const replaceNonFinite = /*#__PURE__*/ elementwise('nanToNum', 4, {
  keeps: { compares: true },
  operands: ['promote', 'promote', 'promote', 'promote'],
  expr: (x, nan, high, low) => {
    if (!s.isFloatExpr(x)) return x;
    const [v, n, h, l] = [x, nan, high, low] as [s.Expr, s.Expr, s.Expr, s.Expr];
    const finite = s.select(s.eq(v, Infinity), h, s.select(s.eq(v, -Infinity), l, v));
    return s.select(s.isNan(v), n, finite);
  },
});

function nanToNumOf(
  x: Tensor,
  nan: number | null = 0,
  posinf: number | null = null,
  neginf: number | null = null,
): Tensor {
  const most = dtypes[x.dtype].largest ?? 0;
  // Infinities are not integers, so integer tensors are left as they are.
  if (!isFloat(x.dtype)) return x.clone();
  return replaceNonFinite.apply([x, nan ?? 0, posinf ?? most, neginf ?? -most]);
}

/**
 * NaN and infinities replaced (PyTorch: `torch.nan_to_num`), by default by 0 and by the largest and
 * smallest finite numbers of the dtype.
 *
 * @example nanToNum(tensor([NaN, 1])) // tensor([0., 1.])
 */
export const nanToNum = /*#__PURE__*/ callable(
  'nanToNum',
  nanToNumOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may('nan', /*#__PURE__*/ kinds.orNull(kinds.number)),
    /*#__PURE__*/ may('posinf', /*#__PURE__*/ kinds.orNull(kinds.number)),
    /*#__PURE__*/ may('neginf', /*#__PURE__*/ kinds.orNull(kinds.number)),
  ],
  {},
);

function iscloseOf(
  x: Tensor,
  other: Tensor,
  options: { rtol?: number; atol?: number; equalNan?: boolean } = {},
): Tensor {
  checkTolerances('isclose', options);
  checkSameDType('isclose', x, other);
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  const close = closeness.apply([x, other, rtol, atol]);
  if (!equalNan) return close;
  return logicalOr(close, logicalAnd(ne(x, x), ne(other, other)));
}

/**
 * Whether elements are close: `|a - b| <= atol + rtol · |b|` (PyTorch: `torch.isclose`).
 *
 * @param options `rtol`: 1e-5; `atol`: 1e-8; `equalNan`: false.
 * @example isclose(tensor([1, 2]), tensor([1, 2.1])) // tensor([ True, False])
 */
export const isclose = /*#__PURE__*/ callable(
  'isclose',
  iscloseOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('other', kinds.tensor)],
  { rtol: kinds.number, atol: kinds.number, equalNan: kinds.boolean },
);

const closeness = /*#__PURE__*/ elementwise('isclose', 4, {
  expr: (...args) => {
    const [a, b, rtol, atol] = args as [s.Expr, s.Expr, s.Expr, s.Expr];
    const bound = s.add(atol, s.abs(s.mul(rtol, b)));
    const finite = s.lt(s.abs(b), Infinity);
    return s.or(s.eq(a, b), s.and(finite, s.le(s.abs(s.sub(a, b)), bound)));
  },
});
