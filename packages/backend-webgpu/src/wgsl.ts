// The scalar language in WGSL: an expression for every primitive, and programs as straight-line code.
import { type DType, DTypeError, type Program } from '@dl/core/functional';

type Step = Program['steps'][number];
type Op = Step['op'];
type Source = Step['args'][number];

/** How an element is stored: all dtypes take four bytes on the device. */
export type Held = 'f32' | 'i32' | 'u32';

/** The dtypes that the device supports; errors for others name the fix. */
const held: { readonly [D in DType]: Held | null } = {
  float32: 'f32',
  int32: 'i32',
  uint8: 'u32',
  bool: 'u32',
  float64: null,
  int64: null,
  float16: null,
  bfloat16: null,
};

const fixes: { readonly [D in DType]?: string } = {
  float64: "WebGPU does not support 64-bit floats; use x.to('float32')",
  int64: "WebGPU does not support 64-bit integers; use x.to('int32')",
};

/** The WGSL type that stores a dtype; throws a DTypeError for one that WebGPU does not support. */
export function heldAs(dtype: DType): Held {
  const type = held[dtype];
  if (type === null) {
    throw new DTypeError(
      `webgpu: ${dtype} is not supported; ${fixes[dtype] ?? "use x.to('float32')"}`,
    );
  }
  return type;
}

/**
 * The types in a program's text: a kernel defines whether they are one element or four adjacent ones. `F` is float, `I`
 * int, `U` unsigned.
 */
const lanes: { readonly [H in Held]: string } = { f32: 'F', i32: 'I', u32: 'U' };

/** The type of a dtype's values in a program. */
export const laneOf = (dtype: DType): string => lanes[heldAs(dtype)];

type Emit = (args: readonly string[], dtype: DType, argType: DType) => string;
const call =
  (name: string): Emit =>
  (args) =>
    `${name}(${args.join(', ')})`;
const infix =
  (symbol: string): Emit =>
  ([a, b]) =>
    `(${a} ${symbol} ${b})`;
const truth = (condition: string): string => `select(U(0), U(1), ${condition})`;

/**
 * The text of a value that arithmetic may have made too large for its dtype: uint8 is held in 32 bits, of which only
 * the lowest eight belong to the value. Elements of tensors, and all that programs read, are below 256.
 */
export const fitted = (text: string, dtype: DType): string =>
  dtype === 'uint8' ? `(${text} & U(255))` : text;

const wrapped =
  (emit: Emit): Emit =>
  (args, dtype, argType) =>
    fitted(emit(args, dtype, argType), dtype);
const byType =
  (float: Emit, int: Emit): Emit =>
  (args, dtype, argType) =>
    argType === 'float32' ? float(args, dtype, argType) : int(args, dtype, argType);

/** Integer division, which returns 0 for division by 0. */
const nonzero =
  (symbol: string): Emit =>
  ([a, b], dtype) => {
    const type = laneOf(dtype);
    const none = `${b} == ${type}(0)`;
    return `select(${a} ${symbol} select(${b}, ${type}(1), ${none}), ${type}(0), ${none})`;
  };

function castText(x: string, from: DType, to: DType): string {
  if (from === to) return x;
  if (to === 'bool') {
    // NaN is true, but comparisons with it are false.
    return truth(
      from === 'float32' ? `(bitcast<U>(${x}) << U(1)) != U(0)` : `${x} != ${laneOf(from)}(0)`,
    );
  }
  const whole = from === 'float32' && to !== 'float32' ? `to_int(${x})` : x;
  return fitted(`${laneOf(to)}(${whole})`, to);
}

const ops: { readonly [P in Op]: Emit } = {
  neg: wrapped(([x], dtype) => (dtype === 'uint8' ? `(U(0) - ${x})` : `(-${x})`)),
  abs: call('abs'),
  floor: call('floor'),
  ceil: call('ceil'),
  trunc: call('trunc'),
  round: call('round'),
  sqrt: call('sqrt'),
  exp: call('exp_'),
  expm1: call('expm1_'),
  log: call('log_'),
  log1p: call('log1p_'),
  sin: call('sin_'),
  cos: call('cos_'),
  tanh: call('tanh_'),
  erf: call('erf_'),
  erfc: call('erfc_'),
  ndtr: call('ndtr_'),
  lgamma: call('lgamma_'),
  polygamma: call('polygamma_'),
  not: wrapped(([x], dtype) => (dtype === 'bool' ? `(U(1) - ${x})` : `(~${x})`)),
  cast: ([x], dtype, argType) => castText(x, argType, dtype),
  add: wrapped(infix('+')),
  sub: wrapped(infix('-')),
  mul: wrapped(infix('*')),
  div: byType(infix('/'), nonzero('/')),
  rem: byType(call('rem_'), nonzero('%')),
  pow: wrapped(
    byType(call('pow_'), ([a, b], dtype) =>
      dtype === 'uint8' ? `u32(pow_int(i32(${a}), i32(${b})))` : `pow_int(${a}, ${b})`,
    ),
  ),
  atan2: call('atan2_'),
  min: byType(call('min_'), call('min')),
  max: byType(call('max_'), call('max')),
  eq: ([a, b]) => truth(`${a} == ${b}`),
  lt: ([a, b]) => truth(`${a} < ${b}`),
  le: ([a, b]) => truth(`${a} <= ${b}`),
  and: infix('&'),
  or: infix('|'),
  xor: infix('^'),
  shl: wrapped(([a, b]) => `(${a} << (U(${b}) & U(31)))`),
  shr: ([a, b]) => `(${a} >> (U(${b}) & U(31)))`,
  select: ([c, a, b]) => `select(${b}, ${a}, ${c} != U(0))`,
  fma: call('fma'),
};

/** A number as WGSL text of a dtype. */
export function literal(value: number, dtype: DType): string {
  return `${laneOf(dtype)}(${plain(value, dtype)})`;
}

function plain(value: number, dtype: DType): string {
  const type = heldAs(dtype);
  if (dtype === 'bool') return value === 0 ? '0' : '1';
  if (type === 'u32') return `${value & 255}`;
  if (type === 'i32') return `${Math.trunc(value) | 0}`;
  if (Number.isNaN(value)) return 'bitcast<f32>(nan_bits)';
  if (!Number.isFinite(Math.fround(value))) {
    return `${value > 0 ? '' : '-'}bitcast<f32>(inf_bits)`;
  }
  if (Object.is(value, -0)) return '-0.0f';
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
}

/** Primitives that process four adjacent elements only one by one. */
const single: ReadonlySet<Op> = new Set<Op>([
  'sin',
  'cos',
  'lgamma',
  'polygamma',
  'rem',
  'pow',
  'atan2',
]);

/** Whether a program can process four adjacent elements at once. */
export const runsInFours = (program: Program): boolean =>
  !program.steps.some((s) => single.has(s.op));

/**
 * The lines that run a program. `inputs` and `params` are expressions for what it reads; the result contains
 * expressions for its outputs.
 */
export function body(
  program: Program,
  inputs: readonly string[],
  params: readonly string[],
): { lines: string[]; outputs: string[] } {
  const text = (s: Source): string => {
    if (s.from === 'const') return literal(s.value, s.dtype);
    if (s.from === 'input') return inputs[s.index];
    if (s.from === 'param') return params[s.index];
    return `s${s.index}`;
  };
  const lines = program.steps.map((step, i) => {
    const argType = step.args[0].dtype;
    const from = step.op === 'select' ? step.args[1].dtype : argType;
    return `let s${i} = ${ops[step.op](step.args.map(text), step.dtype, from)};`;
  });
  return { lines, outputs: program.outputs.map(text) };
}

/** The inputs that a program actually reads. */
export function inputsRead(program: Program): ReadonlySet<number> {
  const all = [...program.steps.flatMap((s) => s.args), ...program.outputs];
  return new Set(all.flatMap((s) => (s.from === 'input' ? [s.index] : [])));
}
