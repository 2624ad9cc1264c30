// Products without workgroup memory: an invocation has some results and reads what it sums where it lies.
import {
  broadcastStrides,
  type Epilogue,
  type Loops,
  numelOf,
  type View,
} from '@dl/core/functional';
import { Kernel, positions, walk } from './kernel.js';
import type { Runtime } from './runtime.js';
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
  return { lines: [...lines, ...code.lines], text: code.outputs[0] };
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Nested loops over the summed elements, `by` of them a turn, each adding to `sa` and `sb` on its way. */
function summing(
  kernel: Kernel,
  sum: Loops,
  by: number,
  inner: readonly string[],
  long: boolean,
): string[] {
  const depth = sum.sizes.length;
  const step = (operand: number, d: number, j: string): string => {
    const stride = sum.strides[operand][d];
    if (stride === 0) return '0';
    return stride === 1 ? j : `${j} * ${kernel.number(stride)}`;
  };
  const at = (d: number): string =>
    `let sa${d + 1} = sa${d} + ${step(0, d, `j${d}`)};\nlet sb${d + 1} = sb${d} + ${step(1, d, `j${d}`)};`;
  const lines: string[] = ['let sa0 = 0;', 'let sb0 = 0;'];
  upTo(depth).forEach((d) => {
    const size = kernel.number(sum.sizes[d]);
    if (long && d === depth - 1) {
      lines.push(
        `for (var begin = 0; begin < ${size}; begin += ${LONG}) {`,
        `let end = min(begin + ${LONG}, ${size});`,
        'START',
        `for (var j${d} = begin; j${d} < end; j${d} += ${by}) {`,
        at(d),
      );
    } else {
      const turn = d === depth - 1 ? by : 1;
      lines.push(`for (var j${d} = 0; j${d} < ${size}; j${d} += ${turn}) {`, at(d));
    }
  });
  lines.push(`let ka = sa${depth};`, `let kb = sb${depth};`, ...inner, '}'.repeat(depth));
  if (long) lines.push('STOP', '}');
  return lines;
}

/**
 * How an operand is read: one element after the other, four neighbours along the summed elements, or four
 * neighbouring columns (of `b` alone).
 */
type Reading = 'single' | 'along' | 'across';

/** What is there to know about an operand: its lines, and how many of them an invocation has. */
interface Side {
  readonly view: View;
  /** Which of a product's operands it is. */
  readonly operand: 0 | 1;
  readonly line: Loops;
  readonly held: number;
}

/** The widest reading that an operand's strides allow; what is bound for something else too has none. */
function readingOf({ batch, sum }: Groups, side: Side, others: readonly View[]): Reading {
  const { view, operand, line, held } = side;
  if (others.some((x) => x.buffer === view.buffer)) return 'single';
  const lines = line.strides[0];
  const terms = sum.strides[operand];
  const fits = (...strides: number[]): boolean =>
    [view.offset, ...batch.strides[operand], ...strides].every((s) => s % 4 === 0);
  const even = (sizes: readonly number[], strides: readonly number[]): boolean =>
    strides.at(-1) === 1 && (sizes.at(-1) as number) % 4 === 0;
  if (even(sum.sizes, terms) && fits(...lines, ...terms.slice(0, -1))) return 'along';
  const across = operand === 1 && held % 4 === 0 && even(line.sizes, lines);
  return across && fits(...terms, ...lines.slice(0, -1)) ? 'across' : 'single';
}

/** Lines that read what an invocation needs of an operand for `by` summed elements, and the texts of it. */
interface Read {
  readonly lines: string[];
  /** Of a line (in fours: of the first of four lines) and a summed element. */
  readonly element: (line: number, term: number) => string;
}

/** Reads a side whose lines begin at `${name}_0…` (in fours: every fourth), from `k${name}` on. */
function readings(kernel: Kernel, side: Side, sum: Loops, reading: Reading, by: number): Read {
  const { view, operand, held } = side;
  const name = 'ab'[operand];
  const value = 'xy'[operand];
  const type = heldAs(view.dtype);
  const single = reading === 'single';
  const along = reading === 'along';
  const buffer = kernel.buffer(view, single ? type : `vec4<${type}>`);
  const lines: string[] = [];
  for (let e = 0; e < (along ? 1 : by); e++) {
    const step = e === 0 ? 0 : (sum.strides[operand].at(-1) as number);
    for (let l = 0; l < held; l += reading === 'across' ? 4 : 1) {
      const at = `${name}_${l} + k${name}${step === 0 ? '' : ` + ${e} * ${kernel.number(step)}`}`;
      lines.push(
        `let ${value}${l}${along ? '' : `_${e}`} = ${buffer}[${single ? at : `(${at}) >> 2u`}];`,
      );
    }
  }
  const element = (l: number, e: number): string => `${value}${l}${along ? `[${e}]` : `_${e}`}`;
  return { lines, element };
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
  const [batches, rows, columns] = [batch, row, column].map((l) => numelOf(l.sizes)) as [
    number,
    number,
    number,
  ];
  const down = Math.ceil(rows / tall);
  const across = Math.ceil(columns / wide);
  const [rowsText, columnsText] = [kernel.number(rows), kernel.number(columns)];
  const acrossText = kernel.number(across);
  const used = [out, ...(epilogue?.inputs ?? [])];
  const left: Side = { view: a, operand: 0, line: row, held: tall };
  const right: Side = { view: b, operand: 1, line: column, held: wide };
  const groups = { batch, row, column, sum };
  const readA = readingOf(groups, left, [b, ...used]);
  const readB = readingOf(groups, right, [a, ...used]);
  const by = readA === 'along' || readB === 'along' ? 4 : 1;
  const [x, y] = [readings(kernel, left, sum, readA, by), readings(kernel, right, sum, readB, by)];
  // What an invocation sums: fours of columns, or single ones.
  const fours = readB === 'across';
  const rowsHeld = upTo(tall);
  const held = fours ? upTo(wide / 4).map((g) => 4 * g) : upTo(wide);
  const cells = rowsHeld.flatMap((r) => held.map((c) => `${r}_${c}`));
  const cell = fours ? `vec4<${type}>` : type;
  const one = sum.sizes.length === 1;
  const long = one && sum.sizes[0] > 2 * LONG;
  const q = long ? 'p' : 'q';
  const operand = (l: Loops, k: number): Loops => ({
    sizes: l.sizes,
    strides: [l.strides[k]],
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
    ...rowsHeld.flatMap((r) => [
      `let r${r} = min(i1 + ${r}, ${rowsText} - 1);`,
      `var a_${r} = aAt;`,
      ...walk(kernel, `r${r}`, operand(row, 0), [`a_${r}`]),
    ]),
    ...held.flatMap((c) => [
      fours
        ? `let c${c} = min(i0 * ${wide} + ${c}, ${columnsText} - 4);`
        : `let c${c} = min(i0 + ${c} * ${acrossText}, ${columnsText} - 1);`,
      `var b_${c} = bAt;`,
      ...walk(kernel, `c${c}`, operand(column, 0), [`b_${c}`]),
    ]),
    ...cells.map((at) => `var q${at} = ${cell}(0);`),
  ];
  const term = (r: number, c: number): string[] => {
    const to = `${q}${r}_${c}`;
    if (readA === 'along' && readB === 'along') return [`${to} += dot(x${r}, y${c});`];
    return upTo(by).map((e) => `${to} += ${x.element(r, e)} * ${y.element(c, e)};`);
  };
  const inner = [
    ...x.lines,
    ...y.lines,
    ...rowsHeld.flatMap((r) => held.flatMap((c) => term(r, c))),
  ];
  for (const line of summing(kernel, sum, by, inner, long)) {
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
