// Device functions that generated sources call; a source gets those that it names, and what they need.

/** A function of the prelude, and the others that it calls. */
interface Piece {
  readonly needs?: readonly string[];
  readonly code: string;
}

const integers = ['int', 'long long', 'unsigned char'] as const;
const every = [
  'float',
  'double',
  'int',
  'long long',
  'unsigned char',
  'bool',
  'unsigned short',
] as const;

const each = (list: readonly string[], code: (type: string) => string): string =>
  list.map(code).join('\n');

const pieces: { readonly [name: string]: Piece } = {
  dl_bits_float: {
    code: `__device__ __forceinline__ float dl_bits_float(unsigned x) { return __uint_as_float(x); }`,
  },
  dl_bits_double: {
    code: `__device__ __forceinline__ double dl_bits_double(unsigned long long x) {
  return __longlong_as_double((long long)x);
}`,
  },
  // Four neighboring elements in one access (of eight bytes each: in two) if they are `whole`: all there, and
  // aligned. Or else those that are left, one by one.
  dl_four: {
    code: `template <class T> struct __align__(sizeof(T) * 4 < 16 ? sizeof(T) * 4 : 16) dl_four { T x[4]; };`,
  },
  dl_load4: {
    needs: ['dl_four'],
    code: `template <class T> __device__ __forceinline__ void dl_load4(T* to, const T* from, int left, bool whole) {
  if (whole) {
    const dl_four<T> v = *(const dl_four<T>*)__builtin_assume_aligned(from, alignof(dl_four<T>));
#pragma unroll
    for (int k = 0; k < 4; k++) to[k] = v.x[k];
  } else {
#pragma unroll
    for (int k = 0; k < 4; k++) to[k] = from[k < left ? k : 0];
  }
}`,
  },
  dl_store4: {
    needs: ['dl_four'],
    code: `template <class T> __device__ __forceinline__ void dl_store4(T* to, const T* from, int left, bool whole) {
  if (whole) {
    dl_four<T> v;
#pragma unroll
    for (int k = 0; k < 4; k++) v.x[k] = from[k];
    *(dl_four<T>*)__builtin_assume_aligned(to, alignof(dl_four<T>)) = v;
  } else {
#pragma unroll
    for (int k = 0; k < 4; k++) {
      if (k < left) to[k] = from[k];
    }
  }
}`,
  },
  dl_abs: {
    code: `__device__ __forceinline__ int dl_abs(int x) { return x < 0 ? (int)(0u - (unsigned)x) : x; }
__device__ __forceinline__ long long dl_abs(long long x) {
  return x < 0 ? (long long)(0ull - (unsigned long long)x) : x;
}`,
  },
  // Integers as JavaScript's arrays store them: modulo 2^64, and 0 for NaN and infinities.
  dl_whole: {
    code: (['float', 'double'] as const)
      .map((t) => {
        const [f, largest] =
          t === 'float' ? ['f', '3.4028234e38f'] : ['', '1.7976931348623157e308'];
        return `__device__ inline long long dl_whole(${t} x) {
  if (x > -9223372036854775808.0${f} && x < 9223372036854775808.0${f}) return (long long)x;
  if (!(fabs${f}(x) <= ${largest})) return 0;
  const ${t} left = fmod${f}(x, 18446744073709551616.0${f});
  return (long long)(unsigned long long)(left < 0.0${f} ? left + 18446744073709551616.0${f} : left);
}`;
      })
      .join('\n'),
  },
  dl_div: {
    code: each(
      integers,
      (t) => `__device__ __forceinline__ ${t} dl_div(${t} a, ${t} b) {
  ${t === 'unsigned char' ? '' : `if (b == -1) return (${t})(0u - (unsigned ${t})a);\n  `}return b == 0 ? (${t})0 : (${t})(a / b);
}`,
    ),
  },
  dl_rem: {
    code: each(
      integers,
      (t) => `__device__ __forceinline__ ${t} dl_rem(${t} a, ${t} b) {
  return b == 0${t === 'unsigned char' ? '' : ' || b == -1'} ? (${t})0 : (${t})(a % b);
}`,
    ),
  },
  dl_pow: {
    code: each(
      integers,
      (t) => `__device__ inline ${t} dl_pow(${t} x, ${t} y) {
  ${t === 'unsigned char' ? '' : `if (y < 0) return x == 1 ? 1 : x == -1 ? (y % 2 == 0 ? 1 : -1) : 0;\n  `}unsigned long long power = 1, base = (unsigned long long)x;
  for (; y > 0; y = (${t})(y / 2)) {
    if (y % 2 == 1) power *= base;
    base *= base;
  }
  return (${t})power;
}`,
    ),
  },
  // The other one if the first is smaller or NaN, or else the second: NaN comes through.
  dl_min: {
    code: each(every, (t) =>
      t === 'float' || t === 'double'
        ? `__device__ __forceinline__ ${t} dl_min(${t} a, ${t} b) { return a < b || a != a ? a : b; }`
        : `__device__ __forceinline__ ${t} dl_min(${t} a, ${t} b) { return a < b ? a : b; }`,
    ),
  },
  dl_max: {
    code: each(every, (t) =>
      t === 'float' || t === 'double'
        ? `__device__ __forceinline__ ${t} dl_max(${t} a, ${t} b) { return a > b || a != a ? a : b; }`
        : `__device__ __forceinline__ ${t} dl_max(${t} a, ${t} b) { return a > b ? a : b; }`,
    ),
  },
  dl_shl: {
    code: `__device__ __forceinline__ int dl_shl(int a, int b) { return (int)((unsigned)a << (b & 31)); }
__device__ __forceinline__ unsigned char dl_shl(unsigned char a, unsigned char b) {
  return (unsigned char)((unsigned)a << (b & 31));
}
__device__ __forceinline__ long long dl_shl(long long a, long long b) {
  if (b < 0) return b < -63 ? (a < 0 ? -1ll : 0ll) : a >> -b;
  return b > 63 ? 0ll : (long long)((unsigned long long)a << b);
}`,
  },
  dl_shr: {
    code: `__device__ __forceinline__ int dl_shr(int a, int b) { return a >> (b & 31); }
__device__ __forceinline__ unsigned char dl_shr(unsigned char a, unsigned char b) {
  return (unsigned char)((unsigned)a >> (b & 31));
}
__device__ __forceinline__ long long dl_shr(long long a, long long b) {
  if (b < 0) return b < -63 ? 0ll : (long long)((unsigned long long)a << -b);
  return b > 63 ? (a < 0 ? -1ll : 0ll) : a >> b;
}`,
  },
  dl_float_of_float16: {
    needs: ['dl_bits_float'],
    code: `__device__ inline float dl_float_of_float16(unsigned short h) {
  const unsigned sign = (unsigned)(h & 0x8000u) << 16, exponent = (h >> 10) & 31u, fraction = h & 1023u;
  if (exponent == 31u) return dl_bits_float(sign | 0x7f800000u | fraction << 13);
  if (exponent != 0u) return dl_bits_float(sign | (exponent + 112u) << 23 | fraction << 13);
  const float small = (float)fraction * 5.9604644775390625e-8f;
  return sign ? -small : small;
}`,
  },
  dl_float_of_bfloat16: {
    needs: ['dl_bits_float'],
    code: `__device__ __forceinline__ float dl_float_of_bfloat16(unsigned short h) {
  return dl_bits_float((unsigned)h << 16);
}`,
  },
  // A double as a float whose last bit says whether anything was cut off: rounding it again is exact.
  dl_odd: {
    needs: ['dl_bits_float'],
    code: `__device__ inline float dl_odd(double x) {
  const float near = (float)x;
  if (x != x || (double)near == x || near - near != 0.0f) return near;
  unsigned bits = __float_as_uint(near);
  if (fabs((double)near) > fabs(x)) bits -= 1u;
  return dl_bits_float(bits | 1u);
}`,
  },
  dl_float16_of_float: {
    code: `__device__ inline unsigned short dl_float16_of_float(float x) {
  const unsigned bits = __float_as_uint(x), sign = bits >> 16 & 0x8000u, rest = bits & 0x7fffffffu;
  if (rest > 0x7f800000u) return (unsigned short)(sign | 0x7e00u);
  if (rest >= 0x477ff000u) return (unsigned short)(sign | 0x7c00u);
  if (rest >= 0x38800000u) {
    return (unsigned short)(sign | (rest - 0x38000000u + 0xfffu + (rest >> 13 & 1u)) >> 13);
  }
  if (rest < 0x33000000u) return (unsigned short)sign;
  const unsigned shift = 126u - (rest >> 23), fraction = (rest & 0x7fffffu) | 0x800000u;
  const unsigned whole = fraction >> shift, left = fraction & ((1u << shift) - 1u), middle = 1u << (shift - 1u);
  return (unsigned short)(sign | (whole + (left > middle || (left == middle && (whole & 1u)) ? 1u : 0u)));
}`,
  },
  dl_float16_of_double: {
    needs: ['dl_float16_of_float', 'dl_odd'],
    code: `__device__ inline unsigned short dl_float16_of_double(double x) { return dl_float16_of_float(dl_odd(x)); }`,
  },
  dl_bfloat16_of_float: {
    code: `__device__ inline unsigned short dl_bfloat16_of_float(float x) {
  const unsigned bits = __float_as_uint(x);
  if (x != x) return (unsigned short)(bits >> 16 & 0x8000u | 0x7fc0u);
  return (unsigned short)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}`,
  },
  dl_bfloat16_of_double: {
    needs: ['dl_bfloat16_of_float', 'dl_odd'],
    code: `__device__ inline unsigned short dl_bfloat16_of_double(double x) { return dl_bfloat16_of_float(dl_odd(x)); }`,
  },
  // The normal distribution function: erfc(-x/√2) / 2, with what rounding -x/√2 lost put back to first order.
  dl_ndtr: {
    code: (['float', 'double'] as const)
      .map((t) => {
        const [f, rest] = t === 'float' ? ['f', '1.21016175e-8f'] : ['', '-4.8336466567264567e-17'];
        return `__device__ inline ${t} dl_ndtr(${t} x) {
  const ${t} root = 0.70710678118654752440${f};
  const ${t} t = -x * root;
  const ${t} y = erfc${f}(t);
  if (!(t > 0.5${f} && t < 28.0${f})) return 0.5${f} * y;
  const ${t} lost = fma${f}(-x, root, -t) - x * ${rest};
  return 0.5${f} * (y - 1.1283791670955126${f} * lost * exp${f}(-t * t));
}`;
      })
      .join('\n'),
  },
  // The n-th derivative of digamma: recurrence up to 15 + n, then the asymptotic series (A&S 6.3.18, 6.4.11).
  dl_polygamma: {
    needs: ['dl_bits_double'],
    code: `__device__ double dl_polygamma_up(double n, double x) {
  const double bernoulli[8] = {1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730, 7.0 / 6, -3617.0 / 510};
  double factorial = 1.0;
  for (double k = 2.0; k <= n; k += 1.0) factorial *= k;
  const double sign = fmod(n, 2.0) == 0.0 ? -1.0 : 1.0;
  double y = x, sum = 0.0, tail = 0.0;
  while (y < 15.0 + n) {
    sum += sign * factorial / pow(y, n + 1.0);
    y += 1.0;
  }
  if (n == 0.0) {
    for (int k = 8; k >= 1; k--) tail = (tail + bernoulli[k - 1] / (2 * k)) / (y * y);
    return sum + log(y) - 1.0 / (2.0 * y) - tail;
  }
  double coefficient = factorial * (n + 1.0) / 2.0;
  for (int k = 1; k <= 8; k++) {
    tail += bernoulli[k - 1] * coefficient / pow(y, 2 * k + n);
    coefficient *= (2 * k + n) * (2 * k + n + 1.0) / ((2 * k + 1) * (2.0 * k + 2));
  }
  return sum + sign * (factorial / n / pow(y, n) + factorial / (2.0 * pow(y, n + 1.0)) + tail);
}
/* digamma from 1 to 2, as core's special.ts computes it. */
__device__ double dl_digamma_middle(double x) {
  const double y = x - 1.0;
  double p = -0.0020713321167745952;
  p = p * y - 0.04525132144873906;
  p = p * y - 0.28919126444774784;
  p = p * y - 0.6503185377089651;
  p = p * y - 0.32555031186804491;
  p = p * y + 0.25479851061131551;
  double q = -0.55789841321675513e-6;
  q = q * y + 0.0021284987017821144;
  q = q * y + 0.054151797245674225;
  q = q * y + 0.43593529692665969;
  q = q * y + 1.4606242909763515;
  q = q * y + 2.0767117023730469;
  q = q * y + 1.0;
  const double apart = x - 1569415565.0 / 1073741824.0 - 381566830.0 / 1073741824.0 / 1073741824.0 - 0.9016312093258695918615e-19;
  return apart * 0.99558162689208984 + apart * (p / q);
}
__device__ double dl_polygamma(double n, double x) {
  const double pi = 3.14159265358979323846, infinity = dl_bits_double(0x7ff0000000000000ull);
  const double none = dl_bits_double(0x7ff8000000000000ull);
  if (x != x || n < 0.0 || n != trunc(n)) return none;
  if (x <= 0.0 && x == trunc(x)) {
    if (n == 1.0) return x == -infinity ? none : infinity;
    if (n != 0.0) return fmod(n, 2.0) == 0.0 ? -infinity : infinity;
    return x == 0.0 ? (1.0 / x < 0.0 ? infinity : -infinity) : none;
  }
  if (n == 0.0 && x > -0.5 && x < 3.0) {
    if (x > 2.0) return dl_digamma_middle(x - 1.0) + 1.0 / (x - 1.0);
    if (x < 0.0) return dl_digamma_middle(x + 2.0) - 1.0 / (x + 1.0) - 1.0 / x;
    return x < 1.0 ? dl_digamma_middle(x + 1.0) - 1.0 / x : dl_digamma_middle(x);
  }
  if (n == 0.0 && x < 0.0) return dl_polygamma_up(0.0, 1.0 - x) - pi / tan(pi * fmod(x, 1.0));
  if (n == 1.0 && x < 0.0) {
    const double s = pi / sin(pi * (x - rint(x)));
    return s * s - dl_polygamma_up(1.0, 1.0 - x);
  }
  if (x < 0.0) {
    /* As core's special.ts has it. */
    const double sign = fmod(n, 2.0) == 0.0 ? -1.0 : 1.0, part = x - rint(x), a = fabs(part);
    double nearest = sign / pow(a, n + 1.0) + 1.0 / pow(1.0 - a, n + 1.0);
    for (double k = 2.0; k <= n; k += 1.0) nearest *= k;
    const double all = nearest + dl_polygamma_up(n, 1.0 + a) + sign * dl_polygamma_up(n, 2.0 - a);
    return (part < 0.0 && sign < 0.0 ? -all : all) - sign * dl_polygamma_up(n, 1.0 - x);
  }
  return dl_polygamma_up(n, x);
}`,
  },
};

/** The functions of the prelude that `code` calls, in an order in which each follows what it needs. */
export function preludeFor(code: string): string {
  const taken = new Set<string>();
  const order: string[] = [];
  const take = (name: string): void => {
    if (taken.has(name)) return;
    taken.add(name);
    for (const other of pieces[name]?.needs ?? []) take(other);
    order.push(pieces[name].code);
  };
  for (const [word] of code.matchAll(/\bdl_\w+/g)) if (pieces[word] !== undefined) take(word);
  return order.length === 0 ? '' : `${order.join('\n')}\n\n`;
}
