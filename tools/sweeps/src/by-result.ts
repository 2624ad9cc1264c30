// Gradients that PyTorch computes from the result as its dtype holds it (derivatives.yaml): of a half type, from one that
// was rounded. Their errors there are PyTorch's own, which this file states anew.

/** A gradient under an upstream of 1, from the result and the operands. */
type Gradient = (y: number, row: readonly number[]) => number;

/** By function and pass. */
const byResult: { readonly [of: string]: { readonly [pass: string]: Gradient } } = {
  exp: { 'd/da': (y) => y },
  exp2: { 'd/da': (y) => y * Math.LN2 },
  expm1: { 'd/da': (y) => y + 1 },
  reciprocal: { 'd/da': (y) => -y * y },
  rsqrt: { 'd/da': (y) => -0.5 * y ** 3 },
  sigmoid: { 'd/da': (y) => (1 - y) * y },
  sqrt: { 'd/da': (y) => 1 / (2 * y) },
  tan: { 'd/da': (y) => 1 + y * y },
  tanh: { 'd/da': (y) => 1 - y * y },
  pow: { 'd/db': (y, [a]) => y * Math.log(a) },
};

/** How PyTorch has a gradient from the result; null where it is from the operands alone. */
export const gradientByResult = (of: string, pass: string): Gradient | null =>
  byResult[of]?.[pass] ?? null;
