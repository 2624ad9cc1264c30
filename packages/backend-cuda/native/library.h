// Opens CUDA's libraries at run time: CUDA is not linked, and a missing function is an error when it is used.
#pragma once
#include <atomic>
#include <stdexcept>
#include <string>

#include "abi.h"

namespace dl {

/** An error of a library; `code` is its number, `name` the library's name for it. */
struct Failure : std::runtime_error {
  std::string kind;  // 'driver', 'nvrtc', 'cublas', 'library', 'memory', 'use'
  std::string name;
  int code;
  Failure(std::string k, int c, std::string n, const std::string& message)
      : std::runtime_error(message), kind(std::move(k)), name(std::move(n)), code(c) {}
  // Copied instead of moved: moving needs a newer C++ library than some systems have.
  Failure(const Failure&) = default;
};

/** Wrong use of the addon itself: freed handles, numbers out of range. */
[[noreturn]] inline void refuse(const std::string& why) { throw Failure("use", 0, "", why); }

/** A shared library, open until the process ends. */
class Library {
 public:
  /** Opens a file by path or name; on failure `why` is the system's message. */
  bool open(const char* path, std::string& why);
  bool isOpen() const { return handle_ != nullptr; }
  const std::string& path() const { return path_; }
  void* symbol(const char* name) const;

 private:
  void* handle_ = nullptr;
  std::string path_;
};

/** One function of a library, found at its first use. */
template <class F>
class Function {
 public:
  Function(const Library& library, const char* name) : library_(library), name_(name) {}

  F* get() {
    F* f = found_.load(std::memory_order_acquire);
    if (f == nullptr) {
      if (!library_.isOpen()) throw Failure("library", 0, "", std::string("the library of ") + name_ + " is not open");
      f = reinterpret_cast<F*>(library_.symbol(name_));
      if (f == nullptr) {
        throw Failure("library", 0, "", library_.path() + " has no function " + name_ + "; it is too old or too new");
      }
      found_.store(f, std::memory_order_release);
    }
    return f;
  }

  bool exists() const { return library_.isOpen() && library_.symbol(name_) != nullptr; }
  const char* name() const { return name_; }

 private:
  const Library& library_;
  const char* name_;
  std::atomic<F*> found_{nullptr};
};

#define DL_FIELD(field, symbol, result, arguments) Function<result DL_API arguments> field{library, symbol};

struct Driver {
  Library library;
  int version = 0;
  DL_DRIVER_FUNCTIONS(DL_FIELD)
};

struct Nvrtc {
  Library library;
  int major = 0, minor = 0;
  DL_NVRTC_FUNCTIONS(DL_FIELD)
};

struct Blas {
  Library library;
  DL_BLAS_FUNCTIONS(DL_FIELD)
};

#undef DL_FIELD

Driver& driver();
Nvrtc& nvrtc();
Blas& blas();

/** Describes a failure of the driver. */
Failure driverFailure(const char* call, CUresult code);

/** Calls a driver function; throws a Failure unless it succeeds. */
template <class F, class... A>
void checked(Function<F>& f, A... args) {
  const CUresult code = f.get()(args...);
  if (code != CU_SUCCESS) throw driverFailure(f.name(), code);
}

}  // namespace dl
