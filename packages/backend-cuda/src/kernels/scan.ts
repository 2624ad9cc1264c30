// Running combinations along an axis: a block for each line, which carries its result from piece to piece.
import { type DType, mergeLoops, numelOf, type Reducer, type View } from '@dl/core/functional';
import type { CudaBuffer, Executor, Generated } from '../runtime.js';
import { Block } from './block.js';
import { accumulator, combineCode, neutral } from './combine.js';
import { storage } from './scalar.js';
import {
  indexType,
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

/** The source of a scan: `serial` gives each thread a line of its own. */
export function scanSource(
  dtype: DType,
  reducer: Reducer,
  rank: number,
  wide: boolean,
  serial: boolean,
): Generated {
  const type = carried(dtype, reducer);
  const index = indexType(wide);
  const block = new Block([
    { name: 'offset', type: 'long long', count: 2 },
    { name: 'lines', type: index },
    { name: 'n', type: index },
    { name: 'step', type: index, count: 2 },
    { name: 'size', type: index, count: rank },
    { name: 'stride', type: index, count: rank * 2 },
  ]);
  const read = (at: string): string =>
    dtype === 'bool' ? `(${type})(a[${at}] != 0)` : `(${type})a[${at}]`;
  const put = (x: string): string =>
    dtype === 'bool' ? `(unsigned char)(${x} != 0)` : `(${storage[dtype]})${x}`;
  const line = serial ? `(${index})blockIdx.x * ${THREADS} + threadIdx.x` : `(${index})blockIdx.x`;
  const lines = [
    '  a += p.offset[0];',
    '  out += p.offset[1];',
    `  ${index} line = ${line};`,
    ...(serial ? ['  if (line >= p.lines) return;'] : []),
    `  ${index} from = 0, to = 0;`,
    ...walk('  ', index, 'line', rank, { size: 'size', stride: 'stride' }, ['from', 'to']),
  ];
  if (serial) {
    lines.push(
      `  ${type} acc = ${neutral(reducer, type)};`,
      `  for (${index} i = 0; i < p.n; i++, from += p.step[0], to += p.step[1]) {`,
      `    acc = combine(acc, ${read('from')});`,
      `    out[to] = ${put('acc')};`,
      '  }',
    );
  } else {
    lines.push(
      `  __shared__ ${type} shared[2][${THREADS}];`,
      '  const int t = threadIdx.x;',
      `  ${type} carry = ${neutral(reducer, type)};`,
      `  for (${index} begin = 0; begin < p.n; begin += ${THREADS}) {`,
      `    const ${index} i = begin + t;`,
      `    shared[0][t] = i < p.n ? ${read('from + i * p.step[0]')} : ${neutral(reducer, type)};`,
      '    __syncthreads();',
      '    int now = 0;',
      `    for (int reach = 1; reach < ${THREADS}; reach *= 2, now ^= 1) {`,
      '      shared[now ^ 1][t] = t < reach ? shared[now][t] : combine(shared[now][t - reach], shared[now][t]);',
      '      __syncthreads();',
      '    }',
      `    const ${type} mine = combine(carry, shared[now][t]);`,
      `    if (i < p.n) out[to + i * p.step[1]] = ${put('mine')};`,
      `    carry = combine(carry, shared[now][${THREADS - 1}]);`,
      '    __syncthreads();',
      '  }',
    );
  }
  const operands = [
    { name: 'a', type: `const ${storage[dtype]}` },
    { name: 'out', type: storage[dtype] },
  ];
  return sourceOf('scan', THREADS, block, operands, lines, [combineCode(reducer, type)]);
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
    scanSource(input.dtype, reducer, rank, wide, serial),
  );
  block.set('offset', input.offset, 0);
  block.set('offset', output.offset, 1);
  block.set('lines', lines);
  block.set('n', n);
  for (let k = 0; k < 2; k++) block.set('step', step[k], k);
  writeLoops(block, loops.sizes, loops.strides, rank);
  const grid = serial ? Math.ceil(lines / THREADS) : lines;
  run.launch(
    kernel,
    [input.buffer as CudaBuffer, output.buffer as CudaBuffer],
    [grid, 1, 1],
    [THREADS, 1, 1],
  );
}
