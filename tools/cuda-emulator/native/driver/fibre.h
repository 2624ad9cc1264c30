// Fibres: the threads of a block, each with a stack of its own, switched by hand.
#pragma once
#include <stddef.h>

#if !defined(__x86_64__) && !defined(__aarch64__)
#define DL_UCONTEXT
#include <ucontext.h>
#endif

struct Fibre {
  char* stack = nullptr;
  size_t size = 0;
#ifdef DL_UCONTEXT
  ucontext_t at;
#else
  void* at = nullptr;
#endif
  void* fake = nullptr;
};

/** Gives a fibre a stack (once) and makes it start with `entry`, which never returns. */
void prepare(Fibre& f, void (*entry)());
/** Goes on in `to`; comes back when somebody switches to `from`. */
void switchTo(Fibre& from, Fibre& to, bool last = false);
/** The first thing that a new fibre does. */
void arrived();
/** Tells a sanitizer that a fibre was left by a jump, back to its thread's own stack. */
void abandoned(Fibre& own);
