// Reductions: invocations of a workgroup share the reduced elements of some results; long ones are split.
import type { DType, FoldStage, View } from '@dl/core/functional';
import { GROUP, Kernel, walk } from './kernel.js';
import type { Memory, Runtime } from './runtime.js';
import { broadcastStrides, type Loops, mergeLoops, product } from './views.js';
import { body, type Held, heldAs, inputsRead, literal, type Program } from './wgsl.js';

export type Reducer = 'sum' | 'prod' | 'min' | 'max';
export type AnyReducer = Reducer | 'argmin' | 'argmax';

/** The neutral element of a reducer, and how two values combine. */
export function combination(
  reducer: Reducer,
  dtype: DType,
): { start: string; combine: (a: string, b: string) => string } {
  const type: Held = heldAs(dtype);
  const float = type === 'f32';
  const least = float
    ? '(-bitcast<f32>(inf_bits))'
    : literal(type === 'u32' ? 0 : -2147483648, dtype);
  const most = float ? 'bitcast<f32>(inf_bits)' : literal(type === 'u32' ? 255 : 2147483647, dtype);
  const [min, max] = float ? ['min_', 'max_'] : ['min', 'max'];
  const table = {
    sum: { start: `${type}(0)`, combine: (a: string, b: string) => `${a} + ${b}` },
    prod: { start: `${type}(1)`, combine: (a: string, b: string) => `${a} * ${b}` },
    min: { start: most, combine: (a: string, b: string) => `${min}(${a}, ${b})` },
    max: { start: least, combine: (a: string, b: string) => `${max}(${a}, ${b})` },
  } satisfies Record<Reducer, unknown>;
  return table[reducer];
}

/** The loops over what stays and over what is reduced; `kept` has the outputs' strides last. */
interface Plan {
  readonly kept: Loops;
  readonly gone: Loops;
  readonly n: number;
  readonly results: number;
}

function planOf(
  shape: readonly number[],
  axes: readonly number[],
  inputs: readonly (readonly number[])[],
  output: readonly number[],
): Plan {
  const part = (reduced: boolean, operands: readonly (readonly number[])[]): Loops => {
    const dims = shape.map((_, d) => d).filter((d) => axes.includes(d) === reduced);
    const pick = (s: readonly number[]): number[] => dims.map((d) => s[d] as number);
    return mergeLoops(pick(shape), operands.map(pick));
  };
  const kept = part(false, [...inputs, output]);
  const gone = part(true, inputs);
  return { kept, gone, n: product(gone.sizes), results: product(kept.sizes) };
}

/**
 * How a workgroup's invocations are laid out: `columns` results side by side, the rest along the reduced
 * elements; `along` says whether neighbours are neighbours in the reduced elements.
 */
interface Layout {
  readonly columns: number;
  readonly along: boolean;
}

/** Which neighbours invocations are, from where memory is denser and how much there is to share. */
function layoutFor({ kept, gone, n, results }: Plan, inputs: number): Layout {
  const inner = ({ sizes, strides }: Loops): number => {
    let sum = 0;
    for (let i = 0; i < inputs; i++) {
      sum += Math.abs(((strides[i] as number[])[sizes.length - 1] as number | undefined) ?? 0);
    }
    return sum;
  };
  if (n <= 32 && results >= 16) return { columns: GROUP, along: false };
  if (results >= 16 && inner(kept) < inner(gone)) {
    return { columns: results >= 4096 && n <= 1024 ? GROUP : 16, along: false };
  }
  return n <= 256 && results >= 8 ? { columns: 8, along: true } : { columns: 1, along: true };
}

/** Lines that name this invocation's column, row and result, and the positions `p0…` of its operands. */
function opening(
  kernel: Kernel,
  plan: Plan,
  { columns, along }: Layout,
  offsets: readonly number[],
) {
  const rows = GROUP / columns;
  return [
    `let row = ${along ? `t % ${rows}` : `t / ${columns}`};`,
    `let column = ${along ? `t / ${rows}` : `t % ${columns}`};`,
    `let slot = row * ${columns} + column;`,
    ...offsets.map((offset, k) => `var p${k} = ${kernel.number(offset)};`),
    'if (real) {',
    ...walk(
      kernel,
      'result',
      plan.kept,
      offsets.map((_, k) => `p${k}`),
    ),
    '}',
  ];
}

/** Workgroups keep a device busy from this many on. */
const ENOUGH = 64;

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
  const rank = shape.length;
  const dtype = (program.outputs[0] as Program['outputs'][number]).dtype;
  const plan = planOf(
    shape,
    axes,
    inputs.map((x) => broadcastStrides(x, rank)),
    output.strides,
  );
  const value = (kernel: Kernel): { lines: string[]; text: string } => {
    const lines: string[] = [];
    for (const k of inputsRead(program)) {
      lines.push(`let x${k} = ${kernel.buffer(inputs[k] as View)}[q${k}];`);
    }
    const code = body(
      program,
      inputs.map((_, k) => `x${k}`),
      kernel.params(program, params),
    );
    return { lines: [...lines, ...code.lines], text: code.outputs[0] as string };
  };
  const layout = layoutFor(plan, inputs.length);
  const blocks = Math.ceil(plan.results / layout.columns);
  const rows = GROUP / layout.columns;
  const arg = reducer === 'argmin' || reducer === 'argmax';
  const splits =
    arg || blocks >= ENOUGH
      ? 1
      : Math.max(1, Math.min(Math.ceil(ENOUGH / blocks), Math.floor(plan.n / (rows * 64)), 256));
  const offsets = inputs.map((x) => x.offset);
  if (splits === 1) {
    const target = { memory: output.buffer as Memory, offset: output.offset };
    reduceOnce(runtime, { reducer, dtype, plan, layout, splits, value, offsets, target });
    return;
  }
  const pieces = runtime.alloc(splits * plan.results, false);
  const type = heldAs(dtype);
  reduceOnce(runtime, {
    reducer,
    dtype,
    plan,
    layout,
    splits,
    value,
    offsets,
    target: { memory: pieces, offset: 0 },
  });
  // The pieces lie as [splits, results].
  const dense = plan.kept.sizes.map((_, d) => product(plan.kept.sizes.slice(d + 1)));
  reduceOnce(runtime, {
    reducer,
    dtype,
    plan: {
      kept: mergeLoops(plan.kept.sizes, [dense, plan.kept.strides[inputs.length] as number[]]),
      gone: { sizes: [splits], strides: [[plan.results]] },
      n: splits,
      results: plan.results,
    },
    layout: plan.results >= 16 ? { columns: GROUP, along: false } : { columns: 1, along: true },
    splits: 1,
    value: (kernel) => ({ lines: [], text: `${kernel.memory(pieces, type)}[q0]` }),
    offsets: [0],
    target: { memory: output.buffer as Memory, offset: output.offset },
  });
  runtime.free(pieces);
}

interface Once {
  readonly reducer: AnyReducer;
  readonly dtype: DType;
  readonly plan: Plan;
  readonly layout: Layout;
  readonly splits: number;
  /** Lines that read the inputs at `q0…`, and the text of the value to combine. */
  readonly value: (kernel: Kernel) => { lines: string[]; text: string };
  readonly offsets: readonly number[];
  readonly target: { readonly memory: Memory; readonly offset: number };
}

function reduceOnce(runtime: Runtime, once: Once): void {
  const { reducer, dtype, plan, layout, splits, offsets, target } = once;
  const kernel = new Kernel();
  const type = heldAs(dtype);
  const arg = reducer === 'argmin' || reducer === 'argmax';
  const plain = reducer === 'argmin' ? 'min' : reducer === 'argmax' ? 'max' : reducer;
  const { start, combine } = combination(plain, dtype);
  const rows = GROUP / layout.columns;
  const to = offsets.length;
  const results = kernel.number(plan.results);
  const lines = [
    `let split = group % ${kernel.number(splits)};`,
    `let block = group / ${kernel.number(splits)};`,
    `let result = block * ${layout.columns} + ${layout.along ? `t / ${rows}` : `t % ${layout.columns}`};`,
    `let real = result < ${results};`,
    ...opening(kernel, plan, layout, [...offsets, target.offset]),
    `var total = ${start};`,
    ...(arg ? ['var place = -1;'] : []),
    `let part = ${kernel.number(Math.ceil(plan.n / splits))};`,
    `let end = select(0, min(split * part + part, ${kernel.number(plan.n)}), real);`,
    `for (var r = split * part + row; r < end; r += ${rows}) {`,
    ...offsets.map((_, k) => `var q${k} = p${k};`),
    ...walk(
      kernel,
      'r',
      plan.gone,
      offsets.map((_, k) => `q${k}`),
    ),
  ];
  const { lines: reading, text } = once.value(kernel);
  lines.push(...reading, `let value = ${text};`);
  lines.push(
    ...(arg
      ? ['if (better(value, r, total, place)) {', 'total = value;', 'place = r;', '}']
      : [`total = ${combine('total', 'value')};`]),
    '}',
  );
  const declarations: string[] = [];
  if (arg) {
    const sign = reducer === 'argmin' ? '<' : '>';
    const nan = type === 'f32';
    // The first of equal values wins, and the first NaN beats all.
    declarations.push(
      `fn better(a: ${type}, at: i32, b: ${type}, bt: i32) -> bool {`,
      '  if (at < 0 || bt < 0) { return at >= 0; }',
      ...(nan
        ? ['  if (is_nan(a) || is_nan(b)) { return is_nan(a) && (!is_nan(b) || at < bt); }']
        : []),
      `  return a ${sign} b || (a == b && at < bt);`,
      '}',
    );
  }
  if (rows > 1) {
    declarations.push(`var<workgroup> shared_: array<${type}, ${GROUP}>;`);
    if (arg) declarations.push(`var<workgroup> places: array<i32, ${GROUP}>;`);
    lines.push(
      'shared_[slot] = total;',
      ...(arg ? ['places[slot] = place;'] : []),
      'workgroupBarrier();',
      `for (var half = ${rows / 2}; half > 0; half /= 2) {`,
      'if (row < half) {',
      `let other = slot + half * ${layout.columns};`,
      ...(arg
        ? [
            'if (better(shared_[other], places[other], shared_[slot], places[slot])) {',
            'shared_[slot] = shared_[other];',
            'places[slot] = places[other];',
            '}',
          ]
        : [`shared_[slot] = ${combine('shared_[slot]', 'shared_[other]')};`]),
      '}',
      'workgroupBarrier();',
      '}',
      'total = shared_[slot];',
      ...(arg ? ['place = places[slot];'] : []),
    );
  }
  const at =
    splits > 1 ? `${kernel.number(target.offset)} + split * ${results} + result` : `p${to}`;
  const out = kernel.memory(target.memory, arg ? 'i32' : type);
  const kept = dtype === 'uint8' && !arg ? '(total & 255u)' : 'total';
  lines.push(`if (row == 0 && real) { ${out}[${at}] = ${arg ? 'place' : kept}; }`);
  const blocks = Math.ceil(plan.results / layout.columns);
  kernel.runGroups(runtime, 'reduce', blocks * splits, GROUP, { declarations, lines });
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
  const rank = shape.length;
  if (product(shape) === 0) return false;
  const operands = [...inputs, ...outputs].map((x) => broadcastStrides(x, rank));
  const plan = planOf(
    shape,
    axes,
    operands,
    shape.map(() => 0),
  );
  // Few long ones are shared out better one by one.
  if (plan.n > 16384 && plan.results < ENOUGH) return false;
  const layout = layoutFor(plan, inputs.length);
  const rows = GROUP / layout.columns;
  const kernel = new Kernel();
  const offsets = [...inputs, ...outputs].map((x) => x.offset);
  const found: string[] = [];
  const lines = [
    `let result = group * ${layout.columns} + ${layout.along ? `t / ${rows}` : `t % ${layout.columns}`};`,
    `let real = result < ${kernel.number(plan.results)};`,
    ...opening(kernel, plan, layout, offsets),
    `let end = select(0, ${kernel.number(plan.n)}, real);`,
  ];
  const declarations: string[] = [];
  const names = inputs.map((_, k) => `x${k}`);
  // Lines that read what a program reads of the inputs, at element `r` of the reduced ones.
  const reading = (part: Program, at: readonly number[]): string[] => {
    const used = [...inputsRead(part)].filter((k) => k < inputs.length);
    const all = [...used, ...at];
    const strides = all.map((k) => plan.gone.strides[k] as number[]);
    return [
      ...all.map((k) => `var q${k} = p${k};`),
      ...walk(
        kernel,
        'r',
        { sizes: plan.gone.sizes, strides },
        all.map((k) => `q${k}`),
      ),
      ...used.map((k) => `let x${k} = ${kernel.buffer(inputs[k] as View)}[q${k}];`),
    ];
  };
  stages.forEach(({ program: part, reducer }, k) => {
    const texts = kernel.params(part, params);
    const dtype = (part.outputs[0] as Program['outputs'][number]).dtype;
    const type = heldAs(dtype);
    if (reducer === null) {
      const code = body(part, found, texts);
      lines.push(`var f${k} = ${type}(0);`, '{', ...code.lines, `f${k} = ${code.outputs[0]};`, '}');
    } else {
      const { start, combine } = combination(reducer, dtype);
      const code = body(part, [...names, ...found], texts);
      lines.push(
        `var f${k} = ${start};`,
        `for (var r = row; r < end; r += ${rows}) {`,
        ...reading(part, []),
        ...code.lines,
        `f${k} = ${combine(`f${k}`, code.outputs[0] as string)};`,
        '}',
      );
      if (rows > 1) {
        declarations.push(`var<workgroup> shared${k}: array<${type}, ${GROUP}>;`);
        lines.push(
          `shared${k}[slot] = f${k};`,
          'workgroupBarrier();',
          `for (var half = ${rows / 2}; half > 0; half /= 2) {`,
          `if (row < half) { shared${k}[slot] = ${combine(`shared${k}[slot]`, `shared${k}[slot + half * ${layout.columns}]`)}; }`,
          'workgroupBarrier();',
          '}',
          `f${k} = shared${k}[column];`,
        );
      }
    }
    found.push(`f${k}`);
  });
  const code = body(program, [...names, ...found], kernel.params(program, params));
  const targets = outputs.map((_, k) => inputs.length + k);
  lines.push(
    `for (var r = row; r < end; r += ${rows}) {`,
    ...reading(program, targets),
    ...code.lines,
    ...outputs.map((x, k) => `${kernel.buffer(x)}[q${targets[k]}] = ${code.outputs[k]};`),
    '}',
  );
  kernel.runGroups(runtime, 'fold', Math.ceil(plan.results / layout.columns), GROUP, {
    declarations,
    lines,
  });
  return true;
}
