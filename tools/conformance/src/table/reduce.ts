// Reductions.
// biome-ignore-all lint/performance/noDynamicNamespaceImportAccess: operators are looked up by name

import * as dl from '@dl/core';
import { A, apart, B, f, floatDTypes, given, of, type Row, row, whole } from './row.js';

const cube = f(2, 3, 4);

const holes = given([1, NaN, 2, NaN, NaN, 0.5, -3, NaN, 4], [3, 3]);
const gone = { order: 1, smooth: false } as const;

const nansums: Row[] = [
  row('nansum', 'all', 'torch.nansum(a)', (x) => dl.nansum(A(x)), [cube], { dtypes: floatDTypes }),
  row('nansum', 'holes', 'torch.nansum(a)', (x) => dl.nansum(A(x)), [holes], {
    ...gone,
    dtypes: floatDTypes,
  }),
  row('nansum', 'dim', 'torch.nansum(a, 1)', (x) => dl.nansum(A(x), 1), [holes], gone),
  row(
    'nansum',
    'kept',
    'torch.nansum(a, (0, 1), keepdim=True)',
    (x) => dl.nansum(A(x), [0, 1], { keepdim: true }),
    [holes],
    gone,
  ),
  row('nansum', 'two', 'torch.nansum(a, (0, 2))', (x) => dl.nansum(A(x), [0, 2])),
  row(
    'nansum',
    'infinite',
    'torch.nansum(a, 0)',
    (x) => dl.nansum(A(x), 0),
    [given([Infinity, NaN, 1, -Infinity, NaN, Infinity], [2, 3])],
    { order: 0 },
  ),
  row('nansum', 'empty', 'torch.nansum(a, 0)', (x) => dl.nansum(A(x), 0), [f(0, 3)]),
  row('nansum', 'scalar', 'torch.nansum(a, 0)', (x) => dl.nansum(A(x), 0), [f()]),
  row('nansum', 'int32', 'torch.nansum(a, 1)', (x) => dl.nansum(A(x), 1), [of('int32', 3, 4)]),
  row('nansum', 'bool', 'torch.nansum(a, 0)', (x) => dl.nansum(A(x), 0), [of('bool', 3, 4)]),
  row(
    'nansum',
    'dtype',
    'torch.nansum(a, 0, dtype=torch.float64)',
    (x) => dl.nansum(A(x), 0, { dtype: 'float64' }),
    [holes],
    gone,
  ),
  row(
    'nansum',
    'whole',
    'torch.nansum(a, 0, dtype=torch.int64)',
    (x) => dl.nansum(A(x), 0, { dtype: 'int64' }),
    [holes],
    { order: 0 },
  ),
];

const sums: Row[] = [
  row('sum', 'all', 'torch.sum(a)', (x) => dl.sum(A(x)), [cube], { dtypes: floatDTypes }),
  row('sum', 'first', 'torch.sum(a, 0)', (x) => dl.sum(A(x), 0), [cube], { dtypes: floatDTypes }),
  row('sum', 'middle', 'torch.sum(a, 1)', (x) => dl.sum(A(x), 1)),
  row('sum', 'last', 'torch.sum(a, -1, keepdim=True)', (x) => dl.sum(A(x), -1, { keepdim: true })),
  row('sum', 'two', 'torch.sum(a, (0, 2))', (x) => dl.sum(A(x), [0, 2])),
  row('sum', 'two-out-of-order', 'torch.sum(a, (2, 0), keepdim=True)', (x) =>
    dl.sum(A(x), [2, 0], { keepdim: true }),
  ),
  row('sum', 'scalar', 'torch.sum(a)', (x) => dl.sum(A(x)), [f()]),
  row('sum', 'scalar-dim', 'torch.sum(a, 0)', (x) => dl.sum(A(x), 0), [f()]),
  row('sum', 'empty', 'torch.sum(a, 0)', (x) => dl.sum(A(x), 0), [f(0, 3)]),
  row('sum', 'empty-kept', 'torch.sum(a, 1)', (x) => dl.sum(A(x), 1), [f(0, 3)]),
  row('sum', 'empty-all', 'torch.sum(a)', (x) => dl.sum(A(x)), [f(0, 3)]),
  row('sum', 'int32', 'torch.sum(a, 1)', (x) => dl.sum(A(x), 1), [of('int32', 3, 4)]),
  row('sum', 'uint8', 'torch.sum(a, 0)', (x) => dl.sum(A(x), 0), [
    whole([200, 100, 250, 3], [4], 'uint8'),
  ]),
  row('sum', 'int64', 'torch.sum(a, 1)', (x) => dl.sum(A(x), 1), [of('int64', 3, 4)]),
  row('sum', 'bool', 'torch.sum(a, 0)', (x) => dl.sum(A(x), 0), [of('bool', 3, 4)]),
  row('sum', 'dtype', 'torch.sum(a, 0, dtype=torch.float64)', (x) =>
    dl.sum(A(x), 0, { dtype: 'float64' }),
  ),
  row('sum', 'many', 'torch.sum(a, 1)', (x) => dl.sum(A(x), 1), [f(2, 1500)], {
    order: 1,
    dtypes: ['float32'],
  }),
  row('sum', 'nan', 'torch.sum(a)', (x) => dl.sum(A(x)), [given([1, NaN, 2])], { smooth: false }),
  ...nansums,
  row('mean', 'all', 'torch.mean(a)', (x) => dl.mean(A(x)), [cube], { dtypes: floatDTypes }),
  row('mean', 'middle', 'torch.mean(a, 1)', (x) => dl.mean(A(x), 1)),
  row('mean', 'two', 'torch.mean(a, (0, 2), keepdim=True)', (x) =>
    dl.mean(A(x), [0, 2], { keepdim: true }),
  ),
  row('mean', 'empty', 'torch.mean(a, 0)', (x) => dl.mean(A(x), 0), [f(0, 3)], {
    smooth: false,
    order: 1,
  }),
  row(
    'mean',
    'dtype',
    'torch.mean(a, 0, dtype=torch.float64)',
    (x) => dl.mean(A(x), 0, { dtype: 'float64' }),
    [of('int32', 3, 4)],
  ),
  row('mean', 'scalar', 'torch.mean(a)', (x) => dl.mean(A(x)), [f()]),
];

const products: Row[] = [
  row('prod', 'all', 'torch.prod(a)', (x) => dl.prod(A(x)), [f(2, 3)], { dtypes: floatDTypes }),
  row('prod', 'dim', 'torch.prod(a, 1)', (x) => dl.prod(A(x), 1)),
  row('prod', 'keepdim', 'torch.prod(a, 0, keepdim=True)', (x) =>
    dl.prod(A(x), 0, { keepdim: true }),
  ),
  row('prod', 'one-zero', 'torch.prod(a)', (x) => dl.prod(A(x)), [given([2, 0, -3, 1.5])]),
  row('prod', 'two-zeros', 'torch.prod(a)', (x) => dl.prod(A(x)), [given([2, 0, -3, 0])]),
  row('prod', 'three-zeros', 'torch.prod(a)', (x) => dl.prod(A(x)), [given([2, 0, 0, 0])]),
  row('prod', 'zeros-in-rows', 'torch.prod(a, 1)', (x) => dl.prod(A(x), 1), [
    given([1, 2, 3, 0, 2, 3, 0, 0, 4, 0, 0, 0], [4, 3]),
  ]),
  row('prod', 'empty', 'torch.prod(a, 0)', (x) => dl.prod(A(x), 0), [f(0, 3)], { order: 1 }),
  row('prod', 'scalar', 'torch.prod(a)', (x) => dl.prod(A(x)), [f()]),
  row('prod', 'int32', 'torch.prod(a, 1)', (x) => dl.prod(A(x), 1), [of('int32', 3, 4)]),
  row('prod', 'int64', 'torch.prod(a, 1)', (x) => dl.prod(A(x), 1), [of('int64', 3, 4)]),
  row('prod', 'bool', 'torch.prod(a, 1)', (x) => dl.prod(A(x), 1), [of('bool', 3, 4)]),
];

const extremes: Row[] = [
  row('amax', 'all', 'torch.amax(a)', (x) => dl.amax(A(x)), [apart(3, 4)], { dtypes: floatDTypes }),
  row(
    'amax',
    'dims',
    'torch.amax(a, (0, 2), keepdim=True)',
    (x) => dl.amax(A(x), [0, 2], { keepdim: true }),
    [apart(2, 3, 4)],
  ),
  row(
    'amax',
    'ties',
    'torch.amax(a, 1)',
    (x) => dl.amax(A(x), 1),
    [given([1, 2, 2, 3, 3, 3], [2, 3])],
    { smooth: false, order: 1 },
  ),
  row(
    'amax',
    'nan',
    'torch.amax(a, 1)',
    (x) => dl.amax(A(x), 1),
    [given([1, NaN, 2, 3, 4, -Infinity], [2, 3])],
    { order: 0 },
  ),
  row('amax', 'int64', 'torch.amax(a, 0)', (x) => dl.amax(A(x), 0), [of('int64', 3, 4)]),
  row('amax', 'int32', 'torch.amax(a, 0)', (x) => dl.amax(A(x), 0), [of('int32', 3, 4)]),
  row('amax', 'bool', 'torch.amax(a, 0)', (x) => dl.amax(A(x), 0), [of('bool', 3, 4)]),
  row('amin', 'all', 'torch.amin(a)', (x) => dl.amin(A(x)), [apart(3, 4)]),
  row('amin', 'dim', 'torch.amin(a, 1)', (x) => dl.amin(A(x), 1), [apart(3, 4)]),
  row(
    'amin',
    'nan',
    'torch.amin(a, 1)',
    (x) => dl.amin(A(x), 1),
    [given([1, NaN, 2, 3, 4, Infinity], [2, 3])],
    { order: 0 },
  ),
  row('amin', 'uint8', 'torch.amin(a, 0)', (x) => dl.amin(A(x), 0), [of('uint8', 3, 4)]),
  row('max', 'all', 'torch.max(a)', (x) => dl.max(A(x)), [apart(3, 4)]),
  row('max', 'all-ties', 'torch.max(a)', (x) => dl.max(A(x)), [given([1, 3, 3, 2])], {
    smooth: false,
    order: 1,
  }),
  row('max', 'dim', 'torch.max(a, 1)', (x) => [...dl.max(A(x), 1)], [apart(3, 4)]),
  row(
    'max',
    'dim-keepdim',
    'torch.max(a, 0, keepdim=True)',
    (x) => [...dl.max(A(x), 0, { keepdim: true })],
    [apart(3, 4)],
  ),
  row(
    'max',
    'dim-ties',
    'torch.max(a, 1)',
    (x) => [...dl.max(A(x), 1)],
    [given([1, 3, 3, 3, 3, 1], [2, 3])],
    { smooth: false, order: 1 },
  ),
  row(
    'max',
    'dim-nan',
    'torch.max(a, 1)',
    (x) => [...dl.max(A(x), 1)],
    [given([1, NaN, 3, NaN, NaN, 1, -Infinity, -Infinity, -Infinity], [3, 3])],
    { order: 0 },
  ),
  row('max', 'scalar-dim', 'torch.max(a, 0)', (x) => [...dl.max(A(x), 0)], [f()]),
  row('max', 'other', 'torch.max(a, b)', (x) => dl.max(A(x), B(x)), [f(2, 3), f(3)]),
  row('max', 'int32', 'torch.max(a, 1)', (x) => [...dl.max(A(x), 1)], [of('int32', 3, 4)]),
  row('min', 'all', 'torch.min(a)', (x) => dl.min(A(x)), [apart(3, 4)]),
  row('min', 'dim', 'torch.min(a, -1)', (x) => [...dl.min(A(x), -1)], [apart(2, 3, 4)]),
  row(
    'min',
    'dim-nan',
    'torch.min(a, 1)',
    (x) => [...dl.min(A(x), 1)],
    [given([1, NaN, 3, NaN, NaN, 1, Infinity, Infinity, Infinity], [3, 3])],
    { order: 0 },
  ),
  row('min', 'other', 'torch.min(a, b)', (x) => dl.min(A(x), B(x)), [f(2, 3), f(2, 1)]),
  row('argmax', 'all', 'torch.argmax(a)', (x) => dl.argmax(A(x)), [apart(3, 4)]),
  row('argmax', 'dim', 'torch.argmax(a, 0)', (x) => dl.argmax(A(x), 0), [apart(3, 4)]),
  row(
    'argmax',
    'keepdim',
    'torch.argmax(a, 1, keepdim=True)',
    (x) => dl.argmax(A(x), 1, { keepdim: true }),
    [apart(3, 4)],
  ),
  row('argmax', 'ties', 'torch.argmax(a, 1)', (x) => dl.argmax(A(x), 1), [
    given([5, 1, 5, 0, 0, 0], [2, 3]),
  ]),
  row('argmax', 'nan', 'torch.argmax(a)', (x) => dl.argmax(A(x)), [given([1, NaN, 7, NaN])]),
  row('argmax', 'scalar', 'torch.argmax(a)', (x) => dl.argmax(A(x)), [f()]),
  row('argmax', 'int32', 'torch.argmax(a, 1)', (x) => dl.argmax(A(x), 1), [
    whole([3, 1, 2, 7, 9, 8], [2, 3]),
  ]),
  row('argmin', 'all', 'torch.argmin(a)', (x) => dl.argmin(A(x)), [apart(3, 4)]),
  row('argmin', 'dim', 'torch.argmin(a, 1)', (x) => dl.argmin(A(x), 1), [apart(3, 4)]),
  row('argmin', 'middle', 'torch.argmin(a, 1)', (x) => dl.argmin(A(x), 1), [apart(2, 3, 4)]),
];

const moments: Row[] = (['variance', 'std'] as const).flatMap((operator) => {
  const t = operator === 'variance' ? 'torch.var' : 'torch.std';
  const g = dl[operator];
  return [
    row(operator, 'all', `${t}(a)`, (x) => g(A(x)), [f(3, 4)], { dtypes: floatDTypes }),
    row(operator, 'dim', `${t}(a, 1)`, (x) => g(A(x), 1), [f(3, 4)]),
    row(operator, 'dims', `${t}(a, (0, 2), keepdim=True)`, (x) =>
      g(A(x), [0, 2], { keepdim: true }),
    ),
    row(operator, 'biased', `${t}(a, 0, correction=0)`, (x) => g(A(x), 0, { correction: 0 }), [
      f(3, 4),
    ]),
    row(operator, 'options-first', `${t}(a, correction=2)`, (x) => g(A(x), { correction: 2 }), [
      f(3, 4),
    ]),
    row(operator, 'one', `${t}(a, 0)`, (x) => g(A(x), 0), [f(1, 3)], { order: 0 }),
    row(operator, 'constant', `${t}(a, 0)`, (x) => g(A(x), 0), [given([2, 2, 2, 2], [2, 2])], {
      order: operator === 'std' ? 1 : 2,
      smooth: false,
    }),
  ];
});

const norms: Row[] = [
  row('norm', 'two', 'torch.norm(a)', (x) => dl.norm(A(x)), [f(3, 4)], { dtypes: floatDTypes }),
  row('norm', 'dim', 'torch.norm(a, 2, 1)', (x) => dl.norm(A(x), 2, 1), [f(3, 4)]),
  row('norm', 'fro', "torch.norm(a, 'fro', (0, 1))", (x) => dl.norm(A(x), 'fro', [0, 1]), [
    f(3, 4),
  ]),
  row(
    'norm',
    'one',
    'torch.norm(a, 1, 0, keepdim=True)',
    (x) => dl.norm(A(x), 1, 0, { keepdim: true }),
    [f(3, 4)],
  ),
  row('norm', 'three', 'torch.norm(a, 3, 1)', (x) => dl.norm(A(x), 3, 1), [f(3, 4)]),
  row('norm', 'one-and-a-half', 'torch.norm(a, 1.5)', (x) => dl.norm(A(x), 1.5), [f(3, 4)]),
  row('norm', 'half', 'torch.norm(a, 0.5, 1)', (x) => dl.norm(A(x), 0.5, 1), [f(3, 4)]),
  row(
    'norm',
    'zero',
    'torch.norm(a, 0, 1)',
    (x) => dl.norm(A(x), 0, 1),
    [given([1, 0, 2, 0, 0, 3], [2, 3])],
    { smooth: false },
  ),
  row('norm', 'infinite', "torch.norm(a, float('inf'), 1)", (x) => dl.norm(A(x), Infinity, 1), [
    { ...apart(3, 4), range: [0.5, 4] },
  ]),
  row('norm', 'least', "torch.norm(a, -float('inf'), 1)", (x) => dl.norm(A(x), -Infinity, 1), [
    { ...apart(3, 4), range: [0.5, 4] },
  ]),
  row(
    'norm',
    'of-zeros',
    'torch.norm(a, 2, 1)',
    (x) => dl.norm(A(x), 2, 1),
    [given([0, 0, 0, 1, 0, 2], [2, 3])],
    { smooth: false, order: 1 },
  ),
  row(
    'norm',
    'three-of-zeros',
    'torch.norm(a, 3, 1)',
    (x) => dl.norm(A(x), 3, 1),
    [given([0, 0, 0, 1, 0, 2], [2, 3])],
    { smooth: false, order: 1 },
  ),
  row(
    'norm',
    'one-of-zeros',
    'torch.norm(a, 1, 1)',
    (x) => dl.norm(A(x), 1, 1),
    [given([0, 0, 0, 1, 0, 2], [2, 3])],
    { smooth: false, order: 1 },
  ),
  row('norm', 'empty', 'torch.norm(a, 2, 0)', (x) => dl.norm(A(x), 2, 0), [f(0, 3)], { order: 0 }),
  row('norm', 'scalar', 'torch.norm(a)', (x) => dl.norm(A(x)), [f()]),
];

const truths: Row[] = (['all', 'any'] as const).flatMap((operator) => [
  row(operator, 'bool', `torch.${operator}(a)`, (x) => dl[operator](A(x)), [of('bool', 2, 3)]),
  row(operator, 'dim', `torch.${operator}(a, 1)`, (x) => dl[operator](A(x), 1), [
    whole([1, 0, 2, 3, 0, 0], [3, 2]),
  ]),
  row(
    operator,
    'keepdim',
    `torch.${operator}(a, 0, keepdim=True)`,
    (x) => dl[operator](A(x), 0, { keepdim: true }),
    [of('bool', 3, 4)],
  ),
  row(operator, 'empty', `torch.${operator}(a)`, (x) => dl[operator](A(x)), [of('bool', 0)]),
  row(operator, 'empty-dim', `torch.${operator}(a, 0)`, (x) => dl[operator](A(x), 0), [
    of('bool', 0, 3),
  ]),
  row(operator, 'empty-kept', `torch.${operator}(a, 1)`, (x) => dl[operator](A(x), 1), [
    of('bool', 0, 3),
  ]),
  row(operator, 'float', `torch.${operator}(a, 1)`, (x) => dl[operator](A(x), 1), [
    given([0.25, NaN, 0, 0, 0.5, 0], [3, 2]),
  ]),
]);

const sumsOfPowers: Row[] = [
  row('logsumexp', 'dim', 'torch.logsumexp(a, 1)', (x) => dl.logsumexp(A(x), 1), [f(3, 4)], {
    dtypes: floatDTypes,
  }),
  row('logsumexp', 'dims', 'torch.logsumexp(a, (0, 2), keepdim=True)', (x) =>
    dl.logsumexp(A(x), [0, 2], { keepdim: true }),
  ),
  row(
    'logsumexp',
    'large',
    'torch.logsumexp(a, 0)',
    (x) => dl.logsumexp(A(x), 0),
    [given([1000, 1000, -1000, 999])],
    { smooth: false },
  ),
  row(
    'logsumexp',
    'infinite',
    'torch.logsumexp(a, 1)',
    (x) => dl.logsumexp(A(x), 1),
    [given([Infinity, 1, -Infinity, -Infinity, NaN, 1, 2, -Infinity], [4, 2])],
    { order: 0 },
  ),
  row('logsumexp', 'empty', 'torch.logsumexp(a, 0)', (x) => dl.logsumexp(A(x), 0), [f(0, 3)], {
    order: 0,
  }),
];

export const reductionRows: readonly Row[] = [
  ...sums,
  ...products,
  ...extremes,
  ...moments,
  ...norms,
  ...truths,
  ...sumsOfPowers,
];
