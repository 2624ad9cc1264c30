// A thread per device that waits for the stream in JavaScript's place, and settles promises when it has come by.
#pragma once
#include <node_api.h>
#include <uv.h>

#include <deque>

#include "abi.h"

namespace dl {

class Device;

/** What of an environment (the main thread or a worker) promises are settled with. */
struct Settler {
  napi_threadsafe_function function = nullptr;
  int pending = 0;   // of the environment's thread alone
  int inFlight = 0;  // guarded by `mutex`
  uv_mutex_t mutex;
  uv_cond_t idle;

  Settler() {
    uv_mutex_init(&mutex);
    uv_cond_init(&idle);
  }
};

/** Something that is awaited: a download (with its memory), or the stream's present end. */
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
