// Special functions in double precision, from their series and recurrences.
import { horner } from './horner.js';

/** Nearest integer, ties to even. */
export function roundEven(x: number): number {
  const r = Math.round(x);
  return r - x === 0.5 && r % 2 !== 0 ? r - 1 : r;
}

// Bernoulli numbers B2, B4, … B16.
const bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510];

// fdlibm's e_lgamma_r.c (Sun Microsystems 1993, freely distributable): around 2, around the minimum at TC, around 1, up
// to 3, up to 8, and Stirling's series.
const around2 = [
  0.07721566490153287, 0.3224670334241136, 0.06735230105312927, 0.020580808432516733,
  0.007385550860814029, 0.0028905138367341563, 0.0011927076318336207, 0.0005100697921535113,
  0.00022086279071390839, 0.00010801156724758394, 2.5214456545125733e-5, 4.4864094961891516e-5,
];
const TC = 1.4616321449683622;
const TF = -0.12148629053584961;
const TT = -3.638676997039505e-18;
const aroundLeast = [
  0.48383612272381005, -0.1475877229945939, 0.06462494023913339, -0.032788541075985965,
  0.01797067508118204, -0.010314224129834144, 0.006100538702462913, -0.0036845201678113826,
  0.0022596478090061247, -0.0014034646998923284, 0.000881081882437654, -0.0005385953053567405,
  0.00031563207090362595, -0.00031275416837512086, 0.0003355291926355191,
];
const around1 = [
  -0.07721566490153287, 0.6328270640250934, 1.4549225013723477, 0.9777175279633727,
  0.22896372806469245, 0.013381091853678766,
];
const below1 = [
  1, 2.4559779371304113, 2.128489763798934, 0.7692851504566728, 0.10422264559336913,
  0.003217092422824239,
];
const upTo3 = [
  -0.07721566490153287, 0.21498241596060885, 0.325778796408931, 0.14635047265246445,
  0.02664227030336386, 0.0018402845140733772, 3.194753265841009e-5,
];
const below3 = [
  1, 1.3920053346762105, 0.7219355475671381, 0.17193386563280308, 0.01864591917156529,
  0.0007779424963818936, 7.326684307446256e-6,
];
const stirling = [
  0.4189385332046727, 0.08333333333333297, -0.0027777777772877554, 0.0007936505586430196,
  -0.00059518755745034, 0.0008363399189962821, -0.0016309293409657527,
];

/** ln Γ(x) for positive x. */
function lgammaUp(x: number): number {
  if (x < 2 ** -70) return -Math.log(x);
  if (x === 1 || x === 2) return 0;
  if (x < 2) {
    let start = 0;
    let at: number;
    let y: number;
    if (x <= 0.9) {
      start = -Math.log(x);
      at = x >= 0.7315998077392578 ? 0 : x >= 0.23164 ? 1 : 2;
      y = at === 0 ? 1 - x : at === 1 ? x - (TC - 1) : x;
    } else {
      at = x >= 1.7315998077392578 ? 0 : x >= 1.23164 ? 1 : 2;
      y = at === 0 ? 2 - x : at === 1 ? x - TC : x - 1;
    }
    if (at === 0) {
      return start + (y * horner(y, around2) - 0.5 * y);
    }
    if (at === 1) return start + (TF + (y * y * horner(y, aroundLeast) - TT));
    return start + (-0.5 * y + (y * horner(y, around1)) / horner(y, below1));
  }
  if (x < 8) {
    const whole = Math.floor(x);
    const y = x - whole;
    const part = 0.5 * y + (y * horner(y, upTo3)) / horner(y, below3);
    let product = 1;
    for (let k = 2; k < whole; k++) product *= y + k;
    return part + Math.log(product);
  }
  if (x >= 2 ** 58) return x * (Math.log(x) - 1);
  const z = 1 / x;
  const [constant = 0, ...series] = stirling;
  return (x - 0.5) * (Math.log(x) - 1) + (constant + z * horner(z * z, series));
}

// The zeros between -2 and -20, each as a double and its remainder.
const zeros: readonly (readonly [number, number])[] = [
  [-2.4570247382208006, -3.7075610815513266e-17],
  [-2.7476826467274127, 9.055340329338315e-17],
  [-3.14358088834998, -2.1818179852331714e-16],
  [-3.955294284858598, -1.999428391746348e-17],
  [-4.039361839740537, 2.1143995503980602e-16],
  [-4.991544640560048, 1.5174411760571722e-16],
  [-5.0082181683225935, -4.3926353491015815e-17],
  [-5.998607480080875, -3.311862478893795e-16],
  [-6.001385294453155, 6.415847287933042e-17],
  [-6.999801507890638, 1.0550130037400023e-17],
  [-7.000198333407325, 2.504354173632409e-16],
  [-7.999975197095821, -5.261737128572354e-17],
  [-8.000024800270682, -4.354586297860107e-16],
  [-8.999997244250977, -2.2185620509727132e-16],
  [-9.000002755714823, -9.491348611623208e-17],
  [-9.99999972442663, 4.883037618642443e-16],
  [-10.000000275573013, -3.4909708332642057e-16],
  [-10.99999997494789, 1.9843998306985407e-16],
  [-11.000000025052106, -6.850849812286175e-16],
  [-11.999999997912324, -1.0020693920103036e-16],
  [-12.000000002087676, 1.2222548112048185e-16],
  [-12.99999999983941, 6.747262033096337e-16],
  [-13.00000000016059, -6.745919484964342e-16],
  [-13.99999999998853, 8.094860741926607e-16],
  [-14.00000000001147, -8.094853704222662e-16],
  [-14.999999999999236, 8.82932241476868e-16],
  [-15.000000000000764, -8.829322382710274e-16],
  [-15.999999999999952, -1.668613399265054e-16],
  [-16.000000000000046, -1.6094954994609367e-15],
  [-16.999999999999996, -7.412564244549576e-16],
  [-17.000000000000004, 7.412564244550028e-16],
  [-18, 1.5619206968586225e-16],
  [-18, -1.5619206968586225e-16],
  [-19, 8.220635246624329e-18],
  [-19, -8.220635246624329e-18],
  [-20, 4.110317623312165e-19],
  [-20, -4.110317623312165e-19],
];

/**
 * ln |Γ(x)| - ln |Γ(x0)| near a zero x0, where d = x - x0 and the two parts of the reflection formula cancel (the
 * method of glibc's e_lgamma_r.c for negative arguments). By Γ(x) = π / (sin(πx) Γ(1 - x)).
 */
function fromZero(x: number, [high, low]: readonly [number, number]): number {
  const d = x - high - low;
  const turn = Math.PI * d;
  const sine = Math.sin(turn / 2);
  const slope = Math.sin(turn) / Math.tan(Math.PI * (x - Math.round(x)));
  const change = -2 * sine * sine - slope;
  // ln |sin(πx0) / sin(πx)|.
  let sum =
    Math.abs(change) < 0.5
      ? Math.log1p(change)
      : Math.log(
          Math.abs(
            Math.sin(Math.PI * (high - Math.round(high) + low)) /
              Math.sin(Math.PI * (x - Math.round(x))),
          ),
        );
  // ln Γ(y + d) - ln Γ(y): by the recurrence to 12 or more, then by Stirling's series.
  let y = 1 - x;
  for (; y < 12; y++) sum -= Math.log1p(d / y);
  const [a, b] = [1 / (y + d), 1 / y];
  sum += (y + d - 0.5) * Math.log1p(d * b) + d * Math.log(y) - d;
  // aᵏ - bᵏ for odd k.
  const first = -d * a * b;
  let difference = first;
  let power = b;
  for (let k = 1; k <= bernoulli.length; k++) {
    sum += (bernoulli[k - 1] / (2 * k * (2 * k - 1))) * difference;
    difference = a * a * difference + power * (a + b) * first;
    power *= b * b;
  }
  return sum;
}

/** ln |Γ(x)|. */
export function lgamma(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (!Number.isFinite(x)) return Infinity;
  if (x <= 0 && Number.isInteger(x)) return Infinity;
  if (x >= 0) return lgammaUp(x);
  if (x > -(2 ** -70)) return -Math.log(-x);
  const part = x - Math.round(x);
  const y = Math.log(Math.PI / Math.abs(Math.sin(Math.PI * part) * x)) - lgammaUp(-x);
  // Far from 0 the zeros lie next to the integers, where the function is steep.
  const near = x < -6.5 && Math.abs(part) < 1e-3 ? 10 : 1;
  if (x > -2 || x < -20.5 || Math.abs(y) > near) return y;
  let nearest = zeros[0];
  let least = Infinity;
  for (const zero of zeros) {
    const d = Math.abs(x - zero[0] - zero[1]);
    if (d < least) [least, nearest] = [d, zero];
  }
  return fromZero(x, nearest);
}

// digamma on [1, 2] is (x - ROOT) (Y + P(x - 1) / Q(x - 1)): Boost's digamma.hpp (Maddock 2006, Boost license).
const ROOT = [
  1569415565 / 1073741824,
  381566830 / 1073741824 / 1073741824,
  9.016312093258695e-20,
] as const;
const numerator = [
  0.25479851061131553, -0.3255503118680449, -0.6503185377089651, -0.28919126444774784,
  -0.04525132144873906, -0.002071332116774595,
];
const denominator = [
  1, 2.076711702373047, 1.4606242909763516, 0.43593529692665967, 0.054151797245674226,
  0.0021284987017821146, -5.578984132167551e-7,
];

/** digamma between 1 and 2, accurate near its zero. */
function digammaMiddle(x: number): number {
  const apart = x - ROOT[0] - ROOT[1] - ROOT[2];
  const rest = horner(x - 1, numerator) / horner(x - 1, denominator);
  return apart * 0.9955816268920898 + apart * rest;
}

/** The n-th derivative of digamma: asymptotic series from 15 + n on (A&S 6.3.18, 6.4.11). */
export function polygamma(n: number, x: number): number {
  if (Number.isNaN(x) || n < 0 || !Number.isInteger(n)) return NaN;
  if (x <= 0 && x === Math.trunc(x)) {
    if (n === 0) return x === 0 ? (Object.is(x, -0) ? Infinity : -Infinity) : NaN;
    if (n === 1 && x === -Infinity) return NaN;
    return n % 2 === 0 ? -Infinity : Infinity;
  }
  if (n === 0 && x > -0.5 && x < 3) {
    if (x > 2) return digammaMiddle(x - 1) + 1 / (x - 1);
    if (x < 0) return digammaMiddle(x + 2) - 1 / (x + 1) - 1 / x;
    return x < 1 ? digammaMiddle(x + 1) - 1 / x : digammaMiddle(x);
  }
  if (n === 0 && x < 0)
    return polygamma(0, 1 - x) - Math.PI / Math.tan(Math.PI * (x - Math.round(x)));
  if (n === 1 && x < 0) {
    return (Math.PI / Math.sin(Math.PI * (x - Math.round(x)))) ** 2 - polygamma(1, 1 - x);
  }
  let factorial = 1;
  for (let k = 2; k <= n; k++) factorial *= k;
  const sign = n % 2 === 0 ? -1 : 1;
  if (x < 0) {
    // The sum over all integers k of (x + k)^(-n-1) minus the terms below 0. The whole sum depends on x's distance to
    // the nearest integer only, and its terms are paired so that they cancel halfway between two integers.
    const part = x - Math.round(x);
    const a = Math.abs(part);
    const nearest = factorial * (sign / a ** (n + 1) + 1 / (1 - a) ** (n + 1));
    const all = nearest + polygamma(n, 1 + a) + sign * polygamma(n, 2 - a);
    return (part < 0 && n % 2 === 0 ? -all : all) - sign * polygamma(n, 1 - x);
  }
  let y = x;
  let sum = 0;
  // ψₙ(y) = ψₙ(y + 1) - (-1)ⁿ n! y^(-n-1)
  while (y < 15 + n) sum += (sign * factorial) / (y++) ** (n + 1);
  let tail = 0;
  if (n === 0) {
    for (let k = bernoulli.length; k >= 1; k--) {
      tail = (tail + bernoulli[k - 1] / (2 * k)) / (y * y);
    }
    return sum + Math.log(y) - 1 / (2 * y) - tail;
  }
  // Σ B₂ₖ (2k+n-1)! / ((2k)! y^(2k+n))
  let coefficient = (factorial * (n + 1)) / 2;
  for (let k = 1; k <= bernoulli.length; k++) {
    tail += (bernoulli[k - 1] * coefficient) / y ** (2 * k + n);
    coefficient *= ((2 * k + n) * (2 * k + n + 1)) / ((2 * k + 1) * (2 * k + 2));
  }
  const head = factorial / n / y ** n + factorial / (2 * y ** (n + 1));
  return sum + sign * (head + tail);
}
