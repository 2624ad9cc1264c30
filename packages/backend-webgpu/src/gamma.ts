// lgamma, digamma and its derivatives as functions for shaders.

/** The statement that evaluates a polynomial p by Horner's rule, from its highest coefficient down. */
const polynomial = (x: string, [highest, ...others]: readonly string[]): string =>
  `var p = ${highest};${others.map((c) => ` p = p * ${x} + ${c};`).join('')}`;

export const gamma: { readonly [name: string]: string } = {
  // ln Γ(1 + t) between its zeros at t = 0 and 1, where s is t - 1 (a polynomial fitted here).
  lgamma_middle: `fn lgamma_middle(t: f32, s: f32) -> f32 {
  ${polynomial('t', ['-1.4874843e-3', '9.1404242e-3', '-2.6312074e-2', '4.9053868e-2', '-7.0724655e-2', '9.0650671e-2', '-1.1491840e-1', '1.5541719e-1', '-2.4525086e-1', '5.7721566e-1'])}
  return t * s * p;
}`,
  // For positive x: by the recurrence from [1, 2], or Stirling's series (Abramowitz & Stegun 6.1.41).
  lgamma_up: `fn lgamma_up(x: f32) -> f32 {
  if (x < 1.0) { return lgamma_middle(x, x - 1.0) - log_(x); }
  if (x < 8.0) {
    var product = 1.0;
    var y = x;
    while (y >= 2.0) { y -= 1.0; product *= y; }
    return lgamma_middle(y - 1.0, y - 2.0) + log_(product);
  }
  let z = 1.0 / (x * x);
  let series = ((1.0 / 1260.0 * z - 1.0 / 360.0) * z + 1.0 / 12.0) / x;
  return (x - 0.5) * (log_(x) - 1.0) + (0.41893853 + series);
}`,
  // From -3 to -2, where u is x + 3: |Γ(x)| - 1 = (u - u1) (u - u2) S(u) / (u (1 - u) (2 - u) (3 - u)), S fitted here.
  lgamma_zeros: `fn lgamma_zeros(x: f32) -> f32 {
  let u = x + 3.0;
  ${polynomial('u', ['-1.1974752e-2', '7.1832195e-2', '-1.9892092e-1', '3.4817117e-1', '-4.5314170e-1', '4.9848669e-1', '-5.0131346e-1', '1.5109226', '-5.6367584', '7.2991592'])}
  let first = (u - lgamma_table[1].x) - lgamma_table[1].y;
  let second = (u - lgamma_table[0].x) - lgamma_table[0].y;
  return log1p_(first * second * p / ((u * (-2.0 - x)) * ((-1.0 - x) * -x)));
}`,
  // The zeros of lgamma from -2 down to below -6, each minus an integer (-3 twice, -3, -4, -4, …) and in two parts.
  // Read at run time, since compilers would merge the parts into one.
  lgamma_table: `var<private> lgamma_table: array<vec2f, 9> = array<vec2f, 9>(
  vec2f(0.54297525, 1.4872919e-8), vec2f(0.25231734, 1.4090688e-8), vec2f(-0.14358088, -4.608601e-9),
  vec2f(0.044705715, 1.1097032e-10), vec2f(-0.03936184, -1.4891846e-9), vec2f(0.008455359, 6.2985325e-11),
  vec2f(-0.008218168, -4.157479e-11), vec2f(0.0013925199, 2.7166067e-12), vec2f(-0.0013852945, 2.9888154e-11)
);`,
  // Near a zero x0 the two parts of the reflection formula cancel; the remaining ln Γ(x) - ln Γ(x0) is proportional to
  // d = x - x0.
  lgamma_from: `fn lgamma_from(x: f32, t: f32, zero: vec2f) -> f32 {
  let d = (t - zero.x) - zero.y;
  let change = 2.0 * sin_(1.57079633 * d) * cos_(1.57079633 * (t + zero.x)) / sin_(3.14159265 * zero.x);
  let a = 1.0 - x;
  let b = a + d;
  let p = 1.0 / a;
  let q = 1.0 / b;
  let series = -d * p * q * (1.0 / 12.0 - (p * p + p * q + q * q) / 360.0);
  return (((b - 0.5) * log1p_(d * p) - d) + d * log_(a)) + series - log1p_(change);
}`,
  // ln |Γ(t - m)| for small t: -ln |m! t| and the series of ln Γ(1 + t) - Σ ln(1 - t/k).
  lgamma_pole: `fn lgamma_pole(t: f32, m: f32) -> f32 {
  var factorial = 1.0;
  var slopes = vec4f(-0.57721566, 1.64493407, -1.20205690, 1.08232323);
  for (var k = m; k >= 1.0; k -= 1.0) {
    factorial *= k;
    let r = 1.0 / k;
    slopes += vec4f(r, r * r, r * r * r, r * r * r * r);
  }
  let series = slopes.x + t * (0.5 * slopes.y + t * (slopes.z / 3.0 + t * (0.25 * slopes.w + 0.34 * t * t)));
  return t * series - log_(abs(t) * factorial);
}`,
  lgamma_: `fn lgamma_(x: f32) -> f32 {
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  if (is_nan(x)) { return x; }
  // Below 2^-30, where devices may flush: -ln |x|.
  if (bits < 0x30800000u) { return -log_(bitcast<f32>(bits)); }
  if (bits == inf_bits || (x < 0.0 && x == trunc(x))) { return bitcast<f32>(inf_bits); }
  if (x > 0.0) { return lgamma_up(x); }
  if (x > -1.0) { return lgamma_middle(1.0 + x, x) - log_((1.0 + x) * -x); }
  if (x > -2.0) { return lgamma_middle(x + 2.0, x + 1.0) - log_((x + 2.0) * (-1.0 - x) * -x); }
  if (x > -3.0) { return lgamma_zeros(x); }
  let n = round(x);
  let t = x - n;
  if (n > -6.5) {
    let zero = lgamma_table[i32(-2.0 * n) - select(4, 5, t > 0.0)];
    let ratio = t / zero.x;
    if (ratio > 0.5 && ratio < 2.0) { return lgamma_from(x, t, zero); }
  }
  if (n < -3.0 && n > -16.0 && abs(t) < 0.125) { return lgamma_pole(t, -n); }
  return log_(3.14159265 / abs(sin_(3.14159265 * t) * x)) - lgamma_up(-x);
}`,
  power_: `fn power_(y: f32, n: i32) -> f32 {
  var result = 1.0;
  for (var k = 0; k < n; k++) { result *= y; }
  return result;
}`,
  // For small numbers the inverse comes first, since their power may underflow.
  inverse_power: `fn inverse_power(y: f32, n: i32) -> f32 {
  return select(1.0 / power_(y, n), power_(1.0 / y, n), y < 0.001);
}`,
  // The n-th derivative of digamma: the recurrence up to 15 + n, then the asymptotic series (6.3.18, 6.4.11).
  polygamma_up: `fn polygamma_up(n: i32, x: f32) -> f32 {
  var bernoulli = array<f32, 5>(1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0);
  var factorial = 1.0;
  for (var k = 2; k <= n; k++) { factorial *= f32(k); }
  let sign = select(1.0, -1.0, n % 2 == 0);
  var y = x;
  var sum = 0.0;
  var tail = 0.0;
  while (y < 15.0 + f32(n)) { sum += sign * factorial * inverse_power(y, n + 1); y += 1.0; }
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
}`,
  // digamma between 1 and 2, where t is x - 1: accurate near its zero (a polynomial fitted here).
  digamma_middle: `fn digamma_middle(t: f32) -> f32 {
  ${polynomial('t', ['1.0902589e-2', '-7.0886564e-2', '2.1345040e-1', '-4.0514825e-1', '5.6592853e-1', '-6.5459227e-1', '6.9125318e-1', '-7.1370484e-1', '7.5241673e-1', '-8.5469210e-1', '1.2503801'])}
  // The second part of the zero, written as if it depended on t: otherwise compilers merge both parts into one.
  return ((t - 0.46163213) - select(0.0, 1.2438150e-8, t < 2.0)) * p;
}`,
  // 1 / x; a subnormal number is an integer times 2^-149, whose reciprocal may still be finite.
  inverse_: `fn inverse_(x: f32) -> f32 {
  let raw = bitcast<u32>(x) & 0x7fffffffu;
  if (raw >= 0x00800000u) { return 1.0 / x; }
  let size = select(scale_(1.0 / f32(raw), 149), bitcast<f32>(inf_bits), raw <= 0x00200000u);
  return select(size, -size, bitcast<u32>(x) != raw);
}`,
  // The rounding error of r, the nearest number to 1 / y: computed with halves of twelve bits, whose products are
  // exact.
  inverse_rest: `fn inverse_rest(y: f32, r: f32) -> f32 {
  let yh = upper_(y);
  let rh = upper_(r);
  let yl = y - yh;
  let rl = r - rh;
  return ((((1.0 - yh * rh) - yh * rl) - yl * rh) - yl * rl) * r;
}`,
  digamma_: `fn digamma_(x: f32) -> f32 {
  if (x > -0.5 && x < 8.0) {
    if (x >= 1.0) {
      var sum = 0.0;
      var y = x;
      while (y > 2.0) { y -= 1.0; sum += 1.0 / y; }
      return digamma_middle(y - 1.0) + sum;
    }
    if (bitcast<i32>(x) < 0) { return (digamma_middle(x + 1.0) - 1.0 / (x + 1.0)) - inverse_(x); }
    return digamma_middle(x) - inverse_(x);
  }
  if (x > 0.0) { return polygamma_up(0, x); }
  if (x == trunc(x)) { return bitcast<f32>(nan_bits); }
  if (x > -15.0) {
    // Zeros lie between all integers: the sum of 1 / (x + k) also adds up its rounding errors.
    var sum = 0.0;
    var rest = 0.0;
    var y = x;
    while (y < 1.0) {
      let r = 1.0 / y;
      let next = sum + r;
      rest += lost_(sum, r, next) + inverse_rest(y, r);
      sum = next;
      y += 1.0;
    }
    return digamma_middle(y - 1.0) - rest - sum;
  }
  return digamma_far(x);
}`,
  // ψ(1 - x) - π cot(πx) far on the left, where both are large and zeros lie between all integers: the logarithm's
  // 0.693 e and the cotangent's 1 / t are exact or nearly so, and the remainders of both are small (a polynomial fitted
  // here).
  digamma_far: `fn digamma_far(x: f32) -> f32 {
  let t = x - round(x);
  let inverse = 1.0 / t;
  let q = 1.0 - x;
  let s = split_(q);
  let z = s.m - 1.0;
  let w = 1.0 / (q * q);
  let large = s.e * 0.693359375;
  let sum = large - inverse;
  let small = z + (fma(s.e, -2.12194440e-4, log_tail(z)) - 0.5 * z * z) - 0.5 / q - w * (1.0 / 12.0 - w / 120.0);
  let v = t * t;
  ${polynomial('v', ['5.2797920', '0.66043600', '2.2499623', '1.9854411', '2.0356576', '2.1646311', '3.2898682'])}
  return sum + ((small + t * p) + (lost_(large, -inverse, sum) - inverse_rest(t, inverse)));
}`,
  polygamma_: `fn polygamma_(order: f32, x: f32) -> f32 {
  if (is_nan(x) || order < 0.0 || order != trunc(order)) { return bitcast<f32>(nan_bits); }
  let n = i32(order);
  if (n == 0) { return digamma_(x); }
  if (x > 0.0) { return polygamma_up(n, x); }
  if (x == trunc(x)) {
    if (n == 1) { return select(bitcast<f32>(inf_bits), bitcast<f32>(nan_bits), x == -bitcast<f32>(inf_bits)); }
    return select(bitcast<f32>(inf_bits), -bitcast<f32>(inf_bits), n % 2 == 0);
  }
  if (n == 1) {
    let s = 3.14159265 / sin_(3.14159265 * (x - round(x)));
    return s * s - polygamma_up(1, 1.0 - x);
  }
  // As core's special.ts has it.
  let sign = select(1.0, -1.0, n % 2 == 0);
  let part = x - round(x);
  let a = abs(part);
  var nearest = sign / power_(a, n + 1) + 1.0 / power_(1.0 - a, n + 1);
  for (var k = 2; k <= n; k++) { nearest *= f32(k); }
  let all_ = nearest + polygamma_up(n, 1.0 + a) + sign * polygamma_up(n, 2.0 - a);
  return select(all_, -all_, part < 0.0 && sign < 0.0) - sign * polygamma_up(n, 1.0 - x);
}`,
};
