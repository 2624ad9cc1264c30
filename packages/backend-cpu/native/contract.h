// Contractions of every shape: products with a vector by bandwidth, the others by tiles.
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

/** out[j] += Σ x[k]·b[k, j] for `n` neighbouring columns, eight rows of b at a time. */
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

constexpr int64_t SPREAD = 1 << 16;  // elements read from which on the threads share a vector product

/** One row times a matrix; false if the matrix's layout asks for packing. */
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
  // Long single dot products are cut at fixed places.
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

constexpr int64_t LONG_SUM = 2048;      // sums from which on a small result is made in pieces of them
constexpr int64_t SMALL_RESULT = 16384;

/** A small result of long sums: pieces of the sums side by side, added up in order. */
template <class T>
static void longSums(const Product<T>& p, int64_t baseA, int64_t baseB, int64_t baseOut, bool spread) {
  const int64_t pieces = least(16, ceilDiv(p.k, LONG_SUM / 2));
  const int64_t each = ceilDiv(p.k, pieces), n = p.m * p.n;
  char* memory = static_cast<char*>(scratch(4, (p.m + p.n) * 8 + pieces * n * sizeof(T)));
  int64_t* rows = reinterpret_cast<int64_t*>(memory);
  int64_t* columns = rows + p.m;
  T* parts = reinterpret_cast<T*>(columns + p.n);
  for (int64_t i = 0; i < p.m; i++) rows[i] = i * p.n;
  for (int64_t j = 0; j < p.n; j++) columns[j] = j;
  const int64_t count = ceilDiv(p.k, each);
  const auto piece = [&](int64_t t) {
    Product<T> q = p;
    q.k = least(each, p.k - t * each);
    q.a.sums += t * each;
    q.b.sums += t * each;
    q.out = parts + t * n;
    q.outRows = rows;
    q.outColumns = columns;
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

/** Writes the offset of every combination of a group's indices; returns the even stride or 0. */
static int64_t positions(const Group& g, const int64_t* strides, int64_t* to) {
  Loops loops;
  loops.begin(1);
  for (int d = 0; d < g.rank; d++) loops.add(g.sizes[d], strides + d);
  loops.end();
  const int inner = loops.rank - 1;
  const int64_t n = loops.sizes[inner], step = loops.strides[0][inner];
  const int64_t outer = loops.count(inner);
  int64_t index[MAX_RANK] = {}, at[1] = {0};
  for (int64_t o = 0; o < outer; o++) {
    for (int64_t i = 0; i < n; i++) *to++ = at[0] + i * step;
    loops.advance(inner, index, at);
  }
  return loops.rank == 1 ? (n == 1 ? 1 : step) : 0;
}

template <class T>
static bool contractTyped(const ContractJob& job) {
  if (tinyProduct<T>(job)) return true;
  const int64_t batches = sizeOf(job.batch);
  Product<T> p;
  p.m = sizeOf(job.row);
  p.n = sizeOf(job.column);
  p.k = sizeOf(job.sum);
  if (batches == 0 || p.m == 0 || p.n == 0) return true;
  int64_t* memory = static_cast<int64_t*>(scratch(2, (2 * p.m + 2 * p.n + 2 * p.k + 3 * batches + 8) * 8));
  int64_t* rowA = memory;
  int64_t* rowOut = rowA + p.m;
  int64_t* columnB = rowOut + p.m;
  int64_t* columnOut = columnB + p.n;
  int64_t* sumA = columnOut + p.n;
  int64_t* sumB = sumA + p.k;
  int64_t* batchA = sumB + p.k;
  int64_t* batchB = batchA + batches;
  int64_t* batchOut = batchB + batches;
  const int64_t rowEven = positions(job.row, job.row.a, rowA);
  const int64_t columnEven = positions(job.column, job.column.b, columnB);
  const int64_t rowOutEven = positions(job.row, job.row.out, rowOut);
  const int64_t columnOutEven = positions(job.column, job.column.out, columnOut);
  positions(job.batch, job.batch.a, batchA);
  positions(job.batch, job.batch.b, batchB);
  positions(job.batch, job.batch.out, batchOut);
  p.out = reinterpret_cast<T*>(job.out.data);
  if (p.k == 0) {
    for (int64_t s = 0; s < batches; s++) {
      for (int64_t i = 0; i < p.m; i++) {
        for (int64_t j = 0; j < p.n; j++) p.out[batchOut[s] + rowOut[i] + columnOut[j]] = 0;
      }
    }
    return true;
  }
  const int64_t sumAEven = positions(job.sum, job.sum.a, sumA);
  const int64_t sumBEven = positions(job.sum, job.sum.b, sumB);
  const T* a = reinterpret_cast<const T*>(job.a.data);
  const T* b = reinterpret_cast<const T*>(job.b.data);
  // The columns are what vectors run along when the result is stored.
  const bool besideRows = p.m > 1 && (rowOutEven == 1 || rowOut[1] - rowOut[0] == 1);
  const bool besideColumns = p.n > 1 && (columnOutEven == 1 || columnOut[1] - columnOut[0] == 1);
  const bool swap = p.m > 1 && (p.n == 1 || (besideRows && !besideColumns));
  if (swap) {
    const int64_t m = p.m;
    p.m = p.n;
    p.n = m;
    p.a = {b, columnB, sumB, sumBEven};
    p.b = {a, rowA, sumA, sumAEven};
    p.outRows = columnOut;
    p.outColumns = rowOut;
    p.bColumnsEven = rowEven == 1;
    int64_t* t = batchA;
    batchA = batchB;
    batchB = t;
  } else {
    p.a = {a, rowA, sumA, sumAEven};
    p.b = {b, columnB, sumB, sumBEven};
    p.outRows = rowOut;
    p.outColumns = columnOut;
    p.bColumnsEven = columnEven == 1;
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
  microTable<T>();  // filled before the threads look
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
