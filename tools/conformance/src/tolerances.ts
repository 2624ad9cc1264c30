// The one table of tolerances wider than torch.testing.assert_close's, each with its reason.
import type { DType } from '@dl/core';
import type { Case } from './case.js';
import type { Tolerance } from './compare.js';
import { special } from './elementwise.js';

interface Wider extends Tolerance {
  /** Operators that it is for; null for all. */
  readonly operators: readonly string[] | null;
  readonly dtypes: readonly DType[];
  readonly passes: readonly ('forward' | 'first' | 'second')[];
  /** Part of the case's id, where it is for some cases only. */
  readonly within?: string;
  readonly reason: string;
}

const fromRounded =
  "PyTorch's gradients read the result rounded to the half type, ours are computed from the unrounded one";

const wider: readonly Wider[] = [
  {
    operators: null,
    dtypes: ['float16'],
    passes: ['first'],
    rtol: 5e-3,
    atol: 5e-4,
    reason: fromRounded,
  },
  {
    operators: null,
    dtypes: ['bfloat16'],
    passes: ['first'],
    rtol: 4e-2,
    atol: 4e-3,
    reason: fromRounded,
  },
  {
    operators: ['cumprod'],
    dtypes: ['float32'],
    passes: ['second'],
    rtol: 5e-5,
    atol: 1e-5,
    reason:
      "sums of quotients that nearly cancel: PyTorch's float32 is 1e-5 off its own float64 here",
  },
  {
    operators: ['digamma'],
    dtypes: ['float32'],
    passes: ['first'],
    within: '/large/',
    rtol: 1e-4,
    atol: 1e-5,
    reason: "PyTorch's float32 trigamma takes sin(πx) in float32, which loses digits far from 0",
  },
];

/** Elements where PyTorch is wrong, which are not compared. */
const oddities: readonly {
  readonly id: string;
  readonly element: number;
  readonly reason: string;
}[] = [
  {
    id: 'gelu/special/float32',
    element: special.indexOf(Infinity),
    reason:
      "PyTorch's vectorized float32 gelu gives NaN at infinity; its float64 one gives infinity",
  },
];

/** The elements of a case's forward pass that are not compared. */
export const oddElements = (c: Case): number[] =>
  oddities.filter((o) => o.id === c.id).map((o) => o.element);

/** The wider tolerance for a case, if there is one. */
export function toleranceOf(
  c: Case,
  pass: 'forward' | 'first' | 'second',
  dtype: DType,
): Tolerance | undefined {
  return wider.find(
    (w) =>
      (w.operators === null || w.operators.includes(c.operator)) &&
      w.dtypes.includes(dtype) &&
      w.passes.includes(pass) &&
      (w.within === undefined || c.id.includes(w.within)),
  );
}
