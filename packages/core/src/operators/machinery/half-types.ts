// Half types: computed in float32 through all steps of an operator, and rounded once at the end.
import { type DType, dtypes, promoteTypes } from '../../dtype.js';
import type { Tensor } from '../../tensor.js';
import { cast } from '../create/to-clone.js';

/** Whether elements have 16 bits and are computed in float32. */
export const isHalf = (dtype: DType): boolean => dtypes[dtype].bytes === 2;

/**
 * Runs an operator of several steps on these tensors. Half types are converted to float32, so that intermediate results
 * do not overflow, and the result is rounded to the half type at the end.
 *
 * @example inFloat32([a, b], (a, b) => norm(sub(a, b)))
 */
export function inFloat32<T extends readonly (Tensor | null | undefined)[]>(
  inputs: readonly [...T],
  compute: (...wide: T) => Tensor,
): Tensor {
  let type: DType | null = null;
  for (const x of inputs) {
    if (x && isHalf(x.dtype)) type = type === null ? x.dtype : promoteTypes(type, x.dtype);
  }
  if (type === null) return compute(...(inputs as unknown as T));
  const wide = inputs.map((x) => (x && isHalf(x.dtype) ? cast(x, 'float32') : x)) as unknown as T;
  const out = compute(...wide);
  // With a float32 or float64 operand the result is not a half type.
  const stays = inputs.some(
    (x) => x && (x.dtype === 'float32' || x.dtype === 'float64') && x.ndim > 0,
  );
  return stays ? out : cast(out, type);
}
