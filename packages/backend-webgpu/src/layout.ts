// How a reduction or a fold is laid out: what an element is, and how invocations share the results and what is reduced.
import {
  broadcastStrides,
  type DType,
  type Loops,
  numelOf,
  type Program,
  type View,
} from '@dl/core/functional';
import type { AnyReducer } from './combine.js';
import { GROUP, type Kernel, walk } from './kernel.js';
import type { Runtime } from './runtime.js';
import { inFours, loopsOf } from './views.js';
import { fitted, runsInFours } from './wgsl.js';

/** Elements that one invocation of a software adapter adds up at most, for the sake of precision. */
export const MOST = 1024;

/** What a kernel walks: the loops over what stays and over what is reduced, of inputs and then outputs. */
export interface Plan {
  readonly kept: Loops;
  readonly gone: Loops;
  readonly n: number;
  readonly results: number;
  /** Where an element is four neighbors: in what stays, or in what is reduced. */
  readonly fours: 'kept' | 'gone' | null;
  readonly wide: readonly boolean[];
  readonly offsets: readonly number[];
}

export function planOf(
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
 * elements; `along` says whether neighbors are neighbors in the reduced elements.
 */
export interface Layout {
  readonly threads: number;
  readonly columns: number;
  readonly along: boolean;
}

/** Invocations of a workgroup on a software adapter, where each has results of its own. */
const ALONE = 16;

/** Which neighbors invocations are, from where memory is denser and how much there is to share. */
export function layoutFor(
  runtime: Runtime,
  { kept, gone, n, results }: Plan,
  inputs: number,
): Layout {
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
export function opening(
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
export function along(
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

/** Whether a workgroup's sum is put together from its subgroups', each of which has neighboring invocations. */
export const bySubgroups = (runtime: Runtime, { columns }: Layout, reducer: AnyReducer): boolean =>
  runtime.subgroups && columns === 1 && reducer === 'sum';

/** What the invocations of a column bring together. */
interface Shared {
  /** The variable that has an invocation's value, and workgroup memory for the values. */
  readonly name: string;
  readonly memory: string;
  readonly reducer: AnyReducer;
  readonly dtype: DType;
  /** Lines that take the value at an index of the memory into the variable, and that keep the variable there. */
  readonly take: (index: string) => readonly string[];
  readonly keep: readonly string[];
}

/**
 * Lines by which the invocations of a column bring their values together, so that the first row (with subgroups: every
 * invocation) has the result.
 */
export function together(
  runtime: Runtime,
  layout: Layout,
  { name, memory, reducer, dtype, take, keep }: Shared,
): string[] {
  const { threads, columns } = layout;
  if (bySubgroups(runtime, layout, reducer)) {
    const sum = fitted(name, dtype);
    return [
      `${name} = subgroupAdd(${name});`,
      `if (t % lanes == 0) { ${memory}[t / lanes] = ${name}; }`,
      'workgroupBarrier();',
      `${name} = ${memory}[0];`,
      `for (var k = 1; k < ${threads} / lanes; k++) { ${name} += ${memory}[k]; }`,
      ...(sum === name ? [] : [`${name} = ${sum};`]),
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
