// See device.h.
#include "device.h"

namespace dl {

namespace {

thread_local CUcontext current = nullptr;

/** Errors after which every call of the process on the device fails. */
bool isSticky(CUresult code) {
  switch (code) {
    case CU_DEINITIALIZED:
    case CU_ECC_UNCORRECTABLE:
    case CU_NVLINK_UNCORRECTABLE:
    case CU_CONTAINED:
    case CU_ILLEGAL_ADDRESS:
    case CU_LAUNCH_TIMEOUT:
    case CU_CONTEXT_IS_DESTROYED:
    case CU_ASSERT:
    case CU_HARDWARE_STACK_ERROR:
    case CU_ILLEGAL_INSTRUCTION:
    case CU_MISALIGNED_ADDRESS:
    case CU_INVALID_ADDRESS_SPACE:
    case CU_INVALID_PC:
    case CU_LAUNCH_FAILED:
    case CU_TENSOR_MEMORY_LEAK:
      return true;
    default:
      return false;
  }
}

}  // namespace

DeviceInfo describe(int index) {
  Driver& d = driver();
  CUdevice device;
  checked(d.DeviceGet, &device, index);
  DeviceInfo info;
  char name[256] = {0};
  checked(d.DeviceGetName, name, 255, device);
  info.name = name;
  const auto ask = [&](int attribute) {
    int value = 0;
    checked(d.DeviceGetAttribute, &value, attribute, device);
    return value;
  };
  info.major = ask(CU_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
  info.minor = ask(CU_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  info.multiprocessors = ask(CU_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  info.threadsPerMultiprocessor = ask(CU_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR);
  info.threadsPerBlock = ask(CU_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
  info.sharedPerBlock = ask(CU_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK);
  info.warp = ask(CU_ATTRIBUTE_WARP_SIZE);
  info.grid[0] = ask(CU_ATTRIBUTE_MAX_GRID_DIM_X);
  info.grid[1] = ask(CU_ATTRIBUTE_MAX_GRID_DIM_Y);
  info.grid[2] = ask(CU_ATTRIBUTE_MAX_GRID_DIM_Z);
  checked(d.DeviceTotalMem, &info.memory, device);
  return info;
}

Device::Device(int index) : index_(index), allocator_(*this), pinned_(*this), uploads_(*this) {
  Driver& d = driver();
  call(d.DeviceGet, &device_, index);
  call(d.DevicePrimaryCtxRetain, &context_, device_);
  enter();
  call(d.StreamCreate, &stream_, CU_STREAM_NON_BLOCKING_FLAG);
}

void Device::enter() {
  if (!broken_.empty()) {
    throw Failure("lost", 0, "", broken_);
  }
  if (current != context_) {
    call(driver().CtxSetCurrent, context_);
    current = context_;
  }
}

Failure Device::failure(const char* call, CUresult code) {
  Failure f = driverFailure(call, code);
  if (!isSticky(code)) return f;
  if (broken_.empty()) broken_ = f.what();
  return Failure("lost", code, f.name, broken_);
}

int Device::load(const void* code, const char* name, KernelInfo& info) {
  Driver& d = driver();
  CUmodule module = nullptr;
  call(d.ModuleLoadData, &module, code);
  CUfunction function = nullptr;
  call(d.ModuleGetFunction, &function, module, name);
  const auto ask = [&](int attribute) {
    int value = 0;
    call(d.FuncGetAttribute, &value, attribute, function);
    return value;
  };
  info.registers = ask(CU_FUNC_NUM_REGS);
  info.shared = ask(CU_FUNC_SHARED_SIZE_BYTES);
  info.local = ask(CU_FUNC_LOCAL_SIZE_BYTES);
  info.threads = ask(CU_FUNC_MAX_THREADS_PER_BLOCK);
  functions_.push_back(function);
  return static_cast<int>(functions_.size()) - 1;
}

CUfunction Device::function(int handle) const {
  if (handle < 0 || handle >= static_cast<int>(functions_.size())) refuse("no such kernel");
  return functions_[handle];
}

cublasHandle_t Device::blasHandle() {
  if (blas_ == nullptr) {
    Blas& b = blas();
    const cublasStatus_t status = b.Create.get()(&blas_);
    if (status != 0) {
      blas_ = nullptr;
      throw Failure("cublas", status, "", "cublasCreate_v2: status " + std::to_string(status));
    }
    const cublasStatus_t set = b.SetStream.get()(blas_, stream_);
    if (set != 0) throw Failure("cublas", set, "", "cublasSetStream_v2: status " + std::to_string(set));
  }
  return blas_;
}

CUevent Device::record() {
  Driver& d = driver();
  CUevent event = nullptr;
  if (events_.empty()) {
    call(d.EventCreate, &event, CU_EVENT_BLOCKING_SYNC_FLAG | CU_EVENT_DISABLE_TIMING_FLAG);
  } else {
    event = events_.back();
    events_.pop_back();
  }
  call(d.EventRecord, event, stream_);
  return event;
}

}  // namespace dl
