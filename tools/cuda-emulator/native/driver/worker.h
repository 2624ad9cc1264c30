// What one core has while it runs blocks: the threads' states, shared memory, and how to get out of a kernel.
#pragma once
#include <setjmp.h>
#include <stdint.h>

#include <string>
#include <vector>

#include "fibre.h"
#include "state.h"

constexpr unsigned MOST_THREADS = 1024;
constexpr unsigned SHARED_BYTES = 49152;

enum class At { READY, BARRIER, TOGETHER, DONE };

struct Place {
  At at = At::READY;
  int line = 0;
  unsigned what = 0, mask = 0, width = 32;
  int lane = 0;
  unsigned long long value = 0;
};

/** Who touched a byte of shared memory last; an epoch lasts from barrier to barrier and is never used again. */
struct Touched {
  uint64_t written = 0, read = 0;
  uint16_t writer = 0, reader = 0, other = 0;
  uint32_t writerClock = 0, readerClock = 0, otherClock = 0;
};

struct SharedArray {
  uint64_t block = 0;
  char* at = nullptr;
};

struct Worker {
  const Launch* launch = nullptr;
  std::vector<dl::Self> selves = std::vector<dl::Self>(MOST_THREADS);
  std::vector<Place> places = std::vector<Place>(MOST_THREADS);
  std::vector<Fibre> fibres = std::vector<Fibre>(MOST_THREADS);
  std::vector<unsigned> order;
  Fibre own;
  unsigned current = 0, count = 0;
  uint64_t random = 0;
  std::vector<char> memory = std::vector<char>(SHARED_BYTES + 64);
  std::vector<Touched> touched = std::vector<Touched>(SHARED_BYTES);
  std::vector<SharedArray> arrays;
  unsigned sharedUsed = 0;
  /** The block's first epoch, and the one that runs. */
  uint64_t first = 0, epoch = 0;
  char* base = nullptr;
  sigjmp_buf escape;
  bool inside = false, left = false;
  Result code = SUCCESS;
  std::string why;
  const void* pc = nullptr;
  const void* fault = nullptr;
  int line = 0;
};

/** The calling thread's. */
Worker& worker();
/** Runs one block; what went wrong is in the worker. */
bool runBlock(Worker& w, const Launch& l, uint64_t index);
