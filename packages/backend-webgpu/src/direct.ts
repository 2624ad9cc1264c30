// Products without workgroup memory: an invocation has some results and reads what it sums where it lies.
import type { Epilogue, View } from '@dl/core/functional';
import { Kernel, positions, walk } from './kernel.js';
import type { Runtime } from './runtime.js';
import { broadcastStrides, type Loops, product } from './views.js';
import { body, heldAs } from './wgsl.js';

/** A product's loops; strides stand in the order a, b, out, without an operand that lacks the group. */
export interface Groups {
  readonly batch: Loops;
  readonly row: Loops;
  readonly column: Loops;
  readonly sum: Loops;
}

/** Sums longer than this are put together from shorter ones, so that rounding does not pile up. */
const LONG = 512;

/** Lines that run an epilogue on `value`, whose place in a dense output is `at`; the text of the result. */
export function finish(
  kernel: Kernel,
  out: View,
  epilogue: Epilogue | undefined,
  at: string,
): { lines: string[]; text: string } {
  if (epilogue === undefined) return { lines: [], text: 'value' };
  const rank = out.shape.length;
  const { program, inputs, params } = epilogue;
  const lines = positions(
    kernel,
    at,
    out.shape,
    inputs.map((x) => ({ offset: x.offset, strides: broadcastStrides(x, rank) })),
    'e',
  );
  const names = ['value', ...inputs.map((x, k) => `${kernel.buffer(x)}[e${k}]`)];
  const code = body(program, names, kernel.params(program, params));
  return { lines: [...lines, ...code.lines], text: code.outputs[0] as string };
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Nested loops over the summed elements, each adding to `sa` and `sb` on its way. */
function summing(kernel: Kernel, sum: Loops, inner: readonly string[], long: boolean): string[] {
  const depth = sum.sizes.length;
  const step = (operand: number, d: number, j: string): string => {
    const stride = (sum.strides[operand] as number[])[d] as number;
    if (stride === 0) return '0';
    return stride === 1 ? j : `${j} * ${kernel.number(stride)}`;
  };
  const at = (d: number): string =>
    `let sa${d + 1} = sa${d} + ${step(0, d, `j${d}`)};\nlet sb${d + 1} = sb${d} + ${step(1, d, `j${d}`)};`;
  const lines: string[] = ['let sa0 = 0;', 'let sb0 = 0;'];
  upTo(depth).forEach((d) => {
    const size = kernel.number(sum.sizes[d] as number);
    if (long && d === depth - 1) {
      lines.push(
        `for (var begin = 0; begin < ${size}; begin += ${LONG}) {`,
        `let end = min(begin + ${LONG}, ${size});`,
        'START',
        `for (var j${d} = begin; j${d} < end; j${d}++) {`,
        at(d),
      );
    } else {
      lines.push(`for (var j${d} = 0; j${d} < ${size}; j${d}++) {`, at(d));
    }
  });
  lines.push(`let ka = sa${depth};`, `let kb = sb${depth};`, ...inner, '}'.repeat(depth));
  if (long) lines.push('STOP', '}');
  return lines;
}

/** Whether four neighbouring columns of `b` lie beside each other, and nothing else reads or writes it. */
function columnsInFours({ batch, column, sum }: Groups, b: View, others: readonly View[]): boolean {
  const inner = column.sizes.length - 1;
  const mine = column.strides[0] as number[];
  if (inner < 0 || mine[inner] !== 1 || (column.sizes[inner] as number) % 4 !== 0) return false;
  if (others.some((x) => x.buffer === b.buffer)) return false;
  const rest = [...mine.slice(0, inner), ...[batch, sum].flatMap((l) => l.strides[1] as number[])];
  return [b.offset, ...rest].every((s) => s % 4 === 0);
}

/** The product with `tall` by `wide` results an invocation; runs the epilogue. */
export function direct(
  runtime: Runtime,
  { batch, row, column, sum }: Groups,
  a: View,
  b: View,
  out: View,
  epilogue: Epilogue | undefined,
  tall: number,
  wide: number,
): void {
  const kernel = new Kernel();
  const type = heldAs(out.dtype);
  const [batches, rows, columns] = [batch, row, column].map((l) => product(l.sizes)) as [
    number,
    number,
    number,
  ];
  const down = Math.ceil(rows / tall);
  const across = Math.ceil(columns / wide);
  const [rowsText, columnsText] = [kernel.number(rows), kernel.number(columns)];
  const acrossText = kernel.number(across);
  const [x, y] = [upTo(tall), upTo(wide)];
  const used = [a, out, ...(epilogue?.inputs ?? [])];
  const fours = wide % 4 === 0 && columnsInFours({ batch, row, column, sum }, b, used);
  // What an invocation reads of `b` and sums: fours of columns, or single ones.
  const held = fours ? upTo(wide / 4) : y;
  const cells = x.flatMap((r) => held.map((c) => `${r}_${c}`));
  const cell = fours ? `vec4<${type}>` : type;
  const bText = kernel.buffer(b, fours ? `vec4<${heldAs(b.dtype)}>` : heldAs(b.dtype));
  const one = sum.sizes.length === 1;
  const long = one && (sum.sizes[0] as number) > 2 * LONG;
  const q = long ? 'p' : 'q';
  const operand = (l: Loops, k: number): Loops => ({
    sizes: l.sizes,
    strides: [l.strides[k] as number[]],
  });
  const lines = [
    `let i0 = i % ${acrossText};`,
    `let rest0 = i / ${acrossText};`,
    `let i1 = rest0 % ${kernel.number(down)} * ${tall};`,
    `let i2 = rest0 / ${kernel.number(down)};`,
    `var aAt = ${kernel.number(a.offset)};`,
    `var bAt = ${kernel.number(b.offset)};`,
    `var outAt = ${kernel.number(out.offset)};`,
    ...walk(kernel, 'i2', batch, ['aAt', 'bAt', 'outAt']),
    // Past the edge the last line is read once more, and not written. Columns lie apart, so that
    // neighbouring invocations read neighbours.
    ...x.flatMap((r) => [
      `let r${r} = min(i1 + ${r}, ${rowsText} - 1);`,
      `var a_${r} = aAt;`,
      ...walk(kernel, `r${r}`, operand(row, 0), [`a_${r}`]),
    ]),
    ...held.flatMap((c) => [
      fours
        ? `let c${c} = min(i0 * ${wide} + ${c * 4}, ${columnsText} - 4);`
        : `let c${c} = min(i0 + ${c} * ${acrossText}, ${columnsText} - 1);`,
      `var b_${c} = bAt;`,
      ...walk(kernel, `c${c}`, operand(column, 0), [`b_${c}`]),
    ]),
    ...cells.map((at) => `var q${at} = ${cell}(0);`),
  ];
  const inner = [
    ...x.map((r) => `let x${r} = ${kernel.buffer(a)}[a_${r} + ka];`),
    ...held.map((c) => `let y${c} = ${bText}[(b_${c} + kb)${fours ? ' >> 2u' : ''}];`),
    ...x.flatMap((r) => held.map((c) => `${q}${r}_${c} += x${r} * y${c};`)),
  ];
  for (const line of summing(kernel, sum, inner, long)) {
    if (line === 'START') lines.push(...cells.map((at) => `var p${at} = ${cell}(0);`));
    else if (line === 'STOP') lines.push(...cells.map((at) => `q${at} += p${at};`));
    else lines.push(line);
  }
  const start = kernel.number(out.offset);
  const last = finish(kernel, out, out.dense ? epilogue : undefined, `(place - ${start})`);
  const store = [...last.lines, `${kernel.buffer(out)}[place] = ${last.text};`];
  const all = fours
    ? cells.flatMap((at) => [...'xyzw'].map((e) => `q${at}.${e}`))
    : cells.map((at) => `q${at}`);
  if (tall * wide === 1) {
    lines.push(
      'var place = outAt;',
      ...walk(kernel, 'r0', operand(row, 1), ['place']),
      ...walk(kernel, 'c0', operand(column, 1), ['place']),
      'let value = q0_0;',
      ...store,
    );
  } else {
    lines.push(
      `var all = array<${type}, ${tall * wide}>(${all.join(', ')});`,
      `for (var s = 0; s < ${tall * wide}; s++) {`,
      `let r = i1 + s / ${wide};`,
      fours ? `let c = i0 * ${wide} + s % ${wide};` : `let c = i0 + s % ${wide} * ${acrossText};`,
      `if (r < ${rowsText} && c < ${columnsText}) {`,
      'var place = outAt;',
      ...walk(kernel, 'r', operand(row, 1), ['place']),
      ...walk(kernel, 'c', operand(column, 1), ['place']),
      'let value = all[s];',
      ...store,
      '}',
      '}',
    );
  }
  kernel.run(runtime, 'contract', batches * down * across, lines);
}
