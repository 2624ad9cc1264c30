// What the driver's stand-in keeps: devices, contexts, buffers, streams, events.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "../kernel/runtime.h"

typedef int Result;
typedef unsigned long long Address;

enum : Result {
  SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_INITIALIZED = 3, NO_DEVICE = 100, INVALID_DEVICE = 101,
  INVALID_IMAGE = 200, INVALID_CONTEXT = 201, INVALID_HANDLE = 400, NOT_FOUND = 500, NOT_READY = 600,
  ILLEGAL_ADDRESS = 700, LAUNCH_RESOURCES = 701, ASSERT = 710, MISALIGNED = 716, LAUNCH_FAILED = 719,
};

struct Stream;

/** A buffer: `at` is what the program knows (out of reach for everybody), `data` what kernels get. */
struct Buffer {
  Address at = 0;
  size_t size = 0;
  char* data = nullptr;
  char* mapping = nullptr;
  size_t mapped = 0;
  size_t head = 0;
  int device = 0;
  bool freed = false;
  Stream* lastStream = nullptr;
  uint64_t lastSequence = 0;
};

struct Work {
  uint64_t sequence;
  std::function<Result()> run;
};

struct Context {
  int device = 0;
  /** The error after which nothing works any more. */
  Result broken = SUCCESS;
  size_t used = 0;
  Stream* standard = nullptr;
  std::mutex executing;
};

/** Work that waits: it is done when somebody waits for it, never before. */
struct Stream {
  Context* context = nullptr;
  std::deque<Work> queue;
  uint64_t next = 1, done = 0;
};

struct Event {
  Context* context = nullptr;
  Stream* stream = nullptr;
  uint64_t sequence = 0;
};

struct Module {
  void* library = nullptr;
  std::string path;
};

struct Function {
  const dl::Kernel* kernel = nullptr;
  std::string path;
};

struct Launch {
  const Function* function = nullptr;
  unsigned grid[3], block[3];
  unsigned dynamic = 0;
  uint64_t number = 0;
  /** The arguments' bytes, pointers translated. */
  std::vector<std::vector<char>> values;
  std::vector<Buffer> buffers;
};

struct Settings {
  int devices, version, capability, threads;
  size_t memory;
  uint64_t seed;
  bool leaks;
};
const Settings& settings();

/** One line on stderr. */
void complain(const char* format, ...) __attribute__((format(printf, 1, 2)));
/** The error that was ordered for this call, or success. */
Result ordered(const char* call);

/** Guards everything but the running of work. */
std::mutex& state();
std::map<Address, Buffer>& buffers();
/** The buffer that holds this address, alive or freed; null if there is none. */
Buffer* bufferAt(Address at);
Result allocate(Context& context, Address* at, size_t size);
Result release(Context& context, Address at);
/** Whether what stands before a buffer is as it was. */
bool intact(const Buffer& b);
bool isDeviceAddress(const void* at);

/** Notes that work on a stream uses `bytes` from `at`; the place that kernels see, or an error. */
Result use(Stream* stream, Address at, size_t bytes, const char* call, char** data, Buffer* copy);
uint64_t enqueue(Stream* stream, std::function<Result()> run);
/** Does the stream's work up to this number. */
Result finish(Stream* stream, uint64_t upTo);

/** Page-locked memory. */
void* hostAllocate(size_t size);
bool hostFree(void* at);
/** Whether these bytes are page-locked memory; `first`: whether they start a block. */
bool isPinned(const void* at, size_t bytes, bool* first);
/** A copy into page-locked memory is on its way: who reads it now is stopped. */
void closePinned(void* at, size_t bytes);
void openPinned(void* at, size_t bytes);
bool isClosed(const void* at);

Result runKernel(const Launch& launch);
void installHandler();
