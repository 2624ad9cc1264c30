// Reductions, scans, sorting, gather and scatter compared with core's own backend.
import { type ArgReducer, cpuBackend, IndexError, type Reducer, type View } from '@dl/core';
import { describe, expect, it } from 'vitest';
import {
  addon,
  difference,
  isas,
  type Layout,
  type NativeDType,
  native,
  random,
  twin,
  view,
} from './helper.js';
import { input, make, program } from './programs.js';

const next = random(23);
const layouts: readonly Layout[] = ['dense', 'permuted', 'stepped', 'broadcast'];
const reducers: readonly (Reducer | ArgReducer)[] = [
  'sum',
  'prod',
  'min',
  'max',
  'argmin',
  'argmax',
];
const value = (): number => next() * 2 - 1;
/** Few different values, so that there are ties, and occasional NaN. */
const coarse = (i: number): number => (i % 97 === 96 ? NaN : Math.floor(next() * 8) - 4);

const kept = (shape: readonly number[], axes: readonly number[]): number[] =>
  shape.map((n, d) => (axes.includes(d) ? 1 : n));

const shapes: readonly (readonly [readonly number[], readonly (readonly number[])[]])[] = [
  [[5], [[0]]],
  [[1], [[0]]],
  [[3000], [[0]]],
  [[200_000], [[0]]],
  [
    [40, 30],
    [[0], [1], [0, 1]],
  ],
  [
    [3, 700],
    [[0], [1], [0, 1]],
  ],
  [
    [900, 3],
    [[0], [1], [0, 1]],
  ],
  [
    [4000, 40],
    [[0], [1]],
  ],
  [[5000, 4], [[0]]],
  [[900, 8], [[0]]],
  [[300, 256], [[0]]],
  [
    [6, 5, 4],
    [[0], [1], [2], [0, 2], [1, 2], [0, 1, 2]],
  ],
  [
    [2, 300, 130],
    [[0], [1], [2], [0, 2]],
  ],
];

describe.each(isas)('%s', (isa) => {
  it.each(reducers)('%s over any axes', (reducer) => {
    addon.isa(isa);
    const arg = reducer.startsWith('arg');
    for (const [shape, lists] of shapes) {
      for (const layout of layouts) {
        for (const fill of [value, coarse]) {
          if (reducer === 'prod' && fill === coarse) continue;
          const x = view(shape, 'float32', layout, fill);
          for (const axes of lists) {
            const out = view(kept(shape, axes), arg ? 'int32' : 'float32', 'dense', () => 3);
            const expected = twin(out);
            native.reduce(program.identity, reducer, [x], shape, axes, out, []);
            cpuBackend.reduce(program.identity, reducer, [x], shape, axes, expected, []);
            // Signed terms of a float32 sum: its error grows like that of a random walk.
            const terms = axes.reduce((n, d) => n * shape[d], 1);
            const limit =
              reducer === 'sum' ? 1.5e-7 * Math.sqrt(terms) : reducer === 'prod' ? 3e-7 : 0;
            const where = `${shape} over ${axes}, ${layout}`;
            expect(difference(out, expected), where).toBeLessThanOrEqual(limit);
          }
        }
      }
    }
  });

  it('runs the program before reducing', () => {
    addon.isa(isa);
    for (const [shape, lists] of shapes) {
      for (const axes of lists) {
        const x = view(shape, 'float32', 'permuted', value);
        const y = view(shape, 'float32', 'broadcast', value);
        const out = view(kept(shape, axes), 'float32', 'dense', () => 3);
        const expected = twin(out);
        native.reduce(program.squares, 'sum', [x, y], shape, axes, out, []);
        cpuBackend.reduce(program.squares, 'sum', [x, y], shape, axes, expected, []);
        expect(difference(out, expected), `${shape} over ${axes}`).toBeLessThanOrEqual(2e-7);
      }
    }
  });

  it('sums float32 to within a unit in the last place, however long the sum', () => {
    addon.isa(isa);
    const n = 300_000;
    const x = view([n], 'float32', 'dense', (i) => (i % 2 === 0 ? 1e7 : 0.1));
    const out = view([1], 'float32', 'dense', () => 0);
    native.reduce(program.identity, 'sum', [x], [n], [0], out, []);
    let exact = 0;
    for (let i = 0; i < n; i++) exact += (x.buffer as Float32Array)[5 + i];
    expect(Math.abs((out.buffer as Float32Array)[5] / exact - 1)).toBeLessThan(2 ** -23);
  });

  it.each(['float64', 'int32', 'uint8', 'bool'] as const)('supports %s', (dtype) => {
    addon.isa(isa);
    const p = make({ inputs: [dtype], steps: [], outputs: [input(0, dtype)] });
    const fill = (i: number): number => (dtype === 'bool' ? i % 2 : Math.floor(next() * 100));
    for (const reducer of ['sum', 'min', 'max', 'argmax'] as const) {
      // A sum of bools or bytes is an int32 in core.
      if ((dtype === 'bool' || dtype === 'uint8') && reducer === 'sum') continue;
      for (const axes of [[0], [1]]) {
        const x = view([70, 90], dtype, 'dense', fill);
        const out = view(
          kept([70, 90], axes),
          reducer === 'argmax' ? 'int32' : dtype,
          'dense',
          () => 0,
        );
        const expected = twin(out);
        native.reduce(p, reducer, [x], [70, 90], axes, out, []);
        cpuBackend.reduce(p, reducer, [x], [70, 90], axes, expected, []);
        expect(difference(out, expected), `${reducer} ${axes}`).toBeLessThanOrEqual(1e-14);
      }
    }
  });

  it('scans along every axis', () => {
    addon.isa(isa);
    for (const dtype of ['float32', 'float64', 'int32'] as const) {
      for (const reducer of ['sum', 'prod', 'min', 'max'] as const) {
        for (const shape of [[50], [30, 40], [7, 300, 3], [1, 9]]) {
          for (let axis = 0; axis < shape.length; axis++) {
            const x = view(shape, dtype, 'permuted', dtype === 'int32' ? () => 1 : value);
            const out = view(shape, dtype, 'dense', () => 0);
            const expected = twin(out);
            native.scan(reducer, x, axis, out);
            cpuBackend.scan(reducer, x, axis, expected);
            expect(difference(out, expected), `${reducer} ${shape} ${axis}`).toBeLessThanOrEqual(
              1e-7,
            );
          }
        }
      }
    }
  });

  it('sorts stably, with NaN last and both zeros equal', () => {
    addon.isa(isa);
    const special = [NaN, 0, -0, Infinity, -Infinity, -1e-45, 1e-45];
    for (const dtype of ['float32', 'float64', 'int32', 'uint8'] as const) {
      const float = dtype.startsWith('float');
      for (const shape of [[5000], [40], [3, 2000], [50, 6], [9, 20, 4], [1]]) {
        for (let axis = 0; axis < shape.length; axis++) {
          for (const descending of [false, true]) {
            const x = view(shape, dtype, 'permuted', (i) => {
              if (float)
                return i % 5 === 0 ? special[i % 7] : i % 3 === 0 ? value() * 1e30 : i % 11;
              return dtype === 'int32' ? (next() - 0.5) * (i % 2 ? 2 ** 32 : 20) : next() * 256;
            });
            const [v, i] = [
              view(shape, dtype, 'dense', () => 0),
              view(shape, 'int32', 'dense', () => 0),
            ];
            const [v2, i2] = [twin(v), twin(i)];
            native.sort(x, axis, descending, v, i);
            cpuBackend.sort(x, axis, descending, v2, i2);
            expect(difference(i, i2), `${dtype} ${shape} ${axis}`).toBe(0);
            expect(difference(v, v2)).toBe(0);
          }
        }
      }
    }
  });
});

/** A gather or scatter along one axis of a matrix, as core would request it. */
function indexed(dtype: NativeDType, rows: number, columns: number, picks: number, whole: boolean) {
  const source = view([rows, columns], dtype, 'dense', (i) => (i * 7) % 250);
  const index = view(whole ? [picks] : [picks, columns], 'int32', 'dense', () =>
    Math.floor(next() * 2 * rows - rows),
  );
  // The moving axis has stride 0 in the indexed tensor.
  const moving: View = {
    ...source,
    shape: [picks, columns],
    strides: [0, 1],
    count: picks * columns,
    dense: false,
  };
  const broad: View = whole
    ? { ...index, shape: [picks, columns], strides: [1, 0], count: picks * columns, dense: false }
    : index;
  return { moving, indices: [{ index: broad, size: rows, stride: columns }] };
}

describe('gather and scatter', () => {
  it('agree with core', () => {
    for (const dtype of ['float32', 'float64', 'int32', 'uint8'] as const) {
      for (const whole of [true, false]) {
        for (const [rows, columns, picks] of [
          [10, 3, 20],
          [100, 600, 300],
          [50_000, 1, 60_000],
        ]) {
          const { moving, indices } = indexed(dtype, rows, columns, picks, whole);
          const out = view([picks, columns], dtype, 'dense', () => 1);
          const expected = twin(out);
          native.gather(moving, indices, out);
          cpuBackend.gather(moving, indices, expected);
          expect(difference(out, expected)).toBe(0);
          for (const combine of ['set', 'sum', 'min', 'max', 'prod'] as const) {
            const [a, b] = [twin(moving), twin(moving)];
            native.scatter(out, indices, a, combine);
            cpuBackend.scatter(out, indices, b, combine);
            expect(difference(a, b), `${dtype} ${combine} ${whole} ${rows}`).toBe(0);
          }
        }
      }
    }
  });

  it('refuse an index out of range before anything moves', () => {
    const { moving, indices } = indexed('float32', 10, 3, 20, true);
    const picked = indices[0].index.buffer as Int32Array;
    for (const bad of [10, -11, 2 ** 31 - 1, -(2 ** 31)]) {
      picked[5 + 7] = bad;
      const out = view([20, 3], 'float32', 'dense', () => 1);
      const before = twin(out);
      expect(() => native.gather(moving, indices, out)).toThrow(IndexError);
      expect(() => native.gather(moving, indices, out)).toThrow(
        `index ${bad} is out of range for a dimension of size 10; valid are -10 to 9`,
      );
      expect(() => native.scatter(out, indices, moving, 'set')).toThrow(IndexError);
      expect(difference(out, before)).toBe(0);
    }
  });
});
