// See waiter.h.
#include "waiter.h"

#include <string.h>

#include "library.h"

namespace dl {

void Waiter::add(Awaited* a) {
  uv_mutex_lock(&a->settler->mutex);
  a->settler->inFlight++;
  uv_mutex_unlock(&a->settler->mutex);
  uv_mutex_lock(&mutex_);
  queue_.push_back(a);
  // The thread ends with the process.
  if (!started_) started_ = uv_thread_create(&thread_, run, this) == 0;
  uv_cond_signal(&more_);
  uv_mutex_unlock(&mutex_);
}

void Waiter::run(void* self) { static_cast<Waiter*>(self)->loop(); }

void Waiter::loop() {
  driver().CtxSetCurrent.get()(context_);
  for (;;) {
    uv_mutex_lock(&mutex_);
    while (queue_.empty()) uv_cond_wait(&more_, &mutex_);
    Awaited* a = queue_.front();
    queue_.pop_front();
    uv_mutex_unlock(&mutex_);
    a->result = driver().EventSynchronize.get()(a->event);
    if (a->result == CU_SUCCESS && a->staging != nullptr) memcpy(a->target, a->staging, a->bytes);
    Settler* settler = a->settler;
    napi_call_threadsafe_function(settler->function, a, napi_tsfn_nonblocking);
    uv_mutex_lock(&settler->mutex);
    if (--settler->inFlight == 0) uv_cond_broadcast(&settler->idle);
    uv_mutex_unlock(&settler->mutex);
  }
}

}  // namespace dl
