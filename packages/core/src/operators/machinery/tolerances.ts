// The tolerances of comparisons.
import { DTypeError, ValueError } from '../../errors.js';
import type { Tensor } from '../../tensor.js';

/** Refuses negative tolerances. */
export function checkTolerances(operator: string, options: { rtol?: number; atol?: number }): void {
  for (const [name, value] of Object.entries({ rtol: options.rtol, atol: options.atol })) {
    if (value !== undefined && !(value >= 0)) {
      throw new ValueError(`${operator}: ${name} must not be negative, got ${value}`);
    }
  }
}

/** Refuses to compare tensors of different dtypes, as PyTorch does where it asks for closeness. */
export function checkSameDType(operator: string, x: Tensor, other: Tensor): void {
  if (x.dtype === other.dtype) return;
  throw new DTypeError(
    `${operator}: both tensors must have one dtype, got ${x.dtype} and ${other.dtype}; use other.to('${x.dtype}')`,
  );
}
