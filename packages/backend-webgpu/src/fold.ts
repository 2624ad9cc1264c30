// Folds (softmax, normalization): reductions of lines and the map that reads them, in one kernel.
import {
  broadcastStrides,
  type FoldStage,
  numelOf,
  type Program,
  type Reducer,
  type View,
} from '@dl/core/functional';
import { combination, turns } from './combine.js';
import { ENOUGH, GROUP, Kernel } from './kernel.js';
import {
  along,
  bySubgroups,
  type Layout,
  layoutFor,
  MOST,
  opening,
  type Plan,
  planOf,
  together,
} from './layout.js';
import type { Runtime } from './runtime.js';
import { body, inputsRead, laneOf } from './wgsl.js';

/** What the parts of the kernel share. */
interface Parts {
  readonly kernel: Kernel;
  readonly runtime: Runtime;
  readonly plan: Plan;
  readonly layout: Layout;
  /** Invocations that share a line. */
  readonly rows: number;
  readonly inputs: readonly View[];
  /** The inputs' values at an element. */
  readonly values: readonly string[];
  readonly params: readonly number[];
}

/** Lines that run `inner` at each reduced element, with what a program reads of the inputs there. */
function eachElement(
  { kernel, plan, rows, inputs }: Parts,
  program: Program,
  outputs: readonly number[],
  inner: readonly string[],
): string[] {
  const used = [...inputsRead(program)].filter((k) => k < inputs.length);
  const reads = used.map((k) => `let x${k} = ${kernel.value(inputs[k], plan.wide[k], `q${k}`)};`);
  return along(kernel, plan, rows, [...used, ...outputs], 'row', [...reads, ...inner]);
}

/** What a stage adds to the kernel. */
interface StageText {
  readonly declarations: readonly string[];
  readonly lines: readonly string[];
}

/** A stage that computes `f${k}` with what earlier ones have found. */
function computeStage(
  { kernel, params }: Parts,
  program: Program,
  k: number,
  found: readonly string[],
): StageText {
  const code = body(program, found, kernel.params(program, params));
  const start = `var f${k} = ${laneOf(program.outputs[0].dtype)}(0);`;
  const lines = [start, '{', ...code.lines, `f${k} = ${code.outputs[0]};`, '}'];
  return { declarations: [], lines };
}

/** A stage that reduces the line to `f${k}`. */
function reduceStage(
  parts: Parts,
  program: Program,
  reducer: Reducer,
  k: number,
  found: readonly string[],
): StageText {
  const { kernel, plan, values, params } = parts;
  const { start, combine } = combination(reducer, program.outputs[0].dtype);
  const code = body(program, [...values, ...found], kernel.params(program, params));
  const next = `f${k} = ${combine(`f${k}`, code.outputs[0])};`;
  const shared = combineRows(parts, program, reducer, k);
  const lines = [
    `var f${k} = ${start};`,
    ...eachElement(parts, program, [], [...code.lines, next]),
    ...shared.lines,
  ];
  if (plan.fours === 'gone') {
    for (const turn of turns) lines.push(`f${k} = ${combine(`f${k}`, `f${k}.${turn}`)};`);
  }
  return { declarations: shared.declarations, lines };
}

/** Brings together in all invocations of a column what they have found in `f${k}`. */
function combineRows(
  { runtime, layout, rows }: Parts,
  program: Program,
  reducer: Reducer,
  k: number,
): StageText {
  if (rows === 1) return { declarations: [], lines: [] };
  const { dtype } = program.outputs[0];
  const { combine } = combination(reducer, dtype);
  const [name, memory] = [`f${k}`, `shared${k}`];
  const take = (from: string): string[] => [`${name} = ${combine(name, memory + from)};`];
  const keep = [`${memory}[slot] = ${name};`];
  const everywhere = bySubgroups(runtime, layout, reducer);
  return {
    declarations: [`var<workgroup> ${memory}: array<${laneOf(dtype)}, ${GROUP}>;`],
    lines: [
      ...together(runtime, layout, { name, memory, reducer, dtype, take, keep }),
      ...(everywhere ? [] : [`${name} = ${memory}[column];`]),
    ],
  };
}

/** The map at the end: writes the outputs at each element. */
function writeOutputs(
  parts: Parts,
  program: Program,
  found: readonly string[],
  outputs: readonly View[],
): string[] {
  const { kernel, inputs, values, params } = parts;
  const code = body(program, [...values, ...found], kernel.params(program, params));
  const targets = outputs.map((_, k) => inputs.length + k);
  const writes = outputs.map(
    (x, k) => `${kernel.lanes(x, true)}[q${targets[k]}] = ${code.outputs[k]};`,
  );
  return eachElement(parts, program, targets, [...code.lines, ...writes]);
}

/** Few long lines are shared out better by one reduction after the other. */
const tooLong = ({ shares }: Runtime, { n, results }: Plan): boolean =>
  shares ? n > 16384 && results < ENOUGH : n > 4 * MOST;

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
  const written = outputs.map((view) => ({ view, strides: broadcastStrides(view, shape.length) }));
  const programs = [program, ...stages.map((s) => s.program)];
  const plan = planOf(shape, axes, inputs, written, programs);
  if (tooLong(runtime, plan)) return false;
  const layout = layoutFor(runtime, plan, inputs.length);
  const rows = layout.threads / layout.columns;
  const kernel = new Kernel(plan.fours === null ? 1 : 4);
  const values = inputs.map((_, k) => `x${k}`);
  const parts = { kernel, runtime, plan, layout, rows, inputs, values, params };
  const lines = [
    ...opening(kernel, plan, layout, 'group'),
    `let end = select(0, ${kernel.number(plan.n)}, real);`,
  ];
  const declarations: string[] = [];
  const found: string[] = [];
  stages.forEach(({ program: part, reducer }, k) => {
    const stage =
      reducer === null
        ? computeStage(parts, part, k, found)
        : reduceStage(parts, part, reducer, k, found);
    declarations.push(...stage.declarations);
    lines.push(...stage.lines);
    found.push(`f${k}`);
  });
  lines.push(...writeOutputs(parts, program, found, outputs));
  const blocks = Math.ceil(plan.results / layout.columns);
  kernel.runGroups(runtime, 'fold', blocks, layout.threads, { declarations, lines });
  return true;
}
