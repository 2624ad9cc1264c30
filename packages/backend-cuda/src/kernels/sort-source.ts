// The sources of the stages of sorting: a bitonic network over (value, position).
import type { DType } from '@dl/core/functional';
import type { Generated } from '../runtime.js';
import { Block, type FieldType } from './block.js';
import { storage } from './scalar.js';
import { indexType, loopFields, type Operand, sourceOf, walk } from './source-pieces.js';

/** Elements that a block sorts in its own memory, two by each thread. */
export const TILE = 1024;
export const THREADS = TILE / 2;

/**
 * `whole` sorts a line that fits a block's memory. Longer ones go to scratch memory (`load`), where `step` does
 * the exchanges of partners farther apart than a tile and `tile` the others, and from there (`store`).
 */
export type Stage = 'whole' | 'load' | 'tile' | 'step' | 'store';

/** What the source of a stage depends on. */
export interface SortStage {
  readonly stage: Stage;
  readonly dtype: DType;
  readonly descending: boolean;
  readonly rank: number;
  readonly wide: boolean;
  /** Which outputs there are. */
  readonly values: boolean;
  readonly indices: boolean;
}

/** What the parts of a source share. */
interface Parts extends SortStage {
  /** The type of an element, and of a position. */
  readonly type: string;
  readonly index: FieldType;
  /** Whether the stage reads the input, and where a line begins in the operands that it reads or writes. */
  readonly reads: boolean;
  readonly starts: readonly string[];
}

/** Stages that touch the outputs. */
const writes = ({ stage }: SortStage): boolean => stage === 'whole' || stage === 'store';

function partsOf(sort: SortStage): Parts {
  const { stage, dtype, wide, values, indices } = sort;
  const reads = stage === 'whole' || stage === 'load';
  const outputs = [...(values ? ['toValue'] : []), ...(indices ? ['toPlace'] : [])];
  return {
    ...sort,
    type: storage[dtype],
    index: indexType(wide),
    reads,
    starts: [...(reads ? ['from'] : []), ...(writes(sort) ? outputs : [])],
  };
}

/** The parameters. */
function blockOf({ index, rank, starts: { length: count } }: Parts): Block {
  return new Block([
    { name: 'n', type: index },
    { name: 'padded', type: index },
    { name: 'first', type: index },
    { name: 'span', type: 'int' },
    { name: 'gap', type: 'int' },
    ...(count === 0
      ? []
      : [
          { name: 'offset', type: 'long long' as const, count },
          ...loopFields(index, rank, count),
          { name: 'step', type: index, count },
        ]),
  ]);
}

/** The buffers. */
function buffersOf(parts: Parts): Operand[] {
  const { stage, type, reads, values, indices } = parts;
  const scratch = [
    { name: 'value', type },
    { name: 'place', type: 'int' },
  ];
  return [
    ...(reads ? [{ name: 'a', type: `const ${type}` }] : []),
    ...(writes(parts) && values ? [{ name: 'outValue', type }] : []),
    ...(writes(parts) && indices ? [{ name: 'outPlace', type: 'int' }] : []),
    ...(stage === 'whole' ? [] : scratch),
  ];
}

/** A function that tells whether an element comes before another one. */
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

/** Where the line begins in the operands. */
const placeLine = ({ index, rank, starts }: Parts): string[] => [
  `  ${index} ${starts.map((n, k) => `${n} = (${index})p.offset[${k}]`).join(', ')};`,
  ...walk('  ', index, 'line', rank, starts),
];

/** Reads element `i` of the line; there are zeros past its end. */
const loadElement = ({ type }: Parts, slot: string): string =>
  `value[${slot}] = i < p.n ? a[from + i * p.step[0]] : (${type})0;`;

/** Writes element `i` of the line to the outputs. */
function storeElement({ reads, values, indices }: Parts, indent: string, slot: string): string[] {
  const first = reads ? 1 : 0;
  const second = first + (values ? 1 : 0);
  return [
    ...(values ? [`${indent}outValue[toValue + i * p.step[${first}]] = value[${slot}];`] : []),
    ...(indices ? [`${indent}outPlace[toPlace + i * p.step[${second}]] = place[${slot}];`] : []),
  ];
}

/** A line in a block's memory: as many threads as pairs, of a line filled up to a power of two. */
function sortWhole(parts: Parts): string[] {
  const { type, index } = parts;
  return [
    '  const int threads = blockDim.x, padded = (int)p.padded;',
    `  ${index} line = blockIdx.x;`,
    ...placeLine(parts),
    `  __shared__ ${type} value[${TILE}];`,
    `  __shared__ int place[${TILE}];`,
    '  for (int i = t; i < padded; i += threads) {',
    `    ${loadElement(parts, 'i')}`,
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
    ...storeElement(parts, '    ', 'i'),
    '  }',
  ];
}

/** Lines from the input to scratch memory, or from there to the outputs. */
function moveLines(parts: Parts): string[] {
  const { index, reads } = parts;
  return [
    `  ${index} line = p.first + blockIdx.y;`,
    `  const ${index} i = (${index})blockIdx.x * ${THREADS} + t;`,
    `  const ${index} slot = (${index})blockIdx.y * p.padded + i;`,
    `  if (i >= p.${reads ? 'padded' : 'n'}) return;`,
    ...placeLine(parts),
    ...(reads
      ? [`  ${loadElement(parts, 'slot')}`, '  place[slot] = (int)i;']
      : storeElement(parts, '  ', 'slot')),
  ];
}

/** Exchanges whose partners are farther apart than a tile. */
const sortStep = ({ type, index }: Parts): string[] => [
  `  const ${index} i = (${index})blockIdx.x * ${THREADS} + t, line = (${index})blockIdx.y * p.padded;`,
  `  const ${index} start = i / p.gap * p.gap * 2 + i % p.gap;`,
  `  const ${index} low = line + start, high = low + p.gap;`,
  '  const bool up = (start & p.span) == 0;',
  ...exchange(type, '  '),
];

/** What of the spans from `gap` to `span` lies inside a tile. */
function sortTile({ type, index }: Parts): string[] {
  const start = `(${index})blockIdx.y * p.padded + (${index})blockIdx.x * ${TILE}`;
  return [
    `  ${type}* const global = value + ${start};`,
    `  int* const globalPlace = place + ${start};`,
    `  const int base = (int)blockIdx.x * ${TILE};`,
    `  __shared__ ${type} tile[${TILE}];`,
    `  __shared__ int tilePlace[${TILE}];`,
    `  for (int i = t; i < ${TILE}; i += ${THREADS}) {`,
    '    tile[i] = global[i];',
    '    tilePlace[i] = globalPlace[i];',
    '  }',
    '  __syncthreads();',
    '  for (int span = p.gap; span <= p.span; span *= 2) {',
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
  ];
}

const stages: { readonly [S in Stage]: (parts: Parts) => string[] } = {
  whole: sortWhole,
  load: moveLines,
  tile: sortTile,
  step: sortStep,
  store: moveLines,
};

/** The source of a stage of sorting. */
export function sortSource(sort: SortStage): Generated {
  const parts = partsOf(sort);
  const { stage, type, descending } = parts;
  const lines = ['  const int t = threadIdx.x;', ...stages[stage](parts)];
  const functions = stage === 'load' || stage === 'store' ? [] : [compare(type, descending)];
  return sourceOf('sort', THREADS, blockOf(parts), buffersOf(parts), lines, functions);
}
