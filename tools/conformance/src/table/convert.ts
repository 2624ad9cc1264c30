// Copies and conversions.

import * as dl from '@dl/core';
import { A, allDTypes, B, f, given, of, type Row, row, whole } from './row.js';

/** Every dtype to every other, with values that each of them has or rounds. */
const conversions: Row[] = allDTypes.flatMap((from) =>
  allDTypes
    .filter((to) => to !== from)
    .map((to): Row => {
      const floating = from.includes('float');
      return {
        operator: 'to',
        name: `${from}-${to}`,
        torch: `a.to(torch.${to})`,
        run: (x) => dl.to(A(x), to),
        inputs: [
          floating
            ? { shape: [7], values: [0, 1.5, 2.75, 0.5, 100.25, 3.999, 1e-3], dtype: from }
            : whole(
                [0, 1, 2, 100, 7, 5, 3].map((v) => (from === 'bool' ? Number(v > 2) : v)),
                [7],
                from,
              ),
        ],
        dtypes: ['float32'],
        order: floating && to.includes('float') ? 1 : 0,
        smooth: false,
      };
    }),
);

export const conversionRows: readonly Row[] = [
  ...conversions,
  row(
    'to',
    'negative',
    'a.to(torch.int32)',
    (x) => dl.to(A(x), 'int32'),
    [given([-1.5, -0.5, -2.99, -100])],
    { order: 0 },
  ),
  row('to', 'int-wraps', 'a.to(torch.uint8)', (x) => dl.to(A(x), 'uint8'), [
    whole([-1, 256, 300, -300, 255]),
  ]),
  row('to', 'long-wraps', 'a.to(torch.int32)', (x) => dl.to(A(x), 'int32'), [
    whole([2 ** 31, 2 ** 32 + 5, -(2 ** 31) - 1], [3], 'int64'),
  ]),
  row(
    'to',
    'halves-overflow',
    'a.to(torch.float16)',
    (x) => dl.to(A(x), 'float16'),
    [given([65504, 65519, 65520, 1e6, -1e6, 6e-8, 2e-8, NaN, Infinity])],
    { order: 0 },
  ),
  row(
    'to',
    'double-gradient',
    '(a.to(torch.float64) * 3).to(torch.float32) * a',
    (x) => dl.to(dl.to(A(x), 'float64').mul(3), 'float32').mul(A(x)),
    [f(2, 3)],
    { dtypes: ['float32'] },
  ),
  row('clone', 'plain', '(a * a).clone()', (x) => dl.clone(A(x).mul(A(x))), [f(2, 3)]),
  row('clone', 'int64', 'a.clone()', (x) => dl.clone(A(x)), [of('int64', 2, 3)]),
  row('copy_', 'plain', '(a * 2).copy_(b * b)', (x) => dl.copy_(A(x).mul(2), B(x).mul(B(x))), [
    f(2, 3),
    f(2, 3),
  ]),
  row('copy_', 'broadcast', '(a * 2).copy_(b)', (x) => dl.copy_(A(x).mul(2), B(x)), [
    f(2, 3),
    f(3),
  ]),
  row('copy_', 'converting', 'a.clone().copy_(b)', (x) => dl.copy_(A(x).clone(), B(x)), [
    of('int32', 3),
    of('uint8', 3),
  ]),
  row('fill_', 'plain', '(a * 2).fill_(3)', (x) => dl.fill_(A(x).mul(2), 3), [f(2, 3)]),
  row('zero_', 'plain', '(a * 2).zero_()', (x) => dl.zero_(A(x).mul(2)), [f(2, 3)]),
  row('zero_', 'bool', 'a.clone().zero_()', (x) => dl.zero_(A(x).clone()), [of('bool', 2, 3)]),
];
