// The points at which a function is swept: rows of operands, computed from the constants that its fixture lists.
import { createHash } from 'node:crypto';
import { type FloatType, roundTo, step } from './floats.js';
import type { Swept } from './functions.js';
import { distinct, grid, neighbors, specials, stream } from './grid.js';

/** What points are made around. */
export interface Places {
  /** Constants of the definition and of kernels, in both signs. */
  readonly constants: readonly number[];
  /** Branches and zeros that lie elsewhere. */
  readonly crossings: readonly number[];
}

// Multiples of a quarter turn, near and far; whole and half numbers, where gamma functions have poles and zeros.
const turns = [
  1, 2, 3, 4, 5, 6, 7, 8, 11, 22, 51, 100, 710, 1001, 12733, 63662, 1e6, 12345678, 1e9,
];
const halves = Array.from({ length: 81 }, (_, k) => k / 2);

const trigonometric = /^(sin|cos|tan)$/;
const gamma = /gamma/;

function unaryPoints(f: Swept, dtype: FloatType, places: Places): number[][] {
  const xs = [
    ...specials(dtype),
    ...grid(dtype),
    ...neighbors(places.constants, dtype, 2),
    ...places.crossings.flatMap((c) =>
      [-2, -1, 0, 1, 2].map((k) => step(roundTo(c, dtype), k, dtype)),
    ),
    ...(f.operator?.spec.samples?.points ?? []).map((x) => roundTo(x, dtype)),
    ...neighbors(trigonometric.test(f.name) ? turns.map((k) => (k * Math.PI) / 2) : [], dtype, 1),
    ...neighbors(gamma.test(f.name) ? halves : [], dtype, 2),
  ];
  return distinct(xs).map((x) => [x]);
}

function palette(dtype: FloatType, constants: readonly number[], arity: number): number[] {
  const few = [0, -0, 1, -1, 0.5, -0.5, 2, -3, 1e3, Infinity, -Infinity, Number.NaN];
  const more = [3, -2, 0.1, 7.5, -100, 1e10, 1e-10, -1e30, 1e-30];
  const ends = specials(dtype).slice(2, 14);
  const all = arity === 2 ? [...few, ...more, ...ends, ...constants.flatMap((c) => [c, -c])] : few;
  return distinct(all.map((x) => roundTo(x, dtype)));
}

function tuplePoints(f: Swept, dtype: FloatType, places: Places): number[][] {
  const { arity } = f;
  const base = palette(dtype, places.constants, arity);
  const rows: number[][] = [];
  for (let i = 0; i < base.length ** arity; i++) {
    rows.push(
      Array.from({ length: arity }, (_, k) => base[Math.floor(i / base.length ** k) % base.length]),
    );
  }
  const random = stream(arity);
  const ranges = f.operator?.spec.samples?.ranges;
  const within = (k: number): number => {
    const [low, high] = ranges?.[k] ?? ranges?.[0] ?? [-3, 3];
    return low + (high - low) * random();
  };
  const spread = (reach: number): number =>
    (random() < 0.5 ? -1 : 1) * 2 ** ((2 * random() - 1) * reach);
  const tuple = (draw: (k: number) => number): number[] =>
    Array.from({ length: arity }, (_, k) => roundTo(draw(k), dtype));
  for (let i = 0; i < 300; i++) rows.push(tuple(within));
  for (let i = 0; i < 300; i++) rows.push(tuple(() => spread(8)));
  for (let i = 0; i < 100; i++) rows.push(tuple(() => spread(dtype === 'float64' ? 900 : 120)));
  // Short enough for the half types.
  for (let i = 0; i < 200; i++) rows.push(tuple(() => roundTo(spread(4), 'bfloat16')));
  // Nearly equal operands, and nearly whole quotients.
  for (let i = 0; i < 100; i++) {
    const x = roundTo(spread(4), dtype);
    const times = i % 2 === 0 ? 1 : 1 + Math.floor(random() * 20);
    rows.push(
      Array.from({ length: arity }, (_, k) =>
        k === 0 ? step(roundTo(x * times, dtype), (i % 5) - 2, dtype) : x,
      ),
    );
  }
  const seen = new Set<string>();
  return rows.filter((row) => {
    const key = row.map((x) => (Object.is(x, -0) ? '-0' : x)).join(' ');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The points of a function in float32 or float64. The half types take those of float32 that they have exactly. */
export const pointsOf = (f: Swept, dtype: FloatType, places: Places): number[][] =>
  f.arity === 1 ? unaryPoints(f, dtype, places) : tuplePoints(f, dtype, places);

/** Points as bytes, operand by operand. */
export const bytesOf = (rows: readonly (readonly number[])[], arity: number): Float64Array =>
  Float64Array.from({ length: rows.length * arity }, (_, i) => {
    return rows[i % rows.length]?.[Math.floor(i / rows.length)];
  });

/** What ties references to the points that they were made at. */
export const fingerprint = (columns: Float64Array): string =>
  createHash('sha256').update(new Uint8Array(columns.buffer)).digest('hex').slice(0, 16);
