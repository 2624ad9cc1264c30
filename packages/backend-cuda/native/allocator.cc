// See allocator.h.
#include "allocator.h"

#include <algorithm>
#include <string>

#include "device.h"

namespace dl {

namespace {

constexpr size_t SMALLEST = 512;
constexpr size_t LARGEST_SMALL = size_t(1) << 18;
constexpr size_t SLAB = size_t(2) << 20;
constexpr size_t COARSE = size_t(64) << 20;
constexpr uint32_t INDEX_BITS = 24;
constexpr uint32_t INDEX_MASK = (1u << INDEX_BITS) - 1;

/** The size class of a request: eight steps between powers of two, then steps of two megabytes. */
size_t classOf(size_t bytes) {
  if (bytes <= SMALLEST) return SMALLEST;
  if (bytes > COARSE) return (bytes + SLAB - 1) / SLAB * SLAB;
  size_t power = SMALLEST;
  while (power * 2 < bytes) power *= 2;
  const size_t step = std::max(power / 8, SMALLEST);
  return (bytes + step - 1) / step * step;
}

std::string megabytes(size_t bytes) {
  const size_t tenths = (bytes * 10 + (size_t(1) << 19)) >> 20;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MiB";
}

}  // namespace

CUdeviceptr Allocator::fromDriver(size_t bytes) {
  Driver& d = driver();
  CUdeviceptr address = 0;
  stats_.taken++;
  CUresult code = device_.tried(d.MemAlloc, &address, bytes);
  if (code == CU_OUT_OF_MEMORY) {
    stats_.retries++;
    device_.call(d.StreamSynchronize, device_.stream());
    release();
    code = device_.tried(d.MemAlloc, &address, bytes);
  }
  if (code == CU_OUT_OF_MEMORY) {
    size_t room = 0, total = 0;
    device_.tried(d.MemGetInfo, &room, &total);
    throw Failure("memory", code, "CUDA_ERROR_OUT_OF_MEMORY",
                  "out of device memory: tried to allocate " + megabytes(bytes) + "; tensors hold " +
                      megabytes(stats_.liveRounded) + ", kept for later ones " + megabytes(stats_.pooled) +
                      " (after emptying the cache), free on the device " + megabytes(room) + " of " +
                      megabytes(total));
  }
  if (code != CU_SUCCESS) throw device_.failure("cuMemAlloc_v2", code);
  stats_.reserved += bytes;
  stats_.peakReserved = std::max(stats_.peakReserved, stats_.reserved);
  return address;
}

void Allocator::toDriver(CUdeviceptr address, size_t bytes) {
  stats_.reserved -= bytes;
  device_.call(driver().MemFree, address);
}

double Allocator::take(size_t bytes) {
  const size_t size = classOf(bytes);
  Block block;
  block.bytes = size;
  block.asked = bytes;
  if (!keep_) {
    // The exact size, so that tools that guard the driver's blocks detect accesses right after the last element.
    block.bytes = std::max<size_t>(bytes, 1);
    block.address = fromDriver(block.bytes);
  } else if (size <= LARGEST_SMALL) {
    auto found = small_.find(size);
    if (found != small_.end() && !found->second.empty()) {
      block.address = found->second.back().address;
      block.slab = found->second.back().slab;
      found->second.pop_back();
    } else {
      if (filling_ < 0 || slabs_[filling_].used + size > SLAB) {
        const CUdeviceptr base = fromDriver(SLAB);
        filling_ = -1;
        for (size_t i = 0; i < slabs_.size() && filling_ < 0; i++) {
          if (slabs_[i].base == 0) filling_ = static_cast<int>(i);
        }
        if (filling_ < 0) {
          filling_ = static_cast<int>(slabs_.size());
          slabs_.emplace_back();
        }
        slabs_[filling_] = Slab{base, 0, 0};
      }
      Slab& slab = slabs_[filling_];
      block.address = slab.base + slab.used;
      block.slab = filling_;
      slab.used += size;
    }
    slabs_[block.slab].blocks++;
  } else {
    auto found = large_.lower_bound(size);
    if (found != large_.end() && found->first <= size + size / 8) {
      block.address = found->second;
      block.bytes = found->first;
      large_.erase(found);
    } else {
      block.address = fromDriver(size);
    }
  }
  uint32_t index;
  if (spare_.empty()) {
    index = static_cast<uint32_t>(blocks_.size());
    if (index > INDEX_MASK) throw Failure("use", 0, "", "more than 16 million buffers are alive");
    blocks_.emplace_back();
  } else {
    index = spare_.back();
    spare_.pop_back();
  }
  block.generation = blocks_[index].generation + 1;
  block.alive = true;
  blocks_[index] = block;
  stats_.live += bytes;
  stats_.liveRounded += block.bytes;
  stats_.peakLive = std::max(stats_.peakLive, stats_.live);
  stats_.pooled = stats_.reserved - stats_.liveRounded;
  return static_cast<double>(block.generation) * (1u << INDEX_BITS) + index;
}

const Allocator::Block& Allocator::find(double handle) const {
  const uint64_t whole = handle >= 0 && handle < 9007199254740992.0 ? static_cast<uint64_t>(handle) : 0;
  const size_t index = whole & INDEX_MASK;
  if (index >= blocks_.size() || !blocks_[index].alive || blocks_[index].generation != whole >> INDEX_BITS) {
    refuse("a buffer is used that was freed or belongs to another device");
  }
  return blocks_[index];
}

CUdeviceptr Allocator::address(double handle) const { return find(handle).address; }

size_t Allocator::size(double handle) const { return find(handle).asked; }

void Allocator::give(double handle) {
  const Block& known = find(handle);
  const uint32_t index = static_cast<uint32_t>(&known - blocks_.data());
  const Block block = known;
  blocks_[index].alive = false;
  spare_.push_back(index);
  stats_.live -= block.asked;
  stats_.liveRounded -= block.bytes;
  if (block.slab >= 0) {
    slabs_[block.slab].blocks--;
    small_[block.bytes].push_back(Free{block.address, block.slab});
  } else if (keep_) {
    large_.emplace(block.bytes, block.address);
  } else {
    // The driver may not wait for the work that still uses the block.
    device_.call(driver().StreamSynchronize, device_.stream());
    toDriver(block.address, block.bytes);
  }
  stats_.pooled = stats_.reserved - stats_.liveRounded;
}

void Allocator::release() {
  while (!large_.empty()) {
    const auto first = large_.begin();
    const auto [bytes, address] = *first;
    large_.erase(first);
    toDriver(address, bytes);
  }
  for (auto& [size, list] : small_) {
    list.erase(std::remove_if(list.begin(), list.end(), [&](const Free& f) { return slabs_[f.slab].blocks == 0; }),
               list.end());
  }
  for (size_t i = 0; i < slabs_.size(); i++) {
    if (slabs_[i].base == 0 || slabs_[i].blocks != 0) continue;
    const CUdeviceptr base = slabs_[i].base;
    slabs_[i] = Slab{0, 0, 0};
    if (filling_ == static_cast<int>(i)) filling_ = -1;
    toDriver(base, SLAB);
  }
  stats_.pooled = stats_.reserved - stats_.liveRounded;
}

}  // namespace dl
