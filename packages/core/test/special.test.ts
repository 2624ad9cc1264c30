// Special functions and half types, against PyTorch and mpmath.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  digamma,
  erf,
  fromTypedArray,
  lgamma,
  scalar,
  type Tensor,
  tensor,
  unary,
} from '../src/index.js';
import goldens from './fixtures/core.json' with { type: 'json' };

const polygamma = (n: number): ((x: Tensor) => Tensor) =>
  unary(`polygamma${n}`, { operands: 'float', expr: (x) => scalar.polygamma(n, x) });

const functions: Record<string, (x: Tensor) => Tensor> = {
  erf,
  lgamma,
  digamma,
  polygamma1: polygamma(1),
  polygamma2: polygamma(2),
  polygamma3: polygamma(3),
  polygamma4: polygamma(4),
};
const read = (v: number | string): number =>
  typeof v === 'number' ? v : v === 'inf' ? Infinity : v === '-inf' ? -Infinity : NaN;

describe('special functions in float64', () => {
  for (const [name, f] of Object.entries(functions)) {
    const rows = (
      goldens.special as unknown as Record<string, [number | string, number | string][]>
    )[name];
    // The logarithm of gamma crosses 0 at 1 and 2.
    const atol = name === 'lgamma' ? 5e-15 : 1e-15;
    it.each(rows)(`${name}(%d) is %d`, (x, y) => {
      const got = f(tensor(read(x), { dtype: 'float64' })).item();
      const expected = read(y);
      if (!Number.isFinite(expected)) expect(got).toBe(expected);
      else expect(Math.abs(got - expected)).toBeLessThanOrEqual(atol + 5e-13 * Math.abs(expected));
    });
  }
});

const sha = (a: Uint16Array | Uint32Array): string =>
  createHash('sha256')
    .update(new Uint8Array(a.buffer, a.byteOffset, a.byteLength))
    .digest('hex');

describe.each(['float16', 'bfloat16'] as const)('%s', (dtype) => {
  const patterns = new Uint16Array(65536).map((_, i) => i);
  const nan = dtype === 'float16' ? 0x7e00 : 0x7fc0;
  const isNan = (bits: number): boolean =>
    dtype === 'float16' ? (bits & 0x7fff) > 0x7c00 : (bits & 0x7fff) > 0x7f80;

  it('convert all 65536 patterns as PyTorch does', () => {
    const values = fromTypedArray(patterns, null, { dtype }).to('float32').data() as Float32Array;
    const bits = new Uint32Array(values.buffer).map((b, i) =>
      Number.isNaN(values[i]) ? 0x7fc00000 : b,
    );
    expect(sha(bits)).toBe(goldens.halves[dtype].values);
  });

  it('round float32 as PyTorch does', () => {
    const bits = new Uint32Array(65536).map((_, i) => (i * 65537 + 12345) >>> 0);
    const x = fromTypedArray(new Float32Array(bits.buffer));
    const got = (x.to(dtype).data() as Uint16Array).map((b) => (isNan(b) ? nan : b));
    expect(sha(got)).toBe(goldens.halves[dtype].bits);
  });

  it('survive a round trip through float32 and float64', () => {
    const x = fromTypedArray(patterns, null, { dtype });
    for (const wide of ['float32', 'float64'] as const) {
      const back = x.to(wide).to(dtype).data() as Uint16Array;
      const wrong = Array.from(back).findIndex((b, i) => (isNan(i) ? !isNan(b) : b !== i));
      expect(wrong).toBe(-1);
    }
  });
});
