// The tolerances of comparisons.
import { DTypeError, ValueError } from '../../errors.js';
import type { Tensor } from '../../tensor.js';

/** Throws for negative tolerances. */
export function checkTolerances(operator: string, options: { rtol?: number; atol?: number }): void {
  for (const [name, value] of Object.entries({ rtol: options.rtol, atol: options.atol })) {
    if (value !== undefined && !(value >= 0)) {
      throw new ValueError(`${operator}: ${name} must not be negative, got ${value}`);
    }
  }
}

/** Throws for tensors of different dtypes, as PyTorch does in checks for closeness. */
export function checkSameDType(operator: string, x: Tensor, other: Tensor): void {
  if (x.dtype === other.dtype) return;
  throw new DTypeError(
    `${operator}: both tensors must have the same dtype, got ${x.dtype} and ${other.dtype}; use other.to('${x.dtype}')`,
  );
}
