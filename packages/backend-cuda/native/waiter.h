// A thread per device that waits for the stream instead of JavaScript's thread, and then settles promises.
#pragma once
#include <node_api.h>
#include <uv.h>

#include <deque>

#include "abi.h"

namespace dl {

class Device;

/** The part of an environment (the main thread or a worker) that settles promises. */
struct Settler {
  napi_threadsafe_function function = nullptr;
  int pending = 0;   // used only by the environment's thread
  int inFlight = 0;  // guarded by `mutex`
  uv_mutex_t mutex;
  uv_cond_t idle;

  Settler() {
    uv_mutex_init(&mutex);
    uv_cond_init(&idle);
  }
};

/** Something awaited: a download (with its memory), or the current end of the stream. */
struct Awaited {
  Device* device;
  Settler* settler;
  CUevent event;
  void* staging = nullptr;
  size_t stagingSize = 0;
  void* target = nullptr;
  size_t bytes = 0;
  napi_deferred deferred = nullptr;
  napi_ref array = nullptr;
  CUresult result = CU_SUCCESS;
};

/** Waits for events in the order in which they were recorded. */
class Waiter {
 public:
  explicit Waiter(CUcontext context) : context_(context) {
    uv_mutex_init(&mutex_);
    uv_cond_init(&more_);
  }
  void add(Awaited* a);

 private:
  static void run(void* self);
  void loop();

  CUcontext context_;
  bool started_ = false;
  uv_mutex_t mutex_;
  uv_cond_t more_;
  uv_thread_t thread_;
  std::deque<Awaited*> queue_;
};

}  // namespace dl
