// Vectors of VB bytes through GCC's vector extensions: the same code for every instruction set. Included in a separate
// namespace for each instruction set; nothing here may have linkage.
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "job.h"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define DL_INLINE static inline __attribute__((always_inline))

namespace dl {
namespace ISA {

typedef float f32v __attribute__((vector_size(VB)));
typedef int32_t i32v __attribute__((vector_size(VB)));
typedef uint32_t u32v __attribute__((vector_size(VB)));
typedef double f64v __attribute__((vector_size(VB)));
typedef int64_t i64v __attribute__((vector_size(VB)));
// Half as many lanes of 4 bytes as fit a vector: for conversions to and from a vector of doubles.
typedef float f32h __attribute__((vector_size(VB / 2)));
typedef int32_t i32h __attribute__((vector_size(VB / 2)));

template <class T> struct VecOf;
template <> struct VecOf<float> { typedef f32v V; typedef i32v I; typedef int32_t IT; };
template <> struct VecOf<double> { typedef f64v V; typedef i64v I; typedef int64_t IT; };

template <class T> constexpr int lanes = VB / (int)sizeof(T);

template <class V, class T>
DL_INLINE V load(const T* p) {
  V v;
  __builtin_memcpy(&v, p, sizeof(V));
  return v;
}

template <class V, class T>
DL_INLINE void store(T* p, V v) { __builtin_memcpy(p, &v, sizeof(V)); }

template <class V, class T>
DL_INLINE V splat(T x) { return x - V{}; }

#if VB == 64
DL_INLINE f32v maskedLoad(const float* p, int64_t n) {
  return (f32v)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}
DL_INLINE f64v maskedLoad(const double* p, int64_t n) {
  return (f64v)_mm512_maskz_loadu_pd((__mmask8)((1u << n) - 1), p);
}
DL_INLINE void maskedStore(float* p, f32v v, int64_t n) {
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
}
DL_INLINE void maskedStore(double* p, f64v v, int64_t n) {
  _mm512_mask_storeu_pd(p, (__mmask8)((1u << n) - 1), (__m512d)v);
}
#define DL_MASKED
#elif defined(__AVX2__)
/** All bits set in lanes below `n`. */
DL_INLINE __m256i lanesBelow(int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
DL_INLINE __m256i wideLanesBelow(int64_t n) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3));
}
DL_INLINE f32v maskedLoad(const float* p, int64_t n) { return (f32v)_mm256_maskload_ps(p, lanesBelow(n)); }
DL_INLINE f64v maskedLoad(const double* p, int64_t n) { return (f64v)_mm256_maskload_pd(p, wideLanesBelow(n)); }
DL_INLINE void maskedStore(float* p, f32v v, int64_t n) { _mm256_maskstore_ps(p, lanesBelow(n), (__m256)v); }
DL_INLINE void maskedStore(double* p, f64v v, int64_t n) {
  _mm256_maskstore_pd(p, wideLanesBelow(n), (__m256d)v);
}
#define DL_MASKED
#endif

/** The first `n` lanes (fewer than all) from memory, the others 0. */
template <class V, class T>
DL_INLINE V loadPart(const T* p, int64_t n) {
  T t[sizeof(V) / sizeof(T)] = {};
  for (int64_t i = 0; i < n; i++) t[i] = p[i];
  return load<V>(t);
}

template <class V, class T>
DL_INLINE void storePart(T* p, V v, int64_t n) {
  T t[sizeof(V) / sizeof(T)];
  store(t, v);
  for (int64_t i = 0; i < n; i++) p[i] = t[i];
}

template <class To, class From>
DL_INLINE To bits(From x) {
  static_assert(sizeof(To) == sizeof(From), "");
  To t;
  __builtin_memcpy(&t, &x, sizeof(To));
  return t;
}

#if defined(DL_MASKED)
template <> inline __attribute__((always_inline)) f32v loadPart<f32v, float>(const float* p, int64_t n) { return maskedLoad(p, n); }
template <> inline __attribute__((always_inline)) f64v loadPart<f64v, double>(const double* p, int64_t n) { return maskedLoad(p, n); }
template <> inline __attribute__((always_inline)) void storePart<f32v, float>(float* p, f32v v, int64_t n) { maskedStore(p, v, n); }
template <> inline __attribute__((always_inline)) void storePart<f64v, double>(double* p, f64v v, int64_t n) { maskedStore(p, v, n); }
#endif

DL_INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
DL_INLINE int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
DL_INLINE int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/** Loops over a shape for several operands: sizes outermost first, evenly spaced neighbors merged. */
struct Loops {
  int rank;
  int operands;
  int64_t sizes[MAX_RANK];
  int64_t strides[MAX_OPERANDS + 2][MAX_RANK];

  /** Starts with a scalar: one loop of size 1. */
  void begin(int count) {
    rank = 0;
    operands = count;
  }

  /** Adds an inner loop; `s[k]` is operand k's stride. */
  void add(int64_t size, const int64_t* s) {
    if (size == 1) return;
    if (rank > 0) {
      bool even = true;
      for (int k = 0; k < operands; k++) even = even && strides[k][rank - 1] == s[k] * size;
      if (even) {
        sizes[rank - 1] *= size;
        for (int k = 0; k < operands; k++) strides[k][rank - 1] = s[k];
        return;
      }
    }
    sizes[rank] = size;
    for (int k = 0; k < operands; k++) strides[k][rank] = s[k];
    rank++;
  }

  void end() {
    if (rank > 0) return;
    rank = 1;
    sizes[0] = 1;
    for (int k = 0; k < operands; k++) strides[k][0] = 0;
  }

  int64_t count(int dims) const {
    int64_t n = 1;
    for (int d = 0; d < dims; d++) n *= sizes[d];
    return n;
  }

  /** Positions of all operands at flat index `i` of the first `dims` loops. */
  void locate(int dims, int64_t i, int64_t* index, int64_t* positions) const {
    for (int k = 0; k < operands; k++) positions[k] = 0;
    for (int d = dims - 1; d >= 0; d--) {
      index[d] = i % sizes[d];
      i /= sizes[d];
      for (int k = 0; k < operands; k++) positions[k] += index[d] * strides[k][d];
    }
  }

  /** Advances to the next index of the first `dims` loops. */
  void advance(int dims, int64_t* index, int64_t* positions) const {
    for (int d = dims - 1; d >= 0; d--) {
      if (++index[d] < sizes[d]) {
        for (int k = 0; k < operands; k++) positions[k] += strides[k][d];
        return;
      }
      index[d] = 0;
      for (int k = 0; k < operands; k++) positions[k] -= strides[k][d] * (sizes[d] - 1);
    }
  }
};

/** Transposes a square of lanes in registers: log2(lanes) rounds of interleaving halves. */
template <class T, int W>
struct Zip;

// Clang has one, GCC before 12 the other.
#if defined(__clang__) || __GNUC__ >= 12
#define DL_SHUFFLE(I, a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define DL_SHUFFLE(I, a, b, ...) __builtin_shuffle(a, b, I{__VA_ARGS__})
#endif
#define DL_LIST(...) __VA_ARGS__
#define DL_ZIP(T, IT, W, LOW, HIGH)                                 \
  template <> struct Zip<T, W> {                                    \
    typedef T V __attribute__((vector_size(W * sizeof(T))));        \
    typedef IT I __attribute__((vector_size(W * sizeof(T))));       \
    static inline __attribute__((always_inline)) V low(V a, V b) {  \
      return DL_SHUFFLE(I, a, b, LOW);                              \
    }                                                               \
    static inline __attribute__((always_inline)) V high(V a, V b) { \
      return DL_SHUFFLE(I, a, b, HIGH);                             \
    }                                                               \
  };
DL_ZIP(float, int32_t, 16,
       DL_LIST(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
       DL_LIST(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31))
DL_ZIP(float, int32_t, 8, DL_LIST(0, 8, 1, 9, 2, 10, 3, 11), DL_LIST(4, 12, 5, 13, 6, 14, 7, 15))
DL_ZIP(float, int32_t, 4, DL_LIST(0, 4, 1, 5), DL_LIST(2, 6, 3, 7))
DL_ZIP(double, int64_t, 8, DL_LIST(0, 8, 1, 9, 2, 10, 3, 11),
       DL_LIST(4, 12, 5, 13, 6, 14, 7, 15))
DL_ZIP(double, int64_t, 4, DL_LIST(0, 4, 1, 5), DL_LIST(2, 6, 3, 7))
DL_ZIP(double, int64_t, 2, DL_LIST(0, 2), DL_LIST(1, 3))

template <class T, int W>
DL_INLINE void transpose(typename Zip<T, W>::V* r) {
  typedef typename Zip<T, W>::V V;
  V t[W];
#pragma GCC unroll 5
  for (int round = 1; round < W; round *= 2) {
#pragma GCC unroll 16
    for (int i = 0; i < W / 2; i++) {
      t[2 * i] = Zip<T, W>::low(r[i], r[i + W / 2]);
      t[2 * i + 1] = Zip<T, W>::high(r[i], r[i + W / 2]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < W; i++) r[i] = t[i];
  }
}

}  // namespace ISA
}  // namespace dl
