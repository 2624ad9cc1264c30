// The driver's functions, as far as the addon opens them: checks of handles and contexts, then the work.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <memory>
#include <set>

#include "../store.h"
#include "state.h"

#define EXPORT extern "C" __attribute__((visibility("default")))
/** An error that was ordered; those that last make the context unusable. */
#define ORDERED(call)                                                          \
  if (const Result r = ordered(call)) {                                        \
    if (r >= ILLEGAL_ADDRESS && r != LAUNCH_RESOURCES && current) current->broken = r; \
    return r;                                                                  \
  }
#define USABLE(call)                                                           \
  if (current == nullptr) {                                                    \
    complain("%s: no context is current in this thread", call);                \
    return INVALID_CONTEXT;                                                    \
  }                                                                            \
  if (current->broken != SUCCESS) return current->broken;

namespace {

thread_local Context* current = nullptr;
bool initialized = false;
uint64_t launches = 0;

std::vector<Context*>& contexts() {
  static auto* c = new std::vector<Context*>;
  return *c;
}
std::set<Stream*>& streams() {
  static auto* s = new std::set<Stream*>;
  return *s;
}
std::set<Event*>& events() {
  static auto* e = new std::set<Event*>;
  return *e;
}

/** The stream behind a handle, checked; null is the context's own. */
Result resolve(Stream*& s, const char* call) {
  if (s == nullptr) {
    if (current->standard == nullptr) {
      current->standard = new Stream;
      current->standard->context = current;
    }
    s = current->standard;
    return SUCCESS;
  }
  std::lock_guard<std::mutex> guard(state());
  if (streams().count(s) == 0) {
    complain("%s: no such stream", call);
    return INVALID_HANDLE;
  }
  if (s->context != current) {
    complain("%s: a stream of device %d is used while device %d is current", call, s->context->device, current->device);
    return INVALID_HANDLE;
  }
  return SUCCESS;
}

bool known(Event* e, const char* call) {
  std::lock_guard<std::mutex> guard(state());
  if (events().count(e) != 0) return true;
  complain("%s: no such event", call);
  return false;
}

uint64_t sum(const char* p, size_t n) {
  uint64_t h = n;
  for (size_t i = 0; i + 8 <= n; i += 8) {
    uint64_t w;
    memcpy(&w, p + i, 8);
    h = (h ^ w) * 1099511628211ull;
    h ^= h >> 31;
  }
  for (size_t i = n / 8 * 8; i < n; i++) h = (h ^ static_cast<unsigned char>(p[i])) * 1099511628211ull;
  return h;
}

struct AtExit {
  ~AtExit() {
    if (!initialized || !settings().leaks) return;
    size_t count = 0, bytes = 0;
    std::lock_guard<std::mutex> guard(state());
    for (const auto& [at, b] : buffers()) {
      if (b.freed) continue;
      if (count++ < 10) complain("leak: a buffer of %zu bytes on device %d", b.size, b.device);
      bytes += b.size;
    }
    complain("%zu buffers leaked, %zu bytes", count, bytes);
  }
} atExit;

struct Named {
  Result code;
  const char *name, *text;
};
const Named names[] = {
    {SUCCESS, "CUDA_SUCCESS", "no error"},
    {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
    {ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {LAUNCH_RESOURCES, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
    {ASSERT, "CUDA_ERROR_ASSERT", "device-side assert triggered"},
    {MISALIGNED, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "system has unsupported display driver / cuda driver combination"},
};

Result copyIn(Address to, const void* from, size_t n, Stream* s) {
  const char* call = "cuMemcpyHtoDAsync";
  if (n == 0) return SUCCESS;
  char* data;
  bool first;
  if (isDeviceAddress(from)) {
    complain("%s: the source is device memory", call);
    return INVALID_VALUE;
  }
  if (const Result r = use(s, to, n, call, &data, nullptr)) return r;
  if (!isPinned(from, n, &first)) {
    // The driver takes a copy of what can be paged out before it returns.
    auto copy = std::make_shared<std::vector<char>>(static_cast<const char*>(from), static_cast<const char*>(from) + n);
    enqueue(s, [=] {
      memcpy(data, copy->data(), n);
      return SUCCESS;
    });
    return SUCCESS;
  }
  const uint64_t before = sum(static_cast<const char*>(from), n);
  enqueue(s, [=] {
    if (sum(static_cast<const char*>(from), n) != before) {
      complain("%s: page-locked memory was changed while a copy from it was on its way", call);
      return static_cast<Result>(ILLEGAL_ADDRESS);
    }
    memcpy(data, from, n);
    return static_cast<Result>(SUCCESS);
  });
  return SUCCESS;
}

Result copyOut(void* to, Address from, size_t n, Stream* s) {
  const char* call = "cuMemcpyDtoHAsync";
  if (n == 0) return SUCCESS;
  char* data;
  bool first = false;
  if (isDeviceAddress(to)) {
    complain("%s: the target is device memory", call);
    return INVALID_VALUE;
  }
  if (const Result r = use(s, from, n, call, &data, nullptr)) return r;
  const bool pinned = isPinned(to, n, &first);
  if (pinned && first) closePinned(to, n);
  const uint64_t sequence = enqueue(s, [=] {
    if (pinned && first) openPinned(to, n);
    memcpy(to, data, n);
    return SUCCESS;
  });
  // Into memory that can be paged out, the driver copies before it returns.
  return pinned ? SUCCESS : finish(s, sequence);
}

}  // namespace

EXPORT Result cuInit(unsigned) {
  ORDERED("cuInit")
  if (settings().devices == 0) return NO_DEVICE;
  std::lock_guard<std::mutex> guard(state());
  if (initialized) return SUCCESS;
  initialized = true;
  // Kernels find the functions that they call in this library by name.
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&cuInit), &info) != 0) dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
  installHandler();
  for (int i = 0; i < settings().devices; i++) {
    contexts().push_back(new Context);
    contexts().back()->device = i;
  }
  return SUCCESS;
}

EXPORT Result cuDriverGetVersion(int* version) {
  ORDERED("cuDriverGetVersion")
  *version = settings().version;
  return SUCCESS;
}

EXPORT Result cuGetErrorName(Result code, const char** name) {
  for (const Named& n : names) {
    if (n.code == code) return *name = n.name, SUCCESS;
  }
  *name = nullptr;
  return INVALID_VALUE;
}

EXPORT Result cuGetErrorString(Result code, const char** text) {
  for (const Named& n : names) {
    if (n.code == code) return *text = n.text, SUCCESS;
  }
  *text = nullptr;
  return INVALID_VALUE;
}

EXPORT Result cuDeviceGetCount(int* n) {
  ORDERED("cuDeviceGetCount")
  *n = settings().devices;
  return initialized ? SUCCESS : NOT_INITIALIZED;
}

EXPORT Result cuDeviceGet(int* device, int index) {
  if (!initialized) return NOT_INITIALIZED;
  if (index < 0 || index >= settings().devices) return INVALID_DEVICE;
  *device = index;
  return SUCCESS;
}

EXPORT Result cuDeviceGetName(char* name, int n, int device) {
  snprintf(name, static_cast<size_t>(n), "CUDA emulator %d", device);
  return SUCCESS;
}

EXPORT Result cuDeviceGetAttribute(int* value, int attribute, int) {
  switch (attribute) {
    case 1: *value = 1024; break;
    case 5: *value = 2147483647; break;
    case 6: case 7: *value = 65535; break;
    case 8: *value = 49152; break;
    case 10: *value = 32; break;
    case 16: *value = 4; break;
    case 39: *value = 2048; break;
    case 75: *value = settings().capability / 10; break;
    case 76: *value = settings().capability % 10; break;
    default:
      complain("cuDeviceGetAttribute: attribute %d is not known here", attribute);
      return INVALID_VALUE;
  }
  return SUCCESS;
}

EXPORT Result cuDeviceTotalMem_v2(size_t* bytes, int) {
  *bytes = settings().memory;
  return SUCCESS;
}

EXPORT Result cuDevicePrimaryCtxRetain(Context** c, int device) {
  ORDERED("cuDevicePrimaryCtxRetain")
  if (device < 0 || device >= static_cast<int>(contexts().size())) return INVALID_DEVICE;
  *c = contexts()[device];
  return SUCCESS;
}

EXPORT Result cuDevicePrimaryCtxRelease_v2(int) { return SUCCESS; }

EXPORT Result cuCtxSetCurrent(Context* c) {
  ORDERED("cuCtxSetCurrent")
  current = c;
  return SUCCESS;
}

EXPORT Result cuStreamCreate(Stream** s, unsigned) {
  ORDERED("cuStreamCreate")
  USABLE("cuStreamCreate")
  *s = new Stream;
  (*s)->context = current;
  std::lock_guard<std::mutex> guard(state());
  streams().insert(*s);
  return SUCCESS;
}

EXPORT Result cuStreamSynchronize(Stream* s) {
  ORDERED("cuStreamSynchronize")
  USABLE("cuStreamSynchronize")
  if (const Result r = resolve(s, "cuStreamSynchronize")) return r;
  return finish(s, UINT64_MAX);
}

EXPORT Result cuStreamDestroy_v2(Stream* s) {
  USABLE("cuStreamDestroy")
  if (const Result r = resolve(s, "cuStreamDestroy")) return r;
  const Result r = finish(s, UINT64_MAX);
  std::lock_guard<std::mutex> guard(state());
  streams().erase(s);
  // Kept: buffers still name it.
  return r;
}

EXPORT Result cuEventCreate(Event** e, unsigned) {
  ORDERED("cuEventCreate")
  USABLE("cuEventCreate")
  *e = new Event;
  (*e)->context = current;
  std::lock_guard<std::mutex> guard(state());
  events().insert(*e);
  return SUCCESS;
}

EXPORT Result cuEventDestroy_v2(Event* e) {
  if (!known(e, "cuEventDestroy")) return INVALID_HANDLE;
  std::lock_guard<std::mutex> guard(state());
  events().erase(e);
  delete e;
  return SUCCESS;
}

EXPORT Result cuEventRecord(Event* e, Stream* s) {
  ORDERED("cuEventRecord")
  USABLE("cuEventRecord")
  if (const Result r = resolve(s, "cuEventRecord")) return r;
  if (!known(e, "cuEventRecord")) return INVALID_HANDLE;
  if (e->context != s->context) {
    complain("cuEventRecord: the event belongs to device %d and the stream to device %d", e->context->device, s->context->device);
    return INVALID_HANDLE;
  }
  std::lock_guard<std::mutex> guard(state());
  e->stream = s;
  e->sequence = s->next - 1;
  return SUCCESS;
}

EXPORT Result cuEventQuery(Event* e) {
  ORDERED("cuEventQuery")
  if (!known(e, "cuEventQuery")) return INVALID_HANDLE;
  if (e->context->broken != SUCCESS) return e->context->broken;
  if (e->stream == nullptr) return SUCCESS;
  uint64_t first;
  {
    std::lock_guard<std::mutex> guard(state());
    if (e->stream->done >= e->sequence) return SUCCESS;
    first = e->stream->queue.empty() ? e->sequence : e->stream->queue.front().sequence;
  }
  // Whoever asks again and again must see an end: each question does one piece of work.
  const Result r = finish(e->stream, first);
  return r != SUCCESS ? r : NOT_READY;
}

EXPORT Result cuEventSynchronize(Event* e) {
  ORDERED("cuEventSynchronize")
  if (!known(e, "cuEventSynchronize")) return INVALID_HANDLE;
  if (e->context->broken != SUCCESS) return e->context->broken;
  return e->stream == nullptr ? SUCCESS : finish(e->stream, e->sequence);
}

EXPORT Result cuMemAlloc_v2(Address* at, size_t size) {
  ORDERED("cuMemAlloc")
  USABLE("cuMemAlloc")
  return allocate(*current, at, size);
}

EXPORT Result cuMemFree_v2(Address at) {
  ORDERED("cuMemFree")
  USABLE("cuMemFree")
  return release(*current, at);
}

EXPORT Result cuMemGetInfo_v2(size_t* free, size_t* total) {
  USABLE("cuMemGetInfo")
  *total = settings().memory;
  *free = *total - current->used;
  return SUCCESS;
}

EXPORT Result cuMemHostAlloc(void** p, size_t size, unsigned) {
  ORDERED("cuMemHostAlloc")
  USABLE("cuMemHostAlloc")
  *p = size == 0 ? nullptr : hostAllocate(size);
  return *p == nullptr ? OUT_OF_MEMORY : SUCCESS;
}

EXPORT Result cuMemFreeHost(void* p) {
  USABLE("cuMemFreeHost")
  if (hostFree(p)) return SUCCESS;
  complain("cuMemFreeHost: %p is no page-locked memory", p);
  return INVALID_VALUE;
}

EXPORT Result cuMemcpyHtoDAsync_v2(Address to, const void* from, size_t n, Stream* s) {
  ORDERED("cuMemcpyHtoDAsync")
  USABLE("cuMemcpyHtoDAsync")
  if (const Result r = resolve(s, "cuMemcpyHtoDAsync")) return r;
  return copyIn(to, from, n, s);
}

EXPORT Result cuMemcpyDtoHAsync_v2(void* to, Address from, size_t n, Stream* s) {
  ORDERED("cuMemcpyDtoHAsync")
  USABLE("cuMemcpyDtoHAsync")
  if (const Result r = resolve(s, "cuMemcpyDtoHAsync")) return r;
  return copyOut(to, from, n, s);
}

EXPORT Result cuMemcpyDtoDAsync_v2(Address to, Address from, size_t n, Stream* s) {
  ORDERED("cuMemcpyDtoDAsync")
  USABLE("cuMemcpyDtoDAsync")
  if (const Result r = resolve(s, "cuMemcpyDtoDAsync")) return r;
  if (n == 0) return SUCCESS;
  char *a, *b;
  if (const Result r = use(s, to, n, "cuMemcpyDtoDAsync", &a, nullptr)) return r;
  if (const Result r = use(s, from, n, "cuMemcpyDtoDAsync", &b, nullptr)) return r;
  if (a < b + n && b < a + n) {
    complain("cuMemcpyDtoDAsync: source and target overlap");
    return INVALID_VALUE;
  }
  enqueue(s, [=] {
    memcpy(a, b, n);
    return SUCCESS;
  });
  return SUCCESS;
}

EXPORT Result cuMemsetD8Async(Address to, unsigned char value, size_t n, Stream* s) {
  ORDERED("cuMemsetD8Async")
  USABLE("cuMemsetD8Async")
  if (const Result r = resolve(s, "cuMemsetD8Async")) return r;
  if (n == 0) return SUCCESS;
  char* a;
  if (const Result r = use(s, to, n, "cuMemsetD8Async", &a, nullptr)) return r;
  enqueue(s, [=] {
    memset(a, value, n);
    return SUCCESS;
  });
  return SUCCESS;
}

EXPORT Result cuModuleLoadData(Module** m, const void* image) {
  ORDERED("cuModuleLoadData")
  USABLE("cuModuleLoadData")
  std::string name, code;
  if (!fromImage(image, name, code)) {
    complain("cuModuleLoadData: this is no code of the NVRTC stand-in, or it is damaged");
    return INVALID_IMAGE;
  }
  const std::string path = storeFolder() + "/" + name + ".so";
  std::string there;
  if (!readFile(path, there) || there != code) {
    if (!writeWhole(path, code)) return INVALID_IMAGE;
  }
  void* library = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) {
    complain("cuModuleLoadData: %s", dlerror());
    return INVALID_IMAGE;
  }
  *m = new Module{library, path};
  return SUCCESS;
}

EXPORT Result cuModuleUnload(Module* m) {
  dlclose(m->library);
  delete m;
  return SUCCESS;
}

EXPORT Result cuModuleGetFunction(Function** f, Module* m, const char* name) {
  ORDERED("cuModuleGetFunction")
  const auto* kernel = static_cast<const dl::Kernel*>(dlsym(m->library, (std::string("dl_kernel_") + name).c_str()));
  if (kernel == nullptr) return NOT_FOUND;
  *f = new Function{kernel, m->path};
  return SUCCESS;
}

EXPORT Result cuFuncGetAttribute(int* value, int attribute, Function* f) {
  *value = attribute == 0 ? static_cast<int>(f->kernel->threads) : attribute == 1 ? static_cast<int>(f->kernel->shared) : 0;
  return SUCCESS;
}

EXPORT Result cuLaunchKernel(Function* f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                             unsigned dynamic, Stream* s, void** values, void** extra) {
  ORDERED("cuLaunchKernel")
  USABLE("cuLaunchKernel")
  if (const Result r = resolve(s, "cuLaunchKernel")) return r;
  const dl::Kernel& k = *f->kernel;
  const uint64_t threads = uint64_t(bx) * by * bz;
  if (gx == 0 || gy == 0 || gz == 0 || gx > 2147483647u || gy > 65535 || gz > 65535 || threads == 0 || bx > 1024 || by > 1024 ||
      bz > 64 || threads > 1024 || extra != nullptr) {
    complain("cuLaunchKernel: '%s' with a grid of (%u, %u, %u) and blocks of (%u, %u, %u)", k.name, gx, gy, gz, bx, by, bz);
    return INVALID_VALUE;
  }
  if (threads > k.threads || dynamic + k.shared > 49152) {
    complain("cuLaunchKernel: '%s' takes at most %u threads and 49152 shared bytes, not %u and %u", k.name, k.threads,
             static_cast<unsigned>(threads), dynamic + k.shared);
    return threads > k.threads ? LAUNCH_RESOURCES : INVALID_VALUE;
  }
  auto l = std::make_shared<Launch>();
  l->function = f;
  l->grid[0] = gx, l->grid[1] = gy, l->grid[2] = gz;
  l->block[0] = bx, l->block[1] = by, l->block[2] = bz;
  l->dynamic = dynamic;
  l->number = launches++;
  const std::string call = std::string("kernel '") + k.name + "'";
  for (unsigned i = 0; i < k.count; i++) {
    const char* from = static_cast<const char*>(values[i]);
    l->values.emplace_back(from, from + k.parameters[i].size);
    Buffer b;
    if (k.parameters[i].kind != 0) {
      Address at;
      memcpy(&at, from, 8);
      char* data = nullptr;
      if (at != 0) {
        if (const Result r = use(s, at, 0, (call + ", argument " + std::to_string(i)).c_str(), &data, &b)) return r;
      }
      memcpy(l->values.back().data(), &data, 8);
    }
    l->buffers.push_back(b);
  }
  enqueue(s, [l] { return runKernel(*l); });
  return SUCCESS;
}

/** For cuBLAS's stand-in: the place of an operand, and work in the order of the stream. */
EXPORT Result dlEmulatorUse(Stream* s, Address at, size_t bytes, const char* call, char** data) {
  USABLE(call)
  if (const Result r = resolve(s, call)) return r;
  return use(s, at, bytes, call, data, nullptr);
}

EXPORT Result dlEmulatorEnqueue(Stream* s, void (*run)(void*), void* with) {
  USABLE("cuBLAS")
  if (const Result r = resolve(s, "cuBLAS")) return r;
  enqueue(s, [=] {
    run(with);
    return SUCCESS;
  });
  return SUCCESS;
}
