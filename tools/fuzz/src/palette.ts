// The numbers that tensors are filled with, and what a program is about.
import type { DType } from '@dl/core';
import type { Prng } from './prng.js';
import { literal, type Value } from './program.js';

/** What kind of program is drawn. */
export interface Profile {
  readonly dtypes: readonly DType[];
  /** Share of new tensors that require gradients. */
  readonly grad: number;
  /** Share of new tensors with NaN, infinities, denormals and the like. */
  readonly special: number;
  /** Share of calls that are changed into likely wrong ones. */
  readonly wrong: number;
  /** How often each family of rows is drawn. */
  readonly families: { readonly [family: string]: number };
  readonly length: number;
}

/** Families with many rows, or whose rows are in most programs. */
const foreground: { readonly [family: string]: number } = {
  elementwise: 3,
  elementwiseInPlace: 1.5,
  views: 1.5,
  writes: 0.7,
  losses: 0.7,
};

const everywhere: DType[] = ['float32', 'int32', 'uint8', 'bool'];
const all: DType[] = [...everywhere, 'float64', 'int64', 'float16', 'bfloat16'];

export function profile(rng: Prng, families: readonly string[]): Profile {
  const mixed = rng.chance(0.35);
  const few = mixed
    ? rng.shuffled(all).slice(0, rng.int(2, 4))
    : rng.shuffled(everywhere).slice(0, rng.int(1, 3));
  // float32 is what most programs are about.
  const dtypes: DType[] = [...few, 'float32'];
  if (!mixed || rng.chance(0.5)) dtypes.push('float32', 'float32');
  // A few families are in the foreground, so that their operators meet each other.
  const weights = Object.fromEntries(
    families.map((f) => [
      f,
      (foreground[f] ?? 1) * (rng.chance(0.35) ? 4 : rng.chance(0.5) ? 1 : 0.25),
    ]),
  );
  return {
    dtypes,
    grad: rng.of([0, 0.5, 0.9]),
    special: rng.chance(0.2) ? 0.3 : 0,
    wrong: rng.chance(0.3) ? 0.12 : 0,
    families: weights,
    length: rng.int(3, 14),
  };
}

const oddFloats = [
  NaN,
  Infinity,
  -Infinity,
  -0,
  0,
  1,
  -1,
  1e-40,
  3e38,
  -1e20,
  1e-20,
  88,
  -104,
  1e5,
];

/** Draws elements for one tensor. Fractions with few bits, so that sums and products of them are exact. */
export function palette(rng: Prng, dtype: DType, special: number): () => Value {
  if (dtype === 'bool') return () => rng.chance(0.5);
  if (dtype === 'uint8') return () => (rng.chance(0.05) ? rng.of([200, 255, 128]) : rng.int(0, 9));
  if (dtype === 'int32' || dtype === 'int64') {
    return () => (rng.chance(0.03) ? rng.of([1000, -300, 40000]) : rng.int(-4, 6));
  }
  const half = dtype === 'float16' || dtype === 'bfloat16';
  const odd = rng.chance(special);
  const positive = rng.chance(0.2);
  const whole = rng.chance(0.12);
  return () => {
    if (odd && rng.chance(0.4)) {
      const x = rng.of(oddFloats);
      return literal(half && Math.abs(x) > 6e4 && Number.isFinite(x) ? 6e4 : x);
    }
    const x = whole ? rng.int(-3, 3) : rng.int(-192, 192) / 64;
    return literal(positive ? Math.abs(x) + 0.25 : x);
  };
}
