// Rearranging: other orders of dimensions, repetition, reversal, triangles, sliding windows.
import { callable } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { may, need } from '../arguments/signature.js';
import type { Backward } from '../autograd/node.js';
import { isFloat } from '../dtype.js';
import { DTypeError, IndexError, ShapeError, ValueError } from '../errors.js';
import { needValues } from '../reading.js';
import { distinctDims, normalizeDim, numelOf, type Shape, show } from '../shape.js';
import { checkTensor, type Tensor, wrap } from '../tensor.js';
import { cast, onDeviceOf } from './convert.js';
import { arange } from './create.js';
import { add, mul, remainder, sub } from './elementwise/arithmetic.js';
import { ge, le, where } from './elementwise/compare.js';
import { spread } from './index-plan.js';
import { indexSelectOf } from './indexed.js';
import { checkPlaces, placesArray } from './places.js';
import { lasting } from './record.js';
import { copyDense, makeView, owned, reshapeDense } from './run.js';
import { expandOf, flattenOf, narrowOf, permuteOf, reshapeOf, unsqueezeOf } from './views.js';

function movedimOf(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  checkTensor('movedim', x);
  const list = (d: number | readonly number[]): number[] =>
    (typeof d === 'number' ? [d] : [...d]).map((n) => normalizeDim('movedim', n, x.ndim));
  const [from, to] = [list(source), list(destination)];
  if (
    from.length !== to.length ||
    new Set(from).size !== from.length ||
    new Set(to).size !== to.length
  ) {
    throw new ShapeError(
      'movedim: source and destination must name the same number of dimensions, each once',
    );
  }
  const order = new Array<number>(x.ndim).fill(-1);
  to.forEach((d, i) => {
    order[d] = from[i];
  });
  if (x.ndim === 0) return expandOf(x, []);
  const rest = x.shape.map((_, d) => d).filter((d) => !from.includes(d));
  return permuteOf(
    x,
    order.map((d) => (d < 0 ? (rest.shift() as number) : d)),
  );
}

/**
 * Dimensions moved to other places, the others keeping their order (PyTorch: `torch.movedim`).
 *
 * @example movedim(zeros([2, 3, 4]), 0, -1).shape // [3, 4, 2]
 */
export const movedim = /*#__PURE__*/ callable(
  'movedim',
  movedimOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('source', kinds.oneOrMore),
    /*#__PURE__*/ need('destination', kinds.oneOrMore),
  ],
  {},
);

function unflattenOf(x: Tensor, dim: number, sizes: Shape): Tensor {
  checkTensor('unflatten', x);
  const d = normalizeDim('unflatten', dim, x.ndim);
  const size = x.shape[d];
  if (size === undefined) {
    throw new ShapeError('unflatten: a tensor without dimensions has none to split');
  }
  if (sizes.length === 0) throw new ShapeError('unflatten: sizes must not be empty');
  const known = numelOf(sizes.filter((n) => n !== -1));
  const filled = sizes.map((n) => (n === -1 ? size / known : n));
  if (numelOf(filled) !== size || filled.some((n) => !Number.isInteger(n))) {
    throw new ShapeError(
      `unflatten: sizes ${show(sizes)} do not make up dimension ${dim} of size ${size}`,
    );
  }
  return reshapeOf(x, [...x.shape.slice(0, d), ...filled, ...x.shape.slice(d + 1)]);
}

/**
 * One dimension cut into several (PyTorch: `torch.unflatten`); one size may be -1.
 *
 * @example unflatten(zeros([6, 4]), 0, [2, 3]).shape // [2, 3, 4]
 */
export const unflatten = /*#__PURE__*/ callable(
  'unflatten',
  unflattenOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim', kinds.integer),
    /*#__PURE__*/ need('sizes', kinds.integers),
  ],
  {},
);

/** A view whose gradient adds up elements that it shows several times. */
function repeatingView(
  name: string,
  x: Tensor,
  shape: Shape,
  strides: readonly number[],
  offset: number,
  onIota: (iota: Tensor) => Tensor,
): Tensor {
  const backward: Backward = (_node, [g]) => {
    const grad = g as Tensor;
    const count = x.count;
    const places = placesArray(name, count).map((_, i) => i);
    const index = onIota(wrap(places, x.shape, 'int32'));
    const axes = [{ dim: 0, index: onDeviceOf(grad, index) }];
    const plan = { shape, walks: shape.map(() => -1), axes };
    return [reshapeDense(spread(grad, plan, [count]), x.shape)];
  };
  return makeView(name, x, shape, strides, offset, backward);
}

function diagonalOf(x: Tensor, offset = 0, dim1 = 0, dim2 = 1): Tensor {
  checkTensor('diagonal', x);
  if (x.ndim < 2) {
    throw new ShapeError(`diagonal: expected at least 2 dimensions, got shape ${show(x.shape)}`);
  }
  const a = normalizeDim('diagonal', dim1, x.ndim);
  const b = normalizeDim('diagonal', dim2, x.ndim);
  if (a === b) throw new ShapeError('diagonal: the two dimensions must differ');
  const [rows, columns] = [x.shape[a], x.shape[b]];
  const [sa, sb] = [x.strides[a], x.strides[b]];
  const length = Math.max(
    0,
    offset >= 0 ? Math.min(rows, columns - offset) : Math.min(rows + offset, columns),
  );
  const start = length === 0 ? 0 : offset >= 0 ? offset * sb : -offset * sa;
  const keep = x.shape.map((_, d) => d).filter((d) => d !== a && d !== b);
  const shape = [...keep.map((d) => x.shape[d]), length];
  const strides = [...keep.map((d) => x.strides[d]), sa + sb];
  return repeatingView('diagonal', x, shape, strides, x.offset + start, (i) =>
    diagonalOf(i, offset, a, b),
  );
}

/**
 * The diagonal of two dimensions, as the last one (PyTorch: `torch.diagonal`). A view.
 *
 * @param offset above the main diagonal if positive, below if negative.
 * @example diagonal(tensor([[1, 2], [3, 4]])) // tensor([1., 4.])
 */
export const diagonal = /*#__PURE__*/ callable(
  'diagonal',
  diagonalOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may('offset', kinds.integer),
    /*#__PURE__*/ may('dim1', kinds.integer),
    /*#__PURE__*/ may('dim2', kinds.integer),
  ],
  {},
);

function diagOf(x: Tensor, diagonal = 0): Tensor {
  checkTensor('diag', x);
  if (x.ndim === 2) return copyDense(diagonalOf(x, diagonal));
  if (x.ndim !== 1)
    throw new ShapeError(`diag: expected 1 or 2 dimensions, got shape ${show(x.shape)}`);
  const n = x.shape[0] + Math.abs(diagonal);
  checkPlaces('diag', n * n);
  const rows = add(arange(x.shape[0]), Math.max(0, -diagonal));
  const places = add(add(mul(rows, n), sub(rows, Math.max(0, -diagonal))), Math.max(0, diagonal));
  const index = onDeviceOf(x, cast(places, 'int32'));
  const plan = { shape: x.shape, walks: [-1], axes: [{ dim: 0, index }] };
  return owned(reshapeDense(lasting(spread(x, plan, [n * n], 'set')), [n, n]));
}

/**
 * A matrix with a vector on a diagonal, or the diagonal of a matrix (PyTorch: `torch.diag`).
 *
 * @param diagonal the one above the main diagonal if 1, the one below if -1, and so on.
 * @example diag(tensor([1, 2])) // tensor([[1., 0.], [0., 2.]])
 */
export const diag = /*#__PURE__*/ callable(
  'diag',
  diagOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('diagonal', kinds.integer)],
  {},
);

function unfoldOf(x: Tensor, dim: number, size: number, step: number): Tensor {
  checkTensor('unfold', x);
  const d = normalizeDim('unfold', dim, x.ndim);
  const length = x.shape[d] ?? 1;
  if (size < 0 || size > length || step < 1) {
    throw new ValueError(
      `unfold: windows of ${size} with steps of ${step} do not fit dimension ${dim} of size ${length}`,
    );
  }
  const count = Math.floor((length - size) / step) + 1;
  const stride = x.strides[d] ?? 1;
  const shape = [...x.shape.map((n, i) => (i === d ? count : n)), size];
  const strides = [...x.strides.map((s, i) => (i === d ? s * step : s)), stride];
  if (x.ndim === 0) return narrowOf(reshapeOf(x, [1]), 0, 0, size);
  return repeatingView('unfold', x, shape, strides, x.offset, (i) => unfoldOf(i, d, size, step));
}

/**
 * Sliding windows along a dimension, which become the last one (PyTorch: `Tensor.unfold`). A view.
 *
 * @throws ValueError if the window does not fit.
 * @example unfold(arange(4), 0, 2, 1).shape // [3, 2]
 */
export const unfold = /*#__PURE__*/ callable(
  'unfold',
  unfoldOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim', kinds.integer),
    /*#__PURE__*/ need('size', kinds.integer),
    /*#__PURE__*/ need('step', kinds.integer),
  ],
  {},
);

const reversed = (n: number): Tensor => add(mul(arange(n), -1), n - 1);

export function flipOf(x: Tensor, dims: number | readonly number[]): Tensor {
  checkTensor('flip', x);
  let out = x;
  for (const d of distinctDims('flip', dims, x.ndim)) {
    out = lasting(indexSelectOf(out, d, onDeviceOf(x, reversed(x.shape[d] ?? 1))));
  }
  return out === x ? x.clone() : out;
}

/**
 * Dimensions in the reverse order (PyTorch: `torch.flip`). A copy.
 *
 * @throws IndexError for a dimension that is named twice.
 * @example flip(tensor([1, 2, 3]), 0) // tensor([3., 2., 1.])
 */
export const flip = /*#__PURE__*/ callable(
  'flip',
  flipOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('dims', kinds.integerOrIntegers)],
  {},
);

function rollOf(
  x: Tensor,
  shifts: number | readonly number[],
  dims?: number | readonly number[] | null,
): Tensor {
  checkTensor('roll', x);
  const by = typeof shifts === 'number' ? [shifts] : shifts;
  if (dims === undefined || dims === null) {
    if (by.length !== 1) throw new ValueError('roll: several shifts need as many dimensions');
    return owned(reshapeOf(rollOf(flattenOf(x), by, 0), x.shape));
  }
  const list = typeof dims === 'number' ? [dims] : dims;
  if (by.length !== list.length) {
    throw new ValueError(`roll: ${by.length} shifts for ${list.length} dimensions`);
  }
  let out = x;
  list.forEach((dim, i) => {
    const d = normalizeDim('roll', dim, x.ndim);
    const n = x.shape[d];
    if (n === undefined) {
      throw new ShapeError(
        'roll: a tensor without dimensions has none to move along; leave dims out',
      );
    }
    if (n === 0) return;
    const places = remainder(sub(arange(n), by[i]), n);
    out = lasting(indexSelectOf(out, d, onDeviceOf(x, places)));
  });
  return out === x ? x.clone() : out;
}

/**
 * Elements moved along dimensions, those that leave at one end coming back at the other (PyTorch:
 * `torch.roll`); without dimensions the flattened tensor is rolled.
 *
 * @example roll(tensor([1, 2, 3]), 1) // tensor([3., 1., 2.])
 */
export const roll = /*#__PURE__*/ callable(
  'roll',
  rollOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('shifts', kinds.oneOrMore),
    /*#__PURE__*/ may('dims', kinds.dims),
  ],
  {},
);

function rot90Of(x: Tensor, k = 1, dims: readonly number[] = [0, 1]): Tensor {
  checkTensor('rot90', x);
  if (x.ndim < 2) {
    throw new ShapeError(`rot90: expected at least 2 dimensions, got shape ${show(x.shape)}`);
  }
  if (dims.length !== 2) throw new ValueError(`rot90: expected 2 dimensions, got ${dims.length}`);
  const [a, b] = dims.map((d) => normalizeDim('rot90', d, x.ndim)) as [number, number];
  if (a === b) throw new ValueError('rot90: the two dimensions must differ');
  const order = x.shape.map((_, d) => (d === a ? b : d === b ? a : d));
  const turns = ((k % 4) + 4) % 4;
  if (turns === 0) return x.clone();
  if (turns === 1) return flipOf(permuteOf(x, order), a);
  if (turns === 2) return flipOf(x, [a, b]);
  return flipOf(permuteOf(x, order), b);
}

/**
 * A plane turned by 90 degrees `k` times, from the first dimension towards the second (PyTorch:
 * `torch.rot90`).
 *
 * @example rot90(tensor([[1, 2], [3, 4]])) // tensor([[2., 4.], [1., 3.]])
 */
export const rot90 = /*#__PURE__*/ callable(
  'rot90',
  rot90Of,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may('k', kinds.integer),
    /*#__PURE__*/ may('dims', kinds.list),
  ],
  {},
);

const repeatOf = (x: Tensor, times: readonly number[]): Tensor => repeated('repeat', x, times);

function repeated(operator: string, x: Tensor, times: readonly number[]): Tensor {
  checkTensor(operator, x);
  if (times.length < x.ndim || times.some((n) => !Number.isInteger(n) || n < 0)) {
    throw new ShapeError(
      `${operator}: ${show(times)} must give a non-negative integer for each dimension of ${show(x.shape)}`,
    );
  }
  const lead = times.length - x.ndim;
  const sizes = times.map((_, d) => (d < lead ? 1 : x.shape[d - lead]));
  // [n] becomes [times, n], and then one dimension again.
  const spaced = reshapeOf(
    x,
    sizes.flatMap((n) => [1, n]),
  );
  const full = expandOf(
    spaced,
    sizes.flatMap((n, d) => [times[d], n]),
  );
  // A copy, also where nothing or a size of 1 is repeated.
  return owned(
    reshapeDense(
      copyDense(full),
      sizes.map((n, d) => n * times[d]),
    ),
  );
}

/**
 * The whole tensor repeated along each dimension, new ones in front (PyTorch: `Tensor.repeat`).
 *
 * @throws ShapeError for fewer numbers than dimensions.
 * @example repeat(tensor([1, 2]), 2, 2) // tensor([[1., 2., 1., 2.], [1., 2., 1., 2.]])
 */
export const repeat = /*#__PURE__*/ callable(
  'repeat',
  repeatOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('repeats', kinds.integers)],
  {},
);

function tileOf(x: Tensor, times: readonly number[]): Tensor {
  checkTensor('tile', x);
  const lead = Math.max(0, x.ndim - times.length);
  return repeated('tile', x, [...new Array<number>(lead).fill(1), ...times]);
}

/**
 * The tensor repeated as tiles; a short list counts for the last dimensions (PyTorch: `torch.tile`).
 *
 * @example tile(tensor([1, 2]), [2]) // tensor([1., 2., 1., 2.])
 */
export const tile = /*#__PURE__*/ callable(
  'tile',
  tileOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('dims', kinds.integers)],
  {},
);

function checkTotal(total: number, outputSize: number | null): void {
  if (outputSize === null || outputSize === total) return;
  throw new ValueError(
    `repeatInterleave: outputSize is ${outputSize}, but the repeats add up to ${total}`,
  );
}

function repeatInterleaveOf(
  x: Tensor,
  repeats: number | Tensor,
  dim?: number | null,
  options: { outputSize?: number | null } = {},
): Tensor {
  checkTensor('repeatInterleave', x);
  if (dim === undefined || dim === null) {
    return repeatInterleaveOf(flattenOf(x), repeats, 0, options);
  }
  if (x.ndim === 0) {
    throw new IndexError(
      'repeatInterleave: a tensor without dimensions has none to repeat along; leave dim out',
    );
  }
  const d = normalizeDim('repeatInterleave', dim, x.ndim);
  const n = x.shape[d];
  const { outputSize = null } = options;
  if (typeof repeats === 'number') {
    if (repeats < 0) {
      throw new ValueError(
        `repeatInterleave: repeats must be non-negative integers, got ${repeats}`,
      );
    }
    checkTotal(n * repeats, outputSize);
    // Without positions to keep, as in PyTorch.
    const before = x.shape.slice(0, d);
    const after = x.shape.slice(d + 1);
    const spread = expandOf(unsqueezeOf(x, d + 1), [...before, n, repeats, ...after]);
    return owned(reshapeDense(copyDense(spread), [...before, n * repeats, ...after]));
  }
  const [size = 1] = repeats.shape;
  if (repeats.ndim > 1 || (size !== 1 && size !== n)) {
    throw new ShapeError(
      `repeatInterleave: repeats of shape ${show(repeats.shape)} must be one number, or one for each of the ${n} slices`,
    );
  }
  if (isFloat(repeats.dtype)) {
    throw new DTypeError(
      `repeatInterleave: repeats must be integers, got ${repeats.dtype}; use repeats.to('int32')`,
    );
  }
  needValues('repeatInterleave', repeats, 'repeatInterleave(x, await repeats.cpu())');
  // Not by way of int32, which would take a large int64 for another number.
  const counts = (expandOf(repeats, [n]).toArray() as unknown[]).map(Number);
  if (counts.some((c) => c < 0)) {
    throw new ValueError('repeatInterleave: repeats must be non-negative integers');
  }
  const total = counts.reduce((a, b) => a + b, 0);
  checkTotal(total, outputSize);
  const places = placesArray('repeatInterleave', total);
  let at = 0;
  for (const [i, c] of counts.entries()) {
    places.fill(i, at, at + c);
    at += c;
  }
  return indexSelectOf(x, d, onDeviceOf(x, wrap(places, [places.length], 'int32')));
}

/**
 * Each element repeated on its own (PyTorch: `torch.repeat_interleave`); without a dimension the
 * tensor is flattened.
 *
 * @param repeats how often, one number for all or a tensor with one for each.
 * @param options `outputSize`: the size of the result along the dimension, which is checked.
 * @example repeatInterleave(tensor([1, 2]), 2) // tensor([1., 1., 2., 2.])
 */
export const repeatInterleave = /*#__PURE__*/ callable(
  'repeatInterleave',
  repeatInterleaveOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('repeats', /*#__PURE__*/ kinds.either(kinds.integer, kinds.tensor)),
    /*#__PURE__*/ may('dim', /*#__PURE__*/ kinds.orNull(kinds.integer)),
  ],
  { outputSize: /*#__PURE__*/ kinds.orNull(kinds.integer) },
);

function triangle(operator: string, x: Tensor, offset: number, upper: boolean): Tensor {
  checkTensor(operator, x);
  if (x.ndim < 2) {
    throw new ShapeError(
      `${operator}: expected a matrix or a batch of them, got shape ${show(x.shape)}`,
    );
  }
  const rows = unsqueezeOf(arange(x.shape[x.ndim - 2]), 1);
  const columns = arange(x.shape[x.ndim - 1]);
  const difference = onDeviceOf(x, sub(columns, rows));
  return cast(lasting(where((upper ? ge : le)(difference, offset), x, 0)), x.dtype);
}

const trilOf = (x: Tensor, diagonal = 0): Tensor => triangle('tril', x, diagonal, false);

/**
 * The lower triangle, zeros above the diagonal (PyTorch: `torch.tril`).
 *
 * @example tril(ones([2, 2])) // tensor([[1., 0.], [1., 1.]])
 */
export const tril = /*#__PURE__*/ callable(
  'tril',
  trilOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('diagonal', kinds.integer)],
  {},
);

const triuOf = (x: Tensor, diagonal = 0): Tensor => triangle('triu', x, diagonal, true);

/**
 * The upper triangle, zeros below the diagonal (PyTorch: `torch.triu`).
 *
 * @example
 * triu(ones([2, 2])) // tensor([[1., 1.], [0., 1.]])
 * triu(ones([2, 2]), { diagonal: 1 }) // tensor([[0., 1.], [0., 0.]])
 */
export const triu = /*#__PURE__*/ callable(
  'triu',
  triuOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('diagonal', kinds.integer)],
  {},
);

function meshgridOf(
  tensors: readonly Tensor[],
  options: { indexing?: 'ij' | 'xy' } = {},
): Tensor[] {
  if (tensors.length === 0) throw new ValueError('meshgrid: expected at least one tensor');
  for (const x of tensors) {
    checkTensor('meshgrid', x);
    if (x.ndim > 1) {
      throw new ShapeError(
        `meshgrid: expected tensors of at most one dimension, got shape ${show(x.shape)}`,
      );
    }
  }
  const swap = options.indexing === 'xy' && tensors.length >= 2;
  const list = swap ? [tensors[1], tensors[0], ...tensors.slice(2)] : [...tensors];
  const sizes = list.map((x) => x.count);
  const grids = list.map((x, i) =>
    expandOf(
      reshapeOf(
        x,
        sizes.map((n, d) => (d === i ? n : 1)),
      ),
      sizes,
    ),
  );
  if (!swap) return grids;
  return [grids[1], grids[0], ...grids.slice(2)];
}

/**
 * Coordinate grids of vectors (PyTorch: `torch.meshgrid`).
 *
 * @param options `indexing`: `'ij'` (default) or `'xy'`, which exchanges the first two.
 * @example meshgrid(arange(2), arange(3))[0].shape // [2, 3]
 */
export const meshgrid = /*#__PURE__*/ callable(
  'meshgrid',
  meshgridOf,
  [/*#__PURE__*/ need('tensors', kinds.tensorsWrittenOut)],
  { indexing: /*#__PURE__*/ kinds.oneOf('ij', 'xy') },
);
