// Running combinations along an axis: a block for each line, which carries its result from piece to piece.
import { type DType, mergeLoops, numelOf, type Reducer, type View } from '@dl/core/functional';
import type { CudaBuffer, Executor, Generated } from '../runtime.js';
import { Block, type FieldType } from './block.js';
import { accumulator, combineCode, neutral } from './combine.js';
import { storage } from './scalar.js';
import {
  indexType,
  loopFields,
  needsWide,
  rankClass,
  reachOf,
  sourceOf,
  walk,
  writeLoops,
} from './source-pieces.js';

const THREADS = 256;
/** Lines up to this length have a thread each, and are walked one element after the other. */
const SHORT = 64;

/** What is carried along a line: sums and products of float32 as doubles, as on the CPU. */
const carried = (dtype: DType, reducer: Reducer): string =>
  dtype === 'float32' && (reducer === 'sum' || reducer === 'prod') ? 'double' : accumulator[dtype];

/** What the source of a scan depends on. */
interface Scan {
  readonly dtype: DType;
  readonly reducer: Reducer;
  readonly rank: number;
  readonly wide: boolean;
  /** Whether each thread has a line of its own. */
  readonly serial: boolean;
}

/** What the parts of the source share. */
interface Parts extends Scan {
  /** The type of what is carried, and of a position. */
  readonly type: string;
  readonly index: FieldType;
}

/** The parameters. */
const blockOf = ({ index, rank }: Parts): Block =>
  new Block([
    { name: 'offset', type: 'long long', count: 2 },
    { name: 'lines', type: index },
    { name: 'n', type: index },
    { name: 'step', type: index, count: 2 },
    ...loopFields(index, rank, 2),
  ]);

/** An element of the input as what is carried. */
const read = ({ dtype, type }: Parts, at: string): string =>
  dtype === 'bool' ? `(${type})(a[${at}] != 0)` : `(${type})a[${at}]`;

/** What is carried as an element of the output. */
const put = ({ dtype }: Parts, x: string): string =>
  dtype === 'bool' ? `(unsigned char)(${x} != 0)` : `(${storage[dtype]})${x}`;

/** Which line is walked, and where it begins. */
const placeLine = ({ index, rank, serial }: Parts): string[] => [
  '  a += p.offset[0];',
  '  out += p.offset[1];',
  `  ${index} line = (${index})blockIdx.x${serial ? ` * ${THREADS} + threadIdx.x` : ''};`,
  ...(serial ? ['  if (line >= p.lines) return;'] : []),
  `  ${index} from = 0, to = 0;`,
  ...walk('  ', index, 'line', rank, ['from', 'to']),
];

/** A thread walks the line. */
function walkAlone(parts: Parts): string[] {
  const { type, index, reducer } = parts;
  return [
    `  ${type} acc = ${neutral(reducer, type)};`,
    `  for (${index} i = 0; i < p.n; i++, from += p.step[0], to += p.step[1]) {`,
    `    acc = combine(acc, ${read(parts, 'from')});`,
    `    out[to] = ${put(parts, 'acc')};`,
    '  }',
  ];
}

/** A block walks the line in pieces of an element for each thread. */
function walkPieces(parts: Parts): string[] {
  const { type, index, reducer } = parts;
  const none = neutral(reducer, type);
  return [
    `  __shared__ ${type} shared[2][${THREADS}];`,
    '  const int t = threadIdx.x;',
    `  ${type} carry = ${none};`,
    `  for (${index} begin = 0; begin < p.n; begin += ${THREADS}) {`,
    `    const ${index} i = begin + t;`,
    `    shared[0][t] = i < p.n ? ${read(parts, 'from + i * p.step[0]')} : ${none};`,
    '    __syncthreads();',
    '    int now = 0;',
    `    for (int reach = 1; reach < ${THREADS}; reach *= 2, now ^= 1) {`,
    '      shared[now ^ 1][t] = t < reach ? shared[now][t] : combine(shared[now][t - reach], shared[now][t]);',
    '      __syncthreads();',
    '    }',
    `    const ${type} mine = combine(carry, shared[now][t]);`,
    `    if (i < p.n) out[to + i * p.step[1]] = ${put(parts, 'mine')};`,
    `    carry = combine(carry, shared[now][${THREADS - 1}]);`,
    '    __syncthreads();',
    '  }',
  ];
}

/** The source of a scan. */
export function scanSource(scan: Scan): Generated {
  const { dtype, reducer, wide, serial } = scan;
  const type = carried(dtype, reducer);
  const parts = { ...scan, type, index: indexType(wide) };
  const operands = [
    { name: 'a', type: `const ${storage[dtype]}` },
    { name: 'out', type: storage[dtype] },
  ];
  const lines = [...placeLine(parts), ...(serial ? walkAlone(parts) : walkPieces(parts))];
  return sourceOf('scan', THREADS, blockOf(parts), operands, lines, [combineCode(reducer, type)]);
}

/** See `Backend.scan`. */
export function scan(
  run: Executor,
  reducer: Reducer,
  input: View,
  axis: number,
  output: View,
): void {
  if (output.count === 0) return;
  const without = (xs: readonly number[]): number[] => xs.filter((_, d) => d !== axis);
  const loops = mergeLoops(without(input.shape), [without(input.strides), without(output.strides)]);
  const n = input.shape[axis] ?? 1;
  const step = [input.strides[axis] ?? 0, output.strides[axis] ?? 0];
  const lines = numelOf(loops.sizes);
  const serial = n <= SHORT || lines >= 4096;
  const reach = loops.strides.map((s, k) => reachOf(loops.sizes, s) + Math.abs(step[k]) * n);
  const wide = needsWide(lines + THREADS, n + THREADS, ...reach);
  const rank = rankClass(loops.sizes.length);
  const key = `scan ${input.dtype} ${reducer} ${rank} ${wide} ${serial}`;
  const { kernel, block } = run.prepare(key, 'scan', () =>
    scanSource({ dtype: input.dtype, reducer, rank, wide, serial }),
  );
  block.set('offset', input.offset, 0);
  block.set('offset', output.offset, 1);
  block.set('lines', lines);
  block.set('n', n);
  for (let k = 0; k < 2; k++) block.set('step', step[k], k);
  writeLoops(block, loops, rank);
  const grid = serial ? Math.ceil(lines / THREADS) : lines;
  run.launch(
    kernel,
    [input.buffer as CudaBuffer, output.buffer as CudaBuffer],
    [grid, 1, 1],
    [THREADS, 1, 1],
  );
}
