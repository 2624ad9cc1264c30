// The N-API layer: reads arguments, calls the device, and converts failures to JavaScript errors with their code.
#include <node_api.h>
#include <string.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "call.h"
#include "compile.h"

namespace {

using namespace dl;

// Layout of the command of a launch, in numbers; see src/native.ts.
enum { C_DEVICE, C_FUNCTION, C_GRID, C_BLOCK = C_GRID + 3, C_SHARED = C_BLOCK + 3, C_BUFFERS, C_FIRST };
constexpr size_t COMMAND = 256;
constexpr size_t WORDS = 1024;
constexpr int MAX_BUFFERS = 64;

/** Opens the first of these files that can be opened; otherwise a list of the system's error messages. */
void openFirst(Library& library, const std::vector<std::string>& paths, const char* kind) {
  if (library.isOpen()) return;
  std::string all;
  for (const std::string& path : paths) {
    std::string why;
    if (library.open(path.c_str(), why)) return;
    all += (all.empty() ? "" : "\n") + why;
  }
  throw Failure("missing", 0, kind, all);
}

/** openDriver(paths): { version, path, count }. */
napi_value OpenDriver(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) {
    Driver& d = driver();
    openFirst(d.library, c.texts(0), "driver");
    // Known even if the device cannot be used: shows which libraries fit.
    checked(d.DriverGetVersion, &d.version);
    checked(d.Init, 0u);
    int n = 0;
    checked(d.DeviceGetCount, &n);
    Object o(c.env);
    o.set("version", d.version);
    o.set("path", d.library.path());
    o.set("count", n);
    return o.value;
  });
}

/** driverVersion(): the driver's version before initialization, 0 if it is not open. */
napi_value DriverVersion(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) { return numberOf(c.env, driver().version); });
}

/** openNvrtc(paths): { version: [major, minor], path, archs }. */
napi_value OpenNvrtc(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) {
    Nvrtc& n = nvrtc();
    openFirst(n.library, c.texts(0), "nvrtc");
    const std::vector<int> archs = openedNvrtc();
    Object o(c.env);
    o.set("major", n.major);
    o.set("minor", n.minor);
    o.set("path", n.library.path());
    napi_value list;
    napi_create_array(c.env, &list);
    for (size_t i = 0; i < archs.size(); i++) {
      napi_set_element(c.env, list, static_cast<uint32_t>(i), numberOf(c.env, archs[i]));
    }
    o.set("archs", list);
    return o.value;
  });
}

/** openBlas(paths): { version, path }. */
napi_value OpenBlas(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) {
    Blas& b = blas();
    openFirst(b.library, c.texts(0), "cublas");
    int version[3] = {0, 0, 0};
    for (int i = 0; i < 3; i++) b.GetProperty.get()(i, &version[i]);
    Object o(c.env);
    o.set("path", b.library.path());
    o.set("version",
          std::to_string(version[0]) + "." + std::to_string(version[1]) + "." + std::to_string(version[2]));
    return o.value;
  });
}

napi_value DeviceInfoOf(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) {
    const DeviceInfo d = describe(static_cast<int>(c.number(0)));
    Object o(c.env);
    o.set("name", d.name);
    o.set("major", d.major);
    o.set("minor", d.minor);
    o.set("multiprocessors", d.multiprocessors);
    o.set("threadsPerMultiprocessor", d.threadsPerMultiprocessor);
    o.set("threadsPerBlock", d.threadsPerBlock);
    o.set("sharedPerBlock", d.sharedPerBlock);
    o.set("warp", d.warp);
    o.set("gridX", d.grid[0]);
    o.set("gridY", d.grid[1]);
    o.set("gridZ", d.grid[2]);
    o.set("memory", static_cast<double>(d.memory));
    return o.value;
  });
}

/** start(device, keep): makes a device available. */
napi_value Start(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) -> napi_value {
    const size_t index = c.size(0);
    auto& all = devices();
    if (index > 1023) refuse("no such device");
    if (all.size() <= index) all.resize(index + 1);
    if (all[index] == nullptr) {
      all[index] = new Held(static_cast<int>(index));
      all[index]->device.memory().keep(c.flag(1));
    }
    return nullptr;
  });
}

napi_value Alloc(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) {
    Device& d = c.held(c.number(0)).device;
    const size_t bytes = c.size(1);
    const double handle = d.memory().take(bytes);
    if (c.flag(2) && bytes > 0) {
      d.call(driver().MemsetD8Async, d.memory().address(handle), static_cast<unsigned char>(0), bytes, d.stream());
    }
    return numberOf(c.env, handle);
  });
}

napi_value FreeBuffer(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) -> napi_value {
    c.held(c.number(0)).device.memory().give(c.number(1));
    return nullptr;
  });
}

void checkRange(Device& d, double handle, size_t offset, size_t bytes) {
  const size_t size = d.memory().size(handle);
  if (offset > size || bytes > size - offset) refuse("a transfer reaches outside its buffer");
}

/** upload(device, array): a handle with the array's bytes. */
napi_value Upload(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) {
    Device& d = c.held(c.number(0)).device;
    size_t bytes;
    const void* data = c.bytes(1, bytes);
    const double handle = d.memory().take(bytes);
    if (bytes > 0) d.uploads().copy(d.memory().address(handle), data, bytes);
    return numberOf(c.env, handle);
  });
}

void settle(napi_env env, Awaited* a, napi_value* promise) {
  must(napi_create_promise(env, &a->deferred, promise));
  if (a->settler->pending++ == 0) napi_ref_threadsafe_function(env, a->settler->function);
}

/** download(device, handle, offset, array): a promise of the array with the data. */
napi_value Download(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) -> napi_value {
    Held& h = c.held(c.number(0));
    Device& d = h.device;
    const double handle = c.number(1);
    const size_t offset = c.size(2);
    size_t bytes;
    void* data = c.bytes(3, bytes);
    checkRange(d, handle, offset, bytes);
    auto a = std::make_unique<Awaited>();
    a->device = &d;
    a->settler = &c.state->settler;
    a->target = data;
    a->bytes = bytes;
    if (bytes > 0) {
      const CUdeviceptr from = d.memory().address(handle) + offset;
      a->staging = d.pinned().take(bytes, a->stagingSize);
      // Without page-locked memory the driver copies before it returns.
      void* to = a->staging != nullptr ? a->staging : data;
      const CUresult code = d.tried(driver().MemcpyDtoHAsync, to, from, bytes, d.stream());
      if (code != CU_SUCCESS) {
        if (a->staging != nullptr) d.pinned().give(a->staging, a->stagingSize);
        throw d.failure("cuMemcpyDtoHAsync_v2", code);
      }
    }
    a->event = d.record();
    napi_value promise;
    must(napi_create_reference(c.env, c.at(3), 1, &a->array));
    settle(c.env, a.get(), &promise);
    h.waiter.add(a.release());
    return promise;
  });
}

/** sync(device): a promise that resolves once the enqueued work is done. */
napi_value Sync(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) -> napi_value {
    Held& h = c.held(c.number(0));
    auto a = std::make_unique<Awaited>();
    a->device = &h.device;
    a->settler = &c.state->settler;
    a->event = h.device.record();
    napi_value promise;
    settle(c.env, a.get(), &promise);
    h.waiter.add(a.release());
    return promise;
  });
}

/** Runs in JavaScript's thread when an awaited event has occurred: settles its promise. */
void settled(napi_env env, napi_value, void*, void* data) {
  std::unique_ptr<Awaited> a(static_cast<Awaited*>(data));
  napi_value value = nullptr;
  bool failed = false;
  {
    std::lock_guard<std::mutex> guard(lock());
    Device& d = *a->device;
    try {
      if (a->result != CU_SUCCESS) throw d.failure("cuEventSynchronize", a->result);
      d.enter();
      d.returnEvent(a->event);
      if (a->staging != nullptr) d.pinned().give(a->staging, a->stagingSize);
    } catch (const Failure& f) {
      failed = true;
      if (env != nullptr) {
        throwFailure(env, f);
        napi_get_and_clear_last_exception(env, &value);
      }
    }
  }
  // The environment is being torn down: nothing is left to be notified.
  if (env == nullptr) return;
  if (--a->settler->pending == 0) napi_unref_threadsafe_function(env, a->settler->function);
  if (!failed) {
    if (a->array != nullptr) napi_get_reference_value(env, a->array, &value);
    else napi_get_undefined(env, &value);
    napi_resolve_deferred(env, a->deferred, value);
  } else {
    napi_reject_deferred(env, a->deferred, value);
  }
  if (a->array != nullptr) napi_delete_reference(env, a->array);
}

/** compile(source, name, options): { code, log }. */
napi_value Compile(napi_env env, napi_callback_info info) {
  try {
    // Not under the lock: compiling takes long, and NVRTC supports several callers.
    Call c(env, info);
    std::string log;
    const std::vector<char> code = compile(c.text(0), c.text(1), c.texts(2), log);
    void* data;
    napi_value buffer, array;
    must(napi_create_arraybuffer(env, code.size(), &data, &buffer));
    memcpy(data, code.data(), code.size());
    must(napi_create_typedarray(env, napi_uint8_array, code.size(), buffer, 0, &array));
    Object o(env);
    o.set("code", array);
    o.set("log", log);
    return o.value;
  } catch (const Failure& f) {
    throwFailure(env, f);
  } catch (const std::exception& e) {
    napi_throw_error(env, nullptr, e.what());
  }
  return nullptr;
}

/** load(device, code, name): { handle, registers, shared, local, threads }. */
napi_value Load(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) {
    Device& d = c.held(c.number(0)).device;
    size_t n;
    const char* data = static_cast<const char*>(c.bytes(1, n));
    // The driver takes no length; it must not read beyond the end of something that is not a binary.
    std::vector<char> code(data, data + n);
    code.insert(code.end(), 16, 0);
    KernelInfo kernel;
    const int handle = d.load(code.data(), c.text(2).c_str(), kernel);
    Object o(c.env);
    o.set("handle", handle);
    o.set("registers", kernel.registers);
    o.set("shared", kernel.shared);
    o.set("local", kernel.local);
    o.set("threads", kernel.threads);
    return o.value;
  });
}

unsigned count(double x, double high) {
  if (!(x >= 0 && x <= high)) refuse("a number of the launch is out of range");
  return static_cast<unsigned>(x);
}

/** launch(): reads the command; buffers come first, then the parameter block if there is one. */
napi_value Launch(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) -> napi_value {
    const double* m = c.state->command;
    Device& d = c.held(m[C_DEVICE]).device;
    const CUfunction f = d.function(static_cast<int>(count(m[C_FUNCTION], 1e9)));
    const unsigned n = count(m[C_BUFFERS], MAX_BUFFERS);
    CUdeviceptr addresses[MAX_BUFFERS];
    void* arguments[MAX_BUFFERS + 1];
    for (unsigned i = 0; i < n; i++) {
      addresses[i] = d.memory().address(m[C_FIRST + i]);
      arguments[i] = &addresses[i];
    }
    arguments[n] = c.state->words;
    const auto axis = [&](int at) { return count(m[at], 2147483647.0); };
    const CUresult code = d.tried(driver().LaunchKernel, f, axis(C_GRID), axis(C_GRID + 1), axis(C_GRID + 2),
                                  axis(C_BLOCK), axis(C_BLOCK + 1), axis(C_BLOCK + 2), axis(C_SHARED), d.stream(),
                                  static_cast<void**>(arguments), static_cast<void**>(nullptr));
    if (code != CU_SUCCESS) throw d.failure("cuLaunchKernel", code);
    return nullptr;
  });
}

/**
 * gemm(): command: device, float64, tf32, opA, opB, m, n, k, lda, strideA, ldb, strideB, ldc, strideC, batch, then
 * handle and offset (in elements) of a, b and c. Column-major, as in cuBLAS.
 */
napi_value Gemm(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) -> napi_value {
    const double* m = c.state->command;
    Device& d = c.held(m[0]).device;
    const bool wide = m[1] != 0;
    cublasHandle_t handle = d.blasHandle();
    Blas& b = blas();
    const int mode = m[2] != 0 ? CUBLAS_TF32_MATH_MODE : CUBLAS_DEFAULT_MATH_MODE;
    cublasStatus_t status = b.SetMathMode.get()(handle, mode);
    if (status != 0) throw Failure("cublas", status, "", "cublasSetMathMode: status " + std::to_string(status));
    int whole[13];
    for (int i = 3; i < 15; i++) {
      if (i == 9 || i == 11 || i == 13) continue;
      whole[i - 3] = static_cast<int>(count(m[i], 2147483647.0));
    }
    const auto stride = [&](int at) { return static_cast<long long>(m[at]); };
    const size_t bytes = wide ? 8 : 4;
    CUdeviceptr at[3];
    for (int i = 0; i < 3; i++) {
      at[i] = d.memory().address(m[15 + 2 * i]) + static_cast<size_t>(m[16 + 2 * i]) * bytes;
    }
    const int *w = whole;
    if (wide) {
      const double one = 1, zero = 0;
      status = b.DgemmStridedBatched.get()(handle, w[0], w[1], w[2], w[3], w[4], &one,
                                           reinterpret_cast<const double*>(at[0]), w[5], stride(9),
                                           reinterpret_cast<const double*>(at[1]), w[7], stride(11), &zero,
                                           reinterpret_cast<double*>(at[2]), w[9], stride(13), w[11]);
    } else {
      const float one = 1, zero = 0;
      status = b.SgemmStridedBatched.get()(handle, w[0], w[1], w[2], w[3], w[4], &one,
                                           reinterpret_cast<const float*>(at[0]), w[5], stride(9),
                                           reinterpret_cast<const float*>(at[1]), w[7], stride(11), &zero,
                                           reinterpret_cast<float*>(at[2]), w[9], stride(13), w[11]);
    }
    if (status != 0) {
      throw Failure("cublas", status, "",
                    std::string(wide ? "cublasDgemm" : "cublasSgemm") + "StridedBatched: status " +
                        std::to_string(status));
    }
    return nullptr;
  });
}

/** memory(device): the allocator's statistics. */
napi_value Memory(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) {
    const auto& all = devices();
    const size_t index = c.size(0);
    if (index >= all.size() || all[index] == nullptr) refuse("the device was not started");
    Device& d = all[index]->device;
    const MemoryStats& s = d.memory().stats();
    Object o(c.env);
    o.set("live", static_cast<double>(s.live));
    o.set("pooled", static_cast<double>(s.pooled));
    o.set("peakLive", static_cast<double>(s.peakLive));
    o.set("reserved", static_cast<double>(s.reserved));
    o.set("peakReserved", static_cast<double>(s.peakReserved));
    o.set("taken", static_cast<double>(s.taken));
    o.set("retries", static_cast<double>(s.retries));
    o.set("pinned", static_cast<double>(d.pinned().held()));
    size_t room = 0, total = 0;
    if (d.broken().empty()) {
      d.enter();
      d.call(driver().MemGetInfo, &room, &total);
    }
    o.set("free", static_cast<double>(room));
    o.set("total", static_cast<double>(total));
    return o.value;
  });
}

napi_value ResetPeak(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) -> napi_value {
    c.held(c.number(0)).device.memory().resetPeak();
    return nullptr;
  });
}

napi_value EmptyCache(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) -> napi_value {
    Device& d = c.held(c.number(0)).device;
    d.call(driver().StreamSynchronize, d.stream());
    d.memory().release();
    d.uploads().release();
    d.pinned().release();
    return nullptr;
  });
}

/** setup(command, words): the arrays that launches are written to; nothing else references them. */
napi_value Setup(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) -> napi_value {
    size_t n;
    c.state->command = static_cast<double*>(c.bytes(0, n));
    if (n < COMMAND * sizeof(double)) refuse("setup: the command is too short");
    c.state->words = static_cast<uint32_t*>(c.bytes(1, n));
    if (n < WORDS * sizeof(uint32_t)) refuse("setup: the parameter block is too short");
    for (int i = 0; i < 2; i++) {
      if (c.state->refs[i] != nullptr) napi_delete_reference(c.env, c.state->refs[i]);
      must(napi_create_reference(c.env, c.at(i), 1, &c.state->refs[i]));
    }
    return nullptr;
  });
}

/** The environment ends: first waits for pending promises that still write to its memory. */
void closing(void* data) {
  Settler& s = static_cast<Env*>(data)->settler;
  uv_mutex_lock(&s.mutex);
  while (s.inFlight > 0) uv_cond_wait(&s.idle, &s.mutex);
  uv_mutex_unlock(&s.mutex);
}

napi_value Begin(napi_env env, napi_value exports) {
  Env* state = new Env;
  napi_value name;
  napi_create_string_utf8(env, "dl-cuda", NAPI_AUTO_LENGTH, &name);
  if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr, settled,
                                      &state->settler.function) != napi_ok) {
    napi_throw_error(env, nullptr, "dl-cuda: no threadsafe function");
    return exports;
  }
  napi_unref_threadsafe_function(env, state->settler.function);
  napi_add_env_cleanup_hook(env, closing, state);
  const struct {
    const char* name;
    napi_callback call;
  } functions[] = {
      {"setup", Setup},         {"openDriver", OpenDriver}, {"driverVersion", DriverVersion},
      {"openNvrtc", OpenNvrtc}, {"openBlas", OpenBlas},     {"deviceInfo", DeviceInfoOf},
      {"start", Start},         {"alloc", Alloc},           {"free", FreeBuffer},
      {"upload", Upload},       {"download", Download},     {"sync", Sync},
      {"compile", Compile},     {"load", Load},             {"launch", Launch},
      {"gemm", Gemm},           {"memory", Memory},         {"emptyCache", EmptyCache},
      {"resetPeak", ResetPeak},
  };
  for (const auto& f : functions) {
    napi_value value;
    napi_create_function(env, f.name, NAPI_AUTO_LENGTH, f.call, state, &value);
    napi_set_named_property(env, exports, f.name, value);
  }
  return exports;
}

}  // namespace

NAPI_MODULE_INIT() { return Begin(env, exports); }
