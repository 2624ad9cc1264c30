// A thread per device that waits for the stream in JavaScript's place, and settles promises when it has come by.
#pragma once
#include <node_api.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>

#include "abi.h"

namespace dl {

class Device;

/** What of an environment (the main thread or a worker) promises are settled with. */
struct Settler {
  napi_threadsafe_function function = nullptr;
  int pending = 0;         // of the environment's thread alone
  int inFlight = 0;        // guarded by `mutex`
  std::mutex mutex;
  std::condition_variable idle;
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
  explicit Waiter(CUcontext context) : context_(context) {}
  void add(Awaited* a);

 private:
  void loop();

  CUcontext context_;
  bool started_ = false;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<Awaited*> queue_;
};

}  // namespace dl
