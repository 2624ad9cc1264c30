// Infinite upstream gradients: an operator's derivative is one factor, so that no NaN arises.
import { expect, it } from 'vitest';
import * as dl from '../src/index.js';
import { type DType, grad, type Tensor, tensor } from '../src/index.js';

const at = [-5, -2.5, -1.2, -0.7, -0.156, 0.3, 0.9, 1.7, 2.6, 4];
const forms: readonly (readonly [string, (x: Tensor) => Tensor])[] = [
  ...Object.entries({
    abs: dl.abs,
    acos: dl.acos,
    acosh: dl.acosh,
    asin: dl.asin,
    asinh: dl.asinh,
    atan: dl.atan,
    atanh: dl.atanh,
    cos: dl.cos,
    cosh: dl.cosh,
    deg2rad: dl.deg2rad,
    digamma: dl.digamma,
    elu: dl.elu,
    erf: dl.erf,
    erfc: dl.erfc,
    exp: dl.exp,
    exp2: dl.exp2,
    expm1: dl.expm1,
    frac: dl.frac,
    gelu: dl.gelu,
    hardswish: dl.hardswish,
    hardtanh: dl.hardtanh,
    leakyRelu: dl.leakyRelu,
    lgamma: dl.lgamma,
    log: dl.log,
    log10: dl.log10,
    log1p: dl.log1p,
    log2: dl.log2,
    logsigmoid: dl.logsigmoid,
    mish: dl.mish,
    nanToNum: dl.nanToNum,
    neg: dl.neg,
    rad2deg: dl.rad2deg,
    reciprocal: dl.reciprocal,
    relu: dl.relu,
    relu6: dl.relu6,
    rsqrt: dl.rsqrt,
    selu: dl.selu,
    sigmoid: dl.sigmoid,
    silu: dl.silu,
    sin: dl.sin,
    sinh: dl.sinh,
    softplus: dl.softplus,
    sqrt: dl.sqrt,
    square: dl.square,
    tan: dl.tan,
    tanh: dl.tanh,
  }),
  ['gelu with the tanh approximation', (x) => dl.gelu(x, { approximate: 'tanh' })],
];

it.each(forms)('%s', (_, f) => {
  for (const dtype of ['float32', 'float64', 'float16'] satisfies DType[]) {
    const x = tensor(at, { dtype, requiresGrad: true });
    const under = (g: number): number[] =>
      grad(f(x), [x], {
        gradOutputs: tensor(
          at.map(() => g),
          { dtype },
        ),
      })[0]?.toArray() as number[];
    const slopes = under(1);
    for (const g of [Infinity, -Infinity]) {
      const found = under(g).map((v, i) => (slopes[i] === 0 ? 0 : v));
      // Skipped where the derivative is 0 or undefined.
      expect(found).toEqual(slopes.map((s) => (s === 0 ? 0 : Math.sign(s) * g)));
    }
  }
});

// PyTorch (2.13): a factor of 0 comes before the product overflows for tanh, after it for sigmoid.
it.each([
  ['sigmoid', [-Infinity, Number.NaN, Infinity]],
  ['tanh', [-Infinity, 0, Infinity]],
] as const)(
  'the second derivative of %s for gradients that multiply to infinity',
  (name, expected) => {
    const x = tensor([-1, 0, 2], { requiresGrad: true });
    const filled = (v: number): Tensor => tensor([v, v, v]);
    const [first] = grad(x[name](), [x], { gradOutputs: filled(-1e21), createGraph: true });
    const [second] = grad(first as Tensor, [x], { gradOutputs: filled(1e21) });
    expect(second?.toArray()).toEqual(expected);
  },
);
