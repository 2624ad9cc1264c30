// The table of instructions, by family. One row serves drawing, running, and printing in both languages.
import { create } from './create.js';
import { elementwise, elementwiseInPlace } from './elementwise.js';
import { further, furtherLosses, furtherNetwork } from './further.js';
import { indexing } from './indexing.js';
import { lossRows, network } from './network.js';
import { product } from './product.js';
import { rearrange } from './rearrange.js';
import { reduce } from './reduce.js';
import type { Row } from './row.js';
import { tape, writes } from './tape.js';
import { views } from './views.js';

export const families: { readonly [name: string]: readonly Row[] } = {
  create,
  views,
  rearrange,
  elementwise,
  elementwiseInPlace,
  writes,
  indexing,
  reduce,
  product,
  network,
  losses: lossRows,
  tape,
  further,
  furtherNetwork,
  furtherLosses,
};

// Of rows with one name, which differ in what they draw, the first says how it is run and printed.
const byName = new Map<string, Row>();
for (const row of Object.values(families).flat()) {
  if (!byName.has(row.op)) byName.set(row.op, row);
}

export function rowOf(op: string): Row {
  const row = byName.get(op);
  if (row === undefined) throw new RangeError(`there is no instruction '${op}'`);
  return row;
}

export const operations: readonly string[] = [...byName.keys()];
