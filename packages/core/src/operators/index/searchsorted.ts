// Insertion positions in sorted sequences.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { IndexError, ShapeError, ValueError } from '../../errors.js';
import { sameShape, show } from '../../shape.js';
import { checkTensor, type Tensor, wrap } from '../../tensor.js';
import { needValues } from '../../tensor-values.js';
import { cast, denseArray } from '../create/to-clone.js';
import { indexTensor } from '../machinery/index-plan.js';
import { gatherOf } from './gather-scatter.js';

/** Options of `searchsorted`. */
export interface SearchsortedOptions {
  /** Insert after equal elements. Default: false. */
  right?: boolean;
  /** The same as a string: `'right'` is `right: true`. */
  side?: 'left' | 'right';
  /** Indices that sort the sequence, as returned by `argsort`. */
  sorter?: Tensor | null;
}

/** The sequence in the sorter's order. */
function inOrder(sequence: Tensor, sorter: Tensor): Tensor {
  if (!sameShape(sorter.shape, sequence.shape)) {
    throw new ShapeError(
      `searchsorted: the sorter must have the shape of the sequence, ${show(sequence.shape)}, got ${show(sorter.shape)}`,
    );
  }
  const places = indexTensor('searchsorted', sorter);
  const d = sequence.ndim - 1;
  const length = sequence.shape[d];
  const wrong = denseArray('searchsorted', places).find((i) => i < 0 || i >= length);
  if (wrong !== undefined) {
    throw new IndexError(
      `searchsorted: position ${wrong} in the sorter is out of range for a sequence of ${length}`,
    );
  }
  return gatherOf(sequence, d, places);
}

function searchsortedOf(
  sequence: Tensor,
  values: Tensor | number,
  options: SearchsortedOptions = {},
): Tensor {
  checkTensor('searchsorted', sequence);
  const { side, sorter = null } = options;
  if (side === 'left' && options.right === true) {
    throw new ValueError("searchsorted: side is 'left' but right is true; pass only one of them");
  }
  const right = options.right === true || side === 'right';
  if (sequence.ndim === 0) {
    throw new ShapeError('searchsorted: the sequence must have at least one dimension');
  }
  if (typeof values !== 'number') checkTensor('searchsorted', values);
  const wanted =
    typeof values === 'number' ? wrap(new Float64Array([values]), [], 'float64') : values;
  const rows = sequence.shape.slice(0, -1);
  if (sequence.ndim > 1 && !sameShape(rows, wanted.shape.slice(0, -1))) {
    throw new ShapeError(
      `searchsorted: a sequence of shape ${show(sequence.shape)} and values of shape ${show(wanted.shape)} must agree in all but the last dimension`,
    );
  }
  for (const x of [sequence, wanted, sorter]) {
    const fix = 'searchsorted(await sequence.cpu(), await input.cpu())';
    if (x !== null) needValues('searchsorted', x, fix);
  }
  const length = sequence.shape[sequence.ndim - 1];
  const sorted = sorter === null ? sequence.detach() : inOrder(sequence.detach(), sorter);
  const keys = denseArray('searchsorted', cast(sorted, 'float64'));
  const sought = denseArray('searchsorted', cast(wanted.detach(), 'float64'));
  const each = sequence.ndim === 1 ? wanted.count : wanted.shape[wanted.ndim - 1];
  const out = new Int32Array(wanted.count);
  for (let i = 0; i < out.length; i++) {
    const base = sequence.ndim === 1 ? 0 : Math.floor(i / each) * length;
    const v = sought[i] as number;
    let [low, high] = [0, length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const key = keys[base + middle] as number;
      if (right ? !(key > v) : !(key >= v)) low = middle + 1;
      else high = middle;
    }
    out[i] = low;
  }
  return wrap(out, wanted.shape, 'int32');
}

/**
 * Positions at which values would be inserted into sorted sequences to keep them sorted: before equal elements, or
 * after them if `right` is set (PyTorch: `torch.searchsorted`). int32, in the values' shape.
 *
 * @param sequence sorted along its last dimension, or sorted by the option `sorter`; one-dimensional, or with the
 *   values' leading shape.
 * @throws ShapeError if the leading shapes differ.
 * @example searchsorted(tensor([1, 3, 5]), tensor([3, 4])) // tensor([1, 2], dtype=torch.int32)
 */
export const searchsorted = /*#__PURE__*/ callable(
  'searchsorted',
  searchsortedOf,
  [
    /*#__PURE__*/ need('sequence', kinds.tensor),
    /*#__PURE__*/ need('input', /*#__PURE__*/ kinds.either(kinds.tensor, kinds.number)),
  ],
  {
    right: kinds.boolean,
    side: /*#__PURE__*/ kinds.oneOf('left', 'right'),
    sorter: /*#__PURE__*/ kinds.orNull(kinds.tensor),
  },
);
