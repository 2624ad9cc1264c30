// See library.h.
#include "library.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <dlfcn.h>

#include "compat.h"
#endif

namespace dl {

bool Library::open(const char* path, std::string& why) {
#if defined(_WIN32)
  // With an absolute path, its folder is searched for the libraries that this one needs.
  const bool absolute = path[0] != 0 && (path[1] == ':' || path[0] == '\\');
  handle_ = reinterpret_cast<void*>(LoadLibraryExA(path, nullptr, absolute ? LOAD_WITH_ALTERED_SEARCH_PATH : 0));
  if (handle_ == nullptr) {
    why = std::string(path) + ": error " + std::to_string(GetLastError());
    return false;
  }
#else
  handle_ = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (handle_ == nullptr) {
    const char* text = dlerror();
    why = text ? text : path;
    return false;
  }
#endif
  path_ = path;
  return true;
}

void* Library::symbol(const char* name) const {
#if defined(_WIN32)
  return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(handle_), name));
#else
  return dlsym(handle_, name);
#endif
}

// Never destroyed: other threads may still wait for the device while the process ends.
Driver& driver() {
  static Driver* d = new Driver;
  return *d;
}

Nvrtc& nvrtc() {
  static Nvrtc* n = new Nvrtc;
  return *n;
}

Blas& blas() {
  static Blas* b = new Blas;
  return *b;
}

Failure driverFailure(const char* call, CUresult code) {
  const char* name = nullptr;
  const char* text = nullptr;
  Driver& d = driver();
  if (d.GetErrorName.exists()) d.GetErrorName.get()(code, &name);
  if (d.GetErrorString.exists()) d.GetErrorString.get()(code, &text);
  const std::string n = name ? name : "error " + std::to_string(code);
  return Failure("driver", code, n, std::string(call) + ": " + n + (text ? std::string(" (") + text + ")" : ""));
}

}  // namespace dl
