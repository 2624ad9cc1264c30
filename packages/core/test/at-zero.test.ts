// Derivatives of three orders at 0, where formulas with |x| or branches may go wrong.
import { describe, expect, it } from 'vitest';
import { gelu, grad, type Tensor, tensor } from '../src/index.js';
import * as pointwise from '../src/operators/elementwise/all.js';

const root = Math.PI ** -0.5;

/** PyTorch's values (2.13). Operators not listed are undefined at 0, do not accept floats or have no gradient. */
const table: { readonly [name: string]: readonly [number, number, number] } = {
  sigmoid: [0.25, 0, -0.125],
  square: [0, 2, 0],
  neg: [-1, 0, 0],
  abs: [0, 0, 0],
  exp: [1, 1, 1],
  exp2: [Math.LN2, Math.LN2 ** 2, Math.LN2 ** 3],
  expm1: [1, 1, 1],
  log1p: [1, -1, 2],
  sin: [1, 0, -1],
  cos: [0, -1, 0],
  tan: [1, 0, 2],
  asin: [1, 0, 1],
  acos: [-1, 0, -1],
  atan: [1, 0, -2],
  sinh: [1, 0, 1],
  cosh: [0, 1, 0],
  tanh: [1, 0, -2],
  asinh: [1, 0, -1],
  atanh: [1, 0, 2],
  erf: [2 * root, 0, -4 * root],
  erfc: [-2 * root, 0, 4 * root],
  deg2rad: [Math.PI / 180, 0, 0],
  rad2deg: [180 / Math.PI, 0, 0],
  frac: [1, 0, 0],
  nanToNum: [1, 0, 0],
  relu: [0, 0, 0],
  logsigmoid: [0.5, -0.25, 0],
  silu: [0.5, 0.5, 0],
  gelu: [0.5, 0.7978845608028654, 0],
  softplus: [0.5, 0.25, 0],
  softsign: [1, 0, 0],
  mish: [0.6, 0.64, -0.096],
  elu: [1, 0, 0],
  selu: [1.7580993408473766, 0, 0],
  relu6: [0, 0, 0],
  hardtanh: [1, 0, 0],
  hardswish: [0.5, 1 / 3, 0],
  leakyRelu: [0.01, 0, 0],
};

function derivatives(f: (x: Tensor) => Tensor): number[] {
  const x = tensor([0], { dtype: 'float64', requiresGrad: true });
  let y: Tensor | null = f(x);
  return [1, 2, 3].map(() => {
    if (y?.requiresGrad !== true) return 0;
    y = grad(y.sum(), [x], { createGraph: true, allowUnused: true })[0] ?? null;
    return y === null ? 0 : y.item() + 0;
  });
}

function expectClose(got: readonly number[], wanted: readonly number[]): void {
  got.forEach((v, i) => {
    expect(v, `order ${i + 1} of ${got}`).toBeCloseTo(wanted[i], 10);
  });
}

describe('derivatives at 0', () => {
  for (const [name, f] of Object.entries(pointwise)) {
    const unary = f as unknown as (x: Tensor) => Tensor;
    let y: Tensor;
    try {
      y = unary(tensor([0], { dtype: 'float64', requiresGrad: true }));
    } catch {
      continue;
    }
    if (!y.requiresGrad || !Number.isFinite(y.item())) continue;
    const wanted = table[name];
    const first = derivatives(unary)[0];
    if (wanted === undefined && (first === 0 || !Number.isFinite(first))) continue;
    it(name, () => {
      expect(wanted, `${name} has to be in the table`).toBeDefined();
      expectClose(derivatives(unary), wanted ?? []);
    });
  }
  it('gelu with the tanh approximation', () => {
    expectClose(
      derivatives((x) => gelu(x, { approximate: 'tanh' })),
      table.gelu ?? [],
    );
  });
});
