// Compiles generated sources with NVRTC.
#pragma once
#include <string>
#include <vector>

#include "library.h"

namespace dl {

/** Called after NVRTC was opened: checks its version, and returns the architectures that it compiles for. */
std::vector<int> openedNvrtc();

/**
 * Compiles a source. The result is the device's machine code, or PTX if the options name a virtual architecture. The
 * compiler's messages go to `log`; an error throws Failure 'compile'.
 */
std::vector<char> compile(const std::string& source, const std::string& name,
                          const std::vector<std::string>& options, std::string& log);

}  // namespace dl
