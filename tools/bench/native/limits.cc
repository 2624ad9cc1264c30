// What the machine can do at most: multiply-adds and bytes moved a second, with a number of threads.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#if defined(__AVX512F__)
constexpr int BYTES = 64;
#elif defined(__AVX__)
constexpr int BYTES = 32;
#else
constexpr int BYTES = 16;
#endif
typedef float V __attribute__((vector_size(BYTES)));

using Clock = std::chrono::steady_clock;

double since(Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); }

/** Independent chains of multiply-adds that never leave the registers. */
float chains(long rounds, float seed) {
  V c[12], x = seed - V{}, y = 0.999f - V{};
  for (int i = 0; i < 12; i++) c[i] = (float)i - V{};
  for (long r = 0; r < rounds; r++) {
#pragma GCC unroll 12
    for (int i = 0; i < 12; i++) c[i] = c[i] * y + x;
    asm volatile("" : "+x"(x));
  }
  float total = 0;
  for (int i = 0; i < 12; i++) total += c[i][0];
  return total;
}

template <class F>
double together(int threads, const F& f) {
  std::vector<std::thread> pool;
  const auto start = Clock::now();
  for (int t = 1; t < threads; t++) pool.emplace_back([&, t] { f(t); });
  f(0);
  for (auto& t : pool) t.join();
  return since(start);
}

int main(int count, char** args) {
  const int threads = count > 1 ? atoi(args[1]) : 1;
  double gflops = 0, gigabytes = 0;
  volatile float sink = 0;
  for (int round = 0; round < 5; round++) {
    const long rounds = 4000000;
    const double took = together(threads, [&](int t) { sink = sink + chains(rounds, 1e-3f * (t + 1)); });
    const double rate = 2.0 * 12 * (BYTES / 4) * rounds * threads / took / 1e9;
    if (rate > gflops) gflops = rate;
  }
  // Far larger than any cache; each thread reads its own part.
  const size_t part = size_t(256) << 20;
  std::vector<float*> memory;
  for (int t = 0; t < threads; t++) {
    memory.push_back(static_cast<float*>(aligned_alloc(64, part)));
    memset(memory.back(), t + 1, part);
  }
  for (int round = 0; round < 5; round++) {
    const double took = together(threads, [&](int t) {
      V s[4] = {};
      const V* p = reinterpret_cast<const V*>(memory[t]);
      for (size_t i = 0; i < part / sizeof(V); i += 4) {
        for (int u = 0; u < 4; u++) s[u] += p[i + u];
      }
      sink = sink + s[0][0] + s[1][0] + s[2][0] + s[3][0];
    });
    const double rate = double(part) * threads / took / 1e9;
    if (rate > gigabytes) gigabytes = rate;
  }
  printf("{\"gflops\": %.1f, \"gigabytes\": %.1f}\n", gflops, gigabytes);
}
