// What a compiled kernel and the driver's stand-in know of each other. No header of the system is needed.
#pragma once

namespace dl {

struct Index3 {
  unsigned x, y, z;
};

/** The thread that runs: what it is, and where it last waited. One for each thread of a block. */
struct Self {
  Index3 threadIdx, blockIdx, blockDim, gridDim;
  /** Its number in its block. */
  unsigned number;
  /** How often its warp has met; orders what lanes of one warp do. */
  unsigned clock;
};

struct Parameter {
  unsigned size;
  /** 0: a value, 1: a pointer, 2: a pointer to const. */
  unsigned kind;
};

/** What a kernel's library says of a kernel. */
struct Kernel {
  const char* name;
  void (*call)(void** values);
  const Parameter* parameters;
  unsigned count;
  /** Whether its threads wait for each other anywhere. */
  unsigned waits;
  unsigned shared;
  unsigned threads;
};

/** What lanes do together. */
enum Together : unsigned { MEET, TAKE_LANE, TAKE_UP, TAKE_DOWN, TAKE_XOR, VOTE, ACTIVE };

}  // namespace dl

#pragma GCC visibility push(default)
extern "C" {
/** The running thread; the driver's stand-in sets it at each switch. */
extern __thread dl::Self* dl_self __attribute__((tls_model("initial-exec")));
void dl_barrier(int line);
/** What lanes of a warp do together: `value` goes in, another lane's (or the ballot) comes out. */
unsigned long long dl_together(unsigned what, unsigned mask, unsigned long long value, int lane, int width, int line);
/** The place of a shared array in its block; `id` tells arrays of one kernel apart. */
void* dl_shared(unsigned id, unsigned long bytes, int line);
/** The launch's own shared memory and its size. */
void* dl_shared_dynamic(unsigned long* bytes, int line);
/** Notes an access to shared memory by the running thread; a race ends the kernel. */
void dl_shared_read(const void* at, unsigned bytes);
void dl_shared_write(const void* at, unsigned bytes);
/** Ends the kernel if this place is not at a multiple of `bytes` in its buffer. */
void dl_aligned(const void* at, unsigned long bytes);
[[noreturn]] void dl_fail(int code, const char* what, long a, long b);
[[noreturn]] void dl_trap(const char* what, int line);
}
#pragma GCC visibility pop
