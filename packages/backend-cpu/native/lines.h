// Work along one axis: cumulative reductions, and stable radix sort.
#pragma once
#include <stdlib.h>

#include "frame.h"

namespace dl {
namespace ISA {

/** The loops over all dimensions except the axis, for the given views. */
static void otherAxes(const LineJob& job, const View* const* views, int count, Loops& loops) {
  loops.begin(count);
  for (int d = 0; d < job.rank; d++) {
    if (d == job.axis) continue;
    int64_t s[MAX_OPERANDS];
    for (int k = 0; k < count; k++) s[k] = views[k]->strides[d];
    loops.add(job.shape[d], s);
  }
  loops.end();
}

struct ScanSum { static inline double of(double a, double b) { return a + b; } };
struct ScanProd { static inline double of(double a, double b) { return a * b; } };
struct ScanMin { static inline double of(double a, double b) { return (b < a) | (b != b) ? b : a; } };
struct ScanMax { static inline double of(double a, double b) { return (b > a) | (b != b) ? b : a; } };

/** Cumulative reductions in double precision: along each line, or over many adjacent lines at once. */
template <class T, class F>
static void scanLines(const LineJob& job) {
  const View* views[2] = {&job.input, &job.output};
  Loops loops;
  otherAxes(job, views, 2, loops);
  const int64_t n = job.shape[job.axis];
  const int64_t step = job.input.strides[job.axis], outStep = job.output.strides[job.axis];
  const T* in = (const T*)job.input.data;
  T* out = (T*)job.output.data;
  const int inner = loops.rank - 1;
  const int64_t width = loops.sizes[inner];
  const bool side = loops.strides[0][inner] == 1 && loops.strides[1][inner] == 1 && width >= 8;
  const int64_t lines = loops.count(side ? inner : loops.rank);
  const int64_t blocks = side ? ceilDiv(width, 256) : 1;
  const auto task = [&](int64_t t) {
    int64_t index[MAX_RANK], at[2];
    loops.locate(side ? inner : loops.rank, t / blocks, index, at);
    if (!side) {
      const T* x = in + at[0];
      T* y = out + at[1];
      double sofar = (double)x[0];
      y[0] = x[0];
      for (int64_t i = 1; i < n; i++) {
        sofar = F::of(sofar, (double)x[i * step]);
        y[i * outStep] = (T)sofar;
      }
      return;
    }
    const int64_t j0 = t % blocks * 256, some = least(256, width - j0);
    double sofar[256];
    for (int64_t i = 0; i < n; i++) {
      const T* x = in + at[0] + i * step + j0;
      T* y = out + at[1] + i * outStep + j0;
      if (i == 0) DL_LOOP (int64_t j = 0; j < some; j++) sofar[j] = (double)x[j];
      else DL_LOOP (int64_t j = 0; j < some; j++) sofar[j] = F::of(sofar[j], (double)x[j]);
      DL_LOOP (int64_t j = 0; j < some; j++) y[j] = (T)sofar[j];
    }
  };
  const int64_t tasks = lines * blocks, work = n * (side ? least(256, width) : 1);
  const int64_t each = most(1, 16384 / work);
  const auto group = [&](int64_t g) {
    for (int64_t t = g * each; t < least(tasks, (g + 1) * each); t++) task(t);
  };
  const int64_t groups = ceilDiv(tasks, each);
  if (groups > 1) parallelFor(groups, group);
  else group(0);
}

template <class T>
static bool scanTyped(const LineJob& job) {
  switch (job.reducer) {
    case SUM: scanLines<T, ScanSum>(job); break;
    case PROD: scanLines<T, ScanProd>(job); break;
    case MIN: scanLines<T, ScanMin>(job); break;
    default: scanLines<T, ScanMax>(job);
  }
  return true;
}

static bool scan(const LineJob& job) {
  if (job.input.type == F32) return scanTyped<float>(job);
  if (job.input.type == F64) return scanTyped<double>(job);
  return false;
}

// Sort keys: unsigned numbers in the order of the values, equal if the values count as equal.
DL_INLINE uint32_t keyOf(float x) {
  if (x != x) return 0xFFFFFFFFu;
  const uint32_t b = bits<uint32_t>(x == 0 ? 0.0f : x);
  return b & 0x80000000u ? ~b : b | 0x80000000u;
}
DL_INLINE uint64_t keyOf(double x) {
  if (x != x) return ~0ULL;
  const uint64_t b = bits<uint64_t>(x == 0 ? 0.0 : x);
  return b >> 63 ? ~b : b | (1ULL << 63);
}
DL_INLINE uint32_t keyOf(int32_t x) { return (uint32_t)x ^ 0x80000000u; }
DL_INLINE uint32_t keyOf(uint8_t x) { return x; }

template <class K>
struct Item {
  K key;
  uint32_t index;
};

/**
 * Stable: insertion sort in short runs, then merging. `other` has the same length. Returns the array with the result.
 */
template <class K>
static Item<K>* mergeSort(Item<K>* a, Item<K>* other, int64_t n) {
  constexpr int64_t SHORT = 16;
  for (int64_t s = 0; s < n; s += SHORT) {
    const int64_t end = least(n, s + SHORT);
    for (int64_t i = s + 1; i < end; i++) {
      const Item<K> x = a[i];
      int64_t j = i;
      for (; j > s && a[j - 1].key > x.key; j--) a[j] = a[j - 1];
      a[j] = x;
    }
  }
  for (int64_t w = SHORT; w < n; w *= 2) {
    for (int64_t s = 0; s < n; s += 2 * w) {
      int64_t i = s, j = least(n, s + w);
      const int64_t m = j, end = least(n, s + 2 * w);
      for (int64_t o = s; o < end; o++) {
        const bool left = i < m && (j >= end || a[i].key <= a[j].key);
        other[o] = a[left ? i++ : j++];
      }
    }
    Item<K>* t = a;
    a = other;
    other = t;
  }
  return a;
}

/** Stable radix sort: one pass for each digit of 11 bits in which the keys differ. */
template <class K>
static Item<K>* radixSort(Item<K>* a, Item<K>* other, int64_t n, int bitCount) {
  constexpr int BITS = 11, SIZE = 1 << BITS;
  const int passes = (bitCount + BITS - 1) / BITS;
  static_assert(sizeof(K) <= 8, "");
  uint32_t count[6][SIZE];
  memset(count, 0, sizeof(count[0]) * passes);
  for (int64_t i = 0; i < n; i++) {
    for (int p = 0; p < passes; p++) count[p][a[i].key >> (p * BITS) & (SIZE - 1)]++;
  }
  for (int p = 0; p < passes; p++) {
    uint32_t* c = count[p];
    if (c[a[0].key >> (p * BITS) & (SIZE - 1)] == (uint64_t)n) continue;
    uint32_t sum = 0;
    for (int d = 0; d < SIZE; d++) {
      const uint32_t here = c[d];
      c[d] = sum;
      sum += here;
    }
    for (int64_t i = 0; i < n; i++) other[c[a[i].key >> (p * BITS) & (SIZE - 1)]++] = a[i];
    Item<K>* t = a;
    a = other;
    other = t;
  }
  return a;
}

template <class T, class K>
static bool sortTyped(const LineJob& job) {
  const int64_t n = job.shape[job.axis];
  if (n > 0x7FFFFFFF) return false;
  const View* views[3] = {&job.input};
  int count = 1;
  const int valuesAt = count;
  if (job.hasValues) views[count++] = &job.output;
  const int indicesAt = count;
  if (job.hasIndices) views[count++] = &job.indices;
  Loops loops;
  otherAxes(job, views, count, loops);
  const int64_t lines = loops.count(loops.rank);
  const int64_t step = job.input.strides[job.axis];
  const auto line = [&](int64_t t) {
    int64_t index[MAX_RANK], at[3];
    loops.locate(loops.rank, t, index, at);
    Item<K>* items = (Item<K>*)scratch(7, 2 * n * sizeof(Item<K>));
    const T* x = (const T*)job.input.data + at[0];
    const K flip = job.descending ? (K)~(K)0 : 0;
    for (int64_t i = 0; i < n; i++) items[i] = {keyOf(x[i * step]) ^ flip, (uint32_t)i};
    const Item<K>* sorted = n < 1024 ? mergeSort(items, items + n, n)
                                     : radixSort(items, items + n, n, (int)sizeof(K) * 8);
    if (job.hasValues) {
      T* y = (T*)job.output.data + at[valuesAt];
      const int64_t outStep = job.output.strides[job.axis];
      for (int64_t i = 0; i < n; i++) y[i * outStep] = x[sorted[i].index * step];
    }
    if (job.hasIndices) {
      int32_t* y = (int32_t*)job.indices.data + at[indicesAt];
      const int64_t outStep = job.indices.strides[job.axis];
      for (int64_t i = 0; i < n; i++) y[i * outStep] = (int32_t)sorted[i].index;
    }
  };
  if (lines > 1 && lines * n >= 4096) {
    const int64_t each = most(1, 2048 / n);
    parallelFor(ceilDiv(lines, each), [&](int64_t g) {
      for (int64_t t = g * each; t < least(lines, (g + 1) * each); t++) line(t);
    });
  } else {
    for (int64_t t = 0; t < lines; t++) line(t);
  }
  return true;
}

static bool sort(const LineJob& job) {
  // Working in place would require a copy of the values; core never requests it.
  if (job.hasValues && job.output.data == job.input.data) return false;
  switch (job.input.type) {
    case F32: return sortTyped<float, uint32_t>(job);
    case F64: return sortTyped<double, uint64_t>(job);
    case I32: return sortTyped<int32_t, uint32_t>(job);
    default: return sortTyped<uint8_t, uint32_t>(job);
  }
}

}  // namespace ISA
}  // namespace dl
