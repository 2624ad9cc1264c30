// The elementary functions' errors in units in the last place, compared with double precision and the C library.
import { describe, expect, it } from 'vitest';
import { addon, isas, native, random, view } from './helper.js';
import { single } from './programs.js';

const next = random(5);

/** erf by its series and continued fraction, in double precision. */
function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 3) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let fraction = 0;
  for (let k = 60; k >= 1; k--) fraction = k / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
}

const functions = {
  exp: { of: Math.exp, from: -104, to: 89, ulp: 1.5, ulp64: 1.5 },
  expm1: { of: Math.expm1, from: -20, to: 88, ulp: 2, ulp64: 2 },
  log: { of: Math.log, from: 0, to: 100, ulp: 1.5, ulp64: 1.5 },
  log1p: { of: Math.log1p, from: -0.9999, to: 50, ulp: 2, ulp64: 2.5 },
  sin: { of: Math.sin, from: -200, to: 200, ulp: 1, ulp64: 1.5 },
  cos: { of: Math.cos, from: -200, to: 200, ulp: 1, ulp64: 1.5 },
  tanh: { of: Math.tanh, from: -12, to: 12, ulp: 2, ulp64: 3 },
  erf: { of: erf, from: -5, to: 5, ulp: 1.5, ulp64: Infinity },
} as const;

/** A unit in the last place at `x`. */
function unit(x: number, digits: number, least: number): number {
  const a = Math.abs(x);
  if (a === 0) return least;
  return Math.max(2 ** (Math.floor(Math.log2(a)) - digits), least);
}

describe.each(isas)('%s', (isa) => {
  it.each(Object.keys(functions) as (keyof typeof functions)[])('%s', (name) => {
    addon.isa(isa);
    const { of, from, to, ulp, ulp64 } = functions[name];
    for (const dtype of ['float32', 'float64'] as const) {
      // Over the whole range, and close to 0 on a logarithmic scale.
      const n = 20_000;
      const x = view([n], dtype, 'dense', (i) => {
        if (i % 2 === 0) return from + (to - from) * next();
        const small = Math.exp(-30 * next());
        return from < 0 && i % 4 === 1 ? -small * Math.min(1, -from) : small;
      });
      const out = view([n], dtype, 'dense', () => 0);
      native.map(single(name, [dtype], dtype), [x], [out], []);
      const [a, b] = [x.buffer as Float64Array, out.buffer as Float64Array];
      let worst = 0;
      let where = 0;
      for (let i = x.offset; i < x.offset + n; i++) {
        const exact = of(a[i]);
        if (dtype === 'float32' && Math.fround(exact) === b[i]) continue;
        const u = dtype === 'float32' ? unit(exact, 23, 2 ** -149) : unit(exact, 52, 2 ** -1074);
        const error = Math.abs(b[i] - exact) / u;
        if (!(error <= worst)) [worst, where] = [error, a[i]];
      }
      expect(worst, `${name} at ${where}`).toBeLessThanOrEqual(dtype === 'float32' ? ulp : ulp64);
    }
  });

  it('handle special values as JavaScript does', () => {
    addon.isa(isa);
    const special = [
      0,
      -0,
      NaN,
      Infinity,
      -Infinity,
      1e-45,
      -1e-45,
      3e38,
      -3e38,
      -1,
      1,
      88.8,
      -104,
      1e30,
    ];
    for (const dtype of ['float32', 'float64'] as const) {
      for (const [name, { of }] of Object.entries(functions)) {
        const x = view([special.length], dtype, 'dense', (i) => special[(i - 5 + 14) % 14]);
        const out = view([special.length], dtype, 'dense', () => 0);
        native.map(single(name as 'exp', [dtype], dtype), [x], [out], []);
        for (let i = 5; i < 5 + special.length; i++) {
          const given = (x.buffer as Float64Array)[i];
          const exact = Number.isNaN(given) ? NaN : of(given);
          const got = (out.buffer as Float64Array)[i];
          const wanted = dtype === 'float32' ? Math.fround(exact) : exact;
          const close = Math.abs(got - wanted) <= Math.abs(wanted) * 3e-7;
          expect(
            Object.is(got, wanted) || (close && wanted !== 0),
            `${name}(${given}) = ${got}`,
          ).toBe(true);
        }
      }
    }
  });
});
