// How a reduction combines a run of values: along a row into one result, or as one row into many.
#pragma once
#include "frame.h"

namespace dl {
namespace ISA {

/** A partial result. Every dtype's values are exact in a double; sums are kept in double. */
struct Partial {
  double value;
  int64_t place;
};

template <class T>
DL_INLINE bool isNaN(T x) { return x != x; }

template <class T>
static double sumRun(const T* x, int64_t n) {
  int64_t total = 0;
  for (int64_t i = 0; i < n; i++) total += x[i];
  return (double)total;
}

static double total(const f64v* s) {
  const f64v v = (s[0] + s[1]) + (s[2] + s[3]);
  double parts[lanes<double>];
  store(parts, v);
  for (int w = lanes<double> / 2; w > 0; w /= 2) {
    for (int l = 0; l < w; l++) parts[l] += parts[l + w];
  }
  return parts[0];
}

/** Only a few floats are summed in float32; their sums are then added in double. */
constexpr int FEW = 8;
/** The number of floats in a chain along a row. */
constexpr int CHAIN = 16;

static double sumRun(const float* x, int64_t n) {
  constexpr int W = lanes<float>, H = W / 2;
  f64v s[4] = {};
  int64_t i = 0;
  while (i + 4 * W <= n) {
    f32v v[4];
#pragma GCC unroll 4
    for (int u = 0; u < 4; u++) v[u] = load<f32v>(x + i + u * W);
    int64_t end = least(n, i + CHAIN * 4 * W);
    for (i += 4 * W; i + 4 * W <= end; i += 4 * W) {
#pragma GCC unroll 4
      for (int u = 0; u < 4; u++) v[u] += load<f32v>(x + i + u * W);
    }
    float t[2 * W];
    store(t, v[0] + v[1]);
    store(t + W, v[2] + v[3]);
#pragma GCC unroll 4
    for (int u = 0; u < 4; u++) s[u] += __builtin_convertvector(load<f32h>(t + u * H), f64v);
  }
  // The rest by vectors too: one by one, it would take longer than a row of a thousand.
  for (int u = 0; i < n; i += H, u = (u + 1) & 3) {
    const int64_t left = n - i;
    s[u] += __builtin_convertvector(left >= H ? load<f32h>(x + i) : loadPart<f32h>(x + i, left), f64v);
  }
  return total(s);
}

static double sumRun(const double* x, int64_t n) {
  constexpr int W = lanes<double>;
  f64v s[4] = {};
  int64_t i = 0;
  for (; i + 4 * W <= n; i += 4 * W) {
#pragma GCC unroll 4
    for (int u = 0; u < 4; u++) s[u] += load<f64v>(x + i + u * W);
  }
  double t = total(s);
  for (; i < n; i++) t += x[i];
  return t;
}

/** The largest or smallest of a run (n > 0), or NaN if it contains one. */
template <class T, bool MAXIMUM_>
static T extremeInt(const T* x, int64_t n) {
  T m = x[0];
  for (int64_t i = 1; i < n; i++) m = MAXIMUM_ ? (x[i] > m ? x[i] : m) : (x[i] < m ? x[i] : m);
  return m;
}

template <class T, bool MAXIMUM_>
static T extremeFloat(const T* x, int64_t n) {
  typedef typename VecOf<T>::V V;
  typedef typename VecOf<T>::I I;
  constexpr int W = lanes<T>;
  T m = x[0];
  bool bad = isNaN(m);
  int64_t i = 0;
  if (n >= W) {
    V v[4];
    I nan[4];
#pragma GCC unroll 4
    for (int u = 0; u < 4; u++) {
      v[u] = load<V>(x);
      nan[u] = v[u] != v[u];
    }
    const auto take = [&](int u, const T* at) {
      const V y = load<V>(at);
      v[u] = (MAXIMUM_ ? y > v[u] : y < v[u]) ? y : v[u];
      nan[u] |= y != y;
    };
    for (; i + 4 * W <= n; i += 4 * W) {
#pragma GCC unroll 4
      for (int u = 0; u < 4; u++) take(u, x + i + u * W);
    }
    for (; i + W <= n; i += W) take(0, x + i);
    // The last vector begins before the rest: reading an element twice does not change the result.
    take(1, x + n - W);
    i = n;
#pragma GCC unroll 4
    for (int u = 1; u < 4; u++) {
      v[0] = (MAXIMUM_ ? v[u] > v[0] : v[u] < v[0]) ? v[u] : v[0];
      nan[0] |= nan[u];
    }
    T t[W];
    typename VecOf<T>::IT b[W];
    store(t, v[0]);
    store(b, nan[0]);
    for (int l = 0; l < W; l++) {
      bad |= b[l] != 0;
      if (MAXIMUM_ ? t[l] > m : t[l] < m) m = t[l];
    }
  }
  for (; i < n; i++) {
    bad |= isNaN(x[i]);
    if (MAXIMUM_ ? x[i] > m : x[i] < m) m = x[i];
  }
  return bad ? (T)__builtin_nan("") : m;
}

template <bool M> static float extreme(const float* x, int64_t n) { return extremeFloat<float, M>(x, n); }
template <bool M> static double extreme(const double* x, int64_t n) { return extremeFloat<double, M>(x, n); }
template <bool M> static int32_t extreme(const int32_t* x, int64_t n) { return extremeInt<int32_t, M>(x, n); }
template <bool M> static uint8_t extreme(const uint8_t* x, int64_t n) { return extremeInt<uint8_t, M>(x, n); }

/** Combines `b`, which comes later, into `a`. */
DL_INLINE void merge(int reducer, Partial& a, const Partial& b) {
  switch (reducer) {
    case SUM: a.value += b.value; return;
    case PROD: a.value *= b.value; return;
    case MIN:
    case ARGMIN:
      if (b.value < a.value || (isNaN(b.value) && !isNaN(a.value))) a = b;
      return;
    default:
      if (b.value > a.value || (isNaN(b.value) && !isNaN(a.value))) a = b;
  }
}

/** The partial result of a run of `n` values (or one value, `n` times) that starts at position `place`. */
template <class T>
static Partial ofRun(int reducer, const T* x, bool scalar, int64_t n, int64_t place) {
  const double first = (double)x[0];
  switch (reducer) {
    case SUM: return {scalar ? first * (double)n : sumRun(x, n), 0};
    case PROD: {
      double product = first;
      for (int64_t i = 1; i < n; i++) product *= (double)x[scalar ? 0 : i];
      return {product, 0};
    }
    default: break;
  }
  if (scalar) return {first, place};
  const T m = reducer == MAX || reducer == ARGMAX ? extreme<true>(x, n) : extreme<false>(x, n);
  if (reducer == ARGMIN || reducer == ARGMAX) {
    // The values are read a second time, and another thread may have changed the one that was found; so the end is
    // checked too.
    int64_t i = 0;
    if (isNaN(m)) {
      while (i < n - 1 && !isNaN(x[i])) i++;
    } else {
      while (i < n - 1 && x[i] != m) i++;
    }
    place += i;
  }
  return {(double)m, place};
}

/** Rows of accumulators for up to `COLUMNS` columns: doubles for sums, otherwise the values' own type. */
constexpr int64_t COLUMNS = 512;
struct Columns {
  double sums[COLUMNS];
  float few[COLUMNS];  // sums of the last `held` rows of floats
  int held;
  alignas(8) char values[COLUMNS * 8];
  int32_t places[COLUMNS];
};

template <class T>
static void sumRow(Columns& c, const T* x, int64_t n, bool first) {
  if (first) DL_LOOP (int64_t i = 0; i < n; i++) c.sums[i] = (double)x[i];
  else DL_LOOP (int64_t i = 0; i < n; i++) c.sums[i] += (double)x[i];
}

static void flushRows(Columns& c, int64_t n) {
  DL_LOOP (int64_t i = 0; i < n; i++) c.sums[i] += (double)c.few[i];
  c.held = 0;
}

static void sumRow(Columns& c, const float* x, int64_t n, bool first) {
  if (first) {
    DL_LOOP (int64_t i = 0; i < n; i++) c.sums[i] = 0;
    c.held = 0;
  }
  if (c.held == 0) DL_LOOP (int64_t i = 0; i < n; i++) c.few[i] = x[i];
  else DL_LOOP (int64_t i = 0; i < n; i++) c.few[i] += x[i];
  if (++c.held == FEW) flushRows(c, n);
}

/** FEW rows at once, `step` apart. */
static void sumRows(Columns& c, const float* x, int64_t step, int64_t n) {
  DL_LOOP (int64_t i = 0; i < n; i++) {
    const float a = (x[i] + x[i + step]) + (x[i + 2 * step] + x[i + 3 * step]);
    const float b = (x[i + 4 * step] + x[i + 5 * step]) + (x[i + 6 * step] + x[i + 7 * step]);
    c.sums[i] += (double)(a + b);
  }
}

/** Combines FEW rows, `step` apart, into the maximum (minimum) so far, or NaN if there is one. */
template <class T, bool MAXIMUM_>
static void extremeRows(T* v, const T* x, int64_t step, int64_t n) {
  DL_LOOP (int64_t i = 0; i < n; i++) {
    T m = v[i];
#pragma GCC unroll 8
    for (int u = 0; u < FEW; u++) {
      const T y = x[i + u * step];
      m = (MAXIMUM_ ? y > m : y < m) | isNaN(y) ? y : m;
    }
    v[i] = m;
  }
}

/** Sums of `count` contiguous floats by their index modulo `n`, which divides a vector's lanes. */
static void sumPeriodic(const float* x, int64_t count, int64_t n, double* sums) {
  constexpr int W = lanes<float>;
  f64v s[2] = {};
  int64_t i = 0;
  for (; i + FEW * W <= count; i += FEW * W) {
    f32v v[FEW];
#pragma GCC unroll 8
    for (int u = 0; u < FEW; u++) v[u] = load<f32v>(x + i + u * W);
    float t[W];
    store(t, ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7])));
    s[0] += __builtin_convertvector(load<f32h>(t), f64v);
    s[1] += __builtin_convertvector(load<f32h>(t + W / 2), f64v);
  }
  double parts[W];
  store(parts, s[0]);
  store(parts + W / 2, s[1]);
  for (int64_t j = 0; j < n; j++) sums[j] = 0;
  for (int l = 0; l < W; l++) sums[l & (n - 1)] += parts[l];
  for (; i < count; i++) sums[i & (n - 1)] += (double)x[i];
}

template <class T>
static void addRow(int reducer, Columns& c, const T* x, bool scalar, int64_t n, int64_t place, bool first) {
  T copies[COLUMNS];
  if (scalar) {
    for (int64_t i = 0; i < n; i++) copies[i] = x[0];
    x = copies;
  }
  T* v = (T*)c.values;
  int32_t* p = c.places;
  const int32_t here = (int32_t)place;
  switch (reducer) {
    case SUM: return sumRow(c, x, n, first);
    case PROD:
      if (first) DL_LOOP (int64_t i = 0; i < n; i++) c.sums[i] = (double)x[i];
      else DL_LOOP (int64_t i = 0; i < n; i++) c.sums[i] *= (double)x[i];
      return;
    default: break;
  }
  if (first) {
    DL_LOOP (int64_t i = 0; i < n; i++) v[i] = x[i];
    DL_LOOP (int64_t i = 0; i < n; i++) p[i] = here;
    return;
  }
  switch (reducer) {
    case MIN: DL_LOOP (int64_t i = 0; i < n; i++) v[i] = (x[i] < v[i]) | isNaN(x[i]) ? x[i] : v[i]; return;
    case MAX: DL_LOOP (int64_t i = 0; i < n; i++) v[i] = (x[i] > v[i]) | isNaN(x[i]) ? x[i] : v[i]; return;
    case ARGMIN:
      DL_LOOP (int64_t i = 0; i < n; i++) {
        const bool better = (x[i] < v[i]) | (isNaN(x[i]) & !isNaN(v[i]));
        v[i] = better ? x[i] : v[i];
        p[i] = better ? here : p[i];
      }
      return;
    default:
      DL_LOOP (int64_t i = 0; i < n; i++) {
        const bool better = (x[i] > v[i]) | (isNaN(x[i]) & !isNaN(v[i]));
        v[i] = better ? x[i] : v[i];
        p[i] = better ? here : p[i];
      }
  }
}

template <class T>
static Partial columnResult(int reducer, const Columns& c, int64_t i) {
  if (reducer == SUM || reducer == PROD) return {c.sums[i], 0};
  return {(double)((const T*)c.values)[i], c.places[i]};
}

}  // namespace ISA
}  // namespace dl
