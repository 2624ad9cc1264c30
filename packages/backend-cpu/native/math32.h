// Elementary functions on vectors of floats. Errors measured against double precision (test/accuracy.test.ts): exp,
// log, log1p, expm1, sin, cos, erf, pow at most 1.5 ulp, tanh at most 2 ulp, erfc and ndtr at most 4 ulp.
#pragma once
#if VB == 64
#include <immintrin.h>
#endif

#include "math64.h"

namespace dl {
namespace ISA {

/** 2^n for integers n from -126 to 127. */
DL_INLINE f32v pow2of(i32v n) { return bits<f32v>((n + 127) << 23); }

/** x as n·ln 2 + r with |r| ≤ ln 2 / 2. The first part of ln 2 has few bits, so n times it is exact. */
DL_INLINE f32v reduceExp(f32v x, i32v& n) {
  const f32v magic = splat<f32v>(12582912.0f);  // 1.5 · 2^23: adding it rounds to an integer
  const f32v t = x * 1.44269504088896341f + magic;
  n = bits<i32v>(t) - 0x4B400000;
  const f32v k = t - magic;
  f32v r = x - k * 0.693359375f;
  return r - k * -2.12194440e-4f;
}

/** e^r - 1 for |r| ≤ ln 2 / 2 (coefficients: Cephes). */
DL_INLINE f32v expm1Small(f32v r) {
  f32v p = splat<f32v>(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return p * (r * r) + r;
}

#if VB == 64
/** AVX-512 rounds and scales with one instruction each, also beyond both ends of the range. */
DL_INLINE f32v exp32(f32v x) {
  // In this order of arguments NaN is kept.
  x = (f32v)_mm512_max_ps(_mm512_set1_ps(-110.0f), _mm512_min_ps(_mm512_set1_ps(100.0f), (__m512)x));
  const f32v k = (f32v)_mm512_roundscale_ps((__m512)(x * 1.44269504088896341f), 8);
  f32v r = x - k * 0.693359375f;
  r = r - k * -2.12194440e-4f;
  return (f32v)_mm512_scalef_ps((__m512)(expm1Small(r) + 1.0f), (__m512)k);
}
#else
DL_INLINE f32v exp32(f32v x) {
  // Beyond these limits the result is 0 or infinite; NaN fails both comparisons.
  x = x > 100.0f ? splat<f32v>(100.0f) : x;
  x = x < -110.0f ? splat<f32v>(-110.0f) : x;
  i32v n;
  const f32v r = reduceExp(x, n);
  const f32v p = expm1Small(r) + 1.0f;
  // In two steps, so that neither factor leaves the range before the result does.
  const i32v half = n >> 1;
  return p * pow2of(half) * pow2of(n - half);
}
#endif

DL_INLINE f32v expm132(f32v x) {
  const f32v x0 = x;
  x = x > 100.0f ? splat<f32v>(100.0f) : x;
  x = x < -30.0f ? splat<f32v>(-30.0f) : x;
  i32v n;
  const f32v r = reduceExp(x, n);
  const f32v p = expm1Small(r);
  const i32v capped = n > 128 ? i32v{} + 128 : n;
  const f32v s = pow2of(capped - 1);
  f32v y = (s * p + (s - 0.5f)) * 2.0f;
  y = x0 > 89.0f ? splat<f32v>(__builtin_inff()) : y;
  y = n == 0 ? p : y;
  return x0 == 0.0f ? x0 : y;
}

DL_INLINE f32v log32(f32v x) {
  const f32v x0 = x;
  const i32v tiny = x < 1.17549435e-38f;
  x = tiny ? x * 8388608.0f : x;
  i32v b = bits<i32v>(x);
  i32v e = (b >> 23) - 126;
  f32v m = bits<f32v>((b & 0x007FFFFF) | 0x3F000000);  // [0.5, 1)
  const i32v low = m < 0.707106781186547524f;
  e = low ? e - 1 : e;
  m = low ? m + m : m;
  e = tiny ? e - 23 : e;
  const f32v f = m - 1.0f;
  const f32v k = __builtin_convertvector(e, f32v);
  const f32v z = f * f;
  f32v p = splat<f32v>(7.0376836292e-2f);
  p = p * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  f32v y = p * f * z;
  y = y + k * -2.12194440e-4f;
  y = y - 0.5f * z;
  y = f + y;
  y = y + k * 0.693359375f;
  y = x0 == 0.0f ? splat<f32v>(-__builtin_inff()) : y;
  y = x0 < 0.0f ? splat<f32v>(__builtin_nanf("")) : y;
  y = x0 == __builtin_inff() ? x0 : y;
  return x0 != x0 ? x0 : y;
}

DL_INLINE f32v log1p32(f32v x) {
  const f32v u = x + 1.0f;
  // Adds back the rounding error of the sum, to first order.
  const f32v lost = x - (u - 1.0f);
  const f32v y = log32(u) + lost / u;
  const f32v edge = log32(u);
  f32v r = u == 1.0f ? x : y;
  const i32v plain = (i32v)(u == 0.0f) | (i32v)(u == __builtin_inff());
  return plain ? edge : r;
}

DL_INLINE f32v abs32(f32v x) { return bits<f32v>(bits<i32v>(x) & 0x7FFFFFFF); }

/** |x| with the sign of `sign`. */
DL_INLINE f32v withSign(f32v x, f32v sign) {
  return bits<f32v>((bits<i32v>(x) & 0x7FFFFFFF) | (bits<i32v>(sign) & (int32_t)0x80000000));
}

DL_INLINE f32v tanh32(f32v x) {
  const f32v a = abs32(x);
  const f32v z = x * x;
  f32v p = splat<f32v>(-5.70498872745e-3f);
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const f32v small = withSign(p * z * x + x, x);
  const f32v capped = a > 10.0f ? splat<f32v>(10.0f) : a;
  const f32v s = exp32(capped + capped);
  const f32v large = withSign(1.0f - 2.0f / (s + 1.0f), x);
  return a < 0.625f ? small : large;
}

#if VB == 64
/**
 * Sixteen polynomials in t = 4|x| - k, where k / 4 is the multiple of 1/4 nearest to |x|: AVX-512 looks up a
 * coefficient with one instruction. Least squares with Lawson's weights; the value at k / 4 is exact, and the slope at
 * 0 is stored without its 1/4, so that small results are as accurate as large ones.
 */
DL_INLINE f32v erf32(f32v x) {
  const f32v at = {0, 0.276326388f, 0.520499885f, 0.711155653f, 0.842700779f, 0.92290014f, 0.966105163f,
                   0.986671686f, 0.995322287f, 0.998537302f, 0.999593019f, 0.999899387f, 0.999977887f,
                   0.999995708f, 0.999999285f, 0.999999881f};
  const f32v p1 = {0.0320947915f, 0.265003562f, 0.219695657f, 0.160732776f, 0.103776872f, 0.0591302812f,
                   0.0297325719f, 0.0131937489f, 0.00516674668f, 0.00178557984f, 0.000544571027f, 0.000146569306f,
                   3.48132635e-05f, 7.29725616e-06f, 1.34985669e-06f, 2.20358046e-07f};
  const f32v p2 = {0, -0.0165624227f, -0.0274617709f, -0.0301377736f, -0.0259438325f, -0.0184787344f,
                   -0.0111503713f, -0.00577279879f, -0.00258406694f, -0.00100494816f, -0.000339444261f,
                   -0.000101043865f, -2.53902654e-05f, -6.27872987e-06f, -2.05144761e-06f, -3.49562796e-08f};
  const f32v p3 = {-0.00587691739f, -0.0048311213f, -0.00228872965f, 0.000418393698f, 0.00216204044f,
                   0.00261771609f, 0.00216799136f, 0.00140871189f, 0.000753486645f, 0.000339446415f,
                   0.000130469634f, 4.31297703e-05f, 1.23289792e-05f, 3.0591973e-06f, 6.6075421e-07f,
                   1.24493937e-07f};
  const f32v p4 = {0, 0.00049248751f, 0.000711410656f, 0.000588483177f, 0.000268994889f, -2.06892273e-05f,
                   -0.000170418934f, -0.000185225494f, -0.000131759807f, -7.24941347e-05f, -3.74847732e-05f,
                   -1.17241689e-05f, -6.98950726e-06f, 2.56311921e-07f, 3.19479909e-06f, -7.38387712e-07f};
  const f32v p5 = {0.000109580345f, 7.89905025e-05f, 8.0701293e-06f, -5.09919337e-05f, -6.74197727e-05f,
                   -4.58969771e-05f, -1.45556933e-05f, 6.35939796e-06f, 1.27194853e-05f, 1.03965212e-05f,
                   5.98425277e-06f, 2.70627265e-06f, 1.00155899e-06f, 3.10361912e-07f, 8.15362142e-08f,
                   1.83155571e-08f};
  const f32v a = abs32(x);
  const f32v magic = splat<f32v>(12582912.0f);
  const f32v rounded = a * 4.0f + magic;
  const f32v t = a * 4.0f - (rounded - magic);
  const __m512i k = (__m512i)rounded;  // the instruction reads only the four lowest bits
  const auto pick = [&](f32v table) { return (f32v)_mm512_permutexvar_ps(k, (__m512)table); };
  f32v p = pick(p5) * t + pick(p4);
  p = p * t + pick(p3);
  p = p * t + pick(p2);
  p = p * t + pick(p1);
  // Up to 1/8 (a tie, which rounds to 0) there is no value at k / 4; instead a quarter of t is added.
  const f32v base = a <= 0.125f ? 0.25f * t : pick(at);
  f32v y = p * t + base;
  y = a > 3.8725f ? splat<f32v>(1.0f) : y;
  return withSign(y, x);
}
#else
/** Two polynomials: one around 0, one for the logarithm of the complement. */
DL_INLINE f32v erf32(f32v x) {
  const f32v t = abs32(x);
  const f32v s = x * x;
  f32v r = -1.72853470e-5f * t + 3.83197126e-4f;
  f32v u = -3.88396438e-3f * t + 2.42546219e-2f;
  r = r * s + u;
  r = r * t - 1.06777877e-1f;
  r = r * t - 6.34846687e-1f;
  r = r * t - 1.28717512e-1f;
  r = r * t - t;
  const f32v large = withSign(1.0f - exp32(r), x);
  f32v q = splat<f32v>(-5.96761703e-4f);
  q = q * s + 4.99119423e-3f;
  q = q * s - 2.67681349e-2f;
  q = q * s + 1.12819925e-1f;
  q = q * s - 3.76125336e-1f;
  q = q * s + 1.28379166e-1f;
  const f32v small = q * x + x;
  // From 4 on the result is 1 (and the polynomial is no longer valid).
  const f32v far = withSign(splat<f32v>(1.0f), x);
  f32v y = t > 0.927734375f ? large : small;
  y = t > 4.0f ? far : y;
  return x != x ? x : y;
}
#endif

/** e^(-x²) in two factors: x² rounded, and to first order its rounding error (exact with and without fma). */
DL_INLINE f32v bell32(f32v x, float factor) {
  const f32v s = x * x;
  const f32v high = bits<f32v>(bits<i32v>(x) & (int32_t)0xFFFFF000);
  const f32v low = x - high;
  const f32v lost = ((high * high - s) + 2.0f * high * low) + low * low;
  return exp32(s * -factor) * (1.0f - factor * lost);
}

/**
 * The normal cumulative distribution function of -x for x ≥ 0, without its factor e^(-x²/2): a quotient of polynomials
 * (least squares with Lawson's weights, 6e-9) with only positive terms. The numerator is multiplied by `over` first.
 */
DL_INLINE f32v tailQuotient(f32v x, f32v over) {
  f32v p = splat<f32v>(4.1387034580e-3f);
  p = p * x + 4.0783654898e-2f;
  p = p * x + 1.8368063867e-1f;
  p = p * x + 4.3889510632e-1f;
  p = p * x + 0.5f;
  f32v q = splat<f32v>(1.0374076664e-2f);
  q = q * x + 1.0223570466e-1f;
  q = q * x + 4.7064691782e-1f;
  q = q * x + 1.2043516636f;
  q = q * x + 1.6756751537f;
  q = q * x + 1.0f;
  return p * over / q;
}

DL_INLINE f32v ndtr32(f32v x) {
  f32v a = abs32(x);
  a = a > 15.0f ? splat<f32v>(15.0f) : a;
  const f32v below = tailQuotient(a, bell32(a, 0.5f));
  return x > 0.0f ? 1.0f - below : below;
}

DL_INLINE f32v erfc32(f32v x) {
  f32v a = abs32(x);
  a = a > 11.0f ? splat<f32v>(11.0f) : a;
  const f32v above = tailQuotient(a * 1.41421356237309505f, 2.0f * bell32(a, 1.0f));
  return x < 0.0f ? 2.0f - above : above;
}

}  // namespace ISA
}  // namespace dl
