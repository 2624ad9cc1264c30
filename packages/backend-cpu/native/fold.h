// Reductions and the map that reads them, in one pass: one piece of the kept dimensions at a time, small enough that a
// stage's input is still in the L2 cache for the next stage.
#pragma once
#include "map.h"
#include "reduce.h"

namespace dl {
namespace ISA {

constexpr int64_t FOLD_PIECE = 32768;  // elements of the whole shape
constexpr int64_t FOLD_WIDTH = 512;    // minimum number of columns if the reduced dimensions are outside

struct FoldRun {
  const FoldJob& job;
  int64_t sizes[MAX_RANK];     // kept dimensions; 1 for reduced ones
  int split;                   // the kept dimension that is split into ranges
  int64_t width;               // of a range
  int64_t ranges;
  int64_t outer;               // pieces of the dimensions before it
  int64_t most_;               // kept elements of a piece

  FoldRun(const FoldJob& j) : job(j) {}

  void piece(int64_t t) {
    int64_t shape[MAX_RANK], start[MAX_RANK];
    int64_t rest = t / ranges;
    for (int d = job.rank - 1; d >= 0; d--) {
      start[d] = 0;
      shape[d] = job.shape[d];
      if (job.reduced[d] || d > split) continue;
      if (d == split) {
        start[d] = t % ranges * width;
        shape[d] = least(width, job.shape[d] - start[d]);
      } else {
        start[d] = rest % job.shape[d];
        rest /= job.shape[d];
        shape[d] = 1;
      }
    }
    // The results of the stages: contiguous over the piece's kept dimensions.
    char* memory = (char*)scratch(8, job.stages * most_ * 8);
    bool keeps = false;
    int64_t kept[MAX_RANK], dense[MAX_RANK];
    int64_t n = 1;
    for (int d = job.rank - 1; d >= 0; d--) {
      kept[d] = job.reduced[d] ? 1 : shape[d];
      dense[d] = job.reduced[d] ? 0 : n;
      n *= kept[d];
    }
    View views[MAX_OPERANDS];
    const auto moved = [&](const View& v) {
      View m = v;
      int64_t at = 0;
      for (int d = 0; d < job.rank; d++) at += start[d] * v.strides[d];
      m.data += at * bytesOf(v.type);
      return m;
    };
    for (int i = 0; i < job.inputs; i++) views[i] = moved(job.operands[i]);
    for (int s = 0; s < job.stages; s++) {
      const Program* p = job.stage[s].program;
      View& found = views[job.inputs + s];
      found.type = p->types[p->output[0]];
      found.data = memory + s * most_ * 8;
      for (int d = 0; d < job.rank; d++) found.strides[d] = dense[d];
      if (job.stage[s].reducer < 0) {
        MapJob m;
        m.program = p;
        m.rank = job.rank;
        m.params = job.params;
        m.whole = 0;
        m.warm = true;
        for (int d = 0; d < job.rank; d++) m.shape[d] = kept[d];
        for (int i = 0; i <= s; i++) m.operands[i] = views[job.inputs + i];
        map(m);
        continue;
      }
      ReduceJob r;
      r.program = p;
      r.reducer = job.stage[s].reducer;
      r.rank = job.rank;
      r.params = job.params;
      for (int d = 0; d < job.rank; d++) {
        r.shape[d] = shape[d];
        r.reduced[d] = job.reduced[d];
      }
      for (int i = 0; i < job.inputs + s; i++) r.inputs[i] = views[i];
      r.output = found;
      r.keeps = nullptr;
      if (s == job.kept) {
        // Contiguous in the shape's order, the most common layout of inputs.
        View& values = views[job.inputs + job.stages];
        values.type = found.type;
        int64_t size = 1;
        for (int d = job.rank - 1; d >= 0; d--) {
          values.strides[d] = size;
          size *= shape[d];
        }
        values.data = (char*)scratch(9, size * bytesOf(values.type));
        r.kept = values;
        r.keeps = &keeps;
      }
      reduce(r);
    }
    const Program& last = keeps ? *job.rest : *job.last;
    MapJob m;
    m.program = &last;
    m.rank = job.rank;
    m.params = job.params;
    m.whole = job.count;
    m.warm = job.warm;
    for (int d = 0; d < job.rank; d++) m.shape[d] = shape[d];
    const int read = last.inputs;
    for (int i = 0; i < read; i++) m.operands[i] = views[i];
    for (int i = 0; i < last.outputs; i++) m.operands[read + i] = moved(job.operands[job.inputs + i]);
    map(m);
  }

  bool run() {
    int64_t depth = 1, kept = 1;
    bool inside = false;  // whether the innermost dimension larger than 1 is kept
    for (int d = 0; d < job.rank; d++) {
      if (job.shape[d] > 1) inside = !job.reduced[d];
      if (job.reduced[d]) depth *= job.shape[d];
      else kept *= job.shape[d];
    }
    int64_t want = most(1, FOLD_PIECE / depth);
    if (inside) want = most(want, FOLD_WIDTH);
    // Dimensions inside `split` stay whole; `split` is divided into ranges; dimensions outside are processed one index
    // at a time.
    split = -1;
    int64_t below = 1;
    for (int d = job.rank - 1; d >= 0; d--) {
      if (job.reduced[d]) continue;
      if (split >= 0) below *= job.shape[split];
      split = d;
      if (below * job.shape[d] >= want) break;
    }
    if (split < 0) {
      width = ranges = outer = most_ = 1;
    } else {
      ranges = ceilDiv(job.shape[split], most(1, want / below));
      width = ceilDiv(job.shape[split], ranges);
      ranges = ceilDiv(job.shape[split], width);
      most_ = width * below;
      int64_t inner = below * job.shape[split];
      outer = kept / inner;
    }
    const int64_t pieces = outer * ranges;
    double cost = costOf(*job.last);
    for (int s = 0; s < job.stages; s++) cost += costOf(*job.stage[s].program);
    if (pieces > 1 && job.count * cost >= SPREAD_WORK) {
      parallelFor(pieces, [&](int64_t t) { piece(t); });
    } else {
      for (int64_t t = 0; t < pieces; t++) piece(t);
    }
    return true;
  }
};

static bool fold(const FoldJob& job) { return FoldRun(job).run(); }

}  // namespace ISA
}  // namespace dl
