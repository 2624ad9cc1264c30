// Infinite gradients from above: an operator's own derivative is one factor, so that no NaN is made of it.
import { expect, it } from 'vitest';
import * as dl from '../src/index.js';
import { type DType, grad, type Tensor, tensor } from '../src/index.js';

const at = [-5, -2.5, -1.2, -0.7, -0.156, 0.3, 0.9, 1.7, 2.6, 4];
const names =
  'abs acos acosh asin asinh atan atanh cos cosh deg2rad digamma elu erf erfc exp exp2 expm1 frac gelu hardswish hardtanh leakyRelu lgamma log log10 log1p log2 logsigmoid mish nanToNum neg rad2deg reciprocal relu relu6 rsqrt selu sigmoid silu sin sinh softplus sqrt square tan tanh';
const functions = dl as unknown as { readonly [name: string]: (x: Tensor) => Tensor };
const forms: readonly (readonly [string, (x: Tensor) => Tensor])[] = [
  ...names.split(' ').map((name) => [name, (x: Tensor) => functions[name]?.(x) ?? x] as const),
  ['gelu by tanh', (x) => dl.gelu(x, { approximate: 'tanh' })],
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
      // Where there is no slope, or none is defined, nothing is asked.
      expect(found).toEqual(slopes.map((s) => (s === 0 ? 0 : Math.sign(s) * g)));
    }
  }
});

// PyTorch's (2.13): what is 0 comes before the product overflows for tanh, after it for sigmoid.
it.each([
  ['sigmoid', [-Infinity, Number.NaN, Infinity]],
  ['tanh', [-Infinity, 0, Infinity]],
] as const)(
  'the second derivative of %s where gradients multiply to infinity',
  (name, expected) => {
    const x = tensor([-1, 0, 2], { requiresGrad: true });
    const filled = (v: number): Tensor => tensor([v, v, v]);
    const [first] = grad(x[name](), [x], { gradOutputs: filled(-1e21), createGraph: true });
    const [second] = grad(first as Tensor, [x], { gradOutputs: filled(1e21) });
    expect(second?.toArray()).toEqual(expected);
  },
);
