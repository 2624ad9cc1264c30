// The scalar primitives in CUDA C++: types, literals, one expression for each primitive and dtype.
import type { DType, Program } from '@dl/core/functional';

export type Step = Program['steps'][number];
export type Source = Step['args'][number];
export type ScalarOp = Step['op'];

/** The type that holds a value of a dtype: halves are their 16 bits, which only casts look into. */
export const types: { readonly [D in DType]: string } = {
  float32: 'float',
  float64: 'double',
  float16: 'unsigned short',
  bfloat16: 'unsigned short',
  int64: 'long long',
  int32: 'int',
  uint8: 'unsigned char',
  bool: 'bool',
};

/** The type of a dtype's elements in memory. */
export const storage: { readonly [D in DType]: string } = /*#__PURE__*/ (() => ({
  ...types,
  bool: 'unsigned char',
}))();

const scratch = new DataView(new ArrayBuffer(8));

/** A constant of a dtype. */
export function literal(value: number, dtype: DType): string {
  switch (dtype) {
    case 'float32': {
      const x = Math.fround(value);
      if (Number.isFinite(x)) return point(x, 'f');
      return `dl_bits_float(0x${Number.isNaN(x) ? '7fc00000' : x > 0 ? '7f800000' : 'ff800000'}u)`;
    }
    case 'float64':
      if (Number.isFinite(value)) return point(value, '');
      return `dl_bits_double(0x${Number.isNaN(value) ? '7ff8' : value > 0 ? '7ff0' : 'fff0'}000000000000ull)`;
    case 'bool':
      return value === 0 ? 'false' : 'true';
    case 'int64': {
      const whole = BigInt.asIntN(64, BigInt(Number.isFinite(value) ? Math.trunc(value) : 0));
      if (whole === -(2n ** 63n)) return '(-9223372036854775807ll - 1)';
      return whole < 0n ? `(${whole}ll)` : `${whole}ll`;
    }
    case 'int32': {
      const whole = value | 0;
      if (whole === -2147483648) return '(-2147483647 - 1)';
      return whole < 0 ? `(${whole})` : String(whole);
    }
    case 'uint8':
      return `(unsigned char)${value & 255}`;
    case 'float16':
    case 'bfloat16':
      scratch.setFloat64(0, value);
      return `dl_${dtype}_of_double(dl_bits_double(0x${scratch.getBigUint64(0).toString(16)}ull))`;
  }
}

/** A finite number as a double's literal, negative ones and -0 in parentheses. */
function point(x: number, suffix: string): string {
  const text = Object.is(x, -0) ? '-0' : String(x);
  const dotted = `${/[.e]/.test(text) ? text : `${text}.0`}${suffix}`;
  return x < 0 || Object.is(x, -0) ? `(${dotted})` : dotted;
}

const float = (dtype: DType): boolean => dtype === 'float32' || dtype === 'float64';
/** Arithmetic that wraps, where C++ leaves an overflow undefined. */
const unsigned: { readonly [D in DType]?: string } = {
  int32: 'unsigned',
  int64: 'unsigned long long',
  uint8: 'unsigned',
};

type Rule = (args: readonly string[], dtype: DType, from: DType) => string;

/** `name` or `namef`, as float64 or float32 has it. */
const math =
  (name: string): Rule =>
  (args, dtype) =>
    `${name}${dtype === 'float32' ? 'f' : ''}(${args.join(', ')})`;

const own =
  (name: string): Rule =>
  (args) =>
    `dl_${name}(${args.join(', ')})`;

const wrapping =
  (operator: string): Rule =>
  ([a, b], dtype) => {
    if (float(dtype)) return `(${a} ${operator} ${b})`;
    const u = unsigned[dtype];
    return `(${types[dtype]})((${u})${a} ${operator} (${u})${b})`;
  };

const infix =
  (operator: string): Rule =>
  ([a, b]) =>
    `(${a} ${operator} ${b})`;

const bitwise =
  (operator: string): Rule =>
  ([a, b], dtype) =>
    `(${types[dtype]})(${a} ${operator} ${b})`;

/** One expression for each primitive; the type makes a missing one an error of compilation. */
const rules: { readonly [P in Exclude<ScalarOp, 'cast'>]: Rule } = {
  neg: ([a], dtype) =>
    float(dtype) ? `(-${a})` : `(${types[dtype]})(0u - (${unsigned[dtype]})${a})`,
  abs: ([a], dtype) =>
    dtype === 'uint8' ? a : float(dtype) ? math('fabs')([a], dtype, dtype) : `dl_abs(${a})`,
  floor: math('floor'),
  ceil: math('ceil'),
  trunc: math('trunc'),
  // To the nearest, halves to the even one.
  round: math('rint'),
  sqrt: math('sqrt'),
  exp: math('exp'),
  expm1: math('expm1'),
  log: math('log'),
  log1p: math('log1p'),
  sin: math('sin'),
  cos: math('cos'),
  tanh: math('tanh'),
  erf: math('erf'),
  erfc: math('erfc'),
  ndtr: own('ndtr'),
  // In double precision: near its zeros the single one has few digits.
  lgamma: ([a], dtype) => `(${types[dtype]})lgamma((double)${a})`,
  polygamma: ([n, x], dtype) => `(${types[dtype]})dl_polygamma((double)${n}, (double)${x})`,
  not: ([a], dtype) => (dtype === 'bool' ? `(!${a})` : `(${types[dtype]})(~${a})`),
  add: wrapping('+'),
  sub: wrapping('-'),
  mul: wrapping('*'),
  div: (args, dtype, from) =>
    float(dtype) ? infix('/')(args, dtype, from) : own('div')(args, dtype, from),
  rem: (args, dtype, from) =>
    float(dtype) ? math('fmod')(args, dtype, from) : own('rem')(args, dtype, from),
  pow: (args, dtype, from) =>
    float(dtype) ? math('pow')(args, dtype, from) : own('pow')(args, dtype, from),
  atan2: math('atan2'),
  min: own('min'),
  max: own('max'),
  eq: infix('=='),
  lt: infix('<'),
  le: infix('<='),
  and: bitwise('&'),
  or: bitwise('|'),
  xor: bitwise('^'),
  shl: own('shl'),
  shr: own('shr'),
  select: ([c, a, b]) => `(${c} ? ${a} : ${b})`,
  fma: math('fma'),
};

const half = (dtype: DType): boolean => dtype === 'float16' || dtype === 'bfloat16';

/** A value of one dtype as another: what core's own arrays do on storing. */
export function castExpression(x: string, from: DType, to: DType): string {
  if (from === to) return x;
  if (half(from)) return castExpression(`dl_float_of_${from}(${x})`, 'float32', to);
  if (half(to)) {
    if (from === 'float32' || from === 'float64') return `dl_${to}_of_${types[from]}(${x})`;
    return `dl_${to}_of_double((double)${x})`;
  }
  if (to === 'bool') return `(${x} != ${literal(0, from)})`;
  if (float(from) && !float(to)) {
    return to === 'int64' ? `dl_whole(${x})` : `(${types[to]})dl_whole(${x})`;
  }
  if (from === 'int64' && to === 'float32') return `(float)(double)${x}`;
  return `(${types[to]})${x}`;
}

/** One step of a program as an expression over its arguments. */
export function expression(step: Step, args: readonly string[]): string {
  const last = step.args[step.args.length - 1];
  if (step.op === 'cast') return castExpression(args[0], last.dtype, step.dtype);
  // Comparisons look at what they compare, all else at what comes out.
  return rules[step.op](args, step.dtype, last.dtype);
}

/** The value of an element in memory, whose text is given. */
export const elementOf = (dtype: DType, text: string): string =>
  dtype === 'bool' ? `(${text} != 0)` : text;

/**
 * The statements of a program: `inputs` and `params` are expressions of the right types; the result
 * has the statements, and one expression for each output.
 */
export function body(
  program: Program,
  inputs: readonly string[],
  params: readonly string[],
  indent: string,
): { readonly lines: readonly string[]; readonly outputs: readonly string[] } {
  const place = (s: Source): string => {
    if (s.from === 'const') return literal(s.value, s.dtype);
    if (s.from === 'input') return inputs[s.index];
    if (s.from === 'param') return params[s.index];
    return `t${s.index}`;
  };
  const lines = program.steps.map((step, i) => {
    const text = expression(step, step.args.map(place));
    return `${indent}const ${types[step.dtype]} t${i} = ${text};`;
  });
  return { lines, outputs: program.outputs.map(place) };
}

/** The inputs that a program reads; it may have others. */
export function inputsRead(program: Program): ReadonlySet<number> {
  const all = [...program.steps.flatMap((s) => s.args), ...program.outputs];
  return new Set(all.filter((s) => s.from === 'input').map((s) => (s as { index: number }).index));
}
