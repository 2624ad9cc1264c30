// Running one block: threads as fibres, barriers, warps, and shared memory that knows who touched it.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <algorithm>

#include "worker.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

__attribute__((visibility("default"))) __thread dl::Self* dl_self __attribute__((tls_model("initial-exec"))) = nullptr;

Worker& worker() {
  static thread_local Worker* w = nullptr;
  if (w == nullptr) w = new Worker;
  return *w;
}

namespace {

uint64_t next(uint64_t& s) {
  s += 0x9e3779b97f4a7c15ull;
  uint64_t z = s;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

void shuffle(Worker& w) {
  if (settings().seed == 0) return;
  for (unsigned i = w.count; i > 1; i--) std::swap(w.order[i - 1], w.order[next(w.random) % i]);
}

/** Out of the kernel, with what went wrong in the worker. */
[[noreturn]] void leave(Worker& w, Result code, const std::string& why) {
  w.code = code;
  w.why = why;
  siglongjmp(w.escape, 1);
}

std::string text(const char* format, ...) __attribute__((format(printf, 1, 2)));
std::string text(const char* format, ...) {
  char line[512];
  va_list list;
  va_start(list, format);
  vsnprintf(line, sizeof(line), format, list);
  va_end(list);
  return line;
}

void threadMain() {
  arrived();
  Worker& w = worker();
  std::vector<void*> values;
  {
    for (const auto& v : w.launch->values) values.push_back(const_cast<char*>(v.data()));
  }
  w.launch->function->kernel->call(values.data());
  values = std::vector<void*>();
  w.places[w.current].at = At::DONE;
  switchTo(w.fibres[w.current], w.own, true);
  __builtin_unreachable();
}

void wait(Worker& w) { switchTo(w.fibres[w.current], w.own); }

/** Lets the lanes of one warp go on if all that its mask names have come. */
bool gather(Worker& w, unsigned thread) {
  const unsigned base = thread & ~31u;
  const Place& p = w.places[thread];
  for (unsigned i = 0; i < 32 && base + i < w.count; i++) {
    if (!(p.mask >> i & 1)) continue;
    const Place& o = w.places[base + i];
    if (o.at != At::TOGETHER || o.mask != p.mask || o.what != p.what || o.line != p.line) return false;
  }
  const unsigned mask = p.mask, what = p.what;
  unsigned long long out[32] = {0};
  unsigned ballot = 0;
  for (unsigned i = 0; i < 32 && base + i < w.count; i++) {
    if ((mask >> i & 1) && w.places[base + i].value != 0) ballot |= 1u << i;
  }
  for (unsigned i = 0; i < 32 && base + i < w.count; i++) {
    if (!(mask >> i & 1)) continue;
    const Place& o = w.places[base + i];
    const int width = static_cast<int>(o.width), segment = static_cast<int>(i) / width * width;
    int from = static_cast<int>(i);
    if (what == dl::TAKE_LANE) from = segment + (o.lane & (width - 1));
    if (what == dl::TAKE_UP && from - o.lane >= segment) from -= o.lane;
    if (what == dl::TAKE_DOWN && from + o.lane < segment + width) from += o.lane;
    if (what == dl::TAKE_XOR && (from ^ o.lane) < segment + width) from ^= o.lane;
    if (!(mask >> from & 1) || base + from >= w.count) {
      w.current = base + i;
      w.line = o.line;
      leave(w, LAUNCH_FAILED, text("a shuffle reads lane %d, which takes no part in it", from));
    }
    out[i] = what == dl::VOTE ? ballot : w.places[base + from].value;
  }
  for (unsigned i = 0; i < 32 && base + i < w.count; i++) {
    w.selves[base + i].clock++;
    if (!(mask >> i & 1)) continue;
    w.places[base + i].value = out[i];
    w.places[base + i].at = At::READY;
  }
  return true;
}

/** Nobody can go on: releases the barrier, or says why not. */
void release(Worker& w) {
  unsigned done = 0, barrier = 0, together = 0, a = 0;
  for (unsigned t = 0; t < w.count; t++) {
    const Place& p = w.places[t];
    done += p.at == At::DONE;
    together += p.at == At::TOGETHER;
    if (p.at == At::BARRIER && barrier++ == 0) a = t;
  }
  const auto stuck = [&](unsigned t, const std::string& why) {
    w.current = t;
    w.line = w.places[t].line;
    leave(w, LAUNCH_FAILED, "deadlock: " + why);
  };
  if (together > 0) {
    for (unsigned t = 0; t < w.count; t++) {
      if (w.places[t].at == At::TOGETHER) {
        stuck(t, text("%u threads wait for lanes of their warps that do not come (mask 0x%08x), %u wait at __syncthreads() and %u have returned",
                      together, w.places[t].mask, barrier, done));
      }
    }
  }
  if (done > 0) stuck(a, text("%u of %u threads wait at __syncthreads() and %u have returned", barrier, w.count, done));
  for (unsigned t = 0; t < w.count; t++) {
    if (w.places[t].line != w.places[a].line) {
      stuck(a, text("threads wait at different __syncthreads(), in line %d and in line %d", w.places[a].line, w.places[t].line));
    }
  }
  for (unsigned t = 0; t < w.count; t++) w.places[t].at = At::READY;
  w.epoch++;
  shuffle(w);
}

void runFibres(Worker& w) {
  for (unsigned t = 0; t < w.count; t++) {
    prepare(w.fibres[t], threadMain);
    w.places[t] = Place();
  }
  for (unsigned left = w.count;;) {
    bool ran = false;
    for (unsigned i = 0; i < w.count; i++) {
      const unsigned t = w.order[i];
      if (w.places[t].at != At::READY) continue;
      w.current = t;
      dl_self = &w.selves[t];
      switchTo(w.own, w.fibres[t]);
      if (w.places[t].at == At::DONE) left--;
      ran = true;
    }
    if (left == 0) return;
    for (unsigned t = 0; t < w.count; t++) {
      if (w.places[t].at == At::TOGETHER && gather(w, t)) ran = false;
    }
    bool ready = false;
    for (unsigned t = 0; t < w.count && !ready; t++) ready = w.places[t].at == At::READY;
    if (!ready) release(w);
    (void)ran;
  }
}

void runPlain(Worker& w) {
  void* values[128];
  unsigned n = 0;
  for (const auto& v : w.launch->values) values[n++] = const_cast<char*>(v.data());
  for (unsigned i = 0; i < w.count; i++) {
    w.current = w.order[i];
    dl_self = &w.selves[w.current];
    w.launch->function->kernel->call(values);
  }
}

/** Two threads, at least one writing, nothing between them. */
bool ordered(const Worker& w, unsigned other, uint32_t clock) {
  const dl::Self& me = *dl_self;
  return other == me.number || (other / 32 == me.number / 32 && clock != w.selves[me.number].clock);
}

}  // namespace

bool runBlock(Worker& w, const Launch& l, uint64_t index) {
  const dl::Index3 b = {l.block[0], l.block[1], l.block[2]}, g = {l.grid[0], l.grid[1], l.grid[2]};
  const dl::Index3 at = {static_cast<unsigned>(index % g.x), static_cast<unsigned>(index / g.x % g.y),
                         static_cast<unsigned>(index / g.x / g.y)};
  w.launch = &l;
  w.count = b.x * b.y * b.z;
  w.random = settings().seed * 0x2545f4914f6cdd1dull + l.number * 1000003 + index;
  if (w.order.size() != w.count) {
    w.order.resize(w.count);
    for (unsigned t = 0; t < w.count; t++) w.order[t] = t;
  }
  shuffle(w);
  for (unsigned t = 0; t < w.count; t++) {
    w.selves[t] = dl::Self{{t % b.x, t / b.x % b.y, t / b.x / b.y}, at, b, g, t, 0};
  }
  w.first = ++w.epoch;
  w.sharedUsed = 0;
  w.base = reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(w.memory.data()) + 63) / 64 * 64);
  w.code = SUCCESS;
  w.line = 0;
  w.pc = w.fault = nullptr;
  if (l.dynamic > 0) {
    memset(w.base, 0xff, l.dynamic);
    w.sharedUsed = (l.dynamic + 15) / 16 * 16;
  }
  if (sigsetjmp(w.escape, 1) == 0) {
    w.inside = true;
    if (l.function->kernel->waits) runFibres(w);
    else runPlain(w);
  } else {
    abandoned(w.own);
  }
  w.inside = false;
  dl_self = nullptr;
  return w.code == SUCCESS;
}

EXPORT void dl_barrier(int line) {
  Worker& w = worker();
  w.places[w.current].at = At::BARRIER;
  w.places[w.current].line = line;
  wait(w);
}

EXPORT unsigned long long dl_together(unsigned what, unsigned mask, unsigned long long value, int lane, int width, int line) {
  Worker& w = worker();
  Place& p = w.places[w.current];
  w.line = line;
  if (!(mask >> (w.current & 31) & 1)) {
    leave(w, LAUNCH_FAILED, text("lane %u is not in its own mask 0x%08x", w.current & 31, mask));
  }
  if (width < 1 || width > 32 || (width & (width - 1)) != 0) leave(w, LAUNCH_FAILED, text("a shuffle of width %d", width));
  p.at = At::TOGETHER;
  p.what = what;
  p.mask = mask;
  p.value = value;
  p.lane = lane;
  p.width = static_cast<unsigned>(width);
  p.line = line;
  wait(w);
  return p.value;
}

EXPORT void* dl_shared(unsigned id, unsigned long bytes, int line) {
  Worker& w = worker();
  if (w.arrays.size() <= id) w.arrays.resize(id + 1);
  SharedArray& a = w.arrays[id];
  if (a.block == w.first) return a.at;
  if (w.sharedUsed + bytes > SHARED_BYTES) {
    w.line = line;
    leave(w, LAUNCH_RESOURCES, text("%lu bytes of shared memory, a block has %u", w.sharedUsed + bytes, SHARED_BYTES));
  }
  a.block = w.first;
  a.at = w.base + w.sharedUsed;
  memset(a.at, 0xff, bytes);
  w.sharedUsed += static_cast<unsigned>((bytes + 15) / 16 * 16);
  return a.at;
}

EXPORT void* dl_shared_dynamic(unsigned long* bytes, int) {
  Worker& w = worker();
  *bytes = w.launch->dynamic;
  return w.base;
}

EXPORT void dl_shared_read(const void* p, unsigned) {
  Worker& w = worker();
  Touched& t = w.touched[static_cast<const char*>(p) - w.base];
  const unsigned me = dl_self->number;
  if (t.written < w.first) {
    w.pc = __builtin_return_address(0);
    leave(w, LAUNCH_FAILED, "shared memory is read that nothing was written to");
  }
  if (t.written == w.epoch && !ordered(w, t.writer, t.writerClock)) {
    w.pc = __builtin_return_address(0);
    leave(w, LAUNCH_FAILED, text("race on shared memory: thread %u reads what thread %u wrote, without a barrier between them", me, t.writer));
  }
  const uint32_t clock = w.selves[me].clock;
  if (t.read != w.epoch) {
    t.read = w.epoch;
    t.reader = t.other = static_cast<uint16_t>(me);
    t.readerClock = t.otherClock = clock;
  } else if (t.reader != me) {
    t.other = static_cast<uint16_t>(me);
    t.otherClock = clock;
  }
}

EXPORT void dl_shared_write(const void* p, unsigned) {
  Worker& w = worker();
  Touched& t = w.touched[static_cast<const char*>(p) - w.base];
  const unsigned me = dl_self->number;
  const auto race = [&](const char* did, unsigned other) {
    leave(w, LAUNCH_FAILED, text("race on shared memory: thread %u writes what thread %u %s, without a barrier between them", me, other, did));
  };
  w.pc = __builtin_return_address(0);
  if (t.written == w.epoch && !ordered(w, t.writer, t.writerClock)) race("wrote", t.writer);
  if (t.read == w.epoch && !ordered(w, t.reader, t.readerClock)) race("read", t.reader);
  if (t.read == w.epoch && !ordered(w, t.other, t.otherClock)) race("read", t.other);
  w.pc = nullptr;
  t.written = w.epoch;
  t.writer = static_cast<uint16_t>(me);
  t.writerClock = w.selves[me].clock;
}

EXPORT void dl_aligned(const void* at, unsigned long bytes) {
  Worker& w = worker();
  const char* p = static_cast<const char*>(at);
  for (const Buffer& b : w.launch->buffers) {
    if (b.mapping == nullptr || p < b.data || p >= b.data + b.size) continue;
    const size_t place = static_cast<size_t>(p - b.data);
    if (place % bytes == 0) return;
    w.pc = __builtin_return_address(0);
    leave(w, MISALIGNED, text("an access of %lu bytes at byte %zu of a buffer: misaligned", bytes, place));
  }
}

EXPORT void dl_fail(int code, const char* what, long a, long b) {
  Worker& w = worker();
  w.pc = __builtin_return_address(0);
  char line[256];
  snprintf(line, sizeof(line), what, a, b);
  leave(w, code, line);
}

EXPORT void dl_trap(const char* what, int line) {
  Worker& w = worker();
  w.line = line;
  leave(w, ASSERT, what);
}
