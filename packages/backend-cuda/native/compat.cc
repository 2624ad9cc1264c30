// Functions that newer compilers call but that libraries of older systems lack.
#include <new>

#if defined(__linux__) && defined(__GLIBCXX__) && __GNUC__ >= 11
namespace std {
__attribute__((visibility("hidden"), noreturn)) void __throw_bad_array_new_length() { throw bad_alloc(); }
}  // namespace std
#endif
