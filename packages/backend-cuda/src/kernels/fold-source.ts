// The source of a fold: its stages one after the other over each row, then the map that reads the row once more.
import type { FoldStage, Program, Reducer } from '@dl/core/functional';
import type { Generated } from '../runtime.js';
import { Block, type Field, type FieldType } from './block.js';
import { accumulator, combineCode, neutral } from './combine.js';
import { type Layout, placeThreads, THREADS, WARP } from './layout.js';
import { body, elementOf, inputsRead, storage, types } from './scalar.js';
import {
  indexType,
  loopFields,
  type Operand,
  operandsOf,
  paramFields,
  sourceOf,
  walk,
} from './source-pieces.js';

/** What the source of a fold depends on. */
export interface Fold {
  readonly stages: readonly FoldStage[];
  /** The map at the end. */
  readonly program: Program;
  readonly keptRank: number;
  readonly goneRank: number;
  readonly wide: boolean;
  readonly layout: Layout;
  /** Elements of a row that each thread holds in registers; 0: rows are read again by every part. */
  readonly each: number;
  /** Four neighbors at a time: for each operand whether it lies densely along the row, or else is repeated. */
  readonly dense: readonly boolean[] | null;
}

/** What the parts of the source share. */
interface Parts extends Fold {
  readonly index: FieldType;
  /** Threads that share a row. */
  readonly rows: number;
  readonly inputs: Program['inputs'];
  readonly operands: readonly Operand[];
  /** The run-time numbers of each stage, and of the program after them. */
  readonly params: readonly ReturnType<typeof paramFields>[];
  /** Whether elements are held in registers, and of which inputs. */
  readonly held: boolean;
  readonly loaded: readonly number[];
  /** The inputs' values at an element. */
  readonly values: readonly string[];
}

/** The dtypes of a fold's inputs; what programs read beyond them are the stages' findings. */
function inputsOf(stages: readonly FoldStage[], program: Program): Program['inputs'] {
  return program.inputs.slice(0, program.inputs.length - stages.length);
}

/** The inputs of a fold that one of its programs reads. */
const readBy = (program: Program, inputs: Program['inputs']): number[] =>
  [...inputsRead(program)].filter((i) => i < inputs.length);

/** The run-time numbers of the `k`-th program. */
function paramsOf(program: Program, k: number): ReturnType<typeof paramFields> {
  const { fields, reads } = paramFields(program);
  return {
    fields: fields.map((f): Field => ({ ...f, name: `s${k}_${f.name}` })),
    reads: reads.map((text) => text.replace('p.', `p.s${k}_`)),
  };
}

function partsOf(fold: Fold): Parts {
  const { stages, program, wide, layout, each } = fold;
  const inputs = inputsOf(stages, program);
  const held = each > 0;
  const reading = stages.flatMap((s) => (s.reducer === null ? [] : readBy(s.program, inputs)));
  const values = inputs.map((t, i) => elementOf(t, held ? `v${i}[e]` : `v${i}`));
  return {
    ...fold,
    index: indexType(wide),
    rows: THREADS / layout.columns,
    inputs,
    operands: operandsOf(inputs, program.outputs),
    params: [...stages.map((s) => s.program), program].map(paramsOf),
    held,
    loaded: [...new Set([...reading, ...readBy(program, inputs)])].sort((a, b) => a - b),
    values,
  };
}

/** The parameters. */
function blockOf({ params, index, keptRank, goneRank, operands: { length: count } }: Parts): Block {
  return new Block([
    ...params.flatMap((p) => p.fields),
    { name: 'offset', type: 'long long', count },
    { name: 'outputs', type: index },
    { name: 'n', type: index },
    ...loopFields(index, keptRank, count, 'kept'),
    ...loopFields(index, goneRank, count, 'gone'),
  ]);
}

/** Names the thread's row, its length, and where it begins in each operand. */
function placeRow({ operands, layout, index, keptRank }: Parts): string[] {
  const bases = operands.map((_, k) => `b${k}`);
  return [
    ...operands.map(({ name }, k) => `  ${name} += p.offset[${k}];`),
    ...placeThreads(layout, index),
    // Threads without a row still come to the barriers.
    `  const ${index} n = output < p.outputs ? p.n : 0;`,
    `  ${index} o = output < p.outputs ? output : 0;`,
    `  ${index} ${bases.map((b) => `${b} = 0`).join(', ')};`,
    ...walk('  ', index, 'o', keptRank, bases, 'kept'),
  ];
}

/** Where element `r` of the row is in some operands, as `x0`, `x1` …. */
function placeElement({ index, operands, goneRank }: Parts, chosen: readonly number[]): string[] {
  if (chosen.length === 0) return [];
  return [
    `      ${index} ${['g = r', ...chosen.map((k) => `x${k} = b${k}`)].join(', ')};`,
    ...walk(
      '      ',
      index,
      'g',
      goneRank,
      operands.map((_, k) => (chosen.includes(k) ? `x${k}` : '')),
      'gone',
    ),
  ];
}

/** A loop over the elements `r` that the thread holds, `step` of them a turn. */
const eachHeld = (
  { each, dense, index, rows }: Parts,
  step: 1 | 4,
  lines: readonly string[],
): string[] => [
  '#pragma unroll',
  `  for (int e = 0; e < ${each}; ${step === 1 ? 'e++' : `e += ${step}`}) {`,
  `    const ${index} r = ${dense === null ? `row + e * ${rows}` : `(row + e / 4 * ${rows}) * 4 + e % 4`};`,
  '    if (r < n) {',
  ...lines,
  '    }',
  '  }',
];

/** A loop over the thread's elements `r` of its row. */
function eachElement(parts: Parts, lines: readonly string[]): string[] {
  if (parts.held) return eachHeld(parts, 1, lines);
  const { index, rows } = parts;
  return ['#pragma unroll 4', `  for (${index} r = row; r < n; r += ${rows}) {`, ...lines, '  }'];
}

/** Reads the elements that the thread holds into registers. */
function holdElements(parts: Parts): string[] {
  const { held, loaded, inputs, each, dense } = parts;
  if (!held) return [];
  const registers = loaded.map((i) => `  ${storage[inputs[i]]} v${i}[${each}];`);
  if (dense === null) {
    const lines = loaded.map((i) => `      v${i}[e] = a${i}[x${i}];`);
    return [...registers, ...eachElement(parts, [...placeElement(parts, loaded), ...lines])];
  }
  const fours = loaded.map((i) =>
    dense[i]
      ? `      dl_load4(v${i} + e, a${i} + b${i} + r, 4, true);`
      : `      v${i}[e] = v${i}[e + 1] = v${i}[e + 2] = v${i}[e + 3] = a${i}[b${i}];`,
  );
  return [...registers, ...eachHeld(parts, 4, fours)];
}

/** Reads what a program needs of an element that is not held, and places it in `targets`. */
function readElement(parts: Parts, program: Program, targets: readonly number[]): string[] {
  const { held, inputs } = parts;
  if (held) return placeElement(parts, targets);
  const read = readBy(program, inputs);
  return [
    ...placeElement(parts, [...read, ...targets]),
    ...read.map((i) => `      const ${storage[inputs[i]]} v${i} = a${i}[x${i}];`),
  ];
}

/** Statements after which all threads of a column have `f` combined over them. */
function combineAll(k: number, type: string, { columns, along }: Layout): string[] {
  const rows = THREADS / columns;
  if (rows === 1) return [];
  const [acc, shared] = [`f${k}`, `shared${k}`];
  if (!along) {
    return [
      `  __shared__ ${type} ${shared}[${THREADS}];`,
      `  ${shared}[threadIdx.x] = ${acc};`,
      '  __syncthreads();',
      `  ${acc} = ${shared}[column];`,
      '#pragma unroll',
      `  for (int r = 1; r < ${rows}; r++) ${acc} = combine${k}(${acc}, ${shared}[r * ${columns} + column]);`,
    ];
  }
  const lanes = [
    '#pragma unroll',
    `  for (int d = ${WARP / 2}; d > 0; d /= 2) ${acc} = combine${k}(${acc}, __shfl_xor_sync(0xffffffffu, ${acc}, d));`,
  ];
  if (rows === WARP) return lanes;
  return [
    ...lanes,
    `  __shared__ ${type} ${shared}[${THREADS / WARP}];`,
    `  if (threadIdx.x % ${WARP} == 0) ${shared}[threadIdx.x / ${WARP}] = ${acc};`,
    '  __syncthreads();',
    `  ${acc} = ${shared}[0];`,
    '#pragma unroll',
    `  for (int w = 1; w < ${THREADS / WARP}; w++) ${acc} = combine${k}(${acc}, ${shared}[w]);`,
  ];
}

/** What a stage adds to the source: its statements, and the text of what it has found in `f${k}`. */
interface StageSource {
  readonly lines: readonly string[];
  readonly found: string;
  readonly functions: readonly string[];
}

/** A stage that computes with what earlier ones have found. */
function computeStage(parts: Parts, k: number, found: readonly string[]): StageSource {
  const { program } = parts.stages[k];
  const code = body(program, found, parts.params[k].reads, '    ');
  const lines = [
    `  ${types[program.outputs[0].dtype]} f${k};`,
    '  {',
    ...code.lines,
    `    f${k} = ${code.outputs[0]};`,
    '  }',
  ];
  return { lines, found: `f${k}`, functions: [] };
}

/** A stage that reduces the row. */
function reduceStage(
  parts: Parts,
  k: number,
  reducer: Reducer,
  found: readonly string[],
): StageSource {
  const { stages, values, params, layout } = parts;
  const { program } = stages[k];
  const { dtype } = program.outputs[0];
  const type = accumulator[dtype];
  const code = body(program, [...values, ...found], params[k].reads, '      ');
  const lines = [
    `  ${type} f${k} = ${neutral(reducer, type)};`,
    ...eachElement(parts, [
      ...readElement(parts, program, []),
      ...code.lines,
      `      f${k} = combine${k}(f${k}, (${type})${code.outputs[0]});`,
    ]),
    ...combineAll(k, type, layout),
  ];
  return {
    lines,
    found: dtype === 'bool' ? `(f${k} != 0)` : `(${types[dtype]})f${k}`,
    functions: [combineCode(reducer, type, `combine${k}`)],
  };
}

/** The map at the end: writes the outputs of each element. */
function writeOutputs(parts: Parts, found: readonly string[]): string[] {
  const { stages, program, inputs, values, params, each, dense } = parts;
  const made = body(program, [...values, ...found], params[stages.length].reads, '      ');
  const results = made.outputs.map((text, i) => `(${storage[program.outputs[i].dtype]})${text}`);
  const targets = program.outputs.map((_, i) => inputs.length + i);
  if (dense === null) {
    return eachElement(parts, [
      ...readElement(parts, program, targets),
      ...made.lines,
      ...results.map((text, i) => `      o${i}[x${targets[i]}] = ${text};`),
    ]);
  }
  const stores = targets.map((k, i) => `      dl_store4(o${i} + b${k} + r, w${i} + e, 4, true);`);
  return [
    ...program.outputs.map((o, i) => `  ${storage[o.dtype]} w${i}[${each}];`),
    ...eachElement(parts, [
      ...made.lines,
      ...results.map((text, i) => `      w${i}[e] = ${text};`),
    ]),
    ...eachHeld(parts, 4, stores),
  ];
}

/** The source of a fold. */
export function foldSource(fold: Fold): Generated {
  const parts = partsOf(fold);
  const lines = [...placeRow(parts), ...holdElements(parts)];
  const found: string[] = [];
  const functions: string[] = [];
  fold.stages.forEach(({ reducer }, k) => {
    const stage =
      reducer === null ? computeStage(parts, k, found) : reduceStage(parts, k, reducer, found);
    lines.push(...stage.lines);
    found.push(stage.found);
    functions.push(...stage.functions);
  });
  lines.push(...writeOutputs(parts, found));
  return sourceOf('fold', THREADS, blockOf(parts), parts.operands, lines, functions);
}
