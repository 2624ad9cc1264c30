// Products over strided views: cuBLAS where the strides allow it, else tiles in shared memory and registers.
import {
  type AxisGroup,
  type Contraction,
  type DType,
  type Loops,
  mergeLoops,
  numelOf,
  type View,
} from '@dl/core/functional';
import type { CudaBuffer, Executor, Generated } from '../runtime.js';
import { Block } from './block.js';
import { preludeFor } from './prelude.js';
import { storage } from './scalar.js';
import {
  indexType,
  LARGEST,
  needsWide,
  rankClass,
  reachOf,
  walk,
  writeLoops,
} from './source-pieces.js';

/** A tile: rows and columns of a block and of a thread, and summed elements at a time. */
interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly own: number;
}

// 256 threads each; `own` by `own` results a thread.
const LARGE: Tile = { rows: 128, columns: 128, depth: 8, own: 8 };
const MIDDLE: Tile = { rows: 64, columns: 64, depth: 16, own: 4 };
const SMALL: Tile = { rows: 32, columns: 32, depth: 32, own: 2 };

/** Summed elements whose places are looked up at a time: one by each thread. */
const SLAB = 256;

interface Ranks {
  readonly batch: number;
  readonly row: number;
  readonly column: number;
  readonly sum: number;
}

/** Which way neighbouring threads read an operand: along the summed elements, or across them. */
interface Reading {
  readonly aAlong: boolean;
  readonly bAlong: boolean;
}

/**
 * The source of a product. Where an operand's elements are is looked up in tables in shared memory, one
 * for a tile's rows (or columns) and one for its summed elements, so that any number of axes costs the same.
 * While a tile is multiplied the next one is on its way to registers; tiles take turns in two places.
 */
export function contractSource(
  dtype: DType,
  tile: Tile,
  ranks: Ranks,
  { aAlong, bAlong }: Reading,
  wide: boolean,
): Generated {
  const type = storage[dtype];
  const index = indexType(wide);
  const { rows, columns, depth, own } = tile;
  const across = columns / own;
  const threads = (rows / own) * across;
  const group = (name: keyof Ranks): { name: string; type: typeof index; count: number }[] => [
    { name: `${name}Size`, type: index, count: ranks[name] },
    { name: `${name}Stride`, type: index, count: ranks[name] * (name === 'batch' ? 3 : 2) },
  ];
  const block = new Block([
    { name: 'offset', type: 'long long', count: 3 },
    { name: 'rows', type: index },
    { name: 'columns', type: index },
    { name: 'n', type: index },
    { name: 'part', type: index },
    { name: 'splits', type: 'int' },
    { name: 'down', type: 'int' },
    { name: 'apart', type: 'long long' },
    ...group('batch'),
    ...group('row'),
    ...group('column'),
    ...group('sum'),
  ]);
  const table = (
    name: keyof Ranks,
    start: string,
    count: number,
    limit: string,
    targets: readonly [string, string],
  ): string[] => [
    `  for (int s = t; s < ${count}; s += ${threads}) {`,
    `    ${index} i = ${start} + s, x = 0, y = 0;`,
    `    if (i < ${limit}) {`,
    ...walk('      ', index, 'i', ranks[name], { size: `${name}Size`, stride: `${name}Stride` }, [
      'x',
      'y',
    ]),
    '    }',
    `    ${targets[0]}[s] = x;`,
    `    ${targets[1]}[s] = y;`,
    '  }',
  ];
  const operands = [
    { name: 'a', along: aAlong, lines: rows, table: 'aRow', first: 'row0', limit: 'p.rows' },
    {
      name: 'b',
      along: bAlong,
      lines: columns,
      table: 'bColumn',
      first: 'column0',
      limit: 'p.columns',
    },
  ];
  // A thread's share of an operand's tile. `along` has neighbouring threads take neighbouring summed
  // elements: one of them for each thread, of several lines; else one line, several summed elements.
  const share = (lines: number): number => (lines * depth) / threads;
  const line = (o: (typeof operands)[number]): string =>
    o.along ? `t / ${depth} + e * ${threads / depth}` : `t % ${o.lines}`;
  const step = (o: (typeof operands)[number]): string =>
    o.along ? `t % ${depth}` : `t / ${o.lines} + e * ${threads / o.lines}`;
  const linesOf = (o: (typeof operands)[number]): number => (o.along ? share(o.lines) : 1);
  const each = (indent: string, count: number, body: readonly string[]): string[] => [
    '#pragma unroll',
    `${indent}for (int e = 0; e < ${count}; e++) {`,
    ...body.map((l) => `${indent}  ${l}`),
    `${indent}}`,
  ];
  const fetch = (indent: string, from: string): string[] =>
    operands.flatMap((o) =>
      each(indent, share(o.lines), [
        `const int k = ${from} + ${step(o)};`,
        `const int l = ${o.along ? 'e' : '0'};`,
        `${o.name}Next[e] = (${o.name}Inside >> l & 1u) && k < count ? ${o.name}[${o.name}Line[l] + ${o.name}Sum[k]] : (${type})0;`,
      ]),
    );
  const put = (indent: string, place: string): string[] =>
    operands.flatMap((o) =>
      each(indent, share(o.lines), [
        `${o.name}Tile[${place} + ${step(o)}][${line(o)}] = ${o.name}Next[e];`,
      ]),
    );
  const multiply =
    dtype === 'int32'
      ? 'acc[i][j] = (int)((unsigned)acc[i][j] + (unsigned)x[i] * (unsigned)y[j]);'
      : `acc[i][j] = fma${dtype === 'float32' ? 'f' : ''}(x[i], y[j], acc[i][j]);`;
  // Rows come in runs of four, which are one load from shared memory; columns in pairs, so that what
  // neighbouring threads write stays together.
  const run = Math.min(own, 4);
  const rowOf = `(i / ${run}) * ${(rows / own) * run} + tr * ${run} + i % ${run}`;
  const columnOf = `(j / 2) * ${across * 2} + tc * 2 + j % 2`;
  // Lines of shared memory start at 16 bytes, and neighbouring ones in other banks.
  const pad = own === 2 ? 2 : 4;
  const lines = [
    `  __shared__ __align__(16) ${type} aTile[${2 * depth}][${rows + pad}];`,
    `  __shared__ __align__(16) ${type} bTile[${2 * depth}][${columns + pad}];`,
    `  __shared__ ${index} aRow[${rows}], outRow[${rows}], bColumn[${columns}], outColumn[${columns}];`,
    `  __shared__ ${index} aSum[${SLAB}], bSum[${SLAB}];`,
    '  const int t = threadIdx.x;',
    '  const int x0 = (int)blockIdx.x / p.down, y0 = (int)blockIdx.x % p.down;',
    `  const ${index} row0 = (${index})y0 * ${rows}, column0 = (${index})x0 * ${columns};`,
    '  const int split = (int)blockIdx.y % p.splits;',
    `  ${index} batch = (int)blockIdx.y / p.splits, aAt = 0, bAt = 0, outAt = 0;`,
    ...walk('  ', index, 'batch', ranks.batch, { size: 'batchSize', stride: 'batchStride' }, [
      'aAt',
      'bAt',
      'outAt',
    ]),
    '  a += p.offset[0] + aAt;',
    '  b += p.offset[1] + bAt;',
    '  out += p.offset[2] + outAt + split * p.apart;',
    ...table('row', 'row0', rows, 'p.rows', ['aRow', 'outRow']),
    ...table('column', 'column0', columns, 'p.columns', ['bColumn', 'outColumn']),
    `  const ${index} first = split * p.part, end = first + p.part < p.n ? first + p.part : p.n;`,
    `  ${type} acc[${own}][${own}];`,
    '#pragma unroll',
    `  for (int i = 0; i < ${own}; i++) {`,
    '#pragma unroll',
    `    for (int j = 0; j < ${own}; j++) acc[i][j] = (${type})0;`,
    '  }',
    `  const int tr = t / ${across}, tc = t % ${across};`,
    '  __syncthreads();',
    ...operands.flatMap((o) => [
      `  ${type} ${o.name}Next[${share(o.lines)}];`,
      `  ${index} ${o.name}Line[${linesOf(o)}];`,
      `  unsigned ${o.name}Inside = 0;`,
      ...each('  ', linesOf(o), [
        `${o.name}Line[e] = ${o.table}[${line(o)}];`,
        `if (${o.first} + ${line(o)} < ${o.limit}) ${o.name}Inside |= 1u << e;`,
      ]),
    ]),
    `  for (${index} slab = first; slab < end; slab += ${SLAB}) {`,
    `    const int count = end - slab < ${SLAB} ? (int)(end - slab) : ${SLAB};`,
    ...table('sum', 'slab', SLAB, 'end', ['aSum', 'bSum']).map((l) => `  ${l}`),
    '    __syncthreads();',
    ...fetch('    ', '0'),
    ...put('    ', '0'),
    '    __syncthreads();',
    '    int now = 0;',
    `    for (int begin = 0; begin < count; begin += ${depth}) {`,
    `      const bool more = begin + ${depth} < count;`,
    '      if (more) {',
    ...fetch('        ', `begin + ${depth}`),
    '      }',
    // So that two blocks of the largest tile have the registers of a multiprocessor.
    own === 8 || (wide && dtype === 'float64')
      ? `#pragma unroll ${wide ? 1 : 2}`
      : '#pragma unroll',
    `      for (int k = 0; k < ${depth}; k++) {`,
    `        ${type} x[${own}], y[${own}];`,
    '#pragma unroll',
    `        for (int i = 0; i < ${own}; i++) x[i] = aTile[now + k][${rowOf}];`,
    '#pragma unroll',
    `        for (int j = 0; j < ${own}; j++) y[j] = bTile[now + k][${columnOf}];`,
    '#pragma unroll',
    `        for (int i = 0; i < ${own}; i++) {`,
    '#pragma unroll',
    `          for (int j = 0; j < ${own}; j++) ${multiply}`,
    '        }',
    '      }',
    `      now = ${depth} - now;`,
    '      if (more) {',
    ...put('        ', 'now'),
    '      }',
    '      __syncthreads();',
    '    }',
    '  }',
    '#pragma unroll',
    `  for (int i = 0; i < ${own}; i++) {`,
    `    const int r = ${rowOf};`,
    '    if (row0 + r >= p.rows) continue;',
    '#pragma unroll',
    `    for (int j = 0; j < ${own}; j++) {`,
    `      const int c = ${columnOf};`,
    '      if (column0 + c < p.columns) out[outRow[r] + outColumn[c]] = acc[i][j];',
    '    }',
    '  }',
  ];
  const code = `${block.code}

extern "C" __global__ void __launch_bounds__(${threads}, 2) contract(const ${type}* __restrict__ a, const ${type}* __restrict__ b, ${type}* __restrict__ out, const Params p) {
${lines.join('\n')}
}
`;
  return { block, source: preludeFor(code) + code };
}

/** Sums pieces of a split product: `out[i] = Σ pieces[s][i]`, from dense pieces to the output's strides. */
export function gatherPiecesSource(dtype: DType, rank: number, wide: boolean): Generated {
  const type = storage[dtype];
  const index = indexType(wide);
  const block = new Block([
    { name: 'offset', type: 'long long' },
    { name: 'n', type: index },
    { name: 'splits', type: 'int' },
    { name: 'size', type: index, count: rank },
    { name: 'stride', type: index, count: rank },
  ]);
  const add =
    dtype === 'int32' ? '(int)((unsigned)acc + (unsigned)pieces[at])' : 'acc + pieces[at]';
  const code = `${block.code}

extern "C" __global__ void __launch_bounds__(256) pieces(const ${type}* pieces, ${type}* out, const Params p) {
  ${index} i = (${index})blockIdx.x * 256 + threadIdx.x;
  if (i >= p.n) return;
  ${type} acc = (${type})0;
  ${index} at = i, to = 0;
  for (int s = 0; s < p.splits; s++, at += p.n) acc = ${add};
${walk('  ', index, 'i', rank, { size: 'size', stride: 'stride' }, ['to']).join('\n')}
  out[p.offset + to] = acc;
}
`;
  return { block, source: preludeFor(code) + code };
}

/** A product for cuBLAS, as `Runtime.gemm` takes it after the device. */
export interface Gemm {
  readonly float64: boolean;
  readonly numbers: readonly number[];
}

interface Axis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
  readonly out: number;
}

/** A group as one axis, if its strides allow; strides of an axis of one element are 0. */
function single(group: AxisGroup): Axis | null {
  const { sizes, strides } = mergeLoops(group.sizes, [group.a, group.b, group.out]);
  if (sizes.length > 1) return null;
  const [a, b, out] = strides.map((s) => s[0]);
  return { size: sizes[0], a, b, out };
}

/** How a matrix lies: `leading` is the step between its columns (or, transposed, rows). */
interface Lying {
  readonly transposed: boolean;
  readonly leading: number;
}

/**
 * A column-major matrix of `m` by `k` elements with these strides, or null. Elements of an axis of size 1
 * are nowhere but at the start, so its stride is free.
 */
function lying(m: number, k: number, alongM: number, alongK: number): Lying | null {
  const fits = (leading: number, least: number): boolean =>
    leading >= Math.max(1, least) && leading <= LARGEST;
  if (m === 1 || alongM === 1) {
    const leading = k === 1 ? Math.max(1, m) : alongK;
    if (fits(leading, m === 1 ? 1 : m)) return { transposed: false, leading };
  }
  if (k === 1 || alongK === 1) {
    const leading = m === 1 ? Math.max(1, k) : alongM;
    if (fits(leading, k === 1 ? 1 : k)) return { transposed: true, leading };
  }
  return null;
}

/** The product as cuBLAS takes it, or null where its strides are not those of matrices. */
export function gemmOf(spec: Contraction, a: View, b: View, out: View, tf32: boolean): Gemm | null {
  if (out.dtype !== 'float32' && out.dtype !== 'float64') return null;
  const [batch, row, column, sum] = [spec.batch, spec.row, spec.column, spec.sum].map(single);
  if (!batch || !row || !column || !sum) return null;
  const sizes = [row.size, column.size, sum.size, batch.size];
  if (sizes.some((n) => n < 1 || n > LARGEST)) return null;
  // cuBLAS is column-major: a row-major output is the transposed product with operands exchanged.
  const tries = [
    { m: column, n: row, first: b, second: a, swapped: true },
    { m: row, n: column, first: a, second: b, swapped: false },
  ];
  for (const { m, n, first, second, swapped } of tries) {
    const [x, y] = swapped ? (['b', 'a'] as const) : (['a', 'b'] as const);
    const one = lying(m.size, sum.size, m[x], sum[x]);
    const two = lying(sum.size, n.size, sum[y], n[y]);
    const result = lying(m.size, n.size, m.out, n.out);
    if (one === null || two === null || result === null || result.transposed) continue;
    return {
      float64: out.dtype === 'float64',
      numbers: [
        out.dtype === 'float64' ? 1 : 0,
        tf32 ? 1 : 0,
        one.transposed ? 1 : 0,
        two.transposed ? 1 : 0,
        m.size,
        n.size,
        sum.size,
        one.leading,
        batch[x],
        two.leading,
        batch[y],
        result.leading,
        batch.out,
        batch.size,
        ...[first, second, out].flatMap((v) => [(v.buffer as CudaBuffer).handle, v.offset]),
      ],
    };
  }
  return null;
}

const pick = (group: AxisGroup, operands: readonly ('a' | 'b' | 'out')[]): Loops =>
  mergeLoops(
    group.sizes,
    operands.map((o) => group[o]),
  );

/** The innermost stride that is not of a repeated element; how far neighbours are apart. */
const nearest = (loops: Loops, operand: number): number => {
  const s = loops.strides[operand].map(Math.abs).filter((x) => x > 0);
  return s.length === 0 ? Infinity : Math.min(...s);
};

/** The product by our own kernel. */
export function contract(run: Executor, spec: Contraction, a: View, b: View, out: View): void {
  const batch = pick(spec.batch, ['a', 'b', 'out']);
  const row = pick(spec.row, ['a', 'out']);
  const column = pick(spec.column, ['b', 'out']);
  const sum = pick(spec.sum, ['a', 'b']);
  const [batches, rows, columns, n] = [batch, row, column, sum].map((l) => numelOf(l.sizes));
  // Blocks that keep the device busy: two on each multiprocessor.
  const enough = run.info.multiprocessors * 2;
  // Sixty-four results in double precision would leave a thread too few registers.
  const large = out.dtype !== 'float64' && Math.min(rows, columns) > 96;
  const tile =
    large && batches * rows * columns >= (128 * 128 * enough) / 2
      ? LARGE
      : Math.max(rows, columns) > 32 && Math.min(rows, columns) > 16
        ? MIDDLE
        : SMALL;
  const gridX = Math.ceil(rows / tile.rows);
  const gridY = Math.ceil(columns / tile.columns);
  const blocks = gridX * gridY * batches;
  const { dtype } = out;
  // Few blocks with much to sum share it out.
  const splits = Math.max(
    1,
    Math.min(Math.ceil(enough / blocks), Math.floor(n / (tile.depth * 8)), 64),
  );
  const reach = [
    reachOf(batch.sizes, batch.strides[0]) +
      reachOf(row.sizes, row.strides[0]) +
      reachOf(sum.sizes, sum.strides[0]),
    reachOf(batch.sizes, batch.strides[1]) +
      reachOf(column.sizes, column.strides[0]) +
      reachOf(sum.sizes, sum.strides[1]),
    reachOf(batch.sizes, batch.strides[2]) +
      reachOf(row.sizes, row.strides[1]) +
      reachOf(column.sizes, column.strides[1]),
  ];
  const wide = needsWide(rows + 128, columns + 128, n + SLAB, batches * rows * columns, ...reach);
  const ranks: Ranks = {
    batch: rankClass(batch.sizes.length),
    row: rankClass(row.sizes.length),
    column: rankClass(column.sizes.length),
    sum: rankClass(sum.sizes.length),
  };
  const reading = {
    aAlong: nearest(sum, 0) <= nearest(row, 0),
    bAlong: nearest(sum, 1) <= nearest(column, 0),
  };
  const { aAlong, bAlong } = reading;
  const key = `contract ${dtype} ${tile.own} ${Object.values(ranks)} ${aAlong} ${bAlong} ${wide}`;
  const { kernel, block } = run.prepare(key, 'contract', () =>
    contractSource(dtype, tile, ranks, reading, wide),
  );
  // Pieces lie as [splits, batches, rows, columns].
  const whole = batches * rows * columns;
  const scratch = splits > 1 ? run.alloc(splits * whole, dtype, false) : null;
  const denseStrides = (sizes: readonly number[], inner: number): number[] =>
    sizes.map((_, d) => numelOf(sizes.slice(d + 1)) * inner);
  const target =
    scratch === null
      ? { batch: batch.strides[2], row: row.strides[1], column: column.strides[1] }
      : {
          batch: denseStrides(batch.sizes, rows * columns),
          row: denseStrides(row.sizes, columns),
          column: denseStrides(column.sizes, 1),
        };
  const put = (name: keyof Ranks, loops: Loops, strides: readonly (readonly number[])[]): void =>
    writeLoops(block, loops.sizes, strides, ranks[name], `${name}Size`, `${name}Stride`);
  // The second dimension of a grid is short: many products go in groups, along the outermost axis.
  const most = Math.floor(65535 / splits);
  const inner = numelOf(batch.sizes.slice(1));
  const slices =
    batches <= most ? 1 : Math.ceil(batch.sizes[0] / Math.max(1, Math.floor(most / inner)));
  const each = Math.ceil(batch.sizes[0] / slices);
  for (let first = 0; first < batch.sizes[0]; first += each) {
    const count = Math.min(each, batch.sizes[0] - first);
    block.set('offset', a.offset + first * batch.strides[0][0], 0);
    block.set('offset', b.offset + first * batch.strides[1][0], 1);
    block.set('offset', (scratch === null ? out.offset : 0) + first * target.batch[0], 2);
    block.set('rows', rows);
    block.set('columns', columns);
    block.set('n', n);
    block.set('part', Math.ceil(n / splits / tile.depth) * tile.depth);
    block.set('splits', splits);
    block.set('down', gridX);
    block.set('apart', whole);
    put('batch', batch, [batch.strides[0], batch.strides[1], target.batch]);
    put('row', row, [row.strides[0], target.row]);
    put('column', column, [column.strides[0], target.column]);
    put('sum', sum, sum.strides);
    const buffers = [a.buffer, b.buffer, scratch ?? out.buffer] as CudaBuffer[];
    run.launch(kernel, buffers, [gridX * gridY, count * inner * splits, 1], [256, 1, 1]);
  }
  if (scratch === null) return;
  const loops = mergeLoops(
    [...batch.sizes, ...row.sizes, ...column.sizes],
    [[...batch.strides[2], ...row.strides[1], ...column.strides[1]]],
  );
  const rank = rankClass(loops.sizes.length);
  const last = run.prepare(`pieces ${dtype} ${rank} ${wide}`, 'pieces', () =>
    gatherPiecesSource(dtype, rank, wide),
  );
  last.block.set('offset', out.offset);
  last.block.set('n', whole);
  last.block.set('splits', splits);
  writeLoops(last.block, loops.sizes, loops.strides, rank);
  run.launch(
    last.kernel,
    [scratch, out.buffer as CudaBuffer],
    [Math.ceil(whole / 256), 1, 1],
    [256, 1, 1],
  );
  run.free(scratch);
}
