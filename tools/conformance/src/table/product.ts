// Products of matrices and vectors.

import type { Tensor } from '@dl/core';
import * as dl from '@dl/core';
import { f, of, type Row } from './row.js';

const row = (
  operator: string,
  name: string,
  torch: string,
  run: (a: Tensor, b: Tensor, c: Tensor) => Tensor,
  inputs: Row['inputs'],
  more: Partial<Row> = {},
): Row => ({
  operator,
  name,
  torch,
  run: ([a, b, c]) => run(a as Tensor, b as Tensor, c as Tensor),
  inputs,
  ...more,
});
const every = ['float32', 'float64', 'float16', 'bfloat16'] as const;
const two = 'torch.matmul(a, b)';
const linear = 'F.linear(a, b, c)';

export const productRows: readonly Row[] = [
  row('matmul', 'matrices', two, dl.matmul, [f(2, 3), f(3, 4)], { dtypes: every }),
  row('matmul', 'vectors', two, dl.matmul, [f(3), f(3)]),
  row('matmul', 'vector-matrix', two, dl.matmul, [f(3), f(3, 2)]),
  row('matmul', 'matrix-vector', two, dl.matmul, [f(2, 3), f(3)]),
  row('matmul', 'batches', two, dl.matmul, [f(2, 2, 3), f(2, 3, 2)]),
  row('matmul', 'broadcast', two, dl.matmul, [f(2, 1, 2, 3), f(3, 3, 2)]),
  row('matmul', 'broadcast-ones', two, dl.matmul, [f(1, 2, 3), f(2, 3, 2)]),
  row('matmul', 'batch-vector', two, dl.matmul, [f(2, 2, 3), f(3)]),
  row('matmul', 'vector-batch', two, dl.matmul, [f(3), f(2, 3, 2)]),
  row('matmul', 'batch-matrix', two, dl.matmul, [f(2, 2, 3), f(3, 2)]),
  row('matmul', 'matrix-batch', two, dl.matmul, [f(2, 3), f(2, 3, 2)]),
  row('matmul', 'inner-empty', two, dl.matmul, [f(2, 0), f(0, 3)], { order: 1 }),
  row('matmul', 'outer-empty', two, dl.matmul, [f(0, 3), f(3, 2)], { order: 1 }),
  row('matmul', 'batch-empty', two, dl.matmul, [f(0, 2, 3), f(3, 2)], { order: 1 }),
  row('matmul', 'column-row', two, dl.matmul, [f(3, 1), f(1, 4)]),
  row('matmul', 'tiles', two, dl.matmul, [f(9, 7), f(7, 6)], { order: 1, dtypes: ['float32'] }),
  row('matmul', 'int32', two, dl.matmul, [of('int32', 2, 3), of('int32', 3, 2)]),
  row('matmul', 'itself', 'torch.matmul(a, a)', (a) => dl.matmul(a, a), [f(3, 3)]),
  row('matmul', 'gram', 'torch.matmul(a, a.t())', (a) => dl.matmul(a, a.t()), [f(2, 3)]),
  row('mm', 'plain', 'torch.mm(a, b)', dl.mm, [f(2, 3), f(3, 4)]),
  row('bmm', 'plain', 'torch.bmm(a, b)', dl.bmm, [f(2, 2, 3), f(2, 3, 2)]),
  row('mv', 'plain', 'torch.mv(a, b)', dl.mv, [f(2, 3), f(3)]),
  row('dot', 'plain', 'torch.dot(a, b)', dl.dot, [f(4), f(4)], { dtypes: every }),
  row('dot', 'empty', 'torch.dot(a, b)', dl.dot, [f(0), f(0)], { order: 1 }),
  row('outer', 'plain', 'torch.outer(a, b)', dl.outer, [f(2), f(3)]),
  row('linear', 'bias', linear, dl.linear, [f(2, 3), f(4, 3), f(4)], { dtypes: every }),
  row('linear', 'plain', 'F.linear(a, b)', (a, b) => dl.linear(a, b), [f(2, 3), f(4, 3)]),
  row('linear', 'vector', linear, dl.linear, [f(3), f(2, 3), f(2)]),
  row('linear', 'batches', linear, dl.linear, [f(2, 2, 3), f(2, 3), f(2)]),
  row('linear', 'empty', linear, dl.linear, [f(0, 3), f(2, 3), f(2)], { order: 1 }),
  row('linear', 'no-features', linear, dl.linear, [f(2, 0), f(3, 0), f(3)], { order: 1 }),
];
