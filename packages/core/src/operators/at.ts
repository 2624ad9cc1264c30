// Indexing as Python writes it: x[0, 1:3, mask] is x.at(0, '1:3', mask).
import { IndexError, ShapeError } from '../errors.js';
import { broadcastShapes, numelOf, type Shape, sameShape, show } from '../shape.js';
import { checkTensor, hostArray, Tensor } from '../tensor.js';
import { cast, contiguous } from './convert.js';
import { tensor } from './create.js';
import { gatherBy, type IndexPlan, indexTensor } from './index-plan.js';
import { changeBy } from './indexed.js';
import { assign, checkWritable } from './inplace.js';
import { expandTo } from './run.js';
import { normalizeIndex, reshape, unsqueeze, windowOf } from './views.js';

/**
 * One index: a position, a slice such as `'1:3'`, `':'`, `'::2'`, `'...'` for all dimensions that
 * are not named, `null` for a new dimension, an index tensor or a boolean mask.
 */
export type Index = number | string | null | Tensor | readonly number[] | boolean;

interface Slice {
  readonly start: number;
  readonly size: number;
  readonly step: number;
}

function parseSlice(text: string, size: number): Slice {
  const match = /^\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*)?$/.exec(text);
  if (match === null) {
    throw new IndexError(
      `at: '${text}' is not a slice; write it as Python does, such as '1:3', ':', '::2' or '...'`,
    );
  }
  const step = match[3] === undefined ? 1 : Number(match[3]);
  if (step <= 0) {
    throw new IndexError(
      `at: the step of slice '${text}' must be at least 1; use flip() for the other direction`,
    );
  }
  const bound = (given: string | undefined, otherwise: number): number => {
    if (given === undefined) return otherwise;
    const n = Number(given);
    return Math.min(size, Math.max(0, n < 0 ? n + size : n));
  };
  const start = bound(match[1], 0);
  const end = bound(match[2], size);
  return { start, size: Math.max(0, Math.ceil((end - start) / step)), step };
}

/** The positions of the true elements of a mask, one index tensor per dimension. */
function maskPositions(mask: Tensor, device: string): Tensor[] {
  const dense = contiguous(mask.detach());
  const array = hostArray('at', dense);
  const found: number[][] = mask.shape.map(() => []);
  for (let i = 0; i < dense.count; i++) {
    if (array[dense.offset + i] === 0) continue;
    let rest = i;
    for (let d = mask.ndim - 1; d >= 0; d--) {
      const size = mask.shape[d] as number;
      (found[d] as number[]).push(rest % size);
      rest = Math.floor(rest / size);
    }
  }
  return found.map((list) => tensor(list, { dtype: 'int32', device }));
}

/** uint8 is a mask too, as in PyTorch; positions are int32 or int64. */
const isMask = (index: Tensor): boolean => index.dtype === 'bool' || index.dtype === 'uint8';

interface Resolved {
  /** The tensor after positions, slices and new dimensions: a view. */
  readonly view: Tensor;
  /** What index tensors then pick; null if there are none. */
  readonly plan: IndexPlan | null;
}

function resolve(operator: string, x: Tensor, items: readonly Index[]): Resolved {
  checkTensor(operator, x);
  const consumes = (i: Index): number =>
    i === null || i === '...' || typeof i === 'boolean'
      ? 0
      : i instanceof Tensor && isMask(i)
        ? i.ndim
        : 1;
  const used = items.reduce<number>((n, i) => n + consumes(i), 0);
  if (used > x.ndim) {
    throw new IndexError(
      `${operator}: ${used} indices for a tensor of ${x.ndim} dimension${x.ndim === 1 ? '' : 's'} (shape ${show(x.shape)})`,
    );
  }
  if (items.filter((i) => i === '...').length > 1) {
    throw new IndexError(`${operator}: '...' may stand only once`);
  }
  const full = items.includes('...') ? [...items] : [...items, '...'];

  const w = {
    starts: [] as number[],
    sizes: [] as number[],
    steps: [] as number[],
    dropped: [] as boolean[],
  };
  const push = (start: number, size: number, step: number, dropped: boolean): void => {
    w.starts.push(start);
    w.sizes.push(size);
    w.steps.push(step);
    w.dropped.push(dropped);
  };
  // Dimensions of the view, in order: kept ones, new ones, and those that an index tensor picks in.
  const parts: ({ kind: 'kept' | 'new' } | { kind: 'picked'; index: Tensor })[] = [];
  let dim = 0;
  for (const item of full) {
    const size = x.shape[dim] ?? 0;
    if (typeof item === 'number') {
      push(normalizeIndex(operator, item, size, dim), 1, 1, true);
      dim++;
    } else if (item === null) {
      parts.push({ kind: 'new' });
    } else if (item === '...') {
      for (let k = 0; k < x.ndim - used; k++, dim++) {
        push(0, x.shape[dim] as number, 1, false);
        parts.push({ kind: 'kept' });
      }
    } else if (typeof item === 'string') {
      const slice = parseSlice(item, size);
      push(slice.start, slice.size, slice.step, false);
      parts.push({ kind: 'kept' });
      dim++;
    } else if (typeof item === 'boolean') {
      throw new IndexError(
        `${operator}: a plain boolean is not an index; use null for a new dimension`,
      );
    } else {
      const given =
        item instanceof Tensor ? item : tensor(item as readonly number[], { dtype: 'int32' });
      if (isMask(given)) {
        const covered = x.shape.slice(dim, dim + given.ndim);
        if (!sameShape(covered, given.shape)) {
          throw new ShapeError(
            `${operator}: the mask has shape ${show(given.shape)}, the dimensions it covers have ${show(covered)}; they must be equal`,
          );
        }
        for (const index of maskPositions(given, x.device)) {
          push(0, x.shape[dim] as number, 1, false);
          parts.push({ kind: 'picked', index });
          dim++;
        }
      } else {
        push(0, size, 1, false);
        // Positions may come from the CPU for a tensor on another device, as in PyTorch.
        const near = given.device === 'cpu' ? given.to(x.device) : given;
        parts.push({ kind: 'picked', index: indexTensor(operator, near) });
        dim++;
      }
    }
  }
  let view = windowOf('slice', x, w);
  parts.forEach((p, i) => {
    if (p.kind === 'new') view = unsqueeze(view, i);
  });
  const places = parts.flatMap((p, i) => (p.kind === 'picked' ? [i] : []));
  if (places.length === 0) return { view, plan: null };
  const picked = places.map((i) => (parts[i] as { index: Tensor }).index);
  const picks = broadcastShapes(
    operator,
    picked.map((p) => p.shape),
  );
  const first = places[0] as number;
  const adjacent = places.every((p, i) => p === first + i);
  // Where index tensors stand side by side their shape takes their place, else it comes first.
  const lead = adjacent ? first : 0;
  const rest = parts.map((_, i) => i).filter((i) => !places.includes(i));
  const before = rest.slice(0, lead);
  const after = rest.slice(lead);
  const shape = [
    ...before.map((d) => view.shape[d] as number),
    ...picks,
    ...after.map((d) => view.shape[d] as number),
  ];
  const walks = [...before, ...picks.map(() => -1), ...after];
  const axes = places.map((dimension, i) => {
    const index = expandTo(picked[i] as Tensor, picks);
    const aligned = new Tensor(
      index.storage,
      [...picks, ...after.map(() => 1)],
      [...index.strides, ...after.map(() => 0)],
      index.offset,
    );
    return { dim: dimension, index: aligned };
  });
  return { view, plan: { shape, walks, axes } };
}

/**
 * Elements of a tensor, as Python's `x[...]`: see {@link Index}. Positions and slices give views
 * that share memory; index tensors and masks give copies. Differentiable.
 *
 * @throws IndexError for positions out of range or too many indices.
 * @example
 * x.at(0)               // x[0]
 * x.at('1:3', ':')      // x[1:3, :]
 * x.at('...', -1)       // x[..., -1]
 * x.at(x.gt(0))         // x[x > 0]
 */
export function at(x: Tensor, ...items: Index[]): Tensor {
  const { view, plan } = resolve('at', x, items);
  return plan === null ? view : gatherBy('at', view, plan);
}

/**
 * Assigns to elements, as Python's `x[...] = value`; the value is broadcast (PyTorch:
 * `Tensor.__setitem__`).
 *
 * @throws ShapeError if the value does not broadcast to the elements.
 * @example x.set([0, ':'], 1) // x[0, :] = 1
 */
export function set(x: Tensor, items: readonly Index[] | Index, value: Tensor | number): Tensor {
  const list = Array.isArray(items) ? (items as readonly Index[]) : [items as Index];
  if (typeof value !== 'number') checkTensor('set', value);
  checkTensor('set', x);
  checkWritable('set', x);
  const { view, plan } = resolve('set', x, list);
  const source =
    typeof value === 'number'
      ? tensor(value, { dtype: x.dtype, device: x.device })
      : value.device === 'cpu'
        ? value.to(x.device)
        : value;
  const fitted = cast(fit(source, plan?.shape ?? view.shape), x.dtype);
  if (plan === null) assign('set', view, fitted);
  else changeBy('set', view, plan, fitted, 'set');
  return x;
}

function fit(value: Tensor, shape: Shape): Tensor {
  // Leading dimensions of size 1 may be dropped, as in Python.
  let v = value;
  while (v.ndim > shape.length && v.shape[0] === 1) v = reshape(v, v.shape.slice(1));
  const common = v.ndim > shape.length ? null : broadcastShapes('set', [shape, v.shape]);
  if (common === null || !sameShape(common, shape)) {
    throw new ShapeError(
      `set: a value of shape ${show(value.shape)} does not fit the ${numelOf(shape)} elements of shape ${show(shape)}`,
    );
  }
  return expandTo(v, shape);
}
