// Comparing with what PyTorch gave: torch.testing.assert_close's rule and default tolerances.
import type { DType, Tensor } from '@dl/core';

/** `|actual - expected| <= atol + rtol · |expected|`. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

const exact: Tolerance = { rtol: 0, atol: 0 };

/** The defaults of `torch.testing.assert_close`. */
export const defaults: { readonly [D in DType]: Tolerance } = {
  float16: { rtol: 1e-3, atol: 1e-5 },
  bfloat16: { rtol: 1.6e-2, atol: 1e-5 },
  float32: { rtol: 1.3e-6, atol: 1e-5 },
  float64: { rtol: 1e-7, atol: 1e-7 },
  int64: exact,
  int32: exact,
  uint8: exact,
  bool: exact,
};

/** The elements of a tensor as numbers, in row-major order. */
export async function read(x: Tensor): Promise<number[]> {
  const here = await x.detach().cpu();
  const { dtype } = here;
  const plain = dtype === 'float16' || dtype === 'bfloat16' ? here.to('float32') : here;
  return Array.from(plain.data() as ArrayLike<number | bigint>, Number);
}

/** Nothing, or what differs, in words. NaN equals NaN. */
export function difference(
  actual: readonly number[],
  expected: readonly number[],
  tolerance: Tolerance,
): string | null {
  if (actual.length !== expected.length) {
    return `${actual.length} elements, expected ${expected.length}`;
  }
  let wrong = 0;
  let first = '';
  for (let i = 0; i < actual.length; i++) {
    const [a, e] = [actual[i], expected[i]];
    if (a === e || (Number.isNaN(a) && Number.isNaN(e))) continue;
    if (Number.isFinite(e) && Math.abs(a - e) <= tolerance.atol + tolerance.rtol * Math.abs(e)) {
      continue;
    }
    if (wrong++ === 0) first = `element ${i} is ${a}, expected ${e}`;
  }
  return wrong === 0 ? null : `${first} (${wrong} of ${actual.length} differ)`;
}
