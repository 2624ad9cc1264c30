// Compiling generated sources with NVRTC.
#pragma once
#include <string>
#include <vector>

#include "library.h"

namespace dl {

/** After NVRTC was opened: asks its version; returns the architectures that it compiles for. */
std::vector<int> openedNvrtc();

/**
 * Compiles a source. The result is the device's own code, or PTX if the options name a virtual
 * architecture. What the compiler says goes to `log`; if it refuses, that is a Failure 'compile'.
 */
std::vector<char> compile(const std::string& source, const std::string& name,
                          const std::vector<std::string>& options, std::string& log);

}  // namespace dl
