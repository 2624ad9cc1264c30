// What an error may be: a few ulp, or what PyTorch's own result has there.
import type { FloatType } from './floats.js';

/**
 * The largest error in ulp. `torch.testing.assert_close` allows 11 ulp in float32 (a relative 1.3e-6) and, in float64,
 * millions; the half types are computed in float32 and rounded once.
 */
export const bounds: { readonly [T in FloatType]: number } = {
  float32: 4,
  float64: 4,
  float16: 1,
  bfloat16: 1,
};

/** PyTorch's results are the project's measure: where they are farther off than the bound, so may ours be, twice. */
const slack = 2;

/** Points on either side whose errors of PyTorch's count too: next to a zero its errors are large, and vary. */
const reach = 8;

/** PyTorch's largest error around each point of one operand; of several operands, at the point. */
function around(rows: readonly (readonly number[])[], torch: Float64Array): Float64Array {
  if (rows[0]?.length !== 1) return torch;
  const order = [...rows.keys()].sort((a, b) => rows[a]?.[0] - rows[b]?.[0]);
  const found = new Float64Array(torch.length);
  for (const [k, i] of order.entries()) {
    let largest = torch[i];
    for (let n = Math.max(0, k - reach); n <= Math.min(order.length - 1, k + reach); n++) {
      const other = torch[order[n]];
      // Another kind of result, such as NaN for a number, is excused at that very point only.
      if (other !== Infinity && other > largest) largest = other;
    }
    found[i] = largest;
  }
  return found;
}

/** What each error may be. */
export const limitsOf = (
  rows: readonly (readonly number[])[],
  torch: Float64Array,
  dtype: FloatType,
): Float64Array =>
  around(rows, torch).map((error) =>
    error > bounds[dtype] ? Math.max(slack * error, bounds[dtype]) : bounds[dtype],
  );
