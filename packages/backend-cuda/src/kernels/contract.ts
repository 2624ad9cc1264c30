// Products over strided views by our own kernel: which tile, how the sum is shared out, and the launches.
import {
  type AxisGroup,
  type Contraction,
  type Loops,
  mergeLoops,
  numelOf,
  type View,
} from '@dl/core/functional';
import type { CudaBuffer, Executor, Prepared } from '../runtime.js';
import type { Block } from './block.js';
import {
  contractSource,
  gatherPiecesSource,
  type Ranks,
  SLAB,
  THREADS,
  type Tile,
  type TiledProduct,
} from './contract-source.js';
import { needsWide, rankClass, reachOf, writeLoops } from './source-pieces.js';

// Of `THREADS` threads each; `own` by `own` results a thread.
const LARGE: Tile = { rows: 128, columns: 128, depth: 8, own: 8 };
const MIDDLE: Tile = { rows: 64, columns: 64, depth: 16, own: 4 };
const SMALL: Tile = { rows: 32, columns: 32, depth: 32, own: 2 };

/** A product: its operands, the loops of each group of axes, and their numbers of elements. */
interface Product {
  readonly a: View;
  readonly b: View;
  readonly out: View;
  /** Strides in the order a, b, out; of `out` and one of the others; of `a` and `b`. */
  readonly batch: Loops;
  readonly row: Loops;
  readonly column: Loops;
  readonly sum: Loops;
  readonly batches: number;
  readonly rows: number;
  readonly columns: number;
  readonly n: number;
}

const pick = (group: AxisGroup, operands: readonly ('a' | 'b' | 'out')[]): Loops =>
  mergeLoops(
    group.sizes,
    operands.map((o) => group[o]),
  );

function productOf(spec: Contraction, a: View, b: View, out: View): Product {
  const batch = pick(spec.batch, ['a', 'b', 'out']);
  const row = pick(spec.row, ['a', 'out']);
  const column = pick(spec.column, ['b', 'out']);
  const sum = pick(spec.sum, ['a', 'b']);
  const [batches, rows, columns, n] = [batch, row, column, sum].map((l) => numelOf(l.sizes));
  return { a, b, out, batch, row, column, sum, batches, rows, columns, n };
}

/** Results of all batches. */
const resultsOf = ({ batches, rows, columns }: Product): number => batches * rows * columns;

/** The tile that keeps the device busy, which takes `enough` blocks. */
function tileFor(product: Product, enough: number): Tile {
  const { rows, columns, out } = product;
  // Sixty-four results in double precision would leave a thread too few registers.
  const large = out.dtype !== 'float64' && Math.min(rows, columns) > 96;
  if (large && resultsOf(product) >= (128 * 128 * enough) / 2) return LARGE;
  return Math.max(rows, columns) > 32 && Math.min(rows, columns) > 16 ? MIDDLE : SMALL;
}

/** The innermost stride that is not of a repeated element; how far neighbors are apart. */
const nearest = (loops: Loops, operand: number): number => {
  const s = loops.strides[operand].map(Math.abs).filter((x) => x > 0);
  return s.length === 0 ? Infinity : Math.min(...s);
};

/** How far a, b and out are reached. */
function reaches({ batch, row, column, sum }: Product): number[] {
  const reach = (loops: Loops, k: number): number => reachOf(loops.sizes, loops.strides[k]);
  return [
    reach(batch, 0) + reach(row, 0) + reach(sum, 0),
    reach(batch, 1) + reach(column, 0) + reach(sum, 1),
    reach(batch, 2) + reach(row, 1) + reach(column, 1),
  ];
}

/** How a product is run. */
interface Plan extends TiledProduct {
  /** Tiles in each direction. */
  readonly down: number;
  readonly across: number;
  /** Parts of the sum that blocks share. */
  readonly splits: number;
}

function planOf(run: Executor, product: Product): Plan {
  const { out, batch, row, column, sum, batches, rows, columns, n } = product;
  // Blocks that keep the device busy: two on each multiprocessor.
  const enough = run.info.multiprocessors * 2;
  const tile = tileFor(product, enough);
  const down = Math.ceil(rows / tile.rows);
  const across = Math.ceil(columns / tile.columns);
  // Few blocks with much to sum share it out.
  const shares = Math.min(
    Math.ceil(enough / (down * across * batches)),
    Math.floor(n / (tile.depth * 8)),
    64,
  );
  return {
    dtype: out.dtype,
    tile,
    ranks: {
      batch: rankClass(batch.sizes.length),
      row: rankClass(row.sizes.length),
      column: rankClass(column.sizes.length),
      sum: rankClass(sum.sizes.length),
    },
    wide: needsWide(rows + 128, columns + 128, n + SLAB, resultsOf(product), ...reaches(product)),
    aAlong: nearest(sum, 0) <= nearest(row, 0),
    bAlong: nearest(sum, 1) <= nearest(column, 0),
    down,
    across,
    splits: Math.max(1, shares),
  };
}

/** The kernel of a plan. */
function prepareTiles(run: Executor, plan: Plan): Prepared {
  const { dtype, tile, ranks, wide, aAlong, bAlong } = plan;
  const key = `contract ${dtype} ${tile.own} ${Object.values(ranks)} ${aAlong} ${bAlong} ${wide}`;
  return run.prepare(key, 'contract', () => contractSource(plan));
}

/** Where a product is written: strides of its batches, rows and columns. */
interface Target {
  readonly buffer: CudaBuffer;
  readonly offset: number;
  readonly batch: number[];
  readonly row: number[];
  readonly column: number[];
}

/** The output, or else pieces for it that lie as [splits, batches, rows, columns]. */
function targetOf(product: Product, pieces: CudaBuffer | null): Target {
  const { out, batch, row, column, rows, columns } = product;
  if (pieces === null) {
    return {
      buffer: out.buffer as CudaBuffer,
      offset: out.offset,
      batch: batch.strides[2],
      row: row.strides[1],
      column: column.strides[1],
    };
  }
  const denseStrides = (sizes: readonly number[], inner: number): number[] =>
    sizes.map((_, d) => numelOf(sizes.slice(d + 1)) * inner);
  return {
    buffer: pieces,
    offset: 0,
    batch: denseStrides(batch.sizes, rows * columns),
    row: denseStrides(row.sizes, columns),
    column: denseStrides(column.sizes, 1),
  };
}

/** Writes the parameters for the batches from `first` of the outermost axis on. */
function writeProduct(
  block: Block,
  product: Product,
  { tile, ranks, splits, down }: Plan,
  target: Target,
  first: number,
): void {
  const { a, b, batch, row, column, sum, rows, columns, n } = product;
  const put = (name: keyof Ranks, { sizes }: Loops, strides: Loops['strides']): void =>
    writeLoops(block, { sizes, strides }, ranks[name], name);
  block.set('offset', a.offset + first * batch.strides[0][0], 0);
  block.set('offset', b.offset + first * batch.strides[1][0], 1);
  block.set('offset', target.offset + first * target.batch[0], 2);
  block.set('rows', rows);
  block.set('columns', columns);
  block.set('n', n);
  block.set('part', Math.ceil(n / splits / tile.depth) * tile.depth);
  block.set('splits', splits);
  block.set('down', down);
  block.set('apart', resultsOf(product));
  put('batch', batch, [batch.strides[0], batch.strides[1], target.batch]);
  put('row', row, [row.strides[0], target.row]);
  put('column', column, [column.strides[0], target.column]);
  put('sum', sum, sum.strides);
}

/** Multiplies tiles into the target. */
function multiply(
  run: Executor,
  { kernel, block }: Prepared,
  product: Product,
  plan: Plan,
  target: Target,
): void {
  const { a, b, batch, batches } = product;
  const { splits, down, across } = plan;
  const buffers = [a.buffer as CudaBuffer, b.buffer as CudaBuffer, target.buffer];
  // The second dimension of a grid is short: many products go in groups, along the outermost axis.
  const most = Math.floor(65535 / splits);
  const inner = numelOf(batch.sizes.slice(1));
  const slices =
    batches <= most ? 1 : Math.ceil(batch.sizes[0] / Math.max(1, Math.floor(most / inner)));
  const each = Math.ceil(batch.sizes[0] / slices);
  for (let first = 0; first < batch.sizes[0]; first += each) {
    const count = Math.min(each, batch.sizes[0] - first);
    writeProduct(block, product, plan, target, first);
    run.launch(kernel, buffers, [down * across, count * inner * splits, 1], [THREADS, 1, 1]);
  }
}

/** Sums the pieces of a split product into its output. */
function sumPieces(run: Executor, product: Product, plan: Plan, pieces: CudaBuffer): void {
  const { out, batch, row, column } = product;
  const { dtype, wide, splits } = plan;
  const results = resultsOf(product);
  const loops = mergeLoops(
    [...batch.sizes, ...row.sizes, ...column.sizes],
    [[...batch.strides[2], ...row.strides[1], ...column.strides[1]]],
  );
  const rank = rankClass(loops.sizes.length);
  const { kernel, block } = run.prepare(`pieces ${dtype} ${rank} ${wide}`, 'pieces', () =>
    gatherPiecesSource(dtype, rank, wide),
  );
  block.set('offset', out.offset);
  block.set('n', results);
  block.set('splits', splits);
  writeLoops(block, loops, rank);
  const grid = [Math.ceil(results / THREADS), 1, 1] as const;
  run.launch(kernel, [pieces, out.buffer as CudaBuffer], grid, [THREADS, 1, 1]);
}

/** The product by our own kernel. */
export function contract(run: Executor, spec: Contraction, a: View, b: View, out: View): void {
  const product = productOf(spec, a, b, out);
  const plan = planOf(run, product);
  const prepared = prepareTiles(run, plan);
  const { dtype, splits } = plan;
  const pieces = splits > 1 ? run.alloc(splits * resultsOf(product), dtype, false) : null;
  multiply(run, prepared, product, plan, targetOf(product, pieces));
  if (pieces === null) return;
  sumPieces(run, product, plan, pieces);
  run.free(pieces);
}
