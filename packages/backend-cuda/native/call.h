// Reads the arguments of a call from JavaScript, and returns values, objects, and errors with their code.
#pragma once
#include <node_api.h>

#include <exception>
#include <mutex>
#include <string>
#include <vector>

#include "device.h"
#include "waiter.h"

namespace dl {

/** A device with the thread that waits for it. */
struct Held {
  Device device;
  Waiter waiter;
  explicit Held(int index) : device(index), waiter(device.context()) {}
};

// One lock for all: environments other than the main thread may use the same devices.
inline std::mutex& lock() {
  static std::mutex* m = new std::mutex;
  return *m;
}

inline std::vector<Held*>& devices() {
  static std::vector<Held*>* d = new std::vector<Held*>;
  return *d;
}

/** The state of one environment. */
struct Env {
  double* command = nullptr;
  uint32_t* words = nullptr;
  napi_ref refs[2] = {nullptr, nullptr};
  Settler settler;
};

inline void throwFailure(napi_env env, const Failure& f) {
  napi_value message, error, value;
  napi_create_string_utf8(env, f.what(), NAPI_AUTO_LENGTH, &message);
  napi_create_error(env, nullptr, message, &error);
  napi_create_string_utf8(env, f.kind.c_str(), f.kind.size(), &value);
  napi_set_named_property(env, error, "kind", value);
  napi_create_int32(env, f.code, &value);
  napi_set_named_property(env, error, "status", value);
  napi_create_string_utf8(env, f.name.c_str(), f.name.size(), &value);
  napi_set_named_property(env, error, "reason", value);
  napi_throw(env, error);
}

inline void must(napi_status status) {
  if (status != napi_ok) refuse("an argument is of the wrong kind");
}

/** One call's arguments. */
struct Call {
  napi_env env;
  Env* state = nullptr;
  size_t count = 8;
  napi_value values[8];

  Call(napi_env e, napi_callback_info info) : env(e) {
    void* data;
    must(napi_get_cb_info(env, info, &count, values, nullptr, &data));
    state = static_cast<Env*>(data);
  }
  napi_value at(size_t i) const {
    if (i >= count) refuse("an argument is missing");
    return values[i];
  }
  double number(size_t i) const {
    double x;
    must(napi_get_value_double(env, at(i), &x));
    return x;
  }
  size_t size(size_t i) const {
    const double x = number(i);
    if (!(x >= 0 && x < 9007199254740992.0)) refuse("a size is out of range");
    return static_cast<size_t>(x);
  }
  bool flag(size_t i) const {
    bool b;
    must(napi_get_value_bool(env, at(i), &b));
    return b;
  }
  std::string text(size_t i) const { return textOf(at(i)); }
  std::string textOf(napi_value v) const {
    size_t n;
    must(napi_get_value_string_utf8(env, v, nullptr, 0, &n));
    std::string s(n, 0);
    must(napi_get_value_string_utf8(env, v, &s[0], n + 1, &n));
    return s;
  }
  std::vector<std::string> texts(size_t i) const {
    uint32_t n;
    must(napi_get_array_length(env, at(i), &n));
    std::vector<std::string> all;
    for (uint32_t k = 0; k < n; k++) {
      napi_value v;
      must(napi_get_element(env, at(i), k, &v));
      all.push_back(textOf(v));
    }
    return all;
  }
  /** Memory of a typed array. */
  void* bytes(size_t i, size_t& length) const {
    napi_typedarray_type type;
    size_t n;
    void* data;
    napi_value buffer;
    size_t offset;
    must(napi_get_typedarray_info(env, at(i), &type, &n, &data, &buffer, &offset));
    static const size_t sizes[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};
    length = n * sizes[type];
    return data;
  }
  Held& held(double index) const {
    const auto& all = devices();
    if (!(index >= 0 && index < static_cast<double>(all.size())) || all[static_cast<size_t>(index)] == nullptr) {
      refuse("the device was not started");
    }
    Held& h = *all[static_cast<size_t>(index)];
    h.device.enter();
    return h;
  }
};

/** Runs `body` under the lock; C++ exceptions become JavaScript errors. */
template <class F>
napi_value guarded(napi_env env, napi_callback_info info, F body) {
  try {
    Call call(env, info);
    std::lock_guard<std::mutex> guard(lock());
    return body(call);
  } catch (const Failure& f) {
    throwFailure(env, f);
  } catch (const std::exception& e) {
    napi_throw_error(env, nullptr, e.what());
  }
  return nullptr;
}

struct Object {
  napi_env env;
  napi_value value;
  explicit Object(napi_env e) : env(e) { napi_create_object(env, &value); }
  void set(const char* name, double x) {
    napi_value v;
    napi_create_double(env, x, &v);
    napi_set_named_property(env, value, name, v);
  }
  void set(const char* name, const std::string& s) {
    napi_value v;
    napi_create_string_utf8(env, s.c_str(), s.size(), &v);
    napi_set_named_property(env, value, name, v);
  }
  void set(const char* name, napi_value v) { napi_set_named_property(env, value, name, v); }
};

inline napi_value numberOf(napi_env env, double x) {
  napi_value v;
  napi_create_double(env, x, &v);
  return v;
}

}  // namespace dl
