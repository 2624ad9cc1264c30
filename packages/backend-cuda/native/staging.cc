// See staging.h.
#include "staging.h"

#include <string.h>

#include <algorithm>

#include "device.h"

namespace dl {

namespace {

constexpr size_t SMALLEST_PINNED = size_t(1) << 16;
constexpr size_t KEPT_PINNED = size_t(256) << 20;
constexpr size_t CHUNK = size_t(4) << 20;
constexpr size_t CHUNKS = 4;

}  // namespace

void* Pinned::take(size_t bytes, size_t& size) {
  size = SMALLEST_PINNED;
  while (size < bytes) size *= 2;
  const auto found = free_.find(size);
  if (found != free_.end()) {
    void* block = found->second;
    free_.erase(found);
    return block;
  }
  void* block = nullptr;
  const CUresult code = device_.tried(driver().MemHostAlloc, &block, size, CU_MEMHOSTALLOC_PORTABLE_FLAG);
  if (code == CU_OUT_OF_MEMORY) return nullptr;
  if (code != CU_SUCCESS) throw device_.failure("cuMemHostAlloc", code);
  held_ += size;
  return block;
}

void Pinned::give(void* block, size_t size) {
  free_.emplace(size, block);
  if (held_ <= KEPT_PINNED) return;
  const auto largest = std::prev(free_.end());
  held_ -= largest->first;
  void* memory = largest->second;
  free_.erase(largest);
  device_.call(driver().MemFreeHost, memory);
}

void Pinned::release() {
  for (const auto& [size, block] : free_) {
    held_ -= size;
    device_.call(driver().MemFreeHost, block);
  }
  free_.clear();
}

/** Advances to a chunk that may be written; false if the system has no page-locked memory. */
bool Uploads::next() {
  Driver& d = driver();
  if (chunk_.memory != nullptr) {
    chunk_.done = device_.record();
    waiting_.push_back(chunk_);
    chunk_.memory = nullptr;
  }
  used_ = 0;
  if (!waiting_.empty()) {
    Chunk first = waiting_.front();
    CUresult code = device_.tried(d.EventQuery, first.done);
    if (code == CU_NOT_READY && waiting_.size() >= CHUNKS) code = device_.tried(d.EventSynchronize, first.done);
    if (code != CU_NOT_READY && code != CU_SUCCESS) throw device_.failure("cuEventQuery", code);
    if (code == CU_SUCCESS) {
      waiting_.pop_front();
      device_.returnEvent(first.done);
      chunk_ = first;
      return true;
    }
  }
  chunk_.memory = static_cast<char*>(device_.pinned().take(CHUNK, chunk_.size));
  return chunk_.memory != nullptr;
}

void Uploads::copy(CUdeviceptr to, const void* from, size_t bytes) {
  Driver& d = driver();
  const char* source = static_cast<const char*>(from);
  while (bytes > 0) {
    if ((chunk_.memory == nullptr || used_ == chunk_.size) && !next()) {
      // Without page-locked memory the driver copies before it returns.
      device_.call(d.MemcpyHtoDAsync, to, static_cast<const void*>(source), bytes, device_.stream());
      device_.call(d.StreamSynchronize, device_.stream());
      return;
    }
    const size_t part = std::min(bytes, chunk_.size - used_);
    memcpy(chunk_.memory + used_, source, part);
    device_.call(d.MemcpyHtoDAsync, to, static_cast<const void*>(chunk_.memory + used_), part, device_.stream());
    // The starts of transfers stay aligned.
    used_ = std::min(chunk_.size, used_ + (part + 63) / 64 * 64);
    source += part;
    to += part;
    bytes -= part;
  }
}

void Uploads::release() {
  for (const Chunk& c : waiting_) {
    device_.returnEvent(c.done);
    device_.pinned().give(c.memory, c.size);
  }
  waiting_.clear();
  if (chunk_.memory != nullptr) device_.pinned().give(chunk_.memory, chunk_.size);
  chunk_.memory = nullptr;
  used_ = 0;
}

}  // namespace dl
