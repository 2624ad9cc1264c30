// cuBLAS's stand-in: matrix products in the order of their stream, their operands checked to the last element.
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include <algorithm>
#include <vector>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

enum : int { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7, EXECUTION_FAILED = 13, INTERNAL = 14 };

/** The math modes that are known: as PyTorch has it by default, and products of float32 by way of TF32. */
enum : int { DEFAULT_MATH = 0, TF32_MATH = 3 };

struct Handle {
  void* stream = nullptr;
  int mode = DEFAULT_MATH;
};

/** To ten bits of fraction, halves away from zero. */
float rounded(float x) {
  unsigned bits;
  memcpy(&bits, &x, 4);
  if ((bits & 0x7f800000u) != 0x7f800000u) bits = (bits + 0x1000u) & ~0x1fffu;
  memcpy(&x, &bits, 4);
  return x;
}
double rounded(double x) { return x; }

typedef int (*Use)(void*, unsigned long long, size_t, const char*, char**);
typedef int (*Enqueue)(void*, void (*)(void*), void*);

template <class F>
F found(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_DEFAULT, name));
}

template <class T>
struct Product {
  bool ta, tb;
  int m, n, k, lda, ldb, ldc, batch;
  long long sa, sb, sc;
  T alpha, beta;
  const T *a, *b;
  T* c;
  bool tf32;

  static void run(void* self) {
    Product* p = static_cast<Product*>(self);
    std::vector<double> column(static_cast<size_t>(p->m));
    for (int q = 0; q < p->batch; q++) {
      const T* a = p->a + q * p->sa;
      const T* b = p->b + q * p->sb;
      T* c = p->c + q * p->sc;
      for (int j = 0; j < p->n; j++) {
        std::fill(column.begin(), column.end(), 0.0);
        for (int l = 0; l < p->k; l++) {
          T y = p->tb ? b[static_cast<long long>(l) * p->ldb + j] : b[static_cast<long long>(j) * p->ldb + l];
          if (p->tf32) y = rounded(y);
          for (int i = 0; i < p->m; i++) {
            T x = p->ta ? a[static_cast<long long>(i) * p->lda + l] : a[static_cast<long long>(l) * p->lda + i];
            if (p->tf32) x = rounded(x);
            column[static_cast<size_t>(i)] += static_cast<double>(x) * y;
          }
        }
        T* out = c + static_cast<long long>(j) * p->ldc;
        for (int i = 0; i < p->m; i++) {
          const double product = p->alpha * column[static_cast<size_t>(i)];
          // With beta 0 what stands there is not read, not even if it is NaN.
          out[i] = static_cast<T>(p->beta == 0 ? product : product + p->beta * out[i]);
        }
      }
    }
    delete p;
  }
};

/** The bytes of a batch of column-major matrices, to the last element. */
size_t reach(int rows, int columns, int ld, long long stride, int batch, size_t bytes) {
  if (rows == 0 || columns == 0 || batch == 0) return 0;
  return (static_cast<size_t>(batch - 1) * static_cast<size_t>(stride) + static_cast<size_t>(columns - 1) * static_cast<size_t>(ld) +
          static_cast<size_t>(rows)) * bytes;
}

template <class T>
int gemm(Handle* h, int ta, int tb, int m, int n, int k, const T* alpha, const T* a, int lda, long long sa, const T* b, int ldb,
         long long sb, const T* beta, T* c, int ldc, long long sc, int batch) {
  if (h == nullptr) return NOT_INITIALIZED;
  if (m < 0 || n < 0 || k < 0 || batch < 0 || ta < 0 || ta > 1 || tb < 0 || tb > 1) return INVALID_VALUE;
  if (lda < std::max(1, ta ? k : m) || ldb < std::max(1, tb ? n : k) || ldc < std::max(1, m)) return INVALID_VALUE;
  if (sa < 0 || sb < 0 || sc < 0) return INVALID_VALUE;
  if (m == 0 || n == 0 || batch == 0) return SUCCESS;
  const Use use = found<Use>("dlEmulatorUse");
  const Enqueue enqueue = found<Enqueue>("dlEmulatorEnqueue");
  if (use == nullptr || enqueue == nullptr) return INTERNAL;
  const char* call = sizeof(T) == 4 ? "cublasSgemmStridedBatched" : "cublasDgemmStridedBatched";
  char *x = nullptr, *y = nullptr, *z = nullptr;
  const auto at = [](const T* p) { return reinterpret_cast<unsigned long long>(p); };
  if (k > 0 && use(h->stream, at(a), reach(ta ? k : m, ta ? m : k, lda, sa, batch, sizeof(T)), call, &x)) return EXECUTION_FAILED;
  if (k > 0 && use(h->stream, at(b), reach(tb ? n : k, tb ? k : n, ldb, sb, batch, sizeof(T)), call, &y)) return EXECUTION_FAILED;
  if (use(h->stream, at(c), reach(m, n, ldc, sc, batch, sizeof(T)), call, &z)) return EXECUTION_FAILED;
  auto* p = new Product<T>{ta == 1, tb == 1, m, n, k, lda, ldb, ldc, batch, sa, sb, sc, *alpha, *beta,
                           reinterpret_cast<const T*>(x), reinterpret_cast<const T*>(y), reinterpret_cast<T*>(z),
                           h->mode == TF32_MATH};
  return enqueue(h->stream, Product<T>::run, p) == 0 ? SUCCESS : EXECUTION_FAILED;
}

}  // namespace

EXPORT int cublasGetProperty(int which, int* value) {
  *value = which == 0 ? 13 : 0;
  return SUCCESS;
}

EXPORT int cublasCreate_v2(Handle** h) {
  *h = new Handle;
  return SUCCESS;
}

EXPORT int cublasDestroy_v2(Handle* h) {
  delete h;
  return SUCCESS;
}

EXPORT int cublasSetStream_v2(Handle* h, void* stream) {
  if (h == nullptr) return NOT_INITIALIZED;
  h->stream = stream;
  return SUCCESS;
}

EXPORT int cublasSetMathMode(Handle* h, int mode) {
  if (h == nullptr) return NOT_INITIALIZED;
  if (mode != DEFAULT_MATH && mode != TF32_MATH) return INVALID_VALUE;
  h->mode = mode;
  return SUCCESS;
}

EXPORT int cublasSgemmStridedBatched(Handle* h, int ta, int tb, int m, int n, int k, const float* alpha, const float* a, int lda,
                                     long long sa, const float* b, int ldb, long long sb, const float* beta, float* c, int ldc,
                                     long long sc, int batch) {
  return gemm(h, ta, tb, m, n, k, alpha, a, lda, sa, b, ldb, sb, beta, c, ldc, sc, batch);
}

EXPORT int cublasDgemmStridedBatched(Handle* h, int ta, int tb, int m, int n, int k, const double* alpha, const double* a, int lda,
                                     long long sa, const double* b, int ldb, long long sb, const double* beta, double* c, int ldc,
                                     long long sc, int batch) {
  return gemm(h, ta, tb, m, n, k, alpha, a, lda, sa, b, ldb, sb, beta, c, ldc, sc, batch);
}
