// The one table of tolerances wider than torch.testing.assert_close's, each with its reason.
import type { DType } from '@dl/core';
import type { Case } from './case.js';
import type { Tolerance } from './compare.js';

interface Wider extends Tolerance {
  /** Operators that it is for. */
  readonly operators: readonly string[];
  readonly dtypes: readonly DType[];
  readonly passes: readonly ('forward' | 'first' | 'second')[];
  /** Part of the case's id, where it is for some cases only. */
  readonly within?: string;
  readonly reason: string;
}

const wider: readonly Wider[] = [];

/** The wider tolerance for a case, if there is one. */
export function toleranceOf(
  c: Case,
  pass: 'forward' | 'first' | 'second',
  dtype: DType,
): Tolerance | undefined {
  return wider.find(
    (w) =>
      w.operators.includes(c.operator) &&
      w.dtypes.includes(dtype) &&
      w.passes.includes(pass) &&
      (w.within === undefined || c.id.includes(w.within)),
  );
}
