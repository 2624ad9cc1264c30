// Picking and counting elements: masks, positions, order statistics, histograms, one-hot.

import { callable } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { may, need } from '../arguments/signature.js';
import { isFloat } from '../dtype.js';
import { DTypeError, IndexError, ShapeError, ValueError } from '../errors.js';
import { refuseFraction } from '../integers.js';
import { needValues } from '../reading.js';
import {
  broadcastShapes,
  normalizeDim,
  normalizeDims,
  type Shape,
  sameShape,
  show,
} from '../shape.js';
import { allocate, checkTensor, type Tensor, wrap } from '../tensor.js';
import { pick } from './at.js';
import { cast, denseArray, onDeviceOf } from './convert.js';
import { arange, full } from './create.js';
import { add, mul } from './elementwise/arithmetic.js';
import { eq, ne } from './elementwise/compare.js';
import { argmax, refuseKeepdim, shared } from './extremes.js';
import { axisOf, gatherBy, indexTensor } from './index-plan.js';
import { changeBy, gatherAlong, gatherOf } from './indexed.js';
import { refuseOverlap } from './overlap.js';
import { type Pair, pair } from './pair.js';
import { checkPlaces } from './places.js';
import { alsoSaving, onceOnly } from './record.js';
import { type Dims, type KeepdimOptions, sum } from './reduce.js';
import { copyDense, expandTo, owned } from './run.js';
import { argsort } from './scan.js';
import { flattenOf, narrowOf, reshapeOf, selectOf, squeezeOf, unsqueezeOf } from './views.js';

function maskedSelectOf(x: Tensor, mask: Tensor): Tensor {
  checkTensor('maskedSelect', x);
  checkTensor('maskedSelect', mask);
  if (mask.dtype !== 'bool') {
    throw new DTypeError(
      `maskedSelect: the mask must be bool, got ${mask.dtype}; use mask.to('bool')`,
    );
  }
  // A number is one element, as in PyTorch.
  const common = broadcastShapes('maskedSelect', [x.shape, mask.shape]);
  const shape = common.length === 0 ? [1] : common;
  return alsoSaving(pick('maskedSelect', expandTo(x, shape), [expandTo(mask, shape)]), x, mask);
}

/**
 * The elements where a mask of the same (or a broadcast) shape holds, one-dimensional (PyTorch:
 * `torch.masked_select`).
 *
 * @example maskedSelect(tensor([1, 2, 3]), tensor([true, false, true])) // tensor([1., 3.])
 */
export const maskedSelect = /*#__PURE__*/ callable(
  'maskedSelect',
  maskedSelectOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('mask', kinds.tensor)],
  {},
);

function nonzeroOf(x: Tensor, options: { asTuple?: boolean } = {}): Tensor | Tensor[] {
  checkTensor('nonzero', x);
  return options.asTuple === true ? columnsOf('nonzero', x) : positionsOf('nonzero', x);
}

/** Positions of the non-zero elements, a tensor for each dimension. */
export function columnsOf(operator: string, x: Tensor): Tensor[] {
  if (x.ndim === 0) return columnsOf(operator, flattenOf(x));
  const rows = positionsOf(operator, x);
  return x.shape.map((_, d) => selectOf(rows, 1, d).clone());
}

/** Positions of the non-zero elements, one row each. */
function positionsOf(operator: string, x: Tensor): Tensor {
  const values = denseArray(operator, cast(x.detach(), 'bool'));
  for (const n of x.shape) checkPlaces(operator, n);
  const found: number[] = [];
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] === 0) continue;
    count++;
    let rest = i;
    const row = new Array<number>(x.ndim);
    for (let d = x.ndim - 1; d >= 0; d--) {
      row[d] = rest % x.shape[d];
      rest = Math.floor(rest / x.shape[d]);
    }
    found.push(...row);
  }
  return wrap(Int32Array.from(found), [count, x.ndim], 'int32');
}

/** The calls of `nonzero`. */
interface Nonzero {
  (x: Tensor, options?: { asTuple?: false }): Tensor;
  (x: Tensor, options: { asTuple: true }): Tensor[];
  (x: Tensor, options: { asTuple?: boolean }): Tensor | Tensor[];
}

/**
 * Positions of the non-zero elements, one row each (PyTorch: `torch.nonzero`). int32
 * `[count, dimensions]`; with the option `asTuple` a list of its columns, which index the tensor: `x.at(...nonzero(x, { asTuple: true }))`.
 *
 * @example nonzero(tensor([0, 5, 6])) // tensor([[1], [2]], dtype=torch.int32)
 */
export const nonzero = /*#__PURE__*/ callable(
  'nonzero',
  nonzeroOf,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  {
    asTuple: kinds.boolean,
  },
) as Nonzero;

const takeAlongDimOf = (x: Tensor, indices: Tensor, dim?: number | null): Tensor =>
  alsoSaving(takenAlong(x, indices, dim), x);

function takenAlong(x: Tensor, indices: Tensor, dim?: number | null): Tensor {
  checkTensor('takeAlongDim', x);
  checkTensor('takeAlongDim', indices);
  if (dim === undefined || dim === null)
    return gatherAlong('takeAlongDim', flattenOf(x), 0, flattenOf(indices));
  const d = normalizeDim('takeAlongDim', dim, x.ndim);
  if (indices.ndim !== x.ndim) {
    throw new ShapeError(
      `takeAlongDim: indices of shape ${show(indices.shape)} need as many dimensions as ${show(x.shape)}`,
    );
  }
  const without = (s: Shape): number[] => s.map((n, i) => (i === d ? 1 : n));
  const common = broadcastShapes('takeAlongDim', [without(x.shape), without(indices.shape)]);
  const withSize = (n: number): number[] => common.map((c, i) => (i === d ? n : c));
  return gatherAlong(
    'takeAlongDim',
    expandTo(x, withSize(x.shape[d])),
    d,
    expandTo(indices, withSize(indices.shape[d])),
  );
}

/**
 * Elements along a dimension at positions that broadcast with it (PyTorch: `torch.take_along_dim`);
 * without a dimension, of the flattened tensor.
 *
 * @example takeAlongDim(x, x.argsort(1), 1) // sorted rows
 */
export const takeAlongDim = /*#__PURE__*/ callable(
  'takeAlongDim',
  takeAlongDimOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('indices', kinds.tensor),
    /*#__PURE__*/ may('dim', /*#__PURE__*/ kinds.orNull(kinds.integer)),
  ],
  {},
);

function takeOf(x: Tensor, index: Tensor): Tensor {
  checkTensor('take', x);
  const positions = indexTensor('take', index);
  const out = gatherBy('take', flattenOf(x), {
    shape: positions.shape,
    walks: positions.shape.map(() => -1),
    axes: [axisOf(0, index, positions)],
  });
  return alsoSaving(out, x);
}

/**
 * Elements of the flattened tensor at positions (PyTorch: `torch.take`).
 *
 * @example take(tensor([[1, 2], [3, 4]]), tensor([3], { dtype: 'int32' })) // tensor([4.])
 */
export const take = /*#__PURE__*/ callable(
  'take',
  takeOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('index', kinds.tensor)],
  {},
);

const indexAdd_Of = (
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  options: { alpha?: number } = {},
): Tensor => addAt('indexAdd_', x, dim, index, source, options);

function addAt(
  operator: string,
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  options: { alpha?: number },
): Tensor {
  checkTensor(operator, x);
  checkTensor(operator, source);
  const d = normalizeDim(operator, dim, x.ndim);
  const positions = indexTensor(operator, index, x.shape[d] ?? 1);
  refuseOverlap(operator, x, index, 'the index');
  refuseOverlap(operator, x, source, 'the source');
  if (positions.ndim > 1) {
    throw new ShapeError(
      `${operator}: the index must be one-dimensional, got shape ${show(index.shape)}`,
    );
  }
  if (x.ndim === 0 && positions.count !== 1) {
    throw new ShapeError(`${operator}: a scalar has one position, got ${positions.count}`);
  }
  const shape = x.shape.map((n, i) => (i === d ? positions.count : n));
  if (!sameShape(shape, source.shape)) {
    throw new ShapeError(
      `${operator}: the source must have shape ${show(shape)}, got ${show(source.shape)}`,
    );
  }
  if (source.dtype !== x.dtype) {
    throw new DTypeError(`${operator}: the source is ${source.dtype}, the tensor ${x.dtype}`);
  }
  const spaced = reshapeOf(
    positions,
    shape.map((_, i) => (i === d ? positions.count : 1)),
  );
  const walks = shape.map((_, i) => (i === d ? -1 : i));
  const { alpha = 1 } = options;
  if (x.dtype !== 'bool') refuseFraction(operator, 'alpha', alpha, x.dtype);
  const addend = alpha === 1 ? source : cast(mul(source, alpha), x.dtype);
  const plan = { shape, walks, axes: [axisOf(d, index, positions, spaced)] };
  const out = changeBy(operator, x, plan, addend, 'sum');
  return source.requiresGrad ? alsoSaving(out, source) : out;
}

/**
 * Adds slices of `source` to the slices of `x` at these positions, in place (PyTorch:
 * `Tensor.index_add_`).
 *
 * @example zeros([3]).indexAdd_(0, tensor([0, 0], { dtype: 'int32' }), ones([2])) // tensor([2., 0., 0.])
 */
export const indexAdd_ = /*#__PURE__*/ callable(
  'indexAdd_',
  indexAdd_Of,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim', kinds.integer),
    /*#__PURE__*/ need('index', kinds.tensor),
    /*#__PURE__*/ need('source', kinds.tensor),
  ],
  { alpha: kinds.number },
);

const indexAddOf = (
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  options: { alpha?: number } = {},
): Tensor => addAt('indexAdd', copyDense(x), dim, index, source, options);

/**
 * A copy with slices of `source` added at these positions (PyTorch: `torch.index_add`).
 *
 * @example indexAdd(zeros([3]), 0, tensor([0, 2], { dtype: 'int32' }), ones([2])) // tensor([1., 0., 1.])
 */
export const indexAdd = /*#__PURE__*/ callable(
  'indexAdd',
  indexAddOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim', kinds.integer),
    /*#__PURE__*/ need('index', kinds.tensor),
    /*#__PURE__*/ need('source', kinds.tensor),
  ],
  { alpha: kinds.number },
);

function countNonzeroOf(x: Tensor, dim: Dims = null): Tensor {
  checkTensor('countNonzero', x);
  const axes = normalizeDims('countNonzero', dim, x.ndim);
  return sum(cast(ne(x.detach(), 0), 'int32'), axes);
}

/**
 * How many elements are not zero (PyTorch: `torch.count_nonzero`). int32.
 *
 * @example countNonzero(tensor([0, 5, 6])) // tensor(2, dtype=torch.int32)
 */
export const countNonzero = /*#__PURE__*/ callable(
  'countNonzero',
  countNonzeroOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.dims)],
  {},
);

function kthvalueOf(x: Tensor, k: number, dim = -1, options: KeepdimOptions = {}): Pair {
  checkTensor('kthvalue', x);
  const d = normalizeDim('kthvalue', dim, x.ndim);
  const size = x.shape[d] ?? 1;
  if (k < 1 || k > size) {
    throw new ValueError(`kthvalue: k must be from 1 to the dimension's size ${size}, got ${k}`);
  }
  if (x.ndim === 0)
    return pair(onceOnly(x.clone()), allocate([], 'int32', x.storage.backend, true));
  const index = narrowOf(argsort(x, d), d, k - 1, 1);
  const values = gatherOf(x, d, index);
  if (options.keepdim === true) return pair(values, index.clone());
  return pair(owned(squeezeOf(values, d)), squeezeOf(index, d).clone());
}

/**
 * The k-th smallest element along a dimension, counted from 1, and where it is (PyTorch:
 * `torch.kthvalue`).
 *
 * @throws ValueError if there is none.
 * @example kthvalue(tensor([3, 1, 2]), 2).values // tensor(2.)
 */
export const kthvalue = /*#__PURE__*/ callable(
  'kthvalue',
  kthvalueOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('k', kinds.integer),
    /*#__PURE__*/ may('dim', kinds.integer),
  ],
  { keepdim: kinds.boolean },
);

function medianOf(x: Tensor, dim?: number, options: KeepdimOptions = {}): Tensor | Pair {
  checkTensor('median', x);
  if (dim === undefined) {
    refuseKeepdim('median', options);
    const axes = x.shape.map((_, d) => d);
    return shared('median', medianOfAll(x.detach()), x, axes, true);
  }
  return medianAlong(x, dim, options);
}

function medianOfAll(x: Tensor): Tensor {
  if (x.count > 0) return medianAlong(flattenOf(x), 0, {}).values;
  if (isFloat(x.dtype)) return full([], Number.NaN, { dtype: x.dtype, device: x.device });
  throw new IndexError(`median: an empty tensor has no median, and ${x.dtype} no NaN`);
}

/** The calls of `median`. */
interface Median {
  (x: Tensor): Tensor;
  (x: Tensor, dim: number, options?: KeepdimOptions): Pair;
  (x: Tensor, options: KeepdimOptions & { dim: number }): Pair;
}

/**
 * The median, of an even number of elements the lower one; with a dimension, also where it is
 * (PyTorch: `torch.median`). NaN wins, and is the median of nothing.
 *
 * @throws IndexError for an empty dimension, or integers of which there are none.
 * @example median(tensor([3, 1, 2])) // tensor(2.)
 */
export const median = /*#__PURE__*/ callable(
  'median',
  medianOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('dim', kinds.integer)],
  { keepdim: kinds.boolean },
) as Median;

function medianAlong(x: Tensor, dim: number, options: KeepdimOptions): Pair {
  const d = normalizeDim('median', dim, x.ndim);
  const n = x.shape[d] ?? 1;
  if (n === 0) throw new IndexError(`median: dimension ${dim} of shape ${show(x.shape)} is empty`);
  if (x.ndim === 0) return kthvalueOf(x, 1, 0, options);
  const order = argsort(x, d);
  // NaN sorts last, so the last element tells whether there is one.
  const last = gatherOf(x.detach(), d, narrowOf(order, d, n - 1, 1));
  const middle = narrowOf(order, d, Math.floor((n - 1) / 2), 1);
  const hasNan = ne(last, last);
  const firstNan = argmax(cast(ne(x.detach(), x.detach()), 'int32'), d, { keepdim: true });
  const index = add(
    mul(cast(hasNan, 'int32'), firstNan),
    mul(cast(eq(cast(hasNan, 'int32'), 0), 'int32'), middle),
  );
  const values = gatherOf(x, d, index);
  if (options.keepdim === true) return pair(values, index);
  return pair(owned(squeezeOf(values, d)), owned(squeezeOf(index, d)));
}

/** Options of `searchsorted`. */
export interface SearchsortedOptions {
  /** Behind equal elements. Default: false. */
  right?: boolean;
  /** The same in words: `'right'` is `right: true`. */
  side?: 'left' | 'right';
  /** Positions that put the sequence in order, as `argsort` gives them. */
  sorter?: Tensor | null;
}

/** The sequence in the order that the sorter gives. */
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
    throw new ValueError("searchsorted: side is 'left' and right is true; give one of them");
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
    const mend = 'searchsorted(await sequence.cpu(), await input.cpu())';
    if (x !== null) needValues('searchsorted', x, mend);
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
 * Where values would be inserted into sorted sequences, before equal ones, or behind them if `right`
 * (PyTorch: `torch.searchsorted`). int32, in the values' shape.
 *
 * @param sequence sorted along its last dimension, by itself or by the option `sorter`; one-dimensional, or of the values' leading shape.
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

function bincountOf(
  x: Tensor,
  options: { weights?: Tensor | null; minlength?: number } = {},
): Tensor {
  checkTensor('bincount', x);
  const { weights = null, minlength = 0 } = options;
  if (minlength < 0) {
    throw new ValueError(`bincount: minlength must not be negative, got ${minlength}`);
  }
  if (x.ndim !== 1)
    throw new ShapeError(`bincount: expected one dimension, got shape ${show(x.shape)}`);
  for (const given of [x, weights]) if (given !== null) needValues('bincount', given);
  const values = denseArray('bincount', indexTensor('bincount', x));
  let most = minlength - 1;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (v < 0)
      throw new ValueError(`bincount: numbers must not be negative, got ${v} at position ${i}`);
    most = Math.max(most, v);
  }
  if (weights !== null && !sameShape(weights.shape, x.shape)) {
    throw new ShapeError(
      `bincount: weights of shape ${show(weights.shape)} do not fit ${show(x.shape)}`,
    );
  }
  const wide = weights === null ? null : denseArray('bincount', cast(weights.detach(), 'float64'));
  const out = wide === null ? new Int32Array(most + 1) : new Float64Array(most + 1);
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    out[v] = out[v] + (wide === null ? 1 : (wide[i] as number));
  }
  if (weights === null) return wrap(out, [most + 1], 'int32');
  const total = wrap(out, [most + 1], 'float64');
  return weights.dtype === 'float32' ? cast(total, 'float32') : total;
}

/**
 * How often each of 0, 1, 2, … occurs, or the sum of their weights (PyTorch: `torch.bincount`). int32;
 * of weights float64, or float32 if they are.
 *
 * @param options `weights`, one for each element; `minlength`, the least length of the result.
 * @throws ValueError for a negative number; DTypeError unless the input is integers.
 * @example bincount(tensor([0, 2, 2], { dtype: 'int32' })) // tensor([1, 0, 2], dtype=torch.int32)
 */
export const bincount = /*#__PURE__*/ callable(
  'bincount',
  bincountOf,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  {
    weights: /*#__PURE__*/ kinds.orNull(kinds.tensor),
    minlength: kinds.integer,
  },
);

function oneHotOf(x: Tensor, numClasses = -1): Tensor {
  if (numClasses < -1) {
    throw new ValueError(
      `oneHot: numClasses must be the number of classes, or -1 for the largest class plus one, got ${numClasses}`,
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
  if (count === 0) throw new ValueError('oneHot: an empty tensor needs the number of classes');
  const all = arange(count);
  return cast(eq(unsqueezeOf(classes, -1), onDeviceOf(x, all)), 'int32');
}

/**
 * A row of zeros with a one at each class (PyTorch: `F.one_hot`). int32 `[…, classes]`.
 *
 * @param numClasses -1 takes the largest class plus one.
 * @throws ValueError for a class out of range.
 * @example oneHot(tensor([0, 2], { dtype: 'int32' })) // tensor([[1, 0, 0], [0, 0, 1]], dtype=torch.int32)
 */
export const oneHot = /*#__PURE__*/ callable(
  'oneHot',
  oneHotOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('numClasses', kinds.integer)],
  {},
);
