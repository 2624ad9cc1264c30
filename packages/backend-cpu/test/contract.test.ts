// Matrix products compared with core's own backend: every layout, edge size, dtype and instruction set.
import { type AxisGroup, type Contraction, cpuBackend, type View } from '@dl/core';
import { describe, expect, it } from 'vitest';
import { addon, difference, isas, type NativeDType, native, random, twin, view } from './helper.js';

const next = random(7);
const value = (): number => next() * 2 - 1;

interface Shapes {
  readonly batch: readonly number[];
  readonly row: readonly number[];
  readonly column: readonly number[];
  readonly sum: readonly number[];
}

type Order = 'forward' | 'backward';

/** Operands whose axes are in memory in the groups' order or in reverse. */
function operands(
  { batch, row, column, sum }: Shapes,
  dtype: NativeDType,
  orders: readonly [Order, Order, Order],
): { spec: Contraction; a: View; b: View; out: View } {
  const lay = (shape: readonly number[], order: Order): View =>
    view(shape, dtype, order === 'forward' ? 'dense' : 'reversed-order', value);
  const a = lay([...batch, ...row, ...sum], orders[0]);
  const b = lay([...batch, ...sum, ...column], orders[1]);
  const out = lay([...batch, ...row, ...column], orders[2]);
  const part = (x: View, from: number, n: number): number[] => [...x.strides].slice(from, from + n);
  const none = (n: number): number[] => new Array<number>(n).fill(0);
  const [nb, nr, nc, ns] = [batch.length, row.length, column.length, sum.length];
  const group = (sizes: readonly number[], x: number[], y: number[], o: number[]): AxisGroup => ({
    sizes,
    a: x,
    b: y,
    out: o,
  });
  return {
    a,
    b,
    out,
    spec: {
      batch: group(batch, part(a, 0, nb), part(b, 0, nb), part(out, 0, nb)),
      row: group(row, part(a, nb, nr), none(nr), part(out, nb, nr)),
      column: group(column, none(nc), part(b, nb + ns, nc), part(out, nb + nr, nc)),
      sum: group(sum, part(a, nb + nr, ns), part(b, nb, ns), none(ns)),
    },
  };
}

function check(shapes: Shapes, dtype: NativeDType, orders: readonly [Order, Order, Order]): void {
  const { spec, a, b, out } = operands(shapes, dtype, orders);
  const expected = twin(out);
  cpuBackend.contract(spec, a, b, expected);
  native.contract(spec, a, b, out);
  const depth = shapes.sum.reduce((n, s) => n * s, 1);
  const limit = (dtype === 'float32' ? 6e-8 : 1.2e-16) * (4 + Math.sqrt(depth) * 20);
  // The whole buffers are compared: memory around the output must not change.
  expect(difference(out, expected), JSON.stringify({ shapes, orders })).toBeLessThan(limit);
}

const directions: readonly Order[] = ['forward', 'backward'];
const allOrders = directions.flatMap((x) =>
  directions.flatMap((y) => directions.map((z) => [x, y, z] as const)),
);

describe.each(isas)('%s', (isa) => {
  it.each(['float32', 'float64'] as const)(
    'multiplies matrices of every edge size, %s',
    (dtype) => {
      addon.isa(isa);
      const sizes = [1, 2, 7, 16, 33];
      for (const m of sizes) {
        for (const n of sizes) {
          for (const k of [1, 5, 16, 37]) {
            for (const orders of allOrders) {
              check({ batch: [], row: [m], column: [n], sum: [k] }, dtype, orders);
            }
          }
        }
      }
    },
  );

  it('multiplies where two dimensions are small, without packing', () => {
    addon.isa(isa);
    const triples = [
      [400, 4, 2],
      [400, 1, 4],
      [400, 4, 1],
      [301, 16, 3],
      [301, 17, 3],
      [4, 2, 400],
      [1, 4, 401],
      [7, 9, 333],
      [16, 4, 65],
      [17, 3, 65],
      [64, 1, 65],
      [3, 70, 8],
      [2, 31, 32],
    ];
    for (const [m, n, k] of triples) {
      for (const [rows, columns] of [
        [m, n],
        [n, m],
      ]) {
        for (const dtype of ['float32', 'float64'] as const) {
          for (const orders of allOrders) {
            check({ batch: [], row: [rows], column: [columns], sum: [k] }, dtype, orders);
          }
        }
      }
    }
  });

  it('multiplies large matrices, cut in blocks every way', () => {
    addon.isa(isa);
    for (const [m, n, k] of [
      [201, 150, 700],
      [29, 2100, 40],
      [430, 64, 330],
      [1, 3000, 70],
      [1, 40, 3000],
      [3000, 1, 50],
      [1, 3, 100_000],
    ]) {
      for (const orders of allOrders) {
        check({ batch: [], row: [m], column: [n], sum: [k] }, 'float32', orders);
      }
    }
  });

  it('accepts groups of several axes, batches, and empty sums', () => {
    addon.isa(isa);
    for (const orders of allOrders) {
      check({ batch: [3], row: [4, 5], column: [2, 3, 4], sum: [3, 5] }, 'float32', orders);
      check({ batch: [2, 9], row: [16], column: [33], sum: [20] }, 'float32', orders);
      check({ batch: [64], row: [20], column: [30], sum: [40] }, 'float64', orders);
      check({ batch: [2], row: [3], column: [4], sum: [0] }, 'float32', orders);
      check({ batch: [], row: [], column: [5], sum: [6] }, 'float32', orders);
      check({ batch: [], row: [], column: [], sum: [6, 2] }, 'float32', orders);
    }
  });

  it.each([
    { n: 2, c: 3, size: [12, 11], filters: 4, kernel: [3, 3], step: 1 },
    { n: 2, c: 3, size: [12, 11], filters: 4, kernel: [3, 3], step: 2 },
    { n: 3, c: 2, size: [18, 19], filters: 6, kernel: [5, 5], step: 1 },
    { n: 5, c: 4, size: [14, 14], filters: 31, kernel: [5, 5], step: 1 },
    { n: 1, c: 1, size: [40, 70], filters: 1, kernel: [2, 7], step: 1 },
    { n: 2, c: 40, size: [10, 10], filters: 130, kernel: [3, 3], step: 1 },
    { n: 64, c: 1, size: [32, 32], filters: 6, kernel: [5, 5], step: 1 },
  ])('reads an unfolded image in place: %o', ({ n, c, size, filters, kernel, step }) => {
    addon.isa(isa);
    const [sy, sx] = size;
    const [ky, kx] = kernel;
    const [h, w] = [Math.floor((sy - ky) / step) + 1, Math.floor((sx - kx) / step) + 1];
    for (const dtype of ['float32', 'float64'] as const) {
      for (const order of ['dense', 'reversed-order'] as const) {
        const x = view([n, c, sy, sx], dtype, 'dense', value);
        const f = view([filters, c, ky, kx], dtype, 'dense', value);
        const out = view([n, filters, h, w], dtype, order, value);
        const [on, of, oy, ox] = out.strides;
        const [xn, xc, xy] = x.strides;
        const spec: Contraction = {
          batch: { sizes: [], a: [], b: [], out: [] },
          row: { sizes: [n, h, w], a: [xn, xy * step, step], b: [0, 0, 0], out: [on, oy, ox] },
          column: { sizes: [filters], a: [0], b: [f.strides[0]], out: [of] },
          sum: { sizes: [c, ky, kx], a: [xc, xy, 1], b: f.strides.slice(1), out: [0, 0, 0] },
        };
        const expected = twin(out);
        cpuBackend.contract(spec, x, f, expected);
        native.contract(spec, x, f, out);
        const limit = (dtype === 'float32' ? 6e-8 : 1.2e-16) * (4 + Math.sqrt(c * ky * kx) * 8);
        expect(difference(out, expected)).toBeLessThan(limit);
      }
    }
  });

  it('computes the gradient of filters: a small result of long sums', () => {
    addon.isa(isa);
    // Filters of 3 × 2 × 5 × 5 from 20 images of 16 × 16; and sums that do not divide evenly into pieces.
    const x = view([20, 2, 16, 16], 'float32', 'dense', value);
    const g = view([20, 3, 12, 12], 'float32', 'dense', value);
    const spec: Contraction = {
      batch: { sizes: [], a: [], b: [], out: [] },
      row: { sizes: [2, 5, 5], a: [256, 16, 1], b: [0, 0, 0], out: [25, 5, 1] },
      column: { sizes: [3], a: [0], b: [144], out: [50] },
      sum: { sizes: [20, 12, 12], a: [512, 16, 1], b: [432, 12, 1], out: [0, 0, 0] },
    };
    const outs = [1, 2].map((threads) => {
      addon.threads(threads);
      const out = view([3, 2, 5, 5], 'float32', 'dense', () => 4);
      const expected = twin(out);
      cpuBackend.contract(spec, x, g, expected);
      native.contract(spec, x, g, out);
      expect(difference(out, expected)).toBeLessThan(3e-5);
      return out;
    });
    expect(difference(outs[0], outs[1])).toBe(0);
    for (const orders of allOrders) {
      check({ batch: [], row: [5], column: [37], sum: [9001] }, 'float32', orders);
      check({ batch: [2], row: [100], column: [17], sum: [2048] }, 'float64', orders);
    }
  });

  it('propagates NaN and infinity only to the results that depend on them', () => {
    addon.isa(isa);
    const shapes = { batch: [], row: [20], column: [37], sum: [19] };
    const { spec, a, b, out } = operands(shapes, 'float32', ['forward', 'forward', 'forward']);
    (a.buffer as Float32Array)[a.offset + 3 * 19 + 4] = NaN;
    (b.buffer as Float32Array)[b.offset + 5 * 37 + 36] = Infinity;
    const expected = twin(out);
    cpuBackend.contract(spec, a, b, expected);
    native.contract(spec, a, b, out);
    expect(difference(out, expected)).toBeLessThan(2e-6);
  });
});
