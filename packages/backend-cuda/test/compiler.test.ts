// The targets of a device's kernels, and the products that cuBLAS can compute.
import type { Contraction, View } from '@dl/core';
import { describe, expect, it } from 'vitest';
import { targetFor } from '../src/compiler.js';
import { gemmOf } from '../src/kernels/gemm.js';
import { CudaBuffer } from '../src/runtime.js';

describe('the target', () => {
  const archs = [75, 80, 86, 89, 90, 100, 120];
  it('is the device itself, or the nearest older one of its generation', () => {
    expect(targetFor(90, archs)).toEqual({ option: '--gpu-architecture=sm_90', binary: true });
    expect(targetFor(87, archs)).toEqual({ option: '--gpu-architecture=sm_86', binary: true });
  });
  it('is PTX if the device is newer than the compiler', () => {
    expect(targetFor(130, archs)).toEqual({
      option: '--gpu-architecture=compute_120',
      binary: false,
    });
  });
  it('is an error if the compiler no longer supports the device', () => {
    expect(() => targetFor(70, archs)).toThrow(
      /compute capability 7\.0.*75 and later.*DL_CUDA_NVRTC/,
    );
  });
});

/** A product of small strided matrices by definition, and by the arguments for cuBLAS. */
describe('a product for cuBLAS', () => {
  const view = (count: number, handle: number): View => ({
    buffer: new CudaBuffer(handle, 0),
    dtype: 'float32',
    shape: [count],
    strides: [1],
    offset: handle,
    count,
    dense: true,
  });
  const group = (size: number, a: number, b: number, out: number): Contraction['row'] => ({
    sizes: [size],
    a: [a],
    b: [b],
    out: [out],
  });
  const none = { sizes: [], a: [], b: [], out: [] };

  /** The result that cuBLAS would compute, in its own convention. */
  function byBlas(numbers: readonly number[], data: Record<number, number[]>, out: number[]): void {
    const [, , ta, tb, m, n, k, lda, sa, ldb, sb, ldc, sc, batch, ha, oa, hb, ob, , oc] = numbers;
    for (let q = 0; q < batch; q++) {
      for (let j = 0; j < n; j++) {
        for (let i = 0; i < m; i++) {
          let sum = 0;
          for (let l = 0; l < k; l++) {
            const x = data[ha][oa + q * sa + (ta ? i * lda + l : l * lda + i)];
            const y = data[hb][ob + q * sb + (tb ? l * ldb + j : j * ldb + l)];
            sum += x * y;
          }
          out[oc + q * sc + j * ldc + i] = sum;
        }
      }
    }
  }

  const shapes = [
    [3, 4, 5],
    [1, 4, 5],
    [3, 1, 5],
    [3, 4, 1],
    [1, 1, 1],
    [1, 1, 6],
  ] as const;
  const orders = [0, 1, 2, 3, 4, 5, 6, 7];
  it.each(shapes)('of %i by %i over %i in every memory order', (m, n, k) => {
    for (const order of orders) {
      const [ta, tb, tc] = [order & 1, order & 2, order & 4];
      const spec: Contraction = {
        batch: group(2, m * k, 0, m * n),
        row: group(m, ta ? 1 : k, 0, tc ? 1 : n),
        column: group(n, 0, tb ? k : 1, tc ? m : 1),
        sum: group(k, ta ? m : 1, tb ? 1 : n, 0),
      };
      const fill = (count: number, seed: number): number[] =>
        Array.from({ length: count + 3 }, (_, i) => Math.sin(i * 1.7 + seed));
      const data = { 1: fill(2 * m * k, 1), 2: fill(k * n, 2) };
      const gemm = gemmOf(spec, view(2 * m * k, 1), view(k * n, 2), view(2 * m * n, 3), false);
      expect(gemm).not.toBeNull();
      const got = new Array<number>(2 * m * n + 3).fill(NaN);
      byBlas((gemm as { numbers: readonly number[] }).numbers, data, got);
      for (let q = 0; q < 2; q++) {
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let l = 0; l < k; l++) {
              sum +=
                data[1][1 + q * m * k + i * spec.row.a[0] + l * spec.sum.a[0]] *
                data[2][2 + j * spec.column.b[0] + l * spec.sum.b[0]];
            }
            const at = 3 + q * m * n + i * spec.row.out[0] + j * spec.column.out[0];
            expect(got[at]).toBeCloseTo(sum, 10);
          }
        }
      }
    }
  });

  it('is refused if the strides are not those of matrices', () => {
    const good = (): Contraction => ({
      batch: none,
      row: group(3, 5, 0, 4),
      column: group(4, 0, 1, 1),
      sum: group(5, 1, 4, 0),
    });
    const views = [view(15, 1), view(20, 2), view(12, 3)] as const;
    expect(gemmOf(good(), ...views, false)).not.toBeNull();
    // Overlapping windows, steps, repeated rows, a strided output, integers.
    const bad: Contraction[] = [
      { ...good(), row: group(3, 2, 0, 4) },
      { ...good(), sum: group(5, 2, 4, 0), row: group(3, 10, 0, 4) },
      { ...good(), row: group(3, 0, 0, 4) },
      { ...good(), row: group(3, 5, 0, 8), column: group(4, 0, 1, 2) },
      { ...good(), row: { sizes: [3, 2], a: [5, 100], b: [0, 0], out: [8, 4] } },
    ];
    for (const spec of bad) expect(gemmOf(spec, ...views, false)).toBeNull();
    const whole = views.map((v) => ({ ...v, dtype: 'int32' as const })) as [View, View, View];
    expect(gemmOf(good(), ...whole, false)).toBeNull();
  });
});
