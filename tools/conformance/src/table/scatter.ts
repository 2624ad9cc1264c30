// Scatter with a reduction, and comparisons that take several arguments.

import * as dl from '@dl/core';
import { A, B, C, f, given, type Row, whole } from './row.js';

const reductions = ['sum', 'prod', 'mean', 'amax', 'amin'] as const;

const index = whole([0, 2, 1, 1, 0, 2, 2, 2, 0], [3, 3]);

export const scatterRows: readonly Row[] = [
  ...reductions.flatMap((reduce) =>
    [true, false].flatMap((includeSelf): Row[] => {
      const python = includeSelf ? 'True' : 'False';
      return [0, 1].map((dim) => ({
        operator: 'scatterReduce',
        name: `${reduce}-${includeSelf ? 'with' : 'without'}-self-${dim}`,
        torch: `torch.scatter_reduce(a, ${dim}, b.long(), c, '${reduce}', include_self=${python})`,
        inputs: [f(3, 3), index, f(3, 3)],
        run: (x) => dl.scatterReduce(A(x), dim, B(x), C(x), reduce, { includeSelf }),
      }));
    }),
  ),
  {
    operator: 'scatterReduce',
    name: 'prod-zero',
    torch: "torch.scatter_reduce(a, 0, b.long(), c, 'prod')",
    inputs: [given([2, 3]), whole([0, 0, 1, 1]), given([0, 5, 3, 2])],
    order: 1,
    run: (x) => dl.scatterReduce(A(x), 0, B(x), C(x), 'prod'),
  },
  {
    operator: 'scatterReduce',
    name: 'amax-ties',
    torch: "torch.scatter_reduce(a, 0, b.long(), c, 'amax')",
    inputs: [given([2, 3]), whole([0, 0, 1, 1]), given([2, 2, 5, 5])],
    order: 1,
    smooth: false,
    run: (x) => dl.scatterReduce(A(x), 0, B(x), C(x), 'amax'),
  },
  {
    operator: 'nanToNum',
    name: 'defaults',
    torch: 'torch.nan_to_num(a)',
    inputs: [given([1, Number.NaN, Infinity, -Infinity])],
    order: 0,
    run: (x) => dl.nanToNum(A(x)),
  },
  {
    operator: 'nanToNum',
    name: 'given',
    torch: 'torch.nan_to_num(a, 3.5, 7.0, -9.0)',
    inputs: [given([1, Number.NaN, Infinity, -Infinity])],
    order: 0,
    run: (x) => dl.nanToNum(A(x), 3.5, 7, -9),
  },
  {
    operator: 'nanToNum',
    name: 'gradient',
    torch: 'torch.nan_to_num(a)',
    inputs: [f(4)],
    run: (x) => dl.nanToNum(A(x)),
  },
  {
    operator: 'nanToNum',
    name: 'integers',
    torch: 'torch.nan_to_num(a)',
    inputs: [whole([1, 2])],
    order: 0,
    run: (x) => dl.nanToNum(A(x)),
  },
  {
    operator: 'isclose',
    name: 'plain',
    torch: 'torch.isclose(a, b)',
    inputs: [
      given([1, 1, 0, Infinity, Number.NaN, 5]),
      given([1.000001, 1.1, 1e-9, Infinity, Number.NaN, -Infinity]),
    ],
    order: 0,
    run: (x) => dl.isclose(A(x), B(x)),
  },
  {
    operator: 'isclose',
    name: 'nan-and-tolerances',
    torch: 'torch.isclose(a, b, rtol=0.2, atol=0.1, equal_nan=True)',
    inputs: [given([1, 1, Number.NaN]), given([1.3, 1.2, Number.NaN])],
    order: 0,
    run: (x) => dl.isclose(A(x), B(x), { rtol: 0.2, atol: 0.1, equalNan: true }),
  },
  ...[0, 1].map(
    (shift): Row => ({
      operator: 'equal',
      name: `shift-${shift}`,
      torch: `torch.tensor(torch.equal(a, a + ${shift}))`,
      inputs: [f(3)],
      order: 0,
      run: (x) => dl.tensor(dl.equal(A(x), A(x).add(shift)), { device: A(x).device }),
    }),
  ),
  {
    operator: 'allclose',
    name: 'yes',
    torch: 'torch.tensor(torch.allclose(a, a + 1e-9))',
    inputs: [f(3)],
    order: 0,
    run: (x) => dl.tensor(dl.allclose(A(x), A(x).add(1e-9)), { device: A(x).device }),
  },
  {
    operator: 'allclose',
    name: 'no',
    torch: 'torch.tensor(torch.allclose(a, a + 1))',
    inputs: [f(3)],
    order: 0,
    run: (x) => dl.tensor(dl.allclose(A(x), A(x).add(1)), { device: A(x).device }),
  },
];
