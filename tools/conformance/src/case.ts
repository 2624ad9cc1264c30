// What a case is: an operator, its inputs, and PyTorch's expression for the same thing.
import { type DType, isFloat, type Tensor } from '@dl/core';
import { fnv, prng } from './prng.js';

/** The values of one input, in row-major order. */
export interface Input {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** What an operator gave: one tensor or several. */
export type Output = Tensor | readonly Tensor[];

/**
 * One operator on one set of inputs. In `torch` the inputs are called `a`, `b`, `c`, `d`, in order.
 * `order` is how often the case is differentiated: 0, 1 or 2.
 */
export interface Case {
  readonly id: string;
  readonly operator: string;
  readonly torch: string;
  readonly inputs: readonly Input[];
  readonly order: 0 | 1 | 2;
  /** Whether finite differences can check it: no kinks at the inputs, no infinities. */
  readonly smooth: boolean;
  readonly run: (inputs: readonly Tensor[], device: string) => Output;
}

/** How the values of an input are drawn. */
export interface Draw {
  readonly shape: readonly number[];
  /** Fixed dtype; without it, the case's floating-point dtype. */
  readonly dtype?: DType;
  readonly range?: readonly [number, number];
  /** Given values instead of drawn ones. */
  readonly values?: readonly number[];
  /** Keeps all values apart by more than a step of finite differences, for sorts and extremes. */
  readonly distinct?: boolean;
}

const numelOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Draws an input: three decimals for floating-point types, integers for the others. */
export function draw(d: Draw, floating: DType, seed: string): Input {
  const dtype = d.dtype ?? floating;
  const n = numelOf(d.shape);
  if (d.values !== undefined) {
    if (d.values.length !== n) throw new Error(`${seed}: ${d.values.length} values for ${n}`);
    return { dtype, shape: d.shape, values: d.values };
  }
  const next = prng(seed);
  const [low, high] = d.range ?? [-3, 3];
  const values = Array.from({ length: n }, (): number => {
    if (dtype === 'bool') return next() < 0.5 ? 0 : 1;
    if (isFloat(dtype)) return Math.round((low + next() * (high - low)) * 1000) / 1000;
    const from = Math.ceil(dtype === 'uint8' ? Math.max(0, low) : low);
    return from + Math.floor(next() * (Math.floor(high) - from + 1));
  });
  if (d.distinct === true) {
    // A shuffled ladder over the range.
    const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j] || i - j);
    order.forEach((at, rank) => {
      values[at] = Math.round((low + ((high - low) * (rank + 0.5)) / n) * 1000) / 1000;
    });
  }
  return { dtype, shape: d.shape, values };
}

/** What the oracle gets to see of a case. */
export function forOracle(c: Case): object {
  return {
    id: c.id,
    torch: c.torch,
    order: c.order,
    inputs: c.inputs.map(({ dtype, shape, values }) => ({
      dtype,
      shape,
      values: values.map((v) => (Number.isFinite(v) && !Object.is(v, -0) ? v : spell(v))),
    })),
  };
}

/** Numbers that JSON has no spelling for, as Python's `float()` reads them. */
const spell = (v: number): string =>
  Number.isNaN(v) ? 'nan' : Object.is(v, -0) ? '-0.0' : v > 0 ? 'inf' : '-inf';

/** Tells whether goldens were made from this very case. */
export const fingerprint = (c: Case): string => fnv(JSON.stringify(forOracle(c))).toString(36);

/**
 * Element `i` of the weights that stand for a random upstream gradient: exact in every dtype, and
 * so simple that the oracle computes the same.
 */
export const weight = (i: number): number => ((i * 37 + 11) % 64) / 32 - 63 / 64;

/** Where the weights of output `k`, or of input `j` in the second order, begin. */
export const outputStart = (k: number): number => k * 101;
export const inputStart = (j: number): number => 53 + j * 29;

export const weights = (n: number, start: number): number[] =>
  Array.from({ length: n }, (_, i) => weight(i + start));
