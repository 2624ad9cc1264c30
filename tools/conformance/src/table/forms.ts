// Forms of elementwise operators that the enumeration does not reach: options and plain numbers.

import * as dl from '@dl/core';
import { call, f, given, of, type Row, whole } from './row.js';

const far = given([-200, -50, -20, -1, -0.5, 0.5, 1, 20, 50, 200]);
const kinked = { smooth: false, order: 1 } as const;
const ranged = (low: number, high: number, ...shape: number[]): Row['inputs'][number] => ({
  shape,
  range: [low, high],
});

export const formRows: readonly Row[] = [
  call('abs', 'int64', 'torch.abs(a)', (a) => dl.abs(a), [of('int64', 2, 3)]),
  call('pow', 'int64', 'torch.pow(a, 3)', (a) => dl.pow(a, 3), [of('int64', 2, 3)]),
  call('pow', 'int32-wraps', 'torch.pow(a, 40)', (a) => dl.pow(a, 40), [of('int32', 2, 3)]),
  call('pow', 'int32-tensors', 'torch.pow(a, b)', dl.pow, [
    whole([2, -1, 1, 0, 3, -2]),
    whole([-1, -3, -2, 0, 4, 3]),
  ]),
  call('mul', 'int32-wraps', 'a * b', dl.mul, [
    whole([2 ** 30, -(2 ** 31), 12345678]),
    whole([4, -1, 87654321]),
  ]),
  call('mul', 'int64', 'a * b + 3', (a, b) => dl.mul(a, b).add(3), [
    of('int64', 2, 3),
    of('int64', 3),
  ]),

  call('add', 'alpha', 'torch.add(a, b, alpha=2)', (a, b) => dl.add(a, b, { alpha: 2 }), [
    f(2, 3),
    f(3),
  ]),
  call('add', 'number', 'a + 2', (a) => dl.add(a, 2)),
  call('add', 'int-number', 'a + 2', (a) => dl.add(a, 2), [of('int32', 2, 3)]),
  call('add', 'int-fraction', 'a + 2.5', (a) => dl.add(a, 2.5), [of('int32', 2, 3)]),
  call('add', 'bool-number', 'a + 2', (a) => dl.add(a, 2), [of('bool', 2, 3)]),
  call('add', 'uint8-number', 'a + 250', (a) => dl.add(a, 250), [of('uint8', 2, 3)]),
  call('sub', 'alpha', 'torch.sub(a, b, alpha=0.5)', (a, b) => dl.sub(a, b, { alpha: 0.5 }), [
    f(2, 3),
    f(2, 1),
  ]),
  call('sub', 'from-number', '1 - a', (a) => dl.sub(1, a)),
  call('mul', 'number', 'a * 3', (a) => dl.mul(a, 3)),
  call('mul', 'mixed', 'a * b', dl.mul, [f(2, 3), of('int32', 3)]),
  call('mul', 'float-and-double', 'a * b', dl.mul, [f(2, 3), { shape: [3], dtype: 'float64' }]),
  call('mul', 'double-scalar', 'a * b', dl.mul, [f(2, 3), { shape: [], dtype: 'float64' }], {
    dtypes: ['float32'],
  }),
  call('mul', 'same', 'a * a', (a) => dl.mul(a, a)),
  call(
    'div',
    'floor',
    "torch.div(a, b, rounding_mode='floor')",
    (a, b) => dl.div(a, b, { roundingMode: 'floor' }),
    [ranged(-9, 9, 2, 3), ranged(1, 4, 3)],
    { smooth: true },
  ),
  call(
    'div',
    'trunc',
    "torch.div(a, b, rounding_mode='trunc')",
    (a, b) => dl.div(a, b, { roundingMode: 'trunc' }),
    [ranged(-9, 9, 2, 3), ranged(1, 4, 3)],
  ),
  call(
    'div',
    'int-floor',
    "torch.div(a, b, rounding_mode='floor')",
    (a, b) => dl.div(a, b, { roundingMode: 'floor' }),
    [
      { shape: [12], dtype: 'int32', range: [-9, 9] },
      { shape: [12], dtype: 'int32', range: [1, 4] },
    ],
  ),
  call(
    'div',
    'int-trunc',
    "torch.div(a, b, rounding_mode='trunc')",
    (a, b) => dl.div(a, b, { roundingMode: 'trunc' }),
    [
      { shape: [12], dtype: 'int32', range: [-9, 9] },
      { shape: [12], dtype: 'int32', range: [1, 4] },
    ],
  ),
  call(
    'div',
    'negative-divisor',
    "torch.div(a, b, rounding_mode='floor')",
    (a, b) => dl.div(a, b, { roundingMode: 'floor' }),
    [
      { shape: [12], dtype: 'int32', range: [-9, 9] },
      { shape: [12], dtype: 'int32', range: [-4, -1] },
    ],
  ),
  call(
    'div',
    'floor-special',
    "torch.div(a, b, rounding_mode='floor')",
    (a, b) => dl.div(a, b, { roundingMode: 'floor' }),
    [
      given([1, -1, 0, Infinity, -Infinity, NaN, 5, -5, 0.3, 1]),
      given([0, 0, 0, 2, 2, 1, Infinity, Infinity, 0.1, 0.1]),
    ],
    { order: 0 },
  ),
  call('remainder', 'negative-divisor', 'torch.remainder(a, b)', dl.remainder, [
    ranged(-9, 9, 12),
    ranged(-4, -1, 12),
  ]),
  call('remainder', 'int-negative', 'torch.remainder(a, b)', dl.remainder, [
    { shape: [12], dtype: 'int32', range: [-9, 9] },
    { shape: [12], dtype: 'int32', range: [-4, -1] },
  ]),
  call('fmod', 'negative-divisor', 'torch.fmod(a, b)', dl.fmod, [
    ranged(-9, 9, 12),
    ranged(-4, -1, 12),
  ]),
  call('floorDivide', 'negative-divisor', 'torch.floor_divide(a, b)', dl.floorDivide, [
    { shape: [12], dtype: 'int32', range: [-9, 9] },
    { shape: [12], dtype: 'int32', range: [-4, -1] },
  ]),
  call('pow', 'square', 'torch.pow(a, 2)', (a) => dl.pow(a, 2)),
  call('pow', 'cube', 'torch.pow(a, 3)', (a) => dl.pow(a, 3)),
  call('pow', 'square-at-zero', 'torch.pow(a, 2)', (a) => dl.pow(a, 2), [given([0, -1, 2])]),
  call('pow', 'zeroth', 'torch.pow(a, 0)', (a) => dl.pow(a, 0), [given([0, -1, 2])]),
  call('pow', 'root', 'torch.pow(a, 0.5)', (a) => dl.pow(a, 0.5), [ranged(0.1, 4, 2, 3)]),
  call('pow', 'inverse', 'torch.pow(a, -1)', (a) => dl.pow(a, -1), [ranged(0.5, 4, 2, 3)]),
  call('pow', 'base', 'torch.pow(2, a)', (a) => dl.pow(2, a)),
  call('pow', 'int32', 'torch.pow(a, 3)', (a) => dl.pow(a, 3), [of('int32', 2, 3)]),
  call(
    'pow',
    'negative-base',
    'torch.pow(a, b)',
    dl.pow,
    [given([-2, -2, 0, 0, -1.5]), given([2, 3, 2, 1, 4])],
    kinked,
  ),
  call('clamp', 'both', 'torch.clamp(a, -1, 1)', (a) => dl.clamp(a, -1, 1), [f(3, 4)], {
    dtypes: ['float32', 'float64', 'float16', 'bfloat16'],
  }),
  call('clamp', 'min', 'torch.clamp(a, min=0.5)', (a) => dl.clamp(a, 0.5), [f(3, 4)]),
  call('clamp', 'max', 'torch.clamp(a, max=0.5)', (a) => dl.clamp(a, null, 0.5), [f(3, 4)]),
  call('clamp', 'tensors', 'torch.clamp(a, b, c)', (a, b, c) => dl.clamp(a, b, c), [
    f(3, 4),
    ranged(-2, 0, 4),
    ranged(0, 2, 3, 1),
  ]),
  call('clamp', 'min-tensor', 'torch.clamp(a, min=b)', (a, b) => dl.clamp(a, b), [f(3, 4), f(4)]),
  call('clamp', 'max-tensor', 'torch.clamp(a, max=b)', (a, b) => dl.clamp(a, null, b), [
    f(3, 4),
    f(4),
  ]),
  call(
    'clamp',
    'at-bounds',
    'torch.clamp(a, -1, 1)',
    (a) => dl.clamp(a, -1, 1),
    [given([-1, 1, 0, 2, -2, NaN])],
    kinked,
  ),
  call(
    'clamp',
    'crossed',
    'torch.clamp(a, 1, -1)',
    (a) => dl.clamp(a, 1, -1),
    [given([-2, 0, 2])],
    kinked,
  ),
  call('clamp', 'int32', 'torch.clamp(a, -1, 2)', (a) => dl.clamp(a, -1, 2), [of('int32', 3, 4)]),
  call('gelu', 'tanh', "F.gelu(a, approximate='tanh')", (a) => dl.gelu(a, { approximate: 'tanh' })),
  call(
    'gelu',
    'tanh-far',
    "F.gelu(a, approximate='tanh')",
    (a) => dl.gelu(a, { approximate: 'tanh' }),
    [far],
    kinked,
  ),
  call('leakyRelu', 'default', 'F.leaky_relu(a)', (a) => dl.leakyRelu(a)),
  call('leakyRelu', 'slope', 'F.leaky_relu(a, 0.2)', (a) => dl.leakyRelu(a, 0.2)),
  call(
    'leakyRelu',
    'zero',
    'F.leaky_relu(a, 0.2)',
    (a) => dl.leakyRelu(a, 0.2),
    [given([0, -0, NaN])],
    kinked,
  ),
  call('elu', 'default', 'F.elu(a)', (a) => dl.elu(a)),
  call('elu', 'alpha', 'F.elu(a, 1.5)', (a) => dl.elu(a, 1.5)),
  call('elu', 'far', 'F.elu(a)', (a) => dl.elu(a), [far], kinked),
  call('softplus', 'default', 'F.softplus(a)', (a) => dl.softplus(a), [f(2, 3)], {
    dtypes: ['float32', 'float64', 'float16', 'bfloat16'],
  }),
  call('softplus', 'beta', 'F.softplus(a, 2, 1)', (a) => dl.softplus(a, 2, 1)),
  call('softplus', 'far', 'F.softplus(a)', (a) => dl.softplus(a), [far], kinked),
  call('where', 'numbers', 'torch.where(a > 0, a, -1.0)', (a) => dl.where(a.gt(0), a, -1)),
  call('where', 'both', 'torch.where(a > b, a * b, b)', (a, b) => dl.where(a.gt(b), a.mul(b), b), [
    f(2, 3),
    f(3),
  ]),
  call('where', 'mixed', 'torch.where(a, b, c)', dl.where, [
    of('bool', 2, 3),
    f(3),
    of('int32', 2, 1),
  ]),
  call('maskedFill', 'number', 'a.masked_fill(b, 7)', (a, b) => dl.maskedFill(a, b, 7), [
    f(2, 3),
    of('bool', 2, 3),
  ]),
  call(
    'maskedFill',
    'infinite',
    "a.masked_fill(b, -float('inf'))",
    (a, b) => dl.maskedFill(a, b, -Infinity),
    [f(2, 3), of('bool', 3)],
    { order: 1, smooth: false },
  ),
];
