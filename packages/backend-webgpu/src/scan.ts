// Running combinations along an axis: an invocation for each line, or for each piece of a long one.
import { numelOf, type View } from '@dl/core/functional';
import { Kernel, type Operand, positions } from './kernel.js';
import { combination, type Reducer } from './reduce.js';
import type { Memory, Runtime } from './runtime.js';
import { heldAs } from './wgsl.js';

/** Elements of a piece. */
const PIECE = 256;

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
  const type = heldAs(output.dtype);
  const { start, combine } = combination(reducer, output.dtype);
  // The CPU carries sums in double precision: here what each step loses is carried along.
  const careful = reducer === 'sum' && type === 'f32';
  const operand = (x: View): Operand => ({
    offset: x.offset,
    strides: x.strides.map((s, d) => (d === axis ? 0 : s)),
  });
  const walkPiece = (name: string, ends: Memory | null, starts: Memory | null): void => {
    const kernel = new Kernel();
    const step = [input, output].map((x) => kernel.number(x.strides[axis] ?? 0));
    const count = kernel.number(pieces);
    const [from, to] = [kernel.buffer(input), ends === null ? kernel.buffer(output) : ''];
    const text = [
      `let line = i / ${count};`,
      `let first = i % ${count} * ${kernel.number(size)};`,
      `let last = min(first + ${kernel.number(size)}, ${kernel.number(length)});`,
      ...positions(kernel, 'line', others, [operand(input), operand(output)], 'p'),
      `var total = ${starts === null ? start : `${kernel.memory(starts, type)}[i]`};`,
      ...(careful ? ['var lost = 0.0;'] : []),
      'for (var j = first; j < last; j++) {',
      `let value = ${from}[p0 + j * ${step[0]}];`,
      ...(careful
        ? ['let next = total + value;', 'lost += lost_(total, value, next);', 'total = next;']
        : [`total = ${combine('total', 'value')};`]),
      ...(careful
        ? ['let now = select(total, total + lost, abs(lost) < bitcast<f32>(inf_bits));']
        : ['let now = total;']),
      ...(ends === null
        ? [`${to}[p1 + j * ${step[1]}] = now;`]
        : [`if (j + 1 == last) { ${kernel.memory(ends, type)}[i] = now; }`]),
      '}',
    ];
    kernel.run(runtime, name, lines * pieces, text);
  };
  if (pieces === 1) {
    walkPiece('scan', null, null);
    return;
  }
  // What each piece comes to, then what stands before each, then the pieces from there.
  const sums = runtime.alloc(lines * pieces, false);
  walkPiece('scan ends', sums, null);
  const kernel = new Kernel();
  const at = kernel.memory(sums, type);
  kernel.run(runtime, 'scan starts', lines, [
    `var total = ${start};`,
    `for (var j = 0; j < ${kernel.number(pieces)}; j++) {`,
    `let at = i * ${kernel.number(pieces)} + j;`,
    `let value = ${at}[at];`,
    `${at}[at] = total;`,
    `total = ${combine('total', 'value')};`,
    '}',
  ]);
  walkPiece('scan', null, sums);
  runtime.free(sums);
}
