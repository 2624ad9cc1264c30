// Arithmetic on elements: sums, products, quotients, powers, minima and maxima.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { type DType, isFloat } from '../../dtype.js';
import { DTypeError, ValueError } from '../../errors.js';
import { refuseFraction } from '../../integers.js';
import * as s from '../../scalar/language.js';
import { Tensor } from '../../tensor.js';
import {
  type Arg,
  binary,
  bothOperands,
  type Operand,
  type Operator,
  sharing,
  ternary,
  unary,
} from '../machinery/elementwise-operator.js';
import { alsoSaving, onceOnly } from '../machinery/record.js';

/** Throws when booleans are subtracted, as PyTorch does. */
function refuseBool(name: string, [a, b]: readonly Arg[]): void {
  const isBool = (x: Arg | undefined): boolean => x instanceof Tensor && x.dtype === 'bool';
  if (!isBool(a) && !isBool(b)) return;
  throw new DTypeError(
    `${name}: booleans cannot be subtracted; use logicalXor() or logicalNot(), or convert one with x.to('int32')`,
  );
}

const plus = /*#__PURE__*/ binary('add', {
  expr: (a, b) => (a.dtype === 'bool' ? s.or(a, b) : s.add(a, b)),
  samples: { dtypes: ['int32', 'bool'] },
});
const plusScaled = /*#__PURE__*/ ternary('add', {
  operands: ['promote', 'promote', 'own'],
  refuse: (name, args, dtype) => refuseFraction(name, 'alpha', args[2], dtype),
  expr: (a, b, alpha) =>
    a.dtype === 'bool' ? s.or(a, s.and(b, alpha)) : s.add(a, s.mul(b, alpha)),
});
const minus = /*#__PURE__*/ binary('sub', {
  refuse: refuseBool,
  expr: (a, b) => s.sub(a, b),
  samples: { dtypes: ['int32'] },
});
const minusScaled = /*#__PURE__*/ ternary('sub', {
  operands: ['promote', 'promote', 'own'],
  refuse: (name, args, dtype) => {
    refuseBool(name, args);
    refuseFraction(name, 'alpha', args[2], dtype);
  },
  expr: (a, b, alpha) => s.sub(a, s.mul(b, alpha)),
});
const quotient = /*#__PURE__*/ binary('div', {
  operands: 'float',
  expr: (a, b) => s.div(a, b),
  keeps: { inputsOnly: true, numbers: true },
  samples: {
    ranges: [
      [-3, 3],
      [0.5, 3],
    ],
    dtypes: ['int32'],
  },
});
const hasZero = /*#__PURE__*/ unary('div', {
  operands: 'own',
  expr: (x) => s.cast(s.eq(x, 0), 'int32'),
});

/** Throws for integer division by zero, as PyTorch does; other devices return 0 for zeros in a tensor. */
function refuseZero(name: string, [a, b]: readonly Arg[], dtype: DType): void {
  if (isFloat(dtype) || b === undefined) return;
  const device = [a, b].find((x) => x !== undefined && typeof x !== 'number')?.device;
  const isNumber = typeof b === 'number';
  if ((device !== 'cpu' && !isNumber) || (typeof a === 'object' && a.count === 0)) return;
  const found = isNumber
    ? b === 0
    : b.count > 0 && hasZero.operator.applySum([b.detach()]).item() !== 0;
  if (!found) return;
  throw new ValueError(
    `${name}: integer division by zero; use x.to('float32'), where it gives infinity or NaN`,
  );
}

/** Throws for integers to a negative power, as PyTorch does. */
function refuseNegativePower(name: string, [, b]: readonly Arg[], dtype: DType): void {
  if (typeof b !== 'number' || b >= 0 || isFloat(dtype)) return;
  throw new ValueError(
    `${name}: integers to the negative power ${b} are not integers; use x.to('float32')`,
  );
}

// PyTorch defines no gradient for integers.
const quotientToZero = /*#__PURE__*/ binary('div', {
  refuse: refuseZero,
  expr: (a, b) => (s.isFloatExpr(a) ? s.trunc(s.div(a, b)) : s.div(a, b)),
  vjp: () => [null, null],
});

/** A function of two operands and a factor of the second one. */
const scaled = (
  name: string,
  plain: typeof plus,
  withAlpha: typeof plusScaled,
): Operator<(x: Operand, other: Operand, options?: { alpha?: number }) => Tensor> =>
  sharing(
    callable(
      name,
      (x: Operand, other: Operand, options?: { alpha?: number }): Tensor => {
        const alpha = options?.alpha ?? 1;
        return alpha === 1 ? plain.operator.applyTo([x, other]) : withAlpha(x, other, alpha);
      },
      bothOperands,
      { alpha: kinds.number },
      (x: Arg, other: Arg) => plain.operator.apply([x, other]),
    ),
    plain,
  );

/**
 * `a + alpha · b`, broadcast (PyTorch: `torch.add`).
 *
 * @example add(tensor([1, 2]), tensor([10, 20])) // tensor([11., 22.])
 */
export const add = /*#__PURE__*/ scaled('add', plus, plusScaled);

/**
 * `a - alpha · b`, broadcast (PyTorch: `torch.sub`).
 *
 * @example sub(tensor([1, 2]), 1) // tensor([0., 1.])
 */
export const sub = /*#__PURE__*/ scaled('sub', minus, minusScaled);

/**
 * `a · b`, broadcast (PyTorch: `torch.mul`).
 *
 * @example mul(tensor([1, 2]), 3) // tensor([3., 6.])
 */
export const mul = /*#__PURE__*/ binary('mul', {
  expr: (a, b) => (a.dtype === 'bool' ? s.and(a, b) : s.mul(a, b)),
  keeps: { numbers: true },
  samples: { dtypes: ['int32', 'bool'] },
});

const wants = (x: Operand): boolean => x instanceof Tensor && x.requiresGrad;

function divOf(
  x: Operand,
  other: Operand,
  options?: { roundingMode?: 'trunc' | 'floor' | null },
): Tensor {
  const roundingMode = options?.roundingMode ?? null;
  if (roundingMode === null) return quotient.operator.applyTo([x, other]);
  const out = roundingMode === 'floor' ? floorDivide(x, other) : quotientToZero(x, other);
  // PyTorch saves them for a gradient of zeros, even a number, which a pass frees.
  onceOnly(out);
  const saved = [x, other].filter((t): t is Tensor => t instanceof Tensor);
  return alsoSaving(out, ...(wants(other) ? saved : saved.filter((t) => t === other)));
}

/**
 * `x / other`, broadcast; integers are converted to float32 unless a rounding mode is given (PyTorch: `torch.div`).
 *
 * @param options `roundingMode`: `'trunc'` towards zero, `'floor'` downwards; default: none.
 * @example div(tensor([7, 8]), 2, { roundingMode: 'floor' }) // tensor([3., 4.])
 */
export const div = /*#__PURE__*/ sharing(
  /*#__PURE__*/ callable('div', divOf, bothOperands, {
    roundingMode: /*#__PURE__*/ kinds.orNull(/*#__PURE__*/ kinds.oneOf('trunc', 'floor')),
  }),
  quotient,
);

// Computed from the remainder, as in PyTorch and Python: floor(a / b) is wrong if a / b rounds up to an integer.
const floatDown = (a: s.Expr, b: s.Expr): s.Expr => {
  const quotient = s.div(a, b);
  const r = s.rem(a, b);
  const even = s.div(s.sub(a, r), b);
  const apart = s.and(s.ne(r, 0), s.xor(s.lt(r, 0), s.lt(b, 0)));
  const near = s.select(apart, s.sub(even, 1), even);
  const down = s.floor(near);
  const whole = s.select(s.gt(s.sub(near, down), 0.5), s.add(down, 1), down);
  const signed = s.select(s.eq(near, 0), s.mul(quotient, 0), whole);
  return s.select(s.eq(b, 0), quotient, signed);
};
const integerDown = (a: s.Expr, b: s.Expr): s.Expr => {
  const q = s.div(a, b);
  const r = s.rem(a, b);
  const apart = s.and(s.ne(r, 0), s.xor(s.lt(r, 0), s.lt(b, 0)));
  return s.select(apart, s.sub(q, 1), q);
};

/**
 * The quotient rounded down (PyTorch: `torch.floor_divide`).
 *
 * @throws ValueError for integers divided by zero (on `cpu`; GPU devices return 0).
 * @example floorDivide(tensor([-7, 7]), 2) // tensor([-4.,  3.])
 */
export const floorDivide = /*#__PURE__*/ binary('floorDivide', {
  refuse: refuseZero,
  expr: (a, b) => (s.isFloatExpr(a) ? floatDown(a, b) : integerDown(a, b)),
  vjp: () => [null, null],
  samples: {
    ranges: [
      [-9, 9],
      [1, 4],
    ],
    dtypes: ['int32'],
    torch: "torch.div(a, b, rounding_mode='floor')",
  },
});

/**
 * The remainder with the sign of the divisor, as Python's `%` (PyTorch: `torch.remainder`).
 *
 * @example remainder(tensor([-3, 3]), 2) // tensor([1., 1.])
 */
export const remainder = /*#__PURE__*/ binary('remainder', {
  refuse: refuseZero,
  expr: (a, b) => {
    const r = s.rem(a, b);
    return s.select(s.and(s.ne(r, 0), s.xor(s.lt(r, 0), s.lt(b, 0))), s.add(r, b), r);
  },
  vjp: (g, [a, b]) => [
    g,
    // Already an integer: rounding it again marks it as having no derivative.
    s.isFloatExpr(a) ? s.neg(s.mul(g, s.floor(floatDown(a, b)))) : null,
  ],
  samples: {
    ranges: [
      [-9, 9],
      [1, 4],
    ],
    dtypes: ['int32'],
  },
});

/**
 * The remainder with the sign of the dividend, as C's `fmod` (PyTorch: `torch.fmod`).
 *
 * @example fmod(tensor([-3, 3]), 2) // tensor([-1.,  1.])
 */
export const fmod = /*#__PURE__*/ binary('fmod', {
  refuse: refuseZero,
  expr: (a, b) => s.rem(a, b),
  samples: {
    ranges: [
      [-9, 9],
      [1, 4],
    ],
    dtypes: ['int32'],
  },
});

// The powers for which PyTorch uses the square root: results differ for -0 and -Infinity. Their gradients read x, so
// that the result may be changed.
const root = /*#__PURE__*/ unary('pow', {
  operands: 'float',
  expr: (x) => s.sqrt(x),
  vjp: (g, [x]) => [s.mul(g, s.div(0.5, s.sqrt(x)))],
  keeps: { inputsOnly: true },
});
const reciprocalRoot = /*#__PURE__*/ unary('pow', {
  operands: 'float',
  expr: (x) => s.div(1, s.sqrt(x)),
  // A power again: its result there differs from a quotient of roots.
  vjp: (g, [x]) => [s.mul(g, s.mul(-0.5, s.pow(x, s.constant(-1.5, g.dtype))))],
});
const powPlaces = [
  /*#__PURE__*/ need('x', kinds.operand),
  /*#__PURE__*/ need('exponent', kinds.operand),
] as const;

const power = /*#__PURE__*/ binary(
  'pow',
  {
    refuse: refuseNegativePower,
    expr: (a, b) => s.pow(a, b),
    keeps: { result: true },
    samples: {
      ranges: [
        [0.2, 3],
        [-2, 3],
      ],
    },
  },
  powPlaces,
);

// 1 for every x, with a constant gradient.
const zerothPower = /*#__PURE__*/ unary('pow', { expr: (x) => s.constant(1, x.dtype) });

// Its gradient contains a zeroth power of x, as in PyTorch, and depends on x; the second derivative does not.
const firstPower = /*#__PURE__*/ unary('pow', { expr: (x) => s.pow(x, s.constant(1, x.dtype)) });

function powOf(x: Operand, exponent: Operand): Tensor {
  if (x instanceof Tensor) {
    if (exponent === 0 && isFloat(x.dtype)) return alsoSaving(zerothPower(x), x);
    if (exponent === 1 && isFloat(x.dtype)) return alsoSaving(firstPower(x), x);
    if (exponent === 0.5) return root(x);
    if (exponent === -0.5) return reciprocalRoot(x);
  }
  return power.operator.applyTo([x, exponent]);
}

/**
 * `a` to the power `b`, broadcast (PyTorch: `torch.pow`).
 *
 * @throws ValueError for an integer to a negative power.
 * @example pow(tensor([1, 2, 3]), 2) // tensor([1., 4., 9.])
 */
export const pow: Operator<(x: Operand, exponent: Operand) => Tensor> = /*#__PURE__*/ sharing(
  /*#__PURE__*/ callable('pow', powOf, powPlaces, {}),
  power,
);

/**
 * `x · x` (PyTorch: `torch.square`).
 *
 * @example square(tensor([1, -2])) // tensor([1., 4.])
 */
export const square = /*#__PURE__*/ unary('square', {
  // Booleans are treated as integers, as with any plain number.
  expr: (x) => {
    const number = x.dtype === 'bool' ? s.cast(x, 'int32') : x;
    return s.mul(number, number);
  },
  samples: { dtypes: ['int32'] },
});

/**
 * `-x` (PyTorch: `torch.neg`).
 *
 * @example neg(tensor([1, -2])) // tensor([-1.,  2.])
 */
export const neg = /*#__PURE__*/ unary('neg', {
  expr: (x) => s.neg(x),
  samples: { dtypes: ['int32'] },
});

/**
 * The absolute value (PyTorch: `torch.abs`).
 *
 * @example abs(tensor([1, -2])) // tensor([1., 2.])
 */
export const abs = /*#__PURE__*/ unary('abs', {
  expr: (x) => s.abs(x),
  samples: { dtypes: ['int32'], points: [0] },
});

/**
 * -1, 0 or 1 (PyTorch: `torch.sign`).
 *
 * @example sign(tensor([-5, 0, 2])) // tensor([-1.,  0.,  1.])
 */
export const sign = /*#__PURE__*/ unary('sign', {
  expr: (x) => (x.dtype === 'bool' ? x : s.sign(x)),
  samples: { dtypes: ['int32'], points: [0] },
});

/**
 * `1 / x` (PyTorch: `torch.reciprocal`).
 *
 * @example reciprocal(tensor([2, 4])) // tensor([0.5000, 0.2500])
 */
export const reciprocal = /*#__PURE__*/ unary('reciprocal', {
  operands: 'float',
  expr: (x) => s.div(1, x),
  vjp: (g, _args, out) => [s.neg(s.mul(g, s.mul(out, out)))],
  samples: { ranges: [[0.3, 3]] },
});

/**
 * The larger of two, NaN if either is (PyTorch: `torch.maximum`). Equal values share the gradient equally.
 *
 * @example maximum(tensor([1, 5]), tensor([3, 2])) // tensor([3., 5.])
 */
export const maximum = /*#__PURE__*/ binary('maximum', {
  expr: (a, b) => (a.dtype === 'bool' ? s.or(a, b) : s.max(a, b)),
  keeps: { compares: true },
  samples: { dtypes: ['int32'], points: [0] },
});

/**
 * The smaller of two, NaN if either is (PyTorch: `torch.minimum`). Equal values share the gradient equally.
 *
 * @example minimum(tensor([1, 5]), tensor([3, 2])) // tensor([1., 2.])
 */
export const minimum = /*#__PURE__*/ binary('minimum', {
  expr: (a, b) => (a.dtype === 'bool' ? s.and(a, b) : s.min(a, b)),
  keeps: { compares: true },
  samples: { dtypes: ['int32'], points: [0] },
});

/** Throws if an operand's dtype differs from the first one's; a weight without dimensions counts as a number. */
function refuseOther(name: string, [x, end, weight]: readonly Arg[]): void {
  if (!(x instanceof Tensor)) return;
  const other = [end, weight].find(
    (y, i) => y instanceof Tensor && y.dtype !== x.dtype && (i === 0 || y.ndim > 0),
  );
  if (!(other instanceof Tensor) && isFloat(x.dtype)) return;
  const got = other instanceof Tensor ? `${x.dtype} and ${other.dtype}` : x.dtype;
  throw new DTypeError(
    `${name}: all tensors must have the same floating-point dtype, got ${got}; use x.to('float32')`,
  );
}

/** `clamp` under either name. */
function limiting(name: string): (x: Tensor, min?: Operand | null, max?: Operand | null) => Tensor {
  const both = ternary(name, {
    keeps: { compares: true },
    expr: (x, least, most) => s.min(s.max(x, least), most),
    vjp: (g, [x, least, most]) => {
      const [v, l, h] = [x, least, most] as [s.Expr, s.Expr, s.Expr];
      const under = s.lt(v, l);
      const over = s.gt(v, h);
      return [
        // Compared this way round, NaN has no gradient.
        s.select(s.and(s.ge(v, l), s.le(v, h)), g, 0),
        s.select(s.and(under, s.lt(l, h)), g, 0),
        s.select(s.or(over, s.lt(h, l)), g, 0),
      ];
    },
    samples: { torch: 'torch.clamp(a, b, c)' },
  });
  const low = binary(name, {
    keeps: { compares: true },
    expr: (x, least) => s.max(x, least),
    vjp: (g, [x, least]) => {
      const [v, l] = [x, least];
      return [s.select(s.ge(v, l), g, 0), s.select(s.lt(v, l), g, 0)];
    },
  });
  const high = binary(name, {
    keeps: { compares: true },
    expr: (x, most) => s.min(x, most),
    vjp: (g, [x, most]) => {
      const [v, h] = [x, most];
      return [s.select(s.le(v, h), g, 0), s.select(s.gt(v, h), g, 0)];
    },
  });

  return (x: Tensor, min: Operand | null = null, max: Operand | null = null): Tensor => {
    if (min !== null && max !== null) return both(x, min, max);
    if (min !== null) return low(x, min);
    if (max !== null) return high(x, max);
    throw new ValueError(`${name}: pass min, max, or both`);
  };
}

const clampPlaces = [
  /*#__PURE__*/ need('x', kinds.tensor),
  /*#__PURE__*/ may('min', /*#__PURE__*/ kinds.orNull(kinds.operand)),
  /*#__PURE__*/ may('max', /*#__PURE__*/ kinds.orNull(kinds.operand)),
] as const;

/**
 * Limits elements to `[min, max]` (PyTorch: `torch.clamp`); either bound may be null. A bound may
 * be a tensor. `clamp(x, { min: 0 })` names them.
 *
 * @throws ValueError if neither bound is given.
 * @example clamp(tensor([-2, 0, 2]), -1, 1) // tensor([-1.,  0.,  1.])
 */
export const clamp = /*#__PURE__*/ callable(
  'clamp',
  /*#__PURE__*/ limiting('clamp'),
  clampPlaces,
  {},
);

/**
 * Limits elements to `[min, max]`: another name of {@link clamp} (PyTorch: `torch.clip`).
 *
 * @throws ValueError if neither bound is given.
 * @example clip(tensor([-2, 0, 2]), -1, 1) // tensor([-1.,  0.,  1.])
 */
export const clip = /*#__PURE__*/ callable('clip', /*#__PURE__*/ limiting('clip'), clampPlaces, {});

/**
 * `a + weight · (b - a)` (PyTorch: `torch.lerp`).
 *
 * @example lerp(tensor([0, 10]), tensor([10, 20]), 0.5) // tensor([ 5., 15.])
 */
export const lerp = /*#__PURE__*/ ternary(
  'lerp',
  {
    refuse: refuseOther,
    // From the nearer end, with one rounding, as in PyTorch's vectorized kernel.
    expr: (a, b, w) => {
      const near = s.lt(s.abs(w), 0.5);
      return s.fma(s.select(near, w, s.sub(w, 1)), s.sub(b, a), s.select(near, a, b));
    },
    vjp: (g, [a, b, w]) => [s.mul(g, s.sub(1, w)), s.mul(g, w), s.mul(g, s.sub(b, a))],
    samples: {
      ranges: [
        [-3, 3],
        [-3, 3],
        [0, 1],
      ],
    },
  },
  ['x', 'end', 'weight'],
);
