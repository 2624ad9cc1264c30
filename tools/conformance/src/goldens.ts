// PyTorch's results, as committed in fixtures.
import type { DType } from '@dl/core';
import { type Case, fingerprint } from './case.js';
import type { Failure } from './failure.js';

/** A tensor in a fixture; a list of values in row-major order. */
export interface GoldenTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: readonly (number | string)[];
}

/** PyTorch's results for one case. A gradient that is null is zero everywhere. */
export interface Golden {
  /** The case's fingerprint when this was made. */
  readonly of: string;
  readonly outputs: readonly GoldenTensor[];
  /** With respect to each input. */
  readonly first?: readonly (GoldenTensor | null)[];
  /** Of the weighted sum of `first`, with respect to each input and each upstream gradient. */
  readonly second?: readonly (GoldenTensor | null)[];
}

/** Goldens by the id of their case. */
export type Goldens = Readonly<Record<string, Golden>>;

/** The values as numbers. */
export const valuesOf = (g: GoldenTensor): number[] =>
  g.values.map((v) => {
    const value = typeof v === 'number' ? v : parse(v);
    // Written with as few digits as tell float32 numbers apart.
    return g.dtype === 'float32' ? Math.fround(value) : value;
  });

const parse = (text: string): number =>
  text === 'inf' ? Infinity : text === '-inf' ? -Infinity : NaN;

/** The golden of a case, or why there is none that fits. */
export function goldenOf(goldens: Goldens, c: Case): Golden | Failure {
  const golden = Object.hasOwn(goldens, c.id) ? goldens[c.id] : undefined;
  if (golden === undefined) {
    return { failure: `no goldens for ${c.operator}: run \`pnpm oracle\` and commit the fixtures` };
  }
  if (golden.of !== fingerprint(c)) {
    return {
      failure: 'the goldens were made from other inputs: run `pnpm oracle` and commit the fixtures',
    };
  }
  return golden;
}
