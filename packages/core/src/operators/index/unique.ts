// The unique elements or slices of a tensor.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { ShapeError } from '../../errors.js';
import { normalizeDim, numelOf, show } from '../../shape.js';
import { checkTensor, type Tensor, wrap } from '../../tensor.js';
import { denseArray } from '../create/to-clone.js';
import { orderable } from '../reduce/min-max.js';
import { flattenOf, permuteOf } from '../view/views.js';
import { indexSelectOf } from './gather-scatter.js';

/** Options of `unique`. */
export interface UniqueOptions {
  /** Ascending order; always the case here. */
  sorted?: boolean;
  /** Also return, for each element, the index of its value. Default: false. */
  returnInverse?: boolean;
  /** Also return how often each value occurs. Default: false. */
  returnCounts?: boolean;
  /** Find unique slices along this dimension instead of elements. Default: null. */
  dim?: number | null;
}

/** The row indices in ascending (lexicographic) order. */
function orderOf(rows: ArrayLike<number>, count: number, width: number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  return order.sort((a, b) => {
    for (let k = 0; k < width; k++) {
      const x = rows[a * width + k];
      const y = rows[b * width + k];
      if (x < y) return -1;
      if (x > y) return 1;
      // NaN comes last, as in sort.
      const nans = Number(Number.isNaN(x)) - Number(Number.isNaN(y));
      if (nans !== 0) return nans;
    }
    return a - b;
  });
}

function uniqueOf(x: Tensor, options: UniqueOptions = {}): Tensor | Tensor[] {
  checkTensor('unique', x);
  const { dim = null } = options;
  const plain = dim === null ? flattenOf(x.detach()) : x.detach();
  if (plain.ndim === 0) {
    throw new ShapeError('unique: a tensor without dimensions has no slices; leave dim out');
  }
  const d = dim === null ? 0 : normalizeDim('unique', dim, x.ndim);
  const count = plain.shape[d];
  const others = plain.shape.filter((_, i) => i !== d);
  if (count > 0 && others.includes(0)) {
    throw new ShapeError(`unique: the slices of a tensor of shape ${show(x.shape)} are empty`);
  }
  const width = numelOf(others);
  const dims = plain.shape.map((_, i) => i);
  const front = permuteOf(orderable(plain), [d, ...dims.filter((i) => i !== d)]);
  const rows = denseArray('unique', front) as ArrayLike<number>;
  const order = orderOf(rows, count, width);
  const firsts: number[] = [];
  const counts: number[] = [];
  const inverse = new Int32Array(count);
  const isSame = (a: number, b: number): boolean => {
    for (let k = 0; k < width; k++) if (rows[a * width + k] !== rows[b * width + k]) return false;
    return true;
  };
  order.forEach((row, i) => {
    if (i === 0 || !isSame(row, order[i - 1])) {
      firsts.push(row);
      counts.push(0);
    }
    counts[counts.length - 1] = counts[counts.length - 1] + 1;
    inverse[row] = firsts.length - 1;
  });
  const places = wrap(Int32Array.from(firsts), [firsts.length], 'int32');
  const out = [indexSelectOf(plain, d, places)];
  if (options.returnInverse === true) {
    out.push(wrap(inverse, dim === null ? x.shape : [count], 'int32'));
  }
  if (options.returnCounts === true) {
    out.push(wrap(Int32Array.from(counts), [counts.length], 'int32'));
  }
  return out.length === 1 ? out[0] : out;
}

/** The signatures of `unique`. */
export interface Unique {
  (x: Tensor, options?: UniqueOptions & { returnInverse?: false; returnCounts?: false }): Tensor;
  (x: Tensor, options: UniqueOptions & { returnInverse: true }): Tensor[];
  (x: Tensor, options: UniqueOptions & { returnCounts: true }): Tensor[];
  (x: Tensor, options: UniqueOptions): Tensor | Tensor[];
}

/**
 * The unique elements of a CPU tensor in ascending order, or with the option `dim` its unique slices (PyTorch:
 * `torch.unique`). With `returnInverse` or `returnCounts` a list follows the values, as PyTorch's tuple does.
 *
 * @throws ShapeError for empty slices.
 * @example
 * unique(tensor([3, 1, 3])) // tensor([1., 3.])
 * unique(tensor([[1, 2], [1, 2]]), { dim: 0 }) // tensor([[1., 2.]])
 */
export const unique = /*#__PURE__*/ callable(
  'unique',
  uniqueOf,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  {
    sorted: kinds.boolean,
    returnInverse: kinds.boolean,
    returnCounts: kinds.boolean,
    dim: /*#__PURE__*/ kinds.orNull(kinds.integer),
  },
) as Unique;
