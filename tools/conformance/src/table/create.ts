// Tensors made from nothing.

import type { DType } from '@dl/core';
import * as dl from '@dl/core';
import type { Row } from './row.js';

const row = (
  operator: string,
  name: string,
  torch: string,
  run: (device: string) => dl.Tensor,
): Row => ({ operator, name, torch, run: (_x, device) => run(device), inputs: [], order: 0 });
const dtypes: readonly DType[] = [
  'float64',
  'float16',
  'bfloat16',
  'int64',
  'int32',
  'uint8',
  'bool',
];

export const creationRows: readonly Row[] = [
  row('logspace', 'plain', 'torch.logspace(-1, 2, 7)', (device) =>
    dl.logspace(-1, 2, 7, { device }),
  ),
  row('logspace', 'base', 'torch.logspace(0, 5, 6, base=2, dtype=torch.float64)', (device) =>
    dl.logspace(0, 5, 6, 2, { device, dtype: 'float64' }),
  ),
  row('zeros', 'plain', 'torch.zeros(2, 3)', (device) => dl.zeros([2, 3], { device })),
  row('ones', 'plain', 'torch.ones(2, 3)', (device) => dl.ones([2, 3], { device })),
  row('full', 'plain', 'torch.full((2,), 7.5)', (device) => dl.full([2], 7.5, { device })),
  row('full', 'boolean', 'torch.full((2,), True)', (device) => dl.full([2], true, { device })),
  ...dtypes.map((dtype) =>
    row('full', dtype, `torch.full((2,), 3, dtype=torch.${dtype})`, (device) =>
      dl.full([2], 3, { device, dtype }),
    ),
  ),
  row('zerosLike', 'plain', 'torch.zeros(2, dtype=torch.int32)', (device) =>
    dl.zerosLike(dl.ones([2], { dtype: 'int32', device })),
  ),
  row('onesLike', 'plain', 'torch.ones(2)', (device) => dl.onesLike(dl.zeros([2], { device }))),
  row('fullLike', 'plain', 'torch.full((2,), 4.)', (device) =>
    dl.fullLike(dl.zeros([2], { device }), 4),
  ),
  row('arange', 'end', 'torch.arange(4).int()', (device) => dl.arange(4, { device })),
  row('arange', 'step', 'torch.arange(1, 8, 3).int()', (device) => dl.arange(1, 8, 3, { device })),
  row('arange', 'back', 'torch.arange(5, 0, -2).int()', (device) =>
    dl.arange(5, 0, -2, { device }),
  ),
  row('arange', 'tenths', 'torch.arange(0, 1, 0.1)', (device) => dl.arange(0, 1, 0.1, { device })),
  row('arange', 'double', 'torch.arange(0.5, 3, 0.7, dtype=torch.float64)', (device) =>
    dl.arange(0.5, 3, 0.7, { device, dtype: 'float64' }),
  ),
  row('arange', 'none', 'torch.arange(0).int()', (device) => dl.arange(0, { device })),
  row('linspace', 'five', 'torch.linspace(0, 1, 5)', (device) => dl.linspace(0, 1, 5, { device })),
  row('linspace', 'thirds', 'torch.linspace(-1, 2, 10)', (device) =>
    dl.linspace(-1, 2, 10, { device }),
  ),
  row('linspace', 'double', 'torch.linspace(-1, 2, 7, dtype=torch.float64)', (device) =>
    dl.linspace(-1, 2, 7, { device, dtype: 'float64' }),
  ),
  row('linspace', 'one', 'torch.linspace(3, 5, 1)', (device) => dl.linspace(3, 5, 1, { device })),
  row('linspace', 'none', 'torch.linspace(3, 5, 0)', (device) => dl.linspace(3, 5, 0, { device })),
  row('linspace', 'int32', 'torch.linspace(0, 9, 4, dtype=torch.int32)', (device) =>
    dl.linspace(0, 9, 4, { device, dtype: 'int32' }),
  ),
  row('eye', 'square', 'torch.eye(3)', (device) => dl.eye(3, { device })),
  row('eye', 'wide', 'torch.eye(2, 4)', (device) => dl.eye(2, 4, { device })),
  row('tensor', 'nested', 'torch.tensor([[1., 2.], [3., 4.]])', (device) =>
    dl.tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { device },
    ),
  ),
  row('tensor', 'bools', 'torch.tensor([True, False])', (device) =>
    dl.tensor([true, false], { device }),
  ),
  row('tensor', 'bigints', 'torch.tensor([1, -2])', (device) => dl.tensor([1n, -2n], { device })),
  row('tensor', 'truncating', 'torch.tensor([1.7, -1.7]).int()', (device) =>
    dl.tensor([1.7, -1.7], { device, dtype: 'int32' }),
  ),
  row('fromArray', 'nested', 'torch.tensor([[1., 2.]])', (device) =>
    dl.fromArray([[1, 2]], { device }),
  ),
  row('fromTypedArray', 'shaped', 'torch.tensor([[1., 2.], [3., 4.]])', (device) =>
    dl.fromTypedArray(new Float32Array([1, 2, 3, 4]), [2, 2], { device }),
  ),
];
