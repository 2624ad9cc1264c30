// Activation functions of neural networks.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { ValueError } from '../../errors.js';
import { density, oneFactor } from '../../scalar/derivatives.js';
import * as s from '../../scalar/language.js';
import { Tensor } from '../../tensor.js';
import {
  binary,
  type Operand,
  sharing,
  ternary,
  unary,
} from '../machinery/elementwise-operator.js';

/**
 * `max(x, 0)` (PyTorch: `torch.relu`).
 *
 * @example relu(tensor([-1, 2])) // tensor([0., 2.])
 */
export const relu = /*#__PURE__*/ unary('relu', {
  // Not max(x, 0): -0 and NaN are passed through, and PyTorch's gradient at 0 is 0.
  expr: (x) => s.select(s.lt(x, 0), 0, x),
  vjp: (g, _x, out) => [s.select(s.le(out, 0), 0, g)],
  samples: { dtypes: ['int32'], points: [0] },
});

// As in PyTorch, the second derivative has one factor of the result: with two, large gradients would give infinities of
// both signs.
const sigmoidSlope = (out: s.Expr): s.Expr =>
  oneFactor(s.mul(out, s.sub(1, out)), out, (out) => s.sub(1, s.mul(out, 2)));

/**
 * `1 / (1 + e⁻ˣ)` (PyTorch: `torch.sigmoid`).
 *
 * @example sigmoid(tensor([0])) // tensor([0.5000])
 */
export const sigmoid = /*#__PURE__*/ unary('sigmoid', {
  operands: 'float',
  expr: (x) => s.div(1, s.add(s.exp(s.neg(x)), 1)),
  vjp: (g, _x, out) => [s.mul(g, sigmoidSlope(out))],
  samples: { dtypes: ['int32'], ranges: [[-6, 6]] },
});

// The sigmoids of x and of -x by e^-|x|, which cannot overflow; neither loses digits where it is small.
const sigmoids = (x: s.Expr): readonly [s.Expr, s.Expr] => {
  const e = s.exp(s.neg(s.magnitude(x)));
  const negative = s.lt(x, 0);
  const one = s.constant(1, x.dtype);
  const whole = s.add(e, 1);
  const slope = (x: s.Expr): s.Expr => {
    const [y, rest] = sigmoids(x);
    return s.mul(y, rest);
  };
  return [
    oneFactor(s.div(s.select(negative, e, one), whole), x, slope),
    oneFactor(s.div(s.select(negative, one, e), whole), x, (x) => s.neg(slope(x))),
  ];
};

// The derivative of x · sigmoid(x).
const siluSlope = (x: s.Expr): s.Expr => {
  const [y] = sigmoids(x);
  return oneFactor(s.mul(y, s.fma(x, s.sub(1, y), 1)), x, (x) => {
    const [y, rest] = sigmoids(x);
    return s.mul(s.mul(y, rest), s.fma(x, s.sub(rest, y), 2));
  });
};

// The derivative of x · Φ(x): its two terms have opposite signs left of 0, so infinite gradients of both would be NaN.
const geluSlope = (x: s.Expr): s.Expr =>
  oneFactor(s.fma(x, density(x), s.ndtr(x)), x, (x) => {
    const within = s.max(s.min(x, 64), -64);
    return s.mul(density(x), s.sub(2, s.mul(within, within)));
  });

// min(x, 0) - log(1 + e^-|x|): neither term overflows.
const logSigmoidExpr = (x: s.Expr): s.Expr =>
  s.sub(s.select(s.lt(x, 0), x, 0), s.log1p(s.exp(s.neg(s.magnitude(x)))));

/**
 * The logarithm of the sigmoid, finite for every x (PyTorch: `F.logsigmoid`).
 *
 * @example logsigmoid(tensor([0])) // tensor([-0.6931])
 */
export const logsigmoid = /*#__PURE__*/ unary('logsigmoid', {
  operands: 'float',
  expr: logSigmoidExpr,
  vjp: (g, [x]) => [s.mul(g, sigmoids(x)[1])],
  samples: { torch: 'F.logsigmoid(a)', ranges: [[-6, 6]] },
});

/**
 * `x · sigmoid(x)` (PyTorch: `F.silu`).
 *
 * @example silu(tensor([0])) // tensor([0.])
 */
export const silu = /*#__PURE__*/ unary('silu', {
  operands: 'float',
  expr: (x) => s.div(x, s.add(s.exp(s.neg(x)), 1)),
  vjp: (g, [x]) => [s.mul(g, siluSlope(x))],
  samples: { torch: 'F.silu(a)' },
});

const geluExact = /*#__PURE__*/ unary('gelu', {
  operands: 'float',
  expr: (x) => s.mul(x, s.ndtr(x)),
  vjp: (g, [x]) => [s.mul(g, geluSlope(x))],
  samples: { torch: 'F.gelu(a)' },
});
// x clamped; NaN for infinite x, as in PyTorch's gradients.
const bounded = (x: s.Expr, low: number, high: number): s.Expr =>
  s.select(s.lt(s.abs(x), Infinity), s.min(s.max(x, low), high), Number.NaN);

// 2u, where the approximation is x (1 + tanh u) / 2.
const tanhArgument = (x: s.Expr): s.Expr => {
  const cube = s.mul(s.mul(x, x), x);
  return s.mul(s.add(x, s.mul(cube, 0.044715)), 2 * Math.sqrt(2 / Math.PI));
};
const geluTanh = /*#__PURE__*/ unary('gelu', {
  operands: 'float',
  expr: (x) => {
    // 1 / (1 + e^(-2u)) is (1 + tanh u) / 2, which would cancel left of 0.
    return s.div(x, s.add(s.exp(s.neg(tanhArgument(x))), 1));
  },
  vjp: (g, [x]) => {
    // Beyond 64 the result no longer changes, and the powers of x would overflow.
    const a = bounded(x, -64, 64);
    const [y, rest] = sigmoids(tanhArgument(a));
    const inner = s.add(s.mul(s.mul(a, a), 3 * 0.044715), 1);
    const slope = s.mul(s.mul(a, inner), 2 * Math.sqrt(2 / Math.PI));
    return [s.mul(g, s.mul(y, s.add(s.mul(slope, rest), 1)))];
  },
  samples: { torch: "F.gelu(a, approximate='tanh')" },
});

/**
 * `x · Φ(x)`, Φ being the normal distribution function (PyTorch: `F.gelu`; Hendrycks & Gimpel 2016).
 *
 * @param options `approximate: 'tanh'` uses the tanh approximation.
 * @example gelu(tensor([1])) // tensor([0.8413])
 */
export const gelu = /*#__PURE__*/ sharing(
  /*#__PURE__*/ callable(
    'gelu',
    (x: Tensor, { approximate = 'none' }: { approximate?: 'none' | 'tanh' } = {}): Tensor =>
      approximate === 'tanh' ? geluTanh(x) : geluExact(x),
    [/*#__PURE__*/ need('x', kinds.tensor)],
    { approximate: /*#__PURE__*/ kinds.oneOf('none', 'tanh') },
  ),
  geluExact,
);

const leaky = /*#__PURE__*/ binary('leakyRelu', {
  expr: (x, slope) => s.select(s.gt(x, 0), x, s.mul(x, slope)),
  samples: { torch: 'torch.where(a > 0, a, a * b)' },
});

/**
 * `x` if positive, otherwise `negativeSlope · x` (PyTorch: `F.leaky_relu`).
 *
 * @example leakyRelu(tensor([-1, 2]), 0.1) // tensor([-0.1000,  2.0000])
 */
export const leakyRelu = /*#__PURE__*/ sharing(
  /*#__PURE__*/ callable(
    'leakyRelu',
    (x: Tensor, negativeSlope: Operand = 0.01): Tensor => leaky(x, negativeSlope),
    [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('negativeSlope', kinds.operand)],
    {},
  ),
  leaky,
);

const eluOf = /*#__PURE__*/ binary('elu', {
  operands: 'float',
  expr: (x, alpha) => {
    const above = s.gt(x, 0);
    // The exponential of min(x, 0): for positive x it would overflow, and its gradient with it.
    return s.select(above, x, s.mul(s.expm1(s.select(above, 0, x)), alpha));
  },
  // With e^x, because alpha + result would cancel.
  vjp: (g, [x, alpha]) => {
    const above = s.gt(x, 0);
    // Not x at 0: the second derivative there is 0 in PyTorch.
    const slope = s.mul(alpha, s.exp(s.select(s.ge(x, 0), 0, x)));
    const below = s.select(above, 0, x);
    return [
      s.add(s.select(above, g, 0), s.select(above, 0, s.mul(g, slope))),
      s.mul(g, s.expm1(below)),
    ];
  },
  samples: { torch: 'torch.where(a > 0, a, torch.expm1(torch.where(a > 0, 0, a)) * b)' },
});

/**
 * `x` if positive, otherwise `alpha · (eˣ - 1)` (PyTorch: `F.elu`).
 *
 * @example elu(tensor([-1, 2])) // tensor([-0.6321,  2.0000])
 */
export const elu = /*#__PURE__*/ sharing(
  /*#__PURE__*/ callable(
    'elu',
    (x: Tensor, alpha: Operand = 1): Tensor => eluOf(x, alpha),
    [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('alpha', kinds.operand)],
    {},
  ),
  eluOf,
);

const softplusOf = /*#__PURE__*/ ternary('softplus', {
  operands: 'float',
  expr: (x, beta, threshold) => {
    const z = s.mul(x, beta);
    return s.select(s.gt(z, threshold), x, s.div(s.log1p(s.exp(z)), beta));
  },
  // The derivative is the sigmoid, which is finite where e^z is not.
  vjp: (g, [x, beta, threshold]) => {
    const z = s.mul(x, beta);
    const [slope] = sigmoids(z);
    return [s.select(s.gt(z, threshold), g, s.mul(g, slope)), null, null];
  },
});

/**
 * `log(1 + e^(beta·x)) / beta`, a smooth relu; `x` itself if `beta·x > threshold` (PyTorch: `F.softplus`).
 *
 * @example softplus(tensor([0])) // tensor([0.6931])
 */
export const softplus = /*#__PURE__*/ callable(
  'softplus',
  (x: Tensor, beta: number = 1, threshold: number = 20): Tensor => softplusOf(x, beta, threshold),
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may('beta', kinds.number),
    /*#__PURE__*/ may('threshold', kinds.number),
  ],
  {},
);

/**
 * `min(max(x, 0), 6)` (PyTorch: `F.relu6`).
 *
 * @example relu6(tensor([-1, 8])) // tensor([0., 6.])
 */
export const relu6 = /*#__PURE__*/ unary('relu6', {
  // Not max(x, 0): -0 is kept.
  expr: (x) => s.select(s.lt(x, 0), 0, s.select(s.gt(x, 6), 6, x)),
  vjp: (g, [x]) => [s.select(s.and(s.gt(x, 0), s.lt(x, 6)), g, 0)],
  samples: { torch: 'F.relu6(a)', ranges: [[-3, 9]] },
});

/**
 * `x / (1 + |x|)` (PyTorch: `F.softsign`).
 *
 * @example softsign(tensor([1])) // tensor([0.5000])
 */
export const softsign = /*#__PURE__*/ unary('softsign', {
  operands: 'float',
  expr: (x) => s.div(x, s.add(s.abs(x), 1)),
  keeps: { inputsOnly: true },
  samples: { torch: 'F.softsign(a)' },
});

/**
 * `x · tanh(softplus(x))` (PyTorch: `F.mish`; Misra 2019).
 *
 * @example mish(tensor([0])) // tensor([0.])
 */
export const mish = /*#__PURE__*/ unary('mish', {
  operands: 'float',
  // With w = e^x, tanh(log(1 + w)) is n / (n + 2) for n = w (w + 2), which does not cancel; it is 1 from 20 on.
  expr: (x) => {
    const w = s.exp(s.min(x, 20));
    const n = s.mul(w, s.add(w, 2));
    return s.mul(x, s.div(n, s.add(n, 2)));
  },
  vjp: (g, [x]) => {
    const w = s.exp(s.min(x, 20));
    const n = s.fma(w, s.add(w, 2), 2);
    const a = bounded(x, -1000, 64);
    const sum = s.fma(s.mul(s.add(w, 1), 4), a, s.mul(s.add(w, 2), n));
    const slope = s.div(s.mul(w, s.div(sum, n)), n);
    return [s.mul(g, s.select(s.gt(a, 20), 1, slope))];
  },
  samples: { torch: 'F.mish(a)' },
});

/** Throws for negative limits with uint8, which would wrap to large numbers; so does PyTorch. */
function refuseBelow(name: string, x: unknown, limit: unknown): void {
  if (!(x instanceof Tensor && x.dtype === 'uint8') || !(Number(limit) < 0)) return;
  throw new ValueError(
    `${name}: the limit ${limit} is out of range for uint8; use x.to('int32'), or a limit from 0 to 255`,
  );
}

const hardtanhOf = /*#__PURE__*/ ternary('hardtanh', {
  refuse: (name, [x, low]) => refuseBelow(name, x, low),
  expr: (x, low, high) => s.min(s.max(x, low), high),
  vjp: (g, [x, low, high]) => [s.select(s.and(s.gt(x, low), s.lt(x, high)), g, 0), null, null],
});
const hardtanhPlain = /*#__PURE__*/ unary('hardtanh', {
  refuse: (name, [x]) => refuseBelow(name, x, -1),
  expr: (x) => s.min(s.max(x, -1), 1),
  vjp: (g, [x]) => [s.select(s.and(s.gt(x, -1), s.lt(x, 1)), g, 0)],
  samples: { torch: 'F.hardtanh(a)' },
});

/**
 * Limits elements to `[minVal, maxVal]` (PyTorch: `F.hardtanh`).
 *
 * @throws ValueError if `minVal` is greater than `maxVal`, or below 0 for uint8.
 * @example hardtanh(tensor([-2, 0.5])) // tensor([-1.0000,  0.5000])
 */
export const hardtanh = /*#__PURE__*/ sharing(
  /*#__PURE__*/ callable(
    'hardtanh',
    (x: Tensor, minVal: number = -1, maxVal: number = 1): Tensor => {
      if (minVal > maxVal) {
        throw new ValueError(
          `hardtanh: minVal ${minVal} must not be greater than maxVal ${maxVal}`,
        );
      }
      return minVal === -1 && maxVal === 1 ? hardtanhPlain(x) : hardtanhOf(x, minVal, maxVal);
    },
    [
      /*#__PURE__*/ need('x', kinds.tensor),
      /*#__PURE__*/ may('minVal', kinds.number),
      /*#__PURE__*/ may('maxVal', kinds.number),
    ],
    {},
  ),
  hardtanhPlain,
);

/**
 * `x · min(max(x + 3, 0), 6) / 6` (PyTorch: `F.hardswish`).
 *
 * @example hardswish(tensor([1])) // tensor([0.6667])
 */
export const hardswish = /*#__PURE__*/ unary('hardswish', {
  operands: 'float',
  keeps: { compares: true },
  expr: (x) => s.div(s.mul(x, s.min(s.max(s.add(x, 3), 0), 6)), 6),
  vjp: (g, [a]) => {
    const x = a;
    const outside = s.select(s.le(x, -3), 0, s.select(s.ge(x, 3), g, s.constant(NaN, g.dtype)));
    // Compared this way round, NaN counts as outside, where there is no second derivative.
    const inside = s.and(s.gt(x, -3), s.lt(x, 3));
    return [s.select(inside, s.mul(g, s.add(s.div(x, 3), 0.5)), outside)];
  },
  samples: { torch: 'F.hardswish(a)', ranges: [[-5, 5]] },
});

/**
 * A scaled `elu` that preserves mean and variance (PyTorch: `F.selu`; Klambauer et al. 2017).
 *
 * @example selu(tensor([1])) // tensor([1.0507])
 */
export const selu = /*#__PURE__*/ unary('selu', {
  operands: 'float',
  expr: (x) => {
    const [alpha, scale] = [1.6732632423543772, 1.0507009873554805];
    return s.select(s.gt(x, 0), s.mul(x, scale), s.mul(s.expm1(x), alpha * scale));
  },
  // With e^x of min(x, 0), which stays finite; alpha + result would cancel.
  vjp: (g, [x]) => {
    const [alpha, scale] = [1.6732632423543772, 1.0507009873554805];
    // Not x at 0: the second derivative there is 0 in PyTorch.
    const power = s.exp(s.select(s.ge(x, 0), 0, x));
    const above = s.gt(x, 0);
    return [s.mul(g, s.select(above, s.constant(scale, g.dtype), s.mul(power, alpha * scale)))];
  },
  samples: { torch: 'F.selu(a)' },
});
