// Fused multiply-add with one rounding, as PyTorch's vectorized CPU kernels compute it.

const f64 = new Float64Array(1);
const u32 = new Uint32Array(f64.buffer);
// The word that holds a double's low bits depends on the machine's byte order.
const LOW_WORD = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;

/**
 * `a * b + c` for float32 values, rounded once to float32.
 *
 * The product of two 24-bit numbers is exact in a double. The sum may not be, and rounding it
 * first to 53 bits and then to 24 goes wrong in one case only: where the 53-bit sum falls midway
 * between two float32 values and the part that it lost would have decided.
 */
export function fma32(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const rounded = Math.fround(sum);
  const rest = sum - rounded;
  // An overflow leaves an infinite remainder, which says nothing.
  if (rest !== 0 && Number.isFinite(rounded) && Math.fround(sum + rest) === sum + rest) {
    const lost = sumError(product, c, sum);
    if (lost !== 0) return lost > 0 === rest > 0 ? sum + rest : rounded;
  }
  return rounded;
}

/** `a * b + c` for doubles, rounded once (Boldo and Melquiond's method, with a sum rounded to odd). */
export function fma64(a: number, b: number, c: number): number {
  const high = a * b;
  // Splitting overflows or underflows for extreme values; there only a plain sum is left.
  const size = Math.abs(high);
  if (!(size < 2 ** 990 && Math.abs(a) < 2 ** 990 && Math.abs(b) < 2 ** 990) || size < 2 ** -960) {
    return high + c;
  }
  if (!Number.isFinite(high + c)) return high + c;
  const low = productError(a, b, high);
  const small = c + low;
  const smallError = sumError(c, low, small);
  const large = high + small;
  const largeError = sumError(high, small, large);
  return large + addToOdd(smallError, largeError);
}

/** The rounding error of `sum`, the rounded `a + b`, exactly. */
function sumError(a: number, b: number, sum: number): number {
  const bPart = sum - a;
  return a - (sum - bPart) + (b - bPart);
}

/** The rounding error of `product`, the rounded `a * b`, exactly. */
function productError(a: number, b: number, product: number): number {
  const aSplit = 134217729 * a;
  const aHigh = aSplit - (aSplit - a);
  const aLow = a - aHigh;
  const bSplit = 134217729 * b;
  const bHigh = bSplit - (bSplit - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** `a + b`; if that is inexact, the one of the two neighbors whose last bit is odd. */
function addToOdd(a: number, b: number): number {
  const sum = a + b;
  const lost = sumError(a, b, sum);
  if (lost === 0) return sum;
  f64[0] = sum;
  if ((u32[LOW_WORD] & 1) === 0) {
    // An even last bit: step one unit towards the rounding error. Even downwards from a power of two, a step of the
    // integer is a step of the value.
    const up = lost > 0 === sum > 0;
    if (up) u32[LOW_WORD] |= 1;
    else {
      if (u32[LOW_WORD] === 0) u32[1 - LOW_WORD] -= 1;
      u32[LOW_WORD] -= 1;
    }
  }
  return f64[0];
}
