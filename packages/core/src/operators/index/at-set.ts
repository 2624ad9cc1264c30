// Indexing as Python writes it: x[0, 1:3, mask] is x.at(0, '1:3', mask).
import { callable, variadic } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { DTypeError, IndexError, ShapeError, ValueError } from '../../errors.js';
import { broadcastShapes, numelOf, type Shape, sameShape, show } from '../../shape.js';
import { checkTensor, Tensor, wrap } from '../../tensor.js';
import { hostArray, needValues } from '../../tensor-values.js';
import { tensor } from '../create/tensor-from-data.js';
import { cast, contiguous, onDeviceOf, to } from '../create/to-clone.js';
import { maskedFill } from '../elementwise/compare.js';
import type { Operand } from '../machinery/elementwise-operator.js';
import {
  axisOf,
  gatherBy,
  type IndexPlan,
  indexTensor,
  type PlanAxis,
} from '../machinery/index-plan.js';
import { positionArray } from '../machinery/index-positions.js';
import { write } from '../machinery/inplace.js';
import { copyDense, expandTo } from '../machinery/map-reduce.js';
import { refuseOverlap, refusePartialOverlap } from '../machinery/memory-overlap.js';
import { alsoSaving } from '../machinery/record.js';
import { normalizeIndex, reshapeOf, unsqueezeOf, windowOf } from '../view/views.js';
import { changeBy } from './gather-scatter.js';

/**
 * One index: a position, a slice such as `'1:3'`, `':'`, `'::2'`, `'...'` for all dimensions that
 * are not named, `null` for a new dimension, an index tensor or a boolean mask.
 */
export type Index = number | string | null | Tensor | readonly number[] | boolean;

/** What an index may be, for messages. */
const index: kinds.Kind<Index> = /*#__PURE__*/ kinds.kind(
  "an integer, a slice such as '1:3', '...', null for a new dimension, an index tensor, a mask, or a list of integers",
  (x) =>
    x === null ||
    typeof x === 'boolean' ||
    typeof x === 'string' ||
    Number.isInteger(x) ||
    x instanceof Tensor ||
    kinds.list.is(x),
);

const indices: kinds.Kind<readonly Index[] | Index> = /*#__PURE__*/ kinds.kind(
  'an index or a list of them',
  (x) => index.is(x) || Array.isArray(x),
);

function checkItems(operator: string, items: readonly unknown[]): void {
  items.forEach((item, i) => {
    if (!index.is(item)) {
      throw new ValueError(
        `${operator}: index ${i + 1} must be ${index.words}, not ${kinds.described(item)}`,
      );
    }
  });
}

interface Slice {
  readonly start: number;
  readonly size: number;
  readonly step: number;
}

function parseSlice(operator: string, text: string, size: number): Slice {
  const match = /^\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*)?$/.exec(text);
  if (match === null) {
    throw new IndexError(
      `${operator}: '${text}' is not a slice; write it as Python does, such as '1:3', ':', '::2' or '...'`,
    );
  }
  const step = match[3] === undefined ? 1 : Number(match[3]);
  if (step <= 0) {
    throw new IndexError(
      `${operator}: the step of slice '${text}' must be at least 1; use flip() for the other direction`,
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

/** Positions as an index tensor. */
function positions(list: readonly number[]): Tensor {
  if (!list.every((v) => typeof v === 'number')) return tensor(list, { dtype: 'int32' });
  const array = positionArray(list);
  return wrap(array, [list.length], array instanceof Int32Array ? 'int32' : 'int64');
}

/** How to write what picks by a mask that is on a device: only its values say how many elements there are. */
const awaited: { readonly [operator: string]: string } = {
  at: 'x.at(await mask.cpu()), or where(mask, x, 0), which keeps the shape and need not wait',
  maskedSelect:
    'maskedSelect(x, await mask.cpu()), or where(mask, x, 0), which keeps the shape and need not wait',
  set: 'x.set(await mask.cpu(), value), or a single value, which need not wait',
};

/** The positions of the true elements of a mask, one index tensor per dimension. */
function maskPositions(operator: string, mask: Tensor, x: Tensor): Tensor[] {
  needValues(operator, mask, awaited[operator]);
  const dense = contiguous(mask.detach());
  const array = hostArray(operator, dense);
  const found: number[][] = mask.shape.map(() => []);
  for (let i = 0; i < dense.count; i++) {
    if (array[dense.offset + i] === 0) continue;
    let rest = i;
    for (let d = mask.ndim - 1; d >= 0; d--) {
      const size = mask.shape[d];
      found[d].push(rest % size);
      rest = Math.floor(rest / size);
    }
  }
  return found.map((list) => indexTensor(operator, onDeviceOf(x, positions(list))));
}

/** uint8 is a mask too, as in PyTorch; positions are int32 or int64. */
const isMask = (index: Tensor): boolean => index.dtype === 'bool' || index.dtype === 'uint8';

function checkMask(operator: string, mask: Tensor, covered: Shape): void {
  if (sameShape(covered, mask.shape)) return;
  throw new ShapeError(
    `${operator}: the mask has shape ${show(mask.shape)}, the dimensions it covers have ${show(covered)}; they must be equal`,
  );
}

/** An index tensor or a mask, and the first of the view's dimensions that it picks in. */
interface Pick {
  readonly index: Tensor;
  readonly dim: number;
}

interface Resolved {
  /** The tensor after positions, slices and new dimensions: a view. */
  readonly view: Tensor;
  /** What is then picked from it. */
  readonly picks: readonly Pick[];
}

/** How many of the tensor's dimensions an index stands for; '...' for those that are left. */
const consumed = (item: Index): number => {
  if (item === null || item === '...' || typeof item === 'boolean') return 0;
  return item instanceof Tensor && isMask(item) ? item.ndim : 1;
};

/** The indices with one '...', and how many dimensions that stands for. */
function complete(
  operator: string,
  x: Tensor,
  items: readonly Index[],
): { full: readonly Index[]; rest: number } {
  const used = items.reduce<number>((n, i) => n + consumed(i), 0);
  if (used > x.ndim) {
    throw new IndexError(
      `${operator}: ${used} indices for a tensor of ${x.ndim} dimension${x.ndim === 1 ? '' : 's'} (shape ${show(x.shape)})`,
    );
  }
  if (items.filter((i) => i === '...').length > 1) {
    throw new IndexError(`${operator}: '...' may stand only once`);
  }
  return { full: items.includes('...') ? items : [...items, '...'], rest: x.ndim - used };
}

/** What the indices make of a tensor, one after the other. */
class Selection {
  private readonly window = {
    starts: [] as number[],
    sizes: [] as number[],
    steps: [] as number[],
    dropped: [] as boolean[],
  };
  /** Where the view has new dimensions. */
  private readonly added: number[] = [];
  private readonly picks: Pick[] = [];
  /** The dimension of the tensor that is next, and that of the view. */
  private dim = 0;
  private out = 0;

  constructor(
    private readonly operator: string,
    private readonly x: Tensor,
  ) {}

  /** The next dimension gives way to one position. */
  position(index: number): void {
    const { operator, x, dim } = this;
    this.push(normalizeIndex(operator, index, x.shape[dim] ?? 0, dim), 1, 1, true);
  }

  slice(text: string): void {
    const { start, size, step } = parseSlice(this.operator, text, this.x.shape[this.dim] ?? 0);
    this.push(start, size, step, false);
  }

  /** The next dimensions stay as they are. */
  whole(count: number): void {
    for (let k = 0; k < count; k++) this.push(0, this.x.shape[this.dim], 1, false);
  }

  newDimension(): void {
    this.added.push(this.out++);
  }

  /** The next dimensions are picked from by positions or a mask. */
  pick(index: Tensor): void {
    const mask = isMask(index);
    if (mask && index.ndim === 0) {
      // A single truth value is a new dimension, of one element or none.
      this.picks.push({ index: reshapeOf(index, [1]), dim: this.out });
      this.newDimension();
      return;
    }
    this.picks.push({ index, dim: this.out });
    const covered = this.x.shape.slice(this.dim, this.dim + (mask ? index.ndim : 1));
    if (mask) checkMask(this.operator, index, covered);
    this.whole(covered.length);
  }

  done(): Resolved {
    const { added, picks, window, x } = this;
    const view = added.reduce((v, d) => unsqueezeOf(v, d), windowOf('slice', x, window));
    return { view, picks };
  }

  private push(start: number, size: number, step: number, dropped: boolean): void {
    const { starts, sizes, steps, dropped: gone } = this.window;
    starts.push(start);
    sizes.push(size);
    steps.push(step);
    gone.push(dropped);
    this.dim++;
    if (!dropped) this.out++;
  }
}

function resolve(operator: string, x: Tensor, items: readonly Index[]): Resolved {
  checkTensor(operator, x);
  const { full, rest } = complete(operator, x, items);
  const selection = new Selection(operator, x);
  for (const item of full) {
    if (typeof item === 'number') selection.position(item);
    else if (item === null) selection.newDimension();
    else if (item === '...') selection.whole(rest);
    else if (typeof item === 'string') selection.slice(item);
    else if (typeof item === 'boolean') {
      throw new IndexError(
        `${operator}: a plain boolean is not an index; use null for a new dimension`,
      );
    } else selection.pick(item instanceof Tensor ? item : positions(item));
  }
  return selection.done();
}

function there(operator: string, view: Tensor, dim: number, index: Tensor): PlanAxis {
  const given = index.device === 'cpu' ? onDeviceOf(view, index) : index;
  return axisOf(dim, given, indexTensor(operator, given));
}

/** The elements that index tensors and masks pick from a view; null if there are none of these. */
function planOf(operator: string, view: Tensor, picks: readonly Pick[]): IndexPlan | null {
  if (picks.length === 0) return null;
  const axes = picks.flatMap(({ index, dim }) =>
    isMask(index)
      ? maskPositions(operator, index, view).map(
          (found, i): PlanAxis => ({ index: found, dim: dim + i }),
        )
      : // Positions may come from the CPU for a tensor on another device, as in PyTorch.
        [there(operator, view, dim, index)],
  );
  const places = axes.map(({ dim }) => dim);
  const sizes = broadcastShapes(
    operator,
    axes.map(({ index }) => index.shape),
  );
  const first = places[0];
  const adjacent = places.every((p, i) => p === first + i);
  // Where index tensors stand side by side their shape takes their place, else it comes first.
  const lead = adjacent ? first : 0;
  const rest = view.shape.map((_, i) => i).filter((i) => !places.includes(i));
  const before = rest.slice(0, lead);
  const after = rest.slice(lead);
  const shape = [...before.map((d) => view.shape[d]), ...sizes, ...after.map((d) => view.shape[d])];
  const walks = [...before, ...sizes.map(() => -1), ...after];
  const aligned = axes.map((axis) => {
    const spread = expandTo(axis.index, sizes);
    const { storage, strides, offset } = spread;
    const tail = after.map(() => 0);
    return {
      ...axis,
      index: new Tensor(storage, [...sizes, ...after.map(() => 1)], [...strides, ...tail], offset),
    };
  });
  return { shape, walks, axes: aligned };
}

const atOf = (x: Tensor, ...items: Index[]): Tensor => pick('at', x, items);

/** What `at` does, for an operator whose name errors give. */
export function pick(operator: string, x: Tensor, items: readonly Index[]): Tensor {
  const { view, picks } = resolve(operator, x, items);
  const plan = planOf(operator, view, picks);
  if (plan === null) return view;
  const masks = items.filter((i): i is Tensor => i instanceof Tensor && isMask(i));
  return alsoSaving(gatherBy(operator, view, plan), ...masks);
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
export const at = /*#__PURE__*/ variadic(
  'at',
  atOf,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  /*#__PURE__*/ need('index', index),
);

function setOf(x: Tensor, items: readonly Index[] | Index, value: Operand): Tensor {
  const list = Array.isArray(items) ? (items as readonly Index[]) : [items as Index];
  checkTensor('set', x);
  checkItems('set', list);
  const source =
    value instanceof Tensor
      ? value.device === 'cpu'
        ? to(value, x.device)
        : value
      : tensor(value as number, { dtype: x.dtype, device: x.device });
  const { view, picks } = resolve('set', x, list);
  if (fillByMask(view, picks, source)) return x;
  const plan = planOf('set', view, picks);
  const values = fit(source, plan?.shape ?? view.shape);
  if (plan === null) refusePartialOverlap('set', view, values);
  else {
    refuseReadWhileSet(view, list, source);
    refuseOtherType(x, picks, value);
  }
  const fitted = cast(values, x.dtype);
  if (plan === null) write('set', view, fitted);
  else changeBy('set', view, plan, fitted, 'set');
  // Also where only the positions that it stands for are needed.
  return alsoSaving(x, ...picks.map(({ index }) => index).filter(isMask));
}

/**
 * Assigns to elements, as Python's `x[...] = value`; the value is broadcast (PyTorch:
 * `Tensor.__setitem__`).
 *
 * @throws ShapeError if the value does not broadcast to the elements.
 * @example x.set([0, ':'], 1) // x[0, :] = 1
 */
export const set = /*#__PURE__*/ callable(
  'set',
  setOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('items', indices),
    /*#__PURE__*/ need('value', kinds.operand),
  ],
  {},
);

/** The mask, if it alone picks the elements and they get a single value. */
const filledMask = (picks: readonly Pick[], value: Tensor): Pick | null => {
  const [pick] = picks;
  return pick !== undefined && picks.length === 1 && isMask(pick.index) && value.count === 1
    ? pick
    : null;
};

/**
 * A single value where a mask on a device holds: no positions are needed. Answers whether that was all; otherwise
 * nothing was done.
 */
function fillByMask(view: Tensor, picks: readonly Pick[], value: Tensor): boolean {
  const pick = filledMask(picks, value);
  if (pick === null || pick.index.device === 'cpu') return false;
  const { index: mask, dim } = pick;
  const behind = view.shape.slice(dim + mask.ndim).map(() => 1);
  const aligned = cast(reshapeOf(mask, [...mask.shape, ...behind]), 'bool');
  const one = cast(reshapeOf(value, []), view.dtype);
  // The mask is read before the change, also where it is of the same memory.
  const apart = (x: Tensor): Tensor => (x.storage === view.storage ? copyDense(x) : x);
  maskedFill.operator.applyInPlace([view, apart(aligned), apart(one)]);
  return true;
}

/** Refuses, as PyTorch does where index tensors pick, a value of another dtype; one value under a mask is converted. */
function refuseOtherType(x: Tensor, picks: readonly Pick[], value: Operand): void {
  if (!(value instanceof Tensor) || value.dtype === x.dtype) return;
  if (filledMask(picks, value) !== null) return;
  throw new DTypeError(
    `set: the value is ${value.dtype}, the tensor ${x.dtype}; use value.to('${x.dtype}')`,
  );
}

/** Refuses indices and values in the memory that is written to; masks and single positions are read before. */
function refuseReadWhileSet(view: Tensor, items: readonly Index[], source: Tensor): void {
  const tensors = items.filter((i): i is Tensor => i instanceof Tensor);
  const masks = tensors.filter(isMask);
  for (const item of tensors) {
    if (!isMask(item) && item.ndim > 0) refuseOverlap('set', view, item, 'the index');
  }
  if (source.ndim > 0 || masks.length < tensors.length) {
    refuseOverlap('set', view, source, 'the value');
  }
}

function fit(value: Tensor, shape: Shape): Tensor {
  // Leading dimensions of size 1 may be dropped, as in Python.
  let v = value;
  while (v.ndim > shape.length && v.shape[0] === 1) v = reshapeOf(v, v.shape.slice(1));
  const common = v.ndim > shape.length ? null : broadcastShapes('set', [shape, v.shape]);
  if (common === null || !sameShape(common, shape)) {
    throw new ShapeError(
      `set: a value of shape ${show(value.shape)} does not fit the ${numelOf(shape)} elements of shape ${show(shape)}`,
    );
  }
  return expandTo(v, shape);
}
