// Programs as numbers for the addon: operands in one list, six numbers per step.
import type { DType, Program } from '@dl/core/functional';
import { type Addon, command } from './native.js';

type Step = Program['steps'][number];
type Source = Step['args'][number];

/** Codes of the dtypes that have native loops; `Type` in native/job.h. */
export const types: { readonly [D in DType]: number } = {
  float32: 0,
  float64: 1,
  int32: 2,
  uint8: 3,
  bool: 4,
  int64: -1,
  float16: -1,
  bfloat16: -1,
};

/** Codes of the primitives; `Op` in native/loops.h. -1: not supported there. */
export const ops: { readonly [P in Step['op']]: number } = {
  neg: 0,
  abs: 1,
  floor: 2,
  ceil: 3,
  trunc: 4,
  round: 5,
  sqrt: 6,
  exp: 7,
  expm1: 8,
  log: 9,
  log1p: 10,
  sin: 11,
  cos: 12,
  tanh: 13,
  erf: 14,
  not: 15,
  cast: 16,
  add: 17,
  sub: 18,
  mul: 19,
  div: 20,
  rem: 21,
  pow: 22,
  atan2: 23,
  min: 24,
  max: 25,
  eq: 26,
  lt: 27,
  le: 28,
  and: 29,
  or: 30,
  xor: 31,
  shl: 32,
  shr: 33,
  select: 34,
  fma: 35,
  erfc: 36,
  ndtr: 37,
  lgamma: -1,
  polygamma: -1,
};

// Rough costs in plain loops, in additions; primitives that are not listed cost 1.
const costs: { readonly [op: string]: number } = {
  exp: 8,
  expm1: 10,
  log: 8,
  log1p: 10,
  sin: 10,
  cos: 10,
  tanh: 12,
  erf: 20,
  erfc: 20,
  ndtr: 30,
  pow: 20,
  rem: 8,
  atan2: 20,
  round: 4,
  fma: 6,
};

/** A program that the addon has compiled. */
export interface Prepared {
  readonly id: number;
  /** Cost of an element in core's own backend, in additions; decides whether to call the addon. */
  readonly cost: number;
}

/** The addon's number for a program, or null if it has a step or dtype without a native loop. */
export function prepare(addon: Addon, program: Program): Prepared | null {
  const known = program.compiled.get('cpu-native') as Prepared | null | undefined;
  if (known !== undefined) return known;
  const prepared = encode(addon, program);
  program.compiled.set('cpu-native', prepared);
  return prepared;
}

function encode(addon: Addon, program: Program): Prepared | null {
  const { inputs, params, steps, outputs } = program;
  const constants: number[] = [];
  const constantTypes: number[] = [];
  const all = [...steps.flatMap((s) => s.args), ...outputs];
  const dtypes = [...inputs, ...params, ...all.map((s) => s.dtype), ...steps.map((s) => s.dtype)];
  if (dtypes.some((t) => types[t] < 0) || steps.some((s) => ops[s.op] < 0)) return null;
  const places = new Map<string, number>();
  const first = inputs.length + params.length;
  for (const s of all) {
    if (s.from !== 'const') continue;
    const key = keyOf(s);
    if (places.has(key)) continue;
    places.set(key, first + constants.length);
    constants.push(s.value);
    constantTypes.push(types[s.dtype]);
  }
  const leaves = first + constants.length;
  const place = (s: Source | undefined): number => {
    if (s === undefined) return 0;
    if (s.from === 'const') return places.get(keyOf(s)) as number;
    return s.index + { input: 0, param: inputs.length, step: leaves }[s.from];
  };
  const code = [
    inputs.length,
    params.length,
    constants.length,
    steps.length,
    outputs.length,
    ...inputs.map((t) => types[t]),
    ...params.map((t) => types[t]),
    ...constantTypes,
  ];
  let cost = 1;
  for (const s of steps) {
    // The dtype of the last argument: the first one of a select is its condition.
    const like = s.args[s.args.length - 1];
    // For arguments that a primitive lacks, its first is repeated, which is available at any step.
    const at = place(s.args[0]);
    const [b, c] = [s.args[1], s.args[2]];
    code.push(
      ops[s.op],
      types[s.dtype],
      types[like.dtype],
      at,
      b ? place(b) : at,
      c ? place(c) : at,
    );
    cost += costs[s.op] ?? 1;
  }
  code.push(...outputs.map(place));
  if (!addon.prepare(Int32Array.from(code), Float64Array.from(constants))) return null;
  return { id: command[0], cost };
}

function keyOf(s: Source & { readonly from: 'const' }): string {
  return `${Object.is(s.value, -0) ? '-0' : s.value}:${s.dtype}`;
}
