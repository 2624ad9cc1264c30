// Map-reduce: a program's results reduced over some axes, split at positions that depend on the shape only.
#pragma once
#include <atomic>

#include "combine.h"
#include "rows.h"

namespace dl {
namespace ISA {

constexpr int64_t PIECE = 32768;  // number of values in one partial result

template <class T>
struct ReduceRun {
  const ReduceJob& job;
  const Program& p;
  Loops kept, gone;  // operands: the inputs, the output (0 strides in `gone`), the memory for kept values
  int own = -1;      // the step whose results are the values, if they are kept
  int bytes[MAX_OPERANDS];
  double cost;

  ReduceRun(const ReduceJob& j) : job(j), p(*j.program) {}

  std::atomic<bool> left{false};  // a sum is out of its dtype's range: core computes it again and reports it

  void store(int64_t at, const Partial& r) {
    const int type = job.output.type;
    const double value = job.reducer >= ARGMIN ? (double)r.place : r.value;
    if (job.reducer == SUM && ((type == I32 && !(value >= -2147483648.0 && value <= 2147483647.0)) ||
                               (type == U8 && !(value >= 0 && value <= 255)))) {
      left.store(true, std::memory_order_relaxed);
    }
    storeNumber(job.output.data + at * bytesOf(type), type, value);
  }

  /** Points the frame's inputs at `n` values, `stride` apart, from `at[k]` on. */
  void point(Frame& f, const Loops& loops, const int64_t* at, int64_t shift, int64_t n) {
    const int inner = loops.rank - 1;
    for (int k = 0; k < p.inputs; k++) {
      const int64_t stride = loops.strides[k][inner];
      const char* from = job.inputs[k].data + (at[k] + shift * stride) * bytes[k];
      f.scalar[k] = stride == 0;
      f.at[k] = from;
      if (stride != 0 && stride != 1) {
        pick(f.gathered + k * f.slotBytes, from, stride, n, bytes[k]);
        f.at[k] = f.gathered + k * f.slotBytes;
      }
    }
  }

  /** Whether an input is a single element. */
  bool fixed(int k) const {
    for (int d = 0; d < kept.rank; d++) {
      if (kept.strides[k][d] != 0) return false;
    }
    for (int d = 0; d < gone.rank; d++) {
      if (gone.strides[k][d] != 0) return false;
    }
    return true;
  }

  const T* values(const Frame& f) const { return (const T*)f.at[p.output[0]]; }
  bool single(const Frame& f) const { return f.scalar[p.output[0]]; }

  /** Makes the next values go to the kept memory: `place` is the position of the first one. */
  void keep(Frame& f, int64_t place) const {
    if (own >= 0) f.target[own] = job.kept.data + place * (int64_t)sizeof(T);
  }

  template <class F>
  void share(int64_t tasks, double work, const F& f) {
    if (work >= SPREAD_WORK && tasks > 1) {
      const int64_t groups = least(tasks, most(1, (int64_t)(work / 16384)));
      const int64_t each = ceilDiv(tasks, groups);
      parallelFor(ceilDiv(tasks, each), [&](int64_t g) { f(g * each, least(tasks, (g + 1) * each)); });
    } else {
      f(0, tasks);
    }
  }

  /** Whether the values are the elements of one input, contiguous in rows. */
  bool plain(const Loops& loops) const {
    return p.steps == 0 && p.inputs == 1 && p.output[0] == 0 && loops.strides[0][loops.rank - 1] == 1;
  }

  /** Rows of the elements of the input itself. */
  void plainRows(int64_t units) {
    const int64_t length = gone.sizes[0];
    share(units, (double)units * length * cost, [&](int64_t u0, int64_t u1) {
      int64_t index[MAX_RANK], at[3];
      kept.locate(kept.rank, u0, index, at);
      for (int64_t u = u0; u < u1; u++) {
        store(at[1], ofRun(job.reducer, (const T*)job.inputs[0].data + at[0], false, length, 0));
        kept.advance(kept.rank, index, at);
      }
    });
  }

  /**
   * Few values per result: the values of many results are placed in one block, and the program runs over all of them.
   */
  void segments(int64_t units) {
    const int64_t depth = gone.count(gone.rank);
    const int64_t together = most(1, p.block / depth);
    const int64_t length = gone.sizes[gone.rank - 1], rows = depth / length;
    // The kept dimensions and then the reduced ones, as one shape.
    Loops all;
    all.begin(p.inputs + 2);
    const Loops* const parts[2] = {&kept, &gone};
    for (const Loops* part : parts) {
      for (int d = 0; d < part->rank; d++) {
        int64_t s[MAX_OPERANDS + 2];
        for (int k = 0; k < p.inputs + 2; k++) s[k] = part->strides[k][d];
        // Not merged: a unit is whole rows.
        all.sizes[all.rank] = part->sizes[d];
        for (int k = 0; k < p.inputs + 2; k++) all.strides[k][all.rank] = s[k];
        all.rank++;
      }
    }
    bool linear[MAX_OPERANDS + 2];
    for (int k = 0; k < p.inputs + 2; k++) {
      linear[k] = true;
      int64_t dense = 1;
      for (int d = all.rank - 1; d >= 0; d--) {
        linear[k] = linear[k] && (all.strides[k][d] == dense || all.sizes[d] == 1);
        dense *= all.sizes[d];
      }
    }
    if (own >= 0 && !linear[p.inputs + 1]) own = -1;
    share(units, (double)units * depth * cost, [&](int64_t u0, int64_t u1) {
      Frame f(p, job.params, p.block);
      int64_t index[MAX_RANK], at[MAX_OPERANDS + 2];
      kept.locate(kept.rank, u0, index, at);
      for (int64_t u = u0; u < u1; u += together) {
        const int64_t some = least(together, u1 - u);
        for (int k = 0; k < p.inputs; k++) {
          f.scalar[k] = fixed(k);
          if (f.scalar[k]) f.at[k] = job.inputs[k].data;
          else if (linear[k]) f.at[k] = job.inputs[k].data + u * depth * bytes[k];
          else {
            f.at[k] = f.gathered + k * f.slotBytes;
            moveRowsOf<false>(f.gathered + k * f.slotBytes, job.inputs[k].data, bytes[k], all.rank, all.sizes,
                              all.strides[k], u * rows, some * rows);
          }
        }
        keep(f, u * depth);
        f.evaluate(some * depth);
        const T* x = values(f);
        const bool one = single(f);
        for (int64_t q = 0; q < some; q++) {
          const T* y = x + (one ? 0 : q * depth);
          if (job.reducer == SUM && depth <= 8 && !one) {
            double sum = (double)y[0];
            for (int64_t i = 1; i < depth; i++) sum += (double)y[i];
            store(at[p.inputs], {sum, 0});
          } else {
            store(at[p.inputs], ofRun(job.reducer, y, one, depth, 0));
          }
          kept.advance(kept.rank, index, at);
        }
      }
    });
  }

  /** Rows of values along the innermost reduced dimension. */
  void rows(int64_t units) {
    const int inner = gone.rank - 1;
    const int64_t length = gone.sizes[inner], outer = gone.count(inner);
    // A chunk is several whole rows, or a piece of one.
    const int64_t pieces = ceilDiv(length, PIECE);
    const int64_t piece = ceilDiv(length, pieces);
    const int64_t perChunk = most(1, PIECE / length);
    const int64_t chunks = pieces > 1 ? outer * pieces : ceilDiv(outer, perChunk);
    Partial* parts = chunks == 1 ? nullptr : (Partial*)scratch(6, units * chunks * sizeof(Partial));
    if (own >= 0 && gone.strides[p.inputs + 1][inner] != 1) own = -1;
    share(units * chunks, (double)units * outer * length * cost, [&](int64_t t0, int64_t t1) {
      Frame f(p, job.params, p.block);
      int64_t index[MAX_RANK], base[MAX_OPERANDS + 2], goneIndex[MAX_RANK], at[MAX_OPERANDS + 2];
      for (int64_t t = t0; t < t1; t++) {
        const int64_t c = t % chunks;
        kept.locate(kept.rank, t / chunks, index, base);
        const int64_t row0 = pieces > 1 ? c / pieces : c * perChunk;
        const int64_t row1 = pieces > 1 ? row0 + 1 : least(outer, row0 + perChunk);
        const int64_t i0 = pieces > 1 ? c % pieces * piece : 0;
        const int64_t i1 = pieces > 1 ? least(length, i0 + piece) : length;
        gone.locate(inner, row0, goneIndex, at);
        for (int k = 0; k < p.inputs + 2; k++) at[k] += base[k];
        Partial result{0, 0};
        bool first = true;
        for (int64_t r = row0; r < row1; r++) {
          for (int64_t i = i0; i < i1; i += p.block) {
            const int64_t n = least(p.block, i1 - i);
            point(f, gone, at, i, n);
            keep(f, at[p.inputs + 1] + i);
            f.evaluate(n);
            const Partial next = ofRun(job.reducer, values(f), single(f), n, r * length + i);
            if (first) result = next;
            else merge(job.reducer, result, next);
            first = false;
          }
          gone.advance(inner, goneIndex, at);
        }
        if (parts != nullptr) parts[t] = result;
        else store(base[p.inputs], result);
      }
    });
    if (parts == nullptr) return;
    int64_t index[MAX_RANK], base[MAX_OPERANDS + 2];
    for (int64_t u = 0; u < units; u++) {
      kept.locate(kept.rank, u, index, base);
      Partial result = parts[u * chunks];
      for (int64_t c = 1; c < chunks; c++) merge(job.reducer, result, parts[u * chunks + c]);
      store(base[p.inputs], result);
    }
  }

  /** Rows of values along the innermost kept dimension, each combined into a row of accumulators. */
  void columns() {
    const int inner = kept.rank - 1;
    const int64_t n = kept.sizes[inner], outer = kept.count(inner);
    const int64_t depth = gone.count(gone.rank);
    const int64_t blocks = ceilDiv(n, COLUMNS);
    const int64_t width = ceilDiv(n, blocks);
    const int64_t perChunk = most(1, 2 * PIECE / width);
    const int64_t chunks = ceilDiv(depth, perChunk);
    Partial* parts = chunks == 1 ? nullptr : (Partial*)scratch(6, outer * n * chunks * sizeof(Partial));
    // Several short rows go through the program at once, if they are contiguous or gathered.
    const bool simple = plain(kept) && gone.rank == 1;
    const bool floatSum = job.reducer == SUM && p.types[p.output[0]] == F32 && simple;
    const bool extreme = job.reducer == MIN || job.reducer == MAX;
    const bool eight = (floatSum || (extreme && simple)) && n >= 16;
    const int64_t together = blocks == 1 && !eight && n < SHORT_ROW ? most(1, p.block / n) : 1;
    bool linear[MAX_OPERANDS];
    for (int k = 0; k < p.inputs; k++) {
      linear[k] = kept.strides[k][inner] == 1 && gone.rank == 1 && gone.strides[k][0] == n;
    }
    const int64_t outStep = kept.strides[p.inputs][inner];
    const int place = p.inputs + 1;
    if (kept.strides[place][inner] != 1) own = -1;
    if (together > 1 && (gone.rank != 1 || gone.strides[place][0] != n)) own = -1;
    const bool periodic = floatSum && gone.strides[0][0] == n && n <= lanes<float> && (n & (n - 1)) == 0;
    share(outer * blocks * chunks, (double)outer * n * depth * cost, [&](int64_t t0, int64_t t1) {
      Frame f(p, job.params, p.block > COLUMNS ? p.block : COLUMNS);
      Columns acc;
      int64_t index[MAX_RANK], base[MAX_OPERANDS + 2], goneIndex[MAX_RANK], at[MAX_OPERANDS + 2];
      for (int64_t t = t0; t < t1; t++) {
        const int64_t c = t % chunks, b = t / chunks % blocks, o = t / chunks / blocks;
        kept.locate(inner, o, index, base);
        const int64_t j0 = b * width, some = least(width, n - j0);
        const int64_t row0 = c * perChunk, row1 = least(depth, row0 + perChunk);
        gone.locate(gone.rank, row0, goneIndex, at);
        for (int k = 0; k < p.inputs + 2; k++) at[k] += base[k];
        int64_t row = row0;
        if (eight) {
          const int64_t step = gone.strides[0][0];
          const T* x = (const T*)job.inputs[0].data + base[0] + j0;
          if (extreme) {
            T* v = (T*)acc.values;
            DL_LOOP (int64_t i = 0; i < some; i++) v[i] = x[row * step + i];
            const auto take = job.reducer == MAX ? extremeRows<T, true> : extremeRows<T, false>;
            for (; row + FEW <= row1; row += FEW) take(v, x + row * step, step, some);
          } else {
            for (int64_t i = 0; i < some; i++) acc.sums[i] = 0;
            acc.held = 0;
            for (; row + FEW <= row1; row += FEW) sumRows(acc, (const float*)x + row * step, step, some);
          }
          gone.locate(gone.rank, row, goneIndex, at);
          at[0] += base[0];
        }
        if (periodic) {
          const float* x = (const float*)job.inputs[0].data + base[0] + row0 * n;
          sumPeriodic(x, (row1 - row0) * n, n, acc.sums);
          acc.held = 0;
          row = row1;
        }
        for (int64_t r = row; r < row1; r += together) {
          const int64_t rows = least(together, row1 - r);
          keep(f, at[place] + j0);
          if (together == 1) {
            point(f, kept, at, j0, some);
            gone.advance(gone.rank, goneIndex, at);
          } else {
            for (int k = 0; k < p.inputs; k++) {
              f.scalar[k] = fixed(k);
              f.at[k] = f.scalar[k] ? job.inputs[k].data : f.gathered + k * f.slotBytes;
              if (linear[k]) f.at[k] = job.inputs[k].data + at[k] * bytes[k];
            }
            for (int64_t q = 0; q < rows; q++) {
              for (int k = 0; k < p.inputs; k++) {
                if (linear[k] || f.scalar[k]) continue;
                pick(f.gathered + k * f.slotBytes + q * n * bytes[k], job.inputs[k].data + at[k] * bytes[k],
                     kept.strides[k][inner], n, bytes[k]);
              }
              gone.advance(gone.rank, goneIndex, at);
            }
          }
          f.evaluate(rows * some);
          const T* x = values(f);
          const bool one = single(f);
          for (int64_t q = 0; q < rows; q++) {
            addRow(job.reducer, acc, x + (one ? 0 : q * some), one, some, r + q, r + q == row0 && !eight);
          }
        }
        if (job.reducer == SUM && p.types[p.output[0]] == F32 && acc.held > 0) flushRows(acc, some);
        if (parts != nullptr) {
          for (int64_t i = 0; i < some; i++) {
            parts[c * outer * n + o * n + j0 + i] = columnResult<T>(job.reducer, acc, i);
          }
        } else {
          for (int64_t i = 0; i < some; i++) {
            store(base[p.inputs] + (j0 + i) * outStep, columnResult<T>(job.reducer, acc, i));
          }
        }
      }
    });
    if (parts == nullptr) return;
    int64_t index[MAX_RANK], base[MAX_OPERANDS + 2];
    for (int64_t o = 0; o < outer; o++) {
      kept.locate(inner, o, index, base);
      for (int64_t i = 0; i < n; i++) {
        Partial result = parts[o * n + i];
        for (int64_t c = 1; c < chunks; c++) merge(job.reducer, result, parts[(c * outer + o) * n + i]);
        store(base[p.inputs] + i * outStep, result);
      }
    }
  }

  bool run() {
    own = job.keeps != nullptr && p.output[0] >= p.inputs + p.params + p.constants
              ? p.output[0] - (p.inputs + p.params + p.constants)
              : -1;
    kept.begin(p.inputs + 2);
    gone.begin(p.inputs + 2);
    for (int d = 0; d < job.rank; d++) {
      int64_t s[MAX_OPERANDS + 2];
      for (int k = 0; k < p.inputs; k++) s[k] = job.inputs[k].strides[d];
      s[p.inputs] = job.reduced[d] ? 0 : job.output.strides[d];
      s[p.inputs + 1] = own >= 0 ? job.kept.strides[d] : 0;
      // A sum over one element keeps its position: the output's stride there is meaningless.
      if (job.reduced[d]) gone.add(job.shape[d], s);
      else kept.add(job.shape[d], s);
    }
    kept.end();
    gone.end();
    for (int k = 0; k < p.inputs; k++) bytes[k] = bytesOf(job.inputs[k].type);
    cost = costOf(p);
    const int64_t units = kept.count(kept.rank);
    const int64_t depth = gone.count(gone.rank);
    if (job.reducer >= ARGMIN && depth > 2147483647) return false;
    const int keptInner = kept.rank - 1, goneInner = gone.rank - 1;
    int64_t alongKept = 0, alongGone = 0;
    for (int k = 0; k < p.inputs; k++) {
      alongKept += kept.strides[k][keptInner] < 0 ? -kept.strides[k][keptInner] : kept.strides[k][keptInner];
      alongGone += gone.strides[k][goneInner] < 0 ? -gone.strides[k][goneInner] : gone.strides[k][goneInner];
    }
    const bool few = depth <= 16 && gone.rank > 1 && kept.rank + gone.rank <= MAX_RANK;
    if (!few && kept.sizes[keptInner] > 1 && (gone.sizes[goneInner] <= 1 || alongKept < alongGone)) columns();
    else if (depth <= 128 && units > 1 && kept.rank + gone.rank <= MAX_RANK) segments(units);
    else if (plain(gone) && gone.rank == 1 && gone.sizes[0] <= PIECE) plainRows(units);
    else rows(units);
    if (job.keeps != nullptr) *job.keeps = own >= 0;
    return !left.load(std::memory_order_relaxed);
  }
};

static bool reduce(const ReduceJob& job) {
  const Program& p = *job.program;
  switch (p.types[p.output[0]]) {
    case F32: return ReduceRun<float>(job).run();
    case F64: return ReduceRun<double>(job).run();
    case I32: return job.reducer == PROD ? false : ReduceRun<int32_t>(job).run();
    default: return job.reducer == PROD ? false : ReduceRun<uint8_t>(job).run();
  }
}

}  // namespace ISA
}  // namespace dl
