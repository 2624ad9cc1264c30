// Padding of the last dimensions.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import type { Backward } from '../../autograd/node.js';
import { ShapeError, ValueError } from '../../errors.js';
import { type Shape, show } from '../../shape.js';
import { allocate, checkTensor, type Tensor, wrap } from '../../tensor.js';
import { onDeviceOf } from '../create/to-clone.js';
import { fillWith } from '../create/zeros-ones-full.js';
import { indexSelect } from '../index/gather-scatter.js';
import { placesArray } from '../machinery/index-positions.js';
import { overwrite } from '../machinery/inplace.js';
import { alsoSaving, record } from '../machinery/record.js';
import { narrow } from '../view/views.js';

/** How the padding is filled. */
export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular';

function padOf(
  x: Tensor,
  padding: readonly number[],
  options: { mode?: PadMode; value?: number } = {},
): Tensor {
  checkTensor('pad', x);
  if (padding.length % 2 !== 0 || padding.length / 2 > x.ndim || !padding.every(Number.isInteger)) {
    throw new ShapeError(
      `pad: ${show(padding)} must hold two integers for each padded dimension of ${show(x.shape)}, the last dimension first`,
    );
  }
  const mode = options.mode ?? 'constant';
  const before = x.shape.map((_, d) => padding[2 * (x.ndim - 1 - d)] ?? 0);
  const after = x.shape.map((_, d) => padding[2 * (x.ndim - 1 - d) + 1] ?? 0);
  if (mode === 'constant') return padConstant(x, before, after, options.value ?? 0);
  if (!['reflect', 'replicate', 'circular'].includes(mode)) {
    throw new ValueError(
      `pad: mode must be 'constant', 'reflect', 'replicate' or 'circular', got '${String(mode)}'`,
    );
  }
  // Only the batch may be empty, as in PyTorch, except in mode 'circular', which copies from the other end.
  if (
    mode !== 'circular' &&
    x.shape.slice(Math.max(0, x.ndim - padding.length / 2 - 1)).includes(0)
  ) {
    throw new ShapeError(
      `pad: mode '${mode}' cannot repeat elements of an empty tensor of shape ${show(x.shape)}; only the batch may be empty`,
    );
  }
  let out = x;
  for (let d = 0; d < x.ndim; d++) {
    const [l, r] = [before[d], after[d]];
    if (l !== 0 || r !== 0) out = padByIndex(out, d, l, r, mode);
  }
  const padded = out === x ? x.clone() : out;
  return mode === 'circular' ? padded : alsoSaving(padded, x);
}

/**
 * Pads a tensor. The padding is given from the last dimension backwards as `[left, right, top, bottom, …]` (PyTorch:
 * `F.pad`). Negative numbers crop.
 *
 * @param options `mode`: `'constant'` (default; `value`, 0), `'reflect'`, `'replicate'`, `'circular'`.
 * @throws ShapeError for a list of odd length, too many dimensions, or a mode that would repeat elements of an empty
 *   dimension.
 * @example pad(tensor([1, 2]), [1, 1]) // tensor([0., 1., 2., 0.])
 */
export const pad = /*#__PURE__*/ callable(
  'pad',
  padOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('padding', kinds.integers)],
  {
    mode: /*#__PURE__*/ kinds.oneOf('constant', 'reflect', 'replicate', 'circular'),
    value: kinds.number,
  },
);

/** Pads every dimension, each by its own numbers. */
export function padConstant(
  x: Tensor,
  before: readonly number[],
  after: readonly number[],
  value: number,
): Tensor {
  // Cropping comes first, so that only padding is left.
  let inner = x;
  for (let d = 0; d < x.ndim; d++) {
    const crop = Math.max(0, -before[d]);
    const keep = inner.shape[d] - crop - Math.max(0, -after[d]);
    if (keep < 0)
      throw new ShapeError(`pad: cropping leaves dimension ${d} of ${show(x.shape)} empty`);
    if (keep !== inner.shape[d]) inner = narrow(inner, d, crop, keep);
  }
  const left = before.map((n) => Math.max(0, n));
  const right = after.map((n) => Math.max(0, n));
  if (left.every((n) => n === 0) && right.every((n) => n === 0)) {
    return inner === x ? x.clone() : inner.clone();
  }
  const shape = inner.shape.map((n, d) => n + left[d] + right[d]);
  const out = allocate(shape, x.dtype, x.storage.backend, value === 0);
  if (value !== 0) fillWith(out, value);
  overwrite(inside(out.detach(), left, inner.shape), inner.detach());
  return record('pad', out, [inner], padBack, [], { left, shape: inner.shape });
}

function inside(x: Tensor, left: readonly number[], shape: Shape): Tensor {
  let view = x;
  for (let d = 0; d < shape.length; d++) {
    if (view.shape[d] !== shape[d]) view = narrow(view, d, left[d], shape[d]);
  }
  return view;
}

const padBack: Backward = (node, [g]) => {
  const { left, shape } = node.context as { left: readonly number[]; shape: Shape };
  return [inside(g as Tensor, left, shape)];
};

function padByIndex(x: Tensor, d: number, left: number, right: number, mode: PadMode): Tensor {
  const n = x.shape[d];
  const limit = mode === 'reflect' ? n - 1 : mode === 'circular' ? n : Infinity;
  if (left > limit || right > limit || n === 0) {
    throw new ShapeError(
      `pad: a padding of ${Math.max(left, right)} is too wide for mode '${mode}' on dimension ${d} of size ${n}; at most ${Math.max(0, limit)}`,
    );
  }
  const places = placesArray('pad', Math.max(0, n + left + right));
  for (let i = 0; i < places.length; i++) {
    const at = i - left;
    places[i] =
      mode === 'replicate'
        ? Math.min(n - 1, Math.max(0, at))
        : mode === 'circular'
          ? (at + n) % n
          : at < 0
            ? -at
            : at >= n
              ? 2 * (n - 1) - at
              : at;
  }
  const index = wrap(places, [places.length], 'int32');
  return indexSelect(x, d, onDeviceOf(x, index));
}
