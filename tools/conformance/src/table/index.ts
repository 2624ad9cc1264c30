// The table: every operator that is not elementwise, and forms of those that are.
import type { DType } from '@dl/core';
import { type Case, draw } from '../case.js';
import { conversionRows } from './convert.js';
import { creationRows } from './create.js';
import { formRows } from './forms.js';
import { indexRows } from './index-rows.js';
import { networkRows } from './network.js';
import { productRows } from './product.js';
import { rearrangeRows } from './rearrange.js';
import { reductionRows } from './reduce.js';
import type { Row } from './row.js';
import { scanRows } from './scan.js';
import { scatterRows } from './scatter.js';
import { viewRows } from './views.js';

export const rows: readonly Row[] = [
  ...reductionRows,
  ...scanRows,
  ...viewRows,
  ...productRows,
  ...indexRows,
  ...formRows,
  ...conversionRows,
  ...creationRows,
  ...networkRows,
  ...rearrangeRows,
  ...scatterRows,
];

const wide: readonly DType[] = ['float32', 'float64'];

/** The cases of all rows. */
export function rowCases(): Case[] {
  return rows.flatMap((row) =>
    (row.dtypes ?? (row.inputs.every((i) => i.dtype) ? (['float32'] as const) : wide)).map(
      (dtype): Case => {
        const id = `${row.operator}/${row.name}/${dtype}`;
        const half = dtype === 'float16' || dtype === 'bfloat16';
        return {
          id,
          operator: row.operator,
          torch: row.torch,
          inputs: row.inputs.map((d, k) => draw(d, dtype, `${row.operator}/${row.name}/${k}`)),
          order: half ? (Math.min(row.order ?? 2, 1) as 0 | 1) : (row.order ?? 2),
          smooth: row.smooth ?? true,
          run: row.run,
        };
      },
    ),
  );
}
