// Elementwise programs as kernels: one for operands that lie densely, and one for each class of ranks.
import type { View } from '@dl/core';
import type { CudaBuffer, Executor, Prepared } from '../runtime.js';
import { broadcastStrides, mergeLoops } from '../views.js';
import { Block, type FieldType } from './block.js';
import {
  indexType,
  LARGEST,
  paramFields,
  rankClass,
  reachOf,
  walk,
  writeLoops,
  writeParams,
} from './code.js';
import { preludeFor } from './prelude.js';
import { body, inputsRead, type Program, storage } from './scalar.js';

const THREADS = 256;
/** Elements a thread does: their loads are on their way at the same time. */
const EACH = 4;

/**
 * The source of a map: `rank` 0 walks operands that lie densely or are one element, any other
 * decomposes the position into `rank` coordinates.
 */
export function mapSource(
  program: Program,
  rank: number,
  wide: boolean,
): { block: Block; source: string } {
  const { inputs, outputs } = program;
  const operands = [
    ...inputs.map((t, i) => ({ name: `a${i}`, type: `const ${storage[t]}` })),
    ...outputs.map((o, i) => ({ name: `o${i}`, type: storage[o.dtype] })),
  ];
  const count = operands.length;
  const index: FieldType = indexType(wide);
  const { fields, reads } = paramFields(program);
  const block = new Block([
    ...fields,
    { name: 'offset', type: 'long long', count },
    { name: 'n', type: index },
    ...(rank === 0
      ? [{ name: 'step', type: 'int' as const, count }]
      : [
          { name: 'size', type: index, count: rank },
          { name: 'stride', type: index, count: rank * count },
        ]),
  ]);
  const lines: string[] = [];
  const each = `#pragma unroll\n  for (int k = 0; k < ${EACH}; k++)`;
  operands.forEach(({ name }, k) => {
    lines.push(`  ${name} += p.offset[${k}];`);
  });
  lines.push(
    `  const ${index} first = (${index})blockIdx.x * ${THREADS * EACH} + (${index})threadIdx.x;`,
  );
  const at = (k: number): string => (rank === 0 ? `i * p.step[${k}]` : `at[k][${k}]`);
  if (rank > 0) {
    lines.push(`  ${index} at[${EACH}][${count}];`);
    lines.push(`  ${each} {`);
    lines.push(`    ${index} i = first + k * ${THREADS};`);
    for (let k = 0; k < count; k++) lines.push(`    at[k][${k}] = 0;`);
    const targets = operands.map((_, k) => `at[k][${k}]`);
    lines.push(...walk('    ', index, 'i', rank, { size: 'size', stride: 'stride' }, targets));
    lines.push('  }');
  }
  // Inputs are read before anything is written, so that the loads overlap.
  const read = inputsRead(program);
  inputs.forEach((t, i) => {
    if (read.has(i)) lines.push(`  ${storage[t]} v${i}[${EACH}];`);
  });
  lines.push(`  ${each} {`, `    const ${index} i = first + k * ${THREADS};`, '    if (i < p.n) {');
  inputs.forEach((_, i) => {
    if (read.has(i)) lines.push(`      v${i}[k] = a${i}[${at(i)}];`);
  });
  lines.push('    }', '  }');
  lines.push(`  ${each} {`, `    const ${index} i = first + k * ${THREADS};`, '    if (i < p.n) {');
  const values = inputs.map((t, i) => (t === 'bool' ? `(v${i}[k] != 0)` : `v${i}[k]`));
  const made = body(program, values, reads, '      ');
  if (made.code !== '') lines.push(made.code);
  made.outputs.forEach((text, i) => {
    lines.push(`      o${i}[${at(inputs.length + i)}] = (${storage[outputs[i].dtype]})${text};`);
  });
  lines.push('    }', '  }');
  const signature = [...operands.map(({ name, type }) => `${type}* ${name}`), 'const Params p'];
  const code = `${block.code}

extern "C" __global__ void __launch_bounds__(${THREADS}) map(${signature.join(', ')}) {
${lines.join('\n')}
}
`;
  return { block, source: preludeFor(code) + code };
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
  // Positions of the last block's threads past the end are counted too.
  const end = n + THREADS * EACH;
  const wide =
    loops === null
      ? end > LARGEST
      : end > LARGEST || loops.strides.some((s) => reachOf(loops.sizes, s) > LARGEST);
  const dims = loops === null ? 0 : rankClass(loops.sizes.length, 2);
  const key = `map ${program.id} ${dims} ${wide}`;
  const { kernel, block }: Prepared = run.prepare(key, 'map', () => mapSource(program, dims, wide));
  writeParams(block, params);
  block.set('n', n);
  for (let k = 0; k < views.length; k++) block.set('offset', views[k].offset, k);
  if (loops === null) {
    for (let k = 0; k < views.length; k++) block.set('step', views[k].count === 1 ? 0 : 1, k);
  } else {
    writeLoops(block, loops.sizes, loops.strides, dims);
  }
  const buffers = views.map((x) => x.buffer as CudaBuffer);
  run.launch(kernel, buffers, [Math.ceil(n / (THREADS * EACH)), 1, 1], [THREADS, 1, 1]);
}
