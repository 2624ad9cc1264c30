// Device memory with guards on both sides, and page-locked memory that is closed while a copy is on its way.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "state.h"

namespace {

constexpr size_t PAGE = 4096;
/** Reach of the guards: nothing of the program lies so near to a buffer. */
constexpr size_t GUARD = size_t(1) << 20;
constexpr size_t RESERVED = size_t(1) << 40;
constexpr unsigned char BEFORE = 0xdb;
/** Systems allow a process some 65,000 mappings: above this, buffers get red zones, which are looked at after kernels. */
constexpr size_t MOST_MAPPED = 15000;
constexpr size_t ZONE = 256;
size_t mappedBuffers = 0;
/** As float or double a NaN, as a whole number -1: what nobody wrote is seen. */
constexpr int UNWRITTEN = 0xff;

size_t pages(size_t n) { return (n + PAGE - 1) / PAGE * PAGE; }

std::vector<char*>& regions() {
  static auto* r = new std::vector<char*>;
  return *r;
}
size_t taken = RESERVED;

/** Addresses that are given out once and never again; no access to them is allowed. */
Address fresh(size_t size) {
  const size_t step = pages(size) + PAGE;
  if (step > RESERVED) return 0;
  if (taken + step > RESERVED) {
    void* r = mmap(nullptr, RESERVED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (r == MAP_FAILED) return 0;
    regions().push_back(static_cast<char*>(r));
    taken = 0;
  }
  char* at = regions().back() + taken;
  taken += step;
  return reinterpret_cast<Address>(at);
}

struct Pinned {
  size_t size;
  bool closed = false;
};
std::map<char*, Pinned>& pinned() {
  static auto* p = new std::map<char*, Pinned>;
  return *p;
}

std::map<char*, Pinned>::iterator pinnedAt(const void* at) {
  auto found = pinned().upper_bound(const_cast<char*>(static_cast<const char*>(at)));
  if (found == pinned().begin()) return pinned().end();
  --found;
  return static_cast<const char*>(at) < found->first + found->second.size ? found : pinned().end();
}

}  // namespace

std::mutex& state() {
  static auto* m = new std::mutex;
  return *m;
}

std::map<Address, Buffer>& buffers() {
  static auto* b = new std::map<Address, Buffer>;
  return *b;
}

Buffer* bufferAt(Address at) {
  auto found = buffers().upper_bound(at);
  if (found == buffers().begin()) return nullptr;
  --found;
  // One past the end belongs to it, so that the message can say whose end it is.
  return at <= found->second.at + found->second.size ? &found->second : nullptr;
}

bool isDeviceAddress(const void* at) {
  for (char* r : regions()) {
    if (at >= r && at < r + RESERVED) return true;
  }
  return false;
}

Result allocate(Context& c, Address* at, size_t size) {
  if (size == 0 || at == nullptr) return INVALID_VALUE;
  std::lock_guard<std::mutex> guard(state());
  if (size > settings().memory || c.used + size > settings().memory) return OUT_OF_MEMORY;
  Buffer b;
  b.size = size;
  b.device = c.device;
  if (mappedBuffers >= MOST_MAPPED) {
    b.at = fresh(size);
    b.mapping = static_cast<char*>(malloc(size + 2 * ZONE));
    if (b.at == 0 || b.mapping == nullptr) return OUT_OF_MEMORY;
    b.head = ZONE;
    b.data = b.mapping + ZONE;
    memset(b.mapping, BEFORE, size + 2 * ZONE);
    memset(b.data, UNWRITTEN, size);
    buffers()[b.at] = b;
    c.used += size;
    *at = b.at;
    return SUCCESS;
  }
  const size_t inside = pages(size);
  b.mapped = inside + 2 * GUARD;
  void* m = mmap(nullptr, b.mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (m == MAP_FAILED) return OUT_OF_MEMORY;
  b.mapping = static_cast<char*>(m);
  char* open = b.mapping + GUARD;
  b.at = fresh(size);
  if (b.at == 0 || mprotect(open, inside, PROT_READ | PROT_WRITE) != 0) {
    munmap(m, b.mapped);
    return OUT_OF_MEMORY;
  }
  // The end of the buffer is the end of the page.
  b.head = inside - size;
  b.data = open + b.head;
  mappedBuffers++;
  memset(open, BEFORE, b.head);
  memset(b.data, UNWRITTEN, size);
  buffers()[b.at] = b;
  c.used += size;
  *at = b.at;
  return SUCCESS;
}

bool intact(const Buffer& b) {
  const char* open = b.mapped == 0 ? b.mapping : b.mapping + GUARD;
  for (size_t i = 0; b.mapped == 0 && i < ZONE; i++) {
    if (static_cast<unsigned char>(b.data[b.size + i]) != BEFORE) return false;
  }
  for (size_t i = 0; i < b.head; i++) {
    if (static_cast<unsigned char>(open[i]) != BEFORE) return false;
  }
  return true;
}

Result release(Context& c, Address at) {
  std::lock_guard<std::mutex> guard(state());
  const auto found = buffers().find(at);
  if (found == buffers().end()) {
    complain("cuMemFree: 0x%llx is no buffer", at);
    return INVALID_VALUE;
  }
  Buffer& b = found->second;
  if (b.freed) {
    complain("cuMemFree: a buffer of %zu bytes is freed twice", b.size);
    return INVALID_VALUE;
  }
  if (b.device != c.device) {
    complain("cuMemFree: a buffer of device %d is freed in a context of device %d", b.device, c.device);
    return INVALID_VALUE;
  }
  if (b.lastStream != nullptr && b.lastStream->done < b.lastSequence) {
    complain("cuMemFree: a buffer of %zu bytes is freed while work that uses it was not waited for", b.size);
    c.broken = ILLEGAL_ADDRESS;
    return ILLEGAL_ADDRESS;
  }
  b.freed = true;
  c.used -= b.size;
  if (b.mapped == 0) {
    free(b.mapping);
  } else {
    munmap(b.mapping, b.mapped);
    mappedBuffers--;
  }
  b.data = b.mapping = nullptr;
  return SUCCESS;
}

void* hostAllocate(size_t size) {
  void* p = mmap(nullptr, pages(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return nullptr;
  std::lock_guard<std::mutex> guard(state());
  pinned()[static_cast<char*>(p)] = Pinned{size};
  return p;
}

bool hostFree(void* at) {
  std::lock_guard<std::mutex> guard(state());
  const auto found = pinned().find(static_cast<char*>(at));
  if (found == pinned().end()) return false;
  if (found->second.closed) complain("cuMemFreeHost: memory is freed while a copy into it is on its way");
  munmap(at, pages(found->second.size));
  pinned().erase(found);
  return true;
}

bool isPinned(const void* at, size_t bytes, bool* first) {
  std::lock_guard<std::mutex> guard(state());
  const auto found = pinnedAt(at);
  if (found == pinned().end()) return false;
  *first = at == found->first;
  return static_cast<const char*>(at) + bytes <= found->first + found->second.size;
}

void closePinned(void* at, size_t bytes) {
  std::lock_guard<std::mutex> guard(state());
  const auto found = pinned().find(static_cast<char*>(at));
  if (found == pinned().end()) return;
  memset(at, UNWRITTEN, bytes);
  found->second.closed = true;
  mprotect(at, pages(bytes), PROT_NONE);
}

void openPinned(void* at, size_t bytes) {
  std::lock_guard<std::mutex> guard(state());
  const auto found = pinned().find(static_cast<char*>(at));
  if (found == pinned().end()) return;
  mprotect(at, pages(bytes), PROT_READ | PROT_WRITE);
  found->second.closed = false;
}

bool isClosed(const void* at) {
  const auto found = pinnedAt(at);
  return found != pinned().end() && found->second.closed;
}
