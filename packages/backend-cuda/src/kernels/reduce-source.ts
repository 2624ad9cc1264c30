// The source of a reduction: each thread combines some elements, then the threads of a column what they have found.
import type { ArgReducer, DType, Program, Reducer } from '@dl/core/functional';
import type { Generated } from '../runtime.js';
import { Block, type FieldType } from './block.js';
import { accumulator, combineCode, isArg, neutral } from './combine.js';
import { type Layout, placeThreads, THREADS, WARP } from './layout.js';
import { body, elementOf, storage } from './scalar.js';
import {
  indexType,
  loopFields,
  type Operand,
  operandsOf,
  paramFields,
  sourceOf,
  walk,
} from './source-pieces.js';

/** What the source of a reduction depends on. */
export interface Reduction {
  /** Null: the accumulators of a first kernel are combined. */
  readonly program: Program | null;
  readonly reducer: Reducer | ArgReducer;
  /** The dtype of what is combined, and of the output. */
  readonly value: DType;
  readonly result: DType;
  readonly keptRank: number;
  readonly goneRank: number;
  readonly wide: boolean;
  readonly layout: Layout;
  /** Whether threads take four neighbors at a time, which start where vectors do. */
  readonly fours: boolean;
  /** Whether accumulators are written for a second kernel. */
  readonly partial: boolean;
}

/** What the parts of the source share. */
interface Parts extends Reduction {
  readonly arg: boolean;
  /** The type of an accumulator, of a position, and of an element of the output. */
  readonly type: string;
  readonly index: FieldType;
  readonly outType: string;
  /** Threads that share an output. */
  readonly rows: number;
  readonly inputs: readonly DType[];
  /** Operands that are read: where output `o` and element `r` begin in them is in `b0` … and `x0` …. */
  readonly bases: readonly string[];
  readonly places: readonly string[];
}

function partsOf(reduction: Reduction): Parts {
  const { program, reducer, value, result, wide, layout, partial } = reduction;
  const arg = isArg(reducer);
  const type = accumulator[value];
  const inputs = program?.inputs ?? [];
  const reads = Array.from({ length: program === null ? 1 : inputs.length }, (_, i) => i);
  return {
    ...reduction,
    arg,
    type,
    index: indexType(wide),
    outType: partial ? type : arg ? 'int' : storage[result],
    rows: THREADS / layout.columns,
    inputs,
    bases: reads.map((i) => `b${i}`),
    places: reads.map((i) => `x${i}`),
  };
}

/** The parameters. */
function blockOf({ program, index, keptRank, goneRank, bases: { length: ins } }: Parts): Block {
  return new Block([
    ...(program === null ? [] : paramFields(program).fields),
    { name: 'offset', type: 'long long', count: ins + 1 },
    { name: 'outputs', type: index },
    { name: 'n', type: index },
    { name: 'part', type: index },
    ...loopFields(index, keptRank, ins + 1, 'kept'),
    ...loopFields(index, goneRank, ins, 'gone'),
  ]);
}

/** The buffers: with positions, accumulators come in two of them. */
function buffersOf({ program, inputs, arg, type, outType, partial }: Parts): Operand[] {
  const accumulators = [
    { name: 'a0', type: `const ${type}` },
    ...(arg ? [{ name: 'places', type: 'const int' }] : []),
  ];
  return [
    ...(program === null ? accumulators : operandsOf(inputs, [])),
    { name: 'out', type: outType },
    ...(partial && arg ? [{ name: 'outPlaces', type: 'int' }] : []),
  ];
}

/** Opens the loop over a thread's elements, one by one. */
const openSingles = ({ index, rows, goneRank, places }: Parts): string[] => [
  '#pragma unroll 4',
  `    for (${index} r = begin + row; r < end; r += ${rows}) {`,
  ...(places.length === 0
    ? []
    : [
        `      ${index} ${['g = r', ...places.map((x, i) => `${x} = b${i}`)].join(', ')};`,
        ...walk('      ', index, 'g', goneRank, places, 'gone'),
      ]),
];

/** Opens the loops over a thread's elements, four neighbors at a time. */
const openFours = ({ index, rows, inputs, arg }: Parts): string[] => [
  '#pragma unroll 2',
  `    for (${index} at = begin + row * 4; at < end; at += ${rows * 4}) {`,
  '      const int left = end - at < 4 ? (int)(end - at) : 4;',
  ...inputs.flatMap((t, i) => [
    `      ${storage[t]} v${i}[4];`,
    `      dl_load4(v${i}, a${i} + b${i} + at, left, left == 4);`,
  ]),
  '#pragma unroll',
  '      for (int k = 0; k < 4; k++) {',
  '      if (k >= left) break;',
  ...(arg ? [`      const ${index} r = at + k;`] : []),
];

/** The statements and the expression of an element's value. */
function elementValue({ program, inputs, fours }: Parts): {
  lines: readonly string[];
  text: string;
} {
  if (program === null) return { lines: [], text: 'a0[x0]' };
  const values = inputs.map((t, i) => elementOf(t, fours ? `v${i}[k]` : `a${i}[x${i}]`));
  const { lines, outputs } = body(program, values, paramFields(program).reads, '      ');
  return { lines, text: outputs[0] };
}

/** Combines an element with what the thread has. */
function takeElement(parts: Parts): string[] {
  const { program, arg, type } = parts;
  const { lines, text } = elementValue(parts);
  return [
    ...lines,
    `      const ${type} v = (${type})${text};`,
    ...(arg
      ? [
          `      const int place = ${program === null ? 'places[x0]' : '(int)r'};`,
          '      if (better(v, place, acc, best)) {',
          '        acc = v;',
          '        best = place;',
          '      }',
        ]
      : ['      acc = combine(acc, v);']),
  ];
}

/** Combines the elements of each thread. */
function combineElements(parts: Parts): string[] {
  const { reducer, arg, type, index, layout, keptRank, fours, bases } = parts;
  return [
    ...bases.map((_, i) => `  a${i} += p.offset[${i}];`),
    `  out += p.offset[${bases.length}];`,
    ...placeThreads(layout, index),
    `  ${index} ${[...bases.map((b) => `${b} = 0`), 'to = 0'].join(', ')};`,
    `  ${type} acc = ${neutral(reducer, type)};`,
    ...(arg ? ['  int best = -1;'] : []),
    '  if (output < p.outputs) {',
    `    ${index} o = output;`,
    ...walk('    ', index, 'o', keptRank, [...bases, 'to'], 'kept'),
    `    const ${index} begin = (${index})blockIdx.y * p.part;`,
    `    const ${index} end = begin + p.part < p.n ? begin + p.part : p.n;`,
    ...(fours ? openFours(parts) : openSingles(parts)),
    ...takeElement(parts),
    ...(fours ? ['      }', '    }'] : ['    }']),
    '  }',
  ];
}

/** Combines what another thread has found with what this one has. */
const takeOther = ({ arg, type }: Parts, indent: string, value: string, place: string): string[] =>
  arg
    ? [
        `${indent}const ${type} other = ${value};`,
        `${indent}const int spot = ${place};`,
        `${indent}if (better(other, spot, acc, best)) {`,
        `${indent}  acc = other;`,
        `${indent}  best = spot;`,
        `${indent}}`,
      ]
    : [`${indent}acc = combine(acc, ${value});`];

/** Shared memory for what `n` threads have found. */
const sharedSlots = ({ arg, type }: Parts, n: number): string[] => [
  `  __shared__ ${type} shared[${n}];`,
  ...(arg ? [`  __shared__ int spots[${n}];`] : []),
];

const keepIn = ({ arg }: Parts, indent: string, slot: string): string[] => [
  `${indent}shared[${slot}] = acc;`,
  ...(arg ? [`${indent}spots[${slot}] = best;`] : []),
];

/** Where lanes are columns: what the other rows have found is taken up by the first. */
function combineRows(parts: Parts): string[] {
  const {
    rows,
    layout: { columns },
  } = parts;
  const slot = `r * ${columns} + column`;
  return [
    ...sharedSlots(parts, THREADS),
    ...keepIn(parts, '  ', 'threadIdx.x'),
    '  __syncthreads();',
    '  if (row == 0) {',
    '#pragma unroll',
    `    for (int r = 1; r < ${rows}; r++) {`,
    ...takeOther(parts, '      ', `shared[${slot}]`, `spots[${slot}]`),
    '    }',
    '  }',
  ];
}

/** Combines `lanes` lanes of a warp in registers. */
const combineLanes = (parts: Parts, indent: string, lanes: number): string[] => [
  '#pragma unroll',
  `${indent}for (int d = ${lanes / 2}; d > 0; d /= 2) {`,
  ...takeOther(
    parts,
    `${indent}  `,
    '__shfl_down_sync(0xffffffffu, acc, d)',
    '__shfl_down_sync(0xffffffffu, best, d)',
  ),
  `${indent}}`,
];

/** Where lanes are one column's: warps meet in shared memory once. */
function combineWarps(parts: Parts): string[] {
  const { reducer, arg, type, rows } = parts;
  const warps = rows / WARP;
  const lanes = combineLanes(parts, '  ', WARP);
  if (warps === 1) return lanes;
  return [
    ...lanes,
    ...sharedSlots(parts, THREADS / WARP),
    `  if (threadIdx.x % ${WARP} == 0) {`,
    ...keepIn(parts, '    ', `threadIdx.x / ${WARP}`),
    '  }',
    '  __syncthreads();',
    `  if (threadIdx.x < ${WARP}) {`,
    `    const bool mine = threadIdx.x < ${warps};`,
    `    acc = mine ? (${type})shared[threadIdx.x] : ${neutral(reducer, type)};`,
    ...(arg ? ['    best = mine ? (int)spots[threadIdx.x] : -1;'] : []),
    ...combineLanes(parts, '    ', warps),
    '  }',
  ];
}

/** Leaves in the thread of `row` 0 what the threads of a column have found. */
function combineThreads(parts: Parts): string[] {
  if (parts.rows === 1) return [];
  return parts.layout.along ? combineWarps(parts) : combineRows(parts);
}

/** Writes an output, or an accumulator for a second kernel. */
function storeResult({ arg, index, result, outType, partial }: Parts): string[] {
  const accumulators = [
    `    const ${index} at = (${index})blockIdx.y * p.outputs + output;`,
    '    out[at] = acc;',
    ...(arg ? ['    outPlaces[at] = best;'] : []),
  ];
  const value = result === 'bool' ? '(unsigned char)(acc != 0)' : `(${outType})acc`;
  return [
    '  if (row == 0 && output < p.outputs) {',
    ...(partial ? accumulators : [`    out[to] = ${arg ? 'best' : value};`]),
    '  }',
  ];
}

/** The source of a reduction. */
export function reduceSource(reduction: Reduction): Generated {
  const parts = partsOf(reduction);
  const lines = [...combineElements(parts), ...combineThreads(parts), ...storeResult(parts)];
  const functions = [combineCode(parts.reducer, parts.type)];
  return sourceOf('reduce', THREADS, blockOf(parts), buffersOf(parts), lines, functions);
}
