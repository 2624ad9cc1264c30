// One device: its primary context, stream, memory and kernels, and whether it is still usable.
#pragma once
#include <string>
#include <vector>

#include "allocator.h"
#include "library.h"
#include "staging.h"

namespace dl {

/** The properties of a device. */
struct DeviceInfo {
  std::string name;
  int major = 0, minor = 0;
  int multiprocessors = 0;
  int threadsPerMultiprocessor = 0;
  int threadsPerBlock = 0;
  int sharedPerBlock = 0;
  int warp = 0;
  int grid[3] = {0, 0, 0};
  size_t memory = 0;
};

/** A compiled kernel and its properties. */
struct KernelInfo {
  int registers = 0;
  int shared = 0;
  int local = 0;
  int threads = 0;
};

/** Queries the driver about a device, without using it. */
DeviceInfo describe(int index);

class Device {
 public:
  explicit Device(int index);

  /** Must be called first in every entry: throws if the device is unusable, makes its context current. */
  void enter();

  /** Calls a driver function for this device; a sticky error makes the device unusable. */
  template <class F, class... A>
  void call(Function<F>& f, A... args) {
    const CUresult code = tried(f, args...);
    if (code != CU_SUCCESS) throw failure(f.name(), code);
  }

  /** The same, for callers that check the result themselves. */
  template <class F, class... A>
  CUresult tried(Function<F>& f, A... args) {
    return f.get()(args...);
  }

  /** The failure of a call; also records whether it makes the device unusable. */
  Failure failure(const char* call, CUresult code);

  int index() const { return index_; }
  CUstream stream() const { return stream_; }
  CUcontext context() const { return context_; }
  const std::string& broken() const { return broken_; }

  Allocator& memory() { return allocator_; }
  Uploads& uploads() { return uploads_; }
  Pinned& pinned() { return pinned_; }

  /** Loads compiled code and returns the handle of its function `name`. */
  int load(const void* code, const char* name, KernelInfo& info);
  CUfunction function(int handle) const;
  cublasHandle_t blasHandle();

  /** An event recorded in the stream now. The caller must return it with `returnEvent`. */
  CUevent record();
  void returnEvent(CUevent event) { events_.push_back(event); }

 private:
  int index_;
  CUdevice device_ = 0;
  CUcontext context_ = nullptr;
  CUstream stream_ = nullptr;
  std::string broken_;
  Allocator allocator_;
  Pinned pinned_;
  Uploads uploads_;
  std::vector<CUfunction> functions_;
  std::vector<CUevent> events_;
  cublasHandle_t blas_ = nullptr;
};

}  // namespace dl
