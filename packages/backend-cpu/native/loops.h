// One loop for each primitive and dtype, with the semantics of core's kernels.ts.
#pragma once
#include <limits.h>

#include "math32.h"

namespace dl {
namespace ISA {

// Outputs may share the memory of an input, element by element, which does not affect any iteration.
#define DL_LOOP _Pragma("GCC ivdep") for

template <class R>
static void fill(int64_t n, R* o, R x) {
  DL_LOOP (int64_t i = 0; i < n; i++) o[i] = x;
}

/** o[i] = F(a[i]), vectorized by the compiler. */
template <class R, class A, class F>
static void unary(int64_t n, void* out, const void* a_, const void*, const void*, int scalars) {
  R* o = (R*)out;
  const A* a = (const A*)a_;
  if (scalars & 1) return fill<R>(n, o, F::of(a[0]));
  DL_LOOP (int64_t i = 0; i < n; i++) o[i] = F::of(a[i]);
}

template <class R, class A, class F>
static void binary(int64_t n, void* out, const void* a_, const void* b_, const void*, int scalars) {
  R* o = (R*)out;
  const A* a = (const A*)a_;
  const A* b = (const A*)b_;
  switch (scalars & 3) {
    case 0:
      DL_LOOP (int64_t i = 0; i < n; i++) o[i] = F::of(a[i], b[i]);
      return;
    case 1: {
      const A x = a[0];
      DL_LOOP (int64_t i = 0; i < n; i++) o[i] = F::of(x, b[i]);
      return;
    }
    case 2: {
      const A y = b[0];
      DL_LOOP (int64_t i = 0; i < n; i++) o[i] = F::of(a[i], y);
      return;
    }
    default: return fill<R>(n, o, F::of(a[0], b[0]));
  }
}

/** o = F(a) by whole vectors. */
template <class T, typename VecOf<T>::V F(typename VecOf<T>::V)>
static void vectors(int64_t n, void* out, const void* a_, const void*, const void*, int scalars) {
  typedef typename VecOf<T>::V V;
  constexpr int W = lanes<T>;
  T* o = (T*)out;
  const T* a = (const T*)a_;
  if (scalars & 1) {
    T t[W];
    store(t, F(splat<V>(a[0])));
    return fill<T>(n, o, t[0]);
  }
  int64_t i = 0;
  for (; i + 2 * W <= n; i += 2 * W) {
    const V x = F(load<V>(a + i)), y = F(load<V>(a + i + W));
    store(o + i, x);
    store(o + i + W, y);
  }
  for (; i + W <= n; i += W) store(o + i, F(load<V>(a + i)));
  if (i < n) storePart(o + i, F(loadPart<V>(a + i, n - i)), n - i);
}

/** o = F(a, b) by whole vectors. */
template <f32v F(f32v, f32v)>
static void vectors2(int64_t n, void* out, const void* a_, const void* b_, const void*, int scalars) {
  constexpr int W = lanes<float>;
  float* o = (float*)out;
  const float* a = (const float*)a_;
  const float* b = (const float*)b_;
  const int64_t as = scalars & 1 ? 0 : 1, bs = scalars & 2 ? 0 : 1;
  const f32v a0 = splat<f32v>(a[0]), b0 = splat<f32v>(b[0]);
  int64_t i = 0;
  for (; i + 2 * W <= n; i += 2 * W) {
    const f32v x = F(as ? load<f32v>(a + i) : a0, bs ? load<f32v>(b + i) : b0);
    const f32v y = F(as ? load<f32v>(a + i + W) : a0, bs ? load<f32v>(b + i + W) : b0);
    store(o + i, x);
    store(o + i + W, y);
  }
  for (; i < n; i += W) {
    const int64_t some = least(W, n - i);
    const f32v x = as ? loadPart<f32v>(a + i, some) : a0, y = bs ? loadPart<f32v>(b + i, some) : b0;
    storePart(o + i, F(x, y), some);
  }
}

// Each performs exactly the operations of its steps, so that a program yields the same numbers fused or not.
DL_INLINE f32v logistic32(f32v x, f32v over) { return over / (exp32(-x) + 1.0f); }
DL_INLINE f32v gelu32(f32v x) { return x * ndtr32(x); }
DL_INLINE f32v expsub32(f32v x, f32v y) { return exp32(x - y); }

DL_INLINE f64v widen(const double* p, int64_t n) {
  return n >= lanes<double> ? load<f64v>(p) : loadPart<f64v>(p, n);
}
DL_INLINE f64v widen(const float* p, int64_t n) {
  return __builtin_convertvector(n >= lanes<double> ? load<f32h>(p) : loadPart<f32h>(p, n), f64v);
}
DL_INLINE void narrow(double* p, f64v x, int64_t n) {
  if (n >= lanes<double>) store(p, x);
  else storePart(p, x, n);
}
DL_INLINE void narrow(float* p, f64v x, int64_t n) {
  const f32h y = __builtin_convertvector(x, f32h);
  if (n >= lanes<double>) store(p, y);
  else storePart(p, y, n);
}

/** Sine and cosine in double precision; very large arguments go to the C library. */
template <class T, int QUARTER>
static void trigonometric(int64_t n, void* out, const void* a_, const void*, const void*, int scalars) {
  constexpr int W = lanes<double>;
  T* o = (T*)out;
  const T* a = (const T*)a_;
  if (scalars & 1) {
    T one;
    trigonometric<T, QUARTER>(1, &one, a, nullptr, nullptr, 0);
    return fill<T>(n, o, one);
  }
  for (int64_t i = 0; i < n; i += W) {
    const int64_t some = least(W, n - i);
    const f64v x = widen(a + i, some);
    double t[W];
    store(t, abs64(x));
    bool far = false;
    for (int l = 0; l < W; l++) far |= !(t[l] <= TURNS);
    // The sine of -0 is -0, which the argument reduction loses.
    f64v y = sincos64(x, QUARTER);
    if (QUARTER == 0) y = x == 0.0 ? x : y;
    if (far) {
      // Only those lanes: an element's neighbors must not change its result.
      double s[W];
      store(t, x);
      store(s, y);
      for (int l = 0; l < W; l++) {
        if (!(fabs(t[l]) <= TURNS)) s[l] = QUARTER ? cos(t[l]) : sin(t[l]);
      }
      y = load<f64v>(s);
    }
    narrow(o + i, y, some);
  }
}

/** Powers of floats through doubles; anything but an ordinary positive base goes to the C library. */
static void pow32(int64_t n, void* out, const void* a_, const void* b_, const void*, int scalars) {
  constexpr int W = lanes<double>;
  float* o = (float*)out;
  const float* a = (const float*)a_;
  const float* b = (const float*)b_;
  const int64_t as = scalars & 1 ? 0 : 1, bs = scalars & 2 ? 0 : 1;
  if (bs == 0 && as == 1 && b[0] == 2.0f) {
    DL_LOOP (int64_t i = 0; i < n; i++) o[i] = a[i] * a[i];
    return;
  }
  for (int64_t i = 0; i < n; i += W) {
    const int64_t some = least(W, n - i);
    const f64v x = as ? widen(a + i, some) : splat<f64v>((double)a[0]);
    const f64v y = bs ? widen(b + i, some) : splat<f64v>((double)b[0]);
    double s[W], e[W];
    store(s, x);
    store(e, y);
    bool plain = true;
    for (int64_t l = 0; l < some; l++) {
      plain = plain & (s[l] > 0) & (s[l] < __builtin_inf()) & (e[l] - e[l] == 0);
    }
    narrow(o + i, exp64(y * log64(x)), some);
    if (plain) continue;
    // Only those lanes: an element's neighbors must not change its result.
    for (int64_t l = 0; l < some; l++) {
      const bool ordinary = (s[l] > 0) & (s[l] < __builtin_inf()) & (e[l] - e[l] == 0);
      if (!ordinary) o[i + l] = (float)pow(s[l], e[l]);
    }
  }
}

/** JavaScript's ToInt32. */
static inline int32_t toInt32(double x) {
  if (x > -2147483649.0 && x < 2147483648.0) return (int32_t)x;
  if (!(x - x == 0)) return 0;
  const double m = fmod(trunc(x), 4294967296.0);
  return (int32_t)(uint32_t)(int64_t)m;
}

template <class A, class R>
static void cast(int64_t n, void* out, const void* a_, const void*, const void*, int scalars) {
  R* o = (R*)out;
  const A* a = (const A*)a_;
  if (scalars & 1) return fill<R>(n, o, (R)a[0]);
  DL_LOOP (int64_t i = 0; i < n; i++) o[i] = (R)a[i];
}

template <class A, class R>
static void castToInt(int64_t n, void* out, const void* a_, const void*, const void*, int scalars) {
  R* o = (R*)out;
  const A* a = (const A*)a_;
  if (scalars & 1) return fill<R>(n, o, (R)toInt32(a[0]));
  for (int64_t i = 0; i < n; i += 64) {
    const int64_t end = least(n, i + 64);
    int far = 0;
    for (int64_t l = i; l < end; l++) far |= !(a[l] > (A)-2147483000.0 && a[l] < (A)2147483000.0);
    if (far) {
      for (int64_t l = i; l < end; l++) o[l] = (R)toInt32(a[l]);
    } else {
      DL_LOOP (int64_t l = i; l < end; l++) o[l] = (R)(int32_t)a[l];
    }
  }
}

template <class A>
static void castToBool(int64_t n, void* out, const void* a_, const void*, const void*, int scalars) {
  uint8_t* o = (uint8_t*)out;
  const A* a = (const A*)a_;
  if (scalars & 1) return fill<uint8_t>(n, o, a[0] == 0 ? 0 : 1);
  DL_LOOP (int64_t i = 0; i < n; i++) o[i] = a[i] == 0 ? 0 : 1;
}

template <class T, bool BS, bool CS>
static void selectRun(int64_t n, T* o, const uint8_t* a, const T* b, const T* c) {
  const T b0 = b[0], c0 = c[0];
  DL_LOOP (int64_t i = 0; i < n; i++) {
    const T x = BS ? b0 : b[i], y = CS ? c0 : c[i];
    o[i] = a[i] ? x : y;
  }
}

template <class T>
static void select(int64_t n, void* out, const void* a_, const void* b_, const void* c_, int scalars) {
  T* o = (T*)out;
  const uint8_t* a = (const uint8_t*)a_;
  const T* b = (const T*)b_;
  const T* c = (const T*)c_;
  if (scalars & 1) {
    const bool first = a[0] != 0;
    const T* from = first ? b : c;
    if (scalars & (first ? 2 : 4)) return fill<T>(n, o, from[0]);
    DL_LOOP (int64_t i = 0; i < n; i++) o[i] = from[i];
    return;
  }
  switch (scalars >> 1 & 3) {
    case 0: return selectRun<T, false, false>(n, o, a, b, c);
    case 1: return selectRun<T, true, false>(n, o, a, b, c);
    case 2: return selectRun<T, false, true>(n, o, a, b, c);
    default: return selectRun<T, true, true>(n, o, a, b, c);
  }
}

DL_INLINE float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
DL_INLINE double fused(double a, double b, double c) { return __builtin_fma(a, b, c); }

template <class T, bool AS, bool BS, bool CS>
static void fmaRun(int64_t n, T* o, const T* a, const T* b, const T* c) {
  const T a0 = a[0], b0 = b[0], c0 = c[0];
  DL_LOOP (int64_t i = 0; i < n; i++) o[i] = fused(AS ? a0 : a[i], BS ? b0 : b[i], CS ? c0 : c[i]);
}

template <class T>
static void fma(int64_t n, void* out, const void* a_, const void* b_, const void* c_, int scalars) {
  T* o = (T*)out;
  const T* a = (const T*)a_;
  const T* b = (const T*)b_;
  const T* c = (const T*)c_;
  switch (scalars & 7) {
    case 0: return fmaRun<T, 0, 0, 0>(n, o, a, b, c);
    case 1: return fmaRun<T, 1, 0, 0>(n, o, a, b, c);
    case 2: return fmaRun<T, 0, 1, 0>(n, o, a, b, c);
    case 3: return fmaRun<T, 1, 1, 0>(n, o, a, b, c);
    case 4: return fmaRun<T, 0, 0, 1>(n, o, a, b, c);
    case 5: return fmaRun<T, 1, 0, 1>(n, o, a, b, c);
    case 6: return fmaRun<T, 0, 1, 1>(n, o, a, b, c);
    default: return fmaRun<T, 1, 1, 1>(n, o, a, b, c);
  }
}

/** The normal cumulative distribution function, computed as in core's erf.ts. */
static inline double ndtr64(double x) {
  if (x == 0) return 0.5;
  const double root = 0.70710678118654752440;
  const double t = -x * root;
  const double y = ::erfc(t);
  if (!(t > 0.5 && t < 28.0)) return 0.5 * y;
  const double lost = __builtin_fma(-x, root, -t) + x * 4.8336466567264567e-17;
  return 0.5 * (y - 1.1283791670955126 * lost * ::exp(-t * t));
}

#define DL_UNARY(name, T, expression) \
  struct name { static inline __attribute__((always_inline)) T of(T x) { return expression; } };
#define DL_BINARY(name, R, T, expression) \
  struct name { static inline __attribute__((always_inline)) R of(T x, T y) { return expression; } };

/** The common part of floats and doubles. */
template <class T>
struct Floats {
  DL_UNARY(Neg, T, -x)
  DL_UNARY(Abs, T, (T)__builtin_fabs(x))
  DL_UNARY(Floor, T, sizeof(T) == 4 ? (T)__builtin_floorf(x) : (T)__builtin_floor(x))
  DL_UNARY(Ceil, T, sizeof(T) == 4 ? (T)__builtin_ceilf(x) : (T)__builtin_ceil(x))
  DL_UNARY(Trunc, T, sizeof(T) == 4 ? (T)__builtin_truncf(x) : (T)__builtin_trunc(x))
  DL_UNARY(Round, T, sizeof(T) == 4 ? (T)__builtin_rintf(x) : (T)__builtin_rint(x))
  DL_UNARY(Sqrt, T, sizeof(T) == 4 ? (T)__builtin_sqrtf(x) : (T)__builtin_sqrt(x))
  DL_UNARY(Erf, T, (T)::erf((double)x))
  DL_UNARY(Erfc, T, (T)::erfc((double)x))
  DL_UNARY(Ndtr, T, (T)ndtr64((double)x))
  DL_BINARY(Add, T, T, x + y)
  DL_BINARY(Sub, T, T, x - y)
  DL_BINARY(Mul, T, T, x * y)
  DL_BINARY(Div, T, T, x / y)
  DL_BINARY(Rem, T, T, sizeof(T) == 4 ? (T)fmodf(x, y) : (T)::fmod(x, y))
  DL_BINARY(Pow, T, T, (T)::pow((double)x, (double)y))
  DL_BINARY(Atan2, T, T, (T)::atan2((double)x, (double)y))
};

/** Comparisons, for every dtype. */
template <class T>
struct Order {
  DL_BINARY(Min, T, T, (x < y) | (x != x) ? x : y)
  DL_BINARY(Max, T, T, (x > y) | (x != x) ? x : y)
  DL_BINARY(Eq, uint8_t, T, x == y)
  DL_BINARY(Lt, uint8_t, T, x < y)
  DL_BINARY(Le, uint8_t, T, x <= y)
};

static inline int32_t powInt(int32_t x, int32_t y) {
  if (y < 0) return x == 1 ? 1 : x == -1 ? (y % 2 == 0 ? 1 : -1) : 0;
  uint32_t power = 1, base = (uint32_t)x;
  for (uint32_t e = (uint32_t)y; e > 0; e >>= 1) {
    if (e & 1) power *= base;
    base *= base;
  }
  return (int32_t)power;
}

/** Integers, computed in 32 bits and wrapped to T. Division by zero returns 0, as storing NaN or infinity does. */
template <class T>
struct Ints {
  DL_UNARY(Neg, T, (T)(0u - (uint32_t)x))
  DL_UNARY(Abs, T, (T)(x < 0 ? 0u - (uint32_t)x : (uint32_t)x))
  DL_UNARY(Not, T, (T)~x)
  DL_BINARY(Add, T, T, (T)((uint32_t)x + (uint32_t)y))
  DL_BINARY(Sub, T, T, (T)((uint32_t)x - (uint32_t)y))
  DL_BINARY(Mul, T, T, (T)((uint32_t)x * (uint32_t)y))
  DL_BINARY(Div, T, T, y == 0 ? 0 : (T)((int64_t)x / (int64_t)y))
  DL_BINARY(Rem, T, T, y == 0 ? 0 : (T)((int64_t)x % (int64_t)y))
  DL_BINARY(Pow, T, T, (T)powInt((int32_t)x, (int32_t)y))
  DL_BINARY(And, T, T, x & y)
  DL_BINARY(Or, T, T, x | y)
  DL_BINARY(Xor, T, T, x ^ y)
  DL_BINARY(Shl, T, T, (T)((uint32_t)x << ((uint32_t)y & 31)))
  DL_BINARY(Shr, T, T, (T)((int32_t)x >> ((uint32_t)y & 31)))
};

DL_UNARY(NotBool, uint8_t, x == 0)

template <class T>
static Loop orderLoop(int op) {
  typedef Order<T> O;
  switch (op) {
    case MINIMUM: return binary<T, T, typename O::Min>;
    case MAXIMUM: return binary<T, T, typename O::Max>;
    case EQ: return binary<uint8_t, T, typename O::Eq>;
    case LT: return binary<uint8_t, T, typename O::Lt>;
    case LE: return binary<uint8_t, T, typename O::Le>;
    case SELECT: return select<T>;
    default: return nullptr;
  }
}

template <class T>
static Loop floatLoop(int op) {
  typedef Floats<T> F;
  switch (op) {
    case NEG: return unary<T, T, typename F::Neg>;
    case ABS: return unary<T, T, typename F::Abs>;
    case FLOOR: return unary<T, T, typename F::Floor>;
    case CEIL: return unary<T, T, typename F::Ceil>;
    case TRUNC: return unary<T, T, typename F::Trunc>;
    case ROUND: return unary<T, T, typename F::Round>;
    case SQRT: return unary<T, T, typename F::Sqrt>;
    case SIN: return trigonometric<T, 0>;
    case COS: return trigonometric<T, 1>;
    case ERF: return unary<T, T, typename F::Erf>;
    case ERFC: return unary<T, T, typename F::Erfc>;
    case NDTR: return unary<T, T, typename F::Ndtr>;
    case ADD: return binary<T, T, typename F::Add>;
    case SUB: return binary<T, T, typename F::Sub>;
    case MUL: return binary<T, T, typename F::Mul>;
    case DIV: return binary<T, T, typename F::Div>;
    case REM: return binary<T, T, typename F::Rem>;
    case POW: return binary<T, T, typename F::Pow>;
    case ATAN2: return binary<T, T, typename F::Atan2>;
    case FMA: return fma<T>;
    default: return orderLoop<T>(op);
  }
}

template <class T>
static Loop intLoop(int op) {
  typedef Ints<T> I;
  switch (op) {
    case NEG: return unary<T, T, typename I::Neg>;
    case ABS: return unary<T, T, typename I::Abs>;
    case NOT: return unary<T, T, typename I::Not>;
    case ADD: return binary<T, T, typename I::Add>;
    case SUB: return binary<T, T, typename I::Sub>;
    case MUL: return binary<T, T, typename I::Mul>;
    case DIV: return binary<T, T, typename I::Div>;
    case REM: return binary<T, T, typename I::Rem>;
    case POW: return binary<T, T, typename I::Pow>;
    case AND: return binary<T, T, typename I::And>;
    case OR: return binary<T, T, typename I::Or>;
    case XOR: return binary<T, T, typename I::Xor>;
    case SHL: return binary<T, T, typename I::Shl>;
    case SHR: return binary<T, T, typename I::Shr>;
    default: return orderLoop<T>(op);
  }
}

template <class A>
static Loop castLoop(int to, bool fromFloat) {
  switch (to) {
    case F32: return cast<A, float>;
    case F64: return cast<A, double>;
    case I32: return fromFloat ? (Loop)castToInt<A, int32_t> : (Loop)cast<A, int32_t>;
    case U8: return fromFloat ? (Loop)castToInt<A, uint8_t> : (Loop)cast<A, uint8_t>;
    default: return castToBool<A>;
  }
}

/** The loop of a primitive whose (last) argument has `argType` and whose result has `type`. */
static Loop loopOf(int op, int type, int argType) {
  if (op == CAST) {
    switch (argType) {
      case F32: return castLoop<float>(type, true);
      case F64: return castLoop<double>(type, true);
      case I32: return castLoop<int32_t>(type, false);
      default: return castLoop<uint8_t>(type, false);
    }
  }
  switch (argType) {
    case F32:
      switch (op) {
        case EXP: return vectors<float, exp32>;
        case EXPM1: return vectors<float, expm132>;
        case LOG: return vectors<float, log32>;
        case LOG1P: return vectors<float, log1p32>;
        case TANH: return vectors<float, tanh32>;
        case ERF: return vectors<float, erf32>;
        case ERFC: return vectors<float, erfc32>;
        case NDTR: return vectors<float, ndtr32>;
        case POW: return pow32;
        case LOGISTIC: return vectors2<logistic32>;
        case GELU: return vectors<float, gelu32>;
        case EXPSUB: return vectors2<expsub32>;
        default: return floatLoop<float>(op);
      }
    case F64:
      switch (op) {
        case EXP: return vectors<double, exp64>;
        case EXPM1: return vectors<double, expm164>;
        case LOG: return vectors<double, log64>;
        case LOG1P: return vectors<double, log1p64>;
        case TANH: return vectors<double, tanh64>;
        default: return floatLoop<double>(op);
      }
    case I32: return intLoop<int32_t>(op);
    case U8: return intLoop<uint8_t>(op);
    default: return op == NOT ? (Loop)unary<uint8_t, uint8_t, NotBool> : intLoop<uint8_t>(op);
  }
}

}  // namespace ISA
}  // namespace dl
