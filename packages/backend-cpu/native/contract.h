// Matrix products of every shape: products with a vector limited by bandwidth, the others by tiles.
#pragma once
#include "gaps.h"
#include "tiny.h"

namespace dl {
namespace ISA {

/** Σ x[k]·y[k] over strided operands, in four chains of vectors. */
template <class T>
static T dotRun(const T* x, int64_t xs, const T* y, int64_t ys, int64_t n) {
  typedef typename VecOf<T>::V V;
  constexpr int W = lanes<T>;
  T total = 0;
  int64_t i = 0;
  if (xs == 1 && ys == 1) {
    V s[4] = {};
    for (; i + 4 * W <= n; i += 4 * W) {
#pragma GCC unroll 4
      for (int u = 0; u < 4; u++) s[u] += load<V>(x + i + u * W) * load<V>(y + i + u * W);
    }
    for (; i + W <= n; i += W) s[0] += load<V>(x + i) * load<V>(y + i);
    const V v = (s[0] + s[1]) + (s[2] + s[3]);
    T parts[W];
    store(parts, v);
    for (int w = W / 2; w > 0; w /= 2) {
      for (int l = 0; l < w; l++) parts[l] += parts[l + w];
    }
    total = parts[0];
  }
  for (; i < n; i++) total += x[i * xs] * y[i * ys];
  return total;
}

/** out[j] += Σ x[k]·b[k, j] for `n` adjacent columns, eight rows of b at a time. */
template <class T>
static void columnsRun(T* out, const T* x, const T* b, int64_t pitch, int64_t n, int64_t k) {
  typedef typename VecOf<T>::V V;
  constexpr int W = lanes<T>;
  int64_t i = 0;
  for (; i + 8 <= k; i += 8) {
    const T* r = b + i * pitch;
    V f[8];
#pragma GCC unroll 8
    for (int u = 0; u < 8; u++) f[u] = splat<V>(x[i + u]);
    int64_t j = 0;
    for (; j + W <= n; j += W) {
      V s = load<V>(out + j), t = V{};
#pragma GCC unroll 4
      for (int u = 0; u < 8; u += 2) {
        s += f[u] * load<V>(r + u * pitch + j);
        t += f[u + 1] * load<V>(r + (u + 1) * pitch + j);
      }
      store(out + j, s + t);
    }
    for (; j < n; j++) {
      T s = out[j], t = 0;
      for (int u = 0; u < 8; u += 2) {
        s += x[i + u] * r[u * pitch + j];
        t += x[i + u + 1] * r[(u + 1) * pitch + j];
      }
      out[j] = s + t;
    }
  }
  for (; i < k; i++) {
    const T* r = b + i * pitch;
    const T f = x[i];
    for (int64_t j = 0; j < n; j++) out[j] += f * r[j];
  }
}

constexpr int64_t SPREAD = 1 << 16;  // number of elements from which a vector product uses threads

/** One row times a matrix; false if the matrix's layout requires packing. */
template <class T>
static bool vectorProduct(const Product<T>& p, int64_t baseA, int64_t baseB, int64_t baseOut, bool spread) {
  const int64_t n = p.n, k = p.k;
  const T* b = p.b.base + baseB;
  T* out = p.out + baseOut + p.outRows[0];
  const bool byColumns = p.bColumnsEven && n >= lanes<T> && p.b.sumStride != 0 && p.b.sumStride != 1;
  const bool byDots = !byColumns && p.b.sumStride == 1;
  if (!byColumns && !byDots) return false;
  const T* x = p.a.base + baseA + p.a.lines[0];
  if (p.a.sumStride != 1) {
    T* packed = static_cast<T*>(scratch(3, (k + 1) * sizeof(T)));
    for (int64_t i = 0; i < k; i++) packed[i] = x[p.a.sums[i]];
    x = packed;
  } else {
    x += p.a.sums[0];
  }
  spread = spread && n * k >= SPREAD;
  if (byColumns) {
    int64_t each = least(1024, n);
    if (spread) each = most(64, least(each, ceilDiv(ceilDiv(n, threads()), 16) * 16));
    const int64_t tasks = ceilDiv(n, each);
    const auto task = [&](int64_t t) {
      const int64_t j = t * each, width = least(each, n - j);
      T sums[1024] = {};
      columnsRun(sums, x, b + p.b.lines[j] + p.b.sums[0], p.b.sumStride, width, k);
      for (int64_t l = 0; l < width; l++) out[p.outColumns[j + l]] = sums[l];
    };
    if (spread) parallelFor(tasks, task);
    else for (int64_t t = 0; t < tasks; t++) task(t);
    return true;
  }
  // Long single dot products are split at fixed positions.
  constexpr int64_t CUT = 1 << 15;
  const int64_t pieces = ceilDiv(k, CUT);
  if (pieces > 1 && n < 16) {
    double* part = static_cast<double*>(scratch(4, n * pieces * sizeof(double)));
    const auto piece = [&](int64_t t) {
      const int64_t j = t / pieces, k0 = t % pieces * CUT;
      part[t] = dotRun(x + k0, 1, b + p.b.lines[j] + p.b.sums[k0], 1, least(CUT, k - k0));
    };
    if (spread) parallelFor(n * pieces, piece);
    else for (int64_t t = 0; t < n * pieces; t++) piece(t);
    for (int64_t j = 0; j < n; j++) {
      double total = 0;
      for (int64_t c = 0; c < pieces; c++) total += part[j * pieces + c];
      out[p.outColumns[j]] = (T)total;
    }
    return true;
  }
  const int64_t each = most(1, 8192 / k);
  const auto task = [&](int64_t t) {
    for (int64_t j = t * each; j < least(n, (t + 1) * each); j++) {
      out[p.outColumns[j]] = dotRun(x, 1, b + p.b.lines[j] + p.b.sums[0], 1, k);
    }
  };
  if (spread) parallelFor(ceilDiv(n, each), task);
  else for (int64_t t = 0; t < ceilDiv(n, each); t++) task(t);
  return true;
}

constexpr int64_t LONG_SUM = 2048;      // length from which sums of a small result are split
constexpr int64_t SMALL_RESULT = 16384;

/** A small result of long sums: the sums are split into pieces, whose results are added in order. */
template <class T>
static void longSums(const Product<T>& p, int64_t baseA, int64_t baseB, int64_t baseOut, bool spread) {
  const int64_t pieces = least(16, ceilDiv(p.k, LONG_SUM / 2));
  const int64_t each = ceilDiv(p.k, pieces), n = p.m * p.n;
  T* parts = static_cast<T*>(scratch(4, pieces * n * sizeof(T)));
  const int64_t count = ceilDiv(p.k, each);
  const auto piece = [&](int64_t t) {
    Product<T> q = p;
    q.k = least(each, p.k - t * each);
    q.a.sums = p.a.sums + t * each;
    q.b.sums = p.b.sums + t * each;
    q.out = parts + t * n;
    q.outRows = {nullptr, 0, p.n};
    q.outColumns = {nullptr, 0, 1};
    product(q, baseA, baseB, 0, false);
  };
  if (spread) parallelFor(count, piece);
  else for (int64_t t = 0; t < count; t++) piece(t);
  for (int64_t t = 1; t < count; t++) {
    const T* part = parts + t * n;
    for (int64_t i = 0; i < n; i++) parts[i] += part[i];
  }
  T* out = p.out + baseOut;
  for (int64_t i = 0; i < p.m; i++) {
    for (int64_t j = 0; j < p.n; j++) out[p.outRows[i] + p.outColumns[j]] = parts[i * p.n + j];
  }
}

DL_INLINE int64_t sizeOf(const Group& g) {
  int64_t n = 1;
  for (int d = 0; d < g.rank; d++) n *= g.sizes[d];
  return n;
}

/** The offsets of one group of axes in one operand. */
struct Positions {
  Loops loops;

  Positions(const Group& g, const int64_t* strides) {
    loops.begin(1);
    for (int d = 0; d < g.rank; d++) loops.add(g.sizes[d], strides + d);
    loops.end();
  }

  /** The constant stride, or 0 if there is none. */
  int64_t even() const {
    if (loops.rank > 1) return 0;
    return loops.sizes[0] == 1 ? 1 : loops.strides[0][0];
  }

  /** The number of offsets that `list` writes. */
  int64_t listed() const { return loops.rank == 1 ? 0 : loops.count(loops.rank); }

  /** The offsets; without a constant stride they are written to `memory`, which is advanced. */
  Offsets list(int64_t*& memory) const {
    const int inner = loops.rank - 1;
    const int64_t n = loops.sizes[inner], step = loops.strides[0][inner];
    if (inner == 0) return {nullptr, 0, n == 1 ? 1 : step};
    const int64_t* const table = memory;
    const int64_t outer = loops.count(inner);
    int64_t index[MAX_RANK] = {}, at[1] = {0};
    for (int64_t o = 0; o < outer; o++) {
      for (int64_t i = 0; i < n; i++) *memory++ = at[0] + i * step;
      loops.advance(inner, index, at);
    }
    return {table, 0, 0};
  }
};

template <class T>
static bool contractTyped(const ContractJob& job) {
  if (tinyProduct<T>(job)) return true;
  const int64_t batches = sizeOf(job.batch);
  Product<T> p;
  p.m = sizeOf(job.row);
  p.n = sizeOf(job.column);
  p.k = sizeOf(job.sum);
  if (batches == 0 || p.m == 0 || p.n == 0) return true;
  const Positions rowsA(job.row, job.row.a), rowsOut(job.row, job.row.out);
  const Positions columnsB(job.column, job.column.b), columnsOut(job.column, job.column.out);
  const Positions batchesA(job.batch, job.batch.a), batchesB(job.batch, job.batch.b);
  const Positions batchesOut(job.batch, job.batch.out);
  const Positions sumsA(job.sum, job.sum.a), sumsB(job.sum, job.sum.b);
  int64_t listed = 8;
  const Positions* const all[] = {&rowsA,    &rowsOut,    &columnsB, &columnsOut, &batchesA,
                                  &batchesB, &batchesOut, &sumsA,    &sumsB};
  for (const Positions* q : all) listed += q->listed();
  int64_t* memory = static_cast<int64_t*>(scratch(2, listed * 8));
  const Offsets rowA = rowsA.list(memory), rowOut = rowsOut.list(memory);
  const Offsets columnB = columnsB.list(memory), columnOut = columnsOut.list(memory);
  Offsets batchA = batchesA.list(memory), batchB = batchesB.list(memory);
  const Offsets batchOut = batchesOut.list(memory);
  p.out = reinterpret_cast<T*>(job.out.data);
  if (p.k == 0) {
    for (int64_t s = 0; s < batches; s++) {
      for (int64_t i = 0; i < p.m; i++) {
        for (int64_t j = 0; j < p.n; j++) p.out[batchOut[s] + rowOut[i] + columnOut[j]] = 0;
      }
    }
    return true;
  }
  const Offsets sumA = sumsA.list(memory), sumB = sumsB.list(memory);
  const T* a = reinterpret_cast<const T*>(job.a.data);
  const T* b = reinterpret_cast<const T*>(job.b.data);
  // Vectors run along the columns when the result is stored.
  const bool besideRows = p.m > 1 && (rowsOut.even() == 1 || rowOut[1] - rowOut[0] == 1);
  const bool besideColumns = p.n > 1 && (columnsOut.even() == 1 || columnOut[1] - columnOut[0] == 1);
  const bool swap = p.m > 1 && (p.n == 1 || (besideRows && !besideColumns));
  if (swap) {
    const int64_t m = p.m;
    p.m = p.n;
    p.n = m;
    p.a = {b, columnB, sumB, sumsB.even()};
    p.b = {a, rowA, sumA, sumsA.even()};
    p.outRows = columnOut;
    p.outColumns = rowOut;
    p.bColumnsEven = rowsA.even() == 1;
    const Offsets t = batchA;
    batchA = batchB;
    batchB = t;
  } else {
    p.a = {a, rowA, sumA, sumsA.even()};
    p.b = {b, columnB, sumB, sumsB.even()};
    p.outRows = rowOut;
    p.outColumns = columnOut;
    p.bColumnsEven = columnsB.even() == 1;
  }
  Gaps gaps;
  const bool gapped = p.n >= 64 && gaps.find(swap ? job.row : job.column, swap ? job.row.a : job.column.b,
                                             NV * lanes<T>);
  const double work = (double)p.m * p.n * p.k;
  const auto one = [&](int64_t s, bool spread) {
    if (p.m == 1 && vectorProduct(p, batchA[s], batchB[s], batchOut[s], spread)) return;
    if (p.k >= LONG_SUM && p.m * p.n <= SMALL_RESULT && p.k >= 8 * most(p.m, p.n)) {
      longSums(p, batchA[s], batchB[s], batchOut[s], spread);
      return;
    }
    if (gapped && gapProduct(p, gaps, batchA[s], batchB[s], batchOut[s], spread)) return;
    product(p, batchA[s], batchB[s], batchOut[s], spread);
  };
  microTable<T>();  // filled before the threads read it
  const bool large = work >= 400e3;
  if (batches == 1 || (large && batches < 2 * threads())) {
    for (int64_t s = 0; s < batches; s++) one(s, large);
    return true;
  }
  if (work * batches < 400e3) {
    for (int64_t s = 0; s < batches; s++) one(s, false);
    return true;
  }
  const int64_t each = most(1, (int64_t)(100e3 / work));
  parallelFor(ceilDiv(batches, each), [&](int64_t t) {
    for (int64_t s = t * each; s < least(batches, (t + 1) * each); s++) one(s, false);
  });
  return true;
}

static bool contract(const ContractJob& job) {
  if (job.out.type == F32) return contractTyped<float>(job);
  if (job.out.type == F64) return contractTyped<double>(job);
  return false;
}

}  // namespace ISA
}  // namespace dl
