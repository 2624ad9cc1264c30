// Settings from the environment, complaints, and errors that were ordered.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thread>

#include "state.h"

namespace {

long number(const char* name, long standard) {
  const char* v = getenv(name);
  return v && *v ? atol(v) : standard;
}

struct Order {
  std::string call;
  Result code = 0;
  long after = 0, times = -1, seen = 0;
};

std::vector<Order>& orders() {
  static std::vector<Order>* all = [] {
    auto* list = new std::vector<Order>;
    const char* text = getenv("DL_CUDA_EMULATOR_FAIL");
    for (; text && *text; text = strchr(text, ',') ? strchr(text, ',') + 1 : nullptr) {
      char name[64];
      Order o;
      const int n = sscanf(text, "%63[^:,]:%d:%ld:%ld", name, &o.code, &o.after, &o.times);
      o.call = name;
      if (n >= 2) list->push_back(o);
      else complain("DL_CUDA_EMULATOR_FAIL is call:code[:after[:times]], not '%s'", text);
    }
    return list;
  }();
  return *all;
}

}  // namespace

const Settings& settings() {
  static const Settings s = [] {
    Settings v;
    v.devices = static_cast<int>(number("DL_CUDA_EMULATOR_DEVICES", 2));
    v.version = static_cast<int>(number("DL_CUDA_EMULATOR_VERSION", 13000));
    v.capability = static_cast<int>(number("DL_CUDA_EMULATOR_CAPABILITY", 90));
    v.memory = static_cast<size_t>(number("DL_CUDA_EMULATOR_MEMORY", 4096)) << 20;
    v.seed = static_cast<uint64_t>(number("DL_CUDA_EMULATOR_SEED", 0));
    v.leaks = number("DL_CUDA_EMULATOR_LEAKS", 0) != 0;
    const long cores = static_cast<long>(std::thread::hardware_concurrency());
    v.threads = static_cast<int>(number("DL_CUDA_EMULATOR_THREADS", cores > 0 ? cores : 1));
    return v;
  }();
  return s;
}

void complain(const char* format, ...) {
  char line[1024];
  va_list list;
  va_start(list, format);
  vsnprintf(line, sizeof(line), format, list);
  va_end(list);
  fprintf(stderr, "cuda-emulator: %s\n", line);
}

Result ordered(const char* call) {
  static std::mutex* m = new std::mutex;
  std::lock_guard<std::mutex> guard(*m);
  for (Order& o : orders()) {
    if (o.call != call) continue;
    const long n = o.seen++;
    if (n >= o.after && (o.times < 0 || n < o.after + o.times)) return o.code;
  }
  return SUCCESS;
}
