// Stable sorting along an axis by bitonic networks over (value, position): in a block's own memory where a line fits.
import { type DType, mergeLoops, numelOf, type View } from '@dl/core/functional';
import type { CudaBuffer, Executor, Generated } from '../runtime.js';
import { Block } from './block.js';
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

/** Elements that a block sorts in its own memory, two by each thread. */
const TILE = 1024;
const THREADS = TILE / 2;

type Stage = 'whole' | 'load' | 'tile' | 'step' | 'store';

const compare = (type: string, descending: boolean): string => {
  const sign = descending ? '>' : '<';
  const nan =
    type === 'float' || type === 'double'
      ? `\n  const bool an = a != a, bn = b != b;\n  if (an != bn) return ${descending ? 'an' : 'bn'};`
      : '';
  // Positions past the line's end come last; equal values keep their order.
  return `__device__ __forceinline__ bool before(${type} a, int at, int bt, ${type} b, int n) {
  if (at >= n || bt >= n) return at < bt;${nan}
  if (a ${sign} b) return true;
  if (b ${sign} a) return false;
  return at < bt;
}`;
};

/** One exchange of a network in two arrays: `low` and `high`, ascending if `up`. */
const exchange = (type: string, indent: string, value = 'value', place = 'place'): string[] => [
  `${indent}const ${type} a = ${value}[low], b = ${value}[high];`,
  `${indent}const int at = ${place}[low], bt = ${place}[high];`,
  `${indent}if (before(b, bt, at, a, (int)p.n) == up) {`,
  `${indent}  ${value}[low] = b;`,
  `${indent}  ${place}[low] = bt;`,
  `${indent}  ${value}[high] = a;`,
  `${indent}  ${place}[high] = at;`,
  `${indent}}`,
];

/** The source of a stage of sorting. */
export function sortSource(
  dtype: DType,
  descending: boolean,
  rank: number,
  wide: boolean,
  stage: Stage,
  values: boolean,
  indices: boolean,
): Generated {
  const type = storage[dtype];
  const index = indexType(wide);
  const outs = (values ? 1 : 0) + (indices ? 1 : 0);
  const operands =
    stage === 'whole' ? 1 + outs : stage === 'load' ? 1 : stage === 'store' ? outs : 0;
  const block = new Block([
    { name: 'n', type: index },
    { name: 'padded', type: index },
    { name: 'first', type: index },
    { name: 'span', type: 'int' },
    { name: 'gap', type: 'int' },
    ...(operands === 0
      ? []
      : [
          { name: 'offset', type: 'long long' as const, count: operands },
          { name: 'size', type: index, count: rank },
          { name: 'stride', type: index, count: rank * operands },
          { name: 'step', type: index, count: operands },
        ]),
  ]);
  const hasInput = stage === 'whole' || stage === 'load';
  const firstOut = hasInput ? 1 : 0;
  const names = [
    ...(hasInput ? ['from'] : []),
    ...(stage === 'whole' || stage === 'store'
      ? [...(values ? ['toValue'] : []), ...(indices ? ['toPlace'] : [])]
      : []),
  ];
  const outside = stage === 'whole' || stage === 'store';
  const parameters = [
    ...(hasInput ? [{ name: 'a', type: `const ${type}` }] : []),
    ...(outside && values ? [{ name: 'outValue', type }] : []),
    ...(outside && indices ? [{ name: 'outPlace', type: 'int' }] : []),
    ...(stage === 'whole'
      ? []
      : [
          { name: 'value', type },
          { name: 'place', type: 'int' },
        ]),
  ];
  const start = (): string[] => [
    `  ${index} ${names.map((n, k) => `${n} = (${index})p.offset[${k}]`).join(', ')};`,
    ...walk('  ', index, 'line', rank, { size: 'size', stride: 'stride' }, names),
  ];
  const store = (indent: string, i: string, slot: string): string[] => [
    ...(values
      ? [`${indent}outValue[toValue + ${i} * p.step[${firstOut}]] = value[${slot}];`]
      : []),
    ...(indices
      ? [
          `${indent}outPlace[toPlace + ${i} * p.step[${firstOut + (values ? 1 : 0)}]] = place[${slot}];`,
        ]
      : []),
  ];
  const lines: string[] = ['  const int t = threadIdx.x;'];
  if (stage === 'whole') {
    // As many threads as pairs, of a line filled up to a power of two.
    lines.push(
      '  const int threads = blockDim.x, padded = (int)p.padded;',
      `  ${index} line = blockIdx.x;`,
      ...start(),
      `  __shared__ ${type} value[${TILE}];`,
      `  __shared__ int place[${TILE}];`,
      '  for (int i = t; i < padded; i += threads) {',
      `    value[i] = i < p.n ? a[from + i * p.step[0]] : (${type})0;`,
      '    place[i] = i;',
      '  }',
      '  __syncthreads();',
      '  for (int span = 2; span <= padded; span *= 2) {',
      '    for (int gap = span / 2; gap > 0; gap /= 2) {',
      '      const int low = t / gap * gap * 2 + t % gap, high = low + gap;',
      '      const bool up = (low & span) == 0;',
      ...exchange(type, '      '),
      '      __syncthreads();',
      '    }',
      '  }',
      '  for (int i = t; i < p.n; i += threads) {',
      ...store('    ', 'i', 'i'),
      '  }',
    );
  } else if (stage === 'load' || stage === 'store') {
    lines.push(
      `  ${index} line = p.first + blockIdx.y;`,
      `  const ${index} i = (${index})blockIdx.x * ${THREADS} + t;`,
      `  const ${index} slot = (${index})blockIdx.y * p.padded + i;`,
      `  if (i >= p.${stage === 'load' ? 'padded' : 'n'}) return;`,
      ...start(),
      ...(stage === 'load'
        ? [
            `  value[slot] = i < p.n ? a[from + i * p.step[0]] : (${type})0;`,
            '  place[slot] = (int)i;',
          ]
        : store('  ', 'i', 'slot')),
    );
  } else if (stage === 'step') {
    // Exchanges whose partners are farther apart than a tile.
    lines.push(
      `  const ${index} i = (${index})blockIdx.x * ${THREADS} + t, line = (${index})blockIdx.y * p.padded;`,
      `  const ${index} start = i / p.gap * p.gap * 2 + i % p.gap;`,
      `  const ${index} low = line + start, high = low + p.gap;`,
      '  const bool up = (start & p.span) == 0;',
      ...exchange(type, '  '),
    );
  } else {
    // What of a span lies inside a tile: all smaller spans (span 0 in the block), or its last exchanges.
    lines.push(
      `  ${type}* const global = value + (${index})blockIdx.y * p.padded + (${index})blockIdx.x * ${TILE};`,
      `  int* const globalPlace = place + (${index})blockIdx.y * p.padded + (${index})blockIdx.x * ${TILE};`,
      `  const int base = (int)blockIdx.x * ${TILE};`,
      `  __shared__ ${type} tile[${TILE}];`,
      `  __shared__ int tilePlace[${TILE}];`,
      `  for (int i = t; i < ${TILE}; i += ${THREADS}) {`,
      '    tile[i] = global[i];',
      '    tilePlace[i] = globalPlace[i];',
      '  }',
      '  __syncthreads();',
      `  for (int span = p.gap; span <= p.span; span *= 2) {`,
      `    for (int gap = span < ${TILE} ? span / 2 : ${TILE / 2}; gap > 0; gap /= 2) {`,
      '      const int low = t / gap * gap * 2 + t % gap, high = low + gap;',
      '      const bool up = ((base + low) & span) == 0;',
      ...exchange(type, '      ', 'tile', 'tilePlace'),
      '      __syncthreads();',
      '    }',
      '  }',
      `  for (int i = t; i < ${TILE}; i += ${THREADS}) {`,
      '    global[i] = tile[i];',
      '    globalPlace[i] = tilePlace[i];',
      '  }',
    );
  }
  const functions = stage === 'load' || stage === 'store' ? [] : [compare(type, descending)];
  return sourceOf('sort', THREADS, block, parameters, lines, functions);
}

/** See `Backend.sort`. */
export function sort(
  run: Executor,
  input: View,
  axis: number,
  descending: boolean,
  values: View | null,
  indices: View | null,
): void {
  if (input.count === 0 || (values === null && indices === null)) return;
  const outs = [values, indices].filter((x) => x !== null);
  const views = [input, ...outs];
  const without = (xs: readonly number[]): number[] => xs.filter((_, d) => d !== axis);
  const loops = mergeLoops(
    without(input.shape),
    views.map((v) => without(v.strides)),
  );
  const steps = views.map((v) => v.strides[axis] ?? 0);
  const n = input.shape[axis] ?? 1;
  const lines = numelOf(loops.sizes);
  const { dtype } = input;
  const rank = rankClass(loops.sizes.length);
  let padded = n > TILE ? TILE : 2;
  while (padded < n) padded *= 2;
  const reach = views.map(
    (v, k) => v.offset + reachOf(loops.sizes, loops.strides[k]) + Math.abs(steps[k]) * n,
  );
  // Lines in one go: their scratch memory, and the second dimension of a grid, have their limits.
  const group = Math.max(1, Math.min(lines, 65535, Math.floor(2 ** 27 / padded)));
  const wide = needsWide(lines, group * padded, ...reach);
  const launch = (
    stage: Stage,
    used: readonly number[],
    buffers: readonly CudaBuffer[],
    grid: readonly [number, number, number],
    numbers: { readonly span?: number; readonly gap?: number; readonly first?: number },
  ): void => {
    const plain = stage === 'tile' || stage === 'step';
    const dims = plain ? 0 : rank;
    const [v, i] = plain ? [false, false] : [values !== null, indices !== null];
    const way = stage === 'load' || stage === 'store' ? false : descending;
    const key = `sort ${dtype} ${way} ${dims} ${wide} ${stage} ${v} ${i}`;
    const { kernel, block } = run.prepare(key, 'sort', () =>
      sortSource(dtype, way, dims, wide, stage, v, i),
    );
    block.set('n', n);
    block.set('padded', padded);
    block.set('first', numbers.first ?? 0);
    block.set('span', numbers.span ?? 0);
    block.set('gap', numbers.gap ?? 0);
    if (!plain) {
      writeLoops(
        block,
        loops.sizes,
        used.map((k) => loops.strides[k]),
        rank,
      );
      used.forEach((k, at) => {
        block.set('offset', views[k].offset, at);
        block.set('step', steps[k], at);
      });
    }
    run.launch(kernel, buffers, grid, [stage === 'whole' ? padded / 2 : THREADS, 1, 1]);
  };
  const all = views.map((_, k) => k);
  const buffers = views.map((x) => x.buffer as CudaBuffer);
  if (n <= TILE) {
    launch('whole', all, buffers, [lines, 1, 1], {});
    return;
  }
  const value = run.alloc(group * padded, dtype, false);
  const place = run.alloc(group * padded, 'int32', false);
  const outsOnly = all.slice(1);
  for (let first = 0; first < lines; first += group) {
    const count = Math.min(group, lines - first);
    const scratch = [value, place];
    launch('load', [0], [buffers[0], ...scratch], [padded / THREADS, count, 1], { first });
    launch('tile', [], scratch, [padded / TILE, count, 1], { gap: 2, span: TILE });
    for (let span = TILE * 2; span <= padded; span *= 2) {
      for (let gap = span / 2; gap >= TILE; gap /= 2) {
        launch('step', [], scratch, [padded / TILE, count, 1], { span, gap });
      }
      launch('tile', [], scratch, [padded / TILE, count, 1], { gap: span, span });
    }
    launch(
      'store',
      outsOnly,
      [...buffers.slice(1), ...scratch],
      [Math.ceil(n / THREADS), count, 1],
      {
        first,
      },
    );
  }
  run.free(value);
  run.free(place);
}
