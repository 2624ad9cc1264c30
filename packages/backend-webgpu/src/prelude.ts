// Functions for shaders; a shader includes those that it uses, and the functions they need.
import { gamma } from './gamma.js';

const own: { readonly [name: string]: string } = {
  // Read at run time, so that they are not evaluated at compile time: WGSL rejects constants that are not finite.
  inf_bits: `var<private> inf_bits: u32 = 0x7f800000u;`,
  nan_bits: `var<private> nan_bits: u32 = 0x7fc00000u;`,
  is_nan: `fn is_nan(x: F) -> B { return (bitcast<I>(x) & I(0x7fffffff)) > I(0x7f800000); }`,
  to_int: `fn to_int(x: F) -> I {
  let least = F(-2147483648.0);
  let fits = (abs(x) < -least) & !is_nan(x);
  return select(select(I(0), I(-2147483648), x == least), I(x), fits);
}`,
  // exp(x) = 2^n exp(r), |r| <= ln 2 / 2; the polynomial is Cephes' (expf).
  scale_: `fn scale_(x: F, n: I) -> F {
  let half = n >> U(1);
  return x * bitcast<F>((half + I(127)) << U(23)) * bitcast<F>((n - half + I(127)) << U(23));
}`,
  exp_small: `fn exp_small(r: F) -> F {
  var p = F(1.9875691500e-4);
  p = fma(p, r, F(1.3981999507e-3));
  p = fma(p, r, F(8.3334519073e-3));
  p = fma(p, r, F(4.1665795894e-2));
  p = fma(p, r, F(1.6666665459e-1));
  p = fma(p, r, F(5.0000001201e-1));
  return fma(p, r * r, r) + F(1);
}`,
  // Adding 1.5 2^23 rounds to an integer, which is then in the low bits.
  exp_: `fn exp_(x: F) -> F {
  let y = clamp(x, F(-104), F(89));
  let n = bitcast<I>(fma(y, F(1.44269504), F(12582912))) - I(0x4b400000);
  let r = fma(F(n), F(2.12194440e-4), fma(F(n), F(-0.693359375), y));
  return select(scale_(exp_small(r), n), x, is_nan(x));
}`,
  expm1_: `fn expm1_(x: F) -> F {
  let small = x * (1.0 + x * (0.5 + x * (0.16666667 + x * (0.041666668 + x * (0.0083333338 + x * (0.0013888889 + x * 0.0001984127))))));
  return select(exp_(x) - 1.0, small, abs(x) < F(0.35));
}`,
  // log(m 2^e) with m between sqrt(1/2) and sqrt(2); the polynomial is Cephes' (logf).
  Split: `struct Split { m: F, e: F }`,
  split_: `fn split_(x: F) -> Split {
  // A subnormal number's bits are an integer, times 2^-149: devices may flush it in arithmetic and comparisons.
  let raw = bitcast<U>(x);
  let tiny = raw < U(0x00800000u);
  let bits = select(raw, bitcast<U>(F(raw)), tiny);
  let m = bitcast<F>((bits & U(0x007fffff)) | U(0x3f000000));
  let e = F(I(bits >> U(23))) - select(F(126), F(275), tiny);
  let low = m < F(0.707106781);
  return Split(select(m, m + m, low), select(e, e - 1.0, low));
}`,
  log_tail: `fn log_tail(z: F) -> F {
  var p = F(7.0376836292e-2);
  p = fma(p, z, F(-1.1514610310e-1));
  p = fma(p, z, F(1.1676998740e-1));
  p = fma(p, z, F(-1.2420140846e-1));
  p = fma(p, z, F(1.4249322787e-1));
  p = fma(p, z, F(-1.6668057665e-1));
  p = fma(p, z, F(2.0000714765e-1));
  p = fma(p, z, F(-2.4999993993e-1));
  p = fma(p, z, F(3.3333331174e-1));
  return p * z * z * z;
}`,
  log_: `fn log_(x: F) -> F {
  let s = split_(x);
  let z = s.m - 1.0;
  let tail = fma(s.e, F(-2.12194440e-4), log_tail(z)) - 0.5 * z * z;
  var y = fma(s.e, F(0.693359375), z + tail);
  y = select(y, F(bitcast<f32>(nan_bits)), bitcast<I>(x) < I(0));
  y = select(y, F(-bitcast<f32>(inf_bits)), (bitcast<U>(x) << U(1)) == U(0));
  return select(y, x, is_nan(x) | (bitcast<U>(x) == U(inf_bits)));
}`,
  log1p_: `fn log1p_(x: F) -> F {
  // Near 0 with log's polynomial, whose argument is x itself: compilers would simplify a correction of 1 + x away.
  let near = x + (log_tail(x) - 0.5 * x * x);
  return select(log_(1.0 + x), near, (x > F(-0.25)) & (x < F(0.414213562)));
}`,
  // sin and cos: x minus multiples of pi/2, by Cody and Waite's method or, for large x, by Payne and Hanek's.
  Turn: `struct Turn { r: f32, quadrant: i32 }`,
  two_over_pi: `fn two_over_pi(i: u32) -> u32 {
  var words = array<u32, 7>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u);
  return words[i];
}`,
  high_: `fn high_(a: u32, b: u32) -> u32 {
  let al = a & 0xffffu; let ah = a >> 16u; let bl = b & 0xffffu; let bh = b >> 16u;
  let middle = ah * bl + ((al * bl) >> 16u);
  let other = al * bh + (middle & 0xffffu);
  return ah * bh + (middle >> 16u) + (other >> 16u);
}`,
  turn_: `fn turn_(x: f32) -> Turn {
  let size = abs(x);
  if (size < 20000.0) {
    let n = round(x * 0.636619772);
    // Of the first four parts ten bits each: their products with n are exact, whether fma is or not.
    var r = fma(n, -1.5703125, x);
    r = fma(n, -4.8351287841796875e-4, r);
    r = fma(n, -3.1385570764541626e-7, r);
    r = fma(n, -6.070877134334296e-11, r);
    r = fma(n, -6.223371969669989e-14, r);
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
}`,
  wave_: `fn wave_(r: f32, quadrant: i32) -> f32 {
  let z = r * r;
  let s = fma(fma(fma(-1.9515295891e-4, z, 8.3321608736e-3), z, -1.6666654611e-1) * z, r, r);
  let c = fma(fma(fma(2.443315711809948e-5, z, -1.388731625493765e-3), z, 4.166664568298827e-2), z * z, fma(-0.5, z, 1.0));
  let y = select(s, c, (quadrant & 1) == 1);
  return select(y, -y, (quadrant & 2) == 2);
}`,
  sin_: `fn sin_(x: f32) -> f32 {
  if ((bitcast<u32>(x) & 0x7fffffffu) >= inf_bits) { return bitcast<f32>(nan_bits); }
  let t = turn_(x);
  return wave_(t.r, t.quadrant);
}`,
  cos_: `fn cos_(x: f32) -> f32 {
  if ((bitcast<u32>(x) & 0x7fffffffu) >= inf_bits) { return bitcast<f32>(nan_bits); }
  let t = turn_(x);
  return wave_(t.r, t.quadrant + 1);
}`,
  // Cephes' atanf on [0, 1].
  atan_part: `fn atan_part(t: f32) -> f32 {
  let far = t > 0.414213562;
  let y = select(t, (t - 1.0) / (t + 1.0), far);
  let z = y * y;
  let p = fma(fma(fma(8.05374449538e-2, z, -1.38776856032e-1), z, 1.99777106478e-1), z, -3.33329491539e-1) * z;
  return select(0.0, 0.785398163, far) + fma(p, y, y);
}`,
  atan2_: `fn atan2_(y: f32, x: f32) -> f32 {
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
}`,
  // tanh and erf: quotients of polynomials, fitted to a relative error of 1e-8 and 4e-8.
  tanh_: `fn tanh_(x: F) -> F {
  let y = clamp(x, F(-8.3), F(8.3));
  let z = y * y;
  let p = (((1.46482636e-08 * z + 2.15084987e-05) * z + 0.00354916934) * z + 0.134258706) * z + 0.999999991;
  let q = (((8.29511022e-07 * z + 0.000337395076) * z + 0.0260799504) * z + 0.467591955) * z + 1.0;
  let a = min(abs(x), F(10));
  // 1 minus a term of the exponential, with its accuracy.
  let far = sign(x) * (1.0 - 2.0 / (exp_(a + a) + 1.0));
  return select(select(far, y * p / q, abs(x) < F(0.625)), x, is_nan(x));
}`,
  erf_: `fn erf_(x: F) -> F {
  let y = clamp(x, F(-3.8), F(3.8));
  let z = y * y;
  let p = (((((2.14034115e-08 * z + -1.9990617e-06) * z + 0.000134914186) * z + 0.00329978622) * z + 0.0492494936) * z + 0.189738601) * z + 1.12837913;
  let q = (((0.000867347424 * z + 0.0135096982) * z + 0.110813901) * z + 0.501483598) * z + 1.0;
  let part = select(clamp(y * p / q, F(-1), F(1)), sign(x), abs(x) >= F(3.8));
  return select(part, x, is_nan(x));
}`,
  // The normal cumulative distribution function of -a without its factor e^(-a²/2): a quotient of polynomials, fitted
  // to 6e-9.
  tail_: `fn tail_(a: F) -> F {
  var p = fma(F(4.1387034580e-3), a, F(4.0783654898e-2));
  p = fma(p, a, F(1.8368063867e-1));
  p = fma(p, a, F(4.3889510632e-1));
  p = fma(p, a, F(0.5));
  var q = fma(F(1.0374076664e-2), a, F(1.0223570466e-1));
  q = fma(q, a, F(4.7064691782e-1));
  q = fma(q, a, F(1.2043516636));
  q = fma(q, a, F(1.6756751537));
  q = fma(q, a, F(1));
  return p / q;
}`,
  // e^(-factor a²): the square of the upper half of a is exact, and the rest of a² is small.
  bell_: `fn bell_(a: F, factor: f32) -> F {
  let high = bitcast<F>(bitcast<U>(a) & U(0xfffff000u));
  return exp_(high * high * -factor) * exp_((a - high) * (a + high) * -factor);
}`,
  ndtr_: `fn ndtr_(x: F) -> F {
  let a = min(abs(x), F(15));
  let below = tail_(a) * bell_(a, 0.5);
  return select(select(below, 1.0 - below, x > F(0)), x, is_nan(x));
}`,
  erfc_: `fn erfc_(x: F) -> F {
  let a = min(abs(x), F(11));
  let above = 2.0 * tail_(a * 1.41421356) * bell_(a, 1.0);
  return select(select(above, 2.0 - above, x < F(0)), x, is_nan(x));
}`,
  // Exact, by long division over the difference of exponents.
  rem_: `fn rem_(a: f32, b: f32) -> f32 {
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
}`,
  upper_: `fn upper_(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }`,
  // log2 of 16 / k from k = 11 on: the first eleven bits after the point, and the rest.
  sixteenths: `fn sixteenths(k: i32) -> vec2f {
  var logs = array<vec2f, 13>(
    vec2f(0.54052734375, 4.1037612390937284e-05), vec2f(0.4150390625, -1.5632211898264359e-06), vec2f(0.29931640625, 0.00024387560551986098),
    vec2f(0.19287109375, -0.0002260158071294427), vec2f(0.09326171875, -0.0001523143582744524), vec2f(0.0, 0.0),
    vec2f(-0.08740234375, -6.0497499362099916e-05), vec2f(-0.169921875, -3.1264423796528718e-06), vec2f(-0.248046875, 0.00011936155351577327),
    vec2f(-0.32177734375, -0.0001507511333329603), vec2f(-0.39208984375, -0.00022757903207093477), vec2f(-0.45947265625, 4.1037612390937284e-05),
    vec2f(-0.5234375, -0.00012445605534594506)
  );
  return logs[clamp(k - 11, 0, 12)];
}`,
  // a^b = 2^(b log2 a). The logarithm is e + t + q + small, where e, t, q and the halves of b have twelve bits or less:
  // their products are exact, and their integer parts are removed before anything is rounded.
  power_of: `fn power_of(a: f32, b: f32) -> f32 {
  let s = split_(a);
  let k = round(16.0 / s.m);
  let inverse = k * 0.0625;
  let t = sixteenths(i32(k));
  let mh = upper_(s.m);
  let rh = fma(mh, inverse, -1.0);
  let rl = (s.m - mh) * inverse;
  let r = rh + rl;
  let product = rh * 1.44287109375;
  let q = upper_(product);
  let small = (product - q) + (t.y + (rh * -1.7605285393e-4 + (rl + (log_tail(r) - 0.5 * r * r)) * 1.44269504));
  let size = abs(b);
  if (size * abs(s.e) > 400.0 || size * abs(t.x + product) > 400.0) { return exp_(b * log_(a)); }
  let bh = upper_(b);
  let bl = b - bh;
  let exact = vec4f(bh * s.e, bl * s.e, bh * t.x, bh * q);
  let whole = round(exact);
  let parts = exact - whole;
  let sum = (parts.x + parts.z) + (parts.y + parts.w);
  let near = round(sum);
  let part = (sum - near) + (bl * (t.x + q) + b * small);
  let n = whole.x + whole.y + whole.z + whole.w + near;
  let further = round(part);
  if (n + further > 128.0) { return bitcast<f32>(inf_bits); }
  if (n + further < -150.0) { return 0.0; }
  return scale_(exp_small((part - further) * 0.69314718), i32(n + further));
}`,
  pow_: `fn pow_(a: f32, b: f32) -> f32 {
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
}`,
  pow_int: `fn pow_int(a: i32, b: i32) -> i32 {
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
}`,
  // The rounding error of a + b = s (Neumaier).
  lost_: `fn lost_(a: F, b: F, s: F) -> F {
  return select((b - s) + a, (a - s) + b, abs(a) >= abs(b));
}`,
  min_: `fn min_(a: F, b: F) -> F { return select(b, a, (a < b) | is_nan(a)); }`,
  max_: `fn max_(a: F, b: F) -> F { return select(b, a, (a > b) | is_nan(a)); }`,
};

/** The text of each function. */
const pieceOf = (name: string): string | undefined =>
  [own, gamma].find((table) => Object.hasOwn(table, name))?.[name];

/**
 * The functions that `code` uses, in any order (which WGSL allows), and its types: one element, or four adjacent ones.
 */
export function preludeFor(code: string, width: 1 | 4): string {
  const taken = new Map<string, string>();
  const take = (text: string): void => {
    for (const [word] of text.matchAll(/\w+/g)) {
      const piece = taken.has(word) ? undefined : pieceOf(word);
      if (piece === undefined) continue;
      taken.set(word, piece);
      take(piece);
    }
  };
  take(code);
  const types = Object.entries({ F: 'f32', I: 'i32', U: 'u32', B: 'bool' }).map(
    ([name, type]) => `alias ${name} = ${width === 4 ? `vec4<${type}>` : type};`,
  );
  return [...types, ...taken.values()].join('\n');
}
