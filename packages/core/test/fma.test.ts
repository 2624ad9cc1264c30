// The fused multiply-add against exact integer arithmetic.
import { describe, expect, it } from 'vitest';
import { fma32, fma64 } from '../src/fma.js';

// Every value here is an integer times 2^-SCALE, so that sums and products are exact as bigints.
const SCALE = 300n;

function exact(x: number): bigint {
  let shift = 0n;
  let y = x;
  while (!Number.isInteger(y)) {
    y *= 2;
    shift += 1n;
  }
  return (BigInt(y) << SCALE) >> shift;
}

/** `value * 2^-scale`, rounded to the nearest float of so many digits, ties to even. */
function round(value: bigint, scale: bigint, digits: number): number {
  const size = value < 0n ? -value : value;
  const extra = BigInt(Math.max(0, size.toString(2).length - digits));
  let kept = size >> extra;
  const rest = size - (kept << extra);
  const half = extra > 0n ? 1n << (extra - 1n) : 1n;
  if (rest > half || (rest === half && extra > 0n && (kept & 1n) === 1n)) kept += 1n;
  const result = Number(kept) * 2 ** Number(extra - scale);
  return value < 0n ? -result : result;
}

const fma = (a: number, b: number, c: number, digits: number): number =>
  round(exact(a) * exact(b) + (exact(c) << SCALE), 2n * SCALE, digits);

/** A reproducible stream of numbers of mixed size and sign, with runs of zero and one bits. */
function* values(digits: number): Generator<number> {
  let state = 12345n;
  for (;;) {
    state = (state * 6364136223846793005n + 1442695040888963407n) & (2n ** 64n - 1n);
    const kind = Number(state >> 60n);
    let bits = (state >> 8n) & ((1n << BigInt(digits)) - 1n);
    if (kind % 4 === 1) bits &= ~((1n << BigInt(digits >> 1)) - 1n);
    if (kind % 4 === 2) bits |= (1n << BigInt(digits >> 1)) - 1n;
    if (kind % 4 === 3) bits = (1n << BigInt(kind + 2)) + 1n;
    const sign = (state >> 59n) & 1n ? -1 : 1;
    yield sign * Number(bits) * 2 ** (-digits - (Number(state >> 54n) & 31));
  }
}

describe.each([
  ['fma32', fma32, 24],
  ['fma64', fma64, 53],
] as const)('%s', (_, compute, digits) => {
  it('rounds once, for 20,000 mixed operands', () => {
    const stream = values(digits);
    const next = (): number => stream.next().value;
    for (let i = 0; i < 20000; i++) {
      const a = next();
      const b = next();
      const c = next();
      if (!Object.is(compute(a, b, c), fma(a, b, c, digits) + 0)) {
        expect([a, b, c, compute(a, b, c)]).toEqual([a, b, c, fma(a, b, c, digits)]);
      }
    }
  });

  it('overflows, and propagates infinities and NaN, as a plain sum does', () => {
    const huge = digits === 24 ? 3e38 : 1.7e308;
    for (const [a, b, c, result] of [
      [huge, 2, -1e-40, Infinity],
      [huge, 2, 1e-40, Infinity],
      [-huge, 2, 1e-40, -Infinity],
      [1, 1, Infinity, Infinity],
      [2, 3, -Infinity, -Infinity],
      [1, huge, huge, Infinity],
      [Infinity, 0, 1, NaN],
      [Infinity, 1, -Infinity, NaN],
      [1, 2, NaN, NaN],
    ] as const) {
      expect(digits === 24 ? Math.fround(compute(a, b, c)) : compute(a, b, c)).toBe(result);
    }
  });

  it('handles ties that double rounding gets wrong', () => {
    // Products slightly above and below a power of two: (2x² + 2x + 1)(2x² - 2x + 1) = 4x⁴ + 1, and (y + 1)(y - 1) = y²
    // - 1. Scaled to half a unit of c, the small difference decides the rounding.
    const [x, y] = digits === 24 ? [2 ** 11, 2 ** 23] : [2 ** 25, 2 ** 52];
    const above = [2 * x * x + 2 * x + 1, 2 * x * x - 2 * x + 1, 4 * x ** 4];
    const below = [y + 1, y - 1, y * y];
    const unit = 2 ** (1 - digits);
    let wrongTwice = 0;
    for (const [a, b, power] of [above, below]) {
      const scaled = (b / power) * (unit / 2);
      for (let k = 0; k < 16; k++) {
        const c = 1 + k * unit;
        for (const [u, v, w] of [
          [a, scaled, c],
          [a, -scaled, c],
          [-a, scaled, -c],
          [scaled, a, -c],
          [a, scaled * 2 ** -40, c * 2 ** -40],
        ]) {
          const want = fma(u, v, w, digits);
          expect(compute(u, v, w)).toBe(want);
          const twice = digits === 24 ? Math.fround(u * v + w) : u * v + w;
          if (twice !== want) wrongTwice += 1;
        }
      }
    }
    expect(wrongTwice).toBeGreaterThan(40);
  });
});
