// Clipped gradients and parameter vectors against PyTorch's numbers.
import {
  DTypeError,
  fromTypedArray,
  ShapeError,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from '@dl/core';
import { describe, expect, test } from 'vitest';
import * as nn from '../src/index.js';
import goldens from './fixtures/utils.json' with { type: 'json' };
import type { Packed } from './support.js';

const { clipGradNorm_, clipGradValue_, parametersToVector, vectorToParameters } = nn;

function unpack({ shape, dtype, data }: Packed): Tensor {
  const { buffer } = new Uint8Array(Buffer.from(data, 'base64'));
  if (dtype === 'float64') return fromTypedArray(new Float64Array(buffer), shape);
  const x = fromTypedArray(new Float32Array(buffer), shape);
  return dtype === 'float16' ? x.to('float16') : x;
}

/** As torch.testing.assert_close with equal_nan does. */
function expectClose(actual: Tensor | null, packed: Packed | null, what: string): void {
  if (packed === null || actual === null) {
    expect(actual, what).toBe(packed);
    return;
  }
  expect(actual.dtype, what).toBe(packed.dtype);
  expect(actual.shape, what).toEqual(packed.shape);
  const rtol = { float64: 1e-7, float32: 1.3e-6, float16: 1e-3 }[packed.dtype as 'float32'];
  const atol = packed.dtype === 'float64' ? 1e-7 : 1e-5;
  const wide = (x: Tensor): number[] => [...(x.to('float64').contiguous().data() as Float64Array)];
  const b = wide(unpack(packed));
  wide(actual).forEach((v, i) => {
    const wanted = b[i];
    if (Object.is(v, wanted)) return;
    if (!(Math.abs(v - wanted) <= atol + rtol * Math.abs(wanted))) {
      expect.fail(`${what}, element ${i}: ${v}, PyTorch has ${wanted}`);
    }
  });
}

const number = (x: number | string): number => (x === 'inf' ? Infinity : Number(x));
const real = (x: number | string): number => (x === '-inf' ? -Infinity : number(x));

function withGrads(grads: readonly (Packed | null)[]): Tensor[] {
  return grads.map((packed) => {
    if (packed === null) return zeros([2], { requiresGrad: true });
    const grad = unpack(packed);
    const x = zeros(grad.shape, { dtype: grad.dtype, requiresGrad: true });
    x.grad = grad;
    return x;
  });
}

describe('clipGradNorm_', () => {
  test.each(goldens.norms.map((g, i) => [`${i}: to ${g.maxNorm} by ${g.normType}`, g] as const))(
    '%s',
    (_, golden) => {
      const params = withGrads(golden.grads);
      const before = params.map((p) => p.grad);
      const options = { normType: real(golden.normType) };
      const total = clipGradNorm_(params, real(golden.maxNorm), options);
      expectClose(total, golden.total, 'norm');
      expect(total.requiresGrad).toBe(false);
      params.forEach((p, i) => {
        expectClose(p.grad, golden.clipped[i]!, `gradient ${i}`);
        // In place.
        expect(p.grad).toBe(before[i]);
      });
    },
  );

  test('accepts one parameter, any iterable, and parameters without gradients', () => {
    const x = tensor([3, 4], { requiresGrad: true });
    expect(clipGradNorm_(x, 1).item()).toBe(0);
    expect(clipGradNorm_([], 1).dtype).toBe('float32');
    x.grad = tensor([3, 4]);
    expect(clipGradNorm_(x, 10).item()).toBe(5);
    expect(x.grad.toArray()).toEqual([3, 4]);
    expect(clipGradNorm_(new Set([x]), 1).item()).toBe(5);
    expect(clipGradNorm_([x], 10).item()).toBeCloseTo(1, 5);
  });

  test('clips both gradients of one addition independently', () => {
    const [a, b] = [tensor([1, 2], { requiresGrad: true }), tensor([3, 4], { requiresGrad: true })];
    a.add(b).sum().backward();
    clipGradNorm_([a, b], 1);
    expect(a.grad!.toArray()).toEqual(b.grad!.toArray());
    expect(Number(a.grad!.select(0, 0).item())).toBeCloseTo(0.5, 5);
  });

  test('does not overflow in half precision', () => {
    const x = tensor([0, 0], { dtype: 'float16', requiresGrad: true });
    x.grad = tensor([300, 400], { dtype: 'float16' });
    expect(clipGradNorm_(x, 1).item()).toBe(500);
  });

  test('errorIfNonfinite throws and leaves the gradients unchanged', () => {
    for (const bad of [Infinity, Number.NaN]) {
      const x = tensor([1, 2], { requiresGrad: true });
      x.grad = tensor([1, bad]);
      expect(() => clipGradNorm_(x, 1, { errorIfNonfinite: true })).toThrow(ValueError);
      expect(() => clipGradNorm_(x, 1, { errorIfNonfinite: true })).toThrow(
        `clipGradNorm_: the norm of order 2 of the gradients is ${bad}, so they cannot be clipped`,
      );
      expect(x.grad.toArray()).toEqual([1, bad]);
    }
  });
});

describe('clipGradValue_', () => {
  test.each(goldens.values.map((g, i) => [`${i}: to ${g.limit}`, g] as const))(
    '%s',
    (_, golden) => {
      const params = withGrads(golden.grads);
      clipGradValue_(params, golden.limit);
      params.forEach((p, i) => {
        expectClose(p.grad, golden.clipped[i]!, `gradient ${i}`);
      });
    },
  );
});

describe('parametersToVector and vectorToParameters', () => {
  test.each(goldens.vectors.map((g, i) => [i, g] as const))('%i', (_, golden) => {
    const params = golden.params.map((p) => unpack(p).requiresGrad_());
    const vector = parametersToVector(params);
    expectClose(vector, golden.vector, 'vector');
    vector.mul(2).sum().backward();
    for (const p of params)
      expect(new Set([...p.grad!.reshape([-1]).data()])).toEqual(new Set([2]));
    const others = golden.params.map((p) =>
      zeros(p.shape, { dtype: p.dtype as 'float32', requiresGrad: true }),
    );
    const before = others.map((p) => p.storage);
    vectorToParameters(vector, others);
    others.forEach((p, i) => {
      expectClose(p.detach(), golden.params[i], `parameter ${i}`);
      expect([p.isLeaf, p.requiresGrad]).toEqual([true, true]);
      expect(p.storage).toBe(before[i]);
    });
  });

  test('convert the parameters of a module', () => {
    const [a, b] = [new nn.Linear(2, 3), new nn.Linear(2, 3)];
    vectorToParameters(parametersToVector(a.parameters()), b.parameters());
    expect(b.weight.toArray()).toEqual(a.weight.toArray());
    expect(b.bias!.toArray()).toEqual(a.bias!.toArray());
  });

  test('convert parameters that are not contiguous', () => {
    const w = tensor([
      [1, 2],
      [3, 4],
    ])
      .t()
      .detach()
      .requiresGrad_();
    expect(parametersToVector([w]).toArray()).toEqual([1, 3, 2, 4]);
    vectorToParameters(tensor([5, 6, 7, 8]), [w]);
    expect(w.toArray()).toEqual([
      [5, 6],
      [7, 8],
    ]);
  });
});

test('utils has all functions', () => {
  expect(nn.utils).toEqual({
    clipGradNorm_,
    clipGradValue_,
    parametersToVector,
    vectorToParameters,
  });
});

describe('invalid arguments', () => {
  const x = (): Tensor => tensor([1, 2], { requiresGrad: true });
  const bad: [string, () => unknown, string, new (message: string) => Error][] = [
    [
      'no parameters',
      () => clipGradNorm_(3 as never, 1),
      'clipGradNorm_: params must be a list of parameters, such as model.parameters(), not 3',
      ValueError,
    ],
    [
      'null',
      () => clipGradValue_(null as never, 1),
      'clipGradValue_: params must be a list of parameters, such as model.parameters(), not null',
      ValueError,
    ],
    [
      'a number among the parameters',
      () => clipGradNorm_([x(), 3 as never], 1),
      'clipGradNorm_: params must be tensors, but params[1] is 3',
      ValueError,
    ],
    [
      'maxNorm',
      () => clipGradNorm_(x(), -1),
      'clipGradNorm_: maxNorm must be a non-negative number, got -1',
      ValueError,
    ],
    [
      'a missing maxNorm',
      () => clipGradNorm_(x(), undefined as never),
      'clipGradNorm_: maxNorm is missing; it must be a number',
      ValueError,
    ],
    [
      'normType',
      () => clipGradNorm_(x(), 1, { normType: 'inf' as never }),
      "clipGradNorm_: normType must be a number, not 'inf'",
      ValueError,
    ],
    [
      'clipValue',
      () => clipGradValue_(x(), Number.NaN),
      'clipGradValue_: clipValue must be a non-negative number, got NaN',
      ValueError,
    ],
    [
      'nothing',
      () => parametersToVector([]),
      'parametersToVector: params must have at least one parameter',
      ValueError,
    ],
    [
      'a vector that is too long',
      () => vectorToParameters(zeros([3]), [x()]),
      'vectorToParameters: expected a vector of 2 elements, the number of elements of the parameters, got shape [3]',
      ShapeError,
    ],
    ['a matrix', () => vectorToParameters(zeros([2, 1]), [x()]), 'got shape [2, 1]', ShapeError],
    [
      'integers',
      () => vectorToParameters(zeros([2], { dtype: 'int32' }), [x()]),
      'vectorToParameters: the vector must be floating-point, got int32',
      DTypeError,
    ],
    [
      'an array instead of a vector',
      () => vectorToParameters([1, 2] as never, [x()]),
      'vectorToParameters: vector must be a tensor, not [1, 2]',
      DTypeError,
    ],
  ];
  test.each(bad)('%s', (_, body, message, kind) => {
    expect(body).toThrow(message);
    expect(body).toThrow(kind);
  });
});
