// The thread pool of the process, and scratch memory for each thread.
#include "pool.h"

#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
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

#if defined(_WIN32)
#include <malloc.h>
#endif

namespace dl {
namespace {

/** Memory aligned to 64, `bytes` a multiple of it; Windows has its own functions for that. */
void* alignedAlloc(size_t bytes) {
#if defined(_WIN32)
  return _aligned_malloc(bytes, 64);
#else
  return aligned_alloc(64, bytes);
#endif
}

void alignedFree(void* memory) {
#if defined(_WIN32)
  _aligned_free(memory);
#else
  free(memory);
#endif
}

/**
 * A thread's scratch memory. It is released explicitly: on Windows, destructors in a library's threads do not run
 * safely.
 */
struct Arena {
  static constexpr int SLOTS = 10;
  void* memory[SLOTS];
  size_t size[SLOTS];
};

thread_local Arena arena = {};

void releaseScratch() {
  for (void* m : arena.memory) alignedFree(m);
  arena = {};
}

struct Job {
  Task task;
  void* context;
  int64_t count;
};

/** The tasks that one thread takes first, on a separate cache line. */
struct alignas(64) Share {
  std::atomic<int64_t> next{0};
  int64_t end = 0;
};

// How long a worker spins before it sleeps: longer than the gaps between the operators of a training step, since waking
// it takes as long as a small operator. A sleeping worker uses no processor time.
constexpr std::chrono::microseconds SPIN{300};

/** Spins until `done` or until the time is over. */
template <class F>
void spin(F done) {
  const auto start = std::chrono::steady_clock::now();
  while (!done()) {
    for (int i = 0; i < 32; i++) {
      DL_PAUSE();
      if (done()) return;
    }
    if (std::chrono::steady_clock::now() - start >= SPIN) return;
    // The engine's own threads, which collect garbage and compile, have priority.
    std::this_thread::yield();
  }
}

// Whether this thread runs a task: a nested job runs on the thread alone.
thread_local bool inTask = false;

struct Pool {
  std::mutex holder;  // held by the thread that uses the pool
  std::mutex mutex;   // guards the members below
  std::condition_variable wake;
  std::vector<std::thread> workers;
  Job job{};
  bool open = false;
  bool stop = false;
  int joined = 0;
  int sleeping = 0;
  std::exception_ptr failure;          // the first exception of this job's tasks
  std::atomic<bool> failed{false};     // remaining tasks are skipped
  std::atomic<uint64_t> round{0};
  std::unique_ptr<Share[]> shares;  // one per thread, the caller's first
  int threads = 1;                  // number of shares
  std::atomic<int> left{0};
  int wanted = 0;
  int users = 0;

  /**
   * Runs a thread's own share of the tasks, then tasks of others that have not begun. The same thread processes the
   * same part of the memory in successive jobs, so its cache still contains it.
   */
  void take(const Job& mine, int self) {
    for (int t = 0; t < threads; t++) {
      Share& share = shares[(self + t) % threads];
      for (;;) {
        const int64_t i = share.next.fetch_add(1, std::memory_order_relaxed);
        if (i >= share.end) break;
        // An exception that leaves a worker would end the process; the caller of the job throws it instead.
        if (failed.load(std::memory_order_relaxed)) continue;
        try {
          mine.task(mine.context, i);
        } catch (...) {
          std::lock_guard<std::mutex> lock(mutex);
          if (!failure) failure = std::current_exception();
          failed.store(true, std::memory_order_relaxed);
        }
      }
    }
  }

  void work(int self) {
    uint64_t seen = 0;
    for (;;) {
      spin([&] { return round.load(std::memory_order_acquire) != seen; });
      Job mine;
      {
        std::unique_lock<std::mutex> lock(mutex);
        sleeping++;
        wake.wait(lock, [&] { return stop || round.load(std::memory_order_relaxed) != seen; });
        sleeping--;
        if (stop) break;
        seen = round.load(std::memory_order_relaxed);
        if (!open) continue;
        mine = job;
        joined++;
      }
      // Workers run only tasks.
      inTask = true;
      take(mine, self);
      left.fetch_add(1, std::memory_order_release);
    }
    releaseScratch();
  }

  /** Throws the first exception of a task, after all tasks have ended. */
  void run(const Job& work) {
    bool anyAsleep;
    {
      std::lock_guard<std::mutex> lock(mutex);
      job = work;
      open = true;
      joined = 0;
      failed.store(false, std::memory_order_relaxed);
      for (int t = 0; t < threads; t++) {
        shares[t].next.store(work.count * t / threads, std::memory_order_relaxed);
        shares[t].end = work.count * (t + 1) / threads;
      }
      left.store(0, std::memory_order_relaxed);
      round.fetch_add(1, std::memory_order_release);
      anyAsleep = sleeping > 0;
    }
    if (anyAsleep) wake.notify_all();
    inTask = true;
    take(work, 0);
    inTask = false;
    int others;
    {
      // A worker that arrives later finds the job closed.
      std::lock_guard<std::mutex> lock(mutex);
      open = false;
      others = joined;
    }
    for (int i = 0; left.load(std::memory_order_acquire) != others; i++) {
      if (i < 2000) DL_PAUSE();
      else std::this_thread::yield();
    }
    if (failed.load(std::memory_order_relaxed)) {
      std::exception_ptr thrown;
      thrown.swap(failure);
      std::rethrow_exception(thrown);
    }
  }

  void grow() {
    if (threads < wanted) {
      // The shares are not read between two jobs.
      shares.reset(new Share[wanted]);
      threads = wanted;
    }
    while (static_cast<int>(workers.size()) < wanted - 1) {
      const int self = static_cast<int>(workers.size()) + 1;
      try {
        workers.emplace_back([this, self] { work(self); });
      } catch (...) {
        // No more threads can be created: the existing ones do the work.
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
    threads = 1;
    stop = false;
  }
};

// Never destroyed: threads that still sleep at the end of the process need their mutex.
Pool& pool() {
  static Pool* p = new Pool();
  return *p;
}

int cores() {
  const unsigned n = std::thread::hardware_concurrency();
  return n == 0 ? 1 : static_cast<int>(n);
}

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
  if (count > 1 && !inTask) {
    std::unique_lock<std::mutex> lock(p.holder, std::try_to_lock);
    if (lock.owns_lock()) {
      if (p.wanted == 0) p.wanted = cores();
      if (p.wanted > 1) {
        p.grow();
        p.run({task, context, count});
        return;
      }
    }
  }
  for (int64_t i = 0; i < count; i++) task(context, i);
}

void enter() {
  Pool& p = pool();
  std::lock_guard<std::mutex> lock(p.holder);
  p.users++;
}

void leave() {
  releaseScratch();
  Pool& p = pool();
  std::lock_guard<std::mutex> lock(p.holder);
  if (--p.users == 0) p.end();
}

void* scratch(int slot, size_t bytes) {
  Arena& a = arena;
  if (a.size[slot] < bytes) {
    alignedFree(a.memory[slot]);
    a.memory[slot] = nullptr;
    a.size[slot] = 0;
    size_t rounded = (bytes + bytes / 4 + 4095) / 4096 * 4096;
    void* m = alignedAlloc(rounded);
    if (m == nullptr) {
      rounded = (bytes + 4095) / 4096 * 4096;
      m = alignedAlloc(rounded);
    }
    if (m == nullptr) throw std::bad_alloc();
    a.memory[slot] = m;
    a.size[slot] = rounded;
  }
  return a.memory[slot];
}

}  // namespace dl
