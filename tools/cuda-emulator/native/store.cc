// See store.h.
#include "store.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>

namespace {

const char magic[8] = {'D', 'L', 'E', 'M', 'U', '0', '1', '\n'};
constexpr size_t NAME = 32;

uint64_t mixed(uint64_t h, const std::string& text) {
  for (unsigned char c : text) h = (h ^ c) * 1099511628211ull;
  return h ^ (h >> 29);
}

}  // namespace

std::string libraryFolder() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&libraryFolder), &info) == 0) return ".";
  char real[4096];
  const std::string path = realpath(info.dli_fname, real) ? real : info.dli_fname;
  return path.substr(0, path.find_last_of('/'));
}

std::string storeFolder() {
  const char* own = getenv("DL_CUDA_EMULATOR_CACHE");
  const std::string folder = own ? own : libraryFolder() + "/../kernels";
  for (size_t at = 1; at != std::string::npos;) {
    at = folder.find('/', at + 1);
    mkdir(folder.substr(0, at).c_str(), 0755);
  }
  return folder;
}

std::string hashOf(const std::string& text) {
  char out[NAME + 1];
  snprintf(out, sizeof(out), "%016llx%016llx", (unsigned long long)mixed(14695981039346656037ull, text),
           (unsigned long long)mixed(0x9e3779b97f4a7c15ull, text));
  return out;
}

bool readFile(const std::string& path, std::string& content) {
  FILE* f = fopen(path.c_str(), "rb");
  if (f == nullptr) return false;
  content.clear();
  char part[65536];
  for (size_t n; (n = fread(part, 1, sizeof(part), f)) > 0;) content.append(part, n);
  fclose(f);
  return true;
}

bool writeWhole(const std::string& path, const std::string& content) {
  static std::atomic<unsigned> number{0};
  const std::string temporary = path + "." + std::to_string(getpid()) + "." + std::to_string(number++);
  FILE* f = fopen(temporary.c_str(), "wb");
  if (f == nullptr) return false;
  const bool done = fwrite(content.data(), 1, content.size(), f) == content.size();
  if (fclose(f) == 0 && done && rename(temporary.c_str(), path.c_str()) == 0) return true;
  unlink(temporary.c_str());
  return false;
}

std::string imageOf(const std::string& name, const std::string& code) {
  const uint64_t size = code.size();
  const std::string sum = hashOf(code);
  return std::string(magic, 8) + std::string(reinterpret_cast<const char*>(&size), 8) + name + sum + code;
}

bool fromImage(const void* image, std::string& name, std::string& code) {
  const char* at = static_cast<const char*>(image);
  if (at == nullptr || strncmp(at, magic, 8) != 0) return false;
  uint64_t size;
  memcpy(&size, at + 8, 8);
  if (size > (64u << 20)) return false;
  name.assign(at + 16, NAME);
  const std::string sum(at + 16 + NAME, NAME);
  code.assign(at + 16 + 2 * NAME, size);
  return hashOf(code) == sum;
}
