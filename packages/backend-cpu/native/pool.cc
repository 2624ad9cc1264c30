// The process's one thread pool, and scratch memory for each thread.
#include "pool.h"

#include <stdlib.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#define DL_PAUSE() _mm_pause()
#else
#define DL_PAUSE() std::this_thread::yield()
#endif

namespace dl {
namespace {

struct Job {
  Task task;
  void* context;
  int64_t count;
};

// Rounds of pausing before a worker goes to sleep: about 20 µs, so that the steps of one operator
// chain find the workers awake, and nothing is burnt between them and the next click.
constexpr int SPIN = 600;

// Whether this thread runs a task: what a task wants done it does alone.
thread_local bool inTask = false;

struct Pool {
  std::mutex holder;  // held by the thread that has work in the pool
  std::mutex mutex;   // guards what follows
  std::condition_variable wake;
  std::vector<std::thread> workers;
  Job job{};
  bool open = false;
  bool stop = false;
  int joined = 0;
  int sleeping = 0;
  std::atomic<uint64_t> round{0};
  std::atomic<int64_t> next{0};
  std::atomic<int> left{0};
  int wanted = 0;
  int users = 0;

  void work() {
    uint64_t seen = 0;
    for (;;) {
      for (int i = 0; i < SPIN && round.load(std::memory_order_acquire) == seen; i++) DL_PAUSE();
      Job mine;
      {
        std::unique_lock<std::mutex> lock(mutex);
        sleeping++;
        wake.wait(lock, [&] { return stop || round.load(std::memory_order_relaxed) != seen; });
        sleeping--;
        if (stop) return;
        seen = round.load(std::memory_order_relaxed);
        if (!open) continue;
        mine = job;
        joined++;
      }
      // Workers run nothing but tasks.
      inTask = true;
      for (;;) {
        const int64_t i = next.fetch_add(1, std::memory_order_relaxed);
        if (i >= mine.count) break;
        mine.task(mine.context, i);
      }
      left.fetch_add(1, std::memory_order_release);
    }
  }

  void run(const Job& work) {
    bool anyAsleep;
    {
      std::lock_guard<std::mutex> lock(mutex);
      job = work;
      open = true;
      joined = 0;
      next.store(0, std::memory_order_relaxed);
      left.store(0, std::memory_order_relaxed);
      round.fetch_add(1, std::memory_order_release);
      anyAsleep = sleeping > 0;
    }
    if (anyAsleep) wake.notify_all();
    inTask = true;
    for (;;) {
      const int64_t i = next.fetch_add(1, std::memory_order_relaxed);
      if (i >= work.count) break;
      work.task(work.context, i);
    }
    inTask = false;
    int others;
    {
      // Who has not come by now finds the job closed.
      std::lock_guard<std::mutex> lock(mutex);
      open = false;
      others = joined;
    }
    for (int i = 0; left.load(std::memory_order_acquire) != others; i++) {
      if (i < 2000) DL_PAUSE();
      else std::this_thread::yield();
    }
  }

  void grow() {
    while (static_cast<int>(workers.size()) < wanted - 1) {
      try {
        workers.emplace_back([this] { work(); });
      } catch (...) {
        // No more threads to be had: what there is does the work.
        wanted = static_cast<int>(workers.size()) + 1;
      }
    }
  }

  void end() {
    {
      std::lock_guard<std::mutex> lock(mutex);
      stop = true;
    }
    wake.notify_all();
    for (std::thread& t : workers) t.join();
    workers.clear();
    stop = false;
  }
};

// Never destroyed: threads that still sleep at the end of the process must find their mutex.
Pool& pool() {
  static Pool* p = new Pool();
  return *p;
}

int cores() {
  const unsigned n = std::thread::hardware_concurrency();
  return n == 0 ? 1 : static_cast<int>(n);
}

struct Arena {
  static constexpr int SLOTS = 9;
  void* memory[SLOTS] = {};
  size_t size[SLOTS] = {};
  ~Arena() {
    for (void* m : memory) free(m);
  }
};

thread_local Arena arena;

}  // namespace

int threads() {
  Pool& p = pool();
  std::lock_guard<std::mutex> lock(p.holder);
  if (p.wanted == 0) p.wanted = cores();
  return p.wanted;
}

void setThreads(int n) {
  Pool& p = pool();
  std::lock_guard<std::mutex> lock(p.holder);
  if (n == p.wanted) return;
  p.end();
  p.wanted = n;
}

void parallel(int64_t count, Task task, void* context) {
  Pool& p = pool();
  if (count > 1 && !inTask && p.holder.try_lock()) {
    if (p.wanted == 0) p.wanted = cores();
    if (p.wanted > 1) {
      p.grow();
      p.run({task, context, count});
      p.holder.unlock();
      return;
    }
    p.holder.unlock();
  }
  for (int64_t i = 0; i < count; i++) task(context, i);
}

void enter() {
  Pool& p = pool();
  std::lock_guard<std::mutex> lock(p.holder);
  p.users++;
}

void leave() {
  Pool& p = pool();
  std::lock_guard<std::mutex> lock(p.holder);
  if (--p.users == 0) p.end();
}

void* scratch(int slot, size_t bytes) {
  Arena& a = arena;
  if (a.size[slot] < bytes) {
    free(a.memory[slot]);
    a.memory[slot] = nullptr;
    a.size[slot] = 0;
    const size_t rounded = (bytes + bytes / 4 + 4095) / 4096 * 4096;
    void* m = aligned_alloc(64, rounded);
    if (m == nullptr) throw std::bad_alloc();
    a.memory[slot] = m;
    a.size[slot] = rounded;
  }
  return a.memory[slot];
}

}  // namespace dl
