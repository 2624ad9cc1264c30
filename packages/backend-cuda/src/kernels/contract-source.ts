// The sources of a product by tiles in shared memory and registers, and of the sum of a split product's pieces.
import type { DType } from '@dl/core/functional';
import type { Generated } from '../runtime.js';
import { Block, type Field, type FieldType } from './block.js';
import { preludeFor } from './prelude.js';
import { storage } from './scalar.js';
import { indexType, loopFields, sourceOf, walk } from './source-pieces.js';

/** A tile: rows and columns of a block and of a thread, and summed elements at a time. */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly own: number;
}

/** Threads of a block, with any tile. */
export const THREADS = 256;

/** Summed elements whose places are looked up at a time: one by each thread. */
export const SLAB = 256;

/** How many loops each group of axes has. */
export interface Ranks {
  readonly batch: number;
  readonly row: number;
  readonly column: number;
  readonly sum: number;
}

/** What the source of a product depends on. */
export interface TiledProduct {
  readonly dtype: DType;
  readonly tile: Tile;
  readonly ranks: Ranks;
  readonly wide: boolean;
  /** Which way neighboring threads read an operand: along the summed elements, or across them. */
  readonly aAlong: boolean;
  readonly bAlong: boolean;
}

/** An operand of a product, and a thread's share of its tile. */
interface Side {
  readonly name: 'a' | 'b';
  /** The table of where the tile's lines (rows of `a`, columns of `b`) begin, the first of them and their limit. */
  readonly table: string;
  readonly first: string;
  readonly limit: string;
  /** Elements of the tile that a thread reads, and of how many lines they are. */
  readonly share: number;
  readonly lines: number;
  /** The line of the thread's element `e` in the tile, where its line is among the thread's, and its summed element. */
  readonly line: string;
  readonly held: string;
  readonly step: string;
}

/** What the parts of the source share. */
interface Parts extends TiledProduct {
  /** The type of an element, and of a position. */
  readonly type: string;
  readonly index: FieldType;
  /** Threads side by side, and of a block. */
  readonly across: number;
  readonly threads: number;
  readonly sides: readonly [a: Side, b: Side];
  /** The row and the column in the tile of a thread's result `i`, `j`. */
  readonly rowOf: string;
  readonly columnOf: string;
}

/**
 * A thread's share of an operand's tile. `along` has neighboring threads take neighboring summed
 * elements: one of them for each thread, of several lines; else one line, several summed elements.
 */
function shareOf(
  { depth }: Tile,
  threads: number,
  lines: number,
  along: boolean,
): Pick<Side, 'share' | 'lines' | 'line' | 'held' | 'step'> {
  const share = (lines * depth) / threads;
  return along
    ? {
        share,
        lines: share,
        line: `t / ${depth} + e * ${threads / depth}`,
        held: 'e',
        step: `t % ${depth}`,
      }
    : {
        share,
        lines: 1,
        line: `t % ${lines}`,
        held: '0',
        step: `t / ${lines} + e * ${threads / lines}`,
      };
}

function partsOf(product: TiledProduct): Parts {
  const { dtype, tile, wide, aAlong, bAlong } = product;
  const { rows, columns, own } = tile;
  const across = columns / own;
  const threads = (rows / own) * across;
  // Rows come in runs of four, which are one load from shared memory; columns in pairs, so that what
  // neighboring threads write stays together.
  const run = Math.min(own, 4);
  return {
    ...product,
    type: storage[dtype],
    index: indexType(wide),
    across,
    threads,
    sides: [
      {
        name: 'a',
        table: 'aRow',
        first: 'row0',
        limit: 'p.rows',
        ...shareOf(tile, threads, rows, aAlong),
      },
      {
        name: 'b',
        table: 'bColumn',
        first: 'column0',
        limit: 'p.columns',
        ...shareOf(tile, threads, columns, bAlong),
      },
    ],
    rowOf: `(i / ${run}) * ${(rows / own) * run} + tr * ${run} + i % ${run}`,
    columnOf: `(j / 2) * ${across * 2} + tc * 2 + j % 2`,
  };
}

/** The parameters. */
function blockOf({ index, ranks }: Parts): Block {
  const group = (name: keyof Ranks): Field[] =>
    loopFields(index, ranks[name], name === 'batch' ? 3 : 2, name);
  return new Block([
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
}

/** Statements that take the position `position` in a group of axes apart for some operands. */
const walkGroup = (
  { index, ranks }: Parts,
  indent: string,
  group: keyof Ranks,
  position: string,
  targets: readonly string[],
): string[] => walk(indent, index, position, ranks[group], targets, group);

/** A table in shared memory: where elements of a group of axes are, in two operands. */
interface Table {
  readonly group: keyof Ranks;
  readonly start: string;
  readonly count: number;
  readonly limit: string;
  readonly targets: readonly [string, string];
}

/** Fills a table. */
function fillTable(parts: Parts, { group, start, count, limit, targets }: Table): string[] {
  const { index, threads } = parts;
  return [
    `  for (int s = t; s < ${count}; s += ${threads}) {`,
    `    ${index} i = ${start} + s, x = 0, y = 0;`,
    `    if (i < ${limit}) {`,
    ...walkGroup(parts, '      ', group, 'i', ['x', 'y']),
    '    }',
    `    ${targets[0]}[s] = x;`,
    `    ${targets[1]}[s] = y;`,
    '  }',
  ];
}

const unrolled = (indent: string, count: number, lines: readonly string[]): string[] => [
  '#pragma unroll',
  `${indent}for (int e = 0; e < ${count}; e++) {`,
  ...lines.map((l) => `${indent}  ${l}`),
  `${indent}}`,
];

/** Shared memory: two places for each operand's tile, and the tables. */
function sharedMemory({ type, index, tile: { rows, columns, depth, own } }: Parts): string[] {
  // Lines of shared memory start at 16 bytes, and neighboring ones in other banks.
  const pad = own === 2 ? 2 : 4;
  return [
    `  __shared__ __align__(16) ${type} aTile[${2 * depth}][${rows + pad}];`,
    `  __shared__ __align__(16) ${type} bTile[${2 * depth}][${columns + pad}];`,
    `  __shared__ ${index} aRow[${rows}], outRow[${rows}], bColumn[${columns}], outColumn[${columns}];`,
    `  __shared__ ${index} aSum[${SLAB}], bSum[${SLAB}];`,
  ];
}

/** Which tile of which batch a block has, where the operands begin, and where the tile's rows and columns are. */
function placeTile(parts: Parts): string[] {
  const {
    index,
    tile: { rows, columns },
  } = parts;
  return [
    '  const int t = threadIdx.x;',
    '  const int x0 = (int)blockIdx.x / p.down, y0 = (int)blockIdx.x % p.down;',
    `  const ${index} row0 = (${index})y0 * ${rows}, column0 = (${index})x0 * ${columns};`,
    '  const int split = (int)blockIdx.y % p.splits;',
    `  ${index} batch = (int)blockIdx.y / p.splits, aAt = 0, bAt = 0, outAt = 0;`,
    ...walkGroup(parts, '  ', 'batch', 'batch', ['aAt', 'bAt', 'outAt']),
    '  a += p.offset[0] + aAt;',
    '  b += p.offset[1] + bAt;',
    '  out += p.offset[2] + outAt + split * p.apart;',
    ...fillTable(parts, {
      group: 'row',
      start: 'row0',
      count: rows,
      limit: 'p.rows',
      targets: ['aRow', 'outRow'],
    }),
    ...fillTable(parts, {
      group: 'column',
      start: 'column0',
      count: columns,
      limit: 'p.columns',
      targets: ['bColumn', 'outColumn'],
    }),
  ];
}

/** A thread's results, and which of the summed elements its block has. */
function accumulators({ type, index, across, tile: { own } }: Parts): string[] {
  return [
    `  const ${index} first = split * p.part, end = first + p.part < p.n ? first + p.part : p.n;`,
    `  ${type} acc[${own}][${own}];`,
    '#pragma unroll',
    `  for (int i = 0; i < ${own}; i++) {`,
    '#pragma unroll',
    `    for (int j = 0; j < ${own}; j++) acc[i][j] = (${type})0;`,
    '  }',
    `  const int tr = t / ${across}, tc = t % ${across};`,
  ];
}

/** Registers for the next tile, and the lines that a thread reads of it. */
const registers = ({ type, index, sides }: Parts): string[] =>
  sides.flatMap(({ name, table, first, limit, share, lines, line }) => [
    `  ${type} ${name}Next[${share}];`,
    `  ${index} ${name}Line[${lines}];`,
    `  unsigned ${name}Inside = 0;`,
    ...unrolled('  ', lines, [
      `${name}Line[e] = ${table}[${line}];`,
      `if (${first} + ${line} < ${limit}) ${name}Inside |= 1u << e;`,
    ]),
  ]);

/** Reads the tiles whose summed elements begin at `from` of the slab into registers. */
const fetchTiles = ({ type, sides }: Parts, indent: string, from: string): string[] =>
  sides.flatMap(({ name, share, held, step }) =>
    unrolled(indent, share, [
      `const int k = ${from} + ${step};`,
      `const int l = ${held};`,
      `${name}Next[e] = (${name}Inside >> l & 1u) && k < count ? ${name}[${name}Line[l] + ${name}Sum[k]] : (${type})0;`,
    ]),
  );

/** Writes the registers to a place of the tiles in shared memory. */
const storeTiles = ({ sides }: Parts, indent: string, place: string): string[] =>
  sides.flatMap(({ name, share, line, step }) =>
    unrolled(indent, share, [`${name}Tile[${place} + ${step}][${line}] = ${name}Next[e];`]),
  );

/** Multiplies the tiles at `now`. */
function multiplyTiles({ dtype, type, wide, tile, rowOf, columnOf }: Parts): string[] {
  const { depth, own } = tile;
  const multiply =
    dtype === 'int32'
      ? 'acc[i][j] = (int)((unsigned)acc[i][j] + (unsigned)x[i] * (unsigned)y[j]);'
      : `acc[i][j] = fma${dtype === 'float32' ? 'f' : ''}(x[i], y[j], acc[i][j]);`;
  // So that two blocks of the largest tile have the registers of a multiprocessor.
  const few = own === 8 || (wide && dtype === 'float64');
  return [
    few ? `#pragma unroll ${wide ? 1 : 2}` : '#pragma unroll',
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
  ];
}

/** The loops over slabs of summed elements, and over the tiles of each. */
function sumTiles(parts: Parts): string[] {
  const {
    index,
    tile: { depth },
  } = parts;
  const table = fillTable(parts, {
    group: 'sum',
    start: 'slab',
    count: SLAB,
    limit: 'end',
    targets: ['aSum', 'bSum'],
  });
  return [
    `  for (${index} slab = first; slab < end; slab += ${SLAB}) {`,
    `    const int count = end - slab < ${SLAB} ? (int)(end - slab) : ${SLAB};`,
    ...table.map((l) => `  ${l}`),
    '    __syncthreads();',
    ...fetchTiles(parts, '    ', '0'),
    ...storeTiles(parts, '    ', '0'),
    '    __syncthreads();',
    '    int now = 0;',
    `    for (int begin = 0; begin < count; begin += ${depth}) {`,
    `      const bool more = begin + ${depth} < count;`,
    '      if (more) {',
    ...fetchTiles(parts, '        ', `begin + ${depth}`),
    '      }',
    ...multiplyTiles(parts),
    `      now = ${depth} - now;`,
    '      if (more) {',
    ...storeTiles(parts, '        ', 'now'),
    '      }',
    '      __syncthreads();',
    '    }',
    '  }',
  ];
}

/** Writes a thread's results. */
const storeResults = ({ tile: { own }, rowOf, columnOf }: Parts): string[] => [
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

/**
 * The source of a product. Where an operand's elements are is looked up in tables in shared memory, one
 * for a tile's rows (or columns) and one for its summed elements, so that any number of axes costs the same.
 * While a tile is multiplied the next one is on its way to registers; tiles take turns in two places.
 */
export function contractSource(product: TiledProduct): Generated {
  const parts = partsOf(product);
  const { type, threads } = parts;
  const block = blockOf(parts);
  const lines = [
    ...sharedMemory(parts),
    ...placeTile(parts),
    ...accumulators(parts),
    '  __syncthreads();',
    ...registers(parts),
    ...sumTiles(parts),
    ...storeResults(parts),
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
    ...loopFields(index, rank, 1),
  ]);
  const add =
    dtype === 'int32' ? '(int)((unsigned)acc + (unsigned)pieces[at])' : 'acc + pieces[at]';
  const operands = [
    { name: 'pieces', type: `const ${type}` },
    { name: 'out', type },
  ];
  return sourceOf('pieces', THREADS, block, operands, [
    `  ${index} i = (${index})blockIdx.x * ${THREADS} + threadIdx.x;`,
    '  if (i >= p.n) return;',
    `  ${type} acc = (${type})0;`,
    `  ${index} at = i, to = 0;`,
    `  for (int s = 0; s < p.splits; s++, at += p.n) acc = ${add};`,
    ...walk('  ', index, 'i', rank, ['to']),
    '  out[p.offset + to] = acc;',
  ]);
}
