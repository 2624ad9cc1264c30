// Blocks of short rows: copies several rows of a strided operand to contiguous memory, and back.
#pragma once
#include "frame.h"

namespace dl {
namespace ISA {

/**
 * Rows shorter than this are processed together: processing one alone costs more than copying them to contiguous
 * memory.
 */
constexpr int64_t SHORT_ROW = 128;

/** `rows` rows of L elements (L < 0: `length` of them), `s1` between rows and `s0` inside one. */
template <class T, int L, bool OUT>
DL_INLINE void moveRows(T* dense, T* strided, int64_t rows, int64_t s1, int64_t length, int64_t s0) {
  const int64_t n = L < 0 ? length : L;
  if (s0 == 1) {
    for (int64_t a = 0; a < rows; a++) {
      for (int64_t b = 0; b < n; b++) {
        if (OUT) strided[a * s1 + b] = dense[a * n + b];
        else dense[a * n + b] = strided[a * s1 + b];
      }
    }
    return;
  }
  if (s0 == 0 && !OUT) {
    for (int64_t a = 0; a < rows; a++) {
      const T x = strided[a * s1];
      for (int64_t b = 0; b < n; b++) dense[a * n + b] = x;
    }
    return;
  }
  for (int64_t a = 0; a < rows; a++) {
    for (int64_t b = 0; b < n; b++) {
      if (OUT) strided[a * s1 + b * s0] = dense[a * n + b];
      else dense[a * n + b] = strided[a * s1 + b * s0];
    }
  }
}

template <class T, bool OUT>
static void moveBlock(T* dense, T* strided, int64_t rows, int64_t s1, int64_t length, int64_t s0) {
  switch (length) {
    case 1: return moveRows<T, 1, OUT>(dense, strided, rows, s1, length, s0);
    case 2: return moveRows<T, 2, OUT>(dense, strided, rows, s1, length, s0);
    case 3: return moveRows<T, 3, OUT>(dense, strided, rows, s1, length, s0);
    case 4: return moveRows<T, 4, OUT>(dense, strided, rows, s1, length, s0);
    default: return moveRows<T, -1, OUT>(dense, strided, rows, s1, length, s0);
  }
}

/** Iterates over rows `row0` … of operand `k`: `sizes` and `strides` list its dimensions, rows run along the last. */
template <class T, bool OUT>
static void moveTyped(char* dense_, char* base, int rank, const int64_t* sizes, const int64_t* strides, int64_t row0,
                      int64_t rows) {
  T* dense = (T*)dense_;
  const int inner = rank - 1;
  const int64_t length = sizes[inner], s0 = strides[inner];
  if (inner == 0) {
    moveBlock<T, OUT>(dense, (T*)base, 1, 0, length, s0);
    return;
  }
  const int along = inner - 1;
  const int64_t s1 = strides[along];
  int64_t index[MAX_RANK], at = 0, rest = row0 / sizes[along], q = row0 % sizes[along];
  for (int d = along - 1; d >= 0; d--) {
    index[d] = rest % sizes[d];
    rest /= sizes[d];
    at += index[d] * strides[d];
  }
  while (rows > 0) {
    const int64_t run = least(rows, sizes[along] - q);
    moveBlock<T, OUT>(dense, (T*)base + at + q * s1, run, s1, length, s0);
    dense += run * length;
    rows -= run;
    q = 0;
    for (int d = along - 1; d >= 0; d--) {
      at += strides[d];
      if (++index[d] < sizes[d]) break;
      index[d] = 0;
      at -= strides[d] * sizes[d];
    }
  }
}

template <bool OUT>
static void moveRowsOf(char* dense, char* base, int bytes, int rank, const int64_t* sizes, const int64_t* strides,
                       int64_t row0, int64_t rows) {
  if (bytes == 4) moveTyped<int32_t, OUT>(dense, base, rank, sizes, strides, row0, rows);
  else if (bytes == 8) moveTyped<int64_t, OUT>(dense, base, rank, sizes, strides, row0, rows);
  else moveTyped<int8_t, OUT>(dense, base, rank, sizes, strides, row0, rows);
}

}  // namespace ISA
}  // namespace dl
