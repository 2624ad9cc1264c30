// One-hot vectors of class indices.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { ValueError } from '../../errors.js';
import type { Tensor } from '../../tensor.js';
import { needValues } from '../../tensor-values.js';
import { arange } from '../create/arange-linspace.js';
import { cast, denseArray, onDeviceOf } from '../create/to-clone.js';
import { eq } from '../elementwise/compare.js';
import { indexTensor } from '../machinery/index-plan.js';
import { unsqueezeOf } from '../view/views.js';

function oneHotOf(x: Tensor, numClasses = -1): Tensor {
  if (numClasses < -1) {
    throw new ValueError(
      `oneHot: numClasses must be a positive integer, or -1 for the largest class plus one, got ${numClasses}`,
    );
  }
  const classes = indexTensor('oneHot', x);
  let count = numClasses;
  if (x.device === 'cpu') {
    const values = denseArray('oneHot', classes);
    let most = -1;
    for (let i = 0; i < values.length; i++) {
      const v = values[i] as number;
      if (v < 0 || (numClasses >= 0 && v >= numClasses)) {
        throw new ValueError(
          `oneHot: class ${v} at position ${i} is out of range; valid are 0 to ${numClasses >= 0 ? numClasses - 1 : 'the number of classes - 1'}`,
        );
      }
      most = Math.max(most, v);
    }
    if (count < 0) count = most + 1;
  }
  if (count < 0) needValues('oneHot', x, 'oneHot(x, numClasses), or (await x.cpu()).oneHot()');
  if (count === 0)
    throw new ValueError(
      'oneHot: the number of classes cannot be inferred from an empty tensor; pass numClasses',
    );
  const all = arange(count);
  return cast(eq(unsqueezeOf(classes, -1), onDeviceOf(x, all)), 'int32');
}

/**
 * A row of zeros with a one at each class (PyTorch: `F.one_hot`). int32 `[…, classes]`.
 *
 * @param numClasses the number of classes; -1 stands for the largest class plus one.
 * @throws ValueError for a class out of range.
 * @example oneHot(tensor([0, 2], { dtype: 'int32' })) // tensor([[1, 0, 0], [0, 0, 1]], dtype=torch.int32)
 */
export const oneHot = /*#__PURE__*/ callable(
  'oneHot',
  oneHotOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('numClasses', kinds.integer)],
  {},
);
