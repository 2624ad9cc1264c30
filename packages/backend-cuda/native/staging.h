// Page-locked host memory for transfers, so that the device copies while JavaScript continues.
#pragma once
#include <stddef.h>

#include <deque>
#include <map>
#include <vector>

#include "abi.h"

namespace dl {

class Device;

/** Page-locked blocks with sizes of powers of two, kept for later transfers up to a limit. */
class Pinned {
 public:
  explicit Pinned(Device& device) : device_(device) {}
  /** A block of at least `bytes` bytes, and its size; null if the system has no more. */
  void* take(size_t bytes, size_t& size);
  void give(void* block, size_t size);
  void release();
  size_t held() const { return held_; }

 private:
  Device& device_;
  std::multimap<size_t, void*> free_;
  size_t held_ = 0;
};

/**
 * Uploads through a ring of page-locked chunks: many small ones share a chunk, a large one uses several in turn. A
 * chunk is reused once the stream has executed the copies from it.
 */
class Uploads {
 public:
  explicit Uploads(Device& device) : device_(device) {}
  void copy(CUdeviceptr to, const void* from, size_t bytes);
  /** Frees the chunks; the stream must be idle. */
  void release();

 private:
  struct Chunk {
    char* memory;
    size_t size;
    CUevent done;
  };
  bool next();

  Device& device_;
  std::deque<Chunk> waiting_;
  Chunk chunk_{nullptr, 0, nullptr};
  size_t used_ = 0;
};

}  // namespace dl
