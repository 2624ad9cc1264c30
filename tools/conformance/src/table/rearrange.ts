// Rearranged, repeated and picked elements, order statistics, and products over named axes.
// biome-ignore-all lint/performance/noDynamicNamespaceImportAccess: operators are looked up by name

import type { Tensor } from '@dl/core';
import * as dl from '@dl/core';
import { apart, f, given, of, type Row, whole } from './row.js';

type Run = (a: Tensor, b: Tensor, c: Tensor) => Tensor | readonly Tensor[];
const row = (
  operator: string,
  name: string,
  torch: string,
  run: Run,
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
const sq = (x: Tensor): Tensor => x.mul(x);
const cube = f(2, 3, 4);

const orders: Row[] = [
  row('movedim', 'one', 'torch.movedim(a * a, 0, -1)', (a) => dl.movedim(sq(a), 0, -1), [cube]),
  row('movedim', 'two', 'torch.movedim(a, (0, 2), (1, 0))', (a) => dl.movedim(a, [0, 2], [1, 0]), [
    cube,
  ]),
  row('unflatten', 'plain', 'a.unflatten(0, (2, 3))', (a) => dl.unflatten(a, 0, [2, 3]), [f(6, 2)]),
  row('unflatten', 'unknown', 'a.unflatten(-1, (2, -1))', (a) => dl.unflatten(a, -1, [2, -1]), [
    f(2, 6),
  ]),
  row('diagonal', 'main', 'torch.diagonal(a * a)', (a) => dl.diagonal(sq(a)), [f(3, 4)]),
  row('diagonal', 'above', 'torch.diagonal(a, 1)', (a) => dl.diagonal(a, 1), [f(3, 4)]),
  row('diagonal', 'below', 'torch.diagonal(a, -1, 0, 2)', (a) => dl.diagonal(a, -1, 0, 2), [cube]),
  row('diagonal', 'outside', 'torch.diagonal(a, 7)', (a) => dl.diagonal(a, 7), [f(3, 4)], {
    order: 1,
  }),
  row('diag', 'vector', 'torch.diag(a * a)', (a) => dl.diag(sq(a)), [f(3)]),
  row('diag', 'vector-above', 'torch.diag(a, 1)', (a) => dl.diag(a, 1), [f(3)]),
  row('diag', 'vector-below', 'torch.diag(a, -2)', (a) => dl.diag(a, -2), [f(2)]),
  row('diag', 'matrix', 'torch.diag(a)', (a) => dl.diag(a), [f(3, 2)]),
  row('unfold', 'overlapping', '(a * a).unfold(0, 3, 1)', (a) => dl.unfold(sq(a), 0, 3, 1), [f(5)]),
  row('unfold', 'steps', 'a.unfold(1, 2, 3)', (a) => dl.unfold(a, 1, 2, 3), [f(2, 6)]),
  row('flip', 'one', 'torch.flip(a * a, (1,))', (a) => dl.flip(sq(a), 1), [f(2, 3)]),
  row('flip', 'two', 'torch.flip(a, (0, -1))', (a) => dl.flip(a, [0, -1]), [cube]),
  row('roll', 'flat', 'torch.roll(a, 2)', (a) => dl.roll(a, 2), [f(2, 3)]),
  row('roll', 'dim', 'torch.roll(a * a, -1, 1)', (a) => dl.roll(sq(a), -1, 1), [f(2, 3)]),
  row('roll', 'two', 'torch.roll(a, (1, 5), (0, 1))', (a) => dl.roll(a, [1, 5], [0, 1]), [f(2, 3)]),
  ...[1, 2, 3, -1].map((k) =>
    row('rot90', `by${k}`, `torch.rot90(a, ${k})`, (a) => dl.rot90(a, k), [f(2, 3)]),
  ),
  row('rot90', 'plane', 'torch.rot90(a, 1, (2, 0))', (a) => dl.rot90(a, 1, [2, 0]), [cube]),
  row('repeat', 'plain', '(a * a).repeat(2, 3)', (a) => dl.repeat(sq(a), [2, 3]), [f(1, 2)]),
  row('repeat', 'front', 'a.repeat(2, 1, 2)', (a) => dl.repeat(a, [2, 1, 2]), [f(2, 2)]),
  row('repeat', 'none', 'a.repeat(0, 2)', (a) => dl.repeat(a, [0, 2]), [f(2)], { order: 1 }),
  row('tile', 'short', 'torch.tile(a, (2,))', (a) => dl.tile(a, [2]), [f(2, 2)]),
  row('tile', 'long', 'torch.tile(a, (2, 1, 2))', (a) => dl.tile(a, [2, 1, 2]), [f(2, 2)]),
  row(
    'repeatInterleave',
    'flat',
    'torch.repeat_interleave(a, 2)',
    (a) => dl.repeatInterleave(a, 2),
    [f(2, 2)],
  ),
  row(
    'repeatInterleave',
    'counts',
    'torch.repeat_interleave(a * a, b.long(), 1)',
    (a, b) => dl.repeatInterleave(sq(a), b, 1),
    [f(2, 3), whole([2, 0, 1])],
  ),
  ...(['tril', 'triu'] as const).flatMap((name) => [
    row(name, 'main', `torch.${name}(a * a)`, (a) => dl[name](sq(a)), [f(3, 4)]),
    row(name, 'above', `torch.${name}(a, 1)`, (a) => dl[name](a, 1), [f(2, 3, 3)]),
    row(name, 'below', `torch.${name}(a, -1)`, (a) => dl[name](a, -1), [f(3, 3)]),
    row(name, 'int32', `torch.${name}(a)`, (a) => dl[name](a), [of('int32', 3, 3)]),
    row(name, 'bool', `torch.${name}(a)`, (a) => dl[name](a), [of('bool', 3, 3)]),
  ]),
  row('meshgrid', 'ij', "torch.meshgrid(a, b, indexing='ij')", (a, b) => dl.meshgrid([a, b]), [
    f(2),
    f(3),
  ]),
  row(
    'meshgrid',
    'xy',
    "torch.meshgrid(a, b, c, indexing='xy')",
    (a, b, c) => dl.meshgrid([a, b, c], { indexing: 'xy' }),
    [f(2), f(3), f(2)],
  ),
  row(
    'asStrided',
    'overlapping',
    '(a * a).as_strided((2, 3), (1, 2), 0)',
    (a) => dl.asStrided(sq(a), [2, 3], [1, 2], 0),
    [f(2, 3)],
  ),
];

const picks: Row[] = [
  row(
    'maskedSelect',
    'plain',
    'torch.masked_select(a * a, b)',
    (a, b) => dl.maskedSelect(sq(a), b),
    [f(2, 3), of('bool', 2, 3)],
  ),
  row('maskedSelect', 'broadcast', 'torch.masked_select(a, b)', (a, b) => dl.maskedSelect(a, b), [
    f(2, 1),
    whole([1, 0, 1], [3], 'bool'),
  ]),
  row('nonzero', 'matrix', 'torch.nonzero(a)', (a) => dl.nonzero(a), [
    whole([0, 1, 2, 0, 0, 3], [2, 3]),
  ]),
  row('nonzero', 'none', 'torch.nonzero(a)', (a) => dl.nonzero(a), [whole([0, 0])]),
  row('nonzero', 'scalar', 'torch.nonzero(a)', (a) => dl.nonzero(a), [whole([5], [])]),
  row(
    'takeAlongDim',
    'dim',
    'torch.take_along_dim(a, b.long(), 1)',
    (a, b) => dl.takeAlongDim(a, b, 1),
    [f(2, 3), whole([2, 0], [1, 2])],
  ),
  row(
    'takeAlongDim',
    'flat',
    'torch.take_along_dim(a, b.long())',
    (a, b) => dl.takeAlongDim(a, b),
    [f(2, 3), whole([5, 0, 3])],
  ),
  row('take', 'plain', 'torch.take(a * a, b.long())', (a, b) => dl.take(sq(a), b), [
    f(2, 3),
    whole([5, -1, 0, 3], [2, 2]),
  ]),
  row(
    'indexAdd_',
    'rows',
    '(a * a).index_add_(0, b, c)',
    (a, b, c) => dl.indexAdd_(sq(a), 0, b, c),
    [f(3, 2), whole([2, 0, 2]), f(3, 2)],
  ),
  row(
    'indexAdd',
    'alpha',
    'torch.index_add(a, 1, b, c, alpha=2)',
    (a, b, c) => dl.indexAdd(a, 1, b, c, { alpha: 2 }),
    [f(2, 3), whole([1, 1]), f(2, 2)],
  ),
  row(
    'scatter',
    'plain',
    'torch.scatter(a * a, 1, b.long(), c)',
    (a, b, c) => dl.scatter(sq(a), 1, b, c),
    [f(2, 3), whole([2, 0], [2, 1]), f(2, 1)],
  ),
  row('scatter', 'number', 'torch.scatter(a, 0, b.long(), 5.0)', (a, b) => dl.scatter(a, 0, b, 5), [
    f(3),
    whole([2, 0]),
  ]),
  row(
    'scatter',
    'add',
    "torch.scatter(a, 0, b.long(), c, reduce='add')",
    (a, b, c) => dl.scatter(a, 0, b, c, { reduce: 'add' }),
    [f(3), whole([2, 2]), f(2)],
    { order: 0 },
  ),
  row(
    'scatter',
    'multiply',
    "torch.scatter(a, 0, b.long(), c, reduce='multiply')",
    (a, b, c) => dl.scatter(a, 0, b, c, { reduce: 'multiply' }),
    [f(3), whole([2, 2]), f(2)],
    { order: 0 },
  ),
  row(
    'scatter_',
    'plain',
    '(a * a).scatter_(0, b.long(), c)',
    (a, b, c) => dl.scatter_(sq(a), 0, b, c),
    [f(3, 2), whole([2, 0], [1, 2]), f(1, 2)],
  ),
  row(
    'scatterAdd',
    'plain',
    'torch.scatter_add(a * a, 0, b.long(), c)',
    (a, b, c) => dl.scatterAdd(sq(a), 0, b, c),
    [f(3), whole([2, 0, 2]), f(3)],
  ),
  row(
    'scatterAdd',
    'half',
    'torch.scatter_add(a, 0, b.long(), c)',
    (a, b, c) => dl.scatterAdd(a, 0, b, c),
    [f(3), whole([2, 0, 1]), f(3)],
    { dtypes: ['float16', 'bfloat16'] },
  ),
  row('embedding', 'plain', 'F.embedding(a.long(), b * b)', (a, b) => dl.embedding(a, sq(b)), [
    whole([2, 0, 2, 1], [2, 2]),
    f(3, 2),
  ]),
  row(
    'embedding',
    'padding',
    'F.embedding(a.long(), b, padding_idx=2)',
    (a, b) => dl.embedding(a, b, { paddingIdx: 2 }),
    [whole([2, 0, 2, 1]), f(3, 2)],
    { smooth: false },
  ),
];

const statistics: Row[] = [
  row('cumprod', 'last', 'torch.cumprod(a, 1)', (a) => dl.cumprod(a, 1), [f(2, 4)], {
    dtypes: ['float32', 'float64', 'float16'],
  }),
  row('cumprod', 'first', 'torch.cumprod(a, 0)', (a) => dl.cumprod(a, 0), [f(3, 2)]),
  row('cumprod', 'zero', 'torch.cumprod(a, 0)', (a) => dl.cumprod(a, 0), [given([2, 0, 3, 1.5])], {
    order: 1,
  }),
  row(
    'cumprod',
    'zeros',
    'torch.cumprod(a, 1)',
    (a) => dl.cumprod(a, 1),
    [given([2, 0, 3, 0, 0, 1, 2, 3], [2, 4])],
    { order: 1 },
  ),
  row('cumprod', 'int32', 'torch.cumprod(a, 0)', (a) => dl.cumprod(a, 0), [of('int32', 4)]),
  row('cummax', 'plain', 'torch.cummax(a, 1)', (a) => [...dl.cummax(a, 1)], [apart(2, 4)]),
  row(
    'cummax',
    'ties',
    'torch.cummax(a, 0)',
    (a) => [...dl.cummax(a, 0)],
    [given([1, 3, 3, 2, NaN, 5])],
    { order: 0 },
  ),
  row('cummin', 'plain', 'torch.cummin(a, 0)', (a) => [...dl.cummin(a, 0)], [apart(4, 2)]),
  row('cummin', 'int32', 'torch.cummin(a, 0)', (a) => [...dl.cummin(a, 0)], [whole([3, 1, 1, 2])]),
  row('kthvalue', 'plain', 'torch.kthvalue(a, 2)', (a) => [...dl.kthvalue(a, 2)], [apart(2, 4)]),
  row(
    'kthvalue',
    'keepdim',
    'torch.kthvalue(a, 1, 0, keepdim=True)',
    (a) => [...dl.kthvalue(a, 1, 0, { keepdim: true })],
    [apart(3, 2)],
  ),
  row('median', 'all', 'torch.median(a)', (a) => dl.median(a), [apart(2, 3)]),
  row('median', 'dim', 'torch.median(a, 1)', (a) => [...dl.median(a, 1)], [apart(2, 5)]),
  row(
    'median',
    'nan',
    'torch.median(a, 1)',
    (a) => [...dl.median(a, 1)],
    [given([1, NaN, 3, 5, 4, 6], [2, 3])],
    { order: 0 },
  ),
  row('countNonzero', 'all', 'torch.count_nonzero(a)', (a) => dl.countNonzero(a), [
    whole([0, 1, 2, 0], [2, 2]),
  ]),
  row('countNonzero', 'dim', 'torch.count_nonzero(a, 0)', (a) => dl.countNonzero(a, 0), [
    whole([0, 1, 2, 0], [2, 2]),
  ]),
  row(
    'searchsorted',
    'left',
    'torch.searchsorted(a, b)',
    (a, b) => dl.searchsorted(a, b),
    [given([1, 3, 3, 5]), given([0, 3, 4, 9], [2, 2])],
    { order: 0 },
  ),
  row(
    'searchsorted',
    'right',
    'torch.searchsorted(a, b, right=True)',
    (a, b) => dl.searchsorted(a, b, { right: true }),
    [given([1, 3, 3, 5]), given([0, 3, 4, 9])],
    { order: 0 },
  ),
  row(
    'searchsorted',
    'rows',
    'torch.searchsorted(a, b)',
    (a, b) => dl.searchsorted(a, b),
    [given([1, 3, 5, 2, 4, 6], [2, 3]), given([3, 4, 3, 4], [2, 2])],
    { order: 0 },
  ),
  row('bincount', 'plain', 'torch.bincount(a)', (a) => dl.bincount(a), [whole([0, 2, 2, 5])]),
  row(
    'bincount',
    'weights',
    'torch.bincount(a, b)',
    (a, b) => dl.bincount(a, { weights: b }),
    [whole([0, 2, 2]), f(3)],
    { order: 0, dtypes: ['float64'] },
  ),
  row(
    'bincount',
    'length',
    'torch.bincount(a, minlength=4)',
    (a) => dl.bincount(a, { minlength: 4 }),
    [whole([0, 1])],
  ),
  row('unique', 'values', 'torch.unique(a)', (a) => dl.unique(a), [whole([3, 1, 3, 2, 1])]),
  row(
    'unique',
    'everything',
    'torch.unique(a, return_inverse=True, return_counts=True)',
    (a) => dl.unique(a, { returnInverse: true, returnCounts: true }),
    [whole([3, 1, 3, 2, 1, 1], [2, 3])],
  ),
  row('oneHot', 'plain', 'F.one_hot(a.long())', (a) => dl.oneHot(a, 4), [whole([1, 0, 3])]),
  row('oneHot', 'classes', 'F.one_hot(a.long(), 5)', (a) => dl.oneHot(a, 5), [
    whole([1, 0, 3, 1], [2, 2]),
  ]),
];

const named: Row[] = [
  row(
    'einsum',
    'product',
    "torch.einsum('ij,jk->ik', a, b)",
    (a, b) => dl.einsum('ij,jk->ik', a, b),
    [f(2, 3), f(3, 2)],
  ),
  row('einsum', 'implicit', "torch.einsum('ij,kj', a, b)", (a, b) => dl.einsum('ij,kj', a, b), [
    f(2, 3),
    f(2, 3),
  ]),
  row('einsum', 'trace', "torch.einsum('ii', a)", (a) => dl.einsum('ii', a), [f(3, 3)]),
  row('einsum', 'diagonal', "torch.einsum('ii->i', a * a)", (a) => dl.einsum('ii->i', sq(a)), [
    f(3, 3),
  ]),
  row(
    'einsum',
    'three',
    "torch.einsum('bi,ij,bj->b', a, b, c)",
    (a, b, c) => dl.einsum('bi,ij,bj->b', a, b, c),
    [f(2, 3), f(3, 2), f(2, 2)],
  ),
  row(
    'einsum',
    'ellipsis',
    "torch.einsum('...ij,...jk->...ik', a, b)",
    (a, b) => dl.einsum('...ij,...jk->...ik', a, b),
    [f(2, 1, 2, 3), f(2, 3, 2)],
  ),
  row('einsum', 'sum', "torch.einsum('ijk->j', a)", (a) => dl.einsum('ijk->j', a), [cube]),
  row('einsum', 'outer', "torch.einsum('i,j->ij', a, b)", (a, b) => dl.einsum('i,j->ij', a, b), [
    f(2),
    f(3),
  ]),
  row(
    'einsum',
    'elementwise',
    "torch.einsum('ij,ij->ij', a, b)",
    (a, b) => dl.einsum('ij,ij->ij', a, b),
    [f(2, 3), f(2, 3)],
  ),
  row('tensordot', 'number', 'torch.tensordot(a, b, 1)', (a, b) => dl.tensordot(a, b, 1), [
    f(2, 3),
    f(3, 2),
  ]),
  row(
    'tensordot',
    'lists',
    'torch.tensordot(a, b, ([0, 1], [1, 0]))',
    (a, b) =>
      dl.tensordot(a, b, [
        [0, 1],
        [1, 0],
      ]),
    [f(2, 3, 2), f(3, 2, 2)],
  ),
  row('tensordot', 'none', 'torch.tensordot(a, b, 0)', (a, b) => dl.tensordot(a, b, 0), [
    f(2),
    f(3),
  ]),
  row('kron', 'matrices', 'torch.kron(a, b)', (a, b) => dl.kron(a, b), [f(2, 2), f(1, 3)]),
  row('kron', 'ranks', 'torch.kron(a, b)', (a, b) => dl.kron(a, b), [f(2), f(2, 2)]),
  row('addmm', 'plain', 'torch.addmm(a, b, c)', (a, b, c) => dl.addmm(a, b, c), [
    f(2),
    f(2, 3),
    f(3, 2),
  ]),
  row(
    'addmm',
    'scaled',
    'torch.addmm(a, b, c, beta=0.5, alpha=2)',
    (a, b, c) => dl.addmm(a, b, c, { beta: 0.5, alpha: 2 }),
    [f(2, 2), f(2, 3), f(3, 2)],
  ),
  row(
    'addmv',
    'plain',
    'torch.addmv(a, b, c, alpha=2)',
    (a, b, c) => dl.addmv(a, b, c, { alpha: 2 }),
    [f(2), f(2, 3), f(3)],
  ),
  row(
    'baddbmm',
    'plain',
    'torch.baddbmm(a, b, c, beta=0)',
    (a, b, c) => dl.baddbmm(a, b, c, { beta: 0 }),
    [f(2, 2, 2), f(2, 2, 3), f(2, 3, 2)],
  ),
];

export const rearrangeRows: readonly Row[] = [...orders, ...picks, ...statistics, ...named];
