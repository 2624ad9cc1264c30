// Rearranged, repeated and picked elements, order statistics, and products over named axes.
// biome-ignore-all lint/performance/noDynamicNamespaceImportAccess: operators are looked up by name

import type { Tensor } from '@dl/core';
import * as dl from '@dl/core';
import { apart, call, f, given, of, type Row, whole } from './row.js';

const sq = (x: Tensor): Tensor => x.mul(x);
const cube = f(2, 3, 4);

const orders: Row[] = [
  call('movedim', 'one', 'torch.movedim(a * a, 0, -1)', (a) => dl.movedim(sq(a), 0, -1), [cube]),
  call('movedim', 'two', 'torch.movedim(a, (0, 2), (1, 0))', (a) => dl.movedim(a, [0, 2], [1, 0]), [
    cube,
  ]),
  call('unflatten', 'plain', 'a.unflatten(0, (2, 3))', (a) => dl.unflatten(a, 0, [2, 3]), [
    f(6, 2),
  ]),
  call('unflatten', 'unknown', 'a.unflatten(-1, (2, -1))', (a) => dl.unflatten(a, -1, [2, -1]), [
    f(2, 6),
  ]),
  call('diagonal', 'main', 'torch.diagonal(a * a)', (a) => dl.diagonal(sq(a)), [f(3, 4)]),
  call('diagonal', 'above', 'torch.diagonal(a, 1)', (a) => dl.diagonal(a, 1), [f(3, 4)]),
  call('diagonal', 'below', 'torch.diagonal(a, -1, 0, 2)', (a) => dl.diagonal(a, -1, 0, 2), [cube]),
  call('diagonal', 'outside', 'torch.diagonal(a, 7)', (a) => dl.diagonal(a, 7), [f(3, 4)], {
    order: 1,
  }),
  call('diag', 'vector', 'torch.diag(a * a)', (a) => dl.diag(sq(a)), [f(3)]),
  call('diag', 'vector-above', 'torch.diag(a, 1)', (a) => dl.diag(a, 1), [f(3)]),
  call('diag', 'vector-below', 'torch.diag(a, -2)', (a) => dl.diag(a, -2), [f(2)]),
  call('diag', 'matrix', 'torch.diag(a)', (a) => dl.diag(a), [f(3, 2)]),
  call('unfold', 'overlapping', '(a * a).unfold(0, 3, 1)', (a) => dl.unfold(sq(a), 0, 3, 1), [
    f(5),
  ]),
  call('unfold', 'steps', 'a.unfold(1, 2, 3)', (a) => dl.unfold(a, 1, 2, 3), [f(2, 6)]),
  call('flip', 'one', 'torch.flip(a * a, (1,))', (a) => dl.flip(sq(a), 1), [f(2, 3)]),
  call('flip', 'two', 'torch.flip(a, (0, -1))', (a) => dl.flip(a, [0, -1]), [cube]),
  call('roll', 'flat', 'torch.roll(a, 2)', (a) => dl.roll(a, 2), [f(2, 3)]),
  call('roll', 'dim', 'torch.roll(a * a, -1, 1)', (a) => dl.roll(sq(a), -1, 1), [f(2, 3)]),
  call('roll', 'two', 'torch.roll(a, (1, 5), (0, 1))', (a) => dl.roll(a, [1, 5], [0, 1]), [
    f(2, 3),
  ]),
  ...[1, 2, 3, -1].map((k) =>
    call('rot90', `by${k}`, `torch.rot90(a, ${k})`, (a) => dl.rot90(a, k), [f(2, 3)]),
  ),
  call('rot90', 'plane', 'torch.rot90(a, 1, (2, 0))', (a) => dl.rot90(a, 1, [2, 0]), [cube]),
  call('repeat', 'plain', '(a * a).repeat(2, 3)', (a) => dl.repeat(sq(a), [2, 3]), [f(1, 2)]),
  call('repeat', 'front', 'a.repeat(2, 1, 2)', (a) => dl.repeat(a, [2, 1, 2]), [f(2, 2)]),
  call('repeat', 'none', 'a.repeat(0, 2)', (a) => dl.repeat(a, [0, 2]), [f(2)], { order: 1 }),
  call('tile', 'short', 'torch.tile(a, (2,))', (a) => dl.tile(a, [2]), [f(2, 2)]),
  call('tile', 'long', 'torch.tile(a, (2, 1, 2))', (a) => dl.tile(a, [2, 1, 2]), [f(2, 2)]),
  call(
    'repeatInterleave',
    'flat',
    'torch.repeat_interleave(a, 2)',
    (a) => dl.repeatInterleave(a, 2),
    [f(2, 2)],
  ),
  call(
    'repeatInterleave',
    'counts',
    'torch.repeat_interleave(a * a, b.long(), 1)',
    (a, b) => dl.repeatInterleave(sq(a), b, 1),
    [f(2, 3), whole([2, 0, 1])],
  ),
  ...(['tril', 'triu'] as const).flatMap((name) => [
    call(name, 'main', `torch.${name}(a * a)`, (a) => dl[name](sq(a)), [f(3, 4)]),
    call(name, 'above', `torch.${name}(a, 1)`, (a) => dl[name](a, 1), [f(2, 3, 3)]),
    call(name, 'below', `torch.${name}(a, -1)`, (a) => dl[name](a, -1), [f(3, 3)]),
    call(name, 'int32', `torch.${name}(a)`, (a) => dl[name](a), [of('int32', 3, 3)]),
    call(name, 'bool', `torch.${name}(a)`, (a) => dl[name](a), [of('bool', 3, 3)]),
  ]),
  call('meshgrid', 'ij', "torch.meshgrid(a, b, indexing='ij')", (a, b) => dl.meshgrid([a, b]), [
    f(2),
    f(3),
  ]),
  call(
    'meshgrid',
    'xy',
    "torch.meshgrid(a, b, c, indexing='xy')",
    (a, b, c) => dl.meshgrid([a, b, c], { indexing: 'xy' }),
    [f(2), f(3), f(2)],
  ),
  call(
    'asStrided',
    'overlapping',
    '(a * a).as_strided((2, 3), (1, 2), 0)',
    (a) => dl.asStrided(sq(a), [2, 3], [1, 2], 0),
    [f(2, 3)],
  ),
];

const picks: Row[] = [
  call(
    'maskedSelect',
    'plain',
    'torch.masked_select(a * a, b)',
    (a, b) => dl.maskedSelect(sq(a), b),
    [f(2, 3), of('bool', 2, 3)],
  ),
  call('maskedSelect', 'broadcast', 'torch.masked_select(a, b)', (a, b) => dl.maskedSelect(a, b), [
    f(2, 1),
    whole([1, 0, 1], [3], 'bool'),
  ]),
  call('nonzero', 'matrix', 'torch.nonzero(a)', (a) => dl.nonzero(a), [
    whole([0, 1, 2, 0, 0, 3], [2, 3]),
  ]),
  call(
    'nonzero',
    'tuple',
    'torch.nonzero(a, as_tuple=True)',
    (a) => dl.nonzero(a, { asTuple: true }),
    [whole([0, 1, 2, 0, 0, 3], [2, 3])],
  ),
  call('where', 'positions', 'torch.where(a)', (a) => dl.where(a), [
    whole([0, 1, 2, 0, 0, 3], [2, 3]),
  ]),
  call('where', 'position', 'torch.where(a)', (a) => dl.where(a), [whole([5], [])]),
  call('nonzero', 'none', 'torch.nonzero(a)', (a) => dl.nonzero(a), [whole([0, 0])]),
  call('nonzero', 'scalar', 'torch.nonzero(a)', (a) => dl.nonzero(a), [whole([5], [])]),
  call(
    'takeAlongDim',
    'dim',
    'torch.take_along_dim(a, b.long(), 1)',
    (a, b) => dl.takeAlongDim(a, b, 1),
    [f(2, 3), whole([2, 0], [1, 2])],
  ),
  call(
    'takeAlongDim',
    'flat',
    'torch.take_along_dim(a, b.long())',
    (a, b) => dl.takeAlongDim(a, b),
    [f(2, 3), whole([5, 0, 3])],
  ),
  call('take', 'plain', 'torch.take(a * a, b.long())', (a, b) => dl.take(sq(a), b), [
    f(2, 3),
    whole([5, -1, 0, 3], [2, 2]),
  ]),
  call(
    'indexAdd_',
    'rows',
    '(a * a).index_add_(0, b, c)',
    (a, b, c) => dl.indexAdd_(sq(a), 0, b, c),
    [f(3, 2), whole([2, 0, 2]), f(3, 2)],
  ),
  call(
    'indexAdd',
    'alpha',
    'torch.index_add(a, 1, b, c, alpha=2)',
    (a, b, c) => dl.indexAdd(a, 1, b, c, { alpha: 2 }),
    [f(2, 3), whole([1, 1]), f(2, 2)],
  ),
  call(
    'scatter',
    'plain',
    'torch.scatter(a * a, 1, b.long(), c)',
    (a, b, c) => dl.scatter(sq(a), 1, b, c),
    [f(2, 3), whole([2, 0], [2, 1]), f(2, 1)],
  ),
  call(
    'scatter',
    'number',
    'torch.scatter(a, 0, b.long(), 5.0)',
    (a, b) => dl.scatter(a, 0, b, 5),
    [f(3), whole([2, 0])],
  ),
  call(
    'scatter',
    'add',
    "torch.scatter(a, 0, b.long(), c, reduce='add')",
    (a, b, c) => dl.scatter(a, 0, b, c, { reduce: 'add' }),
    [f(3), whole([2, 2]), f(2)],
    { order: 0 },
  ),
  call(
    'scatter',
    'multiply',
    "torch.scatter(a, 0, b.long(), c, reduce='multiply')",
    (a, b, c) => dl.scatter(a, 0, b, c, { reduce: 'multiply' }),
    [f(3), whole([2, 2]), f(2)],
    { order: 0 },
  ),
  call(
    'scatter_',
    'plain',
    '(a * a).scatter_(0, b.long(), c)',
    (a, b, c) => dl.scatter_(sq(a), 0, b, c),
    [f(3, 2), whole([2, 0], [1, 2]), f(1, 2)],
  ),
  call(
    'scatterAdd',
    'plain',
    'torch.scatter_add(a * a, 0, b.long(), c)',
    (a, b, c) => dl.scatterAdd(sq(a), 0, b, c),
    [f(3), whole([2, 0, 2]), f(3)],
  ),
  call(
    'scatterAdd',
    'half',
    'torch.scatter_add(a, 0, b.long(), c)',
    (a, b, c) => dl.scatterAdd(a, 0, b, c),
    [f(3), whole([2, 0, 1]), f(3)],
    { dtypes: ['float16', 'bfloat16'] },
  ),
  call('embedding', 'plain', 'F.embedding(a.long(), b * b)', (a, b) => dl.embedding(a, sq(b)), [
    whole([2, 0, 2, 1], [2, 2]),
    f(3, 2),
  ]),
  call(
    'embedding',
    'padding',
    'F.embedding(a.long(), b, padding_idx=2)',
    (a, b) => dl.embedding(a, b, { paddingIdx: 2 }),
    [whole([2, 0, 2, 1]), f(3, 2)],
    { smooth: false },
  ),
  call(
    'embedding',
    'frequent',
    'F.embedding(a.long(), b, padding_idx=1, scale_grad_by_freq=True)',
    (a, b) => dl.embedding(a, b, { paddingIdx: -2, scaleGradByFreq: true }),
    [whole([2, 0, 2, 1, 1, 2], [2, 3]), f(3, 2)],
    { smooth: false, order: 1 },
  ),
  ...[2, 1, 3].map((p) =>
    call(
      'embedding',
      `limited-${p}`,
      `(lambda w: (F.embedding(a.long(), w, max_norm=0.5, norm_type=${p}), w))(b * 1)`,
      (a, b) => {
        const w = dl.mul(b, 1);
        return [dl.embedding(a, w, { maxNorm: 0.5, normType: p }), w];
      },
      [whole([2, 0, 2, 1], [2, 2]), f(4, 3)],
      { order: 0 },
    ),
  ),
];

const statistics: Row[] = [
  call('cumprod', 'last', 'torch.cumprod(a, 1)', (a) => dl.cumprod(a, 1), [f(2, 4)], {
    dtypes: ['float32', 'float64', 'float16'],
  }),
  call('cumprod', 'first', 'torch.cumprod(a, 0)', (a) => dl.cumprod(a, 0), [f(3, 2)]),
  call('cumprod', 'zero', 'torch.cumprod(a, 0)', (a) => dl.cumprod(a, 0), [given([2, 0, 3, 1.5])], {
    order: 1,
  }),
  call(
    'cumprod',
    'zeros',
    'torch.cumprod(a, 1)',
    (a) => dl.cumprod(a, 1),
    [given([2, 0, 3, 0, 0, 1, 2, 3], [2, 4])],
    { order: 1 },
  ),
  call('cumprod', 'int32', 'torch.cumprod(a, 0)', (a) => dl.cumprod(a, 0), [of('int32', 4)]),
  call('cummax', 'plain', 'torch.cummax(a, 1)', (a) => [...dl.cummax(a, 1)], [apart(2, 4)]),
  call(
    'cummax',
    'ties',
    'torch.cummax(a, 0)',
    (a) => [...dl.cummax(a, 0)],
    [given([1, 3, 3, 2, NaN, 5])],
    { order: 0 },
  ),
  call('cummin', 'plain', 'torch.cummin(a, 0)', (a) => [...dl.cummin(a, 0)], [apart(4, 2)]),
  call('cummin', 'int32', 'torch.cummin(a, 0)', (a) => [...dl.cummin(a, 0)], [whole([3, 1, 1, 2])]),
  call('kthvalue', 'plain', 'torch.kthvalue(a, 2)', (a) => [...dl.kthvalue(a, 2)], [apart(2, 4)]),
  call(
    'kthvalue',
    'keepdim',
    'torch.kthvalue(a, 1, 0, keepdim=True)',
    (a) => [...dl.kthvalue(a, 1, 0, { keepdim: true })],
    [apart(3, 2)],
  ),
  call('median', 'all', 'torch.median(a)', (a) => dl.median(a), [apart(2, 3)]),
  call('median', 'dim', 'torch.median(a, 1)', (a) => [...dl.median(a, 1)], [apart(2, 5)]),
  call(
    'median',
    'nan',
    'torch.median(a, 1)',
    (a) => [...dl.median(a, 1)],
    [given([1, NaN, 3, 5, 4, 6], [2, 3])],
    { order: 0 },
  ),
  call('countNonzero', 'all', 'torch.count_nonzero(a)', (a) => dl.countNonzero(a), [
    whole([0, 1, 2, 0], [2, 2]),
  ]),
  call('countNonzero', 'dim', 'torch.count_nonzero(a, 0)', (a) => dl.countNonzero(a, 0), [
    whole([0, 1, 2, 0], [2, 2]),
  ]),
  call(
    'searchsorted',
    'left',
    'torch.searchsorted(a, b)',
    (a, b) => dl.searchsorted(a, b),
    [given([1, 3, 3, 5]), given([0, 3, 4, 9], [2, 2])],
    { order: 0 },
  ),
  call(
    'searchsorted',
    'right',
    'torch.searchsorted(a, b, right=True)',
    (a, b) => dl.searchsorted(a, b, { right: true }),
    [given([1, 3, 3, 5]), given([0, 3, 4, 9])],
    { order: 0 },
  ),
  call(
    'searchsorted',
    'rows',
    'torch.searchsorted(a, b)',
    (a, b) => dl.searchsorted(a, b),
    [given([1, 3, 5, 2, 4, 6], [2, 3]), given([3, 4, 3, 4], [2, 2])],
    { order: 0 },
  ),
  call('bincount', 'plain', 'torch.bincount(a)', (a) => dl.bincount(a), [whole([0, 2, 2, 5])]),
  call(
    'bincount',
    'weights',
    'torch.bincount(a, b)',
    (a, b) => dl.bincount(a, { weights: b }),
    [whole([0, 2, 2]), f(3)],
    { order: 0, dtypes: ['float64'] },
  ),
  call(
    'bincount',
    'length',
    'torch.bincount(a, minlength=4)',
    (a) => dl.bincount(a, { minlength: 4 }),
    [whole([0, 1])],
  ),
  call('unique', 'values', 'torch.unique(a)', (a) => dl.unique(a), [whole([3, 1, 3, 2, 1])]),
  call(
    'unique',
    'everything',
    'torch.unique(a, return_inverse=True, return_counts=True)',
    (a) => dl.unique(a, { returnInverse: true, returnCounts: true }),
    [whole([3, 1, 3, 2, 1, 1], [2, 3])],
  ),
  call('oneHot', 'plain', 'F.one_hot(a.long())', (a) => dl.oneHot(a, 4), [whole([1, 0, 3])]),
  call('oneHot', 'classes', 'F.one_hot(a.long(), 5)', (a) => dl.oneHot(a, 5), [
    whole([1, 0, 3, 1], [2, 2]),
  ]),
];

const named: Row[] = [
  call(
    'einsum',
    'product',
    "torch.einsum('ij,jk->ik', a, b)",
    (a, b) => dl.einsum('ij,jk->ik', a, b),
    [f(2, 3), f(3, 2)],
  ),
  call('einsum', 'implicit', "torch.einsum('ij,kj', a, b)", (a, b) => dl.einsum('ij,kj', a, b), [
    f(2, 3),
    f(2, 3),
  ]),
  call('einsum', 'trace', "torch.einsum('ii', a)", (a) => dl.einsum('ii', a), [f(3, 3)]),
  call('einsum', 'diagonal', "torch.einsum('ii->i', a * a)", (a) => dl.einsum('ii->i', sq(a)), [
    f(3, 3),
  ]),
  call(
    'einsum',
    'three',
    "torch.einsum('bi,ij,bj->b', a, b, c)",
    (a, b, c) => dl.einsum('bi,ij,bj->b', a, b, c),
    [f(2, 3), f(3, 2), f(2, 2)],
  ),
  call(
    'einsum',
    'ellipsis',
    "torch.einsum('...ij,...jk->...ik', a, b)",
    (a, b) => dl.einsum('...ij,...jk->...ik', a, b),
    [f(2, 1, 2, 3), f(2, 3, 2)],
  ),
  call('einsum', 'sum', "torch.einsum('ijk->j', a)", (a) => dl.einsum('ijk->j', a), [cube]),
  call('einsum', 'outer', "torch.einsum('i,j->ij', a, b)", (a, b) => dl.einsum('i,j->ij', a, b), [
    f(2),
    f(3),
  ]),
  call(
    'einsum',
    'elementwise',
    "torch.einsum('ij,ij->ij', a, b)",
    (a, b) => dl.einsum('ij,ij->ij', a, b),
    [f(2, 3), f(2, 3)],
  ),
  call('tensordot', 'number', 'torch.tensordot(a, b, 1)', (a, b) => dl.tensordot(a, b, 1), [
    f(2, 3),
    f(3, 2),
  ]),
  call(
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
  call('tensordot', 'none', 'torch.tensordot(a, b, 0)', (a, b) => dl.tensordot(a, b, 0), [
    f(2),
    f(3),
  ]),
  call('kron', 'matrices', 'torch.kron(a, b)', (a, b) => dl.kron(a, b), [f(2, 2), f(1, 3)]),
  call('kron', 'ranks', 'torch.kron(a, b)', (a, b) => dl.kron(a, b), [f(2), f(2, 2)]),
  call('addmm', 'plain', 'torch.addmm(a, b, c)', (a, b, c) => dl.addmm(a, b, c), [
    f(2),
    f(2, 3),
    f(3, 2),
  ]),
  call(
    'addmm',
    'scaled',
    'torch.addmm(a, b, c, beta=0.5, alpha=2)',
    (a, b, c) => dl.addmm(a, b, c, { beta: 0.5, alpha: 2 }),
    [f(2, 2), f(2, 3), f(3, 2)],
  ),
  call(
    'addmv',
    'plain',
    'torch.addmv(a, b, c, alpha=2)',
    (a, b, c) => dl.addmv(a, b, c, { alpha: 2 }),
    [f(2), f(2, 3), f(3)],
  ),
  call(
    'baddbmm',
    'plain',
    'torch.baddbmm(a, b, c, beta=0)',
    (a, b, c) => dl.baddbmm(a, b, c, { beta: 0 }),
    [f(2, 2, 2), f(2, 2, 3), f(2, 3, 2)],
  ),
];

export const rearrangeRows: readonly Row[] = [...orders, ...picks, ...statistics, ...named];
