// Keeps the binary loadable on old Linux systems: uses the symbol versions of glibc 2.28.
#pragma once

#if defined(__linux__) && defined(__GLIBC__) || defined(__gnu_linux__)
#if defined(__x86_64__)
#define DL_OLD "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define DL_OLD "GLIBC_2.17"
#endif
#if defined(DL_OLD)
// They moved from libdl to libc in 2.34, with a new symbol version; the old one still exists.
__asm__(".symver dlopen, dlopen@" DL_OLD);
__asm__(".symver dlsym, dlsym@" DL_OLD);
__asm__(".symver dlerror, dlerror@" DL_OLD);
#endif
#endif
