// Reductions: threads of a block share the reduced elements of some outputs; long ones are split over blocks.
import {
  type ArgReducer,
  broadcastStrides,
  type DType,
  type Loops,
  mergeLoops,
  numelOf,
  type Program,
  type Reducer,
  type View,
} from '@dl/core/functional';
import type { CudaBuffer, Executor, Generated } from '../runtime.js';
import { Block } from './block.js';
import { body, storage } from './scalar.js';
import {
  indexType,
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

export const THREADS = 256;
export const WARP = 32;
/** Elements that one thread may add up one after the other. */
const CHAIN = 256;

/** What values are combined in. */
export const accumulator: { readonly [D in DType]: string } = {
  float32: 'float',
  float64: 'double',
  float16: 'int',
  bfloat16: 'int',
  int64: 'long long',
  int32: 'int',
  uint8: 'int',
  bool: 'int',
};

/** Accumulators are kept between kernels in memory of this dtype. */
const kept: { readonly [type: string]: DType } = {
  float: 'float32',
  double: 'float64',
  int: 'int32',
  'long long': 'int64',
};

const limits: { readonly [type: string]: readonly [low: string, high: string] } = {
  float: ['dl_bits_float(0xff800000u)', 'dl_bits_float(0x7f800000u)'],
  double: ['dl_bits_double(0xfff0000000000000ull)', 'dl_bits_double(0x7ff0000000000000ull)'],
  int: ['(-2147483647 - 1)', '2147483647'],
  'long long': ['(-9223372036854775807ll - 1)', '9223372036854775807ll'],
};

/** The value that changes nothing. */
export function neutral(reducer: Reducer | ArgReducer, type: string): string {
  if (reducer === 'sum') return `(${type})0`;
  if (reducer === 'prod') return `(${type})1`;
  return limits[type][reducer === 'max' || reducer === 'argmax' ? 0 : 1];
}

const isArg = (reducer: Reducer | ArgReducer): boolean =>
  reducer === 'argmin' || reducer === 'argmax';

/**
 * Functions `combine` (and, for positions, `better`) for a reducer. NaN stays once it has come; the
 * first of equal values wins, and the first NaN beats all.
 */
export function combineCode(reducer: Reducer | ArgReducer, type: string, name = 'combine'): string {
  const unsigned = type === 'int' ? 'unsigned' : type === 'long long' ? 'unsigned long long' : null;
  const arithmetic = (sign: string): string =>
    unsigned === null ? `a ${sign} b` : `(${type})((${unsigned})a ${sign} (${unsigned})b)`;
  if (isArg(reducer)) {
    const sign = reducer === 'argmin' ? '<' : '>';
    return `__device__ __forceinline__ bool better(${type} a, int at, ${type} b, int bt) {
  if (at < 0 || bt < 0) return at >= 0;
  return a ${sign} b || (a != a && b == b) || ((a == b || (a != a && b != b)) && at < bt);
}`;
  }
  const code =
    reducer === 'sum'
      ? arithmetic('+')
      : reducer === 'prod'
        ? arithmetic('*')
        : `!(b ${reducer === 'min' ? '>=' : '<='} a) && a == a ? b : a`;
  return `__device__ __forceinline__ ${type} ${name}(${type} a, ${type} b) { return ${code}; }`;
}

/**
 * How a block's threads are laid out: `columns` outputs side by side and the others along the reduced
 * elements; `along` says whether neighbouring threads are neighbours in the reduced elements.
 */
export interface Layout {
  readonly columns: number;
  readonly along: boolean;
}

interface Shape {
  readonly keptRank: number;
  readonly goneRank: number;
  readonly wide: boolean;
  readonly layout: Layout;
  /** Whether threads take four neighbours at a time, which start where vectors do. */
  readonly fours: boolean;
  /** Whether accumulators are written for a second kernel, and read by one. */
  readonly partial: boolean;
  readonly final: boolean;
}

/**
 * Statements that leave in the thread of `row` 0 what the threads of a column have found. Lanes of a warp
 * exchange it in registers where they are one column's; warps meet in shared memory once.
 */
function combineThreads(type: string, arg: boolean, layout: Layout, none: string): string[] {
  const { columns, along } = layout;
  const rows = THREADS / columns;
  if (rows === 1) return [];
  const take = (indent: string, value: string, place: string): string[] =>
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
  const shuffle = (indent: string, lanes: number): string[] => [
    '#pragma unroll',
    `${indent}for (int d = ${lanes / 2}; d > 0; d /= 2) {`,
    ...take(
      `${indent}  `,
      '__shfl_down_sync(0xffffffffu, acc, d)',
      '__shfl_down_sync(0xffffffffu, best, d)',
    ),
    `${indent}}`,
  ];
  const shared = (n: number): string[] => [
    `  __shared__ ${type} shared[${n}];`,
    ...(arg ? [`  __shared__ int spots[${n}];`] : []),
  ];
  const keep = (indent: string, slot: string): string[] => [
    `${indent}shared[${slot}] = acc;`,
    ...(arg ? [`${indent}spots[${slot}] = best;`] : []),
  ];
  if (!along) {
    // Lanes are columns: what the other rows have found is taken up by the first.
    return [
      ...shared(THREADS),
      ...keep('  ', 'threadIdx.x'),
      '  __syncthreads();',
      '  if (row == 0) {',
      '#pragma unroll',
      `    for (int r = 1; r < ${rows}; r++) {`,
      ...take('      ', `shared[r * ${columns} + column]`, `spots[r * ${columns} + column]`),
      '    }',
      '  }',
    ];
  }
  const warps = rows / WARP;
  if (warps === 1) return shuffle('  ', WARP);
  return [
    ...shuffle('  ', WARP),
    ...shared(THREADS / WARP),
    `  if (threadIdx.x % ${WARP} == 0) {`,
    ...keep('    ', `threadIdx.x / ${WARP}`),
    '  }',
    '  __syncthreads();',
    `  if (threadIdx.x < ${WARP}) {`,
    `    const bool mine = threadIdx.x < ${warps};`,
    `    acc = mine ? (${type})shared[threadIdx.x] : ${none};`,
    ...(arg ? ['    best = mine ? (int)spots[threadIdx.x] : -1;'] : []),
    ...shuffle('    ', warps),
    '  }',
  ];
}

/** The source of a reduction. Without a program it combines the accumulators of a first kernel. */
export function reduceSource(
  program: Program | null,
  result: DType,
  reducer: Reducer | ArgReducer,
  { keptRank, goneRank, wide, layout, fours, partial, final }: Shape,
): Generated {
  const arg = isArg(reducer);
  const value = program === null ? result : program.outputs[0].dtype;
  const type = accumulator[value];
  const inputs: readonly DType[] = program?.inputs ?? [];
  const ins = final ? 1 : inputs.length;
  const index = indexType(wide);
  const { fields, reads } = program === null ? { fields: [], reads: [] } : paramFields(program);
  const block = new Block([
    ...fields,
    { name: 'offset', type: 'long long', count: ins + 1 },
    { name: 'outputs', type: index },
    { name: 'n', type: index },
    { name: 'part', type: index },
    { name: 'keptSize', type: index, count: keptRank },
    { name: 'keptStride', type: index, count: keptRank * (ins + 1) },
    { name: 'goneSize', type: index, count: goneRank },
    { name: 'goneStride', type: index, count: goneRank * ins },
  ]);
  const { columns, along } = layout;
  const rows = THREADS / columns;
  const outType = partial ? type : arg ? 'int' : storage[result];
  const operands: Operand[] = final
    ? [
        { name: 'a0', type: `const ${type}` },
        ...(arg ? [{ name: 'places', type: 'const int' }] : []),
      ]
    : [...operandsOf(inputs, [])];
  operands.push({ name: 'out', type: outType });
  if (partial && arg) operands.push({ name: 'outPlaces', type: 'int' });
  const names = Array.from({ length: ins }, (_, i) => i);
  const values = inputs.map((t, i) => {
    const text = fours ? `v${i}[k]` : `a${i}[x${i}]`;
    return t === 'bool' ? `(${text} != 0)` : text;
  });
  const made =
    program === null ? { code: '', outputs: ['a0[x0]'] } : body(program, values, reads, '      ');
  const bases = names.map((i) => `b${i}`);
  const targets = names.map((i) => `x${i}`);
  const single = [
    '#pragma unroll 4',
    `    for (${index} r = begin + row; r < end; r += ${rows}) {`,
    ...(ins === 0
      ? []
      : [
          `      ${index} ${['g = r', ...targets.map((t, i) => `${t} = b${i}`)].join(', ')};`,
          ...walk(
            '      ',
            index,
            'g',
            goneRank,
            { size: 'goneSize', stride: 'goneStride' },
            targets,
          ),
        ]),
  ];
  const vectors = [
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
  const lines = [
    ...names.map((i) => `  a${i} += p.offset[${i}];`),
    `  out += p.offset[${ins}];`,
    `  const int row = ${along ? `threadIdx.x % ${rows}` : `threadIdx.x / ${columns}`};`,
    `  const int column = ${along ? `threadIdx.x / ${rows}` : `threadIdx.x % ${columns}`};`,
    `  const ${index} output = (${index})blockIdx.x * ${columns} + column;`,
    `  ${index} ${[...bases.map((b) => `${b} = 0`), 'to = 0'].join(', ')};`,
    `  ${type} acc = ${neutral(reducer, type)};`,
    ...(arg ? ['  int best = -1;'] : []),
    '  if (output < p.outputs) {',
    `    ${index} o = output;`,
    ...walk('    ', index, 'o', keptRank, { size: 'keptSize', stride: 'keptStride' }, [
      ...bases,
      'to',
    ]),
    `    const ${index} begin = (${index})blockIdx.y * p.part;`,
    `    const ${index} end = begin + p.part < p.n ? begin + p.part : p.n;`,
    ...(fours ? vectors : single),
    ...(made.code === '' ? [] : [made.code]),
    `      const ${type} v = (${type})${made.outputs[0]};`,
    ...(arg
      ? [
          `      const int place = ${final ? 'places[x0]' : '(int)r'};`,
          '      if (better(v, place, acc, best)) {',
          '        acc = v;',
          '        best = place;',
          '      }',
        ]
      : ['      acc = combine(acc, v);']),
    ...(fours ? ['      }', '    }'] : ['    }']),
    '  }',
  ];
  lines.push(...combineThreads(type, arg, layout, neutral(reducer, type)));
  lines.push('  if (row == 0 && output < p.outputs) {');
  if (partial) {
    lines.push(
      `    const ${index} at = (${index})blockIdx.y * p.outputs + output;`,
      '    out[at] = acc;',
    );
    if (arg) lines.push('    outPlaces[at] = best;');
  } else {
    const written = arg
      ? 'best'
      : result === 'bool'
        ? '(unsigned char)(acc != 0)'
        : `(${outType})acc`;
    lines.push(`    out[to] = ${written};`);
  }
  lines.push('  }');
  return sourceOf('reduce', THREADS, block, operands, lines, [combineCode(reducer, type)]);
}

/** How far apart neighbours of these loops are, over the first `ins` operands. */
export function inner(loops: Loops, ins: number): number {
  let sum = 0;
  for (let i = 0; i < ins; i++) sum += Math.abs(loops.strides[i][loops.sizes.length - 1]);
  return sum;
}

/** Which neighbours threads are, from where memory is denser and how much there is to share. */
function layoutFor(
  kept: Loops,
  gone: Loops,
  outputs: number,
  n: number,
  ins: number,
  enough: number,
): Layout {
  const byColumns =
    outputs >= 32 && (n === 1 || (outputs > 1 && inner(kept, ins) < inner(gone, ins)));
  if (byColumns) {
    return {
      columns: n <= 8 || (outputs >= THREADS * enough && n <= CHAIN) ? THREADS : 32,
      along: false,
    };
  }
  if (n <= 8 && outputs >= 32) return { columns: THREADS, along: false };
  return n <= 1024 && outputs >= 8 ? { columns: 8, along: true } : { columns: 1, along: true };
}

/** See `Backend.reduce`. */
export function reduce(
  run: Executor,
  program: Program,
  reducer: Reducer | ArgReducer,
  inputs: readonly View[],
  shape: readonly number[],
  axes: readonly number[],
  output: View,
  params: readonly number[],
): void {
  if (output.count === 0) return;
  const rank = shape.length;
  const strides = inputs.map((x) => broadcastStrides(x, rank));
  const part = (reduced: boolean, operands: readonly (readonly number[])[]): Loops => {
    const dims = shape.map((_, d) => d).filter((d) => axes.includes(d) === reduced);
    const pick = (s: readonly number[]): number[] => dims.map((d) => s[d]);
    return mergeLoops(pick(shape), operands.map(pick));
  };
  const kept = part(false, [...strides, output.strides]);
  const gone = part(true, strides);
  const n = numelOf(gone.sizes);
  const outputs = numelOf(kept.sizes);
  const ins = inputs.length;
  // Blocks that fill the device.
  const { multiprocessors, threadsPerMultiprocessor } = run.info;
  const enough = Math.floor((multiprocessors * threadsPerMultiprocessor) / THREADS);
  const layout = layoutFor(kept, gone, outputs, n, ins, enough);
  const rows = THREADS / layout.columns;
  const blocks = Math.ceil(outputs / layout.columns);
  // Few blocks with much to do: each output's elements are shared by several.
  const most = Math.ceil(n / (rows * 8));
  const splits = Math.max(
    1,
    Math.min(
      blocks >= enough && n <= rows * CHAIN * 4 ? 1 : Math.ceil(enough / blocks),
      most,
      1024,
    ),
  );
  const reach = kept.strides.map(
    (s, i) => reachOf(kept.sizes, s) + (i < ins ? reachOf(gone.sizes, gone.strides[i]) : 0),
  );
  const wide = needsWide(n * 2 + THREADS * 8, outputs + THREADS, ...reach);
  const keptRank = rankClass(kept.sizes.length);
  const goneRank = rankClass(gone.sizes.length);
  const result = output.dtype;
  const fours =
    layout.along &&
    n >= rows * 4 &&
    gone.sizes.length === 1 &&
    inputs.every(
      (x, i) =>
        gone.strides[i][0] === 1 && x.offset % 4 === 0 && kept.strides[i].every((s) => s % 4 === 0),
    );
  const shared = { keptRank, goneRank, wide, layout, fours, n };
  const launch = (
    source: Program | null,
    data: { readonly buffers: CudaBuffer[]; readonly offsets: readonly number[] },
    loops: { readonly kept: Loops; readonly gone: Loops },
    how: Shape & { readonly n: number; readonly splits: number },
  ): void => {
    const id =
      source === null ? `final ${program.outputs[0].dtype} ${result}` : `${source.id} ${result}`;
    const { columns, along } = how.layout;
    const key = `reduce ${id} ${reducer} ${how.keptRank} ${how.goneRank} ${how.wide} ${columns} ${along} ${how.partial} ${how.fours}`;
    const { kernel, block } = run.prepare(key, 'reduce', () =>
      reduceSource(
        source,
        source === null && isArg(reducer) ? program.outputs[0].dtype : result,
        reducer,
        how,
      ),
    );
    if (source !== null) writeParams(block, params);
    for (let i = 0; i < data.offsets.length; i++) block.set('offset', data.offsets[i], i);
    block.set('outputs', outputs);
    block.set('n', how.n);
    const least = how.fours ? 4 : 1;
    block.set('part', Math.ceil(how.n / how.splits / least) * least);
    writeLoops(block, loops.kept.sizes, loops.kept.strides, how.keptRank, 'keptSize', 'keptStride');
    writeLoops(block, loops.gone.sizes, loops.gone.strides, how.goneRank, 'goneSize', 'goneStride');
    run.launch(
      kernel,
      data.buffers,
      [Math.ceil(outputs / columns), how.splits, 1],
      [THREADS, 1, 1],
    );
  };
  const buffers = inputs.map((x) => x.buffer as CudaBuffer);
  const offsets = inputs.map((x) => x.offset);
  const out = output.buffer as CudaBuffer;
  if (splits === 1) {
    const how = { ...shared, partial: false, final: false, splits };
    launch(
      program,
      { buffers: [...buffers, out], offsets: [...offsets, output.offset] },
      { kept, gone },
      how,
    );
    return;
  }
  const accumulated = keptDType(program);
  const scratch = [run.alloc(splits * outputs, accumulated, false)];
  if (isArg(reducer)) scratch.push(run.alloc(splits * outputs, 'int32', false));
  launch(
    program,
    { buffers: [...buffers, ...scratch], offsets: [...offsets, 0] },
    { kept, gone },
    { ...shared, partial: true, final: false, splits },
  );
  // Partials lie as [splits, outputs].
  const outStrides = kept.strides[ins];
  const dense = kept.sizes.map((_, d) => numelOf(kept.sizes.slice(d + 1)));
  launch(
    null,
    { buffers: [...scratch, out], offsets: [0, output.offset] },
    {
      kept: { sizes: kept.sizes, strides: [dense, outStrides] },
      gone: { sizes: [splits], strides: [[outputs]] },
    },
    {
      keptRank,
      goneRank: 1,
      wide,
      layout: { columns: outputs >= 32 ? 32 : 1, along: outputs < 32 },
      fours: false,
      partial: false,
      final: true,
      n: splits,
      splits: 1,
    },
  );
  for (const s of scratch) run.free(s);
}

const keptDType = (program: Program): DType => kept[accumulator[program.outputs[0].dtype]];
