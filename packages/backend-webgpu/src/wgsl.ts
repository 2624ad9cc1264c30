// The scalar language in WGSL: a text for every primitive, and programs as straight lines of code.
import { DeviceError, type DType, DTypeError, type Epilogue } from '@dl/core';

export type Program = Epilogue['program'];
type Step = Program['steps'][number];
type Op = Step['op'];
type Source = Step['args'][number];

/** How an element is held: all dtypes take four bytes on the device. */
export type Held = 'f32' | 'i32' | 'u32';

/** The dtypes that the device has; the others are refused with the mend. */
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

const mends: { readonly [D in DType]?: string } = {
  float64: "WebGPU has no 64-bit floats; use x.to('float32')",
  int64: "WebGPU has no 64-bit integers; use x.to('int32')",
};

/** The type that holds a dtype; a DTypeError for one that WebGPU does not have. */
export function heldAs(dtype: DType): Held {
  const type = held[dtype];
  if (type === null) {
    throw new DTypeError(
      `webgpu: ${dtype} is not available there; ${mends[dtype] ?? "use x.to('float32')"}`,
    );
  }
  return type;
}

type Emit = (args: readonly string[], dtype: DType, argType: DType) => string;
const call =
  (name: string): Emit =>
  (args) =>
    `${name}(${args.join(', ')})`;
const infix =
  (symbol: string): Emit =>
  ([a, b]) =>
    `(${a} ${symbol} ${b})`;
const truth = (condition: string): string => `select(0u, 1u, ${condition})`;
const missing =
  (op: string): Emit =>
  () => {
    throw new DeviceError(
      `webgpu: the primitive '${op}' has no kernel there; compute it on the CPU: await x.cpu()`,
    );
  };
/** Unsigned bytes wrap as they do in an array of them. */
const wrapped =
  (emit: Emit): Emit =>
  (args, dtype, argType) =>
    dtype === 'uint8' ? `(${emit(args, dtype, argType)} & 255u)` : emit(args, dtype, argType);
const byType =
  (float: Emit, int: Emit): Emit =>
  (args, dtype, argType) =>
    argType === 'float32' ? float(args, dtype, argType) : int(args, dtype, argType);

function castText(x: string, from: DType, to: DType): string {
  if (from === to) return x;
  if (to === 'bool') return truth(`${x} != ${heldAs(from)}(0)`);
  const target = heldAs(to);
  if (to === 'uint8')
    return from === 'float32' ? `(u32(to_int(${x})) & 255u)` : `(u32(${x}) & 255u)`;
  if (target === 'i32' && from === 'float32') return `to_int(${x})`;
  return `${target}(${x})`;
}

const ops: { readonly [P in Op]: Emit } = {
  neg: wrapped(([x], dtype) => (dtype === 'uint8' ? `(0u - ${x})` : `(-${x})`)),
  abs: call('abs'),
  floor: call('floor'),
  ceil: call('ceil'),
  trunc: call('trunc'),
  round: call('round'),
  sqrt: call('sqrt'),
  exp: call('exp'),
  expm1: call('expm1_'),
  log: call('log'),
  log1p: call('log1p_'),
  sin: call('sin'),
  cos: call('cos'),
  tanh: call('tanh_'),
  erf: call('erf_'),
  lgamma: missing('lgamma'),
  polygamma: missing('polygamma'),
  not: wrapped(([x], dtype) => (dtype === 'bool' ? `(1u - ${x})` : `(~${x})`)),
  cast: ([x], dtype, argType) => castText(x as string, argType, dtype),
  add: wrapped(infix('+')),
  sub: wrapped(infix('-')),
  mul: wrapped(infix('*')),
  div: byType(infix('/'), ([a, b], dtype) => {
    const zero = `${heldAs(dtype)}(0)`;
    return `select(${zero}, ${a} / select(${b}, ${heldAs(dtype)}(1), ${b} == ${zero}), ${b} != ${zero})`;
  }),
  rem: byType(call('rem_'), ([a, b], dtype) => {
    const zero = `${heldAs(dtype)}(0)`;
    return `select(${zero}, ${a} % select(${b}, ${heldAs(dtype)}(1), ${b} == ${zero}), ${b} != ${zero})`;
  }),
  pow: wrapped(
    byType(call('pow_'), ([a, b], dtype) =>
      dtype === 'uint8' ? `u32(pow_int(i32(${a}), i32(${b})))` : `pow_int(${a}, ${b})`,
    ),
  ),
  atan2: call('atan2'),
  min: byType(call('min_'), call('min')),
  max: byType(call('max_'), call('max')),
  eq: ([a, b]) => truth(`${a} == ${b}`),
  lt: ([a, b]) => truth(`${a} < ${b}`),
  le: ([a, b]) => truth(`${a} <= ${b}`),
  and: infix('&'),
  or: infix('|'),
  xor: infix('^'),
  shl: wrapped(([a, b]) => `(${a} << (u32(${b}) & 31u))`),
  shr: ([a, b]) => `(${a} >> (u32(${b}) & 31u))`,
  select: ([c, a, b]) => `select(${b}, ${a}, ${c} != 0u)`,
  fma: call('fma'),
};

/** What the primitives call. Inputs are read at run time, so that nothing is folded away. */
export const prelude = `
var<private> inf_bits: u32 = 0x7f800000u;
var<private> nan_bits: u32 = 0x7fc00000u;
fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
fn to_int(x: f32) -> i32 {
  if (is_nan(x) || abs(x) >= 2147483648.0) { return select(0, i32(-2147483648), x == -2147483648.0); }
  return i32(x);
}
fn expm1_(x: f32) -> f32 {
  if (abs(x) < 0.3) {
    return x * (1.0 + x * (0.5 + x * (0.16666667 + x * (0.041666668 + x * (0.0083333338 + x * (0.0013888889 + x * 0.0001984127))))));
  }
  return exp(x) - 1.0;
}
fn log1p_(x: f32) -> f32 {
  let u = 1.0 + x;
  if (u == 1.0) { return x; }
  if (bitcast<u32>(u) == inf_bits) { return u; }
  return log(u) * (x / (u - 1.0));
}
fn tanh_(x: f32) -> f32 {
  let z = x * x;
  if (abs(x) < 0.625) {
    let p = ((((-5.70498872745e-3 * z + 2.06390887954e-2) * z - 5.37397155531e-2) * z + 1.33314422036e-1) * z - 3.33332819422e-1);
    return p * z * x + x;
  }
  let e = exp(2.0 * min(abs(x), 10.0));
  return select(sign(x) * (1.0 - 2.0 / (e + 1.0)), x, is_nan(x));
}
fn erf_(x: f32) -> f32 {
  let t = abs(x);
  let s = x * x;
  if (t > 4.0) { return select(sign(x), x, is_nan(x)); }
  if (t > 0.927734375) {
    var r = -1.72853470e-5 * t + 3.83197126e-4;
    let u = -3.88396438e-3 * t + 2.42546219e-2;
    r = r * s + u;
    r = r * t - 1.06777877e-1;
    r = r * t - 6.34846687e-1;
    r = r * t - 1.28717512e-1;
    r = r * t - t;
    return sign(x) * (1.0 - exp(r));
  }
  var q = -5.96761703e-4;
  q = q * s + 4.99119423e-3;
  q = q * s - 2.67681349e-2;
  q = q * s + 1.12819925e-1;
  q = q * s - 3.76125336e-1;
  q = q * s + 1.28379166e-1;
  return q * x + x;
}
fn rem_(a: f32, b: f32) -> f32 { return a - b * trunc(a / b); }
fn pow_(a: f32, b: f32) -> f32 {
  if (b == 0.0 || a == 1.0) { return 1.0; }
  if (b == 2.0) { return a * a; }
  if (b == 1.0) { return a; }
  if (a == 0.0) { return select(0.0, bitcast<f32>(inf_bits), b < 0.0); }
  let odd = abs(b) < 16777216.0 && (i32(abs(b)) & 1) == 1;
  if (a < 0.0) {
    if (trunc(b) != b) { return bitcast<f32>(nan_bits); }
    return select(1.0, -1.0, odd) * pow(-a, b);
  }
  return pow(a, b);
}
fn pow_int(a: i32, b: i32) -> i32 {
  if (b < 0) {
    if (a == 1) { return 1; }
    if (a == -1) { return select(-1, 1, (b & 1) == 0); }
    return 0;
  }
  var result = 1;
  var base = a;
  var e = b;
  loop {
    if (e == 0) { break; }
    if ((e & 1) == 1) { result *= base; }
    base *= base;
    e >>= 1u;
  }
  return result;
}
fn min_(a: f32, b: f32) -> f32 { return select(b, a, a < b || is_nan(a)); }
fn max_(a: f32, b: f32) -> f32 { return select(b, a, a > b || is_nan(a)); }
`;

/** A number as WGSL text of a dtype. */
export function literal(value: number, dtype: DType): string {
  const type = heldAs(dtype);
  if (type === 'u32') return `${value & 255}u`;
  if (type === 'i32')
    return value === -2147483648 ? 'i32(-2147483648)' : `${Math.trunc(value) | 0}i`;
  if (Number.isNaN(value)) return 'bitcast<f32>(nan_bits)';
  if (!Number.isFinite(Math.fround(value))) {
    return value > 0 ? 'bitcast<f32>(inf_bits)' : '(-bitcast<f32>(inf_bits))';
  }
  if (Object.is(value, -0)) return '(-0.0f)';
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
}

/**
 * The lines that run a program. `inputs` and `params` are the texts of what it reads; the result
 * gives the texts of its outputs.
 */
export function body(
  program: Program,
  inputs: readonly string[],
  params: readonly string[],
): { lines: string[]; outputs: string[] } {
  const text = (s: Source): string => {
    if (s.from === 'const') return literal(s.value, s.dtype);
    if (s.from === 'input') return inputs[s.index] as string;
    if (s.from === 'param') return params[s.index] as string;
    return `s${s.index}`;
  };
  const lines = program.steps.map((step, i) => {
    const argType = (step.args[0] as Source).dtype;
    const from = step.op === 'select' ? (step.args[1] as Source).dtype : argType;
    return `let s${i} = ${ops[step.op](step.args.map(text), step.dtype, from)};`;
  });
  return { lines, outputs: program.outputs.map(text) };
}
