// The scalar language in WGSL: a text for every primitive, and programs as straight lines of code.
import { type DType, DTypeError, type Epilogue } from '@dl/core';

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
  if (to === 'bool') {
    // NaN is true; comparisons with it are not.
    return truth(
      from === 'float32' ? `(bitcast<u32>(${x}) << 1u) != 0u` : `${x} != ${heldAs(from)}(0)`,
    );
  }
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
  exp: call('exp_'),
  expm1: call('expm1_'),
  log: call('log_'),
  log1p: call('log1p_'),
  sin: call('sin_'),
  cos: call('cos_'),
  tanh: call('tanh_'),
  erf: call('erf_'),
  lgamma: call('lgamma_'),
  polygamma: call('polygamma_'),
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
  atan2: call('atan2_'),
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
// exp(x) = 2^n exp(r), |r| <= ln 2 / 2; the polynomial is Cephes' (expf).
fn scale_(x: f32, n: i32) -> f32 {
  let half = n / 2;
  return x * bitcast<f32>(u32(half + 127) << 23u) * bitcast<f32>(u32(n - half + 127) << 23u);
}
fn exp_small(r: f32) -> f32 {
  var p = 1.9875691500e-4;
  p = fma(p, r, 1.3981999507e-3);
  p = fma(p, r, 8.3334519073e-3);
  p = fma(p, r, 4.1665795894e-2);
  p = fma(p, r, 1.6666665459e-1);
  p = fma(p, r, 5.0000001201e-1);
  return fma(p, r * r, r) + 1.0;
}
fn exp_(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  if (x > 88.7228394) { return bitcast<f32>(inf_bits); }
  if (x < -103.98) { return 0.0; }
  let n = round(x * 1.44269504);
  let r = fma(n, 2.12194440e-4, fma(n, -0.693359375, x));
  return scale_(exp_small(r), i32(n));
}
fn expm1_(x: f32) -> f32 {
  if (abs(x) < 0.35) {
    return x * (1.0 + x * (0.5 + x * (0.16666667 + x * (0.041666668 + x * (0.0083333338 + x * (0.0013888889 + x * 0.0001984127))))));
  }
  return exp_(x) - 1.0;
}
// log(m 2^e) with m between sqrt(1/2) and sqrt(2); the polynomial is Cephes' (logf).
struct Split { m: f32, e: f32 }
fn split_(x: f32) -> Split {
  var y = x;
  var e = 0;
  if (y < 1.17549435e-38) { y *= 8388608.0; e = -23; }
  let bits = bitcast<u32>(y);
  e += i32(bits >> 23u) - 126;
  var m = bitcast<f32>((bits & 0x007fffffu) | 0x3f000000u);
  if (m < 0.707106781) { m += m; e -= 1; }
  return Split(m, f32(e));
}
fn log_tail(z: f32) -> f32 {
  var p = 7.0376836292e-2;
  p = fma(p, z, -1.1514610310e-1);
  p = fma(p, z, 1.1676998740e-1);
  p = fma(p, z, -1.2420140846e-1);
  p = fma(p, z, 1.4249322787e-1);
  p = fma(p, z, -1.6668057665e-1);
  p = fma(p, z, 2.0000714765e-1);
  p = fma(p, z, -2.4999993993e-1);
  p = fma(p, z, 3.3333331174e-1);
  return p * z * z * z;
}
fn log_(x: f32) -> f32 {
  if (is_nan(x) || (bitcast<u32>(x) == inf_bits)) { return x; }
  if ((bitcast<u32>(x) << 1u) == 0u) { return -bitcast<f32>(inf_bits); }
  if (x < 0.0) { return bitcast<f32>(nan_bits); }
  let s = split_(x);
  let z = s.m - 1.0;
  let tail = fma(s.e, -2.12194440e-4, log_tail(z)) - 0.5 * z * z;
  return fma(s.e, 0.693359375, z + tail);
}
fn log1p_(x: f32) -> f32 {
  let u = 1.0 + x;
  if (u == 1.0) { return x; }
  if (bitcast<u32>(u) == inf_bits || !(u > 0.0)) { return log_(u); }
  return log_(u) * (x / (u - 1.0));
}
// sin and cos: x minus multiples of pi/2, by Cody and Waite's steps or, far out, by Payne and Hanek's.
struct Turn { r: f32, quadrant: i32 }
fn two_over_pi(i: u32) -> u32 {
  var words = array<u32, 7>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u);
  return words[i];
}
fn high_(a: u32, b: u32) -> u32 {
  let al = a & 0xffffu; let ah = a >> 16u; let bl = b & 0xffffu; let bh = b >> 16u;
  let middle = ah * bl + ((al * bl) >> 16u);
  let other = al * bh + (middle & 0xffffu);
  return ah * bh + (middle >> 16u) + (other >> 16u);
}
fn turn_(x: f32) -> Turn {
  let size = abs(x);
  if (size < 20000.0) {
    let n = round(x * 0.636619772);
    var r = fma(n, -1.5703125, x);
    r = fma(n, -4.837512969970703125e-4, r);
    r = fma(n, -7.54978995489188216e-8, r);
    return Turn(r, i32(n) & 3);
  }
  // The fraction of size 2/pi, from the three words of 2/pi that matter: size is m 2^(e - 23).
  let bits = bitcast<u32>(size);
  let m = (bits & 0x007fffffu) | 0x00800000u;
  let e = (bits >> 23u) - 127u - 23u + 30u;
  let word = e >> 5u;
  let shift = e & 31u;
  var w = array<u32, 3>();
  for (var k = 0u; k < 3u; k++) {
    let a = two_over_pi(word + k);
    w[k] = select((a << shift) | (two_over_pi(word + k + 1u) >> (32u - shift)), a, shift == 0u);
  }
  var low = high_(m, w[2]);
  let b = m * w[1] + low;
  var carry = select(0u, 1u, b < low);
  let a = m * w[0] + high_(m, w[1]) + carry;
  var q = a >> 30u;
  let fraction = ((a << 2u) | (b >> 30u));
  // To the nearest: between -1/2 and 1/2 of a quarter turn.
  let signed = bitcast<i32>(fraction);
  if (signed < 0) { q += 1u; }
  let r = (f32(signed) * 2.3283064365386963e-10 + f32(b << 2u) * 5.421010862427522e-20) * 1.57079633;
  let back = x < 0.0;
  return Turn(select(r, -r, back), i32(select(q, 0u - q, back)) & 3);
}
fn wave_(r: f32, quadrant: i32) -> f32 {
  let z = r * r;
  let s = fma(fma(fma(-1.9515295891e-4, z, 8.3321608736e-3), z, -1.6666654611e-1) * z, r, r);
  let c = fma(fma(fma(2.443315711809948e-5, z, -1.388731625493765e-3), z, 4.166664568298827e-2), z * z, fma(-0.5, z, 1.0));
  let y = select(s, c, (quadrant & 1) == 1);
  return select(y, -y, (quadrant & 2) == 2);
}
fn sin_(x: f32) -> f32 {
  if ((bitcast<u32>(x) & 0x7fffffffu) >= inf_bits) { return bitcast<f32>(nan_bits); }
  let t = turn_(x);
  return wave_(t.r, t.quadrant);
}
fn cos_(x: f32) -> f32 {
  if ((bitcast<u32>(x) & 0x7fffffffu) >= inf_bits) { return bitcast<f32>(nan_bits); }
  let t = turn_(x);
  return wave_(t.r, t.quadrant + 1);
}
// Cephes' atanf on [0, 1].
fn atan_part(t: f32) -> f32 {
  let far = t > 0.414213562;
  let y = select(t, (t - 1.0) / (t + 1.0), far);
  let z = y * y;
  let p = fma(fma(fma(8.05374449538e-2, z, -1.38776856032e-1), z, 1.99777106478e-1), z, -3.33329491539e-1) * z;
  return select(0.0, 0.785398163, far) + fma(p, y, y);
}
fn atan2_(y: f32, x: f32) -> f32 {
  if (is_nan(x) || is_nan(y)) { return bitcast<f32>(nan_bits); }
  let a = abs(x);
  let b = abs(y);
  let large = max(a, b);
  var t = select(min(a, b) / large, 0.0, large == 0.0);
  if (bitcast<u32>(large) == inf_bits) { t = select(0.0, 1.0, a == b); }
  var angle = atan_part(t);
  if (b > a) { angle = 1.57079633 - angle; }
  if ((bitcast<u32>(x) >> 31u) == 1u) { angle = 3.14159265 - angle; }
  return bitcast<f32>(bitcast<u32>(angle) | (bitcast<u32>(y) & 0x80000000u));
}
fn tanh_(x: f32) -> f32 {
  let z = x * x;
  if (abs(x) < 0.625) {
    let p = ((((-5.70498872745e-3 * z + 2.06390887954e-2) * z - 5.37397155531e-2) * z + 1.33314422036e-1) * z - 3.33332819422e-1);
    return p * z * x + x;
  }
  let e = exp_(2.0 * min(abs(x), 10.0));
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
    return sign(x) * (1.0 - exp_(r));
  }
  var q = -5.96761703e-4;
  q = q * s + 4.99119423e-3;
  q = q * s - 2.67681349e-2;
  q = q * s + 1.12819925e-1;
  q = q * s - 3.76125336e-1;
  q = q * s + 1.28379166e-1;
  return q * x + x;
}
// Exact, by long division over the difference of exponents.
fn rem_(a: f32, b: f32) -> f32 {
  let y = abs(b);
  var r = abs(a);
  if (is_nan(a) || is_nan(b) || y == 0.0 || bitcast<u32>(r) == inf_bits) { return bitcast<f32>(nan_bits); }
  if (bitcast<u32>(y) == inf_bits || r < y) { return a; }
  var s = y;
  while (s <= r * 0.5) { s *= 2.0; }
  loop {
    if (r >= s) { r -= s; }
    if (s == y) { break; }
    s *= 0.5;
  }
  return bitcast<f32>(bitcast<u32>(r) | (bitcast<u32>(a) & 0x80000000u));
}
fn power_of(a: f32, b: f32) -> f32 {
  let s = split_(a);
  let z = s.m - 1.0;
  let l = (z + (log_tail(z) - 0.5 * z * z)) * 1.44269504;
  let whole = b * s.e;
  if (abs(whole) > 400.0 || abs(b) * abs(l) > 400.0) { return exp_(b * log_(a)); }
  let n = round(whole);
  let part = fma(b, s.e, -n) + b * l;
  let k = round(part);
  if (n + k > 128.0) { return bitcast<f32>(inf_bits); }
  if (n + k < -150.0) { return 0.0; }
  return scale_(exp_small((part - k) * 0.69314718), i32(n + k));
}
fn pow_(a: f32, b: f32) -> f32 {
  if (b == 0.0 || a == 1.0) { return 1.0; }
  if (is_nan(a) || is_nan(b)) { return bitcast<f32>(nan_bits); }
  if (b == 2.0) { return a * a; }
  if (b == 1.0) { return a; }
  let infinity = bitcast<f32>(inf_bits);
  let size = abs(a);
  if (bitcast<u32>(abs(b)) == inf_bits) {
    if (size == 1.0) { return 1.0; }
    return select(0.0, infinity, (size > 1.0) == (b > 0.0));
  }
  let odd = abs(b) < 16777216.0 && trunc(b) == b && (i32(abs(b)) & 1) == 1;
  let negative = (bitcast<u32>(a) >> 31u) == 1u;
  let s = select(1.0, -1.0, odd && negative);
  if (size == 0.0 || bitcast<u32>(size) == inf_bits) {
    if ((size == 0.0) == (b > 0.0)) { return s * 0.0; }
    return s * infinity;
  }
  if (negative && trunc(b) != b) { return bitcast<f32>(nan_bits); }
  return s * power_of(size, b);
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
// Stirling's series from 12 on, reached by the recurrence (Abramowitz & Stegun 6.1.41).
fn lgamma_up(x: f32) -> f32 {
  if (x == 1.0 || x == 2.0) { return 0.0; }
  var product = 1.0;
  var y = x;
  while (y < 12.0) { product *= y; y += 1.0; }
  let z = 1.0 / (y * y);
  let series = (((-1.0 / 1680.0 * z + 1.0 / 1260.0) * z - 1.0 / 360.0) * z + 1.0 / 12.0) / y;
  return (y - 0.5) * log_(y) - y + 0.91893853 + series - log_(product);
}
fn lgamma_(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  if ((bitcast<u32>(x) & 0x7fffffffu) == inf_bits || (x <= 0.0 && x == trunc(x))) { return bitcast<f32>(inf_bits); }
  if (x < 0.5) {
    let part = abs(x - 2.0 * round(x * 0.5));
    return log_(3.14159265 / abs(sin_(3.14159265 * min(part, 1.0 - part)))) - lgamma_up(1.0 - x);
  }
  return lgamma_up(x);
}
fn power_(y: f32, n: i32) -> f32 {
  var result = 1.0;
  for (var k = 0; k < n; k++) { result *= y; }
  return result;
}
// The n-th derivative of digamma: the recurrence up to 15 + n, then the asymptotic series (6.3.18, 6.4.11).
fn polygamma_up(n: i32, x: f32) -> f32 {
  var bernoulli = array<f32, 5>(1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0);
  var factorial = 1.0;
  for (var k = 2; k <= n; k++) { factorial *= f32(k); }
  let sign = select(1.0, -1.0, n % 2 == 0);
  var y = x;
  var sum = 0.0;
  var tail = 0.0;
  while (y < 15.0 + f32(n)) { sum += sign * factorial / power_(y, n + 1); y += 1.0; }
  if (n == 0) {
    for (var k = 5; k >= 1; k--) { tail = (tail + bernoulli[k - 1] / f32(2 * k)) / (y * y); }
    return sum + (log_(y) - 1.0 / (2.0 * y) - tail);
  }
  var coefficient = factorial * f32(n + 1) / 2.0;
  for (var k = 1; k <= 5; k++) {
    tail += bernoulli[k - 1] * coefficient / power_(y, 2 * k + n);
    coefficient *= f32((2 * k + n) * (2 * k + n + 1)) / f32((2 * k + 1) * (2 * k + 2));
  }
  return sum + sign * (factorial / f32(n) / power_(y, n) + factorial / (2.0 * power_(y, n + 1)) + tail);
}
fn polygamma_(order: f32, x: f32) -> f32 {
  if (is_nan(x) || order < 0.0 || order != trunc(order)) { return bitcast<f32>(nan_bits); }
  let n = i32(order);
  if (x <= 0.0 && x == trunc(x)) {
    if (n != 0) { return bitcast<f32>(inf_bits); }
    if (x != 0.0) { return bitcast<f32>(nan_bits); }
    return select(-bitcast<f32>(inf_bits), bitcast<f32>(inf_bits), bitcast<u32>(x) != 0u);
  }
  if (n == 0 && x < 0.0) {
    let part = x - round(x);
    return polygamma_up(0, 1.0 - x) - 3.14159265 * cos_(3.14159265 * part) / sin_(3.14159265 * part);
  }
  if (n == 1 && x < 0.0) {
    let s = 3.14159265 / sin_(3.14159265 * (x - round(x)));
    return s * s - polygamma_up(1, 1.0 - x);
  }
  return polygamma_up(n, x);
}
// What a + b = s lost in rounding (Neumaier).
fn lost_(a: f32, b: f32, s: f32) -> f32 {
  return select((b - s) + a, (a - s) + b, abs(a) >= abs(b));
}
fn min_(a: f32, b: f32) -> f32 { return select(b, a, a < b || is_nan(a)); }
fn max_(a: f32, b: f32) -> f32 { return select(b, a, a > b || is_nan(a)); }
`;

/** A number as WGSL text of a dtype. */
export function literal(value: number, dtype: DType): string {
  const type = heldAs(dtype);
  if (dtype === 'bool') return value === 0 ? '0u' : '1u';
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

/** The inputs that a program reads; it may have others. */
export function inputsRead(program: Program): ReadonlySet<number> {
  const all = [...program.steps.flatMap((s) => s.args), ...program.outputs];
  return new Set(all.flatMap((s) => (s.from === 'input' ? [s.index] : [])));
}
