// Maps some of whose inputs lie across the outputs: those are read along themselves, and turned in shared memory.
import { type Loops, numelOf, type Program, type View } from '@dl/core/functional';
import type { CudaBuffer, Executor, Generated } from '../runtime.js';
import { Block } from './block.js';
import { body, inputsRead, storage } from './scalar.js';
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

/** A tile's side; a block has a warp for each of eight of its lines. */
const SIDE = 32;
const WARPS = 8;
/** Inputs that may be turned: their tiles share the memory of a block. */
const MOST = 4;

/** The source for inputs of which `turned` tells which lie across. */
export function turnedSource(
  program: Program,
  rank: number,
  wide: boolean,
  turned: readonly boolean[],
): Generated {
  const { inputs, outputs } = program;
  const operands = operandsOf(inputs, outputs);
  const count = operands.length;
  const index = indexType(wide);
  const { fields, reads } = paramFields(program);
  const block = new Block([
    ...fields,
    { name: 'offset', type: 'long long', count },
    { name: 'rows', type: index },
    { name: 'columns', type: index },
    { name: 'across', type: index },
    { name: 'down', type: index },
    { name: 'rowStride', type: index, count },
    { name: 'columnStride', type: index, count },
    { name: 'size', type: index, count: rank },
    { name: 'stride', type: index, count: rank * count },
  ]);
  const read = inputsRead(program);
  const loaded = inputs.map((_, i) => i).filter((i) => read.has(i));
  const each = (lines: readonly string[]): string[] => [
    '#pragma unroll',
    `  for (int k = 0; k < ${SIDE}; k += ${WARPS}) {`,
    ...lines,
    '  }',
  ];
  const across = loaded.filter((i) => turned[i]);
  const at = (k: number): string => `row * p.rowStride[${k}] + column * p.columnStride[${k}]`;
  const values = inputs.map((t, i) => (t === 'bool' ? `(v${i} != 0)` : `v${i}`));
  const made = body(program, values, reads, '      ');
  const results = made.outputs.map((text, i) => `(${storage[outputs[i].dtype]})${text}`);
  const lines = [
    `  const int lane = threadIdx.x % ${SIDE}, warp = threadIdx.x / ${SIDE};`,
    `  ${index} i = blockIdx.x;`,
    `  const ${index} column0 = i % p.across * ${SIDE};`,
    '  i /= p.across;',
    `  const ${index} row0 = i % p.down * ${SIDE};`,
    '  i /= p.down;',
    `  ${index} ${operands.map((_, k) => `b${k} = 0`).join(', ')};`,
    ...walk(
      '  ',
      index,
      'i',
      rank,
      { size: 'size', stride: 'stride' },
      operands.map((_, k) => `b${k}`),
    ),
    ...operands.map(({ name }, k) => `  ${name} += p.offset[${k}] + b${k};`),
    ...across.map((i) => `  __shared__ ${storage[inputs[i]]} tile${i}[${SIDE}][${SIDE + 1}];`),
    ...each([
      `    const ${index} row = row0 + lane, column = column0 + warp + k;`,
      '    if (row < p.rows && column < p.columns) {',
      ...across.map((i) => `      tile${i}[warp + k][lane] = a${i}[${at(i)}];`),
      '    }',
    ]),
    '  __syncthreads();',
    ...each([
      `    const ${index} row = row0 + warp + k, column = column0 + lane;`,
      '    if (row < p.rows && column < p.columns) {',
      ...loaded.map((i) => {
        const from = turned[i] ? `tile${i}[lane][warp + k]` : `a${i}[${at(i)}]`;
        return `      const ${storage[inputs[i]]} v${i} = ${from};`;
      }),
      ...(made.code === '' ? [] : [made.code]),
      ...results.map((text, i) => `      o${i}[${at(inputs.length + i)}] = ${text};`),
      '    }',
    ]),
  ];
  return sourceOf('turned', SIDE * WARPS, block, operands, lines);
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
  writeLoops(block, pick(sizes), strides.map(pick), rank);
  const buffers = views.map((x) => x.buffer as CudaBuffer);
  run.launch(kernel, buffers, [blocks, 1, 1], [SIDE * WARPS, 1, 1]);
  return true;
}
