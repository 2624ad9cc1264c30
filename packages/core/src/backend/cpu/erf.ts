// The error function, its complement and the normal cumulative distribution function in double precision.
import { horner } from './horner.js';

// Coefficients and method: fdlibm's s_erf.c (Sun Microsystems 1993, freely distributable), whose errors are below 1 ulp.

// erf(x) = x + x·P(x²)/Q(x²) up to 0.84375.
const pp = [
  0.12837916709551256, -0.3250421072470015, -0.02848174957559851, -0.005770270296489442,
  -2.3763016656650163e-5,
];
const qq = [
  1, 0.39791722395915535, 0.0650222499887673, 0.005081306281875766, 0.00013249473800432164,
  -3.960228278775368e-6,
];
// erf(1 + s) = 0.845… + P(s)/Q(s) up to 1.25.
const ERX = 0.8450629115104675;
const pa = [
  -0.0023621185607526594, 0.41485611868374833, -0.3722078760357013, 0.31834661990116175,
  -0.11089469428239668, 0.035478304325618236, -0.002166375594868791,
];
const qa = [
  1, 0.10642088040084423, 0.540397917702171, 0.07182865441419627, 0.12617121980876164,
  0.01363708391202905, 0.011984499846799107,
];
// erfc(x) = e^(-x² - 0.5625 + R(1/x²)/S(1/x²)) / x up to 1/0.35, and beyond.
const ra = [
  -0.009864944034847148, -0.6938585727071818, -10.558626225323291, -62.375332450326006,
  -162.39666946257347, -184.60509290671104, -81.2874355063066, -9.814329344169145,
];
const sa = [
  1, 19.651271667439257, 137.65775414351904, 434.56587747522923, 645.3872717332679,
  429.00814002756783, 108.63500554177944, 6.570249770319282, -0.0604244152148581,
];
const rb = [
  -0.0098649429247001, -0.799283237680523, -17.757954917754752, -160.63638485582192,
  -637.5664433683896, -1025.0951316110772, -483.5191916086514,
];
const sb = [
  1, 30.33806074348246, 325.7925129965739, 1536.729586084437, 3199.8582195085955,
  2553.0504064331644, 474.52854120695537, -22.44095244658582,
];

const words = new Float64Array(1);
const halves = new Uint32Array(words.buffer);
const LOW_WORD = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;

/** The upper half of a double's digits: its square is exact. */
function firstHalf(x: number): number {
  words[0] = x;
  halves[LOW_WORD] = 0;
  return words[0];
}

/** erfc from 1.25 to 28. */
function tail(a: number): number {
  const s = 1 / (a * a);
  const near = a < 1 / 0.35;
  const quotient = near ? horner(s, ra) / horner(s, sa) : horner(s, rb) / horner(s, sb);
  // a² in two parts: its own rounding error would be multiplied by a².
  const z = firstHalf(a);
  return (Math.exp(-z * z - 0.5625) * Math.exp((z - a) * (z + a) + quotient)) / a;
}

/** The error function. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 0.84375) {
    // A sum would lose the last digits of subnormal numbers.
    if (a < 2.848094538889218e-306) return 0.125 * (8 * x + 1.0270333367641007 * x);
    const z = x * x;
    return x + x * (horner(z, pp) / horner(z, qq));
  }
  if (a < 1.25) {
    const y = ERX + horner(a - 1, pa) / horner(a - 1, qa);
    return x < 0 ? -y : y;
  }
  if (a >= 6) return Math.sign(x);
  if (Number.isNaN(x)) return x;
  return x < 0 ? tail(a) - 1 : 1 - tail(a);
}

/** `1 - erf(x)`, accurate where that subtraction would cancel. */
export function erfc(x: number): number {
  const a = Math.abs(x);
  if (a < 0.84375) {
    const z = x * x;
    const y = horner(z, pp) / horner(z, qq);
    return x < 0.25 ? 1 - (x + x * y) : 0.5 - (x - 0.5 + x * y);
  }
  if (a < 1.25) {
    const quotient = horner(a - 1, pa) / horner(a - 1, qa);
    return x < 0 ? 1 + (ERX + quotient) : 1 - ERX - quotient;
  }
  if (Number.isNaN(x)) return x;
  if (x < -6) return 2;
  if (x > 28) return 0;
  return x < 0 ? 2 - tail(a) : tail(a);
}

/** The normal cumulative distribution function, `erfc(-x/√2) / 2`. */
export function ndtr(x: number): number {
  if (x === 0) return 0.5;
  const t = -x * Math.SQRT1_2;
  const y = erfc(t);
  if (!(t > 0.5 && t < 28)) return 0.5 * y;
  // Adds back what rounding -x/√2 lost, to first order: 2t/(1 - …) times that is missing from the result. √½ is
  // 0.70710678118654752440 = SQRT1_2 - 4.83…e-17; splitting makes the product's error known.
  const [xh, rh] = [firstHalf(-x), firstHalf(Math.SQRT1_2)];
  const [xl, rl] = [-x - xh, Math.SQRT1_2 - rh];
  const lost = xl * rl - (t - xh * rh - xl * rh - xh * rl) + x * 4.833646656726457e-17;
  return 0.5 * (y - 1.1283791670955126 * lost * Math.exp(-t * t));
}
