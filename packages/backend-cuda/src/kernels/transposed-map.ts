// Maps some of whose inputs lie across the outputs: those are read along themselves, and turned in shared memory.
import { type Loops, numelOf, type Program, type View } from '@dl/core/functional';
import type { CudaBuffer, Executor, Generated } from '../runtime.js';
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

/** A tile's side; a block has a warp for each of eight of its lines. */
const SIDE = 32;
const WARPS = 8;
/** Inputs that may be turned: their tiles share the memory of a block. */
const MOST = 4;

/** What the parts of the source share. */
interface Parts {
  readonly program: Program;
  readonly rank: number;
  /** Which inputs lie across. */
  readonly turned: readonly boolean[];
  readonly index: FieldType;
  readonly operands: readonly Operand[];
  /** The inputs that are read. */
  readonly loaded: readonly number[];
}

/** The parameters. */
const blockOf = ({ program, rank, index, operands: { length: count } }: Parts): Block =>
  new Block([
    ...paramFields(program).fields,
    { name: 'offset', type: 'long long', count },
    { name: 'rows', type: index },
    { name: 'columns', type: index },
    { name: 'across', type: index },
    { name: 'down', type: index },
    { name: 'rowStride', type: index, count },
    { name: 'columnStride', type: index, count },
    ...loopFields(index, rank, count),
  ]);

/** Which tile a block has, and where it begins in the operands. */
function placeTile({ rank, index, operands }: Parts): string[] {
  const bases = operands.map((_, k) => `b${k}`);
  return [
    `  const int lane = threadIdx.x % ${SIDE}, warp = threadIdx.x / ${SIDE};`,
    `  ${index} i = blockIdx.x;`,
    `  const ${index} column0 = i % p.across * ${SIDE};`,
    '  i /= p.across;',
    `  const ${index} row0 = i % p.down * ${SIDE};`,
    '  i /= p.down;',
    `  ${index} ${bases.map((b) => `${b} = 0`).join(', ')};`,
    ...walk('  ', index, 'i', rank, bases),
    ...operands.map(({ name }, k) => `  ${name} += p.offset[${k}] + b${k};`),
  ];
}

/** A loop over the thread's elements, of which it has one in every line of a warp. */
const eachElement = (
  { index }: Parts,
  row: string,
  column: string,
  lines: readonly string[],
): string[] => [
  '#pragma unroll',
  `  for (int k = 0; k < ${SIDE}; k += ${WARPS}) {`,
  `    const ${index} row = row0 + ${row}, column = column0 + ${column};`,
  '    if (row < p.rows && column < p.columns) {',
  ...lines,
  '    }',
  '  }',
];

/** Where the element at `row` and `column` is in operand `k`. */
const at = (k: number): string => `row * p.rowStride[${k}] + column * p.columnStride[${k}]`;

/** Reads the tiles of the inputs that lie across, along themselves. */
function loadTiles(parts: Parts): string[] {
  const { program, turned, loaded } = parts;
  const across = loaded.filter((i) => turned[i]);
  return [
    ...across.map(
      (i) => `  __shared__ ${storage[program.inputs[i]]} tile${i}[${SIDE}][${SIDE + 1}];`,
    ),
    ...eachElement(
      parts,
      'lane',
      'warp + k',
      across.map((i) => `      tile${i}[warp + k][lane] = a${i}[${at(i)}];`),
    ),
  ];
}

/** Computes the outputs, along themselves. */
function mapElements(parts: Parts): string[] {
  const { program, turned, loaded } = parts;
  const { inputs, outputs } = program;
  const values = inputs.map((t, i) => elementOf(t, `v${i}`));
  const made = body(program, values, paramFields(program).reads, '      ');
  return eachElement(parts, 'warp + k', 'lane', [
    ...loaded.map((i) => {
      const from = turned[i] ? `tile${i}[lane][warp + k]` : `a${i}[${at(i)}]`;
      return `      const ${storage[inputs[i]]} v${i} = ${from};`;
    }),
    ...made.lines,
    ...made.outputs.map(
      (text, i) => `      o${i}[${at(inputs.length + i)}] = (${storage[outputs[i].dtype]})${text};`,
    ),
  ]);
}

/** The source for inputs of which `turned` tells which lie across. */
export function turnedSource(
  program: Program,
  rank: number,
  wide: boolean,
  turned: readonly boolean[],
): Generated {
  const operands = operandsOf(program.inputs, program.outputs);
  const loaded = [...inputsRead(program)].sort((a, b) => a - b);
  const parts = { program, rank, turned, index: indexType(wide), operands, loaded };
  const lines = [
    ...placeTile(parts),
    ...loadTiles(parts),
    '  __syncthreads();',
    ...mapElements(parts),
  ];
  return sourceOf('turned', SIDE * WARPS, blockOf(parts), operands, lines);
}

/**
 * Runs a map by tiles and says so, if its outputs lie along the last loop and some inputs along another one
 * (all of them the same), both long enough for tiles.
 */
export function turnedMap(
  run: Executor,
  program: Program,
  views: readonly View[],
  { sizes, strides }: Loops,
  params: readonly number[],
): boolean {
  const last = sizes.length - 1;
  const ins = program.inputs.length;
  if (last < 1 || sizes[last] < SIDE / 2) return false;
  if (strides.slice(ins).some((s) => s[last] !== 1)) return false;
  const read = inputsRead(program);
  const far = (k: number): boolean => k < ins && read.has(k) && Math.abs(strides[k][last]) > 1;
  const first = strides.findIndex((_, k) => far(k));
  const line = first < 0 ? -1 : strides[first].indexOf(1);
  if (line < 0 || line === last || sizes[line] < SIDE / 2) return false;
  const turned = strides.slice(0, ins).map((s, k) => far(k) && s[line] === 1);
  if (turned.filter((x) => x).length > MOST) return false;
  const rest = sizes.map((_, d) => d).filter((d) => d !== line && d !== last);
  const pick = (xs: readonly number[]): number[] => rest.map((d) => xs[d]);
  const [down, across] = [Math.ceil(sizes[line] / SIDE), Math.ceil(sizes[last] / SIDE)];
  const blocks = numelOf(pick(sizes)) * down * across;
  if (blocks > run.info.gridX) return false;
  const wide = needsWide(
    blocks,
    ...strides.map((s) => reachOf(sizes, s) + SIDE * (Math.abs(s[line]) + Math.abs(s[last]))),
  );
  const rank = rankClass(rest.length);
  const key = `turned ${program.id} ${rank} ${wide} ${turned}`;
  const { kernel, block } = run.prepare(key, 'turned', () =>
    turnedSource(program, rank, wide, turned),
  );
  writeParams(block, params);
  views.forEach((x, k) => {
    block.set('offset', x.offset, k);
    block.set('rowStride', strides[k][line], k);
    block.set('columnStride', strides[k][last], k);
  });
  block.set('rows', sizes[line]);
  block.set('columns', sizes[last]);
  block.set('across', across);
  block.set('down', down);
  writeLoops(block, { sizes: pick(sizes), strides: strides.map(pick) }, rank);
  const buffers = views.map((x) => x.buffer as CudaBuffer);
  run.launch(kernel, buffers, [blocks, 1, 1], [SIDE * WARPS, 1, 1]);
  return true;
}
