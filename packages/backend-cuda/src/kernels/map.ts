// Elementwise programs as kernels: one for operands that lie densely, and one for each class of ranks.
import { broadcastStrides, mergeLoops, type Program, type View } from '@dl/core/functional';
import type { CudaBuffer, Executor, Generated, Prepared } from '../runtime.js';
import { Block, type FieldType } from './block.js';
import { body, elementOf, inputsRead, storage } from './scalar.js';
import {
  indexType,
  loopFields,
  needsWide,
  type Operand,
  operandsOf,
  paramFields,
  rankClass,
  reachOf,
  sourceOf,
  walk,
  writeLoops,
  writeParams,
} from './source-pieces.js';
import { turnedMap } from './transposed-map.js';

const THREADS = 256;
/** Elements a thread does: their loads are on their way at the same time. */
const EACH = 4;

/** What the parts of the source share. */
interface Parts {
  readonly program: Program;
  readonly operands: readonly Operand[];
  readonly rank: number;
  readonly index: FieldType;
  /** The inputs that are read. */
  readonly loaded: readonly number[];
  /** The statements that compute element `k`, and the texts of the outputs' values. */
  readonly code: readonly string[];
  readonly results: readonly string[];
}

/** The parameters. */
const blockOf = ({ program, operands: { length: count }, rank, index }: Parts): Block =>
  new Block([
    ...paramFields(program).fields,
    { name: 'offset', type: 'long long', count },
    { name: 'n', type: index },
    ...(rank === 0
      ? [
          { name: 'even', type: 'int' as const },
          { name: 'step', type: 'int' as const, count },
        ]
      : loopFields(index, rank, count)),
  ]);

/** A loop over the thread's elements. */
const eachElement = (lines: readonly string[]): string[] => [
  '  #pragma unroll',
  `  for (int k = 0; k < ${EACH}; k++) {`,
  ...lines,
  '  }',
];

/** Elements that lie densely, or one that is repeated: four neighbors at a time. */
function mapDense({ program: { outputs }, index, loaded, code, results }: Parts): string[] {
  return [
    `  const ${index} i = ((${index})blockIdx.x * ${THREADS} + (${index})threadIdx.x) * ${EACH};`,
    '  if (i >= p.n) return;',
    `  const int left = p.n - i < ${EACH} ? (int)(p.n - i) : ${EACH};`,
    `  const bool whole = p.even && left == ${EACH};`,
    ...loaded.flatMap((i) => [
      `  if (p.step[${i}] != 0) dl_load4(v${i}, a${i} + i, left, whole);`,
      `  else v${i}[0] = v${i}[1] = v${i}[2] = v${i}[3] = a${i}[0];`,
    ]),
    ...outputs.map((o, i) => `  ${storage[o.dtype]} w${i}[${EACH}];`),
    ...eachElement([
      '    if (k < left) {',
      ...code,
      ...results.map((text, i) => `      w${i}[k] = ${text};`),
      '    }',
    ]),
    ...outputs.map((_, i) => `  dl_store4(o${i} + i, w${i}, left, whole);`),
  ];
}

/** Elements anywhere: the position is taken apart into coordinates. */
function mapStrided({ program, operands, rank, index, loaded, code, results }: Parts): string[] {
  const at = (k: number): string => `at[k][${k}]`;
  const places = operands.map((_, k) => at(k));
  const ins = program.inputs.length;
  const inside = (lines: readonly string[]): string[] =>
    eachElement([`    if (first + k * ${THREADS} < p.n) {`, ...lines, '    }']);
  return [
    `  const ${index} first = (${index})blockIdx.x * ${THREADS * EACH} + (${index})threadIdx.x;`,
    `  ${index} at[${EACH}][${operands.length}];`,
    ...eachElement([
      `    ${index} i = first + k * ${THREADS};`,
      ...places.map((place) => `    ${place} = 0;`),
      ...walk('    ', index, 'i', rank, places),
    ]),
    ...inside(loaded.map((i) => `      v${i}[k] = a${i}[${at(i)}];`)),
    ...inside([...code, ...results.map((text, i) => `      o${i}[${at(ins + i)}] = ${text};`)]),
  ];
}

/**
 * The source of a map: `rank` 0 walks operands that lie densely or are one element, four neighbors at a
 * time; any other decomposes the position into `rank` coordinates.
 */
export function mapSource(program: Program, rank: number, wide: boolean): Generated {
  const { inputs, outputs } = program;
  const operands = operandsOf(inputs, outputs);
  const values = inputs.map((t, i) => elementOf(t, `v${i}[k]`));
  const made = body(program, values, paramFields(program).reads, '      ');
  const loaded = [...inputsRead(program)].sort((a, b) => a - b);
  const parts = {
    program,
    operands,
    rank,
    index: indexType(wide),
    loaded,
    code: made.lines,
    results: made.outputs.map((text, i) => `(${storage[outputs[i].dtype]})${text}`),
  };
  const lines = [
    ...operands.map(({ name }, k) => `  ${name} += p.offset[${k}];`),
    // Inputs are read before anything is written, so that the loads overlap.
    ...loaded.map((i) => `  ${storage[inputs[i]]} v${i}[${EACH}];`),
    ...(rank === 0 ? mapDense(parts) : mapStrided(parts)),
  ];
  return sourceOf('map', THREADS, blockOf(parts), operands, lines);
}

const isFlat = (x: View, n: number): boolean => x.count === 1 || (x.dense && x.count === n);

/** See `Backend.map`. */
export function map(
  run: Executor,
  program: Program,
  inputs: readonly View[],
  outputs: readonly View[],
  params: readonly number[],
): void {
  const n = outputs[0].count;
  if (n === 0) return;
  const views = [...inputs, ...outputs];
  const flat = views.every((x) => isFlat(x, n));
  const rank = outputs[0].shape.length;
  const loops = flat
    ? null
    : mergeLoops(
        outputs[0].shape,
        views.map((x) => broadcastStrides(x, rank)),
      );
  if (loops !== null && turnedMap(run, program, views, loops, params)) return;
  // Positions of the last block's threads past the end are counted too.
  const end = n + THREADS * EACH;
  const wide = needsWide(end, ...(loops?.strides.map((x) => reachOf(loops.sizes, x)) ?? []));
  const dims = loops === null ? 0 : rankClass(loops.sizes.length, 2);
  const key = `map ${program.id} ${dims} ${wide}`;
  const { kernel, block }: Prepared = run.prepare(key, 'map', () => mapSource(program, dims, wide));
  writeParams(block, params);
  block.set('n', n);
  for (let k = 0; k < views.length; k++) block.set('offset', views[k].offset, k);
  if (loops === null) {
    // Buffers start at 256 bytes or more; vectors take four elements that start where four do.
    block.set('even', views.every((x) => x.count === 1 || x.offset % EACH === 0) ? 1 : 0);
    for (let k = 0; k < views.length; k++) block.set('step', views[k].count === 1 ? 0 : 1, k);
  } else {
    writeLoops(block, loops, dims);
  }
  const buffers = views.map((x) => x.buffer as CudaBuffer);
  run.launch(kernel, buffers, [Math.ceil(n / (THREADS * EACH)), 1, 1], [THREADS, 1, 1]);
}
