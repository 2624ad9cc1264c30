// Running sums, sorting and softmax.
// biome-ignore-all lint/performance/noDynamicNamespaceImportAccess: operators are looked up by name

import * as dl from '@dl/core';
import { A, apart, f, floatDTypes, given, of, type Row, row, whole } from './row.js';

const repeats = given([2, 1, 2, 0, 1, 2, 2, 0], [2, 4]);
const unordered = given([1, NaN, -Infinity, 3, Infinity, NaN, 0, -0], [2, 4]);

export const scanRows: readonly Row[] = [
  row('cumsum', 'first', 'torch.cumsum(a, 0)', (x) => dl.cumsum(A(x), 0), [f(3, 4)], {
    dtypes: floatDTypes,
  }),
  row('cumsum', 'last', 'torch.cumsum(a, -1)', (x) => dl.cumsum(A(x), -1), [f(2, 3, 4)]),
  row('cumsum', 'scalar', 'torch.cumsum(a, 0)', (x) => dl.cumsum(A(x), 0), [f()]),
  row('cumsum', 'empty', 'torch.cumsum(a, 0)', (x) => dl.cumsum(A(x), 0), [f(0, 3)], { order: 1 }),
  row('cumsum', 'int64', 'torch.cumsum(a, 1)', (x) => dl.cumsum(A(x), 1), [of('int64', 3, 4)]),
  row('cumsum', 'int32', 'torch.cumsum(a, 1)', (x) => dl.cumsum(A(x), 1), [of('int32', 3, 4)]),
  row('cumsum', 'uint8', 'torch.cumsum(a, 0)', (x) => dl.cumsum(A(x), 0), [
    whole([200, 100, 3], [3], 'uint8'),
  ]),
  row('cumsum', 'bool', 'torch.cumsum(a, 1)', (x) => dl.cumsum(A(x), 1), [of('bool', 3, 4)]),
  row(
    'cumsum',
    'nan',
    'torch.cumsum(a, 0)',
    (x) => dl.cumsum(A(x), 0),
    [given([1, NaN, 2, Infinity])],
    { order: 0 },
  ),
  row(
    'cumsum',
    'cancelling',
    'torch.cumsum(a, 0)',
    (x) => dl.cumsum(A(x), 0),
    [given([1e8, 1, -1e8, 1])],
    { smooth: false, order: 1 },
  ),
  row('sort', 'last', 'torch.sort(a)', (x) => [...dl.sort(A(x))], [apart(3, 4)], {
    dtypes: floatDTypes,
  }),
  row(
    'sort',
    'first',
    'torch.sort(a, 0, descending=True)',
    (x) => [...dl.sort(A(x), 0, { descending: true })],
    [apart(3, 4)],
  ),
  row(
    'sort',
    'stable',
    'torch.sort(a, dim=1, stable=True)',
    (x) => [...dl.sort(A(x), 1, { stable: true })],
    [repeats],
    { smooth: false },
  ),
  row(
    'sort',
    'stable-descending',
    'torch.sort(a, dim=1, descending=True, stable=True)',
    (x) => [...dl.sort(A(x), 1, { stable: true, descending: true })],
    [repeats],
    { smooth: false },
  ),
  row(
    'sort',
    'unordered',
    'torch.sort(a, dim=1, stable=True)',
    (x) => [...dl.sort(A(x), 1)],
    [unordered],
    { order: 0 },
  ),
  row(
    'sort',
    'unordered-descending',
    'torch.sort(a, dim=1, stable=True, descending=True)',
    (x) => [...dl.sort(A(x), 1, { descending: true })],
    [unordered],
    { order: 0 },
  ),
  row('sort', 'scalar', 'torch.sort(a)', (x) => [...dl.sort(A(x))], [f()]),
  row('sort', 'empty', 'torch.sort(a, 1)', (x) => [...dl.sort(A(x), 1)], [f(0, 3)], { order: 0 }),
  row('sort', 'int64', 'torch.sort(a, dim=0, stable=True)', (x) => [...dl.sort(A(x), 0)], [
    of('int64', 4, 3),
  ]),
  row('sort', 'int32', 'torch.sort(a, dim=0, stable=True)', (x) => [...dl.sort(A(x), 0)], [
    of('int32', 4, 3),
  ]),
  row('sort', 'bool', 'torch.sort(a, dim=0, stable=True)', (x) => [...dl.sort(A(x), 0)], [
    of('bool', 4, 3),
  ]),
  row('argsort', 'last', 'torch.argsort(a)', (x) => dl.argsort(A(x)), [apart(3, 4)]),
  row(
    'argsort',
    'first',
    'torch.argsort(a, dim=0, descending=True)',
    (x) => dl.argsort(A(x), 0, { descending: true }),
    [apart(3, 4)],
  ),
  row('argsort', 'stable', 'torch.argsort(a, dim=1, stable=True)', (x) => dl.argsort(A(x), 1), [
    repeats,
  ]),
  row('topk', 'largest', 'torch.topk(a, 2)', (x) => [...dl.topk(A(x), 2)], [apart(3, 4)], {
    dtypes: floatDTypes,
  }),
  row(
    'topk',
    'smallest',
    'torch.topk(a, 2, 0, largest=False)',
    (x) => [...dl.topk(A(x), 2, 0, { largest: false })],
    [apart(3, 4)],
  ),
  row('topk', 'none', 'torch.topk(a, 0, 1)', (x) => [...dl.topk(A(x), 0, 1)], [apart(3, 4)], {
    order: 0,
  }),
  row('topk', 'all', 'torch.topk(a, 4, 1)', (x) => [...dl.topk(A(x), 4, 1)], [apart(3, 4)]),
  row('topk', 'scalar', 'torch.topk(a, 1)', (x) => [...dl.topk(A(x), 1)], [f()]),
  row('topk', 'int32', 'torch.topk(a, 2)', (x) => [...dl.topk(A(x), 2)], [
    whole([3, 1, 2, 7, 9, 8], [2, 3]),
  ]),
  ...(['softmax', 'logSoftmax'] as const).flatMap((operator) => {
    const t = operator === 'softmax' ? 'torch.softmax' : 'torch.log_softmax';
    const g = dl[operator];
    return [
      row(operator, 'last', `${t}(a, -1)`, (x) => g(A(x), -1), [f(3, 4)], { dtypes: floatDTypes }),
      row(operator, 'first', `${t}(a, 0)`, (x) => g(A(x), 0), [f(3, 4)]),
      row(operator, 'middle', `${t}(a, 1)`, (x) => g(A(x), 1), [f(2, 3, 2)]),
      row(operator, 'scalar', `${t}(a, 0)`, (x) => g(A(x), 0), [f()]),
      row(operator, 'empty', `${t}(a, 0)`, (x) => g(A(x), 0), [f(0, 3)], { order: 1 }),
      row(
        operator,
        'large',
        `${t}(a, 1)`,
        (x) => g(A(x), 1),
        [given([1000, 1001, -1000, 0, 88, 710], [2, 3])],
        { smooth: false },
      ),
      row(
        operator,
        'infinite',
        `${t}(a, 1)`,
        (x) => g(A(x), 1),
        [given([-Infinity, 1, 2, Infinity, 1, 2, -Infinity, -Infinity, -Infinity], [3, 3])],
        { order: 0 },
      ),
    ];
  }),
];
