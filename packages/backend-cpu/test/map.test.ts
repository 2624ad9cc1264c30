// Elementwise programs compared with core's own backend: every primitive, dtype, layout and length.
import { cpuBackend, type TypedArray } from '@dl/core';
import { describe, expect, it } from 'vitest';
import {
  addon,
  difference,
  isas,
  type Layout,
  make,
  type NativeDType,
  native,
  random,
  twin,
  view,
} from './helper.js';
import { type Program, program, single } from './programs.js';

type Op = Program['steps'][number]['op'];
const next = random(11);
const layouts: readonly Layout[] = ['dense', 'permuted', 'stepped', 'reversed-order', 'broadcast'];

const unaryFloat: readonly Op[] = ['neg', 'abs', 'floor', 'ceil', 'trunc', 'round', 'sqrt'];
const binaryNumber: readonly Op[] = ['add', 'sub', 'mul', 'div', 'rem', 'pow', 'min', 'max'];
const compare: readonly Op[] = ['eq', 'lt', 'le'];
const bitwise: readonly Op[] = ['and', 'or', 'xor', 'shl', 'shr'];

/** Values that reveal rounding, wrapping and special cases. */
function values(dtype: NativeDType): number[] {
  const some = Array.from({ length: 40 }, () => (next() - 0.5) * 20);
  const edges = [0, 1, -1, 2, 3, 0.5, -0.5, 1.5, 2.5, -2.5, 7, 31, 33];
  if (dtype === 'bool') return [0, 1];
  if (dtype === 'uint8') return [...edges, 254, 255, 128].map(Math.abs);
  if (dtype === 'int32') return [...some, ...edges, 2 ** 31 - 1, -(2 ** 31), 65536].map(Math.trunc);
  return [...some, ...edges, -0, NaN, Infinity, -Infinity, 1e-40, 3e38, 2147483648, -3e9, 1e20];
}

function check(p: Program, dtypes: readonly NativeDType[], out: NativeDType, limit: number): void {
  const lists = dtypes.map(values);
  const n = 1013;
  const inputs = dtypes.map((t, k) => {
    const x = make(n, t);
    for (let i = 0; i < n; i++)
      x[i] = lists[k][(i * (k + 1) + Math.floor(i / 7) * k) % lists[k].length];
    return { ...view([n], t, 'dense', () => 0), buffer: x, offset: 0 };
  });
  // Every argument once as a single element too.
  for (let fixed = -1; fixed < inputs.length; fixed++) {
    const views = inputs.map((x, k) =>
      k === fixed ? { ...x, shape: [], strides: [], count: 1, offset: 17 } : x,
    );
    const a = view([n], out, 'dense', () => 1);
    const b = twin(a);
    native.map(p, views, [a], []);
    cpuBackend.map(p, views, [b], []);
    expect(difference(a, b, 1e-30), `${p.steps[0].op} ${dtypes} ${fixed}`).toBeLessThanOrEqual(
      limit,
    );
  }
}

describe.each(isas)('%s', (isa) => {
  it('agrees exactly if the arithmetic is exact', () => {
    addon.isa(isa);
    for (const t of ['float32', 'float64'] as const) {
      for (const op of unaryFloat) check(single(op, [t], t), [t], t, 0);
      for (const op of binaryNumber) if (op !== 'pow') check(single(op, [t, t], t), [t, t], t, 0);
      check(single('fma', [t, t, t], t), [t, t, t], t, 0);
      check(single('pow', [t, t], t), [t, t], t, t === 'float32' ? 1.2e-7 : 4e-16);
    }
    for (const t of ['int32', 'uint8'] as const) {
      for (const op of ['neg', 'abs', 'not'] as const) check(single(op, [t], t), [t], t, 0);
      for (const op of [...binaryNumber, ...bitwise]) check(single(op, [t, t], t), [t, t], t, 0);
    }
    for (const op of ['and', 'or', 'xor'] as const) {
      check(single(op, ['bool', 'bool'], 'bool'), ['bool', 'bool'], 'bool', 0);
    }
    check(single('not', ['bool'], 'bool'), ['bool'], 'bool', 0);
    for (const t of ['float32', 'float64', 'int32', 'uint8', 'bool'] as const) {
      for (const op of compare) check(single(op, [t, t], 'bool'), [t, t], 'bool', 0);
      check(single('select', ['bool', t, t], t), ['bool', t, t], t, 0);
      for (const to of ['float32', 'float64', 'int32', 'uint8', 'bool'] as const) {
        if (to !== t) check(single('cast', [t], to), [t], to, 0);
      }
    }
  });

  it('handles every layout, with short and long rows, and writes nothing else', () => {
    addon.isa(isa);
    const shapes = [
      [7],
      [1],
      [2000],
      [40, 3],
      [3, 400],
      [5, 1, 6],
      [2, 3, 4, 5],
      [9, 200, 2],
      [70, 90],
    ];
    for (const shape of shapes) {
      for (const x of layouts) {
        for (const y of layouts) {
          if (y === 'broadcast') continue;
          const a = view(shape, 'float32', x, () => next());
          const b = view(shape, 'float32', 'permuted', () => next());
          const out = view(shape, 'float32', y, () => 9);
          const expected = twin(out);
          native.map(program.squares, [a, b], [out], []);
          cpuBackend.map(program.squares, [a, b], [expected], []);
          expect(difference(out, expected), `${shape} ${x} ${y}`).toBeLessThanOrEqual(1e-7);
          native.map(program.identity, [a], [out], []);
          cpuBackend.map(program.identity, [a], [expected], []);
          expect(difference(out, expected), `${shape} ${x} ${y} copied`).toBe(0);
        }
      }
    }
  });

  it('copies large transposed matrices, also with threads', () => {
    addon.isa(isa);
    for (const t of ['float32', 'float64', 'uint8'] as const) {
      const p = {
        ...program.identity,
        inputs: [t],
        outputs: [{ ...program.identity.outputs[0], dtype: t }],
      };
      p.compiled = new Map();
      for (const shape of [
        [301, 517],
        [3, 130, 210],
      ]) {
        const a = view(shape, t, 'permuted', (i) => i % 251);
        const out = view(shape, t, 'dense', () => 0);
        const expected = twin(out);
        native.map(p as Program, [a], [out], []);
        cpuBackend.map(p as Program, [a], [expected], []);
        expect(difference(out, expected)).toBe(0);
      }
    }
  });

  it('updates several outputs in place', () => {
    addon.isa(isa);
    for (const n of [5, 3000, 100_000]) {
      const [x, m, g] = [0, 1, 2].map(() => view([n], 'float32', 'dense', () => next() - 0.5));
      const [x2, m2] = [twin(x), twin(m)];
      native.map(program.momentum, [x, m, g], [x, m], [0.9, 0.01]);
      cpuBackend.map(program.momentum, [x2, m2, g], [x2, m2], [0.9, 0.01]);
      expect(difference(x, x2)).toBe(0);
      expect(difference(m, m2)).toBe(0);
    }
  });

  it('leaves other dtypes and primitives to core', () => {
    addon.isa(isa);
    const p = single('lgamma', ['float32'], 'float32');
    const x = view([2000], 'float32', 'dense', (i) => i / 100 + 0.1);
    const [a, b] = [twin(x), twin(x)];
    native.map(p, [x], [a], []);
    cpuBackend.map(p, [x], [b], []);
    expect(difference(a, b)).toBe(0);
    const half = { ...x, dtype: 'float16' as const, buffer: new Uint16Array(2012) as TypedArray };
    const to = single('cast', ['float16'], 'float32');
    native.map(to, [half], [a], []);
    expect((a.buffer as Float32Array)[100]).toBe(0);
  });
});
