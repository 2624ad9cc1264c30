// Turning CUDA C++ into C++ for the host's compiler: shared variables, and what the driver must know of kernels.
#pragma once
#include <string>
#include <vector>

struct KernelText {
  std::string name;
  std::string threads;
};

struct Rewritten {
  std::string source;
  std::vector<KernelText> kernels;
  /** An expression: the bytes of shared memory that are declared with a size. */
  std::string shared;
  bool waits = false;
};

/** Lines stay lines. Throws std::runtime_error, with the line, for what is not understood. */
Rewritten rewrite(const std::string& source);
