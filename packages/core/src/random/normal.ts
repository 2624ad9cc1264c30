// Normal draws by the Box-Muller method, in the three variants of PyTorch's CPU kernels.
import { ValueError } from '../errors.js';
import { fma32, fma64 } from '../fma.js';
import { defaultGenerator, type Generator } from './generator.js';

/**
 * Fills with draws from the normal distribution: `randn` (mean 0, std 1) and `normal_`.
 *
 * As in PyTorch, fewer than 16 values are drawn one by one in double precision (in pairs; the generator keeps the
 * second number for the next draw). 16 or more are drawn in blocks of 16 in the array's own precision: first all
 * uniform numbers, then the transform in place. If the last block is not full, the last 16 values are drawn again.
 *
 * Float32 blocks equal PyTorch's AVX2 kernel bit for bit (on other processors PyTorch itself occasionally differs by an
 * ulp); other results are within an ulp or two.
 *
 * Throws `ValueError` if `std` is negative or not a number. PyTorch: `Tensor.normal_`.
 *
 * @example
 * fillNormal(new Float32Array(100), generator, 0, 1);
 */
export function fillNormal(
  out: Float32Array | Float64Array,
  generator: Generator = defaultGenerator(),
  mean = 0,
  std = 1,
): void {
  const size = out.length;
  if (size < 16) {
    fillNormalSerial(out, generator, mean, std);
    return;
  }
  checkStd(std);
  const single = out instanceof Float32Array;
  const drawUniform = single
    ? (at: number) => {
        out[at] = generator.uniform24();
      }
    : (at: number) => {
        out[at] = generator.uniform53();
      };
  for (let i = 0; i < size; i++) drawUniform(i);
  const transform = (at: number): void =>
    single ? block32(out, at, Math.fround(mean), Math.fround(std)) : block64(out, at, mean, std);
  for (let i = 0; i + 16 <= size; i += 16) transform(i);
  if (size % 16 !== 0) {
    for (let i = size - 16; i < size; i++) drawUniform(i);
    transform(size - 16);
  }
}

/**
 * Fills one by one in double precision, whatever the size, as PyTorch does for fewer than 16 values and for a tensor
 * that is not contiguous. Throws `ValueError` if `std` is negative or not a number.
 */
export function fillNormalSerial(
  out: Float32Array | Float64Array,
  generator: Generator = defaultGenerator(),
  mean = 0,
  std = 1,
): void {
  checkStd(std);
  for (let i = 0; i < out.length; i++) out[i] = fma64(drawNormal(generator), std, mean);
}

/** One draw from the standard normal distribution, in double precision. */
export function drawNormal(generator: Generator): number {
  const waiting = generator.nextDoubleNormal;
  if (waiting !== undefined) {
    generator.nextDoubleNormal = undefined;
    return waiting;
  }
  const u1 = generator.uniform53();
  const u2 = generator.uniform53();
  const radius = Math.sqrt(-2 * Math.log1p(-u2));
  const theta = 2 * Math.PI * u1;
  generator.nextDoubleNormal = radius * Math.sin(theta);
  return radius * Math.cos(theta);
}

function checkStd(std: number): void {
  if (!(std >= 0)) {
    throw new ValueError(`normal: std must be non-negative, got ${std}`);
  }
}

function block64(out: Float64Array, at: number, mean: number, std: number): void {
  for (let i = at; i < at + 8; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - out[i]));
    const theta = 2 * Math.PI * out[i + 8];
    out[i] = fma64(radius * Math.cos(theta), std, mean);
    out[i + 8] = fma64(radius * Math.sin(theta), std, mean);
  }
}

// The float32 blocks reproduce, step by rounded step, the polynomials of the Cephes library (logf, sinf and cosf, S. L.
// Moshier) that PyTorch's vectorized kernel uses. Where that kernel multiplies and adds in one instruction, there is
// one rounding here too.
const f = Math.fround;
const TWO_PI = /*#__PURE__*/ f(2 * Math.PI);
const SQRT_HALF = /*#__PURE__*/ f(Math.SQRT1_2);
const FOUR_OVER_PI = /*#__PURE__*/ f(1.27323954473516);
const [LOG0, LOG1, LOG2, LOG3, LOG4, LOG5, LOG6, LOG7, LOG8] = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1,
  -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(f);
const LN2_LOW = /*#__PURE__*/ f(-2.1219444e-4);
const LN2_HIGH = /*#__PURE__*/ f(0.693359375);
const PI4_1 = /*#__PURE__*/ f(-0.78515625);
const PI4_2 = /*#__PURE__*/ f(-2.4187564849853516e-4);
const PI4_3 = /*#__PURE__*/ f(-3.774894977445941e-8);
const [SIN0, SIN1, SIN2] = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(f);
const [COS0, COS1, COS2] = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(
  f,
);
// 2^-i, to scale the integer behind a uniform number to a fraction in [0.5, 1).
const HALVES = /*#__PURE__*/ Float64Array.from({ length: 26 }, (_, i) => 2 ** -i);

/** Eight pairs of uniform numbers become eight pairs of normal numbers; the second ones are 8 positions further on. */
function block32(out: Float32Array, at: number, mean: number, std: number): void {
  for (let i = at; i < at + 8; i++) {
    const radius = f(Math.sqrt(f(-2 * log(out[i]))));
    const theta = f(TWO_PI * out[i + 8]);

    const octant = ((f(theta * FOUR_OVER_PI) | 0) + 1) & ~1;
    let x = fma32(octant, PI4_1, theta);
    x = fma32(octant, PI4_2, x);
    x = fma32(octant, PI4_3, x);
    const z = f(x * x);
    let even = fma32(COS0, z, COS1);
    even = fma32(even, z, COS2);
    even = f(even * z);
    even = fma32(even, z, -0.5 * z);
    even = f(even + 1);
    let odd = fma32(SIN0, z, SIN1);
    odd = fma32(odd, z, SIN2);
    odd = f(odd * z);
    odd = fma32(odd, x, x);

    const swapped = (octant & 2) !== 0;
    const sin = (octant & 4) !== 0 ? -1 : 1;
    const cos = ((octant + 2) & 4) !== 0 ? -1 : 1;
    out[i] = fma32(f(radius * (cos * (swapped ? odd : even))), std, mean);
    out[i + 8] = fma32(f(radius * (sin * (swapped ? even : odd))), std, mean);
  }
}

/** The float32 logarithm of `1 - u`, where `u` is a multiple of 2^-24 in [0, 1). */
function log(u: number): number {
  const integer = 2 ** 24 - u * 2 ** 24;
  let exponent = 32 - Math.clz32(integer);
  let x = integer * HALVES[exponent];
  exponent -= 24;
  if (x < SQRT_HALF) {
    exponent -= 1;
    x = 2 * x - 1;
  } else {
    x -= 1;
  }
  const z = f(x * x);
  let y = fma32(LOG0, x, LOG1);
  y = fma32(y, x, LOG2);
  y = fma32(y, x, LOG3);
  y = fma32(y, x, LOG4);
  y = fma32(y, x, LOG5);
  y = fma32(y, x, LOG6);
  y = fma32(y, x, LOG7);
  y = fma32(y, x, LOG8);
  y = f(y * x);
  y = fma32(y, z, f(exponent * LN2_LOW));
  y = fma32(z, -0.5, y);
  return fma32(exponent, LN2_HIGH, f(x + y));
}
