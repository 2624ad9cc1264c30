// Elementary functions on vectors of doubles: at most about 2 ulp (test/accuracy.test.ts).
#pragma once
#include "vec.h"

namespace dl {
namespace ISA {

/** 2^n for integers n from -1022 to 1023. */
DL_INLINE f64v pow2of(i64v n) { return bits<f64v>((n + 1023) << 52); }

DL_INLINE f64v reduceExp(f64v x, i64v& n) {
  const f64v magic = splat<f64v>(6755399441055744.0);  // 1.5 · 2^52
  const f64v t = x * 1.44269504088896340736 + magic;
  n = bits<i64v>(t) - 0x4338000000000000LL;
  const f64v k = t - magic;
  const f64v r = x - k * 6.93147180369123816490e-01;
  return r - k * 1.90821492927058770002e-10;
}

/** e^r - 1 for |r| ≤ ln 2 / 2: the Taylor series, whose first omitted term is below 2^-57. */
DL_INLINE f64v expm1Small(f64v r) {
  f64v p = splat<f64v>(1.0 / 6227020800.0);
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  return p * (r * r) + r;
}

DL_INLINE f64v exp64(f64v x) {
  x = x > 720.0 ? splat<f64v>(720.0) : x;
  x = x < -760.0 ? splat<f64v>(-760.0) : x;
  i64v n;
  const f64v r = reduceExp(x, n);
  const f64v p = expm1Small(r) + 1.0;
  const i64v half = n >> 1;
  return p * pow2of(half) * pow2of(n - half);
}

DL_INLINE f64v expm164(f64v x) {
  const f64v x0 = x;
  x = x > 720.0 ? splat<f64v>(720.0) : x;
  x = x < -50.0 ? splat<f64v>(-50.0) : x;
  i64v n;
  const f64v r = reduceExp(x, n);
  const f64v p = expm1Small(r);
  const i64v capped = n > 1024 ? i64v{} + 1024 : n;
  const f64v s = pow2of(capped - 1);
  f64v y = (s * p + (s - 0.5)) * 2.0;
  y = x0 > 710.0 ? splat<f64v>(__builtin_inf()) : y;
  y = n == 0 ? p : y;
  return x0 == 0.0 ? x0 : y;
}

/** fdlibm's way: log(1+f) by s = f/(2+f). */
DL_INLINE f64v log64(f64v x) {
  const f64v x0 = x;
  const i64v tiny = x < 2.2250738585072014e-308;
  x = tiny ? x * 18014398509481984.0 : x;
  const i64v b = bits<i64v>(x);
  i64v e = (b >> 52) - 1022;
  f64v m = bits<f64v>((b & 0x000FFFFFFFFFFFFFLL) | 0x3FE0000000000000LL);
  const i64v low = m < 0.70710678118654752440;
  e = low ? e - 1 : e;
  m = low ? m + m : m;
  e = tiny ? e - 54 : e;
  const f64v f = m - 1.0;
  const f64v k = __builtin_convertvector(e, f64v);
  const f64v s = f / (f + 2.0);
  const f64v z = s * s;
  const f64v w = z * z;
  const f64v t1 = w * (w * (w * 1.531383769920937332e-01 + 2.222219843214978396e-01) + 3.999999999940941908e-01);
  const f64v t2 = z * (w * (w * (w * 1.479819860511658591e-01 + 1.818357216161805012e-01) +
                           2.857142874366239149e-01) + 6.666666666666735130e-01);
  const f64v R = t1 + t2;
  const f64v half = 0.5 * f * f;
  f64v y = k * 6.93147180369123816490e-01 -
           ((half - (s * (half + R) + k * 1.90821492927058770002e-10)) - f);
  y = x0 == 0.0 ? splat<f64v>(-__builtin_inf()) : y;
  y = x0 < 0.0 ? splat<f64v>(__builtin_nan("")) : y;
  y = x0 == __builtin_inf() ? x0 : y;
  return x0 != x0 ? x0 : y;
}

DL_INLINE f64v log1p64(f64v x) {
  const f64v u = x + 1.0;
  const f64v lost = x - (u - 1.0);
  const f64v edge = log64(u);
  const f64v r = u == 1.0 ? x : edge + lost / u;
  const i64v plain = (i64v)(u == 0.0) | (i64v)(u == __builtin_inf());
  return plain ? edge : r;
}

DL_INLINE f64v abs64(f64v x) { return bits<f64v>(bits<i64v>(x) & 0x7FFFFFFFFFFFFFFFLL); }

DL_INLINE f64v withSign(f64v x, f64v sign) {
  return bits<f64v>((bits<i64v>(x) & 0x7FFFFFFFFFFFFFFFLL) | (bits<i64v>(sign) & (int64_t)0x8000000000000000ULL));
}

DL_INLINE f64v tanh64(f64v x) {
  const f64v a = abs64(x);
  const f64v capped = a > 25.0 ? splat<f64v>(25.0) : a;
  const i64v far = capped >= 1.0;
  const f64v t = expm164(far ? capped * 2.0 : capped * -2.0);
  const f64v y = far ? 1.0 - 2.0 / (t + 2.0) : -t / (t + 2.0);
  return withSign(y, x);
}

/** Up to this limit the number of quarter turns times the first part of π/2 is exact. */
constexpr double TURNS = 1e5;

/** Sine (quarter 0) or cosine (quarter 1) for |x| ≤ TURNS (polynomials: fdlibm). */
DL_INLINE f64v sincos64(f64v x, int quarter) {
  const f64v magic = splat<f64v>(6755399441055744.0);
  const f64v t = x * 6.36619772367581382433e-01 + magic;
  const i64v n = (bits<i64v>(t) - 0x4338000000000000LL) + quarter;
  const f64v k = t - magic;
  const f64v w = x - k * 1.57079632673412561417e+00;
  const f64v shift = k * 6.07710050630396597660e-11;
  const f64v r0 = w - shift;
  const f64v r = r0 + (((w - r0) - shift) - k * 2.02226624879595063154e-21);
  const f64v z = r * r;
  f64v s = splat<f64v>(1.58969099521155010221e-10);
  s = s * z - 2.50507602534068634195e-08;
  s = s * z + 2.75573137070700676789e-06;
  s = s * z - 1.98412698298579493134e-04;
  s = s * z + 8.33333333332248946124e-03;
  s = s * z - 1.66666666666666324348e-01;
  const f64v sine = s * (z * r) + r;
  f64v c = splat<f64v>(-1.13596475577881948265e-11);
  c = c * z + 2.08757232129817482790e-09;
  c = c * z - 2.75573143513906633035e-07;
  c = c * z + 2.48015872894767294178e-05;
  c = c * z - 1.38888888888741095749e-03;
  c = c * z + 4.16666666666666019037e-02;
  const f64v half = 0.5 * z;
  const f64v one = 1.0 - half;
  const f64v cosine = one + (((1.0 - one) - half) + z * z * c);
  const f64v y = (n & 1) == 0 ? sine : cosine;
  return (n & 2) == 0 ? y : -y;
}

}  // namespace ISA
}  // namespace dl
