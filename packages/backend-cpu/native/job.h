// The interface between the N-API layer and the kernels: checked views, jobs, and the function table that each
// instruction set fills.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace dl {

/** Element types with native loops; the numbers are shared with src/encode.ts. */
enum Type : int32_t { F32 = 0, F64 = 1, I32 = 2, U8 = 3, BOOL = 4 };

/** The primitives; the numbers are shared with src/encode.ts. */
enum Op : int32_t {
  NEG, ABS, FLOOR, CEIL, TRUNC, ROUND, SQRT, EXP, EXPM1, LOG, LOG1P, SIN, COS, TANH, ERF, NOT, CAST,
  ADD, SUB, MUL, DIV, REM, POW, ATAN2, MINIMUM, MAXIMUM, EQ, LT, LE, AND, OR, XOR, SHL, SHR, SELECT, FMA, ERFC, NDTR,
  // Created by fuse.h from several primitives.
  LOGISTIC, GELU, EXPSUB,
};

static inline int bytesOf(int type) { return type == F64 ? 8 : type == F32 || type == I32 ? 4 : 1; }

constexpr int MAX_RANK = 12;
constexpr int MAX_OPERANDS = 24;

/** A strided operand; all elements that it reaches are inside its buffer. */
struct View {
  char* data;  // offset already added
  int32_t type;
  int64_t strides[MAX_RANK];  // in elements
};

/** One axis group of a contraction. */
struct Group {
  int rank;
  int64_t sizes[MAX_RANK];
  int64_t a[MAX_RANK], b[MAX_RANK], out[MAX_RANK];
};

struct ContractJob {
  Group batch, row, column, sum;
  View a, b, out;
};

typedef void (*Loop)(int64_t n, void* out, const void* a, const void* b, const void* c, int scalars);

struct Step {
  int32_t op, type, argType;
  int32_t a, b, c;
  int32_t to;    // register slot
  Loop loop;     // for the instruction set in `Program::isa`
};

/** A compiled program. Operands are numbered: inputs, params, constants, then step results. */
struct Program {
  int inputs, params, constants, steps, outputs;
  int32_t* types;      // for every operand
  double* constant;    // values
  Step* step;
  int32_t* output;     // operand numbers
  int32_t* direct;     // for each output: the step that may write it in place, or -1
  int slots;           // maximum number of registers in use
  int block;           // elements a block
  const void* isa;     // the instruction set whose loops the steps use
};

struct MapJob {
  const Program* program;
  int rank;
  int64_t shape[MAX_RANK];
  View operands[MAX_OPERANDS];  // inputs, then outputs
  const double* params;
  int64_t whole;  // elements of the result of which this is a piece; 0 if it is all
  bool warm;      // whether the result's memory was used recently, so that it may be in a cache
};

enum Reducer : int32_t { SUM = 0, PROD = 1, MIN = 2, MAX = 3, ARGMIN = 4, ARGMAX = 5 };

struct ReduceJob {
  const Program* program;
  int reducer;
  int rank;
  int64_t shape[MAX_RANK];
  bool reduced[MAX_RANK];
  View inputs[MAX_OPERANDS];
  View output;
  const double* params;
  bool* keeps;  // not null: also write the values to `kept` if they are computed in its order; set to whether they were
  View kept;
};

constexpr int MAX_STAGES = 8;

/** Reductions over some dimensions, and a map that reads the inputs and all their results. */
struct FoldJob {
  int rank;
  int64_t shape[MAX_RANK];
  int64_t count;
  bool reduced[MAX_RANK];
  int inputs;
  int stages;
  struct {
    const Program* program;
    int reducer;  // -1: a map of earlier stages' results
  } stage[MAX_STAGES];
  const Program* last;
  int kept;             // the stage whose values `rest` reads as its last input; -1: none
  const Program* rest;  // computes the same as `last`
  View operands[MAX_OPERANDS];  // inputs, then outputs
  const double* params;
  bool warm;  // as in MapJob
};

/** Gather (`to` plain, `from` indexed) and scatter (the other way round). */
struct IndexedJob {
  int rank;
  int64_t shape[MAX_RANK];
  View from, to;
  int indices;
  View index[8];
  int64_t size[8];
  int64_t stride[8];
  int combine;  // -1: set, else a Reducer
  int64_t bad;       // the index that is out of range, if any
  int64_t badSize;
};

struct LineJob {
  int rank;
  int axis;
  int64_t shape[MAX_RANK];
  int reducer;
  bool descending;
  View input, output, indices;
  bool hasValues, hasIndices;
};

/** The kernels of one instruction set. */
struct Kernels {
  const char* name;
  bool (*contract)(const ContractJob&);
  Loop (*loop)(int op, int type, int argType);
  bool (*map)(const MapJob&);
  bool (*reduce)(const ReduceJob&);
  bool (*fold)(const FoldJob&);
  bool (*indexed)(IndexedJob&, bool scatter);
  bool (*scan)(const LineJob&);
  bool (*sort)(const LineJob&);
};

const Kernels* avx512Kernels();
const Kernels* avx2Kernels();
const Kernels* portableKernels();

}  // namespace dl
