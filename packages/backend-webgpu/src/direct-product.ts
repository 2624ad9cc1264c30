// Products without workgroup memory: an invocation has some results and reads what it sums where it lies.
import type { Loops, View } from '@dl/core/functional';
import { Kernel, walk } from './kernel.js';
import { countsOf, finish, type Groups, type Product } from './product.js';
import type { Runtime } from './runtime.js';
import { heldAs } from './wgsl.js';

/** Sums longer than this are put together from shorter ones, so that rounding does not pile up. */
const LONG = 512;

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Lines around each part of a long sum. */
interface Around {
  readonly start: readonly string[];
  readonly stop: readonly string[];
}

/**
 * Nested loops over the summed elements, `by` of them a turn, each adding to `sa` and `sb` on its way; the
 * innermost one in parts, if there is something around these.
 */
function summing(
  kernel: Kernel,
  sum: Loops,
  by: number,
  inner: readonly string[],
  around: Around | null,
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
    if (around !== null && d === depth - 1) {
      lines.push(
        `for (var begin = 0; begin < ${size}; begin += ${LONG}) {`,
        `let end = min(begin + ${LONG}, ${size});`,
        ...around.start,
        `for (var j${d} = begin; j${d} < end; j${d} += ${by}) {`,
        at(d),
      );
    } else {
      const turn = d === depth - 1 ? by : 1;
      lines.push(`for (var j${d} = 0; j${d} < ${size}; j${d} += ${turn}) {`, at(d));
    }
  });
  lines.push(`let ka = sa${depth};`, `let kb = sb${depth};`, ...inner, '}'.repeat(depth));
  if (around !== null) lines.push(...around.stop, '}');
  return lines;
}

/**
 * How an operand is read: one element after the other, four neighbors along the summed elements, or four
 * neighboring columns (of `b` alone).
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

/** What the parts of the kernel share. */
interface Parts {
  readonly kernel: Kernel;
  readonly product: Product;
  /** The type of a result. */
  readonly type: string;
  /** Results of an invocation. */
  readonly tall: number;
  readonly wide: number;
  /** The numbers of rows, of columns and of invocations side by side, as texts. */
  readonly rows: string;
  readonly columns: string;
  readonly across: string;
  /** What is read of the operands for `by` summed elements. */
  readonly x: Read;
  readonly y: Read;
  readonly by: number;
  /** Whether four elements of both operands are multiplied at a time. */
  readonly dots: boolean;
  /** Whether an invocation sums fours of columns, instead of single ones. */
  readonly fours: boolean;
  /** The rows of an invocation, its columns (in fours: the first of each four), and all pairs of them. */
  readonly rowsHeld: readonly number[];
  readonly columnsHeld: readonly number[];
  readonly cells: readonly string[];
}

function partsOf(
  kernel: Kernel,
  product: Product,
  across: number,
  tall: number,
  wide: number,
): Parts {
  const { groups, a, b, out, epilogue } = product;
  const { rows, columns } = countsOf(groups);
  const [rowsText, columnsText] = [kernel.number(rows), kernel.number(columns)];
  const acrossText = kernel.number(across);
  const used = [out, ...(epilogue?.inputs ?? [])];
  const left: Side = { view: a, operand: 0, line: groups.row, held: tall };
  const right: Side = { view: b, operand: 1, line: groups.column, held: wide };
  const readA = readingOf(groups, left, [b, ...used]);
  const readB = readingOf(groups, right, [a, ...used]);
  const by = readA === 'along' || readB === 'along' ? 4 : 1;
  const fours = readB === 'across';
  const rowsHeld = upTo(tall);
  const columnsHeld = fours ? upTo(wide / 4).map((g) => 4 * g) : upTo(wide);
  return {
    kernel,
    product,
    type: heldAs(out.dtype),
    tall,
    wide,
    rows: rowsText,
    columns: columnsText,
    across: acrossText,
    x: readings(kernel, left, groups.sum, readA, by),
    y: readings(kernel, right, groups.sum, readB, by),
    by,
    dots: readA === 'along' && readB === 'along',
    fours,
    rowsHeld,
    columnsHeld,
    cells: rowsHeld.flatMap((r) => columnsHeld.map((c) => `${r}_${c}`)),
  };
}

/** The loops of one operand alone. */
const operand = (l: Loops, k: number): Loops => ({ sizes: l.sizes, strides: [l.strides[k]] });

/** Which results an invocation has, and where their lines begin in the operands. */
function placeResults(parts: Parts, down: number): string[] {
  const { kernel, product, tall, wide, rows, columns, across, fours } = parts;
  const { groups, a, b, out } = product;
  return [
    `let i0 = i % ${across};`,
    `let rest0 = i / ${across};`,
    `let i1 = rest0 % ${kernel.number(down)} * ${tall};`,
    `let i2 = rest0 / ${kernel.number(down)};`,
    `var aAt = ${kernel.number(a.offset)};`,
    `var bAt = ${kernel.number(b.offset)};`,
    `var outAt = ${kernel.number(out.offset)};`,
    ...walk(kernel, 'i2', groups.batch, ['aAt', 'bAt', 'outAt']),
    // Past the edge the last line is read once more, and not written. Columns lie apart, so that
    // neighboring invocations read neighbors.
    ...parts.rowsHeld.flatMap((r) => [
      `let r${r} = min(i1 + ${r}, ${rows} - 1);`,
      `var a_${r} = aAt;`,
      ...walk(kernel, `r${r}`, operand(groups.row, 0), [`a_${r}`]),
    ]),
    ...parts.columnsHeld.flatMap((c) => [
      fours
        ? `let c${c} = min(i0 * ${wide} + ${c}, ${columns} - 4);`
        : `let c${c} = min(i0 + ${c} * ${across}, ${columns} - 1);`,
      `var b_${c} = bAt;`,
      ...walk(kernel, `c${c}`, operand(groups.column, 0), [`b_${c}`]),
    ]),
  ];
}

/** Sums products of elements to `q…`, of a long sum by way of `p…`. */
function sumProducts(parts: Parts): string[] {
  const { kernel, product, type, x, y, by, dots, fours, rowsHeld, columnsHeld, cells } = parts;
  const { sum } = product.groups;
  const cell = fours ? `vec4<${type}>` : type;
  const long = sum.sizes.length === 1 && sum.sizes[0] > 2 * LONG;
  const term = (r: number, c: number): string[] => {
    const to = `${long ? 'p' : 'q'}${r}_${c}`;
    if (dots) return [`${to} += dot(x${r}, y${c});`];
    return upTo(by).map((e) => `${to} += ${x.element(r, e)} * ${y.element(c, e)};`);
  };
  const inner = [
    ...x.lines,
    ...y.lines,
    ...rowsHeld.flatMap((r) => columnsHeld.flatMap((c) => term(r, c))),
  ];
  const around = {
    start: cells.map((at) => `var p${at} = ${cell}(0);`),
    stop: cells.map((at) => `q${at} += p${at};`),
  };
  return [
    ...cells.map((at) => `var q${at} = ${cell}(0);`),
    ...summing(kernel, sum, by, inner, long ? around : null),
  ];
}

/** Writes the results, after the epilogue. */
function storeResults(parts: Parts): string[] {
  const { kernel, product, type, tall, wide, rows, columns, across, fours, cells } = parts;
  const { groups, out, epilogue } = product;
  const start = kernel.number(out.offset);
  const last = finish(kernel, out, epilogue, `(place - ${start})`);
  const store = [...last.lines, `${kernel.buffer(out)}[place] = ${last.text};`];
  const place = (row: string, column: string): string[] => [
    'var place = outAt;',
    ...walk(kernel, row, operand(groups.row, 1), ['place']),
    ...walk(kernel, column, operand(groups.column, 1), ['place']),
  ];
  if (tall * wide === 1) return [...place('r0', 'c0'), 'let value = q0_0;', ...store];
  const all = fours
    ? cells.flatMap((at) => [...'xyzw'].map((e) => `q${at}.${e}`))
    : cells.map((at) => `q${at}`);
  return [
    `var all = array<${type}, ${tall * wide}>(${all.join(', ')});`,
    `for (var s = 0; s < ${tall * wide}; s++) {`,
    `let r = i1 + s / ${wide};`,
    fours ? `let c = i0 * ${wide} + s % ${wide};` : `let c = i0 + s % ${wide} * ${across};`,
    `if (r < ${rows} && c < ${columns}) {`,
    ...place('r', 'c'),
    'let value = all[s];',
    ...store,
    '}',
    '}',
  ];
}

/** The product with `tall` by `wide` results an invocation; runs the epilogue. */
export function direct(runtime: Runtime, product: Product, tall: number, wide: number): void {
  const kernel = new Kernel();
  const { batches, rows, columns } = countsOf(product.groups);
  const down = Math.ceil(rows / tall);
  const across = Math.ceil(columns / wide);
  const parts = partsOf(kernel, product, across, tall, wide);
  const lines = [...placeResults(parts, down), ...sumProducts(parts), ...storeResults(parts)];
  kernel.run(runtime, 'contract', batches * down * across, lines);
}
