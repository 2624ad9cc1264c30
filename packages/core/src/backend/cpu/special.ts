// Special functions in double precision, from their series and recurrences.

/** Nearest integer, halves to the even one. */
export function roundEven(x: number): number {
  const r = Math.round(x);
  return r - x === 0.5 && r % 2 !== 0 ? r - 1 : r;
}

/**
 * The error function. Below 3 by the series `2/√π · e^(-x²) · Σ 2ⁿx^(2n+1)/(1·3·…·(2n+1))`, whose
 * terms are all positive; above by the continued fraction of the complement (Abramowitz & Stegun
 * 7.1.6 and 7.1.14).
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (!(a >= 3)) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let fraction = 0;
  for (let k = 60; k >= 1; k--) fraction = k / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
}

// Bernoulli numbers B2, B4, … B16.
const bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510];

/** ln |Γ(x)|: Stirling's series from 12 on, reached by the recurrence (A&S 6.1.41). */
export function lgamma(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (!Number.isFinite(x)) return Infinity;
  if (x <= 0 && Number.isInteger(x)) return Infinity;
  if (x < 0.5) {
    return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * (x % 2)))) - lgamma(1 - x);
  }
  if (x === 1 || x === 2) return 0;
  let product = 1;
  let y = x;
  while (y < 12) product *= y++;
  let series = 0;
  for (let k = bernoulli.length; k >= 1; k--) {
    series = series / (y * y) + (bernoulli[k - 1] as number) / (2 * k * (2 * k - 1));
  }
  return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series / y - Math.log(product);
}

/** The n-th derivative of digamma: asymptotic series from 15 + n on (A&S 6.3.18, 6.4.11). */
export function polygamma(n: number, x: number): number {
  if (Number.isNaN(x) || n < 0 || !Number.isInteger(n)) return NaN;
  if (x <= 0 && Number.isInteger(x)) {
    if (n === 0) return x === 0 ? (Object.is(x, -0) ? Infinity : -Infinity) : NaN;
    return Infinity;
  }
  if (n === 0 && x < 0) return polygamma(0, 1 - x) - Math.PI / Math.tan(Math.PI * (x % 1));
  if (n === 1 && x < 0) return (Math.PI / Math.sin(Math.PI * x)) ** 2 - polygamma(1, 1 - x);
  let factorial = 1;
  for (let k = 2; k <= n; k++) factorial *= k;
  const sign = n % 2 === 0 ? -1 : 1;
  let y = x;
  let sum = 0;
  // ψₙ(y) = ψₙ(y + 1) - (-1)ⁿ n! y^(-n-1)
  while (y < 15 + n) sum += (sign * factorial) / (y++) ** (n + 1);
  let tail = 0;
  if (n === 0) {
    for (let k = bernoulli.length; k >= 1; k--) {
      tail = (tail + (bernoulli[k - 1] as number) / (2 * k)) / (y * y);
    }
    return sum + Math.log(y) - 1 / (2 * y) - tail;
  }
  // Σ B₂ₖ (2k+n-1)! / ((2k)! y^(2k+n))
  let coefficient = (factorial * (n + 1)) / 2;
  for (let k = 1; k <= bernoulli.length; k++) {
    tail += ((bernoulli[k - 1] as number) * coefficient) / y ** (2 * k + n);
    coefficient *= ((2 * k + n) * (2 * k + n + 1)) / ((2 * k + 1) * (2 * k + 2));
  }
  const head = factorial / n / y ** n + factorial / (2 * y ** (n + 1));
  return sum + sign * (head + tail);
}
