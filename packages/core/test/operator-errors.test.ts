// Invalid shapes, dtypes and values: every operator refuses them with a message that begins with its name.

import { describe, expect, it } from 'vitest';
import * as dl from '../src/index.js';
import {
  DTypeError,
  IndexError,
  ones,
  ShapeError,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from '../src/index.js';

type Refusal = [call: () => unknown, kind: new (message: string) => Error, message: string];
const int = { dtype: 'int32' } as const;
const bool = { dtype: 'bool' } as const;

const refusals: Record<string, Refusal[]> = {
  tensor: [
    [() => tensor(tensor([1]) as never), DTypeError, 'tensor'],
    [() => tensor([1, [2]] as never), ShapeError, 'tensor'],
    [() => tensor([[1], 2] as never), ShapeError, 'tensor'],
    [() => tensor([1, null] as never), DTypeError, 'got null at'],
    [() => tensor('x' as never), DTypeError, "got 'x' at the top"],
  ],
  fromTypedArray: [
    [
      () => dl.fromTypedArray([1, 2] as never, [2]),
      DTypeError,
      'must be a typed array, not [1, 2]',
    ],
    [
      () => dl.fromTypedArray(Float32Array.of(1, 2), [3]),
      ShapeError,
      'has 3 elements, the array has 2',
    ],
  ],
  arange: [
    [() => dl.arange(Number.NaN), ValueError, 'must be finite, got NaN'],
    [() => dl.arange(0, Infinity), ValueError, 'must be finite, got Infinity'],
    [() => dl.arange(0, 3, 0), ValueError, 'arange'],
  ],
  at: [
    [() => ones([2]).at(0, 0), IndexError, '2 indices for a tensor of 1 dimension (shape [2])'],
    [() => ones([2, 2]).at(0, 0, 0), IndexError, '3 indices for a tensor of 2 dimensions'],
    [() => ones([2]).at(true as never), IndexError, 'at'],
  ],
  set: [
    [() => ones([2]).set([0], ones([2])), ShapeError, 'set'],
    [() => ones([2, 2]).set([0], ones([2, 2])), ShapeError, 'set'],
  ],
  conv2d: [
    [() => dl.conv2d(ones([1, 2, 4, 4]), ones([3, 2, 3])), ShapeError, 'conv2d'],
    [() => dl.conv2d(ones([4, 4]), ones([3, 2, 3, 3])), ShapeError, 'conv2d'],
    [
      () => dl.conv2d(ones([1, 2, 4, 4]), ones([3, 3, 3, 3])),
      ShapeError,
      'an input of 2 channels does not fit',
    ],
    [
      () => dl.conv2d(ones([1, 2, 4, 4]), ones([3, 2, 3, 3]), null, { padding: 'same', stride: 2 }),
      ValueError,
      "padding 'same' needs stride 1",
    ],
    [() => dl.conv2d(ones([1, 2, 4, 4]), ones([3, 2, 3, 3]), ones([2])), ShapeError, 'conv2d'],
  ],
  convTranspose1d: [
    [
      () => dl.convTranspose1d(ones([1, 2, 4]), ones([3, 2, 3])),
      ShapeError,
      'an input of 2 channels does not fit',
    ],
  ],
  einsum: [
    [
      () => dl.einsum('i->j', ones([2])),
      ValueError,
      "the result has a dimension 'j' that no tensor has",
    ],
    [() => dl.einsum('ij->i', ones([2])), ShapeError, 'einsum'],
    [() => dl.einsum('ij...->i...', ones([2])), ShapeError, 'einsum'],
    [() => dl.einsum('ij->ii', ones([2, 2])), ValueError, 'a name occurs twice in the result'],
    [() => dl.einsum('i1', ones([2, 2])), ValueError, 'einsum'],
    [() => dl.einsum('i,i', ones([2])), Error, 'einsum'],
    [() => dl.einsum('i,i', ones([2]), ones([3])), ShapeError, 'einsum'],
  ],
  layerNorm: [
    [() => dl.layerNorm(ones([2, 3]), [2]), ShapeError, 'layerNorm'],
    [() => dl.layerNorm(ones([2, 3]), [3], ones([2])), ShapeError, 'layerNorm'],
    [() => dl.layerNorm(ones([2, 3]).to('int32'), [3]), DTypeError, 'layerNorm'],
  ],
  batchNorm: [
    [
      () => dl.batchNorm(ones([3]), zeros([3]), ones([3])),
      ShapeError,
      'expected [n, channels, …], got shape [3]',
    ],
  ],
  pad: [
    [() => dl.pad(ones([3]), [-2, -2]), ShapeError, 'cropping leaves dimension 0 of [3] empty'],
    [() => dl.pad(ones([1, 3]), [3, 0], { mode: 'reflect' }), ShapeError, 'pad'],
    [() => dl.pad(ones([1, 3]), [4, 0], { mode: 'circular' }), ShapeError, 'pad'],
    [() => dl.pad(ones([1, 3]), [1, 1], { mode: 'mirror' as never }), ValueError, "not 'mirror'"],
  ],
  pooling: [
    [() => dl.maxPool2d(ones([1, 4, 4]), 2, { padding: 2 }), ValueError, 'maxPool2d'],
    [() => dl.maxPool2d(ones([1, 4, 4]), 5), ShapeError, 'a kernel of size 5 does not fit'],
    [() => dl.avgPool1d(ones([4]), 2), ShapeError, 'avgPool1d'],
  ],
  interpolate: [
    [
      () => dl.interpolate(ones([1, 2]), { scaleFactor: 2 }),
      ShapeError,
      'expected 3 or 4 dimensions',
    ],
    [
      () => dl.interpolate(ones([1, 1, 4], int), { scaleFactor: 2, mode: 'linear' }),
      DTypeError,
      'interpolate',
    ],
    [
      () => dl.interpolate(ones([1, 1, 4, 4], int), { size: 2, mode: 'area' }),
      DTypeError,
      'interpolate',
    ],
    [
      () => dl.interpolate(ones([1, 1, 4]), { scaleFactor: 2, mode: 'bilinear' }),
      ValueError,
      'interpolate',
    ],
  ],
  matmul: [
    [
      () =>
        ones([2, 2])
          .to('bool')
          .matmul(ones([2, 2]).to('bool')),
      DTypeError,
      "not defined for bool; use x.to('int32')",
    ],
    [() => ones([2, 3]).matmul(ones([2, 3])), ShapeError, 'matmul'],
  ],
  rearranging: [
    [() => ones([2, 2]).roll([1, 2]), ValueError, 'roll: several shifts need as many dimensions'],
    [() => ones([2, 2]).roll([1, 2], 0), ValueError, 'roll: got 2 shifts for 1 dimensions'],
    [() => dl.rot90(ones([2, 2]), 1, [0]), ValueError, 'rot90: expected 2 dimensions, got 1'],
    [() => dl.rot90(ones([2, 2]), 1, [0, -2]), ValueError, 'rot90: the two dimensions must differ'],
  ],
  elementwise: [
    [() => dl.add(1 as never, 2 as never), DTypeError, 'add: expected a tensor'],
    [() => tensor([true]).neg(), DTypeError, 'neg'],
    [() => dl.bitwiseAnd(ones([1]), ones([1])), DTypeError, 'bitwiseAnd'],
    [() => tensor([1, 2]).add(tensor([1, 2, 3])), ShapeError, 'add'],
  ],
  indexAdd: [
    [
      () => tensor(1).indexAdd_(0, zeros([2], int), ones([])),
      ShapeError,
      'indexAdd_: a scalar has one position, got 2',
    ],
  ],
  reductions: [
    [() => zeros([0]).max(), Error, 'max'],
    [() => zeros([2, 0]).amax(1), Error, 'dimension 1 of shape [2, 0] is empty'],
    [() => zeros([2], int).mean(), DTypeError, 'mean'],
    [
      () => zeros([2], bool).std(),
      DTypeError,
      "std: takes floating-point tensors, got bool; use x.to('float32').std()",
    ],
    [() => zeros([2], bool).var(), DTypeError, "use x.to('float32').var()"],
  ],
};

for (const [operator, list] of Object.entries(refusals)) {
  it(`${operator}: ${list.length} refusals`, () => {
    for (const [i, [call, kind, message]] of list.entries()) {
      let error: unknown = 'nothing was thrown';
      try {
        call();
      } catch (e) {
        error = e;
      }
      expect([i, error]).toEqual([i, expect.any(kind)]);
      expect([i, (error as Error).message]).toEqual([i, expect.stringContaining(message)]);
      expect(error).toBeInstanceOf(dl.DLError);
    }
  });
}

describe('valid edge cases', () => {
  const same = (x: Tensor, wanted: unknown): void => expect(x.toArray()).toEqual(wanted);

  it('full rotations, and rolling by nothing', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    same(dl.rot90(x, 4), x.toArray());
    same(dl.rot90(x, -1), dl.rot90(x, 3).toArray());
    expect(dl.rot90(x, 0)).not.toBe(x);
    expect(zeros([0, 2]).roll(1, 0).shape).toEqual([0, 2]);
    same(tensor([1, 2, 3]).roll(-4), [2, 3, 1]);
  });

  it('shorthands for dtypes and shapes', () => {
    const x = tensor([1.5, 0]);
    expect(
      [x.float(), x.double(), x.int(), x.long(), x.bool(), x.half()].map((y) => [
        y.dtype,
        y.at(0).item(),
      ]),
    ).toEqual([
      ['float32', 1.5],
      ['float64', 1.5],
      ['int32', 1],
      ['int64', 1],
      ['bool', true],
      ['float16', 1.5],
    ]);
    expect(x.expandAs(zeros([3, 2])).shape).toEqual([3, 2]);
    expect(x.to(tensor([1], int)).dtype).toBe('int32');
    expect(x.to('float32')).toBe(x);
    expect(x.to({ dtype: 'float32', copy: true })).not.toBe(x);
    expect(dl.equal(x, tensor([1.5]))).toBe(false);
    same(dl.cumprod(tensor([2, 3], int), 0, { dtype: 'float64' }), [2, 6]);
  });

  it('a last window that starts in the padding is left out (ceilMode)', () => {
    // PyTorch: F.max_pool1d(torch.arange(5.).view(1, 1, 5), 2, 2, 1, ceil_mode=True), and avg_pool1d.
    const x = dl.arange(5).to('float32').view([1, 1, 5]);
    const options = { stride: 2, padding: 1, ceilMode: true };
    same(dl.maxPool1d(x, 2, options).view([-1]), [0, 2, 4]);
    same(dl.avgPool1d(x, 2, options).view([-1]), [0, 1.5, 3.5]);
  });

  it('an average with a custom divisor, and gradients of a matrix without a batch', () => {
    const x = ones([1, 2, 2]).requiresGrad_();
    const y = dl.avgPool2d(x, 2, { divisorOverride: 8 });
    same(y, [[[0.5]]]);
    y.sum().backward();
    same(x.grad as Tensor, [
      [
        [0.125, 0.125],
        [0.125, 0.125],
      ],
    ]);
    same(dl.convTranspose1d(ones([1, 2]), ones([1, 1, 2])), [[1, 2, 1]]);
  });

  it('the gradient of a gather from the start of a larger tensor', () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]).requiresGrad_();
    const index = tensor([[0], [2]], int);
    const source = ones([2, 3]).requiresGrad_();
    zeros([2, 3]).scatterAdd(1, index, source).mul(x).sum().backward();
    same(source.grad as Tensor, [
      [1, 0, 0],
      [6, 0, 0],
    ]);
  });
});
