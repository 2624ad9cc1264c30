// Products over strided views: tiles in workgroup memory, four by four results an invocation.

import {
  type AxisGroup,
  type Contraction,
  type Epilogue,
  type Loops,
  numelOf,
  type View,
} from '@dl/core/functional';
import { direct, finish, type Groups } from './direct-product.js';
import { Kernel, walk } from './kernel.js';
import type { Memory, Runtime } from './runtime.js';
import { loopsOf } from './views.js';
import { heldAs } from './wgsl.js';

/** A workgroup's tile: `lines` by `lines` results, `depth` summed elements at a time. */
interface Tile {
  readonly lines: number;
  readonly depth: number;
}

const LARGE: Tile = { lines: 64, depth: 16 };
const SMALL: Tile = { lines: 32, depth: 16 };
/** Results that an invocation has in each direction. */
const OWN = 4;
/** And in each direction where workgroup memory is no faster than other memory. */
const OWN_ALONE = 8;
/** Workgroups keep a device busy from this many on. */
const ENOUGH = 64;

/** Multiplications up to which a tile is not worth its barriers (nor its compilation). */
const TINY = 16384;

const pick = (group: AxisGroup, operands: readonly ('a' | 'b' | 'out')[]): Loops =>
  loopsOf(
    group.sizes,
    operands.map((o) => group[o]),
  );

/** The smallest step between neighbours: how dense an operand lies along a group. */
const nearest = (loops: Loops, operand: number): number => {
  const s = loops.strides[operand].map(Math.abs).filter((x) => x > 0);
  return s.length === 0 ? Infinity : Math.min(...s);
};

/** The power of two that is next below, up to a limit. */
const below = (n: number, most: number): number =>
  Math.min(most, 2 ** Math.floor(Math.log2(Math.max(n, 1))));

/** See `Backend.contract`. An epilogue is run if `fuses(out)`. */
export function contract(
  runtime: Runtime,
  spec: Contraction,
  a: View,
  b: View,
  out: View,
  epilogue?: Epilogue,
): void {
  const batch = pick(spec.batch, ['a', 'b', 'out']);
  const row = pick(spec.row, ['a', 'out']);
  const column = pick(spec.column, ['b', 'out']);
  const sum = pick(spec.sum, ['a', 'b']);
  const [batches, rows, columns, n] = [batch, row, column, sum].map((l) => numelOf(l.sizes)) as [
    number,
    number,
    number,
    number,
  ];
  if (batches * rows * columns === 0) return;
  const groups = { batch, row, column, sum };
  if (batches * rows * columns * n <= TINY) {
    direct(runtime, groups, a, b, out, epilogue, 1, 1);
    return;
  }
  if (!runtime.shares) {
    const tall = below(rows, OWN_ALONE);
    const wide = below(columns, tall === 1 ? 2 * OWN_ALONE : OWN_ALONE);
    direct(runtime, groups, a, b, out, epilogue, tall, wide);
    return;
  }
  tiled(runtime, groups, { batches, rows, columns, n }, a, b, out, epilogue);
}

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

interface Counts {
  readonly batches: number;
  readonly rows: number;
  readonly columns: number;
  readonly n: number;
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

/** Code that notes where each line of a tile begins, in the operand and in the output. */
const lineTable = (
  kernel: Kernel,
  { tile, threads }: Cut,
  start: string,
  limit: string,
  loops: Loops,
  targets: readonly [string, string],
): string[] => [
  `for (var s = t; s < ${tile.lines}; s += ${threads}) {`,
  `let i = ${start} + s;`,
  'var x = 0;',
  'var y = 0;',
  `if (i < ${limit}) {`,
  ...walk(kernel, 'i', loops, ['x', 'y']),
  '}',
  `${targets[0]}[s] = x;`,
  `${targets[1]}[s] = y;`,
  '}',
];

/** Code that reads a tile of an operand into workgroup memory. */
function tileOf(
  kernel: Kernel,
  { tile: { lines: size, depth }, across, threads }: Cut,
  name: 'a' | 'b',
  view: View,
  { line, sum }: { readonly line: Loops; readonly sum: Loops },
  start: string,
  limit: string,
): string[] {
  const operand = name === 'a' ? 0 : 1;
  // Neighbouring invocations read neighbours in memory.
  const along = nearest(sum, operand) <= nearest(line, 0);
  return [
    `for (var s = t; s < ${size * depth}; s += ${threads}) {`,
    along ? `let k = s % ${depth};` : `let k = s / ${size};`,
    along ? `let l = s / ${depth};` : `let l = s % ${size};`,
    `var value = ${heldAs(view.dtype)}(0);`,
    'let i = begin + k;',
    `if (${start} + l < ${limit} && i < end) {`,
    `var at = ${name}At + ${name}Line[l];`,
    ...walk(kernel, 'i', { sizes: sum.sizes, strides: [sum.strides[operand]] }, ['at']),
    `value = ${kernel.buffer(view)}[at];`,
    '}',
    `${name}Tile[k * ${across} + l / 4][l % 4] = value;`,
    '}',
  ];
}

/** Code that says which tile of which batch a workgroup has, and where the operands begin. */
const places = (
  kernel: Kernel,
  { tile: { lines: size }, gridR, gridC, splits }: Cut,
  { batch }: Groups,
  [a, b, out]: readonly [View, View, View],
): string[] => [
  'var rest = group;',
  `let column0 = rest % ${kernel.number(gridC)} * ${size};`,
  `rest /= ${kernel.number(gridC)};`,
  `let row0 = rest % ${kernel.number(gridR)} * ${size};`,
  `rest /= ${kernel.number(gridR)};`,
  `let split = rest % ${kernel.number(splits)};`,
  `let batch = rest / ${kernel.number(splits)};`,
  `var aAt = ${kernel.number(a.offset)};`,
  `var bAt = ${kernel.number(b.offset)};`,
  `var outAt = ${kernel.number(out.offset)};`,
  ...walk(kernel, 'batch', batch, ['aAt', 'bAt', 'outAt']),
];

/** Products of tiles in workgroup memory, four by four results an invocation. */
function tiled(
  runtime: Runtime,
  groups: Groups,
  counts: Counts,
  a: View,
  b: View,
  out: View,
  epilogue: Epilogue | undefined,
): void {
  const { row, column, sum } = groups;
  const { batches, rows, columns, n } = counts;
  const cut = cutOf(counts, out.dense);
  const { tile, across, threads, blocks, splits } = cut;
  const { lines: size, depth } = tile;
  const kernel = new Kernel();
  const type = heldAs(out.dtype);
  const [rowLimit, columnLimit] = [kernel.number(rows), kernel.number(columns)];
  const lines = [
    ...places(kernel, cut, groups, [a, b, out]),
    ...lineTable(kernel, cut, 'row0', rowLimit, row, ['aLine', 'outRow']),
    ...lineTable(kernel, cut, 'column0', columnLimit, column, ['bLine', 'outColumn']),
    'workgroupBarrier();',
    `let part = ${kernel.number(Math.ceil(n / splits / depth) * depth)};`,
    'let first = split * part;',
    `let end = min(first + part, ${kernel.number(n)});`,
    `let tr = t / ${across};`,
    `let tc = t % ${across};`,
    ...[0, 1, 2, 3].map((i) => `var acc${i} = vec4<${type}>();`),
    `for (var begin = first; begin < end; begin += ${depth}) {`,
    ...tileOf(kernel, cut, 'a', a, { line: row, sum }, 'row0', rowLimit),
    ...tileOf(kernel, cut, 'b', b, { line: column, sum }, 'column0', columnLimit),
    'workgroupBarrier();',
    `for (var k = 0; k < ${depth}; k++) {`,
    `let x = aTile[k * ${across} + tr];`,
    `let y = bTile[k * ${across} + tc];`,
    ...[0, 1, 2, 3].map((i) => `acc${i} += x[${i}] * y;`),
    '}',
    'workgroupBarrier();',
    '}',
    `let inside = batch < ${kernel.number(batches)};`,
    `var acc = array<vec4<${type}>, 4>(acc0, acc1, acc2, acc3);`,
    `for (var i = 0; i < 4; i++) {`,
    'let r = tr * 4 + i;',
    'for (var j = 0; j < 4; j++) {',
    'let c = tc * 4 + j;',
    `if (inside && row0 + r < ${rowLimit} && column0 + c < ${columnLimit}) {`,
    'let place = outAt + outRow[r] + outColumn[c];',
    'let value = acc[i][j];',
  ];
  const fused = splits === 1 && out.dense ? epilogue : undefined;
  const start = kernel.number(out.offset);
  const total = out.count;
  const pieces = splits > 1 ? runtime.alloc(splits * total, false) : null;
  if (pieces === null) {
    const last = finish(kernel, out, fused, `(place - ${start})`);
    lines.push(...last.lines, `${kernel.buffer(out)}[place] = ${last.text};`);
  } else {
    lines.push(
      `${kernel.memory(pieces, type)}[split * ${kernel.number(total)} + place - ${start}] = value;`,
    );
  }
  lines.push('}', '}', '}');
  const declarations = [
    `var<workgroup> aTile: array<vec4<${type}>, ${across * depth}>;`,
    `var<workgroup> bTile: array<vec4<${type}>, ${across * depth}>;`,
    ...['aLine', 'outRow', 'bLine', 'outColumn'].map(
      (name) => `var<workgroup> ${name}: array<i32, ${size}>;`,
    ),
  ];
  kernel.runGroups(runtime, 'contract', blocks * splits, threads, { declarations, lines });
  if (pieces !== null) {
    gather(runtime, pieces, splits, out, epilogue);
    runtime.free(pieces);
  }
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

/** Whether `contract` runs the epilogue itself. */
export const fuses = (out: View): boolean => out.dense;
