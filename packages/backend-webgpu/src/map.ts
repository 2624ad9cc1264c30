// Elementwise programs: four adjacent elements at once if the layout of all operands allows it.
import { broadcastStrides, numelOf, type Program, type View } from '@dl/core/functional';
import { Kernel, walk } from './kernel.js';
import type { Memory, Runtime } from './runtime.js';
import { inFours, loopsOf } from './views.js';
import { body, inputsRead, runsInFours } from './wgsl.js';

/** Number of steps up to which an invocation of a software adapter processes several groups of four. */
const SHORT = 6;

/** See `Backend.map`. */
export function map(
  runtime: Runtime,
  program: Program,
  inputs: readonly View[],
  outputs: readonly View[],
  params: readonly number[],
): void {
  const { count, shape } = outputs[0];
  if (count === 0) return;
  // A buffer that a shader does not read must not be bound.
  const read = [...inputsRead(program)];
  const views = [...read.map((k) => inputs[k]), ...outputs];
  const plain = loopsOf(
    shape,
    views.map((x) => broadcastStrides(x, shape.length)),
  );
  // Writing beyond the end of memory that only one output uses does no harm.
  const ends = outputs.every((x) => x.offset + x.count >= (x.buffer as Memory).count);
  const places = views.map(({ buffer, offset }) => ({ buffer, offset }));
  const fours = runsInFours(program) ? inFours([plain], places, ends) : null;
  // Every output is written entirely.
  const wide = fours?.wide.slice(read.length).every(Boolean) ? fours : null;
  const [loops = plain] = wide?.loops ?? [];
  const inner = loops.sizes.at(-1) ?? 1;
  const short = wide !== null && !runtime.shares && program.steps.length <= SHORT;
  const times = short ? ([4, 2].find((k) => inner % k === 0) ?? 1) : 1;
  const kernel = new Kernel(wide === null ? 1 : 4);
  const lines = views.map(
    (_, k) => `var p${k} = ${kernel.number((wide?.offsets ?? views.map((x) => x.offset))[k])};`,
  );
  if (times > 1) lines.push(`let first = i * ${times};`);
  lines.push(
    ...walk(
      kernel,
      times > 1 ? 'first' : 'i',
      loops,
      views.map((_, k) => `p${k}`),
    ),
  );
  const texts = kernel.params(program, params);
  for (let e = 0; e < times; e++) {
    const isWide = (k: number): boolean => wide?.wide[k] ?? false;
    const at = (k: number): string => (e > 0 && isWide(k) ? `p${k} + ${e}` : `p${k}`);
    const names: string[] = [];
    if (times > 1) lines.push('{');
    read.forEach((input, k) => {
      names[input] = `x${input}`;
      lines.push(`let x${input} = ${kernel.value(views[k], isWide(k), at(k))};`);
    });
    const code = body(program, names, texts);
    lines.push(...code.lines);
    outputs.forEach((x, o) => {
      const k = read.length + o;
      lines.push(`${kernel.lanes(x, true)}[${at(k)}] = ${code.outputs[o]};`);
    });
    if (times > 1) lines.push('}');
  }
  kernel.run(runtime, 'map', numelOf(loops.sizes) / times, lines);
}
