// Folds (softmax, normalisation): reductions of rows and the map that reads them in one kernel, which reads a row once.
import {
  type Backend,
  broadcastStrides,
  type Loops,
  mergeLoops,
  numelOf,
  type Program,
  type View,
} from '@dl/core/functional';
import type { CudaBuffer, Executor, Generated } from '../runtime.js';
import { Block, type Field } from './block.js';
import { accumulator, combineCode, inner, type Layout, neutral, THREADS, WARP } from './reduce.js';
import { body, inputsRead, storage, types } from './scalar.js';
import {
  indexType,
  needsWide,
  operandsOf,
  paramFields,
  rankClass,
  reachOf,
  sourceOf,
  walk,
  writeLoops,
  writeParams,
} from './source-pieces.js';

/** See `Backend.fold`. */
type Stages = Parameters<Backend['fold']>[0];

/** Elements of a row that a thread may hold, over all inputs. */
const HELD = 32;
/** Rows up to this length have a warp each. */
const SHORT = 256;

interface Shape {
  readonly keptRank: number;
  readonly goneRank: number;
  readonly wide: boolean;
  readonly layout: Layout;
  /** Elements of a row that each thread holds in registers; 0: rows are read again by every part. */
  readonly each: number;
  /** Four neighbours at a time: for each operand whether it lies densely along the row, or else is repeated. */
  readonly dense: readonly boolean[] | null;
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

/** The source of a fold. */
export function foldSource(stages: Stages, program: Program, shape: Shape): Generated {
  const { keptRank, goneRank, wide, layout, each, dense } = shape;
  const { columns, along } = layout;
  const rows = THREADS / columns;
  const index = indexType(wide);
  const { inputs, outputs } = { inputs: inputsOf(stages, program), outputs: program.outputs };
  const operands = operandsOf(inputs, outputs);
  const count = operands.length;
  const parts = [...stages.map((s) => s.program), program];
  const params = parts.map((part, k) => {
    const { fields, reads } = paramFields(part);
    return {
      fields: fields.map((f): Field => ({ ...f, name: `s${k}_${f.name}` })),
      reads: reads.map((text) => text.replace('p.', `p.s${k}_`)),
    };
  });
  const block = new Block([
    ...params.flatMap((p) => p.fields),
    { name: 'offset', type: 'long long', count },
    { name: 'outputs', type: index },
    { name: 'n', type: index },
    { name: 'keptSize', type: index, count: keptRank },
    { name: 'keptStride', type: index, count: keptRank * count },
    { name: 'goneSize', type: index, count: goneRank },
    { name: 'goneStride', type: index, count: goneRank * count },
  ]);
  const held = each > 0;
  const ofInputs = (part: Program): number[] =>
    [...inputsRead(part)].filter((i) => i < inputs.length);
  const reading = stages.flatMap((s) => (s.reducer === null ? [] : ofInputs(s.program)));
  const loaded = [...new Set([...reading, ...ofInputs(program)])].sort((a, b) => a - b);
  const real = (i: number, text: string): string =>
    inputs[i] === 'bool' ? `(${text} != 0)` : text;
  // Where element `r` of the row is in some operands, as `x0`, `x1` …
  const places = (indent: string, all: readonly number[]): string[] => {
    if (all.length === 0) return [];
    const text = walk(
      indent,
      index,
      'g',
      goneRank,
      { size: 'goneSize', stride: 'goneStride' },
      operands.map((_, k) => (all.includes(k) ? `x${k}` : '')),
    );
    return [
      `${indent}${index} ${['g = r', ...all.map((k) => `x${k} = b${k}`)].join(', ')};`,
      ...text,
    ];
  };
  const at = (e: string): string =>
    dense === null ? `row + ${e} * ${rows}` : `(row + ${e} / 4 * ${rows}) * 4 + ${e} % 4`;
  /** A loop over the thread's elements `r` of its row. */
  const loop = (lines: readonly string[]): string[] =>
    held
      ? [
          '#pragma unroll',
          `  for (int e = 0; e < ${each}; e++) {`,
          `    const ${index} r = ${at('e')};`,
          '    if (r < n) {',
          ...lines,
          '    }',
          '  }',
        ]
      : ['#pragma unroll 4', `  for (${index} r = row; r < n; r += ${rows}) {`, ...lines, '  }'];
  const fetch = (part: Program): string[] => {
    if (held) return [];
    const all = ofInputs(part);
    return [
      ...places('      ', all),
      ...all.map((i) => `      const ${storage[inputs[i]]} v${i} = a${i}[x${i}];`),
    ];
  };
  const values = inputs.map((_, i) => real(i, held ? `v${i}[e]` : `v${i}`));
  const fours = (lines: readonly string[]): string[] => [
    '#pragma unroll',
    `  for (int e = 0; e < ${each}; e += 4) {`,
    `    const ${index} r = ${at('e')};`,
    '    if (r < n) {',
    ...lines,
    '    }',
    '  }',
  ];
  const lines = [
    ...operands.map(({ name }, k) => `  ${name} += p.offset[${k}];`),
    `  const int row = ${along ? `threadIdx.x % ${rows}` : `threadIdx.x / ${columns}`};`,
    `  const int column = ${along ? `threadIdx.x / ${rows}` : `threadIdx.x % ${columns}`};`,
    `  const ${index} output = (${index})blockIdx.x * ${columns} + column;`,
    // Threads without a row still come to the barriers.
    `  const ${index} n = output < p.outputs ? p.n : 0;`,
    `  ${index} o = output < p.outputs ? output : 0;`,
    `  ${index} ${operands.map((_, k) => `b${k} = 0`).join(', ')};`,
    ...walk(
      '  ',
      index,
      'o',
      keptRank,
      { size: 'keptSize', stride: 'keptStride' },
      operands.map((_, k) => `b${k}`),
    ),
  ];
  if (held) {
    for (const i of loaded) lines.push(`  ${storage[inputs[i]]} v${i}[${each}];`);
    lines.push(
      ...(dense === null
        ? loop([
            ...places('      ', loaded),
            ...loaded.map((i) => `      v${i}[e] = a${i}[x${i}];`),
          ])
        : fours(
            loaded.map((i) =>
              dense[i]
                ? `      dl_load4(v${i} + e, a${i} + b${i} + r, 4, true);`
                : `      v${i}[e] = v${i}[e + 1] = v${i}[e + 2] = v${i}[e + 3] = a${i}[b${i}];`,
            ),
          )),
    );
  }
  const found: string[] = [];
  const functions: string[] = [];
  stages.forEach(({ program: part, reducer }, k) => {
    const { dtype } = part.outputs[0];
    const indent = reducer === null ? '    ' : '      ';
    const before = reducer === null ? found : [...values, ...found];
    const made = body(part, before, params[k].reads, indent);
    const code = made.code === '' ? [] : [made.code];
    if (reducer === null) {
      lines.push(
        `  ${types[dtype]} f${k};`,
        '  {',
        ...code,
        `    f${k} = ${made.outputs[0]};`,
        '  }',
      );
      found.push(`f${k}`);
      return;
    }
    const type = accumulator[dtype];
    functions.push(combineCode(reducer, type, `combine${k}`));
    lines.push(
      `  ${type} f${k} = ${neutral(reducer, type)};`,
      ...loop([
        ...fetch(part),
        ...code,
        `      f${k} = combine${k}(f${k}, (${type})${made.outputs[0]});`,
      ]),
      ...combineAll(k, type, layout),
    );
    found.push(dtype === 'bool' ? `(f${k} != 0)` : `(${types[dtype]})f${k}`);
  });
  const made = body(program, [...values, ...found], params[stages.length].reads, '      ');
  const code = made.code === '' ? [] : [made.code];
  const results = made.outputs.map((text, i) => `(${storage[outputs[i].dtype]})${text}`);
  const targets = outputs.map((_, i) => inputs.length + i);
  if (dense === null) {
    lines.push(
      ...loop([
        ...places('      ', held ? targets : []),
        ...(held
          ? []
          : [
              ...places('      ', [...ofInputs(program), ...targets]),
              ...ofInputs(program).map(
                (i) => `      const ${storage[inputs[i]]} v${i} = a${i}[x${i}];`,
              ),
            ]),
        ...code,
        ...results.map((text, i) => `      o${i}[x${targets[i]}] = ${text};`),
      ]),
    );
  } else {
    outputs.forEach((o, i) => {
      lines.push(`  ${storage[o.dtype]} w${i}[${each}];`);
    });
    lines.push(
      ...loop([...code, ...results.map((text, i) => `      w${i}[e] = ${text};`)]),
      ...fours(targets.map((k, i) => `      dl_store4(o${i} + b${k} + r, w${i} + e, 4, true);`)),
    );
  }
  return sourceOf('fold', THREADS, block, operands, lines, functions);
}

/** The dtypes of a fold's inputs; what programs read beyond them are the stages' findings. */
function inputsOf(stages: Stages, program: Program): Program['inputs'] {
  return program.inputs.slice(0, program.inputs.length - stages.length);
}

/** How a fold's threads share rows, from where memory is denser. */
function layoutFor(kept: Loops, gone: Loops, outputs: number, n: number, ins: number): Layout {
  if (outputs >= WARP && (n <= 8 || inner(kept, ins) < inner(gone, ins))) {
    return { columns: n <= 8 ? THREADS : WARP, along: false };
  }
  return { columns: n <= SHORT && outputs >= 8 ? THREADS / WARP : 1, along: true };
}

/** See `Backend.fold`. */
export function fold(
  run: Executor,
  stages: Stages,
  program: Program,
  inputs: readonly View[],
  shape: readonly number[],
  axes: readonly number[],
  outputs: readonly View[],
  params: readonly number[],
): boolean {
  const views = [...inputs, ...outputs];
  const strides = views.map((x) => broadcastStrides(x, shape.length));
  const loops = (reduced: boolean): Loops => {
    const dims = shape.map((_, d) => d).filter((d) => axes.includes(d) === reduced);
    const pick = (s: readonly number[]): number[] => dims.map((d) => s[d]);
    return mergeLoops(pick(shape), strides.map(pick));
  };
  const [kept, gone] = [loops(false), loops(true)];
  const [results, n] = [numelOf(kept.sizes), numelOf(gone.sizes)];
  if (results === 0 || n === 0) return false;
  // Few long rows are shared out better by one reduction after the other.
  if (n > 16384 && results < run.info.multiprocessors * 2) return false;
  const layout = layoutFor(kept, gone, results, n, inputs.length);
  const rows = THREADS / layout.columns;
  const reach = views.map(
    (_, k) => reachOf(kept.sizes, kept.strides[k]) + reachOf(gone.sizes, gone.strides[k]),
  );
  const wide = needsWide(n + THREADS * HELD, results + THREADS, ...reach);
  const [keptRank, goneRank] = [rankClass(kept.sizes.length), rankClass(gone.sizes.length)];
  // Four neighbours are one access where rows lie densely and all start where fours do.
  const fours =
    layout.along &&
    goneRank === 1 &&
    n % 4 === 0 &&
    views.every(
      (x, k) =>
        gone.strides[k][0] === 0 ||
        (gone.strides[k][0] === 1 &&
          x.offset % 4 === 0 &&
          kept.strides[k].every((s) => s % 4 === 0)),
    ) &&
    outputs.every((_, i) => gone.strides[inputs.length + i][0] === 1);
  let each = fours ? 4 : 1;
  while (each * rows < n) each *= 2;
  if (each > 16 || each * inputs.length > HELD) each = 0;
  const dense = fours && each > 0 ? gone.strides.map((s) => s[0] === 1) : null;
  const ids = stages.map((s) => `${s.program.id} ${s.reducer}`);
  const how = [keptRank, goneRank, wide, layout.columns, layout.along, each, dense];
  const key = `fold ${[...ids, program.id, ...how].join(' ')}`;
  const { kernel, block } = run.prepare(key, 'fold', () =>
    foldSource(stages, program, { keptRank, goneRank, wide, layout, each, dense }),
  );
  [...stages.map((s) => s.program), program].forEach((part, k) => {
    writeParams(block, params.slice(0, part.params.length), `s${k}_`);
  });
  views.forEach((x, k) => {
    block.set('offset', x.offset, k);
  });
  block.set('outputs', results);
  block.set('n', n);
  writeLoops(block, kept.sizes, kept.strides, keptRank, 'keptSize', 'keptStride');
  writeLoops(block, gone.sizes, gone.strides, goneRank, 'goneSize', 'goneStride');
  const buffers = views.map((x) => x.buffer as CudaBuffer);
  run.launch(kernel, buffers, [Math.ceil(results / layout.columns), 1, 1], [THREADS, 1, 1]);
  return true;
}
