// CUDA C++ for a host compiler: what the language has without any header, as far as kernels here use it.
#pragma once
#include "runtime.h"
#include "shared.h"

#define __global__
#define __device__
#define __host__
#define __constant__ static const
#define __restrict__ __restrict
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
// A buffer ends at the end of a page here, so its start is aligned as its length allows: alignment is that of a
// place in its buffer, and checked where a kernel says that it relies on it.
#define __align__(n)
#define alignof(...) (sizeof(__VA_ARGS__) < 16 ? sizeof(__VA_ARGS__) : 16)
#define __builtin_assume_aligned(p, n) dl::aligned(p, n)
namespace dl {
template <class T> DL_INTO T* aligned(T* p, unsigned long n) {
  dl_aligned((const void*)p, n);
  return p;
}
}  // namespace dl
#define __CUDACC_RTC__ 1
#define __CUDA_ARCH__ 900

#define threadIdx (dl_self->threadIdx)
#define blockIdx (dl_self->blockIdx)
#define blockDim (dl_self->blockDim)
#define gridDim (dl_self->gridDim)
constexpr int warpSize = 32;

#define __syncthreads() dl_barrier(__LINE__)
#define __trap() dl_trap("__trap()", __LINE__)
#define assert(x) ((x) ? (void)0 : dl_trap("assert(" #x ")", __LINE__))
inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence_block() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

// Warps. The line is that of the call.
namespace dl {
template <class T>
T shuffle(unsigned what, unsigned mask, T value, int lane, int width, int line) {
  static_assert(sizeof(T) <= 8, "a shuffle moves at most eight bytes");
  unsigned long long in = 0;
  __builtin_memcpy(&in, &value, sizeof(T));
  in = dl_together(what, mask, in, lane, width, line);
  __builtin_memcpy(&value, &in, sizeof(T));
  return value;
}
}  // namespace dl
#define __syncwarp(...) dl::warp(__LINE__ __VA_OPT__(,) __VA_ARGS__)
namespace dl {
inline void warp(int line, unsigned mask = 0xffffffffu) { dl_together(MEET, mask, 0, 0, 32, line); }
template <class T> T shfl(int line, unsigned m, T v, int l, int w = 32) { return shuffle(TAKE_LANE, m, v, l, w, line); }
template <class T> T up(int line, unsigned m, T v, int l, int w = 32) { return shuffle(TAKE_UP, m, v, l, w, line); }
template <class T> T down(int line, unsigned m, T v, int l, int w = 32) { return shuffle(TAKE_DOWN, m, v, l, w, line); }
template <class T> T lxor(int line, unsigned m, T v, int l, int w = 32) { return shuffle(TAKE_XOR, m, v, l, w, line); }
inline unsigned ballot(int line, unsigned m, int p) { return (unsigned)dl_together(VOTE, m, p != 0, 0, 32, line); }
inline int any(int line, unsigned m, int p) { return ballot(line, m, p) != 0; }
inline int all(int line, unsigned m, int p) { return ballot(line, m, p == 0) == 0; }
}  // namespace dl
#define __shfl_sync(...) dl::shfl(__LINE__, __VA_ARGS__)
#define __shfl_up_sync(...) dl::up(__LINE__, __VA_ARGS__)
#define __shfl_down_sync(...) dl::down(__LINE__, __VA_ARGS__)
#define __shfl_xor_sync(...) dl::lxor(__LINE__, __VA_ARGS__)
#define __ballot_sync(...) dl::ballot(__LINE__, __VA_ARGS__)
#define __any_sync(...) dl::any(__LINE__, __VA_ARGS__)
#define __all_sync(...) dl::all(__LINE__, __VA_ARGS__)

// Vectors.
#define DL_VECTOR(T, N) \
  struct alignas(sizeof(T) * 2) N##2 { T x, y; }; struct N##3 { T x, y, z; }; \
  struct alignas(sizeof(T) * 4 < 16 ? sizeof(T) * 4 : 16) N##4 { T x, y, z, w; }; \
  inline N##2 make_##N##2(T x, T y) { return {x, y}; } inline N##3 make_##N##3(T x, T y, T z) { return {x, y, z}; } \
  inline N##4 make_##N##4(T x, T y, T z, T w) { return {x, y, z, w}; }
DL_VECTOR(float, float) DL_VECTOR(double, double) DL_VECTOR(int, int) DL_VECTOR(unsigned, uint)
DL_VECTOR(unsigned char, uchar) DL_VECTOR(short, short) DL_VECTOR(unsigned short, ushort) DL_VECTOR(long long, longlong)
#undef DL_VECTOR
typedef dl::Index3 dim3;
typedef dl::Index3 dl_uint3;

// Bits.
template <class To, class From>
inline To dl_bits(From x) {
  static_assert(sizeof(To) == sizeof(From), "");
  To y;
  __builtin_memcpy(&y, &x, sizeof(y));
  return y;
}
inline float __uint_as_float(unsigned x) { return dl_bits<float>(x); }
inline unsigned __float_as_uint(float x) { return dl_bits<unsigned>(x); }
inline float __int_as_float(int x) { return dl_bits<float>(x); }
inline int __float_as_int(float x) { return dl_bits<int>(x); }
inline double __longlong_as_double(long long x) { return dl_bits<double>(x); }
inline long long __double_as_longlong(double x) { return dl_bits<long long>(x); }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __clz(int x) { return x == 0 ? 32 : __builtin_clz((unsigned)x); }
inline int __clzll(long long x) { return x == 0 ? 64 : __builtin_clzll((unsigned long long)x); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((unsigned long long)a * b >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return (unsigned long long)((unsigned __int128)a * b >> 64);
}
template <class T> inline T __ldg(const T* p) { return *p; }

// Atomics, of which blocks on several cores make use.
namespace dl {
template <class T, class U, class F>
inline T swapped(T* p, F change) {
  U old = __atomic_load_n((U*)p, __ATOMIC_SEQ_CST);
  for (;;) {
    T before = dl_bits<T>(old);
    if (__atomic_compare_exchange_n((U*)p, &old, dl_bits<U>(T(change(before))), false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
      return before;
    }
  }
}
template <unsigned N> struct Word;
template <> struct Word<2> { typedef unsigned short type; };
template <> struct Word<4> { typedef unsigned type; };
template <> struct Word<8> { typedef unsigned long long type; };
template <class T, class F> inline T change(T* p, F f) { return swapped<T, typename Word<sizeof(T)>::type>(p, f); }
}  // namespace dl
#define DL_ATOMICS(T, U) \
  inline T atomicAdd(T* p, T v) { return dl::change(p, [v](T x) { return (T)((U)x + (U)v); }); } \
  inline T atomicMin(T* p, T v) { return dl::change(p, [v](T x) { return v < x ? v : x; }); } \
  inline T atomicMax(T* p, T v) { return dl::change(p, [v](T x) { return v > x ? v : x; }); } \
  inline T atomicExch(T* p, T v) { return dl::change(p, [v](T) { return v; }); } \
  inline T atomicCAS(T* p, T c, T v) { return dl::change(p, [c, v](T x) { return x == c ? v : x; }); }
DL_ATOMICS(int, unsigned) DL_ATOMICS(unsigned, unsigned) DL_ATOMICS(unsigned long long, unsigned long long)
#undef DL_ATOMICS
inline float atomicAdd(float* p, float v) { return dl::change(p, [v](float x) { return x + v; }); }
inline double atomicAdd(double* p, double v) { return dl::change(p, [v](double x) { return x + v; }); }
inline float atomicExch(float* p, float v) { return dl::change(p, [v](float) { return v; }); }
inline unsigned atomicOr(unsigned* p, unsigned v) { return dl::change(p, [v](unsigned x) { return x | v; }); }
inline unsigned atomicAnd(unsigned* p, unsigned v) { return dl::change(p, [v](unsigned x) { return x & v; }); }
inline int atomicSub(int* p, int v) { return dl::change(p, [v](int x) { return (int)((unsigned)x - (unsigned)v); }); }
inline unsigned short atomicCAS(unsigned short* p, unsigned short c, unsigned short v) {
  return dl::change(p, [c, v](unsigned short x) { return x == c ? v : x; });
}

// Functions: the C library's, each also by the name that C++ gives it for float.
#define DL_ONE(name) \
  extern "C" double name(double) noexcept; extern "C" float name##f(float) noexcept; \
  inline float name(float x) { return name##f(x); } inline double name(int x) { return name((double)x); }
#define DL_TWO(name) \
  extern "C" double name(double, double) noexcept; extern "C" float name##f(float, float) noexcept; \
  inline float name(float x, float y) { return name##f(x, y); }
DL_ONE(acos) DL_ONE(acosh) DL_ONE(asin) DL_ONE(asinh) DL_ONE(atan) DL_ONE(atanh) DL_ONE(cbrt) DL_ONE(ceil) DL_ONE(cos) DL_ONE(cosh)
DL_ONE(erf) DL_ONE(erfc) DL_ONE(exp) DL_ONE(exp2) DL_ONE(expm1) DL_ONE(fabs) DL_ONE(floor) DL_ONE(lgamma) DL_ONE(log) DL_ONE(log10)
DL_ONE(log1p) DL_ONE(log2) DL_ONE(logb) DL_ONE(nearbyint) DL_ONE(rint) DL_ONE(round) DL_ONE(sin) DL_ONE(sinh) DL_ONE(sqrt) DL_ONE(tan)
DL_ONE(tanh) DL_ONE(tgamma) DL_ONE(trunc)
DL_TWO(atan2) DL_TWO(copysign) DL_TWO(fdim) DL_TWO(fmax) DL_TWO(fmin) DL_TWO(fmod) DL_TWO(hypot) DL_TWO(nextafter) DL_TWO(pow) DL_TWO(remainder)
#undef DL_ONE
#undef DL_TWO
inline double pow(double x, int y) { return pow(x, (double)y); }
extern "C" double fma(double, double, double) noexcept;
extern "C" float fmaf(float, float, float) noexcept;
extern "C" double ldexp(double, int) noexcept;
extern "C" float ldexpf(float, int) noexcept;
inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
inline double rsqrt(double x) { return 1.0 / sqrt(x); }
inline bool isnan(float x) { return x != x; }
inline bool isnan(double x) { return x != x; }
inline bool isinf(float x) { return __builtin_isinf(x); }
inline bool isinf(double x) { return __builtin_isinf(x); }
inline bool isfinite(float x) { return x - x == 0; }
inline bool isfinite(double x) { return x - x == 0; }
inline bool signbit(float x) { return __builtin_signbit(x); }
inline bool signbit(double x) { return __builtin_signbit(x); }
inline int abs(int x) { return x < 0 ? -x : x; }
inline long long llabs(long long x) { return x < 0 ? -x : x; }
#define DL_LESS(T) inline T min(T a, T b) { return b < a ? b : a; } inline T max(T a, T b) { return a < b ? b : a; }
DL_LESS(int) DL_LESS(unsigned) DL_LESS(long long) DL_LESS(unsigned long long)
#undef DL_LESS
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fsqrt_rn(float a) { return sqrtf(a); }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __fma_rn(double a, double b, double c) { return fma(a, b, c); }
inline float __expf(float x) { return expf(x); }
inline float __logf(float x) { return logf(x); }
