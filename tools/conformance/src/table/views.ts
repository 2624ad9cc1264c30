// Views, joins and cuts.

import type { Tensor } from '@dl/core';
import * as dl from '@dl/core';
import { A, f, of, type Row, row } from './row.js';

/** A factor, so that views have a second derivative to carry. */
const squared = (x: Tensor): Tensor => x.mul(x);

export const viewRows: readonly Row[] = [
  row('view', 'plain', '(a * a).view(4, 6)', (x) => dl.view(squared(A(x).clone()), [4, 6])),
  row('view', 'unknown', 'a.clone().view(-1, 2)', (x) => dl.view(A(x).clone(), [-1, 2])),
  row('reshape', 'flat', 'a.reshape(-1)', (x) => dl.reshape(A(x), [-1])),
  row('reshape', 'two', '(a * a).reshape(6, 4)', (x) => dl.reshape(squared(A(x)), [6, 4])),
  row('reshape', 'ones', 'a.reshape(1, 24, 1)', (x) => dl.reshape(A(x), [1, 24, 1])),
  row('reshape', 'scalar', 'a.reshape(1, 1)', (x) => dl.reshape(A(x), [1, 1]), [f()]),
  row('reshape', 'to-scalar', 'a.reshape(())', (x) => dl.reshape(A(x), []), [f(1, 1)]),
  row('reshape', 'empty', 'a.reshape(3, 0, 2)', (x) => dl.reshape(A(x), [3, 0, 2]), [f(0, 3)], {
    order: 1,
  }),
  row('reshape', 'transposed', 'a.permute(2, 0, 1).reshape(4, 6)', (x) =>
    dl.reshape(A(x).permute([2, 0, 1]), [4, 6]),
  ),
  row(
    'reshape',
    'expanded',
    'a.expand(4, 3).reshape(2, 6)',
    (x) => dl.reshape(A(x).expand([4, 3]), [2, 6]),
    [f(3)],
  ),
  row('flatten', 'all', 'a.flatten()', (x) => dl.flatten(A(x))),
  row('flatten', 'some', 'a.flatten(1)', (x) => dl.flatten(A(x), 1)),
  row('flatten', 'front', 'a.flatten(0, -2)', (x) => dl.flatten(A(x), 0, -2)),
  row('flatten', 'scalar', 'a.flatten()', (x) => dl.flatten(A(x)), [f()]),
  row('permute', 'turn', '(a * a).permute(2, 0, 1)', (x) => dl.permute(squared(A(x)), [2, 0, 1])),
  row('permute', 'negative', 'a.permute(-1, 0, -2)', (x) => dl.permute(A(x), [-1, 0, -2])),
  row('transpose', 'ends', 'a.transpose(0, -1)', (x) => dl.transpose(A(x), 0, -1)),
  row('transpose', 'same', 'a.transpose(1, 1)', (x) => dl.transpose(A(x), 1, 1)),
  row('t', 'matrix', 'a.t()', (x) => dl.t(A(x)), [f(2, 3)]),
  row('t', 'vector', 'a.t()', (x) => dl.t(A(x)), [f(3)]),
  row('unsqueeze', 'front', 'a.unsqueeze(0)', (x) => dl.unsqueeze(A(x), 0)),
  row('unsqueeze', 'middle', 'a.unsqueeze(1)', (x) => dl.unsqueeze(A(x), 1)),
  row('unsqueeze', 'end', 'a.unsqueeze(-1)', (x) => dl.unsqueeze(A(x), -1)),
  row('unsqueeze', 'scalar', 'a.unsqueeze(0)', (x) => dl.unsqueeze(A(x), 0), [f()]),
  row('squeeze', 'all', 'a.squeeze()', (x) => dl.squeeze(A(x)), [f(1, 3, 1)]),
  row('squeeze', 'one', 'a.squeeze(0)', (x) => dl.squeeze(A(x), 0), [f(1, 3, 1)]),
  row('squeeze', 'kept', 'a.squeeze(1)', (x) => dl.squeeze(A(x), 1), [f(1, 3, 1)]),
  row('squeeze', 'several', 'a.squeeze((0, 1))', (x) => dl.squeeze(A(x), [0, 1]), [f(1, 3, 1)]),
  row('squeeze', 'scalar', 'a.squeeze(0)', (x) => dl.squeeze(A(x), 0), [f()]),
  row('expand', 'rows', '(a * a).expand(4, 3)', (x) => dl.expand(squared(A(x)), [4, 3]), [f(3)]),
  row('expand', 'kept', 'a.expand(-1, 3, -1)', (x) => dl.expand(A(x), [-1, 3, -1]), [f(2, 1, 4)]),
  row('expand', 'none', 'a.expand(0, 3)', (x) => dl.expand(A(x), [0, 3]), [f(1, 3)], { order: 1 }),
  row('expand', 'scalar', 'a.expand(2, 3)', (x) => dl.expand(A(x), [2, 3]), [f()]),
  row('narrow', 'middle', '(a * a).narrow(1, 1, 2)', (x) => dl.narrow(squared(A(x)), 1, 1, 2)),
  row('narrow', 'negative', 'a.narrow(-1, -3, 2)', (x) => dl.narrow(A(x), -1, -3, 2)),
  row('narrow', 'none', 'a.narrow(0, 2, 0)', (x) => dl.narrow(A(x), 0, 2, 0), [f(2, 3)], {
    order: 1,
  }),
  row('select', 'middle', '(a * a).select(1, 2)', (x) => dl.select(squared(A(x)), 1, 2)),
  row('select', 'negative', 'a.select(-1, -1)', (x) => dl.select(A(x), -1, -1)),
  row('split', 'size', 'a.split(2, 2)', (x) => dl.split(A(x), 2, 2), [f(2, 2, 5)]),
  row(
    'split',
    'sizes',
    '(a * a).split([1, 0, 3], 1)',
    (x) => dl.split(squared(A(x)), [1, 0, 3], 1),
    [f(2, 4)],
  ),
  row('split', 'empty', 'a.split(2, 1)', (x) => dl.split(A(x), 2, 1), [f(2, 0)], { order: 0 }),
  row('split', 'empty-parts', 'a.split(0)', (x) => dl.split(A(x), 0), [f(0)], { order: 0 }),
  row('chunk', 'empty', 'a.chunk(3, 1)', (x) => dl.chunk(A(x), 3, 1), [f(2, 0)], { order: 0 }),
  row('chunk', 'uneven', 'a.chunk(3, 0)', (x) => dl.chunk(A(x), 3, 0), [f(7, 2)]),
  row('chunk', 'few', 'a.chunk(4, 1)', (x) => dl.chunk(A(x), 4, 1), [f(2, 6)]),
  row('unbind', 'first', 'a.unbind()', (x) => dl.unbind(A(x)), [f(3, 2)]),
  row('unbind', 'last', '(a * a).unbind(-1)', (x) => dl.unbind(squared(A(x)), -1), [f(3, 2)]),
  row('cat', 'first', 'torch.cat([a, b])', (x) => dl.cat(x), [f(2, 3), f(1, 3)]),
  row(
    'cat',
    'last',
    'torch.cat([a, b * c, a], -1)',
    (x) => dl.cat([A(x), x[1].mul(x[2]), A(x)], -1),
    [f(2, 3), f(2, 1), f(2, 1)],
  ),
  row('cat', 'promoting', 'torch.cat([a, b])', (x) => dl.cat(x), [f(2), of('int32', 3)]),
  row('cat', 'int32', 'torch.cat([a, b], 1)', (x) => dl.cat(x, 1), [
    of('int32', 2, 2),
    of('uint8', 2, 1),
  ]),
  row('cat', 'empty', 'torch.cat([a, b], 1)', (x) => dl.cat(x, 1), [f(0), f(2, 3)]),
  row('cat', 'zero-size', 'torch.cat([a, b], 0)', (x) => dl.cat(x, 0), [f(0, 3), f(2, 3)]),
  row('stack', 'first', 'torch.stack([a, b])', (x) => dl.stack(x), [f(2, 3), f(2, 3)]),
  row('stack', 'last', 'torch.stack([a, a * b], -1)', (x) => dl.stack([A(x), A(x).mul(x[1])], -1), [
    f(2, 3),
    f(2, 3),
  ]),
  row('stack', 'scalars', 'torch.stack([a, b])', (x) => dl.stack(x), [f(), f()]),
];
