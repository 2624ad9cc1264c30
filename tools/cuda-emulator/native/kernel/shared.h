// `__shared__` arrays: each access is checked against the array's bounds and noted, so that races are seen.
#pragma once
#include "runtime.h"

// Into the kernel itself, so that an access has the line of the kernel that made it.
#define DL_INTO __attribute__((always_inline)) inline

namespace dl {

/** One element: reads and writes are told to the driver's stand-in. */
template <class T>
struct Cell {
  T* at;
  DL_INTO operator T() const {
    dl_shared_read(at, sizeof(T));
    return *at;
  }
  DL_INTO T put(T value) const {
    dl_shared_write(at, sizeof(T));
    return *at = value;
  }
  DL_INTO T operator=(T value) const { return put(value); }
  DL_INTO T operator=(const Cell& other) const { return put(T(other)); }
  template <class U> DL_INTO T operator+=(U v) const { return put(T(T(*this) + v)); }
  template <class U> DL_INTO T operator-=(U v) const { return put(T(T(*this) - v)); }
  template <class U> DL_INTO T operator*=(U v) const { return put(T(T(*this) * v)); }
  template <class U> DL_INTO T operator/=(U v) const { return put(T(T(*this) / v)); }
  template <class U> DL_INTO T operator|=(U v) const { return put(T(T(*this) | v)); }
  template <class U> DL_INTO T operator&=(U v) const { return put(T(T(*this) & v)); }
  template <class U> DL_INTO T operator^=(U v) const { return put(T(T(*this) ^ v)); }
  DL_INTO T operator++() const { return put(T(T(*this) + 1)); }
  DL_INTO T operator--() const { return put(T(T(*this) - 1)); }
  DL_INTO T operator++(int) const { T old = T(*this); put(T(old + 1)); return old; }
  DL_INTO T operator--(int) const { T old = T(*this); put(T(old - 1)); return old; }
  /** For atomics; what goes through this pointer is not noted. */
  T* operator&() const { return at; }
};

/** A shared variable, or an array of any rank. */
template <class T>
struct Shared : Cell<T> {
  explicit Shared(void* p) : Cell<T>{(T*)p} {}
  using Cell<T>::operator=;
};
template <class T, unsigned long N>
struct Shared<T[N]> {
  T* first;
  explicit Shared(void* p) : first((T*)p) {}
  DL_INTO Cell<T> operator[](long i) const {
    if (i < 0 || i >= (long)N) dl_fail(700, "index %ld of a shared array of %ld", i, (long)N);
    return Cell<T>{first + i};
  }
};
template <class T, unsigned long N, unsigned long M>
struct Shared<T[N][M]> {
  T (*first)[M];
  explicit Shared(void* p) : first((T(*)[M])p) {}
  DL_INTO Shared<T[M]> operator[](long i) const {
    if (i < 0 || i >= (long)N) dl_fail(700, "index %ld of a shared array of %ld", i, (long)N);
    return Shared<T[M]>(first[i]);
  }
};
/** The launch's own shared memory: `extern __shared__ T name[]`. */
template <class T>
struct Shared<T[]> {
  T* first;
  long count;
  explicit Shared(int line) {
    unsigned long bytes = 0;
    first = (T*)dl_shared_dynamic(&bytes, line);
    count = (long)(bytes / sizeof(T));
  }
  DL_INTO Cell<T> operator[](long i) const {
    if (i < 0 || i >= count) dl_fail(700, "index %ld of the launch's %ld shared elements", i, count);
    return Cell<T>{first + i};
  }
};

}  // namespace dl
