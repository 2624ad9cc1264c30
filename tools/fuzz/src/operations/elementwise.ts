// Elementwise operators: of one, two and three operands, with numbers among them, and their in-place forms.
import { isFloat, type Tensor } from '@dl/core';
import { type Draw, isLive, type Live, NoFit, type Wanted } from '../draw.js';
import type { Value } from '../program.js';
import { type Call, type Row, rows } from './row.js';

const finite = (x: Tensor): boolean => x.count < 5000;

/** Operators of one tensor: name, exactness, PyTorch's function where it is no method. */
const exactUnary = [
  'neg',
  'abs',
  'sign',
  'square',
  'floor',
  'ceil',
  'trunc',
  'round',
  'frac',
  'relu',
];
const floatUnary = [
  'exp',
  'exp2',
  'expm1',
  'log',
  'log2',
  'log10',
  'log1p',
  'sqrt',
  'rsqrt',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'tanh',
  'asinh',
  'acosh',
  'atanh',
  'erf',
  'erfc',
  'lgamma',
  'digamma',
  'deg2rad',
  'rad2deg',
  'reciprocal',
  'sigmoid',
];
const stepping = new Set([
  'sign',
  'floor',
  'ceil',
  'trunc',
  'round',
  'frac',
  'digamma',
  'tan',
  'lgamma',
  // At the ends of their domains, NaN beyond.
  'asin',
  'acos',
  'acosh',
  'atanh',
]);
const activations = [
  'silu',
  'relu6',
  'softsign',
  'mish',
  'hardtanh',
  'hardswish',
  'selu',
  'logsigmoid',
];
const tests = ['isnan', 'isinf', 'isfinite', 'logicalNot'];

const call = (...args: Call['args']): Call => ({ args });

const unaryRows: Row[] = [
  ...exactUnary.map(
    (op): Row => ({
      op,
      exact: true,
      ...(op === 'square' ? { int32: 'integers' as const } : {}),
      draw: (d) => call(d.pick()),
    }),
  ),
  ...floatUnary.map(
    (op): Row => ({
      op,
      draw: (d) => call(d.pick((x, l) => isFloat(x.dtype) || (l.exact && d.rng.chance(0.2)))),
    }),
  ),
  ...activations.map(
    (op): Row => ({
      op,
      python: `F.${op}`,
      weight: 0.5,
      draw: (d) => call(d.float()),
    }),
  ),
  ...tests.map((op): Row => ({ op, weight: 0.4, steps: true, draw: (d) => call(d.pick()) })),
  {
    op: 'bitwiseNot',
    exact: true,
    draw: (d) => call(d.pick((x) => !isFloat(x.dtype))),
  },
];

const unary = unaryRows.map((row): Row => (stepping.has(row.op) ? { ...row, steps: true } : row));

/** The second operand: a tensor that broadcasts, or a number. */
function operand(d: Draw, x: Live, wanted: Wanted = () => true): Value | Live {
  if (d.rng.chance(0.3)) {
    return isFloat(x.tensor.dtype)
      ? d.number()
      : d.rng.chance(0.15)
        ? 0.5
        : d.rng.int(x.tensor.dtype === 'uint8' ? 0 : -2, 3);
  }
  return d.partner(x, wanted);
}

const arithmetic = ['add', 'sub', 'mul', 'div'];
const extremes = ['maximum', 'minimum'];
const comparing = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'];
const logical = ['logicalAnd', 'logicalOr', 'logicalXor'];
const bits = ['bitwiseAnd', 'bitwiseOr', 'bitwiseXor'];
const whole: Wanted = (x) => !isFloat(x.dtype);

const binary: Row[] = [
  ...arithmetic.map(
    (op): Row => ({
      op,
      exact: true,
      weight: 3,
      draw: (d) => {
        const x = d.pick(finite);
        const args = [x, operand(d, x)];
        if ((op === 'add' || op === 'sub') && d.rng.chance(0.15))
          return { args, options: { alpha: d.rng.int(2, 3) } };
        return { args };
      },
    }),
  ),
  ...extremes.map(
    (op): Row => ({
      op,
      exact: true,
      draw: (d) => {
        const x = d.pick(finite);
        return call(x, d.partner(x));
      },
    }),
  ),
  ...comparing.map(
    (op): Row => ({
      op,
      steps: true,
      exact: true,
      draw: (d) => {
        const x = d.pick(finite);
        return call(x, operand(d, x));
      },
    }),
  ),
  ...logical.map(
    (op): Row => ({
      op,
      steps: true,
      exact: true,
      weight: 0.5,
      draw: (d) => {
        const x = d.pick(finite);
        return call(x, d.partner(x));
      },
    }),
  ),
  ...bits.map(
    (op): Row => ({
      op,
      exact: true,
      weight: 0.5,
      draw: (d) => {
        const x = d.pick((t) => !isFloat(t.dtype) && finite(t));
        return call(
          x,
          d.rng.chance(0.3) && x.tensor.dtype !== 'bool' ? d.rng.int(0, 7) : d.partner(x, whole),
        );
      },
    }),
  ),
  ...['bitwiseLeftShift', 'bitwiseRightShift'].map(
    (op): Row => ({
      op,
      exact: true,
      weight: 0.8,
      draw: (d) => call(d.integer(finite), d.rng.int(0, 4)),
    }),
  ),
  ...['remainder', 'fmod', 'floorDivide'].map(
    (op): Row => ({
      op,
      exact: true,
      steps: true,
      weight: 0.6,
      draw: (d) => {
        const x = d.pick((t) => t.dtype !== 'bool' && finite(t));
        return call(
          x,
          operand(d, x, (t) => t.dtype !== 'bool'),
        );
      },
    }),
  ),
  {
    op: 'pow',
    finite: true,
    draw: (d) => {
      const x = d.float(finite);
      return call(
        x,
        d.rng.chance(0.7)
          ? d.rng.of([2, 3, 0.5, -1, 1, 0, 1.5, -2])
          : d.partner(x, (t) => isFloat(t.dtype)),
      );
    },
  },
  {
    op: 'atan2',
    weight: 0.5,
    draw: (d) => {
      const x = d.float(finite);
      return call(
        x,
        d.partner(x, (t) => isFloat(t.dtype)),
      );
    },
  },
];

const others: Row[] = [
  {
    op: 'div',
    exact: true,
    steps: true,
    weight: 0.5,
    draw: (d) => {
      const x = d.pick((t) => t.dtype !== 'bool' && finite(t));
      return { args: [x, operand(d, x)], options: { roundingMode: d.rng.of(['trunc', 'floor']) } };
    },
  },
  {
    op: 'lerp',
    draw: (d) => {
      const x = d.float(finite);
      const y = d.partner(x, (t) => t.dtype === x.tensor.dtype);
      return call(
        x,
        y,
        d.rng.chance(0.6) ? d.number() : d.partner(x, (t) => t.dtype === x.tensor.dtype),
      );
    },
  },
  {
    op: 'where',
    exact: true,
    weight: 2,
    form: 'core',
    of: 1,
    python: 'torch.where',
    draw: (d) => {
      const x = d.pick(finite);
      return call(d.mask(x.tensor.shape), x, operand(d, x));
    },
  },
  {
    op: 'maskedFill',
    exact: true,
    draw: (d) => {
      const x = d.pick(finite);
      return call(
        x,
        d.mask(x.tensor.shape),
        isFloat(x.tensor.dtype) ? d.number() : d.rng.int(0, 3),
      );
    },
  },
  {
    op: 'clamp',
    exact: true,
    draw: (d) => {
      const x = d.pick((t) => t.dtype !== 'bool' && finite(t));
      const low = d.rng.int(-2, 1);
      if (d.rng.chance(0.3)) return { args: [x], options: { min: low } };
      return call(x, low, d.rng.int(low, 3));
    },
  },
  {
    op: 'nanToNum',
    exact: true,
    weight: 0.5,
    draw: (d) => ({
      args: [d.float()],
      options: d.options({ nan: () => 1, posinf: () => 2, neginf: () => -2 }),
    }),
  },
  {
    op: 'leakyRelu',
    python: 'F.leaky_relu',
    weight: 0.5,
    draw: (d) => call(d.float(), d.rng.of([0.1, 0.25, 0.5])),
  },
  { op: 'elu', python: 'F.elu', weight: 0.5, draw: (d) => call(d.float(), d.rng.of([1, 0.5])) },
  {
    op: 'gelu',
    python: 'F.gelu',
    weight: 0.7,
    draw: (d) => ({ args: [d.float()], options: { approximate: d.rng.of(['none', 'tanh']) } }),
  },
  {
    op: 'softplus',
    python: 'F.softplus',
    weight: 0.5,
    draw: (d) => call(d.float(), d.rng.of([1, 2])),
  },
];

/** The forms that write to their first operand, where PyTorch has them. */
const functionalInPlace = new Set([
  'silu',
  'relu6',
  'mish',
  'hardtanh',
  'hardswish',
  'selu',
  'leakyRelu',
  'elu',
]);
const withoutInPlace = new Set([
  'gelu',
  'softplus',
  'softsign',
  'logsigmoid',
  'isnan',
  'isinf',
  'isfinite',
  'where',
  'maximum',
  'minimum',
]);

/** They give no gradients, and PyTorch's in-place forms keep a history all the same. */
const constant = new Set([...comparing, ...logical, ...tests]);

/** Whether an operand lies in the target's memory where PyTorch does not look: what it reads then is no promise. */
const meetsUnseen = (target: Tensor, x: Tensor): boolean =>
  target !== x && target.storage === x.storage && !(target.isContiguous() && x.isContiguous());

function inPlace(row: Row): Row[] {
  if (withoutInPlace.has(row.op) || (row.op === 'div' && row.steps)) return [];
  const { python, form: _, ...rest } = row;
  return [
    {
      ...rest,
      op: `${row.op}_`,
      writes: true,
      ...(constant.has(row.op) ? { constant: true as const } : {}),
      weight: (row.weight ?? 1) * 0.8,
      ...(functionalInPlace.has(row.op)
        ? { python: (c) => `${String(python)}(${c.rest(0)}, inplace=True)` }
        : {}),
      draw: (d) => {
        const drawn = row.draw(d);
        const [self, ...operands] = drawn.args;
        // The row's own choice of the target, unless it cannot be written to.
        const shape =
          typeof self === 'object' && self !== null && 'tensor' in self ? self.tensor : null;
        const target = d.target(
          (x) =>
            shape === null ||
            (x.ndim >= shape.ndim &&
              x.dtype === shape.dtype &&
              x.shape.join() === shape.shape.join()),
        );
        if (operands.some((x) => isLive(x) && meetsUnseen(target.tensor, x.tensor)))
          throw new NoFit();
        return { ...drawn, args: [target, ...operands] };
      },
    },
  ];
}

const plain = [...unary, ...binary, ...others];

export const elementwise = rows({ int32: 'numbers' }, plain);
export const elementwiseInPlace = rows({}, plain.flatMap(inPlace));
