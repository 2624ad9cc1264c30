// Behind a kernel's source: how the driver's stand-in calls it. Macros of the language end here.
#undef threadIdx
#undef blockIdx
#undef blockDim
#undef gridDim

namespace dl {

template <class T> struct Plain { typedef T type; static constexpr unsigned kind = 0; };
template <class T> struct Plain<const T> { typedef T type; static constexpr unsigned kind = 0; };
template <class T> struct Plain<T*> { typedef T* type; static constexpr unsigned kind = 1; };
template <class T> struct Plain<const T*> { typedef const T* type; static constexpr unsigned kind = 2; };
template <class T> struct Plain<T* __restrict> { typedef T* type; static constexpr unsigned kind = 1; };
template <class T> struct Plain<const T* __restrict> { typedef const T* type; static constexpr unsigned kind = 2; };

template <unsigned... I> struct Numbers {};
template <unsigned N, unsigned... I> struct Count : Count<N - 1, N - 1, I...> {};
template <unsigned... I> struct Count<0, I...> { typedef Numbers<I...> type; };

template <class F, F f> struct Entry;
template <class... A, void (*f)(A...)>
struct Entry<void (*)(A...), f> {
  static constexpr unsigned count = sizeof...(A);
  static constexpr Parameter parameters[count + 1] = {{sizeof(typename Plain<A>::type), Plain<A>::kind}..., {0, 0}};
  template <unsigned... I>
  static void spread(void** v, Numbers<I...>) { f(*(typename Plain<A>::type*)v[I]...); }
  static void call(void** v) { spread(v, typename Count<count>::type()); }
};

}  // namespace dl

#define DL_KERNEL(name, waits, shared, threads)                                                          \
  extern "C" __attribute__((visibility("default"))) const dl::Kernel dl_kernel_##name = {#name, dl::Entry<decltype(&::name), &::name>::call,    \
                                                  dl::Entry<decltype(&::name), &::name>::parameters,     \
                                                  dl::Entry<decltype(&::name), &::name>::count, waits, shared, threads};
