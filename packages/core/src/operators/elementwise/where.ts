// Selecting between two tensors, or finding where a condition holds.
import { signed } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need, Signature } from '../../arguments/signature.js';
import { ValueError } from '../../errors.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { columnsOf } from '../index/masked-select-nonzero.js';
import { type Operand, type Operator, sharing } from '../machinery/elementwise-operator.js';
import { where as choose } from './compare.js';

/** The signatures of `where`. */
interface Where {
  (condition: Tensor): Tensor[];
  (condition: Operand, x: Operand, other: Operand): Tensor;
  (condition: Tensor, options: { x: Operand; other: Operand }): Tensor;
  (condition: Operand, x: Operand, options: { other: Operand }): Tensor;
}

/*@__NO_SIDE_EFFECTS__*/
function around(operator: typeof choose): Operator<Where> {
  const signature = new Signature(
    'where',
    [need('condition', kinds.operand), may('x', kinds.operand), may('other', kinds.operand)],
    {},
  );
  const called = (...given: unknown[]): Tensor | Tensor[] => {
    if (given.length === 3 && given.every(kinds.operand.is)) {
      return operator(...(given as [Operand, Operand, Operand]));
    }
    const [condition, x, other] = signature.take(given) as [Operand, Operand?, Operand?];
    if (x === undefined && other === undefined) {
      checkTensor('where', condition);
      return columnsOf('where', condition);
    }
    if (x === undefined || other === undefined) {
      throw new ValueError(
        `where: ${x === undefined ? 'x' : 'other'} is missing; pass x and other, or the condition alone`,
      );
    }
    return operator(condition, x, other);
  };
  return sharing(signed(called, signature) as Where, operator);
}

/**
 * Elements of `x` where the condition is true, otherwise of `other`. With the condition alone, the positions of its
 * non-zero elements: a list with an index tensor for each dimension, as from `nonzero` with `asTuple` (PyTorch:
 * `torch.where`).
 *
 * @throws DTypeError unless the condition is a bool tensor (when `x` and `other` are given).
 * @example where(tensor([true, false]), 1, tensor([2, 3])) // tensor([1., 3.])
 */
export const where = /*#__PURE__*/ around(choose);
