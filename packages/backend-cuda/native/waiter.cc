// See waiter.h.
#include "waiter.h"

#include <string.h>

#include <thread>

#include "library.h"

namespace dl {

void Waiter::add(Awaited* a) {
  {
    std::lock_guard<std::mutex> lock(a->settler->mutex);
    a->settler->inFlight++;
  }
  std::lock_guard<std::mutex> lock(mutex_);
  if (!started_) {
    // Ends with the process.
    std::thread([this] { loop(); }).detach();
    started_ = true;
  }
  queue_.push_back(a);
  more_.notify_one();
}

void Waiter::loop() {
  driver().CtxSetCurrent.get()(context_);
  for (;;) {
    Awaited* a;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      more_.wait(lock, [this] { return !queue_.empty(); });
      a = queue_.front();
      queue_.pop_front();
    }
    a->result = driver().EventSynchronize.get()(a->event);
    if (a->result == CU_SUCCESS && a->staging != nullptr) memcpy(a->target, a->staging, a->bytes);
    Settler* settler = a->settler;
    napi_call_threadsafe_function(settler->function, a, napi_tsfn_nonblocking);
    std::lock_guard<std::mutex> lock(settler->mutex);
    if (--settler->inFlight == 0) settler->idle.notify_all();
  }
}

}  // namespace dl
