// Comparing whole tensors.
import { sameShape } from '../shape.js';
import { checkTensor, type Tensor } from '../tensor.js';
import { eq, isclose } from './elementwise/compare.js';
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

/**
 * Whether two tensors have one shape and equal elements (PyTorch: `torch.equal`). NaN equals nothing.
 *
 * @example equal(tensor([1, 2]), tensor([1, 2])) // true
 */
export function equal(a: Tensor, b: Tensor): boolean {
  checkTensor('equal', a);
  checkTensor('equal', b);
  if (!sameShape(a.shape, b.shape)) return false;
  return a.count === 0 || (all(eq(a, b)).item() as unknown as boolean);
}
