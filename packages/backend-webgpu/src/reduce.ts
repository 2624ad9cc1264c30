// Reductions: invocations of a workgroup share the reduced elements of some results; long ones are split.
import { type DType, numelOf, type Program, type View } from '@dl/core/functional';
import { type AnyReducer, betterText, combination, isArg, turns } from './combine.js';
import { ENOUGH, GROUP, Kernel, nest } from './kernel.js';
import {
  along,
  type Layout,
  layoutFor,
  MOST,
  opening,
  type Plan,
  planOf,
  together,
} from './layout.js';
import type { Memory, Runtime } from './runtime.js';
import { loopsOf } from './views.js';
import { body, type Held, heldAs, inputsRead, laneOf } from './wgsl.js';

/** A kernel of a reduction. */
interface Pass {
  readonly reducer: AnyReducer;
  /** Of what is combined. */
  readonly dtype: DType;
  readonly plan: Plan;
  readonly layout: Layout;
  /** Workgroups that share a result; more than one write pieces that lie as [splits, results]. */
  readonly splits: number;
  /** Lines that read the inputs at `q0…`, and the text of the value to combine. */
  readonly value: (kernel: Kernel) => { lines: string[]; text: string };
  readonly target: Memory;
}

/** What the parts of the kernel share. */
interface Parts extends Pass {
  readonly kernel: Kernel;
  readonly arg: boolean;
  /** The type of a value in the kernel's width. */
  readonly type: string;
  /** The neutral element, and how two values combine. */
  readonly start: string;
  readonly combine: (a: string, b: string) => string;
  /** Invocations that share a result. */
  readonly rows: number;
  /** The smallest and largest values are found without a look at NaN, which is noted beside them in `mark`. */
  readonly notes: boolean;
}

function partsOf(pass: Pass): Parts {
  const { reducer, dtype, plan, layout } = pass;
  const plain = reducer === 'argmin' ? 'min' : reducer === 'argmax' ? 'max' : reducer;
  const type = laneOf(dtype);
  return {
    ...pass,
    ...combination(plain, dtype),
    kernel: new Kernel(plan.fours === null ? 1 : 4),
    arg: isArg(reducer),
    type,
    rows: layout.threads / layout.columns,
    notes: type === 'F' && (reducer === 'min' || reducer === 'max'),
  };
}

/** Lines that take another value, whose place is known, if it is better. */
const take = ({ arg, combine }: Parts, value: string, place: string): string[] =>
  arg
    ? [
        '{',
        `let other = ${value};`,
        `let there = ${place};`,
        'let take = better(other, there, total, place);',
        'total = select(total, other, take);',
        'place = select(place, there, take);',
        '}',
      ]
    : [`total = ${combine('total', value)};`];

/** Lines that read an element and take it. */
function takeElement(parts: Parts): string[] {
  const { kernel, reducer, plan, notes } = parts;
  const { lines, text } = parts.value(kernel);
  if (!notes) {
    const place = plan.fours === 'gone' ? 'vec4(r * 4) + vec4(0, 1, 2, 3)' : 'I(r)';
    return [...lines, ...take(parts, text, place)];
  }
  return [
    ...lines,
    `let value = ${text};`,
    `total = select(total, value, value ${reducer === 'max' ? '>' : '<'} total);`,
    'mark |= I(0x7f800000) - (bitcast<I>(value) & I(0x7fffffff));',
  ];
}

/** Lines that name the invocation's result, and what it has found of it so far. */
function openResult({ kernel, plan, layout, splits, start, arg, notes }: Parts): string[] {
  const shared =
    splits > 1
      ? [
          `let split = group % ${kernel.number(splits)};`,
          `let block = group / ${kernel.number(splits)};`,
        ]
      : ['let block = group;'];
  return [
    ...shared,
    ...opening(kernel, plan, layout, 'block'),
    `var total = ${start};`,
    ...(arg ? ['var place = I(-1);'] : []),
    ...(notes ? ['var mark = I(0);'] : []),
  ];
}

/** Lines that run `inner` at each element that the invocation has of its result. */
function eachElement(parts: Parts, inner: readonly string[]): string[] {
  const { kernel, plan, splits, arg, rows } = parts;
  const operands = plan.offsets.slice(0, -1).map((_, k) => k);
  if (rows === 1 && splits === 1 && !arg) {
    const starts = operands.map((k) => `p${k}`);
    return ['if (real) {', ...nest(kernel, plan.gone, starts, 'q', inner), '}'];
  }
  if (splits === 1) {
    return [
      `let end = select(0, ${kernel.number(plan.n)}, real);`,
      ...along(kernel, plan, rows, operands, 'row', inner),
    ];
  }
  return [
    `let part = ${kernel.number(Math.ceil(plan.n / splits))};`,
    `let end = select(0, min(split * part + part, ${kernel.number(plan.n)}), real);`,
    ...along(kernel, plan, rows, operands, 'split * part + row', inner),
  ];
}

/** Lines that bring together what the invocations of a column have found, and then four neighbors. */
function combineFound(runtime: Runtime, parts: Parts): string[] {
  const { reducer, dtype, plan, layout, arg, rows } = parts;
  const lines: string[] = [];
  if (rows > 1) {
    const [name, memory] = ['total', 'shared_'];
    const keep = [`${memory}[slot] = ${name};`, ...(arg ? ['places[slot] = place;'] : [])];
    const other = (from: string): string[] => take(parts, memory + from, `places${from}`);
    lines.push(...together(runtime, layout, { name, memory, reducer, dtype, take: other, keep }));
  }
  if (plan.fours === 'gone') {
    for (const turn of turns) lines.push(...take(parts, `total.${turn}`, `place.${turn}`));
  }
  return lines;
}

/** How a buffer of single elements, or of fours, is bound. */
const bound = (dtype: DType, width: 1 | 4): Held | `vec4<${Held}>` =>
  width === 4 ? `vec4<${heldAs(dtype)}>` : heldAs(dtype);

/** Results that lie side by side and are written at once. */
const widthOf = ({ fours }: Plan): 1 | 4 => (fours === 'kept' ? 4 : 1);

/** The line that writes the result. */
function storeResult({ kernel, dtype, plan, splits, target, arg }: Parts): string {
  const out = kernel.memory(target, bound(arg ? 'int32' : dtype, widthOf(plan)));
  const at =
    splits > 1 ? `split * ${kernel.number(plan.results)} + result` : `p${plan.offsets.length - 1}`;
  const found = arg ? 'place' : 'total';
  const first = plan.fours === 'gone' ? '.x' : '';
  return `if (row == 0 && real) { ${out}[${at}] = ${found}${first}; }`;
}

/** Functions and workgroup memory. */
const declarationsOf = ({ reducer, dtype, type, arg, rows }: Parts): string[] => [
  ...(arg ? betterText(reducer, dtype) : []),
  ...(rows > 1 ? [`var<workgroup> shared_: array<${type}, ${GROUP}>;`] : []),
  ...(rows > 1 && arg ? [`var<workgroup> places: array<I, ${GROUP}>;`] : []),
];

function runPass(runtime: Runtime, pass: Pass): void {
  const parts = partsOf(pass);
  const { kernel, plan, layout, splits, notes } = parts;
  // What is read comes first among the kernel's buffers.
  const inner = takeElement(parts);
  const lines = [
    ...openResult(parts),
    ...eachElement(parts, inner),
    ...(notes ? ['total = select(total, F(bitcast<f32>(nan_bits)), mark < I(0));'] : []),
    ...combineFound(runtime, parts),
    storeResult(parts),
  ];
  const declarations = declarationsOf(parts);
  const blocks = Math.ceil(plan.results / layout.columns);
  kernel.runGroups(runtime, 'reduce', blocks * splits, layout.threads, { declarations, lines });
}

/** How many workgroups share a result: more than one where few would have much to do. */
function splitsFor(runtime: Runtime, { n, results }: Plan, { threads, columns }: Layout): number {
  const blocks = Math.ceil(results / columns);
  const [wanted, most] = runtime.shares
    ? [blocks >= ENOUGH ? 1 : ENOUGH / blocks, n / ((threads / columns) * 64)]
    : [Math.max(ENOUGH / results, n / MOST), n / 64];
  return Math.max(1, Math.min(Math.ceil(wanted), Math.floor(most), 256));
}

/** The value of a program at an element, see `Pass`. */
const valueOfProgram =
  (program: Program, inputs: readonly View[], params: readonly number[], { wide }: Plan) =>
  (kernel: Kernel): { lines: string[]; text: string } => {
    const reads = [...inputsRead(program)].map(
      (k) => `let x${k} = ${kernel.value(inputs[k], wide[k], `q${k}`)};`,
    );
    const names = inputs.map((_, k) => `x${k}`);
    const code = body(program, names, kernel.params(program, params));
    return { lines: [...reads, ...code.lines], text: code.outputs[0] };
  };

/** The kernel that combines the pieces of a first one. */
function finalPass(runtime: Runtime, first: Pass, pieces: Memory, target: Memory): Pass {
  const { dtype, plan, layout, splits } = first;
  const { sizes, strides } = plan.kept;
  const width = widthOf(plan);
  const dense = sizes.map((_, d) => numelOf(sizes.slice(d + 1)));
  const few: Layout =
    plan.results >= 16
      ? { threads: GROUP, columns: GROUP, along: false }
      : { threads: GROUP, columns: 1, along: true };
  return {
    ...first,
    plan: {
      kept: loopsOf(sizes, [dense, strides[strides.length - 1]]),
      gone: { sizes: [splits], strides: [[plan.results], [0]] },
      n: splits,
      results: plan.results,
      fours: width === 4 ? 'kept' : null,
      wide: [true, true],
      offsets: [0, plan.offsets[plan.offsets.length - 1]],
    },
    layout: runtime.shares ? few : layout,
    splits: 1,
    value: (kernel) => ({ lines: [], text: `${kernel.memory(pieces, bound(dtype, width))}[q0]` }),
    target,
  };
}

/** See `Backend.reduce`. */
export function reduce(
  runtime: Runtime,
  program: Program,
  reducer: AnyReducer,
  inputs: readonly View[],
  shape: readonly number[],
  axes: readonly number[],
  output: View,
  params: readonly number[],
): void {
  if (output.count === 0) return;
  const strides = output.strides.map((s, d) => (axes.includes(d) ? 0 : s));
  const plan = planOf(shape, axes, inputs, [{ view: output, strides }], [program]);
  const layout = layoutFor(runtime, plan, inputs.length);
  const splits = isArg(reducer) ? 1 : splitsFor(runtime, plan, layout);
  const value = valueOfProgram(program, inputs, params, plan);
  const { dtype } = program.outputs[0];
  const target = output.buffer as Memory;
  const pass = { reducer, dtype, plan, layout, splits, value, target };
  if (splits === 1) {
    runPass(runtime, pass);
    return;
  }
  const pieces = runtime.alloc(splits * plan.results * widthOf(plan), false);
  runPass(runtime, { ...pass, target: pieces });
  runPass(runtime, finalPass(runtime, pass, pieces, target));
  runtime.free(pieces);
}
