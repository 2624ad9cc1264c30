// Products with two small dimensions, as in networks of a few neurons: no packing, no tables of positions.
#pragma once
#include "vec.h"

namespace dl {
namespace ISA {

constexpr int64_t TINY_SIDE = 64;       // elements of the small operand or result
constexpr int64_t TINY_WORK = 1 << 16;  // number of multiply-adds up to which it pays off

/** out[i·om + j·on] = Σ a[i·am + k·ak] · b[k·bk + j·bn]. */
template <class T>
struct Tiny {
  int64_t m, n, k;
  int64_t am, ak, bk, bn, om, on;
  const T* a;
  const T* b;
  T* out;
  typedef typename VecOf<T>::V V;
  static constexpr int W = lanes<T>;

  void turn() {
    const Tiny t = *this;
    m = t.n, n = t.m;
    am = t.bn, ak = t.bk, bk = t.ak, bn = t.am;
    om = t.on, on = t.om;
    a = t.b, b = t.a;
  }

  static inline __attribute__((always_inline)) V part(const T* p, int64_t n) {
    return n == W ? load<V>(p) : loadPart<V>(p, n);
  }

  /** A row of the result is a vector: b's rows stay in registers or the L1 cache. */
  void rows() const {
    V rows[TINY_SIDE];
    for (int64_t l = 0; l < k; l++) {
      T t[W] = {};
      for (int64_t j = 0; j < n; j++) t[j] = b[l * bk + j * bn];
      rows[l] = load<V>(t);
    }
    for (int64_t i = 0; i < m; i++) {
      const T* x = a + i * am;
      V s = splat<V>(x[0]) * rows[0];
      for (int64_t l = 1; l < k; l++) s += splat<V>(x[l * ak]) * rows[l];
      storePart(out + i * om, s, n);
    }
  }

  /** Vectors of adjacent rows of a. */
  void neighbors() const {
    for (int64_t i = 0; i < m; i += W) {
      const int64_t some = least(W, m - i);
      for (int64_t j = 0; j < n; j++) {
        V s = V{};
        for (int64_t l = 0; l < k; l++) s += part(a + i + l * ak, some) * splat<V>(b[l * bk + j * bn]);
        T t[W];
        store(t, s);
        for (int64_t r = 0; r < some; r++) out[(i + r) * om + j * on] = t[r];
      }
    }
  }

  void plain() const {
    for (int64_t i = 0; i < m; i++) {
      for (int64_t j = 0; j < n; j++) {
        T s = 0;
        for (int64_t l = 0; l < k; l++) s += a[i * am + l * ak] * b[l * bk + j * bn];
        out[i * om + j * on] = s;
      }
    }
  }

  /** ROWS rows of a small result along a long sum, in two chains; a row of b is a vector. */
  template <int ROWS>
  void sums(int64_t i0) const {
    V s[ROWS] = {}, t[ROWS] = {};
    const T* x = a + i0 * am;
    int64_t l = 0;
    for (; l + 2 <= k; l += 2) {
      const V y = part(b + l * bk, n), z = part(b + (l + 1) * bk, n);
#pragma GCC unroll 8
      for (int r = 0; r < ROWS; r++) {
        s[r] += splat<V>(x[r * am + l * ak]) * y;
        t[r] += splat<V>(x[r * am + (l + 1) * ak]) * z;
      }
    }
    if (l < k) {
      const V y = part(b + l * bk, n);
#pragma GCC unroll 8
      for (int r = 0; r < ROWS; r++) s[r] += splat<V>(x[r * am + l * ak]) * y;
    }
    for (int r = 0; r < ROWS; r++) {
      T row[W];
      store(row, s[r] + t[r]);
      for (int64_t j = 0; j < n; j++) out[(i0 + r) * om + j * on] = row[j];
    }
  }

  void sums() const {
    int64_t i = 0;
    for (; i + 4 <= m; i += 4) sums<4>(i);
    for (; i + 2 <= m; i += 2) sums<2>(i);
    if (i < m) sums<1>(i);
  }

  bool run() {
    if (m * n * k > TINY_WORK || k == 0) return false;
    if (k > m && k > n) {
      if (m * n > TINY_SIDE) return false;
      // Vectors run along the longer side of the result.
      if (am == 1 && m <= W && (bn != 1 || n > W || m > n)) turn();
      if (bn != 1 || n > W) return false;
      sums();
      return true;
    }
    if (n > m) turn();
    if (n * k > TINY_SIDE) return false;
    if (on == 1 && n > 1 && n <= W) rows();
    else if (am == 1) neighbors();
    else plain();
    return true;
  }
};

/** Groups of at most one dimension. */
DL_INLINE bool isRun(const Group& g) { return g.rank <= 1; }
DL_INLINE int64_t runSize(const Group& g) { return g.rank == 0 ? 1 : g.sizes[0]; }
DL_INLINE int64_t runStep(const Group& g, const int64_t* strides) { return g.rank == 0 ? 0 : strides[0]; }

template <class T>
static bool tinyProduct(const ContractJob& job) {
  const Group &row = job.row, &column = job.column, &sum = job.sum;
  for (int d = 0; d < job.batch.rank; d++) {
    if (job.batch.sizes[d] != 1) return false;
  }
  if (!isRun(row) || !isRun(column) || !isRun(sum)) return false;
  Tiny<T> t;
  t.m = runSize(row), t.n = runSize(column), t.k = runSize(sum);
  t.am = runStep(row, row.a), t.om = runStep(row, row.out);
  t.bn = runStep(column, column.b), t.on = runStep(column, column.out);
  t.ak = runStep(sum, sum.a), t.bk = runStep(sum, sum.b);
  t.a = reinterpret_cast<const T*>(job.a.data);
  t.b = reinterpret_cast<const T*>(job.b.data);
  t.out = reinterpret_cast<T*>(job.out.data);
  return t.run();
}

}  // namespace ISA
}  // namespace dl
