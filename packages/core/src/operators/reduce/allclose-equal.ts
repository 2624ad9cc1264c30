// Whether whole tensors are equal, or close.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { broadcastShapes, sameShape } from '../../shape.js';
import { checkTensor, commonBackend, type Tensor } from '../../tensor.js';
import { needValues } from '../../tensor-values.js';
import { eq, isclose } from '../elementwise/compare.js';
import { checkSameDType, checkTolerances } from '../machinery/tolerances.js';
import { all } from './all-any.js';

const both = (operator: string): string => `${operator}(await a.cpu(), await b.cpu())`;

function allcloseOf(
  a: Tensor,
  b: Tensor,
  options: { rtol?: number; atol?: number; equalNan?: boolean } = {},
): boolean {
  checkTensor('allclose', a);
  checkTensor('allclose', b);
  checkTolerances('allclose', options);
  checkSameDType('allclose', a, b);
  broadcastShapes('allclose', [a.shape, b.shape]);
  commonBackend('allclose', [a, b]);
  needValues('allclose', a, both('allclose'));
  return all(isclose(a, b, options)).item() as unknown as boolean;
}

/**
 * Whether all elements are close (PyTorch: `torch.allclose`); see `isclose`.
 *
 * @example allclose(tensor([1, 2]), tensor([1, 2])) // true
 */
export const allclose = /*#__PURE__*/ callable(
  'allclose',
  allcloseOf,
  [/*#__PURE__*/ need('a', kinds.tensor), /*#__PURE__*/ need('other', kinds.tensor)],
  { rtol: kinds.number, atol: kinds.number, equalNan: kinds.boolean },
);

function equalOf(a: Tensor, b: Tensor): boolean {
  checkTensor('equal', a);
  checkTensor('equal', b);
  commonBackend('equal', [a, b]);
  needValues('equal', a, both('equal'));
  if (!sameShape(a.shape, b.shape)) return false;
  return a.count === 0 || (all(eq(a, b)).item() as unknown as boolean);
}

/**
 * Whether two tensors have the same shape and equal elements (PyTorch: `torch.equal`). NaN equals nothing.
 *
 * @example equal(tensor([1, 2]), tensor([1, 2])) // true
 */
export const equal = /*#__PURE__*/ callable(
  'equal',
  equalOf,
  [/*#__PURE__*/ need('a', kinds.tensor), /*#__PURE__*/ need('other', kinds.tensor)],
  {},
);
