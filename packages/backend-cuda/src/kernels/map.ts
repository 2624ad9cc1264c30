// Elementwise programs as kernels: one for operands that lie densely, and one for each class of ranks.
import { broadcastStrides, mergeLoops, type Program, type View } from '@dl/core/functional';
import type { CudaBuffer, Executor, Prepared } from '../runtime.js';
import { Block, type FieldType } from './block.js';
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
import { turnedMap } from './transposed-map.js';

const THREADS = 256;
/** Elements a thread does: their loads are on their way at the same time. */
const EACH = 4;

/**
 * The source of a map: `rank` 0 walks operands that lie densely or are one element, four neighbours at a
 * time; any other decomposes the position into `rank` coordinates.
 */
export function mapSource(
  program: Program,
  rank: number,
  wide: boolean,
): { block: Block; source: string } {
  const { inputs, outputs } = program;
  const operands = operandsOf(inputs, outputs);
  const count = operands.length;
  const index: FieldType = indexType(wide);
  const { fields, reads } = paramFields(program);
  const block = new Block([
    ...fields,
    { name: 'offset', type: 'long long', count },
    { name: 'n', type: index },
    ...(rank === 0
      ? [
          { name: 'even', type: 'int' as const },
          { name: 'step', type: 'int' as const, count },
        ]
      : [
          { name: 'size', type: index, count: rank },
          { name: 'stride', type: index, count: rank * count },
        ]),
  ]);
  const lines = operands.map(({ name }, k) => `  ${name} += p.offset[${k}];`);
  const values = inputs.map((t, i) => (t === 'bool' ? `(v${i}[k] != 0)` : `v${i}[k]`));
  const made = body(program, values, reads, '      ');
  const results = made.outputs.map((text, i) => `(${storage[outputs[i].dtype]})${text}`);
  const read = inputsRead(program);
  const loaded = inputs.map((_, i) => i).filter((i) => read.has(i));
  const each = `#pragma unroll\n  for (int k = 0; k < ${EACH}; k++)`;
  // Inputs are read before anything is written, so that the loads overlap.
  for (const i of loaded) lines.push(`  ${storage[inputs[i]]} v${i}[${EACH}];`);
  if (rank === 0) {
    lines.push(
      `  const ${index} i = ((${index})blockIdx.x * ${THREADS} + (${index})threadIdx.x) * ${EACH};`,
      '  if (i >= p.n) return;',
      `  const int left = p.n - i < ${EACH} ? (int)(p.n - i) : ${EACH};`,
      `  const bool whole = p.even && left == ${EACH};`,
    );
    for (const i of loaded) {
      lines.push(
        `  if (p.step[${i}] != 0) dl_load4(v${i}, a${i} + i, left, whole);`,
        `  else v${i}[0] = v${i}[1] = v${i}[2] = v${i}[3] = a${i}[0];`,
      );
    }
    outputs.forEach((o, i) => {
      lines.push(`  ${storage[o.dtype]} w${i}[${EACH}];`);
    });
    lines.push(`  ${each} {`, '    if (k < left) {');
    if (made.code !== '') lines.push(made.code);
    results.forEach((text, i) => {
      lines.push(`      w${i}[k] = ${text};`);
    });
    lines.push('    }', '  }');
    outputs.forEach((_, i) => {
      lines.push(`  dl_store4(o${i} + i, w${i}, left, whole);`);
    });
  } else {
    const at = (k: number): string => `at[k][${k}]`;
    lines.push(
      `  const ${index} first = (${index})blockIdx.x * ${THREADS * EACH} + (${index})threadIdx.x;`,
      `  ${index} at[${EACH}][${count}];`,
      `  ${each} {`,
      `    ${index} i = first + k * ${THREADS};`,
      ...operands.map((_, k) => `    ${at(k)} = 0;`),
      ...walk(
        '    ',
        index,
        'i',
        rank,
        { size: 'size', stride: 'stride' },
        operands.map((_, k) => at(k)),
      ),
      '  }',
    );
    const inside = `    if (first + k * ${THREADS} < p.n) {`;
    lines.push(`  ${each} {`, inside);
    for (const i of loaded) lines.push(`      v${i}[k] = a${i}[${at(i)}];`);
    lines.push('    }', '  }', `  ${each} {`, inside);
    if (made.code !== '') lines.push(made.code);
    results.forEach((text, i) => {
      lines.push(`      o${i}[${at(inputs.length + i)}] = ${text};`);
    });
    lines.push('    }', '  }');
  }
  return sourceOf('map', THREADS, block, operands, lines);
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
    writeLoops(block, loops.sizes, loops.strides, dims);
  }
  const buffers = views.map((x) => x.buffer as CudaBuffer);
  run.launch(kernel, buffers, [Math.ceil(n / (THREADS * EACH)), 1, 1], [THREADS, 1, 1]);
}
