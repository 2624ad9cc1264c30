// Running a kernel: its blocks over the cores, faults caught, and what went wrong in one line.
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <atomic>
#include <condition_variable>
#include <numeric>
#include <thread>

#include "worker.h"

namespace {

struct sigaction previous[2];
const int signals[2] = {SIGSEGV, SIGBUS};

void handler(int signal, siginfo_t* info, void* context) {
  Worker* w = &worker();
  if (w->inside) {
    w->fault = info->si_addr;
    w->why = "a fault without an address";
#if defined(__x86_64__)
    w->pc = reinterpret_cast<void*>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
    w->pc = reinterpret_cast<void*>(static_cast<ucontext_t*>(context)->uc_mcontext.pc);
#else
    (void)context;
#endif
    w->code = ILLEGAL_ADDRESS;
    siglongjmp(w->escape, 1);
  }
  if (isDeviceAddress(info->si_addr)) {
    complain("host code touches device memory at %p", info->si_addr);
  } else if (isClosed(info->si_addr)) {
    complain("host code touches page-locked memory at %p before the copy into it was waited for", info->si_addr);
  }
  const struct sigaction& old = previous[signal == SIGSEGV ? 0 : 1];
  if (old.sa_flags & SA_SIGINFO) return old.sa_sigaction(signal, info, context);
  if (old.sa_handler != SIG_DFL && old.sa_handler != SIG_IGN) return old.sa_handler(signal);
  sigaction(signal, &old, nullptr);
}

/** A stack for signals, since a fibre's own may be what is full. */
void ownStack() {
  static thread_local bool done = false;
  if (done) return;
  done = true;
  stack_t s = {};
  s.ss_size = 65536;
  s.ss_sp = mmap(nullptr, s.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  sigaltstack(&s, nullptr);
}

/** The line of the kernel's source in which this instruction is. */
int lineOf(const std::string& path, const void* pc) {
  Dl_info info;
  if (pc == nullptr || dladdr(pc, &info) == 0) return 0;
  char command[8192];
  snprintf(command, sizeof(command), "addr2line -i -e '%s' 0x%lx 2>/dev/null", path.c_str(),
           static_cast<unsigned long>(static_cast<const char*>(pc) - static_cast<const char*>(info.dli_fbase) - 1));
  FILE* f = popen(command, "r");
  if (f == nullptr) return 0;
  char text[4096];
  int line = 0;
  // Frames inlined into each other come innermost first: the first that is not one of our headers.
  while (line == 0 && fgets(text, sizeof(text), f) != nullptr) {
    const char* colon = strrchr(text, ':');
    if (colon != nullptr && strstr(text, "/kernel/") == nullptr) line = atoi(colon + 1);
  }
  pclose(f);
  return line;
}

void report(Worker& w) {
  const Launch& l = *w.launch;
  const dl::Self& s = w.selves[w.current];
  std::string why = w.why;
  if (w.fault != nullptr) {
    char text[256];
    snprintf(text, sizeof(text), "touches %p, which is no buffer of this launch", w.fault);
    for (size_t i = 0; i < l.buffers.size(); i++) {
      const Buffer& b = l.buffers[i];
      const char* at = static_cast<const char*>(w.fault);
      if (b.mapping == nullptr || at < b.mapping || at >= b.mapping + b.mapped) continue;
      if (at >= b.data) {
        snprintf(text, sizeof(text), "touches byte %zu of a buffer of %zu bytes (argument %zu): past its end",
                 static_cast<size_t>(at - b.data), b.size, i);
      } else {
        snprintf(text, sizeof(text), "touches memory %zu bytes before a buffer of %zu bytes (argument %zu)",
                 static_cast<size_t>(b.data - at), b.size, i);
      }
    }
    why = text;
  }
  const int line = w.line != 0 ? w.line : lineOf(l.function->path, w.pc);
  if (getenv("DL_CUDA_EMULATOR_VERBOSE") != nullptr) {
    for (size_t i = 0; i < l.values.size(); i++) {
      std::string words;
      for (size_t k = 0; k + 4 <= l.values[i].size(); k += 4) {
        int word;
        memcpy(&word, l.values[i].data() + k, 4);
        words += " " + std::to_string(word);
      }
      complain("argument %zu:%s", i, words.c_str());
    }
    complain("source: %s", (l.function->path.substr(0, l.function->path.size() - 3) + ".cc").c_str());
  }
  complain("kernel '%s', line %d, block (%u, %u, %u), thread (%u, %u, %u): %s", l.function->kernel->name, line, s.blockIdx.x,
           s.blockIdx.y, s.blockIdx.z, s.threadIdx.x, s.threadIdx.y, s.threadIdx.z, why.c_str());
}

/** Helpers that wait for blocks to run; they live as long as the process. */
struct Pool {
  std::mutex m;
  std::condition_variable wake, finished;
  const std::function<void()>* task = nullptr;
  uint64_t round = 0;
  int busy = 0, helpers = 0;

  void start() {
    for (; helpers < settings().threads - 1; helpers++) {
      std::thread([this] {
        uint64_t seen = 0;
        for (;;) {
          const std::function<void()>* t;
          {
            std::unique_lock<std::mutex> lock(m);
            wake.wait(lock, [&] { return round != seen; });
            seen = round;
            t = task;
          }
          (*t)();
          std::lock_guard<std::mutex> lock(m);
          if (--busy == 0) finished.notify_all();
        }
      }).detach();
    }
  }

  void run(const std::function<void()>& t) {
    {
      std::lock_guard<std::mutex> lock(m);
      start();
      task = &t;
      busy = helpers;
      round++;
    }
    wake.notify_all();
    t();
    std::unique_lock<std::mutex> lock(m);
    finished.wait(lock, [&] { return busy == 0; });
  }
};

}  // namespace

void installHandler() {
  for (int i = 0; i < 2; i++) {
    struct sigaction a = {};
    a.sa_sigaction = handler;
    a.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(signals[i], &a, &previous[i]);
  }
}

Result runKernel(const Launch& l) {
  const uint64_t blocks = uint64_t(l.grid[0]) * l.grid[1] * l.grid[2];
  // Blocks come in another order for each seed, too: all of them, each once.
  uint64_t step = 1, start = 0;
  if (settings().seed != 0 && blocks > 1) {
    const uint64_t mixed = settings().seed * 0x9e3779b97f4a7c15ull + l.number * 0xbf58476d1ce4e5b9ull;
    start = mixed % blocks;
    step = 1 + (mixed >> 20) % blocks;
    while (std::gcd(step, blocks) != 1) step++;
  }
  std::atomic<uint64_t> next{0};
  std::mutex m;
  Result result = SUCCESS;
  std::atomic<bool> stop{false};
  const std::function<void()> work = [&] {
    ownStack();
    Worker& w = worker();
    for (;;) {
      const uint64_t i = next++;
      if (i >= blocks || stop) return;
      const uint64_t index = static_cast<uint64_t>((static_cast<unsigned __int128>(i) * step + start) % blocks);
      if (runBlock(w, l, index)) continue;
      std::lock_guard<std::mutex> guard(m);
      if (!stop) {
        report(w);
        result = w.code;
      }
      stop = true;
      return;
    }
  };
  static auto* pool = new Pool;
  static auto* one = new std::mutex;
  if (blocks >= 4 && settings().threads > 1) {
    // Devices share the helpers.
    std::lock_guard<std::mutex> guard(*one);
    pool->run(work);
  } else {
    work();
  }
  if (result != SUCCESS) return result;
  for (size_t i = 0; i < l.buffers.size(); i++) {
    if (l.buffers[i].mapping == nullptr || intact(l.buffers[i])) continue;
    complain("kernel '%s' wrote %s of a buffer of %zu bytes (argument %zu)", l.function->kernel->name,
             l.buffers[i].mapped == 0 ? "before the start or past the end" : "before the start", l.buffers[i].size, i);
    return ILLEGAL_ADDRESS;
  }
  return SUCCESS;
}
