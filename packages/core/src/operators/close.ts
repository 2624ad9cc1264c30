// Comparing whole tensors.
import type { Tensor } from '../tensor.js';
import { isclose } from './elementwise/compare.js';
import { all } from './reduce.js';

/**
 * Whether all elements are close (PyTorch: `torch.allclose`); see `isclose`.
 *
 * @example allclose(tensor([1, 2]), tensor([1, 2])) // true
 */
export function allclose(
  a: Tensor,
  b: Tensor,
  options: { rtol?: number; atol?: number; equalNan?: boolean } = {},
): boolean {
  return all(isclose(a, b, options)).item() as unknown as boolean;
}
