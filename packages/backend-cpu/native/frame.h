// One thread's state while it runs a program: the position of each operand's block, and registers.
#pragma once
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "loops.h"
#include "pool.h"

namespace dl {
namespace ISA {

constexpr int MAX_TABLE = MAX_OPERANDS + 64 + 1024 + 1024;

/** Number of elements times steps from which a program uses threads. */
constexpr double SPREAD_WORK = 65536;

/** The weight of a step there: a step that is not plain arithmetic takes several times as long. */
static double costOf(const Program& p) {
  double cost = 1;
  for (int i = 0; i < p.steps; i++) {
    const int op = p.step[i].op;
    const bool heavy = (op >= EXP && op <= ERF) || op == REM || op == POW || op == ATAN2 || op > FMA;
    cost += heavy ? 4 : 1;
  }
  return cost;
}

static void storeNumber(char* to, int type, double x) {
  switch (type) {
    case F32: *(float*)to = (float)x; break;
    case F64: *(double*)to = x; break;
    case I32: *(int32_t*)to = toInt32(x); break;
    case U8: *(uint8_t*)to = (uint8_t)toInt32(x); break;
    default: *(uint8_t*)to = x == 0 ? 0 : 1;
  }
}

/** Copies `n` elements of `bytes` bytes, `stride` apart, to contiguous memory. */
static void pick(char* to, const char* from, int64_t stride, int64_t n, int bytes) {
  if (stride == 1) {
    memcpy(to, from, n * bytes);
  } else if (bytes == 4) {
    for (int64_t i = 0; i < n; i++) ((int32_t*)to)[i] = ((const int32_t*)from)[i * stride];
  } else if (bytes == 8) {
    for (int64_t i = 0; i < n; i++) ((int64_t*)to)[i] = ((const int64_t*)from)[i * stride];
  } else {
    for (int64_t i = 0; i < n; i++) to[i] = from[i * stride];
  }
}

/** The reverse: from contiguous memory to elements `stride` apart. */
static void spreadOut(char* to, int64_t stride, const char* from, bool scalar, int64_t n, int bytes) {
  const int64_t step = scalar ? 0 : 1;
  if (stride == 1 && step == 1) {
    memmove(to, from, n * bytes);
  } else if (stride == 1 && bytes == 4) {
    const int32_t x = *(const int32_t*)from;
    for (int64_t i = 0; i < n; i++) ((int32_t*)to)[i] = x;
  } else if (stride == 1 && bytes == 8) {
    const int64_t x = *(const int64_t*)from;
    for (int64_t i = 0; i < n; i++) ((int64_t*)to)[i] = x;
  } else if (bytes == 4) {
    for (int64_t i = 0; i < n; i++) ((int32_t*)to)[i * stride] = ((const int32_t*)from)[i * step];
  } else if (bytes == 8) {
    for (int64_t i = 0; i < n; i++) ((int64_t*)to)[i * stride] = ((const int64_t*)from)[i * step];
  } else {
    for (int64_t i = 0; i < n; i++) to[i * stride] = from[i * step];
  }
}

/**
 * Size of a result in bytes from which it is written with non-temporal stores. Results are written to memory that is
 * not in a cache, which an ordinary store would first have to fetch; results this large would not stay in a cache until
 * they are read.
 */
constexpr int64_t STREAM_BYTES = 7 << 18;

/** Copies with non-temporal stores if the instruction set has them; `streamEnd()` orders them before later accesses. */
static void streamOut(char* to, const char* from, int64_t bytes) {
#if defined(__AVX2__)
  const int64_t head = least(bytes, -(uintptr_t)to & (VB - 1));
  memcpy(to, from, head);
  int64_t i = head;
  for (; i + 2 * VB <= bytes; i += 2 * VB) {
#if VB == 64
    _mm512_stream_si512((__m512i*)(to + i), _mm512_loadu_si512(from + i));
    _mm512_stream_si512((__m512i*)(to + i + VB), _mm512_loadu_si512(from + i + VB));
#else
    _mm256_stream_si256((__m256i*)(to + i), _mm256_loadu_si256((const __m256i*)(from + i)));
    _mm256_stream_si256((__m256i*)(to + i + VB), _mm256_loadu_si256((const __m256i*)(from + i + VB)));
#endif
  }
  memcpy(to + i, from + i, bytes - i);
#else
  memcpy(to, from, bytes);
#endif
}

static void streamEnd() {
#if defined(__AVX2__)
  _mm_sfence();
#endif
}

struct Frame {
  const Program& p;
  int leaves;
  const char** at;    // for every operand: its block
  uint8_t* scalar;    // for every operand: whether it is one element for the whole block
  char** target;      // for every step: where it writes
  char* registers;
  char* gathered;     // a block for each input
  char* copies;       // a block that repeats one element
  int64_t slotBytes;

  /** Uses scratch slot 5 of the calling thread. */
  Frame(const Program& program, const double* params, int block) : p(program) {
    leaves = p.inputs + p.params + p.constants;
    slotBytes = (int64_t)block * 8 + 64;
    const int64_t table = leaves + p.steps;
    const int64_t head = (table * (8 + 8 + 8 + 1) + 255) / 64 * 64;
    char* memory = (char*)scratch(5, head + slotBytes * (p.slots + p.inputs + 1));
    at = (const char**)memory;
    target = (char**)(at + table);
    double* numbers = (double*)(target + table);
    scalar = (uint8_t*)(numbers + table);
    registers = memory + head;
    gathered = registers + slotBytes * p.slots;
    copies = gathered + slotBytes * p.inputs;
    for (int i = 0; i < p.inputs; i++) scalar[i] = 0;
    for (int i = p.inputs; i < leaves; i++) {
      const int k = i - p.inputs;
      storeNumber((char*)&numbers[i], p.types[i], k < p.params ? params[k] : p.constant[k - p.params]);
      at[i] = (const char*)&numbers[i];
      scalar[i] = 1;
    }
    for (int i = 0; i < p.steps; i++) target[i] = nullptr;
  }

  /** Runs all steps for `n` elements. A step with a `target` writes there, the others to registers. */
  void evaluate(int64_t n) {
    for (int i = 0; i < p.steps; i++) {
      const Step& s = p.step[i];
      const int flags = scalar[s.a] | scalar[s.b] << 1 | scalar[s.c] << 2;
      char* to = target[i];
      // A step whose operands are all single elements computes one element.
      const bool single = to == nullptr && flags == 7;
      if (to == nullptr) to = registers + s.to * slotBytes;
      s.loop(single ? 1 : n, to, at[s.a], at[s.b], at[s.c], flags);
      at[leaves + i] = to;
      scalar[leaves + i] = single;
    }
  }
};

}  // namespace ISA
}  // namespace dl
