// Gather and scatter: every index is checked before the first element moves, and again when it is used.
#pragma once
#include "frame.h"

namespace dl {
namespace ISA {

/**
 * Reads an index exactly once: its memory may be shared with another thread, or be the target of a scatter. The value
 * that was checked must be the value that is used, so the compiler must not read it twice.
 */
DL_INLINE int32_t readIndex(const int32_t* x) { return __atomic_load_n(x, __ATOMIC_RELAXED); }

/** The non-negative position of an index; false if it is not within ±size. */
DL_INLINE bool place(int32_t index, int64_t size, int64_t& at) {
  at = index < 0 ? index + size : (int64_t)index;
  return (uint64_t)at < (uint64_t)size;
}

/** Stores an index that changed after it was checked. Several threads may find one; any of them is enough. */
DL_INLINE void noteBad(IndexedJob& job, int64_t index, int64_t size) {
  __atomic_store_n(&job.bad, index, __ATOMIC_RELAXED);
  __atomic_store_n(&job.badSize, size, __ATOMIC_RELAXED);
}

/** The first value outside ±size in an index view, searched among its distinct elements. */
static bool checkIndex(IndexedJob& job, int k) {
  Loops loops;
  loops.begin(1);
  for (int d = 0; d < job.rank; d++) {
    if (job.index[k].strides[d] != 0) loops.add(job.shape[d], &job.index[k].strides[d]);
  }
  loops.end();
  const int inner = loops.rank - 1;
  const int64_t n = loops.sizes[inner], step = loops.strides[0][inner], outer = loops.count(inner);
  const int64_t size = job.size[k];
  int64_t index[MAX_RANK] = {}, at[1] = {0};
  for (int64_t o = 0; o < outer; o++) {
    const int32_t* x = (const int32_t*)job.index[k].data + at[0];
    int32_t low = x[0], high = x[0];
    if (step == 1) {
      for (int64_t i = 0; i < n; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
      }
    } else {
      for (int64_t i = 0; i < n; i++) {
        const int32_t v = x[i * step];
        low = v < low ? v : low;
        high = v > high ? v : high;
      }
    }
    if (low < -size || high >= size) {
      for (int64_t i = 0; i < n; i++) {
        const int32_t v = x[i * step];
        if (v >= -size && v < size) continue;
        job.bad = v;
        job.badSize = size;
        return false;
      }
    }
    loops.advance(inner, index, at);
  }
  return true;
}

struct Set {
  template <class T> static T of(T, T x) { return x; }
};
struct Sum {
  template <class T> static T of(T old, T x) { return (T)(old + x); }
};
struct Prod {
  template <class T> static T of(T old, T x) { return (T)(old * x); }
};
struct Min {
  template <class T> static T of(T old, T x) { return x < old || isNaNValue(x) ? x : old; }
  template <class T> static bool isNaNValue(T x) { return x != x; }
};
struct Max {
  template <class T> static T of(T old, T x) { return x > old || x != x ? x : old; }
};

/**
 * `to[q] = F(to[q], from[p])` over rows `row0` … of the loops; `moved` is operand 0 or 1. An index that has become
 * invalid moves nothing and is stored in the job.
 */
template <class T, class F>
static void moveRows(IndexedJob& job, const Loops& loops, bool scatter, int64_t row0, int64_t row1,
                     int64_t i0, int64_t i1) {
  const int inner = loops.rank - 1;
  const int64_t movedStep = loops.strides[0][inner], plainStep = loops.strides[1][inner];
  T* moved = (T*)(scatter ? job.to.data : job.from.data);
  T* plain = (T*)(scatter ? job.from.data : job.to.data);
  bool fixed = true;
  for (int k = 0; k < job.indices; k++) fixed = fixed && loops.strides[k + 2][inner] == 0;
  int64_t index[MAX_RANK], at[MAX_OPERANDS];
  loops.locate(inner, row0, index, at);
  const auto shift = [&](int64_t i, int64_t& total) {
    total = 0;
    for (int k = 0; k < job.indices; k++) {
      const int32_t v = readIndex((const int32_t*)job.index[k].data + at[k + 2] + i * loops.strides[k + 2][inner]);
      int64_t there;
      if (!place(v, job.size[k], there)) {
        noteBad(job, v, job.size[k]);
        return false;
      }
      total += there * job.stride[k];
    }
    return true;
  };
  for (int64_t r = row0; r < row1; r++) {
    T* m = moved + at[0];
    T* q = plain + at[1];
    if (fixed) {
      int64_t total;
      if (!shift(0, total)) return;
      m += total;
      if (movedStep == 1 && plainStep == 1) {
        if (scatter) DL_LOOP (int64_t i = i0; i < i1; i++) m[i] = F::of(m[i], q[i]);
        else memcpy(q + i0, m + i0, (i1 - i0) * sizeof(T));
      } else if (scatter) {
        for (int64_t i = i0; i < i1; i++) m[i * movedStep] = F::of(m[i * movedStep], q[i * plainStep]);
      } else {
        for (int64_t i = i0; i < i1; i++) q[i * plainStep] = m[i * movedStep];
      }
    } else if (job.indices == 1) {
      const int32_t* x = (const int32_t*)job.index[0].data + at[2];
      const int64_t xs = loops.strides[2][inner], size = job.size[0], stride = job.stride[0];
      for (int64_t i = i0; i < i1; i++) {
        const int32_t v = readIndex(x + i * xs);
        int64_t there;
        if (!place(v, size, there)) return noteBad(job, v, size);
        T* t = m + i * movedStep + there * stride;
        if (scatter) *t = F::of(*t, q[i * plainStep]);
        else q[i * plainStep] = *t;
      }
    } else {
      for (int64_t i = i0; i < i1; i++) {
        int64_t total;
        if (!shift(i, total)) return;
        T* t = m + i * movedStep + total;
        if (scatter) *t = F::of(*t, q[i * plainStep]);
        else q[i * plainStep] = *t;
      }
    }
    loops.advance(inner, index, at);
  }
}

template <class T, class F>
static void move(IndexedJob& job, const Loops& loops, bool scatter) {
  const int inner = loops.rank - 1;
  const int64_t length = loops.sizes[inner], outer = loops.count(inner);
  bool fixed = true;
  for (int k = 0; k < job.indices; k++) fixed = fixed && loops.strides[k + 2][inner] == 0;
  if (outer * length < 32768) {
    moveRows<T, F>(job, loops, scatter, 0, outer, 0, length);
  } else if (scatter) {
    // Several indices may point to one position, and their order affects the result. If the index does not move along
    // the columns, each thread processes its own columns; otherwise one thread does everything.
    const bool apart = fixed && loops.strides[0][inner] == 1 && length >= 256;
    const int64_t each = apart ? ceilDiv(ceilDiv(length, threads()), 64) * 64 : length;
    parallelFor(ceilDiv(length, each), [&](int64_t t) {
      moveRows<T, F>(job, loops, scatter, 0, outer, t * each, least(length, (t + 1) * each));
    });
  } else {
    const int64_t piece = least(length, 16384), pieces = ceilDiv(length, piece);
    const int64_t rows = most(1, 16384 / length);
    parallelFor(ceilDiv(outer, rows) * pieces, [&](int64_t t) {
      const int64_t r = t / pieces * rows, i = t % pieces * piece;
      moveRows<T, F>(job, loops, scatter, r, least(outer, r + rows), i, least(length, i + piece));
    });
  }
}

template <class T>
static void combineInto(IndexedJob& job, const Loops& loops) {
  switch (job.combine) {
    case SUM: return move<T, Sum>(job, loops, true);
    case PROD: return move<T, Prod>(job, loops, true);
    case MIN: return move<T, Min>(job, loops, true);
    default: return move<T, Max>(job, loops, true);
  }
}

static bool indexed(IndexedJob& job, bool scatter) {
  job.badSize = -1;
  const int type = job.to.type;
  // Core decides what happens to integers that wrap in sums of products.
  if (scatter && job.combine >= 0 && type != F32 && type != F64) return false;
  for (int k = 0; k < job.indices; k++) {
    if (!checkIndex(job, k)) return false;
  }
  const View& moved = scatter ? job.to : job.from;
  const View& plain = scatter ? job.from : job.to;
  Loops loops;
  loops.begin(2 + job.indices);
  for (int d = 0; d < job.rank; d++) {
    int64_t s[MAX_OPERANDS] = {moved.strides[d], plain.strides[d]};
    for (int k = 0; k < job.indices; k++) s[k + 2] = job.index[k].strides[d];
    loops.add(job.shape[d], s);
  }
  loops.end();
  if (scatter && job.combine >= 0) {
    if (type == F32) combineInto<float>(job, loops);
    else combineInto<double>(job, loops);
    return job.badSize < 0;
  }
  switch (bytesOf(type)) {
    case 8: move<int64_t, Set>(job, loops, scatter); break;
    case 4: move<int32_t, Set>(job, loops, scatter); break;
    default: move<uint8_t, Set>(job, loops, scatter);
  }
  return job.badSize < 0;
}

}  // namespace ISA
}  // namespace dl
