// When numbers are the same: torch.testing.assert_close's defaults, and what has others with its reason.

/** How far a number may be from PyTorch's. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

const float32: Tolerance = { rtol: 1.3e-6, atol: 1e-5 };
const float64: Tolerance = { rtol: 1e-7, atol: 1e-7 };

/** Programs that are not judged as float32, and why. */
export const special: { readonly [name: string]: Tolerance & { readonly why: string } } = {
  actor_critic: {
    rtol: 1e-5,
    atol: 1e-5,
    why: "its loss is a sum of terms of both signs, and each of ten episodes goes on from the last one's update",
  },
  time_sequence: { ...float64, why: 'it computes in float64' },
};

export const toleranceOf = (name: string): Tolerance => special[name] ?? float32;

/** What came of comparing a program's numbers. */
export interface Comparison {
  readonly same: boolean;
  /** The largest relative difference; of numbers below 0.001 in thousandths. */
  readonly worst: number;
  /** The first number that is not the same, in words. */
  readonly first: string | null;
}

/** Compares a program's numbers with PyTorch's. */
export function compare(name: string, got: readonly number[], want: readonly number[]): Comparison {
  if (want.length === 0) return { same: false, worst: Infinity, first: 'PyTorch has no numbers' };
  if (got.length !== want.length) {
    const first = `${got.length} numbers, PyTorch has ${want.length}`;
    return { same: false, worst: Infinity, first };
  }
  const { rtol, atol } = toleranceOf(name);
  let worst = 0;
  let first: string | null = null;
  for (const [i, w] of want.entries()) {
    const g = got[i];
    if (Object.is(g, w)) continue;
    const off = Math.abs(g - w);
    // NaN is never within a distance.
    if (!(off <= atol + rtol * Math.abs(w))) first ??= `number ${i} is ${g}, PyTorch's is ${w}`;
    worst = Math.max(worst, Number.isNaN(off) ? Infinity : off / Math.max(1e-3, Math.abs(w)));
  }
  return { same: first === null, worst, first };
}
