// The N-API layer: reads commands, checks every view against its buffer, and calls the kernels.
#include <node_api.h>
#include <stdlib.h>
#include <string.h>

#include <exception>
#include <new>

#include "pool.h"
#include "program.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace {

using namespace dl;

constexpr int MAX_ARGS = MAX_OPERANDS;
constexpr double LIMIT = 4503599627370496.0;  // 2^52: the limit of offsets and strides

/** Thrown for input that must not reach a kernel; becomes a RangeError. */
struct Refusal {
  const char* why;
};

/**
 * Thrown for a detached array: one of an empty tensor, or one transferred to another thread. Core's backend reports
 * which.
 */
struct NoElements {};

[[noreturn]] void refuse(const char* why) { throw Refusal{why}; }

/** The state of one environment (the main thread or a worker). */
struct Env {
  double* command = nullptr;
  size_t commandLength = 0;
  napi_ref commandRef = nullptr;
  napi_ref failRef = nullptr;  // the function that throws the out-of-memory error
  ProgramStore programs;
};

const Kernels* chosen = nullptr;

bool runs(const char* name) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (strcmp(name, "avx512") == 0) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("fma");
  }
  if (strcmp(name, "avx2") == 0) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  return strcmp(name, "portable") == 0;
}

const Kernels* find(const char* name) {
  if (!runs(name)) return nullptr;
#if defined(__x86_64__)
  if (strcmp(name, "avx512") == 0) return avx512Kernels();
  if (strcmp(name, "avx2") == 0) return avx2Kernels();
#endif
  return portableKernels();
}

const Kernels* kernels() {
  if (chosen == nullptr) {
    for (const char* name : {"avx512", "avx2", "portable"}) {
      chosen = find(name);
      if (chosen != nullptr) break;
    }
  }
  return chosen;
}

struct Arg {
  void* data;
  size_t length;
  int type;  // element type of the array: U8 also stands for BOOL
};

/** One call: its typed arrays, and its numbers in the command buffer. */
struct Call {
  napi_env env;
  Env* state = nullptr;
  size_t count = MAX_ARGS;
  napi_value values[MAX_ARGS];
  Arg args[MAX_ARGS];
  size_t at = 0;

  Call(napi_env e, napi_callback_info info) : env(e) {
    void* data;
    if (napi_get_cb_info(env, info, &count, values, nullptr, &data) != napi_ok) refuse("call");
    if (count > MAX_ARGS) refuse("too many operands");
    state = static_cast<Env*>(data);
  }

  void arrays() {
    for (size_t i = 0; i < count; i++) args[i] = array(values[i]);
  }

  Arg array(napi_value v) {
    napi_typedarray_type type;
    Arg a;
    if (napi_get_typedarray_info(env, v, &type, &a.length, &a.data, nullptr, nullptr) != napi_ok) {
      refuse("an operand is not a typed array");
    }
    switch (type) {
      case napi_float32_array: a.type = F32; break;
      case napi_float64_array: a.type = F64; break;
      case napi_int32_array: a.type = I32; break;
      case napi_uint8_array: a.type = U8; break;
      default: refuse("an operand's array type has no native kernels");
    }
    if (a.data == nullptr) a.length = 0;
    return a;
  }

  double number() {
    if (at >= state->commandLength) refuse("the command is too long");
    return state->command[at++];
  }

  /** The next integer of the command, between `low` and `high`. */
  int64_t whole(double low, double high) {
    const double x = number();
    if (!(x >= low && x <= high)) refuse("a number of the command is out of range");
    return static_cast<int64_t>(x);
  }

  int64_t stride() { return whole(-LIMIT, LIMIT); }

  /** Rank and sizes; returns the number of elements. */
  double shape(int& rank, int64_t* sizes) {
    rank = static_cast<int>(whole(0, MAX_RANK));
    double n = 1;
    for (int d = 0; d < rank; d++) n *= static_cast<double>(sizes[d] = whole(0, LIMIT));
    if (n > LIMIT) refuse("the shape is too large");
    return n;
  }

  /** The view of array `i` at offset `offset`; `view.strides` are set. Checks that it stays inside. */
  void inside(View& view, size_t i, int type, double offset, int rank, const int64_t* sizes) {
    if (i >= count) refuse("an operand is missing");
    const Arg& a = args[i];
    if ((type == BOOL ? U8 : type) != a.type) refuse("an operand's array does not fit its dtype");
    double low = offset, high = offset;
    for (int d = 0; d < rank; d++) {
      const double reach = static_cast<double>(sizes[d] - 1) * static_cast<double>(view.strides[d]);
      if (reach < 0) low += reach;
      else high += reach;
    }
    if (!(low >= 0 && high < static_cast<double>(a.length))) outside(a);
    view.type = type;
    view.data = static_cast<char*>(a.data) + static_cast<int64_t>(offset) * bytesOf(type);
  }

  [[noreturn]] static void outside(const Arg& a) {
    if (a.length == 0) throw NoElements{};
    refuse("an operand reaches outside its buffer");
  }

  /** Reads offset and strides of array `i` and checks them. */
  void view(View& v, size_t i, int type, int rank, const int64_t* sizes) {
    const double offset = static_cast<double>(whole(0, LIMIT));
    for (int d = 0; d < rank; d++) v.strides[d] = stride();
    inside(v, i, type, offset, rank, sizes);
  }

  const Program* program() {
    const Program* p = state->programs.get(whole(0, 1e9), kernels());
    if (p == nullptr) refuse("no such program");
    return p;
  }

  const double* parameters(const Program* p) {
    const double* params = state->command + at;
    for (int i = 0; i < p->params; i++) number();
    return params;
  }
};

/** Throws JavaScript's out-of-memory error (see src/native.ts), or a plain one before setup. */
void outOfMemory(napi_env env, const Env* state) {
  napi_value function, global, result;
  if (state != nullptr && state->failRef != nullptr &&
      napi_get_reference_value(env, state->failRef, &function) == napi_ok &&
      napi_get_global(env, &global) == napi_ok) {
    napi_call_function(env, global, function, 0, nullptr, &result);
  }
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) == napi_ok && !pending) {
    napi_throw_error(env, nullptr, "out of memory");
  }
}

/** Runs `body` and converts C++ exceptions to JavaScript errors. The result is a boolean. */
template <class F>
napi_value guarded(napi_env env, napi_callback_info info, F body) {
  bool done = false;
  const Env* state = nullptr;
  try {
    Call call(env, info);
    state = call.state;
    done = body(call);
  } catch (const Refusal& r) {
    napi_throw_range_error(env, nullptr, r.why);
    return nullptr;
  } catch (const NoElements&) {
    done = false;
  } catch (const std::bad_alloc&) {
    outOfMemory(env, state);
    return nullptr;
  } catch (const std::exception& e) {
    napi_throw_error(env, nullptr, e.what());
    return nullptr;
  } catch (...) {
    napi_throw_error(env, nullptr, "an unknown exception");
    return nullptr;
  }
  napi_value result = nullptr;
  napi_get_boolean(env, done, &result);
  return result;
}

/** The offsets of a group's elements are listed in memory, so the list must be of a size that can be allocated. */
constexpr double LARGEST_GROUP = 4294967296.0;

void readGroup(Call& c, Group& g) {
  if (c.shape(g.rank, g.sizes) > LARGEST_GROUP) refuse("the shape is too large");
  for (int d = 0; d < g.rank; d++) g.a[d] = c.stride();
  for (int d = 0; d < g.rank; d++) g.b[d] = c.stride();
  for (int d = 0; d < g.rank; d++) g.out[d] = c.stride();
}

void checkContractView(Call& c, const ContractJob& job, View& v, size_t i, double offset,
                       int64_t const (Group::*strides)[MAX_RANK], int type) {
  // All groups' axes in one list: together they may exceed a view's maximum rank.
  double low = offset, high = offset;
  for (const Group* g : {&job.batch, &job.row, &job.column, &job.sum}) {
    for (int d = 0; d < g->rank; d++) {
      if (g->sizes[d] == 0) continue;
      const double reach = static_cast<double>(g->sizes[d] - 1) * static_cast<double>((g->*strides)[d]);
      if (reach < 0) low += reach;
      else high += reach;
    }
  }
  if (!(low >= 0 && high < static_cast<double>(c.args[i].length))) Call::outside(c.args[i]);
  if (c.args[i].type != type) refuse("an operand's array does not fit its dtype");
  v.type = type;
  v.data = static_cast<char*>(c.args[i].data) + static_cast<int64_t>(offset) * bytesOf(type);
}

napi_value Contract(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) {
    if (c.count != 3) refuse("contract takes three arrays");
    c.arrays();
    ContractJob job;
    const int type = static_cast<int>(c.whole(F32, F64));
    const double offsets[3] = {(double)c.whole(0, LIMIT), (double)c.whole(0, LIMIT), (double)c.whole(0, LIMIT)};
    for (Group* g : {&job.batch, &job.row, &job.column, &job.sum}) readGroup(c, *g);
    for (const Group* g : {&job.batch, &job.row, &job.column}) {
      for (int d = 0; d < g->rank; d++) {
        if (g->sizes[d] == 0) return true;
      }
    }
    checkContractView(c, job, job.out, 2, offsets[2], &Group::out, type);
    bool noSums = false;
    for (int d = 0; d < job.sum.rank; d++) noSums = noSums || job.sum.sizes[d] == 0;
    if (!noSums) {
      checkContractView(c, job, job.a, 0, offsets[0], &Group::a, type);
      checkContractView(c, job, job.b, 1, offsets[1], &Group::b, type);
    }
    return kernels()->contract(job);
  });
}

napi_value Map(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) {
    c.arrays();
    MapJob job;
    const Program* p = job.program = c.program();
    job.params = c.parameters(p);
    job.whole = 0;
    job.warm = c.whole(0, 1) != 0;
    if (c.shape(job.rank, job.shape) == 0) return true;
    if ((int)c.count != p->inputs + p->outputs) refuse("map: wrong number of operands");
    for (int i = 0; i < p->inputs; i++) c.view(job.operands[i], i, p->types[i], job.rank, job.shape);
    for (int i = 0; i < p->outputs; i++) {
      const int k = p->inputs + i;
      c.view(job.operands[k], k, p->types[p->output[i]], job.rank, job.shape);
    }
    return kernels()->map(job);
  });
}

napi_value Reduce(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) {
    c.arrays();
    ReduceJob job;
    const Program* p = job.program = c.program();
    job.params = c.parameters(p);
    job.reducer = static_cast<int>(c.whole(SUM, ARGMAX));
    if (c.shape(job.rank, job.shape) == 0) return false;
    if (p->outputs != 1 || (int)c.count != p->inputs + 1) refuse("reduce: wrong number of operands");
    int64_t kept[MAX_RANK];
    for (int d = 0; d < job.rank; d++) {
      job.reduced[d] = c.whole(0, 1) != 0;
      kept[d] = job.reduced[d] ? 1 : job.shape[d];
    }
    for (int i = 0; i < p->inputs; i++) c.view(job.inputs[i], i, p->types[i], job.rank, job.shape);
    const int type = job.reducer >= ARGMIN ? I32 : p->types[p->output[0]];
    c.view(job.output, p->inputs, type, job.rank, kept);
    job.keeps = nullptr;
    return kernels()->reduce(job);
  });
}

napi_value Fold(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) {
    c.arrays();
    FoldJob job;
    const double n = c.shape(job.rank, job.shape);
    if (n == 0) return false;
    job.count = static_cast<int64_t>(n);
    for (int d = 0; d < job.rank; d++) job.reduced[d] = c.whole(0, 1) != 0;
    job.inputs = static_cast<int>(c.whole(1, 16));
    job.stages = static_cast<int>(c.whole(1, MAX_STAGES));
    int32_t types[16 + MAX_STAGES + 1];
    const auto reads = [&](const Program* p, int first, int count) {
      if (p->inputs != count) refuse("fold: a program has the wrong number of inputs");
      for (int i = 0; i < count; i++) {
        if (p->types[i] != types[first + i]) refuse("fold: a program's input has the wrong dtype");
      }
    };
    const Program* programs[MAX_STAGES + 1];
    job.rest = nullptr;
    for (int s = 0; s < job.stages; s++) {
      programs[s] = job.stage[s].program = c.program();
      job.stage[s].reducer = static_cast<int>(c.whole(-1, MAX));
    }
    const Program* last = programs[job.stages] = job.last = c.program();
    for (int i = 0; i < job.inputs; i++) {
      if (i >= last->inputs) refuse("fold: a program has the wrong number of inputs");
      types[i] = last->types[i];
    }
    for (int s = 0; s <= job.stages; s++) {
      const Program* p = programs[s];
      if (p->params != last->params) refuse("fold: the programs must take the same numbers");
      const bool own = s < job.stages && job.stage[s].reducer < 0;
      reads(p, own ? job.inputs : 0, own ? s : job.inputs + s);
      if (s == job.stages) break;
      if (p->outputs != 1) refuse("fold: a stage must have one result");
      const int type = p->types[p->output[0]];
      if (type != F32 && type != F64) return false;
      types[job.inputs + s] = type;
    }
    job.kept = static_cast<int>(c.whole(-1, job.stages - 1));
    if (job.kept >= 0) {
      job.rest = c.program();
      if (job.stage[job.kept].reducer < 0) refuse("fold: only a reduction has values to keep");
      if (job.rest->params != last->params) refuse("fold: the programs must take the same numbers");
      types[job.inputs + job.stages] = types[job.inputs + job.kept];
      reads(job.rest, 0, job.inputs + job.stages + 1);
      if (job.rest->outputs != last->outputs) refuse("fold: both last programs must have the same outputs");
      for (int i = 0; i < last->outputs; i++) {
        if (job.rest->types[job.rest->output[i]] != last->types[last->output[i]]) {
          refuse("fold: both last programs must have the same outputs");
        }
      }
    }
    job.params = c.parameters(last);
    job.warm = c.whole(0, 1) != 0;
    const int operands = job.inputs + last->outputs;
    if ((int)c.count != operands || operands + job.stages + 1 > MAX_OPERANDS) refuse("fold: wrong number of operands");
    for (int i = 0; i < operands; i++) {
      const int type = i < job.inputs ? types[i] : last->types[last->output[i - job.inputs]];
      c.view(job.operands[i], i, type, job.rank, job.shape);
    }
    return kernels()->fold(job);
  });
}

napi_value Indexed(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) {
    c.arrays();
    IndexedJob job;
    const bool scatter = c.whole(0, 1) != 0;
    const int type = static_cast<int>(c.whole(F32, BOOL));
    job.combine = static_cast<int>(c.whole(-1, MAX));
    job.indices = static_cast<int>(c.whole(1, 8));
    c.state->command[1] = -1;  // no bad index so far
    if (c.shape(job.rank, job.shape) == 0) return true;
    if ((int)c.count != job.indices + 2) refuse("gather: wrong number of operands");
    View& plain = scatter ? job.from : job.to;
    View& moved = scatter ? job.to : job.from;
    c.view(plain, 0, type, job.rank, job.shape);
    const double offset = (double)c.whole(0, LIMIT);
    for (int d = 0; d < job.rank; d++) moved.strides[d] = c.stride();
    // The offsets added by the indices must stay inside too, whatever valid values they have.
    View reach = moved;
    int64_t sizes[MAX_RANK + 8];
    double low = offset, high = offset;
    for (int d = 0; d < job.rank; d++) sizes[d] = job.shape[d];
    for (int k = 0; k < job.indices; k++) {
      job.size[k] = c.whole(0, LIMIT);
      job.stride[k] = c.stride();
      const double span = (double)(job.size[k] > 0 ? job.size[k] - 1 : 0) * (double)job.stride[k];
      if (span < 0) low += span;
      else high += span;
    }
    c.inside(reach, 1, type, low, job.rank, sizes);
    c.inside(reach, 1, type, high, job.rank, sizes);
    c.inside(moved, 1, type, offset, job.rank, sizes);
    for (int k = 0; k < job.indices; k++) c.view(job.index[k], k + 2, I32, job.rank, job.shape);
    const bool fine = kernels()->indexed(job, scatter);
    if (!fine) {
      c.state->command[0] = (double)job.bad;
      c.state->command[1] = (double)job.badSize;
    }
    return fine;
  });
}

napi_value Scan(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) {
    c.arrays();
    LineJob job;
    const int type = static_cast<int>(c.whole(F32, BOOL));
    job.reducer = static_cast<int>(c.whole(SUM, MAX));
    if (c.count != 2) refuse("scan takes two arrays");
    if (c.shape(job.rank, job.shape) == 0) return true;
    job.axis = static_cast<int>(c.whole(0, job.rank - 1));
    c.view(job.input, 0, type, job.rank, job.shape);
    c.view(job.output, 1, type, job.rank, job.shape);
    return kernels()->scan(job);
  });
}

napi_value Sort(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) {
    c.arrays();
    LineJob job;
    const int type = static_cast<int>(c.whole(F32, BOOL));
    job.descending = c.whole(0, 1) != 0;
    job.hasValues = c.whole(0, 1) != 0;
    job.hasIndices = c.whole(0, 1) != 0;
    if (c.shape(job.rank, job.shape) == 0) return true;
    job.axis = static_cast<int>(c.whole(0, job.rank - 1));
    size_t next = 0;
    c.view(job.input, next++, type, job.rank, job.shape);
    if (job.hasValues) c.view(job.output, next++, type, job.rank, job.shape);
    if (job.hasIndices) c.view(job.indices, next++, I32, job.rank, job.shape);
    return kernels()->sort(job);
  });
}

/** Takes a program's code (Int32Array) and constants (Float64Array); writes its number to the command. */
napi_value Prepare(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call& c) {
    if (c.count != 2) refuse("prepare takes two arrays");
    c.arrays();
    if (c.args[0].type != I32 || c.args[1].type != F64) refuse("prepare: wrong arrays");
    const int64_t id = c.state->programs.add(static_cast<const int32_t*>(c.args[0].data), c.args[0].length,
                                             static_cast<const double*>(c.args[1].data), c.args[1].length, kernels());
    if (id < 0) return false;
    c.state->command[0] = (double)id;
    return true;
  });
}

/**
 * Sets this environment's command buffer, a Float64Array that nothing else references, and the function that throws its
 * errors.
 */
napi_value Setup(napi_env env, napi_callback_info info) {
  return guarded(env, info, [env](Call& c) {
    if (c.count != 2) refuse("setup takes an array and a function");
    napi_valuetype type;
    if (napi_typeof(env, c.values[1], &type) != napi_ok || type != napi_function) refuse("setup: not a function");
    c.args[0] = c.array(c.values[0]);
    if (c.args[0].type != F64 || c.args[0].length < 1024) refuse("setup: wrong array");
    if (c.state->commandRef != nullptr) napi_delete_reference(env, c.state->commandRef);
    if (c.state->failRef != nullptr) napi_delete_reference(env, c.state->failRef);
    napi_create_reference(env, c.values[0], 1, &c.state->commandRef);
    napi_create_reference(env, c.values[1], 1, &c.state->failRef);
    c.state->command = static_cast<double*>(c.args[0].data);
    c.state->commandLength = c.args[0].length;
    return true;
  });
}

/** Sets the number of threads, an integer from 1 to 1024. Without an argument: returns the number. */
napi_value Threads(napi_env env, napi_callback_info info) {
  napi_value result = nullptr;
  guarded(env, info, [env](Call& c) {
    if (c.count == 0) return true;
    int32_t n;
    if (napi_get_value_int32(env, c.values[0], &n) != napi_ok || n < 1 || n > 1024) {
      refuse("threads must be between 1 and 1024");
    }
    setThreads(n);
    return true;
  });
  napi_create_int32(env, threads(), &result);
  return result;
}

/** Forces an instruction set by name, or returns the one in use. */
napi_value Isa(napi_env env, napi_callback_info info) {
  napi_value result = nullptr;
  guarded(env, info, [env](Call& c) {
    if (c.count == 0) return true;
    char name[32];
    size_t n;
    if (napi_get_value_string_utf8(env, c.values[0], name, sizeof(name), &n) != napi_ok) refuse("not a name");
    const Kernels* k = find(name);
    if (k == nullptr || strcmp(k->name, name) != 0) refuse("this processor or build lacks that instruction set");
    chosen = k;
    return true;
  });
  napi_create_string_utf8(env, kernels()->name, NAPI_AUTO_LENGTH, &result);
  return result;
}

/** Keeps freed memory for later tensors instead of returning its pages each time. */
napi_value KeepMemory(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Call&) {
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
    mallopt(M_TOP_PAD, 16 << 20);
    return true;
#else
    return false;
#endif
  });
}

void cleanup(void* data) {
  delete static_cast<Env*>(data);
  leave();
}

}  // namespace

NAPI_MODULE_INIT() {
  Env* state = new (std::nothrow) Env();
  if (state == nullptr) return nullptr;
  enter();
  napi_add_env_cleanup_hook(env, cleanup, state);
  const struct {
    const char* name;
    napi_callback call;
  } functions[] = {
      {"contract", Contract}, {"map", Map},         {"reduce", Reduce}, {"fold", Fold}, {"indexed", Indexed},
      {"scan", Scan},         {"sort", Sort},       {"prepare", Prepare}, {"setup", Setup},
      {"threads", Threads},   {"isa", Isa},         {"keepMemory", KeepMemory},
  };
  for (const auto& f : functions) {
    napi_value fn;
    if (napi_create_function(env, f.name, NAPI_AUTO_LENGTH, f.call, state, &fn) != napi_ok) return nullptr;
    napi_set_named_property(env, exports, f.name, fn);
  }
  return exports;
}
