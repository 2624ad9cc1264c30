// Products of tiles in workgroup memory, four by four results an invocation.
import type { Epilogue, Loops, View } from '@dl/core/functional';
import { ENOUGH, Kernel, walk } from './kernel.js';
import { type Counts, countsOf, finish, type Product } from './product.js';
import type { Memory, Runtime } from './runtime.js';
import { type Held, heldAs } from './wgsl.js';

/** A workgroup's tile: `lines` by `lines` results, `depth` summed elements at a time. */
interface Tile {
  readonly lines: number;
  readonly depth: number;
}

const LARGE: Tile = { lines: 64, depth: 16 };
const SMALL: Tile = { lines: 32, depth: 16 };
/** Results that an invocation has in each direction. */
const OWN = 4;

/** The smallest step between neighbors: how dense an operand lies along a group. */
const nearest = (loops: Loops, operand: number): number => {
  const s = loops.strides[operand].map(Math.abs).filter((x) => x > 0);
  return s.length === 0 ? Infinity : Math.min(...s);
};

/** How a product is cut up. */
interface Cut {
  readonly tile: Tile;
  /** Invocations in each direction, and in all. */
  readonly across: number;
  readonly threads: number;
  readonly gridR: number;
  readonly gridC: number;
  readonly blocks: number;
  /** Parts of the sum that workgroups share. */
  readonly splits: number;
}

function cutOf({ batches, rows, columns, n }: Counts, dense: boolean): Cut {
  const many = batches * Math.ceil(rows / LARGE.lines) * Math.ceil(columns / LARGE.lines);
  const tile = Math.min(rows, columns) > 48 && many >= 8 ? LARGE : SMALL;
  const across = tile.lines / OWN;
  const gridR = Math.ceil(rows / tile.lines);
  const gridC = Math.ceil(columns / tile.lines);
  const blocks = gridR * gridC * batches;
  // Few workgroups with much to sum share it out.
  const splits = dense
    ? Math.max(1, Math.min(Math.ceil(ENOUGH / blocks), Math.floor(n / (tile.depth * 16)), 32))
    : 1;
  return { tile, across, threads: across * across, gridR, gridC, blocks, splits };
}

/** An operand of a product. */
interface Side {
  readonly name: 'a' | 'b';
  readonly view: View;
  /** Its lines: rows of `a`, columns of `b`. */
  readonly line: Loops;
  readonly sum: Loops;
  /** The first line of the tile, the limit of all lines, and the tables of where they begin in operand and output. */
  readonly start: string;
  readonly limit: string;
  readonly tables: readonly [string, string];
}

/** What the parts of the kernel share. */
interface Parts {
  readonly kernel: Kernel;
  readonly product: Product;
  readonly counts: Counts;
  readonly cut: Cut;
  /** The type of a result. */
  readonly type: Held;
  readonly sides: readonly [a: Side, b: Side];
}

function partsOf(kernel: Kernel, product: Product): Parts {
  const { groups, a, b, out } = product;
  const { row, column, sum } = groups;
  const counts = countsOf(groups);
  const own = (k: number): Loops => ({ sizes: sum.sizes, strides: [sum.strides[k]] });
  return {
    kernel,
    product,
    counts,
    cut: cutOf(counts, out.dense),
    type: heldAs(out.dtype),
    sides: [
      {
        name: 'a',
        view: a,
        line: row,
        sum: own(0),
        start: 'row0',
        limit: kernel.number(counts.rows),
        tables: ['aLine', 'outRow'],
      },
      {
        name: 'b',
        view: b,
        line: column,
        sum: own(1),
        start: 'column0',
        limit: kernel.number(counts.columns),
        tables: ['bLine', 'outColumn'],
      },
    ],
  };
}

/** Code that notes where each line of a tile begins, in the operand and in the output. */
const fillTables = (
  { kernel, cut: { tile, threads } }: Parts,
  { line, start, limit, tables }: Side,
): string[] => [
  `for (var s = t; s < ${tile.lines}; s += ${threads}) {`,
  `let i = ${start} + s;`,
  'var x = 0;',
  'var y = 0;',
  `if (i < ${limit}) {`,
  ...walk(kernel, 'i', line, ['x', 'y']),
  '}',
  `${tables[0]}[s] = x;`,
  `${tables[1]}[s] = y;`,
  '}',
];

/** Code that reads a tile of an operand into workgroup memory. */
function readTile({ kernel, cut }: Parts, side: Side): string[] {
  const { name, view, line, sum, start, limit, tables } = side;
  const { across, threads } = cut;
  const { lines: size, depth } = cut.tile;
  // Neighboring invocations read neighbors in memory.
  const along = nearest(sum, 0) <= nearest(line, 0);
  return [
    `for (var s = t; s < ${size * depth}; s += ${threads}) {`,
    along ? `let k = s % ${depth};` : `let k = s / ${size};`,
    along ? `let l = s / ${depth};` : `let l = s % ${size};`,
    `var value = ${heldAs(view.dtype)}(0);`,
    'let i = begin + k;',
    `if (${start} + l < ${limit} && i < end) {`,
    `var at = ${name}At + ${tables[0]}[l];`,
    ...walk(kernel, 'i', sum, ['at']),
    `value = ${kernel.buffer(view)}[at];`,
    '}',
    `${name}Tile[k * ${across} + l / 4][l % 4] = value;`,
    '}',
  ];
}

/** Code that says which tile of which batch a workgroup has, and where the operands begin. */
function placeTile({ kernel, product, cut }: Parts): string[] {
  const { groups, a, b, out } = product;
  const { tile, gridR, gridC, splits } = cut;
  return [
    'var rest = group;',
    `let column0 = rest % ${kernel.number(gridC)} * ${tile.lines};`,
    `rest /= ${kernel.number(gridC)};`,
    `let row0 = rest % ${kernel.number(gridR)} * ${tile.lines};`,
    `rest /= ${kernel.number(gridR)};`,
    `let split = rest % ${kernel.number(splits)};`,
    `let batch = rest / ${kernel.number(splits)};`,
    `var aAt = ${kernel.number(a.offset)};`,
    `var bAt = ${kernel.number(b.offset)};`,
    `var outAt = ${kernel.number(out.offset)};`,
    ...walk(kernel, 'batch', groups.batch, ['aAt', 'bAt', 'outAt']),
  ];
}

/** Sums products of tiles over the workgroup's part of the summed elements. */
function sumTiles(parts: Parts): string[] {
  const { kernel, counts, cut, type, sides } = parts;
  const { tile, across, splits } = cut;
  const { n } = counts;
  const { depth } = tile;
  return [
    `let part = ${kernel.number(Math.ceil(n / splits / depth) * depth)};`,
    'let first = split * part;',
    `let end = min(first + part, ${kernel.number(n)});`,
    `let tr = t / ${across};`,
    `let tc = t % ${across};`,
    ...[0, 1, 2, 3].map((i) => `var acc${i} = vec4<${type}>();`),
    `for (var begin = first; begin < end; begin += ${depth}) {`,
    ...sides.flatMap((side) => readTile(parts, side)),
    'workgroupBarrier();',
    `for (var k = 0; k < ${depth}; k++) {`,
    `let x = aTile[k * ${across} + tr];`,
    `let y = bTile[k * ${across} + tc];`,
    ...[0, 1, 2, 3].map((i) => `acc${i} += x[${i}] * y;`),
    '}',
    'workgroupBarrier();',
    '}',
  ];
}

/** Writes an invocation's results: to the output after the epilogue, or else to the pieces of a split product. */
function storeResults(parts: Parts, pieces: Memory | null): string[] {
  const { kernel, product, counts, type, sides } = parts;
  const [rows, columns] = sides.map(({ limit }) => limit);
  return [
    `let inside = batch < ${kernel.number(counts.batches)};`,
    `var acc = array<vec4<${type}>, 4>(acc0, acc1, acc2, acc3);`,
    'for (var i = 0; i < 4; i++) {',
    'let r = tr * 4 + i;',
    'for (var j = 0; j < 4; j++) {',
    'let c = tc * 4 + j;',
    `if (inside && row0 + r < ${rows} && column0 + c < ${columns}) {`,
    'let place = outAt + outRow[r] + outColumn[c];',
    'let value = acc[i][j];',
    ...storeValue(kernel, product, type, pieces),
    '}',
    '}',
    '}',
  ];
}

function storeValue(
  kernel: Kernel,
  { out, epilogue }: Product,
  type: Held,
  pieces: Memory | null,
): string[] {
  const start = kernel.number(out.offset);
  if (pieces !== null) {
    const piece = `split * ${kernel.number(out.count)} + place - ${start}`;
    return [`${kernel.memory(pieces, type)}[${piece}] = value;`];
  }
  const last = finish(kernel, out, epilogue, `(place - ${start})`);
  return [...last.lines, `${kernel.buffer(out)}[place] = ${last.text};`];
}

/** Workgroup memory: a tile of each operand, and the tables. */
const declarationsOf = ({ cut: { tile, across }, type, sides }: Parts): string[] => [
  ...['aTile', 'bTile'].map(
    (name) => `var<workgroup> ${name}: array<vec4<${type}>, ${across * tile.depth}>;`,
  ),
  ...sides
    .flatMap(({ tables }) => tables)
    .map((name) => `var<workgroup> ${name}: array<i32, ${tile.lines}>;`),
];

/** The product by tiles; runs the epilogue. */
export function tiled(runtime: Runtime, product: Product): void {
  const { out, epilogue } = product;
  const kernel = new Kernel();
  const parts = partsOf(kernel, product);
  const { threads, blocks, splits } = parts.cut;
  const lines = [
    ...placeTile(parts),
    ...parts.sides.flatMap((side) => fillTables(parts, side)),
    'workgroupBarrier();',
    ...sumTiles(parts),
  ];
  const pieces = splits > 1 ? runtime.alloc(splits * out.count, false) : null;
  lines.push(...storeResults(parts, pieces));
  const declarations = declarationsOf(parts);
  kernel.runGroups(runtime, 'contract', blocks * splits, threads, { declarations, lines });
  if (pieces === null) return;
  gather(runtime, pieces, splits, out, epilogue);
  runtime.free(pieces);
}

/** Adds up the pieces of a split product into a dense output. */
function gather(
  runtime: Runtime,
  pieces: Memory,
  splits: number,
  out: View,
  epilogue: Epilogue | undefined,
): void {
  const kernel = new Kernel();
  const type = heldAs(out.dtype);
  const last = finish(kernel, out, epilogue, 'i');
  kernel.run(runtime, 'pieces', out.count, [
    `var value = ${type}(0);`,
    `for (var s = 0; s < ${kernel.number(splits)}; s++) {`,
    `value += ${kernel.memory(pieces, type)}[s * ${kernel.number(out.count)} + i];`,
    '}',
    ...last.lines,
    `${kernel.buffer(out)}[${kernel.number(out.offset)} + i] = ${last.text};`,
  ]);
}
