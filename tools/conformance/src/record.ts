// How far results were from PyTorch's: what docs/COVERAGE.md is written from.
import type { DType } from '@dl/core';
import type { Case } from './case.js';
import type { Tolerance } from './compare.js';

export type Pass = 'forward' | 'first' | 'second';

/** The largest deviation of one operator in one pass and dtype. */
export interface Deviation {
  /** `|actual - expected| / max(1, |expected|)` where it was largest beside what is allowed. */
  readonly error: number;
  /** That error as a share of what is allowed. */
  readonly share: number;
}

/** What was compared, by operator, pass and dtype. */
export class Record {
  private readonly seen = new Map<string, Map<Pass, Map<DType, Deviation>>>();

  /** Takes note of one comparison that passed or failed. */
  note(
    c: Case,
    pass: Pass,
    dtype: DType,
    actual: readonly number[],
    expected: readonly number[],
    { rtol, atol }: Tolerance,
  ): void {
    let byPass = this.seen.get(c.operator);
    if (byPass === undefined) {
      byPass = new Map();
      this.seen.set(c.operator, byPass);
    }
    let byType = byPass.get(pass);
    if (byType === undefined) {
      byType = new Map();
      byPass.set(pass, byType);
    }
    let { error, share } = byType.get(dtype) ?? { error: 0, share: 0 };
    for (let i = 0; i < Math.min(actual.length, expected.length); i++) {
      const [a, e] = [actual[i], expected[i]];
      if (!Number.isFinite(e) || !Number.isFinite(a) || a === e) continue;
      const off = Math.abs(a - e);
      const part = off / (atol + rtol * Math.abs(e));
      if (part > share) {
        error = off / Math.max(1, Math.abs(e));
        share = part;
      }
    }
    byType.set(dtype, { error, share });
  }

  /** Operators in alphabetical order. */
  operators(): string[] {
    return [...this.seen.keys()].sort();
  }

  /** dtypes compared in a pass, and how far off each was. */
  of(operator: string, pass: Pass): ReadonlyMap<DType, Deviation> {
    return this.seen.get(operator)?.get(pass) ?? new Map();
  }
}

/** The record of this run. */
export const record = new Record();
