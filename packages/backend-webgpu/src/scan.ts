// Running combinations along an axis: an invocation for each line, or for each piece of a long one.
import { numelOf, type Reducer, type View } from '@dl/core/functional';
import { combination } from './combine.js';
import { Kernel, type Operand, positions } from './kernel.js';
import type { Memory, Runtime } from './runtime.js';
import { heldAs } from './wgsl.js';

/** Elements of a piece. */
const PIECE = 256;

/** A scan, and the pieces that its lines are cut into. */
interface Scanning {
  readonly runtime: Runtime;
  readonly reducer: Reducer;
  readonly input: View;
  readonly output: View;
  readonly axis: number;
  readonly length: number;
  /** The shape of the lines, and their number. */
  readonly others: readonly number[];
  readonly lines: number;
  /** Pieces of a line, and elements of one. */
  readonly pieces: number;
  readonly size: number;
}

/** What a walk over each piece begins with, and where it leaves what the piece comes to. */
interface Walk {
  readonly name: string;
  /** Where the totals before each piece are, if not in the reducer's neutral element. */
  readonly starts: Memory | null;
  /** Where each piece's total goes; null: every total goes to the output. */
  readonly ends: Memory | null;
}

/** Lines that take `value` into `total`, after which the running total is `now`. */
function takeValue({ reducer, output }: Scanning): string[] {
  const { combine } = combination(reducer, output.dtype);
  if (!careful(reducer, output)) {
    return [`total = ${combine('total', 'value')};`, 'let now = total;'];
  }
  return [
    'let next = total + value;',
    'lost += lost_(total, value, next);',
    'total = next;',
    'let now = select(total, total + lost, abs(lost) < bitcast<f32>(inf_bits));',
  ];
}

/** Whether what each step loses is carried along: the CPU carries sums in double precision. */
const careful = (reducer: Reducer, output: View): boolean =>
  reducer === 'sum' && heldAs(output.dtype) === 'f32';

/** Runs an invocation for each piece. */
function walkPieces(scanning: Scanning, { name, starts, ends }: Walk): void {
  const { runtime, reducer, input, output, axis, length, others, lines, pieces, size } = scanning;
  const kernel = new Kernel();
  const type = heldAs(output.dtype);
  const operand = (x: View): Operand => ({
    offset: x.offset,
    strides: x.strides.map((s, d) => (d === axis ? 0 : s)),
  });
  const step = [input, output].map((x) => kernel.number(x.strides[axis] ?? 0));
  const count = kernel.number(pieces);
  const [from, to] = [kernel.buffer(input), ends === null ? kernel.buffer(output) : ''];
  const { start } = combination(reducer, output.dtype);
  kernel.run(runtime, name, lines * pieces, [
    `let line = i / ${count};`,
    `let first = i % ${count} * ${kernel.number(size)};`,
    `let last = min(first + ${kernel.number(size)}, ${kernel.number(length)});`,
    ...positions(kernel, 'line', others, [operand(input), operand(output)], 'p'),
    `var total = ${starts === null ? start : `${kernel.memory(starts, type)}[i]`};`,
    ...(careful(reducer, output) ? ['var lost = 0.0;'] : []),
    'for (var j = first; j < last; j++) {',
    `let value = ${from}[p0 + j * ${step[0]}];`,
    ...takeValue(scanning),
    ends === null
      ? `${to}[p1 + j * ${step[1]}] = now;`
      : `if (j + 1 == last) { ${kernel.memory(ends, type)}[i] = now; }`,
    '}',
  ]);
}

/** Turns the totals of a line's pieces into what stands before each. */
function combineTotals(
  { runtime, reducer, output, lines, pieces }: Scanning,
  totals: Memory,
): void {
  const { start, combine } = combination(reducer, output.dtype);
  const kernel = new Kernel();
  const at = kernel.memory(totals, heldAs(output.dtype));
  kernel.run(runtime, 'scan starts', lines, [
    `var total = ${start};`,
    `for (var j = 0; j < ${kernel.number(pieces)}; j++) {`,
    `let at = i * ${kernel.number(pieces)} + j;`,
    `let value = ${at}[at];`,
    `${at}[at] = total;`,
    `total = ${combine('total', 'value')};`,
    '}',
  ]);
}

/** See `Backend.scan`. */
export function scan(
  runtime: Runtime,
  reducer: Reducer,
  input: View,
  axis: number,
  output: View,
): void {
  if (input.count === 0) return;
  const length = input.shape[axis] ?? 1;
  const others = input.shape.map((n, d) => (d === axis ? 1 : n));
  const lines = numelOf(others);
  const pieces = length >= 4 * PIECE && lines < 256 ? Math.ceil(length / PIECE) : 1;
  const size = pieces === 1 ? length : PIECE;
  const cut = { length, others, lines, pieces, size };
  const scanning = { runtime, reducer, input, output, axis, ...cut };
  if (pieces === 1) {
    walkPieces(scanning, { name: 'scan', starts: null, ends: null });
    return;
  }
  // What each piece comes to, then what stands before each, then the pieces from there.
  const totals = runtime.alloc(lines * pieces, false);
  walkPieces(scanning, { name: 'scan ends', starts: null, ends: totals });
  combineTotals(scanning, totals);
  walkPieces(scanning, { name: 'scan', starts: totals, ends: null });
  runtime.free(totals);
}
