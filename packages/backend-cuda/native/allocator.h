// Device memory by size classes: freed blocks are kept for later ones, and returned when memory is short.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <map>
#include <unordered_map>
#include <vector>

#include "abi.h"

namespace dl {

class Device;

/** The allocator's statistics, in bytes and counts. */
struct MemoryStats {
  size_t live = 0;        // requested by live buffers
  size_t liveRounded = 0; // the same, rounded up to size classes
  size_t pooled = 0;      // taken from the driver but not in use
  size_t peakLive = 0;
  size_t reserved = 0;    // taken from the driver
  size_t peakReserved = 0;
  size_t taken = 0;       // calls of cuMemAlloc
  size_t retries = 0;     // times the cache was emptied because the device was full
};

/**
 * One device's memory. A freed block may be reused immediately: all work of a device is in one stream, so work enqueued
 * before the free runs before work enqueued after it.
 */
class Allocator {
 public:
  explicit Allocator(Device& device) : device_(device) {}

  /** A handle for at least `bytes` bytes. Throws Failure 'memory' with all sizes if memory is exhausted. */
  double take(size_t bytes);
  void give(double handle);
  /** Address of a live handle; throws for any other. */
  CUdeviceptr address(double handle) const;
  size_t size(double handle) const;
  /** Returns cached memory to the driver; the stream must be idle. */
  void release();
  const MemoryStats& stats() const { return stats_; }
  /** Resets the peaks to the current values. */
  void resetPeak() {
    stats_.peakLive = stats_.live;
    stats_.peakReserved = stats_.reserved;
  }
  /** Whether freed blocks are kept; if not, each block comes directly from the driver. */
  void keep(bool on) { keep_ = on; }

 private:
  struct Slab {
    CUdeviceptr base;
    size_t used;
    size_t blocks;
  };
  struct Block {
    CUdeviceptr address = 0;
    size_t bytes = 0;    // of its size class
    size_t asked = 0;
    int slab = -1;
    uint32_t generation = 0;
    bool alive = false;
  };
  struct Free {
    CUdeviceptr address;
    int slab;
  };

  CUdeviceptr fromDriver(size_t bytes);
  void toDriver(CUdeviceptr address, size_t bytes);
  const Block& find(double handle) const;

  Device& device_;
  bool keep_ = true;
  std::vector<Block> blocks_;
  std::vector<uint32_t> spare_;
  std::vector<Slab> slabs_;
  int filling_ = -1;
  std::unordered_map<size_t, std::vector<Free>> small_;
  std::multimap<size_t, CUdeviceptr> large_;
  MemoryStats stats_;
};

}  // namespace dl
