// Matrix products: operands packed through their strides, tiles of sums kept in registers.
#pragma once
#include "pool.h"
#include "vec.h"

namespace dl {
namespace ISA {

#if VB == 64
#define DL_MR 14
#else
#define DL_MR 6
#endif
constexpr int MR = DL_MR;  // maximum number of rows of a tile
constexpr int NV = 2;      // maximum number of vectors in a row of a tile
constexpr int64_t KC = 320;    // sums computed between two visits of a tile
constexpr int64_t NC = 2048;   // columns packed at a time
constexpr int64_t MC = MR * 14;  // rows packed at a time

/**
 * Offsets of the elements of a group of axes: with a constant stride only the stride, so that long groups need no list.
 */
struct Offsets {
  const int64_t* table;  // null: constant stride
  int64_t first, step;

  int64_t operator[](int64_t i) const { return table != nullptr ? table[i] : first + i * step; }
  Offsets operator+(int64_t n) const {
    if (table != nullptr) return {table + n, 0, 0};
    return {nullptr, first + n * step, step};
  }
};

/** One operand as lines (rows or columns) by sums, or the output as rows by columns. */
template <class T>
struct Side {
  const T* base;
  Offsets lines;      // offset of each line
  Offsets sums;       // offset of each sum
  int64_t sumStride;  // stride between lines if constant, else 0
};

/** Whether `n` offsets from `first` on are consecutive. */
DL_INLINE bool consecutive(const Offsets& offsets, int64_t n) {
  if (offsets.table == nullptr) return n <= 1 || offsets.step == 1;
  for (int64_t i = 1; i < n; i++) {
    if (offsets[i] != offsets[0] + i) return false;
  }
  return true;
}

/** Lines split into runs of consecutive offsets. */
struct Runs {
  static constexpr int MOST = 64;
  int count = 0;
  int start[MOST];
  int length[MOST];

  /** False if there are so many runs that processing them one by one does not pay off. */
  bool find(const Offsets& offsets, int64_t n) {
    count = 0;
    for (int64_t i = 0; i < n;) {
      int64_t end = i + 1;
      while (end < n && offsets[end] == offsets[end - 1] + 1) end++;
      if (count == MOST) return false;
      start[count] = (int)i;
      length[count++] = (int)(end - i);
      i = end;
    }
    return count * 2 <= n;
  }
};

/**
 * Packs `width` lines over sums k0 … k0+kc-1: element (line l, sum k) goes to `to[k * pitch + l]`. Lines up to `pitch`
 * that do not exist are left uninitialized; their results are never stored. May write up to a vector past the end.
 */
template <class T>
static void packLines(T* to, int64_t pitch, const Side<T>& s, int64_t base, int64_t first, int64_t width,
                      int64_t k0, int64_t kc) {
  typedef typename VecOf<T>::V V;
  constexpr int W = lanes<T>;
  const Offsets at = s.lines + first;
  const T* p = s.base + base;
  if (consecutive(at, width) && width > 1) {
    const T* q = p + at[0];
    if (width == pitch && width % W == 0) {
      for (int64_t k = 0; k < kc; k++) {
        const T* from = q + s.sums[k0 + k];
        for (int64_t l = 0; l < width; l += W) store(to + k * pitch + l, load<V>(from + l));
      }
    } else {
      for (int64_t k = 0; k < kc; k++) {
        const T* from = q + s.sums[k0 + k];
        T* t = to + k * pitch;
        int64_t l = 0;
        for (; l + W <= width; l += W) store(t + l, load<V>(from + l));
        for (; l < width; l++) t[l] = from[l];
      }
    }
    return;
  }
  Runs runs;
  if (width <= Runs::MOST && runs.find(at, width)) {
    for (int64_t k = 0; k < kc; k++) {
      const T* from = p + s.sums[k0 + k];
      T* t = to + k * pitch;
      for (int r = 0; r < runs.count; r++) {
        const T* q = from + at[runs.start[r]];
        T* into = t + runs.start[r];
        int64_t left = runs.length[r];
        for (; left >= W; left -= W, q += W, into += W) store(into, load<V>(q));
        if (left > 0) storePart(into, loadPart<V>(q, left), left);
      }
    }
    return;
  }
  int64_t k = 0;
  // Sums that are contiguous, entirely or in runs, are read as vectors and transposed.
  while (k < kc) {
    if (k + W > kc || (s.sumStride != 1 && !consecutive(s.sums + k0 + k, W))) {
      const T* from = p + s.sums[k0 + k];
      T* t = to + k * pitch;
      for (int64_t l = 0; l < width; l++) t[l] = from[at[l]];
      k++;
      continue;
    }
    for (int64_t l = 0; l < width; l += W) {
      const int64_t some = least(W, width - l);
      V r[W];
      if (some == W) {
#pragma GCC unroll 16
        for (int i = 0; i < W; i++) r[i] = load<V>(p + at[l + i] + s.sums[k0 + k]);
      } else {
#pragma GCC unroll 16
        for (int i = 0; i < W; i++) r[i] = i < some ? load<V>(p + at[l + i] + s.sums[k0 + k]) : V{};
      }
      transpose<T, W>(r);
      if (l + W <= pitch || width <= W) {
        // Elements written beyond the end of a row are overwritten by later rows and panels, or are in the slack.
#pragma GCC unroll 16
        for (int i = 0; i < W; i++) store(to + (k + i) * pitch + l, r[i]);
      } else {
        for (int i = 0; i < W; i++) storePart(to + (k + i) * pitch + l, r[i], some);
      }
    }
    k += W;
  }
}

/** How a tile of sums is written. */
template <class T>
struct Target {
  T* base;
  Offsets rows;
  Offsets columns;
  bool add;  // added to the old values, which are sums from an earlier block
};

template <class T>
using Micro = void (*)(int64_t kc, const T* a, const T* b, int64_t bPitch, const Target<T>& out, int64_t i,
                       int64_t j, int64_t width, bool dense);

/** ROWS × (VECTORS · lanes) sums over packed `a` (ROWS wide) and `b` (`bPitch` between sums). */
template <class T, int ROWS, int VECTORS>
static void micro(int64_t kc, const T* a, const T* b, int64_t bPitch, const Target<T>& out, int64_t i,
                  int64_t j, int64_t width, bool dense) {
  typedef typename VecOf<T>::V V;
  constexpr int W = lanes<T>;
  V c[ROWS][VECTORS];
#pragma GCC unroll 16
  for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) c[r][v] = V{};
  }
#pragma GCC unroll 1
  for (int64_t k = 0; k < kc; k++) {
    V y[VECTORS];
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) y[v] = load<V>(b + v * W);
#pragma GCC unroll 16
    for (int r = 0; r < ROWS; r++) {
      const V x = splat<V>(a[r]);
#pragma GCC unroll 4
      for (int v = 0; v < VECTORS; v++) c[r][v] += x * y[v];
    }
    a += ROWS;
    b += bPitch;
  }
  const Offsets rows = out.rows + i;
  const Offsets columns = out.columns + j;
  if (dense && width == VECTORS * W) {
#pragma GCC unroll 16
    for (int r = 0; r < ROWS; r++) {
      T* t = out.base + rows[r] + columns[0];
#pragma GCC unroll 4
      for (int v = 0; v < VECTORS; v++) {
        store(t + v * W, out.add ? load<V>(t + v * W) + c[r][v] : c[r][v]);
      }
    }
    return;
  }
  T tile[ROWS * VECTORS * W];
#pragma GCC unroll 16
  for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) store(tile + (r * VECTORS + v) * W, c[r][v]);
  }
  Runs runs;
  const bool byRuns = runs.find(columns, width);
  for (int r = 0; r < ROWS; r++) {
    T* t = out.base + rows[r];
    const T* from = tile + r * VECTORS * W;
    if (byRuns) {
      for (int q = 0; q < runs.count; q++) {
        T* o = t + columns[runs.start[q]];
        const T* x = from + runs.start[q];
        int64_t left = runs.length[q];
        for (; left >= W; left -= W, o += W, x += W) store(o, out.add ? load<V>(o) + load<V>(x) : load<V>(x));
        if (left > 0) {
          const V v = loadPart<V>(x, left);
          storePart(o, out.add ? loadPart<V>(o, left) + v : v, left);
        }
      }
    } else if (out.add) {
      for (int64_t l = 0; l < width; l++) t[columns[l]] += from[l];
    } else {
      for (int64_t l = 0; l < width; l++) t[columns[l]] = from[l];
    }
  }
}

template <class T, int ROWS>
struct MicroTable {
  static void fill(Micro<T> (*table)[NV]) {
    MicroTable<T, ROWS - 1>::fill(table);
    table[ROWS - 1][0] = micro<T, ROWS, 1>;
    table[ROWS - 1][1] = micro<T, ROWS, 2>;
  }
};
template <class T>
struct MicroTable<T, 0> {
  static void fill(Micro<T> (*)[NV]) {}
};

template <class T>
static const Micro<T> (*microTable())[NV] {
  static Micro<T> table[MR][NV];
  static bool filled = false;
  if (!filled) {
    MicroTable<T, MR>::fill(table);
    filled = true;
  }
  return table;
}

/** A matrix product: one batch entry of a contraction. */
template <class T>
struct Product {
  int64_t m, n, k;
  Side<T> a, b;
  T* out;
  Offsets outRows;
  Offsets outColumns;
  int64_t bColumnsEven;  // whether all of b's columns are consecutive
};

/**
 * The number of rows per tile that divides `m` rows evenly: 64 rows are five tiles of 13, instead of four of 14 and one
 * of 8.
 */
DL_INLINE int64_t evenly(int64_t m, int64_t most) { return ceilDiv(m, ceilDiv(m, most)); }

/** Sums of a block of rows with packed columns j0 … j1 (relative to the packed part). */
template <class T>
static void block(const Product<T>& p, int64_t baseA, int64_t baseB, int64_t baseOut, int64_t i0, int64_t i1,
                  int64_t jc, int64_t j0, int64_t j1, int64_t k0, int64_t kc, const T* packedB, bool direct,
                  T* packedA) {
  constexpr int W = lanes<T>;
  constexpr int64_t NR = NV * W;
  const Micro<T> (*table)[NV] = microTable<T>();
  const int64_t mr = evenly(i1 - i0, MR);
  for (int64_t i = i0; i < i1; i += mr) {
    const int64_t h = least(mr, i1 - i);
    packLines(packedA + (i - i0) * kc, h, p.a, baseA, i, h, k0, kc);
  }
  const Target<T> out{p.out + baseOut, p.outRows, p.outColumns, k0 > 0};
  for (int64_t j = j0; j < j1; j += NR) {
    const int64_t width = least(NR, j1 - j);
    const int vectors = (int)ceilDiv(width, W);
    const bool dense = consecutive(p.outColumns + jc + j, width);
    // Contiguous columns are read in place, except for a last piece of less than a vector.
    const bool in = direct && width % W == 0;
    const T* b = in ? p.b.base + baseB + p.b.lines[jc + j] + p.b.sums[k0] : packedB + j * kc;
    const int64_t pitch = in ? p.b.sumStride : NR;
    for (int64_t i = i0; i < i1; i += mr) {
      const int64_t h = least(mr, i1 - i);
      table[h - 1][vectors - 1](kc, packedA + (i - i0) * kc, b, pitch, out, i, jc + j, width, dense);
    }
  }
}

template <class T>
static size_t packedBytes(int64_t lines, int64_t kc) { return ((lines + 64) * kc + 256) * sizeof(T); }

/** One product; with `spread` on the pool, otherwise on the calling thread only. */
template <class T>
static void product(const Product<T>& p, int64_t baseA, int64_t baseB, int64_t baseOut, bool spread) {
  constexpr int W = lanes<T>;
  constexpr int64_t NR = NV * W;
  const int64_t kcMost = evenly(p.k, KC);
  // With few rows, each column is used only a few times: packing would cost more than it saves.
  const bool direct = p.m <= 2 * MR && p.bColumnsEven && (p.b.sumStride != 0 || p.k == 1);
  const int64_t ncMost = least(p.n, NC);
  T* packedB = static_cast<T*>(scratch(0, packedBytes<T>(ncMost, kcMost)));
  const int workers = spread ? threads() : 1;
  for (int64_t jc = 0; jc < p.n; jc += NC) {
    const int64_t nc = least(NC, p.n - jc);
    const int64_t panels = ceilDiv(nc, NR);
    for (int64_t k0 = 0; k0 < p.k; k0 += kcMost) {
      const int64_t kc = least(kcMost, p.k - k0);
      const auto packPanel = [&](int64_t j) {
        const int64_t width = least(NR, nc - j * NR);
        if (direct && width % W == 0) return;
        packLines(packedB + j * NR * kc, NR, p.b, baseB, jc + j * NR, width, k0, kc);
      };
      // Tasks are blocks of rows by groups of panels, enough of them for all threads.
      int64_t mc = evenly(p.m, MC);
      int64_t rowBlocks = ceilDiv(p.m, mc);
      int64_t groups = 1;
      if (workers > 1) {
        if (rowBlocks < 2 * workers && p.m >= 4 * MR * workers) {
          rowBlocks = ceilDiv(2 * workers, rowBlocks) * rowBlocks;
          mc = ceilDiv(ceilDiv(p.m, rowBlocks), MR) * MR;
          rowBlocks = ceilDiv(p.m, mc);
        }
        if (rowBlocks < workers || rowBlocks % workers != 0) groups = least(panels, 2 * workers);
      }
      // Threads that pack columns only for themselves need not fetch them from each other's caches. Rows are then
      // packed by all of them, which costs little compared with many columns.
      const bool alone = workers > 1 && !direct && rowBlocks > 1 && panels >= 2 * workers && p.m <= 4 * MC;
      if (alone) {
        mc = evenly(p.m, MC);
        rowBlocks = ceilDiv(p.m, mc);
        groups = workers;
      }
      const int64_t perGroup = ceilDiv(panels, groups);
      groups = ceilDiv(panels, perGroup);
      const auto task = [&](int64_t t) {
        const int64_t i0 = t / groups * mc;
        const int64_t j0 = t % groups * perGroup * NR;
        T* packedA = static_cast<T*>(scratch(1, packedBytes<T>(mc, kc)));
        block(p, baseA, baseB, baseOut, i0, least(p.m, i0 + mc), jc, j0, least(nc, j0 + perGroup * NR), k0, kc,
              packedB, direct, packedA);
      };
      const int64_t tasks = rowBlocks * groups;
      if (workers > 1 && (rowBlocks == 1 || alone)) {
        // Each group's task packs its own panels: the threads synchronize once instead of twice.
        parallelFor(groups, [&](int64_t g) {
          for (int64_t j = g * perGroup; j < least(panels, (g + 1) * perGroup); j++) packPanel(j);
          for (int64_t r = 0; r < rowBlocks; r++) task(r * groups + g);
        });
      } else if (workers > 1) {
        if (!direct && panels * NR * kc >= 8192) {
          const int64_t each = ceilDiv(panels, 4 * workers);
          parallelFor(ceilDiv(panels, each), [&](int64_t g) {
            for (int64_t j = g * each; j < least(panels, (g + 1) * each); j++) packPanel(j);
          });
        } else {
          for (int64_t j = 0; j < panels; j++) packPanel(j);
        }
        parallelFor(tasks, task);
      } else {
        for (int64_t j = 0; j < panels; j++) packPanel(j);
        for (int64_t t = 0; t < tasks; t++) task(t);
      }
    }
  }
}

}  // namespace ISA
}  // namespace dl
