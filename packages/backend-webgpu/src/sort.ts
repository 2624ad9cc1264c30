// Stable sorting along an axis: short lines by counting, long ones by a bitonic network over (value, position).
import { type DType, numelOf, type View } from '@dl/core/functional';
import { Kernel, type Operand, positions } from './kernel.js';
import type { Memory, Runtime } from './runtime.js';
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

/** What is sorted. */
interface Sorting {
  readonly runtime: Runtime;
  readonly input: View;
  /** The outputs, and which of them takes values. */
  readonly outs: readonly View[];
  readonly values: View | null;
  readonly axis: number;
  readonly descending: boolean;
  readonly length: number;
  /** The shape of the lines, and their number. */
  readonly others: readonly number[];
  readonly lines: number;
}

/** Where lines begin in a view. */
const linesOf = ({ axis }: Sorting, { offset, strides }: View): Operand => ({
  offset,
  strides: strides.map((s, d) => (d === axis ? 0 : s)),
});

/** A view's step along the axis. */
const stepOf = ({ axis }: Sorting, x: View): number => x.strides[axis] ?? 0;

/** Lines that write an element of a line to place `to`, the outputs being at `p1…`. */
const write = (
  sorting: Sorting,
  kernel: Kernel,
  to: string,
  value: string,
  place: string,
): string[] =>
  sorting.outs.map((x, k) => {
    const step = kernel.number(stepOf(sorting, x));
    return `${kernel.buffer(x)}[p${k + 1} + ${to} * ${step}] = ${x === sorting.values ? value : place};`;
  });

/** Runs `count` invocations of a kernel that compares elements. */
function run(
  { runtime, input, descending }: Sorting,
  kernel: Kernel,
  name: string,
  count: number,
  text: readonly string[],
): void {
  const all = kernel.number(count);
  kernel.runGroups(runtime, name, Math.ceil(count / 64), 64, {
    declarations: [before(input.dtype, descending)],
    lines: ['let i = group * 64 + t;', `if (i >= ${all}) { return; }`, ...text],
  });
}

/** Short lines: an element's place is how many come before it. */
function sortByCounting(sorting: Sorting): void {
  const { input, outs, length, others, lines } = sorting;
  const kernel = new Kernel();
  const [n, step] = [kernel.number(length), kernel.number(stepOf(sorting, input))];
  const from = kernel.buffer(input);
  const operands = [input, ...outs].map((x) => linesOf(sorting, x));
  run(sorting, kernel, 'sort', lines * length, [
    `let line = i / ${n};`,
    `let own = i % ${n};`,
    ...positions(kernel, 'line', others, operands, 'p'),
    `let mine = ${from}[p0 + own * ${step}];`,
    'var rank = 0;',
    `for (var j = 0; j < ${n}; j++) {`,
    `if (before(${from}[p0 + j * ${step}], j, mine, own)) { rank++; }`,
    '}',
    ...write(sorting, kernel, 'rank', 'mine', 'own'),
  ]);
}

/** Memory for elements and their positions, in lines filled up to a power of two. */
interface Scratch {
  readonly padded: number;
  readonly value: Memory;
  readonly place: Memory;
}

/** Copies the lines to scratch memory. */
function load(sorting: Sorting, { padded, value, place }: Scratch): void {
  const { input, length, others, lines } = sorting;
  const kernel = new Kernel();
  const type = heldAs(input.dtype);
  const [n, wide] = [kernel.number(length), kernel.number(padded)];
  run(sorting, kernel, 'sort load', lines * padded, [
    `let line = i / ${wide};`,
    `let own = i % ${wide};`,
    ...positions(kernel, 'line', others, [linesOf(sorting, input)], 'p'),
    `if (own < ${n}) { ${kernel.memory(value, type)}[i] = ${kernel.buffer(input)}[p0 + own * ${kernel.number(stepOf(sorting, input))}]; }`,
    `${kernel.memory(place, 'i32')}[i] = own;`,
  ]);
}

/** The exchanges of a span whose partners are `gap` apart. */
function exchange(
  sorting: Sorting,
  { padded, value, place }: Scratch,
  span: number,
  gap: number,
): void {
  const { input, length, lines } = sorting;
  const kernel = new Kernel();
  const [v, p] = [kernel.memory(value, heldAs(input.dtype)), kernel.memory(place, 'i32')];
  const [n, wide, far] = [kernel.number(length), kernel.number(padded / 2), kernel.number(gap)];
  run(sorting, kernel, 'sort step', (lines * padded) / 2, [
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

/** Copies the sorted lines to the outputs. */
function store(sorting: Sorting, { padded, value, place }: Scratch): void {
  const { input, outs, length, others, lines } = sorting;
  const kernel = new Kernel();
  const [n, wide] = [kernel.number(length), kernel.number(padded)];
  const operands = [input, ...outs].map((x) => linesOf(sorting, x));
  run(sorting, kernel, 'sort store', lines * length, [
    `let line = i / ${n};`,
    `let own = i % ${n};`,
    ...positions(kernel, 'line', others, operands, 'p'),
    ...write(
      sorting,
      kernel,
      'own',
      `${kernel.memory(value, heldAs(input.dtype))}[line * ${wide} + own]`,
      `${kernel.memory(place, 'i32')}[line * ${wide} + own]`,
    ),
  ]);
}

/** Long lines: a bitonic network in scratch memory. */
function sortByNetwork(sorting: Sorting): void {
  const { runtime, length, lines } = sorting;
  const padded = 2 ** Math.ceil(Math.log2(length));
  const value = runtime.alloc(lines * padded, false);
  const place = runtime.alloc(lines * padded, false);
  const scratch = { padded, value, place };
  load(sorting, scratch);
  for (let span = 2; span <= padded; span *= 2) {
    for (let gap = span / 2; gap >= 1; gap /= 2) exchange(sorting, scratch, span, gap);
  }
  store(sorting, scratch);
  runtime.free(value);
  runtime.free(place);
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
  const outs = [values, indices].filter((x) => x !== null);
  const lines = numelOf(others);
  const sorting = { runtime, input, outs, values, axis, descending, length, others, lines };
  if (length <= SHORT) sortByCounting(sorting);
  else sortByNetwork(sorting);
}
