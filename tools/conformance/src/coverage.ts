// docs/COVERAGE.md: what the suite compared with PyTorch, operator by operator.
import { existsSync, readFileSync } from 'node:fs';
import type { DType } from '@dl/core';
import { markdownTable } from './markdown.js';
import type { Deviation, Pass, Record } from './record.js';
import { allDTypes } from './table/row.js';

function worst(found: ReadonlyMap<DType, Deviation>, dtype: DType): string {
  const d = found.get(dtype);
  if (d === undefined) return '–';
  return d.error === 0 ? '0' : d.error.toExponential(1);
}

const yes = (record: Record, operator: string, pass: Pass): string =>
  record.of(operator, pass).size > 0 ? 'yes' : '–';

const heading = [
  'operator',
  'dtypes',
  'gradient',
  'second order',
  'float32',
  'first',
  'second',
  'float64',
];

/** The page, from the record of a run over the whole suite. */
export function coveragePage(
  record: Record,
  passed: number,
  failed: number,
  device: string,
): string {
  const rows = record.operators().map((operator) => {
    const forward = record.of(operator, 'forward');
    const dtypes = allDTypes.filter((t) => forward.has(t)).join(', ');
    return [
      `\`${operator}\``,
      dtypes,
      yes(record, operator, 'first'),
      yes(record, operator, 'second'),
      worst(forward, 'float32'),
      worst(record.of(operator, 'first'), 'float32'),
      worst(record.of(operator, 'second'), 'float32'),
      worst(forward, 'float64'),
    ];
  });
  return `# Coverage

The operators that the conformance suite compares with PyTorch's CPU results, written by
\`pnpm conformance --device ${device} --coverage docs/COVERAGE.md\`: ${passed} checks passed, ${failed} failed.

"dtypes" are those of the results. "gradient" and "second order" say whether first and second
derivatives are compared. The other columns have the error \`|ours - PyTorch's| / max(1, |PyTorch's|)\`
at the element where it is largest in relation to the tolerance of \`torch.testing.assert_close\`: of the forward
pass and of the first and second derivatives in float32, and of the forward pass in float64; 0 means
bit-identical. Wider tolerances are in \`tools/conformance/src/tolerances.ts\`, each with its reason.

${markdownTable([heading, ...rows])}
`;
}

/** What other commands wrote behind the suite's table, from a line `<!-- Written by …` on. */
export function otherSections(file: string): string {
  const page = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const start = page.indexOf('<!-- Written by ');
  return start < 0 ? '' : `\n${page.slice(start)}`;
}
