// Products whose columns are short runs at constant distances, such as a convolution's windows. The runs of an image
// are read in place as one run, including the gaps; results for the gaps are not stored.
#pragma once
#include "gemm.h"

namespace dl {
namespace ISA {

/** Columns as images of `runs` runs of `length` columns, `pitch` apart. */
struct Gaps {
  int64_t length, pitch, runs;

  int64_t span() const { return (runs - 1) * pitch + length; }

  /** Whether a group's columns have this layout, with gaps small enough that reading them costs less than packing. */
  bool find(const Group& g, const int64_t* strides, int64_t least_) {
    Loops loops;
    loops.begin(1);
    for (int d = 0; d < g.rank; d++) loops.add(g.sizes[d], strides + d);
    loops.end();
    if (loops.rank < 2 || loops.strides[0][loops.rank - 1] != 1) return false;
    length = loops.sizes[loops.rank - 1];
    runs = loops.sizes[loops.rank - 2];
    pitch = loops.strides[0][loops.rank - 2];
    return pitch > length && pitch * 2 <= length * 3 && span() >= least_;
  }
};

template <class T>
using GapMicro = void (*)(int64_t k, const T* a, const T* b, const int64_t* sums, T* tile);

/** ROWS × (NV · lanes) sums; row `k` of b starts at `b + sums[k]`. */
template <class T, int ROWS>
static void gapMicro(int64_t k, const T* a, const T* b, const int64_t* sums, T* tile) {
  typedef typename VecOf<T>::V V;
  constexpr int W = lanes<T>;
  V c[ROWS][NV];
#pragma GCC unroll 16
  for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) c[r][v] = V{};
  }
#pragma GCC unroll 1
  for (int64_t i = 0; i < k; i++) {
    const T* from = b + sums[i];
    V y[NV];
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) y[v] = load<V>(from + v * W);
#pragma GCC unroll 16
    for (int r = 0; r < ROWS; r++) {
      const V x = splat<V>(a[r]);
#pragma GCC unroll 4
      for (int v = 0; v < NV; v++) c[r][v] += x * y[v];
    }
    a += ROWS;
  }
#pragma GCC unroll 16
  for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) store(tile + (r * NV + v) * W, c[r][v]);
  }
}

template <class T, int ROWS>
struct GapTable {
  static GapMicro<T> of(int64_t rows) { return rows == ROWS ? gapMicro<T, ROWS> : GapTable<T, ROWS - 1>::of(rows); }
};
template <class T>
struct GapTable<T, 0> {
  static GapMicro<T> of(int64_t) { return nullptr; }
};

constexpr int64_t GAP_SUMS = 4096;  // sums that are computed in one pass

/** One product with columns in runs; false if it has another layout. */
template <class T>
static bool gapProduct(const Product<T>& p, const Gaps& g, int64_t baseA, int64_t baseB, int64_t baseOut, bool spread) {
  typedef typename VecOf<T>::V V;
  constexpr int W = lanes<T>;
  constexpr int64_t NR = NV * W;
  if (p.k > GAP_SUMS || p.m > 8 * MR || p.n % (g.runs * g.length) != 0) return false;
  const int64_t images = p.n / (g.runs * g.length), span = g.span();
  const int64_t mr = evenly(p.m, MR);
  T* packedA = static_cast<T*>(scratch(0, packedBytes<T>(p.m, p.k)));
  for (int64_t i = 0; i < p.m; i += mr) {
    const int64_t h = least(mr, p.m - i);
    packLines(packedA + i * p.k, h, p.a, baseA, i, h, 0, p.k);
  }
  int64_t sums[GAP_SUMS];
  for (int64_t i = 0; i < p.k; i++) sums[i] = p.b.sums[i];
  const int64_t panels = ceilDiv(span, NR);
  const auto panel = [&](int64_t t) {
    const int64_t image = t / panels, wanted = t % panels * NR;
    // The last panel starts further left, so that it ends with the image, and stores only its new columns.
    const int64_t v0 = least(wanted, span - NR), first = wanted - v0;
    const int64_t column0 = image * g.runs * g.length;
    const T* b = p.b.base + baseB + p.b.lines[column0] + v0;
    T tile[MR * NR];
    for (int64_t i = 0; i < p.m; i += mr) {
      const int64_t h = least(mr, p.m - i);
      GapTable<T, MR>::of(h)(p.k, packedA + i * p.k, b, sums, tile);
      for (int64_t l = first; l < NR;) {
        const int64_t run = (v0 + l) / g.pitch, in = (v0 + l) % g.pitch;
        const int64_t next = least(NR, l + g.pitch - in);
        const int64_t some = least(next - l, g.length - in);
        if (some > 0) {
          const Offsets columns = p.outColumns + column0 + run * g.length + in;
          const bool beside = consecutive(columns, some);
          for (int64_t r = 0; r < h; r++) {
            T* out = p.out + baseOut + p.outRows[i + r];
            const T* from = tile + r * NR + l;
            if (beside) {
              T* o = out + columns[0];
              int64_t j = 0;
              for (; j + W <= some; j += W) store(o + j, load<V>(from + j));
              if (j < some) storePart(o + j, loadPart<V>(from + j, some - j), some - j);
            } else {
              for (int64_t j = 0; j < some; j++) out[columns[j]] = from[j];
            }
          }
        }
        l = next;
      }
    }
  };
  const int64_t tasks = images * panels;
  if (!spread) {
    for (int64_t t = 0; t < tasks; t++) panel(t);
    return true;
  }
  const int64_t each = most(1, tasks / 64);
  parallelFor(ceilDiv(tasks, each), [&](int64_t s) {
    for (int64_t t = s * each; t < least(tasks, (s + 1) * each); t++) panel(t);
  });
  return true;
}

}  // namespace ISA
}  // namespace dl
