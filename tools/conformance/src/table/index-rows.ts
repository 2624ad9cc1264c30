// Indexing: by index tensors, masks, slices; reading and assigning.
import * as dl from '@dl/core';
import { type Tensor, tensor } from '@dl/core';
import { A, B, C, f, type Row, row, whole } from './row.js';

type Xs = readonly Tensor[];
const mask = whole([1, 0, 1, 0, 0, 1], [2, 3], 'bool');
const square = (x: Tensor): Tensor => x.mul(x);
const assign = (
  name: string,
  torch: string,
  items: (xs: Xs) => readonly dl.Index[] | dl.Index,
  value: (xs: Xs) => Tensor | number,
  inputs: Row['inputs'],
): Row => row('set', name, torch, (x) => dl.set(square(A(x)), items(x), value(x)), inputs);

export const indexRows: readonly Row[] = [
  row(
    'gather',
    'first',
    'torch.gather(a * a, 0, b.long())',
    (x) => dl.gather(square(A(x)), 0, B(x)),
    [f(3, 2), whole([0, 2, 1, 1], [2, 2])],
  ),
  row(
    'gather',
    'last',
    'torch.gather(a * a, 1, b.long())',
    (x) => dl.gather(square(A(x)), 1, B(x)),
    [f(2, 3), whole([2, 0, 1, 1, 0, 0, 0, 2], [2, 4])],
  ),
  row('gather', 'repeated', 'torch.gather(a, 0, b.long())', (x) => dl.gather(A(x), 0, B(x)), [
    f(3),
    whole([1, 1, 1, 0]),
  ]),
  row('gather', 'smaller', 'torch.gather(a, 1, b.long())', (x) => dl.gather(A(x), 1, B(x)), [
    f(3, 3),
    whole([2, 0], [2, 1]),
  ]),
  row(
    'gather',
    'empty',
    'torch.gather(a, 0, b.long())',
    (x) => dl.gather(A(x), 0, B(x)),
    [f(3, 2), whole([], [0, 2])],
    { order: 1 },
  ),
  row('gather', 'int64', 'torch.gather(a, 0, b)', (x) => dl.gather(A(x), 0, B(x)), [
    f(3),
    whole([1, 2], [2], 'int64'),
  ]),
  row('gather', 'scalar', 'torch.gather(a, 0, b.long())', (x) => dl.gather(A(x), 0, B(x)), [
    f(),
    whole([0], []),
  ]),
  row(
    'indexSelect',
    'first',
    'torch.index_select(a * a, 0, b)',
    (x) => dl.indexSelect(square(A(x)), 0, B(x)),
    [f(3, 2), whole([2, 0, 2])],
  ),
  row(
    'indexSelect',
    'middle',
    'torch.index_select(a, 1, b)',
    (x) => dl.indexSelect(A(x), 1, B(x)),
    [f(2, 3, 2), whole([1, 1])],
  ),
  row(
    'indexSelect',
    'empty',
    'torch.index_select(a, 0, b)',
    (x) => dl.indexSelect(A(x), 0, B(x)),
    [f(3, 2), whole([], [0])],
    { order: 1 },
  ),
  row(
    'scatterAdd_',
    'first',
    'a.clone().scatter_add_(0, b.long(), c)',
    (x) => A(x).clone().scatterAdd_(0, B(x), C(x)),
    [f(3, 2), whole([0, 2, 0, 1], [2, 2]), f(2, 2)],
  ),
  row(
    'scatterAdd_',
    'last',
    '(a * a).scatter_add_(1, b.long(), c * c)',
    (x) => square(A(x)).scatterAdd_(1, B(x), square(C(x))),
    [f(2, 3), whole([0, 0, 2, 1], [2, 2]), f(2, 2)],
  ),
  row(
    'scatterAdd_',
    'larger-source',
    'a.clone().scatter_add_(0, b.long(), c)',
    (x) => A(x).clone().scatterAdd_(0, B(x), C(x)),
    [f(3, 2), whole([0, 2], [1, 2]), f(2, 2)],
    { order: 0 },
  ),
  row(
    'scatterAdd_',
    'source-only',
    'torch.zeros(3, dtype=c.dtype).scatter_add_(0, b.long(), c)',
    (x, device) => dl.zeros([3], { dtype: C(x).dtype, device }).scatterAdd_(0, B(x), C(x)),
    [f(1), whole([0, 2, 2]), f(3)],
  ),
  row('at', 'position', '(a * a)[1]', (x) => dl.at(square(A(x)), 1), [f(3, 4)]),
  row('at', 'element', 'a[1, -1]', (x) => dl.at(A(x), 1, -1), [f(3, 4)]),
  row('at', 'slice', '(a * a)[1:, ::2]', (x) => dl.at(square(A(x)), '1:', '::2'), [f(3, 5)]),
  row('at', 'negative-slice', 'a[-2:, :-1]', (x) => dl.at(A(x), '-2:', ':-1'), [f(3, 4)]),
  row('at', 'beyond', 'a[5:, 1:100]', (x) => dl.at(A(x), '5:', '1:100'), [f(3, 4)], { order: 1 }),
  row('at', 'ellipsis', 'a[..., 0]', (x) => dl.at(A(x), '...', 0), [f(2, 3, 4)]),
  row('at', 'new-axis', 'a[:, None, 1:3]', (x) => dl.at(A(x), ':', null, '1:3'), [f(2, 4)]),
  row('at', 'new-axes', 'a[None, ..., None]', (x) => dl.at(A(x), null, '...', null), [f(2, 4)]),
  row('at', 'nothing', 'a[...]', (x) => dl.at(A(x), '...'), [f(2, 4)]),
  row('at', 'indices', '(a * a)[b.long()]', (x) => dl.at(square(A(x)), B(x)), [
    f(3, 2),
    whole([2, 0, 2, -1]),
  ]),
  row('at', 'indices-2d', 'a[b.long()]', (x) => dl.at(A(x), B(x)), [
    f(3, 2),
    whole([2, 0, 1, 1], [2, 2]),
  ]),
  row('at', 'indices-later', 'a[:, b.long()]', (x) => dl.at(A(x), ':', B(x)), [
    f(2, 3),
    whole([2, 0]),
  ]),
  row('at', 'two-indices', 'a[b.long(), c.long()]', (x) => dl.at(A(x), B(x), C(x)), [
    f(3, 4),
    whole([2, 0, 2]),
    whole([1, 3, 1]),
  ]),
  row('at', 'broadcast-indices', 'a[b.long(), c.long()]', (x) => dl.at(A(x), B(x), C(x)), [
    f(3, 4),
    whole([2, 0], [2, 1]),
    whole([1, 3, 1]),
  ]),
  row('at', 'apart', 'a[b.long(), :, c.long()]', (x) => dl.at(A(x), B(x), ':', C(x)), [
    f(3, 2, 4),
    whole([2, 0]),
    whole([1, 3]),
  ]),
  row('at', 'apart-by-position', 'a[b.long(), :, 1]', (x) => dl.at(A(x), B(x), ':', 1), [
    f(3, 2, 4),
    whole([2, 0]),
  ]),
  row('at', 'position-before', 'a[1, :, b.long()]', (x) => dl.at(A(x), 1, ':', B(x)), [
    f(2, 3, 4),
    whole([2, 0]),
  ]),
  row('at', 'position-beside', 'a[:, 1, b.long()]', (x) => dl.at(A(x), ':', 1, B(x)), [
    f(2, 3, 4),
    whole([2, 0]),
  ]),
  row(
    'at',
    'new-axis-between',
    'a[b.long(), None, c.long()]',
    (x) => dl.at(A(x), B(x), null, C(x)),
    [f(3, 4), whole([2, 0]), whole([1, 3])],
  ),
  row('at', 'with-slice', 'a[1:, b.long(), ::2]', (x) => dl.at(A(x), '1:', B(x), '::2'), [
    f(3, 3, 4),
    whole([2, 0]),
  ]),
  row('at', 'list', 'a[[0, 2]]', (x) => dl.at(A(x), [0, 2]), [f(3, 2)]),
  row('at', 'mask', '(a * a)[b]', (x) => dl.at(square(A(x)), B(x)), [f(2, 3), mask]),
  row('at', 'mask-front', 'a[b]', (x) => dl.at(A(x), B(x)), [f(2, 3, 2), mask]),
  row('at', 'mask-later', 'a[:, b]', (x) => dl.at(A(x), ':', B(x)), [
    f(2, 3),
    whole([1, 0, 1], [3], 'bool'),
  ]),
  row('at', 'mask-none', 'a[b]', (x) => dl.at(A(x), B(x)), [f(3), whole([0, 0, 0], [3], 'bool')], {
    order: 1,
  }),
  row('at', 'index-scalar', 'a[b.long()]', (x) => dl.at(A(x), B(x)), [f(3, 2), whole([1], [])]),
  row('at', 'index-empty', 'a[b.long()]', (x) => dl.at(A(x), B(x)), [f(3, 2), whole([], [0])], {
    order: 1,
  }),
  row('at', 'int32', 'a[b.long(), 1:]', (x) => dl.at(A(x), B(x), '1:'), [
    whole([1, 2, 3, 4, 5, 6], [2, 3]),
    whole([1, 1]),
  ]),
  assign(
    'position',
    'put(a * a, (1,), 7)',
    () => 1,
    () => 7,
    [f(3, 2)],
  ),
  assign('slice', 'put(a * a, (slice(1, None), slice(None, None, 2)), b)', () => ['1:', '::2'], B, [
    f(3, 3),
    f(2, 2),
  ]),
  assign('broadcast', 'put(a * a, (slice(None), 1), b)', () => [':', 1], B, [f(3, 3), f()]),
  assign('leading-ones', 'put(a * a, (0,), b)', () => [0], B, [f(3, 3), f(1, 1, 3)]),
  assign('indices', 'put(a * a, (b.long(),), c)', (x) => [B(x)], C, [
    f(3, 2),
    whole([2, 0]),
    f(2, 2),
  ]),
  assign(
    'two-indices',
    'put(a * a, (b.long(), c.long()), 5)',
    (x) => [B(x), C(x)],
    () => 5,
    [f(3, 4), whole([2, 0]), whole([1, -1])],
  ),
  assign(
    'mask',
    'put(a * a, (b,), 9)',
    (x) => [B(x)],
    () => 9,
    [f(2, 3), mask],
  ),
  assign('mask-values', 'put(a * a, (b,), c)', (x) => [B(x)], C, [f(2, 3), mask, f(3)]),
  assign('converting', 'put(a * a, (0,), b)', () => [0], B, [
    whole([1, 2, 3, 4], [2, 2]),
    whole([7, 8], [2], 'uint8'),
  ]),
  assign(
    'ellipsis',
    'put(a * a, (..., 0), 1)',
    () => ['...', 0],
    () => 1,
    [f(2, 2, 2)],
  ),
  assign('apart', 'put(a * a, (b.long(), slice(None), b.long()), c)', (x) => [B(x), ':', B(x)], C, [
    f(2, 3, 2),
    whole([1, 0]),
    f(2, 3),
  ]),
  assign('new-axis', 'put(a * a, (None, 1), b)', () => [null, 1], B, [f(2, 2), f(1, 2)]),
  assign(
    'tensor-of-one',
    'put(a * a, (1,), b)',
    () => [1],
    () => tensor([3]),
    [f(2), whole([3])],
  ),
];
