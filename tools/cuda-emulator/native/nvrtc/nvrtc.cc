// NVRTC's stand-in: compiles kernels with the system's C++ compiler into libraries, kept on disk.
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <vector>

#include "../store.h"
#include "rewrite.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

extern char** environ;

namespace {

enum : int { SUCCESS = 0, INVALID_INPUT = 3, INVALID_PROGRAM = 4, INVALID_OPTION = 5, COMPILATION = 6, INTERNAL = 11 };
const int archs[] = {75, 80, 86, 87, 89, 90, 100, 103, 110, 120, 121};
constexpr int archCount = sizeof(archs) / sizeof(archs[0]);

struct Program {
  std::string source, name, log, image;
};

#ifdef DL_SANITIZE
const char* sanitize = "-fsanitize=" DL_SANITIZE;
#else
const char* sanitize = nullptr;
#endif

std::vector<std::string> compilerCommand() {
  const char* cxx = getenv("DL_CUDA_EMULATOR_CXX");
  const char* level = getenv("DL_CUDA_EMULATOR_OPTIMIZE");
  std::vector<std::string> c = {cxx ? cxx : "g++", "-std=c++17", level ? level : "-O0", "-g1", "-fPIC",
                                // Kernels of different sources share names, and must not share anything else.
                                "-fvisibility=hidden", "-fno-gnu-unique", "-shared", "-nostdlib",
                                "-ffp-contract=off", "-fno-strict-aliasing", "-fwrapv", "-fno-exceptions", "-fno-rtti",
                                "-fno-math-errno", "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-w",
                                "-Wl,--build-id=none", "-Wl,-z,lazy"};
  if (sanitize) c.push_back(sanitize);
  return c;
}

/** Runs the compiler; what it says goes to `log`. */
bool run(const std::vector<std::string>& command, const std::string& messages, std::string& log) {
  std::vector<char*> args;
  for (const std::string& c : command) args.push_back(const_cast<char*>(c.c_str()));
  args.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 2, messages.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  // Libraries that a sanitized process preloads are not the compiler's business.
  std::vector<char*> environment;
  for (char** e = environ; *e; e++) {
    if (strncmp(*e, "LD_PRELOAD=", 11) != 0) environment.push_back(*e);
  }
  environment.push_back(nullptr);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, args[0], &actions, nullptr, args.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed) {
    log = std::string(args[0]) + ": " + strerror(failed);
    return false;
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  readFile(messages, log);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool knownOption(const std::string& o) {
  static const char* known[] = {"--std=",         "-std=",         "--fmad=",        "-fmad=",    "-default-device",
                                "--default-device", "--gpu-architecture=", "-arch=", "-lineinfo", "--device-debug", "-w"};
  for (const char* k : known) {
    if (o.compare(0, strlen(k), k) == 0) return true;
  }
  return false;
}

bool knownArch(const std::string& o) {
  const size_t at = o.find_last_of('_');
  if (o.compare(0, 19, "--gpu-architecture=") != 0) return true;
  const int number = at == std::string::npos ? 0 : atoi(o.c_str() + at + 1);
  for (int a : archs) {
    if (a == number) return true;
  }
  return false;
}

}  // namespace

EXPORT int nvrtcVersion(int* major, int* minor) {
  *major = 13;
  *minor = 0;
  return SUCCESS;
}

EXPORT const char* nvrtcGetErrorString(int code) {
  switch (code) {
    case SUCCESS: return "NVRTC_SUCCESS";
    case INVALID_INPUT: return "NVRTC_ERROR_INVALID_INPUT";
    case INVALID_PROGRAM: return "NVRTC_ERROR_INVALID_PROGRAM";
    case INVALID_OPTION: return "NVRTC_ERROR_INVALID_OPTION";
    case COMPILATION: return "NVRTC_ERROR_COMPILATION";
    default: return "NVRTC_ERROR_INTERNAL_ERROR";
  }
}

EXPORT int nvrtcGetNumSupportedArchs(int* n) {
  *n = archCount;
  return SUCCESS;
}

EXPORT int nvrtcGetSupportedArchs(int* list) {
  memcpy(list, archs, sizeof(archs));
  return SUCCESS;
}

EXPORT int nvrtcCreateProgram(Program** p, const char* source, const char* name, int headers, const char* const*, const char* const*) {
  if (p == nullptr || source == nullptr || headers != 0) return INVALID_INPUT;
  *p = new Program{source, name ? name : "default_program", "", ""};
  return SUCCESS;
}

EXPORT int nvrtcDestroyProgram(Program** p) {
  if (p == nullptr || *p == nullptr) return INVALID_PROGRAM;
  delete *p;
  *p = nullptr;
  return SUCCESS;
}

EXPORT int nvrtcCompileProgram(Program* p, int count, const char* const* options) {
  if (p == nullptr) return INVALID_PROGRAM;
  for (int i = 0; i < count; i++) {
    if (knownOption(options[i]) && knownArch(options[i])) continue;
    p->log = std::string("nvrtc: error: invalid value or option: ") + options[i];
    return INVALID_OPTION;
  }
  Rewritten r;
  try {
    r = rewrite(p->source);
  } catch (const std::exception& e) {
    p->log = p->name + ": " + e.what();
    return COMPILATION;
  }
  std::string text = "#include \"" + libraryFolder() + "/kernel/language.h\"\n#line 1 \"" + p->name + "\"\n" + r.source +
                     "\n#include \"" + libraryFolder() + "/kernel/entry.h\"\n";
  for (const KernelText& k : r.kernels) {
    text += "DL_KERNEL(" + k.name + ", " + (r.waits ? "1" : "0") + ", (unsigned)(" + r.shared + "), (unsigned)(" + k.threads + "))\n";
  }
  const std::vector<std::string> command = compilerCommand();
  std::string key = DL_STAMP "\n" + text;
  for (const std::string& c : command) key += "\n" + c;
  const std::string name = hashOf(key), library = storeFolder() + "/" + name + ".so";
  std::string code;
  if (!readFile(library, code) || code.size() < 64) {
    static std::atomic<unsigned> number{0};
    const std::string base = storeFolder() + "/." + name + "." + std::to_string(getpid()) + "." + std::to_string(number++);
    if (!writeWhole(base + ".cc", text)) {
      p->log = "cuda-emulator: cannot write to " + storeFolder();
      return INTERNAL;
    }
    std::vector<std::string> all = command;
    all.insert(all.end(), {"-x", "c++", base + ".cc", "-o", base + ".so"});
    const bool done = run(all, base + ".log", p->log) && readFile(base + ".so", code);
    // The source stays beside the library: messages name its lines.
    rename((base + ".cc").c_str(), (storeFolder() + "/" + name + ".cc").c_str());
    unlink((base + ".log").c_str());
    if (!done || rename((base + ".so").c_str(), library.c_str()) != 0) {
      unlink((base + ".so").c_str());
      return COMPILATION;
    }
  }
  p->image = imageOf(name, code);
  return SUCCESS;
}

EXPORT int nvrtcGetProgramLogSize(Program* p, size_t* n) {
  if (p == nullptr) return INVALID_PROGRAM;
  *n = p->log.size() + 1;
  return SUCCESS;
}

EXPORT int nvrtcGetProgramLog(Program* p, char* log) {
  if (p == nullptr) return INVALID_PROGRAM;
  memcpy(log, p->log.c_str(), p->log.size() + 1);
  return SUCCESS;
}

EXPORT int nvrtcGetCUBINSize(Program* p, size_t* n) {
  if (p == nullptr || p->image.empty()) return INVALID_PROGRAM;
  *n = p->image.size();
  return SUCCESS;
}

EXPORT int nvrtcGetCUBIN(Program* p, char* code) {
  if (p == nullptr || p->image.empty()) return INVALID_PROGRAM;
  memcpy(code, p->image.data(), p->image.size());
  return SUCCESS;
}

EXPORT int nvrtcGetPTXSize(Program* p, size_t* n) { return nvrtcGetCUBINSize(p, n); }
EXPORT int nvrtcGetPTX(Program* p, char* code) { return nvrtcGetCUBIN(p, code); }
