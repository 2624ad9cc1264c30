// Products of matrices and vectors.

import * as dl from '@dl/core';
import { call, f, floatDTypes, of, type Row } from './row.js';

const two = 'torch.matmul(a, b)';
const linear = 'F.linear(a, b, c)';

export const productRows: readonly Row[] = [
  call('matmul', 'matrices', two, dl.matmul, [f(2, 3), f(3, 4)], { dtypes: floatDTypes }),
  call('matmul', 'vectors', two, dl.matmul, [f(3), f(3)]),
  call('matmul', 'vector-matrix', two, dl.matmul, [f(3), f(3, 2)]),
  call('matmul', 'matrix-vector', two, dl.matmul, [f(2, 3), f(3)]),
  call('matmul', 'batches', two, dl.matmul, [f(2, 2, 3), f(2, 3, 2)]),
  call('matmul', 'broadcast', two, dl.matmul, [f(2, 1, 2, 3), f(3, 3, 2)]),
  call('matmul', 'broadcast-ones', two, dl.matmul, [f(1, 2, 3), f(2, 3, 2)]),
  call('matmul', 'batch-vector', two, dl.matmul, [f(2, 2, 3), f(3)]),
  call('matmul', 'vector-batch', two, dl.matmul, [f(3), f(2, 3, 2)]),
  call('matmul', 'batch-matrix', two, dl.matmul, [f(2, 2, 3), f(3, 2)]),
  call('matmul', 'matrix-batch', two, dl.matmul, [f(2, 3), f(2, 3, 2)]),
  call('matmul', 'inner-empty', two, dl.matmul, [f(2, 0), f(0, 3)], { order: 1 }),
  call('matmul', 'outer-empty', two, dl.matmul, [f(0, 3), f(3, 2)], { order: 1 }),
  call('matmul', 'batch-empty', two, dl.matmul, [f(0, 2, 3), f(3, 2)], { order: 1 }),
  call('matmul', 'column-row', two, dl.matmul, [f(3, 1), f(1, 4)]),
  call('matmul', 'tiles', two, dl.matmul, [f(9, 7), f(7, 6)], { order: 1, dtypes: ['float32'] }),
  call('matmul', 'int32', two, dl.matmul, [of('int32', 2, 3), of('int32', 3, 2)]),
  call('matmul', 'itself', 'torch.matmul(a, a)', (a) => dl.matmul(a, a), [f(3, 3)]),
  call('matmul', 'gram', 'torch.matmul(a, a.t())', (a) => dl.matmul(a, a.t()), [f(2, 3)]),
  call('mm', 'plain', 'torch.mm(a, b)', dl.mm, [f(2, 3), f(3, 4)]),
  call('bmm', 'plain', 'torch.bmm(a, b)', dl.bmm, [f(2, 2, 3), f(2, 3, 2)]),
  call('mv', 'plain', 'torch.mv(a, b)', dl.mv, [f(2, 3), f(3)]),
  call('dot', 'plain', 'torch.dot(a, b)', dl.dot, [f(4), f(4)], { dtypes: floatDTypes }),
  call('dot', 'empty', 'torch.dot(a, b)', dl.dot, [f(0), f(0)], { order: 1 }),
  call('outer', 'plain', 'torch.outer(a, b)', dl.outer, [f(2), f(3)]),
  call('linear', 'bias', linear, (a, b, c) => dl.linear(a, b, c), [f(2, 3), f(4, 3), f(4)], {
    dtypes: floatDTypes,
  }),
  call('linear', 'plain', 'F.linear(a, b)', (a, b) => dl.linear(a, b), [f(2, 3), f(4, 3)]),
  call('linear', 'vector', linear, (a, b, c) => dl.linear(a, b, c), [f(3), f(2, 3), f(2)]),
  call('linear', 'batches', linear, (a, b, c) => dl.linear(a, b, c), [f(2, 2, 3), f(2, 3), f(2)]),
  call('linear', 'empty', linear, (a, b, c) => dl.linear(a, b, c), [f(0, 3), f(2, 3), f(2)], {
    order: 1,
  }),
  call('linear', 'no-features', linear, (a, b, c) => dl.linear(a, b, c), [f(2, 0), f(3, 0), f(3)], {
    order: 1,
  }),
];
