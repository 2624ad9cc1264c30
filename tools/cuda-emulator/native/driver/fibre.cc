// See fibre.h.
#include "fibre.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>

#ifdef DL_SANITIZE
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace {
#ifdef DL_SANITIZE
constexpr size_t STACK = 512 * 1024;
#else
constexpr size_t STACK = 128 * 1024;
#endif
constexpr size_t PAGE = 4096;
}  // namespace

#if defined(__x86_64__)
extern "C" void dl_fibre_switch(void** from, void* to);
asm(R"(
.text
.hidden dl_fibre_switch
.globl dl_fibre_switch
.type dl_fibre_switch,@function
dl_fibre_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size dl_fibre_switch,.-dl_fibre_switch
)");
#elif defined(__aarch64__)
extern "C" void dl_fibre_switch(void** from, void* to);
asm(R"(
.text
.hidden dl_fibre_switch
.globl dl_fibre_switch
.type dl_fibre_switch,%function
dl_fibre_switch:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x2, sp
  str x2, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size dl_fibre_switch,.-dl_fibre_switch
)");
#endif

void prepare(Fibre& f, void (*entry)()) {
  if (f.stack == nullptr) {
    // A page below the stack that nothing may touch: a stack that is too small is seen.
    char* p = static_cast<char*>(mmap(nullptr, STACK + PAGE, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    mprotect(p, PAGE, PROT_NONE);
    f.stack = p + PAGE;
    f.size = STACK;
  }
  f.fake = nullptr;
#ifdef DL_SANITIZE
  // What was closed by the frame that left this stack for good, at its last switch, is closed no more.
  constexpr size_t LEFT = 32 * 1024;
  ASAN_UNPOISON_MEMORY_REGION(f.stack + f.size - LEFT, LEFT);
#endif
#if defined(__x86_64__)
  uintptr_t* top = reinterpret_cast<uintptr_t*>(f.stack + f.size);
  // A function begins eight bytes off a multiple of sixteen, as after a call.
  *--top = 0;
  *--top = reinterpret_cast<uintptr_t>(entry);
  for (int i = 0; i < 6; i++) *--top = 0;
  f.at = top;
#elif defined(__aarch64__)
  uintptr_t* top = reinterpret_cast<uintptr_t*>(f.stack + f.size) - 20;
  for (int i = 0; i < 20; i++) top[i] = 0;
  top[11] = reinterpret_cast<uintptr_t>(entry);
  f.at = top;
#else
  getcontext(&f.at);
  f.at.uc_stack.ss_sp = f.stack;
  f.at.uc_stack.ss_size = f.size;
  f.at.uc_link = nullptr;
  makecontext(&f.at, entry, 0);
#endif
}

void switchTo(Fibre& from, Fibre& to, bool last) {
#ifdef DL_SANITIZE
  if (to.stack == nullptr) {
    // The thread's own stack: where it lies is asked once.
    pthread_attr_t a;
    void* low;
    size_t size;
    pthread_getattr_np(pthread_self(), &a);
    pthread_attr_getstack(&a, &low, &size);
    pthread_attr_destroy(&a);
    to.stack = static_cast<char*>(low);
    to.size = size;
  }
  __sanitizer_start_switch_fiber(last ? nullptr : &from.fake, to.stack, to.size);
#else
  (void)last;
#endif
#ifdef DL_UCONTEXT
  swapcontext(&from.at, &to.at);
#else
  dl_fibre_switch(&from.at, to.at);
#endif
#ifdef DL_SANITIZE
  __sanitizer_finish_switch_fiber(from.fake, nullptr, nullptr);
#endif
}

void arrived() {
#ifdef DL_SANITIZE
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
}

void abandoned(Fibre& own) {
#ifdef DL_SANITIZE
  if (own.stack == nullptr) return;
  __sanitizer_start_switch_fiber(nullptr, own.stack, own.size);
  __sanitizer_finish_switch_fiber(own.fake, nullptr, nullptr);
#else
  (void)own;
#endif
}
