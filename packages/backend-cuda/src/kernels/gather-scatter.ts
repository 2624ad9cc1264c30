// Gather and scatter: moving elements to and from positions that index tensors give.
import {
  broadcastStrides,
  type DType,
  dtypes,
  type IndexedAxis,
  mergeLoops,
  type Reducer,
  type View,
} from '@dl/core/functional';
import type { CudaBuffer, Executor, Generated } from '../runtime.js';
import { Block } from './block.js';
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

type Combine = 'set' | Reducer;

/** Elements that are only moved are told by their size alone. */
const bySize: { readonly [bytes: number]: string } = {
  1: 'unsigned char',
  2: 'unsigned short',
  4: 'unsigned',
  8: 'unsigned long long',
};
const movedAs = (dtype: DType): string => bySize[dtypes[dtype].bytes];

const asBits: { readonly [type: string]: readonly [word: string, of: string, to: string] } = {
  float: ['unsigned', '__uint_as_float', '__float_as_uint'],
  double: ['unsigned long long', '__longlong_as_double', '__double_as_longlong'],
  int: ['unsigned', '(int)', '(unsigned)'],
  'long long': ['unsigned long long', '(long long)', '(unsigned long long)'],
};

/** What a combination gives, over `old` and `x`; NaN stays once it has come. */
function combined(combine: Reducer, dtype: DType): string {
  const unsigned = { int32: 'unsigned', int64: 'unsigned long long' }[dtype as string];
  const sign = combine === 'sum' ? '+' : '*';
  if (combine === 'sum' || combine === 'prod') {
    if (unsigned === undefined) return `old ${sign} x`;
    return `(${unsigned})old ${sign} (${unsigned})x`;
  }
  return `x ${combine === 'min' ? '<' : '>'} old || x != x ? x : old`;
}

/** A function `put` that combines an element with what is there, whoever else does so too. */
function putCode(combine: Combine, dtype: DType, type: string): string {
  const head = `__device__ __forceinline__ void put(${type}* at, ${type} x) {`;
  if (combine === 'set') return `${head}\n  *at = x;\n}`;
  if (combine === 'sum' && (dtype === 'float32' || dtype === 'float64' || dtype === 'int32')) {
    return `${head}\n  atomicAdd(at, x);\n}`;
  }
  const bits = asBits[type];
  if (bits !== undefined) {
    const [word, of, to] = bits;
    return `${head}
  ${word}* place = (${word}*)at;
  ${word} seen = *(volatile ${word}*)place;
  for (;;) {
    const ${type} old = ${of}(seen);
    const ${type} next = ${combined(combine, dtype)};
    const ${word} before = atomicCAS(place, seen, (${word})${to}(next));
    if (before == seen) return;
    seen = before;
  }
}`;
  }
  // Smaller elements share a word with their neighbors.
  const bytes = type === 'unsigned short' ? 2 : 1;
  return `${head}
  const unsigned long long address = (unsigned long long)at;
  unsigned* place = (unsigned*)(address & ~3ull);
  const unsigned shift = (unsigned)(address & 3ull) * 8u, mask = ${bytes === 2 ? '0xffffu' : '0xffu'};
  unsigned seen = *(volatile unsigned*)place;
  for (;;) {
    const ${type} old = (${type})(seen >> shift & mask);
    const ${type} next = (${type})(${combined(combine, dtype)});
    const unsigned before = atomicCAS(place, seen, (seen & ~(mask << shift)) | (unsigned)next << shift);
    if (before == seen) return;
    seen = before;
  }
}`;
}

/** The source of a gather (no combination) or scatter over `rank` loops with `indices` index tensors. */
export function indexedSource(
  dtype: DType,
  combine: Combine | null,
  rank: number,
  indices: number,
  wide: boolean,
): Generated {
  const index = indexType(wide);
  const type = combine === null || combine === 'set' ? movedAs(dtype) : storage[dtype];
  const operands = indices + 2;
  const block = new Block([
    { name: 'offset', type: 'long long', count: operands },
    { name: 'n', type: index },
    ...loopFields(index, rank, operands),
    { name: 'positions', type: 'int', count: indices },
    { name: 'leap', type: index, count: indices },
  ]);
  const ks = Array.from({ length: indices }, (_, k) => k);
  const targets = ['moved', 'plain', ...ks.map((k) => `x${k}`)];
  const parameters = [
    { name: 'a', type: combine === null ? `const ${type}` : type },
    { name: 'b', type: combine === null ? type : `const ${type}` },
    ...ks.map((k) => ({ name: `i${k}`, type: 'const int' })),
  ];
  const lines = [
    `  ${index} i = (${index})blockIdx.x * ${THREADS} + threadIdx.x;`,
    '  if (i >= p.n) return;',
    `  ${index} ${targets.map((t) => `${t} = 0`).join(', ')};`,
    ...walk('  ', index, 'i', rank, targets),
    ...ks.flatMap((k) => [
      `  int v${k} = i${k}[p.offset[${k + 2}] + x${k}];`,
      `  if (v${k} < 0) v${k} += p.positions[${k}];`,
      // Out of range: a gather reads the first element, a scatter writes nothing.
      combine === null
        ? `  if (v${k} < 0 || v${k} >= p.positions[${k}]) v${k} = 0;`
        : `  if (v${k} < 0 || v${k} >= p.positions[${k}]) return;`,
      `  moved += v${k} * p.leap[${k}];`,
    ]),
    combine === null
      ? '  b[p.offset[1] + plain] = a[p.offset[0] + moved];'
      : '  put(a + p.offset[0] + moved, b[p.offset[1] + plain]);',
  ];
  const name = combine === null ? 'gather' : 'scatter';
  const functions = combine === null ? [] : [putCode(combine, dtype, type)];
  return sourceOf(name, THREADS, block, parameters, lines, functions);
}

/** See `Backend.gather` (`combine` null) and `Backend.scatter`. */
export function indexed(
  run: Executor,
  moved: View,
  indices: readonly IndexedAxis[],
  plain: View,
  combine: Combine | null,
): void {
  const n = plain.count;
  if (n === 0) return;
  const rank = plain.shape.length;
  const loops = mergeLoops(plain.shape, [
    broadcastStrides(moved, rank),
    plain.strides,
    ...indices.map((i) => broadcastStrides(i.index, rank)),
  ]);
  const leaps = indices.reduce((sum, i) => sum + Math.abs(i.stride) * i.size, 0);
  const reach = loops.strides.map((s, k) => reachOf(loops.sizes, s) + (k === 0 ? leaps : 0));
  const wide = needsWide(n + THREADS, ...reach);
  const dims = rankClass(loops.sizes.length);
  const { dtype } = plain;
  const kind = combine === null || combine === 'set' ? movedAs(dtype) : dtype;
  const key = `indexed ${kind} ${combine} ${dims} ${indices.length} ${wide}`;
  const name = combine === null ? 'gather' : 'scatter';
  const { kernel, block } = run.prepare(key, name, () =>
    indexedSource(dtype, combine, dims, indices.length, wide),
  );
  block.set('offset', moved.offset, 0);
  block.set('offset', plain.offset, 1);
  block.set('n', n);
  indices.forEach((i, k) => {
    block.set('offset', i.index.offset, k + 2);
    block.set('positions', i.size, k);
    block.set('leap', i.stride, k);
  });
  writeLoops(block, loops, dims);
  const buffers = [moved, plain, ...indices.map((i) => i.index)].map((x) => x.buffer as CudaBuffer);
  run.launch(kernel, buffers, [Math.ceil(n / THREADS), 1, 1], [THREADS, 1, 1]);
}
