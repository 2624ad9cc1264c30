// Reductions: invocations of a workgroup share the reduced elements of some results; long ones are split.
import {
  broadcastStrides,
  type DType,
  type FoldStage,
  type Loops,
  numelOf,
  type Program,
  type View,
} from '@dl/core/functional';
import { GROUP, Kernel, nest, walk } from './kernel.js';
import type { Memory, Runtime } from './runtime.js';
import { inFours, loopsOf } from './views.js';
import { body, type Held, heldAs, inputsRead, laneOf, literal, runsInFours } from './wgsl.js';

export type Reducer = 'sum' | 'prod' | 'min' | 'max';
export type AnyReducer = Reducer | 'argmin' | 'argmax';

/** The neutral element of a reducer, and how two values combine. */
export function combination(
  reducer: Reducer,
  dtype: DType,
): { start: string; combine: (a: string, b: string) => string } {
  const type: Held = heldAs(dtype);
  const float = type === 'f32';
  const least = literal(float ? -Infinity : type === 'u32' ? 0 : -2147483648, dtype);
  const most = literal(float ? Infinity : type === 'u32' ? 255 : 2147483647, dtype);
  const [min, max] = float ? ['min_', 'max_'] : ['min', 'max'];
  // The device holds uint8 in 32 bits, of which eight may be set.
  const wrapped =
    (sign: string) =>
    (a: string, b: string): string =>
      dtype === 'uint8' ? `((${a} ${sign} ${b}) & U(255))` : `${a} ${sign} ${b}`;
  const table = {
    sum: { start: `${laneOf(dtype)}(0)`, combine: wrapped('+') },
    prod: { start: `${laneOf(dtype)}(1)`, combine: wrapped('*') },
    min: { start: most, combine: (a: string, b: string) => `${min}(${a}, ${b})` },
    max: { start: least, combine: (a: string, b: string) => `${max}(${a}, ${b})` },
  } satisfies Record<Reducer, unknown>;
  return table[reducer];
}

/** What a kernel walks: the loops over what stays and over what is reduced, of inputs and then outputs. */
interface Plan {
  readonly kept: Loops;
  readonly gone: Loops;
  readonly n: number;
  readonly results: number;
  /** Where an element is four neighbours: in what stays, or in what is reduced. */
  readonly fours: 'kept' | 'gone' | null;
  readonly wide: readonly boolean[];
  readonly offsets: readonly number[];
}

function planOf(
  shape: readonly number[],
  axes: readonly number[],
  inputs: readonly View[],
  outputs: readonly { readonly view: View; readonly strides: readonly number[] }[],
  programs: readonly Program[],
): Plan {
  const rank = shape.length;
  const all = [
    ...inputs.map((view) => ({ view, strides: broadcastStrides(view, rank) })),
    ...outputs,
  ];
  const part = (reduced: boolean): Loops => {
    const dims = shape.map((_, d) => d).filter((d) => axes.includes(d) === reduced);
    const pick = (s: readonly number[]): number[] => dims.map((d) => s[d]);
    return loopsOf(
      pick(shape),
      all.map((o) => pick(o.strides)),
    );
  };
  const [kept, gone] = [part(false), part(true)];
  const places = all.map(({ view: { buffer, offset } }) => ({ buffer, offset }));
  const made = (k: Loops, g: Loops, rest: Pick<Plan, 'fours' | 'wide' | 'offsets'>): Plan => ({
    kept: k,
    gone: g,
    n: numelOf(g.sizes),
    results: numelOf(k.sizes),
    ...rest,
  });
  if (programs.every(runsInFours)) {
    const across = inFours([kept, gone], places);
    if (across?.wide.slice(inputs.length).every(Boolean)) {
      return made(...(across.loops as [Loops, Loops]), { fours: 'kept', ...across });
    }
    const along = inFours([gone, kept], places);
    // A reduction's output has no stride there; a fold's must be written in fours.
    const inner = gone.sizes.length - 1;
    const fits = outputs.every(
      (_, o) => along?.wide[inputs.length + o] || !axes.some((d) => outputs[o]?.strides[d] !== 0),
    );
    if (along?.wide.includes(true) && fits && inner >= 0) {
      const [g, k] = along.loops as [Loops, Loops];
      return made(k, g, { fours: 'gone', ...along });
    }
  }
  return made(kept, gone, {
    fours: null,
    wide: all.map(() => false),
    offsets: places.map((p) => p.offset),
  });
}

/**
 * How a workgroup's invocations are laid out: `columns` results side by side, the rest along the reduced
 * elements; `along` says whether neighbours are neighbours in the reduced elements.
 */
interface Layout {
  readonly threads: number;
  readonly columns: number;
  readonly along: boolean;
}

/** Invocations of a workgroup on a software adapter, where each has results of its own. */
const ALONE = 16;

/** Which neighbours invocations are, from where memory is denser and how much there is to share. */
function layoutFor(runtime: Runtime, { kept, gone, n, results }: Plan, inputs: number): Layout {
  if (!runtime.shares) return { threads: ALONE, columns: ALONE, along: false };
  const inner = ({ sizes, strides }: Loops): number => {
    let sum = 0;
    for (let i = 0; i < inputs; i++) {
      sum += Math.abs((strides[i][sizes.length - 1] as number | undefined) ?? 0);
    }
    return sum;
  };
  const of = (columns: number, along: boolean): Layout => ({ threads: GROUP, columns, along });
  if (n <= 32 && results >= 16) return of(GROUP, false);
  if (results >= 16 && inner(kept) < inner(gone)) {
    return of(results >= 4096 && n <= 1024 ? GROUP : 16, false);
  }
  return of(n <= 256 && results >= 8 ? 8 : 1, true);
}

/** Lines that name this invocation's column, row and result, and the positions `p0…` of its operands. */
function opening(
  kernel: Kernel,
  plan: Plan,
  { threads, columns, along }: Layout,
  block: string,
): string[] {
  const rows = threads / columns;
  const names = plan.offsets.map((_, k) => `p${k}`);
  return [
    `let row = ${along ? `t % ${rows}` : `t / ${columns}`};`,
    `let column = ${along ? `t / ${rows}` : `t % ${columns}`};`,
    `let slot = row * ${columns} + column;`,
    `let result = ${block} * ${columns} + column;`,
    `let real = result < ${kernel.number(plan.results)};`,
    ...plan.offsets.map((offset, k) => `var p${k} = ${kernel.number(offset)};`),
    'if (real) {',
    ...walk(kernel, 'result', plan.kept, names),
    '}',
  ];
}

/** Lines that run `inner` for the reduced elements from `begin` to `end`, every `rows`th, with places `q…`. */
function along(
  kernel: Kernel,
  plan: Plan,
  rows: number,
  operands: readonly number[],
  begin: string,
  inner: readonly string[],
): string[] {
  const strides = operands.map((k) => plan.gone.strides[k]);
  const loops = { sizes: plan.gone.sizes, strides };
  return [
    `for (var r = ${begin}; r < end; r += ${rows}) {`,
    ...operands.map((k) => `var q${k} = p${k};`),
    ...walk(
      kernel,
      'r',
      loops,
      operands.map((k) => `q${k}`),
    ),
    ...inner,
    '}',
  ];
}

/** Workgroups keep a device busy from this many on. */
const ENOUGH = 64;
/** Elements that one invocation of a software adapter adds up at most, for the sake of precision. */
const MOST = 1024;

/** The texts that turn a value's four neighbours around, so that two steps combine them all. */
const turns = ['zwxy', 'yxwz'];

/** See `Backend.reduce`. `value` may replace the program: it gives the value from the inputs' texts. */
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
  const dtype = program.outputs[0].dtype;
  const strides = output.strides.map((s, d) => (axes.includes(d) ? 0 : s));
  const plan = planOf(shape, axes, inputs, [{ view: output, strides }], [program]);
  const value = (kernel: Kernel): { lines: string[]; text: string } => {
    const lines: string[] = [];
    for (const k of inputsRead(program)) {
      const view = inputs[k];
      lines.push(`let x${k} = ${kernel.value(view, plan.wide[k], `q${k}`)};`);
    }
    const code = body(
      program,
      inputs.map((_, k) => `x${k}`),
      kernel.params(program, params),
    );
    return { lines: [...lines, ...code.lines], text: code.outputs[0] };
  };
  const layout = layoutFor(runtime, plan, inputs.length);
  const blocks = Math.ceil(plan.results / layout.columns);
  const rows = layout.threads / layout.columns;
  const arg = reducer === 'argmin' || reducer === 'argmax';
  const [wanted, most] = runtime.shares
    ? [blocks >= ENOUGH ? 1 : ENOUGH / blocks, plan.n / (rows * 64)]
    : [Math.max(ENOUGH / plan.results, plan.n / MOST), plan.n / 64];
  const splits = arg ? 1 : Math.max(1, Math.min(Math.ceil(wanted), Math.floor(most), 256));
  const target = output.buffer as Memory;
  const base = { reducer, dtype };
  if (splits === 1) {
    reduceOnce(runtime, { ...base, plan, layout, splits, value, target });
    return;
  }
  const width = plan.fours === 'kept' ? 4 : 1;
  const pieces = runtime.alloc(splits * plan.results * width, false);
  reduceOnce(runtime, { ...base, plan, layout, splits, value, target: pieces });
  // The pieces lie as [splits, results].
  const dense = plan.kept.sizes.map((_, d) => numelOf(plan.kept.sizes.slice(d + 1)));
  const last = {
    kept: loopsOf(plan.kept.sizes, [dense, plan.kept.strides[inputs.length]]),
    gone: { sizes: [splits], strides: [[plan.results], [0]] },
    n: splits,
    results: plan.results,
    fours: width === 4 ? ('kept' as const) : null,
    wide: [true, true],
    offsets: [0, plan.offsets[inputs.length]],
  };
  const few: Layout =
    plan.results >= 16
      ? { threads: GROUP, columns: GROUP, along: false }
      : { threads: GROUP, columns: 1, along: true };
  reduceOnce(runtime, {
    ...base,
    plan: last,
    layout: runtime.shares ? few : layout,
    splits: 1,
    value: (kernel) => ({ lines: [], text: `${kernel.memory(pieces, bound(dtype, width))}[q0]` }),
    target,
  });
  runtime.free(pieces);
}

/** How a buffer of single elements, or of fours, is bound. */
const bound = (dtype: DType, width: 1 | 4): Held | `vec4<${Held}>` =>
  width === 4 ? `vec4<${heldAs(dtype)}>` : heldAs(dtype);

interface Once {
  readonly reducer: AnyReducer;
  readonly dtype: DType;
  readonly plan: Plan;
  readonly layout: Layout;
  readonly splits: number;
  /** Lines that read the inputs at `q0…`, and the text of the value to combine. */
  readonly value: (kernel: Kernel) => { lines: string[]; text: string };
  readonly target: Memory;
}

/** Whether an element beats the best so far: the first of equal values wins, and the first NaN beats all. */
function betterText(reducer: AnyReducer, dtype: DType): string[] {
  const type = laneOf(dtype);
  return [
    `fn better(a: ${type}, at: I, b: ${type}, bt: I) -> B {`,
    `  var wins = (a ${reducer === 'argmin' ? '<' : '>'} b) | ((a == b) & (at < bt));`,
    ...(type === 'F'
      ? ['  let none = is_nan(b);', '  wins = select(wins & !none, !none | (at < bt), is_nan(a));']
      : []),
    '  return (at >= I(0)) & (wins | (bt < I(0)));',
    '}',
  ];
}

/** Whether a workgroup's sum is put together from its subgroups', each of which has neighbouring invocations. */
const bySubgroups = (runtime: Runtime, { columns }: Layout, reducer: AnyReducer): boolean =>
  runtime.subgroups && columns === 1 && reducer === 'sum';

/**
 * Lines by which the invocations of a column bring their values in `name` together, so that the first row
 * (with subgroups: every invocation) has the result.
 */
function together(
  runtime: Runtime,
  layout: Layout,
  name: string,
  shared: string,
  reducer: AnyReducer,
  take: (from: string) => readonly string[],
  keep: readonly string[],
): string[] {
  const { threads, columns } = layout;
  if (bySubgroups(runtime, layout, reducer)) {
    return [
      `${name} = subgroupAdd(${name});`,
      `if (t % lanes == 0) { ${shared}[t / lanes] = ${name}; }`,
      'workgroupBarrier();',
      `${name} = ${shared}[0];`,
      `for (var k = 1; k < ${threads} / lanes; k++) { ${name} += ${shared}[k]; }`,
    ];
  }
  return [
    ...keep,
    'workgroupBarrier();',
    `for (var half = ${threads / columns / 2}; half > 0; half /= 2) {`,
    'if (row < half) {',
    ...take(`[slot + half * ${columns}]`),
    ...keep,
    '}',
    'workgroupBarrier();',
    '}',
  ];
}

function reduceOnce(runtime: Runtime, once: Once): void {
  const { reducer, dtype, plan, layout, splits, target } = once;
  const kernel = new Kernel(plan.fours === null ? 1 : 4);
  const type = laneOf(dtype);
  const arg = reducer === 'argmin' || reducer === 'argmax';
  const plain = reducer === 'argmin' ? 'min' : reducer === 'argmax' ? 'max' : reducer;
  const { start, combine } = combination(plain, dtype);
  const rows = layout.threads / layout.columns;
  const to = plan.offsets.length - 1;
  const operands = plan.offsets.slice(0, to).map((_, k) => k);
  const { lines: reading, text } = once.value(kernel);
  // Lines that take another value, whose place is known, if it is better.
  const take = (value: string, place: string): string[] =>
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
  const here = plan.fours === 'gone' ? 'vec4(r * 4) + vec4(0, 1, 2, 3)' : 'I(r)';
  // For each value the smallest and largest are found without a look at NaN, which is noted beside them.
  const notes = !arg && type === 'F' && (reducer === 'min' || reducer === 'max');
  const next = notes
    ? [
        `let value = ${text};`,
        `total = select(total, value, value ${reducer === 'max' ? '>' : '<'} total);`,
        'mark |= I(0x7f800000) - (bitcast<I>(value) & I(0x7fffffff));',
      ]
    : take(text, here);
  const inner = [...reading, ...next];
  const lines = [
    ...(splits > 1
      ? [
          `let split = group % ${kernel.number(splits)};`,
          `let block = group / ${kernel.number(splits)};`,
        ]
      : ['let block = group;']),
    ...opening(kernel, plan, layout, 'block'),
    `var total = ${start};`,
    ...(arg ? ['var place = I(-1);'] : []),
    ...(notes ? ['var mark = I(0);'] : []),
  ];
  if (rows === 1 && splits === 1 && !arg) {
    const starts = operands.map((k) => `p${k}`);
    lines.push('if (real) {', ...nest(kernel, plan.gone, starts, 'q', inner), '}');
  } else if (splits > 1) {
    lines.push(
      `let part = ${kernel.number(Math.ceil(plan.n / splits))};`,
      `let end = select(0, min(split * part + part, ${kernel.number(plan.n)}), real);`,
      ...along(kernel, plan, rows, operands, 'split * part + row', inner),
    );
  } else {
    lines.push(
      `let end = select(0, ${kernel.number(plan.n)}, real);`,
      ...along(kernel, plan, rows, operands, 'row', inner),
    );
  }
  if (notes) lines.push('total = select(total, F(bitcast<f32>(nan_bits)), mark < I(0));');
  const declarations = arg ? betterText(reducer, dtype) : [];
  if (rows > 1) {
    declarations.push(`var<workgroup> shared_: array<${type}, ${GROUP}>;`);
    if (arg) declarations.push(`var<workgroup> places: array<I, ${GROUP}>;`);
    const keep = ['shared_[slot] = total;', ...(arg ? ['places[slot] = place;'] : [])];
    const other = (from: string): string[] => take(`shared_${from}`, `places${from}`);
    lines.push(...together(runtime, layout, 'total', 'shared_', reducer, other, keep));
  }
  if (plan.fours === 'gone') {
    for (const turn of turns) lines.push(...take(`total.${turn}`, `place.${turn}`));
  }
  const width = plan.fours === 'kept' ? 4 : 1;
  const out = kernel.memory(target, bound(arg ? 'int32' : dtype, width));
  const at = splits > 1 ? `split * ${kernel.number(plan.results)} + result` : `p${to}`;
  const found = dtype === 'uint8' && !arg ? `(total & ${type}(255))` : arg ? 'place' : 'total';
  const first = plan.fours === 'gone' ? '.x' : '';
  lines.push(`if (row == 0 && real) { ${out}[${at}] = ${found}${first}; }`);
  const blocks = Math.ceil(plan.results / layout.columns);
  kernel.runGroups(runtime, 'reduce', blocks * splits, layout.threads, { declarations, lines });
}

/** See `Backend.fold`: the stages and the map in one kernel, a workgroup for some results. */
export function fold(
  runtime: Runtime,
  stages: readonly FoldStage[],
  program: Program,
  inputs: readonly View[],
  shape: readonly number[],
  axes: readonly number[],
  outputs: readonly View[],
  params: readonly number[],
): boolean {
  if (numelOf(shape) === 0) return false;
  const plan = planOf(
    shape,
    axes,
    inputs,
    outputs.map((view) => ({ view, strides: broadcastStrides(view, shape.length) })),
    [program, ...stages.map((s) => s.program)],
  );
  // Few long ones are shared out better one by one.
  if (runtime.shares ? plan.n > 16384 && plan.results < ENOUGH : plan.n > 4 * MOST) return false;
  const layout = layoutFor(runtime, plan, inputs.length);
  const rows = layout.threads / layout.columns;
  const kernel = new Kernel(plan.fours === null ? 1 : 4);
  const found: string[] = [];
  const lines = [
    ...opening(kernel, plan, layout, 'group'),
    `let end = select(0, ${kernel.number(plan.n)}, real);`,
  ];
  const declarations: string[] = [];
  const names = inputs.map((_, k) => `x${k}`);
  // Lines that run `inner` at each reduced element, with what a program reads of the inputs there.
  const passes = (part: Program, outs: readonly number[], inner: readonly string[]): string[] => {
    const used = [...inputsRead(part)].filter((k) => k < inputs.length);
    const reads = used.map((k) => `let x${k} = ${kernel.value(inputs[k], plan.wide[k], `q${k}`)};`);
    return along(kernel, plan, rows, [...used, ...outs], 'row', [...reads, ...inner]);
  };
  stages.forEach(({ program: part, reducer }, k) => {
    const texts = kernel.params(part, params);
    const dtype = part.outputs[0].dtype;
    const type = laneOf(dtype);
    if (reducer === null) {
      const code = body(part, found, texts);
      lines.push(`var f${k} = ${type}(0);`, '{', ...code.lines, `f${k} = ${code.outputs[0]};`, '}');
    } else {
      const { start, combine } = combination(reducer, dtype);
      const code = body(part, [...names, ...found], texts);
      const next = `f${k} = ${combine(`f${k}`, code.outputs[0])};`;
      lines.push(`var f${k} = ${start};`, ...passes(part, [], [...code.lines, next]));
      if (rows > 1) {
        declarations.push(`var<workgroup> shared${k}: array<${type}, ${GROUP}>;`);
        const [name, shared] = [`f${k}`, `shared${k}`];
        const take = (from: string): string[] => [`${name} = ${combine(name, shared + from)};`];
        lines.push(
          ...together(runtime, layout, name, shared, reducer, take, [`${shared}[slot] = ${name};`]),
        );
        if (!bySubgroups(runtime, layout, reducer)) lines.push(`${name} = ${shared}[column];`);
      }
      if (plan.fours === 'gone') {
        for (const turn of turns) lines.push(`f${k} = ${combine(`f${k}`, `f${k}.${turn}`)};`);
      }
    }
    found.push(`f${k}`);
  });
  const code = body(program, [...names, ...found], kernel.params(program, params));
  const targets = outputs.map((_, k) => inputs.length + k);
  const writes = outputs.map(
    (x, k) => `${kernel.lanes(x, true)}[q${targets[k]}] = ${code.outputs[k]};`,
  );
  lines.push(...passes(program, targets, [...code.lines, ...writes]));
  const blocks = Math.ceil(plan.results / layout.columns);
  kernel.runGroups(runtime, 'fold', blocks, layout.threads, { declarations, lines });
  return true;
}
