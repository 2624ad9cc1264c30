// Pieces of source that several kernels share.
import { DeviceError, type DType, type Loops, type Program } from '@dl/core/functional';
import type { Generated } from '../runtime.js';
import type { Block, Field, FieldType } from './block.js';
import { preludeFor } from './prelude.js';
import { storage, types } from './scalar.js';

/** Ranks are rounded up to one of these, so that few kernels serve all shapes. */
const CLASSES = [1, 2, 4, 8, 16, 32] as const;
export const LARGEST = 2 ** 31 - 1;

/** Checkers have every kernel take 64-bit positions, which otherwise needs buffers of gigabytes. */
const alwaysWide = process.env.DL_CUDA_WIDE === '1';

/** Whether positions up to the largest of these need 64 bits. */
export const needsWide = (...numbers: readonly number[]): boolean =>
  alwaysWide || Math.max(...numbers) > LARGEST;

/** The class of a rank. */
export function rankClass(rank: number, least = 1): number {
  const found = CLASSES.find((c) => c >= least && rank <= c);
  if (found === undefined) throw new DeviceError(`cuda: ${rank} dimensions are more than 32`);
  return found;
}

/** Positions and counts as kernels hold them: 64 bits only where 32 do not do. */
export const indexType = (wide: boolean): FieldType => (wide ? 'long long' : 'int');

/** How a run-time number is delivered. */
function paramType(dtype: DType): FieldType {
  if (dtype === 'float64') return 'double';
  if (dtype === 'int64') return 'long long';
  return dtype === 'int32' || dtype === 'uint8' || dtype === 'bool' ? 'int' : 'float';
}

/** Fields for a program's run-time numbers, and the expressions that read them. */
export function paramFields(program: Program): {
  readonly fields: readonly Field[];
  readonly reads: readonly string[];
} {
  return {
    fields: program.params.map((t, i) => ({ name: `param${i}`, type: paramType(t) })),
    reads: program.params.map((t, i) => `(${types[t]})p.param${i}`),
  };
}

/** Writes a program's run-time numbers. */
export function writeParams(block: Block, params: readonly number[], prefix = ''): void {
  for (let i = 0; i < params.length; i++) block.set(`${prefix}param${i}`, params[i]);
}

/** A buffer among a kernel's parameters: `type* name`. */
export interface Operand {
  readonly name: string;
  readonly type: string;
}

/** The buffers of a program: inputs as `a0`, `a1` …, outputs as `o0` …. */
export function operandsOf(
  inputs: Program['inputs'],
  outputs: Program['outputs'],
): readonly Operand[] {
  return [
    ...inputs.map((t, i) => ({ name: `a${i}`, type: `const ${storage[t]}` })),
    ...outputs.map((o, i) => ({ name: `o${i}`, type: storage[o.dtype] })),
  ];
}

/** The whole source of a kernel from its parameters, its statements and the functions that they call. */
export function sourceOf(
  name: string,
  threads: number,
  block: Block,
  operands: readonly Operand[],
  lines: readonly string[],
  functions: readonly string[] = [],
): Generated {
  const parameters = [...operands.map((o) => `${o.type}* ${o.name}`), 'const Params p'];
  const code = `${[block.code, ...functions].join('\n\n')}

extern "C" __global__ void __launch_bounds__(${threads}) ${name}(${parameters.join(', ')}) {
${lines.join('\n')}
}
`;
  return { block, source: preludeFor(code) + code };
}

/** The names of loops among the parameters; a kernel with several groups of loops names the group. */
const loopNames = (group: string): { readonly size: string; readonly stride: string } =>
  group === ''
    ? { size: 'size', stride: 'stride' }
    : { size: `${group}Size`, stride: `${group}Stride` };

/** Fields for the sizes of `rank` loops, and for the strides of `count` operands. */
export function loopFields(type: FieldType, rank: number, count: number, group = ''): Field[] {
  const { size, stride } = loopNames(group);
  return [
    { name: size, type, count: rank },
    { name: stride, type, count: rank * count },
  ];
}

/**
 * Statements that take the position `index` (a variable, used up) apart into coordinates over `rank`
 * loops, and add each one times its stride to the operands' targets; an operand whose target is '' is left out.
 */
export function walk(
  indent: string,
  type: string,
  index: string,
  rank: number,
  targets: readonly string[],
  group = '',
): string[] {
  const names = loopNames(group);
  const lines: string[] = [];
  const add = (coordinate: string, d: number): void => {
    targets.forEach((target, k) => {
      if (target !== '')
        lines.push(`${indent}${target} += ${coordinate} * p.${names.stride}[${k * rank + d}];`);
    });
  };
  for (let d = rank - 1; d > 0; d--) {
    const [q, c] = [`${index}_q${d}`, `${index}_c${d}`];
    const size = `p.${names.size}[${d}]`;
    lines.push(
      `${indent}const ${type} ${q} = ${index} / ${size}, ${c} = ${index} - ${q} * ${size};`,
    );
    lines.push(`${indent}${index} = ${q};`);
    add(c, d);
  }
  add(index, 0);
  return lines;
}

/** Writes loops, filled up in front with loops of one step. */
export function writeLoops(
  block: Block,
  { sizes, strides }: Loops,
  rank: number,
  group = '',
): void {
  const { size, stride } = loopNames(group);
  const lead = rank - sizes.length;
  for (let d = 0; d < rank; d++) block.set(size, d < lead ? 1 : sizes[d - lead], d);
  for (let k = 0; k < strides.length; k++) {
    for (let d = 0; d < rank; d++) {
      block.set(stride, d < lead ? 0 : strides[k][d - lead], k * rank + d);
    }
  }
}

/** How far from its start an operand with these strides is reached, in elements. */
export function reachOf(sizes: readonly number[], strides: readonly number[]): number {
  let reach = 0;
  for (let d = 0; d < sizes.length; d++) reach += Math.abs(strides[d]) * (sizes[d] - 1);
  return reach;
}
