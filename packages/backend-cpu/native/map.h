// Elementwise programs: whole rows block by block, short rows gathered into blocks, plain copies by tiles.
#pragma once
#include "rows.h"

namespace dl {
namespace ISA {

constexpr int64_t CHUNK = 16384;  // number of elements that a thread takes at a time

/** Tiles 16 elements wide, one after the other: out[i·os + j] = in[i + j·is]. */
template <class T>
static void transposeTiles(T* out, int64_t os, const T* in, int64_t is, int64_t rows, int64_t columns) {
  typedef typename VecOf<T>::V V;
  constexpr int W = lanes<T>;
  int64_t i = 0;
  for (; i + W <= rows; i += W) {
    int64_t j = 0;
    for (; j + W <= columns; j += W) {
      V r[W];
#pragma GCC unroll 16
      for (int k = 0; k < W; k++) r[k] = load<V>(in + i + (j + k) * is);
      transpose<T, W>(r);
#pragma GCC unroll 16
      for (int k = 0; k < W; k++) store(out + (i + k) * os + j, r[k]);
    }
    for (; j < columns; j++) {
      for (int64_t k = i; k < i + W; k++) out[k * os + j] = in[k + j * is];
    }
  }
  for (; i < rows; i++) {
    for (int64_t j = 0; j < columns; j++) out[i * os + j] = in[i + j * is];
  }
}

/** A copy whose input is contiguous along another dimension than its output; false if this is not such a copy. */
template <class T>
static bool transposeCopy(const Loops& loops, T* out, const T* in) {
  const int inner = loops.rank - 1;
  const int64_t* is = loops.strides[0];
  const int64_t* os = loops.strides[1];
  if (loops.rank < 2 || os[inner] != 1 || is[inner] == 1 || is[inner] == 0) return false;
  int along = -1;
  for (int d = 0; d < inner; d++) {
    if (is[d] == 1) along = d;
  }
  if (along < 0) return false;
  Loops rest;
  rest.begin(2);
  for (int d = 0; d < inner; d++) {
    const int64_t s[2] = {is[d], os[d]};
    if (d != along) rest.add(loops.sizes[d], s);
  }
  rest.end();
  const int64_t outer = rest.count(rest.rank);
  const int64_t rows = loops.sizes[along], columns = loops.sizes[inner];
  // Pieces of 64 × 64: source and target of one stay in the L1 cache.
  const int64_t side = 64;
  const int64_t down = ceilDiv(rows, side), across = ceilDiv(columns, side);
  const auto piece = [&](int64_t t) {
    int64_t index[MAX_RANK], at[2];
    rest.locate(rest.rank, t / (down * across), index, at);
    const int64_t i0 = t / across % down * side, j0 = t % across * side;
    transposeTiles(out + at[1] + i0 * os[along] + j0, os[along], in + at[0] + i0 + j0 * is[inner], is[inner],
                   least(side, rows - i0), least(side, columns - j0));
  };
  const int64_t pieces = outer * down * across;
  if (outer * rows * columns >= 65536) {
    const int64_t each = most(1, ceilDiv(pieces, 64));
    parallelFor(ceilDiv(pieces, each), [&](int64_t g) {
      for (int64_t t = g * each; t < least(pieces, (g + 1) * each); t++) piece(t);
    });
  } else {
    for (int64_t t = 0; t < pieces; t++) piece(t);
  }
  return true;
}

struct MapRun {
  const MapJob& job;
  const Program& p;
  Loops loops;
  int inner;
  int64_t length;            // of a row
  int operands;
  int bytes[MAX_OPERANDS];   // of an element
  bool linear[MAX_OPERANDS]; // whether the flat index is the position
  bool streams[MAX_OPERANDS]; // whether an output is written with non-temporal stores

  MapRun(const MapJob& j) : job(j), p(*j.program) {}

  /** Rows `first` … `end`-1 in pieces of a block; each operand is read in place if possible. */
  void longRows(int64_t unit0, int64_t unit1, int64_t pieces, int64_t piece) {
    Frame f(p, job.params, p.block);
    int64_t index[MAX_RANK], at[MAX_OPERANDS];
    for (int64_t u = unit0; u < unit1; u++) {
      loops.locate(inner, u / pieces, index, at);
      const int64_t begin = u % pieces * piece, end = least(length, begin + piece);
      for (int64_t i = begin; i < end; i += p.block) {
        const int64_t n = least(p.block, end - i);
        for (int k = 0; k < p.inputs; k++) {
          const int64_t stride = loops.strides[k][inner];
          const char* from = job.operands[k].data + (at[k] + i * stride) * bytes[k];
          f.scalar[k] = stride == 0;
          f.at[k] = from;
          if (stride != 0 && stride != 1) {
            pick(f.gathered + k * f.slotBytes, from, stride, n, bytes[k]);
            f.at[k] = f.gathered + k * f.slotBytes;
          }
        }
        for (int k = 0; k < p.outputs; k++) {
          const int o = p.inputs + k;
          if (p.direct[k] >= 0) {
            f.target[p.direct[k]] =
                loops.strides[o][inner] == 1 && !streams[o] ? job.operands[o].data + (at[o] + i) * bytes[o] : nullptr;
          }
        }
        f.evaluate(n);
        for (int k = 0; k < p.outputs; k++) {
          const int o = p.inputs + k;
          const int64_t stride = loops.strides[o][inner];
          if (streams[o] && stride == 1 && !f.scalar[p.output[k]]) {
            streamOut(job.operands[o].data + (at[o] + i) * bytes[o], f.at[p.output[k]], n * bytes[o]);
            continue;
          }
          if (p.direct[k] >= 0 && stride == 1 && !streams[o]) continue;
          spreadOut(job.operands[o].data + (at[o] + i * stride) * bytes[o], stride, f.at[p.output[k]],
                    f.scalar[p.output[k]], n, bytes[o]);
        }
      }
    }
    streamEnd();
  }

  /** Rows `row0` … `row1`-1, as many at a time as fill a block. */
  void shortRows(int64_t row0, int64_t row1) {
    const int64_t rows = most(1, p.block / length);
    Frame f(p, job.params, p.block);
    for (int64_t r = row0; r < row1; r += rows) {
      const int64_t some = least(rows, row1 - r), n = some * length;
      for (int k = 0; k < p.inputs; k++) {
        f.scalar[k] = fixed(k);
        if (f.scalar[k]) f.at[k] = job.operands[k].data;
        else if (linear[k]) f.at[k] = job.operands[k].data + r * length * bytes[k];
        else {
          f.at[k] = f.gathered + k * f.slotBytes;
          moveRowsOf<false>(f.gathered + k * f.slotBytes, job.operands[k].data, bytes[k], loops.rank, loops.sizes,
                            loops.strides[k], r, some);
        }
      }
      for (int k = 0; k < p.outputs; k++) {
        const int o = p.inputs + k;
        if (p.direct[k] >= 0) {
          f.target[p.direct[k]] = linear[o] ? job.operands[o].data + r * length * bytes[o] : nullptr;
        }
      }
      f.evaluate(n);
      for (int k = 0; k < p.outputs; k++) {
        const int o = p.inputs + k;
        if (p.direct[k] >= 0 && linear[o]) continue;
        const char* from = f.at[p.output[k]];
        const bool scalar = f.scalar[p.output[k]];
        if (linear[o]) {
          spreadOut(job.operands[o].data + r * length * bytes[o], 1, from, scalar, n, bytes[o]);
          continue;
        }
        if (scalar) {
          // One element for the whole block, repeated for each position.
          spreadOut(f.copies, 1, from, true, n, bytes[o]);
          from = f.copies;
        }
        moveRowsOf<true>((char*)from, job.operands[o].data, bytes[o], loops.rank, loops.sizes, loops.strides[o], r,
                         some);
      }
    }
  }

  bool fixed(int k) const {
    for (int d = 0; d < loops.rank; d++) {
      if (loops.strides[k][d] != 0) return false;
    }
    return true;
  }

  bool run() {
    operands = p.inputs + p.outputs;
    // The innermost loop runs along the dimension where the first output has the smallest stride.
    int order[MAX_RANK];
    int64_t total = 1;
    const int64_t* os = job.operands[p.inputs].strides;
    for (int d = 0; d < job.rank; d++) {
      total *= job.shape[d];
      int e = d;
      const int64_t s = os[d] < 0 ? -os[d] : os[d];
      for (; e > 0; e--) {
        const int64_t b = os[order[e - 1]];
        if ((b < 0 ? -b : b) >= s) break;
        order[e] = order[e - 1];
      }
      order[e] = d;
    }
    loops.begin(operands);
    int64_t strides[MAX_OPERANDS];
    for (int d = 0; d < job.rank; d++) {
      for (int k = 0; k < operands; k++) strides[k] = job.operands[k].strides[order[d]];
      loops.add(job.shape[order[d]], strides);
    }
    loops.end();
    for (int k = 0; k < operands; k++) {
      bytes[k] = bytesOf(job.operands[k].type);
      linear[k] = true;
      int64_t dense = 1;
      for (int d = loops.rank - 1; d >= 0; d--) {
        linear[k] = linear[k] && (loops.strides[k][d] == dense || loops.sizes[d] == 1);
        dense *= loops.sizes[d];
      }
    }
    inner = loops.rank - 1;
    length = loops.sizes[inner];
    for (int k = 0; k < operands; k++) {
      streams[k] = k >= p.inputs && !job.warm && most(total, job.whole) * bytes[k] >= STREAM_BYTES;
      // Memory that is also read is in a cache already.
      for (int i = 0; i < p.inputs; i++) streams[k] = streams[k] && job.operands[i].data != job.operands[k].data;
    }
    // A program without steps may output a number instead of an input.
    if (p.steps == 0 && p.inputs == 1 && p.outputs == 1 && p.output[0] == 0) {
      const char* in = job.operands[0].data;
      char* out = job.operands[1].data;
      if (bytes[0] == 4 && transposeCopy(loops, (float*)out, (const float*)in)) return true;
      if (bytes[0] == 8 && transposeCopy(loops, (double*)out, (const double*)in)) return true;
    }
    const bool spread = total * costOf(p) >= SPREAD_WORK;
    const int64_t outer = loops.count(inner);
    if (loops.rank > 1 && length < SHORT_ROW) {
      const int64_t each = most(1, CHUNK / length);
      if (spread && outer > each) {
        parallelFor(ceilDiv(outer, each), [&](int64_t t) { shortRows(t * each, least(outer, (t + 1) * each)); });
      } else {
        shortRows(0, outer);
      }
      return true;
    }
    // A unit is a piece of a row; a thread takes several short pieces at once.
    const int64_t pieces = ceilDiv(length, CHUNK);
    const int64_t piece = ceilDiv(ceilDiv(length, pieces), 64) * 64;
    const int64_t units = outer * pieces;
    const int64_t each = most(1, CHUNK / piece);
    if (spread && units > each) {
      parallelFor(ceilDiv(units, each), [&](int64_t t) {
        longRows(t * each, least(units, (t + 1) * each), pieces, piece);
      });
    } else {
      longRows(0, units, pieces, piece);
    }
    return true;
  }
};

static bool map(const MapJob& job) { return MapRun(job).run(); }

}  // namespace ISA
}  // namespace dl
