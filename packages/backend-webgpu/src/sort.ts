// Stable sorting along an axis: short lines by counting, long ones by a bitonic network over (value, position).
import { type DType, numelOf, type View } from '@dl/core/functional';
import { Kernel, type Operand, positions } from './kernel.js';
import type { Runtime } from './runtime.js';
import { heldAs } from './wgsl.js';

/** Lines up to this length are sorted by counting what comes before each element. */
const SHORT = 256;

/** A function that tells whether `a` at position `at` comes before `b` at `bt`. */
function before(dtype: DType, descending: boolean): string {
  const type = heldAs(dtype);
  const sign = descending ? '>' : '<';
  const nan =
    type === 'f32'
      ? `let an = is_nan(a); let bn = is_nan(b); if (an != bn) { return ${descending ? 'an' : 'bn'}; } if (an) { return at < bt; }`
      : '';
  return `fn before(a: ${type}, at: i32, b: ${type}, bt: i32) -> bool { ${nan} return a ${sign} b || (a == b && at < bt); }`;
}

/** See `Backend.sort`. */
export function sort(
  runtime: Runtime,
  input: View,
  axis: number,
  descending: boolean,
  values: View | null,
  indices: View | null,
): void {
  if (input.count === 0 || (values === null && indices === null)) return;
  const length = input.shape[axis] ?? 1;
  const others = input.shape.map((n, d) => (d === axis ? 1 : n));
  const lines = numelOf(others);
  const operand = (x: View): Operand => ({
    offset: x.offset,
    strides: x.strides.map((s, d) => (d === axis ? 0 : s)),
  });
  const outs = [values, indices].filter((x) => x !== null);
  const declarations = [before(input.dtype, descending)];
  const type = heldAs(input.dtype);
  // Lines that write element `from` of a line to place `to`, the outputs being at `p1…`.
  const write = (kernel: Kernel, to: string, value: string, place: string): string[] =>
    outs.map(
      (x, k) =>
        `${kernel.buffer(x)}[p${k + 1} + ${to} * ${kernel.number(x.strides[axis] ?? 0)}] = ${x === values ? value : place};`,
    );
  const run = (kernel: Kernel, name: string, count: number, text: readonly string[]): void => {
    const all = kernel.number(count);
    kernel.runGroups(runtime, name, Math.ceil(count / 64), 64, {
      declarations,
      lines: ['let i = group * 64 + t;', `if (i >= ${all}) { return; }`, ...text],
    });
  };
  if (length <= SHORT) {
    const kernel = new Kernel();
    const [n, step] = [kernel.number(length), kernel.number(input.strides[axis] ?? 0)];
    const from = kernel.buffer(input);
    run(kernel, 'sort', lines * length, [
      `let line = i / ${n};`,
      `let own = i % ${n};`,
      ...positions(kernel, 'line', others, [input, ...outs].map(operand), 'p'),
      `let mine = ${from}[p0 + own * ${step}];`,
      'var rank = 0;',
      `for (var j = 0; j < ${n}; j++) {`,
      `if (before(${from}[p0 + j * ${step}], j, mine, own)) { rank++; }`,
      '}',
      ...write(kernel, 'rank', 'mine', 'own'),
    ]);
    return;
  }
  const padded = 2 ** Math.ceil(Math.log2(length));
  const value = runtime.alloc(lines * padded, false);
  const place = runtime.alloc(lines * padded, false);
  {
    const kernel = new Kernel();
    const [n, wide] = [kernel.number(length), kernel.number(padded)];
    run(kernel, 'sort load', lines * padded, [
      `let line = i / ${wide};`,
      `let own = i % ${wide};`,
      ...positions(kernel, 'line', others, [operand(input)], 'p'),
      `if (own < ${n}) { ${kernel.memory(value, type)}[i] = ${kernel.buffer(input)}[p0 + own * ${kernel.number(input.strides[axis] ?? 0)}]; }`,
      `${kernel.memory(place, 'i32')}[i] = own;`,
    ]);
  }
  for (let span = 2; span <= padded; span *= 2) {
    for (let gap = span / 2; gap >= 1; gap /= 2) {
      const kernel = new Kernel();
      const [v, p] = [kernel.memory(value, type), kernel.memory(place, 'i32')];
      const [n, wide, far] = [kernel.number(length), kernel.number(padded / 2), kernel.number(gap)];
      run(kernel, 'sort step', (lines * padded) / 2, [
        `let own = i % ${wide};`,
        `let start = own / ${far} * ${far} * 2 + own % ${far};`,
        `let low = i / ${wide} * ${wide} * 2 + start;`,
        `let high = low + ${far};`,
        `let up = (start & ${kernel.number(span)}) == 0;`,
        `let a = ${v}[low];`,
        `let b = ${v}[high];`,
        `let at = ${p}[low];`,
        `let bt = ${p}[high];`,
        // Positions past the line's end come last.
        `let past = at >= ${n} || bt >= ${n};`,
        'if (select(before(b, bt, a, at), bt < at, past) == up) {',
        `${v}[low] = b;`,
        `${v}[high] = a;`,
        `${p}[low] = bt;`,
        `${p}[high] = at;`,
        '}',
      ]);
    }
  }
  const kernel = new Kernel();
  const n = kernel.number(length);
  const wide = kernel.number(padded);
  run(kernel, 'sort store', lines * length, [
    `let line = i / ${n};`,
    `let own = i % ${n};`,
    ...positions(kernel, 'line', others, [input, ...outs].map(operand), 'p'),
    ...write(
      kernel,
      'own',
      `${kernel.memory(value, type)}[line * ${wide} + own]`,
      `${kernel.memory(place, 'i32')}[line * ${wide} + own]`,
    ),
  ]);
  runtime.free(value);
  runtime.free(place);
}
