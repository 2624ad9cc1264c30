// The thread pool of the process, and scratch memory for each thread.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace dl {

typedef void (*Task)(void* context, int64_t index);

/**
 * Runs tasks 0 … count-1, each once, on the pool and the calling thread; returns when all are done. Throws the first
 * exception of a task; tasks that had not begun by then are skipped. If another thread uses the pool, the caller runs
 * everything alone.
 */
void parallel(int64_t count, Task task, void* context);

template <class F>
static inline void parallelFor(int64_t count, const F& f) {
  parallel(count, [](void* c, int64_t i) { (*static_cast<const F*>(c))(i); }, const_cast<F*>(&f));
}

int threads();
void setThreads(int n);

/**
 * Environments (main thread, workers) that use the pool, each on its thread; the last one to leave ends the pool's
 * threads.
 */
void enter();
void leave();

/** Memory of the calling thread, aligned to 64, valid until the next call with this slot; throws std::bad_alloc. */
void* scratch(int slot, size_t bytes);

}  // namespace dl
