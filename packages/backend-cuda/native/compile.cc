// See compile.h.
#include "compile.h"

namespace dl {

namespace {

void check(const char* call, nvrtcResult code) {
  if (code == 0) return;
  const char* text = nvrtc().GetErrorString.get()(code);
  throw Failure("nvrtc", code, text ? text : "", std::string(call) + ": " + (text ? text : "failed"));
}

template <class F, class... A>
void asked(Function<F>& f, A... args) {
  check(f.name(), f.get()(args...));
}

struct Program {
  nvrtcProgram program = nullptr;
  ~Program() {
    if (program != nullptr) nvrtc().DestroyProgram.get()(&program);
  }
};

}  // namespace

/**
 * NVRTC searches for its second library by name only, which fails in folders that the system does not search. A library
 * that is already loaded is found.
 */
void openBuiltins(const Nvrtc& n) {
  const std::string& path = n.library.path();
  const size_t slash = path.find_last_of("/\\");
  if (slash == std::string::npos) return;
#if defined(_WIN32)
  const std::string name = "nvrtc-builtins64_" + std::to_string(n.major) + std::to_string(n.minor) + ".dll";
#else
  const std::string name = "libnvrtc-builtins.so." + std::to_string(n.major) + "." + std::to_string(n.minor);
#endif
  static Library* builtins = new Library;
  std::string why;
  if (!builtins->isOpen()) builtins->open((path.substr(0, slash + 1) + name).c_str(), why);
}

std::vector<int> openedNvrtc() {
  Nvrtc& n = nvrtc();
  asked(n.Version, &n.major, &n.minor);
  openBuiltins(n);
  int count = 0;
  asked(n.GetNumSupportedArchs, &count);
  std::vector<int> archs(count > 0 ? count : 0);
  if (count > 0) asked(n.GetSupportedArchs, archs.data());
  return archs;
}

std::vector<char> compile(const std::string& source, const std::string& name,
                          const std::vector<std::string>& options, std::string& log) {
  Nvrtc& n = nvrtc();
  Program p;
  asked(n.CreateProgram, &p.program, source.c_str(), name.c_str(), 0, static_cast<const char* const*>(nullptr),
        static_cast<const char* const*>(nullptr));
  std::vector<const char*> list;
  bool virtualCode = false;
  for (const std::string& o : options) {
    list.push_back(o.c_str());
    if (o.find("=compute_") != std::string::npos) virtualCode = true;
  }
  const nvrtcResult code =
      n.CompileProgram.get()(p.program, static_cast<int>(list.size()), list.empty() ? nullptr : list.data());
  size_t size = 0;
  if (n.GetProgramLogSize.get()(p.program, &size) == 0 && size > 1) {
    log.assign(size, 0);
    n.GetProgramLog.get()(p.program, &log[0]);
    while (!log.empty() && (log.back() == 0 || log.back() == '\n')) log.pop_back();
  }
  if (code == NVRTC_COMPILATION) throw Failure("compile", code, "", log);
  check(n.CompileProgram.name(), code);
  if (virtualCode) {
    asked(n.GetPTXSize, p.program, &size);
    std::vector<char> out(size);
    asked(n.GetPTX, p.program, out.data());
    return out;
  }
  asked(n.GetCUBINSize, p.program, &size);
  std::vector<char> out(size);
  asked(n.GetCUBIN, p.program, out.data());
  return out;
}

}  // namespace dl
